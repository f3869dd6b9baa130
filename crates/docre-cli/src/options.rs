//! What is typed: how it is parsed, and how messages name it.

use std::{env, process};

use clap::{CommandFactory, Parser};
use docre::{Error, corpus::Format, output::Form};

use crate::{cli::Cli, table::Columns};

/// The exit code of a command that can't be understood.
const MISTYPED: i32 = 2;

/// The most characters of a line of a message, and of the beginning and the end that are kept
/// of a longer one; the most lines.
const LONGEST_LINE: usize = 1_000;
const KEPT: usize = 200;
const MOST_LINES: usize = 100;

/// The names of the forms of facts.
pub fn forms() -> String {
    Form::all().map(Form::name).collect::<Vec<_>>().join(", ")
}

/// The names of the forms of graphs.
pub fn graph_forms() -> String {
    Form::all().filter(|form| form.is_graph()).map(Form::name).collect::<Vec<_>>().join(", ")
}

/// All forms of graphs, one a line, with the endings of their files.
pub fn graph_forms_in_text() -> String {
    in_text(Form::all().filter(|form| form.is_graph()))
}

/// All forms of facts, one a line, with the endings of their files.
pub fn forms_in_text() -> String {
    in_text(Form::all())
}

fn in_text(forms: impl Iterator<Item = Form>) -> String {
    let mut table = Columns::without_header(&["", "", ""]);
    for form in forms {
        let endings: Vec<_> = form.endings().iter().map(|ending| format!(".{ending}")).collect();
        table.row(&[form.name(), form.about(), &endings.join(", ")]);
    }
    table.text()
}

/// All formats, one a line, as help lists them.
pub fn formats_in_text() -> String {
    let mut table = Columns::without_header(&["", ""]);
    for format in Format::all() {
        let only = if format.is_written() { "" } else { ", only read" };
        table.row(&[format.name().to_owned(), format!("{}{only}", format.about())]);
    }
    table.text()
}

/// The command, or the end of the program with a message. A message quotes what was typed, of
/// which it keeps beginning and end where that is long.
pub fn parse() -> Cli {
    Cli::try_parse().unwrap_or_else(|error| {
        let text = error.render().to_string();
        if !error.use_stderr() || is_short(&text) {
            error.exit();
        }
        eprint!("{}", cut(&text));
        process::exit(MISTYPED);
    })
}

/// The same error; a setting that is an option of this command is named as it is typed.
pub fn named(error: Error) -> Error {
    match error {
        Error::Setting { key, problem } if is_option(&key) => {
            Error::Setting { key: format!("--{key}"), problem }
        }
        other => other,
    }
}

fn is_option(key: &str) -> bool {
    let cli = Cli::command();
    let typed = env::args().nth(1).unwrap_or_default();
    let command = cli.find_subcommand(&typed);
    command.is_some_and(|command| command.get_arguments().any(|arg| arg.get_long() == Some(key)))
}

fn is_short(text: &str) -> bool {
    text.lines().count() <= MOST_LINES
        && text.lines().all(|line| line.chars().count() <= LONGEST_LINE)
}

fn cut(text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(cut_line).collect();
    if lines.len() > MOST_LINES {
        let middle = MOST_LINES / 2..lines.len() - MOST_LINES / 2;
        lines.splice(middle, ["…".to_owned()]);
    }
    lines.join("\n") + "\n"
}

fn cut_line(line: &str) -> String {
    let length = line.chars().count();
    if length <= LONGEST_LINE {
        return line.to_owned();
    }
    let beginning = line.chars().take(KEPT);
    beginning.chain(['…']).chain(line.chars().skip(length - KEPT)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_keeps_beginning_and_end() {
        let text = format!("error: \"{}\" isn't one\n\nUsage: docre\n", "x".repeat(200_000));
        assert!(!is_short(&text));
        let short = cut(&text);
        assert!(short.len() < 500, "{short}");
        assert!(
            short.starts_with("error: \"xx") && short.ends_with("xx\" isn't one\n\nUsage: docre\n")
        );
        assert!(cut(&"x\n".repeat(100_000)).lines().count() <= MOST_LINES + 1);
    }

    #[test]
    fn help_lists_every_form_and_format() {
        let help = |command: &str| {
            let mut cli = Cli::command();
            let command = cli.find_subcommand_mut(command).unwrap();
            command.render_long_help().to_string()
        };
        for command in ["extract", "predict"] {
            assert!(Form::all().all(|form| help(command).contains(form.about())), "{command}");
        }
        assert!(Format::all().all(|format| help("convert").contains(format.about())));
    }

    #[test]
    fn other_settings_keep_their_names() {
        assert!(!is_option("loss.kind"));
    }
}
