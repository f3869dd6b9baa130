//! Tokens, markers, windows and batches against the golden values, and the edges.
#![cfg(feature = "model")] // which finds the encoder

mod examples;
mod files;
#[path = "../support/mod.rs"]
mod support;
mod tokenizers;

use std::fs;
use std::path::PathBuf;

use docre::corpus::{self, Documents};
use docre::document::{Document, Entity, Fact, Mention, RelationSet};
use docre::text::{
    EncodedBatch, Example, ExampleOptions, KeptMention, LabelledOptions, MarkedText, Ragged,
    Tokenizer, Warning,
    prepare::{prepare, prepare_stream},
    read_labelled,
    tokenizer::TokenizerOptions,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{golden, golden_json, minilm};

// Tokenizers.

fn tokenizer(folder: PathBuf) -> Tokenizer {
    Tokenizer::load(folder, TokenizerOptions::default()).unwrap()
}

fn with_prefix_space(folder: PathBuf, add: bool) -> Tokenizer {
    Tokenizer::load(folder, TokenizerOptions { add_prefix_space: Some(add) }).unwrap()
}

fn encoder_folders() -> Vec<PathBuf> {
    let entries = fs::read_dir(golden("encoders")).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> =
        entries.filter(|path| path.join("tokenization.json").is_file()).collect();
    folders.sort();
    assert!(!folders.is_empty());
    folders
}

// Examples.

/// A document in DocRED's form.
fn document(value: &Value) -> Document {
    let text = |value: &Value| value.as_str().unwrap().to_string();
    let number = |value: &Value| value.as_u64().unwrap() as usize;
    let array = |value: &Value| value.as_array().unwrap().clone();
    let mention = |m: &Value| Mention {
        name: text(&m["name"]),
        sentence: number(&m["sent_id"]),
        tokens: number(&m["pos"][0])..number(&m["pos"][1]),
        kind: text(&m["type"]),
    };
    let fact = |f: &Value| Fact {
        head: number(&f["h"]),
        relation: text(&f["r"]),
        tail: number(&f["t"]),
        evidence: list(&f["evidence"]),
        score: None,
    };
    Document {
        title: text(&value["title"]),
        sentences: array(&value["sents"])
            .iter()
            .map(|words| array(words).iter().map(text).collect())
            .collect(),
        entities: array(&value["vertexSet"])
            .iter()
            .map(|mentions| Entity::new(array(mentions).iter().map(mention).collect::<Vec<_>>()))
            .collect(),
        facts: value["labels"].as_array().map(|facts| facts.iter().map(fact).collect()),
        ..Document::default()
    }
}

/// DocRED's relations in its own numbering.
fn docred_relations() -> RelationSet {
    let columns = golden_json("metrics/rel2id.json");
    let mut columns: Vec<_> = columns.as_object().unwrap().iter().collect();
    columns.sort_by_key(|(_, column)| column.as_u64());
    assert_eq!(columns[0].0, RelationSet::NONE_ID);
    RelationSet::new(columns[1..].iter().map(|(id, _)| id.as_str())).unwrap()
}

/// A U8 tensor of `atlop.safetensors`.
fn golden_bytes(name: &str) -> Vec<u8> {
    let file = fs::read(golden("atlop.safetensors")).unwrap();
    let header_end = 8 + u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let header: Value = serde_json::from_slice(&file[8..header_end]).unwrap();
    assert_eq!(header[name]["dtype"], "U8");
    let range: Vec<usize> = list(&header[name]["data_offsets"]);
    file[header_end..][range[0]..range[1]].to_vec()
}

/// The golden mentions, `[start, end)` in word pieces for each entity.
fn golden_mentions(expected: &Value) -> Vec<Vec<Vec<usize>>> {
    let entities = expected["entity_pos"].as_array().unwrap().iter();
    entities.map(|mentions| mentions.as_array().unwrap().iter().map(list).collect()).collect()
}

fn list<T: TryFrom<u64>>(value: &Value) -> Vec<T> {
    let numbers = value.as_array().unwrap().iter().map(|number| number.as_u64().unwrap());
    numbers.map(|number| T::try_from(number).ok().unwrap()).collect()
}

#[test]
fn documents_are_preprocessed_as_the_golden_ones() {
    let golden = golden_json("preprocess.json");
    let tokenizer = tokenizer(minilm());
    assert_eq!(Some(u64::from(tokenizer.marker()[0])), golden["marker_id"].as_u64());
    let relations = docred_relations();
    for expected in golden["documents"].as_array().unwrap() {
        let document = document(&expected["document"]);
        let text = MarkedText::new(&document, &tokenizer).unwrap();
        assert_eq!(Some(text.pieces().len() as u64), expected["wordpieces_before_cut"].as_u64());
        let spans: Vec<Vec<Vec<usize>>> = document
            .entities
            .iter()
            .map(|entity| entity.mentions.iter().map(|m| text.mention(m)))
            .map(|spans| spans.map(|span| vec![span.start, span.end]).collect())
            .collect();
        let golden_spans = golden_mentions(expected);
        assert_eq!(spans, golden_spans);

        let max_length = expected["max_seq_length"].as_u64().unwrap() as usize;
        let options = ExampleOptions {
            relations: Some(&relations),
            max_length: Some(max_length),
            ..Default::default()
        };
        let (example, warnings) = Example::new(&document, &tokenizer, &options).unwrap();
        let length = example.length();
        assert_eq!(Some(length as u64), expected["length"].as_u64());
        assert_eq!(example.ids, list::<u32>(&expected["input_ids"]));
        let markers = golden_spans
            .iter()
            .map(|spans| spans.iter().map(|span| span[0] + 1).filter(|&marker| marker < length));
        assert_eq!(example.entities, markers.collect::<Ragged>());
        let cut = text.pieces().len() + 2 > length;
        assert_eq!(warnings.is_empty(), !cut);

        let batch = EncodedBatch::new(&[&example], 512).unwrap();
        assert_eq!(Some(batch.windows.len() as u64), expected["windows"].as_u64());
        let labels = batch.labels(relations.classes()).unwrap();
        let golden_labels = golden_bytes(&format!("{}/labels", expected["name"].as_str().unwrap()));
        assert_eq!(labels, golden_labels.into_iter().map(f32::from).collect::<Vec<_>>());
    }
}

#[test]
fn what_the_golden_cut_takes_is_named() {
    let golden = golden_json("preprocess.json");
    let tokenizer = tokenizer(minilm());
    for expected in golden["documents"].as_array().unwrap() {
        let document = document(&expected["document"]);
        let length = expected["length"].as_u64().unwrap() as usize;
        let options = ExampleOptions { max_length: Some(length), ..Default::default() };
        let (_, warnings) = Example::new(&document, &tokenizer, &options).unwrap();
        let cut = golden_mentions(expected).concat();
        let cut = cut.iter().filter(|span| span[1] > length - 2).count();
        let named = warnings.iter().filter(|w| matches!(w, Warning::MentionCut { .. })).count();
        assert_eq!(named, cut);
    }
}

/// A document from sentences of words between spaces; mentions are
/// `(sentence, start, end)`.
fn made(sentences: &[&str], entities: &[&[(usize, usize, usize)]]) -> Document {
    let sentences: Vec<Vec<String>> = sentences
        .iter()
        .map(|sentence| sentence.split_terminator(' ').map(str::to_string).collect())
        .collect();
    let mention = |&(sentence, start, end): &(usize, usize, usize)| Mention {
        name: format!("{sentence}:{start}-{end}"),
        sentence,
        tokens: start..end,
        kind: "PER".into(),
    };
    let entities = entities
        .iter()
        .map(|mentions| Entity::new(mentions.iter().map(mention).collect::<Vec<_>>()))
        .collect();
    Document { entities, ..Document::new("made", sentences) }
}

fn bert() -> Tokenizer {
    tokenizer(golden("encoders/bert"))
}

fn plain(document: &Document, tokenizer: &Tokenizer) -> Example {
    let (example, warnings) =
        Example::new(document, tokenizer, &ExampleOptions::default()).unwrap();
    assert_eq!(warnings, []);
    example
}

/// The ids of words, special tokens and markers (`*`), each tokenized alone.
fn ids(tokenizer: &Tokenizer, words: &str) -> Vec<u32> {
    words.split(' ').flat_map(|word| tokenizer.word(word).unwrap()).collect()
}

// Batches.

/// Checks everything that must hold between the axes of a batch.
fn check_batch(batch: &EncodedBatch, examples: &[&Example], longest_input: usize) {
    assert_eq!(batch.ids.len(), *batch.segments.last().unwrap());
    assert_eq!(batch.ids.len(), batch.positions.len());
    for (place, segment) in batch.segments.windows(2).enumerate() {
        assert_eq!(segment[1] - segment[0], batch.windows[place].length());
        assert!(batch.windows[place].length() <= longest_input);
        let positions: Vec<u32> = (0..).take(segment[1] - segment[0]).collect();
        assert_eq!(batch.positions[segment[0]..segment[1]], positions);
        assert_eq!(batch.window_of(segment[0]), place);
        assert_eq!(batch.window_of(segment[1] - 1), place);
        let (first, last) = (batch.ids[segment[0]], batch.ids[segment[1] - 1]);
        assert_eq!((first, last), (examples[0].ids[0], *examples[0].ids.last().unwrap()));
    }
    for (example, span) in examples.iter().zip(&batch.documents) {
        assert_eq!(span.tokens.len(), example.length());
        for (position, token) in span.tokens.clone().enumerate() {
            let sources = batch.sources.list(token);
            assert!(!sources.is_empty());
            assert!(sources.iter().all(|&packed| batch.ids[packed] == example.ids[position]));
            let windows = sources.iter().map(|&packed| batch.window_of(packed));
            let covering = span.windows.clone().filter(|&window| {
                (batch.windows[window].start..batch.windows[window].end).contains(&position)
            });
            assert!(windows.eq(covering));
        }
        for (entity, markers) in span.entities.clone().zip(example.entities.lists()) {
            let expected: Vec<_> = markers.iter().map(|m| span.tokens.start + m).collect();
            assert_eq!(batch.mentions.list(entity), expected);
        }
        let mut row = span.ordered_pairs.start;
        for head in span.entities.clone() {
            for tail in span.entities.clone().filter(|&tail| tail != head) {
                let found = batch.ordered_pairs[row];
                assert_eq!((found.head, found.tail), (head, tail));
                let pair = batch.pairs[found.pair];
                assert_eq!((pair.first, pair.second), (head.min(tail), head.max(tail)));
                assert!(span.pairs.contains(&found.pair));
                row += 1;
            }
        }
        assert_eq!(row, span.ordered_pairs.end);
        assert_eq!(2 * span.pairs.len(), span.ordered_pairs.len());
    }
    let rows = &batch.mention_rows;
    assert!(rows.tokens.windows(2).all(|two| two[0] < two[1]));
    assert_eq!(rows.rows.len(), batch.mentions.values.len());
    for (&mention, rows_of_mention) in batch.mentions.values.iter().zip(rows.rows.lists()) {
        let tokens: Vec<_> = rows_of_mention.iter().map(|&row| rows.tokens[row]).collect();
        assert_eq!(tokens, batch.sources.list(mention));
    }
    assert_eq!(batch.documents.last().unwrap().tokens.end, batch.document_tokens());
    assert_eq!(
        batch.is_single_window(),
        batch.sources.values == (0..batch.ids.len()).collect::<Vec<_>>()
    );
}

#[test]
fn golden_documents_share_a_batch() {
    let golden = golden_json("preprocess.json");
    let tokenizer = tokenizer(minilm());
    let examples: Vec<Example> = golden["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|expected| plain(&document(&expected["document"]), &tokenizer))
        .collect();
    let examples: Vec<&Example> = examples.iter().collect();
    for longest_input in [4, 160, 512, 1024] {
        let batch = EncodedBatch::new(&examples, longest_input).unwrap();
        check_batch(&batch, &examples, longest_input);
        assert_eq!(batch.is_single_window(), longest_input == 1024);
        assert!(longest_input < 512 || batch.windows.len() <= 2 * examples.len());
    }
}

#[test]
fn two_windows_hold_what_the_public_code_reads() {
    let golden = golden_json("preprocess.json");
    let tokenizer = tokenizer(minilm());
    for expected in golden["documents"].as_array().unwrap() {
        if expected["windows"] != 2 {
            continue;
        }
        let example = plain(&document(&expected["document"]), &tokenizer);
        let ids = &example.ids;
        let batch = EncodedBatch::new(&[&example], 512).unwrap();
        let first = [&ids[..511], &ids[ids.len() - 1..]].concat();
        let second = [&ids[..1], &ids[ids.len() - 511..]].concat();
        assert_eq!(batch.ids, [first, second].concat());
        assert_eq!(batch.segments, [0, 512, 1024]);
    }
}

#[test]
fn a_long_document_with_many_entities_is_whole() {
    let tokenizer = bert();
    let words = vec!["the"; 3000].join(" ");
    let mentions: Vec<[(usize, usize, usize); 2]> =
        (0..200).map(|e| [(0, e * 15, e * 15 + 2), (0, 2999 - e, 3000 - e)]).collect();
    let entities: Vec<&[_]> = mentions.iter().map(|mentions| mentions.as_slice()).collect();
    let example = plain(&made(&[&words], &entities), &tokenizer);
    assert!(example.length() > 3000);
    assert!(example.entities.lists().all(|markers| markers.len() == 2));
    for longest_input in [160, 512] {
        let batch = EncodedBatch::new(&[&example, &example], longest_input).unwrap();
        check_batch(&batch, &[&example, &example], longest_input);
        assert_eq!(batch.ordered_pairs.len(), 2 * 200 * 199);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_mention_survives_word_pieces_and_windows(
        words in prop::collection::vec("[a-z]{0,8}", 1..60),
        mentions in prop::collection::vec((0_usize..60, 1_usize..5), 0..12),
        longest_input in 4_usize..40,
    ) {
        let count = words.len();
        let spans: Vec<[(usize, usize, usize); 1]> = mentions
            .iter()
            .map(|&(start, length)| (start % count, length))
            .map(|(start, length)| [(0, start, (start + length).min(count))])
            .collect();
        let entities: Vec<&[_]> = spans.iter().map(|spans| spans.as_slice()).collect();
        let mut document = made(&[""], &entities);
        document.sentences = vec![words];
        let tokenizer = bert();
        let example = plain(&document, &tokenizer);
        for (markers, [(_, start, _)]) in example.entities.lists().zip(&spans) {
            prop_assert_eq!(example.ids[markers[0]], tokenizer.marker()[0]);
            let first = tokenizer.word(&document.sentences[0][*start]).unwrap();
            prop_assert_eq!(&example.ids[markers[0] + 1..][..first.len()], first);
        }
        let batch = EncodedBatch::new(&[&example, &example], longest_input).unwrap();
        check_batch(&batch, &[&example, &example], longest_input);
    }
}
