//! The pretrained text encoder: token ids in, one vector a token and the last
//! layer's attention out.
//!
//! [`Encoder`] is an encoder of one of the families of [`ModelType`] on packed tokens;
//! [`EncoderConfig`] its sizes; [`source`] finds encoders by name.

mod bert;
mod blank;
mod config;
mod deberta;
mod distance;
mod family;
mod forward;
mod global;
mod interleaved;
mod names;
mod pass;
mod random;
mod relative;
mod rotary;
pub mod source;
mod stored;
mod weights;

pub use bert::Encoder;
pub use config::{EncoderConfig, HiddenAct};
pub use family::ModelType;
pub use forward::{EncoderInput, Tokens};
pub use pass::Pass;
pub use relative::RelativeConfig;
pub use rotary::{LayerSight, RotaryConfig};
pub(crate) use weights::{first_not_finite, read_headers};
