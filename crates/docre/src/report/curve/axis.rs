//! Ranges of axes: they hold every value, have a width, and end on round numbers
//! where people read them.

use std::ops::Range;

/// From the smallest to the largest value with some room around a single one;
/// 0 to 1 where there is none.
pub(super) fn spanning(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    match low <= high {
        true if low < high => low..high,
        true => low - 1.0..high + 1.0,
        false => 0.0..1.0,
    }
}

/// The range of a loss: from 0, where none is below, with some room on top.
pub(super) fn of_loss(values: impl Iterator<Item = f64>) -> Range<f64> {
    let Range { start, end } = spanning(values.chain([0.0]));
    let room = 0.06 * (end - start);
    (if start < 0.0 { start - room } else { 0.0 })..end + room
}

/// The range of percentages: whole tens around them, with some room on top; all of
/// it where there is none.
pub(super) fn of_percent(values: impl Iterator<Item = f64>) -> Range<f64> {
    let mut values = values.peekable();
    if values.peek().is_none() {
        return 0.0..100.0;
    }
    let Range { start, end } = spanning(values);
    let low = (start / 10.0).floor().max(0.0) * 10.0;
    let high = (end / 10.0 + 0.3).ceil().min(10.0) * 10.0;
    low.min(90.0)..high.max(low + 10.0)
}
