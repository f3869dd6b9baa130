//! From values to places on the picture, with ticks at round numbers.

use super::number::tick;

/// A map from a range of values to a range of the picture.
#[derive(Debug, Clone)]
pub(in crate::report) struct Scale {
    low: f64,
    high: f64,
    log: bool,
    ticks: Vec<f64>,
    step: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// A linear scale that begins and ends on ticks around all values, 0 among them where
    /// `from_zero` says so.
    pub fn round(values: impl Iterator<Item = f64>, from_zero: bool) -> Self {
        let values = finite(values.chain(from_zero.then_some(0.0)));
        let (low, high) = range(&values).unwrap_or((0.0, 1.0));
        let step = step_for(&values, low, high);
        let (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
        Self::linear(low, high, step)
    }

    /// A linear scale that begins and ends with the values themselves.
    pub fn exact(values: impl Iterator<Item = f64>) -> Self {
        let values = finite(values);
        let (low, high) = range(&values).unwrap_or((0.0, 1.0));
        Self::linear(low, high, step_for(&values, low, high))
    }

    /// A linear scale for shares, from 0 to 1.
    pub fn unit() -> Self {
        Self::linear(0.0, 1.0, round_step(0.0, 1.0))
    }

    /// A logarithmic scale for positive values: from below the smallest, so that it can be
    /// seen, to the next power of ten, with ticks at powers of ten.
    pub fn log(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = range(&finite(values.filter(|&value| value > 0.0))).unwrap_or((1.0, 1.0));
        let first = low.log10().floor();
        let last = high.log10().ceil().max(first + 1.0);
        let every = ((last - first) / 6.0).ceil().max(1.0);
        let count = ((last - first) / every).floor() as usize;
        let ticks = (0..=count).map(|n| 10f64.powf(first + every * n as f64)).collect();
        let (low, high) = (10f64.powf(first) / 2.0, 10f64.powf(last));
        Self { low, high, log: true, ticks, step: low, from: 0.0, to: 1.0 }
    }

    fn linear(low: f64, high: f64, step: f64) -> Self {
        let first = (low / step - 1e-9).ceil();
        let count = ((high / step + 1e-9).floor() - first).max(0.0) as usize;
        let ticks = (0..=count).map(|n| (first + n as f64) * step).collect();
        Self { low, high, log: false, ticks, step, from: 0.0, to: 1.0 }
    }

    /// The same on the range `from..to` of the picture, which may run downwards.
    pub fn on(mut self, from: f64, to: f64) -> Self {
        (self.from, self.to) = (from, to);
        self
    }

    /// The place of a value; what lies beyond the ends stays at the end.
    pub fn place(&self, value: f64) -> f64 {
        let flat = |value: f64| if self.log { value.max(self.low).log10() } else { value };
        let (low, high) = (flat(self.low), flat(self.high));
        self.from + (self.to - self.from) * ((flat(value) - low) / (high - low)).clamp(0.0, 1.0)
    }

    /// Where bars start: at 0, or at the low end of a logarithmic scale.
    pub fn base(&self) -> f64 {
        self.place(if self.log { self.low } else { 0.0 })
    }

    /// The ticks, places and texts.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        let step = |value: f64| if self.log { value } else { self.step };
        self.ticks.iter().map(|&value| (self.place(value), tick(value, step(value)))).collect()
    }
}

fn finite(values: impl Iterator<Item = f64>) -> Vec<f64> {
    values.filter(|value| value.is_finite()).collect()
}

/// The smallest and the largest value, a little apart.
fn range(values: &[f64]) -> Option<(f64, f64)> {
    let (low, high) = values.iter().fold(None, |ends: Option<(f64, f64)>, &value| {
        let (low, high) = ends.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    })?;
    match (low, high) {
        (0.0, 0.0) => Some((0.0, 1.0)),
        _ if low == high => Some((low - low.abs() / 2.0, high + high.abs() / 2.0)),
        ends => Some(ends),
    }
}

/// A round step; a whole one between whole values, since no half of a document is counted.
fn step_for(values: &[f64], low: f64, high: f64) -> f64 {
    let step = round_step(low, high);
    if values.iter().all(|value| value.fract() == 0.0) { step.max(1.0) } else { step }
}

/// A step of 1, 2 or 5 times a power of ten that cuts the range into four to eight parts.
fn round_step(low: f64, high: f64) -> f64 {
    let rough = (high - low) / 5.0;
    let unit = 10f64.powf(rough.log10().floor());
    let times = [1.0, 2.0, 5.0].into_iter().find(|times| rough <= 1.3 * times * unit);
    times.unwrap_or(10.0) * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(scale: &Scale) -> Vec<String> {
        scale.ticks().into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_and_hold_the_values() {
        let scale = Scale::round([3.0, 47.2].into_iter(), true);
        assert_eq!(texts(&scale), ["0", "10", "20", "30", "40", "50"]);
        let gains = Scale::round([-0.7, 1.1].into_iter(), true);
        assert_eq!(texts(&gains), ["−1.0", "−0.5", "0.0", "0.5", "1.0", "1.5"]);
        let epochs = Scale::exact([1.0, 30.0].into_iter());
        assert_eq!(texts(&epochs), ["5", "10", "15", "20", "25", "30"]);
        assert_eq!((epochs.place(1.0), epochs.place(30.0)), (0.0, 1.0));
    }

    #[test]
    fn counts_have_whole_ticks_and_shares_have_not() {
        let documents = Scale::round([1.0, 3.0].into_iter(), true);
        assert_eq!(texts(&documents), ["0", "1", "2", "3"]);
        let relations = Scale::exact([1.0, 2.0, 4.0].into_iter());
        assert_eq!(texts(&relations), ["1", "2", "3", "4"]);
        assert_eq!(texts(&Scale::exact([2.0].into_iter())), ["1", "2", "3"]);
        let scores = Scale::round([1.0, 2.5].into_iter(), true);
        assert_eq!(texts(&scores), ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"]);
        assert_eq!(texts(&Scale::unit()), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
    }

    #[test]
    fn nothing_one_value_and_zeros_have_a_width() {
        for values in [vec![], vec![0.0], vec![7.0], vec![f64::NAN], vec![-2.0, -2.0]] {
            for scale in [
                Scale::round(values.iter().copied(), false),
                Scale::exact(values.iter().copied()),
                Scale::log(values.iter().copied()),
            ] {
                assert!(scale.high > scale.low && scale.ticks.len() >= 2, "{values:?} {scale:?}");
                assert!(scale.place(7.0).is_finite());
            }
        }
    }

    #[test]
    fn a_log_scale_shows_a_single_one_and_ticks_at_powers_of_ten() {
        let scale = Scale::log([0.0, 1.0, 20_000.0].into_iter()).on(100.0, 0.0);
        assert_eq!(texts(&scale), ["1", "10", "100", "1,000", "10,000", "100,000"]);
        assert_eq!(scale.place(0.0), scale.base());
        assert!(scale.place(1.0) < scale.base() - 3.0);
    }
}
