//! Shows how the search for an encoder goes.

use docre::fetch::DownloadProgress;
use indicatif::{ProgressBar, ProgressStyle};

use crate::messages::note;

/// Names each place that is asked, and shows a line for each file that comes.
pub struct Download {
    bar: ProgressBar,
}

impl Download {
    /// Nothing to show yet.
    pub fn new() -> Self {
        Self { bar: ProgressBar::hidden() }
    }
}

impl DownloadProgress for Download {
    fn looking(&mut self, place: &str) {
        note(format!("looking for it at {place}"));
    }

    fn file(&mut self, name: &str, bytes: u64) {
        self.bar.finish_and_clear();
        let style =
            ProgressStyle::with_template("{msg}  {bar:24} {bytes}/{total_bytes}  {eta} left");
        self.bar = ProgressBar::new(bytes).with_style(style.expect("a template"));
        self.bar.set_message(name.to_owned());
    }

    fn advanced(&mut self, bytes: u64) {
        self.bar.inc(bytes);
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
