//! What is read has bounds: sizes, lengths, devices, and what the library for tokenizers takes
//! for granted; nothing of the working folder is run.

mod encoders;
mod places;
#[path = "../support/mod.rs"]
mod support;

use std::{
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use support::{PROGRAM, Place, copy, documents, golden};

#[test]
fn an_empty_file_of_relations_is_said_to_be_one() {
    let place = Place::with_model();
    place.write_text("run/model/relations.json", "");
    let done = place.run(&["extract", "dev.json", "--model", "run/model"]);
    done.refuses(&["relations.json: is empty"]);
}

#[test]
fn messages_quote_the_beginning_of_long_values() {
    let place = Place::with_recipe();
    let long = "x".repeat(5_000);
    let done =
        place.run(&["train", "recipe.toml", "--run", "r", "--set", &format!("loss.kind={long}")]);
    let done = done.refuses(&[]);
    assert!(done.stderr.len() < 2_000, "{done:#?}");
    let long = "x".repeat(100_000);
    for arguments in [&["train", "recipe.toml", "--seeds", &long][..], &["train", "a", "b", &long]]
    {
        let done = place.run(arguments);
        assert_eq!(done.code, Some(2));
        assert!(done.stderr.len() < 3_000, "{} bytes", done.stderr.len());
        assert!(done.stderr.starts_with("error: ") && done.stderr.contains("--help"));
    }
}

#[test]
fn more_epochs_than_can_be_counted_are_refused() {
    let place = Place::with_recipe();
    place.replace("recipe.toml", "epochs = 6", "epochs = 9223372036854775807");
    let done = place.run(&["train", "recipe.toml", "--run", "run"]);
    done.refuses(&["schedule.epochs: must be at most 4294967295"]);
    let change = ["--set", "schedule.epochs=18446744073709551615"];
    let done = place.run(&[&["train", "recipe.toml", "--run", "run"], &change[..]].concat());
    done.refuses(&["schedule.epochs: 18446744073709551615 is larger than any number may be"]);
    place.replace("recipe.toml", "9223372036854775807", "18446744073709551615");
    place.run(&["train", "recipe.toml", "--run", "run"]).refuses(&["the number is too large"]);
}

/// Within ten seconds, where a second is enough; work that grows with the square takes minutes.
fn is_quick(place: &Place, arguments: &[&str]) {
    let start = Instant::now();
    place.run(arguments).succeeds();
    let seconds = start.elapsed().as_secs_f64();
    assert!(seconds < 10.0, "docre {} took {seconds} s", arguments.join(" "));
}

#[test]
fn many_documents_of_one_title_are_written_quickly() {
    let place = Place::new();
    let mut all = documents(1, 1);
    let one = all[0].take();
    place.write("in.json", &Value::Array(vec![one; 20_000]));
    is_quick(&place, &["convert", "in.json", "notes", "--to", "brat"]);
    assert!(place.at("notes/Note 1-20000.ann").is_file());
}

#[test]
fn many_mentions_of_one_text_are_read_quickly() {
    let place = Place::new();
    let count = 100_000;
    let (mut lines, mut pairs) = (String::new(), String::new());
    for mention in 0..count {
        let start = 4 * mention;
        lines += &format!("T{mention}\tPER {start} {}\tAnn\n", start + 3);
        if mention % 2 == 1 {
            pairs += &format!("*\tEquiv T{} T{mention}\n", mention - 1);
        }
    }
    place.write_text("notes/a.txt", &"Ann ".repeat(count));
    place.write_text("notes/a.ann", &(lines + &pairs));
    is_quick(&place, &["stats", "notes"]);
}

#[test]
fn closing_brackets_are_read_quickly() {
    let place = Place::new();
    place.write_text("notes/a.txt", &format!("Ann. {}", ") ".repeat(200_000)));
    place.write_text("notes/a.ann", "T1\tPER 0 3\tAnn\n");
    is_quick(&place, &["stats", "notes"]);
}
