//! Linear maps in eight bits, for inference.
//!
//! A weight matrix is rounded to signed bytes with one scale for each output (`matrix`) and packed
//! once into tiles (`packed`). What it's multiplied by is rounded at run time, with one scale for
//! each row (`rows`). A unit of the CPU sums products of bytes as 32-bit integers (`units`), which
//! is exact, so all units, and any number of threads, give the same bits. Scales, bias and
//! activation are applied while a block of sums is still in the first-level cache (`product`).

mod attention;
mod bilinear;
mod feed_forward;
mod linear;
mod matrix;
mod memory;
mod packed;
mod product;
mod rows;
mod table;
#[cfg(test)]
mod tests;
mod units;

pub use attention::attend_self_int8;
pub use bilinear::{Int8Bilinear, grouped_bilinear_int8};
pub use feed_forward::{FeedForward, NormAfter, feed_forward_int8, linear_norm_int8};
pub use linear::{Int8Linear, linear_int8};
pub use matrix::Int8Matrix;
pub(crate) use product::rate_of;
pub use table::gather_int8;
pub use units::{Int8Unit, unit};
