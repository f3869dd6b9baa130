//! Chains of runs, seeds, comparisons, and the recipes that come with docre: what is made of many
//! runs and goes on where it stopped.

mod built_in;
mod comparison;
mod pace;
mod plan;
mod resume;
mod seeds;

pub use built_in::{BuiltIn, ListedRecipe, find_plan};
pub use comparison::{
    CompareSettings, ComparedRun, Comparison, ComparisonResults, Gain, ListedRun, ResultRow,
    RowCost, RowOrigin, RowScores, RunState,
};
pub use plan::{Plan, PlanResult, Stage};
pub(crate) use resume::{Pieces, Resumable};
pub use seeds::{MeanAndDeviation, SeedRun, SeedScores, Seeds, SeedsResult};
