//! The inputs that people really have: a folder of cases, which `DOCRE_CASES` names, each with what
//! is right for it. Without it these tests say that they were skipped.

mod annotators;
mod docred;
mod encoders;
mod others;
#[path = "../support/mod.rs"]
mod support;

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use support::{Done, Place, copy, golden};

/// A folder of cases and what is right for each of its commands.
type Case = (&'static str, &'static [Step]);

/// What is right.
enum Step {
    /// The command succeeds and says all of this.
    Reads(&'static str, &'static [&'static str]),
    /// It succeeds and says none of this.
    Spares(&'static str, &'static [&'static str]),
    /// It refuses its input in one message with all of this.
    Refuses(&'static str, &'static [&'static str]),
    /// The file has all of this.
    Holds(&'static str, &'static [&'static str]),
}

use Step::{Holds, Reads, Refuses, Spares};

/// All cases.
fn cases() -> impl Iterator<Item = &'static Case> {
    let lists = [docred::CASES, annotators::CASES, others::CASES, encoders::CASES];
    lists.into_iter().flatten()
}

#[test]
fn each_case_gives_what_is_right() {
    let Some(folder) = folder() else { return };
    let (mut wrong, mut missing) = (Vec::new(), Vec::new());
    for (name, steps) in cases() {
        if !folder.join(name).is_dir() {
            missing.push(*name);
            continue;
        }
        let place = place_of(&folder, name);
        wrong.extend(steps.iter().filter_map(|step| follow(&place, name, step).err()));
    }
    println!("cases that aren't in the folder: {missing:?}");
    assert!(missing.len() < cases().count(), "{} has none of the cases", folder.display());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n\n"));
}

/// Whatever else is in the folder may be refused, but with a message.
#[test]
fn other_cases_end_well() {
    let Some(folder) = folder() else { return };
    let known: BTreeSet<&str> = cases().map(|(name, _)| *name).collect();
    let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    for name in entries.filter(|path| path.is_dir()).map(name) {
        let Ok(commands) = fs::read_to_string(folder.join(&name).join("cmd.txt")) else { continue };
        if known.contains(name.as_str()) {
            continue;
        }
        println!("without an expectation: {name}");
        let place = place_of(&folder, &name);
        for command in commands.lines().filter_map(|line| line.strip_prefix("$D ")) {
            let first = command.split(['&', '|', ';', '>']).next().unwrap_or_default();
            let done = run(&place, &name, first.trim());
            assert!(matches!(done.code, Some(0 | 2)), "{name}: {done:#?}");
            assert!(!done.stderr.contains("panicked"), "{name}: {done:#?}");
        }
    }
}

#[test]
fn each_case_stands_once() {
    let names: BTreeSet<&str> = cases().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), cases().count());
    assert!(cases().all(|(_, steps)| !steps.is_empty()));
}

/// The folder of cases; none where nothing names it.
fn folder() -> Option<PathBuf> {
    let folder = env::var_os("DOCRE_CASES").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: DOCRE_CASES names no folder of cases");
    }
    folder
}

/// A place with a copy of the case, and beside it the encoders that its recipes name.
fn place_of(cases: &Path, name: &str) -> Place {
    let place = Place::new();
    copy(&cases.join(name), &place.at("cases/it"));
    copy(&golden("encoders/bert"), &place.at("golden/encoders/bert"));
    place
}

/// Runs a command in the case's folder; `$M` is the model that comes with docre.
fn run(place: &Place, name: &str, command: &str) -> Done {
    let command = command.replace("$M", "docre-small");
    let arguments: Vec<&str> = command.split_whitespace().collect();
    let mut program = place.command(&arguments);
    let output = program.current_dir(place.at("cases/it")).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    Done { command: format!("{name}: docre {command}"), code: output.status.code(), stdout, stderr }
}

fn follow(place: &Place, name: &str, step: &Step) -> Result<(), String> {
    let (done, code, parts, wanted) = match step {
        Reads(command, parts) => (run(place, name, command), 0, parts, true),
        Spares(command, parts) => (run(place, name, command), 0, parts, false),
        Refuses(command, parts) => (run(place, name, command), 2, parts, true),
        Holds(file, parts) => {
            let text = place.read(&format!("cases/it/{file}"));
            let lacking = parts.iter().find(|part| !text.contains(**part));
            return match lacking {
                None => Ok(()),
                Some(part) => Err(format!("{name}: {file} lacks {part:?}: {text}")),
            };
        }
    };
    let said = format!("{}{}", done.stdout, done.stderr);
    let wrong = parts.iter().find(|part| said.contains(**part) != wanted);
    let is_clean = !done.stderr.contains("panicked");
    match wrong {
        None if done.code == Some(code) && is_clean => Ok(()),
        None => Err(format!("exit code isn't {code}: {done:#?}")),
        Some(part) => {
            Err(format!("{part:?} should{} be there: {done:#?}", if wanted { "" } else { "n't" }))
        }
    }
}
