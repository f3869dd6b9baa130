//! What clusters of mentions share.

use std::collections::{BTreeMap, BTreeSet};

/// A mention's place: sentence, first token, behind the last one.
pub(super) type Span = (usize, usize, usize);

/// For each cluster of one list those of another that share mentions with it, and how many.
pub(super) fn overlaps(
    left: &[BTreeSet<Span>],
    right: &[BTreeSet<Span>],
) -> Vec<Vec<(usize, usize)>> {
    let mut owners = BTreeMap::<Span, Vec<usize>>::new();
    for (place, cluster) in right.iter().enumerate() {
        cluster.iter().for_each(|&member| owners.entry(member).or_default().push(place));
    }
    let of = |cluster: &BTreeSet<Span>| {
        let mut shared = BTreeMap::<usize, usize>::new();
        for place in cluster.iter().filter_map(|member| owners.get(member)).flatten() {
            *shared.entry(*place).or_default() += 1;
        }
        shared.into_iter().collect()
    };
    left.iter().map(of).collect()
}
