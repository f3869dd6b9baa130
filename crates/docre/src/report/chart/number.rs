//! Numbers as people read them.

/// A value with up to four significant digits, and thousands apart: `12,345`, `0.0312`.
/// Nothing for what isn't finite.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let size = value.abs();
    if size > 0.0 && !(1e-4..1e15).contains(&size) {
        return format!("{value:.2e}");
    }
    let whole = if size < 1.0 { 0 } else { size.log10() as usize };
    let digits = if value.fract() == 0.0 { 0 } else { 3usize.saturating_sub(whole) + small(size) };
    grouped(trimmed(format!("{value:.digits$}")))
}

/// A tick of an axis whose ticks are `step` apart: as many digits as all of them need.
pub(super) fn tick(value: f64, step: f64) -> String {
    let size = value.abs();
    if size >= 1e6 {
        return trimmed(format!("{:.3}", value / 1e6)) + "M";
    }
    if size > 0.0 && step < 1e-4 {
        return format!("{value:e}");
    }
    let digits = (-step.log10()).ceil().clamp(0.0, 6.0) as usize;
    // A sum of steps may end a hair beside 0.
    let value = if size < step / 2.0 { 0.0 } else { value };
    grouped(format!("{value:.digits$}"))
}

/// How many digits after the point come before the second that counts.
fn small(size: f64) -> usize {
    if size < 1.0 { (-size.log10()).ceil() as usize } else { 0 }
}

fn trimmed(text: String) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// The same with a comma between thousands, and a true minus.
fn grouped(text: String) -> String {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => ("−", rest),
        None => ("", text.as_str()),
    };
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_exact_enough() {
        let cases = [
            (0.0, "0"),
            (1234567.0, "1,234,567"),
            (-1234.6, "−1,235"),
            (45.3149, "45.31"),
            (0.031249, "0.03125"),
            (0.5, "0.5"),
            (0.00001, "1.00e-5"),
            (f64::NAN, ""),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text, "{value}");
        }
    }

    #[test]
    fn ticks_share_their_digits() {
        assert_eq!([tick(0.0, 0.05), tick(0.1, 0.05)], ["0.00", "0.10"]);
        assert_eq!([tick(-1e-18, 0.2), tick(-5000.0, 1000.0)], ["0.0", "−5,000"]);
        assert_eq!(tick(2_500_000.0, 500_000.0), "2.5M");
    }
}
