//! Lines for people to read: the surest facts first.

use std::{collections::BTreeSet, io::Write};

use comfy_table::{Cell, CellAlignment, Table, presets};

use super::{
    Content, DocumentFacts, EntityName, FactWriter, NamedFact, Row, ScoredLabel, TextLabels,
    one_line,
};
use crate::Result;
use crate::document::{Document, Fact};
use crate::files::AtomicFile;

pub(super) static ROW: Row = Row {
    name: "text",
    about: "lines for people to read",
    endings: &["txt"],
    media_type: Some("text/plain"),
    is_folder: false,
    refuses_found: None,
    create: |place, content| Ok(Box::new(Writer { file: place.file()?, content })),
    graph: None,
};

struct Writer {
    file: AtomicFile,
    content: Content,
}

impl FactWriter for Writer {
    fn push(&mut self, document: &Document, facts: &[Fact]) -> Result<()> {
        let text = match self.content.is_labels {
            true => labels(&TextLabels::new(document, facts, &self.content.relations)),
            false => {
                let found = DocumentFacts::new(document, facts, &self.content.relations);
                facts_of(document, found)
            }
        };
        let written = self.file.write_all(text.as_bytes());
        let written = written.and_then(|()| self.file.flush_direct());
        written.map_err(|error| self.file.write_error(error))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.file.commit()
    }
}

fn facts_of(document: &Document, mut found: DocumentFacts) -> String {
    found.facts.sort_by(|a, b| b.score.partial_cmp(&a.score).expect("scores are numbers"));
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    found.facts.iter().for_each(|fact| {
        table.add_row(cells(document, fact));
    });
    let (title, count) = (one_line(&found.title), found.facts.len());
    let s = if count == 1 { "" } else { "s" };
    let heading = format!("{title}: {count} fact{s}\n");
    if count == 0 {
        return heading;
    }
    format!("{heading}{}\n\n{}", table.trim_fmt(), cited(document, &found.facts))
}

/// The sentences that facts rest on, each once, and a blank line; nothing where there are none.
fn cited(document: &Document, facts: &[NamedFact]) -> String {
    let numbers: BTreeSet<usize> = facts.iter().flat_map(|fact| &fact.evidence).copied().collect();
    let known = numbers.into_iter().filter(|number| *number < document.sentences.len());
    let line = |number| {
        let text = document.readable_sentence(number);
        let words: Vec<&str> = text.split_whitespace().collect();
        format!(" {number:>3}  {}\n", one_line(&words.join(" ")))
    };
    let lines: String = known.map(line).collect();
    if lines.is_empty() { lines } else { lines + "\n" }
}

fn cells(document: &Document, fact: &NamedFact) -> [Cell; 5] {
    let score = fact.score.map_or(String::new(), |score| format!("{score:.3}"));
    let sentences: Vec<String> = fact.evidence.iter().map(usize::to_string).collect();
    let evidence = match sentences.is_empty() {
        true => String::new(),
        false => format!("sentence {}", sentences.join(", ")),
    };
    let name = |entity: &EntityName| match document.entities.get(entity.index) {
        Some(known) => document.readable_name(known),
        None => entity.name.clone(),
    };
    let [head, relation, tail] = [&name(&fact.head), &fact.relation.name, &name(&fact.tail)]
        .map(|text| Cell::new(one_line(text)));
    let score = Cell::new(score).set_alignment(CellAlignment::Right);
    [score, head, relation, tail, Cell::new(evidence)]
}

fn labels(text: &TextLabels) -> String {
    let label = |label: &ScoredLabel| {
        let score = label.score.map_or(String::new(), |score| format!(" {score:.3}"));
        format!("{}{score}", label.label)
    };
    let labels: Vec<_> = text.labels.iter().map(label).collect();
    let labels = if labels.is_empty() { "none".to_owned() } else { labels.join(", ") };
    format!("{}: {labels}\n", one_line(&text.id))
}
