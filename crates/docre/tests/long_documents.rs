//! A document that is scored in parts gives the facts and scores of one in one piece.

#![cfg(feature = "model")]

mod support;

use std::collections::BTreeMap;

use docre::{
    corpus,
    decision::DecisionSettings,
    encoder::Encoder,
    model::{Extractor, Model, ModelConfig, Origin},
    relation::Initialiser,
    relation::RelationSettings,
    text::{EncodedBatch, Tokenizer, tokenizer::TokenizerOptions},
};
use docre_kernels::Precision;
use serde_json::{Value, json};

const ENTITIES: usize = 40;
const MENTIONS: usize = 720;

/// A document so long, with so many mentions, that it is scored in parts.
fn long() -> Value {
    let words: Vec<String> =
        (0..1100).map(|i| ["Anna", "sang", "in", "Oslo"][i * 7 % 4].into()).collect();
    let sentences: Vec<&[String]> = words.chunks(22).collect();
    let mut entities: Vec<Vec<Value>> = vec![Vec::new(); ENTITIES];
    for mention in 0..MENTIONS {
        let place = mention * words.len() / MENTIONS;
        let (sentence, token) = (place / 22, place % 22);
        // Neighbours belong to few entities, so that most pairs share few windows.
        entities[(mention / 30 + mention % 3 * 13) % ENTITIES].push(json!({
            "name": words[place], "sent_id": sentence, "pos": [token, token + 1], "type": "X",
        }));
    }
    entities.retain(|mentions| !mentions.is_empty());
    json!({"title": "long", "sents": sentences, "vertexSet": entities})
}

fn extractor(relation: &str, folder: &std::path::Path) -> Extractor {
    let device = support::device();
    let bert = support::golden("encoders/bert");
    let (encoder, config) = Encoder::load(&bert, &device).unwrap();
    let tokenizer = Tokenizer::load(&bert, TokenizerOptions::default()).unwrap();
    let path = folder.join("rel2id.json");
    std::fs::write(&path, json!({"Na": 0, "P1": 1, "P2": 2, "P3": 3}).to_string()).unwrap();
    let relations = corpus::relations::read_rel2id(&path).unwrap();
    let settings: RelationSettings = serde_json::from_str(relation).unwrap();
    let mut random = Initialiser::new(3);
    let relation = settings.build(config.hidden_size, relations.classes(), &mut random, &device);
    let decision = DecisionSettings::ThresholdClass { cap: None };
    let config = ModelConfig::new(config, settings, decision, None, Origin::default());
    let model = Model { encoder, relation, finder: None };
    Extractor { model, config, tokenizer, relations, precision: Precision::F32 }
}

#[test]
fn facts_scores_and_evidence_are_those_of_one_piece() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.json");
    std::fs::write(&path, json!([long()]).to_string()).unwrap();
    let document = corpus::read_all(&path).unwrap().remove(0);
    for relation in [
        r#"{"kind": "atlop", "width": 32, "block": 8}"#,
        r#"{"kind": "docunet", "filters": 8, "outputs": 8, "width": 32, "block": 8}"#,
        r#"{"kind": "axial", "width": 32, "block": 8, "pair_width": 16}"#,
    ] {
        let extractor = extractor(relation, folder.path());
        let (example, _) = extractor.prepare(&document).unwrap();
        assert!(example.length() * MENTIONS > 1 << 20, "{} is too short", example.length());
        let longest = extractor.config.encoder.longest_input();
        let batch = EncodedBatch::new(&[&example], longest).unwrap();
        let (scores, attention) = extractor.model.score_and_attend(&batch, Precision::F32);
        let scores = scores.into_data().try_into_vec::<f32>().unwrap();
        let facts = extractor.extract(&[&example]).unwrap().remove(0);
        let order: Vec<_> = facts.iter().map(|fact| (fact.head, fact.tail)).collect();
        assert!(order.is_sorted(), "{relation}");
        let found: BTreeMap<_, _> =
            facts.iter().map(|f| ((f.head, f.tail, f.relation.as_str()), f)).collect();
        assert!(facts.len() > 100 && found.len() == facts.len(), "{relation}: {}", facts.len());
        let (mut same, mut all) = (0, 0);
        for (pair, scores) in batch.ordered_pairs.iter().zip(scores.chunks(4)) {
            for column in 1..4 {
                let id = &extractor.relations.relation(column).unwrap().id;
                let margin = scores[column] - scores[0];
                let Some(fact) = found.get(&(pair.head, pair.tail, id.as_str())) else {
                    assert!(margin < 1e-4, "{relation}: {pair:?} {id} is missing, {margin}");
                    continue;
                };
                let want = extractor.config.calibration.score(margin);
                let got = fact.score.unwrap();
                assert!((got - want).abs() < 1e-4, "{relation}: {pair:?} {id} {got} {want}");
                let shares = attention.of_sentences([pair.head, pair.tail], &example.sentences);
                let evidence = extractor.config.evidence.choose(&shares);
                same += usize::from(evidence == fact.evidence);
                all += 1;
            }
        }
        assert_eq!(all, facts.len());
        assert!(same * 100 >= all * 99, "{relation}: evidence of {same} of {all}");
    }
}

#[test]
fn an_extractor_can_be_shared_by_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<docre::Extractor>();
}
