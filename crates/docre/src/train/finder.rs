//! What a finder of entities learns from.

use std::{collections::BTreeSet, sync::Arc};

use burn::tensor::Tensor;

use super::notes::note_wrong;
use crate::{
    Error, Result,
    coref::{FoundMention, MentionName, PairScorer, candidate_pairs, push_features},
    corpus,
    document::{Document, RelationTypes},
    encoder::Pass,
    layers::rows,
    mention::{BioLabels, TaggedMention, TaggerInput},
    model::{JoinBy, Model, WordBatch, name},
    progress::Observer,
    random::mix,
    recipe::{DataSettings, FinderSettings},
    text::Tokenizer,
};

/// A section of a document with its gold mentions.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FinderExample {
    input: TaggerInput,
    /// `[words]` The gold labels.
    tags: Vec<usize>,
    /// The first and the last word of each mention that the labels hold, in order.
    mentions: Vec<(usize, usize)>,
    names: Vec<MentionName>,
    /// The entity of each mention.
    entities: Vec<usize>,
}

/// What finders are trained on.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct FinderData {
    /// The entity types, sorted.
    pub kinds: Vec<String>,
    /// The sections of all documents.
    pub examples: Arc<[FinderExample]>,
    /// Between which of these the training documents have each relation.
    pub types: RelationTypes,
    /// The mentions that labels can't hold, because others overlap them or stand in the same place.
    pub left_out: usize,
}

/// Several sections as one training step reads them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FinderBatch {
    pub words: WordBatch,
    tags: Vec<usize>,
    mentions: Vec<(usize, usize)>,
    pairs: Vec<(usize, usize)>,
    features: Vec<f32>,
    /// `[pairs]` 1 where both are one entity.
    same: Vec<f32>,
}

impl FinderData {
    /// What the training documents teach, and the further texts, which it reads.
    pub fn read(
        mut documents: Vec<Document>,
        data: &DataSettings,
        settings: &FinderSettings,
        tokenizer: &Tokenizer,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        for path in &settings.texts {
            let (further, wrong) = corpus::read_all_with(path, &data.reading())?;
            note_wrong(path, &wrong, observer);
            documents.extend(further);
        }
        let of_mentions = documents.iter().flat_map(|document| &document.entities);
        let kinds: BTreeSet<String> =
            of_mentions.flat_map(|entity| &entity.mentions).map(|m| m.kind.clone()).collect();
        if kinds.is_empty() {
            return Err(Error::file(
                &data.train,
                "has no entity, so there is nothing to learn to find",
            ));
        }
        let kinds: Vec<String> = kinds.into_iter().collect();
        let types = RelationTypes::of(&documents);
        let mut data = Self { kinds, types, ..Self::default() };
        let mut examples = Vec::new();
        for document in &documents {
            examples.extend(data.examples(document, tokenizer)?);
        }
        data.examples = examples.into();
        if data.left_out > 0 {
            observer.note(&format!(
                "mentions that overlap another one, which the finder can't learn: {}",
                data.left_out
            ));
        }
        Ok(data)
    }

    fn examples(
        &mut self,
        document: &Document,
        tokenizer: &Tokenizer,
    ) -> Result<Vec<FinderExample>> {
        let labels = BioLabels::new(self.kinds.iter().cloned());
        let kind = |name: &str| self.kinds.binary_search_by(|k| k.as_str().cmp(name));
        let mut gold = Vec::new();
        for (entity, mention) in document
            .entities
            .iter()
            .enumerate()
            .flat_map(|(place, entity)| entity.mentions.iter().map(move |m| (place, m)))
        {
            let kind = kind(&mention.kind).expect("all types were collected");
            let found =
                FoundMention { sentence: mention.sentence, tokens: mention.tokens.clone(), kind };
            gold.push((found, entity));
        }
        gold.sort_by_key(|(found, _)| (found.sentence, found.tokens.start, found.tokens.end));
        let all = gold.len();
        gold.dedup_by(|b, a| (a.0.sentence, &a.0.tokens) == (b.0.sentence, &b.0.tokens));
        let example = |input| FinderExample::new(document, input, &gold, &labels);
        let inputs = TaggerInput::of(document, tokenizer)?;
        let examples: Vec<FinderExample> = inputs.into_iter().map(example).collect();
        // Whatever the reason: another mention overlaps them, or a very long sentence is cut there.
        self.left_out += all - examples.iter().map(|example| example.mentions.len()).sum::<usize>();
        Ok(examples)
    }

    /// A number that other documents would very likely change.
    pub fn fingerprint(&self) -> u64 {
        let mut hash = 0;
        let mut add = |number: usize| hash = mix(hash ^ mix(number as u64));
        for example in self.examples.iter() {
            example.input.section.example.ids.iter().for_each(|id| add(*id as usize));
            example.tags.iter().for_each(|tag| add(*tag));
            example.entities.iter().for_each(|entity| add(*entity));
            example.input.shapes.iter().flatten().for_each(|shape| add(*shape));
            let names = example.names.iter().flat_map(|name| name.written.bytes());
            names.for_each(|byte| add(byte.into()));
        }
        self.kinds.iter().flat_map(|kind| kind.bytes()).for_each(|byte| add(byte.into()));
        hash
    }
}

impl FinderExample {
    /// A section with those of the document's mentions, in order, that lie in it and labels can
    /// hold.
    fn new(
        document: &Document,
        input: TaggerInput,
        gold: &[(FoundMention, usize)],
        labels: &BioLabels,
    ) -> Self {
        let words = &input.section.words;
        let mut tags = Vec::with_capacity(words.len());
        let (mut mentions, mut names, mut entities) = (Vec::new(), Vec::new(), Vec::new());
        for of_sentence in &input.section.sentences {
            let first = words[of_sentence.start];
            let offset = |token: usize| of_sentence.start + token - first.token;
            let inside = first.token..first.token + of_sentence.len();
            let lies_here = |found: &FoundMention| {
                found.sentence == first.sentence
                    && inside.start <= found.tokens.start
                    && found.tokens.end <= inside.end
            };
            let here: Vec<_> = gold.iter().filter(|(found, _)| lies_here(found)).collect();
            let tagged: Vec<TaggedMention> = here
                .iter()
                .map(|(found, _)| TaggedMention {
                    tokens: found.tokens.start - inside.start..found.tokens.end - inside.start,
                    kind: found.kind,
                })
                .collect();
            let (of_words, _) = labels.tags(of_sentence.len(), &tagged);
            let kept = labels.mentions(&of_words);
            for ((found, entity), _) in
                here.into_iter().zip(&tagged).filter(|(_, tagged)| kept.contains(tagged))
            {
                mentions.push((offset(found.tokens.start), offset(found.tokens.end - 1)));
                names.push(name(document, found));
                entities.push(*entity);
            }
            tags.extend(of_words);
        }
        Self { input, tags, mentions, names, entities }
    }

    /// The number of ids.
    pub fn length(&self) -> usize {
        self.input.section.example.length()
    }
}

impl FinderBatch {
    /// Packs examples, for an encoder that reads at most `longest_input` ids.
    pub fn new(examples: &[&FinderExample], longest_input: usize, kinds: usize) -> Result<Self> {
        let inputs: Vec<&TaggerInput> = examples.iter().map(|example| &example.input).collect();
        let words = WordBatch::new(&inputs, longest_input)?;
        let (mut tags, mut mentions, mut pairs) = (Vec::new(), Vec::new(), Vec::new());
        let (mut features, mut same) = (Vec::new(), Vec::new());
        for (example, section) in examples.iter().zip(&words.sections) {
            let before = mentions.len();
            tags.extend(&example.tags);
            let place =
                |(first, last): &(usize, usize)| (section.start + first, section.start + last);
            mentions.extend(example.mentions.iter().map(place));
            for (i, j) in candidate_pairs(&example.names) {
                push_features(&example.names[i], &example.names[j], kinds, &mut features);
                same.push(f32::from(u8::from(example.entities[i] == example.entities[j])));
                pairs.push((before + i, before + j));
            }
        }
        Ok(Self { words, tags, mentions, pairs, features, same })
    }

    /// The loss of the tagger and of the pair scorer, weighed and summed.
    pub fn loss(self, model: &Model, settings: &FinderSettings, pass: Pass) -> Tensor<1> {
        let finder = model.finder.as_ref().expect("a recipe with a finder makes one");
        let states = model.word_states(&self.words, pass);
        let emissions = finder.tagger.emissions(states.clone(), &self.words.shapes, pass.precision);
        let loss = finder.tagger.loss(emissions, &self.words.sentences, &self.tags);
        let loss = loss * settings.mention_weight;
        if self.pairs.is_empty() || settings.join == JoinBy::Rules {
            return loss;
        }
        let first = rows(&states, self.mentions.iter().map(|ends| ends.0));
        let last = rows(&states, self.mentions.iter().map(|ends| ends.1));
        let mentions = finder.scorer.mentions(first, last, pass.precision);
        let logits = finder.scorer.logits(&mentions, &self.pairs, self.features, pass.precision);
        loss + PairScorer::loss(logits, self.same) * settings.coreference_weight
    }
}
