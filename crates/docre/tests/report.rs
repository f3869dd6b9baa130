//! Pages, curves and rows of results.
#![cfg(feature = "report")]

use std::ops::Range;

use docre::document::{Document, Entity, Fact, Mention, RelationSet};
use docre::output::DocumentFacts;
use docre::report::*;

fn mention(name: &str, sentence: usize, tokens: Range<usize>, kind: &str) -> Mention {
    Mention { name: name.into(), sentence, tokens, kind: kind.into() }
}

fn fact(head: usize, relation: &str, tail: usize, score: Option<f32>) -> Fact {
    Fact { head, relation: relation.into(), tail, evidence: vec![], score }
}

fn words(sentence: &str) -> Vec<String> {
    sentence.split(' ').map(Into::into).collect()
}

/// "New York University" holds "New York"; "York University Press" crosses the first.
fn nested() -> Document {
    let entity = |mention| Entity::new([mention]);
    Document {
        title: "Nested".into(),
        sentences: vec![words("At New York University Press , she wrote .")],
        entities: vec![
            entity(mention("New York", 0, 1..3, "LOC")),
            entity(mention("New York University", 0, 1..4, "ORG")),
            entity(mention("York University Press", 0, 2..5, "ORG")),
        ],
        facts: Some(vec![fact(0, "P17", 1, None), fact(1, "P17", 2, None), fact(2, "P6", 0, None)]),
        ..Document::default()
    }
}

fn relations() -> RelationSet {
    let names = [("P17".to_owned(), "country".to_owned())].into();
    RelationSet::new(["P6", "P17"]).unwrap().with_names(&names)
}

fn page(document: &Document, predicted: &[Fact]) -> String {
    let about = PageAbout { model: "runs/<small>".into(), data: "a&b.json".into() };
    document_page(document, predicted, &relations(), &about).unwrap()
}

/// What a reader sees of the text: the page's sentences without tags and types.
fn sentences(page: &str) -> Vec<String> {
    let list = page.split("<ol").nth(1).unwrap().split("</ol>").next().unwrap();
    list.split("<li").skip(1).map(|item| text(item.split_once('>').unwrap().1)).collect()
}

fn text(html: &str) -> String {
    let mut text = String::new();
    for piece in html.split('<').filter(|piece| !piece.starts_with("b>")) {
        text.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
    }
    text.trim().into()
}

#[test]
fn rows_are_correct_wrong_missed_and_sorted_by_score() {
    let predicted = [
        fact(0, "P6", 2, Some(0.9)),
        fact(0, "P17", 1, Some(0.6)),
        fact(1, "P17", 2, Some(0.8)),
        fact(0, "P6", 2, Some(0.1)), // again: counts once
        fact(0, "P6", 1, None),
    ];
    let found = side_by_side(&nested(), &predicted, &relations());
    let row = |r: &FactRow| (r.status, r.fact.head.index, r.fact.tail.index, r.fact.score);
    assert_eq!(
        found.rows.iter().map(row).collect::<Vec<_>>(),
        [
            (Status::Correct, 1, 2, Some(0.8)),
            (Status::Correct, 0, 1, Some(0.6)),
            (Status::Wrong, 0, 2, Some(0.9)),
            (Status::Wrong, 0, 1, None),
            (Status::Missed, 2, 0, None),
        ]
    );
    let counts = found.counts.unwrap();
    assert_eq!((counts.correct, counts.predicted, counts.gold), (2, 4, 3));
    let json = serde_json::to_value(&found.rows[0]).unwrap();
    assert_eq!(json["status"], "correct");
    assert_eq!(json["head"]["type"], "ORG");
    assert_eq!(json["relation"], serde_json::json!({"id": "P17", "name": "country"}));
}

#[test]
fn a_document_without_labels_shows_only_what_is_predicted() {
    let document = Document { facts: None, ..nested() };
    let predicted = [fact(0, "P6", 2, Some(0.4)), fact(0, "P17", 1, Some(0.6))];
    let found = side_by_side(&document, &predicted, &relations());
    assert_eq!(found.counts, None);
    assert!(found.rows.iter().all(|row| row.status == Status::Predicted));
    assert_eq!(found.rows[0].fact.score, Some(0.6));
    let page = page(&document, &predicted);
    assert!(!page.contains("Recall") && page.contains("<dt>Predicted facts</dt><dd>2</dd>"));
}

#[test]
fn predictions_for_entities_that_do_not_exist_are_wrong_not_a_panic() {
    let predicted = [fact(0, "P999", 14, Some(f32::NAN))];
    let found = side_by_side(&nested(), &predicted, &relations());
    assert_eq!(found.rows[0].status, Status::Wrong);
    assert_eq!(found.rows[0].fact.tail.name, "(no entity 14)");
    assert!(page(&nested(), &predicted).contains("(no entity 14)"));
}

#[test]
fn nested_and_crossing_mentions_are_well_formed_and_lose_no_text() {
    let page = page(&nested(), &[]);
    assert_eq!(sentences(&page), ["At New York University Press, she wrote."]);
    let list = page.split("<ol").nth(1).unwrap().split("</ol>").next().unwrap();
    // Three mentions, one cut where it leaves "New York", and again where it leaves
    // "New York University".
    assert_eq!(list.matches("<span").count(), 5);
    assert_eq!(list.matches("<span").count(), list.matches("</span>").count());
    assert_eq!(list.matches("data-e=\"2\"").count(), 3);
    assert_eq!(list.matches("<b>").count(), 3, "each mention shows its type once");
    assert!(list.find("data-e=\"1\"") < list.find("data-e=\"0\""), "the longer one is around");
    assert!(list.contains("--n:2") && list.contains("--n:0"));
}

#[test]
fn a_page_says_where_its_facts_come_from_and_how_good_they_are() {
    let page = page(&nested(), &[fact(0, "P17", 1, Some(0.5)), fact(0, "P6", 1, Some(0.4))]);
    assert!(page.contains("runs&#x2f;&lt;small&gt;") && page.contains("a&amp;b.json"));
    assert!(page.contains(env!("CARGO_PKG_VERSION")));
    assert!(page.contains("<dt>Precision</dt><dd>50.0<"));
    assert!(page.contains("<dt>Recall</dt><dd>33.3<"));
    assert!(page.contains("country</bdi> <small>P17</small>"));
    assert_eq!(page.matches("<tr class=\"missed\"").count(), 2);
}

#[test]
fn nothing_of_the_users_text_becomes_markup() {
    let evil = "</script></title><script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
    let mut document = nested();
    document.title = evil.into();
    document.sentences[0][2] = evil.into();
    for entity in &mut document.entities {
        (entity.mentions[0].name, entity.mentions[0].kind) = (evil.into(), evil.into());
    }
    let about = PageAbout { model: evil.into(), data: evil.into() };
    let names = [("P17".to_owned(), evil.to_owned())].into();
    let relations = RelationSet::new(["P17"]).unwrap().with_names(&names);
    let predicted = [fact(0, evil, 1, Some(0.5)), fact(0, "P17", 1, Some(0.5))];
    let page = document_page(&document, &predicted, &relations, &about).unwrap();
    assert!(!page.contains("<img") && !page.contains("<script>alert"));
    assert_eq!(page.matches("<script>").count(), 1);
    assert_eq!(page.matches("</script>").count(), 1);
}

#[test]
fn a_page_needs_nothing_from_the_network() {
    let page = page(&nested(), &[]);
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("url("));
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn facts_go_out_with_names() {
    let facts = DocumentFacts::new(&nested(), &[fact(0, "P17", 1, Some(0.5))], &relations());
    let json = serde_json::to_value(&facts).unwrap();
    assert_eq!(json["title"], "Nested");
    assert_eq!(json["facts"][0]["head"]["name"], "New York");
    assert_eq!(json["facts"][0]["score"], 0.5);
}

fn dev(epoch: f64, f1: f64) -> DevPoint {
    DevPoint { step: (100.0 * epoch) as usize, epoch, precision: f1 + 0.1, recall: f1 - 0.1, f1 }
}

#[test]
fn a_curve_has_both_panels_and_marks_the_best_epoch() {
    let losses = (1..=300).map(|step| (step, 5.0 / step as f64)).collect();
    let run = TrainingCurve { losses, dev: vec![dev(1.0, 0.4), dev(2.0, 0.61234), dev(3.0, 0.5)] };
    assert_eq!(run.best().unwrap().epoch, 2.0);
    let svg = training_curve_svg(&run);
    for words in ["Training loss", "Dev scores", "step", "epoch", "best F1 61.23 at epoch 2"] {
        assert!(svg.contains(words), "{words}");
    }
}

#[test]
fn short_and_broken_runs_still_give_a_picture() {
    let nan = DevPoint { step: 1, epoch: 1.0, precision: f64::NAN, recall: 0.0, f1: f64::NAN };
    let runs = [
        TrainingCurve::default(),
        TrainingCurve { losses: vec![(1, 0.5)], dev: vec![dev(1.0, 0.5)] },
        TrainingCurve { losses: vec![(1, f64::NAN), (2, f64::INFINITY)], dev: vec![nan] },
        TrainingCurve { losses: vec![(1, -3.0), (2, 0.0)], dev: vec![dev(1.0, 0.0)] },
        TrainingCurve { losses: vec![(1, 0.0)], dev: vec![dev(0.5, 1.0), dev(0.5, 1.0)] },
        TrainingCurve { losses: vec![(7, 1e9), (8, 1e-9)], dev: vec![dev(f64::NAN, 0.5)] },
    ];
    for run in &runs {
        let svg = training_curve_svg(run);
        assert!(svg.trim_end().ends_with("</svg>"), "{run:?}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{run:?}");
    }
    assert!(training_curve_svg(&runs[0]).contains("no evaluation yet"));
}

#[test]
fn a_long_run_stays_a_small_picture() {
    let losses = (0..200_000).map(|step| (step, (step % 97) as f64)).collect();
    let svg = training_curve_svg(&TrainingCurve { losses, dev: vec![] });
    assert!(svg.len() < 100_000, "{}", svg.len());
}
