//! Sections on what is found in text alone.

use super::facts::counts_table;
use crate::{
    eval::EndToEnd,
    report::{ReportSection, Table},
    score::FromText,
};

pub(super) fn sections(found: &FromText) -> [ReportSection; 2] {
    [stages(&found.scores), errors(found)]
}

fn stages(scores: &EndToEnd) -> ReportSection {
    let rows = [
        ("mentions", &scores.mention_span),
        ("mentions with types", &scores.mention_span_type),
        ("entities", &scores.cluster_exact),
        ("entities with types", &scores.entity),
        ("relations", &scores.relation_strict),
        ("relations with types", &scores.relation_strict_typed),
        ("relations, entities by half of their mentions", &scores.relation_relaxed),
    ];
    let table = counts_table("From text to facts", "what", rows);
    let note = "The model read the documents' text alone. An entity counts where exactly its \
                mentions were found and joined, a relation between two such entities.";
    ReportSection::new("From the text alone", note).with(table)
}

fn errors(found: &FromText) -> ReportSection {
    let columns = ["cause", ">labelled, not found", ">found, not labelled"];
    let mut table = Table::new("Where facts are lost", &columns);
    let (missed, wrong) = (found.errors.missed.named(), found.errors.wrong.named());
    for ((name, missed), (_, wrong)) in missed.into_iter().zip(wrong) {
        table.row([name.to_owned(), missed.to_string(), wrong.to_string()]);
    }
    let note = format!(
        "Each fact of one side that the other lacks, by the first stage at which one of its two \
         entities differs there. {} facts are right, of which {} have an entity of another type.",
        found.errors.right, found.errors.other_type
    );
    ReportSection::new("Errors from the text alone", note).with(table)
}
