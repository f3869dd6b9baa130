//! Checkpoints in the layouts of the public codes, which `make.py` has made, against the scores that
//! PyTorch computes with them.

#![cfg(feature = "model")]

#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

use docre::{
    Document, ErrorKind, Extractor, Precision, RelationSet,
    corpus::{self, relations::read_rel2id},
    model::{ForeignModel, Layout},
    text::EncodedBatch,
};

/// How near a score in 32-bit floats is to the same of another program. KD-DocRE's and DREEAM's codes
/// add next to nothing to the sum of a context's weights, where docre, as ATLOP's and DocuNet's, adds
/// 1e-5.
fn near(name: &str) -> f64 {
    if ["kd-docre", "dreeam"].contains(&name) { 5e-4 } else { 2e-5 }
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checkpoints/data").join(name)
}

fn checkpoint(name: &str) -> ForeignModel {
    ForeignModel {
        checkpoint: data(&format!("{name}.pt")),
        encoder: data("encoder"),
        relations: read_rel2id(data("rel2id.json")).unwrap(),
        layout: None,
    }
}

/// The scores of a document's ordered pairs, `[pairs, classes]`.
fn scores(extractor: &Extractor, document: &Document) -> Vec<f32> {
    let (example, warnings) = extractor.prepare(document).unwrap();
    assert_eq!(warnings, []);
    let batch = EncodedBatch::new(&[&example], extractor.config.encoder.longest_input()).unwrap();
    let scores = extractor.model.forward(&batch, Precision::F32);
    scores.into_data().try_into_vec().unwrap()
}

fn documents() -> Vec<Document> {
    corpus::read_all(data("documents.jsonl")).unwrap()
}

fn assert_scores(extractor: &Extractor, name: &str) {
    let expected = std::fs::read_to_string(data("scores.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
    for (document, expected) in documents().iter().zip(expected[name].as_array().unwrap()) {
        let rows = expected.as_array().unwrap().iter();
        let expected: Vec<f64> = rows
            .flat_map(|row| row.as_array().unwrap())
            .map(|score| score.as_f64().unwrap())
            .collect();
        let found = scores(extractor, document);
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            let difference = (f64::from(*found) - expected).abs();
            assert!(difference < near(name), "{name}, {}: {found} for {expected}", document.title);
        }
    }
}

#[test]
fn checkpoints_score_as_in_pytorch_and_so_do_their_folders() {
    let device = support::device();
    for (name, told) in
        [("atlop", "atlop"), ("docunet", "docunet"), ("kd-docre", "kd-docre"), ("dreeam", "atlop")]
    {
        let extractor = checkpoint(name).load(&device).unwrap_or_else(|e| panic!("{name}: {e}"));
        let told = format!("checkpoint {name}.pt of {told}");
        assert_eq!(extractor.config.origin.recipe, told);
        assert_scores(&extractor, name);
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("model");
        extractor.save(&folder).unwrap();
        assert_scores(&Extractor::load(&folder, &device).unwrap(), name);
    }
}

#[test]
fn the_layout_can_be_given() {
    let given = ForeignModel { layout: Some(Layout::Dreeam), ..checkpoint("dreeam") };
    assert_scores(&given.load(&support::device()).unwrap(), "dreeam");
    let other = ForeignModel { layout: Some(Layout::KdDocre), ..checkpoint("atlop") };
    let error = other.load(&support::device()).unwrap_err();
    assert!(error.to_string().contains("isn't a checkpoint of kd-docre"), "{error}");
}

#[test]
fn what_does_not_fit_is_refused_with_its_name() {
    let refused = |model: ForeignModel| {
        let error = model.load(&support::device()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadFile, "{error}");
        error.to_string()
    };
    let relations = RelationSet::new(["P17", "P19"]).unwrap();
    let error = refused(ForeignModel { relations, ..checkpoint("atlop") });
    assert!(
        error.contains("scores 3 relations and the none class, but the relations name 2"),
        "{error}"
    );

    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.pt");
    let whole = std::fs::read(data("atlop.pt")).unwrap();
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    refused(ForeignModel { checkpoint: cut, ..checkpoint("atlop") });

    let encoder = folder.path().join("encoder");
    std::fs::create_dir(&encoder).unwrap();
    std::fs::copy(data("encoder/tokenizer.json"), encoder.join("tokenizer.json")).unwrap();
    let config = std::fs::read_to_string(data("encoder/config.json")).unwrap();
    let wider = config.replace("\"hidden_size\": 24", "\"hidden_size\": 48");
    assert_ne!(config, wider);
    std::fs::write(encoder.join("config.json"), wider).unwrap();
    let error = refused(ForeignModel { encoder, ..checkpoint("atlop") });
    assert!(error.contains("tensor head_extractor.weight has the shape [16, 48]"), "{error}");
}
