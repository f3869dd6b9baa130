//! What long work tells of itself while it goes, how it is asked to stop, and where it stands
//! then. The library never prints: whoever calls it listens.

mod event;
mod memory;
mod observer;
mod outcome;
mod part;

pub use event::{Event, Progress};
pub(crate) use memory::peak_megabytes;
pub use observer::{Observer, Silent};
pub use outcome::{Outcome, Stopped};
pub use part::{NameOrNumber, Part, PartName};
