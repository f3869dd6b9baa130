//! Sections on a model's scores.

use super::facts::percent;
use crate::{
    decision::Calibration,
    eval::{
        average_precision::MeanAveragePrecision,
        reliability::Reliability,
        score_profile::{MarginBar, PositiveScores},
    },
    report::{
        CalibrationBin, Figure, Histogram, LineChart, ReliabilityChart, ReportSection, Table,
    },
    score::ScoreAnalysis,
    train::DevScore,
};

pub(super) fn sections(scores: &ScoreAnalysis) -> Vec<ReportSection> {
    let mut sections = vec![positives(&scores.positives)];
    sections.push(margins(&scores.margins));
    sections.extend(calibration(scores));
    sections.push(ranking(&scores.ranking));
    sections
}

fn positives(positives: &[PositiveScores]) -> ReportSection {
    let by_count = |value: fn(&PositiveScores) -> f64| {
        let point = move |at: &PositiveScores| (at.relations as f64, value(at));
        positives.iter().map(point).collect::<Vec<_>>()
    };
    let x = "labelled relations of the pair";
    let mut scores = LineChart::new("Mean score of labels that hold", x, "score")
        .series("score", by_count(|at| at.score))
        .series("threshold", by_count(|at| at.threshold));
    scores.from_zero = false;
    let relative = |at: &PositiveScores| at.relative_pct.unwrap_or(f64::NAN);
    let mut chart = LineChart::new("Mean relative score (ARPDL, Eq. 13)", x, "percent")
        .series("relative score", by_count(relative));
    chart.from_zero = false;
    let columns = [x, ">labels", ">score", ">threshold", ">relative score, %", ">of labels"];
    let mut table = Table::new("", &columns);
    for at in positives {
        table.row([
            at.relations.to_string(),
            at.labels.to_string(),
            format!("{:.3}", at.score),
            format!("{:.3}", at.threshold),
            at.relative_pct.map_or(String::new(), |percent| format!("{percent:.1}")),
            at.relative_labels.to_string(),
        ]);
    }
    let note = "Labels whose score lies below the threshold are missed. The relative score is \
                that of labels for which score + threshold is above 0.";
    let section = ReportSection::new("Scores by number of relations", note);
    section.with(scores).with(chart).with(table)
}

fn margins(bars: &[MarginBar]) -> ReportSection {
    let first = bars.first().map(|bar| bar.from);
    let edges = first.into_iter().chain(bars.iter().map(|bar| bar.to)).collect::<Vec<_>>();
    let chart = Histogram::new("Distance from the threshold", "score - threshold", "labels", edges)
        .series("labels that hold", bars.iter().map(|bar| bar.positive as f64))
        .series("labels that don't", bars.iter().map(|bar| bar.negative as f64))
        .log()
        .mirrored();
    let note = "Every relation of every pair: right of 0 it passes its threshold (a cap on the \
                relations of a pair may still leave it out). Labels that hold are missed left of \
                0, others are wrong right of it. The axis of counts is logarithmic.";
    ReportSection::new("Margins", note).with(chart)
}

fn calibration(scores: &ScoreAnalysis) -> Option<ReportSection> {
    let (scaled, plain) = (scores.reliability.as_ref()?, scores.uncalibrated.as_ref()?);
    let Calibration { temperature, offset } = scores.calibration;
    let bins = |reliability: &Reliability| {
        let bin = |bin: &crate::eval::reliability::ReliabilityBin| CalibrationBin {
            confidence: bin.score,
            accuracy: bin.right,
            count: bin.facts,
        };
        reliability.bins.iter().map(bin).collect::<Vec<_>>()
    };
    let chart = ReliabilityChart::new("Reliability", "score of a fact", "share that is right")
        .series(format!("temperature {temperature:.2}, offset {offset:.2}"), bins(scaled))
        .series("without", bins(plain));
    let note = |reliability: &Reliability| format!("Brier score {:.4}", reliability.brier_score);
    let error = |reliability: &Reliability| percent(reliability.expected_calibration_error);
    let figures = vec![
        Figure::new("Expected calibration error, %", error(scaled), note(scaled)),
        Figure::new("as the model gives them, %", error(plain), note(plain)),
    ];
    let note = "Of the predicted facts with a score, how many are right: on the diagonal, scores \
                say what they mean. Temperature and offset were fitted on the dev file of the training, \
                so on that file the error is lower than elsewhere. Without them what passes a \
                threshold class has a score of at least a half.";
    Some(ReportSection::new("Calibration", note).with(figures).with(chart))
}

fn ranking(ranking: &MeanAveragePrecision) -> ReportSection {
    let figures = vec![
        Figure::new(
            "Macro mAP",
            percent(ranking.macro_map_without_empty_classes),
            "relations that hold somewhere",
        ),
        Figure::new(
            "Macro mAP, all",
            percent(ranking.macro_map),
            "with 0 for relations that never hold",
        ),
        Figure::new("Micro AP", percent(ranking.micro_ap), "all in one ranking"),
        Figure::new(
            "Sample mAP",
            percent(ranking.sample_map),
            "pairs with a relation, each by itself",
        ),
    ];
    let note = "Average precision of the distance from the threshold, whatever is predicted.";
    ReportSection::new("Ranking", note).with(figures)
}

/// How the dev file was scored while the model was trained; nothing if that isn't known.
pub(super) fn training(epochs: &[DevScore]) -> Option<ReportSection> {
    if epochs.is_empty() {
        return None;
    }
    let points = |value: fn(&DevScore) -> f64| {
        let point = move |at: &DevScore| (at.epoch, value(at));
        epochs.iter().map(point).collect::<Vec<_>>()
    };
    let predicted = LineChart::new("Predicted facts (COMM, Figure 4)", "epoch", "facts")
        .series("predicted", points(|at| at.predicted as f64));
    let f1 = LineChart::new("F1 on the dev file", "epoch", "F1")
        .series("F1", points(|at| 100.0 * at.f1));
    let note = "From the log of the run, on its own dev file.";
    Some(ReportSection::new("While it was trained", note).with(predicted).with(f1))
}
