//! The `[finder]` of a recipe.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    coref::Linkage,
    model::{JoinBy, SpanForm},
};

/// What finds the entities of plain texts, trained with the relations on one encoder. Without it
/// a model reads documents whose entities are known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FinderSettings {
    /// Further documents with entities, labelled with facts or not, that train the finder alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<PathBuf>,
    /// How mentions are found.
    pub mentions: MentionForm,
    /// How spans are looked at, where mentions are found among them.
    #[serde(skip_serializing_if = "SpanSettings::is_default")]
    pub spans: SpanSettings,
    /// The width of its hidden layers.
    pub width: usize,
    /// How mentions are joined: by a learned scorer, or by rules.
    pub join: JoinBy,
    /// How the similarity of two clusters follows from that of their mentions.
    pub linkage: Linkage,
    /// The share of mentions that are changed in the documents that relations are learned from, in
    /// [0, 1]: lost, taken for another entity's, too, or a word too long or short, as those that a
    /// finder gives.
    pub jitter: f64,
    /// What the loss of the tagger, or of the classifier of spans, is multiplied by.
    pub mention_weight: f64,
    /// What the loss of the pair scorer is multiplied by.
    pub coreference_weight: f64,
}

/// How mentions are found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MentionForm {
    /// By typed labels of words.
    #[default]
    Tags,
    /// By looking at every span of words. Mentions may overlap; an entity's type is that of all
    /// its mentions together (JEREX, Eberts and Ulges 2021).
    Spans,
}

/// The `[finder.spans]` of a recipe. Its defaults are those of JEREX's public code for DocRED.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpanSettings {
    /// The most words of a mention.
    pub longest: usize,
    /// The probability from which on a span is a mention, in (0, 1).
    pub threshold: f64,
    /// The width of the embeddings of widths and edit distances.
    pub embedding: usize,
    /// The dropout of the hidden layers, in [0, 1).
    pub dropout: f64,
    /// How many spans of a document that are no mentions are learned from in an epoch: up to half
    /// of them within mentions.
    pub other_spans: usize,
    /// How many pairs of mentions of different entities.
    pub other_pairs: usize,
    /// What the loss of entity types is multiplied by.
    pub type_weight: f64,
}

impl Default for SpanSettings {
    fn default() -> Self {
        let SpanForm { longest, threshold, embedding, dropout } = SpanForm::default();
        let (other_spans, other_pairs, type_weight) = (200, 200, 0.25);
        Self { longest, threshold, embedding, dropout, other_spans, other_pairs, type_weight }
    }
}

impl SpanSettings {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    fn form(&self) -> SpanForm {
        let Self { longest, threshold, embedding, dropout, .. } = *self;
        SpanForm { longest, threshold, embedding, dropout }
    }
}

impl Default for FinderSettings {
    fn default() -> Self {
        Self {
            texts: Vec::new(),
            mentions: MentionForm::default(),
            spans: SpanSettings::default(),
            width: 256,
            join: JoinBy::default(),
            linkage: Linkage::default(),
            jitter: 0.0,
            mention_weight: 1.0,
            coreference_weight: 1.0,
        }
    }
}

impl FinderSettings {
    /// How its model looks at every span of words, if it does.
    pub(crate) fn span_form(&self) -> Option<SpanForm> {
        (self.mentions == MentionForm::Spans).then(|| self.spans.form())
    }

    fn check_spans(&self) -> Result<()> {
        if self.mentions == MentionForm::Tags && !self.spans.is_default() {
            let problem = "is for finder.mentions = \"spans\"; leave it out";
            return Err(Error::setting("finder.spans", problem));
        }
        if let Err((key, problem)) = self.spans.form().check() {
            return Err(Error::setting(format!("finder.spans.{key}"), problem));
        }
        for (key, count) in
            [("other_spans", self.spans.other_spans), ("other_pairs", self.spans.other_pairs)]
        {
            if count == 0 {
                let problem = "must be 1 or more";
                return Err(Error::setting(format!("finder.spans.{key}"), problem));
            }
        }
        Ok(())
    }

    /// Refuses impossible values, by key.
    pub(super) fn check(&self) -> Result<()> {
        if self.width == 0 || self.width > 65_536 {
            let problem = format!("must be from 1 to 65536, but is {}", self.width);
            return Err(Error::setting("finder.width", problem));
        }
        if !(0.0..=1.0).contains(&self.jitter) {
            let problem = format!("must be from 0 to 1, but is {}", self.jitter);
            return Err(Error::setting("finder.jitter", problem));
        }
        self.check_spans()?;
        for (key, weight) in [
            ("finder.spans.type_weight", self.spans.type_weight),
            ("finder.mention_weight", self.mention_weight),
            ("finder.coreference_weight", self.coreference_weight),
        ] {
            if !(weight.is_finite() && weight >= 0.0) {
                let problem = format!("must be 0 or more, but is {weight}");
                return Err(Error::setting(key, problem));
            }
        }
        Ok(())
    }
}
