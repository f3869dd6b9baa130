//! Writes spaCy's JSON of a document.

use std::cmp::Reverse;
use std::ops::Range;

use serde_json::{Map, Value, json};

use super::{ENTITY_GROUP, Relation};
use crate::corpus::spans::{Rendered, Span};
use crate::document::{Document, Fact, SourceText};

pub(super) fn write(document: &Document) -> Value {
    let rendered = rendered(document);
    let spans = rendered.spans(document);
    let tokens = with_blanks(&rendered);
    let sentences = sentences(&rendered, &tokens);
    let tokens = tokens.into_iter().enumerate();
    let token = |(id, place): (usize, Range<usize>)| json!({"id": id, "start": place.start, "end": place.end});
    let clusters: Map<String, Value> = (1..)
        .zip(&spans)
        .map(|(number, spans)| {
            let spans = spans.iter().map(|span| labelled(span, true)).collect();
            (format!("{ENTITY_GROUP}_clusters_{number}"), Value::Array(spans))
        })
        .collect();
    let mut extensions = json!({"title": document.title});
    if let Some(facts) = &document.facts {
        extensions["relations"] = facts.iter().map(relation).collect();
    }
    json!({
        "text": rendered.text,
        "ents": apart(&spans).into_iter().map(|span| labelled(span, false)).collect::<Vec<_>>(),
        "sents": sentences,
        "tokens": tokens.map(token).collect::<Vec<_>>(),
        "spans": clusters,
        "_": extensions,
    })
}

fn relation(fact: &Fact) -> Value {
    let Fact { head, relation, tail, evidence, score } = fact.clone();
    let relation = Relation { head, label: relation, tail, evidence, score };
    serde_json::to_value(relation).expect("a relation has a JSON form")
}

/// A span of a group has a place for a knowledge base's id even where there is none, as spaCy
/// wants it.
fn labelled(span: &Span, in_group: bool) -> Value {
    let mut value = json!({"start": span.start, "end": span.end, "label": span.kind});
    if in_group || span.entity_id.is_some() {
        value["kb_id"] = span.entity_id.as_deref().unwrap_or_default().into();
    }
    value
}

/// The tokens and those that spaCy makes of the white space between them: all of it, but for one
/// blank behind a token.
fn with_blanks(rendered: &Rendered) -> Vec<Range<usize>> {
    let text: Vec<char> = rendered.text.chars().collect();
    let (mut tokens, mut last) = (Vec::new(), 0);
    let push_gap = |tokens: &mut Vec<_>, mut start: usize, end: usize| {
        start += usize::from(start > 0 && start < end && text[start] == ' ');
        tokens.extend((start < end).then_some(start..end));
    };
    for token in rendered.tokens.iter().flatten() {
        push_gap(&mut tokens, last, token.start);
        tokens.push(token.clone());
        last = token.end;
    }
    push_gap(&mut tokens, last, text.len());
    tokens
}

/// The document as a text in which spaCy finds its tokens: its own text, if it has one, else its
/// tokens with blanks between. spaCy takes for a token what stands
/// between two words, but for one blank behind the first. So a token of white space has no blank
/// behind it. What spaCy has no place for becomes `_`: an empty token, a second token of white
/// space in turn, and a sentence without tokens.
fn rendered(document: &Document) -> Rendered {
    let is_held = document.text.as_ref().is_some_and(SourceText::has_blank_gaps)
        && document.sentences.iter().all(|sentence| !sentence.is_empty());
    if let Some(source) = Rendered::of_source(document).filter(|_| is_held) {
        return source;
    }
    let mut rendered = Rendered::default();
    let mut after_blanks = false;
    for sentence in &document.sentences {
        rendered.begin_sentence();
        let none = [String::new()];
        for token in if sentence.is_empty() { &none } else { sentence.as_slice() } {
            let blanks = token.chars().all(is_blank);
            let has_no_place = token.is_empty() || (blanks && after_blanks);
            after_blanks = blanks && !has_no_place;
            rendered.push_token(if has_no_place { "_" } else { token });
            if !after_blanks {
                rendered.push_gap(' ');
            }
        }
    }
    rendered
}

/// Whether it is white space to Python, which takes four separators of ASCII for it, too.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// The sentences, which have white space behind them among their `tokens`.
fn sentences(rendered: &Rendered, tokens: &[Range<usize>]) -> Vec<Value> {
    let starts = rendered.tokens.iter().map(|tokens| tokens[0].start);
    let next = starts.clone().skip(1).chain([usize::MAX]);
    let sentence = |(number, (start, next)): (usize, (usize, usize))| {
        let last = tokens.partition_point(|token| token.start < next) - 1;
        let start = if number == 0 { tokens[0].start } else { start };
        json!({"start": start, "end": tokens[last].end})
    };
    starts.zip(next).enumerate().map(sentence).collect()
}

/// The mentions in the order of the text, without those that overlap an earlier one: spaCy's
/// entities can't.
fn apart(spans: &[Vec<Span>]) -> Vec<&Span> {
    let mut all: Vec<_> = spans.iter().flatten().collect();
    all.sort_by_key(|span| (span.start, Reverse(span.end)));
    let mut last = 0;
    all.retain(|span| {
        let free = span.start >= last;
        last = if free { span.end } else { last };
        free
    });
    all
}
