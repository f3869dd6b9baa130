//! Spoils every file that docre reads, by a seed, and looks that nothing panics, aborts, hangs,
//! fills the memory, changes its input or leaves half of an output.
//!
//! `DOCRE_FUZZ_INPUTS` says how many inputs there are over all targets, `DOCRE_FUZZ_SEED` which
//! ones. What fails is kept in the folder that is printed. See CONTRIBUTING.md.
#![cfg(target_os = "linux")]

mod encoders;
mod faults;
mod limits;
mod mutate;
mod page;
mod program;
mod random;
#[path = "../support/mod.rs"]
mod support;
mod targets;
mod worker;

use std::{env, time::Duration};

use faults::Faults;
use support::Place;
use targets::{TARGETS, Target};

/// Inputs of a test run that says nothing else.
const INPUTS: u64 = 1500;

/// Of so many inputs one goes through the program, the others through the library.
const PROGRAM_SHARE: u64 = 20;

/// An input that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(10);

/// Which inputs are tried.
#[derive(Clone, Copy)]
struct Settings {
    inputs: u64,
    seed: u64,
}

impl Settings {
    fn read() -> Self {
        Self { inputs: number("DOCRE_FUZZ_INPUTS", INPUTS), seed: number("DOCRE_FUZZ_SEED", 1) }
    }

    /// The part of the inputs that is a target's.
    fn of(self, target: &Target) -> u64 {
        let all: u64 = TARGETS.iter().map(|target| target.weight).sum();
        (self.inputs * target.weight).div_ceil(all)
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    let text = env::var(name).ok();
    text.map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name}: {text}")))
}

#[test]
fn spoilt_files_are_refused_by_the_library() {
    let settings = Settings::read();
    let mut all = Faults::default();
    for target in TARGETS.iter().filter(|target| target.weight > 0) {
        all.extend(worker::try_all(target, settings));
    }
    all.check(settings.seed);
}

#[test]
fn spoilt_files_are_refused_by_the_program() {
    let settings = Settings::read();
    let mut all = Faults::default();
    for target in TARGETS {
        let count = settings.inputs / PROGRAM_SHARE / TARGETS.len() as u64;
        all.extend(program::try_all(target, settings.seed, count.max(2)));
    }
    all.check(settings.seed);
}

#[test]
fn texts_stay_texts_on_every_page() {
    page::check(&Settings::read());
}

/// What the tests above start anew, so that an abort ends it and not them.
#[test]
#[ignore = "started by the other tests"]
fn worker() {
    worker::work();
}

/// A folder with a trained model, and the files of a target.
fn prepared(target: &Target) -> Place {
    let place = Place::with_model();
    (target.prepare)(&place);
    place
}
