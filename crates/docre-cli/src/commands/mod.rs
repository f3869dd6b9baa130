//! One file a command: its options, and what it does with them.

pub mod analyze;
pub mod audit;
pub mod bench;
mod bench_read;
pub mod compare;
pub mod convert;
pub mod evaluate;
pub mod extract;
pub mod graph;
#[cfg(feature = "serve")]
pub mod mcp;
pub mod predict;
pub mod pull;
pub mod quickstart;
pub mod recipes;
#[cfg(feature = "serve")]
pub mod serve;
pub mod shrink;
pub mod stats;
pub mod train;
pub mod tune;
