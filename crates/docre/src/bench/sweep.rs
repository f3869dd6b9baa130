//! How the cost of a document grows with its length and its entities.

use std::time::Instant;

use serde::Serialize;

use super::{Bench, BenchMode, SetUp, synthetic::Synthesizer};
use crate::{Error, Result, progress::peak_megabytes, text::Example};

/// Word pieces of the documents whose length is varied, at [`ENTITIES`] entities.
const LENGTHS: [usize; 6] = [128, 256, 512, 1024, 2048, 4096];
const ENTITIES: usize = 20;

/// Entities of the documents whose entities are varied, at [`LENGTH`] word pieces.
const ENTITY_COUNTS: [usize; 6] = [5, 10, 20, 50, 100, 200];
const LENGTH: usize = 1024;

/// Times a document of each kind is processed; the median is shown.
const REPEATS: usize = 3;

/// How the cost of a document grows.
#[derive(Debug, Clone, Serialize)]
pub struct Sweep {
    /// What was measured.
    pub mode: BenchMode,
    /// What matrix products were made with, as in [`Throughput`](super::Throughput).
    pub products: &'static str,
    /// The rate of one large matrix product on this device, in 10⁹ operations a second.
    pub matmul_gflop_per_s: f64,
    /// First over lengths, then over numbers of entities.
    pub rows: Vec<SweepRow>,
}

/// The cost of one document of a length and number of entities.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct SweepRow {
    /// Word pieces, CLS, SEP and markers included.
    pub pieces: usize,
    /// Entities, of one mention each.
    pub entities: usize,
    /// Ordered pairs.
    pub pairs: usize,
    /// Seconds for the document alone in its batch, the median of three.
    pub seconds: f64,
    /// Microseconds an ordered pair, the encoder included.
    pub us_per_pair: f64,
    /// Word pieces a second.
    pub tokens_per_s: f64,
    /// 10⁹ floating-point operations a second in matrix products, the time for all else included.
    pub gflop_per_s: f64,
    /// The most memory that the process has held so far, in this row or an earlier one or when
    /// the model was loaded, in MB (2^20 bytes), where the system tells.
    pub peak_mb: Option<f64>,
}

/// Measures one document at a time: first over lengths, then over numbers of entities.
/// `each` is called with each row as soon as it is measured.
pub(super) fn sweep(
    bench: &Bench,
    mut set_up: SetUp,
    mut each: impl FnMut(&SweepRow),
) -> Result<Sweep> {
    let lengths = LENGTHS.iter().map(|length| (*length, ENTITIES));
    let counts = ENTITY_COUNTS.iter().map(|entities| (LENGTH, *entities));
    let mut rows = Vec::new();
    for (pieces, entities) in lengths.chain(counts) {
        let example = {
            let tokenizer = &set_up.extractor.tokenizer;
            let synthesizer = Synthesizer::new(&set_up.documents, tokenizer)
                .ok_or_else(|| Error::file(bench.data, "holds no words to make documents of"))?;
            synthesizer.example(pieces, entities)?
        };
        let row = measure(bench, &mut set_up, example)?;
        each(&row);
        rows.push(row);
    }
    let (mode, products) = (bench.mode, set_up.products());
    Ok(Sweep { mode, products, matmul_gflop_per_s: set_up.limit(), rows })
}

fn measure(bench: &Bench, set_up: &mut SetUp, mut example: Example) -> Result<SweepRow> {
    if bench.mode == BenchMode::Train {
        // Most pairs have no relation anyway.
        example.labels = Some(Vec::new());
    }
    let mut seconds = Vec::new();
    for number in 0..=REPEATS {
        let begun = Instant::now();
        set_up.step(bench.mode, &[&example], number)?;
        seconds.push(begun.elapsed().as_secs_f64());
    }
    let seconds = super::median(&seconds[1..]);
    let work = set_up.work(bench.mode, &[vec![&example]])?;
    let entities = example.entities.len();
    let pairs = entities * entities.saturating_sub(1);
    Ok(SweepRow {
        pieces: example.length(),
        entities,
        pairs,
        seconds,
        us_per_pair: seconds * 1e6 / pairs as f64,
        tokens_per_s: example.length() as f64 / seconds,
        gflop_per_s: work / seconds / 1e9,
        peak_mb: peak_megabytes(),
    })
}
