//! Random documents.

use docre::document::{Document, Entity, Fact, Mention};
use proptest::prelude::*;

fn text() -> impl Strategy<Value = String> {
    "\\PC{1,6}|[\"\\\\{}\\[\\],\n\t\u{0}]{1,4}|[ \u{a0}\n]{1,2}"
}

/// A document that may stand in a file.
pub fn document() -> impl Strategy<Value = Document> {
    let sentences = prop::collection::vec(prop::collection::vec(text(), 1..6), 1..4);
    (text(), sentences).prop_flat_map(|(title, sentences)| {
        let entities = prop::collection::vec(entity(sentences.clone()), 0..4);
        (Just(title), Just(sentences), entities).prop_flat_map(|(title, sentences, entities)| {
            let facts = prop::option::of(facts(entities.len(), sentences.len()));
            facts.prop_map(move |facts| Document {
                title: format!("T{title}"),
                sentences: sentences.clone(),
                entities: entities.clone(),
                facts,
                ..Document::default()
            })
        })
    })
}

fn entity(sentences: Vec<Vec<String>>) -> impl Strategy<Value = Entity> {
    let places: Vec<_> = (0..sentences.len())
        .flat_map(|sentence| {
            let length = sentences[sentence].len();
            (0..length)
                .flat_map(move |start| (start + 1..=length).map(move |end| (sentence, start..end)))
        })
        .collect();
    let mention = (prop::sample::select(places), "\\PC{0,5}", "[A-Z]{0,3}")
        .prop_map(|((sentence, tokens), name, kind)| Mention { name, sentence, tokens, kind });
    prop::collection::vec(mention, 1..3).prop_map(Entity::new)
}

fn facts(entities: usize, sentences: usize) -> impl Strategy<Value = Vec<Fact>> {
    let pair = (0..entities.max(1), 0..entities.max(1), 0..9usize);
    let evidence = prop::collection::vec(0..sentences, 0..3).prop_map(|mut sentences| {
        sentences.dedup(); // each is evidence once
        sentences
    });
    let rest = (evidence, prop::option::of(0f32..1.0));
    prop::collection::btree_map(pair, rest, 0..6).prop_map(|facts| {
        let fact = |((head, tail, relation), (evidence, score))| Fact {
            head,
            relation: format!("P{relation}"),
            tail,
            evidence,
            score,
        };
        facts.into_iter().filter(|((head, tail, _), _)| head != tail).map(fact).collect()
    })
}
