//! Something long that is shown, and that Ctrl-C stops.

use std::path::PathBuf;

use docre::{Result, experiment::Find, recipe::Recipe};

use crate::{compute::note_fall_back, encoder::Search, interrupt::Interrupt, observer::Shown};

/// Does something long, which is given a way to find encoders and an observer.
pub fn watched<T>(
    search: &Search,
    work: impl FnOnce(&mut Find, &mut Shown) -> Result<T>,
) -> Result<T> {
    let mut shown = Shown::new(Some(Interrupt::listen()));
    let mut find = |recipe: &Recipe| encoder_of(recipe, search);
    let outcome = work(&mut find, &mut shown);
    shown.finish();
    outcome
}

/// The folder of a recipe's pretrained encoder.
pub fn encoder_of(recipe: &Recipe, search: &Search) -> Result<PathBuf> {
    note_fall_back(recipe.precision, &recipe.device.open()?);
    Ok(search.find(&recipe.encoder.from, None)?.folder)
}
