//! What is said of values of a wrong type, in words of people.

/// How Rust names a type, and how people do.
const EXPECTED: [(&str, &str); 14] = [
    ("usize", "a whole number, 0 or more"),
    ("u64", "a whole number, 0 or more"),
    ("u32", "a whole number, 0 or more"),
    ("u16", "a whole number, 0 or more"),
    ("u8", "a whole number from 0 to 255"),
    ("i64", "a whole number"),
    ("i32", "a whole number"),
    ("f32", "a number"),
    ("f64", "a number"),
    ("a sequence", "a list"),
    ("a string", "a text"),
    ("a boolean", "true or false"),
    ("any valid JSON value", "a value of JSON"),
    ("unit", "null"),
];

/// The same message about a value of JSON or TOML, without the names of types that programs have.
/// `object` is what an object is called there.
pub(crate) fn in_words(message: &str, object: &str) -> String {
    if let Some((found, expected)) = mismatch(message) {
        return format!(
            "should be {}, but is {}",
            type_name(expected, object),
            value(found, object)
        );
    }
    if let Some(length) = message.strip_prefix("invalid length ") {
        let (length, expected) = length.rsplit_once(", expected ").unwrap_or((length, "another"));
        return format!("should be {expected}, but has length {length}");
    }
    if let Some(field) = message.strip_prefix("duplicate field ") {
        return format!("has the key {field} twice");
    }
    if message.starts_with("data did not match any variant") {
        return "is of none of the forms that are read".into();
    }
    // What a choice of several forms expects stands alone.
    match message.starts_with("a ") || message.starts_with("an ") {
        true => format!("should be {message}"),
        false => message.to_owned(),
    }
}

/// What a message says was found, and what was expected.
fn mismatch(message: &str) -> Option<(&str, &str)> {
    let kinds = ["invalid type: ", "invalid value: "];
    let rest = kinds.iter().find_map(|kind| message.strip_prefix(kind))?;
    rest.rsplit_once(", expected ")
}

fn type_name<'a>(expected: &'a str, object: &'a str) -> &'a str {
    match EXPECTED.iter().find(|(rust, _)| *rust == expected) {
        Some((_, words)) => words,
        None if matches!(expected, "a map" | "map") || expected.starts_with("struct ") => object,
        None => expected,
    }
}

/// A value as a message has it: "integer `5`".
fn value(found: &str, object: &str) -> String {
    let quoted = |kind: &str| found.strip_prefix(kind).map(|value| value.trim_matches('`'));
    match found {
        "map" => return object.into(),
        "sequence" => return "a list".into(),
        "unit value" => return "null".into(),
        _ => {}
    }
    if let Some(number) = quoted("integer ").or_else(|| quoted("floating point ")) {
        return format!("the number {number}");
    }
    match (quoted("boolean "), found.strip_prefix("string ")) {
        (Some(value), _) => value.into(),
        (_, Some(text)) => format!("the text {text}"),
        _ => found.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn types_are_named_as_people_name_them() {
        for (rust, words) in [
            ("invalid type: map, expected a string", "should be a text, but is an object"),
            ("invalid type: sequence, expected i64", "should be a whole number, but is a list"),
            ("invalid type: null, expected a map", "should be an object, but is null"),
            (
                "invalid type: string \"a, expected b\", expected f64",
                "should be a number, but is the text \"a, expected b\"",
            ),
            (
                "invalid value: integer `-1`, expected usize",
                "should be a whole number, 0 or more, but is the number -1",
            ),
            ("invalid type: boolean `true`, expected a list", "should be a list, but is true"),
            ("duplicate field `text`", "has the key `text` twice"),
            ("missing field `text`", "missing field `text`"),
            ("a label or a list of labels", "should be a label or a list of labels"),
            (
                "data did not match any variant of untagged enum Label",
                "is of none of the forms that are read",
            ),
        ] {
            assert_eq!(in_words(rust, "an object"), words);
        }
    }
}
