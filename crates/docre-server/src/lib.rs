//! Document-level relation extraction as a service: what `docre::Extractor` finds, over HTTP, with a
//! page, and for agents.
//!
//! A request goes one way:
//!
//! ```text
//! connection -> body -> request -> documents -> queue -> model -> answer
//! listen        body    request    documents    batching          answer, forms
//! ```
//!
//! The documents of all requests wait in one bounded queue, and threads of their own take from it
//! what goes through a model together. An answer is the same as of a document alone.
//!
//! ```no_run
//! use docre::{DeviceName, Precision, model::Compute};
//! use docre_server::{Limits, ModelSource, Service, Settings, bind, serve};
//!
//! # async fn run() -> docre::Result<()> {
//! let service = Service::start(Settings {
//!     models: vec![ModelSource::default()],
//!     compute: Compute { device: DeviceName::default().open()?, precision: Precision::F32 },
//!     limits: Limits::default(),
//!     key: None,
//!     origins: Vec::new(),
//!     log_texts: false,
//! })?;
//! serve(bind("127.0.0.1:8642").await?, service, std::future::pending()).await;
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod answer;
mod batching;
mod body;
mod documents;
mod errors;
mod forms;
mod key;
mod limits;
mod listen;
mod mcp;
mod metrics;
mod models;
mod request;
mod routes;
mod service;

pub use key::ApiKey;
pub use limits::Limits;
pub use listen::{bind, serve};
pub use mcp::serve_standard_input;
pub use models::ModelSource;
pub use service::{Service, Settings};
