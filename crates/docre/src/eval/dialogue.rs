//! F1 and the conversational F1c of dialogues, as DialogRE's official evaluation counts them.

use std::collections::{HashMap, HashSet};

use super::counts::{Counts, f1};
use crate::corpus::dialogue::{ArgumentPair, Dialogue, UNANSWERABLE};

/// F1 over the argument pairs of whole dialogues (Yu et al. 2020, section 4.1).
///
/// `predicted` gives the relations that are predicted for a pair, by dialogue and pair, each
/// once. Unanswerable isn't a relation: to predict it is to predict nothing.
pub fn dialogue_f1<'a, R: IntoIterator<Item = &'a str>>(
    dialogues: &[Dialogue],
    predicted: impl Fn(usize, usize) -> R,
) -> Counts {
    let mut counts = Counts::default();
    for (number, dialogue) in dialogues.iter().enumerate() {
        for (pair, labelled) in dialogue.pairs.iter().enumerate() {
            let predicted = relations(predicted(number, pair));
            let gold = labelled.relations().map(|label| label.relation.as_str());
            let gold: Vec<_> = gold.collect();
            counts.correct += gold.iter().filter(|gold| predicted.contains(*gold)).count();
            counts.predicted += predicted.len();
            counts.gold += gold.len();
        }
    }
    counts
}

fn relations<'a>(predicted: impl IntoIterator<Item = &'a str>) -> HashSet<&'a str> {
    predicted.into_iter().filter(|relation| *relation != UNANSWERABLE).collect()
}

/// The conversational measure: means over argument pairs.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct Conversational {
    /// Mean precision.
    pub precision: f64,
    /// Mean recall.
    pub recall: f64,
}

impl Conversational {
    /// F1c: the harmonic mean of the mean precision and the mean recall.
    pub fn f1(&self) -> f64 {
        f1(self.precision, self.recall)
    }
}

/// F1c (Yu et al. 2020, section 4.2): a dialogue is shown turn by turn, and after each turn
/// those relations of a pair count that could be known by then.
///
/// `predicted` gives the relations that are predicted for a pair, by dialogue, pair and the
/// number of turns seen (1 and more). Both arguments have to have occurred (in any case of
/// letters, also within words); then a relation of the truth counts from the turn with its
/// trigger on, without a trigger from the last turn on, and any other relation counts at
/// once. At the last turn all count. Precision and recall of a pair are taken over its turns
/// together.
///
/// As the official script has it (the paper doesn't say), a pair for which nothing is predicted
/// has precision 1, and one of which no relation is known has recall 0.
pub fn conversational_f1<'a, R: IntoIterator<Item = &'a str>>(
    dialogues: &[Dialogue],
    predicted: impl Fn(usize, usize, usize) -> R,
) -> Conversational {
    let (mut sums, mut pairs) = (Conversational::default(), 0);
    for (number, dialogue) in dialogues.iter().enumerate() {
        let turns: Vec<_> = dialogue.turns.iter().map(|turn| turn.to_lowercase()).collect();
        for (pair, labelled) in dialogue.pairs.iter().enumerate() {
            let counts = count_turns(&turns, labelled, |seen| predicted(number, pair, seen));
            sums.precision += if counts.predicted == 0 { 1.0 } else { counts.precision() };
            sums.recall += counts.recall();
            pairs += 1;
        }
    }
    let mean = |sum: f64| if pairs == 0 { 0.0 } else { sum / f64::from(pairs) };
    Conversational { precision: mean(sums.precision), recall: mean(sums.recall) }
}

fn count_turns<'a, R: IntoIterator<Item = &'a str>>(
    turns: &[String],
    pair: &ArgumentPair,
    predicted: impl Fn(usize) -> R,
) -> Counts {
    let shown = KnownAfter::new(turns, pair);
    let mut counts = Counts::default();
    for seen in 1..=turns.len() {
        let counts_now = |relation: &&str| seen >= shown.from(relation);
        let predicted = relations(predicted(seen));
        let gold: Vec<_> = shown.relations.keys().copied().filter(counts_now).collect();
        counts.correct += gold.iter().filter(|gold| predicted.contains(*gold)).count();
        counts.predicted += predicted.iter().filter(|relation| counts_now(relation)).count();
        counts.gold += gold.len();
    }
    counts
}

/// After how many turns a pair begins to count for [`conversational_f1`]: both arguments have
/// occurred, or the dialogue is over.
pub fn shown_after(dialogue: &Dialogue, pair: &ArgumentPair) -> usize {
    let turns: Vec<_> = dialogue.turns.iter().map(|turn| turn.to_lowercase()).collect();
    KnownAfter::new(&turns, pair).arguments
}

/// How many turns have to be seen before a relation of a pair can be known.
struct KnownAfter<'a> {
    arguments: usize,
    relations: HashMap<&'a str, usize>,
}

impl<'a> KnownAfter<'a> {
    fn new(turns: &[String], pair: &'a ArgumentPair) -> Self {
        let last = turns.len();
        let first = |words: &str| {
            let words = words.to_lowercase();
            let turn = turns.iter().position(|turn| turn.contains(words.trim()));
            turn.map_or(last, |turn| turn + 1)
        };
        let arguments = first(&pair.subject).max(first(&pair.object));
        let from = |trigger: &str| if trigger.trim().is_empty() { last } else { first(trigger) };
        let relations =
            pair.relations().map(|label| (label.relation.as_str(), from(&label.trigger)));
        Self { arguments, relations: relations.collect() }
    }

    fn from(&self, relation: &str) -> usize {
        self.arguments.max(self.relations.get(relation).copied().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Subject, object, and relations with their triggers.
    type Pair<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

    fn dialogue(turns: &[&str], pairs: &[Pair]) -> Dialogue {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(x, y, labels)| {
                let names: Vec<_> = labels.iter().map(|label| label.0).collect();
                let triggers: Vec<_> = labels.iter().map(|label| label.1).collect();
                let ids = vec![100; names.len()];
                serde_json::json!({"x": x, "y": y, "x_type": "PER", "y_type": "PER",
                    "r": names, "rid": ids, "t": triggers})
            })
            .collect();
        Dialogue::from_json(&serde_json::json!([turns, pairs]).to_string()).unwrap()
    }

    /// Four turns. Otto and Anna have both occurred after the second, in any case of letters.
    fn friends() -> Vec<Dialogue> {
        let turns = [
            "Speaker 1: Hi OTTO!",
            "Speaker 2: annabel?",
            "Speaker 1: My Wife.",
            "Speaker 2: Bye.",
        ];
        vec![dialogue(&turns, &[("Otto", "Anna", &[("married", "wife"), ("knows", "")])])]
    }

    #[test]
    fn f1_counts_relations_of_pairs() {
        let turns = ["Speaker 1: Hi."];
        let dialogues = [
            dialogue(&turns, &[("a", "b", &[("r", ""), ("s", "")]), ("b", "a", &[("t", "")])]),
            dialogue(&turns, &[("a", "b", &[("r", "")])]),
        ];
        let predicted = [vec![vec!["r", "t", "t"], vec![UNANSWERABLE]], vec![vec!["r"]]];
        let counts = dialogue_f1(&dialogues, |d, p| predicted[d][p].iter().copied());
        assert_eq!(counts, Counts { correct: 2, predicted: 3, gold: 4 });
    }

    #[test]
    fn unanswerable_pairs_hold_no_relation() {
        let json = r#"[["Speaker 1: Hi."], [{"x": "a", "y": "b", "x_type": "", "y_type": "",
            "r": ["unanswerable"], "rid": [37], "t": [""]}]]"#;
        let dialogues = [Dialogue::from_json(json).unwrap()];
        assert_eq!(
            dialogue_f1(&dialogues, |_, _| ["r"]),
            Counts { correct: 0, predicted: 1, gold: 0 }
        );
        let scores = conversational_f1(&dialogues, |_, _, _| [UNANSWERABLE]);
        assert_eq!(scores, Conversational { precision: 1.0, recall: 0.0 });
    }

    #[test]
    fn a_relation_counts_from_its_trigger_on() {
        // married counts at turns 3 and 4, knows at turn 4: 3 to find, all found.
        let both = conversational_f1(&friends(), |_, _, _| ["married", "knows"]);
        assert_eq!(both, Conversational { precision: 1.0, recall: 1.0 });
        // 2 of the 3 are found, and nothing predicted is wrong.
        let one = conversational_f1(&friends(), |_, _, _| ["married"]);
        assert_eq!(one, Conversational { precision: 1.0, recall: 2.0 / 3.0 });
    }

    #[test]
    fn another_relation_counts_once_both_arguments_occurred() {
        // other counts at turns 2, 3 and 4 and is wrong; married is right at 3 and 4.
        let dialogues = friends();
        assert_eq!(shown_after(&dialogues[0], &dialogues[0].pairs[0]), 2);
        let scores = conversational_f1(&dialogues, |_, _, _| ["married", "other"]);
        assert_eq!(scores, Conversational { precision: 2.0 / 5.0, recall: 2.0 / 3.0 });
        // At turn 1 nothing counts, so the wrong relation costs nothing there.
        let first = conversational_f1(
            &friends(),
            |_, _, seen| {
                if seen == 1 { vec!["other"] } else { vec![] }
            },
        );
        assert_eq!(first, Conversational { precision: 1.0, recall: 0.0 });
    }

    #[test]
    fn what_never_occurs_counts_at_the_last_turn() {
        let dialogues =
            [dialogue(&["Speaker 1: a", "Speaker 2: b"], &[("a", "nobody", &[("r", "never")])])];
        let seen_by = |turn| {
            conversational_f1(&dialogues, move |_, _, seen| (seen == turn).then_some("r")).recall
        };
        assert_eq!((seen_by(1), seen_by(2)), (0.0, 1.0));
    }

    #[test]
    fn the_measure_is_a_mean_over_pairs() {
        let turns = ["Speaker 1: a b"];
        let dialogues = [
            dialogue(&turns, &[("a", "b", &[("r", "")]), ("b", "a", &[("s", "")])]),
            dialogue(&turns, &[("a", "b", &[("r", "")])]),
        ];
        let scores = conversational_f1(&dialogues, |dialogue, pair, _| match (dialogue, pair) {
            (0, 0) => vec!["r", "x", "y"], // 1/3, 1
            (0, 1) => vec![],              // 1, 0
            _ => vec!["r"],                // 1, 1
        });
        assert_eq!(scores.precision, (1.0 / 3.0 + 1.0 + 1.0) / 3.0);
        assert_eq!(scores.recall, 2.0 / 3.0);
        assert_eq!(conversational_f1(&[], |_, _, _| ["r"]).f1(), 0.0);
    }
}
