//! Reports: sections, charts, and documents to look through.
#![cfg(feature = "report")]

use docre::document::{Document, Entity, Fact, Mention, RelationSet};
use docre::report::*;
use serde_json::{Value, json};

const EVIL: &str = "</script><script>alert(1)</script><!--\"'&<img src=x onerror=alert(2)>";

fn fact(head: usize, relation: &str, tail: usize, evidence: &[usize]) -> Fact {
    let (relation, evidence) = (relation.into(), evidence.to_vec());
    Fact { head, relation, tail, evidence, score: Some(0.5) }
}

/// Three entities in one sentence; the first pair has a label of its own, so has the second.
fn document(title: &str) -> Document {
    let entity = |token: usize| {
        Entity::new([Mention::new(format!("E{token}"), 0, token..token + 1).of_kind("PER")])
    };
    Document {
        title: title.into(),
        sentences: vec!["E0 E1 E2 .".split(' ').map(Into::into).collect()],
        entities: (0..3).map(entity).collect(),
        facts: Some(vec![
            fact(0, "P6", 1, &[0]),
            fact(0, "P17", 1, &[]),
            fact(1, "P17", 2, &[0]),
            fact(2, "P17", 0, &[]),
        ]),
        ..Document::default()
    }
}

fn relations() -> RelationSet {
    let names = [("P17".to_owned(), "country".to_owned())].into();
    RelationSet::new(["P6", "P17", "P27"]).unwrap().with_names(&names)
}

fn page_with(blocks: impl IntoIterator<Item = Block>) -> String {
    let section =
        ReportSection { blocks: blocks.into_iter().collect(), ..ReportSection::new("Part", "") };
    ReportPage { sections: vec![section], ..ReportPage::default() }.to_html().unwrap()
}

fn page_of(browser: Browser) -> String {
    ReportPage { browser: Some(browser), ..ReportPage::default() }.to_html().unwrap()
}

/// The documents as the page's script reads them.
fn data(page: &str) -> Value {
    let (_, rest) = page.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

/// The first document's facts: head, relation, tail, category.
fn facts(data: &Value) -> Value {
    let place = |value: &Value| value.as_u64().unwrap() as usize;
    let named = |fact: &Value| {
        let relation = &data["relations"][place(&fact[1])][0];
        let category = &data["categories"][place(&fact[3])]["id"];
        json!([fact[0], relation, fact[2], category])
    };
    data["documents"][0][3].as_array().unwrap().iter().map(named).collect()
}

#[test]
fn a_page_has_its_sections_and_says_where_its_numbers_come_from() {
    let page = ReportPage {
        title: "R&D".into(),
        about: vec![("Data".into(), "a<b.json".into())],
        sections: vec![
            ReportSection::new("First", "How to read it.")
                .with(vec![Figure::new("F1", "45.3 %", "micro")]),
            ReportSection::new("Second", ""),
        ],
        browser: None,
    };
    let html = page.to_html().unwrap();
    assert!(html.contains("<h1 dir=\"auto\">R&amp;D</h1>") && html.contains("a&lt;b.json"));
    assert!(html.contains(env!("CARGO_PKG_VERSION")));
    assert!(html.contains("href=\"#section-2\">Second") && html.contains("id=\"section-2\""));
    assert!(html.contains("<dt>F1</dt><dd>45.3 %</dd>") && html.contains("How to read it."));
    assert!(!html.contains("id=\"documents\"") && html.contains("default-src 'none'"));
    assert!(!html.contains("https://") && !html.contains("src="));
}

#[test]
fn a_table_keeps_its_cells_and_its_columns_of_numbers() {
    let mut table = Table::new("Scores", &["loss", ">F1"]);
    table.row(["<b>ATL</b>", "45.3"]);
    let html = page_with([table.into()]);
    assert!(html.contains("<figcaption>Scores</figcaption>"));
    assert!(html.contains("<th scope=\"col\" class=\"number\"><button type=\"button\">F1<"));
    assert!(html.contains("<td>&lt;b&gt;ATL&lt;&#x2f;b&gt;</td><td class=\"number\">45.3</td>"));
    assert!(page_with([Table::new("", &["loss"]).into()]).contains("aria-label=\"Part\""));
}

#[test]
fn nothing_of_the_users_text_becomes_markup() {
    let mut document = document(EVIL);
    document.sentences[0][0] = EVIL.into();
    document.entities[0].mentions[0].name = EVIL.into();
    document.entities[0].mentions[0].kind = EVIL.into();
    let names = [("P17".to_owned(), EVIL.to_owned())].into();
    let relations = RelationSet::new(["P17"]).unwrap().with_names(&names);
    let mut browser = Browser::new(&relations);
    browser.push(&document, &[fact(0, EVIL, 1, &[0])]);
    let mut table = Table::new(EVIL, &[EVIL]);
    table.row([EVIL]);
    let bars = BarChart::new(EVIL, EVIL, EVIL, [EVIL]).series(EVIL, [1.0]).series(EVIL, [2.0]);
    let lines = LineChart::new(EVIL, EVIL, EVIL).series(EVIL, [(0.0, 1.0)]);
    let figure = Figure::new(EVIL, EVIL, EVIL);
    let section =
        ReportSection::new(EVIL, EVIL).with(table).with(bars).with(lines).with(vec![figure]);
    let page = ReportPage {
        title: EVIL.into(),
        about: vec![(EVIL.into(), EVIL.into())],
        sections: vec![section],
        browser: Some(browser),
    };
    let html = page.to_html().unwrap();
    assert!(!html.contains("<img") && !html.contains("<script>alert") && !html.contains("<!--"));
    assert_eq!(html.matches("</script>").count(), 2);
    let data = data(&html);
    assert_eq!(data["documents"][0][0], EVIL, "the text itself is kept");
    assert_eq!(data["documents"][0][2][0][1], EVIL);
}

#[test]
fn facts_are_told_apart_by_what_their_pair_has() {
    let predicted = [
        fact(0, "P6", 1, &[]),
        fact(0, "P27", 1, &[]),
        fact(0, "P27", 2, &[]),
        fact(2, "P6", 0, &[]),
        fact(7, "P6", 0, &[]),
    ];
    let mut browser = Browser::new(&relations());
    browser.push(&document("One"), &predicted);
    let data = data(&page_of(browser));
    assert_eq!(
        facts(&data),
        json!([
            [0, "P6", 1, "correct"],
            [0, "P27", 1, "wrong-relation"],
            [0, "P27", 2, "wrong-pair"],
            [2, "P6", 0, "wrong-relation"],
            [7, "P6", 0, "wrong-pair"],
            [0, "P17", 1, "missed-relation"],
            [1, "P17", 2, "missed-pair"],
            [2, "P17", 0, "missed-relation"],
        ])
    );
}

#[test]
fn evidence_of_the_model_and_of_the_label_stay_apart() {
    let mut browser = Browser::new(&relations());
    browser.push(&document("One"), &[fact(0, "P6", 1, &[3, 4]), fact(0, "P17", 2, &[2])]);
    let data = data(&page_of(browser));
    let evidence = |place: usize| {
        let fact = &data["documents"][0][3][place];
        (fact[5].clone(), fact[6].clone())
    };
    assert_eq!(facts(&data)[3][3], "missed-pair");
    assert_eq!(evidence(0), (json!([3, 4]), json!([0])));
    assert_eq!(evidence(1), (json!([2]), json!([])));
    assert_eq!(evidence(3), (json!([]), json!([0])), "a missed fact has its label's");
}

#[test]
fn documents_without_labels_facts_or_sentences_and_no_documents_at_all_are_fine() {
    assert_eq!(data(&page_of(Browser::new(&relations())))["documents"], json!([]));
    let mut browser = Browser::new(&relations());
    browser.push(&Document { facts: None, ..document("One") }, &[fact(0, "P6", 1, &[])]);
    browser.push(&Document { facts: Some(vec![]), ..document("Two") }, &[]);
    let nothing = Document {
        sentences: vec![],
        entities: vec![],
        facts: None,
        title: "".into(),
        ..Document::default()
    };
    browser.push(&nothing, &[]);
    let data = data(&page_of(browser));
    assert_eq!(facts(&data), json!([[0, "P6", 1, "predicted"]]));
    assert_eq!(data["documents"][1][3], json!([]));
    assert_eq!(data["documents"][2], json!(["", [], [], []]));
}

#[test]
fn a_score_that_is_no_number_is_left_out() {
    let mut browser = Browser::new(&relations());
    browser.push(&document("One"), &[Fact { score: Some(f32::NAN), ..fact(0, "P6", 1, &[]) }]);
    assert_eq!(data(&page_of(browser))["documents"][0][3][0][4], Value::Null);
}

fn rects(html: &str) -> usize {
    html.matches("<rect").count()
}

/// Whether a page with one chart has a picture whose numbers are numbers.
fn is_well_formed(html: &str) -> bool {
    let svg = html.split_once("<svg ").unwrap().1.split_once("</svg>").unwrap().0;
    !["NaN", "inf\"", "inf "].iter().any(|word| svg.contains(word))
}

#[test]
fn bars_without_a_value_are_left_out_and_spreads_are_drawn() {
    let labels = ["head", "mid", "tail"];
    let chart = BarChart::new("F1", "group", "F1, %", labels)
        .series_with_spread("ATL", [(60.0, 1.5), (f64::NAN, 1.0), (20.0, f64::NAN)]);
    let html = page_with([chart.clone().into()]);
    assert!(is_well_formed(&html));
    assert_eq!((rects(&html), html.matches("class=\"spread\"").count()), (2, 1));
    assert!(html.contains("<title>head, ATL: 60 ± 1.5</title>"));
    let chart = Chart::from(chart);
    assert_eq!(chart.table().to_csv(), "group,ATL\nhead,60 ± 1.5\nmid,\ntail,20\n");
    assert!(serde_json::to_value(chart).unwrap()["series"][0]["values"][1].is_null());
}

#[test]
fn many_or_long_labels_lie_and_all_of_them_are_there() {
    let labels: Vec<_> = (0..96).map(|n| format!("relation number {n}")).collect();
    let values = (0..96).map(f64::from);
    let html = page_with([BarChart::new("F1", "", "", labels).series("ATL", values).into()]);
    assert_eq!(rects(&html), 96);
    assert!(html.contains(">relation number 95</text>"));
    let long = "x".repeat(300);
    let html = page_with([BarChart::new("F1", "", "", [&long]).series("ATL", [-3.0]).into()]);
    assert!(html.contains("x…</text>") && html.contains(&long) && rects(&html) == 1);
}

#[test]
fn a_line_breaks_where_a_value_is_missing() {
    let points = [(1.0, 1.0), (2.0, 2.0), (3.0, f64::NAN), (4.0, 2.0), (5.0, 4.0), (6.0, 4.5)];
    let html = page_with([LineChart::new("F1", "epoch", "F1").series("ATL", points).into()]);
    assert!(is_well_formed(&html));
    assert_eq!(html.matches("class=\"line c0\"").count(), 2);
    assert_eq!(html.matches("<circle").count(), 5);
}

#[test]
fn a_mirrored_histogram_hangs_its_second_series() {
    let chart = |chart: Histogram| chart.series("yes", [1.0, 4.0]).series("no", [2.0, 0.0]);
    let new = || Histogram::new("Margins", "margin", "pairs", [-1.0, 0.0, 1.0]);
    let top = |html: &str, tip: &str| -> f64 {
        let before = html.split(tip).next().unwrap();
        let y = before.rsplit(" y=\"").next().unwrap();
        y.split('"').next().unwrap().parse().unwrap()
    };
    let html = page_with([chart(new()).mirrored().log().into()]);
    assert_eq!(rects(&html), 3, "an empty range has no bar");
    assert!(top(&html, "no, −1 to 0: 2") > top(&html, "yes, −1 to 0: 1"));
    let html = page_with([chart(new()).into()]);
    assert!(top(&html, "no, −1 to 0: 2") < top(&html, "yes, −1 to 0: 1"), "the higher bar");
}

#[test]
fn charts_of_nothing_of_zeros_and_of_one_value_are_pictures() {
    let bin = |confidence, accuracy, count| CalibrationBin { confidence, accuracy, count };
    let reliability = |bins: Vec<_>| ReliabilityChart::new("", "", "").series("ATL", bins).into();
    let histogram = |counts: [f64; 1]| Histogram::new("", "", "", [0.0, 1.0]).series("", counts);
    let empty: [Block; 9] = [
        BarChart::new("", "", "", [""; 0]).into(),
        BarChart::new("", "", "", ["a"]).series("ATL", [f64::INFINITY]).into(),
        LineChart::new("", "", "").into(),
        LineChart::new("", "", "").series("ATL", [(1.0, f64::NAN)]).into(),
        Histogram::new("", "", "", []).into(),
        histogram([0.0]).into(),
        histogram([f64::NAN]).log().mirrored().into(),
        reliability(vec![]),
        reliability(vec![bin(f64::NAN, f64::NAN, 0)]),
    ];
    for block in empty {
        let html = page_with([block.clone()]);
        assert!(html.contains("no values") && is_well_formed(&html), "{block:?}");
    }
    let some: [Block; 5] = [
        BarChart::new("", "", "", ["a", "b"]).series("ATL", [0.0, 0.0]).into(),
        LineChart::new("", "", "").series("ATL", [(3.0, 0.0)]).into(),
        LineChart::new("", "", "").series("ATL", [(3.0, -2.0), (3.0, -2.0)]).into(),
        histogram([1.0]).log().into(),
        reliability(vec![bin(0.7, 0.0, 3)]),
    ];
    for block in some {
        let html = page_with([block.clone()]);
        assert!(!html.contains("no values") && is_well_formed(&html), "{block:?}");
        assert!(rects(&html) + html.matches("<circle").count() > 0, "{block:?}");
    }
}

#[test]
#[should_panic(expected = "a value for each label")]
fn a_series_has_a_value_for_each_label() {
    let _ = BarChart::new("", "", "", ["a", "b"]).series("ATL", [1.0]);
}
