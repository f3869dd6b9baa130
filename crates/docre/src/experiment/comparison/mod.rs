//! Several recipes, each with several seeds, side by side, as papers print them.

mod data_files;
mod description;
mod model_row;
mod origin;
mod page;
mod results;
mod row;
mod running;
mod significance;
mod tables;
mod train_files;

use std::path::PathBuf;

use crate::corpus::{Input, ReadOptions};

use self::row::Row;
pub use self::{
    description::CompareSettings,
    origin::RowOrigin,
    results::{ComparedRun, ComparisonResults, Gain, ResultRow, RowCost, RowScores},
    row::{ListedRun, RunState},
};

/// Recipes and models side by side, each recipe trained with several seeds, all of them scored
/// on the same dev file. Every run has a folder `ROW/seed-N` of its own, and is done once.
///
/// ```
/// use docre::experiment::{CompareSettings, Comparison};
///
/// let comparison = Comparison::parse(
///     r#"
///     name = "margins"
///     base = "quickstart"                  # a file, or a built-in recipe
///     seeds = [66, 67]
///     baseline = "ATL"
///     set.schedule.epochs = 2              # for every row
///     [[rows]]
///     name = "ATL"
///     [[rows]]
///     name = "CMM"
///     set.loss = { kind = "cmm" }
///     "#,
///     &CompareSettings::default(),
/// )
/// .unwrap();
/// let runs = comparison.list("nowhere".as_ref()).unwrap();
/// let runs: Vec<_> = runs.iter().map(|run| (run.row.as_str(), run.seed.unwrap())).collect();
/// assert_eq!(runs, [("ATL", 66), ("CMM", 66), ("ATL", 67), ("CMM", 67)]);
/// ```
///
/// `axes` makes a row for each way to choose one of each list; `[[rows]]` may add others:
///
/// ```
/// # use docre::experiment::{CompareSettings, Comparison};
/// # let text = r#"
/// name = "losses-and-encoders"
/// base = "quickstart"
/// axes = [
///   [{ name = "ATL" }, { name = "CMM", set.loss.kind = "cmm" }],
///   [{ name = "ATLOP" }, { name = "DocuNet", set.relation.kind = "docunet" }],
/// ]
/// # "#;
/// # let comparison = Comparison::parse(text, &CompareSettings::default()).unwrap();
/// # let runs = comparison.list("nowhere".as_ref()).unwrap();
/// # let names: Vec<_> = runs.iter().map(|run| run.row.as_str()).collect();
/// # assert_eq!(names, ["ATL, ATLOP", "ATL, DocuNet", "CMM, ATLOP", "CMM, DocuNet"]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Its name, that of its folder.
    pub name: String,
    dev: PathBuf,
    input: Input,
    /// How the documents are read.
    reading: ReadOptions,
    baseline: Option<String>,
    rows: Vec<Row>,
    /// The recipe files of its rows.
    recipes: Vec<PathBuf>,
}
