//! The tensors of a checkpoint, by the names that they have in the public code's model.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use burn::{
    store::{bridge, burn_pack::Tensor as StoredTensor},
    tensor::{DType, TensorData},
};

use super::layout::Source;
use crate::{Error, Result, encoder::read_headers};

/// What a model that was trained on several GPUs has before each name.
const OF_SEVERAL_GPUS: &str = "module.";

/// A file of tensors, of which only names and shapes are read.
pub(super) struct Checkpoint {
    path: PathBuf,
    tensors: BTreeMap<String, StoredTensor>,
}

/// The shapes of a checkpoint's tensors.
pub(super) struct Shapes<'a>(&'a BTreeMap<String, StoredTensor>);

impl Checkpoint {
    pub fn open(path: &Path) -> Result<Self> {
        let bare = |name: &str| name.strip_prefix(OF_SEVERAL_GPUS).unwrap_or(name).to_owned();
        let tensors = read_headers(path)?.into_iter();
        let tensors = tensors.map(|tensor| (bare(&tensor.name), tensor)).collect();
        Ok(Self { path: path.to_path_buf(), tensors })
    }

    pub fn shapes(&self) -> Shapes<'_> {
        Shapes(&self.tensors)
    }

    /// An error about the file.
    pub fn wrong(&self, problem: impl Into<String>) -> Error {
        Error::file(&self.path, problem)
    }

    /// The tensor of ours with this name and shape.
    pub fn tensor(&self, ours: &str, shape: &[usize], source: &Source) -> Result<StoredTensor> {
        let (theirs, data) = match source {
            Source::Zero => (ours, TensorData::zeros::<f32, _>(shape.to_vec())),
            Source::Same(name) => (&**name, self.data(name)?),
            Source::Point(name) => (&**name, point(self.data(name)?)),
            Source::Window(name) => (&**name, window(self.data(name)?)),
            Source::Half(name, which) => (&**name, half(self.data(name)?, *which)),
        };
        if data.shape().to_vec() != shape {
            let stored = self.tensors.get(theirs).map(|tensor| tensor.shape.to_vec());
            let problem = format!(
                "tensor {theirs} has the shape {:?}, which the encoder's configuration, the \
                 relations and the other tensors don't ask for",
                stored.unwrap_or_default()
            );
            return Err(self.wrong(problem));
        }
        Ok(bridge::from_data(data, ours.to_owned(), None))
    }

    fn data(&self, name: &str) -> Result<TensorData> {
        let tensor = self.tensors.get(name);
        let tensor = tensor.ok_or_else(|| self.wrong(format!("lacks the tensor {name}")))?;
        if !tensor.dtype.is_float() {
            return Err(self.wrong(format!("tensor {name} holds {:?}, not floats", tensor.dtype)));
        }
        let data = bridge::to_data(tensor);
        let data = data.map_err(|error| self.wrong(format!("tensor {name}: {error}")))?;
        Ok(data.convert_dtype(DType::F32))
    }
}

impl<'a> Shapes<'a> {
    pub fn names(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.0.keys().map(String::as_str)
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The shape of a tensor, if it is there and has so many dimensions, none of them empty.
    pub fn of<const D: usize>(&self, name: &str) -> Option<[usize; D]> {
        let shape: [usize; D] = self.0.get(name)?.shape.to_vec().try_into().ok()?;
        shape.iter().all(|size| *size > 0).then_some(shape)
    }
}

/// `[outputs, inputs, 1, 1]` to `[outputs, inputs]`; other shapes stay.
fn point(data: TensorData) -> TensorData {
    match data.shape().to_vec()[..] {
        [outputs, inputs, 1, 1] => TensorData::new(values(&data), [outputs, inputs]),
        _ => data,
    }
}

/// `[outputs, inputs, 3, 3]` to `[9 * inputs, outputs]`, the places of the window row by row, then
/// the inputs; other shapes stay.
fn window(data: TensorData) -> TensorData {
    let [outputs, inputs, 3, 3] = data.shape().to_vec()[..] else { return data };
    let from = values(&data);
    let places = (0..9).flat_map(|place| (0..inputs).map(move |input| (place, input)));
    let turned = places.flat_map(|(place, input)| {
        let from = &from;
        (0..outputs).map(move |output| from[(output * inputs + input) * 9 + place])
    });
    TensorData::new(turned.collect(), [9 * inputs, outputs])
}

/// `[2 * rows, columns]` to the first or the second half; other shapes stay.
fn half(data: TensorData, which: usize) -> TensorData {
    match data.shape().to_vec()[..] {
        [rows, columns] if rows.is_multiple_of(2) => {
            let size = rows / 2 * columns;
            let part = values(&data)[which * size..][..size].to_vec();
            TensorData::new(part, [rows / 2, columns])
        }
        _ => data,
    }
}

fn values(data: &TensorData) -> Vec<f32> {
    data.as_slice().expect("it is f32").to_vec()
}
