//! Results as tables and as a page.

use std::fmt::Write;

use super::results::{ComparisonResults, ResultRow, RowScores};
use crate::{experiment::MeanAndDeviation, report::Table};

/// A column: its name, and what it shows of a row.
type Column = (&'static str, fn(&ResultRow) -> String);

const ROW: Column = ("", |row| row.name.clone());
const SCORES: &[Column] = &[
    ("seeds", seeds),
    (">F1", |row| shown(row, |scores| Some(scores.f1))),
    (">Ign F1", |row| shown(row, |scores| scores.ign_f1)),
    (">precision", |row| shown(row, |scores| Some(scores.precision))),
    (">recall", |row| shown(row, |scores| Some(scores.recall))),
    (">NCRE", |row| {
        let ncre = row.scores.and_then(|scores| scores.ncre);
        ncre.map(|ncre| format!("{:.4}", ncre.mean)).unwrap_or_default()
    }),
];
/// Of texts alone.
const MAP: Column = (">mAP", |row| shown(row, |scores| scores.map));
const GAIN: &[Column] = &[
    (">gain", |row| row.gain.map(|gain| signed(gain.f1)).unwrap_or_default()),
    (">95 %", |row| {
        let interval = row.gain.and_then(|gain| gain.interval);
        interval.map(|i| format!("{} to {}", signed(i.low), signed(i.high))).unwrap_or_default()
    }),
    (">p", |row| row.gain.and_then(|gain| gain.p_value).map(p_value).unwrap_or_default()),
];
const COST: &[Column] = &[
    (">documents/s", |row| {
        row.cost.map(|cost| format!("{:.2}", cost.documents_per_second)).unwrap_or_default()
    }),
    (">minutes a run", |row| {
        row.cost.map(|cost| format!("{:.1}", cost.seconds / 60.0)).unwrap_or_default()
    }),
    (">peak, MB", |row| {
        let peak = row.cost.and_then(|cost| cost.peak_megabytes);
        peak.map(|peak| format!("{peak:.0}")).unwrap_or_default()
    }),
    (">best epoch", |row| {
        let epochs: Option<Vec<String>> =
            row.runs.iter().map(|run| run.epoch.map(shown_epoch)).collect();
        epochs.unwrap_or_default().join(", ")
    }),
];
const ORIGIN: &[Column] = &[
    ("recipe or model", |row| {
        let model = row.origin.model.as_ref().map(|model| model.display().to_string());
        model.unwrap_or_else(|| row.origin.recipe.clone())
    }),
    ("encoder", |row| row.origin.encoder.clone()),
    ("training file", |row| row.origin.training_files()),
];
/// For programs: plain numbers (percent, seconds, MB), and what they are of.
const NUMBERS: &[Column] = &[
    ("seeds", |row| seeds(row).replace(", ", " ")),
    (">f1", |row| mean(row.scores.map(|scores| scores.f1))),
    (">f1_deviation", |row| deviation(row.scores.map(|scores| scores.f1))),
    (">ign_f1", |row| mean(row.scores.and_then(|scores| scores.ign_f1))),
    (">ign_f1_deviation", |row| deviation(row.scores.and_then(|scores| scores.ign_f1))),
    (">precision", |row| mean(row.scores.map(|scores| scores.precision))),
    (">recall", |row| mean(row.scores.map(|scores| scores.recall))),
    (">ncre", |row| plain(row.scores.and_then(|scores| scores.ncre).map(|ncre| ncre.mean))),
    (">map", |row| mean(row.scores.and_then(|scores| scores.map))),
    (">gain", |row| plain(row.gain.map(|gain| 100.0 * gain.f1))),
    (">gain_low", |row| plain(row.gain.and_then(|gain| gain.interval).map(|i| 100.0 * i.low))),
    (">gain_high", |row| plain(row.gain.and_then(|gain| gain.interval).map(|i| 100.0 * i.high))),
    (">p_value", |row| plain(row.gain.and_then(|gain| gain.p_value))),
    (">documents_per_second", |row| plain(row.cost.map(|cost| cost.documents_per_second))),
    (">seconds_a_run", |row| plain(row.cost.map(|cost| cost.seconds))),
    (">peak_megabytes", |row| plain(row.cost.and_then(|cost| cost.peak_megabytes))),
    (">runs_done", |row| row.runs.len().to_string()),
    (">runs_planned", |row| row.planned.to_string()),
    ("recipe", |row| row.origin.recipe.clone()),
    ("model", |row| {
        row.origin.model.as_ref().map(|model| model.display().to_string()).unwrap_or_default()
    }),
    ("encoder", |row| row.origin.encoder.clone()),
    ("train", |row| row.origin.training_files()),
];

impl ComparisonResults {
    /// F1 and what belongs to it, in percent; the gain over the baseline, if there is one.
    pub fn scores_table(&self) -> Table {
        let gain = if self.baseline.is_some() { GAIN } else { &[] };
        let with_map = self.rows.iter().any(|row| row.scores.is_some_and(|s| s.map.is_some()));
        let map: &[Column] = if with_map { &[MAP] } else { &[] };
        self.table("Scores", &[&[ROW], &SCORES[..2], gain, map, &SCORES[2..]])
    }

    /// What a run of each row costs.
    pub fn cost_table(&self) -> Table {
        self.table("Cost", &[&[ROW], COST])
    }

    /// What each row is.
    pub fn origin_table(&self) -> Table {
        self.table("What is compared", &[&[ROW], ORIGIN])
    }

    /// Everything as comma-separated values without decoration. Every row says what it was
    /// scored on and by which docre, so that rows of several comparisons can stand in one file.
    pub fn to_csv(&self) -> String {
        let name: Column = ("row", ROW.1);
        let mut table = self.table("", &[&[name], NUMBERS]);
        table.column("data", &self.dev.display().to_string());
        table.column("docre", self.docre);
        table.to_csv()
    }

    /// The tables in Markdown, with what there is to know of them.
    pub fn to_markdown(&self) -> String {
        let mut text = format!("# {}\n\n{}\n", self.name, self.about());
        for (table, note) in self.noted_tables() {
            let (caption, markdown) = (&table.caption, table.to_markdown());
            write!(text, "\n## {caption}\n\n{markdown}\n{note}\n").expect("a string takes it");
        }
        text
    }

    /// The tables, each with how to read it.
    pub fn noted_tables(&self) -> [(Table, String); 3] {
        [
            (self.scores_table(), self.scores_note()),
            (self.cost_table(), COST_NOTE.into()),
            (self.origin_table(), ORIGIN_NOTE.into()),
        ]
    }

    /// Where the numbers come from.
    pub fn about(&self) -> String {
        let (done, all) = self.done();
        let dev = self.dev.display();
        format!(
            "{done} of {all} runs are done. Scored on the {} labelled facts of the {} documents of \
             {dev}, by which the best model of each run is kept; docre {}.",
            self.labels, self.documents, self.docre
        )
    }

    fn scores_note(&self) -> String {
        let scores =
            "Percent; ± is the standard deviation over seeds. NCRE is in relations a pair.";
        match &self.baseline {
            None => scores.into(),
            Some(baseline) => format!(
                "{scores} The gain is the mean difference in F1 from {baseline} with the same seeds; \
                 95 % is its interval by the paired bootstrap over documents and p how likely one as \
                 large is by chance (approximate randomisation, two-sided); a document is drawn, or \
                 changes sides, with all seeds together."
            ),
        }
    }

    fn table(&self, caption: &str, columns: &[&[Column]]) -> Table {
        let columns = columns.concat();
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let mut table = Table::new(caption, &names);
        for row in &self.rows {
            table.row(columns.iter().map(|(_, cell)| cell(row)));
        }
        table
    }
}

const COST_NOTE: &str = "A run's documents a second are those of training, evaluations not counted; \
                         its minutes are those of training and evaluation, summed over the processes \
                         that took part, without reading. The peak is the most memory that the \
                         process has held in any of the runs.";

const ORIGIN_NOTE: &str = "A row may change settings of its recipe: the recipe.toml in the folder of \
                           each run has all of them. A model is scored as it is.";

fn seeds(row: &ResultRow) -> String {
    let seeds = row.runs.iter().filter_map(|run| run.seed).map(|seed| seed.to_string());
    seeds.collect::<Vec<_>>().join(", ")
}

/// A mean, with its deviation if there are several runs.
fn shown(row: &ResultRow, score: fn(&RowScores) -> Option<MeanAndDeviation>) -> String {
    match row.scores.as_ref().and_then(score) {
        None => String::new(),
        Some(MeanAndDeviation { mean, .. }) if row.runs.len() == 1 => percent(mean),
        Some(MeanAndDeviation { mean, deviation }) => {
            format!("{} ± {}", percent(mean), percent(deviation))
        }
    }
}

pub(super) fn percent(fraction: f64) -> String {
    format!("{:.2}", 100.0 * fraction)
}

/// An epoch, with a fraction if evaluations don't fall on its end.
pub(super) fn shown_epoch(epoch: f64) -> String {
    format!("{}", (100.0 * epoch).round() / 100.0)
}

fn signed(fraction: f64) -> String {
    format!("{:+.2}", 100.0 * fraction)
}

fn p_value(p: f64) -> String {
    if p < 0.001 { "< 0.001".into() } else { format!("{p:.3}") }
}

fn mean(spread: Option<MeanAndDeviation>) -> String {
    plain(spread.map(|spread| 100.0 * spread.mean))
}

fn deviation(spread: Option<MeanAndDeviation>) -> String {
    plain(spread.map(|spread| 100.0 * spread.deviation))
}

fn plain(value: Option<f64>) -> String {
    value.map(|value| format!("{value:.4}")).unwrap_or_default()
}
