//! Training: the recipe, the loop, and what a run leaves behind.
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
//! | `model/` | the best model by dev F1 (the last where there is no dev file) |
//!
//! A recipe with stages, or with several seeds, is a folder of such folders
//! ([`Plan`], [`Seeds`]), and so are several recipes side by side ([`Comparison`]).
//!
//! Batches, dropout masks and initial weights are functions of the seed and the
//! step, so a checkpoint needs no generator's state, and a resumed run ends with
//! the weights of the unbroken one.

mod about;
mod bench;
mod built_in;
mod checkpoint;
mod compare;
mod cost;
mod data;
mod dialogue;
mod encoders;
mod evaluate;
mod feed;
mod inspect;
mod labelled;
mod lock;
mod log;
mod memory;
mod observer;
mod optimizer;
mod own_folder;
mod plan;
mod recipe;
mod result;
mod run;
mod schedule;
mod seeds;
mod setup;
mod step;
mod teacher;
mod train_file;
mod words;

pub use about::{About, Published, PublishedScore};
pub use bench::{
    Bench, BenchEncoder, BenchMode, Measured, MeasuredReading, ReadRate, Sweep, SweepRow, bench,
    bench_reading, bench_sweep,
};
pub use built_in::{BuiltIn, Listed, find_plan};
pub(crate) use checkpoint::remove as remove_checkpoint;
pub use compare::{
    CompareOutcome, CompareSettings, ComparedRun, Comparison, ComparisonResults, Gain, ListedRun,
    ResultRow, RowCost, RowOrigin, RowScores, RunState, Whole,
};
pub use cost::Cost;
pub use dialogue::{DialogueScores, evaluate_dialogues};
pub(crate) use encoders::Encoders;
pub(crate) use evaluate::each_pair;
pub use evaluate::{evaluate, predict};
pub use inspect::{Inspection, ScoreAnalysis, inspect};
pub(crate) use lock::RunLock;
pub use log::{DevScore, dev_scores};
pub use observer::{Observer, Progress, Silent};
pub use optimizer::OptimizerSettings;
pub(crate) use own_folder::{Holds, OwnFolder};
pub use plan::{Find, Plan, PlanOutcome, Stage};
pub use recipe::{DataSettings, EncoderSettings, Pairs, Recipe, relation_settings};
pub use result::{DevResult, RunResult};
pub use run::{Outcome, Start, train};
pub use schedule::{ScheduleSettings, rate_factor};
pub use seeds::{SeedOutcome, Seeds, Spread, Summary};
