//! Which gold entity an entity that was found stands for.

use std::collections::BTreeSet;

use super::overlap::{Span, overlaps};

/// For each cluster that was found the gold one that it is matched with, one to one.
///
/// Two match if they share at least half of what either mentions (Jaccard): the closest first,
/// then by place in the gold list, then in the other.
pub(super) fn align(gold: &[BTreeSet<Span>], found: &[BTreeSet<Span>]) -> Vec<Option<usize>> {
    let mut candidates = Vec::new();
    for (of_gold, shared) in overlaps(gold, found).into_iter().enumerate() {
        for (of_found, shared) in shared {
            let all = gold[of_gold].len() + found[of_found].len() - shared;
            if 2 * shared >= all {
                candidates.push((shared, all, of_gold, of_found));
            }
        }
    }
    // Fractions are compared without division, so that equal ones are equal.
    candidates
        .sort_by(|a, b| (b.0 * a.1).cmp(&(a.0 * b.1)).then_with(|| (a.2, a.3).cmp(&(b.2, b.3))));
    let (mut matched, mut taken) = (vec![None; found.len()], vec![false; gold.len()]);
    for (_, _, of_gold, of_found) in candidates {
        if matched[of_found].is_none() && !taken[of_gold] {
            (matched[of_found], taken[of_gold]) = (Some(of_gold), true);
        }
    }
    matched
}
