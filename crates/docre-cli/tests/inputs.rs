//! What is read has bounds: sizes, lengths, devices, and what the library for tokenizers takes
//! for granted; nothing of the working folder is run.

mod support;

use std::{
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use support::{PROGRAM, Place, copy, documents, golden};

/// A copy of a small encoder whose configuration has this value.
fn with_encoder(key: &str, value: Value) -> Place {
    let place = Place::with_recipe();
    copy(&golden("encoders/bert"), &place.at("encoder"));
    let mut config: Value = serde_json::from_str(&place.read("encoder/config.json")).unwrap();
    config[key] = value;
    place.write("encoder/config.json", &config);
    let from = format!("{:?}", golden("encoders/bert"));
    place.replace("recipe.toml", &from, "\"encoder\"");
    place
}

#[test]
fn sizes_of_an_encoder_without_bound_are_refused() {
    for (key, value) in [
        ("hidden_size", json!(1_000_000_000)),
        ("num_hidden_layers", json!(1_000_000)),
        ("vocab_size", json!(u64::MAX)),
        ("vocab_size", json!(10_000_000)),
        ("intermediate_size", json!(1u64 << 60)),
        ("max_position_embeddings", json!(u64::MAX)),
        ("pad_token_id", json!(u64::MAX)),
        ("pad_token_id", json!(100_000)),
    ] {
        let place = with_encoder(key, value);
        let start = Instant::now();
        place.run(&["train", "recipe.toml", "--run", "run"]).refuses(&["encoder"]);
        assert!(start.elapsed() < Duration::from_secs(10), "{key}");
    }
}

/// A copy of a golden encoder in the folder `encoder`.
fn encoder(name: &str) -> Place {
    let place = Place::new();
    copy(&golden("encoders").join(name), &place.at("encoder"));
    place
}

#[test]
fn encoders_of_other_families_are_named_with_those_that_work() {
    let families = ["gpt2", "t5", "xlnet", "biogpt", "megatron-bert", "big_bird", "luke", "llama"];
    for family in families {
        let place = encoder("bert");
        // Their files have other keys, and none of BERT's.
        place.write("encoder/config.json", &json!({"model_type": family, "n_embd": 48}));
        place.run(&["pull", "./encoder"]).refuses(&[
            &format!("model_type \"{family}\" isn't supported"),
            "bert, roberta, xlm-roberta, camembert, mpnet, electra, distilbert, albert, modernbert, \
             longformer, deberta and deberta-v2",
        ]);
    }
    for (value, problem) in [(json!(7), "but is 7"), (json!(["bert"]), "a family's name in quotes")]
    {
        let place = with_encoder("model_type", value);
        place.run(&["pull", "./encoder"]).refuses(&["config.json", "model_type", problem]);
    }
    let place = with_encoder("hidden_size", Value::Null);
    place.run(&["pull", "./encoder"]).refuses(&["config.json: hidden_size is missing"]);
}

#[test]
fn an_encoder_that_names_no_family_is_one_by_its_tensors_or_asked_for() {
    let place = with_encoder("model_type", Value::Null);
    place.run(&["pull", "./encoder"]).refuses(&[
        "has no model_type",
        "bert, roberta",
        "add \"model_type\": \"bert\"",
    ]);
    let prefixed = golden("encoders/bert/model_masked_lm.safetensors");
    fs::copy(prefixed, place.at("encoder/model.safetensors")).unwrap();
    place.run(&["pull", "./encoder"]).succeeds();
}

#[test]
fn the_configuration_of_the_first_berts_is_read() {
    let place = with_encoder("model_type", Value::Null);
    fs::rename(place.at("encoder/config.json"), place.at("encoder/bert_config.json")).unwrap();
    place.run(&["pull", "./encoder"]).succeeds();
    place.run(&["train", "recipe.toml", "--run", "run"]).succeeds();
}

#[test]
fn pointers_of_git_are_told_from_damaged_files() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 438000000\n";
    for file in ["model.safetensors", "tokenizer.json", "config.json"] {
        let place = encoder("bert");
        place.write_text(&format!("encoder/{file}"), pointer);
        place.run(&["pull", "./encoder"]).refuses(&[file, "pointer of Git LFS", "git lfs pull"]);
    }
    let place = encoder("bert");
    fs::remove_file(place.at("encoder/model.safetensors")).unwrap();
    place.write_text("encoder/pytorch_model.bin", pointer);
    place.run(&["pull", "./encoder"]).refuses(&["pytorch_model.bin", "pointer of Git LFS"]);
}

#[test]
fn capitals_that_a_vocabulary_never_uses_are_told() {
    let place = Place::with_recipe();
    copy(&golden("encoders/bert-cased"), &place.at("encoder"));
    let from = format!("{:?}", golden("encoders/bert"));
    place.replace("recipe.toml", &from, "\"encoder\"");
    for file in ["tokenizer.json", "tokenizer_config.json"] {
        fs::remove_file(place.at("encoder").join(file)).unwrap();
    }
    for command in [&["pull", "./encoder"][..], &["train", "recipe.toml", "--run", "run"]] {
        let done = place.run(command).succeeds();
        assert!(done.stderr.contains("have capitals and are never used"), "{done:?}");
        assert!(done.stderr.contains("do_lower_case"), "{done:?}");
    }
}

#[test]
fn an_encoder_is_trained_with_the_files_of_older_tokenizers() {
    let place = Place::with_recipe();
    copy(&golden("encoders/roberta"), &place.at("encoder"));
    let from = format!("{:?}", golden("encoders/bert"));
    place.replace("recipe.toml", &from, "\"encoder\"");
    fs::remove_file(place.at("encoder/tokenizer.json")).unwrap();
    place.run(&["pull", "./encoder"]).succeeds();
    place.run(&["train", "recipe.toml", "--run", "run"]).succeeds();
    place.run(&["extract", "dev.json", "--model", "run/model"]).succeeds();
}

#[test]
fn sizes_of_a_model_are_compared_with_its_weights() {
    for (key, value) in [
        ("width", "16384"),
        ("hidden_size", "65536"),
        ("num_hidden_layers", "1000"),
        ("vocab_size", "16000000"),
        ("pad_token_id", "9223372036854775807"),
        ("pad_token_id", "100000"),
    ] {
        let place = Place::with_model();
        let text = place.read("run/model/config.toml");
        let line = text.lines().find(|line| line.starts_with(&format!("{key} = "))).unwrap();
        place.replace("run/model/config.toml", line, &format!("{key} = {value}"));
        place.run(&["extract", "dev.json", "--model", "run/model"]).refuses(&["run/model/"]);
    }
}

#[test]
fn more_ids_than_word_embeddings_are_refused() {
    let place = Place::with_model();
    let mut tokenizer: Value =
        serde_json::from_str(&place.read("run/model/tokenizer.json")).unwrap();
    tokenizer["model"]["vocab"]["Anna"] = json!(4_000_000_000u32);
    place.write("run/model/tokenizer.json", &tokenizer);
    place.run(&["extract", "dev.json", "--model", "run/model"]).refuses(&["vocab_size"]);
}

#[test]
fn a_damaged_tokenizer_is_named() {
    let charsmap = json!({"type": "Precompiled", "precompiled_charsmap": "gAAAAAAA"});
    let regex = json!({"type": "Replace", "pattern": {"Regex": "("}, "content": ""});
    for (key, value) in [
        ("normalizer", charsmap),
        ("normalizer", regex),
        ("decoder", json!({"type": "Precompiled"})),
        ("pre_tokenizer", json!({"type": "Split", "pattern": {"Regex": "(?<"}})),
        ("model", json!({"type": "WordPiece", "vocab": {}})),
        ("added_tokens", json!([{"id": -1, "content": "x"}])),
    ] {
        let place = Place::with_model();
        let mut file: Value =
            serde_json::from_str(&place.read("run/model/tokenizer.json")).unwrap();
        file[key] = value;
        place.write("run/model/tokenizer.json", &file);
        let done = place.run(&["extract", "dev.json", "--model", "run/model"]);
        done.refuses(&["run/model"]);
    }
}

/// Steps that would fill the memory, or never end.
#[test]
fn a_tokenizer_that_makes_texts_grow_is_refused() {
    let ten = json!({"type": "Replace", "pattern": {"Regex": "."}, "content": "aaaaaaaaaa"});
    let steps = vec![ten; 9];
    let twice = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true});
    let pieces = vec![json!({"Sequence": {"id": "A", "type_id": 0}}); 100];
    let template = json!({
        "type": "TemplateProcessing", "single": pieces, "pair": pieces, "special_tokens": {},
    });
    for (key, value, problem) in [
        (
            // The bytes of a tree of 4 GB.
            "normalizer",
            json!({"type": "Precompiled", "precompiled_charsmap": "/P///wAAAAA="}),
            "names a tree of 4294967292 bytes, but 4 are left",
        ),
        (
            "normalizer",
            json!({"type": "Sequence", "normalizers": steps}),
            "more than 100 times as long",
        ),
        (
            "normalizer",
            json!({"type": "Prepend", "prepend": "x".repeat(10_000_000)}),
            "normalizer.prepend has 10000000 characters",
        ),
        (
            "pre_tokenizer",
            json!({"type": "Sequence", "pretokenizers": vec![twice; 30]}),
            "30 byte-level steps",
        ),
        (
            "post_processor",
            json!({"type": "Sequence", "processors": vec![template; 5]}),
            "post_processor repeats each text",
        ),
        (
            "model",
            json!({"type": "Unigram", "unk_id": 0, "vocab": [["*", 0.0], ["a".repeat(1_000_000), -1.0]]}),
            "model.vocab[1] has 1000000 characters",
        ),
    ] {
        let place = Place::with_model();
        let mut file: Value =
            serde_json::from_str(&place.read("run/model/tokenizer.json")).unwrap();
        file[key] = value;
        place.write("run/model/tokenizer.json", &file);
        let start = Instant::now();
        let done = place.run(&["extract", "dev.json", "--model", "run/model"]);
        done.refuses(&["run/model/tokenizer.json: ", problem]);
        assert!(start.elapsed() < Duration::from_secs(10), "{key}");
    }
}

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

#[test]
fn an_empty_file_of_relations_is_said_to_be_one() {
    let place = Place::with_model();
    place.write_text("run/model/relations.json", "");
    let done = place.run(&["extract", "dev.json", "--model", "run/model"]);
    done.refuses(&["relations.json: is empty"]);
}

#[test]
fn messages_quote_the_beginning_of_long_values() {
    let place = Place::with_recipe();
    let long = "x".repeat(5_000);
    let done =
        place.run(&["train", "recipe.toml", "--run", "r", "--set", &format!("loss.kind={long}")]);
    let done = done.refuses(&[]);
    assert!(done.stderr.len() < 2_000, "{done:#?}");
    let long = "x".repeat(100_000);
    for arguments in [&["train", "recipe.toml", "--seeds", &long][..], &["train", "a", "b", &long]]
    {
        let done = place.run(arguments);
        assert_eq!(done.code, Some(2));
        assert!(done.stderr.len() < 3_000, "{} bytes", done.stderr.len());
        assert!(done.stderr.starts_with("error: ") && done.stderr.contains("--help"));
    }
}

#[test]
fn more_epochs_than_can_be_counted_are_refused() {
    let place = Place::with_recipe();
    place.replace("recipe.toml", "epochs = 6", "epochs = 9223372036854775807");
    let done = place.run(&["train", "recipe.toml", "--run", "run"]);
    done.refuses(&["schedule.epochs: must be at most 4294967295"]);
    let change = ["--set", "schedule.epochs=18446744073709551615"];
    let done = place.run(&[&["train", "recipe.toml", "--run", "run"], &change[..]].concat());
    done.refuses(&["schedule.epochs: 18446744073709551615 is larger than any number may be"]);
    place.replace("recipe.toml", "9223372036854775807", "18446744073709551615");
    place.run(&["train", "recipe.toml", "--run", "run"]).refuses(&["the number is too large"]);
}

/// Within ten seconds, where a second is enough; work that grows with the square takes minutes.
fn is_quick(place: &Place, arguments: &[&str]) {
    let start = Instant::now();
    place.run(arguments).succeeds();
    let seconds = start.elapsed().as_secs_f64();
    assert!(seconds < 10.0, "docre {} took {seconds} s", arguments.join(" "));
}

#[test]
fn many_documents_of_one_title_are_written_quickly() {
    let place = Place::new();
    let mut all = documents(1, 1);
    let one = all[0].take();
    place.write("in.json", &Value::Array(vec![one; 20_000]));
    is_quick(&place, &["convert", "in.json", "notes", "--to", "brat"]);
    assert!(place.at("notes/Note 1-20000.ann").is_file());
}

#[test]
fn many_mentions_of_one_text_are_read_quickly() {
    let place = Place::new();
    let count = 100_000;
    let (mut lines, mut pairs) = (String::new(), String::new());
    for mention in 0..count {
        let start = 4 * mention;
        lines += &format!("T{mention}\tPER {start} {}\tAnn\n", start + 3);
        if mention % 2 == 1 {
            pairs += &format!("*\tEquiv T{} T{mention}\n", mention - 1);
        }
    }
    place.write_text("notes/a.txt", &"Ann ".repeat(count));
    place.write_text("notes/a.ann", &(lines + &pairs));
    is_quick(&place, &["stats", "notes"]);
}

#[test]
fn closing_brackets_are_read_quickly() {
    let place = Place::new();
    place.write_text("notes/a.txt", &format!("Ann. {}", ") ".repeat(200_000)));
    place.write_text("notes/a.ann", "T1\tPER 0 3\tAnn\n");
    is_quick(&place, &["stats", "notes"]);
}
