//! Which mentions name the same thing.

mod cluster;

pub use cluster::{Linkage, Merge, cluster};
