//! What long work tells of itself while it goes, and how it is asked to stop. The library never
//! prints: whoever calls it listens.

mod memory;
mod observer;
mod run;

pub(crate) use memory::peak_megabytes;
pub use observer::{Observer, Silent};
pub use run::{Progress, RunsProgress};
