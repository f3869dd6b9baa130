//! The course of a training run as a picture: loss by step, dev scores by epoch.

mod draw;
mod smooth;

use super::chart::Svg;
use draw::PANEL;

/// The picture's colours: it is a file of its own, with a white ground in every theme.
const STYLE: &str = "svg{font-family:sans-serif;background:#fff}text{fill:#6a7079;font-size:14px}\
    .title{fill:#22252b;font-size:19px}.name,.mark{fill:#22252b;font-size:15px}.grid{stroke:#e4e4e0}\
    .axis{stroke:#6a7079}.dashed{stroke:#6a7079;stroke-dasharray:4}\
    .line{fill:none;stroke-width:2}.line.faint{stroke:#b4c3dc;stroke-width:1}.line.blue{stroke:#27509b}\
    .line.orange{stroke:#c06a1a}.line.green{stroke:#2d845f}circle.blue{fill:#27509b}\
    circle.orange{fill:#c06a1a}circle.green{fill:#2d845f}.ring{fill:none;stroke:#27509b}";

/// What a training run recorded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrainingCurve {
    /// The training loss by step, in step order.
    pub losses: Vec<(usize, f64)>,
    /// The evaluations on the dev set, in order.
    pub dev: Vec<DevPoint>,
}

/// One evaluation on the dev set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DevPoint {
    /// The step after which it took place.
    pub step: usize,
    /// The same in epochs.
    pub epoch: f64,
    /// Precision, in 0 to 1.
    pub precision: f64,
    /// Recall, in 0 to 1.
    pub recall: f64,
    /// F1, in 0 to 1.
    pub f1: f64,
}

impl TrainingCurve {
    /// The evaluation with the highest F1, the first of several; `None` before the
    /// first evaluation.
    pub fn best(&self) -> Option<&DevPoint> {
        let finite = self.dev.iter().filter(|point| point.f1.is_finite());
        finite.reduce(|best, point| if point.f1 > best.f1 { point } else { best })
    }
}

/// Draws a run as SVG: training loss by step, as it is and smoothed, beside dev
/// precision, recall and F1 by epoch with the best epoch marked.
///
/// Values that aren't finite are left out. The picture has a white ground in every
/// theme and names generic fonts only.
///
/// ```
/// use docre::report::{TrainingCurve, training_curve_svg};
///
/// let run = TrainingCurve { losses: vec![(1, 0.9), (2, 0.7)], dev: vec![] };
/// let svg = training_curve_svg(&run);
/// assert!(svg.starts_with("<svg") && svg.contains("Training loss"));
/// ```
pub fn training_curve_svg(run: &TrainingCurve) -> String {
    let mut svg = Svg::new(2.0 * PANEL.0, PANEL.1);
    draw::loss(&mut svg, run);
    draw::dev(&mut svg, run);
    let description = match run.best() {
        Some(best) => format!("The best F1 is {:.2}.", 100.0 * best.f1),
        None => "No evaluation yet.".to_owned(),
    };
    svg.alone("The course of a training run", &description, STYLE)
}
