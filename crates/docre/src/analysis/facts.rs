//! Sections on predicted facts.

use super::AnalysisAbout;
use crate::{
    eval::{Breakdown, Counts, Scores, properties::PropertyScores},
    report::{BarChart, Figure, ReportSection, Table},
};

/// A fraction as a percentage with two digits.
pub(super) fn percent(fraction: f64) -> String {
    format!("{:.2}", 100.0 * fraction)
}

/// The columns of a table of counts, after those that name the row.
pub(super) const COUNTS: [&str; 6] =
    [">F1", ">precision", ">recall", ">correct", ">predicted", ">labelled"];

/// The cells of these columns.
pub(super) fn cells(counts: &Counts) -> [String; 6] {
    [
        percent(counts.f1()),
        percent(counts.precision()),
        percent(counts.recall()),
        counts.correct.to_string(),
        counts.predicted.to_string(),
        counts.gold.to_string(),
    ]
}

/// A table of counts whose rows have a name.
pub(super) fn counts_table<'a>(
    caption: &str,
    name: &str,
    rows: impl IntoIterator<Item = (&'a str, &'a Counts)>,
) -> Table {
    let columns: Vec<&str> = [name].into_iter().chain(COUNTS).collect();
    let mut table = Table::new(caption, &columns);
    for (name, counts) in rows {
        table.row([name.to_owned()].into_iter().chain(cells(counts)));
    }
    table
}

/// F1 as bars. What has no labelled fact has none: nothing could be found there.
pub(super) fn f1_bars<'a>(
    title: String,
    x: &str,
    rows: impl IntoIterator<Item = (&'a str, &'a Counts)>,
) -> BarChart {
    let labelled = rows.into_iter().filter(|(_, counts)| counts.gold > 0);
    let (labels, f1s): (Vec<_>, Vec<_>) =
        labelled.map(|(label, counts)| (label, 100.0 * counts.f1())).unzip();
    BarChart::new(title, x, "F1", labels).series("F1", f1s)
}

pub(super) fn overview(about: &AnalysisAbout, facts: &Breakdown) -> ReportSection {
    let counts = &facts.scores.facts;
    let interval = &facts.f1_interval;
    let range = format!(
        "{} to {} with {:.0} % confidence (bootstrap over documents)",
        percent(interval.low),
        percent(interval.high),
        100.0 * interval.level
    );
    let of = |part: usize, whole: usize| format!("{part} of {whole}");
    let mut figures = vec![
        Figure::new("F1", percent(counts.f1()), range),
        Figure::new("Precision", percent(counts.precision()), of(counts.correct, counts.predicted)),
        Figure::new("Recall", percent(counts.recall()), of(counts.correct, counts.gold)),
    ];
    if let Some(ign) = &facts.ign {
        let note = format!("without {} correct facts known from training", ign.correct_in_train);
        figures.push(Figure::new("Ign F1", percent(ign.f1()), note));
    }
    let evidence_f1 = facts.scores.evidence_f1().map_or_else(|| "none".into(), percent);
    figures.push(Figure::new("Evidence F1", evidence_f1, evidence(about, facts)));
    if let Some(ncre) = facts.scores.ncre {
        let note = "relations of a pair on the wrong side of the none class (NCRL, Eq. 1)";
        figures.push(Figure::new("NCRE", format!("{ncre:.4}"), note));
    }
    let note = "Micro scores in percent, as the official evaluation counts them.";
    ReportSection::new("Scores", note.to_owned() + &misfits(&facts.scores)).with(figures)
}

/// How many predictions can't be right, in a sentence; nothing if all can.
fn misfits(scores: &Scores) -> String {
    let counted: Vec<String> =
        scores.misfits().map(|(count, what)| format!("{count} with {what}")).collect();
    if counted.is_empty() {
        return String::new();
    }
    let (all, counted) = (scores.facts.predicted, counted.join(", "));
    format!(" Of {all} predictions {counted}; they count as wrong.")
}

/// What evidence F1 is counted on: labels without evidence make it lower than it should be.
fn evidence(about: &AnalysisAbout, facts: &Breakdown) -> String {
    let Counts { correct, predicted, .. } = facts.evidence;
    let sentences = format!("{correct} of {predicted} sentences");
    match about.labels_without_evidence {
        0 => sentences,
        _ if facts.evidence.gold == 0 => "no label names its evidence".into(),
        without => {
            let labels = about.labels;
            format!(
                "{sentences}; {without} of {labels} labelled facts name none, so every one \
                 predicted for them counts as wrong"
            )
        }
    }
}

pub(super) fn distance(facts: &Breakdown) -> ReportSection {
    let (distance, infer) = (&facts.distance, &facts.infer);
    let rows = [
        ("in one sentence (intra)", &distance.intra),
        ("over sentences (inter)", &distance.inter),
        ("more than 5 sentences apart", &distance.inter_long),
        ("sides of triangles (Infer-F1)", &infer.sides),
        ("conclusions of triangles", &infer.conclusions),
        ("sides of triangles, every prediction counted", &infer.all_predictions),
    ];
    let note = "Sentences are those between the closest mentions of head and tail. Three facts \
                h-o, o-t and h-t are a triangle: the third may follow from the other two.";
    ReportSection::new("Distance and inference", note).with(counts_table("", "facts", rows))
}

pub(super) fn errors(facts: &Breakdown) -> ReportSection {
    let (errors, wrong) = (&facts.errors, &facts.false_predictions);
    let mut categories =
        Table::new("KD-DocRE, Table 7", &["category", ">facts", ">percent", "what"]);
    let rows = [
        ("correct", errors.correct, errors.correct_pct, "predicted and labelled"),
        ("wrong", errors.wrong, errors.wrong_pct, "another relation is labelled for the pair"),
        ("missed", errors.missed, errors.missed_pct, "labelled, nothing predicted for the pair"),
        ("more", errors.more, errors.more_pct, "predicted, nothing labelled for the pair"),
    ];
    for (name, count, share, what) in rows {
        categories.row([name.into(), count.to_string(), format!("{share:.2}"), what.to_owned()]);
    }
    let left_out = errors.gold_missed_on_pair_with_prediction;
    let columns = ["", ">facts", ">percent of FP + FN", "what"];
    let mut false_predictions = Table::new("ARPDL, Table 5", &columns);
    let share = |share: f64| format!("{share:.2}");
    let rows = [
        ("FP", wrong.false_positives, String::new(), "predicted, not labelled"),
        ("FN", wrong.false_negatives, share(wrong.fn_ratio_pct), "labelled, not predicted"),
        ("FN_NA", wrong.fn_na, share(wrong.fn_na_ratio_pct), "on a pair without predictions"),
        ("FN_Rel", wrong.fn_rel, String::new(), "on a pair that has predictions"),
    ];
    for (name, count, share, what) in rows {
        false_predictions.row([name.to_owned(), count.to_string(), share, what.to_owned()]);
    }
    let binary = &facts.binary_labels;
    let rows = [("some relation or none", &binary.binary), ("which relation", &binary.original)];
    let pairs = counts_table("Pairs (KD-DocRE, Table 8)", "question", rows);
    let note = format!(
        "KD-DocRE's categories leave out the {left_out} labelled facts that are missed on a pair \
         with other predictions. Below, among the documents, wrong is called wrong relation, more \
         unrelated pair, and missed missed pair."
    );
    let labels = ["correct", "wrong", "missed", "more"];
    let counts = [errors.correct, errors.wrong, errors.missed, errors.more];
    let chart = BarChart::new("Facts by category", "category", "facts", labels)
        .series("facts", counts.map(|count| count as f64));
    let section = ReportSection::new("Errors", note).with(chart);
    section.with(categories).with(false_predictions).with(pairs)
}

pub(super) fn properties(facts: &Breakdown) -> ReportSection {
    let note = "F1 of the facts of documents and pairs that are alike in one thing. By labelled \
                relations, a prediction counts where its pair is: those for a pair without any \
                are all wrong.";
    facts
        .properties
        .iter()
        .fold(ReportSection::new("Documents and pairs", note), |section, property| {
            section.with(property_chart(property)).with(property_table(property))
        })
}

fn property_chart(property: &PropertyScores) -> BarChart {
    f1_bars(format!("F1 by {}", property.name), &property.name, rows(property))
}

fn property_table(property: &PropertyScores) -> Table {
    counts_table("", &property.name, rows(property))
}

fn rows(property: &PropertyScores) -> impl Iterator<Item = (&str, &Counts)> {
    property.buckets.iter().map(|bucket| (bucket.label.as_str(), &bucket.counts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{buckets::BucketScores, properties::Property};

    #[test]
    fn where_nothing_is_labelled_there_is_a_row_and_no_bar() {
        let bucket = |label: &str, correct, gold| BucketScores {
            label: label.into(),
            from: 0,
            to: None,
            counts: Counts { correct, predicted: 2, gold },
        };
        let property = PropertyScores {
            property: Property::Relations,
            name: "labelled relations of the pair".into(),
            buckets: vec![
                bucket("0 relations", 0, 0),
                bucket("1 relation", 1, 2),
                bucket("2+ relations", 0, 2),
            ],
        };
        let chart = property_chart(&property);
        assert_eq!(chart.labels, ["1 relation", "2+ relations"]);
        assert_eq!(chart.series[0].values, [50.0, 0.0]);
        assert_eq!(property_table(&property).rows.len(), 3);
    }
}
