//! Parquet files, and Arrow's file format (Feather).

use std::io::{self, Write as _};
use std::path::PathBuf;

use arrow_array::RecordBatch;
use arrow_ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::columns::{Rows, schema};
use super::{GraphEdge, GraphNode, GraphWriter};
use crate::files::AtomicFile;
use crate::{Error, Result};

/// How many rows are written at once.
const BATCH: usize = 8192;

/// How many rows a group of a Parquet file has: what is held until it is written.
const ROW_GROUP: usize = 1 << 16;

/// Batches that go to a file.
trait Batches {
    fn write(&mut self, batch: &RecordBatch) -> io::Result<()>;
    fn end(self) -> io::Result<AtomicFile>;
}

struct Writer<B> {
    path: PathBuf,
    rows: Rows,
    batches: B,
}

/// Begins a Parquet file.
pub fn parquet(file: AtomicFile) -> Result<Box<dyn GraphWriter>> {
    let path = file.path().to_path_buf();
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .build();
    let begun = ArrowWriter::try_new(file, schema(), Some(properties)).map_err(io::Error::other);
    let batches = begun.map_err(Error::io(&path, "write"))?;
    Ok(Box::new(Writer { path, rows: Rows::default(), batches }))
}

/// Begins a file of Arrow.
pub fn arrow(file: AtomicFile) -> Result<Box<dyn GraphWriter>> {
    let path = file.path().to_path_buf();
    let begun = FileWriter::try_new(file, &schema()).map_err(io::Error::other);
    let batches = begun.map_err(Error::io(&path, "write"))?;
    Ok(Box::new(Writer { path, rows: Rows::default(), batches }))
}

impl<B: Batches> Writer<B> {
    fn write_rows(&mut self) -> Result<()> {
        let batch = self.rows.take();
        self.batches.write(&batch).map_err(Error::io(&self.path, "write"))
    }
}

impl<B: Batches> GraphWriter for Writer<B> {
    /// A node without facts is no row.
    fn node(&mut self, _: &GraphNode) -> Result<()> {
        Ok(())
    }

    fn edge(&mut self, edge: &GraphEdge) -> Result<()> {
        self.rows.push(edge);
        if self.rows.len() >= BATCH { self.write_rows() } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        if self.rows.len() > 0 {
            self.write_rows()?;
        }
        let file = self.batches.end().map_err(Error::io(&self.path, "write"))?;
        file.commit()
    }
}

impl Batches for ArrowWriter<AtomicFile> {
    fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        ArrowWriter::write(self, batch).map_err(io::Error::other)
    }

    fn end(self) -> io::Result<AtomicFile> {
        self.into_inner().map_err(io::Error::other)
    }
}

impl Batches for FileWriter<AtomicFile> {
    fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        FileWriter::write(self, batch).map_err(io::Error::other)
    }

    fn end(mut self) -> io::Result<AtomicFile> {
        self.finish().map_err(io::Error::other)?;
        let mut file = self.into_inner().map_err(io::Error::other)?;
        file.flush()?;
        Ok(file)
    }
}
