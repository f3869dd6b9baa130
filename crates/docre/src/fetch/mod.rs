//! Files from the network: downloaded with what came before kept, checked, unpacked.

mod download;
mod hash;
mod progress;
mod unzip;

pub(crate) use download::download;
pub(crate) use hash::{Hash, git_tree};
pub use progress::DownloadProgress;
pub(crate) use unzip::unpack;
