//! `docs/recipe.md` names every key that a recipe can have, and no other.

#![cfg(feature = "model")]

use std::{collections::BTreeSet, fs, path::Path};

use docre::recipe::Recipe;
use toml::Value;

/// Sections that together have every key.
const SECTIONS: [&str; 30] = [
    "start = 'a'\nteacher = 'b'\nloss = { kind = 'atl', distillation = { measure = 'mse' } }",
    "[data]\ndev = 'd'\nrelations = 'r'\nnames = 'n'\npairs = 'labelled'\nsymmetric = ['r']\nlenient = true\njoin = ['j']\ntext_key = 'k'\nlimit = 1\nmax_length = 9",
    "relation = { kind = 'text' }\n[data]\nnone = 'neutral'",
    "relation = { kind = 'docunet' }",
    "relation = { kind = 'atlop', memory = {} }",
    "loss = { kind = 'atl', evidence = { lambda = 0.1 } }",
    "relation = { kind = 'axial', layers = 1, heads = 1, width = 64, pair_width = 64 }",
    "loss = { kind = 'afl' }",
    "loss = { kind = 'ncrl' }",
    "loss = { kind = 'pairwise-hinge' }",
    "loss = { kind = 'ssr-pu' }",
    "optimizer = { attention_rate = 1e-5, head_weight_decay = 0.0 }",
    "loss = { kind = 'bce' }",
    "loss = { kind = 'pmt' }",
    "loss = { kind = 'hinge-abl' }",
    "loss = { kind = 'cmm', negative_sampling = { ratio = 0.1 } }",
    "loss = { kind = 'atl', prior = { level = 'pair' } }",
    "loss = { kind = 'atl', contrast = { tau = 0.2, lambda = 0.1 } }",
    "loss = { kind = 'atl', contrast = { form = 'mean-log', tau_base = 2.0 } }",
    "decision = { rule = 'threshold-class', cap = 4 }",
    "loss = { kind = 'bce' }\ndecision = { rule = 'global-probability', threshold = 0.5 }",
    "loss = { kind = 'bce' }\ndecision = { rule = 'global-probability', grid = {} }",
    "loss = { kind = 'bce' }\ndecision = { rule = 'per-label-probability', thresholds = [0.5] }",
    "decision = { rule = 'per-label-margin', thresholds = [0.5], precision = 0.9 }",
    "schedule = { evaluate_every = 5 }",
    "loss = { kind = 'pemscl' }",
    "finder = { texts = ['t'] }",
    "finder = { mentions = 'spans', spans = { longest = 5 } }",
    "relation = { kind = 'jerex', types = ['PER'] }",
    "[about]\nnote = 'ours'",
];

#[test]
fn the_reference_has_the_keys_of_the_types() {
    let mut keys = BTreeSet::new();
    for sections in SECTIONS {
        let recipe = Recipe::parse(&with_what_must_be(sections), &[]);
        let recipe = recipe.unwrap_or_else(|error| panic!("{sections}: {error}"));
        let table: toml::Table = recipe.to_toml().parse().unwrap();
        collect(&Value::Table(table), "", &mut keys);
    }
    let documented: BTreeSet<String> = documented();
    let missing: Vec<_> = keys.difference(&documented).collect();
    let unknown: Vec<_> = documented.difference(&keys).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "missing {missing:?}, unknown {unknown:?}");
}

fn with_what_must_be(sections: &str) -> String {
    let data = if sections.contains("[data]") { "" } else { "[data]\ndev = 'd'\n" };
    let (before, after) = sections.split_once("[about]").unwrap_or((sections, ""));
    let about = if after.is_empty() { String::new() } else { format!("[about]{after}\n") };
    format!("name = 'n'\n{before}\n{data}train = 't'\n{about}[encoder]\nfrom = 'minilm'\n")
}

/// The keys of a table that hold values, with their sections; what `about` holds is its own.
fn collect(value: &Value, place: &str, keys: &mut BTreeSet<String>) {
    match value {
        Value::Table(table) if place != "about" => {
            for (key, inner) in table {
                let dot = if place.is_empty() { "" } else { "." };
                collect(inner, &format!("{place}{dot}{key}"), keys);
            }
        }
        _ => {
            keys.insert(place.to_owned());
        }
    }
}

/// The first cells of the page's tables.
fn documented() -> BTreeSet<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/recipe.md");
    let page = fs::read_to_string(page).unwrap();
    let cells = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    cells.map(|(key, _)| key.to_owned()).collect()
}
