//! Metrics on documents that are small enough to count by hand.

mod support;

use docre::corpus::Prediction;
use docre::document::{Document, Entity, Mention, RelationSet};
use docre::eval::{
    Counts, TrainFacts, Truth,
    by_relation::by_relation,
    distance::intra_inter,
    errors::{error_categories, false_predictions},
    infer::infer,
    judge,
    properties::{Property, by_property},
    resampling::{DocumentCounts, Resampling, bootstrap_f1, compare_f1, counts_by_document},
    splits::{Group, Members, Split, SplitScores, by_split},
};
use support::{document, predicted};

fn counts(correct: usize, predicted: usize, gold: usize) -> Counts {
    Counts { correct, predicted, gold }
}

/// An entity with mentions at these sentences and tokens.
fn mentioned(places: &[(usize, usize)]) -> Entity {
    let mention = |&(sentence, token): &(usize, usize)| Mention {
        name: "x".into(),
        sentence,
        tokens: token..token + 1,
        kind: "PER".into(),
    };
    Entity::new(places.iter().map(mention).collect::<Vec<_>>())
}

/// Four entities over nine sentences of three tokens: 0 and 1 meet in the second sentence, 2 is
/// two sentences further, and 3 six sentences from 0 and 1.
fn apart() -> Truth {
    let facts = [(0, "P1", 1, &[][..]), (0, "P2", 1, &[]), (1, "P1", 2, &[]), (3, "P1", 1, &[])];
    let document = Document {
        sentences: vec![vec!["x".into(); 3]; 9],
        entities: vec![
            mentioned(&[(0, 0), (1, 0)]),
            mentioned(&[(1, 2)]),
            mentioned(&[(3, 1)]),
            mentioned(&[(7, 0)]),
        ],
        ..document("a", &["x"; 4], &facts)
    };
    Truth::new("truth.json", vec![document]).unwrap()
}

/// Two right, and four wrong of which three can't be placed.
fn predictions() -> Vec<Prediction> {
    vec![
        predicted("a", 0, "P1", 1, &[]),
        predicted("a", 3, "P1", 1, &[]),
        predicted("a", 2, "P1", 0, &[]),
        predicted("a", 2, "P1", 2, &[]),
        predicted("a", 9, "P1", 0, &[]),
        predicted("nowhere", 0, "P1", 1, &[]),
    ]
}

#[test]
fn the_closest_mentions_place_a_fact_within_or_over_sentences() {
    let (truth, predictions) = (apart(), predictions());
    let found = intra_inter(&truth, &judge(&truth, &predictions));
    assert_eq!(found.intra, counts(1, 1, 2));
    assert_eq!(found.inter, counts(1, 2, 2));
    assert_eq!(found.inter_long, counts(1, 1, 1));
}

/// The labels and counts of the ranges that aren't empty.
fn filled(property: Property, starts: &[usize]) -> Vec<(String, Counts)> {
    let (truth, predictions) = (apart(), predictions());
    let found = by_property(&truth, &judge(&truth, &predictions), property, starts);
    let buckets = found.buckets.into_iter().map(|bucket| (bucket.label, bucket.counts));
    buckets.filter(|(_, counts)| *counts != Counts::default()).collect()
}

#[test]
fn facts_are_counted_by_what_their_document_and_pair_are_like() {
    let bucket = |label: &str, counts| (label.to_owned(), counts);
    let all = counts(2, 3, 4);
    assert_eq!(filled(Property::Entities, &[2, 4, 10]), [bucket("4–9 entities", all)]);
    assert_eq!(filled(Property::Tokens, &[1, 27]), [bucket("27+ tokens", all)]);
    assert_eq!(
        filled(Property::SentencesApart, &[0, 1, 2, 3]),
        [
            bucket("0 sentences apart", counts(1, 1, 2)),
            bucket("2 sentences apart", counts(0, 1, 1)),
            bucket("3+ sentences apart", counts(1, 1, 1)),
        ]
    );
    // One token between 0 and 1; four from 1 to 2, six from 0 to 2, fifteen from 1 to 3.
    assert_eq!(
        filled(Property::TokensApart, &[1, 2, 5, 6, 7, 15]),
        [
            bucket("1 token apart", counts(1, 1, 2)),
            bucket("2–4 tokens apart", counts(0, 0, 1)),
            bucket("6 tokens apart", counts(0, 1, 0)),
            bucket("15+ tokens apart", counts(1, 1, 1)),
        ]
    );
    assert_eq!(
        filled(Property::Mentions, &[2, 3, 4]),
        [bucket("2 mentions", counts(1, 1, 2)), bucket("3 mentions", counts(1, 2, 2))]
    );
    assert_eq!(
        filled(Property::Relations, &[0, 1, 2]),
        [
            bucket("0 relations", counts(0, 1, 0)),
            bucket("1 relation", counts(1, 1, 2)),
            bucket("2+ relations", counts(1, 1, 2)),
        ]
    );
}

#[test]
fn numbers_below_the_first_start_are_left_out() {
    assert_eq!(filled(Property::Mentions, &[4]), []);
}

#[test]
fn a_triangle_needs_three_entities_and_all_three_sides() {
    let facts = [
        (0, "P1", 1, &[][..]),
        (1, "P2", 2, &[]),
        (0, "P3", 2, &[]),
        (2, "P1", 0, &[]), // back again, which makes two entities or a circle
        (2, "P1", 3, &[]), // nothing leads on from here
    ];
    let truth = Truth::new("t.json", vec![document("a", &["x"; 5], &facts)]).unwrap();
    let found = [
        predicted("a", 0, "P3", 2, &[]), // a gold conclusion, without the other two sides
        predicted("a", 2, "P1", 3, &[]), // right, but no side
        predicted("a", 3, "P1", 4, &[]), // with the one before and the next a triangle
        predicted("a", 2, "P1", 4, &[]),
        predicted("nowhere", 0, "P1", 1, &[]),
    ];
    let found = infer(&truth, &judge(&truth, &found));
    assert_eq!(found.sides, counts(1, 4, 3));
    assert_eq!(found.conclusions, counts(1, 2, 1));
    assert_eq!(found.all_predictions, counts(1, 5, 3));
}

#[test]
fn errors_fall_into_the_papers_categories() {
    let (truth, predictions) = (apart(), predictions());
    let judged = judge(&truth, &predictions);
    let found = error_categories(&truth, &judged);
    // For 0 and 1 one of two is missed; for 1 and 2 nothing is predicted.
    assert_eq!((found.correct, found.wrong, found.missed, found.more), (2, 0, 1, 3));
    assert_eq!(found.gold_missed_on_pair_with_prediction, 1);
    // Of the predicted pairs without relation only one exists.
    assert_eq!((found.pairs, found.pairs_without_relation_in_both), (12, 8));
    assert!((found.more_pct - 50.0).abs() < 1e-12);
    let found = false_predictions(&truth, &judged);
    assert_eq!((found.false_positives, found.false_negatives), (3, 2));
    assert_eq!((found.fn_na, found.fn_rel), (1, 1));
    assert_eq!(found.fn_rel_only_when_a_wrong_label_is_predicted, 0);
    assert!((found.fn_ratio_pct - 40.0).abs() < 1e-12);
}

/// Three facts of P1, one of P3 (given twice) and none of P2 and P4.
fn train() -> TrainFacts {
    let facts = [
        (0, "P3", 1, &[][..]),
        (0, "P3", 1, &[]),
        (0, "P1", 1, &[]),
        (1, "P1", 0, &[]),
        (1, "P1", 2, &[]),
    ];
    TrainFacts::from_documents([document("t", &["x"; 3], &facts)])
}

#[test]
fn relations_are_ranked_by_their_training_facts() {
    let relations = RelationSet::new(["P4", "P1", "P2", "P3"]).unwrap();
    let (truth, predictions) = (apart(), predictions());
    let judged = judge(&truth, &predictions);
    let found = by_relation(&truth, &judged, Some(&train()), &relations);
    let ids: Vec<_> = found.iter().map(|scores| (scores.id.as_str(), scores.train_count)).collect();
    assert_eq!(ids, [("P1", Some(3)), ("P3", Some(1)), ("P4", Some(0)), ("P2", Some(0))]);
    assert_eq!((found[0].counts, found[3].counts), (counts(2, 6, 3), counts(0, 0, 1)));
    let found = by_relation(&truth, &judged, None, &relations);
    let ids: Vec<_> = found.iter().map(|scores| (scores.id.as_str(), scores.train_count)).collect();
    assert_eq!(ids, [("P4", None), ("P1", None), ("P2", None), ("P3", None)]);
}

fn split(groups: impl IntoIterator<Item = (&'static str, Members)>) -> SplitScores {
    let relations = RelationSet::new(["P4", "P1", "P2", "P3"]).unwrap();
    let (truth, predictions) = (apart(), predictions());
    let group = |(name, members): (&str, Members)| Group { name: name.into(), members };
    let split = Split { name: "split".into(), groups: groups.into_iter().map(group).collect() };
    by_split(&truth, &judge(&truth, &predictions), &train(), &relations, &split)
}

#[test]
fn a_split_takes_ranks_from_the_front_and_from_the_back() {
    let listed = || vec!["P2".to_owned(), "P9".to_owned()];
    let found = split([
        ("first", Members::Frequent(0..1)),
        ("others", Members::Frequent(1..9)),
        ("last", Members::Rare(0..1)),
        ("third", Members::Rare(1..2)),
        ("mid", Members::Between { frequent: 1, rare: 1 }),
        ("none", Members::Between { frequent: 3, rare: 2 }),
        ("far", Members::Rare(5..9)),
        ("listed", Members::Listed(listed())),
        ("unlisted", Members::Unlisted(listed())),
    ]);
    let (p1, p2, none) = (counts(2, 6, 3), counts(0, 0, 1), counts(0, 0, 0));
    let found: Vec<_> = found
        .groups
        .iter()
        .map(|group| (group.label.as_str(), group.train_share, group.counts))
        .collect();
    assert_eq!(
        found,
        [
            ("first-1", 0.75, p1),
            ("others-3", 0.25, p2),
            ("last-1", 0.0, p2),
            ("third-1", 0.0, none),
            ("mid-2", 0.25, none),
            ("none-0", 0.0, none),
            ("far-0", 0.0, none),
            ("listed-1", 0.0, p2),
            ("unlisted-3", 1.0, p1),
        ]
    );
}

#[test]
fn the_fixed_list_is_for_the_relations_of_docred() {
    let small = RelationSet::new(["P17", "P131"]).unwrap();
    let docred = RelationSet::new(docre::eval::splits::FREQUENT).unwrap();
    assert_eq!(Split::of_papers(&small).len() + 1, Split::of_papers(&docred).len());
}

#[test]
fn predictions_of_unknown_titles_are_counted_behind_the_documents() {
    let (truth, predictions) = (apart(), predictions());
    let found = counts_by_document(&truth, &judge(&truth, &predictions));
    assert_eq!(found.documents, [counts(2, 5, 4)]);
    assert_eq!(found.unknown, counts(0, 1, 0));
}

#[test]
fn equal_systems_do_not_differ() {
    let documents = [run(&[counts(1, 2, 3), counts(3, 3, 3), counts(0, 4, 1)])];
    let found = compare_f1(&documents, &documents, &Resampling::default());
    assert_eq!((found.difference, found.p_value), (0.0, 1.0));
    assert_eq!((found.interval.low, found.interval.high), (0.0, 0.0));
}

fn run(documents: &[Counts]) -> DocumentCounts {
    documents.to_vec().into()
}

/// Every way to swap the systems, and the part of them that differs as much.
fn exact_p(a: &[Counts], b: &[Counts]) -> f64 {
    let difference = |swaps: usize| {
        let swap = |document: usize| match swaps >> document & 1 {
            0 => (a[document], b[document]),
            _ => (b[document], a[document]),
        };
        let sum = |part: fn((Counts, Counts)) -> Counts| -> Counts {
            (0..a.len()).map(|document| part(swap(document))).sum()
        };
        sum(|pair| pair.1).f1() - sum(|pair| pair.0).f1()
    };
    let all = 1 << a.len();
    let as_large = |swaps: &usize| difference(*swaps).abs() >= difference(0).abs() - 1e-12;
    (0..all).filter(as_large).count() as f64 / f64::from(all as u32)
}

#[test]
fn the_p_value_is_that_of_all_swaps() {
    let a = [counts(1, 4, 6), counts(2, 5, 6), counts(2, 4, 5)];
    let b = [counts(4, 5, 6), counts(3, 5, 6), counts(2, 5, 5)];
    let exact = exact_p(&a, &b);
    assert!(exact > 0.2 && exact < 0.6, "a case that tells: {exact}");
    let found = compare_f1(&[run(&a)], &[run(&b)], &Resampling::default());
    assert!((found.p_value - exact).abs() < 0.02, "{}, exactly {exact}", found.p_value);
    assert!((found.difference - (18.0 / 32.0 - 10.0 / 30.0)).abs() < 1e-12);
    let other_way = compare_f1(&[run(&b)], &[run(&a)], &Resampling::default());
    assert_eq!(other_way.difference, -found.difference);
    assert_eq!(other_way.p_value, found.p_value);
}

#[test]
fn a_system_that_is_better_everywhere_is_significantly_better() {
    let (a, b) = (run(&[counts(5, 10, 10); 20]), run(&[counts(6, 10, 10); 20]));
    let found = compare_f1(&[a], &[b], &Resampling::default());
    assert!(found.p_value < 0.001 && found.p_value > 0.0, "{}", found.p_value);
    assert!((found.interval.low - 0.1).abs() < 1e-12 && (found.interval.high - 0.1).abs() < 1e-12);
}

#[test]
fn the_interval_holds_the_middle_of_the_resamples() {
    // Two documents: both the first (F1 0), both the second (F1 1) or each one (F1 0.5), with
    // chances of 1/4, 1/4 and 1/2.
    let documents = run(&[counts(0, 2, 2), counts(2, 2, 2)]);
    let interval = |level| {
        let found = bootstrap_f1(&documents, &Resampling { level, ..Resampling::default() });
        assert_eq!(found.level, level);
        (found.low, found.high)
    };
    assert_eq!(interval(0.95), (0.0, 1.0));
    assert_eq!(interval(0.4), (0.5, 0.5));
}

#[test]
fn the_same_seed_gives_the_same_interval_and_another_seed_another() {
    let documents: Vec<_> = (0..50).map(|n| counts(n % 7, 7 + n % 3, 8)).collect();
    let documents = run(&documents);
    let interval = |seed| bootstrap_f1(&documents, &Resampling { seed, ..Resampling::default() });
    assert_eq!(interval(1), interval(1));
    assert_ne!(interval(1), interval(2));
}

#[test]
fn without_documents_there_is_nothing_to_resample() {
    let found = compare_f1(&[], &[], &Resampling { resamples: 0, ..Resampling::default() });
    assert_eq!((found.difference, found.p_value), (0.0, 1.0));
}

#[test]
fn one_document_leaves_nothing_to_draw_and_unknown_titles_stay() {
    let alone = DocumentCounts { documents: vec![counts(2, 4, 4)], unknown: counts(0, 2, 0) };
    let found = bootstrap_f1(&alone, &Resampling::default());
    assert!((found.low - 0.4).abs() < 1e-12 && (found.high - 0.4).abs() < 1e-12, "{found:?}");
    let found = compare_f1(&[run(&[counts(1, 4, 4)])], &[alone], &Resampling::default());
    assert!((found.interval.low - found.difference).abs() < 1e-12, "{found:?}");
}

#[test]
fn the_gain_over_seeds_is_the_mean_of_their_gains() {
    let a = [run(&[counts(1, 4, 4), counts(1, 1, 4)]), run(&[counts(2, 4, 4), counts(0, 1, 4)])];
    let b = [run(&[counts(2, 4, 4), counts(1, 9, 4)]), run(&[counts(4, 4, 4), counts(0, 3, 4)])];
    let found = compare_f1(&a, &b, &Resampling::default());
    // 6 of 21 after 4 of 13, and 8 of 15 after 4 of 13.
    let mean = ((6.0 / 21.0 - 4.0 / 13.0) + (8.0 / 15.0 - 4.0 / 13.0)) / 2.0;
    assert!((found.difference - mean).abs() < 1e-12, "{found:?}");
    assert!(found.interval.low <= found.difference && found.difference <= found.interval.high);
}
