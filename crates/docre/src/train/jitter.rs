//! Training documents whose mentions are a little wrong, as found ones are.

use std::path::Path;

use super::setup;
use crate::{
    Result,
    document::{Document, FactScope, Mention, RelationSet},
    random::{JITTER, Random},
    recipe::Recipe,
    text::{Example, ExampleOptions, Tokenizer},
};

/// Makes training examples anew with some of their mentions changed, so that relations are learned
/// from mentions like those that a finder gives. Entities and labels stay as they are.
#[derive(Debug)]
pub(crate) struct Jitter {
    /// The share of mentions that are changed.
    share: f64,
    /// The training documents, in the order of the examples.
    documents: Vec<Document>,
    tokenizer: Tokenizer,
    /// How documents become examples.
    options: ExampleOptions<'static>,
    relations: RelationSet,
    types: Vec<String>,
    scope: FactScope,
    seed: u64,
}

/// What may happen to a mention.
#[derive(Clone, Copy)]
enum Change {
    /// It is missed.
    Lost,
    /// It is taken for a mention of another entity, too.
    Shared,
    /// One of its ends is a word too far, or too near.
    Shifted,
}

const CHANGES: [Change; 3] = [Change::Lost, Change::Shared, Change::Shifted];

impl Jitter {
    /// What changes mentions, if the recipe asks for it. `folder` is that of the encoder, or of the
    /// model that it starts from; `documents` are those of the examples.
    pub fn of(
        recipe: &Recipe,
        folder: &Path,
        documents: impl Iterator<Item = Document>,
        read: (&RelationSet, &[String], &FactScope),
    ) -> Result<Option<Self>> {
        let share = recipe.finder.as_ref().map_or(0.0, |finder| finder.jitter);
        if share == 0.0 {
            return Ok(None);
        }
        let (relations, types, scope) = read;
        Ok(Some(Self {
            share,
            documents: documents.collect(),
            tokenizer: setup::tokenizer(folder)?,
            options: setup::example_options(recipe, folder)?,
            relations: relations.clone(),
            types: types.to_vec(),
            scope: scope.clone(),
            seed: recipe.seed,
        }))
    }

    /// The example of a document as batch number `batch` of the run reads it.
    pub fn example(&self, place: usize, batch: u64) -> Result<Example> {
        let mut random = Random::new(self.seed ^ batch.rotate_left(32) ^ place as u64, JITTER);
        let document = changed(self.documents[place].clone(), self.share, &mut random);
        let options = ExampleOptions {
            relations: Some(&self.relations),
            types: Some(&self.types),
            scope: Some(&self.scope),
            ..self.options
        };
        Example::new(&document, &self.tokenizer, &options).map(|(example, _)| example)
    }
}

/// A document with a share of its mentions changed. Each entity keeps a mention.
fn changed(mut document: Document, share: f64, random: &mut Random) -> Document {
    for entity in 0..document.entities.len() {
        let mut place = 0;
        while place < document.entities[entity].mentions.len() {
            if random.uniform() >= share {
                place += 1;
                continue;
            }
            match CHANGES[random.below(CHANGES.len())] {
                Change::Lost if document.entities[entity].mentions.len() > 1 => {
                    document.entities[entity].mentions.remove(place);
                    continue; // the next one has its place
                }
                Change::Lost => {}
                Change::Shared => share_mention(&mut document, entity, place, random),
                Change::Shifted => {
                    let mention = &mut document.entities[entity].mentions[place];
                    shift(mention, &document.sentences[mention.sentence], random);
                }
            }
            place += 1;
        }
    }
    document
}

/// Gives another entity of the same type, if there is one, this mention, too. Only entities before
/// this one are looked at, so that no mention is handed on.
fn share_mention(document: &mut Document, entity: usize, place: usize, random: &mut Random) {
    let kind = |of: usize| document.entities[of].kind();
    let alike: Vec<usize> = (0..entity).filter(|of| kind(*of) == kind(entity)).collect();
    if !alike.is_empty() {
        let mention = document.entities[entity].mentions[place].clone();
        document.entities[alike[random.below(alike.len())]].mentions.push(mention);
    }
}

/// Moves one end of a mention by a word, if there is one.
fn shift(mention: &mut Mention, sentence: &[String], random: &mut Random) {
    let tokens = &mut mention.tokens;
    match (random.below(2) == 0, random.below(2) == 0) {
        (true, true) => tokens.start = tokens.start.saturating_sub(1),
        (false, true) => tokens.end = (tokens.end + 1).min(sentence.len()),
        (true, false) if tokens.len() > 1 => tokens.start += 1,
        (false, false) if tokens.len() > 1 => tokens.end -= 1,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Entity, Fact};

    fn document() -> Document {
        let sentence = ["Anna", "Ek", "met", "Bo", "Dahl", "in", "Oslo"].map(String::from).to_vec();
        let person = |name: &str, tokens| Mention::new(name, 0, tokens).of_kind("PER");
        Document {
            entities: vec![
                Entity::new([person("Anna Ek", 0..2), person("Ek", 1..2)]),
                Entity::new([person("Bo Dahl", 3..5)]),
                Entity::new([Mention::new("Oslo", 0, 6..7).of_kind("LOC")]),
            ],
            facts: Some(vec![Fact::new(0, "residence", 2)]),
            ..Document::new("t", vec![sentence])
        }
    }

    #[test]
    fn mentions_change_and_entities_stay() {
        let mut seen = [false; 3];
        for seed in 0..200 {
            let found = changed(document(), 0.5, &mut Random::new(seed, JITTER));
            assert_eq!(found, changed(document(), 0.5, &mut Random::new(seed, JITTER)));
            assert_eq!((found.entities.len(), &found.facts), (3, &document().facts));
            for mention in found.entities.iter().flat_map(|entity| &entity.mentions) {
                assert!(!mention.tokens.is_empty() && mention.tokens.end <= 7);
            }
            assert!(found.entities.iter().all(|entity| !entity.mentions.is_empty()));
            seen[0] |= found.entities[0].mentions.len() == 1;
            seen[1] |= found.entities[0].mentions.iter().any(|mention| mention.name == "Bo Dahl");
            seen[2] |= found.entities[2].mentions[0].tokens == (5..7);
        }
        assert_eq!(seen, [true; 3]);
        assert_eq!(changed(document(), 0.0, &mut Random::new(1, JITTER)), document());
    }
}
