//! Shows how a run goes: a line that changes on a terminal, else a line an evaluation.

use std::time::Duration;

use docre::{
    eval::Scores,
    progress::{Observer, Progress, RunsProgress},
    text::Warning,
};
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

use crate::{
    interrupt::Interrupt,
    memory,
    messages::{Warnings, note},
    table::percent,
};

/// A progress line on standard error; nothing where that is no terminal.
pub fn bar(length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix}{bar:24} {pos}/{len}  {msg}");
    ProgressBar::new(length).with_style(style.expect("a template"))
}

/// Shows how a run goes, and stops it when the user asks.
pub struct Shown {
    bar: ProgressBar,
    warnings: Warnings,
    interrupt: Option<Interrupt>,
    /// Whether this process took a step.
    pub took_steps: bool,
}

impl Shown {
    /// Shows a run. Without `interrupt` it isn't stopped.
    pub fn new(interrupt: Option<Interrupt>) -> Self {
        let bar = bar(1); // the length comes with the first step
        bar.set_message("reading documents");
        Self { bar, warnings: Warnings::default(), interrupt, took_steps: false }
    }

    /// Takes the line away.
    pub fn finish(&mut self) {
        self.bar.finish_and_clear();
        self.warnings.finish();
    }
}

fn human(seconds: f64) -> HumanDuration {
    HumanDuration(Duration::from_secs_f64(seconds.min(1e9)))
}

impl Observer for Shown {
    fn note(&mut self, line: &str) {
        self.bar.suspend(|| note(line));
    }

    fn warning(&mut self, warning: &Warning) {
        let warnings = &mut self.warnings;
        self.bar.suspend(|| warnings.push(warning));
    }

    fn progress(&mut self, progress: &Progress) {
        let Progress { step, total_steps, epoch, loss, documents_per_second, seconds_left } =
            *progress;
        self.took_steps = true;
        self.bar.set_length(total_steps);
        self.bar.set_position(step);
        let left = human(seconds_left);
        self.bar.set_message(format!(
            "epoch {epoch:.1}  loss {loss:.4}  {documents_per_second:.1} documents/s  {left:#} left"
        ));
    }

    fn run_begins(&mut self, whole: &RunsProgress) {
        memory::begin_anew();
        let seed = whole.seed.map(|seed| format!(", seed {seed}")).unwrap_or_default();
        self.note(&format!("run {} of {}: {}{seed}", whole.run, whole.runs, whole.row));
        self.bar.set_message("reading documents");
    }

    fn compared(&mut self, whole: &RunsProgress) {
        let left = whole.seconds_left.map(|seconds| format!(", {:#} left in all", human(seconds)));
        let left = left.unwrap_or_default();
        self.bar.set_prefix(format!("run {} of {}{left}  ", whole.run, whole.runs));
    }

    fn evaluating(&mut self, done: usize, all: usize) {
        self.bar.set_message(format!("scoring dev documents: {done} of {all}"));
    }

    fn scoring_with_teacher(&mut self, done: usize, all: usize) {
        self.bar.set_length(all as u64);
        self.bar.set_position(done as u64);
        self.bar.set_message("documents scored by the teacher");
    }

    fn auditing(&mut self, done: usize, all: usize) {
        self.bar.set_length(all as u64);
        self.bar.set_position(done as u64);
        self.bar.set_message("documents rated that the model was trained without");
    }

    fn evaluated(&mut self, progress: &Progress, scores: &Scores, best: bool) {
        let ign = scores.ign.map(|ign| format!(", Ign F1 {}", percent(ign.f1())));
        let map = scores.map.map(|map| format!(", mAP {}", percent(map)));
        let line = format!(
            "step {} of {}, epoch {:.1}: loss {:.4}, dev F1 {}{}{}{}",
            progress.step,
            progress.total_steps,
            progress.epoch,
            progress.loss,
            percent(scores.facts.f1()),
            ign.unwrap_or_default(),
            map.unwrap_or_default(),
            if best { ", the best so far" } else { "" }
        );
        self.bar.suspend(|| note(line));
    }

    fn should_stop(&self) -> bool {
        self.interrupt.as_ref().is_some_and(Interrupt::asked)
    }
}
