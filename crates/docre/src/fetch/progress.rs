//! Telling how a search goes.

/// Is told how the search for an encoder or a data set goes. `()` ignores it.
pub trait DownloadProgress {
    /// A place on the network is asked.
    fn looking(&mut self, _place: &str) {}

    /// A file of `bytes` bytes begins to come.
    fn file(&mut self, _name: &str, _bytes: u64) {}

    /// `bytes` more bytes of the file have come.
    fn advanced(&mut self, _bytes: u64) {}
}

impl DownloadProgress for () {}
