//! A graph of a million facts in bounded memory.
//!
//! ```sh
//! cargo test --release -p docre --test graph_joins -- --ignored --nocapture million
//! ```

use std::time::Instant;

use docre::graph::GraphDocument;
use docre::output::Form;
use docre::output::graph::DEFAULT_BASE;

use super::{Place, document, entity};

/// Facts of a document, all from one person to places of many documents.
const FACTS: usize = 25;

fn made_up(number: usize) -> GraphDocument {
    let place = |place: usize| format!("Place{}", (number * 31 + place * 977) % 40_000);
    let person = entity(&[&format!("Person{number}")], "PER", None);
    let places = (0..FACTS).map(|number| entity(&[&place(number)], "LOC", None));
    let entities: Vec<_> = [person].into_iter().chain(places).collect();
    let mut document = document(&format!("Document {number}"), &entities, &[0.5; FACTS]);
    for (number, fact) in document.facts.iter_mut().enumerate() {
        fact.tail = number + 1;
    }
    document
}

/// The memory that this process holds at most since it was asked last, in MB, as Linux tells it.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[test]
#[ignore = "takes minutes"]
fn million_facts_of_a_graph_need_bounded_memory() {
    let place = Place::new();
    let graph = place.graph();
    let begun = Instant::now();
    for chunk in 0..200 {
        let documents: Vec<_> = (0..200).map(|number| made_up(chunk * 200 + number)).collect();
        graph.add(&documents).unwrap();
    }
    println!("added in {:.0} s, {} MB of memory", begun.elapsed().as_secs_f64(), most_memory());
    let begun = Instant::now();
    let form: Form = "n-quads".parse().unwrap();
    let path = place.0.path().join("graph.nq");
    let written =
        graph.write(form.graph_writer(path.as_path(), DEFAULT_BASE).unwrap(), 0.0).unwrap();
    let memory = most_memory();
    println!("{written:?} in {:.0} s, {memory} MB of memory", begun.elapsed().as_secs_f64());
    assert_eq!(written.facts, 1_000_000);
    assert!(memory < 1024, "{memory}");
}
