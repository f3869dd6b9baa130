//! Trains a model with the library alone and prints the facts of one document.
//!
//! ```text
//! cargo run --release -p docre --example train_and_extract -- recipes/quickstart.toml runs/example
//! ```

use std::path::Path;

use docre::{
    Result, corpus,
    encoder::source::{self, Places},
    eval::Scores,
    model::Extractor,
    progress::{Observer, Progress},
    recipe::Recipe,
    train::{Outcome, Start, train},
};

/// Prints a line every few steps.
struct Lines;

impl Observer for Lines {
    fn progress(&mut self, progress: &Progress) {
        if progress.step.is_multiple_of(5) {
            println!(
                "step {} of {}, loss {:.3}, {:.2} documents/s",
                progress.step, progress.total_steps, progress.loss, progress.documents_per_second
            );
        }
    }

    fn evaluated(&mut self, progress: &Progress, scores: &Scores, best: bool) {
        let best = if best { ", the best so far" } else { "" };
        println!("epoch {:.1}: dev F1 {:.4}{best}", progress.epoch, scores.facts.f1());
    }
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(recipe), Some(run)) = (arguments.next(), arguments.next()) else {
        panic!("call it with a recipe and a folder for the run");
    };
    let overrides: Vec<String> = arguments.collect();
    let recipe = Recipe::read(&recipe, &overrides)?;
    let encoder = source::find(&recipe.encoder.from, &Places::new(".encoders"), &mut ())?;
    let run = Path::new(&run);
    let outcome = train(&recipe, &encoder.folder, run, Start::New, &mut Lines)?;
    let Outcome::Finished { model, .. } = outcome else { return Ok(()) };

    let extractor = Extractor::load(model, &recipe.device.open()?)?;
    let document = corpus::read_all(&recipe.data.train)?.remove(0);
    let (example, _) = extractor.prepare(&document)?;
    for fact in extractor.extract(&[&example])?.remove(0) {
        let name = |entity: usize| document.entities[entity].name();
        let relation = extractor.relations.name(&fact.relation);
        println!("{} -- {relation} -> {}", name(fact.head), name(fact.tail));
    }
    Ok(())
}
