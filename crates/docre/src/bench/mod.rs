//! How fast training and inference are on this machine.

mod read;
mod sweep;
mod synthetic;
mod work;

use std::{path::Path, time::Instant};

use burn::tensor::Device;
use docre_kernels::{Dropout, Precision, product_rate};
use serde::Serialize;

pub use self::read::{MeasuredReading, ReadRate, bench_reading};
pub use self::sweep::{Sweep, SweepRow};
use crate::{
    Error, Result, corpus,
    decision::DecisionSettings,
    document::Document,
    encoder::{Encoder, EncoderConfig, Pass},
    loss::{LossKind, Needs},
    model::{Extractor, Model, ModelConfig, Origin, check_trains},
    progress::peak_megabytes,
    recipe::OptimizerSettings,
    relation::{Initialiser, RelationSettings},
    text::{EncodedBatch, Example, ExampleOptions, Tokenizer, prepare::prepare},
    train::{AdamW, Computed, Gradients, TrainBatch, tokenizer},
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
#[derive(Debug, Clone)]
pub enum BenchEncoder<'a> {
    /// A folder with weights and tokenizer.
    Folder(&'a Path),
    /// Random weights of these sizes, and the folder of a tokenizer.
    Random(Box<EncoderConfig>, &'a Path),
}

/// What to measure.
#[derive(Debug, Clone)]
pub struct Bench<'a> {
    /// Training or inference.
    pub mode: BenchMode,
    /// The encoder.
    pub encoder: BenchEncoder<'a>,
    /// The relational encoder.
    pub relation: &'a RelationSettings,
    /// Documents, labelled ones for training; the first `docs` with entity pairs and two batches
    /// more are used, in file order.
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

impl Bench<'_> {
    /// A document without a pair is no work: it isn't trained on, and inference skips it.
    fn takes(document: &Document) -> bool {
        document.pair_count() > 0
    }

    /// The documents measured and those that warm up.
    fn documents(&self) -> Result<usize> {
        if self.batch == 0 {
            return Err(Error::setting("batch", "is 0, but must be at least 1"));
        }
        if self.docs == 0 || !self.docs.is_multiple_of(self.batch) {
            let (docs, batch) = (self.docs, self.batch);
            let problem = format!(
                "is {docs}, but must be a multiple of the batch, which is {batch}, above 0"
            );
            return Err(Error::setting("docs", problem));
        }
        let all = self.batch.checked_mul(WARM_UP).and_then(|more| self.docs.checked_add(more));
        all.ok_or_else(|| Error::setting("docs", "is more than there can be"))
    }
}

/// A measurement; the first keys are those of the PyTorch peer.
#[derive(Debug, Clone, Serialize)]
pub struct Throughput {
    /// What was measured.
    pub mode: BenchMode,
    /// The precision asked for.
    pub precision: Precision,
    /// What matrix products were made with: `f32`, `bf16-emulated`, `amx-bf16`, `avx512-bf16` or,
    /// on a GPU, `bf16`.
    pub products: &'static str,
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
    /// The most memory that the process has held, in MB (2^20 bytes), where the system tells.
    pub peak_mb: Option<f64>,
    /// 10⁹ floating-point operations a second in matrix products, the time for all else included.
    pub gflop_per_s: f64,
    /// The same for one large matrix product on this device, measured right after.
    pub matmul_gflop_per_s: f64,
    /// The first as a share of the second.
    pub matmul_share: f64,
}

/// Measures a model with the adaptive thresholding loss. `device` is without autodiff.
pub fn bench(bench: &Bench, device: &Device) -> Result<Throughput> {
    let documents = bench.documents()?;
    let mut set_up = SetUp::new(bench, documents, device)?;
    let examples = set_up.examples(bench, documents)?;
    let batches: Vec<Vec<&Example>> =
        examples.chunks_exact(bench.batch).map(|batch| batch.iter().collect()).collect();
    let mut seconds = Vec::new();
    for (number, batch) in batches.iter().enumerate() {
        let begun = Instant::now();
        set_up.step(bench.mode, batch, number)?;
        if number + 1 == batches.len() {
            set_up.optimizer.settle(&mut set_up.extractor.model); // which training does now and then
        }
        seconds.push(begun.elapsed().as_secs_f64());
    }
    let peak = peak_megabytes();
    let counted = &batches[WARM_UP..];
    let tokens: usize = counted.iter().flatten().map(|example| example.length()).sum();
    let timed = Timed {
        seconds: &seconds[WARM_UP..],
        tokens,
        work: set_up.work(bench.mode, counted)?,
        peak_mb: peak,
        products: set_up.products(),
        limit: set_up.limit(),
    };
    Ok(timed.measured(bench))
}

/// Measures documents of different lengths and numbers of entities, one at a time; `each` gets
/// every row as soon as it is there. `device` is without autodiff.
pub fn bench_sweep(bench: &Bench, device: &Device, each: impl FnMut(&SweepRow)) -> Result<Sweep> {
    if bench.docs == 0 {
        return Err(Error::setting("docs", "is 0, but words are taken from so many documents"));
    }
    let set_up = SetUp::new(bench, bench.docs, device)?;
    sweep::sweep(bench, set_up, each)
}

/// A model with random new layers, and what it is measured on.
struct SetUp {
    documents: Vec<Document>,
    extractor: Extractor,
    optimizer: AdamW,
    device: Device,
}

impl SetUp {
    /// Reads at most `documents` documents and makes the model.
    fn new(bench: &Bench, documents: usize, device: &Device) -> Result<Self> {
        let device = match bench.mode {
            BenchMode::Train => {
                check_trains(bench.precision)?;
                device.clone().autodiff()
            }
            BenchMode::Infer => device.clone(),
        };
        let documents: Vec<_> = corpus::read(bench.data)?
            .filter(|read| read.as_ref().map_or(true, Bench::takes))
            .take(documents)
            .collect::<Result<_>>()?;
        let relations = match bench.relations {
            Some(path) => corpus::relations::read_rel2id(path)?,
            None => corpus::relations::infer(&documents).map_err(|e| {
                let problem = format!("{e}; give a rel2id.json with the relations");
                Error::file(bench.data, problem)
            })?,
        };
        let (encoder, config, tokenizer) = encoder(&bench.encoder, &device)?;
        let settings = bench.relation.clone();
        settings.check_for(config.hidden_size)?;
        let mut random = Initialiser::new(0);
        let relation =
            settings.build(config.hidden_size, relations.classes(), &mut random, &device);
        let decision = DecisionSettings::ThresholdClass { cap: Some(4) };
        let config = ModelConfig::new(config, settings, decision, None, Origin::default());
        let model = Model { encoder, relation, finder: None };
        let precision = bench.precision;
        let mut extractor = Extractor { model, config, tokenizer, relations, precision };
        if bench.mode == BenchMode::Infer {
            extractor.set_precision(precision);
        }
        let optimizer = AdamW::new(OptimizerSettings::default());
        Ok(Self { documents, extractor, optimizer, device })
    }

    /// The documents as examples: warm-up and what is measured.
    fn examples(&self, bench: &Bench, wanted: usize) -> Result<Vec<Example>> {
        if self.documents.len() < wanted {
            let problem = format!(
                "holds {} documents with entity pairs, but {wanted} are needed ({WARM_UP} batches \
                 aren't counted)",
                self.documents.len()
            );
            return Err(Error::file(bench.data, problem));
        }
        let options =
            ExampleOptions { relations: Some(&self.extractor.relations), ..Default::default() };
        let examples = prepare(&self.documents, &self.extractor.tokenizer, &options)?.examples;
        let unlabelled = || examples.iter().any(|example| example.labels.is_none());
        if bench.mode == BenchMode::Train && unlabelled() {
            let problem = "holds documents without labels, which can't be trained on";
            return Err(Error::file(bench.data, problem));
        }
        Ok(examples)
    }

    /// What matrix products are made with.
    fn products(&self) -> &'static str {
        self.extractor.precision.products_on(&self.device)
    }

    /// The rate of a large matrix product.
    fn limit(&self) -> f64 {
        product_rate(self.extractor.precision, &self.device)
    }

    /// One step, number `number` from 0.
    fn step(&mut self, mode: BenchMode, batch: &[&Example], number: usize) -> Result<()> {
        match mode {
            BenchMode::Train => self.train_step(batch, number as u64 + 1),
            BenchMode::Infer => self.extractor.extract(batch).map(drop),
        }
    }

    fn train_step(&mut self, batch: &[&Example], number: u64) -> Result<()> {
        let loss = LossKind::default();
        let longest_input = self.extractor.config.encoder.longest_input();
        let classes = self.extractor.relations.classes();
        let mut batches = vec![TrainBatch::new(batch, longest_input, classes)?];
        self.optimizer.ready(&mut self.extractor.model, &mut batches);
        let needs = Needs::default();
        let gradients = Gradients { loss: &loss, needs, device: &self.device, finder: None };
        let dropout = Dropout::of_step(0, number);
        let pass = Pass { dropout, precision: self.extractor.precision };
        let Computed { gradients, norm, .. } = gradients.of(&self.extractor.model, batches, pass);
        self.optimizer.step(&mut self.extractor.model, gradients, norm, number, 1.0);
        Ok(())
    }

    /// The floating-point operations of the batches' matrix products.
    fn work(&self, mode: BenchMode, batches: &[Vec<&Example>]) -> Result<f64> {
        let config = &self.extractor.config;
        let classes = self.extractor.relations.classes();
        let mut forward = 0.0;
        for batch in batches {
            let batch = EncodedBatch::new(batch, config.encoder.longest_input())?;
            forward += work::forward(&config.encoder, &config.relation, classes, &batch);
        }
        Ok(if mode == BenchMode::Train { forward * work::TRAINING } else { forward })
    }
}

fn encoder(encoder: &BenchEncoder, device: &Device) -> Result<(Encoder, EncoderConfig, Tokenizer)> {
    match encoder {
        BenchEncoder::Folder(folder) => {
            let (encoder, config) = Encoder::load(folder, device)?;
            Ok((encoder, config, tokenizer(folder)?))
        }
        BenchEncoder::Random(config, folder) => {
            let tokenizer: Tokenizer = tokenizer(folder)?;
            let mut config = EncoderConfig::clone(config);
            config.vocab_size = config.vocab_size.max(tokenizer.id_count());
            Ok((Encoder::random(&config, 0, device), config, tokenizer))
        }
    }
}

/// What was seen of the steps that count.
struct Timed<'a> {
    seconds: &'a [f64],
    tokens: usize,
    /// Floating-point operations.
    work: f64,
    peak_mb: Option<f64>,
    products: &'static str,
    /// The rate of a large matrix product.
    limit: f64,
}

impl Timed<'_> {
    fn measured(&self, bench: &Bench) -> Throughput {
        let total: f64 = self.seconds.iter().sum();
        let rate = self.work / total / 1e9;
        Throughput {
            mode: bench.mode,
            precision: bench.precision,
            products: self.products,
            threads: rayon::current_num_threads(),
            batch: bench.batch,
            docs: bench.docs,
            docs_per_s: bench.docs as f64 / total,
            tokens_per_s: self.tokens as f64 / total,
            median_step_s: median(self.seconds),
            peak_mb: self.peak_mb,
            gflop_per_s: rate,
            matmul_gflop_per_s: self.limit,
            matmul_share: rate / self.limit,
        }
    }
}

fn median(seconds: &[f64]) -> f64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let even = sorted.len().is_multiple_of(2);
    if even { (sorted[middle - 1] + sorted[middle]) / 2.0 } else { sorted[middle] }
}
