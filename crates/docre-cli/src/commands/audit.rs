//! `docre audit`

use std::{ops::ControlFlow, path::PathBuf, process::ExitCode};

use docre::{
    Error, Result,
    audit::{Audit, AuditData, AuditReport, Corrections, Findings, Gold, Suggestion, Verdict},
    experiment::{Plan, find_plan},
    files,
    progress::Outcome,
};

use super::train::default_folder;
use crate::{
    encoder::Search,
    long_work::{Again, LongWork, Reached},
    messages::note,
    output,
    outputs::{self, Held},
    reading::{Reading, say_left_out},
    table::{Columns, thousands},
};

/// The suggestions of each kind that are printed.
const SHOWN: usize = 10;

/// Options that say something of an audit, and nothing of decisions.
const OF_AUDITS: [&str; 11] = [
    "recipes",
    "folds",
    "fold_seed",
    "seeds",
    "run",
    "set",
    "gold",
    "top",
    "json",
    "suggestions",
    "html",
];

/// Suggests which facts are missing from labelled documents, and which labelled ones are wrong
///
/// The documents are divided into folds. Each is judged by models that the recipe trains on the
/// other folds: what they score high but isn't labelled is probably missing, what is labelled
/// but scored low is probably wrong. With several seeds or recipes several models judge each
/// document, and their scores are averaged. The recipe's own training and dev files aren't
/// used; --set device, schedule.epochs and so on hold for every model.
///
/// The run's folder keeps models and scores. Ctrl-C saves and stops; the same command goes on,
/// also after a crash, and does nothing twice.
///
/// --html writes a page on which a person accepts or rejects the suggestions; --decisions takes
/// the file that the page gives out, and needs no recipe.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  docre audit audit-minilm --data train.json --html audit.html
  docre audit audit-minilm --data train.json --seeds 66,67,68 --suggestions audit.json
  docre audit audit-minilm --data train.json --apply 500 --output corrected.json
  docre audit --decisions decisions.json --data train.json --output corrected.json
  docre audit audit-minilm --data train.json --gold better.json   # how good it is")]
pub struct Options {
    /// Recipes, TOML files or names of built-in ones (docre recipes lists them)
    #[arg(required_unless_present = "decisions")]
    recipes: Vec<PathBuf>,
    /// The labelled documents
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// How many parts the documents are divided into
    #[arg(long, value_name = "N", default_value_t = 5)]
    folds: usize,
    /// What decides which document is in which part
    #[arg(long, value_name = "N", default_value_t = 66)]
    fold_seed: u64,
    /// Train once with each of these seeds [default: the recipe's]
    #[arg(long, value_name = "N,N,...", value_delimiter = ',')]
    seeds: Vec<u64>,
    /// The audit's folder [default: runs/<the first recipe's name>-audit]
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// Change a setting of the recipes; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Better labels of the same documents, to measure the suggestions by
    #[arg(long, value_name = "FILE")]
    gold: Option<PathBuf>,
    /// How many suggestions of each kind --json, --suggestions and --html list
    #[arg(long, value_name = "N", default_value_t = 1000)]
    top: usize,
    /// Print the suggestions as one JSON object
    #[arg(long)]
    json: bool,
    /// Write the suggestions as JSON
    #[arg(long, value_name = "FILE")]
    suggestions: Option<PathBuf>,
    /// Write a page to go through the suggestions and decide on them
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Add the first N missing facts to the documents of --output
    #[arg(long, value_name = "N", requires = "output", conflicts_with = "decisions")]
    apply: Option<usize>,
    /// Remove the first N wrong facts from the documents of --output
    #[arg(long, value_name = "N", requires = "output", conflicts_with = "decisions")]
    remove: Option<usize>,
    /// Apply what was accepted on the page of an audit
    #[arg(long, value_name = "FILE", requires = "output", conflicts_with_all = OF_AUDITS)]
    decisions: Option<PathBuf>,
    /// The corrected data file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    search: Search,
}

/// Audits, or applies decisions.
pub fn run(options: &Options) -> Result<ExitCode> {
    options.check_output()?;
    if let Some(path) = &options.decisions {
        let _held = options.check_files([&options.data, path])?;
        let decisions = Verdict::read_all(path)?;
        let corrections = Corrections::decided(options.data(), path, &decisions)?;
        return options.correct(&corrections);
    }
    let plans: Vec<Plan> = options
        .recipes
        .iter()
        .map(|recipe| find_plan(recipe, &options.set))
        .collect::<Result<_>>()?;
    let seeds = &options.seeds;
    let audit = Audit::new(options.data(), &plans, seeds, options.folds, options.fold_seed)?;
    say_left_out(&options.data, audit.wrong());
    let folder = options.run.clone().unwrap_or_else(|| default_run(&plans));
    let files = audit.files(&folder);
    let _held = options.check_files(options.recipes.iter().chain(&options.gold).chain(&files))?;
    let gold = options.gold.as_ref().map(|gold| Gold::read(options.data(), gold)).transpose()?;
    let (search, again) = (&options.search, Again::SameCommand);
    let work = LongWork { search, folder: &folder, json: options.json, again };
    match work.run(|session| audit.run(&folder, session))? {
        ControlFlow::Continue(Reached { result: findings, .. }) => {
            let report = AuditReport::new(&audit, &findings, options.top, gold.as_ref())?;
            options.finish(&work, &report, &findings)
        }
        ControlFlow::Break(code) => Ok(code),
    }
}

fn default_run(plans: &[Plan]) -> PathBuf {
    let name = plans.first().map_or("", Plan::name);
    default_folder(&format!("{name}-audit"))
}

impl Options {
    /// The audited file, and how it is read.
    fn data(&self) -> AuditData {
        AuditData::new(&self.data, self.reading.options())
    }

    /// Refuses an output without anything to correct.
    fn check_output(&self) -> Result<()> {
        let changes = self.apply.or(self.remove).is_some() || self.decisions.is_some();
        if self.output.is_some() && !changes {
            let problem = "needs --apply, --remove or --decisions: what shall be corrected?";
            return Err(Error::setting("--output", problem));
        }
        Ok(())
    }

    /// Refuses files that can't be written before anything is done.
    fn check_files<'a>(&self, inputs: impl IntoIterator<Item = &'a PathBuf>) -> Result<Held> {
        let outputs = [&self.suggestions, &self.html, &self.output];
        outputs::check(outputs.into_iter().flatten().map(PathBuf::as_path), inputs)
    }

    fn finish(
        &self,
        work: &LongWork,
        report: &AuditReport,
        findings: &Findings,
    ) -> Result<ExitCode> {
        // First, so that a number that is too large is refused before anything is written.
        let (add, remove) = (self.apply.unwrap_or(0), self.remove.unwrap_or(0));
        let corrections = Corrections::first(findings, add, remove)?;
        if let Some(html) = &self.html {
            let page = report.to_html()?;
            files::write_atomically(html, |file| file.write_all(page.as_bytes()))?;
        }
        if let Some(path) = &self.suggestions {
            let json = format!("{:#}\n", output::json(report));
            files::write_atomically(path, |file| file.write_all(json.as_bytes()))?;
        }
        if self.json {
            output::print_json(&work.with_folder(&Outcome::Finished(report)))?;
        } else {
            show(report)?;
        }
        self.correct(&corrections)
    }

    fn correct(&self, corrections: &Corrections) -> Result<ExitCode> {
        if let Some(output) = &self.output {
            corrections.write(self.data(), output)?;
            let [added, removed] = [corrections.added(), corrections.removed()].map(thousands);
            note(format!("{}: {added} facts added, {removed} removed", output.display()));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(report: &AuditReport) -> Result<()> {
    let [documents, labels] = [report.documents, report.labels].map(thousands);
    let (models, folds) = (report.models.len(), report.folds);
    let s = if models == 1 { "" } else { "s" };
    output::print(format_args!(
        "{documents} documents with {labels} labelled facts; {folds} folds, {models} model{s} a fold"
    ))?;
    show_first("The facts that are most probably missing", &report.missing, models)?;
    show_first("The labelled facts that are most probably wrong", &report.wrong, models)?;
    match &report.measured {
        None => Ok(()),
        Some(measured) => {
            let table = measured.table();
            output::print(format_args!("\n{}:\n\n{}", table.caption, Columns::of(&table).text()))
        }
    }
}

fn show_first(title: &str, suggestions: &[Suggestion], models: usize) -> Result<()> {
    let names = [">score", ">predicted by", "document", "head", "relation", "tail"];
    let mut table = Columns::new(&names);
    for Suggestion { title, fact, predicted_by, .. } in suggestions.iter().take(SHOWN) {
        let score = fact.score.map_or(String::new(), |score| format!("{score:.3}"));
        let agreement = format!("{predicted_by} of {models}");
        let (head, relation, tail) = (&fact.head.name, &fact.relation.name, &fact.tail.name);
        table.row(&[&score, &agreement, title, head, relation, tail]);
    }
    output::print(format_args!("\n{title}:\n\n{}", table.text()))
}
