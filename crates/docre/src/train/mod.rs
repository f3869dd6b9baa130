//! Training: the loop, and what a run leaves behind.
//!
//! A run is a folder:
//!
//! | file | what |
//! |---|---|
//! | `run.json` | that the folder is docre's own; without it none of the others is overwritten |
//! | `recipe.toml` | the resolved recipe |
//! | `metrics.jsonl` | one line a logged step or evaluation |
//! | `curve.svg` | loss and dev scores as a picture |
//! | `checkpoint/`, `checkpoint.json` | all that `--resume` needs, and which of two is the newest |
//! | `predictions.json` | what the best model predicts for the dev file |
//! | `result.json`, `cost.json` | a finished run's scores, and its time and memory |
//! | `train-file.json` | which training file a finished run has read |
//! | `model/` | the best model by `schedule.best` on the dev file (the last where there is none) |
//!
//! A recipe with stages, or with several seeds, is a folder of such folders
//! ([`Plan`], [`Seeds`]), and so are several recipes side by side ([`Comparison`]).
//!
//! [`Plan`]: crate::experiment::Plan
//! [`Seeds`]: crate::experiment::Seeds
//! [`Comparison`]: crate::experiment::Comparison
//!
//! Batches, dropout masks and initial weights are functions of the seed and the
//! step, so a checkpoint needs no generator's state, and a resumed run ends with
//! the weights of the unbroken one.

mod checkpoint;
mod cost;
mod data;
mod evidence;
mod feed;
mod finder;
mod jitter;
mod log;
mod notes;
mod optimizer;
mod own_folder;
mod result;
mod run;
mod scope;
mod session;
mod setup;
mod start;
mod step;
mod teacher;
mod train_file;
mod word_embeddings;

pub(crate) use checkpoint::remove as remove_checkpoint;
pub use cost::Cost;
pub(crate) use feed::TrainBatch;
pub use log::{DevScore, dev_scores};
pub(crate) use optimizer::AdamW;
pub use own_folder::is_kept;
pub(crate) use own_folder::{FOLDS, Holds, OF_FOLD, OwnFolder};
pub(crate) use result::PREDICTIONS;
pub use result::{DevResult, FromTextResult, RunResult};
pub use run::{Start, Trained, train};
pub(crate) use run::{recipe_text, same_recipe};
pub use session::{Encoders, Session};
pub(crate) use setup::tokenizer;
pub(crate) use step::{Computed, Gradients};
pub(crate) use train_file::TrainFile;
