//! Texts that are classified as a whole.

use super::example::{Label, Rows, WholeRow, column};
use super::marked::in_document;
use super::{Example, ExampleOptions, Ragged, Tokenizer, Warning};
use crate::document::{Document, Entity, Fact, RelationSet};
use crate::{Error, Result};

/// What stands for the speakers of a pair, subject and object (BERTs, Yu et al. 2020).
const SPEAKERS: [&str; 2] = ["[unused1]", "[unused2]"];

/// A text as an encoder reads it: CLS, text, SEP. Where it is asked about two entities their names
/// stand behind it, each with a SEP, and of the second token type; the text's "Speaker 1:" is
/// replaced where such a speaker is one of them (BERTs, Yu et al. 2020, section 4.3; its public
/// code). If it is too long the text is cut, never the names.
pub(super) fn whole(
    document: &Document,
    tokenizer: &Tokenizer,
    options: &ExampleOptions<'_>,
) -> Result<(Example, Vec<Warning>)> {
    let pair: Vec<&Entity> = document.entities.iter().take(2).collect();
    let speakers = Speakers::of(&pair, document, tokenizer)?;
    let text = speakers.read(document, tokenizer)?;
    let names = (0..pair.len()).map(|place| speakers.name(place, pair[place], tokenizer));
    let names = names.collect::<Result<Vec<_>>>()?;
    let behind: usize = names.iter().map(|name| name.len() + 1).sum();
    let kept = kept_pieces(document, text.len(), behind + 2, options.max_length)?;
    let warning = (kept < text.len()).then(|| Warning::TextCut {
        document: document.title.clone(),
        length: text.len() + behind + 2,
        max_length: kept + behind + 2,
    });
    let special = tokenizer.special_tokens();
    let mut ids = vec![special.cls.id];
    ids.extend_from_slice(&text[..kept]);
    ids.push(special.sep.id);
    let second_part = ids.len();
    for name in names {
        ids.extend(name);
        ids.push(special.sep.id);
    }
    let (head, tail) = match pair.len() {
        2 => (0, 1),
        _ => Fact::OF_TEXT,
    };
    let example = Example {
        title: document.title.clone(),
        ids,
        entities: Ragged::default(),
        spans: Vec::new(),
        types: Vec::new(),
        sentences: Vec::new(),
        rows: Rows::Whole(WholeRow { head, tail, second_part }),
        labels: labels(document, options.relations)?,
        evidence: Vec::new(),
    };
    Ok((example, warning.into_iter().collect()))
}

/// How many of the text's pieces fit beside `others` ids.
fn kept_pieces(
    document: &Document,
    pieces: usize,
    others: usize,
    max_length: Option<usize>,
) -> Result<usize> {
    match max_length {
        None => Ok(pieces),
        Some(max) if max > others => Ok(pieces.min(max - others)),
        Some(max) => {
            let problem = format!(
                "CLS, SEP and the names that it is asked about take {others} ids of the {max} that \
                 an input has at most; raise data.max_length, or take the pair out"
            );
            Err(in_document(document, problem))
        }
    }
}

fn labels(document: &Document, relations: Option<&RelationSet>) -> Result<Option<Vec<Label>>> {
    let (Some(relations), Some(facts)) = (relations, &document.facts) else { return Ok(None) };
    let label = |(place, fact): (usize, &Fact)| {
        let column = column(&fact.relation, relations)
            .map_err(|problem| in_document(document, format!("label {place}: {problem}")))?;
        Ok(Label { head: fact.head, tail: fact.tail, column })
    };
    let mut labels = facts.iter().enumerate().map(label).collect::<Result<Vec<_>>>()?;
    labels.sort_unstable();
    labels.dedup();
    Ok(Some(labels))
}

/// The entities of a pair that are speakers, with the pieces that stand for them.
struct Speakers {
    /// For each entity of the pair its number as a speaker and its piece.
    of_pair: Vec<Option<(String, u32)>>,
}

impl Speakers {
    fn of(pair: &[&Entity], document: &Document, tokenizer: &Tokenizer) -> Result<Self> {
        let mut of_pair: Vec<Option<(String, u32)>> = Vec::new();
        for (entity, piece) in pair.iter().zip(SPEAKERS) {
            let speaker = speaker_number(entity.name()).map(|number| {
                let known = of_pair.iter().flatten().find(|(known, _)| known == number);
                let id = known.map(|(_, id)| *id).or_else(|| tokenizer.piece(piece));
                id.map(|id| (number.to_string(), id)).ok_or_else(|| no_piece(document, piece))
            });
            of_pair.push(speaker.transpose()?);
        }
        Ok(Self { of_pair })
    }

    /// The pieces of an entity's name.
    fn name(&self, place: usize, entity: &Entity, tokenizer: &Tokenizer) -> Result<Vec<u32>> {
        match &self.of_pair[place] {
            Some((_, id)) => Ok(vec![*id]),
            None => tokenizer.text(entity.name()),
        }
    }

    /// The pieces of the text, "Speaker 1:" of the pair's speakers replaced.
    fn read(&self, document: &Document, tokenizer: &Tokenizer) -> Result<Vec<u32>> {
        let words: Vec<&str> = document.sentences.iter().flatten().map(String::as_str).collect();
        let (mut ids, mut rest) = (Vec::new(), 0);
        for place in 0..words.len() {
            if let Some(id) = self.at(&words[place..]) {
                ids.extend(tokenizer.text(&words[rest..place].join(" "))?);
                ids.push(id);
                rest = place + 2; // the colon stays
            }
        }
        ids.extend(tokenizer.text(&words[rest..].join(" "))?);
        Ok(ids)
    }

    /// The piece of the speaker whose turn begins here.
    fn at(&self, words: &[&str]) -> Option<u32> {
        let [speaker, number, ":", ..] = words else { return None };
        let is =
            |known: &&(String, u32)| speaker.eq_ignore_ascii_case("speaker") && known.0 == *number;
        self.of_pair.iter().flatten().find(is).map(|(_, id)| *id)
    }
}

/// The number of "Speaker 1".
fn speaker_number(name: &str) -> Option<&str> {
    let (speaker, number) = name.split_once(' ')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (speaker.eq_ignore_ascii_case("speaker") && is_number).then_some(number)
}

fn no_piece(document: &Document, piece: &str) -> Error {
    let problem = format!(
        "a speaker is asked about, but the encoder's vocabulary has no {piece} to stand for it; \
         choose an encoder of the BERT family, or relation.kind = \"atlop\""
    );
    in_document(document, problem)
}
