//! Pretrained weights from safetensors and PyTorch files.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use burn::{
    store::{
        FloatCastAdapter, ModuleAdapter, ModuleSnapshot, ModuleStore, PyTorchToBurnAdapter,
        PytorchStore, SafetensorsStore, bridge, burn_pack::Tensor as StoredTensor,
    },
    tensor::{DType, Device},
};
use serde::Deserialize;

use super::{
    Encoder, EncoderConfig,
    interleaved::apart,
    names::{bare_name, bare_of_path, parameters},
};
use crate::{Error, Result, inputs};

impl Encoder {
    /// Loads the encoder of a folder in Hugging Face's layout: `config.json`
    /// and `model.safetensors`, its shards, or `pytorch_model.bin`. Half
    /// precision becomes `f32`.
    ///
    /// Everything is checked: a tensor that is missing, has another shape or
    /// holds a value that isn't finite is an error with its name.
    pub fn load(folder: impl AsRef<Path>, device: &Device) -> Result<(Self, EncoderConfig)> {
        let folder = folder.as_ref();
        let config = EncoderConfig::from_folder(folder)?;
        let encoder = Self::load_file(weights_file(folder)?, &config, device)?;
        Ok((encoder, config))
    }

    /// Loads weights from one file: `*.safetensors`, PyTorch's `*.bin`, or the
    /// `*.index.json` of a checkpoint in several files.
    pub fn load_file(
        path: impl AsRef<Path>,
        config: &EncoderConfig,
        device: &Device,
    ) -> Result<Self> {
        let path = path.as_ref();
        let tensors = open(path, config)?;
        let mut encoder = Self::zeroed(config, device);
        let adapter = PyTorchToBurnAdapter.chain(FloatCastAdapter::to(DType::F32));
        let result = encoder.apply(tensors, None, Some(Box::new(adapter)), false);
        if let Some(error) = result.errors.first() {
            return Err(Error::file(path, error.to_string()));
        }
        assert!(result.missing.is_empty(), "every parameter was checked to be there: {result}");
        encoder.check_finite(path, config)?;
        Ok(encoder)
    }

    fn check_finite(&self, path: &Path, config: &EncoderConfig) -> Result<()> {
        match first_not_finite(self) {
            None => Ok(()),
            Some((name, value)) => {
                let name = bare_of_path(&name, config);
                Err(Error::file(path, format!("tensor {name} holds {value}; get it again")))
            }
        }
    }
}

/// The path and the value of a parameter of a module that isn't finite.
pub(crate) fn first_not_finite(module: &impl ModuleSnapshot) -> Option<(String, f32)> {
    module.collect(None, None, false).into_iter().find_map(|tensor| {
        let name = tensor.name.clone();
        let data = bridge::into_data(tensor).expect("a module's own tensors can be read");
        let values = data.as_slice::<f32>().expect("parameters are f32");
        let value = values.iter().find(|value| !value.is_finite())?;
        Some((name, *value))
    })
}

/// The file that holds the weights of a folder, the best format first.
pub(super) fn weights_file(folder: &Path) -> Result<PathBuf> {
    let names = WEIGHTS.map(|name| folder.join(name));
    names.into_iter().find(|path| path.exists()).ok_or_else(|| {
        let other = OTHER_WEIGHTS.into_iter().find(|name| folder.join(name).exists());
        let other = other.map_or(String::new(), |name| {
            format!(
                "; {name} is of another library: in Python, transformers' \
                 AutoModel.from_pretrained(folder, from_tf=True) (or from_flax) with \
                 save_pretrained(folder) writes model.safetensors"
            )
        });
        let problem = format!("has no weights: none of {} is there{other}", WEIGHTS.join(", "));
        Error::file(folder, problem)
    })
}

/// Weights that can't be read.
const OTHER_WEIGHTS: [&str; 5] = [
    "tf_model.h5",
    "flax_model.msgpack",
    "model.ckpt.index",
    "bert_model.ckpt.index",
    "biobert_model.ckpt.index",
];

/// The names that weights go by.
pub(super) const WEIGHTS: [&str; 4] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
];

/// The tensors of an encoder, under the paths of our module and not yet read:
/// only names, shapes and the file's length have been checked.
pub(super) fn open(path: &Path, config: &EncoderConfig) -> Result<Vec<StoredTensor>> {
    let stored = read_headers(path)?;
    let example = stored.iter().map(|tensor| tensor.name.clone()).next();
    let mut by_name: BTreeMap<String, StoredTensor> =
        stored.into_iter().filter_map(|tensor| Some((bare_name(&tensor.name)?, tensor))).collect();
    let mut missing = Vec::new();
    let mut found = Vec::new();
    for parameter in parameters(config) {
        let Some(tensor) = by_name.remove(&parameter.name) else {
            missing.push(parameter.name);
            continue;
        };
        let shape: Vec<usize> = tensor.shape.iter().copied().collect();
        let problem = if shape != parameter.shape {
            format!("has the shape {shape:?}, but config.json asks for {:?}", parameter.shape)
        } else if !tensor.dtype.is_float() {
            format!("holds {:?}, not floats", tensor.dtype)
        } else {
            found.extend(apart(tensor, parameter.paths, parameter.blocks));
            continue;
        };
        return Err(Error::file(path, format!("tensor {} {problem}", parameter.name)));
    }
    if missing.is_empty() {
        return Ok(found);
    }
    Err(Error::file(path, describe_missing(&missing, found.is_empty(), example)))
}

fn describe_missing(missing: &[String], all: bool, example: Option<String>) -> String {
    if all {
        let example = example.map_or(String::new(), |name| format!(" (one is called {name})"));
        return format!("holds no tensor of the encoder that config.json describes{example}");
    }
    let shown = missing.iter().take(8).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = match missing.len() {
        0..=8 => String::new(),
        count => format!(" and {} more", count - 8),
    };
    format!("lacks {} tensors of the encoder: {shown}{more}", missing.len())
}

/// The names of the tensors in a folder's weights.
pub(super) fn names(folder: &Path) -> Result<Vec<String>> {
    let tensors = read_headers(&weights_file(folder)?)?;
    Ok(tensors.iter().map(|tensor| tensor.name.clone()).collect())
}

/// The tensors of a file of weights, not yet read.
pub(crate) fn read_headers(path: &Path) -> Result<Vec<StoredTensor>> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    match extension {
        "json" => read_shards(path),
        "safetensors" => headers_of(&mut SafetensorsStore::from_file(path), path),
        // Layers are looked up by number; the store isn't to renumber them.
        _ => headers_of(&mut PytorchStore::from_file(path).map_indices_contiguous(false), path),
    }
}

fn headers_of(store: &mut impl ModuleStore, path: &Path) -> Result<Vec<StoredTensor>> {
    inputs::check_file(path)?;
    match store.get_all_tensors() {
        Ok(tensors) => Ok(tensors.values().cloned().collect()),
        Err(e) => Err(Error::file(
            path,
            format!("can't be read as weights, it may be cut short ({e}); get it again"),
        )),
    }
}

/// The index of a checkpoint in several files.
#[derive(Deserialize)]
struct Index {
    /// Tensor name to file name.
    weight_map: BTreeMap<String, String>,
}

/// The files that an index names.
pub(super) fn shards(index: &Path) -> Result<BTreeSet<String>> {
    let text = inputs::read_settings(index)?;
    let parsed: Index =
        serde_json::from_str(&text).map_err(|e| Error::file(index, e.to_string()))?;
    Ok(parsed.weight_map.into_values().collect())
}

fn read_shards(index: &Path) -> Result<Vec<StoredTensor>> {
    let folder = index.parent().unwrap_or(Path::new("."));
    let mut tensors = Vec::new();
    for name in shards(index)? {
        if name.ends_with(".json") {
            return Err(Error::file(index, format!("names {name} as a file of weights")));
        }
        tensors.extend(read_headers(&folder.join(name))?);
    }
    Ok(tensors)
}
