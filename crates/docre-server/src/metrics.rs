//! Numbers for Prometheus.

use std::{fs, time::Duration};

use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

/// Method, route and status.
type RequestLabels = Vec<(&'static str, String)>;

/// What the service has done, and how it is.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    latency: Family<RequestLabels, Histogram, fn() -> Histogram>,
    batch_documents: Histogram,
    batch_words: Histogram,
    documents: Counter,
    pieces: Counter,
    panics: Counter,
    queue: Gauge,
    memory: Gauge,
}

/// From 5 ms to 80 s.
fn seconds() -> Histogram {
    Histogram::new((0..15).map(|power| 0.005 * f64::from(1 << power)))
}

impl Default for Metrics {
    fn default() -> Self {
        let powers = |first: u32, last: u32| (first..=last).map(|power| f64::from(1u32 << power));
        let metrics = Self {
            registry: Registry::with_prefix("docre"),
            requests: Family::default(),
            latency: Family::new_with_constructor(seconds),
            batch_documents: Histogram::new(powers(0, 6)),
            batch_words: Histogram::new(powers(5, 15)),
            documents: Counter::default(),
            pieces: Counter::default(),
            panics: Counter::default(),
            queue: Gauge::default(),
            memory: Gauge::default(),
        };
        metrics.registered()
    }
}

impl Metrics {
    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register("requests", "Requests that were answered", self.requests.clone());
        registry.register_with_unit(
            "latency",
            "From a request's head to its answer's",
            Unit::Seconds,
            self.latency.clone(),
        );
        let (documents, words) = (self.batch_documents.clone(), self.batch_words.clone());
        registry.register("batch_documents", "Documents of a batch", documents);
        registry.register("batch_words", "Words of a batch", words);
        registry.register(
            "documents",
            "Documents that went through a model",
            self.documents.clone(),
        );
        registry.register("tokens", "Word pieces of these documents", self.pieces.clone());
        registry.register("panics", "Mistakes in docre itself", self.panics.clone());
        registry.register("queue", "Documents that wait, long ones as several", self.queue.clone());
        let memory = self.memory.clone();
        registry.register_with_unit("memory", "Memory that the process holds", Unit::Bytes, memory);
        self
    }

    /// A request was answered.
    pub fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let route = [("method", method.to_owned()), ("route", route.to_owned())];
        self.latency.get_or_create(&route.to_vec()).observe(took.as_secs_f64());
        let status = ("status", status.to_string());
        self.requests.get_or_create(&route.into_iter().chain([status]).collect()).inc();
    }

    pub(crate) fn batch(&self, documents: usize, words: usize) {
        self.batch_documents.observe(documents as f64);
        self.batch_words.observe(words as f64);
    }

    pub(crate) fn document(&self, pieces: usize) {
        self.documents.inc();
        self.pieces.inc_by(pieces as u64);
    }

    pub(crate) fn panicked(&self) {
        self.panics.inc();
    }

    /// All of them, in the text form.
    pub fn text(&self, waiting: usize) -> String {
        self.queue.set(waiting as i64);
        self.memory.set(resident_bytes());
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("memory takes it");
        text
    }
}

/// The memory that the process holds; 0 where the system doesn't say.
fn resident_bytes() -> i64 {
    let pages = fs::read_to_string("/proc/self/statm").ok();
    let resident = pages.and_then(|text| text.split_whitespace().nth(1)?.parse::<i64>().ok());
    resident.unwrap_or(0) * rustix::param::page_size() as i64
}
