//! Documents, their entities and the facts between them. No tensors, no files.

#[cfg(feature = "text")]
mod near_pairs;
mod relation_types;
mod relations;
mod scope;
mod source_text;
mod spacing;

use std::borrow::Cow;
use std::ops::Range;

use serde::Serialize;

#[cfg(feature = "text")]
pub(crate) use near_pairs::near_pairs;
pub use relation_types::RelationTypes;
pub use relations::{Relation, RelationSet, RelationSetError};
pub use scope::{FactScope, TypePairs};
pub use source_text::{SourceText, SourceTextError};

/// A text with its known entities, and its facts where it is labelled.
///
/// [`Document::new`] makes one of its sentences; the rest is set from there:
///
/// ```
/// use docre::document::{Document, Entity, Fact, Mention};
///
/// let sentence = ["Anna", "lives", "in", "Oslo"].map(String::from).to_vec();
/// let document = Document {
///     entities: vec![
///         Entity::new([Mention::new("Anna", 0, 0..1).of_kind("PER")]),
///         Entity::new([Mention::new("Oslo", 0, 3..4).of_kind("LOC")]),
///     ],
///     facts: Some(vec![Fact::new(0, "residence", 1)]),
///     ..Document::new("A note", vec![sentence])
/// };
/// assert_eq!(document.surface(&document.entities[1].mentions[0]), "Oslo");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Document {
    /// The title, by which result files name the document.
    pub title: String,
    /// The sentences, each a list of tokens.
    pub sentences: Vec<Vec<String>>,
    /// The entities; facts refer to them by their place in this list.
    pub entities: Vec<Entity>,
    /// Whether a model found the entities, and nobody gave them.
    #[serde(skip)]
    pub entities_found: bool,
    /// The labelled facts; `None` for a document that was never labelled, which
    /// is not the same as one in which no relation holds.
    pub facts: Option<Vec<Fact>>,
    /// Head and tail of each pair that was labelled, ascending, where the data says so
    /// (DialogRE): of the others it isn't known whether a relation holds. `None` where the facts
    /// speak of all pairs.
    pub labelled_pairs: Option<Vec<(usize, usize)>>,
    /// The text as it was written, where the data has it and not tokens alone. It has the tokens
    /// of [`Document::sentences`], each with its place.
    pub text: Option<SourceText>,
}

/// Something that the document speaks of, once or more often.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Entity {
    /// What a knowledge base calls it (`Q42`, `MESH:D006493`), where the data says so.
    pub id: Option<String>,
    /// Where it is mentioned; never empty in a document that was read from a file.
    pub mentions: Vec<Mention>,
}

/// One place in the text that names an entity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mention {
    /// The name as the data gives it.
    pub name: String,
    /// The sentence, from 0.
    pub sentence: usize,
    /// The tokens of the sentence that make up the mention, never empty.
    pub tokens: Range<usize>,
    /// The entity type (`PER`, `LOC`, ...); empty where the data gives none. `type` in JSON.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A relation that holds, or is said to hold, between two entities.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fact {
    /// The head entity, a place in [`Document::entities`].
    pub head: usize,
    /// The relation's identifier (`P27`).
    pub relation: String,
    /// The tail entity, a place in [`Document::entities`].
    pub tail: usize,
    /// The sentences that support the fact.
    pub evidence: Vec<usize>,
    /// How sure the model is, in (0, 1); `None` for labelled facts.
    pub score: Option<f32>,
}

impl Fact {
    /// Head and tail of a label of a text that is classified as a whole: it is a fact about the
    /// text itself, which has no entities.
    pub const OF_TEXT: (usize, usize) = (0, 0);

    /// A label of a text that is classified as a whole.
    pub fn of_text(label: impl Into<String>) -> Self {
        let (head, tail) = Self::OF_TEXT;
        Self::new(head, label, tail)
    }

    /// A fact without evidence and score.
    pub fn new(head: usize, relation: impl Into<String>, tail: usize) -> Self {
        Self { head, relation: relation.into(), tail, evidence: Vec::new(), score: None }
    }
}

impl Mention {
    /// A mention without a type.
    pub fn new(name: impl Into<String>, sentence: usize, tokens: Range<usize>) -> Self {
        Self { name: name.into(), sentence, tokens, kind: String::new() }
    }

    /// The same with an entity type.
    pub fn of_kind(self, kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), ..self }
    }
}

impl Entity {
    /// An entity with these mentions, of no knowledge base.
    pub fn new(mentions: impl Into<Vec<Mention>>) -> Self {
        Self { id: None, mentions: mentions.into() }
    }

    /// The name of the first mention.
    pub fn name(&self) -> &str {
        self.mentions.first().map_or("", |mention| &mention.name)
    }

    /// The entity type, that of the first mention.
    pub fn kind(&self) -> &str {
        self.mentions.first().map_or("", |mention| &mention.kind)
    }
}

impl Document {
    /// A document without entities that was never labelled.
    pub fn new(title: impl Into<String>, sentences: Vec<Vec<String>>) -> Self {
        Self { title: title.into(), sentences, ..Self::default() }
    }

    /// The characters of a mention in [`Document::text`], if that is known.
    pub fn span(&self, mention: &Mention) -> Option<Range<usize>> {
        self.text.as_ref().map(|text| text.span(mention.sentence, &mention.tokens))
    }

    /// What is written where a mention stands: its part of the text, or its tokens with blanks
    /// between them.
    pub fn surface(&self, mention: &Mention) -> Cow<'_, str> {
        match &self.text {
            Some(text) => text.surface(mention.sentence, &mention.tokens).into(),
            None => self.sentences[mention.sentence][mention.tokens.clone()].join(" ").into(),
        }
    }

    /// What is written in a sentence: its part of the text, or its tokens with blanks between.
    pub fn sentence(&self, sentence: usize) -> Cow<'_, str> {
        match &self.text {
            Some(text) => text.sentence(sentence).into(),
            None => self.sentences[sentence].join(" ").into(),
        }
    }

    /// For each token of a sentence whether a blank stands before it: as it was written where the
    /// text is known, else as text reads well.
    pub fn blanks_before(&self, sentence: usize) -> Vec<bool> {
        let Some(text) = &self.text else {
            return spacing::blanks_before(&self.sentences[sentence]);
        };
        let mut last = None;
        let is_apart = |place: Range<usize>| {
            let apart = last.is_some_and(|end| end < place.start);
            last = Some(place.end);
            apart
        };
        text.tokens(sentence).map(is_apart).collect()
    }

    /// A sentence for people: as it was written where the text is known, else its tokens joined
    /// as text reads well.
    pub fn readable_sentence(&self, sentence: usize) -> Cow<'_, str> {
        match &self.text {
            Some(text) => text.sentence(sentence).into(),
            None => spacing::joined(&self.sentences[sentence]).into(),
        }
    }

    /// The name of an entity for people: that of its first mention, which where it is no more than
    /// the mention's tokens with blanks between is shown as it was written, or as text reads well.
    pub fn readable_name(&self, entity: &Entity) -> String {
        let Some(mention) = entity.mentions.first() else { return String::new() };
        let tokens = self.sentences.get(mention.sentence);
        match tokens.and_then(|tokens| tokens.get(mention.tokens.clone())) {
            Some(tokens) if mention.name == tokens.join(" ") => match &self.text {
                Some(text) => text.surface(mention.sentence, &mention.tokens).to_owned(),
                None => spacing::joined(tokens),
            },
            _ => mention.name.clone(),
        }
    }

    /// The number of ordered pairs of different entities, `n (n - 1)`.
    pub fn pair_count(&self) -> usize {
        self.entities.len() * self.entities.len().saturating_sub(1)
    }

    /// Whether both entities exist and are two.
    pub fn has_pair(&self, head: usize, tail: usize) -> bool {
        head != tail && head.max(tail) < self.entities.len()
    }

    /// The labelled facts; none where the document is unlabelled.
    pub fn labelled_facts(&self) -> &[Fact] {
        self.facts.as_deref().unwrap_or_default()
    }
}
