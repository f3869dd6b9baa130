//! Trains a model with the library alone and prints the facts of one document.
//!
//! ```text
//! cargo run --release -p docre --example train_and_extract -- recipes/quickstart.toml runs/example
//! ```

use std::path::Path;

use docre::{
    Result, corpus,
    encoder::source::Places,
    progress::{Event, Outcome, Progress},
    recipe::Recipe,
    train::{Encoders, Session, Start, train},
};

/// Prints a line every few steps and at each evaluation.
fn print(event: Event) {
    match event {
        Event::Step(Progress { step, total_steps, loss, documents_per_second, .. })
            if step.is_multiple_of(5) =>
        {
            println!(
                "step {step} of {total_steps}, loss {loss:.3}, {documents_per_second:.2} documents/s"
            );
        }
        Event::Scored { progress, scores, best, .. } => {
            let best = if best { ", the best so far" } else { "" };
            println!("epoch {:.1}: dev F1 {:.4}{best}", progress.epoch, scores.facts.f1());
        }
        _ => {}
    }
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(recipe), Some(run)) = (arguments.next(), arguments.next()) else {
        panic!("call it with a recipe and a folder for the run");
    };
    let overrides: Vec<String> = arguments.collect();
    let recipe = Recipe::read(&recipe, &overrides)?;
    let mut encoders = Encoders::new(Places::new(".encoders"), ());
    let mut session = Session { encoders: &mut encoders, observer: &mut print };
    let outcome = train(&recipe, Path::new(&run), Start::New, &mut session)?;
    let Outcome::Finished(trained) = outcome else { return Ok(()) };

    let extractor = recipe.compute()?.load(trained.model)?;
    let document = corpus::read_all(&recipe.data.train)?.remove(0);
    let (example, _) = extractor.prepare(&document)?;
    for fact in extractor.extract(&[&example])?.remove(0) {
        let name = |entity: usize| document.entities[entity].name();
        let relation = extractor.relations.name(&fact.relation);
        println!("{} -- {relation} -> {}", name(fact.head), name(fact.tail));
    }
    Ok(())
}
