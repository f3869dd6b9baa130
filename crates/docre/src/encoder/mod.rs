//! The pretrained text encoder: token ids in, one vector a token and the last
//! layer's attention out.
//!
//! [`Encoder`] is BERT, RoBERTa (and XLM-RoBERTa) or DeBERTa (v1 to v3) on packed tokens;
//! [`EncoderConfig`] its sizes; [`source`] finds encoders by name.

mod bert;
mod blank;
mod config;
mod deberta;
mod forward;
mod interleaved;
mod names;
mod pass;
mod random;
mod relative;
pub mod source;
mod weights;

pub use bert::Encoder;
pub use config::{EncoderConfig, ModelType};
pub use forward::{EncoderInput, Tokens};
pub use pass::Pass;
pub use relative::RelativeConfig;
pub(crate) use weights::first_not_finite;
