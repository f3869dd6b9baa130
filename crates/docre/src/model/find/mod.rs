//! The entities of texts.

mod compare;
mod spans;
mod tags;

use docre_kernels::{Precision, on_pool};

use super::{
    Extractor, Model,
    finder::{EntityFinder, FinderConfig, WordBatch},
};
use crate::{
    Result,
    coref::{FoundMention, MentionName, SimilarMentions, entities},
    document::Document,
    mention::TaggerInput,
    text::Tokenizer,
};

/// Word pieces that are read at a time, of whole sections.
const PIECES: usize = 4096;

/// Finds the entities of documents with a model.
#[derive(Clone, Copy)]
pub(crate) struct FinderPass<'a> {
    pub model: &'a Model,
    pub finder: &'a EntityFinder,
    pub config: &'a FinderConfig,
    pub tokenizer: &'a Tokenizer,
    /// The encoder's longest input.
    pub longest_input: usize,
    pub precision: Precision,
}

/// What is found in a document before it is decided which mentions are one entity.
pub(crate) struct FoundMentions {
    mentions: Vec<FoundMention>,
    /// The unit that each mention belongs to: mentions that are one entity whatever the threshold.
    units: Vec<usize>,
    /// The units.
    similar: SimilarMentions,
    /// `[mentions, hidden]`, row by row, where the types of entities are yet to be told.
    maxima: Vec<f32>,
}

/// A section of a document that waits for the tagger.
struct Waiting {
    document: usize,
    input: TaggerInput,
}

/// Sections that are read together.
struct WaitingBatch<'a> {
    /// The words of each document's sentences.
    document_words: &'a [&'a [Vec<String>]],
    waiting: &'a [Waiting],
    batch: &'a WordBatch,
}

/// The mentions of a document.
#[derive(Default)]
struct Tagged {
    mentions: Vec<FoundMention>,
    /// `[mentions, width]`, row by row.
    states: Vec<f32>,
}

impl FinderPass<'_> {
    /// The mentions of each document, and how similar they are.
    pub fn mentions(&self, documents: &[&Document]) -> Result<Vec<FoundMentions>> {
        let mut tagged: Vec<Tagged> = documents.iter().map(|_| Tagged::default()).collect();
        let (mut waiting, mut pieces) = (Vec::new(), 0);
        for (place, document) in documents.iter().enumerate() {
            for input in TaggerInput::of(document, self.tokenizer)? {
                let length = input.section.example.length();
                if pieces + length > PIECES {
                    self.tag(documents, &std::mem::take(&mut waiting), &mut tagged)?;
                    pieces = 0;
                }
                pieces += length;
                waiting.push(Waiting { document: place, input });
            }
        }
        self.tag(documents, &waiting, &mut tagged)?;
        let found = documents.iter().zip(tagged);
        Ok(found.map(|(document, tagged)| self.compare(document, tagged)).collect())
    }

    /// A document with the entities that are found, and no facts. Clusters that are more similar
    /// than the threshold are one entity.
    pub fn document(&self, document: Document, found: &FoundMentions, threshold: f64) -> Document {
        let of_units = found.similar.clusters(threshold, self.config.linkage);
        let clusters: Vec<usize> = found.units.iter().map(|unit| of_units[*unit]).collect();
        let entities = match self.finder {
            EntityFinder::Tags(_) => {
                entities(&document, &found.mentions, &clusters, &self.config.kinds)
            }
            EntityFinder::Spans(finder) => {
                let typed = self.typed(finder, found, &clusters);
                entities(&document, &typed, &clusters, &self.config.kinds)
            }
        };
        Document { entities, entities_found: true, facts: None, labelled_pairs: None, ..document }
    }

    fn tag(
        &self,
        documents: &[&Document],
        waiting: &[Waiting],
        tagged: &mut [Tagged],
    ) -> Result<()> {
        if waiting.is_empty() {
            return Ok(());
        }
        let inputs: Vec<&TaggerInput> = waiting.iter().map(|waiting| &waiting.input).collect();
        let batch = WordBatch::new(&inputs, self.longest_input)?;
        let words: Vec<&[Vec<String>]> =
            documents.iter().map(|document| &document.sentences[..]).collect();
        let read = WaitingBatch { document_words: &words, waiting, batch: &batch };
        on_pool(&self.model.encoder.device(), || match self.finder {
            EntityFinder::Tags(finder) => self.tag_batch(finder, &read, tagged),
            EntityFinder::Spans(finder) => self.find_spans(finder, &read, tagged),
        });
        Ok(())
    }
}

/// A mention as coreference sees it.
pub(crate) fn name(document: &Document, found: &FoundMention) -> MentionName {
    let words = document.sentences[found.sentence][found.tokens.clone()].iter();
    MentionName::new(words.map(String::as_str), found.kind, found.sentence)
}

impl Extractor {
    /// Whether it finds the entities of plain texts.
    pub fn finds_entities(&self) -> bool {
        self.model.finder.is_some() && self.config.finder.is_some()
    }

    /// The documents with the entities that the model finds in them, in place of those that they
    /// have, and without facts. Documents come back as they are from a model that finds none.
    pub fn find_entities(&self, documents: Vec<Document>) -> Result<Vec<Document>> {
        let Some(pass) = self.finder_pass() else { return Ok(documents) };
        let found = pass.mentions(&documents.iter().collect::<Vec<_>>())?;
        let both = documents.into_iter().zip(&found);
        let threshold = pass.config.threshold;
        Ok(both.map(|(document, found)| pass.document(document, found, threshold)).collect())
    }

    pub(crate) fn finder_pass(&self) -> Option<FinderPass<'_>> {
        self.finder_pass_of(&self.model)
    }

    /// The same with other weights.
    pub(crate) fn finder_pass_of<'a>(&'a self, model: &'a Model) -> Option<FinderPass<'a>> {
        let (finder, config) = model.finder.as_ref().zip(self.config.finder.as_ref())?;
        Some(FinderPass {
            model,
            finder,
            config,
            tokenizer: &self.tokenizer,
            longest_input: self.config.encoder.longest_input(),
            precision: self.precision,
        })
    }
}
