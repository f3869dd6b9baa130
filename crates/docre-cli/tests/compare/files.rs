//! The files of a comparison, and those that aren't what they were.

use super::*;

#[test]
fn a_run_without_its_recipe_is_named() {
    let place = Place::with_recipe();
    let compare = ["compare", "recipe.toml", "--run", "all", "--set", "schedule.epochs=1"];
    place.run(&compare).succeeds();
    let recipe = place.files().into_iter().find(|name| name.ends_with("seed-66/recipe.toml"));
    fs::remove_file(place.at(&recipe.unwrap())).unwrap();
    for more in [&[][..], &["--results"], &["--list"]] {
        let done = place.run(&[&compare[..], more].concat());
        let done = done.refuses(&["all/small/seed-66: ", "holds no run: it has no recipe.toml"]);
        assert!(!done.stderr.contains("--resume"), "{done:?}");
    }
}

#[test]
fn a_table_takes_no_place_of_what_is_compared() {
    let place = Place::with_model();
    let rows = "[[rows]]\nname = \"ATL\"\n[[rows]]\nname = \"old\"\nmodel = \"run/model\"\n";
    let head = "name = \"two\"\nbase = \"recipe.toml\"\nset.schedule.epochs = 1\n";
    place.write_text("two.toml", &format!("{head}{rows}"));
    let compare = ["compare", "two.toml", "--run", "all"];
    let refused = |option: &str, file: &str, part: &str| {
        let before = place.read(file);
        let arguments = [&compare[..], &["--results", option, file]].concat();
        place.run(&arguments).refuses(&[file, part]);
        assert_eq!(place.read(file), before);
    };
    for file in ["two.toml", "recipe.toml", "./train.json", "dev.json"] {
        refused("--csv", file, "is read by this very command");
    }
    place.run(&compare).succeeds();
    for file in [
        "all/ATL/seed-66/result.json",
        "all/ATL/seed-66/model/config.toml",
        "all/old/scored.json",
        "run/model/relations.json",
    ] {
        refused("--html", file, "is part of an input, a model or a run");
    }
    let table = [&compare[..], &["--results", "--csv", "all/table.csv"]].concat();
    place.run(&table).succeeds();
    place.run(&table).succeeds();
}

#[test]
fn another_dev_file_than_the_runs_were_scored_on_is_refused() {
    let place = place();
    place.run(&COMPARE).succeeds();
    let mut dev: Value = serde_json::from_str(&place.read("dev.json")).unwrap();
    for document in dev.as_array_mut().unwrap() {
        document["labels"].as_array_mut().unwrap().truncate(1);
    }
    place.write("dev.json", &dev);
    place
        .run(&[&COMPARE[..], &["--results"]].concat())
        .refuses(&["dev.json: isn't the file that", "was scored on"]);
}

#[test]
fn another_training_file_than_the_runs_were_done_with_is_refused() {
    let place = place();
    let command = [&COMPARE[..], &["--set", "schedule.epochs=1", "--seeds", "66"]].concat();
    let results = [&command[..], &["--results"]].concat();
    place.run(&[&command[..], &["--only", "ATL"]].concat()).succeeds();
    let train = place.read("train.json");
    place.write("train.json", &documents(13, 0));
    for command in [&command, &results] {
        let parts =
            ["train.json: isn't the file that all/ATL/seed-66 was done with", "put the old"];
        place.run(command).refuses(&parts);
    }
    assert!(!place.at("all/CMM-m-0.5").exists(), "nothing is done before it");
    // What has gone can't be compared, and is back when it is back.
    std::fs::remove_file(place.at("train.json")).unwrap();
    place.run(&results).succeeds();
    place.write_text("train.json", &train);
    place.run(&results).succeeds();
    // A run of an older docre doesn't say what it was done with.
    std::fs::remove_file(place.at("all/ATL/seed-66/train-file.json")).unwrap();
    place.write("train.json", &documents(13, 0));
    place.run(&results).succeeds();
}
