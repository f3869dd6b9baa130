//! Mentions and clusters, on the encoder that the relations are found with.

use std::{collections::HashSet, ops::Range, sync::Arc};

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};
use docre_kernels::{Groups, Segments, pool_mean};
use serde::{Deserialize, Serialize};

use super::Model;
use crate::{
    Result,
    coref::{EditScorer, Linkage, PairScorer, TypeClassifier},
    decision::Calibration,
    document::{Document, Fact, FactScope, RelationTypes},
    encoder::{EncoderInput, Pass},
    initialiser::Initialiser,
    mention::{BioLabels, MentionTagger, SHAPE_WINDOW, SpanClassifier, SpanSizes, TaggerInput},
    stretches::range_max,
    text::{EncodedBatch, Example, MentionRows},
};

/// What finds the entities of a text.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one a model")]
pub enum EntityFinder {
    /// By labels of words.
    Tags(TagFinder),
    /// By looking at every span of words (JEREX).
    Spans(SpanFinder),
}

impl EntityFinder {
    /// Packs the hidden layers in eight bits.
    pub(super) fn pack(&mut self) {
        match self {
            Self::Tags(finder) => {
                finder.tagger.pack();
                finder.scorer.pack();
            }
            Self::Spans(finder) => {
                finder.spans.pack();
                finder.pairs.pack();
                finder.types.pack();
            }
        }
    }
}

/// A tagger of mentions, and a scorer of mention pairs.
#[derive(Module, Debug)]
pub struct TagFinder {
    /// Where the text names something, and of which type.
    pub tagger: MentionTagger,
    /// Which mentions name the same thing.
    pub scorer: PairScorer,
}

/// JEREX's classifiers of spans, mention pairs and entities (Eberts and Ulges 2021).
#[derive(Module, Debug)]
pub struct SpanFinder {
    /// Which spans are mentions.
    pub spans: SpanClassifier,
    /// Which mentions name the same thing.
    pub pairs: EditScorer,
    /// Of which type an entity is.
    pub types: TypeClassifier,
}

/// How a model looks at every span of words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpanForm {
    /// The most words of a mention.
    pub longest: usize,
    /// The probability from which on a span is a mention, in (0, 1).
    pub threshold: f64,
    /// The width of the embeddings of widths and edit distances.
    pub embedding: usize,
    /// The dropout of its hidden layers, in [0, 1).
    pub dropout: f64,
}

impl Default for SpanForm {
    /// What JEREX's public code takes for DocRED.
    fn default() -> Self {
        Self { longest: 10, threshold: 0.85, embedding: 25, dropout: 0.1 }
    }
}

impl SpanForm {
    /// Refuses impossible values, by key.
    pub(crate) fn check(&self) -> Result<(), (&'static str, String)> {
        let Self { longest, threshold, embedding, dropout } = *self;
        for (key, size, most) in [("longest", longest, 256), ("embedding", embedding, 65_536)] {
            if !(1..=most).contains(&size) {
                return Err((key, format!("must be from 1 to {most}, but is {size}")));
            }
        }
        if !(threshold > 0.0 && threshold < 1.0) {
            return Err(("threshold", format!("must be above 0 and below 1, but is {threshold}")));
        }
        if !(0.0..1.0).contains(&dropout) {
            return Err(("dropout", format!("must be in [0, 1), but is {dropout}")));
        }
        Ok(())
    }
}

/// How a model joins mentions into entities.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JoinBy {
    /// By a scorer that was trained.
    #[default]
    Learned,
    /// By rules on names ([`same_by_rules`](crate::coref::same_by_rules)).
    Rules,
}

/// What a model's [`EntityFinder`] is, apart from its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinderConfig {
    /// The entity types, by number.
    pub kinds: Vec<String>,
    /// The width of its hidden layers.
    pub width: usize,
    /// How it looks at every span of words; missing where it labels words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spans: Option<SpanForm>,
    /// How mentions are joined.
    pub join: JoinBy,
    /// How the similarity of two clusters follows from that of their mentions.
    pub linkage: Linkage,
    /// The similarity above which clusters are joined, in [0, 1).
    pub threshold: f64,
    /// How margins become the scores of facts between entities that were found, of which fewer are
    /// right than of those between given ones.
    #[serde(default)]
    pub calibration: Calibration,
    /// Between which types of entities the training documents have each relation: other facts of
    /// entities that were found are left out. Without any, none is.
    #[serde(default, skip_serializing_if = "RelationTypes::is_empty")]
    pub types: RelationTypes,
}

impl FinderConfig {
    /// A finder of these types, before its threshold is fitted.
    pub(crate) fn new(kinds: Vec<String>, width: usize, join: JoinBy, linkage: Linkage) -> Self {
        Self {
            kinds,
            width,
            spans: None,
            join,
            linkage,
            threshold: 0.5,
            calibration: Calibration::default(),
            types: RelationTypes::default(),
        }
    }

    /// The labels of words.
    pub(crate) fn labels(&self) -> BioLabels {
        BioLabels::new(self.kinds.iter().cloned())
    }

    /// Leaves out facts between types of entities that their relations are never seen between, of
    /// a document whose entities were found.
    pub fn keep_possible(&self, document: &Document, scope: &FactScope, facts: &mut Vec<Fact>) {
        if document.entities_found {
            let possible = |fact: &Fact| self.types.has(&document.entities, fact);
            let turned = |fact: &Fact| Fact { head: fact.tail, tail: fact.head, ..fact.clone() };
            facts.retain(|fact| {
                possible(fact) || scope.is_symmetric(&fact.relation) && possible(&turned(fact))
            });
        }
    }

    /// Refuses impossible values.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.kinds.is_empty() {
            return Err("finder.kinds names no entity type".into());
        }
        let distinct: HashSet<&String> = self.kinds.iter().collect();
        if distinct.len() < self.kinds.len() {
            return Err("finder.kinds names an entity type twice".into());
        }
        if self.width == 0 || self.width > 65_536 {
            return Err(format!("finder.width is {}, but must be from 1 to 65536", self.width));
        }
        if let Some(Err((key, problem))) = self.spans.as_ref().map(SpanForm::check) {
            return Err(format!("finder.spans.{key} {problem}"));
        }
        if !(0.0..1.0).contains(&self.threshold) {
            let threshold = self.threshold;
            return Err(format!("finder.threshold is {threshold}, but must be in [0, 1)"));
        }
        self.calibration.check()
    }

    /// A new finder on hidden states of width `hidden`.
    pub(crate) fn build(
        &self,
        hidden: usize,
        random: &mut Initialiser,
        device: &Device,
    ) -> EntityFinder {
        let kinds = self.kinds.len();
        let Some(form) = &self.spans else {
            let labels = self.labels().count();
            return EntityFinder::Tags(TagFinder {
                tagger: MentionTagger::new(hidden, self.width, labels, random, device),
                scorer: PairScorer::new(hidden, self.width, kinds, random, device),
            });
        };
        let SpanForm { embedding, dropout, longest, .. } = *form;
        let sizes = SpanSizes { hidden, width: self.width, embedding, dropout };
        EntityFinder::Spans(SpanFinder {
            spans: SpanClassifier::new(sizes, longest, random, device),
            pairs: EditScorer::new(sizes, random, device),
            types: TypeClassifier::new(sizes, kinds, random, device),
        })
    }
}

/// Sections of documents as one pass of the encoder and the tagger read them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WordBatch {
    pub encoded: EncodedBatch,
    /// The packed tokens of words' first pieces, ascending, and those of each word.
    rows: MentionRows,
    /// `[words]` The document tokens of each word.
    pieces: Vec<Range<usize>>,
    /// `[words]`
    pub shapes: Vec<[usize; SHAPE_WINDOW]>,
    /// The words of each sentence.
    pub sentences: Vec<Range<usize>>,
    /// The words of each section.
    pub sections: Vec<Range<usize>>,
}

impl WordBatch {
    /// Packs sections for an encoder that reads at most `longest_input` ids.
    pub fn new(inputs: &[&TaggerInput], longest_input: usize) -> Result<Self> {
        let examples: Vec<&Example> = inputs.iter().map(|input| &input.section.example).collect();
        let encoded = EncodedBatch::new(&examples, longest_input)?;
        let (mut pieces, mut sentences, mut sections) = (Vec::new(), Vec::new(), Vec::new());
        for (input, span) in inputs.iter().zip(&encoded.documents) {
            let first = pieces.len();
            let section = &input.section;
            pieces.extend(
                section
                    .word_pieces()
                    .map(|piece| span.tokens.start + piece.start..span.tokens.start + piece.end),
            );
            let shifted = |words: &Range<usize>| first + words.start..first + words.end;
            sentences.extend(section.sentences.iter().map(shifted));
            sections.push(first..pieces.len());
        }
        let first: Vec<usize> = pieces.iter().map(|pieces: &Range<usize>| pieces.start).collect();
        let rows = MentionRows::new(&first, &encoded.sources);
        let shapes = inputs.iter().flat_map(|input| &input.shapes).copied().collect();
        Ok(Self { encoded, rows, pieces, shapes, sentences, sections })
    }
}

impl Model {
    /// The hidden state of each word's first piece, `[words, hidden]`: the mean over the windows
    /// that cover it.
    pub(crate) fn word_states(&self, batch: &WordBatch, pass: Pass) -> Tensor<2> {
        let encoded = &batch.encoded;
        let tokens = self.hidden_states(encoded, Some(&batch.rows.tokens.clone().into()), pass);
        let of_words = &batch.rows.rows;
        if of_words.values.len() == batch.rows.tokens.len() && encoded.is_single_window() {
            return tokens;
        }
        let groups = Segments::new(of_words.offsets.clone());
        pool_mean(tokens, &Groups::new(groups, of_words.values.clone()))
    }

    /// The maximum over each word's pieces, `[words, hidden]`, of which each is the mean over the
    /// windows that cover it.
    pub(crate) fn word_maxima(&self, batch: &WordBatch, pass: Pass) -> Tensor<2> {
        let encoded = &batch.encoded;
        let tokens = self.hidden_states(encoded, None, pass);
        let tokens = match encoded.is_single_window() {
            true => tokens,
            false => {
                let sources = Segments::new(encoded.sources.offsets.clone());
                pool_mean(tokens, &Groups::new(sources, encoded.sources.values.clone()))
            }
        };
        range_max(&tokens, &batch.pieces)
    }

    /// The encoder's output at these packed tokens, or at all of them.
    fn hidden_states(
        &self,
        encoded: &EncodedBatch,
        at: Option<&Arc<[usize]>>,
        pass: Pass,
    ) -> Tensor<2> {
        let input = EncoderInput {
            ids: &encoded.ids,
            positions: &encoded.positions,
            types: &encoded.types,
            segments: &Segments::new(encoded.segments.clone()),
            attention_rows: &Vec::new().into(),
            output_rows: at,
        };
        self.encoder.forward(input, pass).hidden
    }
}
