//! The hot parts of document-level relation extraction, fused for the CPU.
//!
//! Each operation is one function on Burn tensors. On the Flex (CPU) backend it
//! runs a hand-written, multi-threaded and vectorised kernel with its own
//! backward pass; on every other device it runs the form in [`mod@reference`],
//! which composes Burn's own operations and is what the kernels are tested
//! against. Callers don't know which one runs.
//!
//! Unsafe code of the library lives in this crate: CPU instructions, and slices that several threads
//! write to. Products in eight bits have no form in [`mod@reference`]; theirs is the
//! fall-back in plain Rust, whose bits they have.
//!
//! Tokens are *packed*: the sequences of a batch lie one behind another without
//! padding, and [`Segments`] says where each begins.

mod adamw;
mod attention;
mod batch_norm;
mod bf16;
mod bilinear;
mod block_attention;
mod bridge;
mod buffer;
mod contrast;
mod convolution;
mod disentangled;
mod disentangled_parts;
mod disentangled_rows;
mod dropout;
mod gate;
mod gather;
mod int8;
mod layer_norm;
mod linear;
mod math;
mod matmul;
mod pair_context;
mod pair_feature;
mod pool;
mod pool_thread;
mod precision;
mod rate;
pub mod reference;
mod relative;
mod rotary;
mod scope;
mod segments;
mod self_attention;

pub use adamw::{
    AdamWState, AdamWStep, CorrectedStep, adamw, adamw_without_gradient, sum_of_squares,
};
pub use attention::{attend, attend_at, attend_rows, attention, attention_at, attention_rows};
pub use batch_norm::{Moments, batch_norm_relu, column_moments};
pub use bf16::{Unit, unit as bf16_unit};
pub use bilinear::grouped_bilinear;
pub use block_attention::{BlockAttention, Stretch};
pub use bridge::is_flex;
pub use contrast::{Contrast, contrast};
pub use convolution::{Neighbours, convolution};
pub use disentangled::disentangled_attention;
pub use disentangled_rows::disentangled_rows;
pub use dropout::{Dropout, dropout};
pub use gate::gated_gelu;
pub use gather::gather_rows;
pub use int8::{
    FeedForward, Int8Bilinear, Int8Linear, Int8Matrix, Int8Unit, NormAfter, attend_self_int8,
    feed_forward_int8, gather_int8, grouped_bilinear_int8, linear_int8, linear_norm_int8,
    unit as int8_unit,
};
pub use layer_norm::{add_layer_norm, layer_norm};
pub use linear::{Activation, linear};
pub use pair_context::pair_context;
pub use pair_feature::pair_feature;
pub use pool::{pool_logsumexp, pool_max, pool_mean, pool_weighted};
pub use pool_thread::on_pool;
pub use precision::Precision;
pub use rate::product_rate;
pub use relative::{Relative, RelativeRows};
pub use rotary::rotate;
pub use scope::{Attending, DistanceBias, DistanceRows, Scope};
pub use segments::{DocumentPairs, Groups, OrderedPair, Segments};
pub use self_attention::{attend_self, self_attention};
