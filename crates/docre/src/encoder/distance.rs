//! MPNet's bias for how far tokens are apart.

use burn::{
    module::Initializer,
    nn::{Embedding, EmbeddingConfig},
    tensor::Device,
};
use docre_kernels::{DistanceBias, DistanceRows};

use super::EncoderConfig;

/// The rows that MPNet's distances are told apart by (Song et al. 2020's code; T5's buckets).
pub(super) const BUCKETS: usize = 32;

/// The table `[rows, heads]` of an encoder that has one.
pub(super) fn table(config: &EncoderConfig, device: &Device) -> Option<Embedding> {
    let rows = config.relative_attention_num_buckets?;
    let table = EmbeddingConfig::new(rows, config.num_attention_heads);
    Some(table.with_initializer(Initializer::Zeros).init(device))
}

/// What windows of up to `longest` tokens add to their scores.
pub(super) fn bias(table: &Embedding, longest: usize) -> DistanceBias {
    DistanceBias { table: table.weight.val(), rows: DistanceRows::new(longest, bucket) }
}

/// The row for a distance, query minus key: each near distance has its own, far ones share
/// theirs by their logarithm, and all from 91 on the last.
fn bucket(distance: isize) -> usize {
    let half = BUCKETS / 2;
    let near = half / 2;
    let behind = if distance < 0 { half } else { 0 };
    let apart = distance.unsigned_abs();
    if apart < near {
        return behind + apart;
    }
    // The bucket n behind the near ones begins at 8 · 2^(n/2): squared, at whole numbers.
    let shared = (apart.saturating_mul(apart) / (near * near)).ilog2() as usize;
    behind + (near + shared).min(half - 1)
}

#[cfg(test)]
mod tests {
    use super::bucket;

    #[test]
    fn far_distances_share_buckets() {
        let first = |bucket_number| (0..).find(|distance| bucket(*distance) == bucket_number);
        let begins = [8, 9, 10, 11, 12, 13, 14, 15].map(|number| first(number).unwrap());
        assert_eq!(begins, [8, 12, 16, 23, 32, 46, 64, 91]);
        assert_eq!([0, 7, 511].map(bucket), [0, 7, 15]);
        assert_eq!([-1, -7, -8, -90, -91, -511].map(bucket), [17, 23, 24, 30, 31, 31]);
    }
}
