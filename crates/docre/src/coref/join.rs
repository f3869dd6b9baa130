//! From the similarities of some pairs to clusters.

use std::collections::HashMap;

use super::{Linkage, cluster};

/// Mentions of which some pairs have a similarity; of the others it is 0.
#[derive(Debug, Clone, PartialEq)]
pub struct SimilarMentions {
    /// How many mentions there are.
    pub count: usize,
    /// Pairs `i < j`, each once.
    pub pairs: Vec<(usize, usize)>,
    /// How similar they are, in [0, 1].
    pub similarities: Vec<f64>,
}

impl SimilarMentions {
    /// For each mention its cluster, numbered by their first mentions. `threshold` isn't below 0.
    ///
    /// Clusters that are joined have a pair across whose similarity is above the threshold, so
    /// mentions that no chain of such pairs connects are looked at apart: the work grows with
    /// the square of the largest group, not of the document.
    pub fn clusters(&self, threshold: f64, linkage: Linkage) -> Vec<usize> {
        let mut groups = Groups { first: (0..self.count).collect() };
        let known = self.pairs.iter().zip(&self.similarities);
        for ((i, j), _) in known.clone().filter(|(_, similarity)| **similarity > threshold) {
            groups.join(*i, *j);
        }
        let mut members = vec![Vec::new(); self.count];
        let mut place = vec![0; self.count];
        for mention in 0..self.count {
            let of = &mut members[groups.of(mention)];
            place[mention] = of.len();
            of.push(mention);
        }
        let mut similarities = vec![HashMap::new(); self.count];
        for ((i, j), similarity) in known {
            let group = groups.of(*i);
            if group == groups.of(*j) {
                similarities[group].insert((place[*i], place[*j]), *similarity);
            }
        }
        let mut first = vec![0; self.count];
        for (members, similarities) in members.iter().zip(&similarities) {
            let similarity = |i, j| similarities.get(&(i, j)).copied().unwrap_or(0.0);
            let (clusters, _) = cluster(members.len(), similarity, threshold, linkage);
            let mut firsts = HashMap::new();
            for (mention, cluster) in members.iter().zip(clusters) {
                first[*mention] = *firsts.entry(cluster).or_insert(*mention);
            }
        }
        numbered(&first)
    }
}

/// Mentions in groups, each known by one of them.
struct Groups {
    first: Vec<usize>,
}

impl Groups {
    fn of(&mut self, mention: usize) -> usize {
        let mut root = mention;
        while self.first[root] != root {
            self.first[root] = self.first[self.first[root]];
            root = self.first[root];
        }
        root
    }

    fn join(&mut self, one: usize, two: usize) {
        let (one, two) = (self.of(one), self.of(two));
        self.first[one.max(two)] = one.min(two);
    }
}

/// Clusters, given by their first mentions, numbered in the order of these.
fn numbered(first: &[usize]) -> Vec<usize> {
    let mut numbers = HashMap::new();
    let mut number = |first: &usize| {
        let next = numbers.len();
        *numbers.entry(*first).or_insert(next)
    };
    first.iter().map(&mut number).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn groups_apart_give_what_all_together_do(
            count in 1_usize..14,
            values in prop::collection::vec(0.0_f64..1.0, 91),
            threshold in 0.0_f64..0.9,
        ) {
            let pairs: Vec<(usize, usize)> =
                (0..count).flat_map(|i| (i + 1..count).map(move |j| (i, j))).collect();
            let similarities = values[..pairs.len()].to_vec();
            let similarity = |i: usize, j: usize| {
                similarities[pairs.binary_search(&(i, j)).unwrap()]
            };
            let (whole, _) = cluster(count, similarity, threshold, Linkage::Average);
            let similar = SimilarMentions { count, pairs: pairs.clone(), similarities: similarities.clone() };
            prop_assert_eq!(similar.clusters(threshold, Linkage::Average), whole);
        }
    }
}
