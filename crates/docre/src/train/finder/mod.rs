//! What a finder of entities learns from.

mod batch;
mod example;
mod spans;
mod tags;

use std::{collections::BTreeSet, sync::Arc};

pub(crate) use self::{batch::FinderBatch, example::FinderExample};
use super::notes::note_wrong;
use crate::{
    Error, Result,
    coref::FoundMention,
    corpus,
    document::{Document, RelationTypes},
    mention::{BioLabels, TaggerInput},
    progress::Observer,
    random::mix,
    recipe::{DataSettings, FinderSettings},
    text::Tokenizer,
};

/// What finders are trained on.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct FinderData {
    /// The entity types, sorted.
    pub kinds: Vec<String>,
    /// The sections of all documents.
    pub examples: Arc<[FinderExample]>,
    /// Between which of these the training documents have each relation.
    pub types: RelationTypes,
    /// The mentions that can't be learned: labels can't hold those that others overlap, and spans
    /// end at some width.
    pub left_out: usize,
    /// How sections become batches.
    pub settings: FinderSettings,
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
        let settings = settings.clone();
        let mut data = Self { kinds, types, settings, ..Self::default() };
        let mut examples = Vec::new();
        for document in &documents {
            examples.extend(data.examples(document, tokenizer)?);
        }
        data.examples = examples.into();
        if data.left_out > 0 {
            let which = match data.settings.span_form() {
                None => "that overlap another one".to_owned(),
                Some(form) => format!("of more than {} words", form.longest),
            };
            observer.note(&format!(
                "mentions {which}, which the finder can't learn: {}",
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
        let form = self.settings.span_form();
        let example = |input| match &form {
            None => FinderExample::of_labels(document, input, &gold, &labels),
            Some(form) => FinderExample::of_spans(document, input, &gold, form.longest),
        };
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
