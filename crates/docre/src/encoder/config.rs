//! An encoder's sizes, from Hugging Face's `config.json`.

use std::path::{Path, PathBuf};

use docre_kernels::Scope;
use serde::{Deserialize, Serialize};

use super::{
    ModelType,
    distance::BUCKETS,
    relative::RelativeConfig,
    rotary::RotaryConfig,
    stored::{Family, Stored},
};
use crate::{Error, Result, inputs};

/// An encoder's sizes and settings. Values read from a file have passed
/// [`EncoderConfig::check`].
///
/// It is written and read with the keys of Hugging Face's `config.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct EncoderConfig {
    /// The family.
    pub model_type: ModelType,
    /// Rows of the word embeddings.
    pub vocab_size: usize,
    /// The width of a token's vector.
    pub hidden_size: usize,
    /// Transformer layers.
    pub num_hidden_layers: usize,
    /// Attention heads; they share the hidden size evenly.
    pub num_attention_heads: usize,
    /// The width inside a layer's feed-forward half.
    pub intermediate_size: usize,
    /// Added to the variance in layer normalisation.
    pub layer_norm_eps: f64,
    /// Rows of the position embeddings; the longest input where there are none.
    pub max_position_embeddings: usize,
    /// Rows of the token type embeddings; row 0 is used. DeBERTa may have none.
    pub type_vocab_size: usize,
    /// The padding id. RoBERTa's positions begin behind it.
    pub pad_token_id: usize,
    /// Dropout on embeddings and on each half of a layer, in training.
    pub hidden_dropout_prob: f64,
    /// Dropout on attention probabilities, in training.
    pub attention_probs_dropout_prob: f64,
    /// The activation between a layer's wide maps.
    #[serde(skip_serializing_if = "HiddenAct::is_usual")]
    pub hidden_act: HiddenAct,
    /// The width of embeddings that are mapped to the hidden size (ELECTRA, ALBERT).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embedding_size: Option<usize>,
    /// Rows of MPNet's table of biases by distance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relative_attention_num_buckets: Option<usize>,
    /// How many tokens a query of a Longformer sees in each layer, half of them on each side.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attention_window: Vec<usize>,
    /// DeBERTa's relative positions.
    #[serde(flatten)]
    pub relative: Option<RelativeConfig>,
    /// ModernBERT's rotary positions.
    #[serde(flatten)]
    pub rotary: Option<RotaryConfig>,
}

/// The activation between a layer's wide maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HiddenAct {
    /// GELU in its exact (erf) form.
    #[default]
    Gelu,
    /// GELU in its tanh form.
    GeluNew,
}

impl HiddenAct {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

impl EncoderConfig {
    /// Reads and checks `config.json` in `folder`, or the `bert_config.json` that the first BERT
    /// encoders have in its place.
    pub fn from_folder(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref();
        let path = Self::file(folder).unwrap_or_else(|| folder.join(CONFIG));
        let text = inputs::read_settings(&path)?;
        let problem = |error| Error::file(&path, config_problem(&error));
        // The family first: files of others have other keys.
        let family = serde_json::from_str::<Family>(&text).map_err(problem)?;
        let named = family.known().map_err(|problem| Error::file(&path, problem))?;
        let family = match named {
            Some(family) => family,
            None if path.ends_with(FIRST_BERT) || holds_a_bert(folder) => ModelType::Bert,
            None => return Err(Error::file(&path, no_model_type())),
        };
        let stored = serde_json::from_str::<Stored>(&text).map_err(problem)?;
        stored.of_family(family).map_err(|problem| Error::file(&path, problem))
    }

    /// The configuration of a folder that has one.
    pub(crate) fn file(folder: &Path) -> Option<PathBuf> {
        [CONFIG, FIRST_BERT].map(|name| folder.join(name)).into_iter().find(|path| path.exists())
    }

    /// The sizes of BERT base, for encoders without pretrained weights.
    pub fn bert_base() -> Self {
        Self {
            model_type: ModelType::Bert,
            vocab_size: 30_522,
            hidden_size: 768,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            intermediate_size: 3_072,
            layer_norm_eps: 1e-12,
            max_position_embeddings: 512,
            type_vocab_size: 2,
            pad_token_id: 0,
            hidden_dropout_prob: 0.1,
            attention_probs_dropout_prob: 0.1,
            hidden_act: HiddenAct::Gelu,
            embedding_size: None,
            relative_attention_num_buckets: None,
            attention_window: Vec::new(),
            relative: None,
            rotary: None,
        }
    }

    /// The sizes of all-MiniLM-L6-v2, for encoders without pretrained weights.
    pub fn minilm() -> Self {
        Self {
            hidden_size: 384,
            num_hidden_layers: 6,
            intermediate_size: 1_536,
            ..Self::bert_base()
        }
    }

    /// The most tokens that one window may have, special tokens included.
    pub fn longest_input(&self) -> usize {
        self.max_position_embeddings - self.position_offset()
    }

    /// The row of the position embeddings that a window's first token reads.
    pub fn position_offset(&self) -> usize {
        if self.model_type.counts_from_padding() { self.pad_token_id + 1 } else { 0 }
    }

    /// Whether absolute positions are added to the embeddings.
    pub fn has_positions(&self) -> bool {
        let biased = |relative: &RelativeConfig| relative.position_biased_input;
        self.rotary.is_none() && self.relative.as_ref().is_none_or(biased)
    }

    /// The width of the embeddings.
    pub(crate) fn embedding_width(&self) -> usize {
        self.embedding_size.unwrap_or(self.hidden_size)
    }

    /// Whether maps and norms have biases.
    pub(crate) fn has_biases(&self) -> bool {
        self.rotary.is_none()
    }

    /// How many layers have weights of their own.
    pub(crate) fn layers_with_weights(&self) -> usize {
        match self.model_type {
            ModelType::Albert => 1,
            _ => self.num_hidden_layers,
        }
    }

    /// What a query sees in a layer.
    pub(crate) fn scope(&self, layer: usize) -> Scope {
        match (&self.rotary, self.attention_window.get(layer)) {
            (Some(rotary), _) => rotary.scope(layer),
            (None, Some(window)) => Scope::NearAndFirst(window / 2),
            (None, None) => Scope::Whole,
        }
    }

    /// What a layer's first wide map gives: a gate has a half of its own.
    pub(crate) fn intermediate_outputs(&self) -> usize {
        if self.rotary.is_some() { 2 * self.intermediate_size } else { self.intermediate_size }
    }

    /// Whether the word embeddings have a row for each of a tokenizer's ids,
    /// which are `0..ids`. The error is a problem to report with the folder's name.
    pub fn check_vocabulary(&self, ids: usize) -> Result<(), String> {
        if ids <= self.vocab_size {
            return Ok(());
        }
        Err(format!(
            "the tokenizer has {ids} tokens, but the encoder's vocab_size is {}: \
             they belong to different models",
            self.vocab_size
        ))
    }

    /// What is impossible about these values, if anything.
    pub fn check(&self) -> Result<(), String> {
        self.check_bounds()?;
        let sizes = [
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("intermediate_size", self.intermediate_size),
            ("embedding_size", self.embedding_width()),
        ];
        let has_types = self.model_type.has_types() == Some(true);
        let types = has_types.then_some(("type_vocab_size", self.type_vocab_size));
        if let Some((key, _)) = sizes.into_iter().chain(types).find(|(_, size)| *size == 0) {
            return Err(format!("{key} must be at least 1, but is 0"));
        }
        if self.pad_token_id >= self.vocab_size {
            return Err(format!(
                "pad_token_id must be below vocab_size, {}, but is {}",
                self.vocab_size, self.pad_token_id
            ));
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return Err(format!(
                "hidden_size must be a multiple of num_attention_heads, but is {} with {} heads",
                self.hidden_size, self.num_attention_heads
            ));
        }
        if self.max_position_embeddings <= self.position_offset() {
            return Err(format!(
                "max_position_embeddings must be above {}, where positions begin, but is {}",
                self.position_offset(),
                self.max_position_embeddings
            ));
        }
        if !(self.layer_norm_eps > 0.0 && self.layer_norm_eps < 1.0) {
            return Err(format!(
                "layer_norm_eps must lie in (0, 1), but is {}",
                self.layer_norm_eps
            ));
        }
        let probabilities = [
            ("hidden_dropout_prob", self.hidden_dropout_prob),
            ("attention_probs_dropout_prob", self.attention_probs_dropout_prob),
        ];
        if let Some((key, p)) = probabilities.iter().find(|(_, p)| !(0.0..1.0).contains(p)) {
            return Err(format!("{key} must lie in [0, 1), but is {p}"));
        }
        self.check_sight()?;
        self.relative.as_ref().map_or(Ok(()), RelativeConfig::check)
    }

    /// What is impossible about which tokens see which, if anything.
    fn check_sight(&self) -> Result<(), String> {
        if let Some(rows) = self.relative_attention_num_buckets
            && rows < BUCKETS
        {
            return Err(format!(
                "relative_attention_num_buckets must be at least {BUCKETS}, but is {rows}"
            ));
        }
        if self.model_type == ModelType::Longformer {
            let (windows, layers) = (&self.attention_window, self.num_hidden_layers);
            if windows.len() != layers {
                return Err(format!(
                    "attention_window must have a number for each of {layers} layers, but has {}",
                    windows.len()
                ));
            }
            if let Some(window) = windows.iter().find(|window| **window < 2 || *window % 2 == 1) {
                return Err(format!(
                    "attention_window must be even numbers from 2 on, but has {window}"
                ));
            }
        }
        let head = self.hidden_size / self.num_attention_heads;
        let rotary = self.rotary.as_ref();
        rotary.map_or(Ok(()), |rotary| rotary.check(self.num_hidden_layers, head))
    }
}

const CONFIG: &str = "config.json";
/// What the first BERT encoders have in its place.
const FIRST_BERT: &str = "bert_config.json";

/// Whether a folder's weights are those of a BERT, by the names of its tensors.
fn holds_a_bert(folder: &Path) -> bool {
    super::weights::names(folder).is_ok_and(|names| {
        names.iter().any(|name| {
            let name = name.strip_prefix("module.").unwrap_or(name);
            name.starts_with("bert.encoder.layer.0.attention.self.query.")
        })
    })
}

fn no_model_type() -> String {
    format!(
        "has no model_type, so its family isn't known; docre reads {}; if this is a BERT, as \
         BioBERT and SpanBERT are, add \"model_type\": \"bert\"",
        ModelType::names()
    )
}

/// The most that sizes may be, far above any encoder's; sums and products of these are numbers
/// that a machine can hold.
const MOST_ROWS: usize = 1 << 24;
const MOST_LAYERS: usize = 1 << 10;
const WIDEST: usize = 1 << 16;
const WIDEST_INSIDE: usize = 1 << 18;

impl EncoderConfig {
    /// Refuses sizes that no encoder has, before anything is counted or built with them.
    fn check_bounds(&self) -> Result<(), String> {
        let relative = self.relative.as_ref();
        let distances = relative.map_or(0, |relative| relative.max_relative_positions);
        let buckets = relative.and_then(|relative| relative.position_buckets).unwrap_or(0);
        let distance_rows = self.relative_attention_num_buckets.unwrap_or(0);
        let near = self.rotary.as_ref().map_or(0, |rotary| rotary.local_attention);
        let windows = self.attention_window.iter().copied().max().unwrap_or(0);
        let sizes = [
            ("vocab_size", self.vocab_size, MOST_ROWS),
            ("hidden_size", self.hidden_size, WIDEST),
            ("num_hidden_layers", self.num_hidden_layers, MOST_LAYERS),
            ("intermediate_size", self.intermediate_size, WIDEST_INSIDE),
            ("max_position_embeddings", self.max_position_embeddings, MOST_ROWS),
            ("type_vocab_size", self.type_vocab_size, MOST_ROWS),
            ("pad_token_id", self.pad_token_id, MOST_ROWS),
            ("embedding_size", self.embedding_width(), WIDEST),
            ("relative_attention_num_buckets", distance_rows, MOST_ROWS),
            ("local_attention", near, MOST_ROWS),
            ("attention_window", windows, MOST_ROWS),
            ("max_relative_positions", distances, MOST_ROWS),
            ("position_buckets", buckets, MOST_ROWS),
        ];
        match sizes.into_iter().find(|(_, size, most)| size > most) {
            None => Ok(()),
            Some((key, size, most)) => Err(format!("{key} must be at most {most}, but is {size}")),
        }
    }
}

fn config_problem(error: &serde_json::Error) -> String {
    // A value that is impossible as a whole has no place in the file.
    let message = error.to_string();
    message.strip_suffix(" at line 0 column 0").unwrap_or(&message).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(change: impl FnOnce(&mut serde_json::Value)) -> Result<EncoderConfig, String> {
        let mut value = serde_json::to_value(EncoderConfig::bert_base()).unwrap();
        value["architectures"] = serde_json::json!(["BertModel"]);
        change(&mut value);
        serde_json::from_str(&value.to_string()).map_err(|e| config_problem(&e))
    }

    #[test]
    fn it_reads_what_it_writes() {
        assert_eq!(parse(|_| {}).unwrap(), EncoderConfig::bert_base());
    }

    /// The file of DeBERTa v3 base, changed.
    fn parse_v3(change: impl FnOnce(&mut serde_json::Value)) -> Result<EncoderConfig, String> {
        parse(|value| {
            let keys = serde_json::json!({
                "model_type": "deberta-v2", "relative_attention": true, "position_buckets": 256,
                "norm_rel_ebd": "layer_norm", "share_att_key": true, "pos_att_type": "p2c|c2p",
                "max_relative_positions": -1, "position_biased_input": false, "type_vocab_size": 0,
                "pooler_hidden_act": "gelu", "legacy": true,
            });
            value.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
            change(value);
        })
    }

    #[test]
    fn deberta_is_read_from_both_forms_of_its_keys() {
        let config = parse_v3(|_| {}).unwrap();
        let relative = config.relative.clone().unwrap();
        assert_eq!((relative.max_relative_positions, relative.table_rows()), (512, 512));
        assert_eq!((relative.terms(), config.longest_input()), (2, 512));
        assert!(!config.has_positions());
        let list = parse_v3(|value| value["pos_att_type"] = serde_json::json!(["c2p", "p2c"]));
        assert_eq!(list.unwrap(), config);
        let one = parse_v3(|value| value["pos_att_type"] = "p2c".into()).unwrap().relative.unwrap();
        assert!(one.position_to_content && !one.content_to_position);
        let absent = parse_v3(|value| {
            value.as_object_mut().unwrap().remove("max_relative_positions");
            value["position_buckets"] = (-1).into();
        });
        assert_eq!(absent.unwrap().relative.unwrap().table_rows(), 1024);
    }

    #[test]
    fn deberta_is_read_as_it_is_written() {
        let config = parse_v3(|_| {}).unwrap();
        let json = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<EncoderConfig>(&json).unwrap(), config);
        let text = toml::to_string(&config).unwrap();
        assert_eq!(toml::from_str::<EncoderConfig>(&text).unwrap(), config);
    }

    #[test]
    fn what_deberta_lacks_here_is_named() {
        let cases: [(&str, serde_json::Value, &str); 10] = [
            ("relative_attention", false.into(), "relative_attention must be true"),
            ("pos_att_type", "p2p".into(), "pos_att_type \"p2p\" isn't supported"),
            ("pos_att_type", "".into(), "must name c2p, p2c or both"),
            ("norm_rel_ebd", "batch".into(), "norm_rel_ebd \"batch\" isn't supported"),
            ("position_buckets", 1.into(), "position_buckets must be at least 2"),
            ("position_buckets", 1024.into(), "position_buckets must be at least 2"),
            ("attention_head_size", 32.into(), "attention_head_size 32 isn't supported"),
            ("embedding_size", 128.into(), "embedding_size 128 isn't supported"),
            ("conv_kernel_size", 3.into(), "conv_kernel_size must be 0"),
            ("model_type", "deberta".into(), "isn't part of deberta, only of deberta-v2"),
        ];
        for (key, value, problem) in cases {
            let error = parse_v3(|config| config[key] = value).unwrap_err();
            assert!(error.contains(problem) && !error.contains("line 0"), "{error}");
        }
    }

    #[test]
    fn roberta_loses_the_positions_up_to_its_padding_id() {
        let config = parse(|value| {
            value["model_type"] = "roberta".into();
            value["max_position_embeddings"] = 514.into();
            value["pad_token_id"] = 1.into();
        })
        .unwrap();
        assert_eq!((config.position_offset(), config.longest_input()), (2, 512));
    }

    #[test]
    fn impossible_values_are_named() {
        let cases: [(&str, serde_json::Value, &str); 8] = [
            ("model_type", "gpt2".into(), "bert, roberta, xlm-roberta, camembert, mpnet, electra"),
            ("hidden_act", "relu".into(), "hidden_act \"relu\" isn't supported"),
            ("position_embedding_type", "relative_key".into(), "only \"absolute\""),
            ("hidden_size", 100.into(), "multiple of num_attention_heads"),
            ("num_hidden_layers", 0.into(), "num_hidden_layers must be at least 1"),
            ("num_attention_heads", 0.into(), "num_attention_heads must be at least 1"),
            ("hidden_dropout_prob", 1.into(), "hidden_dropout_prob must lie in [0, 1)"),
            ("layer_norm_eps", 0.into(), "layer_norm_eps must lie"),
        ];
        for (key, value, problem) in cases {
            let error = parse(|config| config[key] = value).unwrap_err();
            assert!(error.contains(problem) && !error.contains("line 0"), "{error}");
        }
    }
}
