//! Which text of a task its spans are of.

use serde_json::{Map, Value};

use crate::corpus::offsets::{Offsets, Unit};
use crate::corpus::spans::Span;

/// What tells the text of a task: its data, and the spans with the names of the tags that they
/// are of.
pub(super) struct TaskText<'a> {
    pub data: &'a Map<String, Value>,
    pub spans: &'a [(Option<String>, Span)],
    pub key: Option<&'a str>,
}

/// The key under which most tasks have their text.
const TEXT: &str = "text";

impl TaskText<'_> {
    /// The text, and of which tag spans have to be where there are several.
    pub fn choose(&self) -> Result<(String, Option<String>), String> {
        let (key, name) = self.key_and_name()?;
        let text = self.data.get(&key).and_then(Value::as_str);
        let text = text.ok_or_else(|| format!("data.{key}: should be a text"))?;
        let said = |(_, span): &(_, Span)| span.text.clone();
        if is_address(text) && !self.spans.iter().filter_map(said).any(|said| text.contains(&said))
        {
            return Err(format!(
                "data.{key}: is the address of a text (\"{text}\") and not the text; put the text \
                 itself into the task"
            ));
        }
        Ok((text.to_owned(), name))
    }

    fn key_and_name(&self) -> Result<(String, Option<String>), String> {
        let mut names: Vec<&str> = Vec::new();
        for name in self.spans.iter().filter_map(|(name, _)| name.as_deref()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let is_text = |key: &&str| self.data.get(*key).is_some_and(Value::is_string);
        if let Some(key) = self.key {
            let name = names.iter().find(|name| **name == key);
            return match (name, names.len()) {
                (None, 2..) => Err(self.undecided(&names)),
                (name, _) => Ok((key.to_owned(), name.map(|name| (*name).to_owned()))),
            };
        }
        match names[..] {
            [] => Ok((self.only_text()?, None)),
            [name] if is_text(&name) => Ok((name.to_owned(), None)),
            [_] => Ok((self.only_text()?, None)),
            _ => {
                let count = |name: &&str| {
                    self.spans.iter().filter(|(found, _)| found.as_deref() == Some(*name)).count()
                };
                let known = names.iter().copied().filter(is_text);
                let best = known.max_by_key(|name| (*name == TEXT, count(name)));
                let best = best.ok_or_else(|| self.undecided(&names))?;
                Ok((best.to_owned(), Some(best.to_owned())))
            }
        }
    }

    /// `data.text`, or the only text that there is, or the only one that has what spans say.
    fn only_text(&self) -> Result<String, String> {
        if let Some(text) = self.data.get(TEXT) {
            let problem = || "data: should have a text, under \"text\" or as its only text".into();
            return text.as_str().map(|_| TEXT.to_owned()).ok_or_else(problem);
        }
        let texts: Vec<_> =
            self.data.iter().filter_map(|(key, value)| Some((key, value.as_str()?))).collect();
        if let [(key, _)] = texts[..] {
            return Ok(key.clone());
        }
        let fits = |text: &str| self.spans.iter().all(|(_, span)| has(text, span));
        let mut fitting = texts.iter().filter(|(_, text)| !self.spans.is_empty() && fits(text));
        match (fitting.next(), fitting.next()) {
            (Some((key, _)), None) => Ok((*key).clone()),
            _ if texts.is_empty() => {
                Err("data: should have a text, under \"text\" or as its only text".into())
            }
            _ => {
                let keys: Vec<_> = texts.iter().map(|(key, _)| key.as_str()).collect();
                Err(format!(
                    "data: should have a text, under \"text\" or as its only text; it has several \
                     ({}), so say which one is the text (its key)",
                    keys.join(", ")
                ))
            }
        }
    }

    fn undecided(&self, names: &[&str]) -> String {
        let keys: Vec<_> = self.data.keys().map(String::as_str).collect();
        format!(
            "the spans are of several texts (to_name: {}), and none of these names is the key of \
             the text in data ({}); give the tag the name of its key",
            names.join(", "),
            keys.join(", ")
        )
    }
}

/// Whether a span says its text and has it there.
fn has(text: &str, span: &Span) -> bool {
    let candidates = Offsets::candidates(text, Unit::Utf16, false);
    span.text.is_some() && candidates.iter().any(|offsets| offsets.place(span, text).is_ok())
}

/// Whether a text is a path, an URL or a file's name, under which Label Studio finds the text.
fn is_address(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    let has_scheme = scheme.is_some_and(|scheme| {
        !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    });
    let ending = text.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    let is_file = ending.is_some_and(|ending| FILES.contains(&ending.as_str()));
    let is_word = !text.contains(char::is_whitespace);
    is_word && (has_scheme || is_file || text.starts_with("/data/"))
}

/// The endings of files that have texts.
const FILES: [&str; 10] = ["txt", "text", "md", "html", "htm", "xml", "json", "pdf", "docx", "csv"];
