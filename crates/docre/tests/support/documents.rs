//! Small documents and predictions, made by hand.

use docre::corpus::Prediction;
use docre::document::{Document, Entity, Fact, Mention};

/// A document whose entities bear these names, all in one sentence of many.
pub fn document(title: &str, names: &[&str], facts: &[(usize, &str, usize, &[usize])]) -> Document {
    let entity = |(place, name): (usize, &&str)| {
        let mention = |name| Mention::new(name, 0, place..place + 1).of_kind("PER");
        Entity::new(name.split('/').map(mention).collect::<Vec<_>>())
    };
    let fact = |&(head, relation, tail, evidence): &(usize, &str, usize, &[usize])| Fact {
        head,
        relation: relation.into(),
        tail,
        evidence: evidence.into(),
        score: None,
    };
    Document {
        title: title.into(),
        sentences: vec![names.iter().map(|name| (*name).into()).collect(); 5],
        entities: names.iter().enumerate().map(entity).collect(),
        facts: Some(facts.iter().map(fact).collect()),
        ..Document::default()
    }
}

/// A prediction without score.
pub fn predicted(
    title: &str,
    head: usize,
    relation: &str,
    tail: usize,
    evidence: &[usize],
) -> Prediction {
    let (title, relation) = (title.into(), relation.into());
    Prediction { title, head, tail, relation, evidence: evidence.into(), score: None }
}
