//! Facts as a table of columns, a row for each document that says a fact.

use std::sync::Arc;

use arrow_array::builder::{
    Float32Builder, Int32Builder, Int64Builder, ListBuilder, StringBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::output::graph::{GraphEdge, NodeName, Support};

/// The columns of a table of facts.
pub fn schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let place = |name: &str| Field::new(name, DataType::Int64, true);
    let score = |name: &str| Field::new(name, DataType::Float32, true);
    let end = |end: &str| {
        [
            text(&format!("{end}_key")),
            text(end),
            text(&format!("{end}_type")),
            Field::new(format!("{end}_id"), DataType::Utf8, true),
            place(&format!("{end}_start")),
            place(&format!("{end}_end")),
        ]
    };
    let list = |name: &str, item| Field::new(name, DataType::new_list(item, true), false);
    let mut fields = vec![text("document")];
    fields.extend(end("head"));
    fields.extend([text("relation"), text("relation_name")]);
    fields.extend(end("tail"));
    fields.extend([score("score"), score("fact_score")]);
    fields.push(list("evidence", DataType::Int32));
    fields.push(list("evidence_text", DataType::Utf8));
    Arc::new(Schema::new(fields))
}

/// Rows that become a batch.
#[derive(Default)]
pub struct Rows {
    count: usize,
    document: StringBuilder,
    head: EndColumns,
    relation: StringBuilder,
    relation_name: StringBuilder,
    tail: EndColumns,
    score: Float32Builder,
    fact_score: Float32Builder,
    evidence: ListBuilder<Int32Builder>,
    evidence_text: ListBuilder<StringBuilder>,
}

/// The columns of a head or a tail.
#[derive(Default)]
struct EndColumns {
    key: StringBuilder,
    name: StringBuilder,
    kind: StringBuilder,
    id: StringBuilder,
    start: Int64Builder,
    end: Int64Builder,
}

impl Rows {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Adds a fact: a row for each of its documents.
    pub fn push(&mut self, edge: &GraphEdge) {
        for support in &edge.supports {
            self.push_support(edge, support);
        }
    }

    fn push_support(&mut self, edge: &GraphEdge, support: &Support) {
        self.count += 1;
        self.document.append_value(&support.document);
        self.head.push(&edge.head, support.head);
        self.relation.append_value(&edge.relation.id);
        self.relation_name.append_value(&edge.relation.name);
        self.tail.push(&edge.tail, support.tail);
        self.score.append_option(support.score);
        self.fact_score.append_option(edge.score);
        for evidence in &support.evidence {
            let number = i32::try_from(evidence.sentence).unwrap_or(i32::MAX);
            self.evidence.values().append_value(number);
            self.evidence_text.values().append_value(&evidence.text);
        }
        self.evidence.append(true);
        self.evidence_text.append(true);
    }

    /// The rows so far, as a batch; none are left.
    pub fn take(&mut self) -> RecordBatch {
        let mut rows = std::mem::take(self);
        let mut columns: Vec<ArrayRef> = vec![Arc::new(rows.document.finish())];
        columns.extend(rows.head.finish());
        columns.push(Arc::new(rows.relation.finish()));
        columns.push(Arc::new(rows.relation_name.finish()));
        columns.extend(rows.tail.finish());
        columns.push(Arc::new(rows.score.finish()));
        columns.push(Arc::new(rows.fact_score.finish()));
        columns.push(Arc::new(rows.evidence.finish()));
        columns.push(Arc::new(rows.evidence_text.finish()));
        RecordBatch::try_new(schema(), columns).expect("columns are those of the schema")
    }
}

impl EndColumns {
    fn push(&mut self, name: &NodeName, span: Option<[usize; 2]>) {
        self.key.append_value(&name.key);
        self.name.append_value(&name.name);
        self.kind.append_value(&name.kind);
        self.id.append_option(name.id.as_deref());
        let [start, end] = match span {
            Some(span) => span.map(|place| i64::try_from(place).ok()),
            None => [None, None],
        };
        self.start.append_option(start);
        self.end.append_option(end);
    }

    fn finish(mut self) -> [ArrayRef; 6] {
        [
            Arc::new(self.key.finish()),
            Arc::new(self.name.finish()),
            Arc::new(self.kind.finish()),
            Arc::new(self.id.finish()),
            Arc::new(self.start.finish()),
            Arc::new(self.end.finish()),
        ]
    }
}
