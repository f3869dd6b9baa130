//! The names of an encoder's tensors: as checkpoints store them, as Hugging
//! Face's bare encoder has them, and as paths in our module.

use super::{EncoderConfig, ModelType};

/// A tensor that an encoder needs, in the layout of checkpoints (linear maps `[outputs, inputs]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parameter {
    /// The bare name: `encoder.layer.0.attention.self.query.weight`.
    pub name: String,
    /// The shape in a checkpoint.
    pub shape: Vec<usize>,
    /// The paths in our module that it goes to: one, or those of the maps that it holds. The store
    /// finds a layer norm's `weight` and `bias` under Burn's names by itself.
    pub paths: Vec<String>,
    /// The blocks in which the rows of several maps alternate.
    pub blocks: usize,
}

/// Everything that an encoder of these sizes needs.
pub(super) fn parameters(config: &EncoderConfig) -> Vec<Parameter> {
    if config.model_type == ModelType::Modernbert {
        return of_modernbert(config);
    }
    let (hidden, inner) = (config.hidden_size, config.intermediate_size);
    let width = config.embedding_width();
    let mut all = All::default();
    let embeddings = [
        ("word", config.vocab_size),
        ("position", if config.has_positions() { config.max_position_embeddings } else { 0 }),
        ("token_type", config.type_vocab_size),
    ];
    for (kind, rows) in embeddings.into_iter().filter(|(_, rows)| *rows > 0) {
        all.add(format!("embeddings.{kind}_embeddings.weight"), &[rows, width]);
    }
    all.norm("embeddings", width);
    if config.embedding_size.is_some() {
        all.map("projection", width, hidden);
    }
    if let Some(rows) = config.relative_attention_num_buckets {
        let shape = [rows, config.num_attention_heads];
        all.add("encoder.relative_attention_bias.weight".into(), &shape);
    }
    if let Some(relative) = &config.relative {
        all.add("encoder.rel_embeddings.weight".into(), &[relative.table_rows(), hidden]);
        if relative.normalised {
            all.norm("encoder", hidden);
        }
    }
    for layer in 0..config.layers_with_weights() {
        let layer = format!("encoder.layer.{layer}");
        all.self_attention(&format!("{layer}.attention.self"), config);
        all.map(&format!("{layer}.attention.output.dense"), hidden, hidden);
        all.map(&format!("{layer}.intermediate.dense"), hidden, inner);
        all.map(&format!("{layer}.output.dense"), inner, hidden);
        all.norm(&format!("{layer}.attention.output"), hidden);
        all.norm(&format!("{layer}.output"), hidden);
    }
    let stored = |(name, shape): (String, Vec<usize>)| Parameter {
        paths: module_paths(&name),
        name: stored_name(name, config.model_type),
        shape,
        blocks: config.num_attention_heads,
    };
    all.0.into_iter().map(stored).collect()
}

/// ModernBERT's norms stand before its blocks; each is that of the block's end before it here,
/// which carries the sum beside: that of layer 1's attention ends layer 0.
fn of_modernbert(config: &EncoderConfig) -> Vec<Parameter> {
    let (hidden, inner) = (config.hidden_size, config.intermediate_size);
    let mut all = Vec::new();
    let mut add = |name: String, shape: &[usize], paths: &[String]| {
        all.push(Parameter { name, shape: shape.into(), paths: paths.into(), blocks: 1 });
    };
    let words = ["embeddings.word_embeddings.weight".into()];
    add("embeddings.tok_embeddings.weight".into(), &[config.vocab_size, hidden], &words);
    add("embeddings.norm.weight".into(), &[hidden], &["embeddings.layer_norm.weight".into()]);
    for layer in 0..config.num_hidden_layers {
        let (theirs, ours) = (format!("layers.{layer}"), format!("encoder.layer.{layer}"));
        let maps =
            INTERLEAVED_MAPS.map(|map| format!("{ours}.attention.self_attention.{map}.weight"));
        let one = |path: &str| [format!("{ours}.{path}.weight")];
        add(format!("{theirs}.attn.Wqkv.weight"), &[3 * hidden, hidden], &maps);
        let output = one("attention.output.dense");
        add(format!("{theirs}.attn.Wo.weight"), &[hidden, hidden], &output);
        let norm = one("attention.output.layer_norm");
        add(format!("{theirs}.mlp_norm.weight"), &[hidden], &norm);
        let wide = one("intermediate.dense");
        add(format!("{theirs}.mlp.Wi.weight"), &[2 * inner, hidden], &wide);
        add(format!("{theirs}.mlp.Wo.weight"), &[hidden, inner], &one("output.dense"));
        let next = match layer + 1 {
            next if next == config.num_hidden_layers => "final_norm.weight".into(),
            next => format!("layers.{next}.attn_norm.weight"),
        };
        add(next, &[hidden], &one("output.layer_norm"));
    }
    all
}

/// What tensors are called that BERT has too, or that are called otherwise in our module: each
/// pair is tried in turn, so the longer names come first.
fn renamed(family: ModelType) -> &'static [(&'static str, &'static str)] {
    match family {
        ModelType::Mpnet => &[
            (".attention.self.query.", ".attention.attn.q."),
            (".attention.self.key.", ".attention.attn.k."),
            (".attention.self.value.", ".attention.attn.v."),
            (".attention.output.dense.", ".attention.attn.o."),
            (".attention.output.LayerNorm.", ".attention.LayerNorm."),
        ],
        ModelType::Electra => &[("projection.", "embeddings_project.")],
        ModelType::Distilbert => &[
            ("encoder.layer.", "transformer.layer."),
            (".attention.self.query.", ".attention.q_lin."),
            (".attention.self.key.", ".attention.k_lin."),
            (".attention.self.value.", ".attention.v_lin."),
            (".attention.output.dense.", ".attention.out_lin."),
            (".attention.output.LayerNorm.", ".sa_layer_norm."),
            (".intermediate.dense.", ".ffn.lin1."),
            (".output.dense.", ".ffn.lin2."),
            (".output.LayerNorm.", ".output_layer_norm."),
        ],
        ModelType::Albert => &[
            ("projection.", "encoder.embedding_hidden_mapping_in."),
            ("encoder.layer.0.", "encoder.albert_layer_groups.0.albert_layers.0."),
            (".attention.self.", ".attention."),
            (".attention.output.dense.", ".attention.dense."),
            (".attention.output.LayerNorm.", ".attention.LayerNorm."),
            (".intermediate.dense.", ".ffn."),
            (".output.dense.", ".ffn_output."),
            (".output.LayerNorm.", ".full_layer_layer_norm."),
        ],
        _ => &[],
    }
}

/// What checkpoints of a family call a tensor of BERT.
fn stored_name(name: String, family: ModelType) -> String {
    renamed(family).iter().fold(name, |name, (ours, theirs)| name.replace(ours, theirs))
}

/// Collects names and shapes.
#[derive(Default)]
struct All(Vec<(String, Vec<usize>)>);

impl All {
    fn add(&mut self, name: String, shape: &[usize]) {
        self.0.push((name, shape.into()));
    }

    fn map(&mut self, name: &str, inputs: usize, outputs: usize) {
        self.add(format!("{name}.weight"), &[outputs, inputs]);
        self.add(format!("{name}.bias"), &[outputs]);
    }

    fn norm(&mut self, owner: &str, width: usize) {
        self.add(format!("{owner}.LayerNorm.weight"), &[width]);
        self.add(format!("{owner}.LayerNorm.bias"), &[width]);
    }

    fn self_attention(&mut self, name: &str, config: &EncoderConfig) {
        let hidden = config.hidden_size;
        let relative = config.relative.as_ref();
        let own_maps = relative.filter(|relative| !relative.share_att_key);
        let keys = own_maps.is_some_and(|relative| relative.content_to_position);
        let queries = own_maps.is_some_and(|relative| relative.position_to_content);
        let mut maps = Vec::new();
        match config.model_type {
            ModelType::Deberta => {
                self.add(format!("{name}.{INTERLEAVED}"), &[3 * hidden, hidden]);
                self.add(format!("{name}.q_bias"), &[hidden]);
                self.add(format!("{name}.v_bias"), &[hidden]);
                if keys {
                    self.add(format!("{name}.pos_proj.weight"), &[hidden, hidden]);
                }
                maps.extend(queries.then_some("pos_q_proj"));
            }
            ModelType::DebertaV2 => {
                maps.extend(["query_proj", "key_proj", "value_proj"]);
                maps.extend(keys.then_some("pos_key_proj"));
                maps.extend(queries.then_some("pos_query_proj"));
            }
            _ => maps.extend(["query", "key", "value"]),
        }
        if config.model_type == ModelType::Longformer {
            maps.extend(["query_global", "key_global", "value_global"]);
        }
        for map in maps {
            self.map(&format!("{name}.{map}"), hidden, hidden);
        }
    }
}

/// DeBERTa v1's maps to query, key and value in one matrix: for each head in turn the rows of
/// its query, of its key and of its value.
const INTERLEAVED: &str = "in_proj.weight";

/// Our maps that [`INTERLEAVED`] holds, in order.
const INTERLEAVED_MAPS: [&str; 3] = ["query", "key", "value"];

/// What may stand before the bare name: the wrappers that checkpoints are saved from.
const PREFIXES: [&str; 13] = [
    "module.",
    "model.",
    "bert_model.",
    "0.auto_model.",
    "auto_model.",
    "bert.",
    "roberta.",
    "deberta.",
    "mpnet.",
    "electra.",
    "distilbert.",
    "albert.",
    "longformer.",
];

/// How the bare names of an encoder's tensors begin.
const OURS: [&str; 11] = [
    "embeddings.",
    "encoder.layer.",
    "encoder.rel_embeddings.",
    "encoder.LayerNorm.",
    "encoder.relative_attention_bias.",
    "embeddings_project.",
    "encoder.embedding_hidden_mapping_in.",
    "encoder.albert_layer_groups.",
    "transformer.layer.",
    "layers.",
    "final_norm.",
];

/// The bare name of a stored tensor, or `None` if it is no part of the encoder
/// (heads, the pooler, buffers).
pub(super) fn bare_name(stored: &str) -> Option<String> {
    let mut name = stored;
    while let Some(rest) = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)) {
        name = rest;
    }
    let ours = OURS.iter().any(|start| name.starts_with(start));
    // Older checkpoints: TensorFlow's names of a layer norm's parameters.
    let name = match name.rsplit_once('.')? {
        (path, "gamma") => format!("{path}.weight"),
        (path, "beta") => format!("{path}.bias"),
        (_, "weight" | "bias" | "q_bias" | "v_bias") => name.to_string(),
        _ => return None,
    };
    ours.then_some(name)
}

/// What is called otherwise in our module: a field can't be called `self`, and DeBERTa's maps
/// are called like BERT's.
const RENAMED: [(&str, &str); 16] = [
    (".self.", ".self_attention."),
    (".query_global.", ".global.query."),
    (".key_global.", ".global.key."),
    (".value_global.", ".global.value."),
    ("encoder.LayerNorm.", "encoder.relative.layer_norm."),
    ("encoder.rel_embeddings.", "encoder.relative.rel_embeddings."),
    ("LayerNorm", "layer_norm"),
    (".query_proj.", ".query."),
    (".key_proj.", ".key."),
    (".value_proj.", ".value."),
    (".pos_key_proj.", ".position_key."),
    (".pos_query_proj.", ".position_query."),
    (".pos_proj.", ".position_key."),
    (".pos_q_proj.", ".position_query."),
    (".q_bias", ".query.bias"),
    (".v_bias", ".value.bias"),
];

/// The paths in our module of a tensor that is called as BERT's or DeBERTa's are.
fn module_paths(bare: &str) -> Vec<String> {
    let rename = |name: String, (from, to): &(&str, &str)| name.replace(from, to);
    let path = RENAMED.iter().fold(bare.to_string(), rename);
    match path.strip_suffix(INTERLEAVED) {
        Some(owner) => INTERLEAVED_MAPS.map(|map| format!("{owner}{map}.weight")).into(),
        None => vec![path],
    }
}

/// The bare name of a path in our module.
pub(super) fn bare_of_path(path: &str, config: &EncoderConfig) -> String {
    let path = path.replace(".gamma", ".weight").replace(".beta", ".bias");
    let mut parameters = parameters(config).into_iter();
    let found = parameters.find(|parameter| parameter.paths.contains(&path));
    found.map_or(path, |parameter| parameter.name)
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
            "deberta.encoder.layer.0.output.LayerNorm.weight",
            "bert_model.encoder.layer.0.output.LayerNorm.weight",
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
            assert_eq!(parameter.paths.len(), 1);
            assert_eq!(bare_of_path(&parameter.paths[0], &config), parameter.name);
        }
        let interleaved = "encoder.layer.0.attention.self.in_proj.weight";
        let paths = module_paths(interleaved);
        assert_eq!(paths[1], "encoder.layer.0.attention.self_attention.key.weight");
    }
}
