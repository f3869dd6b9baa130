//! Several examples packed for one pass of the encoder.

use std::{ops::Range, sync::Arc};

use super::{
    Example, Label, MentionRows, MentionSpan, Ragged,
    pairs::{EntityPair, OrderedPair},
    windows::Window,
};
use super::{pairs, windows::windows};
use crate::Result;
use crate::document::RelationSet;

/// Several examples as one pass of an encoder reads them, without padding.
///
/// Two axes count tokens:
///
/// - *packed*: the windows of all documents one after another, with the CLS and SEP that
///   windows add. The encoder works here.
/// - *document*: the documents' own ids one after another. All that follows the encoder
///   works here; [`EncodedBatch::sources`] leads from one to the other. With one window for
///   each document the two are the same.
///
/// Entities, mentions and pairs of all documents are numbered through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedBatch {
    /// `[packed]` The ids.
    pub ids: Vec<u32>,
    /// `[packed]` The place in its window, from 0.
    pub positions: Vec<u32>,
    /// `[packed]` The type of each token, 0 or 1; empty where all are of type 0.
    pub types: Vec<u32>,
    /// `[windows + 1]` Where each window starts on the packed axis, and the end.
    pub segments: Vec<usize>,
    /// `[windows]` What each window covers, counted in its own document's ids.
    pub windows: Vec<Window>,
    /// The documents.
    pub documents: Vec<DocumentSpan>,
    /// `[document tokens]` For each the packed tokens that show it, one a window that
    /// covers it, at least one. An encoder's output at a document token is the mean over
    /// them; tokens that windows added show nothing.
    pub sources: Ragged,
    /// `[entities]` For each the document tokens of its mentions' markers; none for an
    /// entity whose mentions were all cut off.
    pub mentions: Ragged,
    /// `[mentions]` Where each of these mentions is, on the document-token axis.
    pub spans: Vec<MentionSpan>,
    /// `[entities]` The number of each entity's type, where the examples say it; else empty.
    pub entity_types: Vec<u32>,
    /// The attention rows that the mentions read.
    pub mention_rows: MentionRows,
    /// The pairs of entities within a document, first before second.
    pub pairs: Vec<EntityPair>,
    /// The pairs of head and tail, h-major within each document: the rows of scores and labels.
    pub ordered_pairs: Vec<OrderedPair>,
    /// The rows of scores and labels: the ordered pairs, or the documents where these are
    /// classified as wholes.
    pub rows: usize,
    /// Whether the documents are classified as wholes.
    of_wholes: bool,
    /// Which relations hold; `None` as soon as one document is unlabelled.
    labels: Option<Vec<RowLabel>>,
}

/// A document's part of each axis of an [`EncodedBatch`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentSpan {
    /// Its tokens on the document axis.
    pub tokens: Range<usize>,
    /// Its windows.
    pub windows: Range<usize>,
    /// Its entities.
    pub entities: Range<usize>,
    /// Its unordered pairs.
    pub pairs: Range<usize>,
    /// Its ordered pairs.
    pub ordered_pairs: Range<usize>,
}

/// A relation that holds between an ordered pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RowLabel {
    row: usize,
    column: usize,
}

impl EncodedBatch {
    /// Packs examples for an encoder that reads at most `longest_input` ids.
    ///
    /// Fails if `longest_input` is too short for [`windows()`].
    ///
    /// # Panics
    ///
    /// If some of the documents are classified as wholes and others aren't.
    pub fn new(examples: &[&Example], longest_input: usize) -> Result<Self> {
        let mut batch = Self::empty();
        batch.of_wholes = examples.first().is_some_and(|example| example.whole().is_some());
        for example in examples {
            assert_eq!(example.whole().is_some(), batch.of_wholes, "a batch is of one kind");
            let tokens = batch.push_tokens(example, longest_input)?;
            batch.push_document(example, tokens);
        }
        if !batch.types.is_empty() {
            batch.types.resize(batch.ids.len(), 0);
        }
        batch.mention_rows = MentionRows::new(&batch.mentions.values, &batch.sources);
        Ok(batch)
    }

    /// Whether each document is one window, so that the packed axis is the document axis.
    pub fn is_single_window(&self) -> bool {
        self.windows.len() == self.documents.len()
    }

    /// The packed token that stands for each document, `[CLS]`, where they are classified as
    /// wholes.
    pub fn first_tokens_of_wholes(&self) -> Option<Arc<[usize]>> {
        let first = |document: &DocumentSpan| self.segments[document.windows.start];
        self.of_wholes.then(|| self.documents.iter().map(first).collect())
    }

    /// Whether each document is classified as a whole, and not its pairs.
    pub fn is_of_wholes(&self) -> bool {
        self.of_wholes
    }

    /// The number of packed tokens.
    pub fn packed_tokens(&self) -> usize {
        self.ids.len()
    }

    /// The number of document tokens.
    pub fn document_tokens(&self) -> usize {
        self.sources.len()
    }

    /// The window of a packed token.
    pub fn window_of(&self, packed: usize) -> usize {
        self.segments.partition_point(|&start| start <= packed) - 1
    }

    /// The labels, `[rows, classes]` row by row: 1 for each relation that
    /// holds, and in column 0 exactly when none does. `None` if a document is unlabelled.
    pub fn labels(&self, classes: usize) -> Option<Vec<f32>> {
        let labels = self.labels.as_ref()?;
        let mut matrix = vec![0.0; self.rows * classes];
        for row in matrix.chunks_exact_mut(classes) {
            row[RelationSet::NONE] = 1.0;
        }
        for label in labels {
            let row = &mut matrix[label.row * classes..][..classes];
            row[RelationSet::NONE] = 0.0;
            row[label.column] = 1.0;
        }
        Some(matrix)
    }

    fn empty() -> Self {
        Self {
            ids: Vec::new(),
            positions: Vec::new(),
            types: Vec::new(),
            segments: vec![0],
            windows: Vec::new(),
            documents: Vec::new(),
            sources: Ragged::default(),
            mentions: Ragged::default(),
            spans: Vec::new(),
            entity_types: Vec::new(),
            mention_rows: MentionRows::default(),
            pairs: Vec::new(),
            ordered_pairs: Vec::new(),
            rows: 0,
            of_wholes: false,
            labels: Some(Vec::new()),
        }
    }

    /// Adds a document's windows to the packed axis and its tokens to the document axis.
    fn push_tokens(&mut self, example: &Example, longest_input: usize) -> Result<DocumentTokens> {
        let windows = windows(example.ids.len(), longest_input)?;
        let first_window = self.windows.len();
        for window in &windows {
            self.push_window(&example.ids, window);
        }
        self.push_types(example);
        let starts = &self.segments[first_window..];
        let first_token = self.sources.len();
        // Windows start and end in order, so those that cover a position follow each other.
        let mut first = 0;
        for position in 0..example.ids.len() {
            first += windows[first..].iter().take_while(|window| window.end <= position).count();
            let covering = windows[first..].iter().zip(&starts[first..]);
            self.sources
                .push(covering.map_while(|(window, start)| Some(start + window.place(position)?)));
        }
        self.windows.extend(windows);
        Ok(DocumentTokens {
            tokens: first_token..self.sources.len(),
            windows: first_window..self.windows.len(),
        })
    }

    fn push_window(&mut self, ids: &[u32], window: &Window) {
        // A document begins with CLS and ends with SEP.
        let cls = window.cls_added.then(|| ids[0]);
        let sep = window.sep_added.then(|| ids[ids.len() - 1]);
        self.ids.extend(cls);
        self.ids.extend_from_slice(&ids[window.start..window.end]);
        self.ids.extend(sep);
        self.positions.extend((0_u32..).take(window.length()));
        self.segments.push(self.ids.len());
    }

    /// Marks the second part of a text, if it has one. Such a text is one window.
    fn push_types(&mut self, example: &Example) {
        let Some(row) = example.whole() else { return };
        let second = example.ids.len() - row.second_part;
        if second > 0 || !self.types.is_empty() {
            self.types.resize(self.ids.len() - second, 0);
            self.types.resize(self.ids.len(), 1);
        }
    }

    /// Adds a document's entities, pairs and labels.
    fn push_document(&mut self, example: &Example, place: DocumentTokens) {
        let DocumentTokens { tokens, windows } = place;
        let count = example.entities.len();
        let (entity, pair, row) = (self.mentions.len(), self.pairs.len(), self.ordered_pairs.len());
        for markers in example.entities.lists() {
            self.mentions.push(markers.iter().map(|marker| tokens.start + marker));
        }
        self.spans.extend(example.spans.iter().map(|span| MentionSpan {
            pieces: tokens.start + span.pieces.start..tokens.start + span.pieces.end,
            ..span.clone()
        }));
        self.entity_types.extend(&example.types);
        self.pairs.extend(
            pairs::unordered(count)
                .map(|p| EntityPair { first: entity + p.first, second: entity + p.second }),
        );
        self.ordered_pairs.extend(example.row_pairs().into_iter().map(|p| OrderedPair {
            head: entity + p.head,
            tail: entity + p.tail,
            pair: pair + p.pair,
        }));
        self.push_labels(example);
        self.rows += example.row_count();
        self.documents.push(DocumentSpan {
            tokens,
            windows,
            entities: entity..self.mentions.len(),
            pairs: pair..self.pairs.len(),
            ordered_pairs: row..self.ordered_pairs.len(),
        });
    }

    fn push_labels(&mut self, example: &Example) {
        let (Some(all), Some(labels)) = (&mut self.labels, &example.labels) else {
            self.labels = None;
            return;
        };
        let place = |label: &Label| {
            example.row(label.head, label.tail).expect("what has a fact is classified")
        };
        all.extend(
            labels
                .iter()
                .map(|label| RowLabel { row: self.rows + place(label), column: label.column }),
        );
    }
}

/// Where a document's ids are in a batch.
struct DocumentTokens {
    tokens: Range<usize>,
    windows: Range<usize>,
}
