//! What a format can't hold, or what reading leaves out, counted.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::{Serialize, Serializer};

use crate::document::{Document, Entity, Fact, Mention, SourceText};

/// A kind of thing that is lost between two formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Omission {
    /// An entity that the text doesn't mention (DWIE has such concepts).
    UnmentionedEntity,
    /// A fact of such an entity.
    FactOfUnmentionedEntity,
    /// A relation of an entity with itself.
    FactWithItself,
    /// A relation that doesn't say which one it is.
    FactWithoutRelation,
    /// A relation of spans that aren't in the document's text, or are no mentions.
    FactOfOtherSpan,
    /// A name that isn't spelled by the tokens at its place.
    NameElsewhere,
    /// A place that counts tokens of the document, where it should count those of the sentence.
    PlaceInDocument,
    /// A span of a text beside the document's.
    SpanOfOtherText,
    /// A further identifier of a mention, whose entity has the mention too.
    SharedMention,
    /// A mention that no identifier tells apart, so that it is an entity of its own.
    UnidentifiedMention,
    /// The mark that says whether a relation is what a text found out (BioRED).
    Novelty,
    /// A text or folder that has no annotation file.
    FileWithoutPartner,
    /// A file of another kind of documents, or a folder with such files, in a folder that is read.
    OtherFile,
    /// A mention of white space alone, where the output can't hold it.
    BlankMention,
    /// A place that counts other units than characters: bytes, or UTF-16.
    OtherUnit,
    /// A border of sentences inside of a mention.
    SentenceBorder,
    /// A border of a mention inside of a token that the file has.
    CutToken,
    /// An item that is wrong, where reading is lenient.
    BadItem,
    /// An entity type beside the one that is kept.
    FurtherType,
    /// A tag that says something else than a type.
    OtherTag,
    /// The mark of the split that a document is in.
    SplitTag,
    /// A key or a filled column beside text, id and labels.
    OtherField,
    /// The words between the parts of a mention, which the mention now spans.
    Gap,
    /// An event, or a relation with one.
    Event,
    /// An attribute, note or normalization.
    Attribute,
    /// An annotation of a text that has an earlier one.
    FurtherAnnotation,
    /// An annotation that its annotator skipped.
    SkippedAnnotation,
    /// A span or relation of a kind that documents don't have.
    OtherAnnotation,
    /// The words that a dialogue gives as the trigger of a relation.
    Trigger,
    /// A pair that is marked as without relation, while of others it isn't known.
    UnrelatedPair,
    /// A label that no text has.
    UnusedLabel,
    /// An argument that its dialogue doesn't name: it stands in a sentence at the end.
    UnnamedArgument,
    /// A document that can't be read at all, where reading is lenient.
    BadDocument,
    /// A title.
    Title,
    /// That a document was never labelled.
    Unlabelled,
    /// A text as it was written; its tokens are kept.
    Text,
    /// A sentence whose tokens are others.
    Tokens,
    /// An entity.
    Entity,
    /// What a knowledge base calls an entity.
    EntityId,
    /// A mention that isn't in the same place.
    Mention,
    /// A name that isn't the mention's text.
    Name,
    /// An entity type.
    Kind,
    /// A fact.
    Fact,
    /// The evidence of a fact.
    Evidence,
    /// The score of a fact.
    Score,
}

impl fmt::Display for Omission {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::UnmentionedEntity => "entities without a mention",
            Self::FactOfUnmentionedEntity => "facts of entities without a mention",
            Self::FactWithItself => "facts that relate an entity to itself",
            Self::FactWithoutRelation => "relations without a label",
            Self::FactOfOtherSpan => "relations of spans that are no mentions",
            Self::NameElsewhere => "names that the tokens at their places don't spell",
            Self::PlaceInDocument => "places counted in the document (now in the sentence)",
            Self::SpanOfOtherText => "spans of other texts",
            Self::SharedMention => "further identifiers of mentions (each entity has the mention)",
            Self::UnidentifiedMention => {
                "mentions without an identifier (each is an entity of its own)"
            }
            Self::Novelty => "marks of novelty",
            Self::FileWithoutPartner => {
                "files beside documents (texts without annotations, hidden files, folders)"
            }
            Self::OtherFile => "files of other documents in the folder, or in folders inside of it",
            Self::BlankMention => "mentions of white space alone",
            Self::OtherUnit => "places that don't count characters (read by what they count)",
            Self::SentenceBorder => "borders of sentences inside of mentions (joined)",
            Self::CutToken => "borders of mentions inside of tokens (these are cut there)",
            Self::BadItem => "wrong items",
            Self::FurtherType => "entity types beside the main one",
            Self::OtherTag => "tags that name no type",
            Self::SplitTag => "marks of the split (one part can be taken)",
            Self::OtherField => "other keys and columns",
            Self::Gap => "gaps inside of mentions (the mention spans them)",
            Self::Event => "events",
            Self::Attribute => "attributes, notes and normalizations",
            Self::FurtherAnnotation => "further annotations of a text",
            Self::SkippedAnnotation => "skipped annotations of a text",
            Self::OtherAnnotation => "annotations of other kinds",
            Self::Trigger => "triggers of relations",
            Self::UnrelatedPair => "pairs marked as without relation",
            Self::UnusedLabel => "labels that no text has",
            Self::UnnamedArgument => "arguments that their dialogue doesn't name (put at its end)",
            Self::BadDocument => "documents that can't be read",
            Self::Title => "titles",
            Self::Unlabelled => "marks that a document is unlabelled",
            Self::Text => "texts as they were written (their tokens are kept)",
            Self::Tokens => "sentences whose tokens are others",
            Self::Entity => "entities",
            Self::EntityId => "identifiers of entities",
            Self::Mention => "places of mentions",
            Self::Name => "names of mentions",
            Self::Kind => "entity types",
            Self::Fact => "facts",
            Self::Evidence => "evidence of facts",
            Self::Score => "scores of facts",
        })
    }
}

/// How often each kind of thing was lost. Serializes as an object from kinds to counts.
///
/// What is named beyond its kind ("annotations of other kinds" by their own kinds) is counted by
/// name, too. Names don't tell losses apart: two are equal where their counts are.
#[derive(Debug, Clone, Default)]
pub struct Omissions {
    counts: BTreeMap<Omission, usize>,
    names: BTreeMap<Omission, BTreeMap<String, usize>>,
}

impl PartialEq for Omissions {
    fn eq(&self, other: &Self) -> bool {
        self.counts == other.counts
    }
}

impl Eq for Omissions {}

impl Omissions {
    /// Counts more of a kind.
    pub fn add(&mut self, loss: Omission, count: usize) {
        if count > 0 {
            *self.counts.entry(loss).or_default() += count;
        }
    }

    /// Counts more of a kind that have a name of their own.
    pub fn add_named(&mut self, loss: Omission, name: &str, count: usize) {
        self.add(loss, count);
        if count > 0 {
            let names = self.names.entry(loss).or_default();
            *names.entry(name.to_owned()).or_default() += count;
        }
    }

    /// The names of a kind with their counts, most first.
    pub fn names(&self, loss: Omission) -> Vec<(&str, usize)> {
        let names = self.names.get(&loss).into_iter().flatten();
        let mut names: Vec<_> = names.map(|(name, &count)| (name.as_str(), count)).collect();
        names.sort_by_key(|&(_, count)| Reverse(count));
        names
    }

    /// Counts all of others.
    pub fn merge(&mut self, others: &Self) {
        others.iter().for_each(|(loss, count)| self.add(loss, count));
        for (&loss, names) in &others.names {
            let own = self.names.entry(loss).or_default();
            for (name, count) in names {
                *own.entry(name.clone()).or_default() += count;
            }
        }
    }

    /// The kinds with their counts, none of them 0.
    pub fn iter(&self) -> impl Iterator<Item = (Omission, usize)> + '_ {
        self.counts.iter().map(|(&loss, &count)| (loss, count))
    }

    /// Of how many things of a kind it is known that they are lost.
    pub fn count(&self, loss: Omission) -> usize {
        self.counts.get(&loss).copied().unwrap_or(0)
    }

    /// Whether nothing is lost.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// What of a document isn't in another one that was made from it.
    pub fn between(before: &Document, after: &Document) -> Self {
        let mut losses = Self::default();
        losses.add(Omission::Title, usize::from(before.title != after.title));
        losses.add(
            Omission::Unlabelled,
            usize::from(before.facts.is_none() && after.facts.is_some()),
        );
        let [written, kept] = [before, after].map(|d| d.text.as_ref().map(SourceText::as_str));
        let is_lost = written.is_some() && written != kept;
        losses.add(Omission::Text, usize::from(is_lost));
        let differing = differing(&before.sentences, &after.sentences);
        losses.add(Omission::Tokens, differing);
        losses.add_entities(before, after, differing > 0);
        losses.add_facts(before.labelled_facts(), after.labelled_facts());
        if after.labelled_pairs.is_none() {
            losses.merge(&Self::of_labelled_pairs(before));
        }
        losses
    }

    /// What is lost of a document where all pairs count as labelled.
    pub(super) fn of_labelled_pairs(document: &Document) -> Self {
        let facts = document.labelled_facts().iter();
        let related: HashSet<_> = facts.map(|fact| (fact.head, fact.tail)).collect();
        let pairs = document.labelled_pairs.iter().flatten();
        let mut losses = Self::default();
        losses.add(Omission::UnrelatedPair, pairs.filter(|pair| !related.contains(pair)).count());
        losses
    }

    /// Places of mentions are counted only where the tokens are the same.
    fn add_entities(&mut self, before: &Document, after: &Document, retokenized: bool) {
        self.add(Omission::Entity, before.entities.len().saturating_sub(after.entities.len()));
        for (before, after) in before.entities.iter().zip(&after.entities) {
            self.add(Omission::EntityId, usize::from(before.id != after.id));
            self.add_mentions(before, after, retokenized);
        }
    }

    fn add_mentions(&mut self, before: &Entity, after: &Entity, retokenized: bool) {
        let missing = before.mentions.len().saturating_sub(after.mentions.len());
        self.add(Omission::Mention, missing);
        let place = |mention: &Mention| (mention.sentence, mention.tokens.clone());
        for (before, after) in before.mentions.iter().zip(&after.mentions) {
            let moved = !retokenized && place(before) != place(after);
            self.add(Omission::Mention, usize::from(moved));
            self.add(Omission::Name, usize::from(before.name != after.name));
            self.add(Omission::Kind, usize::from(before.kind != after.kind));
        }
    }

    fn add_facts(&mut self, before: &[Fact], after: &[Fact]) {
        let key = |fact: &Fact| (fact.head, fact.relation.clone(), fact.tail);
        let after: BTreeMap<_, _> = after.iter().map(|fact| (key(fact), fact)).collect();
        for before in before {
            let Some(after) = after.get(&key(before)) else {
                self.add(Omission::Fact, 1);
                continue;
            };
            self.add(Omission::Evidence, usize::from(before.evidence != after.evidence));
            self.add(Omission::Score, usize::from(before.score != after.score));
        }
    }
}

/// How many of the first items aren't among the second in their place.
fn differing<T: PartialEq>(before: &[T], after: &[T]) -> usize {
    let same = before.iter().zip(after).filter(|(before, after)| before == after).count();
    before.len().max(after.len()) - same
}

impl Serialize for Omissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(loss, count)| (loss.to_string(), count)))
    }
}
