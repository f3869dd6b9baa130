//! Sections on relations.

use super::facts::{COUNTS, cells, f1_bars, percent};
use crate::{
    eval::{
        Breakdown, distribution_shift::DistributionShift, relation_shift::RelationShift,
        splits::SplitScores,
    },
    report::{BarChart, ReportSection, Table},
};

/// Relations shown in a chart, the most frequent first.
const SHOWN: usize = 20;

/// Frequent and rare relations; nothing where the training file isn't known.
pub(super) fn splits(facts: &Breakdown) -> Option<ReportSection> {
    if facts.splits.is_empty() {
        return None;
    }
    let note = "Relations ranked by their facts in the training file, cut as the papers cut them. \
                The share is that of the training facts.";
    let section = ReportSection::new("Frequent and rare relations", note);
    Some(
        facts.splits.iter().fold(section, |section, split| {
            section.with(split_chart(split)).with(split_table(split))
        }),
    )
}

fn split_chart(split: &SplitScores) -> BarChart {
    let rows = split.groups.iter().map(|group| (group.label.as_str(), &group.counts));
    f1_bars(format!("F1 of {}", split.name), "relations", rows)
}

fn split_table(split: &SplitScores) -> Table {
    let columns: Vec<&str> = ["relations", ">training share"].into_iter().chain(COUNTS).collect();
    let mut table = Table::new(&split.name, &columns);
    for group in &split.groups {
        let named = [group.label.clone(), percent(group.train_share)];
        table.row(named.into_iter().chain(cells(&group.counts)));
    }
    table
}

pub(super) fn each(facts: &Breakdown) -> ReportSection {
    let named = ["relation", "id", ">training facts"];
    let columns: Vec<&str> = named.into_iter().chain(COUNTS).collect();
    let mut table = Table::new("", &columns);
    let is_there = |counts: &crate::eval::Counts| counts.gold + counts.predicted > 0;
    for relation in facts.relations.iter().filter(|relation| is_there(&relation.counts)) {
        let count = relation.train_count.map_or(String::new(), |count| count.to_string());
        let named = [relation.name.clone(), relation.id.clone(), count];
        table.row(named.into_iter().chain(cells(&relation.counts)));
    }
    let note = "The relations that are labelled or predicted here.";
    ReportSection::new("Each relation", note).with(table)
}

pub(super) fn shift(shift: &RelationShift) -> ReportSection {
    let shown = &shift.relations[..shift.relations.len().min(SHOWN)];
    let labels = shown.iter().map(|relation| relation.name.as_str());
    let series = |share: fn(&crate::eval::relation_shift::RelationShare) -> f64| {
        shown.iter().map(move |relation| 100.0 * share(relation)).collect::<Vec<_>>()
    };
    let title = format!("Shares of the {} relations most frequent in training", shown.len());
    let chart = BarChart::new(title, "relation", "percent of facts", labels)
        .series("training", series(|relation| relation.training))
        .series("labels", series(|relation| relation.labels))
        .series("predicted", series(|relation| relation.predicted));
    let mut table =
        Table::new("Kullback-Leibler divergence from the training facts", &["of", ">nats"]);
    table.row(["predictions".to_owned(), format!("{:.4}", shift.predicted_from_training)]);
    table.row(["labels".to_owned(), format!("{:.4}", shift.labels_from_training)]);
    let note = "How far the predicted relations are from those of training, the prior of ARPDL. \
                One fact is added to each relation for the divergence.";
    ReportSection::new("Relations against the training prior", note).with(table).with(chart)
}

pub(super) fn distribution(shift: &DistributionShift) -> ReportSection {
    let title = "Kullback-Leibler divergence (ARPDL, Figure 5)";
    let mut table = Table::new(title, &["of, from", ">nats", ">without normalising again"]);
    let rows = [
        (
            "scores from training facts",
            shift.kl_predicted_prior,
            shift.kl_predicted_prior_without_renormalising,
        ),
        (
            "training facts from scores",
            shift.kl_prior_predicted,
            shift.kl_prior_predicted_without_renormalising,
        ),
    ];
    for (name, normalised, plain) in rows {
        table.row([name.to_owned(), format!("{normalised:.4}"), format!("{plain:.4}")]);
    }
    let note = format!(
        "The mean softmax of all pairs over all classes, without the threshold class, which leaves \
         {:.4} of it. Figure 5 tells neither the direction of its divergence nor whether what is \
         left is normalised again.",
        shift.relation_mass
    );
    ReportSection::new("Scores against the training prior", note).with(table)
}
