//! `config.json` as it is written, with the keys of each family.

use serde::Deserialize;
use serde_json::Value;

use super::{
    EncoderConfig, HiddenAct, ModelType,
    relative::{Sizes, StoredRelative},
    rotary::StoredRotary,
};

/// The family that a file names.
#[derive(Deserialize)]
pub(super) struct Family {
    #[serde(default)]
    model_type: Option<Value>,
}

impl Family {
    /// The family, if the file names one; one that isn't supported is an error.
    pub fn known(&self) -> Result<Option<ModelType>, String> {
        match &self.model_type {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(name)) => ModelType::parse(name).map(Some),
            Some(other) => Err(format!(
                "model_type must be a family's name in quotes, but is {other}; docre reads {}",
                ModelType::names()
            )),
        }
    }
}

/// The file as it is. Other keys are ignored: it is Hugging Face's file, and most of them say
/// nothing about the encoder. What is missing is as the `transformers` library takes it.
#[derive(Deserialize)]
pub(super) struct Stored {
    #[serde(default)]
    model_type: Option<String>,
    #[serde(default)]
    vocab_size: Option<usize>,
    #[serde(default)]
    hidden_size: Option<usize>,
    #[serde(default)]
    num_hidden_layers: Option<usize>,
    #[serde(default)]
    num_attention_heads: Option<usize>,
    #[serde(default)]
    intermediate_size: Option<usize>,
    #[serde(default)]
    max_position_embeddings: Option<usize>,
    #[serde(default)]
    hidden_act: Option<String>,
    #[serde(default)]
    position_embedding_type: Option<String>,
    #[serde(default)]
    is_decoder: bool,
    #[serde(default)]
    layer_norm_eps: Option<f64>,
    #[serde(default)]
    type_vocab_size: Option<usize>,
    #[serde(default)]
    pad_token_id: Option<usize>,
    #[serde(default)]
    hidden_dropout_prob: Option<f64>,
    #[serde(default)]
    attention_probs_dropout_prob: Option<f64>,
    #[serde(default)]
    relative_attention_num_buckets: Option<usize>,
    #[serde(default)]
    attention_window: Option<Windows>,
    #[serde(default)]
    num_hidden_groups: Option<usize>,
    #[serde(default)]
    inner_group_num: Option<usize>,
    #[serde(flatten)]
    others: OtherNames,
    #[serde(flatten)]
    relative: StoredRelative,
    #[serde(flatten)]
    rotary: StoredRotary,
}

/// What DistilBERT and ModernBERT call by other names.
#[derive(Default, Deserialize)]
struct OtherNames {
    #[serde(default)]
    dim: Option<usize>,
    #[serde(default)]
    n_layers: Option<usize>,
    #[serde(default)]
    n_heads: Option<usize>,
    #[serde(default)]
    hidden_dim: Option<usize>,
    #[serde(default)]
    activation: Option<String>,
    #[serde(default)]
    hidden_activation: Option<String>,
    #[serde(default)]
    norm_eps: Option<f64>,
    #[serde(default)]
    dropout: Option<f64>,
    #[serde(default)]
    mlp_dropout: Option<f64>,
    #[serde(default)]
    attention_dropout: Option<f64>,
}

/// One window for all layers, or one for each.
#[derive(Deserialize)]
#[serde(untagged)]
enum Windows {
    One(usize),
    Each(Vec<usize>),
}

impl TryFrom<Stored> for EncoderConfig {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        let family = stored.model_type.as_deref().ok_or("model_type is missing")?;
        let family = ModelType::parse(family)?;
        stored.of_family(family)
    }
}

impl Stored {
    /// The configuration of an encoder of this family.
    pub fn of_family(mut self, family: ModelType) -> Result<EncoderConfig, String> {
        self.use_own_names(family);
        let defaults = family.defaults();
        let hidden_act = activation(self.hidden_act.as_deref().unwrap_or(defaults.hidden_act))?;
        if family == ModelType::Modernbert && hidden_act != HiddenAct::Gelu {
            return Err("hidden_activation must be \"gelu\" in a ModernBERT".into());
        }
        expect("position_embedding_type", self.position_embedding_type.as_deref(), "absolute")?;
        if self.is_decoder {
            return Err("is_decoder must be false: a decoder sees only what lies before".into());
        }
        if family == ModelType::Albert {
            self.check_groups()?;
        }
        let hidden_size = required("hidden_size", self.hidden_size)?;
        let layers = required("num_hidden_layers", self.num_hidden_layers)?;
        let heads = required("num_attention_heads", self.num_attention_heads)?;
        let positions = required("max_position_embeddings", self.max_position_embeddings)?;
        let embedding_size =
            family.may_be_narrow().then(|| self.relative.embedding_size.take().unwrap_or(128));
        let sizes = Sizes { hidden: hidden_size, heads, positions };
        let relative = family.is_relative().then(|| self.relative.read(family, &sizes));
        let types = self.type_vocab_size.unwrap_or(defaults.type_vocab_size);
        // A count is refused before lists are made that long.
        let listed = if layers <= MOST_LISTED { layers } else { 0 };
        let config = EncoderConfig {
            model_type: family,
            vocab_size: required("vocab_size", self.vocab_size)?,
            hidden_size,
            num_hidden_layers: layers,
            num_attention_heads: heads,
            intermediate_size: required("intermediate_size", self.intermediate_size)?,
            layer_norm_eps: self.layer_norm_eps.unwrap_or(defaults.layer_norm_eps),
            max_position_embeddings: positions,
            type_vocab_size: if family.has_types() == Some(false) { 0 } else { types },
            pad_token_id: self.pad_token_id.unwrap_or(defaults.pad_token_id),
            hidden_dropout_prob: self.hidden_dropout_prob.unwrap_or(defaults.dropout),
            attention_probs_dropout_prob: self
                .attention_probs_dropout_prob
                .unwrap_or(defaults.dropout),
            hidden_act,
            // An ELECTRA as wide inside as outside has no map between.
            embedding_size: embedding_size
                .filter(|size| family == ModelType::Albert || *size != hidden_size),
            relative_attention_num_buckets: (family == ModelType::Mpnet)
                .then(|| self.relative_attention_num_buckets.unwrap_or(32)),
            attention_window: match self.attention_window {
                _ if family != ModelType::Longformer => Vec::new(),
                None => vec![512; listed],
                Some(Windows::One(window)) => vec![window; listed],
                Some(Windows::Each(windows)) => windows,
            },
            relative: relative.transpose()?,
            rotary: (family == ModelType::Modernbert)
                .then(|| self.rotary.read(listed))
                .transpose()?,
        };
        config.check()?;
        Ok(config)
    }

    /// Takes values from the keys that the family has in place of the usual ones.
    fn use_own_names(&mut self, family: ModelType) {
        let others = std::mem::take(&mut self.others);
        match family {
            ModelType::Distilbert => {
                self.hidden_size = self.hidden_size.or(others.dim);
                self.num_hidden_layers = self.num_hidden_layers.or(others.n_layers);
                self.num_attention_heads = self.num_attention_heads.or(others.n_heads);
                self.intermediate_size = self.intermediate_size.or(others.hidden_dim);
                self.hidden_act = self.hidden_act.take().or(others.activation);
                self.hidden_dropout_prob = self.hidden_dropout_prob.or(others.dropout);
            }
            ModelType::Modernbert => {
                self.hidden_act = self.hidden_act.take().or(others.hidden_activation);
                self.layer_norm_eps = others.norm_eps.or(self.layer_norm_eps);
                self.hidden_dropout_prob = self.hidden_dropout_prob.or(others.mlp_dropout);
            }
            _ => return,
        }
        self.attention_probs_dropout_prob =
            self.attention_probs_dropout_prob.or(others.attention_dropout);
    }

    /// ALBERT's layers could be of several kinds; those that are published have one.
    fn check_groups(&self) -> Result<(), String> {
        let groups = [
            ("num_hidden_groups", self.num_hidden_groups),
            ("inner_group_num", self.inner_group_num),
        ];
        match groups.into_iter().find(|(_, count)| count.is_some_and(|count| count != 1)) {
            Some((key, _)) => Err(format!(
                "{key} must be 1: an ALBERT of several layers' weights isn't supported"
            )),
            None => Ok(()),
        }
    }
}

/// No encoder has more layers; see the bounds of `check`.
const MOST_LISTED: usize = 1 << 10;

fn required(key: &str, value: Option<usize>) -> Result<usize, String> {
    value.ok_or_else(|| format!("{key} is missing"))
}

fn activation(name: &str) -> Result<HiddenAct, String> {
    match name {
        "gelu" | "gelu_python" => Ok(HiddenAct::Gelu),
        "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" => Ok(HiddenAct::GeluNew),
        other => Err(format!(
            "hidden_act \"{other}\" isn't supported, only \"gelu\" and \"gelu_new\" are"
        )),
    }
}

fn expect(key: &str, found: Option<&str>, supported: &str) -> Result<(), String> {
    match found {
        Some(found) if found != supported => {
            Err(format!("{key} \"{found}\" isn't supported, only \"{supported}\" is"))
        }
        _ => Ok(()),
    }
}
