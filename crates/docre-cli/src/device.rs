//! Where tensors live. One place to choose it.

use docre::Device;

/// The device that models are applied on.
pub fn inference() -> Device {
    Device::flex()
}

/// The device that models are trained on.
pub fn training() -> Device {
    inference().autodiff()
}
