//! Pipes, devices, links and the surroundings of the program.

use super::*;

/// What the program does within ten seconds.
#[cfg(unix)]
fn run_briefly(place: &Place, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
    let mut child = Command::new(PROGRAM)
        .args(arguments)
        .current_dir(place.path())
        .envs(variables.iter().copied())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(20) {
            child.kill().unwrap();
            panic!("docre {} hangs", arguments.join(" "));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8(output.stderr).unwrap())
}

#[cfg(unix)]
#[test]
fn devices_and_pipes_are_no_settings() {
    let place = Place::with_model();
    for name in ["/dev/zero", "pipe", "lost"] {
        let _ = Command::new("mkfifo").arg(place.at("pipe")).status();
        let _ = std::os::unix::fs::symlink("nowhere", place.at("lost"));
        let (code, error) = run_briefly(&place, &["train", name, "--run", "new"], &[]);
        assert!(code == 2, "{name}: {error}");
        for file in ["config.toml", "relations.json", "tokenizer.json", "model.safetensors"] {
            let broken = place.at("broken");
            let _ = fs::remove_dir_all(&broken);
            copy(&place.at("run/model"), &broken);
            fs::remove_file(broken.join(file)).unwrap();
            let target = if name == "/dev/zero" { name.into() } else { place.at(name) };
            std::os::unix::fs::symlink(target, broken.join(file)).unwrap();
            let arguments = ["extract", "dev.json", "--model", "broken"];
            let (code, error) = run_briefly(&place, &arguments, &[]);
            assert!(code == 2, "{name} as {file}: {error}");
        }
    }
}

/// What a shell calls `<(cat FILE)` is a pipe without a name.
#[cfg(unix)]
fn through_a_pipe(place: &Place, arguments: &str) -> (i32, String) {
    let program = format!("'{PROGRAM}' {arguments}");
    let output = Command::new("bash").args(["-c", &program]).current_dir(place.path()).output();
    let output = output.unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8(output.stderr).unwrap())
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_once_or_refused() {
    let place = Place::with_model();
    let made = Command::new("mkfifo").arg(place.at("pipe")).status().unwrap();
    assert!(made.success());
    for arguments in [
        "stats pipe",
        "stats dev.json --names pipe",
        "convert pipe out.json",
        "extract pipe --model run/model",
        "predict --model run/model --data pipe --output out.json",
        "predict --model run/model --data dev.json --output pipe",
        "evaluate --predictions pipe --truth dev.json",
        "evaluate --predictions run/predictions.json --truth pipe",
        "evaluate --predictions run/predictions.json --truth dev.json --train pipe",
        "train recipe.toml --run new --set data.train=pipe",
        "train recipe.toml --run new --set data.dev=pipe",
        "compare recipe.toml --run new --set data.train=pipe",
        "audit recipe.toml --data pipe --folds 2 --run new",
        "train pipe/new --run pipe/new",
    ] {
        let (code, error) = run_briefly(&place, &arguments.split(' ').collect::<Vec<_>>(), &[]);
        assert!(code == 2 && error.contains("pipe"), "{arguments}: {error}");
        assert!(!place.at("new").exists() && !place.at("out.json").exists(), "{arguments}");
    }
    for arguments in [
        "stats <(cat dev.json)",
        "convert <(cat dev.json) out.json",
        "extract --model run/model <(cat dev.json)",
        "evaluate --predictions <(cat run/predictions.json) --truth <(cat dev.json)",
        "predict --model run/model --data dev.json --output >(cat > result.json)",
    ] {
        let (code, error) = through_a_pipe(&place, arguments);
        assert_eq!(code, 0, "{arguments}: {error}");
    }
    for arguments in [
        "predict --model run/model --data <(cat dev.json) --output out2.json",
        "train recipe.toml --run new --set data.train=<(cat train.json)",
        "audit recipe.toml --data <(cat train.json) --folds 2 --run new",
    ] {
        let (code, error) = through_a_pipe(&place, arguments);
        let part = "is a pipe, but is read more than once; write it to a file";
        assert!(code == 2 && error.contains(part), "{arguments}: {error}");
        assert!(!place.at("new").exists() && !place.at("out2.json").exists(), "{arguments}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_to_nothing_is_no_output() {
    let place = Place::with_model();
    std::os::unix::fs::symlink("nowhere", place.at("lost")).unwrap();
    let predict = ["predict", "--model", "run/model", "--data", "dev.json", "--output", "lost"];
    for arguments in [
        &predict[..],
        &["convert", "dev.json", "lost", "--to", "brat"],
        &["convert", "dev.json", "lost", "--to", "docred"],
        &["extract", "--model", "run/model", "dev.json", "--index", "0", "--html", "lost"],
    ] {
        place.run(arguments).refuses(&["lost: is a link to nowhere, which isn't there; remove"]);
    }
    for run in ["lost", "lost/inner"] {
        let part = "lost: is a link to nowhere, which isn't there, where a folder should be";
        place.run(&["train", "recipe.toml", "--run", run]).refuses(&[part]);
    }
    assert!(fs::read_link(place.at("lost")).is_ok() && !place.at("nowhere").exists());
    let compare = ["compare", "recipe.toml", "--run"];
    let seeds = ["train", "recipe.toml", "--seeds", "1,2", "--run"];
    for command in [&["train", "recipe.toml", "--run"][..], &seeds, &compare] {
        let done = place.run(&[command, &["dev.json"]].concat());
        done.refuses(&["dev.json: ", "is a file, where a folder should be; name another folder"]);
        let done = place.run(&[command, &["/dev/null"]].concat());
        done.refuses(&["/dev/null: ", "is a device, where a folder should be"]);
    }
    // A link to a file stays one.
    place.write_text("real.json", "old");
    std::os::unix::fs::symlink("real.json", place.at("link.json")).unwrap();
    let predict = ["predict", "--model", "run/model", "--data", "dev.json", "--output"];
    place.run(&[&predict[..], &["link.json"]].concat()).succeeds();
    assert!(fs::read_link(place.at("link.json")).is_ok() && place.read("real.json") != "old");
}

#[cfg(unix)]
#[test]
fn the_number_of_threads_is_checked() {
    let place = Place::new();
    place.write("in.json", &documents(2, 0));
    for value in ["65536", "99999999999999999999", "many", "-1"] {
        let (code, error) =
            run_briefly(&place, &["stats", "in.json"], &[("RAYON_NUM_THREADS", value)]);
        assert!(code == 2 && error.contains("RAYON_NUM_THREADS: must be"), "{value}: {error}");
    }
    let processors = std::thread::available_parallelism().unwrap().get();
    let too_many = (processors * 64).clamp(256, 1024) + 1; // on two processors 1024 took minutes
    let (code, error) =
        run_briefly(&place, &["stats", "in.json"], &[("RAYON_NUM_THREADS", &too_many.to_string())]);
    assert!(code == 2 && error.contains("RAYON_NUM_THREADS: must be"), "{error}");
    for value in ["", "0", "3", "256"] {
        let (code, error) =
            run_briefly(&place, &["stats", "in.json"], &[("RAYON_NUM_THREADS", value)]);
        assert_eq!(code, 0, "{value}: {error}");
    }
}

#[cfg(unix)]
#[test]
fn nothing_in_the_working_folder_is_run() {
    let place = Place::new();
    for name in ["pip.py", "zipfile.py", "sitecustomize.py"] {
        place.write_text(name, "open('was-run', 'w').close()\n");
    }
    fs::create_dir(place.at("pip")).unwrap();
    place.write_text("pip/__main__.py", "open('was-run', 'w').close()\n");
    let variables = [
        ("PIP_NO_INDEX", "1"),
        ("HF_ENDPOINT", "http://127.0.0.1:9"),
        ("HF_HUB_CACHE", "no-hugging-face"),
        ("PYTHONPATH", "."),
    ];
    let (code, error) = run_briefly(&place, &["pull", "minilm"], &variables);
    assert_eq!(code, 2, "{error}");
    let run: Vec<_> = place.files().into_iter().filter(|name| name.ends_with("was-run")).collect();
    assert!(run.is_empty(), "{run:?} {error}");
}
