//! How fast training and inference are on this machine.

use std::{path::Path, time::Instant};

use burn::tensor::Device;
use docre_kernels::{Dropout, Precision};
use serde::Serialize;

use super::{
    OptimizerSettings,
    optimizer::{AdamW, global_norm},
    setup,
    step::Gradients,
};
use crate::{
    Error, Result, corpus,
    decision::DecisionSettings,
    encoder::{Encoder, EncoderConfig, Pass},
    loss::LossSettings,
    model::{Extractor, Initialiser, Model, ModelConfig, Origin},
    relation::RelationSettings,
    text::{Example, ExampleOptions, Tokenizer, prepare},
};

/// Steps that warm up and aren't counted, as in the peer.
const WARM_UP: usize = 2;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BenchMode {
    /// Forward, backward and optimizer step.
    Train,
    /// Forward and decision.
    Infer,
}

/// The encoder of a measurement.
#[derive(Debug, Clone, Copy)]
pub enum BenchEncoder<'a> {
    /// A folder with weights and tokenizer.
    Folder(&'a Path),
    /// BERT-base with random weights, and the folder of a tokenizer.
    RandomBase(&'a Path),
}

/// What to measure.
#[derive(Debug, Clone, Copy)]
pub struct Bench<'a> {
    /// Training or inference.
    pub mode: BenchMode,
    /// The encoder.
    pub encoder: BenchEncoder<'a>,
    /// Labelled documents; the first `docs` and two batches more are used, in file order.
    pub data: &'a Path,
    /// `rel2id.json`, which decides the number of classes; without it the relations
    /// are those of the documents read.
    pub relations: Option<&'a Path>,
    /// The precision of matrix products.
    pub precision: Precision,
    /// Documents that go through the model at a time.
    pub batch: usize,
    /// Documents measured.
    pub docs: usize,
}

/// A measurement, under the names that the PyTorch peer uses.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// What was measured.
    pub mode: BenchMode,
    /// Threads used.
    pub threads: usize,
    /// Documents a batch.
    pub batch: usize,
    /// Documents measured.
    pub docs: usize,
    /// Documents a second.
    pub docs_per_s: f64,
    /// Word pieces a second, CLS and SEP included.
    pub tokens_per_s: f64,
    /// The median seconds of a step.
    pub median_step_s: f64,
    /// The most memory that the process has held so far, in MB (2^20 bytes), where
    /// the system tells.
    pub peak_mb: Option<f64>,
}

/// Measures ATLOP with the adaptive thresholding loss. `device` is without autodiff.
pub fn bench(bench: &Bench, device: &Device) -> Result<Measured> {
    if bench.batch == 0 || bench.docs == 0 || !bench.docs.is_multiple_of(bench.batch) {
        let (docs, batch) = (bench.docs, bench.batch);
        let problem =
            format!("must be whole batches, but are {docs} documents in batches of {batch}");
        return Err(Error::setting("docs", problem));
    }
    let device = match bench.mode {
        BenchMode::Train => device.clone().autodiff(),
        BenchMode::Infer => device.clone(),
    };
    let (mut extractor, examples) = set_up(bench, &device)?;
    let batches: Vec<Vec<&Example>> = examples
        .chunks_exact(bench.batch)
        .take(bench.docs / bench.batch + WARM_UP)
        .map(|batch| batch.iter().collect())
        .collect();
    if batches.len() < bench.docs / bench.batch + WARM_UP {
        let wanted = bench.docs + WARM_UP * bench.batch;
        let problem = format!(
            "holds {} documents, but {wanted} are needed ({WARM_UP} batches aren't counted)",
            examples.len()
        );
        return Err(Error::file(bench.data, problem));
    }
    let mut optimizer = AdamW::new(OptimizerSettings::default());
    let mut seconds = Vec::new();
    for (number, batch) in batches.iter().enumerate() {
        let begun = Instant::now();
        match bench.mode {
            BenchMode::Train => {
                train_step(&mut extractor, &mut optimizer, batch, number as u64 + 1, &device)?;
            }
            BenchMode::Infer => {
                extractor.extract(batch)?;
            }
        }
        seconds.push(begun.elapsed().as_secs_f64());
    }
    let tokens = batches[WARM_UP..].iter().flatten().map(|example| example.length()).sum();
    Ok(measured(bench, &seconds[WARM_UP..], tokens))
}

fn set_up(bench: &Bench, device: &Device) -> Result<(Extractor, Vec<Example>)> {
    let wanted = bench.docs + WARM_UP * bench.batch;
    let documents: Vec<_> = corpus::read(bench.data)?.take(wanted).collect::<Result<_>>()?;
    let relations = match bench.relations {
        Some(path) => corpus::relations::read_rel2id(path)?,
        None => corpus::relations::infer(&documents)
            .map_err(|e| Error::file(bench.data, e.to_string()))?,
    };
    let (encoder, config, tokenizer) = match bench.encoder {
        BenchEncoder::Folder(folder) => {
            let (encoder, config) = Encoder::load(folder, device)?;
            (encoder, config, setup::tokenizer(folder)?)
        }
        BenchEncoder::RandomBase(folder) => {
            let tokenizer: Tokenizer = setup::tokenizer(folder)?;
            let mut config = EncoderConfig::bert_base();
            config.vocab_size = config.vocab_size.max(tokenizer.id_count());
            (Encoder::random(&config, 0, device), config, tokenizer)
        }
    };
    let options = ExampleOptions { relations: Some(&relations), max_length: None };
    let examples = prepare(&documents, &tokenizer, &options)?.examples;
    if examples.iter().any(|example| example.labels.is_none()) {
        return Err(Error::file(bench.data, "holds documents without labels"));
    }
    let settings = RelationSettings::default();
    let mut random = Initialiser::new(0);
    let relation = settings.build(config.hidden_size, relations.classes(), &mut random, device);
    let decision = DecisionSettings::ThresholdClass { cap: Some(4) };
    let config = ModelConfig::new(config, settings, decision, None, Origin::default());
    let model = Model { encoder, relation };
    let precision = bench.precision;
    Ok((Extractor { model, config, tokenizer, relations, precision }, examples))
}

fn train_step(
    extractor: &mut Extractor,
    optimizer: &mut AdamW,
    batch: &[&Example],
    number: u64,
    device: &Device,
) -> Result<()> {
    let loss = LossSettings::Atl.build();
    let gradients = Gradients {
        loss: &*loss,
        device,
        longest_input: extractor.config.encoder.longest_input(),
        classes: extractor.relations.classes(),
    };
    let pass = Pass { dropout: Dropout::new(0.5, 0).at(number), precision: extractor.precision };
    let (_, gradients) = gradients.of(&extractor.model, &[batch.to_vec()], pass)?;
    let norm = global_norm(&extractor.model, &gradients);
    optimizer.step(&mut extractor.model, gradients, norm, number, 1.0);
    Ok(())
}

fn measured(bench: &Bench, seconds: &[f64], tokens: usize) -> Measured {
    let total: f64 = seconds.iter().sum();
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let even = sorted.len().is_multiple_of(2);
    let median = if even { (sorted[middle - 1] + sorted[middle]) / 2.0 } else { sorted[middle] };
    let docs = seconds.len() * bench.batch;
    Measured {
        mode: bench.mode,
        threads: rayon::current_num_threads(),
        batch: bench.batch,
        docs,
        docs_per_s: docs as f64 / total,
        tokens_per_s: tokens as f64 / total,
        median_step_s: median,
        peak_mb: peak_megabytes(),
    }
}

/// The kernel's high-water mark of this process's memory.
fn peak_megabytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes / 1024.0)
}
