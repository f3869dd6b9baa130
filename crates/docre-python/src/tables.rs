//! Facts and mentions as columns of Arrow, which Python's libraries take without copying them.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, RecordBatch, RecordBatchIterator,
    builder::{Float32Builder, Int64Builder, ListBuilder, StringBuilder},
    ffi_stream::FFI_ArrowArrayStream,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use docre::{
    Document, RelationSet,
    document::Mention,
    output::{EntityName, NamedFact},
};
use pyo3::{prelude::*, types::PyCapsule};

use crate::{errors::bad_setting, results::Item};

/// A table of results.
#[derive(Debug, Clone, Copy)]
pub enum Table {
    /// A row a fact.
    Facts,
    /// A row a mention of an entity.
    Mentions,
}

impl Table {
    /// The table of this name.
    pub fn named(name: &str) -> PyResult<Self> {
        match name {
            "facts" => Ok(Self::Facts),
            "mentions" => Ok(Self::Mentions),
            _ => Err(bad_setting("table", "should be facts or mentions")),
        }
    }

    /// Its columns.
    fn schema(self) -> SchemaRef {
        let text = |name| Field::new(name, DataType::Utf8, false);
        let maybe_text = |name| Field::new(name, DataType::Utf8, true);
        let number = |name| Field::new(name, DataType::Int64, false);
        let maybe_number = |name| Field::new(name, DataType::Int64, true);
        let entity = |role: &str| {
            let name = |what: &str| format!("{role}{what}");
            [
                number(name("_entity")),
                text(name("")),
                text(name("_type")),
                maybe_text(name("_id")),
                maybe_number(name("_start")),
                maybe_number(name("_end")),
            ]
        };
        let document = || [number("document".to_owned()), text("title".to_owned())];
        let owned = |names: [&str; 2]| names.map(|name| text(name.to_owned()));
        let fields: Vec<Field> = match self {
            Self::Facts => document()
                .into_iter()
                .chain(entity("head"))
                .chain(owned(["relation", "relation_name"]))
                .chain(entity("tail"))
                .chain([
                    Field::new("score", DataType::Float32, true),
                    Field::new_list(
                        "evidence",
                        Field::new_list_field(DataType::Int64, true),
                        false,
                    ),
                ])
                .collect(),
            Self::Mentions => document()
                .into_iter()
                .chain([number("entity".to_owned())])
                .chain(owned(["name", "type"]))
                .chain([maybe_text("id".to_owned()), text("text".to_owned())])
                .chain([number("sentence".to_owned())])
                .chain(["start", "end"].map(|name| maybe_number(name.to_owned())))
                .collect(),
        };
        Arc::new(Schema::new(fields))
    }

    /// Its rows.
    pub fn batch<'a>(
        self,
        items: impl Iterator<Item = &'a Item>,
        relations: &RelationSet,
    ) -> RecordBatch {
        let columns = match self {
            Self::Facts => {
                let mut columns = FactColumns::default();
                items.enumerate().for_each(|(at, item)| columns.push(at, item, relations));
                columns.finish()
            }
            Self::Mentions => {
                let mut columns = MentionColumns::default();
                items.enumerate().for_each(|(at, item)| columns.push(at, &item.document));
                columns.finish()
            }
        };
        RecordBatch::try_new(self.schema(), columns).expect("the columns are those of the schema")
    }
}

/// A table as a stream of Arrow's C interface.
pub fn capsule(py: Python<'_>, table: Table, batch: RecordBatch) -> PyResult<Bound<'_, PyCapsule>> {
    let reader = RecordBatchIterator::new([Ok(batch)], table.schema());
    let stream = FFI_ArrowArrayStream::new(Box::new(reader));
    PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
}

/// The place of a document among others, and its title.
#[derive(Default)]
struct DocumentColumns {
    document: Int64Builder,
    title: StringBuilder,
}

impl DocumentColumns {
    fn push(&mut self, at: usize, document: &Document) {
        self.document.append_value(at as i64);
        self.title.append_value(&document.title);
    }

    fn finish(mut self) -> Vec<ArrayRef> {
        vec![Arc::new(self.document.finish()), Arc::new(self.title.finish())]
    }
}

/// Head or tail.
#[derive(Default)]
struct EntityColumns {
    index: Int64Builder,
    name: StringBuilder,
    kind: StringBuilder,
    id: StringBuilder,
    start: Int64Builder,
    end: Int64Builder,
}

impl EntityColumns {
    fn push(&mut self, entity: &EntityName) {
        self.index.append_value(entity.index as i64);
        self.name.append_value(&entity.name);
        self.kind.append_value(&entity.kind);
        self.id.append_option(entity.id.as_deref());
        self.start.append_option(entity.span.map(|[start, _]| start as i64));
        self.end.append_option(entity.span.map(|[_, end]| end as i64));
    }

    fn finish(mut self) -> Vec<ArrayRef> {
        vec![
            Arc::new(self.index.finish()),
            Arc::new(self.name.finish()),
            Arc::new(self.kind.finish()),
            Arc::new(self.id.finish()),
            Arc::new(self.start.finish()),
            Arc::new(self.end.finish()),
        ]
    }
}

#[derive(Default)]
struct FactColumns {
    of: DocumentColumns,
    head: EntityColumns,
    relation: StringBuilder,
    relation_name: StringBuilder,
    tail: EntityColumns,
    score: Float32Builder,
    evidence: ListBuilder<Int64Builder>,
}

impl FactColumns {
    fn push(&mut self, at: usize, item: &Item, relations: &RelationSet) {
        for fact in &item.facts {
            let NamedFact { head, relation, tail, score, evidence } =
                NamedFact::new(&item.document, fact, relations);
            self.of.push(at, &item.document);
            self.head.push(&head);
            self.relation.append_value(relation.id);
            self.relation_name.append_value(relation.name);
            self.tail.push(&tail);
            self.score.append_option(score);
            self.evidence.append_value(evidence.into_iter().map(|sentence| Some(sentence as i64)));
        }
    }

    fn finish(mut self) -> Vec<ArrayRef> {
        let mut columns = self.of.finish();
        columns.extend(self.head.finish());
        columns.push(Arc::new(self.relation.finish()));
        columns.push(Arc::new(self.relation_name.finish()));
        columns.extend(self.tail.finish());
        columns.push(Arc::new(self.score.finish()));
        columns.push(Arc::new(self.evidence.finish()));
        columns
    }
}

#[derive(Default)]
struct MentionColumns {
    of: DocumentColumns,
    entity: Int64Builder,
    name: StringBuilder,
    kind: StringBuilder,
    id: StringBuilder,
    text: StringBuilder,
    sentence: Int64Builder,
    start: Int64Builder,
    end: Int64Builder,
}

impl MentionColumns {
    fn push(&mut self, at: usize, document: &Document) {
        for (index, entity) in document.entities.iter().enumerate() {
            for mention in &entity.mentions {
                self.of.push(at, document);
                self.entity.append_value(index as i64);
                self.name.append_value(entity.name());
                self.kind.append_value(entity.kind());
                self.id.append_option(entity.id.as_deref());
                self.push_place(document, mention);
            }
        }
    }

    fn push_place(&mut self, document: &Document, mention: &Mention) {
        let span = document.span(mention);
        self.text.append_value(document.surface(mention));
        self.sentence.append_value(mention.sentence as i64);
        self.start.append_option(span.as_ref().map(|span| span.start as i64));
        self.end.append_option(span.as_ref().map(|span| span.end as i64));
    }

    fn finish(mut self) -> Vec<ArrayRef> {
        let mut columns = self.of.finish();
        columns.extend([
            Arc::new(self.entity.finish()) as ArrayRef,
            Arc::new(self.name.finish()),
            Arc::new(self.kind.finish()),
            Arc::new(self.id.finish()),
            Arc::new(self.text.finish()),
            Arc::new(self.sentence.finish()),
            Arc::new(self.start.finish()),
            Arc::new(self.end.finish()),
        ]);
        columns
    }
}
