//! Random batches in which documents of similar length meet.

use std::num::NonZeroUsize;

use crate::random::Random;

/// Documents are sorted by length within pools of this many batches: enough that the
/// lengths in a batch are close, few enough that batches differ from epoch to epoch.
const POOL: usize = 12;

/// The batches of one epoch: places in `lengths`, each once, `batch_size` to a batch and the
/// rest in a smaller last one.
///
/// Documents are drawn at random into pools of a dozen batches, sorted in each pool and cut
/// into batches, whose order is random again. Documents of similar length in one batch keep
/// its memory and time even. The rest is drawn before pools are sorted, so it is no longer or
/// shorter than other batches. `lengths` may be any measure of cost, such as tokens plus pairs.
///
/// The batches depend on the arguments alone.
pub fn batches(
    lengths: &[usize],
    batch_size: NonZeroUsize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let size = batch_size.get();
    let mut random = Random::new(seed, epoch);
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    random.shuffle(&mut order);
    let rest = order.split_off(lengths.len() - lengths.len() % size);
    for pool in order.chunks_mut(size.saturating_mul(POOL)) {
        pool.sort_by_key(|&document| lengths[document]);
    }
    let mut batches: Vec<Vec<usize>> = order.chunks(size).map(<[usize]>::to_vec).collect();
    random.shuffle(&mut batches);
    if !rest.is_empty() {
        batches.push(rest);
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(lengths: &[usize], size: usize, seed: u64, epoch: u64) -> Vec<Vec<usize>> {
        batches(lengths, NonZeroUsize::new(size).unwrap(), seed, epoch)
    }

    /// Spread widely, without order.
    fn lengths(count: usize) -> Vec<usize> {
        (0..count).map(|place| 50 + place * 7919 % 950).collect()
    }

    #[test]
    fn each_document_is_in_one_batch() {
        for count in [0, 1, 3, 4, 5, 203, 1000] {
            let batches = epoch(&lengths(count), 4, 7, 1);
            assert_eq!(batches.len(), count.div_ceil(4));
            assert!(batches.iter().rev().skip(1).all(|batch| batch.len() == 4));
            let mut seen = batches.concat();
            seen.sort_unstable();
            assert_eq!(seen, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn seed_and_epoch_change_the_order_and_nothing_else_does() {
        let lengths = lengths(200);
        assert_eq!(epoch(&lengths, 4, 7, 1), epoch(&lengths, 4, 7, 1));
        assert_ne!(epoch(&lengths, 4, 7, 1), epoch(&lengths, 4, 7, 2));
        assert_ne!(epoch(&lengths, 4, 7, 1), epoch(&lengths, 4, 8, 1));
    }

    #[test]
    fn similar_lengths_meet() {
        let lengths = lengths(4000);
        let spread = |batch: &Vec<usize>| {
            let of_batch = || batch.iter().map(|&document| lengths[document]);
            of_batch().max().unwrap() - of_batch().min().unwrap()
        };
        let batches = epoch(&lengths, 4, 7, 1);
        let mean = batches.iter().map(spread).sum::<usize>() / batches.len();
        // Lengths lie in a range of 950; four at random are 570 apart, a pool has 48.
        assert!(mean < 100, "mean spread {mean}");
    }
}
