//! How fast a training file is read on this machine.

use std::{mem::size_of, path::Path, time::Instant};

use rayon::{ThreadPool, ThreadPoolBuilder};
use serde::Serialize;

use crate::{
    Error, Result, corpus,
    progress::peak_megabytes,
    text::{Example, LabelledExamples, LabelledOptions, Rows, read_labelled},
    train::tokenizer,
};

/// A measurement of a file of labelled documents.
#[derive(Debug, Clone, Serialize)]
pub struct MeasuredReading {
    /// Documents in the file.
    pub docs: usize,
    /// Word pieces of all documents, CLS and SEP included.
    pub tokens: usize,
    /// Bytes that a training run keeps of a document, on average.
    pub kept_bytes_per_doc: f64,
    /// On one thread: the rate of one core.
    pub one_thread: ReadRate,
    /// On all threads.
    pub all_threads: ReadRate,
    /// The most memory that the process has held when all threads made the examples, in MB
    /// (2^20 bytes), where the system tells.
    pub peak_mb: Option<f64>,
}

/// How fast documents were read.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ReadRate {
    /// Threads used.
    pub threads: usize,
    /// Documents a second, parsed and checked.
    pub read_docs_per_s: f64,
    /// Documents a second, parsed, checked, tokenized and made into training examples, by
    /// a tokenizer that hasn't seen any word before.
    pub examples_docs_per_s: f64,
    /// The seconds for that.
    pub examples_s: f64,
    /// The same for each second that the threads really had a core, where the system tells:
    /// the rate of a core, whatever else the machine does.
    pub examples_docs_per_core_s: Option<f64>,
}

/// Measures how fast a file of labelled documents is read, with the tokenizer of the folder
/// `tokenizer`. The file is read four times: with and without tokenizing, on one thread and
/// on all.
pub fn bench_reading(data: &Path, tokenizer: &Path) -> Result<MeasuredReading> {
    let one = pool(1);
    // All threads first: their peak is that of a run, and one thread won't wait for the disk.
    let (all_threads, examples) = measure(data, tokenizer)?;
    let peak_mb = peak_megabytes();
    let docs = examples.len();
    let tokens = examples.iter().map(Example::length).sum();
    let kept: usize = examples.iter().map(kept_bytes).sum();
    drop(examples);
    let (one_thread, _) = one.install(|| measure(data, tokenizer))?;
    Ok(MeasuredReading {
        docs,
        tokens,
        kept_bytes_per_doc: kept as f64 / docs as f64,
        one_thread,
        all_threads,
        peak_mb,
    })
}

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started")
}

/// The rates on the threads at hand.
fn measure(data: &Path, folder: &Path) -> Result<(ReadRate, Vec<Example>)> {
    let (read_s, docs) = seconds(|| {
        let mut docs = 0;
        corpus::read(data)?.process(
            |read| read.map(drop),
            |read| -> Result<()> {
                docs += 1;
                read
            },
        )?;
        Ok(docs)
    })?;
    let tokenizer = tokenizer(folder)?;
    let options = LabelledOptions::default();
    let begun = core_seconds();
    let (examples_s, read) = seconds(|| {
        read_labelled::<_, Error>(corpus::read(data)?, &tokenizer, &options, |_, _| Ok(()))
    })?;
    let core_s = core_seconds().zip(begun).map(|(now, begun)| now - begun);
    let LabelledExamples { examples, .. } = read;
    let rate = ReadRate {
        threads: rayon::current_num_threads(),
        read_docs_per_s: f64::from(docs) / read_s,
        examples_docs_per_s: examples.len() as f64 / examples_s,
        examples_s,
        // Hundredths of a second say nothing of less than a few of them.
        examples_docs_per_core_s: core_s
            .filter(|seconds| *seconds > 0.05)
            .map(|seconds| examples.len() as f64 / seconds),
    };
    Ok((rate, examples))
}

fn seconds<T>(work: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
    let begun = Instant::now();
    let made = work()?;
    Ok((begun.elapsed().as_secs_f64(), made))
}

/// The seconds that cores have worked for this process, where Linux tells. It counts them in
/// hundredths.
fn core_seconds() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name in brackets; the 14th and 15th are its own time
    // and the system's for it.
    let fields = status.rsplit_once(')')?.1.split_whitespace().skip(11).take(2);
    let hundredths: Vec<f64> = fields.map(str::parse).collect::<Result<_, _>>().ok()?;
    Some(hundredths.iter().sum::<f64>() / 100.0)
}

/// The memory of an example, without what the allocator adds.
fn kept_bytes(example: &Example) -> usize {
    fn of<T>(list: &Vec<T>) -> usize {
        list.capacity() * size_of::<T>()
    }
    let Example { title, ids, entities, spans, types, sentences, rows, labels, evidence } = example;
    let lists = of(&entities.offsets)
        + of(&entities.values)
        + of(spans)
        + of(types)
        + of(sentences)
        + of(evidence);
    let pairs = match rows {
        Rows::Pairs(pairs) => of(pairs),
        Rows::AllPairs | Rows::Whole(_) => 0,
    };
    let rows = labels.as_ref().map_or(0, of) + pairs;
    size_of::<Example>() + title.capacity() + of(ids) + lists + rows
}
