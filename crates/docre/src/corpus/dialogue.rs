//! DialogRE (Yu et al. 2020): dialogues, and the relations between what they speak of.
//!
//! The official file, v1 or v2, is a list of dialogues, each a list of turns ("Speaker 1:
//! Hey!") and a list of argument pairs with their relations:
//!
//! ```
//! use docre::corpus::dialogue::Dialogue;
//!
//! let dialogue = Dialogue::from_json(r#"[["Speaker 1: Hi, I'm Ann.", "Speaker 2: Hi!"],
//!     [{"x": "Speaker 1", "x_type": "PER", "y": "Ann", "y_type": "PER",
//!       "r": ["per:alternate_names"], "rid": [30], "t": ["I'm"]}]]"#).unwrap();
//! let made = dialogue.to_document("dialogue 0");
//! assert_eq!(made.document.entities[1].name(), "Ann");
//! assert_eq!(made.pairs, [Some((0, 1))]);
//! ```

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;

use super::objects::Objects;
use super::omissions::{Omission, Omissions};
use super::parse::parse;
use super::segment::words;
use super::words::counted;
use crate::document::{Document, Entity, Fact, Mention, RelationSet};
use crate::inputs::open_data;
use crate::{Error, Result};

/// The relations in the order of their ids, from 1.
pub const RELATIONS: [&str; 36] = [
    "per:positive_impression",
    "per:negative_impression",
    "per:acquaintance",
    "per:alumni",
    "per:boss",
    "per:subordinate",
    "per:client",
    "per:dates",
    "per:friends",
    "per:girl/boyfriend",
    "per:neighbor",
    "per:roommate",
    "per:children",
    "per:other_family",
    "per:parents",
    "per:siblings",
    "per:spouse",
    "per:place_of_residence",
    "per:place_of_birth",
    "per:visited_place",
    "per:origin",
    "per:employee_or_member_of",
    "per:schools_attended",
    "per:works",
    "per:age",
    "per:date_of_birth",
    "per:major",
    "per:place_of_work",
    "per:title",
    "per:alternate_names",
    "per:pet",
    "gpe:residents_of_place",
    "gpe:births_in_place",
    "gpe:visitors_of_place",
    "org:employees_or_members",
    "org:students",
];

/// What the file says of a pair of which no relation is known: the none class. Its id follows
/// those of [`RELATIONS`].
pub const UNANSWERABLE: &str = "unanswerable";

/// The relations as columns, in the order of their ids, with [`UNANSWERABLE`] as none class.
pub fn relations() -> RelationSet {
    let set = RelationSet::new(RELATIONS).expect("the relations differ");
    set.with_none_id(UNANSWERABLE)
}

/// A dialogue and its argument pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialogue {
    /// What is said, each turn with its speaker: "Speaker 1: Hey!".
    pub turns: Vec<String>,
    /// The labelled pairs of arguments.
    pub pairs: Vec<ArgumentPair>,
}

/// Two arguments, named as in the dialogue, and the relations that hold from one to the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentPair {
    /// The subject: a name, or a speaker ("Speaker 1").
    pub subject: String,
    /// Its type: `PER`, `GPE`, `ORG`, `STRING`, `VALUE`.
    pub subject_type: String,
    /// The object.
    pub object: String,
    /// Its type.
    pub object_type: String,
    /// The relations, or [`UNANSWERABLE`] alone.
    pub labels: Vec<PairLabel>,
}

/// A relation of an argument pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairLabel {
    /// The relation's name.
    pub relation: String,
    /// Its id, from 1.
    pub id: usize,
    /// The words of the dialogue that show it; empty where there are none.
    pub trigger: String,
}

impl ArgumentPair {
    /// The relations that hold, without [`UNANSWERABLE`].
    pub fn relations(&self) -> impl Iterator<Item = &PairLabel> {
        self.labels.iter().filter(|label| label.relation != UNANSWERABLE)
    }
}

#[derive(Deserialize)]
#[serde(expecting = "turns and argument pairs, each a list")]
struct Raw(Vec<String>, Vec<RawPair>);

#[derive(Deserialize)]
#[serde(expecting = "an argument pair")]
struct RawPair {
    x: String,
    y: String,
    x_type: String,
    y_type: String,
    r: Vec<String>,
    rid: Vec<usize>,
    t: Vec<String>,
}

/// Reads a file of dialogues.
pub fn read(path: impl AsRef<Path>) -> Result<Vec<Dialogue>> {
    stream(path.as_ref())?.collect()
}

/// The dialogues of a file one at a time, those behind a bad one too.
pub(super) fn stream(path: &Path) -> Result<impl Iterator<Item = Result<Dialogue>> + use<>> {
    let path = path.to_owned();
    let file = open_data(&path)?;
    let objects = Objects::new(file, &path, "dialogue").map_err(|broken| broken.of(&path))?;
    Ok(objects.or_lists().map(move |object| {
        let object = object.map_err(|broken| broken.of(&path))?;
        Dialogue::parse(object.bytes())
            .map_err(|problem| Error::file(&path, format!("{}, {problem}", object.place())))
    }))
}

/// The title of a dialogue's document: files name dialogues by their place alone.
pub(super) fn title(index: usize) -> String {
    format!("dialogue {index}")
}

fn pair_title(dialogue: usize, pair: usize) -> String {
    format!("{}, pair {pair}", title(dialogue))
}

/// Whether a document with this title was made of one argument pair.
pub(super) fn is_pair_title(title: &str) -> bool {
    let numbers = title.strip_prefix("dialogue ").and_then(|rest| rest.split_once(", pair "));
    numbers.is_some_and(|(place, pair)| [place, pair].iter().all(|n| n.parse::<usize>().is_ok()))
}

impl Dialogue {
    /// One dialogue of a file: `[turns, pairs]`.
    pub fn from_json(json: &str) -> Result<Self, String> {
        Self::parse(json.as_bytes())
    }

    pub(super) fn parse(json: &[u8]) -> Result<Self, String> {
        let Raw(turns, pairs) = parse(json)?;
        if turns.is_empty() {
            return Err("has no turns".into());
        }
        let check = |(number, pair): (usize, RawPair)| {
            pair.check().map_err(|problem| format!("argument pair {number}: {problem}"))
        };
        let pairs = pairs.into_iter().enumerate().map(check).collect::<Result<_, _>>()?;
        Ok(Self { turns, pairs })
    }

    /// The same dialogue after its first turns, with all pairs: what the conversational
    /// measure shows a model.
    pub fn first_turns(&self, count: usize) -> Self {
        let turns = self.turns[..count.min(self.turns.len())].to_vec();
        Self { turns, pairs: self.pairs.clone() }
    }

    /// The dialogue as a document: turns are sentences, arguments are entities, relations are
    /// facts.
    ///
    /// An argument's mentions are the places where its words stand, speakers before their
    /// turns among them; if there are none, its places in any case of letters; if there are
    /// none, those where its last word begins another ("girl" in "girls"). An argument that
    /// still isn't there (3 of the 7,361 of v2's training and dev files, more after the first
    /// turns) gets a sentence of its own at the end, and counts as [`Omission::UnnamedArgument`].
    pub fn to_document(&self, title: &str) -> DialogueDocument {
        let mut making = PartialDocument::new(&self.turns);
        let pairs = self.pairs.iter().map(|pair| making.add(pair)).collect();
        making.finish(title, pairs)
    }

    /// The dialogue at this place of a file once for each argument pair, as a document with two
    /// entities: the subject, which is the head of all facts, and the object.
    pub fn pair_documents(&self, place: usize) -> impl Iterator<Item = Document> {
        (0..self.pairs.len()).map(move |number| self.pair_document(place, number))
    }

    /// The document of one argument pair.
    ///
    /// # Panics
    ///
    /// If there is no pair of this number.
    pub fn pair_document(&self, place: usize, number: usize) -> Document {
        let pair = &self.pairs[number];
        let mut making = PartialDocument::new(&self.turns);
        let subject = making.new_entity(&pair.subject, &pair.subject_type);
        let object = making.new_entity(&pair.object, &pair.object_type);
        making.add_facts(pair, subject, object);
        making.finish(&pair_title(place, number), vec![Some((subject, object))]).document
    }
}

impl RawPair {
    fn check(self) -> Result<ArgumentPair, String> {
        let Self { x, y, x_type, y_type, r, rid, t } = self;
        for (key, name) in [("x", &x), ("y", &y)] {
            if name.trim().is_empty() {
                return Err(format!("{key}: the argument is empty"));
            }
        }
        if r.len() != rid.len() || r.len() != t.len() {
            let numbers = [(&r.len(), "relation"), (&rid.len(), "id"), (&t.len(), "trigger")];
            let [r, rid, t] = numbers.map(|(count, thing)| counted(*count, thing));
            return Err(format!(
                "r, rid and t: there are {r}, {rid} and {t}; they belong together"
            ));
        }
        if r.is_empty() {
            return Err(format!("r: no relation; a pair without one is \"{UNANSWERABLE}\""));
        }
        let labels = r.into_iter().zip(rid).zip(t).map(|((relation, id), trigger)| {
            check_id(&relation, id)?;
            Ok(PairLabel { relation, id, trigger })
        });
        let labels: Vec<PairLabel> = labels.collect::<Result<_, String>>()?;
        if labels.len() > 1 && labels.iter().any(|label| label.relation == UNANSWERABLE) {
            return Err(format!("r: \"{UNANSWERABLE}\" stands beside a relation, which it denies"));
        }
        Ok(ArgumentPair {
            subject: x,
            subject_type: x_type,
            object: y,
            object_type: y_type,
            labels,
        })
    }
}

/// Refuses another id than the one that a known relation has.
fn check_id(relation: &str, id: usize) -> Result<(), String> {
    let known = RELATIONS.iter().chain([&UNANSWERABLE]).position(|known| *known == relation);
    match known.map(|place| place + 1) {
        Some(known) if known != id => {
            Err(format!("rid: \"{relation}\" has the id {known}, but here {id}"))
        }
        None if relation.trim().is_empty() => Err("r: the relation is empty".into()),
        _ => Ok(()),
    }
}

/// A document that was a dialogue, and how the two belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct DialogueDocument {
    /// The document. Facts have no evidence: a trigger is words, not a sentence.
    pub document: Document,
    /// Head and tail entity of each argument pair; `None` where both are the same argument.
    pub pairs: Vec<Option<(usize, usize)>>,
    /// Facts that the dialogue gives twice.
    pub repeated_facts: usize,
    /// What the dialogue says and the document doesn't.
    pub left_out: Omissions,
}

impl DialogueDocument {
    /// The relations that facts of the document give each argument pair: its predictions.
    pub fn relations_of<'a>(&self, facts: &'a [Fact]) -> Vec<Vec<&'a str>> {
        let mut of_pairs: HashMap<_, Vec<&str>> = HashMap::new();
        for fact in facts {
            of_pairs.entry((fact.head, fact.tail)).or_default().push(&fact.relation);
        }
        let of_pair = |pair: &Option<_>| pair.and_then(|pair| of_pairs.get(&pair).cloned());
        self.pairs.iter().map(|pair| of_pair(pair).unwrap_or_default()).collect()
    }
}

/// A document on the way.
struct PartialDocument {
    sentences: Vec<Vec<String>>,
    /// The same tokens in small letters.
    lowered: Vec<Vec<String>>,
    entities: Vec<Entity>,
    numbers: HashMap<String, usize>,
    facts: Vec<Fact>,
    known: HashSet<(usize, String, usize)>,
    repeated_facts: usize,
    left_out: Omissions,
}

impl PartialDocument {
    fn new(turns: &[String]) -> Self {
        let sentences: Vec<_> = turns.iter().map(|turn| tokens(turn)).collect();
        Self {
            lowered: sentences.iter().map(|tokens| lowered(tokens)).collect(),
            sentences,
            entities: Vec::new(),
            numbers: HashMap::new(),
            facts: Vec::new(),
            known: HashSet::new(),
            repeated_facts: 0,
            left_out: Omissions::default(),
        }
    }

    /// Adds a pair's entities and facts; the entities' numbers, if they are two.
    fn add(&mut self, pair: &ArgumentPair) -> Option<(usize, usize)> {
        let head = self.entity(&pair.subject, &pair.subject_type);
        let tail = self.entity(&pair.object, &pair.object_type);
        let triggers = pair.labels.iter().filter(|label| !label.trigger.is_empty());
        self.left_out.add(Omission::Trigger, triggers.count());
        if head == tail {
            self.left_out.add(Omission::FactWithItself, pair.relations().count());
            return None;
        }
        self.add_facts(pair, head, tail);
        Some((head, tail))
    }

    fn add_facts(&mut self, pair: &ArgumentPair, head: usize, tail: usize) {
        for label in pair.relations() {
            let relation = label.relation.clone();
            if self.known.insert((head, relation.clone(), tail)) {
                self.facts.push(Fact { head, relation, tail, evidence: Vec::new(), score: None });
            } else {
                self.repeated_facts += 1;
            }
        }
    }

    fn entity(&mut self, name: &str, kind: &str) -> usize {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.new_entity(name, kind);
        self.numbers.insert(name.into(), number);
        number
    }

    fn new_entity(&mut self, name: &str, kind: &str) -> usize {
        let mention =
            |(sentence, tokens)| Mention { name: name.into(), sentence, tokens, kind: kind.into() };
        let mentions = self.places(name).into_iter().map(mention);
        self.entities.push(Entity::new(mentions.collect::<Vec<_>>()));
        self.entities.len() - 1
    }

    fn places(&mut self, name: &str) -> Vec<(usize, Range<usize>)> {
        let name = tokens(name);
        let mut places = occurrences(&self.sentences, &name, |found, last| found == last);
        let in_any_case: [fn(&str, &str) -> bool; 2] =
            [|found, last| found == last, |found, last| found.starts_with(last)];
        for same in in_any_case {
            if places.is_empty() {
                places = occurrences(&self.lowered, &lowered(&name), same);
            }
        }
        if places.is_empty() {
            self.left_out.add(Omission::UnnamedArgument, 1);
            places.push((self.sentences.len(), 0..name.len()));
            self.lowered.push(Vec::new()); // nothing else is looked for there
            self.sentences.push(name);
        }
        places
    }

    fn finish(self, title: &str, pairs: Vec<Option<(usize, usize)>>) -> DialogueDocument {
        let Self { sentences, entities, facts, repeated_facts, left_out, .. } = self;
        let labelled: BTreeSet<_> = pairs.iter().copied().flatten().collect();
        let document = Document {
            entities,
            facts: Some(facts),
            labelled_pairs: Some(labelled.into_iter().collect()),
            ..Document::new(title, sentences)
        };
        DialogueDocument { document, pairs, repeated_facts, left_out }
    }
}

fn tokens(text: &str) -> Vec<String> {
    words(text).into_iter().map(|token| text[token].to_owned()).collect()
}

fn lowered(tokens: &[String]) -> Vec<String> {
    tokens.iter().map(|token| token.to_lowercase()).collect()
}

/// Where the words stand one behind the other; `same` compares the last one, the text's first.
fn occurrences(
    sentences: &[Vec<String>],
    words: &[String],
    same: impl Fn(&str, &str) -> bool,
) -> Vec<(usize, Range<usize>)> {
    let last = words.len() - 1;
    let is_here =
        |found: &[String]| found[..last] == words[..last] && same(&found[last], &words[last]);
    let mut places = Vec::new();
    for (number, tokens) in sentences.iter().enumerate() {
        let starts = tokens.windows(words.len()).enumerate().filter(|(_, found)| is_here(found));
        places.extend(starts.map(|(start, _)| (number, start..start + words.len())));
    }
    places
}
