//! The pretrained encoders that several runs begin with.

use std::{collections::HashMap, path::PathBuf};

use super::Find;
use crate::{Result, recipe::Recipe};

/// Their folders, by the name that recipes give them.
pub(crate) struct Encoders(HashMap<String, PathBuf>);

impl Encoders {
    /// Finds each once: one that can't be had shouldn't be missed only when a later run wants it.
    pub fn find<'a>(
        recipes: impl IntoIterator<Item = &'a Recipe>,
        find: &mut Find,
    ) -> Result<Self> {
        let mut folders = HashMap::new();
        for recipe in recipes.into_iter().filter(|recipe| recipe.start.is_none()) {
            if !folders.contains_key(&recipe.encoder.from) {
                folders.insert(recipe.encoder.from.clone(), find(recipe)?);
            }
        }
        Ok(Self(folders))
    }

    /// The folder of a recipe's encoder, which was found.
    pub fn of(&self, recipe: &Recipe) -> PathBuf {
        self.0[&recipe.encoder.from].clone()
    }
}
