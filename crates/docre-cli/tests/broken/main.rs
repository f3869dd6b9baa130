//! Broken input: each gives one message that says where and what, exit code 2, and
//! leaves every file as it was.

mod data;
mod models;
mod outputs;
#[path = "../support/mod.rs"]
mod support;

use std::{collections::BTreeMap, fs};

use serde_json::{Value, json};
use support::{Place, copy, documents, golden};

/// What is done to a folder, then to the program, and what its message has to hold.
type Case<'a> = (&'a str, Box<dyn Fn(&Place)>, &'a str, &'a [&'a str]);

/// Runs each case in a folder of its own, which has documents, a recipe, an encoder and a
/// trained model.
#[track_caller]
fn check(cases: &[Case]) {
    let mut failures = Vec::new();
    for (name, spoil, arguments, parts) in cases {
        let place = Place::with_model();
        copy(&golden("encoders/bert"), &place.at("bert"));
        spoil(&place);
        let before = contents(&place);
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let done = place.run(&arguments);
        let outcome = std::panic::catch_unwind(|| {
            let done = done.refuses(parts);
            assert!(before == contents(&place), "files have changed: {:?}", place.files());
            done
        });
        match outcome {
            Ok(done) => println!("{name}: {}", done.stderr.trim()),
            Err(_) => failures.push(*name),
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

fn contents(place: &Place) -> BTreeMap<String, Vec<u8>> {
    place.files().into_iter().map(|name| (name.clone(), place.bytes(&name))).collect()
}

fn case<'a>(
    name: &'a str,
    spoil: impl Fn(&Place) + 'static,
    arguments: &'a str,
    parts: &'a [&'a str],
) -> Case<'a> {
    (name, Box::new(spoil), arguments, parts)
}

/// A case in which the run lacks nothing but its result, and so goes on from its checkpoint.
fn unfinished_case<'a>(
    name: &'a str,
    spoil: impl Fn(&Place) + 'static,
    arguments: &'a str,
    parts: &'a [&'a str],
) -> Case<'a> {
    let spoil = move |place: &Place| {
        fs::remove_file(place.at("run/result.json")).unwrap();
        spoil(place);
    };
    case(name, spoil, arguments, parts)
}

/// A case in which `dev.json` has one thing changed in its second document.
fn document_case<'a>(
    name: &'a str,
    change: impl Fn(&mut Value) + 'static,
    part: &'a [&'a str],
) -> Case<'a> {
    let spoil = move |place: &Place| {
        let mut documents = documents(3, 0);
        change(&mut documents[1]);
        place.write("dev.json", &documents);
    };
    case(name, spoil, "stats dev.json", part)
}

/// A case in which a file has this text.
fn text_case<'a>(name: &'a str, text: &'static [u8], part: &'a [&'a str]) -> Case<'a> {
    case(name, move |place| fs::write(place.at("dev.json"), text).unwrap(), "stats dev.json", part)
}

fn cut(place: &Place, name: &str) {
    let bytes = place.bytes(name);
    fs::write(place.at(name), &bytes[..bytes.len() / 2]).unwrap();
}

fn nothing(_: &Place) {}

#[test]
fn recipes_are_checked() {
    let train = "train recipe.toml --run new";
    check(&[
        case(
            "unknown key",
            |p| p.replace("recipe.toml", "epochs", "epoch"),
            train,
            &["recipe.toml: schedule", "`epoch`", "`epochs`"],
        ),
        case(
            "missing key",
            |p| p.replace("recipe.toml", "train = \"train.json\"", ""),
            train,
            &["recipe.toml: data", "`train`"],
        ),
        case(
            "no TOML",
            |p| p.replace("recipe.toml", "[data]", "[data"),
            train,
            &["recipe.toml: TOML"],
        ),
        case(
            "wrong type",
            |p| p.replace("recipe.toml", "epochs = 6", "epochs = \"six\""),
            train,
            &["recipe.toml: schedule.epochs", "six"],
        ),
        case(
            "unknown loss",
            nothing,
            "train recipe.toml --run new --set loss.kind=atp",
            &["loss", "atp", "`atl`"],
        ),
        case(
            "unknown relation encoder",
            nothing,
            "train recipe.toml --run new --set relation.kind=lstm",
            &["relation", "lstm", "atlop"],
        ),
        case(
            "set without =",
            nothing,
            "train recipe.toml --run new --set seed",
            &["set: \"seed\" has no ="],
        ),
        case(
            "set an unknown key",
            nothing,
            "train recipe.toml --run new --set schedule.speed=3",
            &["schedule", "speed"],
        ),
        case(
            "set a value's key",
            nothing,
            "train recipe.toml --run new --set name.first=a",
            &["name.first", "not a section"],
        ),
        case(
            "set a word for a number",
            nothing,
            "train recipe.toml --run new --set seed=many",
            &["seed", "many"],
        ),
        case(
            "negative rate",
            nothing,
            "train recipe.toml --run new --set optimizer.head_rate=-1",
            &["optimizer.head_rate", "above 0"],
        ),
        case(
            "infinite rate",
            nothing,
            "train recipe.toml --run new --set optimizer.encoder_rate=inf",
            &["optimizer.encoder_rate"],
        ),
        case(
            "no epoch",
            nothing,
            "train recipe.toml --run new --set schedule.epochs=0",
            &["schedule.epochs", "1 or more"],
        ),
        case(
            "warm-up of 2",
            nothing,
            "train recipe.toml --run new --set schedule.warmup=2.0",
            &["schedule.warmup", "[0, 1]"],
        ),
        case(
            "blocks don't fit",
            nothing,
            "train recipe.toml --run new --set relation.block=7",
            &["relation.block", "divide"],
        ),
        case(
            "cap of 0",
            nothing,
            "train recipe.toml --run new --set decision.rule=threshold-class --set decision.cap=0",
            &["decision.cap", "1 or more"],
        ),
        case(
            "no length",
            nothing,
            "train recipe.toml --run new --set data.max_length=1",
            &["data.max_length", "4"],
        ),
        case("no recipe", nothing, "train nothing.toml", &["nothing.toml: cannot read"]),
    ]);
}
