//! The encoders against the reference's numbers, and what must hold of any encoder.

#![cfg(feature = "model")]

mod eight_bits;
mod gradients;
mod passes;
#[path = "../support/mod.rs"]
mod support;
mod weights;

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

fn sequence(length: usize, seed: usize) -> Vec<u32> {
    (0..length).map(|i| ((i * 7 + seed * 13 + i * i) % 50) as u32).collect()
}

fn run(encoder: &Encoder, sequences: &[Vec<u32>], dropout: Dropout) -> Tokens {
    encoder.forward(Packed::new(sequences).input(), dropout)
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
