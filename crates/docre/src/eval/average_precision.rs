//! Average precision: how well scores rank what holds before what doesn't.

use serde::Serialize;

/// The area under the curve of precision over recall, `Σ_n (R_n - R_{n-1}) P_n` over the
/// distinct scores from the highest, equal scores being one step. `scores` and `labels` are
/// parallel; 0 where no label holds.
///
/// ```
/// use docre::eval::average_precision::average_precision;
///
/// // The first of two that hold is ranked first, the other last of three.
/// let found = average_precision(&[0.9, 0.5, 0.1], &[true, false, true]);
/// assert!((found - (1.0 / 2.0 + 2.0 / 3.0 / 2.0)).abs() < 1e-12);
/// ```
pub fn average_precision(scores: &[f32], labels: &[bool]) -> f64 {
    assert_eq!(scores.len(), labels.len(), "a label for each score");
    let mut ranked: Vec<(f32, bool)> = scores.iter().copied().zip(labels.iter().copied()).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut holding, mut seen, mut sum) = (0, 0, 0.0);
    for step in ranked.chunk_by(|a, b| a.0 == b.0) {
        let new = step.iter().filter(|(_, holds)| *holds).count();
        seen += step.len();
        holding += new;
        sum += new as f64 * (holding as f64 / seen as f64);
    }
    if holding == 0 { 0.0 } else { sum / holding as f64 }
}

/// Average precision of multi-label scores, over classes, labels and rows. Means over nothing
/// are 0.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MeanAveragePrecision {
    /// Of each class, `[classes]`; 0 for a class that never holds.
    pub per_class: Vec<f64>,
    /// The mean over all classes (macro mAP).
    pub macro_map: f64,
    /// The mean over the classes that hold somewhere.
    pub macro_map_without_empty_classes: f64,
    /// Of all scores in one ranking.
    pub micro_ap: f64,
    /// The mean over the rows in which some label holds, each ranked by itself.
    pub sample_map: f64,
}

/// Measures scores and labels `[rows, classes]`, row by row in one list each.
pub fn mean_average_precision(
    scores: &[f32],
    labels: &[bool],
    classes: usize,
) -> MeanAveragePrecision {
    let column = |class: usize| {
        let scores: Vec<_> = scores.iter().skip(class).step_by(classes).copied().collect();
        let labels: Vec<_> = labels.iter().skip(class).step_by(classes).copied().collect();
        average_precision(&scores, &labels)
    };
    let per_class: Vec<f64> = (0..classes).map(column).collect();
    let rows = scores.chunks(classes).zip(labels.chunks(classes));
    let per_row = rows.filter(|(_, labels)| labels.contains(&true));
    MeanAveragePrecision {
        macro_map: mean(per_class.iter().copied()),
        // A class that holds somewhere has a precision above 0 there.
        macro_map_without_empty_classes: mean(per_class.iter().copied().filter(|ap| *ap > 0.0)),
        micro_ap: average_precision(scores, labels),
        sample_map: mean(per_row.map(|(scores, labels)| average_precision(scores, labels))),
        per_class,
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}
