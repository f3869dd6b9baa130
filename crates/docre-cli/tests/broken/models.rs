//! Encoders, models and checkpoints.

use super::*;

#[test]
fn encoders_are_checked() {
    let train = "train recipe.toml --run new --set encoder.from=bert";
    check(&[
        case(
            "unknown, offline",
            nothing,
            "train recipe.toml --run new --set encoder.from=nobody --offline",
            &["encoder \"nobody\"", "offline"],
        ),
        case(
            "unknown to pull",
            nothing,
            "pull nobody --offline",
            &["encoder \"nobody\"", "minilm"],
        ),
        case("broken configuration", |p| cut(p, "bert/config.json"), train, &["bert/config.json"]),
        case(
            "other family",
            |p| p.replace("bert/config.json", "\"bert\"", "\"gpt2\""),
            train,
            &["bert/config.json", "gpt2"],
        ),
        case(
            "impossible heads",
            |p| {
                p.replace(
                    "bert/config.json",
                    "\"num_attention_heads\": 4",
                    "\"num_attention_heads\": 5",
                )
            },
            train,
            &["bert/config.json", "heads"],
        ),
        case(
            "no weights",
            |p| {
                for name in ["model.safetensors", "pytorch_model.bin"] {
                    fs::remove_file(p.at("bert").join(name)).unwrap();
                }
            },
            train,
            &["bert"],
        ),
        case(
            "truncated weights",
            |p| cut(p, "bert/model.safetensors"),
            train,
            &["bert/model.safetensors"],
        ),
        case(
            "weights of another size",
            |p| {
                p.replace(
                    "bert/config.json",
                    "\"intermediate_size\": 96",
                    "\"intermediate_size\": 95",
                )
            },
            train,
            &["bert/model.safetensors"],
        ),
        case("NaN in weights", |p| spoil_values(p, "bert/model.safetensors"), train, &["bert"]),
        case("broken tokenizer", |p| cut(p, "bert/tokenizer.json"), train, &["tokenizer.json"]),
        case(
            "no tokenizer",
            |p| {
                for name in ["tokenizer.json", "vocab.txt"] {
                    fs::remove_file(p.at("bert").join(name)).unwrap();
                }
            },
            train,
            &["bert", "tokenizer.json"],
        ),
        case("not an encoder", nothing, "pull run", &["run"]),
    ]);
}

/// NaN for the second half of the values in a file of weights.
fn spoil_values(place: &Place, name: &str) {
    let mut bytes = place.bytes(name);
    let half = bytes.len() / 8 * 4;
    let first = bytes.len() - half;
    for value in bytes[first..].chunks_mut(4) {
        value.copy_from_slice(&f32::NAN.to_le_bytes());
    }
    fs::write(place.at(name), bytes).unwrap();
}

#[test]
fn models_are_checked() {
    let extract = "extract --model run/model dev.json";
    check(&[
        case(
            "no model",
            nothing,
            "extract --model nothing dev.json",
            &["nothing: is not a docre model"],
        ),
        case(
            "no weights",
            |p| fs::remove_file(p.at("run/model/model.safetensors")).unwrap(),
            extract,
            &["run/model/model.safetensors: cannot read"],
        ),
        case(
            "truncated weights",
            |p| cut(p, "run/model/model.safetensors"),
            extract,
            &["run/model/model.safetensors"],
        ),
        case(
            "empty weights",
            |p| p.write_text("run/model/model.safetensors", ""),
            extract,
            &["run/model/model.safetensors"],
        ),
        case(
            "NaN in weights",
            |p| spoil_values(p, "run/model/model.safetensors"),
            extract,
            &["run/model/model.safetensors: tensor", "NaN"],
        ),
        case(
            "weights of another size",
            |p| p.replace("run/model/config.toml", "width = 32", "width = 64"),
            extract,
            &["run/model/model.safetensors"],
        ),
        case(
            "other relations",
            |p| {
                p.replace(
                    "run/model/relations.json",
                    "\"relations\": [",
                    "\"relations\": [{\"id\": \"P0\", \"name\": \"a\"},",
                )
            },
            extract,
            &["run/model/model.safetensors"],
        ),
        case(
            "no relation",
            |p| {
                p.write_text("run/model/relations.json", "{\"none_id\": \"Na\", \"relations\": []}")
            },
            extract,
            &["run/model/relations.json", "no relation"],
        ),
        case(
            "newer format",
            |p| p.replace("run/model/config.toml", "format = 1", "format = 2"),
            extract,
            &["config.toml", "format 2", "format 1"],
        ),
        case(
            "unknown key",
            |p| p.replace("run/model/config.toml", "format = 1", "format = 1\nspeed = 2"),
            extract,
            &["config.toml", "speed"],
        ),
        case(
            "missing key",
            |p| p.replace("run/model/config.toml", "width = 32", ""),
            extract,
            &["run/model"],
        ),
        case(
            "broken tokenizer",
            |p| cut(p, "run/model/tokenizer.json"),
            extract,
            &["tokenizer.json"],
        ),
        case(
            "no such document",
            nothing,
            "extract --model run/model dev.json --index 9",
            &["dev.json: has no document with index 9", "4 documents"],
        ),
        case(
            "no such title",
            nothing,
            "extract --model run/model dev.json --title A",
            &["dev.json: has no document with title \"A\""],
        ),
        case(
            "the chosen document is bad",
            |p| {
                let mut all = documents(2, 0);
                all[1]["sents"] = json!([]);
                p.write("dev.json", &all);
            },
            "extract --model run/model dev.json --index 1",
            &["dev.json: document 1 \"Note 1\"", "no sentence"],
        ),
        case(
            "file ends early",
            |p| p.write_text("dev.json", "[{\"title\""),
            extract,
            &["dev.json: the file ends in the middle of document 0"],
        ),
    ]);
}

#[test]
fn checkpoints_are_checked() {
    let resume = "train --resume --run run";
    check(&[
        case(
            "another recipe",
            nothing,
            "train recipe.toml --run run --resume --set seed=7",
            &["run: holds the checkpoint of another recipe", "seed = 66", "seed = 7"],
        ),
        unfinished_case(
            "no checkpoint where it should be",
            |p| fs::remove_dir_all(p.at("run/checkpoint")).unwrap(),
            resume,
            &["run/checkpoint/"],
        ),
        unfinished_case(
            "pointer to another place",
            |p| p.write("run/checkpoint.json", &json!({"folder": "../run", "step": 18})),
            resume,
            &["run/checkpoint.json", "names \"../run\""],
        ),
        unfinished_case(
            "broken pointer",
            |p| p.write_text("run/checkpoint.json", "{"),
            resume,
            &["run/checkpoint.json"],
        ),
        unfinished_case(
            "broken state",
            |p| cut(p, &p.checkpoint("run", "state.json")),
            resume,
            &["run/checkpoint/", "state.json"],
        ),
        unfinished_case(
            "truncated weights",
            |p| cut(p, &p.checkpoint("run", "model.safetensors")),
            resume,
            &["run/checkpoint/", "model.safetensors"],
        ),
        unfinished_case(
            "truncated optimizer",
            |p| cut(p, &p.checkpoint("run", "optimizer.safetensors")),
            resume,
            &["run/checkpoint/", "optimizer.safetensors"],
        ),
        unfinished_case(
            "optimizer of another model",
            |p| {
                fs::copy(
                    p.at("bert/model.safetensors"),
                    p.at(&p.checkpoint("run", "optimizer.safetensors")),
                )
                .unwrap();
            },
            resume,
            &["run/checkpoint/", "optimizer.safetensors"],
        ),
        case(
            "another training file",
            |p| p.write("train.json", &documents(5, 0)),
            resume,
            &["train.json: gives other documents than when the run began"],
        ),
    ]);
}
