//! Gradients, by the names that the reference's parameters have.

use super::*;

/// The gradient norms of an encoder's parameters, by the names of checkpoints.
pub struct Norms<'a> {
    path: Vec<String>,
    family: ModelType,
    gradients: &'a Gradients,
    /// Their squares, for one name may stand for several parameters.
    squares: HashMap<String, f64>,
}

impl<'a> Norms<'a> {
    pub fn of(
        encoder: &Encoder,
        family: ModelType,
        gradients: &'a Gradients,
    ) -> HashMap<String, f64> {
        let mut norms = Norms { path: Vec::new(), family, gradients, squares: HashMap::new() };
        encoder.visit(&mut norms);
        norms.squares.into_iter().map(|(name, square)| (name, square.sqrt())).collect()
    }
}

/// The name that a parameter, or what it is a part of, has in a checkpoint.
fn stored_name(path: &str, family: ModelType) -> String {
    let name = path.replace("self_attention", "self").replace("relative.", "");
    let name = name.replace("layer_norm", "LayerNorm").replace("gamma", "weight");
    let name = name.replace("beta", "bias");
    let renamed: &[(&str, &str)] = match family {
        ModelType::Deberta => &[
            (".query.weight", ".in_proj.weight"),
            (".key.weight", ".in_proj.weight"),
            (".value.weight", ".in_proj.weight"),
            (".query.bias", ".q_bias"),
            (".value.bias", ".v_bias"),
            (".position_key.", ".pos_proj."),
            (".position_query.", ".pos_q_proj."),
        ],
        ModelType::DebertaV2 => {
            &[(".query.", ".query_proj."), (".key.", ".key_proj."), (".value.", ".value_proj.")]
        }
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
            ("self.query.", "q_lin."),
            ("self.key.", "k_lin."),
            ("self.value.", "v_lin."),
            ("attention.output.dense.", "attention.out_lin."),
            ("attention.output.LayerNorm.", "sa_layer_norm."),
            ("intermediate.dense.", "ffn.lin1."),
            (".output.dense.", ".ffn.lin2."),
            (".output.LayerNorm.", ".output_layer_norm."),
        ],
        ModelType::Albert => &[
            ("projection.", "encoder.embedding_hidden_mapping_in."),
            ("encoder.layer.0.", "encoder.albert_layer_groups.0.albert_layers.0."),
            (".self.", "."),
            ("attention.output.", "attention."),
            ("intermediate.dense.", "ffn."),
            (".output.dense.", ".ffn_output."),
            (".output.LayerNorm.", ".full_layer_layer_norm."),
        ],
        ModelType::Longformer => &[
            (".global.query.", ".query_global."),
            (".global.key.", ".key_global."),
            (".global.value.", ".value_global."),
        ],
        ModelType::Modernbert => &[
            ("word_embeddings", "tok_embeddings"),
            ("embeddings.LayerNorm", "embeddings.norm"),
            ("encoder.layer.", "layers."),
            (".self.query.", ".self.key."),
            (".self.value.", ".self.key."),
            ("attention.self.key.", "attn.Wqkv."),
            ("attention.output.dense", "attn.Wo"),
            ("attention.output.LayerNorm", "mlp_norm"),
            ("intermediate.dense", "mlp.Wi"),
            ("output.dense", "mlp.Wo"),
            // A norm before a block ends the one before here.
            ("layers.0.output.LayerNorm", "layers.1.attn_norm"),
            ("layers.1.output.LayerNorm", "layers.2.attn_norm"),
            ("layers.2.output.LayerNorm", "layers.3.attn_norm"),
            ("layers.3.output.LayerNorm", "final_norm"),
        ],
        _ => &[],
    };
    renamed.iter().fold(name, |name, (ours, theirs)| name.replace(ours, theirs))
}

impl ModuleVisitor for Norms<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = param.val().grad(self.gradients).expect("every parameter takes part");
        let squares = values(gradient).iter().map(|g| f64::from(*g).powi(2)).sum::<f64>();
        *self.squares.entry(stored_name(&self.path.join("."), self.family)).or_default() += squares;
    }
}

#[test]
fn loss_and_gradients_are_the_references() {
    for folder in folders() {
        let expected = Expected::read(&folder.join("expected.safetensors"));
        let text = fs::read_to_string(folder.join("gradnorms.json")).unwrap();
        let cases: serde_json::Value = serde_json::from_str(&text).unwrap();
        let (encoder, config) = Encoder::load(&folder, &support::device().autodiff()).unwrap();
        for (batch, case) in cases.as_object().unwrap() {
            let what = format!("{}, batch {batch}", folder.display());
            let packed = Packed::new(&sequences(&expected, batch));
            let tokens = encoder.forward(packed.input(), Dropout::OFF);
            let loss = tokens.hidden.square().sum();
            let found: f64 = loss.clone().into_scalar::<f32>().into();
            let want = case["loss"].as_f64().unwrap();
            assert!((found - want).abs() <= 1e-5 * want, "{what}: loss {found}, not {want}");
            let gradients = loss.backward();
            let norms = Norms::of(&encoder, config.model_type, &gradients);
            let wanted = case["grad_norms"].as_object().unwrap();
            let wanted = wanted.iter().filter_map(|(name, norm)| Some((name, norm.as_f64()?)));
            let mut compared = 0;
            for (name, want) in wanted {
                let found = norms[name];
                let off = (found - want).abs();
                assert!(off <= 1e-3 * want + 1e-3, "{what}: {name} {found}, not {want}");
                compared += 1;
            }
            assert_eq!(compared, norms.len(), "{what}: each parameter was compared");
        }
    }
}
