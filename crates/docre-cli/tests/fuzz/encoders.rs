//! Encoders of several families, as people have them.

use std::{fs, path::Path};

use docre::{
    device::DeviceName,
    encoder::{Encoder, EncoderConfig},
    text::{Tokenizer, tokenizer::TokenizerOptions},
};
use serde_json::json;

use crate::{
    support::{Place, copy, golden},
    targets::{Outcome, whole_of},
};

pub fn write_encoders(place: &Place) {
    let families = ["mpnet", "albert", "modernbert", "longformer", "distilbert"];
    for name in ["bert", "deberta", "roberta", "xlm-roberta"].iter().chain(&families) {
        let from = golden("encoders").join(name);
        fs::create_dir_all(place.at(name)).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            let for_tests = ["expected.safetensors", "tokenization.json", "gradnorms.json"];
            if !for_tests.contains(&&*file) && !file.contains('_') || file.contains("token") {
                fs::copy(&path, place.at(name).join(&file)).unwrap();
            }
        }
    }
    copy(&place.at("bert"), &place.at("torch"));
    fs::remove_file(place.at("torch/model.safetensors")).unwrap();
    fs::remove_file(place.at("torch/tokenizer.json")).unwrap();
    let weights = golden("encoders/bert/pytorch_model.bin");
    fs::copy(weights, place.at("torch/pytorch_model.bin")).unwrap();
    place.write("torch/added_tokens.json", &json!({"[PAD]": 0, "[unused0]": 1}));
    copy(&place.at("roberta"), &place.at("older"));
    fs::remove_file(place.at("older/tokenizer.json")).unwrap();
}

pub fn read_encoder(place: &Path, file: &str) -> Outcome {
    let folder = place.join(whole_of(file));
    if ["token", "vocab", "merges"].iter().any(|part| file.contains(part)) {
        let tokenizer = Tokenizer::load(&folder, TokenizerOptions::default())?;
        tokenizer.text("Anna and Otto met in Osl\u{f8}, \u{1f600} they said ...")?;
        tokenizer.word("Anna")?;
        // As whoever loads both does it.
        let config = EncoderConfig::from_folder(&folder)?;
        let ids = config.check_vocabulary(tokenizer.id_count());
        ids.map_err(|problem| docre::Error::file(&folder, problem))?;
        fs::create_dir_all(place.join("out")).unwrap();
        return tokenizer.save(place.join("out"));
    }
    Encoder::load(&folder, &DeviceName::default().open()?).map(drop)
}
