//! Long noisy series made readable.

/// The exponential moving average, without its usual pull towards the start. It
/// looks back over about a thirtieth of the series.
pub(super) fn smoothed(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let keep = 1.0 - 1.0 / (points.len() as f64 / 30.0).max(1.0);
    let (mut sum, mut weight) = (0.0, 0.0);
    let average = |&(x, y): &(f64, f64)| {
        sum = keep * sum + (1.0 - keep) * y;
        weight = keep * weight + (1.0 - keep);
        (x, sum / weight)
    };
    points.iter().map(average).collect()
}

/// At most about `most` points that look the same: of each stretch, its lowest and
/// its highest.
pub(super) fn thinned(points: &[(f64, f64)], most: usize) -> Vec<(f64, f64)> {
    if points.len() <= most {
        return points.to_vec();
    }
    let stretch = (2 * points.len()).div_ceil(most);
    points.chunks(stretch).flat_map(extremes).collect()
}

/// About `most` points at most of a smooth series, evenly spaced, with the last.
pub(super) fn sampled(points: &[(f64, f64)], most: usize) -> Vec<(f64, f64)> {
    let every = points.len().div_ceil(most).max(1);
    let mut kept: Vec<_> = points.iter().step_by(every).copied().collect();
    kept.extend(points.last().filter(|_| !(points.len() - 1).is_multiple_of(every)));
    kept
}

/// The lowest and the highest point, in their order.
fn extremes(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let by_height = |&a: &usize, &b: &usize| points[a].1.total_cmp(&points[b].1);
    let low = (0..points.len()).min_by(by_height).unwrap_or(0);
    let high = (0..points.len()).max_by(by_height).unwrap_or(0);
    let mut places = vec![low.min(high), low.max(high)];
    places.dedup();
    places.into_iter().map(|place| points[place]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_keeps_a_constant_and_the_first_value() {
        let flat: Vec<_> = (0..500).map(|x| (x as f64, 3.0)).collect();
        assert!(smoothed(&flat).iter().all(|(_, y)| (y - 3.0).abs() < 1e-12));
        let step: Vec<_> = (0..500).map(|x| (x as f64, f64::from(x > 0))).collect();
        assert_eq!(smoothed(&step)[0], (0.0, 0.0));
    }

    #[test]
    fn sampling_keeps_both_ends() {
        let points: Vec<_> = (0..1001).map(|x| (x as f64, 0.0)).collect();
        for len in [0, 1, 2, 10, 100, 999, 1000, 1001] {
            let kept = sampled(&points[..len], 10);
            assert!(kept.len() <= 11 && kept.is_sorted_by(|a, b| a.0 < b.0), "{len}");
            assert_eq!((kept.first(), kept.last()), (points[..len].first(), points[..len].last()));
        }
    }

    #[test]
    fn thinning_keeps_the_extremes() {
        let mut points: Vec<_> = (0..10_000).map(|x| (x as f64, (x % 7) as f64)).collect();
        (points[4_321].1, points[8_765].1) = (99.0, -99.0);
        let thin = thinned(&points, 400);
        assert!(thin.len() <= 400);
        assert!(thin.contains(&(4_321.0, 99.0)) && thin.contains(&(8_765.0, -99.0)));
        assert!(thin.is_sorted_by(|a, b| a.0 < b.0));
    }
}
