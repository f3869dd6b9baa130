//! The docre command line.
fn main() {}
