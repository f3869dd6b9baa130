//! What long work takes along wherever it is done.

use std::{collections::HashMap, path::PathBuf};

use crate::{
    Result,
    encoder::source::{self, Places},
    fetch::DownloadProgress,
    model::model_folder,
    progress::Observer,
    recipe::Recipe,
};

/// What a run, a chain of runs, seeds, a comparison and an audit take along: where pretrained
/// encoders are, and who listens. Device and precision aren't part of it: a recipe says them, and
/// those of one comparison may differ.
pub struct Session<'a> {
    /// Where encoders are.
    pub encoders: &'a mut Encoders,
    /// Who listens, and may ask to stop.
    pub observer: &'a mut dyn Observer,
}

impl Session<'_> {
    /// The folder that a recipe's run begins with: its encoder, or the model that it starts from.
    pub(crate) fn first_model(&mut self, recipe: &Recipe) -> Result<PathBuf> {
        match &recipe.start {
            Some(model) => model_folder(model),
            None => self.encoders.find(&recipe.encoder.from),
        }
    }

    /// Tells the observer something that is worth a line.
    pub(crate) fn note(&mut self, line: &str) {
        self.observer.note(line);
    }
}

/// Finds pretrained encoders by the names that recipes give them, each once.
pub struct Encoders {
    places: Places,
    progress: Box<dyn DownloadProgress>,
    /// The folders of those that were found, by name.
    found: HashMap<String, PathBuf>,
}

impl Encoders {
    /// Looks in these places, and tells `progress` how the search goes; `()` ignores it.
    pub fn new(places: Places, progress: impl DownloadProgress + 'static) -> Self {
        Self { places, progress: Box::new(progress), found: HashMap::new() }
    }

    /// The folder of an encoder.
    pub fn find(&mut self, name: &str) -> Result<PathBuf> {
        if let Some(folder) = self.found.get(name) {
            return Ok(folder.clone());
        }
        let folder = source::find(name, &self.places, &mut *self.progress)?.folder;
        self.found.insert(name.to_owned(), folder.clone());
        Ok(folder)
    }
}
