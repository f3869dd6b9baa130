//! Training as a library. What a run leaves behind is tested through the program.
#![cfg(feature = "model")]

mod support;

use docre::{
    progress::Observer,
    recipe::Recipe,
    train::{Outcome, Start, train},
};
use support::{golden, project};

/// Wants to stop at once.
struct Hasty;

impl Observer for Hasty {
    fn should_stop(&self) -> bool {
        true
    }
}

#[test]
fn a_run_may_be_stopped_while_it_reads() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let train_file = project("data/re-docred/train.json");
    let text = format!(
        "name = \"hasty\"\n[data]\ntrain = {:?}\n[encoder]\nfrom = \"bert\"\n",
        train_file.display().to_string()
    );
    let recipe = Recipe::parse(&text, &[]).unwrap();
    let encoder = golden("encoders/bert");
    let outcome = train(&recipe, &encoder, &run, Start::New, &mut Hasty).unwrap();
    assert_eq!(outcome, Outcome::Stopped { step: 0 });
    assert!(!run.exists(), "nothing is written before all is read");
}
