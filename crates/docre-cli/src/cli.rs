//! The commands and what they have in common.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use docre::Result;

use crate::commands::{
    analyze, audit, bench, compare, convert, convert_model, evaluate, extract, graph, predict,
    pull, quickstart, recipes, shrink, stats, train, tune,
};
#[cfg(feature = "serve")]
use crate::commands::{mcp, serve};

/// Finds the relations between the entities of a document, over sentence borders.
///
/// Results go to standard output, messages to standard error. The exit code is 0 when
/// all went well, 2 when the input is wrong, 130 when a run was stopped.
#[derive(Parser)]
#[command(name = "docre", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Quickstart(quickstart::Options),
    Stats(stats::Options),
    Convert(convert::Options),
    ConvertModel(convert_model::Options),
    Pull(pull::Options),
    Recipes(recipes::Options),
    Train(train::Options),
    Compare(compare::Options),
    Tune(tune::Options),
    Evaluate(evaluate::Options),
    Analyze(analyze::Options),
    Predict(predict::Options),
    Extract(extract::Options),
    Graph(graph::Options),
    #[cfg(feature = "serve")]
    Serve(serve::Options),
    #[cfg(feature = "serve")]
    Mcp(mcp::Options),
    Audit(audit::Options),
    Shrink(shrink::Options),
    Bench(bench::Options),
}

impl Cli {
    /// Does what was asked.
    pub fn run(self) -> Result<ExitCode> {
        match self.command {
            Command::Quickstart(options) => quickstart::run(&options),
            Command::Stats(options) => stats::run(&options),
            Command::Convert(options) => convert::run(&options),
            Command::ConvertModel(options) => convert_model::run(&options),
            Command::Pull(options) => pull::run(&options),
            Command::Recipes(options) => recipes::run(&options),
            Command::Train(options) => train::run(&options),
            Command::Compare(options) => compare::run(&options),
            Command::Tune(options) => tune::run(&options),
            Command::Evaluate(options) => evaluate::run(&options),
            Command::Analyze(options) => analyze::run(&options),
            Command::Predict(options) => predict::run(&options),
            Command::Extract(options) => extract::run(&options),
            Command::Graph(options) => graph::run(&options),
            #[cfg(feature = "serve")]
            Command::Serve(options) => serve::run(options),
            #[cfg(feature = "serve")]
            Command::Mcp(options) => mcp::run(options),
            Command::Audit(options) => audit::run(&options),
            Command::Shrink(options) => shrink::run(&options),
            Command::Bench(options) => bench::run(&options),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_commands_fit_together() {
        super::Cli::command().debug_assert();
    }
}
