//! A million facts in each form, in bounded memory:
//!
//! ```sh
//! cargo test --release -p docre --features columns --test graph_outputs -- --ignored --nocapture million
//! ```

use std::fs;
use std::path::Path;
use std::time::Instant;

use docre::corpus::Input;
use docre::document::{Document, Entity, Fact, Mention, RelationSet, SourceText};
use docre::output::Form;

/// Facts of a document.
const FACTS: usize = 25;

const DOCUMENTS: usize = 40_000;

/// A document of one sentence that names a person and 25 places.
fn document(number: usize) -> (Document, Vec<Fact>) {
    let places = (0..FACTS).map(|place| format!("Place{}", (number * 31 + place * 977) % 40_000));
    let names: Vec<String> = [format!("Person{number}")].into_iter().chain(places).collect();
    let (mut text, mut tokens) = (String::new(), Vec::new());
    for name in &names {
        tokens.push(text.len()..text.len() + name.len());
        text += name;
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
        text: Some(SourceText::new(text, vec![tokens]).unwrap()),
        ..Document::new(format!("Document {number}"), vec![names])
    };
    (document, (1..=FACTS).map(fact).collect())
}

/// The bytes of a file, or of the files in a folder.
fn size(place: &Path) -> u64 {
    match fs::read_dir(place) {
        Ok(entries) => entries.flatten().map(|entry| size(&entry.path())).sum(),
        Err(_) => fs::metadata(place).unwrap().len(),
    }
}

/// The most memory that this process held since it was asked last, in MB, as Linux tells it.
fn most_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let _ = fs::write("/proc/self/clear_refs", "5");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[test]
#[ignore = "takes minutes"]
fn million_facts_need_bounded_memory() {
    let relations = RelationSet::new(["P17", "P27", "P131"]).unwrap();
    for form in Form::all().filter(|form| form.is_graph()) {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("facts");
        most_memory();
        let begun = Instant::now();
        let mut writer = form.writer(place.as_path(), &Input::Documents, &relations).unwrap();
        for number in 0..DOCUMENTS {
            let (document, facts) = document(number);
            writer.push(&document, &facts).unwrap();
        }
        writer.finish().unwrap();
        let (seconds, memory) = (begun.elapsed().as_secs_f64(), most_memory());
        let size = size(&place) / 1_000_000;
        println!("{:<13} {seconds:5.1} s {size:5} MB written {memory:4} MB of memory", form.name());
        assert!(memory < 512, "{form}: {memory}");
    }
}
