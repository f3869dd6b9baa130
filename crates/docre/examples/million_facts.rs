//! Writes made-up facts in a form, and tells the time and the most memory that it took:
//!
//! ```sh
//! cargo run --release -p docre --example million_facts -- turtle 1000000
//! ```
//!
//! In the form `json` it is what `docre graph` takes.

use std::env;
use std::fs;
use std::path::Path;
use std::time::Instant;

use docre::corpus::Input;
use docre::document::{Document, Entity, Fact, Mention, RelationSet, SourceText};
use docre::output::Form;

/// Facts of a document.
const FACTS: usize = 25;

fn main() -> docre::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [form, facts] = arguments.as_slice() else {
        eprintln!("give a form and a number of facts, such as: turtle 1000000");
        std::process::exit(2);
    };
    let form: Form = form.parse().expect("a form");
    let count = facts.parse::<usize>().expect("a number") / FACTS;
    let place = env::temp_dir().join(format!("million_facts.{}", form.name()));
    let relations = RelationSet::new(["P17", "P27", "P131"]).expect("three");
    let begun = Instant::now();
    let mut writer = form.writer(place.as_path(), &Input::Documents, &relations)?;
    for number in 0..count {
        let (document, facts) = document(number);
        writer.push(&document, &facts)?;
    }
    writer.finish()?;
    println!(
        "{}: {} facts in {:.1} s, {:.0} MB, at most {} of memory",
        form.name(),
        count * FACTS,
        begun.elapsed().as_secs_f64(),
        size(&place) as f64 / 1e6,
        most_memory()
    );
    Ok(())
}

/// A document of one sentence that names an entity of its own, and 25 of many documents.
fn document(number: usize) -> (Document, Vec<Fact>) {
    let names = (0..FACTS).map(|place| format!("Place{}", (number * 31 + place * 977) % 40_000));
    let names: Vec<String> = [format!("Person{number}")].into_iter().chain(names).collect();
    let mut text = String::new();
    let mut tokens = Vec::new();
    for name in &names {
        let start = text.len();
        text += name;
        tokens.push(start..text.len());
        text += " ";
    }
    let entity = |(token, name): (usize, &String)| {
        let kind = if token == 0 { "PER" } else { "LOC" };
        Entity::new([Mention::new(name, 0, token..token + 1).of_kind(kind)])
    };
    let fact = |tail: usize| Fact {
        evidence: vec![0],
        score: Some(1.0 / (tail + 2) as f32),
        ..Fact::new(0, ["P17", "P27", "P131"][tail % 3], tail)
    };
    let document = Document {
        entities: names.iter().enumerate().map(entity).collect(),
        text: Some(SourceText::new(text, vec![tokens]).expect("tokens ascend")),
        ..Document::new(format!("Document {number}"), vec![names])
    };
    (document, (1..=FACTS).map(fact).collect())
}

/// The bytes of a file, or of the files in a folder.
fn size(place: &Path) -> u64 {
    match fs::read_dir(place) {
        Ok(entries) => entries.flatten().map(|entry| size(&entry.path())).sum(),
        Err(_) => fs::metadata(place).map_or(0, |found| found.len()),
    }
}

/// The most memory that this process held, as Linux tells it.
fn most_memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or("an unknown amount".into(), |line| line.trim().to_owned())
}
