//! What the golden tests share: where the golden values are, and how close is equal.
#![allow(dead_code)] // each test binary uses its own part

mod documents;
#[cfg(feature = "model")]
mod minilm;
#[cfg(feature = "model")]
pub mod named_weights;
pub mod random_documents;

use std::path::{Path, PathBuf};

#[allow(unused_imports)]
pub use documents::{document, predicted};
#[cfg(feature = "model")]
#[allow(unused_imports)]
pub use minilm::minilm;

/// Where the golden values are compared: on the device that `DOCRE_TEST_DEVICE` names, else
/// on the CPU.
#[cfg(feature = "model")]
pub fn device() -> docre::Device {
    let name = std::env::var("DOCRE_TEST_DEVICE").unwrap_or_else(|_| "cpu".into());
    let name: docre::device::DeviceName = name.parse().unwrap_or_else(|e| panic!("{e}"));
    name.open().unwrap_or_else(|e| panic!("{e}"))
}

/// The folder `name` of the project.
pub fn project(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
}

/// A golden file: from the folder that `DOCRE_GOLDEN` names where it has one, else the project's copy.
pub fn golden(name: &str) -> PathBuf {
    let given = std::env::var_os("DOCRE_GOLDEN").map(|folder| PathBuf::from(folder).join(name));
    given.filter(|path| path.exists()).unwrap_or_else(|| project("golden").join(name))
}

/// A golden JSON file.
pub fn golden_json(name: &str) -> serde_json::Value {
    let path = golden(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The values of an F32 or F16 tensor.
#[cfg(feature = "model")]
pub fn f32s(view: &safetensors::tensor::TensorView) -> Vec<f32> {
    match view.dtype() {
        safetensors::Dtype::F32 => {
            view.data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
        }
        safetensors::Dtype::F16 => {
            view.data().chunks_exact(2).map(|b| from_half(b.try_into().unwrap())).collect()
        }
        safetensors::Dtype::U8 => view.data().iter().map(|b| f32::from(*b)).collect(),
        other => panic!("{other:?} isn't read here"),
    }
}

/// The values of an F64 tensor.
#[cfg(feature = "model")]
pub fn f64s(view: &safetensors::tensor::TensorView) -> Vec<f64> {
    assert_eq!(view.dtype(), safetensors::Dtype::F64);
    view.data().chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect()
}

/// A half precision number.
#[cfg(feature = "model")]
pub fn from_half(bytes: [u8; 2]) -> f32 {
    burn::tensor::f16::from_le_bytes(bytes).to_f32()
}

/// Fails unless `|got - want| <= atol + rtol |want|` for every value.
pub fn assert_close(what: &str, got: &[f32], want: &[f64], rtol: f64, atol: f64) {
    assert_eq!(got.len(), want.len(), "{what}: number of values");
    for (place, (got, want)) in got.iter().zip(want).enumerate() {
        let apart = (f64::from(*got) - want).abs();
        assert!(apart <= atol + rtol * want.abs(), "{what}[{place}]: {got}, expected {want}");
    }
}
