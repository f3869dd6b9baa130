//! Writes pages with made-up predictions on the documents of `corpus`: what a model does, what may
//! be wrong with the labels, to decide on, and one document. The browser test opens them.
//!
//! ```sh
//! cargo run --release -p docre --no-default-features --features report --example report -- FOLDER
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use docre::corpus::{read_all, relations};
use docre::document::{Document, Fact, RelationSet};
use docre::eval::Counts;
use docre::files::write_atomically;
use docre::report::*;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("name the folder for the reports")?;
    let folder = PathBuf::from(folder);
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (corpus, data) = (project.join("corpus/world"), project.join("data"));
    let mut documents = read_all(corpus.join("train"))?;
    documents.extend(read_all(corpus.join("dev"))?);
    let names = relations::read_names(data.join("meta/rel_info.json"))?;
    let set = relations::read_rel2id(data.join("meta/rel2id.json"))?.with_names(&names);

    let mut chance = Chance(66);
    let predicted: Vec<_> =
        documents.iter().map(|document| made_up(document, &set, &mut chance)).collect();
    write(&folder.join("analysis.html"), || analysis(&documents, &predicted, &set).to_html())?;
    write(&folder.join("review.html"), || review(&documents, &predicted, &set))?;
    let origin = PageAbout { model: "none".into(), data: "corpus/world".into() };
    write(&folder.join("document.html"), || {
        document_page(&documents[0], &predicted[0], &set, &origin)
    })?;
    Ok(())
}

/// Writes a page, and says how long that took and how large it is.
fn write(path: &Path, page: impl FnOnce() -> docre::Result<String>) -> docre::Result<()> {
    let start = Instant::now();
    let html = page()?;
    write_atomically(path, |file| file.write_all(html.as_bytes()))?;
    let (seconds, megabytes) = (start.elapsed().as_secs_f64(), html.len() as f64 / 1e6);
    println!("{}: {seconds:.2} s, {megabytes:.2} MB", path.display());
    Ok(())
}

/// A small generator of numbers (Knuth's MMIX), so that each run writes the same.
struct Chance(u64);

impl Chance {
    /// A number in 0 to 1.
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as f64 / (1u64 << 31) as f64
    }

    fn below(&mut self, end: usize) -> usize {
        (self.share() * end as f64) as usize
    }
}

/// Seven of ten labels, some of them with another relation, and some facts between any two
/// entities.
fn made_up(document: &Document, set: &RelationSet, chance: &mut Chance) -> Vec<Fact> {
    let mut facts = Vec::new();
    for label in document.labelled_facts() {
        let mut fact = Fact { score: Some((0.5 + chance.share() / 2.0) as f32), ..label.clone() };
        if chance.share() < 0.3 {
            fact.evidence = vec![chance.below(document.sentences.len())];
        }
        if chance.share() < 0.12 {
            fact.relation = any_relation(set, chance);
        }
        if chance.share() < 0.7 {
            facts.push(fact);
        }
    }
    for _ in 0..document.entities.len() / 3 {
        let (head, tail) =
            (chance.below(document.entities.len()), chance.below(document.entities.len()));
        if head != tail {
            let score = Some((0.4 + chance.share() / 3.0) as f32);
            facts.push(Fact {
                head,
                relation: any_relation(set, chance),
                tail,
                evidence: vec![],
                score,
            });
        }
    }
    facts
}

fn any_relation(set: &RelationSet, chance: &mut Chance) -> String {
    set.relations()[chance.below(set.relations().len())].id.clone()
}

fn analysis(documents: &[Document], predicted: &[Vec<Fact>], set: &RelationSet) -> ReportPage {
    let mut browser = Browser::new(set);
    for (document, facts) in documents.iter().zip(predicted) {
        browser.push(document, facts);
    }
    ReportPage {
        title: "What made-up predictions look like".into(),
        about: about(documents),
        sections: vec![
            scores(documents, predicted, set),
            by_relation(documents, predicted, set),
            margins(),
            calibration(documents, predicted, set),
            course(),
        ],
        browser: Some(browser),
    }
}

fn about(documents: &[Document]) -> Vec<(String, String)> {
    vec![
        ("Data".into(), format!("corpus/world, {} documents", documents.len())),
        ("Labels".into(), "docre's own".into()),
        ("Model".into(), "none: predictions are made from the labels by chance".into()),
    ]
}

fn scores(documents: &[Document], predicted: &[Vec<Fact>], set: &RelationSet) -> ReportSection {
    let counts = sum(&by_status(documents, predicted, set));
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let figures = vec![
        Figure::new("Precision", percent(counts.precision()), "of what is predicted"),
        Figure::new("Recall", percent(counts.recall()), "of what is labelled"),
        Figure::new("F1", percent(counts.f1()), "micro, over all facts"),
        Figure::new("Labelled facts", counts.gold.to_string(), ""),
    ];
    let groups = BarChart::new("F1 by frequency", "group", "F1, %", ["head", "mid", "tail"])
        .series_with_spread("ATLOP", [(68.1, 0.6), (55.4, 1.4), (38.2, 3.9)])
        .series_with_spread("KD-DocRE", [(69.4, 0.5), (57.9, 1.1), (44.0, 3.1)]);
    let gains = BarChart::new(
        "Gain by distance",
        "sentences apart",
        "gain in F1",
        ["0", "1", "2 to 4", "5 and more"],
    )
    .series("gain", [0.4, -0.7, 1.9, 2.6]);
    ReportSection::new(
        "Scores",
        "How much of what is predicted is labelled, and the other way round.",
    )
    .with(figures)
    .with(groups)
    .with(gains)
}

fn by_relation(
    documents: &[Document],
    predicted: &[Vec<Fact>],
    set: &RelationSet,
) -> ReportSection {
    let mut table = Table::new(
        "Relations by number of labels",
        &["id", "relation", ">labels", ">precision", ">recall", ">F1"],
    );
    let mut rows: Vec<_> = by_status(documents, predicted, set).into_iter().collect();
    rows.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.gold));
    let percent = |share: f64| format!("{:.1}", 100.0 * share);
    for (id, counts) in &rows {
        table.row([
            id.clone(),
            set.name(id).to_owned(),
            counts.gold.to_string(),
            percent(counts.precision()),
            percent(counts.recall()),
            percent(counts.f1()),
        ]);
    }
    let names = rows.iter().take(24).map(|(id, _)| set.name(id));
    let bars = BarChart::new("F1 of the 24 most frequent relations", "relation", "F1, %", names)
        .series("F1", rows.iter().take(24).map(|(_, counts)| 100.0 * counts.f1()));
    ReportSection::new("Relations", "Click a header to sort.").with(table).with(bars)
}

/// The counts of each relation.
fn by_status(
    documents: &[Document],
    predicted: &[Vec<Fact>],
    set: &RelationSet,
) -> BTreeMap<String, Counts> {
    let mut found: BTreeMap<String, Counts> = BTreeMap::new();
    for (document, facts) in documents.iter().zip(predicted) {
        for row in side_by_side(document, facts, set).rows {
            let counts = found.entry(row.fact.relation.id).or_default();
            counts.correct += usize::from(row.status == Status::Correct);
            counts.predicted += usize::from(row.status != Status::Missed);
            counts.gold += usize::from(row.status != Status::Wrong);
        }
    }
    found
}

fn sum(counts: &BTreeMap<String, Counts>) -> Counts {
    counts.values().fold(Counts::default(), |sum, one| Counts {
        correct: sum.correct + one.correct,
        predicted: sum.predicted + one.predicted,
        gold: sum.gold + one.gold,
    })
}

fn margins() -> ReportSection {
    let bell = |height: f64, middle: f64, width: f64| {
        (-30..30).map(move |n| {
            let away = (f64::from(n) / 3.0 + 1.0 / 6.0 - middle) / width;
            (height * (-away * away / 2.0).exp()).round()
        })
    };
    let edges = || (-30..=30).map(|n| f64::from(n) / 3.0);
    let margins = |title| Histogram::new(title, "margin", "pairs and relations", edges());
    let both = |chart: Histogram| {
        chart
            .series("labelled", bell(900.0, 1.6, 1.8))
            .series("not labelled", bell(240_000.0, -6.0, 1.4))
    };
    ReportSection::new("Margins", "How far the score of a relation lies above the threshold class.")
        .with(both(margins("Margins, mirrored")).log().mirrored())
        .with(both(margins("Margins")).log())
        .with(margins("Margins of labels").series("labelled", bell(900.0, 1.6, 1.8)))
}

fn calibration(
    documents: &[Document],
    predicted: &[Vec<Fact>],
    set: &RelationSet,
) -> ReportSection {
    let mut bins = vec![(0.0, 0, 0); 10];
    for (document, facts) in documents.iter().zip(predicted) {
        for row in side_by_side(document, facts, set).rows {
            if let (Some(score), Status::Correct | Status::Wrong) = (row.fact.score, row.status) {
                let bin = &mut bins[((10.0 * score) as usize).min(9)];
                bin.0 += f64::from(score);
                bin.1 += usize::from(row.status == Status::Correct);
                bin.2 += 1;
            }
        }
    }
    let bin = |&(score, right, count): &(f64, usize, usize)| CalibrationBin {
        confidence: score / count as f64,
        accuracy: right as f64 / count as f64,
        count,
    };
    let flatter =
        |bin: CalibrationBin| CalibrationBin { confidence: bin.confidence.powf(0.6), ..bin };
    let diagram = ReliabilityChart::new("Calibration", "score", "share of right facts")
        .series("as they are", bins.iter().map(bin))
        .series("with a temperature", bins.iter().map(bin).map(flatter));
    ReportSection::new(
        "Calibration",
        "On the diagonal a score is the probability that it says to be.",
    )
    .with(diagram)
}

fn course() -> ReportSection {
    let course = |end: f64, rate: f64| {
        (1..=30)
            .map(move |epoch| (f64::from(epoch), end * (1.0 - (-rate * f64::from(epoch)).exp())))
    };
    let chart = LineChart::new("Predicted positives", "epoch", "facts")
        .series("ATL", course(9_800.0, 0.25))
        .series("COMM", course(12_400.0, 0.4))
        .series("labelled", (1..=30).map(|epoch| (f64::from(epoch), 12_100.0)));
    let one = LineChart::new("One epoch", "epoch", "facts").series("ATL", [(1.0, 310.0)]);
    let none = LineChart::new("No epoch", "epoch", "facts");
    ReportSection::new("Course", "").with(chart).with(one).with(none)
}

/// What is predicted but isn't labelled, and the other way round, a thousand of each.
fn review(
    documents: &[Document],
    predicted: &[Vec<Fact>],
    set: &RelationSet,
) -> docre::Result<String> {
    let mut items = Vec::new();
    for (place, (document, facts)) in documents.iter().zip(predicted).enumerate() {
        for row in side_by_side(document, facts, set).rows {
            match row.status {
                Status::Wrong => items.push(("missing", place, row.fact)),
                Status::Missed => items.push(("wrong", place, row.fact)),
                Status::Correct | Status::Predicted => {}
            }
        }
    }
    for (_, _, fact) in &mut items {
        fact.score.get_or_insert(0.1); // what isn't predicted has no score
    }
    let of_kind = |wanted: &'static str| items.iter().filter(move |item| item.0 == wanted);
    let item = |(kind, document, fact)| ReviewItem {
        kind,
        document,
        fact,
        guessed_evidence: kind == "missing",
        predicted_by: 1,
    };
    let first = of_kind("missing").take(1000).chain(of_kind("wrong").take(1000));
    ReviewPage {
        title: "What may be wrong with the labels".into(),
        about: vec![("Data", "corpus/world".into())],
        measured: None,
        documents,
        models: 2,
        items: first.map(|(kind, place, fact)| item((kind, *place, fact))).collect(),
    }
    .to_html()
}
