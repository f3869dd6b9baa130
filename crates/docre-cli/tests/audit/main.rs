//! `docre audit` through the program: what it finds, what it changes, what it refuses.

mod refusals;
#[path = "../support/mod.rs"]
mod support;

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use support::{Place, documents, recipe};

const AUDIT: [&str; 9] =
    ["audit", "recipe.toml", "--data", "noisy.json", "--folds", "3", "--run", "run", "--json"];

/// Documents of which the people's places are missing in three, and in one a place is said to be
/// a relative.
fn place_with_noise() -> Place {
    let place = Place::new();
    place.write_text("recipe.toml", &recipe());
    let gold = documents(12, 0);
    let mut noisy = gold.clone();
    for document in [1, 5, 7] {
        labels(&mut noisy, document).retain(|label| label["r"] != "P2" || label["h"] != 1);
    }
    labels(&mut noisy, 4).push(json!({"h": 2, "t": 0, "r": "P1", "evidence": [0]}));
    place.write("gold.json", &gold);
    place.write("noisy.json", &noisy);
    place
}

fn labels(documents: &mut Value, document: usize) -> &mut Vec<Value> {
    documents[document]["labels"].as_array_mut().unwrap()
}

fn audit(place: &Place, more: &[&str]) -> Value {
    place.run(&[&AUDIT[..], more].concat()).succeeds().json()
}

/// An audit that finds what is missing and wrong, on documents as few as these.
fn thorough(place: &Place, more: &[&str]) -> Value {
    audit(place, &[&["--seeds", "66,68", "--set", "schedule.epochs=40"], more].concat())
}

/// The parts of a suggestion that make up a fact.
fn fact(suggestion: &Value) -> (String, u64, String, u64) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let index = |end: &str| suggestion[end]["index"].as_u64().unwrap();
    let relation = text(&suggestion["relation"]["id"]);
    (text(&suggestion["title"]), index("head"), relation, index("tail"))
}

fn scores(suggestions: &Value) -> Vec<f64> {
    suggestions.as_array().unwrap().iter().map(|one| one["score"].as_f64().unwrap()).collect()
}

/// All labelled facts of a file.
fn facts(place: &Place, file: &str) -> HashSet<(String, u64, String, u64)> {
    let documents: Value = serde_json::from_str(&place.read(file)).unwrap();
    let of = |document: &Value| {
        let title = document["title"].as_str().unwrap().to_owned();
        let labels = document["labels"].as_array().unwrap().clone();
        labels.into_iter().map(move |label| {
            let end = |key: &str| label[key].as_u64().unwrap();
            (title.clone(), end("h"), label["r"].as_str().unwrap().to_owned(), end("t"))
        })
    };
    documents.as_array().unwrap().iter().flat_map(of).collect()
}

#[test]
fn what_was_taken_away_and_what_was_made_up_come_first() {
    let place = place_with_noise();
    let json = thorough(&place, &["--gold", "gold.json", "--html", "page.html"]);
    assert_eq!(
        (&json["documents"], &json["labels"], &json["folds"]),
        (&json!(12), &json!(46), &json!(3))
    );
    assert_eq!(
        json["models"],
        json!([{"recipe": "small", "seed": 66}, {"recipe": "small", "seed": 68}])
    );

    let (noisy, gold) = (facts(&place, "noisy.json"), facts(&place, "gold.json"));
    let missing = json["missing"].as_array().unwrap();
    let first: HashSet<_> = missing[..3].iter().map(fact).collect();
    assert_eq!(first, gold.difference(&noisy).cloned().collect());
    assert!(missing.iter().all(|one| !noisy.contains(&fact(one))), "{json}");
    assert!(scores(&json["missing"]).is_sorted_by(|a, b| a >= b));
    assert!(
        missing[..3]
            .iter()
            .all(|one| one["gold"] == true && one["predicted_by"].as_u64() > Some(0)),
        "{json}"
    );

    let wrong = json["wrong"].as_array().unwrap();
    assert!(wrong.iter().all(|one| noisy.contains(&fact(one))), "{json}");
    assert!(scores(&json["wrong"]).is_sorted_by(|a, b| a <= b));
    let made_up = wrong.iter().position(|one| one["gold"] == false);
    // No other fold labels a place as a relative, so a model can only hold it to be wrong.
    assert_eq!(made_up, Some(0), "{json}");
    assert_eq!(wrong[0]["evidence"], json!([0]));
    assert_eq!(wrong[0]["sentences"], json!(["Anna and Otto met in Oslo."]));

    let measured = &json["measured"];
    assert_eq!(measured["missing"]["relevant"], 3);
    assert_eq!(measured["missing"]["average_precision"], 1.0);
    assert_eq!(measured["wrong"]["average_precision"], 1.0);
    assert_eq!(measured["wrong"]["chance"].as_f64().unwrap(), 1.0 / 46.0);

    let page = place.read("page.html");
    assert!(page.contains("Audit of noisy.json") && page.contains("\"title\":\"Note 5\""));
    assert!(!page.contains("http:") && !page.contains("https:"), "it needs no network");
}

#[test]
fn where_a_label_names_no_evidence_a_model_does() {
    let place = place_with_noise();
    let mut noisy: Value = serde_json::from_str(&place.read("noisy.json")).unwrap();
    labels(&mut noisy, 4).last_mut().unwrap()["evidence"] = json!([]);
    labels(&mut noisy, 0)[0]["evidence"] = json!([1]);
    place.write("noisy.json", &noisy);
    let json = audit(&place, &["--html", "page.html"]);
    let wrong = json["wrong"].as_array().unwrap();
    let of = |title: &str, h: u64, r: &str, t: u64| {
        let wanted = (title.to_owned(), h, r.to_owned(), t);
        wrong.iter().find(|one| fact(one) == wanted).unwrap()
    };
    let without = of("Note 4", 2, "P1", 0);
    assert!(!without["sentences"].as_array().unwrap().is_empty(), "{without}");
    assert_eq!(without["guessed_evidence"], true);
    let with = of("Note 0", 0, "P1", 1);
    assert_eq!((&with["evidence"], &with["guessed_evidence"]), (&json!([1]), &json!(false)));
    assert!(json["missing"].as_array().unwrap().iter().all(|one| one["guessed_evidence"] == true));
    assert!(place.read("page.html").contains("\"guessed_evidence\":true"));
}

#[test]
fn nobody_judges_a_document_that_it_was_trained_on() {
    let place = place_with_noise();
    audit(&place, &[]);
    let all: Value = serde_json::from_str(&place.read("noisy.json")).unwrap();
    let all: Vec<&str> =
        all.as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect();
    let mut judged = HashSet::new();
    for fold in 1..=3 {
        let train: HashSet<String> = facts(&place, &format!("run/fold-{fold}/train.json"))
            .into_iter()
            .map(|(title, ..)| title)
            .collect();
        let ratings = place.read(&format!("run/fold-{fold}/small-seed-66/ratings.jsonl"));
        assert_eq!((train.len(), ratings.lines().count()), (8, 4));
        for line in ratings.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let document = line["document"].as_u64().unwrap() as usize;
            assert!(!train.contains(all[document]), "{line}");
            judged.insert(document);
        }
    }
    assert_eq!(judged.len(), 12);
    assert!(!place.files().iter().any(|file| file.contains("checkpoint")), "room is given back");
}

#[test]
fn corrections_change_as_many_facts_as_they_say() {
    let place = place_with_noise();
    let json = thorough(&place, &["--apply", "3", "--remove", "1", "--output", "mended.json"]);
    assert_eq!(facts(&place, "mended.json"), facts(&place, "gold.json"));
    let stats = place.run(&["stats", "mended.json", "--json"]).succeeds().json();
    assert_eq!(stats["facts"], 46 + 3 - 1, "{stats}");

    // Nothing is trained again, and the ranking is the same.
    let log = "run/fold-1/small-seed-66/metrics.jsonl";
    place.write_text(log, "");
    assert_eq!(thorough(&place, &["--apply", "2", "--output", "two.json"]), json);
    assert_eq!(place.read(log), "");
    let added: HashSet<_> =
        facts(&place, "two.json").difference(&facts(&place, "noisy.json")).cloned().collect();
    assert_eq!(added, json["missing"].as_array().unwrap()[..2].iter().map(fact).collect());

    let too_many = ["--set", "schedule.epochs=40", "--apply", "9999", "--output", "many.json"];
    place
        .run(&[&AUDIT[..], &["--suggestions", "x.json"], &too_many].concat())
        .refuses(&["--apply", "at most", "9999"]);
    assert!(!place.at("many.json").exists() && !place.at("x.json").exists());
}

#[test]
fn decisions_of_a_person_are_applied() {
    let place = place_with_noise();
    let decision = |title: &str, h: u64, r: &str, t: u64, kind: &str, accept: bool| json!({"title": title, "h": h, "t": t, "r": r, "kind": kind, "accept": accept});
    let good = json!([
        decision("Note 1", 1, "P2", 2, "missing", true),
        decision("Note 5", 1, "P2", 2, "missing", false),
        decision("Note 4", 2, "P1", 0, "wrong", true),
        decision("Note 4", 0, "P1", 1, "wrong", false),
    ]);
    place.write("decisions.json", &good);
    let apply = [
        "audit",
        "--decisions",
        "decisions.json",
        "--data",
        "noisy.json",
        "--output",
        "mended.json",
    ];
    place.run(&apply).succeeds();
    let (before, after) = (facts(&place, "noisy.json"), facts(&place, "mended.json"));
    assert_eq!(after.difference(&before).count(), 1);
    assert!(after.contains(&("Note 1".into(), 1, "P2".into(), 2)));
    assert_eq!(
        before.difference(&after).collect::<Vec<_>>(),
        [&("Note 4".into(), 2, "P1".into(), 0)]
    );

    let bad = [
        (decision("Note 99", 0, "P1", 1, "missing", true), "no document"),
        (decision("Note 1", 0, "P1", 1, "missing", true), "is labelled"),
        (decision("Note 1", 2, "P1", 0, "wrong", true), "isn't labelled"),
        (decision("Note 1", 0, "P1", 3, "missing", true), "3 entities"),
        (decision("Note 1", 0, "P1", 0, "missing", true), "can't be"),
        (decision("Note 1", 0, "", 2, "missing", true), "relation \"\" is none of the 2"),
        (decision("Note 1", 0, "Na", 2, "missing", true), "relation \"Na\" is none of the 2"),
        (decision("Note 1", 0, "P7", 2, "missing", false), "relation \"P7\" is none of the 2"),
        (json!({"title": "Note 1"}), "isn't a list of decisions"),
    ];
    std::fs::remove_file(place.at("mended.json")).unwrap();
    for (decision, problem) in bad {
        place.write("decisions.json", &json!([decision]));
        place.run(&apply).refuses(&["decisions.json", problem]);
    }
    let yes = decision("Note 1", 1, "P2", 2, "missing", true);
    let no = decision("Note 1", 1, "P2", 2, "missing", false);
    place.write("decisions.json", &json!([yes, no]));
    place.run(&apply).refuses(&["\"Note 1\"", "P2 from entity 1", "both accepted and rejected"]);
    assert!(!place.at("mended.json").exists());
    for option in
        ["folds", "fold-seed", "seeds", "run", "set", "gold", "top", "json", "suggestions", "html"]
    {
        let done = place.run(&[&apply[..], &[&format!("--{option}"), "3"]].concat());
        assert_eq!(done.code, Some(2), "{done:?}");
        assert!(done.stderr.contains("cannot be used with"), "{done:?}");
    }
    assert!(!place.at("mended.json").exists());
    // The same once more says nothing new.
    place.write("decisions.json", &json!([yes, yes]));
    assert!(place.run(&apply).succeeds().stderr.contains("1 facts added"));
    let mended: Value = serde_json::from_str(&place.read("mended.json")).unwrap();
    assert_eq!(mended[1]["labels"].as_array().unwrap().len(), 4);
}

#[test]
fn an_audit_can_be_killed_anywhere_and_ends_the_same() {
    let whole = place_with_noise();
    let mut expected = audit(&whole, &["--seeds", "66,67"]);
    for key in ["outcome", "run"] {
        expected.as_object_mut().unwrap().remove(key).unwrap();
    }
    let broken = place_with_noise();
    let arguments = [&AUDIT[..], &["--suggestions", "out.json", "--seeds", "66,67"]].concat();
    let kills = broken.run_through_kills(|| arguments.clone());
    assert!(kills > 0, "it was never interrupted");
    let found: Value = serde_json::from_str(&broken.read("out.json")).unwrap();
    assert_eq!(found, expected);
}

#[test]
fn several_models_are_averaged() {
    let place = place_with_noise();
    let all = |run: &str, seeds: &str| {
        let options = ["--run", run, "--seeds", seeds];
        let arguments = [&AUDIT[..6], &["--json"], &options].concat();
        let json = place.run(&arguments).succeeds().json();
        let wrong = json["wrong"].as_array().unwrap().clone();
        wrong.iter().map(|one| (fact(one), one.clone())).collect::<HashMap<_, _>>()
    };
    let (first, second, both) = (all("a", "66"), all("b", "67"), all("c", "66,67"));
    assert_eq!(both.len(), 46);
    for (fact, joint) in &both {
        let of = |one: &HashMap<_, Value>, key: &str| one[fact][key].as_f64().unwrap();
        let mean = (of(&first, "score") + of(&second, "score")) / 2.0;
        assert!((joint["score"].as_f64().unwrap() - mean).abs() < 1e-6);
        let sum = of(&first, "predicted_by") + of(&second, "predicted_by");
        assert_eq!(joint["predicted_by"].as_f64().unwrap(), sum);
    }
}

#[test]
fn the_page_says_how_the_recipe_was_chosen() {
    let place = place_with_noise();
    let page = ["--seeds", "66,67", "--html", "page.html", "--set", "schedule.epochs=1"];
    audit(&place, &page);
    assert!(!place.read("page.html").contains("Choice of the recipe"));
    // A note that is written later makes no other audit of it.
    place.write_text("recipe.toml", &(recipe() + "[about]\nnote = \"By <hand>.\"\n"));
    let json = audit(&place, &page);
    assert_eq!(json["models"][1]["note"], "By <hand>.");
    let html = place.read("page.html");
    assert_eq!(html.matches("<dt>Choice of the recipe</dt>").count(), 1);
    assert!(html.contains("small: By &lt;hand&gt;."), "{html}");
}

#[test]
fn where_nothing_is_to_be_found_nothing_is_measured() {
    let place = place_with_noise();
    let short = ["--gold", "noisy.json", "--set", "schedule.epochs=1"];
    let words = place.run(&[&AUDIT[..8], &short].concat()).succeeds();
    assert!(words.stdout.contains("3 folds, 1 model a fold"), "{words:?}");
    let json = audit(&place, &short);
    for kind in ["missing", "wrong"] {
        let of_kind = |line: &&str| line.trim_start().starts_with(kind);
        let line = words.stdout.lines().rfind(of_kind).unwrap();
        assert!(line.contains("nothing to find") && !line.contains("0.0"), "{line}");
        let measured = &json["measured"][kind];
        assert_eq!((&measured["relevant"], &measured["precision_at"]), (&json!(0), &json!([])));
        for measure in ["average_precision", "chance"] {
            assert_eq!(measured.get(measure), Some(&Value::Null), "{json}");
        }
    }
}
