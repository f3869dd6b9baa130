//! Maxima over stretches of rows.

use std::ops::Range;

use burn::tensor::Tensor;

use crate::layers::rows;

/// The largest value of each column among the rows of each range, `[ranges, columns]`; zeros for an
/// empty range. `matrix` is `[rows, columns]`.
///
/// The maxima of stretches of 1, 2, 4, ... rows are made one level from the other, and a range is
/// two stretches of its level, which may overlap. So the work grows with the rows and the ranges,
/// and not with how long these are; without gradients two levels are held at a time. The gradient
/// of a maximum goes to the one row that has it, of equal ones to one of them.
pub(crate) fn range_max(matrix: &Tensor<2>, ranges: &[Range<usize>]) -> Tensor<2> {
    let [_, columns] = matrix.dims();
    if ranges.is_empty() {
        return Tensor::zeros([0, columns], &matrix.device());
    }
    let mut parts = vec![Tensor::zeros([1, columns], &matrix.device())];
    let mut place = vec![0; ranges.len()]; // the zeros, for an empty range
    let mut next = 1;
    let longest = ranges.iter().map(Range::len).max().unwrap_or(0);
    let mut level = matrix.clone();
    let mut stretch = 1;
    while stretch <= longest {
        let here: Vec<usize> =
            (0..ranges.len()).filter(|at| is_of_level(&ranges[*at], stretch)).collect();
        if !here.is_empty() {
            let first = rows(&level, here.iter().map(|at| ranges[*at].start));
            let last = rows(&level, here.iter().map(|at| ranges[*at].end - stretch));
            parts.push(if stretch == 1 { first } else { first.max_pair(last) });
            here.iter().enumerate().for_each(|(row, at)| place[*at] = next + row);
            next += here.len();
        }
        if 2 * stretch <= longest {
            let left = level.dims()[0] - stretch;
            level = level.clone().narrow(0, 0, left).max_pair(level.narrow(0, stretch, left));
        }
        stretch *= 2;
    }
    rows(&Tensor::cat(parts, 0), place.into_iter())
}

/// Whether a range is the union of two stretches of this length, but not of longer ones.
fn is_of_level(range: &Range<usize>, stretch: usize) -> bool {
    (stretch..2 * stretch).contains(&range.len())
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};
    use proptest::prelude::*;

    use super::*;

    fn values(tensor: Tensor<2>) -> Vec<f32> {
        tensor.into_data().try_into_vec().unwrap()
    }

    proptest! {
        #[test]
        fn each_range_has_its_maxima(
            numbers in prop::collection::vec(-9.0_f32..9.0, 2..60),
            ends in prop::collection::vec((0_usize..31, 0_usize..31), 0..9),
        ) {
            let count = numbers.len() / 2;
            let ranges: Vec<Range<usize>> =
                ends.iter().map(|(a, b)| (*a).min(*b).min(count)..(*a).max(*b).min(count)).collect();
            let data = TensorData::new(numbers[..2 * count].to_vec(), [count, 2]);
            let matrix = Tensor::<2>::from_data(data, &Device::default());
            let wanted: Vec<f32> = ranges
                .iter()
                .flat_map(|range| [0, 1].map(|column| {
                    let of_range = range.clone().map(|row| numbers[2 * row + column]);
                    of_range.reduce(f32::max).unwrap_or(0.0)
                }))
                .collect();
            prop_assert_eq!(values(range_max(&matrix, &ranges)), wanted);
        }
    }

    #[test]
    fn the_gradient_goes_to_the_largest_row() {
        let device = Device::default().autodiff();
        let data = TensorData::new(vec![1.0_f32, 5.0, 3.0, 2.0, 4.0], [5, 1]);
        let matrix = Tensor::<2>::from_data(data, &device).require_grad();
        let found = range_max(&matrix, &[0..5, 2..5, 0..3, 3..3]);
        let gradients = found.sum().backward();
        assert_eq!(values(matrix.grad(&gradients).unwrap()), [0.0, 2.0, 0.0, 0.0, 1.0]);
    }
}
