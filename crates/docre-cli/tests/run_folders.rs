//! The folders of runs: what isn't docre's stays as it is, what is docre's is whole or gone.

mod support;

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use support::{PROGRAM, Place, documents};

const TRAIN: [&str; 4] = ["train", "recipe.toml", "--run", "run"];
const RESUME: [&str; 4] = ["train", "--resume", "--run", "run"];
const KEPT: &str = "run/model/model.safetensors";

fn contents(place: &Place) -> BTreeMap<String, Vec<u8>> {
    place.files().into_iter().map(|name| (name.clone(), place.bytes(&name))).collect()
}

/// Takes for granted that the program refuses something and changes nothing.
#[track_caller]
fn refused(place: &Place, arguments: &[&str], parts: &[&str]) {
    let before = contents(place);
    place.run(arguments).refuses(parts);
    assert!(before == contents(place), "files have changed: {:?}", place.files());
}

fn start(place: &Place, arguments: &[&str]) -> Child {
    Command::new(PROGRAM)
        .args(arguments)
        .current_dir(place.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// A run that was killed when it had its first checkpoint.
fn killed(options: &[&str]) -> Place {
    let place = Place::with_recipe();
    let mut child = start(&place, &[&TRAIN[..], options].concat());
    let begun = Instant::now();
    while !place.at("run/checkpoint.json").exists() {
        assert!(begun.elapsed() < Duration::from_secs(120), "no checkpoint");
        sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!place.at("run/result.json").exists(), "the run ended before it was killed");
    place
}

/// All names below a folder that only a process which is writing may leave.
fn left_behind(folder: &Path) -> Vec<String> {
    let mut left = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if [".part", ".tmp", ".old"].iter().any(|ending| name.ends_with(ending)) {
            left.push(name);
        }
        left.extend(left_behind(&entry.path()));
    }
    left
}

#[test]
fn what_is_not_a_run_is_refused_and_stays() {
    for name in [
        "model/notes.txt",
        "checkpoint/1/weights",
        "checkpoint-backup/weights",
        "checkpoint-500/weights",
        "checkpoint.json",
        "predictions.json",
        "metrics.jsonl",
        "result.json",
        "recipe.toml",
        "train-file.json",
    ] {
        let place = Place::with_recipe();
        place.write_text(&format!("run/{name}"), "a person's");
        let first = name.split('/').next().unwrap();
        let parts = [&format!("run: holds {first}")[..], "isn't a folder of docre", "name another"];
        refused(&place, &TRAIN, &parts);
        refused(&place, &[&TRAIN[..], &["--resume"]].concat(), &parts);
    }
    let place = Place::with_recipe();
    place.write_text("run/run.json", "{\"a\": \"person's\"}");
    refused(&place, &TRAIN, &["run/run.json: isn't docre's own"]);
}

#[test]
fn a_run_beside_its_recipe_is_refused() {
    let place = Place::with_recipe();
    let parts = ["holds recipe.toml", "isn't a folder of docre"];
    refused(&place, &["train", "recipe.toml", "--run", "."], &parts);
    refused(&place, &["train", "--resume", "--run", "."], &parts);
    // What docre never writes is in nobody's way.
    place.write_text("other/notes.txt", "mine");
    let short = ["--set", "schedule.epochs=1"];
    place.run(&[&["train", "recipe.toml", "--run", "other"], &short[..]].concat()).succeeds();
    assert_eq!(place.read("other/notes.txt"), "mine");
}

#[test]
fn comparisons_seeds_stages_and_audits_refuse_what_is_not_theirs_before_anything_is_done() {
    let place = Place::with_recipe();
    place.replace("recipe.toml", "epochs = 6", "epochs = 1");
    place.write_text("run/seed-67/predictions.json", "a person's");
    let parts = ["run/seed-67: ", "holds predictions.json", "isn't a folder of docre"];
    refused(&place, &[&TRAIN[..], &["--seeds", "66,67"]].concat(), &parts);

    place.write_text("all/small/seed-67/model/notes.txt", "a person's");
    let compare = ["compare", "recipe.toml", "--run", "all", "--seeds", "66,67"];
    refused(&place, &compare, &["all/small/seed-67", "holds model", "isn't a folder of docre"]);

    let chain = support::recipe() + "[[stages]]\nname = \"a\"\n[[stages]]\nname = \"b\"\n";
    place.write_text("chain.toml", &chain);
    place.write_text("stages/recipe.toml", "a person's");
    refused(&place, &["train", "chain.toml", "--run", "stages"], &["stages: holds recipe.toml"]);

    place.write_text("audit/fold-1/train.json", "a person's");
    let audit = ["audit", "recipe.toml", "--data", "train.json", "--folds", "2", "--run"];
    refused(&place, &[&audit[..], &["audit"]].concat(), &["audit: holds fold-1"]);
    let ratings = "kept/fold-2/small-seed-66/ratings.jsonl";
    place.run(&[&audit[..], &["kept"]].concat()).succeeds();
    place.run(&["train", "recipe.toml", "--run", "kept"]).refuses(&["kept: holds an audit"]);
    fs::remove_dir_all(place.at("kept/fold-2/small-seed-66")).unwrap();
    place.write_text(ratings, "a person's");
    let parts = ["kept/fold-2/small-seed-66: holds ratings.jsonl"];
    refused(&place, &[&audit[..], &["kept"]].concat(), &parts);
}

#[test]
fn what_a_person_puts_into_a_run_stays_there() {
    let place = killed(&[]);
    let own = ["run/checkpoint-backup/w", "run/checkpoint-500/w", "run/checkpoint/mine/w"];
    for name in own {
        place.write_text(name, "mine");
    }
    place.write_text("run/model/card/notes.md", "mine");
    place.run(&RESUME).succeeds();
    for name in own {
        assert_eq!(place.read(name), "mine");
    }
    assert_eq!(place.read("run/model/card/notes.md"), "mine");
    assert!(place.bytes(KEPT) == Place::with_model().bytes(KEPT));
    assert!(left_behind(place.path()).is_empty());
}

#[test]
fn a_finished_run_stays_finished() {
    for removed in [false, true] {
        let place = Place::with_model();
        if removed {
            fs::remove_dir_all(place.at("run/checkpoint")).unwrap();
            fs::remove_file(place.at("run/checkpoint.json")).unwrap();
        }
        assert!(place.at("run/train-file.json").exists());
        refused(&place, &TRAIN, &["run: already holds a run, which is finished"]);
        let before = contents(&place);
        place.write_text("run/.model.a1B2c3.docre.part/config.toml", "left by a kill");
        let again = place.run(&RESUME).succeeds();
        assert!(again.stderr.contains("run is finished"), "{again:?}");
        assert!(again.stdout.contains("The kept model on dev.json"), "{again:?}");
        assert!(before == contents(&place));
        place.write("train.json", &documents(5, 0));
        refused(&place, &RESUME, &["train.json: gives other documents"]);
    }
}

/// Where the values of the first tensor whose name begins with `prefix` lie in a file.
fn values(bytes: &[u8], prefix: &str) -> std::ops::Range<usize> {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    let mut tensors = header.as_object().unwrap().iter();
    let (_, tensor) = tensors.find(|(name, _)| name.starts_with(prefix)).unwrap();
    let offset = |end: usize| 8 + length + tensor["data_offsets"][end].as_u64().unwrap() as usize;
    offset(0)..offset(1)
}

fn put(place: &Place, prefix: &str, value: f32) {
    let file = place.checkpoint("run", "optimizer.safetensors");
    let mut bytes = place.bytes(&file);
    let at = values(&bytes, prefix).start;
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    fs::write(place.at(&file), bytes).unwrap();
}

#[test]
fn running_means_that_no_training_gives_are_refused() {
    let place = killed(&[]);
    let file = place.checkpoint("run", "optimizer.safetensors");
    let whole = place.bytes(&file);
    for (tensor, value) in [
        ("mean.relation", f32::NEG_INFINITY),
        ("mean.encoder", f32::NAN),
        ("mean_square.relation", f32::INFINITY),
        ("mean_square.encoder", -1.0),
    ] {
        put(&place, tensor, value);
        refused(&place, &RESUME, &[&file, tensor, &format!("holds {value}")]);
        fs::write(place.at(&file), &whole).unwrap();
    }
    place.run(&RESUME).succeeds();
    assert!(place.bytes(KEPT) == Place::with_model().bytes(KEPT));
}

#[test]
fn weights_are_named_as_their_file_names_them() {
    for tensor in ["relation.bilinear.weight", "encoder.encoder.layer.1.output.layer_norm.weight"] {
        let place = Place::with_model();
        let mut bytes = place.bytes(KEPT);
        let at = values(&bytes, tensor).start;
        bytes[at..at + 4].copy_from_slice(&f32::NAN.to_le_bytes());
        fs::write(place.at(KEPT), bytes).unwrap();
        let done = place.run(&["extract", "dev.json", "--model", "run/model"]);
        done.refuses(&[&format!("tensor {tensor} holds NaN")]);
    }
}

#[test]
fn weights_that_training_destroys_replace_nothing() {
    let options = ["--set", "schedule.checkpoint_every=1"];
    let place = killed(&options);
    let saved = place.checkpoint("run", "model.safetensors");
    put(&place, "mean.relation", 3e38);
    put(&place, "mean_square.relation", 0.0);
    let good = |place: &Place| {
        let kept = place.at("run/model").exists().then(|| place.bytes(KEPT));
        (place.checkpoint("run", "model.safetensors"), place.bytes(&saved), kept)
    };
    let before = good(&place);
    place.run(&[&RESUME[..], &options].concat()).refuses(&[
        "optimizer.encoder_rate",
        "the weights of relation",
        "inf",
        "lower the rates",
    ]);
    assert!(before == good(&place));
    assert!(!place.at("run/result.json").exists());
}

#[test]
fn a_loss_that_runs_away_is_named() {
    let options = ["--set", "schedule.checkpoint_every=4", "--set", "schedule.evaluate_every=100"];
    let place = killed(&options);
    put(&place, "mean.relation", 3e38);
    put(&place, "mean_square.relation", 0.0);
    place.run(&[&RESUME[..], &options].concat()).refuses(&[
        "optimizer.encoder_rate",
        "too high",
        "has the loss",
    ]);
}

#[test]
fn rates_have_bounds() {
    let place = Place::with_recipe();
    for (key, value, rule) in [
        ("head_rate", "1e39", "at most 1"),
        ("encoder_rate", "1e39", "in [0, 1]"),
        ("weight_decay", "2", "in [0, 1]"),
        ("epsilon", "1e-60", "above 0"),
        ("beta_2", "0.9999999999", "in [0, 1)"),
    ] {
        let change = format!("optimizer.{key}={value}");
        refused(&place, &[&TRAIN[..], &["--set", &change]].concat(), &[key, rule]);
        assert!(!place.at("run").exists());
    }
}

#[cfg(unix)]
#[test]
fn files_have_the_mode_that_the_umask_asks_for() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for (umask, of_files, of_folders) in [("022", 0o644, 0o755), ("027", 0o640, 0o750)] {
        let place = Place::with_recipe();
        let train = "train recipe.toml --run run --set schedule.epochs=2";
        let command = format!("umask {umask}; exec '{PROGRAM}' {train}");
        let done = Command::new("sh").args(["-c", &command]).current_dir(place.path()).output();
        assert!(done.unwrap().status.success());
        for name in place.files().iter().filter(|name| name.starts_with("run/")) {
            let path = place.at(name);
            assert_eq!(mode(&path), of_files, "{name} with the umask {umask}");
            assert_eq!(mode(path.parent().unwrap()), of_folders, "the folder of {name}");
        }
    }
}

#[test]
fn kills_while_files_are_written_leave_nothing_behind() {
    let whole = Place::with_model();
    let place = Place::with_recipe();
    let (mut kills, mut left) = (0, 0);
    // The kept model, a checkpoint and the log are each met on the way.
    for (turn, wanted) in (0..9).zip([".model.", ".part", ".tmp"].into_iter().cycle()) {
        let begun = place.at("run/run.json").exists() && place.at("run/recipe.toml").exists();
        let mut child = start(&place, if begun { &RESUME } else { &TRAIN });
        sleep(Duration::from_millis(40 * turn));
        while child.try_wait().unwrap().is_none()
            && !left_behind(&place.at("run")).iter().any(|name| name.contains(wanted))
        {
            std::thread::yield_now();
        }
        if child.try_wait().unwrap().is_some() {
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        left += left_behind(&place.at("run")).len();
    }
    place.run(&RESUME).succeeds();
    assert!(kills > 0 && left > 0, "{kills} kills left {left}");
    assert!(left_behind(place.path()).is_empty(), "{:?}", left_behind(place.path()));
    for name in [KEPT, "run/metrics.jsonl", "run/predictions.json", "run/result.json"] {
        assert!(whole.bytes(name) == place.bytes(name), "{name}");
    }
}

#[test]
fn what_killed_processes_left_goes_and_what_is_written_or_a_persons_stays() {
    let place = Place::with_recipe();
    place.write_text("out/.brat.a1B2c3.docre.part/Note.txt", "half");
    place.write_text("out/.dev.json.a1B2c3.docre.part", "half");
    place.write_text("out/.dev.json.a1B2c3.part", "a person's");
    let written = File::create(place.at("out/.other.json.d4E5f6.docre.part")).unwrap();
    written.lock().unwrap();
    let convert = ["convert", "dev.json", "out/brat", "--to", "brat"];
    place.run(&convert).succeeds();
    let mut left = left_behind(&place.at("out"));
    left.sort();
    assert_eq!(left, [".dev.json.a1B2c3.part", ".other.json.d4E5f6.docre.part"]);
    drop(written);
    place.run(&["convert", "out/brat", "out/dev.json"]).succeeds();
    assert_eq!(left_behind(&place.at("out")), [".dev.json.a1B2c3.part"]);
}

/// Without a shell that ignores the signal of a file that would be too long.
#[cfg(unix)]
#[test]
fn a_file_that_would_be_too_long_leaves_nothing() {
    let place = Place::with_recipe();
    place.write("many.json", &documents(200, 0));
    let program = format!("ulimit -f 8; exec '{PROGRAM}' convert many.json out.jsonl");
    let output = Command::new("bash").args(["-c", &program]).current_dir(place.path()).output();
    let output = output.unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("out.jsonl: cannot write"), "{error}");
    assert!(!place.at("out.jsonl").exists());
    assert!(left_behind(place.path()).is_empty(), "{:?}", left_behind(place.path()));
}

#[test]
fn a_refusal_leaves_no_empty_folder() {
    let place = Place::with_recipe();
    let train =
        |from: &str| [&TRAIN[..], &["--set", &format!("encoder.from={from}")]].concat().join(" ");
    let command = train("someone/nothing");
    let command: Vec<&str> = command.split(' ').collect();
    refused(&place, &command, &["someone/nothing", "was not found"]);
    assert!(!place.at(".encoders").exists() && !place.at("run").exists());
    place.write_text("bad.json", "[1]");
    let change = ["--set", "data.train=bad.json"];
    refused(&place, &[&TRAIN[..], &change].concat(), &["bad.json"]);
    refused(
        &place,
        &["train", "recipe.toml", "--resume", "--run", "none"],
        &["holds no run: it has no recipe.toml"],
    );
    assert!(!place.at("run").exists() && !place.at("none").exists());
    let old: Value = json!({"step": 1});
    place.write("older/result.json", &old);
    refused(&place, &["train", "recipe.toml", "--run", "older"], &["runs of older versions"]);
}
