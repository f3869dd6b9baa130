//! BioC's XML: a document of it as the JSON that BioC has for the same, and back.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use serde_json::{Map, Value, json};

/// The lists of an element: how one of their items is called, and the list in JSON.
const LISTS: [(&str, &str); 6] = [
    ("passage", "passages"),
    ("sentence", "sentences"),
    ("annotation", "annotations"),
    ("relation", "relations"),
    ("location", "locations"),
    ("node", "nodes"),
];

/// No element of BioC stands deeper.
const DEEPEST: usize = 16;

/// An element that isn't closed yet.
struct Open {
    name: String,
    /// The key of an infon.
    key: String,
    value: Map<String, Value>,
    text: String,
}

/// A document of BioC's XML in the form of its JSON.
pub(super) fn to_json(xml: &str) -> Result<Value, String> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Open> = Vec::new();
    loop {
        let event = reader.read_event();
        let event = event.map_err(|error| format!("is no XML: {error}"))?;
        match event {
            Event::Start(_) if open.len() == DEEPEST => {
                return Err(format!("has elements in more than {DEEPEST} others"));
            }
            Event::Start(start) => open.push(begin(&start)?),
            Event::Text(text) => add_text(&mut open, &text),
            Event::CData(text) => add_text(&mut open, &text),
            Event::GeneralRef(reference) => {
                let name: &str = &reference;
                let referred = match reference.resolve_char_ref() {
                    Ok(Some(c)) => c.to_string(),
                    Ok(None) => named(name)?.to_owned(),
                    Err(error) => return Err(format!("&{name};: {error}")),
                };
                add_text(&mut open, &referred);
            }
            Event::End(_) => {
                let Some(closed) = open.pop() else { return Err("is no XML".into()) };
                match open.last_mut() {
                    None => return Ok(closed.value.into()),
                    Some(parent) => close(closed, parent)?,
                }
            }
            Event::Eof => return Err("ends before its element does".into()),
            _ => {}
        }
    }
}

fn begin(start: &BytesStart) -> Result<Open, String> {
    let name = start.name().as_ref().to_owned();
    let (mut key, mut value) = (String::new(), Map::new());
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| format!("<{name}>: {error}"))?;
        let found = attribute.normalized_value(XmlVersion::Implicit1_0);
        let found = found.map_err(|error| format!("<{name}>: {error}"))?.into_owned();
        match (name.as_str(), attribute.key.as_ref()) {
            ("infon", "key") => key = found,
            ("location", place @ ("offset" | "length")) => {
                value.insert(place.into(), number(place, &found)?);
            }
            (_, other) => {
                value.insert(other.to_owned(), found.into());
            }
        }
    }
    Ok(Open { name, key, value, text: String::new() })
}

fn add_text(open: &mut [Open], text: &str) {
    if let Some(open) = open.last_mut() {
        open.text.push_str(text);
    }
}

/// What a name of XML's own stands for.
fn named(name: &str) -> Result<&'static str, String> {
    let known = [("amp", "&"), ("lt", "<"), ("gt", ">"), ("quot", "\""), ("apos", "'")];
    let found = known.into_iter().find(|(known, _)| *known == name);
    found.map(|(_, c)| c).ok_or_else(|| format!("&{name}; is none of XML's own names"))
}

fn number(what: &str, text: &str) -> Result<Value, String> {
    let parsed = text.trim().parse::<usize>();
    parsed.map(Value::from).map_err(|_| format!("{what}: \"{text}\" should be a number"))
}

fn close(closed: Open, parent: &mut Open) -> Result<(), String> {
    let Open { name, key, value, text } = closed;
    let list = LISTS.iter().find(|(item, _)| *item == name);
    match (name.as_str(), list) {
        (_, Some((_, list))) => push(&mut parent.value, list, value.into()),
        ("infon", _) => {
            let infons = parent.value.entry("infons").or_insert_with(|| json!({}));
            infons[key] = text.into();
        }
        ("offset", _) => {
            parent.value.insert(name, number("offset", &text)?);
        }
        _ => {
            parent.value.insert(name, text.into());
        }
    }
    Ok(())
}

fn push(object: &mut Map<String, Value>, list: &str, item: Value) {
    let items = object.entry(list).or_insert_with(|| json!([]));
    if let Some(items) = items.as_array_mut() {
        items.push(item);
    }
}

/// A document of BioC's JSON as XML.
pub(super) fn from_json(document: &Value) -> String {
    let mut xml = String::new();
    write_element("document", document, &mut xml);
    xml
}

/// What an element begins with, in this order; what isn't in its object is left out.
const FIRST: [&str; 3] = ["id", "infons", "offset"];

fn write_element(name: &str, object: &Value, xml: &mut String) {
    let text = |key: &str| object[key].as_str().map(str::to_owned);
    let number = |key: &str| object[key].as_u64().map(|n| n.to_string());
    let has_id_inside = name == "document";
    let id = text("id").filter(|_| !has_id_inside).map(|id| ("id", id));
    let attributes = [
        id,
        text("refid").map(|id| ("refid", id)),
        text("role").map(|role| ("role", role)),
        number("offset").filter(|_| name == "location").map(|n| ("offset", n)),
        number("length").map(|n| ("length", n)),
    ];
    let attributes = attributes.into_iter().flatten();
    let attributes: String =
        attributes.map(|(key, value)| format!(" {key}=\"{}\"", escaped(&value))).collect();
    *xml += &format!("<{name}{attributes}>");
    for key in FIRST {
        match &object[key] {
            Value::String(id) if has_id_inside => *xml += &format!("<id>{}</id>", escaped(id)),
            Value::Object(infons) => {
                for (key, value) in infons {
                    let value = escaped(value.as_str().unwrap_or_default());
                    *xml += &format!("<infon key=\"{}\">{value}</infon>", escaped(key));
                }
            }
            Value::Number(offset) if name != "location" => {
                *xml += &format!("<offset>{offset}</offset>");
            }
            _ => {}
        }
    }
    let own_text = text("text").map(|text| format!("<text>{}</text>", escaped(&text)));
    let own_text = own_text.unwrap_or_default();
    if name == "passage" {
        *xml += &own_text;
    }
    for (item, list) in LISTS {
        for object in object[list].as_array().into_iter().flatten() {
            write_element(item, object, xml);
        }
    }
    if name != "passage" {
        *xml += &own_text; // behind an annotation's locations
    }
    *xml += &format!("</{name}>");
}

/// A text without what XML takes for its own, or can't hold.
fn escaped(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            '\t' | '\n' | '\r' => written.push_str(&format!("&#{};", u32::from(c))),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => written.push('\u{fffd}'),
            _ => written.push(c),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_the_same_in_both_forms() {
        let document = json!({"id": "7 & \"8\"", "infons": {"a\nb": "<c>"},
            "passages": [{"infons": {}, "offset": 0, "text": " A\r\n<b> ", "annotations": [
                {"id": "1", "infons": {"type": "X"}, "locations": [{"offset": 1, "length": 2}],
                 "text": "A"}]}],
            "relations": [{"id": "R1", "infons": {"type": "r"},
                "nodes": [{"refid": "1", "role": "x"}]}]});
        let xml = from_json(&document);
        let mut back = to_json(&xml).unwrap();
        back["passages"][0]["infons"] = json!({});
        assert_eq!(back, document);
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let deep = "<document>".repeat(100);
        for (xml, problem) in [
            ("<document><passage></document>", "is no XML"),
            ("<document><passage>", "ends before its element does"),
            ("<document><id>&nbsp;</id></document>", "&nbsp; is none of XML's own names"),
            ("<document><passage><offset>x</offset></passage></document>", "offset: \"x\""),
            (&deep, "has elements in more than 16 others"),
        ] {
            let error = to_json(xml).unwrap_err();
            assert!(error.contains(problem), "{xml}: {error}");
        }
    }
}
