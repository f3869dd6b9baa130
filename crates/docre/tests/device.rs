//! What is compared on another device, in one program, for a machine that can't build it
//! (`bench/gpu.sh`). Where docre is built, the parts are tests of their own.

#![cfg(feature = "model")]

#[path = "../../docre-kernels/tests/against_reference/main.rs"]
mod against_reference;
#[path = "golden_encoders/main.rs"]
mod golden_encoders;
#[path = "golden_loss/main.rs"]
mod golden_loss;
#[path = "golden_tables/main.rs"]
mod golden_tables;
