//! `docre tune`

use std::{path::PathBuf, process::ExitCode};

use docre::{
    Error, Result,
    corpus::ReadOptions,
    decision::DecisionSettings,
    eval::Truth,
    score::{self, Tuned},
};

use crate::{compute::Compute, messages::note, observer::ProgressLine, output, outputs, scores};

/// Fits a model's thresholds and scores to labelled documents; its weights stay
///
/// Use it where a model is to be more precise than the best F1 asks, or reads texts of another kind
/// than it was trained on: a few dozen labelled documents tell where its thresholds belong.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  docre tune --model runs/mine/model --truth dev.json runs/mine/tuned
  docre tune --model runs/mine/model --truth dev.json runs/mine/precise --for-precision 0.9
  docre tune --model runs/mine/model --truth dev.json runs/mine/tuned --rule per-label-margin")]
pub struct Options {
    /// A model's folder
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// Labelled documents, which the model wasn't trained on
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
    /// The folder of the tuned model, which must not be there yet
    #[arg(value_name = "OUT")]
    out: PathBuf,
    /// How relations are chosen [default: the model's own rule, with its threshold tuned]
    #[arg(long, value_enum)]
    rule: Option<Rule>,
    /// The share of facts that are to be right, between 0 and 1, in place of the best F1
    #[arg(long, value_name = "SHARE")]
    for_precision: Option<f64>,
    #[command(flatten)]
    compute: Compute,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Rule {
    /// Those above the threshold class
    ThresholdClass,
    /// Those above the threshold class by a margin
    TunedMargin,
    /// The same, with a margin for each relation that is there often enough
    PerLabelMargin,
    /// Those with a score above 0
    ZeroThreshold,
    /// Those above one probability
    GlobalProbability,
    /// Those above a probability of each relation's own
    PerLabelProbability,
}

/// Tunes, writes the model and shows its scores.
pub fn run(options: &Options) -> Result<ExitCode> {
    outputs::check_free(&options.out)?;
    let mut extractor = options.compute.load(&options.model)?;
    let decision = options.decision(&extractor.config.decision)?;
    let scope = extractor.config.scope.clone();
    let truth =
        Truth::read_within(&options.truth, &extractor.input(), scope, &ReadOptions::default())?;
    let mut observer = ProgressLine::new(None);
    let tuned = score::tune(&mut extractor, &truth, &decision, &mut observer);
    observer.finish();
    let tuned = tuned?;
    if let Some(asked) = options.for_precision {
        let reached = tuned.scores.facts.precision();
        if reached < asked {
            note(format!(
                "warning: no threshold reaches the precision {asked}; at the highest one it is {reached:.2}"
            ));
        }
    }
    extractor.save_tuned(&options.model, &options.out)?;
    if options.json {
        output::print_json(&output::json(&tuned))?;
    } else {
        show(&tuned)?;
        note(format!("model written: {}", options.out.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn show(tuned: &Tuned) -> Result<()> {
    output::print("On the documents that it is tuned to:\n")?;
    output::print(scores::table(&tuned.scores))?;
    let from_text = tuned.from_text.as_ref();
    from_text.map_or(Ok(()), |found| output::print(scores::end_to_end_table(&found.scores)))
}

impl Options {
    fn decision(&self, own: &DecisionSettings) -> Result<DecisionSettings> {
        let precision = self.for_precision;
        let rule = self.rule.unwrap_or(match own {
            // It has nothing to tune; what moves its threshold has.
            DecisionSettings::ThresholdClass { .. } => Rule::TunedMargin,
            DecisionSettings::ZeroThreshold { .. } => Rule::GlobalProbability,
            DecisionSettings::GlobalProbability { .. } => Rule::GlobalProbability,
            DecisionSettings::PerLabelProbability { .. } => Rule::PerLabelProbability,
            DecisionSettings::TunedMargin { .. } => Rule::TunedMargin,
            DecisionSettings::PerLabelMargin { .. } => Rule::PerLabelMargin,
        });
        let is_fixed = matches!(rule, Rule::ThresholdClass | Rule::ZeroThreshold);
        if is_fixed && precision.is_some() {
            let problem = "asks for a rule that is tuned; leave --rule out, or name another";
            return Err(Error::setting("for-precision", problem));
        }
        Ok(match rule {
            Rule::ThresholdClass => DecisionSettings::ThresholdClass { cap: None },
            Rule::TunedMargin => DecisionSettings::TunedMargin { threshold: None, precision },
            Rule::PerLabelMargin => {
                DecisionSettings::PerLabelMargin { thresholds: None, precision }
            }
            Rule::ZeroThreshold => DecisionSettings::ZeroThreshold { cap: None },
            Rule::GlobalProbability => {
                DecisionSettings::GlobalProbability { threshold: None, precision, grid: None }
            }
            Rule::PerLabelProbability => {
                DecisionSettings::PerLabelProbability { thresholds: None, precision, grid: None }
            }
        })
    }
}
