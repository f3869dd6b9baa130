//! `docre convert-model`.

mod support;

use support::{Place, repository};

/// Checkpoints with their encoder and relations.
fn data(name: &str) -> String {
    let folder = repository("crates/docre/tests/checkpoints/data");
    folder.join(name).display().to_string()
}

#[test]
fn a_checkpoint_becomes_a_models_folder() {
    let place = Place::new();
    place.write_text("names.json", r#"{"P17": "country"}"#);
    let (encoder, relations) = (data("encoder"), data("rel2id.json"));
    let from = ["--encoder", &encoder, "--relations", &relations];
    let convert = |checkpoint: &str, more: &[&str]| {
        place.run(&[&["convert-model", checkpoint], more, &from].concat())
    };
    let (docunet, documents) = (data("docunet.pt"), data("documents.jsonl"));
    let names = ["model", "--names", "names.json", "--json"];
    let made = convert(&docunet, &names).succeeds().json();
    assert_eq!(made["from"], "checkpoint docunet.pt of docunet");
    assert_eq!(made["relations"], 3);
    let found = place.run(&["extract", "--model", "model", &documents, "--json"]).succeeds();
    assert_eq!(found.stdout.lines().count(), 2, "{}", found.stdout);
    assert!(place.read("model/relations.json").contains("country"));

    convert(&docunet, &["model"]).refuses(&["model", "is there already"]);
    convert(&docunet, &["other", "--layout", "atlop"])
        .refuses(&["docunet.pt", "has the shape [16, 34]"]);
    convert(&documents, &["other"]).refuses(&["documents.jsonl", "can't be read as weights"]);
    convert("nowhere.pt", &["other"]).refuses(&["nowhere.pt"]);
    assert!(!place.at("other").exists());
}
