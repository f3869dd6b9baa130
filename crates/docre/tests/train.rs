//! Training as a library. What a run leaves behind is tested through the program.
#![cfg(feature = "model")]

mod support;

use std::{ops::Range, path::Path};

use docre::{
    encoder::source::Places,
    progress::{Event, Observer, Outcome, Silent},
    recipe::{BestBy, Recipe},
    train::{Encoders, Session, Start, Trained, train},
};
use safetensors::SafeTensors;
use support::{golden, project};

/// Wants to stop at once.
struct Hasty;

impl Observer for Hasty {
    fn tell(&mut self, _event: Event) {}

    fn should_stop(&self) -> bool {
        true
    }
}

#[test]
fn a_run_may_be_stopped_while_it_reads() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let train_file = project("corpus/world/train");
    let text = format!(
        "name = \"hasty\"\n[data]\ntrain = {:?}\n[encoder]\nfrom = {:?}\n",
        train_file.display().to_string(),
        golden("encoders/bert").display().to_string()
    );
    let recipe = Recipe::parse(&text, &[]).unwrap();
    let mut encoders = Encoders::new(Places::new("nowhere"), ());
    let mut session = Session { encoders: &mut encoders, observer: &mut Hasty };
    let outcome = train(&recipe, &run, Start::New, &mut session).unwrap();
    assert_eq!(outcome, Outcome::stopped_at(0));
    assert!(!run.exists(), "nothing is written before all is read");
}

#[test]
fn no_recipe_is_made_of_settings_that_no_run_can_have() {
    let recipe = Recipe::parse("name = 'a'\ndata = { train = 't' }\nencoder = { from = 'e' }", &[]);
    let recipe = recipe.unwrap();
    let none = recipe.changed(|settings| settings.schedule.epochs = 0).unwrap_err();
    assert!(none.to_string().contains("schedule.epochs"), "{none}");
    let text = serde_json::to_string(&recipe).unwrap();
    assert_eq!(serde_json::from_str::<Recipe>(&text).unwrap(), recipe);
    let wrong = text.replace("\"epochs\":8", "\"epochs\":0");
    let wrong = serde_json::from_str::<Recipe>(&wrong).unwrap_err();
    assert!(wrong.to_string().contains("schedule.epochs"), "{wrong}");
}

/// Writes documents in which two people know each other, as one of four sentences says.
fn write_documents(path: &Path, numbers: Range<usize>) {
    let document = |number: usize| {
        let named = number % 3 + 1;
        let sentence = |place: usize| match place {
            0 => "Anna and Otto met in Oslo .",
            place if place == named => "They know each other well .",
            _ => "Nothing more is said of it here .",
        };
        let sentences: Vec<Vec<&str>> =
            (0..4).map(|place| sentence(place).split(' ').collect()).collect();
        let mention = |name: &str, token: usize| serde_json::json!([{"name": name, "sent_id": 0, "pos": [token, token + 1], "type": "PER"}]);
        let label = |h: usize, t: usize| serde_json::json!({"h": h, "t": t, "r": "P1", "evidence": [named]});
        serde_json::json!({
            "title": format!("Note {number}"),
            "sents": sentences,
            "vertexSet": [mention("Anna", 0), mention("Otto", 2), mention("Oslo", 5)],
            "labels": [label(0, 1), label(1, 0)],
        })
    };
    let documents: Vec<serde_json::Value> = numbers.map(document).collect();
    std::fs::write(path, serde_json::to_string(&documents).unwrap()).unwrap();
}

/// A recipe with a small encoder on documents in a folder, and what is added to it.
fn small(folder: &Path, epochs: usize, more: &str) -> Recipe {
    let [train, dev] = ["train.json", "dev.json"].map(|name| folder.join(name));
    write_documents(&train, 0..24);
    write_documents(&dev, 24..33);
    let text = format!(
        "name = \"small\"\n{more}\n[data]\ntrain = {train:?}\ndev = {dev:?}\n[encoder]\n\
         from = {:?}\n[schedule]\nepochs = {epochs}\nbatch = 2\n",
        golden("encoders/bert")
    );
    Recipe::parse(&text, &[]).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Trains in a folder.
fn trained(recipe: &Recipe, run: &Path) -> Trained {
    let mut encoders = Encoders::new(Places::new("nowhere"), ());
    let mut session = Session { encoders: &mut encoders, observer: &mut Silent };
    match train(recipe, run, Start::New, &mut session).unwrap() {
        Outcome::Finished(trained) => trained,
        stopped => panic!("{stopped:?}"),
    }
}

#[test]
fn attention_learns_the_evidence_of_labels() {
    let folder = tempfile::tempdir().unwrap();
    let evidence_f1 = |name: &str, loss: &str| {
        let relation = "relation = { kind = 'atlop', width = 32, block = 8 }";
        let rates = "optimizer = { encoder_rate = 1e-3, head_rate = 1e-2 }";
        let recipe = small(folder.path(), 40, &format!("{relation}\n{rates}\n{loss}"));
        let scores = trained(&recipe, &folder.path().join(name)).scores.unwrap();
        scores.evidence_f1().expect("the labels name sentences")
    };
    let plain = evidence_f1("plain", "loss = { kind = 'atl' }");
    let guided = evidence_f1("guided", "loss = { kind = 'atl', evidence = { lambda = 5.0 } }");
    assert!(guided > plain, "{guided} with the term, {plain} without");
}

#[test]
fn attention_between_pairs_has_a_rate_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let weights = |epochs: usize| {
        let relation = "relation = { kind = 'axial', form = 'public', layers = 1, block = 8 }";
        let rates = "optimizer = { head_rate = 1e-2, attention_rate = 1e-12 }";
        let recipe = small(folder.path(), 6, &format!("{relation}\n{rates}"));
        let recipe = recipe.changed(|settings| settings.schedule.epochs = epochs).unwrap();
        let run = folder.path().join(epochs.to_string());
        std::fs::read(trained(&recipe, &run).model.join("model.safetensors")).unwrap()
    };
    let (one, two) = (weights(1), weights(2));
    let largest_change = |part: &str| {
        let [one, two] = [&one, &two].map(|bytes| SafeTensors::deserialize(bytes).unwrap());
        let names = one.names().into_iter().filter(|name| name.starts_with(part));
        let changes = names.flat_map(|name| {
            let values = |tensors: &SafeTensors| support::f32s(&tensors.tensor(name).unwrap());
            let pairs = values(&one).into_iter().zip(values(&two));
            pairs.map(|(one, two)| (one - two).abs()).collect::<Vec<_>>()
        });
        changes.reduce(f32::max).unwrap_or_else(|| panic!("no weights of {part}"))
    };
    assert!(largest_change("relation.attention.") < 1e-6);
    assert!(largest_change("relation.classifier.") > 1e-4);
}

#[test]
fn the_best_model_is_kept_by_what_the_dev_file_has() {
    let folder = tempfile::tempdir().unwrap();
    let best = |more: &str, measure: &str| {
        small(folder.path(), 6, more)
            .changed(|settings| settings.schedule.best = measure_of(measure))
    };
    best("", "ign-f1").unwrap();
    best("relation = { kind = 'bert-s' }", "map").unwrap();
    for (more, measure) in [("", "map"), ("relation = { kind = 'bert-s' }", "ign-f1")] {
        let refused = best(more, measure).unwrap_err().to_string();
        assert!(refused.contains("schedule.best") && refused.contains(measure), "{refused}");
    }
}

fn measure_of(name: &str) -> BestBy {
    serde_json::from_value(name.into()).unwrap()
}
