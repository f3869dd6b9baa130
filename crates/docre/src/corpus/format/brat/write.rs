//! Writes a folder for brat.

use std::collections::BTreeSet;
use std::path::Path;

use super::names::{NO_BASE, name_of, relation_name, type_name};
use super::parse;
use crate::Result as DocreResult;
use crate::corpus::folder::{NewFolder, Stems};
use crate::corpus::format::{DocumentsWriter, lost};
use crate::corpus::omissions::Omissions;
use crate::corpus::options::ReadOptions;
use crate::corpus::segment::Split;
use crate::corpus::spans::{Rendered, Span, without_blanks};
use crate::document::Document;

/// Writes a folder for brat, with its configuration.
#[derive(Debug)]
pub(super) struct BratFolder {
    folder: NewFolder,
    stems: Stems,
    kinds: BTreeSet<String>,
    relations: BTreeSet<String>,
    /// How texts are cut when they are read again, which is one for the whole folder: by the rules
    /// where the first document comes with its text.
    split: Option<Split>,
}

impl BratFolder {
    pub(super) fn create(path: &Path) -> DocreResult<Self> {
        let folder = NewFolder::create(path)?;
        let (kinds, relations) = (BTreeSet::new(), BTreeSet::new());
        Ok(Self { folder, stems: Stems::default(), kinds, relations, split: None })
    }

    fn write(&mut self, document: &Document) -> DocreResult<Result<Omissions, String>> {
        let stem = self.stems.of(&document.title);
        let source = Rendered::of_source(document);
        let own_split = if source.is_some() { Split::Rules } else { Split::Blanks };
        let split = self.split.get_or_insert(own_split).clone();
        let rendered = source.unwrap_or_else(|| Rendered::new(document, without_blanks));
        let annotations = self.annotations(document, &rendered);
        let options = ReadOptions::default();
        let back = parse(&stem, rendered.text.clone(), &annotations, split, &options);
        let found = lost(document, back);
        match &found {
            Ok(_) => {
                self.folder.write(&format!("{stem}.txt"), &rendered.text)?;
                self.folder.write(&format!("{stem}.ann"), &annotations)?;
            }
            Err(_) => self.stems.give_back(&document.title, &stem),
        }
        Ok(found)
    }

    fn annotations(&mut self, document: &Document, rendered: &Rendered) -> String {
        let (mut lines, mut first) = (String::new(), Vec::new());
        for spans in rendered.spans(document) {
            for span in &spans {
                let (places, text) = on_one_line(span);
                let kind = type_name(&span.kind);
                lines.push_str(&format!("T{}\t{kind} {places}\t{text}\n", span.id));
                self.kinds.insert(kind);
            }
            if let Some(id) = &spans[0].entity_id {
                let number = &spans[0].id;
                lines.push_str(&format!("N{number}\tReference T{number} {}\t\n", reference(id)));
            }
            first.push(spans[0].id.clone());
            if spans.len() > 1 {
                let ids: Vec<_> = spans.iter().map(|span| format!("T{}", span.id)).collect();
                lines.push_str(&format!("*\tEquiv {}\n", ids.join(" ")));
            }
        }
        for (number, fact) in document.labelled_facts().iter().enumerate() {
            let (head, tail) = (&first[fact.head], &first[fact.tail]);
            let relation = relation_name(&fact.relation);
            lines.push_str(&format!("R{}\t{relation} Arg1:T{head} Arg2:T{tail}\n", number + 1));
            self.relations.insert(relation);
        }
        lines
    }
}

impl BratFolder {
    /// What brat shows in place of names that it can't hold.
    fn write_labels(&self) -> DocreResult<()> {
        let labels = self.kinds.iter().chain(&self.relations);
        let labels = labels.map(|written| (written, name_of(written)));
        let is_shown = |(written, name): &(&String, String)| {
            *written != name && !name.contains(['|', '#', '[', ']'])
        };
        let labels: String = labels
            .filter(is_shown)
            .map(|(written, name)| format!("{written} | {name}\n"))
            .collect();
        match labels.is_empty() {
            true => Ok(()),
            false => self.folder.write("visual.conf", format!("[labels]\n{labels}\n[drawing]\n")),
        }
    }
}

impl DocumentsWriter for BratFolder {
    fn push(&mut self, document: &Document) -> DocreResult<Result<Omissions, String>> {
        self.write(document)
    }

    fn finish(self: Box<Self>) -> DocreResult<()> {
        let entities: String = self.kinds.iter().map(|kind| format!("{kind}\n")).collect();
        let relation = |name: &String| format!("{name}\tArg1:<ENTITY>, Arg2:<ENTITY>\n");
        let relations: String = self.relations.iter().map(relation).collect();
        let equiv = "Equiv\tArg1:<ENTITY>, Arg2:<ENTITY>, <REL-TYPE>:symmetric-transitive\n";
        let overlap = "<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>\n";
        let types = format!(
            "[entities]\n{entities}\n[relations]\n{equiv}{overlap}{relations}\n[events]\n\n\
             [attributes]\n"
        );
        self.folder.write("annotation.conf", types)?;
        self.write_labels()?;
        if self.split == Some(Split::Blanks) {
            let split = "[options]\nTokens tokenizer:whitespace\nSentences splitter:newline\n";
            self.folder.write("tools.conf", split)?;
        }
        self.folder.finish()
    }
}

/// An identifier with its knowledge base, without blanks.
fn reference(id: &str) -> String {
    let base = if id.contains(':') { "" } else { NO_BASE };
    format!("{base}{}", without_blanks(id))
}

/// The characters and the text of a mention. brat has one line for it, so one with line breaks
/// is written in parts, without them.
fn on_one_line(span: &Span) -> (String, String) {
    let text = span.text.as_deref().unwrap_or_default();
    let is_break = |c: char| matches!(c, '\n' | '\r');
    let (mut places, mut parts, mut start) = (Vec::new(), Vec::new(), span.start);
    for part in text.split(is_break) {
        let end = start + part.chars().count();
        if !part.is_empty() {
            places.push(format!("{start} {end}"));
            parts.push(part);
        }
        start = end + 1;
    }
    (places.join(";"), parts.join(" "))
}
