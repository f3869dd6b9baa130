//! `docre mcp`

use std::process::ExitCode;

use docre::{Error, Result};
use docre_server::{Limits, Service, serve_standard_input};

use super::serve::{Models, runtime};

/// Gives agents the extraction as a tool (Model Context Protocol), on standard input and output
///
/// It ends with its input. docre serve does the same over HTTP, at /mcp.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example, the settings of an agent:
  {\"mcpServers\": {\"docre\": {\"command\": \"docre\", \"args\": [\"mcp\"]}}}")]
pub struct Options {
    #[command(flatten)]
    models: Models,
}

/// Answers until the input ends.
pub fn run(options: Options) -> Result<ExitCode> {
    let settings = options.models.settings(Limits::default())?;
    runtime()?.block_on(async {
        let service = Service::start(settings)?;
        let served = serve_standard_input(service).await;
        served.map_err(|problem| Error::file("standard input", problem))?;
        Ok(ExitCode::SUCCESS)
    })
}
