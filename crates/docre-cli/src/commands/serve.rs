//! `docre serve`

use std::{
    env, fs,
    io::{self, IsTerminal},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use docre::{Error, Result};
use docre_server::{ApiKey, Limits, ModelSource, Service, Settings, bind, serve};
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{compute::Compute, messages::note};

/// Answers over HTTP what docre extract prints, with a page to try texts
///
/// Ctrl-C or SIGTERM ends it: requests that have come are answered. SIGHUP loads the models again.
/// docs/serve.md says what clients send and get.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  docre serve
  docre serve --model runs/mine/model --model small=docre-small
  DOCRE_API_KEY=$(cat key.txt) docre serve --address 0.0.0.0:8642 --log json

  curl -s http://127.0.0.1:8642/v1/extract -H 'Content-Type: application/json' \\
    -d '{\"text\": \"Ingrid Solberg was born in Bergen.\"}'")]
pub struct Options {
    #[command(flatten)]
    models: Models,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8642")]
    address: String,
    /// A file with a key of 16 or more characters that clients have to show, as
    /// "Authorization: Bearer KEY"; the variable DOCRE_API_KEY does the same
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// An origin whose pages may ask from a browser, https://example.org say, beside the service's
    /// own; may be given several times
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    allow_origin: Vec<String>,
    #[command(flatten)]
    bounds: Bounds,
    /// The form of the log on standard error, a line a request
    #[arg(long, value_enum, default_value_t = Log::Text)]
    log: Log,
    /// Write the texts of requests into the log, too
    #[arg(long)]
    log_texts: bool,
}

/// Which models are served, and how they compute.
#[derive(Debug, clap::Args)]
pub struct Models {
    /// A model's folder, with the name that requests give it; may be given several times, and the
    /// first answers requests that name none. Without it, the model that comes with docre
    #[arg(long, value_name = "[NAME=]DIR")]
    model: Vec<ModelSource>,
    #[command(flatten)]
    compute: Compute,
}

#[derive(Debug, clap::Args)]
struct Bounds {
    /// The most documents that wait; more are refused with status 429. One of more than 1,000 words
    /// counts for several
    #[arg(long, value_name = "N", default_value_t = Limits::default().queue)]
    queue: usize,
    /// The most bytes of a request
    #[arg(long, value_name = "N", default_value_t = Limits::default().bytes)]
    max_bytes: usize,
    /// The most texts or documents of a request
    #[arg(long, value_name = "N", default_value_t = Limits::default().documents)]
    max_documents: usize,
    /// The most words of a document
    #[arg(long, value_name = "N", default_value_t = Limits::default().words)]
    max_words: usize,
    /// The most entities of a document that comes with them
    #[arg(long, value_name = "N", default_value_t = Limits::default().entities)]
    max_entities: usize,
    /// The most seconds from a request to its answer
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().deadline.as_secs())]
    deadline: u64,
    /// The most seconds that a request's head, or its body, may take to come, and an answer to be
    /// read on
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().patience.as_secs())]
    patience: u64,
    /// The most open connections
    #[arg(long, value_name = "N", default_value_t = Limits::default().connections)]
    connections: usize,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Log {
    /// Lines for people
    Text,
    /// A JSON object a line
    Json,
    /// Errors alone
    Errors,
}

/// Serves until it is ended.
pub fn run(options: Options) -> Result<ExitCode> {
    let settings = options.settings()?;
    options.log.begin();
    let names: Vec<_> = settings.models.iter().map(|model| model.name.clone()).collect();
    runtime()?.block_on(async {
        // Before the models, which take seconds.
        let listener = bind(&options.address).await?;
        let service = Service::start(settings)?;
        let end = signals(&service)?;
        let address = listener.local_addr().map_err(Error::io(&options.address, "read"))?;
        note(format!("serving {} at http://{address} (Ctrl-C ends it)", names.join(", ")));
        serve(listener, service, end).await;
        note("ended; every request was answered");
        Ok(ExitCode::SUCCESS)
    })
}

/// What reads requests and writes answers; models have threads of their own.
pub fn runtime() -> Result<tokio::runtime::Runtime> {
    // Reading requests keeps processors busy, so that more threads would only wait.
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.max_blocking_threads(16).enable_all().build();
    runtime.map_err(Error::io("the runtime", "create"))
}

impl Models {
    /// The models, and where they compute.
    pub fn settings(&self, limits: Limits) -> Result<Settings> {
        let models = match self.model.is_empty() {
            true => vec![ModelSource::default()],
            false => self.model.clone(),
        };
        let compute = self.compute.noted()?;
        let (key, origins, log_texts) = (None, Vec::new(), false);
        Ok(Settings { models, compute, limits, key, origins, log_texts })
    }
}

impl Options {
    fn settings(&self) -> Result<Settings> {
        let settings = self.models.settings(self.bounds.limits()?)?;
        let (origins, log_texts) = (self.allow_origin.clone(), self.log_texts);
        Ok(Settings { key: self.key()?, origins, log_texts, ..settings })
    }

    fn key(&self) -> Result<Option<ApiKey>> {
        let (name, text) = match (&self.key_file, env::var("DOCRE_API_KEY")) {
            (Some(path), _) => {
                let text = fs::read_to_string(path).map_err(Error::io(path, "read"))?;
                (path.display().to_string(), text)
            }
            (None, Ok(text)) => ("DOCRE_API_KEY".into(), text),
            (None, Err(env::VarError::NotPresent)) => return Ok(None),
            (None, Err(error)) => return Err(Error::setting("DOCRE_API_KEY", error.to_string())),
        };
        ApiKey::new(&text).map(Some).map_err(|problem| Error::setting(name, problem))
    }
}

impl Bounds {
    fn limits(&self) -> Result<Limits> {
        let bounds = [
            ("queue", self.queue),
            ("max-bytes", self.max_bytes),
            ("max-documents", self.max_documents),
            ("max-words", self.max_words),
            ("max-entities", self.max_entities),
            ("deadline", self.deadline as usize),
            ("patience", self.patience as usize),
            ("connections", self.connections),
        ];
        // What is larger is no bound, and could overflow where it is multiplied.
        let is_wrong = |value: usize| value == 0 || value > u32::MAX as usize;
        if let Some((name, value)) = bounds.into_iter().find(|(_, value)| is_wrong(*value)) {
            let problem = format!("is {value}, but must be from 1 to {}", u32::MAX);
            return Err(Error::setting(name, problem));
        }
        Ok(Limits {
            bytes: self.max_bytes,
            documents: self.max_documents,
            words: self.max_words,
            entities: self.max_entities,
            queue: self.queue,
            deadline: Duration::from_secs(self.deadline),
            patience: Duration::from_secs(self.patience),
            connections: self.connections,
        })
    }
}

fn origin(text: &str) -> Result<String, String> {
    let is_origin = |rest: &str| !rest.is_empty() && !rest.contains(['/', '*', ' ']);
    match text.split_once("://") {
        Some(("http" | "https", rest)) if is_origin(rest) => Ok(text.to_owned()),
        _ => Err("an origin is http:// or https:// and a host, without a path".into()),
    }
}

impl Log {
    fn begin(self) {
        let level = if self == Self::Errors { LevelFilter::ERROR } else { LevelFilter::INFO };
        // What other crates say of a request might hold its text.
        let levels = Targets::new().with_target("docre_server", level);
        let log = tracing_subscriber::registry().with(levels);
        let lines = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
        match self {
            Self::Json => log.with(lines.json().flatten_event(true)).init(),
            _ => log.with(lines.with_target(false)).init(),
        }
    }
}

/// What ends the service. SIGHUP loads the models again.
#[cfg(unix)]
fn signals(service: &Arc<Service>) -> Result<impl Future<Output = ()> + use<>> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(Error::io("signals", "read"));
    let mut hang_up = listen(SignalKind::hangup())?;
    let (mut interrupt, mut terminate) =
        (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    let service = service.clone();
    tokio::spawn(async move {
        while hang_up.recv().await.is_some() {
            let service = service.clone();
            let _ = tokio::task::spawn_blocking(move || reload(&service)).await;
        }
    });
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        note("ending as soon as every request is answered");
    })
}

#[cfg(not(unix))]
fn signals(_: &Arc<Service>) -> Result<impl Future<Output = ()> + use<>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
        note("ending as soon as every request is answered");
    })
}

#[cfg(unix)]
fn reload(service: &Service) {
    match service.engine.reload() {
        Ok(()) => note("models loaded again"),
        Err(error) => note(format!("error: {error}; the old models stay")),
    }
}
