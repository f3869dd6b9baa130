//! Weights in eight bits, as a model's file holds them.
//!
//! A large matrix `NAME` is a tensor of signed bytes, and `NAME_scale` has a scale for each of its
//! rows: for each output of a linear map, for each entry of a table. All other tensors are 32-bit
//! floats.

use std::{borrow::Cow, collections::BTreeMap, fs, path::Path};

use burn::{
    store::{bridge, burn_pack::Tensor as StoredTensor},
    tensor::{DType, TensorData},
};
use docre_kernels::Int8Matrix;
use safetensors::{Dtype, View};

use crate::{Error, Result};

/// The fewest values of a matrix that is kept in eight bits.
const SMALLEST: usize = 1 << 12;

/// What the name of a tensor's scales has behind that of the tensor.
const SCALE: &str = "_scale";

/// The tensors of a file with those in eight bits as 32-bit floats, which are made when they are
/// read.
pub(super) fn restored(
    tensors: &BTreeMap<String, StoredTensor>,
) -> Result<Vec<StoredTensor>, String> {
    let is_int8 = |tensor: &StoredTensor| tensor.dtype == DType::I8;
    let is_scale = |name: &str| {
        let of = name.strip_suffix(SCALE).and_then(|name| tensors.get(name));
        of.is_some_and(is_int8)
    };
    let floats = tensors.iter().filter(|(name, _)| !is_scale(name));
    floats
        .map(|(name, tensor)| match is_int8(tensor) {
            true => as_floats(tensor, tensors.get(&format!("{name}{SCALE}"))),
            false => Ok(tensor.clone()),
        })
        .collect()
}

fn as_floats(tensor: &StoredTensor, scale: Option<&StoredTensor>) -> Result<StoredTensor, String> {
    let name = &tensor.name;
    let shape: Vec<usize> = tensor.shape.iter().copied().collect();
    let [rows, columns] = shape[..] else {
        return Err(format!("tensor {name} holds bytes, but its shape {shape:?} is no matrix's"));
    };
    let scale = scale.ok_or_else(|| {
        format!("tensor {name} holds bytes, but their scales, {name}{SCALE}, are missing")
    })?;
    let found: Vec<usize> = scale.shape.iter().copied().collect();
    if scale.dtype != DType::F32 || found != [rows] {
        return Err(format!(
            "tensor {name}{SCALE} is {:?} of the shape {found:?}, but must be F32 of the shape \
             [{rows}], a scale for each row of {name}",
            scale.dtype
        ));
    }
    let data = bridge::to_data(scale).map_err(|e| e.to_string())?;
    let scales = data.as_slice::<f32>().expect("it is F32").to_vec();
    if let Some(wrong) = scales.iter().find(|scale| !scale.is_finite() || **scale < 0.0) {
        return Err(format!("tensor {name}{SCALE} holds {wrong}; the model can't be used"));
    }
    let tensor = tensor.clone();
    let dims = tensor.shape.clone();
    Ok(bridge::deferred(tensor.name.clone(), DType::F32, dims.clone(), None, move || {
        let data = bridge::to_data(&tensor)?;
        let bytes = data.as_slice::<i8>().expect("it is I8").to_vec();
        let matrix = Int8Matrix::new(bytes, scales.clone(), columns);
        let values = matrix.expect("scales were checked").dequantise();
        Ok(TensorData::new(values, dims.clone()))
    }))
}

/// Writes tensors, the large matrices in eight bits.
pub(super) fn write(path: &Path, tensors: Vec<StoredTensor>) -> Result<()> {
    let broken = |e: &dyn std::fmt::Display| Error::file(path, format!("cannot be written: {e}"));
    let mut parts = Vec::new();
    for tensor in tensors {
        let (name, shape) = (tensor.name.clone(), tensor.shape.iter().copied().collect::<Vec<_>>());
        let data = bridge::into_data(tensor).map_err(|e| broken(&e))?;
        match shape[..] {
            [rows, columns] if rows * columns >= SMALLEST && data.dtype() == DType::F32 => {
                let values = data.as_slice::<f32>().expect("it is F32");
                let matrix = Int8Matrix::quantise(values, rows, columns);
                let bytes = matrix.values().iter().map(|byte| byte.cast_unsigned()).collect();
                let scales = matrix.scales().iter().flat_map(|scale| scale.to_le_bytes()).collect();
                parts.push((name.clone(), Part { dtype: Dtype::I8, shape, bytes }));
                let scales = Part { dtype: Dtype::F32, shape: vec![rows], bytes: scales };
                parts.push((format!("{name}{SCALE}"), scales));
            }
            _ => {
                let values =
                    data.as_slice::<f32>().map_err(|e| broken(&format!("{name}: {e:?}")))?;
                let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                parts.push((name, Part { dtype: Dtype::F32, shape, bytes }));
            }
        }
    }
    // One entry: several would stand in another order each time.
    let metadata = [("format".to_owned(), "pt".to_owned())].into();
    // Not the crate's own way to a file: it makes one that only its owner can read.
    let bytes = safetensors::serialize(parts, Some(metadata)).map_err(|e| broken(&e))?;
    fs::write(path, bytes).map_err(Error::io(path, "write"))
}

/// A tensor to write.
struct Part {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for Part {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        (&self.bytes).into()
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}
