//! `docre serve` and `docre mcp`, as clients meet them: the real program, over real connections.
#![cfg(all(feature = "serve", feature = "small", unix))]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod broken;
mod client;
mod examples;
mod keys;
mod limits;
mod load;
mod mcp;
mod random;
mod server;
mod slow;
