//! Infer F1: facts that follow from two others.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::counts::{Counts, with_rates};
use super::judged::{Judged, PairKey};
use super::truth::Truth;

/// Facts of triangles: two facts h to o and o to t, and a third from h to t, between three
/// different entities of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Infer {
    /// Gold are the labelled facts that are a side of a triangle of labelled facts, all three
    /// sides counting. A prediction counts when it is one of these, or a side of a triangle
    /// of predicted facts.
    #[serde(serialize_with = "with_rates")]
    pub sides: Counts,
    /// The same with the third side only, h to t.
    #[serde(serialize_with = "with_rates")]
    pub conclusions: Counts,
    /// Gold as in `sides`, and every prediction counts: what the public evaluation gives with
    /// a truth file that is cut to such facts.
    #[serde(serialize_with = "with_rates")]
    pub all_predictions: Counts,
}

/// Counts the facts that follow from two others (GAIN, Zeng et al. 2020; KD-DocRE, Table 5).
/// Its definition names the gold facts only, and no code for it is public: there are three
/// readings of which predictions count.
pub fn infer(truth: &Truth, judged: &[Judged]) -> Infer {
    let gold_pairs = truth.facts().map(|(document, fact)| (document, fact.head, fact.tail));
    let gold = Triangles::of(gold_pairs.collect());
    let predicted = Triangles::of(judged.iter().filter_map(Judged::pair).collect());
    let sides = count(truth, judged, &gold.sides, &predicted.sides);
    Infer {
        sides,
        conclusions: count(truth, judged, &gold.conclusions, &predicted.conclusions),
        all_predictions: Counts { predicted: judged.len(), ..sides },
    }
}

/// The pairs that are part of triangles.
struct Triangles {
    sides: HashSet<PairKey>,
    conclusions: HashSet<PairKey>,
}

impl Triangles {
    fn of(pairs: HashSet<PairKey>) -> Self {
        let mut tails: HashMap<(usize, usize), Vec<usize>> = HashMap::new();
        for &(document, head, tail) in &pairs {
            tails.entry((document, head)).or_default().push(tail);
        }
        let (mut sides, mut conclusions) = (HashSet::new(), HashSet::new());
        for &(document, head, over) in &pairs {
            for &tail in tails.get(&(document, over)).into_iter().flatten() {
                let conclusion = (document, head, tail);
                let are_three = head != over && over != tail && tail != head;
                if are_three && pairs.contains(&conclusion) {
                    sides.extend([(document, head, over), (document, over, tail), conclusion]);
                    conclusions.insert(conclusion);
                }
            }
        }
        Self { sides, conclusions }
    }
}

/// Counts the facts of some labelled pairs, and as predictions also those of other pairs.
fn count(
    truth: &Truth,
    judged: &[Judged],
    gold: &HashSet<PairKey>,
    predicted: &HashSet<PairKey>,
) -> Counts {
    let is_gold = |(document, head, tail): PairKey| gold.contains(&(document, head, tail));
    let mut counts = Counts {
        gold: truth.facts().filter(|(at, fact)| is_gold((*at, fact.head, fact.tail))).count(),
        ..Counts::default()
    };
    for (judged, pair) in judged.iter().filter_map(|judged| Some((judged, judged.pair()?))) {
        let correct = judged.fact.is_some() && is_gold(pair);
        counts.correct += usize::from(correct);
        counts.predicted += usize::from(correct || predicted.contains(&pair));
    }
    counts
}
