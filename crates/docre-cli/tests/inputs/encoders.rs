//! Encoders, their tokenizers and models.

use super::*;

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
