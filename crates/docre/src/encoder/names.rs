//! The names of an encoder's tensors: as checkpoints store them, as Hugging
//! Face's bare encoder has them, and as paths in our module.

use super::EncoderConfig;

/// A tensor that an encoder needs, in the layout of checkpoints (linear maps `[outputs, inputs]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parameter {
    /// The bare name: `encoder.layer.0.attention.self.query.weight`.
    pub name: String,
    /// The shape in a checkpoint.
    pub shape: Vec<usize>,
}

/// Everything that an encoder of these sizes needs.
pub(super) fn parameters(config: &EncoderConfig) -> Vec<Parameter> {
    let (hidden, inner) = (config.hidden_size, config.intermediate_size);
    let mut all = Vec::new();
    let mut add = |name: String, shape: &[usize]| all.push(Parameter { name, shape: shape.into() });
    let embeddings = [
        ("word", config.vocab_size),
        ("position", config.max_position_embeddings),
        ("token_type", config.type_vocab_size),
    ];
    for (kind, rows) in embeddings {
        add(format!("embeddings.{kind}_embeddings.weight"), &[rows, hidden]);
    }
    add("embeddings.LayerNorm.weight".into(), &[hidden]);
    add("embeddings.LayerNorm.bias".into(), &[hidden]);
    for layer in 0..config.num_hidden_layers {
        let maps = [
            ("attention.self.query", [hidden, hidden]),
            ("attention.self.key", [hidden, hidden]),
            ("attention.self.value", [hidden, hidden]),
            ("attention.output.dense", [hidden, hidden]),
            ("intermediate.dense", [inner, hidden]),
            ("output.dense", [hidden, inner]),
        ];
        for (map, shape) in maps {
            add(format!("encoder.layer.{layer}.{map}.weight"), &shape);
            add(format!("encoder.layer.{layer}.{map}.bias"), &shape[..1]);
        }
        for norm in ["attention.output", "output"] {
            add(format!("encoder.layer.{layer}.{norm}.LayerNorm.weight"), &[hidden]);
            add(format!("encoder.layer.{layer}.{norm}.LayerNorm.bias"), &[hidden]);
        }
    }
    all
}

/// What may stand before the bare name: the wrappers that checkpoints are saved from.
const PREFIXES: [&str; 6] =
    ["module.", "model.", "0.auto_model.", "auto_model.", "bert.", "roberta."];

/// The bare name of a stored tensor, or `None` if it is no part of the encoder
/// (heads, the pooler, buffers).
pub(super) fn bare_name(stored: &str) -> Option<String> {
    let mut name = stored;
    while let Some(rest) = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)) {
        name = rest;
    }
    let ours = name.starts_with("embeddings.") || name.starts_with("encoder.layer.");
    // Older checkpoints: TensorFlow's names of a layer norm's parameters.
    let name = match name.rsplit_once('.')? {
        (path, "gamma") => format!("{path}.weight"),
        (path, "beta") => format!("{path}.bias"),
        (_, "weight" | "bias") => name.to_string(),
        _ => return None,
    };
    ours.then_some(name)
}

/// The path in our module, where a field can't be called `self`. The store
/// finds a layer norm's `weight` and `bias` under Burn's names by itself.
pub(super) fn module_path(bare: &str) -> String {
    bare.replace(".self.", ".self_attention.").replace("LayerNorm", "layer_norm")
}

/// The bare name of a path in our module.
pub(super) fn bare_of_path(path: &str) -> String {
    let path = path.replace(".self_attention.", ".self.").replace("layer_norm", "LayerNorm");
    path.replace(".gamma", ".weight").replace(".beta", ".bias")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrappers_and_old_names_lead_to_the_bare_name() {
        let bare = "encoder.layer.0.output.LayerNorm.weight";
        for stored in [
            "encoder.layer.0.output.LayerNorm.weight",
            "bert.encoder.layer.0.output.LayerNorm.gamma",
            "module.roberta.encoder.layer.0.output.LayerNorm.weight",
            "0.auto_model.encoder.layer.0.output.LayerNorm.weight",
        ] {
            assert_eq!(bare_name(stored).as_deref(), Some(bare), "{stored}");
        }
    }

    #[test]
    fn heads_poolers_and_buffers_are_no_part_of_it() {
        for stored in [
            "cls.predictions.bias",
            "cls.predictions.transform.LayerNorm.gamma",
            "lm_head.dense.weight",
            "pooler.dense.weight",
            "bert.pooler.dense.bias",
            "roberta.embeddings.position_ids",
            "encoder",
        ] {
            assert_eq!(bare_name(stored), None, "{stored}");
        }
    }

    #[test]
    fn a_path_leads_back_to_its_name() {
        let config = EncoderConfig::bert_base();
        for parameter in parameters(&config) {
            assert_eq!(bare_of_path(&module_path(&parameter.name)), parameter.name);
        }
    }
}
