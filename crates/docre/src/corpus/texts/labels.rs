//! What a cell or a value says of labels: what is certain is read, the rest is refused.

use super::Problem;

/// What Python writes where there is no value.
const MISSING: [&str; 7] = ["nan", "NaN", "NAN", "None", "<NA>", "null", "NULL"];

/// What separates labels in other tables, but not where docre reads them.
const SEPARATORS: [char; 2] = [';', '|'];

/// The labels of a cell: with commas between them, or as Python writes a list of them.
pub(super) fn of_cell(cell: &str) -> Result<Vec<String>, Problem> {
    let cell = cell.trim();
    let labels = match listed(cell)? {
        Some(labels) => labels,
        None => apart(cell),
    };
    checked(labels)
}

/// The labels of a text in JSON: one, or a list as Python writes it.
pub(super) fn of_text(text: &str) -> Result<Vec<String>, Problem> {
    let labels = match listed(text.trim())? {
        Some(labels) => labels,
        None if text.contains(',') => {
            return Err(format!(
                "the label \"{text}\" has `,` in it; write several labels as a list \
                 ([\"joy\", \"anger\"]), and a single one with a comma as a list, too"
            ));
        }
        None => vec![text.trim().to_owned()],
    };
    checked(labels)
}

/// Refuses labels that are several, or part of a list that isn't read.
pub(super) fn checked(labels: Vec<String>) -> Result<Vec<String>, Problem> {
    for label in &labels {
        if let Some(between) = label.chars().find(|c| SEPARATORS.contains(c)) {
            return Err(format!(
                "the label \"{label}\" has `{between}` in it, but labels have commas between them, or \
                 are a list; if it is one label, write it with another sign"
            ));
        }
        if label.starts_with('"') || label.ends_with('"') {
            return Err(format!(
                "the label {label} has a quote at its end; the cells of a TSV and the items of a list \
                 stand without further quotes"
            ));
        }
        if holds_list(label) {
            return Err(format!(
                "the label \"{label}\" looks like a list, but not like one that can be read; write \
                 labels with commas between them, or as a list of JSON ([\"joy\", \"anger\"])"
            ));
        }
    }
    Ok(labels)
}

/// Whether a label is what Python writes where there is no value.
pub(super) fn is_missing(label: &str) -> bool {
    MISSING.contains(&label)
}

/// Whether a label is a whole number, as ids are.
pub(super) fn is_number(label: &str) -> bool {
    !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit())
}

/// The label of an id.
pub(super) fn name_of(id: &str, names: &[String]) -> Result<String, Problem> {
    let place = id.trim().parse::<usize>();
    let place = place.map_err(|_| format!("\"{id}\" should be the id of a label, a number"))?;
    let name = names.get(place).cloned();
    name.ok_or_else(|| format!("there is no label {place}: {} have names", names.len()))
}

/// What stands between commas.
fn apart(text: &str) -> Vec<String> {
    let labels = text.split(',').map(str::trim).filter(|label| !label.is_empty());
    labels.map(str::to_owned).collect()
}

/// Whether a bracket and a quote stand side by side, as in lists that Python writes.
fn holds_list(label: &str) -> bool {
    let is = |signs: &'static str| move |c: char| signs.contains(c);
    let begins = |(open, quote): (char, char)| is("[({")(open) && is("'\"")(quote);
    let ends = |(quote, close): (char, char)| is("'\"")(quote) && is("])}")(close);
    label.chars().zip(label.chars().skip(1)).any(|two| begins(two) || ends(two))
}

/// The labels of a list, tuple or set as Python writes it (`['joy', 'anger']`, `('joy',)`,
/// `{'joy'}`), or an array of NumPy (`['joy' 'anger']`); `None` where it is none.
fn listed(text: &str) -> Result<Option<Vec<String>>, Problem> {
    if text == "set()" {
        return Ok(Some(Vec::new()));
    }
    let within = |open, close| text.strip_prefix(open).and_then(|text| text.strip_suffix(close));
    let quoted = |inside: &&str| inside.trim().is_empty() || inside.trim().starts_with(['\'', '"']);
    let list = within('[', ']')
        .or_else(|| within('(', ')').filter(quoted))
        .or_else(|| within('{', '}').filter(quoted));
    let Some(list) = list else { return Ok(None) };
    match items(list) {
        Some(labels) => Ok(Some(labels)),
        None => Err(format!(
            "the labels {text} should be a list, with commas between labels in quotes \
             (['joy', 'anger'])"
        )),
    }
}

/// What stands in a list, in quotes or between commas; `None` where a quote isn't closed, or has
/// something else behind it.
fn items(list: &str) -> Option<Vec<String>> {
    let (mut items, mut rest) = (Vec::new(), list.trim());
    while let Some(first) = rest.chars().next() {
        if matches!(first, '\'' | '"') {
            let (item, behind) = in_quotes(&rest[1..], first)?;
            items.push(item);
            rest = behind.trim_start();
            let goes_on = rest.is_empty() || rest.starts_with([',', '\'', '"']);
            // Only white space stands between the items of an array.
            if !goes_on || (rest == behind && rest.starts_with(['\'', '"'])) {
                return None;
            }
            rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        } else {
            let (item, behind) = rest.split_once(',').unwrap_or((rest, ""));
            items.extend(numbers_or_one(item.trim()));
            rest = behind.trim_start();
        }
    }
    Some(items)
}

/// An item without quotes; an array of numbers has blanks between them.
fn numbers_or_one(item: &str) -> Vec<String> {
    let words: Vec<_> = item.split_whitespace().collect();
    match words.iter().all(|word| is_number(word)) {
        true => words.into_iter().map(str::to_owned).collect(),
        false => vec![item.to_owned()],
    }
}

/// The text up to the quote that closes it, and what is behind.
fn in_quotes(text: &str, quote: char) -> Option<(String, &str)> {
    let (mut item, mut escaped) = (String::new(), false);
    for (place, c) in text.char_indices() {
        match c {
            _ if escaped => {
                if !matches!(c, '\'' | '"' | '\\') {
                    item.push('\\');
                }
                item.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            _ if c == quote => return Some((item, &text[place + c.len_utf8()..])),
            _ => item.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_python_writes_them() {
        for list in [
            "joy, anger",
            "joy,anger,",
            "[joy, anger]",
            "['joy', 'anger']",
            "[\"joy\", 'anger']",
            "['joy' 'anger']",
            "['joy'\n 'anger']",
            "('joy', 'anger')",
            "{'joy', 'anger'}",
        ] {
            assert_eq!(of_cell(list).unwrap(), ["joy", "anger"], "{list}");
        }
        assert_eq!(of_cell("('joy',)").unwrap(), ["joy"]);
        assert_eq!(of_cell("['it\\'s', \"so, so\"]").unwrap(), ["it's", "so, so"]);
        assert_eq!(of_cell("[0 12]").unwrap(), ["0", "12"]);
        for none in ["", " ", "[]", "()", "{}", "set()"] {
            assert_eq!(of_cell(none).unwrap(), Vec::<String>::new(), "{none}");
        }
        assert_eq!(of_text("['joy', 'anger']").unwrap(), ["joy", "anger"]);
        for one in ["joy (mild)", "(joy)", "rock 'n' roll", "joy & fun"] {
            assert_eq!(of_cell(one).unwrap(), [one]);
        }
    }

    #[test]
    fn what_may_be_several_labels_is_refused() {
        for text in ["joy;anger", "joy|anger", "joy ; anger"] {
            assert!(of_cell(text).unwrap_err().contains("commas between them"), "{text}");
            assert!(of_text(text).unwrap_err().contains("commas between them"), "{text}");
        }
        assert!(of_text("joy, anger").unwrap_err().contains("write several labels as a list"));
        for text in ["['joy'", "['joy, 'anger']", "['joy'; 'anger']", "['joy''anger']"] {
            assert!(of_cell(text).is_err(), "{text}");
        }
        for text in ["array(['joy'])", "[np.str_('joy')]", "frozenset({'joy'})"] {
            assert!(of_cell(text).unwrap_err().contains("looks like a list"), "{text}");
        }
    }
}
