//! Chains of runs, seeds, comparisons, and the recipes that come with docre: what is made of many
//! runs and goes on where it stopped.

mod built_in;
mod comparison;
mod encoders;
mod plan;
mod seeds;

pub use built_in::{BuiltIn, Listed, find_plan};
pub use comparison::{
    CompareOutcome, CompareSettings, ComparedRun, Comparison, ComparisonResults, Gain, ListedRun,
    ResultRow, RowCost, RowOrigin, RowScores, RunState,
};
pub(crate) use encoders::Encoders;
pub use plan::{Find, Plan, PlanOutcome, Stage};
pub use seeds::{SeedOutcome, Seeds, Spread, Summary};
