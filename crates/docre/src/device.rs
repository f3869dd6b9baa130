//! Where tensors live: the CPU, or a GPU that this docre was built for.

use std::{fmt, str::FromStr};

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// A device by its name: `cpu`, `cuda` or `wgpu`; `cuda:1` is the second of its kind.
///
/// ```
/// use docre::device::DeviceName;
///
/// let name: DeviceName = "cuda:1".parse().unwrap();
/// assert_eq!(name.to_string(), "cuda:1");
/// assert!(DeviceName::default().open().is_ok());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeviceName {
    kind: Kind,
    /// Which one of its kind; without it the one that the driver takes for the best.
    number: Option<usize>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Cpu,
    Cuda,
    Wgpu,
}

impl DeviceName {
    /// The device itself, without autodiff.
    pub fn open(self) -> Result<Device> {
        let opened = match self.kind {
            Kind::Cpu => Ok(Device::flex()),
            Kind::Cuda => cuda(self.number),
            Kind::Wgpu => wgpu(self.number),
        };
        opened.map_err(|problem| Error::setting("device", format!("is {self}, but {problem}")))
    }
}

#[cfg(feature = "cuda")]
fn cuda(number: Option<usize>) -> Result<Device, String> {
    let found = Device::enumerate(burn::tensor::DeviceType::Cuda).len();
    check(found, number, "NVIDIA GPU with its driver")?;
    Ok(Device::cuda(number.unwrap_or(0)))
}

#[cfg(not(feature = "cuda"))]
fn cuda(_number: Option<usize>) -> Result<Device, String> {
    Err(not_built("cuda"))
}

#[cfg(feature = "wgpu")]
fn wgpu(number: Option<usize>) -> Result<Device, String> {
    let found = Device::enumerate(burn::tensor::DeviceType::Wgpu);
    check(found.len(), number, "GPU with a driver for Vulkan, Metal or DirectX 12")?;
    Ok(match number {
        Some(number) => found[number].clone(),
        None => Device::wgpu(burn::tensor::DeviceKind::DefaultDevice),
    })
}

#[cfg(not(feature = "wgpu"))]
fn wgpu(_number: Option<usize>) -> Result<Device, String> {
    Err(not_built("wgpu"))
}

#[cfg(not(all(feature = "cuda", feature = "wgpu")))]
fn not_built(feature: &str) -> String {
    format!("this docre was built without it; build it with --features {feature}, or use cpu")
}

/// Refuses a number that no device of a kind has.
#[cfg(any(feature = "cuda", feature = "wgpu"))]
fn check(found: usize, number: Option<usize>, what: &str) -> Result<(), String> {
    match number {
        _ if found == 0 => Err(format!("there is no {what} here; use cpu")),
        Some(number) if number >= found => {
            Err(format!("there are {found} of that kind here, counted from 0"))
        }
        _ => Ok(()),
    }
}

impl FromStr for DeviceName {
    /// What is wrong with the name.
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let wrong = || format!("must be cpu, cuda or wgpu, or cuda:1 for the second, not {name:?}");
        let (kind, number) = match name.split_once(':') {
            None => (name, None),
            Some((kind, number)) => (kind, Some(number.parse().map_err(|_| wrong())?)),
        };
        let kind = match kind {
            "cpu" if number.is_none() => Kind::Cpu,
            "cuda" => Kind::Cuda,
            "wgpu" => Kind::Wgpu,
            _ => return Err(wrong()),
        };
        Ok(Self { kind, number })
    }
}

impl TryFrom<String> for DeviceName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        name.parse()
    }
}

impl From<DeviceName> for String {
    fn from(name: DeviceName) -> Self {
        name.to_string()
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Cpu => "cpu",
            Kind::Cuda => "cuda",
            Kind::Wgpu => "wgpu",
        };
        match self.number {
            None => f.write_str(kind),
            Some(number) => write!(f, "{kind}:{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written() {
        for name in ["cpu", "cuda", "cuda:0", "wgpu", "wgpu:12"] {
            assert_eq!(name.parse::<DeviceName>().unwrap().to_string(), name);
        }
        for name in ["", "gpu", "CPU", "cpu:0", "cuda:", "cuda:-1", "cuda:x", ":1", "cuda:1:1"] {
            let problem = name.parse::<DeviceName>().unwrap_err();
            assert!(problem.contains("cpu, cuda or wgpu"), "{problem}");
        }
    }

    #[cfg(not(any(feature = "cuda", feature = "wgpu")))]
    #[test]
    fn a_device_that_was_not_built_in_says_how_to_get_it() {
        for name in ["cuda", "wgpu"] {
            let error = name.parse::<DeviceName>().unwrap().open().unwrap_err().to_string();
            assert!(error.contains(&format!("--features {name}")), "{error}");
        }
    }
}
