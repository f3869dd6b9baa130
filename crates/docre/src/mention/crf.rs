//! A linear-chain conditional random field over typed BIO labels (Lafferty et al. 2001).
//!
//! The sums run on the host in 64 bits: a sentence has a few thousand steps, which are less work
//! than to tell a device of them.

use super::BioLabels;

/// The scores of labels behind each other. Labels that may not follow are left out, not
/// penalised: see [`BioLabels::may_follow`].
#[derive(Debug, Clone, PartialEq)]
pub struct Crf {
    labels: usize,
    /// `[from, to]`.
    transitions: Vec<f64>,
    start: Vec<f64>,
    end: Vec<f64>,
}

/// The gradients of a log-likelihood, 0 where labels may not follow each other.
#[derive(Debug, Clone, PartialEq)]
pub struct CrfGradients {
    /// `[tokens, labels]`.
    pub emissions: Vec<f64>,
    /// `[from, to]`.
    pub transitions: Vec<f64>,
    /// `[labels]`.
    pub start: Vec<f64>,
    /// `[labels]`.
    pub end: Vec<f64>,
}

impl Crf {
    /// A field with these scores: `transitions` as `[from, to]`, row by row.
    ///
    /// # Panics
    ///
    /// If there aren't as many transitions as pairs of labels, or ends as starts.
    pub fn new(transitions: &[f64], start: &[f64], end: &[f64]) -> Self {
        let labels = start.len();
        assert_eq!((transitions.len(), end.len()), (labels * labels, labels), "scores of labels");
        let allowed = |before: Option<usize>, label: usize, score: f64| {
            if BioLabels::may_follow(before, label) { score } else { f64::NEG_INFINITY }
        };
        let transition =
            |(place, &score): (usize, &f64)| allowed(Some(place / labels), place % labels, score);
        Self {
            labels,
            transitions: transitions.iter().enumerate().map(transition).collect(),
            start: start.iter().enumerate().map(|(label, &s)| allowed(None, label, s)).collect(),
            end: end.to_vec(),
        }
    }

    /// The score of a path: emissions `[tokens, labels]`, transitions, start and end.
    pub fn score(&self, emissions: &[f64], path: &[usize]) -> f64 {
        let (Some(first), Some(last)) = (path.first(), path.last()) else { return 0.0 };
        let emitted = path.iter().enumerate().map(|(t, label)| emissions[t * self.labels + label]);
        let moved = path.windows(2).map(|two| self.transitions[two[0] * self.labels + two[1]]);
        self.start[*first] + emitted.sum::<f64>() + moved.sum::<f64>() + self.end[*last]
    }

    /// The logarithm of the sum over all paths.
    pub fn log_partition(&self, emissions: &[f64]) -> f64 {
        match self.forward(emissions).chunks(self.labels).last() {
            None => 0.0,
            Some(last) => log_sum_exp(last.iter().zip(&self.end).map(|(a, b)| a + b)),
        }
    }

    /// The log-likelihood of a path, and its gradients.
    pub fn log_likelihood(&self, emissions: &[f64], path: &[usize]) -> (f64, CrfGradients) {
        let (labels, tokens) = (self.labels, path.len());
        let mut gradients = CrfGradients {
            emissions: vec![0.0; emissions.len()],
            transitions: vec![0.0; labels * labels],
            start: vec![0.0; labels],
            end: vec![0.0; labels],
        };
        if tokens == 0 {
            return (0.0, gradients);
        }
        let (forward, backward) = (self.forward(emissions), self.backward(emissions));
        let total = self.log_partition(emissions);
        for (place, gradient) in gradients.emissions.iter_mut().enumerate() {
            let is_gold = path[place / labels] == place % labels;
            let marginal = (forward[place] + backward[place] - total).exp();
            *gradient = f64::from(u8::from(is_gold)) - marginal;
        }
        for token in 1..tokens {
            for from in 0..labels {
                for to in 0..labels {
                    let moved = from * labels + to;
                    let reached = token * labels + to;
                    let score = forward[reached - to - labels + from]
                        + self.transitions[moved]
                        + emissions[reached]
                        + backward[reached];
                    gradients.transitions[moved] -= (score - total).exp();
                }
            }
            gradients.transitions[path[token - 1] * labels + path[token]] += 1.0;
        }
        gradients.start.copy_from_slice(&gradients.emissions[..labels]);
        gradients.end.copy_from_slice(&gradients.emissions[(tokens - 1) * labels..]);
        (self.score(emissions, path) - total, gradients)
    }

    /// The path of the highest score (Viterbi), of equal ones that of the lowest labels at its
    /// end, and its score.
    pub fn best_path(&self, emissions: &[f64]) -> (Vec<usize>, f64) {
        let tokens = emissions.len() / self.labels;
        if tokens == 0 {
            return (Vec::new(), 0.0);
        }
        let mut scores: Vec<f64> = self.start.iter().zip(emissions).map(|(a, b)| a + b).collect();
        let mut came_from = Vec::with_capacity(emissions.len());
        for emitted in emissions.chunks(self.labels).skip(1) {
            let best = |to: usize| {
                highest(
                    (0..self.labels)
                        .map(|from| scores[from] + self.transitions[from * self.labels + to]),
                )
            };
            let (from, reached): (Vec<usize>, Vec<f64>) = (0..self.labels).map(best).unzip();
            scores = reached.iter().zip(emitted).map(|(a, b)| a + b).collect();
            came_from.extend(from);
        }
        let (mut label, score) = highest(scores.iter().zip(&self.end).map(|(a, b)| a + b));
        let mut path = vec![label; tokens];
        for token in (1..tokens).rev() {
            label = came_from[(token - 1) * self.labels + label];
            path[token - 1] = label;
        }
        (path, score)
    }

    /// The logarithm of the sum over paths up to each token and label, its emission included.
    fn forward(&self, emissions: &[f64]) -> Vec<f64> {
        let mut sums: Vec<f64> = Vec::with_capacity(emissions.len());
        for (token, emitted) in emissions.chunks(self.labels).enumerate() {
            for (to, emitted) in emitted.iter().enumerate() {
                let before = match token.checked_sub(1) {
                    None => self.start[to],
                    Some(last) => log_sum_exp((0..self.labels).map(|from| {
                        sums[last * self.labels + from] + self.transitions[from * self.labels + to]
                    })),
                };
                sums.push(before + emitted);
            }
        }
        sums
    }

    /// The logarithm of the sum over paths behind each token and label, its emission left out.
    fn backward(&self, emissions: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; emissions.len()];
        let tokens = emissions.len() / self.labels;
        sums[(tokens - 1) * self.labels..].copy_from_slice(&self.end);
        for token in (0..tokens - 1).rev() {
            let next = (token + 1) * self.labels;
            for from in 0..self.labels {
                sums[token * self.labels + from] = log_sum_exp((0..self.labels).map(|to| {
                    self.transitions[from * self.labels + to]
                        + emissions[next + to]
                        + sums[next + to]
                }));
            }
        }
        sums
    }
}

fn log_sum_exp(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let highest = values.clone().fold(f64::NEG_INFINITY, f64::max);
    if highest == f64::NEG_INFINITY {
        return highest;
    }
    highest + values.map(|value| (value - highest).exp()).sum::<f64>().ln()
}

/// The place of the highest value, the first of equal ones, and the value.
fn highest(values: impl Iterator<Item = f64>) -> (usize, f64) {
    let first = (0, f64::NEG_INFINITY);
    values.enumerate().fold(first, |best, found| if found.1 > best.1 { found } else { best })
}
