//! The pretrained text encoder: token ids in, one vector a token and the last
//! layer's attention out.
//!
//! [`Encoder`] is BERT or RoBERTa (and XLM-RoBERTa) on packed tokens;
//! [`EncoderConfig`] its sizes; [`source`] finds encoders by name.

mod bert;
mod config;
mod forward;
mod names;
mod pass;
mod random;
pub mod source;
mod weights;

pub use bert::Encoder;
pub use config::{EncoderConfig, ModelType};
pub use forward::{EncoderInput, Tokens};
pub use pass::Pass;
pub(crate) use weights::first_not_finite;
