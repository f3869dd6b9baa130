//! The entities of texts.

use std::collections::HashMap;

use burn::tensor::{Tensor, TensorData, activation};
use docre_kernels::{Precision, on_pool};

use super::{
    Extractor, Model,
    finder::{EntityFinder, FinderConfig, JoinBy, WordBatch},
};
use crate::{
    Result,
    coref::{
        FoundMention, MentionName, SimilarMentions, candidate_pairs, entities, push_features,
        same_by_rules,
    },
    document::Document,
    layers::rows,
    mention::{TaggedMention, TaggerInput},
    text::Tokenizer,
};

/// Word pieces that are tagged at a time, of whole sections.
const PIECES: usize = 4096;

/// Mention pairs that are scored at a time.
const PAIRS: usize = 8192;

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
}

/// Up to so many mentions each is a unit of its own. In longer texts mentions of one name and type
/// are one: a book names its hero thousands of times, and each pair would have to be looked at.
const OWN_UNITS: usize = 400;

/// A section of a document that waits for the tagger.
struct Waiting {
    document: usize,
    input: TaggerInput,
}

/// What the tagger finds in a document.
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
        let entities = entities(&document, &found.mentions, &clusters, &self.config.kinds);
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
        on_pool(&self.model.encoder.device(), || self.tag_batch(&words, waiting, &batch, tagged));
        Ok(())
    }

    fn tag_batch(
        &self,
        document_words: &[&[Vec<String>]],
        waiting: &[Waiting],
        batch: &WordBatch,
        tagged: &mut [Tagged],
    ) {
        let words = self.model.word_states(batch, self.precision.into());
        let tagger = &self.finder.tagger;
        let emissions = tagger.emissions(words.clone(), &batch.shapes, self.precision);
        let tags = tagger.decode(&emissions, &batch.sentences);
        let labels = self.config.labels();
        let (mut ends, mut counts) = (Vec::new(), Vec::new());
        for (Waiting { document, input }, of_section) in waiting.iter().zip(&batch.sections) {
            let section = &input.section;
            let before = ends.len();
            for sentence in &section.sentences {
                let first = of_section.start + sentence.start;
                let tagged_here = labels.mentions(&tags[first..of_section.start + sentence.end]);
                for mut mention in tagged_here {
                    let text = |token: usize| {
                        let word = section.words[sentence.start + token];
                        document_words[*document][word.sentence][word.token].as_str()
                    };
                    trim(&mut mention, text);
                    if !is_name(&mention, text) {
                        continue;
                    }
                    let word = section.words[sentence.start + mention.tokens.start];
                    let tokens = word.token..word.token + mention.tokens.len();
                    let found =
                        FoundMention { sentence: word.sentence, tokens, kind: mention.kind };
                    tagged[*document].mentions.push(found);
                    ends.push((first + mention.tokens.start, first + mention.tokens.end - 1));
                }
            }
            counts.push((*document, ends.len() - before));
        }
        if ends.is_empty() || self.config.join == JoinBy::Rules {
            return;
        }
        let first = rows(&words, ends.iter().map(|end| end.0));
        let last = rows(&words, ends.iter().map(|end| end.1));
        let states = self.finder.scorer.mentions(first, last, self.precision).into_data();
        let mut states = states.as_slice::<f32>().expect("states are f32");
        let width = states.len() / ends.len();
        for (document, count) in counts {
            let (own, rest) = states.split_at(count * width);
            tagged[document].states.extend_from_slice(own);
            states = rest;
        }
    }

    fn compare(&self, document: &Document, tagged: Tagged) -> FoundMentions {
        let Tagged { mentions, states } = tagged;
        let name = |found: &FoundMention| name(document, found);
        let names: Vec<MentionName> = mentions.iter().map(name).collect();
        let (units, first) = units(&names);
        let width = states.len() / names.len().max(1);
        let state = |mention: &usize| &states[mention * width..(mention + 1) * width];
        let states: Vec<f32> = first.iter().flat_map(state).copied().collect();
        let names: Vec<MentionName> = first.iter().map(|mention| names[*mention].clone()).collect();
        let pairs = candidate_pairs(&names);
        let similarities = match self.config.join {
            JoinBy::Rules => {
                pairs.iter().map(|(i, j)| same_by_rules(&names[*i], &names[*j])).collect()
            }
            JoinBy::Learned => self.score(&names, &states, &pairs),
        };
        let similar = SimilarMentions { count: names.len(), pairs, similarities };
        FoundMentions { mentions, units, similar }
    }

    fn score(&self, names: &[MentionName], states: &[f32], pairs: &[(usize, usize)]) -> Vec<f64> {
        if pairs.is_empty() {
            return Vec::new();
        }
        let device = self.model.encoder.device();
        let kinds = self.config.kinds.len();
        on_pool(&device, || {
            let shape = [names.len(), states.len() / names.len()];
            let mentions = Tensor::<2>::from_data(TensorData::new(states.to_vec(), shape), &device);
            let mut scores = Vec::with_capacity(pairs.len());
            for pairs in pairs.chunks(PAIRS) {
                let mut features = Vec::new();
                for (i, j) in pairs {
                    push_features(&names[*i], &names[*j], kinds, &mut features);
                }
                let logits = self.finder.scorer.logits(&mentions, pairs, features, self.precision);
                let same = activation::sigmoid(logits).into_data();
                let same = same.as_slice::<f32>().expect("scores are f32");
                scores.extend(same.iter().map(|value| f64::from(*value)));
            }
            scores
        })
    }
}

/// The most words of a mention, and the most bytes: what is longer is a run of words that the
/// tagger lost itself in. In DocRED one mention of 28,943 has more than 20 words.
const LONGEST_MENTION: (usize, usize) = (40, 400);

/// Takes words without letters and digits from the ends of a mention.
fn trim<'a>(mention: &mut TaggedMention, word: impl Fn(usize) -> &'a str) {
    let is_sign = |token: usize| !word(token).chars().any(char::is_alphanumeric);
    let tokens = &mut mention.tokens;
    while tokens.len() > 1 && is_sign(tokens.start) {
        tokens.start += 1;
    }
    while tokens.len() > 1 && is_sign(tokens.end - 1) {
        tokens.end -= 1;
    }
}

/// Whether a mention has a letter or digit, and not more words than names have.
fn is_name<'a>(mention: &TaggedMention, word: impl Fn(usize) -> &'a str) -> bool {
    let (words, bytes) = LONGEST_MENTION;
    let length: usize = mention.tokens.clone().map(|token| word(token).len()).sum();
    let mut tokens = mention.tokens.clone();
    mention.tokens.len() <= words
        && length <= bytes
        && tokens.any(|token| word(token).chars().any(char::is_alphanumeric))
}

/// The unit of each mention, numbered by their first mentions, and these.
fn units(names: &[MentionName]) -> (Vec<usize>, Vec<usize>) {
    if names.len() <= OWN_UNITS {
        return ((0..names.len()).collect(), (0..names.len()).collect());
    }
    let (mut known, mut first) = (HashMap::new(), Vec::new());
    let mut unit = |(mention, name): (usize, &MentionName)| {
        *known.entry((name.words.clone(), name.kind)).or_insert_with(|| {
            first.push(mention);
            first.len() - 1
        })
    };
    let units = names.iter().enumerate().map(&mut unit).collect();
    (units, first)
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
