//! Agglomerative clustering of mentions by their similarity.

/// How similar two clusters are, by the mentions across.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Linkage {
    /// The mean (Table-to-Graph, Zhang et al. 2023).
    #[default]
    Average,
    /// The lowest (JEREX, Eberts and Ulges 2021).
    Complete,
}

/// Two clusters that became one, named by their first mentions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Merge {
    /// The first mention of both.
    pub first: usize,
    /// The first mention of the other one.
    pub second: usize,
    /// How similar they were.
    pub similarity: f64,
}

/// Similarities closer than this are tied.
const TIE: f64 = 1e-9;

/// For each of `count` mentions its cluster, numbered by their first mentions, and the merges in
/// order: the two most similar clusters become one as long as their similarity is above the
/// threshold. A tie goes to the pair whose first mentions come first.
///
/// `similarity` is asked once for each pair `i < j`, and is the same both ways.
///
/// ```
/// use docre::coref::{Linkage, cluster};
///
/// let alike = |i: usize, j: usize| if i == 0 && j == 2 { 0.9 } else { 0.1 };
/// let (clusters, merges) = cluster(3, alike, 0.5, Linkage::Average);
/// assert_eq!(clusters, [0, 1, 0]);
/// assert_eq!((merges[0].first, merges[0].second), (0, 2));
/// ```
pub fn cluster(
    count: usize,
    similarity: impl Fn(usize, usize) -> f64,
    threshold: f64,
    linkage: Linkage,
) -> (Vec<usize>, Vec<Merge>) {
    let mut open = OpenClusters::new(count, similarity, linkage);
    let mut merges = Vec::new();
    while let Some(merge) = open.closest().filter(|merge| merge.similarity > threshold) {
        open.join(merge.first, merge.second);
        merges.push(merge);
    }
    (numbered(&open.cluster_of), merges)
}

/// The clusters so far, each known by its first mention.
struct OpenClusters {
    linkage: Linkage,
    /// For each mention the first of its cluster.
    cluster_of: Vec<usize>,
    sizes: Vec<usize>,
    is_open: Vec<bool>,
    /// Of two clusters `i < j` at `j (j - 1) / 2 + i` the sum of similarities across, or the
    /// lowest.
    across: Vec<f64>,
    /// For each open cluster the closest one behind it.
    nearest: Vec<Option<(usize, f64)>>,
}

impl OpenClusters {
    fn new(count: usize, similarity: impl Fn(usize, usize) -> f64, linkage: Linkage) -> Self {
        let across = (0..count).flat_map(|j| (0..j).map(move |i| (i, j)));
        let mut clusters = Self {
            linkage,
            cluster_of: (0..count).collect(),
            sizes: vec![1; count],
            is_open: vec![true; count],
            across: across.map(|(i, j)| similarity(i, j)).collect(),
            nearest: vec![None; count],
        };
        (0..count).for_each(|cluster| clusters.find_nearest(cluster));
        clusters
    }

    fn place(a: usize, b: usize) -> usize {
        let (i, j) = (a.min(b), a.max(b));
        j * (j - 1) / 2 + i
    }

    fn similarity(&self, a: usize, b: usize) -> f64 {
        let across = self.across[Self::place(a, b)];
        match self.linkage {
            Linkage::Average => across / (self.sizes[a] * self.sizes[b]) as f64,
            Linkage::Complete => across,
        }
    }

    fn find_nearest(&mut self, cluster: usize) {
        let behind = (cluster + 1..self.is_open.len()).filter(|&other| self.is_open[other]);
        let similar = behind.map(|other| (other, self.similarity(cluster, other)));
        self.nearest[cluster] = similar.fold(None, closer);
    }

    fn closest(&self) -> Option<Merge> {
        let open = (0..self.is_open.len()).filter(|&cluster| self.is_open[cluster]);
        let nearest = open.filter_map(|first| {
            self.nearest[first].map(|(second, similarity)| Merge { first, second, similarity })
        });
        nearest.reduce(
            |best, next| {
                if next.similarity > best.similarity + TIE { next } else { best }
            },
        )
    }

    /// The second cluster becomes part of the first.
    fn join(&mut self, first: usize, second: usize) {
        self.is_open[second] = false;
        self.nearest[second] = None;
        let others: Vec<usize> =
            (0..self.is_open.len()).filter(|&o| self.is_open[o] && o != first).collect();
        for &other in &others {
            let moved = self.across[Self::place(second, other)];
            let kept = &mut self.across[Self::place(first, other)];
            *kept = match self.linkage {
                Linkage::Average => *kept + moved,
                Linkage::Complete => kept.min(moved),
            };
        }
        self.sizes[first] += self.sizes[second];
        self.cluster_of.iter_mut().filter(|of| **of == second).for_each(|of| *of = first);
        for other in others.into_iter().filter(|&other| other < second) {
            match self.nearest[other] {
                Some((nearest, _)) if nearest == first || nearest == second => {
                    self.find_nearest(other);
                }
                Some((nearest, similarity)) if other < first => {
                    let joined = self.similarity(other, first);
                    let tie = (joined - similarity).abs() <= TIE && first < nearest;
                    if joined > similarity + TIE || tie {
                        self.nearest[other] = Some((first, joined));
                    }
                }
                _ => {}
            }
        }
        self.find_nearest(first);
    }
}

/// The closer of what was found and the next one, which stands behind it.
fn closer(best: Option<(usize, f64)>, next: (usize, f64)) -> Option<(usize, f64)> {
    match best {
        Some(best) if next.1 <= best.1 + TIE => Some(best),
        _ => Some(next),
    }
}

/// Clusters numbered in the order of their first mentions.
fn numbered(cluster_of: &[usize]) -> Vec<usize> {
    let mut numbers = vec![0; cluster_of.len()];
    let mut next = 0;
    for mention in 0..cluster_of.len() {
        if cluster_of[mention] == mention {
            numbers[mention] = next;
            next += 1;
        } else {
            numbers[mention] = numbers[cluster_of[mention]];
        }
    }
    numbers
}
