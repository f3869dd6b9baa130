//! Shows how long work goes: a line that changes on a terminal, else a line an evaluation.

use std::{fmt::Display, time::Duration};

use docre::{
    eval::{EndToEnd, Scores},
    progress::{Event, Observer, Part, Progress},
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

/// A progress line of documents with how many are read in a second, and the time that is left where
/// their number is known.
pub fn documents_bar(count: Option<usize>) -> ProgressBar {
    let (bar, style) = match count {
        Some(count) => {
            (ProgressBar::new(count as u64), "{bar:24} {pos}/{len}  {per_sec}  {eta} left")
        }
        None => (ProgressBar::no_length(), "{pos} read  {per_sec}"),
    };
    bar.with_style(ProgressStyle::with_template(style).expect("a template"))
}

/// Shows how long work goes, and stops it when the user asks.
pub struct ProgressLine {
    bar: ProgressBar,
    warnings: Warnings,
    interrupt: Option<Interrupt>,
    /// Whether this process took a step.
    pub took_steps: bool,
    /// Whether the bar is that of training steps, not of documents.
    counts_steps: bool,
}

impl ProgressLine {
    /// Shows work. Without `interrupt` it isn't stopped.
    pub fn new(interrupt: Option<Interrupt>) -> Self {
        let bar = bar(1); // the length comes with the first step
        bar.set_message("reading documents");
        let warnings = Warnings::default();
        Self { bar, warnings, interrupt, took_steps: false, counts_steps: false }
    }

    /// Takes the line away.
    pub fn finish(&mut self) {
        self.bar.finish_and_clear();
        self.warnings.finish();
    }

    fn note(&self, line: impl Display) {
        self.bar.suspend(|| note(line));
    }

    fn begins(&mut self, part: &Part) {
        memory::begin_anew();
        self.note(part);
        self.counts_steps = false;
        self.bar.set_message("reading documents");
    }

    fn together(&self, part: &Part) {
        let left = part.seconds_left.map(|seconds| format!(", {:#} left in all", human(seconds)));
        let left = left.unwrap_or_default();
        self.bar.set_prefix(format!("{} {} of {}{left}  ", part.what, part.number, part.of));
    }

    fn step(&mut self, progress: &Progress) {
        let Progress { step, total_steps, epoch, loss, documents_per_second, seconds_left } =
            *progress;
        (self.took_steps, self.counts_steps) = (true, true);
        self.bar.set_length(total_steps);
        self.bar.set_position(step);
        let left = human(seconds_left);
        self.bar.set_message(format!(
            "epoch {epoch:.1}  loss {loss:.4}  {documents_per_second:.1} documents/s  {left:#} left"
        ));
    }

    /// Between steps the bar stays theirs.
    fn documents(&self, what: &str, done: usize, all: usize) {
        if self.counts_steps {
            self.bar.set_message(format!("{what}: {done} of {all}"));
        } else {
            self.bar.set_length(all as u64);
            self.bar.set_position(done as u64);
            self.bar.set_message(what.to_owned());
        }
    }

    fn scored(
        &self,
        progress: &Progress,
        scores: &Scores,
        from_text: Option<&EndToEnd>,
        best: bool,
    ) {
        let ign = scores.ign.map(|ign| format!(", Ign F1 {}", percent(ign.f1())));
        let map = scores.map.map(|map| format!(", mAP {}", percent(map)));
        let from_text = from_text.map(|found| {
            format!(
                "; from text: mentions {}, clusters {}, relations {}",
                percent(found.mention_span.f1()),
                percent(found.cluster_exact.f1()),
                percent(found.relation_strict.f1())
            )
        });
        self.note(format_args!(
            "step {} of {}, epoch {:.1}: loss {:.4}, dev F1 {}{}{}{}{}",
            progress.step,
            progress.total_steps,
            progress.epoch,
            progress.loss,
            percent(scores.facts.f1()),
            ign.unwrap_or_default(),
            map.unwrap_or_default(),
            from_text.unwrap_or_default(),
            match (scores.facts.predicted, best) {
                (0, _) => ", no fact predicted on dev",
                (_, true) => ", the best so far",
                (_, false) => "",
            }
        ));
    }
}

fn human(seconds: f64) -> HumanDuration {
    HumanDuration(Duration::from_secs_f64(seconds.min(1e9)))
}

impl Observer for ProgressLine {
    fn tell(&mut self, event: Event) {
        match event {
            Event::Note(line) => self.note(line),
            Event::Warning(warning) => {
                let warnings = &mut self.warnings;
                self.bar.suspend(|| warnings.push(warning));
            }
            Event::Begins(part) => self.begins(part),
            Event::Together(part) => self.together(part),
            Event::Step(progress) => self.step(progress),
            Event::Documents { what, done, all } => self.documents(what, done, all),
            Event::Scored { progress, scores, from_text, best } => {
                self.scored(progress, scores, from_text, best);
            }
            _ => {}
        }
    }

    fn should_stop(&self) -> bool {
        self.interrupt.as_ref().is_some_and(Interrupt::asked)
    }
}
