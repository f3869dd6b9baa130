//! Random numbers that are the same everywhere: on any machine, with any number
//! of threads, and never dependent on a library's version.

/// Streams of a seed beside those of the epochs, which are numbered from 0.
#[cfg(feature = "model")]
pub(crate) const NEGATIVES: u64 = 1 << 32;
/// The stream of a drawn prior.
#[cfg(feature = "model")]
pub(crate) const PRIOR: u64 = 2 << 32;
/// The stream that divides documents into folds.
#[cfg(feature = "model")]
pub(crate) const FOLDS: u64 = 3 << 32;

/// The stream of spans that are no mentions.
#[cfg(feature = "model")]
pub(crate) const SPANS: u64 = 4 << 32;

/// The stream of changed mentions.
#[cfg(feature = "model")]
pub(crate) const JITTER: u64 = 5 << 32;

const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64 (Steele, Lea and Flood 2014).
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// The numbers of one stream (an epoch, a purpose) of a seed.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self(mix(mix(seed).wrapping_add(stream)))
    }

    fn next(&mut self) -> u64 {
        let number = mix(self.0);
        self.0 = self.0.wrapping_add(GOLDEN_GAMMA);
        number
    }

    /// A number in `[0, 1)`.
    #[cfg(feature = "model")]
    pub fn uniform(&mut self) -> f64 {
        unit(self.next())
    }

    /// A number below `bound`; its bias, `bound / 2^64`, doesn't matter here.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// Puts a list into random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }
}

/// A number in `[0, 1)` from random bits.
#[cfg(feature = "model")]
pub(crate) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// The finaliser of SplitMix64: a hash of one number.
pub(crate) fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(GOLDEN_GAMMA);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
