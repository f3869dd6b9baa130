//! Several sections as one training step reads them.

use burn::tensor::Tensor;

use super::{FinderData, FinderExample, spans::SpanTargets, tags::TagTargets};
use crate::{
    Result,
    encoder::Pass,
    mention::TaggerInput,
    model::{EntityFinder, Model, WordBatch},
    random::Random,
    recipe::FinderSettings,
};

/// Several sections as one training step reads them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FinderBatch {
    pub words: WordBatch,
    targets: Targets,
}

/// What is learned from them.
#[derive(Debug, Clone, PartialEq)]
enum Targets {
    Tags(TagTargets),
    Spans(SpanTargets),
}

impl FinderBatch {
    /// Packs examples, for an encoder that reads at most `longest_input` ids. `random` draws what
    /// isn't a mention.
    pub fn new(
        data: &FinderData,
        examples: &[&FinderExample],
        longest_input: usize,
        random: &mut Random,
    ) -> Result<Self> {
        let inputs: Vec<&TaggerInput> = examples.iter().map(|example| &example.input).collect();
        let words = WordBatch::new(&inputs, longest_input)?;
        let targets = match data.settings.span_form() {
            None => Targets::Tags(TagTargets::new(&words, examples, data.kinds.len())),
            Some(_) => {
                Targets::Spans(SpanTargets::new(&words, examples, &data.settings.spans, random))
            }
        };
        Ok(Self { words, targets })
    }

    /// The losses of the finder's parts, weighed and summed.
    pub fn loss(self, model: &Model, settings: &FinderSettings, pass: Pass) -> Tensor<1> {
        match (&model.finder, self.targets) {
            (Some(EntityFinder::Tags(finder)), Targets::Tags(targets)) => {
                let states = model.word_states(&self.words, pass);
                targets.loss(finder, &self.words, states, settings, pass)
            }
            (Some(EntityFinder::Spans(finder)), Targets::Spans(targets)) => {
                let words = model.word_maxima(&self.words, pass);
                targets.loss(finder, &words, settings, pass)
            }
            _ => unreachable!("a recipe makes finder and batches of one form"),
        }
    }
}
