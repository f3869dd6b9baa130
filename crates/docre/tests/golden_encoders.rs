//! The encoders against the reference's numbers, and what must hold of any encoder.

#![cfg(feature = "model")]

mod support;

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use burn::{
    module::{ModuleVisitor, Param},
    prelude::*,
    tensor::{Gradients, TensorData},
};
use docre::Precision;
use docre::encoder::{
    Encoder, EncoderConfig, EncoderInput, HiddenAct, LayerSight, ModelType, RelativeConfig,
    RotaryConfig, Tokens,
};
use docre_kernels::{Dropout, Segments};
use safetensors::{Dtype, SafeTensors, serialize_to_file, tensor::TensorView};
use support::{golden, golden_json, minilm};

/// Of a sum over a few thousand squares, in single precision.
const HIDDEN: f32 = 5e-5;

/// A file of expected tensors.
struct Expected(Vec<u8>);

impl Expected {
    fn read(path: &Path) -> Self {
        Self(fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
    }

    fn has(&self, name: &str) -> bool {
        SafeTensors::deserialize(&self.0).unwrap().tensor(name).is_ok()
    }

    /// How close a value may be asked to be: half precision was rounded when it was stored.
    fn tolerance(&self, name: &str, single: f32) -> f32 {
        let file = SafeTensors::deserialize(&self.0).unwrap();
        if file.tensor(name).unwrap().dtype() == Dtype::F16 { 5e-4 } else { single }
    }

    /// Shape and values, whatever the stored type.
    fn floats(&self, name: &str) -> (Vec<usize>, Vec<f32>) {
        let file = SafeTensors::deserialize(&self.0).unwrap();
        let view = file.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}"));
        let bytes = view.data();
        let values = match view.dtype() {
            Dtype::F32 => bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
            Dtype::F16 => bytes.as_chunks::<2>().0.iter().map(|b| support::from_half(*b)).collect(),
            Dtype::I64 => {
                bytes.as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b) as f32).collect()
            }
            other => panic!("{name}: {other:?}"),
        };
        (view.shape().to_vec(), values)
    }
}

/// Packed sequences.
struct Packed {
    ids: Vec<u32>,
    positions: Vec<u32>,
    segments: Segments,
    rows: Arc<[usize]>,
}

impl Packed {
    fn new(sequences: &[Vec<u32>]) -> Self {
        let segments = Segments::from_lengths(sequences.iter().map(Vec::len));
        Self {
            ids: sequences.concat(),
            positions: sequences.iter().flat_map(|s| 0..s.len() as u32).collect(),
            rows: (0..segments.total()).collect(),
            segments,
        }
    }

    fn input(&self) -> EncoderInput<'_> {
        EncoderInput {
            types: &[],
            output_rows: None,
            ids: &self.ids,
            positions: &self.positions,
            segments: &self.segments,
            attention_rows: &self.rows,
        }
    }
}

/// The sequences of a padded batch.
fn sequences(expected: &Expected, batch: &str) -> Vec<Vec<u32>> {
    let (shape, ids) = expected.floats(&format!("{batch}.input_ids"));
    let (_, mask) = expected.floats(&format!("{batch}.attention_mask"));
    ids.chunks(shape[1])
        .zip(mask.chunks(shape[1]))
        .map(|(ids, mask)| {
            ids.iter().zip(mask).filter(|(_, m)| **m == 1.0).map(|(id, _)| *id as u32).collect()
        })
        .collect()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}

/// Rows `[tokens, width]` against `[sequences, longest, width]`, padding left out.
fn assert_rows(what: &str, got: &[f32], want: &[f32], segments: &Segments, width: usize, by: f32) {
    let longest = want.len() / width / segments.count();
    for (sequence, range) in segments.iter().enumerate() {
        for (place, token) in range.enumerate() {
            let got = &got[token * width..][..width];
            let want = &want[(sequence * longest + place) * width..][..width];
            for (got, want) in got.iter().zip(want) {
                let off = (got - want).abs();
                assert!(off <= by, "{what}, token {token}: {got} instead of {want}");
            }
        }
    }
}

/// Attention `[tokens, heads, longest window]` against `[sequences, heads, longest, longest]`.
fn assert_attention(
    what: &str,
    got: Tensor<3>,
    shape: &[usize],
    want: &[f32],
    segments: &Segments,
) {
    let [_, heads, width] = got.dims();
    let longest = shape[2];
    let got = values(got);
    for (sequence, range) in segments.iter().enumerate() {
        for (place, token) in range.enumerate() {
            for head in 0..heads {
                let got = &got[(token * heads + head) * width..][..width];
                let want = &want[((sequence * heads + head) * longest + place) * longest..];
                for (key, got) in got.iter().enumerate() {
                    let off = (got - want[key]).abs();
                    assert!(
                        off <= 1e-4,
                        "{what}, token {token}, head {head}, key {key}: off by {off}"
                    );
                }
            }
        }
    }
}

/// The folders of encoders.
fn folders() -> Vec<PathBuf> {
    let mut all: Vec<_> = fs::read_dir(golden("encoders"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("config.json").exists())
        .collect();
    all.sort();
    assert!(!all.is_empty(), "no encoders in {}", golden("encoders").display());
    all
}

fn weight_files(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.ends_with(".bin") || (name.ends_with(".safetensors") && name.starts_with("model"))
        })
        .collect();
    all.sort();
    all
}

#[test]
fn hidden_states_and_attention_are_the_references() {
    for folder in folders() {
        let expected = Expected::read(&folder.join("expected.safetensors"));
        let (encoder, config) = Encoder::load(&folder, &support::device()).unwrap();
        for batch in ["a", "b"] {
            let what = format!("{}, batch {batch}", folder.display());
            let sequences = sequences(&expected, batch);
            assert!(batch == "a" || sequences[0].len() == config.longest_input(), "{what}");
            let packed = Packed::new(&sequences);
            let mut layers = Vec::new();
            let tokens = encoder.forward_layers(packed.input(), Dropout::OFF, |hidden| {
                layers.push(values(hidden.clone()));
            });
            assert_eq!(layers.len(), config.num_hidden_layers + 1);
            let segments = &packed.segments;
            let width = config.hidden_size;
            let all = format!("{batch}.hidden_states");
            if expected.has(&all) {
                let (_, want) = expected.floats(&all);
                for (layer, want) in want.chunks(want.len() / layers.len()).enumerate() {
                    let what = format!("{what}, layer {layer}");
                    assert_rows(&what, &layers[layer], want, segments, width, HIDDEN);
                }
            }
            let (_, want) = expected.floats(&format!("{batch}.last_hidden_state"));
            assert_rows(&what, &values(tokens.hidden), &want, segments, width, HIDDEN);
            let (shape, want) = expected.floats(&format!("{batch}.attention_last"));
            assert_attention(&what, tokens.attention, &shape, &want, segments);
        }
    }
}

/// How far hidden states in eight bits may be from the reference's, in root mean squares of a
/// hidden state: of the mean distance, and of the greatest.
const INT8: [f32; 2] = [0.04, 0.4];

#[test]
fn hidden_states_in_eight_bits_are_near_the_references() {
    for folder in folders() {
        let expected = Expected::read(&folder.join("expected.safetensors"));
        let (mut encoder, _) = Encoder::load(&folder, &Device::flex()).unwrap();
        encoder.pack();
        for batch in ["a", "b"] {
            let packed = Packed::new(&sequences(&expected, batch));
            let tokens = encoder.forward(packed.input(), Precision::Int8);
            let (shape, want) = expected.floats(&format!("{batch}.last_hidden_state"));
            let (longest, width) = (shape[1], shape[2]);
            let got = values(tokens.hidden);
            let places = packed.segments.iter().enumerate().flat_map(|(sequence, range)| {
                range.enumerate().map(move |(place, _)| sequence * longest + place)
            });
            let want: Vec<f32> =
                places.flat_map(|place| want[place * width..][..width].to_vec()).collect();
            assert_eq!(got.len(), want.len());
            let count = want.len() as f32;
            let size = (want.iter().map(|x| x * x).sum::<f32>() / count).sqrt();
            let off: Vec<f32> = got.iter().zip(&want).map(|(a, b)| (a - b).abs() / size).collect();
            let (mean, most) =
                (off.iter().sum::<f32>() / count, off.iter().fold(0.0f32, |a, b| a.max(*b)));
            eprintln!("{}, batch {batch}: {mean:.4}, at most {most:.3}", folder.display());
            assert!(mean <= INT8[0] && most <= INT8[1], "{}: {mean} {most}", folder.display());
        }
    }
}

#[test]
fn an_encoder_in_eight_bits_keeps_few_floats() {
    let config = EncoderConfig { vocab_size: 3000, ..EncoderConfig::minilm() };
    let mut encoder = Encoder::random(&config, 1, &Device::flex());
    let before = encoder.num_params();
    encoder.pack();
    let after = encoder.num_params();
    assert!(before > 11_000_000 && after < before / 40, "{before} {after}");
}

/// ModernBERT's file as transformers 5 writes it, and a layer that sees near tokens alone, which
/// is the last one here.
#[test]
fn near_attention_of_a_modernbert_is_the_references() {
    let folder = golden("encoders/modernbert");
    let expected = Expected::read(&folder.join("expected.safetensors"));
    let config = EncoderConfig::from_folder(&folder).unwrap();
    let other = tempfile::tempdir().unwrap();
    fs::copy(folder.join("config_layer_types.json"), other.path().join("config.json")).unwrap();
    assert_eq!(EncoderConfig::from_folder(other.path()).unwrap(), config);

    let rotary = config.rotary.clone().unwrap();
    let last = rotary.layer_types.iter().rposition(|sight| *sight == LayerSight::Near).unwrap();
    let layers = last + 1;
    let rotary =
        RotaryConfig { layer_types: rotary.layer_types[..layers].to_vec(), ..rotary.clone() };
    let short = EncoderConfig { num_hidden_layers: layers, rotary: Some(rotary), ..config };
    // The norm behind the last layer isn't the one that follows in the whole encoder: attention
    // alone is compared.
    let path = folder.join("model.safetensors");
    let encoder = Encoder::load_file(path, &short, &support::device()).unwrap();
    for batch in ["a", "b"] {
        let packed = Packed::new(&sequences(&expected, batch));
        let tokens = encoder.forward(packed.input(), Dropout::OFF);
        let (shape, want) = expected.floats(&format!("{batch}.attention_local"));
        assert_attention("near", tokens.attention, &shape, &want, &packed.segments);
    }
}

#[test]
fn every_weight_file_of_a_folder_holds_the_same_encoder() {
    for folder in folders() {
        let expected = Expected::read(&folder.join("expected.safetensors"));
        let config = EncoderConfig::from_folder(&folder).unwrap();
        let packed = Packed::new(&sequences(&expected, "a"));
        let files = weight_files(&folder);
        assert!(files.len() >= 2, "{}", folder.display());
        let first = |path: &PathBuf| {
            let encoder = Encoder::load_file(path, &config, &support::device()).unwrap();
            values(encoder.forward(packed.input(), Dropout::OFF).hidden)
        };
        let outputs: Vec<_> = files.iter().map(first).collect();
        for (file, output) in files.iter().zip(&outputs) {
            assert_eq!(output, &outputs[0], "{}", file.display());
        }
    }
}

/// The gradient norms of an encoder's parameters, by the names of checkpoints.
struct Norms<'a> {
    path: Vec<String>,
    family: ModelType,
    gradients: &'a Gradients,
    /// Their squares, for one name may stand for several parameters.
    squares: HashMap<String, f64>,
}

impl<'a> Norms<'a> {
    fn of(encoder: &Encoder, family: ModelType, gradients: &'a Gradients) -> HashMap<String, f64> {
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

#[test]
fn minilm_encodes_documents_like_the_reference() {
    let (encoder, config) = Encoder::load(minilm(), &support::device()).unwrap();
    let expected = Expected::read(&golden("encoder.safetensors"));
    let documents = golden_json("preprocess.json");
    let mut compared = 0;
    for document in documents["documents"].as_array().unwrap() {
        let name = document["name"].as_str().unwrap();
        let ids: Vec<u32> = document["input_ids"]
            .as_array()
            .unwrap()
            .iter()
            .map(|id| id.as_u64().unwrap() as u32)
            .collect();
        if ids.len() > config.longest_input() {
            continue; // several windows, which are put together elsewhere
        }
        compared += 1;
        let length = ids.len();
        let packed = Packed::new(&[ids]);
        let tokens = encoder.forward(packed.input(), Dropout::OFF);
        let (_, want) = expected.floats(&format!("{name}/last_hidden_state"));
        let hidden = values(tokens.hidden);
        assert_rows(name, &hidden, &want, &packed.segments, config.hidden_size, 2e-5);
        let [_, heads, _] = tokens.attention.dims();
        let attention = values(tokens.attention);
        for (tensor, step) in [("attention", 1), ("attention_every_4th_query", 4)] {
            let tensor = format!("{name}/{tensor}");
            if !expected.has(&tensor) {
                continue;
            }
            let (shape, want) = expected.floats(&tensor); // [heads, queries, keys]
            let by = expected.tolerance(&tensor, 2e-5);
            for head in 0..heads {
                for query in 0..shape[1] {
                    let want = &want[(head * shape[1] + query) * length..][..length];
                    let got = &attention[(query * step * heads + head) * length..][..length];
                    for (got, want) in got.iter().zip(want) {
                        assert!((got - want).abs() <= by, "{tensor}: {got} instead of {want}");
                    }
                }
            }
        }
    }
    assert!(compared >= 1, "no document with one window");
}

/// A small encoder with random weights of each kind of position and of each other form.
fn small() -> [(Encoder, EncoderConfig); 8] {
    let roberta = EncoderConfig {
        model_type: ModelType::Roberta,
        vocab_size: 50,
        hidden_size: 24,
        num_hidden_layers: 2,
        num_attention_heads: 3,
        intermediate_size: 40,
        max_position_embeddings: 40,
        pad_token_id: 1,
        ..EncoderConfig::bert_base()
    };
    // Absolute positions and types too, which checkpoints of the family seldom have.
    let relative = RelativeConfig {
        max_relative_positions: 16,
        position_buckets: None,
        content_to_position: true,
        position_to_content: true,
        share_att_key: false,
        normalised: false,
        position_biased_input: true,
    };
    let deberta = EncoderConfig {
        model_type: ModelType::Deberta,
        relative: Some(relative.clone()),
        ..roberta.clone()
    };
    let relative = RelativeConfig {
        max_relative_positions: 40,
        position_buckets: Some(8),
        normalised: true,
        position_biased_input: false,
        ..relative
    };
    let second = EncoderConfig {
        model_type: ModelType::DebertaV2,
        relative: Some(relative),
        ..roberta.clone()
    };
    let mpnet = EncoderConfig {
        model_type: ModelType::Mpnet,
        type_vocab_size: 0,
        relative_attention_num_buckets: Some(32),
        ..roberta.clone()
    };
    let electra = EncoderConfig {
        model_type: ModelType::Electra,
        embedding_size: Some(16),
        ..roberta.clone()
    };
    let albert = EncoderConfig {
        model_type: ModelType::Albert,
        hidden_act: HiddenAct::GeluNew,
        ..electra.clone()
    };
    let modernbert = EncoderConfig {
        model_type: ModelType::Modernbert,
        type_vocab_size: 0,
        rotary: Some(RotaryConfig {
            local_attention: 12,
            layer_types: vec![LayerSight::Full, LayerSight::Near],
            global_rope_theta: 160_000.0,
            local_rope_theta: 10_000.0,
        }),
        ..roberta.clone()
    };
    let longformer = EncoderConfig {
        model_type: ModelType::Longformer,
        attention_window: vec![8, 12],
        ..roberta.clone()
    };
    [roberta, deberta, second, mpnet, electra, albert, modernbert, longformer]
        .map(|config| (Encoder::random(&config, 5, &support::device()), config))
}

fn sequence(length: usize, seed: usize) -> Vec<u32> {
    (0..length).map(|i| ((i * 7 + seed * 13 + i * i) % 50) as u32).collect()
}

fn run(encoder: &Encoder, sequences: &[Vec<u32>], dropout: Dropout) -> Tokens {
    encoder.forward(Packed::new(sequences).input(), dropout)
}

#[test]
fn a_window_is_encoded_the_same_whatever_shares_its_batch() {
    for (encoder, _) in small() {
        let (first, second, third) = (sequence(17, 1), sequence(38, 2), sequence(1, 3));
        let alone = run(&encoder, std::slice::from_ref(&second), Dropout::OFF);
        let shared = run(&encoder, &[first.clone(), second.clone(), third], Dropout::OFF);
        let part = first.len()..first.len() + second.len();
        let hidden = shared.hidden.slice([part.clone()]);
        let off = values((alone.hidden - hidden).abs().max());
        assert!(off[0] <= 1e-6, "{off:?}");
        let off = values((alone.attention - shared.attention.slice([part])).abs().max());
        assert!(off[0] <= 1e-6, "{off:?}");
    }
}

#[test]
fn the_key_alone_decides_what_dropout_drops() {
    for (encoder, _) in small() {
        let sequences = [sequence(17, 1), sequence(30, 2)];
        let hidden = |dropout| values(run(&encoder, &sequences, dropout).hidden);
        let trained = hidden(Dropout::new(0.5, 1));
        assert_eq!(trained, hidden(Dropout::new(0.5, 1)));
        // The probability is the configuration's.
        assert_eq!(trained, hidden(Dropout::new(0.1, 1)));
        assert_ne!(trained, hidden(Dropout::new(0.5, 2)));
        assert_ne!(trained, hidden(Dropout::OFF));
    }
}

#[test]
fn returned_attention_is_the_attention_after_dropout() {
    for (encoder, config) in small() {
        let sees_all = config.rotary.is_none() && config.attention_window.is_empty();
        let sequences = [sequence(30, 2), sequence(30, 4)];
        let kept = values(run(&encoder, &sequences, Dropout::OFF).attention);
        let trained = run(&encoder, &sequences, Dropout::new(0.1, 1)).attention;
        // A query may not see all keys.
        let seen = kept.iter().zip(values(trained)).filter(|(kept, _)| **kept > 0.0);
        let (all, dropped) = seen.fold((0, 0), |(all, dropped), (_, trained)| {
            (all + 1, dropped + usize::from(trained == 0.0))
        });
        assert_eq!(all == kept.len(), sees_all);
        let share = dropped as f32 / all as f32;
        assert!((0.07..0.13).contains(&share), "{share}");
    }
}

#[test]
fn no_rows_asked_for_is_no_rows() {
    for (encoder, _) in small() {
        let mut packed = Packed::new(&[sequence(12, 1)]);
        packed.rows = [].into();
        let tokens = encoder.forward(packed.input(), Dropout::OFF);
        assert_eq!((tokens.hidden.dims(), tokens.attention.dims()), ([12, 24], [0, 3, 12]));
    }
}

#[test]
fn random_weights_follow_the_seed() {
    for (encoder, config) in small() {
        let sequences = [sequence(9, 1)];
        let hidden = |encoder: &Encoder| values(run(encoder, &sequences, Dropout::OFF).hidden);
        let again = Encoder::random(&config, 5, &support::device().autodiff());
        let other = Encoder::random(&config, 6, &support::device());
        assert_eq!(hidden(&encoder), hidden(&again));
        assert_ne!(hidden(&encoder), hidden(&other));
        let loss = run(&again, &sequences, Dropout::OFF).hidden.square().sum();
        let gradients = loss.backward();
        Norms::of(&again, config.model_type, &gradients);
    }
}

/// A copy of a golden folder whose tensors went through `change`.
fn changed(change: impl Fn(&mut HashMap<String, TensorData>)) -> (tempfile::TempDir, String) {
    let source = golden("encoders/bert");
    let folder = tempfile::tempdir().unwrap();
    fs::copy(source.join("config.json"), folder.path().join("config.json")).unwrap();
    let bytes = fs::read(source.join("model.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors: HashMap<String, TensorData> = file
        .tensors()
        .into_iter()
        .map(|(name, view)| {
            let floats = view.data().as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
            (name, TensorData::new(floats.collect::<Vec<f32>>(), view.shape().to_vec()))
        })
        .collect();
    change(&mut tensors);
    write(&folder.path().join("model.safetensors"), &tensors);
    let error = match Encoder::load(folder.path(), &support::device()) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    (folder, error)
}

fn write(path: &Path, tensors: &HashMap<String, TensorData>) {
    let views = tensors.iter().map(|(name, data)| {
        let dtype = match data.dtype() {
            burn::tensor::DType::F32 => Dtype::F32,
            burn::tensor::DType::F16 => Dtype::F16,
            burn::tensor::DType::BF16 => Dtype::BF16,
            other => panic!("{other:?}"),
        };
        let shape = data.shape().iter().copied().collect();
        (name.clone(), TensorView::new(dtype, shape, data.bytes()).unwrap())
    });
    serialize_to_file(views, None, path).unwrap();
}

const QUERY: &str = "encoder.layer.1.attention.self.query.weight";

#[test]
fn a_missing_tensor_is_named() {
    let (folder, error) = changed(|tensors| {
        tensors.remove(QUERY).unwrap();
        tensors.remove("embeddings.LayerNorm.bias").unwrap();
    });
    assert!(error.starts_with(&folder.path().display().to_string()), "{error}");
    assert!(error.contains("lacks 2 tensors"), "{error}");
    assert!(error.contains(QUERY) && error.contains("embeddings.LayerNorm.bias"), "{error}");
}

#[test]
fn a_tensor_of_another_shape_is_named_with_both_shapes() {
    for shape in [vec![24, 96], vec![48 * 48]] {
        let count = shape.iter().product();
        let (_, error) = changed(|tensors| {
            tensors.insert(QUERY.into(), TensorData::new(vec![0.0f32; count], shape.clone()));
        });
        assert!(error.contains(QUERY) && error.contains(&format!("{shape:?}")), "{error}");
    }
}

#[test]
fn a_value_that_is_not_a_number_is_refused() {
    let (_, error) = changed(|tensors| {
        let name = "encoder.layer.0.output.LayerNorm.weight";
        let mut values = tensors[name].clone().try_into_vec::<f32>().unwrap();
        values[3] = f32::NAN;
        tensors.insert(name.into(), TensorData::new(values, tensors[name].shape().clone()));
    });
    assert!(error.contains("tensor encoder.layer.0.output.LayerNorm.weight holds NaN"), "{error}");
}

#[test]
fn weights_of_another_architecture_are_refused() {
    let (_, error) = changed(|tensors| {
        *tensors = tensors.drain().map(|(name, data)| (format!("luke.{name}"), data)).collect();
    });
    assert!(error.contains("no tensor of the encoder") && error.contains("luke."), "{error}");
}

#[test]
fn half_precision_is_read_as_single() {
    use burn::tensor::DType;
    for dtype in [DType::F16, DType::BF16] {
        let (folder, error) = changed(|tensors| {
            tensors.values_mut().for_each(|data| *data = data.clone().convert_dtype(dtype));
        });
        assert_eq!(error, "");
        let (encoder, _) = Encoder::load(folder.path(), &support::device()).unwrap();
        let hidden = run(&encoder, &[sequence(9, 1)], Dropout::OFF).hidden;
        assert_eq!(hidden.dtype(), DType::F32);
        assert!(values(hidden).iter().all(|value| value.is_finite()));
    }
}

#[test]
fn a_checkpoint_in_several_files_is_one() {
    let source = golden("encoders/bert");
    let (folder, _) = changed(|_| {});
    let whole = folder.path().join("model.safetensors");
    let bytes = fs::read(&whole).unwrap();
    fs::remove_file(&whole).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut map = serde_json::Map::new();
    for (part, in_part) in [("model-00001.safetensors", true), ("model-00002.safetensors", false)] {
        let tensors = file.tensors().into_iter().filter(|(n, _)| n.contains("layer.0") == in_part);
        let tensors: Vec<_> = tensors.collect();
        map.extend(tensors.iter().map(|(name, _)| (name.clone(), part.into())));
        serialize_to_file(tensors, None, &folder.path().join(part)).unwrap();
    }
    let index = serde_json::json!({ "metadata": {}, "weight_map": map });
    let path = folder.path().join("model.safetensors.index.json");
    fs::write(&path, index.to_string()).unwrap();
    let (shards, _) = Encoder::load(folder.path(), &support::device()).unwrap();
    let (one, _) = Encoder::load(&source, &support::device()).unwrap();
    let hidden = |encoder: &Encoder| values(run(encoder, &[sequence(9, 1)], Dropout::OFF).hidden);
    assert_eq!(hidden(&shards), hidden(&one));
    fs::remove_file(folder.path().join("model-00002.safetensors")).unwrap();
    let error = Encoder::load(folder.path(), &support::device()).unwrap_err().to_string();
    assert!(error.contains("model-00002.safetensors"), "{error}");
}

#[test]
fn files_cut_short_are_refused() {
    for source in folders() {
        let config = EncoderConfig::from_folder(&source).unwrap();
        for file in weight_files(&source) {
            let bytes = fs::read(&file).unwrap();
            for length in [0, 5, bytes.len() / 2, bytes.len() - 1] {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join(file.file_name().unwrap());
                fs::write(&path, &bytes[..length]).unwrap();
                let error = Encoder::load_file(&path, &config, &support::device()).unwrap_err();
                assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
            }
        }
    }
}

#[test]
fn a_folder_without_weights_says_what_it_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let error = Encoder::load(folder.path(), &support::device()).unwrap_err().to_string();
    assert!(error.contains("config.json"), "{error}");
    let bert = golden("encoders/bert");
    fs::copy(bert.join("config.json"), folder.path().join("config.json")).unwrap();
    let error = Encoder::load(folder.path(), &support::device()).unwrap_err().to_string();
    assert!(error.contains("model.safetensors") && error.contains("pytorch_model.bin"), "{error}");
}
