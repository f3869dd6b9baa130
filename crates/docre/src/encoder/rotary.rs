//! ModernBERT's positions and what its layers see, from `config.json`.

use std::sync::Arc;

use burn::tensor::Tensor;
use docre_kernels::Scope;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How the layers of a ModernBERT see the tokens around.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RotaryConfig {
    /// How many tokens a query sees in a layer with local attention, half of them on each side.
    pub local_attention: usize,
    /// What each layer sees.
    pub layer_types: Vec<LayerSight>,
    /// The base of rotary positions in layers that see all.
    pub global_rope_theta: f64,
    /// The base of rotary positions in layers with local attention.
    pub local_rope_theta: f64,
}

/// What a layer sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LayerSight {
    /// All tokens.
    #[serde(rename = "full_attention")]
    Full,
    /// Near tokens.
    #[serde(rename = "sliding_attention")]
    Near,
}

impl RotaryConfig {
    /// What a layer's queries see.
    pub(super) fn scope(&self, layer: usize) -> Scope {
        match self.layer_types[layer] {
            LayerSight::Full => Scope::Whole,
            LayerSight::Near => Scope::Near(self.local_attention / 2),
        }
    }

    fn base(&self, layer: usize) -> f64 {
        match self.layer_types[layer] {
            LayerSight::Full => self.global_rope_theta,
            LayerSight::Near => self.local_rope_theta,
        }
    }

    /// What is impossible about these values, if anything.
    pub(super) fn check(&self, layers: usize, head: usize) -> Result<(), String> {
        if self.layer_types.len() != layers {
            return Err(format!(
                "layer_types must name {layers} layers, as many as num_hidden_layers, but names {}",
                self.layer_types.len()
            ));
        }
        if !head.is_multiple_of(2) {
            return Err(format!("heads must have an even width to be rotated, but have {head}"));
        }
        for (key, base) in [
            ("global_rope_theta", self.global_rope_theta),
            ("local_rope_theta", self.local_rope_theta),
        ] {
            if !(base >= 1.0 && base.is_finite()) {
                return Err(format!("{key} must be at least 1, but is {base}"));
            }
        }
        Ok(())
    }
}

/// A layer's rotation of the tokens of a batch.
#[derive(Debug, Clone)]
pub(super) struct Rotation {
    positions: Arc<[u32]>,
    base: f64,
}

impl Rotation {
    pub fn of(config: &RotaryConfig, layer: usize, positions: &Arc<[u32]>) -> Self {
        Self { positions: positions.clone(), base: config.base(layer) }
    }

    /// Queries or keys `[tokens, hidden]`, rotated.
    pub fn rotate(&self, x: Tensor<2>, heads: usize) -> Tensor<2> {
        docre_kernels::rotate(x, &self.positions, heads, self.base)
    }
}

/// The keys of the file, in the form of transformers 4 or of 5.
#[derive(Debug, Default, Deserialize)]
pub(super) struct StoredRotary {
    #[serde(default)]
    local_attention: Option<usize>,
    #[serde(default)]
    layer_types: Option<Value>,
    #[serde(default)]
    global_attn_every_n_layers: Option<usize>,
    #[serde(default)]
    global_rope_theta: Option<f64>,
    #[serde(default)]
    local_rope_theta: Option<f64>,
    #[serde(default)]
    rope_parameters: Option<Value>,
    #[serde(default)]
    attention_bias: Option<bool>,
    #[serde(default)]
    mlp_bias: Option<bool>,
    #[serde(default)]
    norm_bias: Option<bool>,
}

impl StoredRotary {
    /// The settings of a ModernBERT of so many layers. The defaults are those of `transformers`.
    pub fn read(self, layers: usize) -> Result<RotaryConfig, String> {
        let biases = [
            ("attention_bias", self.attention_bias),
            ("mlp_bias", self.mlp_bias),
            ("norm_bias", self.norm_bias),
        ];
        if let Some((key, _)) = biases.iter().find(|(_, bias)| *bias == Some(true)) {
            return Err(format!("{key} must be false: ModernBERT with biases isn't supported"));
        }
        let layer_types = match &self.layer_types {
            Some(list) => serde_json::from_value(list.clone()).map_err(
                |_| "layer_types must be a list of \"full_attention\" and \"sliding_attention\"",
            )?,
            None => {
                let every = self.global_attn_every_n_layers.unwrap_or(3).max(1);
                let sight = |layer: usize| match layer % every {
                    0 => LayerSight::Full,
                    _ => LayerSight::Near,
                };
                (0..layers).map(sight).collect()
            }
        };
        let global = self.theta("full_attention", self.global_rope_theta)?.unwrap_or(160_000.0);
        let local = self.theta("sliding_attention", self.local_rope_theta)?;
        Ok(RotaryConfig {
            local_attention: self.local_attention.unwrap_or(128),
            layer_types,
            global_rope_theta: global,
            local_rope_theta: local.unwrap_or(10_000.0),
        })
    }

    /// The base of one kind of layer: its own key, or that in `rope_parameters`.
    fn theta(&self, kind: &str, own: Option<f64>) -> Result<Option<f64>, String> {
        let Some(rope) = self.rope_parameters.as_ref().and_then(|all| all.get(kind)) else {
            return Ok(own);
        };
        match rope.get("rope_type").and_then(Value::as_str) {
            None | Some("default") => Ok(rope.get("rope_theta").and_then(Value::as_f64).or(own)),
            Some(other) => Err(format!("rope_type \"{other}\" isn't supported, only default is")),
        }
    }
}
