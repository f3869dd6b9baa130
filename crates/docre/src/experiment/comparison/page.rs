//! Results as a page.

use super::{
    results::ComparisonResults,
    tables::{percent, shown_epoch},
};
use crate::report::{BarChart, ReportPage, ReportSection, Table};

impl ComparisonResults {
    /// The tables, F1 as bars, and every run, as one page.
    pub fn to_page(&self) -> ReportPage {
        let [(scores, scores_note), (cost, cost_note), (origin, origin_note)] = self.noted_tables();
        let (done, all) = self.done();
        let about = [
            ("Data", self.dev.display().to_string()),
            ("Labels", format!("{} facts in {} documents", self.labels, self.documents)),
            ("Models", "the best of each run by F1 on these documents, listed below".into()),
            ("Runs", format!("{done} of {all} are done")),
        ];
        ReportPage {
            title: format!("Comparison: {}", self.name),
            about: about.map(|(name, value)| (name.to_owned(), value)).into(),
            sections: vec![
                ReportSection::new(&scores.caption, scores_note)
                    .with(self.bars())
                    .with(scores.clone()),
                ReportSection::new(&cost.caption, cost_note).with(cost.clone()),
                ReportSection::new(&origin.caption, origin_note).with(origin.clone()),
                ReportSection::new("Runs", "Scores in percent.").with(self.runs_table()),
            ],
            browser: None,
        }
    }

    fn bars(&self) -> BarChart {
        let done = self.rows.iter().filter_map(|row| Some((&row.name, row.scores?.f1)));
        let (names, f1s): (Vec<&String>, Vec<_>) = done.unzip();
        BarChart::new("F1 and its standard deviation over seeds", "row", "F1, %", names)
            .series_with_spread("F1", f1s.iter().map(|f1| (100.0 * f1.mean, 100.0 * f1.deviation)))
    }

    fn runs_table(&self) -> Table {
        let columns = ["row", ">seed", ">F1", ">Ign F1", ">precision", ">recall", ">epoch", "run"];
        let mut table = Table::new("Every run", &columns);
        for (row, run) in
            self.rows.iter().flat_map(|row| row.runs.iter().map(move |run| (row, run)))
        {
            table.row([
                row.name.clone(),
                run.seed.map(|seed| seed.to_string()).unwrap_or_default(),
                percent(run.dev.f1),
                run.dev.ign_f1.map(percent).unwrap_or_default(),
                percent(run.dev.precision),
                percent(run.dev.recall),
                run.epoch.map(shown_epoch).unwrap_or_default(),
                run.run.display().to_string(),
            ]);
        }
        table
    }
}
