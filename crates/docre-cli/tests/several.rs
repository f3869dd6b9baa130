//! Recipes that are several runs: stages with a teacher and a student, and several seeds.

mod support;

use std::{
    process::{Command, Stdio},
    thread::sleep,
    time::Duration,
};

use support::{PROGRAM, Place, documents, recipe};

/// A teacher, a student on other documents, and the student tuned on the first ones.
const STAGES: &str = r#"
[[stages]]
name = "teacher"

[[stages]]
name = "student"
teacher = "teacher"
data = { train = "distant.json" }
loss = { kind = "afl", distillation = { measure = "mse" } }
schedule = { epochs = 2 }

[[stages]]
name = "tuned"
start = "student"
schedule = { epochs = 2 }
"#;

const TRAIN: [&str; 4] = ["train", "chain.toml", "--run", "run"];
const RESUME: [&str; 4] = ["train", "--resume", "--run", "run"];

fn place_with_chain() -> Place {
    let place = Place::with_recipe();
    place.write("distant.json", &documents(9, 300));
    place.write_text("rel2id.json", r#"{"Na": 0, "P1": 1, "P2": 2}"#);
    place.write_text("chain.toml", &chain(STAGES));
    place
}

/// A recipe with these stages.
fn chain(stages: &str) -> String {
    recipe().replace("[data]", "[data]\nrelations = \"rel2id.json\"") + stages
}

fn results(place: &Place) -> Vec<Vec<u8>> {
    let stages = ["teacher", "student", "tuned"];
    let names = ["model/model.safetensors", "metrics.jsonl", "result.json"];
    let paths = stages.iter().flat_map(|stage| names.iter().map(move |name| (stage, name)));
    paths.map(|(stage, name)| place.bytes(&format!("run/{stage}/{name}"))).collect()
}

#[test]
fn a_chain_can_be_stopped_anywhere_and_ends_the_same() {
    let whole = place_with_chain();
    let done = whole.run(&[&TRAIN[..], &["--json"]].concat()).succeeds();
    let json = done.json();
    assert_eq!(json["model"], "run/tuned/model");
    assert!(json["dev"]["f1"].as_f64().unwrap() > 0.3, "{json}");
    assert!(done.stderr.contains("the teacher's scores of 9 documents take"), "{done:?}");
    assert!(
        !whole.files().iter().any(|file| file.contains("teacher-scores")),
        "room is given back"
    );
    let student = whole.read("run/student/recipe.toml");
    assert!(student.contains("teacher = \"run/teacher/model\""), "{student}");
    assert!(whole.read("run/tuned/recipe.toml").contains("start = \"run/student/model\""));

    let broken = place_with_chain();
    let kills = broken.run_through_kills(|| match broken.at("run/recipe.toml").exists() {
        true => RESUME.to_vec(),
        false => TRAIN.to_vec(),
    });
    assert!(kills > 0, "it was killed at least once");
    assert!(results(&whole) == results(&broken));

    // All is done, so nothing is done again.
    let before = results(&whole);
    let again = whole.run(&RESUME).succeeds();
    assert!(!again.stderr.contains("stage "), "{again:?}");
    assert!(before == results(&whole));
}

#[test]
fn a_student_learns_from_its_teacher() {
    let place = place_with_chain();
    place.run(&TRAIN).succeeds();
    let taught = place.read("run/student/metrics.jsonl");
    let alone = STAGES.replace("measure = \"mse\"", "measure = \"mse\", weight = 1e-6");
    place.write_text("alone.toml", &chain(&alone));
    place.run(&["train", "alone.toml", "--run", "alone"]).succeeds();
    assert!(place.read("alone/student/metrics.jsonl") != taught);
    assert!(place.bytes("alone/teacher/metrics.jsonl") == place.bytes("run/teacher/metrics.jsonl"));
}

#[test]
fn stages_that_cannot_be_are_refused_before_anything_is_done() {
    let place = place_with_chain();
    let cases = [
        ("start = \"student\"", "start = \"pupil\"", "stages[2].start", "\"pupil\" is none"),
        ("teacher = \"teacher\"\n", "", "stages[1].loss.distillation", "needs a teacher"),
        ("distillation = { measure = \"mse\" }", "", "stages[1].teacher", "of no use"),
        ("name = \"tuned\"", "name = \"teacher\"", "stages[2].name", "different"),
        ("name = \"teacher\"\n", "", "stages[0].name", "must be there"),
        ("name = \"tuned\"", "name = \"..\"", "stages[2].name", "letters"),
        (
            "start = \"student\"",
            "start = \"student\"\nrelation = { width = 16 }",
            "stages[2].start",
            "another relational encoder",
        ),
        (
            "train = \"distant.json\"",
            "train = \"distant.json\", max_length = 99",
            "stages[1].teacher",
            "another length",
        ),
        (
            "measure = \"mse\"",
            "measure = \"mse\", weight = \"x\"",
            "stages[1].loss",
            "distillation.weight",
        ),
        ("epochs = 2", "epochs = 0", "stages[1].schedule.epochs", "1 or more"),
        ("measure = \"mse\"", "measure = \"cosine\"", "stages[1].loss", "cosine"),
    ];
    for (from, to, key, problem) in cases {
        place.write_text("chain.toml", &chain(&STAGES.replacen(from, to, 1)));
        place.run(&TRAIN).refuses(&["chain.toml", key, problem]);
        assert!(!place.at("run").exists());
    }
}

#[test]
fn a_file_that_a_later_stage_lacks_is_missed_at_once() {
    let place = place_with_chain();
    std::fs::remove_file(place.at("distant.json")).unwrap();
    place.run(&TRAIN).refuses(&["distant.json"]);
    assert!(!place.at("run").exists());
    place.write("distant.json", &documents(9, 300));
    place.replace("chain.toml", "epochs = 2", "epochs = 1");
    place.run(&TRAIN).succeeds();
    place.run(&TRAIN).refuses(&["run: already holds a run"]);
}

#[test]
fn stages_that_share_a_model_need_the_same_relations() {
    let place = place_with_chain();
    place.write_text("chain.toml", &(recipe() + STAGES));
    place.run(&TRAIN).refuses(&["chain.toml", "stages[1].teacher", "data.relations"]);
}

#[test]
fn scores_that_were_removed_or_cut_are_made_again() {
    let whole = place_with_chain();
    whole.run(&TRAIN).succeeds();
    for cut in [None, Some(100)] {
        let broken = place_with_chain();
        let scores = broken.at("run/student/teacher-scores.f16");
        let mut child = Command::new(PROGRAM)
            .args(TRAIN)
            .current_dir(broken.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The student's first checkpoint comes after the scores are complete.
        while !broken.at("run/student/checkpoint.json").exists() {
            sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        match cut {
            _ if !scores.exists() => {} // the student was done before it was killed
            None => std::fs::remove_file(&scores).unwrap(),
            Some(length) => {
                let file = std::fs::File::options().write(true).open(&scores).unwrap();
                file.set_len(length).unwrap();
            }
        }
        broken.run(&RESUME).succeeds();
        assert!(results(&whole) == results(&broken));
    }
}

#[test]
fn a_chain_goes_on_in_another_place_and_only_with_its_own_stages() {
    let place = place_with_chain();
    place.run(&TRAIN).succeeds();
    std::fs::remove_file(place.at("run/tuned/result.json")).unwrap();
    std::fs::rename(place.at("run"), place.at("moved")).unwrap();
    place.run(&["train", "--resume", "--run", "./moved"]).succeeds();
    assert!(place.at("moved/tuned/result.json").exists());
    place.replace("chain.toml", "epochs = 2", "epochs = 3");
    let again = ["train", "chain.toml", "--run", "moved", "--resume"];
    place.run(&again).refuses(&["moved/student", "epochs = 2", "epochs = 3"]);
    let seeds = ["train", "recipe.toml", "--run", "seeds", "--seeds", "1"];
    place.run(&seeds).succeeds();
    place.run(&[&seeds[..], &["--set", "schedule.epochs=2"]].concat()).refuses(&["epochs = 2"]);
}

#[test]
fn several_seeds_give_mean_and_deviation() {
    let place = Place::with_recipe();
    let seeds = ["train", "recipe.toml", "--run", "run", "--seeds", "66,67,68"];
    let options = ["--set", "schedule.epochs=3", "--json"];
    let json = place.run(&[&seeds[..], &options].concat()).succeeds().json();
    let runs = json["runs"].as_array().unwrap();
    let f1s: Vec<f64> = runs.iter().map(|run| run["dev"]["f1"].as_f64().unwrap()).collect();
    let mean = f1s.iter().sum::<f64>() / 3.0;
    let deviation = (f1s.iter().map(|f1| (f1 - mean).powi(2)).sum::<f64>() / 2.0).sqrt();
    let summary = &json["summary"]["f1"];
    assert!((summary["mean"].as_f64().unwrap() - mean).abs() < 1e-12);
    assert!((summary["deviation"].as_f64().unwrap() - deviation).abs() < 1e-12);
    // Another call does only what is missing.
    let more = ["train", "recipe.toml", "--run", "run", "--seeds", "68,66,69"];
    let again = place.run(&[&more[..], &options[..2]].concat()).succeeds();
    assert!(again.stderr.contains("seed 69") && !again.stderr.contains("seed 68,"), "{again:?}");
    assert!(again.stdout.contains(" ± "), "{again:?}");
    place.run(&["train", "recipe.toml", "--seeds", "66,66"]).refuses(&["--seeds", "different"]);
}
