//! Documents of all requests on their way through the models: a bounded queue, and threads that take
//! from it what goes through a model together.

mod engine;
mod queue;
mod worker;

pub use engine::{Engine, Pending};
