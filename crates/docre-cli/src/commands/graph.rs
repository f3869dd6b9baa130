//! `docre graph`

mod source;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use docre::{
    Error, Result,
    corpus::relations::read_names,
    files,
    graph::{Added, Graph, GraphCounts, GraphDocument, Written, read_decisions},
    output::{Form, graph::DEFAULT_BASE},
    report::GraphPage,
};
use serde::Serialize;

use self::source::documents;
use super::extract::score;
use crate::{
    interrupt::{Interrupt, STOPPED},
    messages::{exit_code, note, show_error},
    observer::documents_bar,
    options::{graph_forms, graph_forms_in_text},
    output,
    outputs::{self, place},
    reading::Reading,
    table::thousands,
};

/// Joins the entities and facts of many documents to one graph
///
/// Entities join by their identifiers, else by names that documents give them; those with other
/// identifiers or types stay apart. The graph is a file that grows: documents that are there already
/// are passed by, and nodes keep their keys. Stopped or killed, the same command goes on.
///
/// A bad document is named and left out; the others are added, and the exit code is 2.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  docre extract articles/ --json > facts.jsonl
  docre graph news.graph facts.jsonl --output news.ttl
  docre graph news.graph more.jsonl --html news.html --around \"Angela Merkel\"
  docre graph news.graph --decisions decisions.csv --output import/ --to neo4j")]
pub struct Options {
    /// The graph's file; it is begun where there is none
    graph: PathBuf,
    /// Documents to add: what docre extract --json writes (a file, or the folder of an extraction),
    /// or documents with facts in any format that docre reads
    inputs: Vec<PathBuf>,
    /// A table of joins that are made or undone (columns: decision, document, entity,
    /// other_document, other_entity); it takes the place of all earlier decisions
    #[arg(long, value_name = "FILE")]
    decisions: Option<PathBuf>,
    /// Write the graph to a file, in the form that its ending tells
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[arg(
        long,
        value_name = "FORM",
        requires = "output",
        help = format!("The form of the graph: {}", graph_forms()),
        long_help = format!("The form of the graph:\n{}", graph_forms_in_text())
    )]
    to: Option<Form>,
    /// What IRIs in RDF begin with
    #[arg(long, value_name = "IRI", default_value = DEFAULT_BASE)]
    base: String,
    /// Leave out facts with a lower score, all documents together, from 0 to 1
    #[arg(long, value_name = "SCORE", value_parser = score, requires = "output", default_value_t = 0.0)]
    min_score: f32,
    /// Write a page that shows the graph, or the part of it that is asked for
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Show the part of the graph around a node, by name or key
    #[arg(long, value_name = "NAME", requires = "html")]
    around: Option<String>,
    /// How many nodes a page shows at most
    #[arg(long, value_name = "COUNT", requires = "html", default_value_t = 150)]
    nodes: usize,
    /// A file of relation names (`rel_info.json`), for documents that have identifiers alone
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// How many documents are added at once: what a kill takes back.
const AT_ONCE: usize = 200;

/// What is printed.
#[derive(Serialize)]
struct Done {
    #[serde(flatten)]
    added: Added,
    /// Documents that were wrong and left out.
    left_out: usize,
    /// Decisions that changed.
    decided: usize,
    graph: GraphCounts,
    /// `None` where no file was asked for.
    written: Option<Written>,
}

/// Adds, decides, writes and prints.
pub fn run(options: &Options) -> Result<ExitCode> {
    let form = options.form()?;
    let written = options.output.as_deref().filter(|_| form.is_none_or(|form| !form.is_folder()));
    let inputs = options.inputs.iter().chain([&options.graph]).chain(&options.decisions);
    let _held = outputs::check(written.into_iter().chain(options.html.as_deref()), inputs)?;
    options.check()?;
    let decisions = options.decisions.as_ref().map(read_decisions).transpose()?;
    let graph = Graph::open(&options.graph)?;
    let interrupt = Interrupt::listen();
    let mut left_out = 0;
    let added = options.add(&graph, &interrupt, &mut left_out)?;
    if interrupt.asked() {
        note("stopped; the same command goes on");
        return Ok(ExitCode::from(STOPPED));
    }
    let decided = decisions.map_or(Ok(0), |decisions| graph.decide(&decisions))?;
    let written = match (form, &options.output) {
        (Some(form), Some(path)) => {
            let writer = form.graph_writer(place(Some(path))?, &options.base)?;
            Some(graph.write(writer, options.min_score)?)
        }
        _ => None,
    };
    if let Some(path) = &options.html {
        options.write_page(&graph, path)?;
    }
    let done = Done { added, left_out, decided, graph: graph.counts()?, written };
    if options.json {
        output::print_json(&output::json(&done))?;
    } else {
        output::print(summary(&done))?;
    }
    Ok(exit_code(left_out))
}

impl Options {
    fn form(&self) -> Result<Option<Form>> {
        let form = match (&self.to, &self.output) {
            (Some(form), _) => Some(*form),
            (None, Some(path)) => Some(Form::of_file(path)?),
            (None, None) => None,
        };
        form.map_or(Ok(()), Form::check_graph)?;
        Ok(form)
    }

    /// Refuses inputs that aren't there, before anything is begun.
    fn check(&self) -> Result<()> {
        if self.inputs.is_empty() && !self.graph.exists() {
            let problem = "isn't there yet; name documents to begin it with";
            return Err(Error::file(&self.graph, problem));
        }
        self.inputs.iter().try_for_each(docre::corpus::check_data)
    }

    /// Adds the documents of all inputs until it is asked to stop.
    fn add(&self, graph: &Graph, interrupt: &Interrupt, left_out: &mut usize) -> Result<Added> {
        let names = self.names.as_ref().map(read_names).transpose()?.unwrap_or_default();
        let (bar, mut all) = (documents_bar(None), Added::default());
        let mut some: Vec<GraphDocument> = Vec::new();
        let mut save = |some: &mut Vec<GraphDocument>| -> Result<()> {
            let added = graph.add(&std::mem::take(some))?;
            all.documents += added.documents;
            all.known += added.known;
            all.entities += added.entities;
            all.facts += added.facts;
            Ok(())
        };
        for input in &self.inputs {
            for document in documents(input, &self.reading.options(), &names)? {
                if interrupt.asked() {
                    break;
                }
                bar.inc(1);
                match document {
                    Ok(document) => some.push(document),
                    Err(error) => {
                        *left_out += 1;
                        bar.suspend(|| show_error(&error));
                    }
                }
                if some.len() == AT_ONCE {
                    save(&mut some)?;
                }
            }
        }
        save(&mut some)?;
        bar.finish_and_clear();
        Ok(all)
    }

    fn write_page(&self, graph: &Graph, path: &Path) -> Result<()> {
        let view = graph.view(self.around.as_deref(), self.nodes)?;
        let name = self.graph.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let title = match &self.around {
            Some(around) => format!("{name}: {around}"),
            None => name,
        };
        let page =
            GraphPage { title, nodes: &view.nodes, edges: &view.edges, all_nodes: view.all_nodes };
        let page = page.to_html()?;
        files::write_atomically(path, |file| std::io::Write::write_all(file, page.as_bytes()))?;
        note(format!("page written: {}", path.display()));
        Ok(())
    }
}

fn summary(done: &Done) -> String {
    let Done { added, graph, written, .. } = done;
    let count = |count: usize, what: &str| format!("{} {what}", thousands(count));
    let mut lines = vec![format!(
        "added: {}, {}, {}; there already: {}",
        count(added.documents, "documents"),
        count(added.entities, "entities"),
        count(added.facts, "facts"),
        thousands(added.known)
    )];
    if done.decided > 0 {
        lines.push(format!("decisions that changed: {}", thousands(done.decided)));
    }
    lines.push(format!(
        "the graph: {}, {} joined to {}",
        count(graph.documents as usize, "documents"),
        count(graph.entities as usize, "entities"),
        count(graph.nodes as usize, "nodes")
    ));
    if let Some(written) = written {
        lines.push(format!(
            "written: {}, {} of {}; left out: {} between entities that are one, {} not sure enough",
            count(written.nodes, "nodes"),
            count(written.edges, "edges"),
            count(written.facts, "facts"),
            thousands(written.within),
            thousands(written.unsure)
        ));
    }
    lines.join("\n")
}
