//! What a run writes while it goes: `metrics.jsonl` and `curve.svg`.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::result::FromTextResult;
use crate::{
    Error, Result,
    eval::{EndToEnd, Scores},
    files, inputs, report,
};

/// One line of `metrics.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(super) enum LogLine {
    /// A training step.
    Step {
        /// Its number, from 1.
        step: u64,
        /// The mean loss of its pairs.
        loss: f64,
        /// The norm of all gradients before clipping.
        gradient_norm: f64,
        /// The encoder's learning rate.
        encoder_rate: f64,
        /// The new layers' learning rate.
        head_rate: f64,
    },
    /// A scoring of the dev file.
    Dev {
        /// The steps taken before it.
        step: u64,
        /// The epochs done, with a fraction.
        epoch: f64,
        /// Fractions.
        precision: f64,
        recall: f64,
        f1: f64,
        ign_f1: Option<f64>,
        /// The none class ranking error, where there is a threshold class.
        #[serde(default)]
        ncre: Option<f64>,
        /// Macro mAP over the labels of whole texts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        map: Option<f64>,
        /// The facts predicted.
        predicted: usize,
        /// What the model finds in the text alone, if it finds entities.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from_text: Option<FromTextResult>,
    },
}

impl LogLine {
    /// The event of a dev evaluation.
    pub fn dev(step: u64, epoch: f64, scores: &Scores, from_text: Option<&EndToEnd>) -> Self {
        Self::Dev {
            step,
            epoch,
            precision: scores.facts.precision(),
            recall: scores.facts.recall(),
            f1: scores.facts.f1(),
            ign_f1: scores.ign.map(|ign| ign.f1()),
            ncre: scores.ncre,
            map: scores.map,
            predicted: scores.facts.predicted,
            from_text: from_text.map(FromTextResult::from),
        }
    }

    fn step(&self) -> u64 {
        let (Self::Step { step, .. } | Self::Dev { step, .. }) = self;
        *step
    }
}

/// A scoring of the dev file in a run's log.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DevScore {
    /// The steps taken.
    pub step: u64,
    /// The epochs done, with a fraction.
    pub epoch: f64,
    /// F1, a fraction.
    pub f1: f64,
    /// The facts predicted (COMM, Figure 4).
    pub predicted: usize,
}

/// How the dev file was scored while a run went on; none where its folder has no log.
pub fn dev_scores(run: &Path) -> Result<Vec<DevScore>> {
    let path = path(run);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let scores = events(&path)?.into_iter().filter_map(|event| match event {
        LogLine::Dev { step, epoch, f1, predicted, .. } => {
            Some(DevScore { step, epoch, f1, predicted })
        }
        LogLine::Step { .. } => None,
    });
    Ok(scores.collect())
}

fn path(run: &Path) -> PathBuf {
    run.join("metrics.jsonl")
}

/// The events of a log. The last line may have been cut short by a stop.
fn events(path: &Path) -> Result<Vec<LogLine>> {
    inputs::check_file(path)?;
    let text = fs::read_to_string(path).map_err(Error::io(path, "read"))?;
    Ok(text.lines().map_while(|line| serde_json::from_str(line).ok()).collect())
}

/// The log of a run: kept whole in memory (some 100 bytes a step) and in its file.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    curve: PathBuf,
    events: Vec<LogLine>,
}

impl Log {
    /// Starts an empty log in a run's folder.
    pub fn create(folder: &Path) -> Result<Self> {
        let log = Self::at(folder, Vec::new());
        log.rewrite()?;
        Ok(log)
    }

    /// Continues the log of a run that was stopped, as it stood at `step`: what the
    /// run did after its last checkpoint will be done again. Where it is missing it begins anew.
    pub fn resume(folder: &Path, step: u64) -> Result<Self> {
        let mut events = if Self::exists(folder) { events(&path(folder))? } else { Vec::new() };
        events.retain(|event| event.step() <= step);
        let log = Self::at(folder, events);
        log.rewrite()?;
        Ok(log)
    }

    /// Whether a run's folder has one.
    pub fn exists(folder: &Path) -> bool {
        path(folder).exists()
    }

    fn at(folder: &Path, events: Vec<LogLine>) -> Self {
        Self { path: path(folder), curve: folder.join("curve.svg"), events }
    }

    fn rewrite(&self) -> Result<()> {
        files::write_atomically(&self.path, |file| {
            self.events.iter().try_for_each(|event| writeln!(file, "{}", line(event)))
        })
    }

    /// Adds a line.
    pub fn push(&mut self, event: LogLine) -> Result<()> {
        let line = line(&event) + "\n";
        let mut file = OpenOptions::new()
            .append(true)
            .open(&self.path)
            .map_err(Error::io(&self.path, "write"))?;
        file.write_all(line.as_bytes()).map_err(Error::io(&self.path, "write"))?;
        self.events.push(event);
        Ok(())
    }

    /// The losses of the steps behind this one: their sum and number.
    pub fn losses_behind(&self, step: u64) -> (f64, usize) {
        let losses = self.events.iter().filter_map(|event| match event {
            LogLine::Step { step: number, loss, .. } if *number > step => Some(*loss),
            _ => None,
        });
        losses.fold((0.0, 0), |(sum, count), loss| (sum + loss, count + 1))
    }

    /// Draws the curve anew.
    pub fn draw(&self) -> Result<()> {
        let mut curve = report::TrainingCurve::default();
        for event in &self.events {
            match *event {
                LogLine::Step { step, loss, .. } => curve.losses.push((step as usize, loss)),
                LogLine::Dev { step, epoch, precision, recall, f1, .. } => {
                    let step = step as usize;
                    curve.dev.push(report::DevPoint { step, epoch, precision, recall, f1 });
                }
            }
        }
        let svg = report::training_curve_svg(&curve);
        files::write_atomically(&self.curve, |file| file.write_all(svg.as_bytes()))
    }
}

fn line(event: &LogLine) -> String {
    serde_json::to_string(event).expect("an event has a JSON form")
}
