//! All that a stopped run needs to go on as if it had never stopped.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use burn::{
    store::ModuleSnapshot,
    tensor::{Device, Tensor, TensorData},
};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};

use super::{Cost, optimizer::Moments};
use crate::{
    Error, Result, files, inputs,
    model::{Model, Weights, save_weights},
    recipe::Recipe,
};

/// Where a run stands. Together with the seed it decides all that is to come:
/// the documents of the next batch, its dropout masks, its learning rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    /// The resolved recipe, which must be that of the run that goes on.
    pub recipe: Recipe,
    /// The fingerprint of the documents, which must be there again when the run goes on.
    pub data: String,
    /// The optimizer steps taken.
    pub step: u64,
    /// The best dev F1 so far: of facts, or of the relations that are found in text alone where the
    /// model finds entities.
    pub best_f1: Option<f64>,
    /// The step of the best model.
    pub best_step: u64,
    /// What it has cost; missing where a docre that didn't measure it took part.
    #[serde(default)]
    pub cost: Option<Cost>,
}

/// A checkpoint's folder holds these.
const MODEL: &str = "model.safetensors";
const OPTIMIZER: &str = "optimizer.safetensors";
const STATE: &str = "state.json";

/// What its files of JSON should be.
const OF_RUN: &str = "a checkpoint of this docre";

/// The places of checkpoints in the run's folder. `checkpoint.json` names that of the newest
/// whole one; the next is written into the other, and nothing beside them is ever removed.
const FOLDER: &str = "checkpoint";
const PLACES: [&str; 2] = ["checkpoint/1", "checkpoint/2"];

/// The content of `checkpoint.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pointer {
    /// One of [`PLACES`].
    folder: String,
    /// The steps taken, for people.
    step: u64,
}

impl Pointer {
    fn read(run: &Path) -> Result<Self> {
        let found: Self = files::require_json(&pointer(run), OF_RUN)?;
        if !PLACES.contains(&found.folder.as_str()) {
            let problem = format!("names \"{}\", which is no checkpoint of a run", found.folder);
            return Err(Error::file(pointer(run), problem));
        }
        Ok(found)
    }
}

/// Writes a checkpoint beside the last one, makes it the newest, and removes the older one.
pub(super) fn save(
    run: &Path,
    state: &State,
    model: &Model,
    moments: &BTreeMap<String, Moments>,
) -> Result<()> {
    let last = if exists(run) { Some(Pointer::read(run)?.folder) } else { None };
    let free = PLACES.into_iter().find(|place| Some(*place) != last.as_deref());
    let place = free.expect("there are two places");
    let folder = run.join(place);
    remove_all(&folder)?;
    fs::create_dir_all(&folder).map_err(Error::io(&folder, "create"))?;
    save_weights(model, &folder.join(MODEL), Weights::F32)?;
    save_moments(&folder.join(OPTIMIZER), moments)?;
    files::write_json(folder.join(STATE), state)?;
    files::write_json(pointer(run), &Pointer { folder: place.into(), step: state.step })?;
    clear(run)
}

/// Removes what isn't the newest whole checkpoint: an older one, and what a kill has left.
pub(super) fn clear(run: &Path) -> Result<()> {
    let newest = if exists(run) { Some(Pointer::read(run)?.folder) } else { None };
    let others = PLACES.into_iter().filter(|place| Some(*place) != newest.as_deref());
    others.map(|place| run.join(place)).try_for_each(|folder| remove_all(&folder))
}

fn remove_all(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Error::io(folder, "remove")(error))
        }
        _ => Ok(()),
    }
}

/// Whether a run has a checkpoint.
pub(super) fn exists(run: &Path) -> bool {
    pointer(run).exists()
}

/// The newest checkpoint of a run.
#[derive(Debug)]
pub(super) struct Checkpoint {
    folder: PathBuf,
    /// Where the run stands.
    pub state: State,
}

impl Checkpoint {
    /// Opens the newest checkpoint and reads where the run stands.
    pub fn open(run: &Path) -> Result<Self> {
        if !exists(run) {
            return Err(Error::file(run, "has no checkpoint to resume from; begin a new run"));
        }
        let folder = run.join(Pointer::read(run)?.folder);
        let state = files::require_json(&folder.join(STATE), OF_RUN)?;
        Ok(Self { folder, state })
    }

    /// The file with the model's weights.
    pub fn weights(&self) -> PathBuf {
        self.folder.join(MODEL)
    }

    /// The optimizer's running means, which must be those of this model.
    pub fn moments(&self, model: &Model, device: &Device) -> Result<BTreeMap<String, Moments>> {
        let path = self.folder.join(OPTIMIZER);
        let moments = load_moments(&path, device)?;
        check_lengths(&path, &moments, model)?;
        Ok(moments)
    }
}

fn pointer(run: &Path) -> PathBuf {
    run.join("checkpoint.json")
}

/// Removes the checkpoint of a finished run that will never be resumed.
pub(crate) fn remove(run: &Path) {
    // What can't be removed only takes room.
    let _ = fs::remove_file(pointer(run));
    let _ = clear(run);
    let _ = fs::remove_dir(run.join(FOLDER));
}

fn save_moments(path: &Path, moments: &BTreeMap<String, Moments>) -> Result<()> {
    let mut values: Vec<(String, Vec<f32>)> = Vec::new();
    for (name, Moments { mean, mean_square }) in moments {
        values.push((format!("mean.{name}"), read_values(mean)));
        values.push((format!("mean_square.{name}"), read_values(mean_square)));
    }
    let views = values.iter().map(|(name, values)| {
        let bytes = bytes_of(values);
        let view = TensorView::new(Dtype::F32, vec![values.len()], bytes);
        (name, view.expect("as many bytes as values"))
    });
    let bytes = safetensors::serialize(views, None::<HashMap<String, String>>)
        .map_err(|e| Error::file(path, format!("cannot be written: {e}")))?;
    files::write_atomically(path, |file| file.write_all(&bytes))
}

fn read_values(tensor: &Tensor<1>) -> Vec<f32> {
    tensor.to_data().try_into_vec::<f32>().expect("running means are f32")
}

/// As the file format has them, which is little-endian, as are all machines that docre runs on.
fn bytes_of(values: &[f32]) -> &[u8] {
    bytemuck::cast_slice(values)
}

fn load_moments(path: &Path, device: &Device) -> Result<BTreeMap<String, Moments>> {
    inputs::check_file(path)?;
    let bytes = fs::read(path).map_err(Error::io(path, "read"))?;
    let broken = |e: &dyn std::fmt::Display| {
        Error::file(path, format!("is not a whole optimizer state: {e}"))
    };
    let tensors = SafeTensors::deserialize(&bytes).map_err(|e| broken(&e))?;
    let mut moments = BTreeMap::new();
    for name in tensors.names() {
        let Some(parameter) = name.strip_prefix("mean.") else { continue };
        let tensor = |name: &str| -> Result<Tensor<1>> {
            let view = tensors.tensor(name).map_err(|e| broken(&e))?;
            if view.dtype() != Dtype::F32 {
                return Err(broken(&format!("{name} is of {:?}", view.dtype())));
            }
            let values: Vec<f32> = view
                .data()
                .chunks_exact(4)
                .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
                .collect();
            let square = name.starts_with("mean_square.");
            let wrong = |value: &&f32| !value.is_finite() || square && **value < 0.0;
            if let Some(value) = values.iter().find(wrong) {
                let problem = format!(
                    "{name} holds {value}; go on from a copy of the run, or begin a new one"
                );
                return Err(Error::file(path, problem));
            }
            let count = values.len();
            Ok(Tensor::from_data(TensorData::new(values, [count]), device))
        };
        let mean_square = tensor(&format!("mean_square.{parameter}"))?;
        moments.insert(parameter.to_string(), Moments { mean: tensor(name)?, mean_square });
    }
    if moments.is_empty() {
        return Err(broken(&"it holds no running means"));
    }
    Ok(moments)
}

/// Refuses running means of parameters that the model hasn't, or has with another length.
fn check_lengths(path: &Path, moments: &BTreeMap<String, Moments>, model: &Model) -> Result<()> {
    let tensors = model.collect(None, None, false).into_iter();
    let lengths: HashMap<String, usize> =
        tensors.map(|tensor| (tensor.name.clone(), tensor.shape.iter().product())).collect();
    for (name, Moments { mean, mean_square }) in moments {
        let (found, of_squares) = (mean.dims()[0], mean_square.dims()[0]);
        let expected = lengths.get(name);
        if expected != Some(&found) || found != of_squares {
            let expected = expected.map_or(0, |length| *length);
            let problem = format!(
                "is of another model: {name} has {found} means and {of_squares} of squares, but \
                 {expected} weights in the checkpoint's {MODEL}"
            );
            return Err(Error::file(path, problem));
        }
    }
    Ok(())
}
