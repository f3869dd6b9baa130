//! What lies where docre would write, and isn't what it would write: it is refused before any work,
//! and stays.
#![cfg(unix)]

mod support;

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::symlink,
    process::{Command, Stdio},
    thread::{sleep, spawn},
    time::{Duration, Instant},
};

use support::{Done, Place, copy};

const RESUME: [&str; 4] = ["train", "--resume", "--run", "run"];

/// A run that was killed when it had its first checkpoint.
fn begun() -> Place {
    static BEGUN: std::sync::OnceLock<Place> = std::sync::OnceLock::new();
    let begun = BEGUN.get_or_init(|| {
        let place = Place::with_recipe();
        let mut child = place
            .command(&["train", "recipe.toml", "--run", "run"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let start = Instant::now();
        while !place.at("run/checkpoint.json").exists() {
            assert!(start.elapsed() < Duration::from_secs(120), "no checkpoint");
            sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!place.at("run/result.json").exists(), "the run ended before it was killed");
        place
    });
    let place = Place::new();
    copy(begun.path(), place.path());
    place
}

fn pipe(place: &Place, name: &str) {
    let _ = fs::remove_file(place.at(name));
    assert!(Command::new("mkfifo").arg(place.at(name)).status().unwrap().success());
}

/// What the program does, which must come to its end.
#[track_caller]
fn briefly(place: &Place, arguments: &[&str]) -> Done {
    let mut child =
        place.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(30) {
            child.kill().unwrap();
            panic!("docre {} hangs", arguments.join(" "));
        }
        sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().unwrap();
    Done {
        command: arguments.join(" "),
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn bytes(place: &Place, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let is_file = |name: &String| fs::metadata(place.at(name)).is_ok_and(|found| found.is_file());
    let files = place.files().into_iter().filter(|name| name.starts_with(folder));
    files.filter(is_file).map(|name| (name.clone(), place.bytes(&name))).collect()
}

#[test]
fn pipes_in_a_run_are_refused_and_not_waited_for() {
    for name in [".lock", "metrics.jsonl", "predictions.json", "teacher-scores.f16", "cost.json"] {
        let place = begun();
        pipe(&place, &format!("run/{name}"));
        briefly(&place, &RESUME).refuses(&[&format!("run/{name}: is a pipe")]);
    }
    let place = begun();
    let optimizer = place.checkpoint("run", "optimizer.safetensors");
    pipe(&place, &optimizer);
    briefly(&place, &RESUME).refuses(&[&format!("{optimizer}: is a pipe, not a file")]);
}

#[test]
fn what_a_run_could_only_write_at_its_end_is_refused_before_its_first_step() {
    for name in ["cost.json", "curve.svg", "result.json", "document.html"] {
        let place = begun();
        let _ = fs::remove_file(place.at("run").join(name));
        fs::create_dir(place.at("run").join(name)).unwrap();
        let before = bytes(&place, "run/");
        let done = briefly(&place, &RESUME);
        done.refuses(&[&format!("run/{name}: is a folder, where a file of docre should be")]);
        assert!(before == bytes(&place, "run/"));
    }
    for link in [true, false] {
        let place = begun();
        let _ = fs::remove_dir_all(place.at("run/model"));
        match link {
            true => symlink("nowhere", place.at("run/model")).unwrap(),
            false => place.write_text("run/model", "a person's"),
        }
        let before = bytes(&place, "run/");
        let done = briefly(&place, &RESUME);
        done.refuses(&["run/model: is a", "where a folder should be"]);
        assert!(before == bytes(&place, "run/"));
    }
}

#[test]
fn a_lock_that_leads_elsewhere_makes_nothing_there() {
    let place = begun();
    let _ = fs::remove_file(place.at("run/.lock"));
    symlink("../elsewhere", place.at("run/.lock")).unwrap();
    briefly(&place, &RESUME).refuses(&["run/.lock: is a link to ../elsewhere"]);
    assert!(!place.at("elsewhere").exists());
}

#[test]
fn a_run_goes_on_without_its_log_and_says_so() {
    let place = begun();
    fs::remove_file(place.at("run/metrics.jsonl")).unwrap();
    let done = place.run(&RESUME).succeeds();
    assert!(done.stderr.contains("metrics.jsonl isn't there any more"), "{done:?}");
    let kept = "run/model/model.safetensors";
    assert!(place.bytes(kept) == Place::with_model().bytes(kept));
    assert!(place.read("run/metrics.jsonl").contains("\"dev\""));
}

#[test]
fn a_page_in_the_folder_of_the_quickstart_stays() {
    let place = Place::with_recipe();
    let recipe = support::recipe().replace("\"small\"", "\"quickstart\"");
    place.write_text("recipes/quickstart.toml", &recipe);
    place.write_text("mine/document.html", "a person's");
    place.run(&["quickstart", "--run", "mine"]).refuses(&["mine: holds document.html"]);
    assert_eq!(place.read("mine/document.html"), "a person's");
    place.run(&["quickstart", "--run", "other"]).succeeds();
    assert!(place.read("other/document.html").contains("<html"));
    place.run(&["quickstart", "--run", "other"]).succeeds();
}

#[test]
fn files_of_stages_and_audits_are_no_outputs() {
    let place = Place::with_model();
    let chain = support::recipe() + "[[stages]]\nname = \"a\"\n[[stages]]\nname = \"b\"\n";
    place.write_text("chain.toml", &chain.replace("epochs = 6", "epochs = 1"));
    place.run(&["train", "chain.toml", "--run", "stages"]).succeeds();
    let short = ["--folds", "2", "--set", "schedule.epochs=1"];
    let audit = ["audit", "recipe.toml", "--data", "train.json", "--run", "audit"];
    place.run(&[&audit[..], &short].concat()).succeeds();
    let predict = ["predict", "--model", "run/model", "--data", "dev.json", "--output"];
    for name in [
        "stages/run.json",
        "stages/recipe.toml",
        "audit/run.json",
        "audit/audit.json",
        "audit/fold-1/train.json",
    ] {
        let before = place.bytes(name);
        let part = format!("{name}: is part of an input, a model or a run");
        place.run(&[&predict[..], &[name]].concat()).refuses(&[&part]);
        assert!(before == place.bytes(name));
    }
    // A person's file of such a name is as good as any other.
    for _ in 0..2 {
        place.run(&[&predict[..], &["run.json"]].concat()).succeeds();
    }
}

#[test]
fn a_page_into_a_pipe_that_nobody_reads_is_refused_before_any_work() {
    let place = Place::with_model();
    pipe(&place, "pipe");
    let extract = ["extract", "--model", "run/model", "dev.json", "--index", "0", "--html", "pipe"];
    let done = briefly(&place, &extract).refuses(&["nobody reads this pipe"]);
    assert_eq!(done.stdout, "");
    let folds = ["--folds", "2", "--run", "audit", "--set", "schedule.epochs=1"];
    let audit = ["audit", "recipe.toml", "--data", "train.json", "--suggestions", "pipe"];
    briefly(&place, &[&audit[..], &folds].concat()).refuses(&["nobody reads this pipe"]);
    let compare = ["compare", "recipe.toml", "--run", "all", "--csv", "pipe"];
    briefly(&place, &compare).refuses(&["nobody reads this pipe"]);
    assert!(!place.at("audit").exists() && !place.at("all").exists());

    let at = place.at("pipe");
    let reader = spawn(move || {
        let mut read = (1..).map(|time| (time, fs::read_to_string(&at).unwrap()));
        read.find(|(_, text)| !text.is_empty()).unwrap()
    });
    briefly(&place, &extract).succeeds();
    let (time, page) = reader.join().unwrap();
    assert!(time == 1 && page.contains("<html"), "read {time} times: {page}");
}

#[test]
fn the_name_of_a_folder_is_no_file_and_a_long_name_is_one() {
    let place = Place::with_model();
    let extract = ["extract", "--model", "run/model", "dev.json", "--json"];
    let output = ["extract", "--model", "run/model", "dev.json", "--to", "json", "--output"];
    // `extract` takes a name with a slash at its end as a folder's.
    let predict = ["predict", "--model", "run/model", "--data", "dev.json", "--output"];
    for (command, name) in [(&predict[..], "out/"), (&predict, "out/."), (&output, "out/.")] {
        let done = place.run(&[command, &[name]].concat());
        let done = done.refuses(&[": is the name of a folder; name a file in it"]);
        assert!(!done.stderr.contains("read"), "{done:?}");
    }
    let long = "x".repeat(255);
    place.run(&[&output[..], &[&long]].concat()).succeeds();
    assert_eq!(place.read(&long), place.run(&extract).stdout);
}

#[test]
fn an_empty_folder_is_filled_through_a_link_but_not_under_a_person_s_feet() {
    let place = Place::with_model();
    fs::create_dir(place.at("empty")).unwrap();
    let mut here = place.command(&["convert", "../dev.json", ".", "--to", "brat"]);
    let done = here.current_dir(place.at("empty")).output().unwrap();
    let error = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.code() == Some(2) && error.contains("the folder that you are in"));
    symlink("empty", place.at("link")).unwrap();
    place.run(&["convert", "dev.json", "link", "--to", "brat"]).succeeds();
    assert!(place.at("link").is_symlink() && place.at("empty/Note 100.ann").exists());
}

#[test]
fn what_is_no_run_cannot_go_on_and_is_said_to_be_what_it_is() {
    let place = Place::with_recipe();
    let resume = |run: &str| place.run(&["train", "--resume", "--run", run]);
    resume("recipe.toml").refuses(&["recipe.toml: is a file; --run takes the folder"]);
    resume("none").refuses(&["none: has no run to resume: it isn't there"]);
    fs::create_dir(place.at("empty")).unwrap();
    resume("empty").refuses(&["empty: has no run to resume; it has no recipe.toml"]);
}

#[test]
fn seeds_comparisons_stages_and_audits_clean_the_runs_that_they_step_over() {
    let place = Place::with_recipe();
    place.replace("recipe.toml", "epochs = 6", "epochs = 1");
    let chain = place.read("recipe.toml") + "[[stages]]\nname = \"a\"\n[[stages]]\nname = \"b\"\n";
    place.write_text("chain.toml", &chain);
    for (command, run) in [
        (&["train", "recipe.toml", "--seeds", "1", "--run", "seeds"][..], "seeds/seed-1"),
        (&["train", "chain.toml", "--seeds", "1", "--run", "both"], "both/seed-1/a"),
        (&["compare", "recipe.toml", "--seeds", "1", "--run", "all"], "all/small/seed-1"),
        (&["compare", "recipe.toml", "seeds/seed-1/model", "--run", "kept"], "kept/small"),
        (
            &["audit", "recipe.toml", "--data", "train.json", "--folds", "2", "--run", "audit"],
            "audit/fold-1/small-seed-66",
        ),
    ] {
        place.run(command).succeeds();
        let run = match place.at(run).join("run.json").exists() {
            true => run.to_owned(),
            false => format!("{run}/seed-66"),
        };
        let before = bytes(&place, &run);
        assert!(!before.is_empty(), "{run}");
        let left = format!("{run}/.model.a1B2c3.docre.part/config.toml");
        place.write_text(&left, "left by a kill");
        place.write_text(&format!("{run}/.mine.part"), "a person's");
        place.run(command).succeeds();
        assert!(!place.at(&left).exists(), "{command:?}");
        fs::remove_file(place.at(&format!("{run}/.mine.part"))).unwrap();
        assert!(before == bytes(&place, &run), "{command:?}");
    }
}

#[test]
fn sizes_of_comparisons_and_keys_have_bounds() {
    let place = Place::with_recipe();
    let axis = |count: usize| {
        let choices: Vec<_> = (0..count).map(|n| format!("{{name = \"a{n}\"}}")).collect();
        format!("[{}]", choices.join(", "))
    };
    let begin = "name = \"x\"\nbase = \"recipe.toml\"\nseeds = [1]\n";
    for axes in [vec![axis(100); 10], vec![axis(300); 2]] {
        place.write_text("axes.toml", &format!("{begin}axes = [{}]\n", axes.join(", ")));
        briefly(&place, &["compare", "axes.toml", "--list"]).refuses(&["axes: describe more than"]);
    }
    let rows: String = (0..1001).map(|n| format!("[[rows]]\nname = \"r{n}\"\n")).collect();
    place.write_text("rows.toml", &format!("{begin}{rows}"));
    briefly(&place, &["compare", "rows.toml", "--list"]).refuses(&["rows: must be at most"]);
    let deep = "a.".repeat(60_000) + "a=1";
    let train = ["train", "recipe.toml", "--run", "run", "--set", &deep];
    briefly(&place, &train).refuses(&["nested too deep"]);
    assert!(!place.at("run").exists());
}
