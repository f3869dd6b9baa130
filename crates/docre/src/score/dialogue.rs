//! Dialogues, scored as DialogRE's official evaluation does it.

use std::collections::HashMap;

use serde::Serialize;

use super::{SCORED, predict};
use crate::{
    Result,
    corpus::{
        Input,
        dialogue::{Dialogue, DialogueDocument},
    },
    document::Document,
    eval::{
        Counts,
        dialogue::{Conversational, conversational_f1, dialogue_f1, shown_after},
    },
    model::Extractor,
    progress::Observer,
    text::prepare::prepare,
};

/// DialogRE's measures of one model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DialogueScores {
    /// F1 over the labelled argument pairs, which a model of whole documents scores among all
    /// pairs of arguments.
    pub pairs: Counts,
    /// F1c: the dialogue is shown turn by turn.
    pub conversational: Conversational,
}

/// Scores a model, of documents or of argument pairs, on the dialogues of a file. Each dialogue is
/// read once after each turn from which on a pair of it counts, so this takes some five times
/// as long as to read it once.
pub fn evaluate_dialogues(
    extractor: &Extractor,
    dialogues: &[Dialogue],
    observer: &mut dyn Observer,
) -> Result<DialogueScores> {
    let mut questions = Questions::default();
    for (place, dialogue) in dialogues.iter().enumerate() {
        match extractor.input() {
            Input::ArgumentPairs => questions.add_pairs(place, dialogue),
            _ => questions.add_documents(place, dialogue),
        }
    }
    let predicted = questions.predict(extractor, observer)?;
    let of = |dialogue: usize, pair: usize, seen: usize| {
        let relations = predicted.get(&(dialogue, pair, seen));
        relations.into_iter().flatten().map(String::as_str)
    };
    Ok(DialogueScores {
        pairs: dialogue_f1(dialogues, |place, pair| of(place, pair, dialogues[place].turns.len())),
        conversational: conversational_f1(dialogues, of),
    })
}

/// The relations that are predicted for a pair, by dialogue, pair and turns seen.
type Predicted = HashMap<(usize, usize, usize), Vec<String>>;

/// What a model is asked.
#[derive(Default)]
struct Questions {
    documents: Vec<Document>,
    /// What each document shows.
    shows: Vec<ShownTurns>,
}

/// The turns of a dialogue that a document shows, and where its pairs are.
struct ShownTurns {
    dialogue: usize,
    seen: usize,
    /// Each pair's place and entities.
    pairs: Vec<(usize, (usize, usize))>,
}

impl Questions {
    /// One document for each number of turns after which some pair counts, with all pairs.
    fn add_documents(&mut self, place: usize, dialogue: &Dialogue) {
        let first = dialogue.pairs.iter().map(|pair| shown_after(dialogue, pair)).min();
        let Some(first) = first else { return };
        for seen in first..=dialogue.turns.len() {
            let title = format!("dialogue {place} after {seen} turns");
            let DialogueDocument { document, pairs, .. } =
                dialogue.first_turns(seen).to_document(&title);
            let numbered = pairs.into_iter().enumerate();
            let pairs = numbered.filter_map(|(number, pair)| Some((number, pair?))).collect();
            self.documents.push(document);
            self.shows.push(ShownTurns { dialogue: place, seen, pairs });
        }
    }

    /// One document for each pair and each number of turns after which it counts.
    fn add_pairs(&mut self, place: usize, dialogue: &Dialogue) {
        for (number, pair) in dialogue.pairs.iter().enumerate() {
            for seen in shown_after(dialogue, pair)..=dialogue.turns.len() {
                let shown = dialogue.first_turns(seen);
                self.documents.push(shown.pair_document(place, number));
                self.shows.push(ShownTurns {
                    dialogue: place,
                    seen,
                    pairs: vec![(number, (0, 1))],
                });
            }
        }
    }

    fn predict(&self, extractor: &Extractor, observer: &mut dyn Observer) -> Result<Predicted> {
        let options = extractor.config.example_options();
        let prepared = prepare(&self.documents, &extractor.tokenizer, &options)?;
        let all = prepared.examples.len();
        let found = predict(extractor, &prepared.examples, |done| {
            observer.documents(SCORED, done, all);
        })?;
        let mut predicted = Predicted::new();
        for (shows, facts) in self.shows.iter().zip(found) {
            for (number, pair) in &shows.pairs {
                let facts = facts.iter().filter(|fact| (fact.head, fact.tail) == *pair);
                let relations = facts.map(|fact| fact.relation.clone()).collect();
                predicted.insert((shows.dialogue, *number, shows.seen), relations);
            }
        }
        Ok(predicted)
    }
}
