//! Tokens, markers, windows and batches against the golden values, and the edges.
#![cfg(feature = "model")] // which finds the encoder

mod support;

use std::fs;
use std::path::PathBuf;

use docre::corpus::{self, Documents};
use docre::document::{Document, Entity, Fact, Mention, RelationSet};
use docre::text::{
    EncodedBatch, Example, ExampleOptions, KeptMention, LabelledOptions, MarkedText, Ragged,
    Tokenizer, TokenizerOptions, Warning, prepare, prepare_stream, read_labelled,
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

fn tokenization(folder: &std::path::Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("tokenization.json")).unwrap()).unwrap()
}

fn list<T: TryFrom<u64>>(value: &Value) -> Vec<T> {
    let numbers = value.as_array().unwrap().iter().map(|number| number.as_u64().unwrap());
    numbers.map(|number| T::try_from(number).ok().unwrap()).collect()
}

/// Compares every word of a `tokenization.json`; returns how many there were.
fn check_words(tokenizer: &Tokenizer, golden: &Value, key: &str) -> usize {
    let mut count = 0;
    for sentence in golden["lists"].as_array().unwrap() {
        let ids = sentence[key].as_array().unwrap();
        for (word, ids) in sentence["words"].as_array().unwrap().iter().zip(ids) {
            let word = word.as_str().unwrap();
            assert_eq!(tokenizer.word(word).unwrap(), list::<u32>(ids), "{word:?}");
            assert_eq!(tokenizer.word(word).unwrap(), list::<u32>(ids), "{word:?}, remembered");
            count += 1;
        }
    }
    count
}

fn check_special_tokens(tokenizer: &Tokenizer, golden: &Value) {
    let special = tokenizer.special_tokens();
    let ids = [&special.cls, &special.sep, &special.pad, &special.unk].map(|token| token.id.into());
    let expected = ["cls", "sep", "pad", "unk"].map(|key| golden["special_ids"][key].as_u64());
    assert_eq!(ids.map(Some), expected);
}

#[test]
fn words_have_the_golden_ids() {
    for folder in encoder_folders() {
        let golden = tokenization(&folder);
        let tokenizer = tokenizer(folder.clone());
        check_special_tokens(&tokenizer, &golden);
        assert!(check_words(&tokenizer, &golden, "ids") > 100);
        if golden["lists"][0].get("ids_prefix_space").is_some() {
            check_words(&with_prefix_space(folder.clone(), true), &golden, "ids_prefix_space");
            check_words(&with_prefix_space(folder, false), &golden, "ids");
        }
    }
}

#[test]
fn the_vocabulary_alone_gives_the_same_ids() {
    for name in ["bert", "bert-cased", "mpnet", "electra", "distilbert"] {
        let folder = golden("encoders").join(name);
        let alone = tempfile::tempdir().unwrap();
        for file in ["vocab.txt", "tokenizer_config.json"] {
            fs::copy(folder.join(file), alone.path().join(file)).unwrap();
        }
        let golden = tokenization(&folder);
        let tokenizer = tokenizer(alone.path().to_path_buf());
        check_special_tokens(&tokenizer, &golden);
        check_words(&tokenizer, &golden, "ids");
    }
    let alone = tempfile::tempdir().unwrap();
    fs::copy(golden("encoders/bert/vocab.txt"), alone.path().join("vocab.txt")).unwrap();
    let tokenizer = tokenizer(alone.path().to_path_buf());
    check_words(&tokenizer, &tokenization(&golden("encoders/bert")), "ids");
}

/// A folder with `vocab.txt` of the golden BERT, changed.
fn vocabulary(change: impl Fn(String) -> String) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(golden("encoders/bert/vocab.txt")).unwrap();
    fs::write(folder.path().join("vocab.txt"), change(text)).unwrap();
    folder
}

#[test]
fn a_vocabulary_is_read_with_marks_and_blank_lines_that_editors_leave() {
    let golden = tokenization(&golden("encoders/bert"));
    let rows = tokenizer(vocabulary(|text| text).path().into()).id_count();
    let changes: [fn(String) -> String; 4] = [
        |text| format!("\u{feff}{text}"),
        |text| text.replace('\n', "\r\n"),
        |text| format!("{text}\n\n"),
        |text| format!("{}\r\n\r\n", text.trim_end()),
    ];
    for change in changes {
        let tokenizer = tokenizer(vocabulary(change).path().into());
        check_words(&tokenizer, &golden, "ids");
        assert_eq!(tokenizer.id_count(), rows);
    }
}

#[test]
fn a_blank_line_and_a_repeated_token_keep_the_numbers_of_those_behind() {
    let folder = vocabulary(|text| {
        let (first, rest) = text.split_once("the\n").unwrap();
        format!("{first}the\n\n\n{rest}the\n")
    });
    let before = tokenizer(vocabulary(|text| text).path().into());
    let after = tokenizer(folder.path().into());
    let rows = before.id_count() as u32;
    let the = before.piece("the").unwrap();
    assert_eq!(after.word("the").unwrap(), [rows + 2], "the last one counts");
    for word in ["of", "Film", "1941"] {
        let moved = |id: &u32| if *id > the { id + 2 } else { *id };
        let want: Vec<u32> = before.word(word).unwrap().iter().map(moved).collect();
        assert_eq!(after.word(word).unwrap(), want, "{word}");
    }
    let saved = tempfile::tempdir().unwrap();
    after.save(saved.path()).unwrap();
    assert_eq!(tokenizer(saved.path().into()).word("the").unwrap(), [rows + 2]);
}

#[test]
fn added_tokens_beside_a_vocabulary_are_words_of_their_own() {
    let folder = vocabulary(|text| text);
    let rows = tokenizer(folder.path().into()).id_count() as u32;
    let added = format!("{{\"<e1>\": {rows}, \"<e2>\": {}}}", rows + 3);
    fs::write(folder.path().join("added_tokens.json"), added).unwrap();
    let read = tokenizer(folder.path().into());
    assert_eq!(read.word("<e1>").unwrap(), [rows]);
    assert_eq!(read.word("<e2>").unwrap(), [rows + 3]);
    assert_eq!(read.id_count() as u32, rows + 4);
    check_words(&read, &tokenization(&golden("encoders/bert")), "ids");
    let saved = tempfile::tempdir().unwrap();
    read.save(saved.path()).unwrap();
    assert_eq!(tokenizer(saved.path().into()).word("<e2>").unwrap(), [rows + 3]);

    fs::write(folder.path().join("added_tokens.json"), "{\"<e1>\": 0}").unwrap();
    let error = Tokenizer::load(folder.path(), TokenizerOptions::default()).unwrap_err();
    assert!(error.to_string().contains("added_tokens.json: gives \"<e1>\" the id 0"), "{error}");
}

#[test]
fn pairs_of_bytes_are_read_from_vocabulary_and_merges() {
    let golden_folders = encoder_folders().into_iter();
    let mut read = 0;
    for source in golden_folders.filter(|folder| folder.join("merges.txt").exists()) {
        let alone = tempfile::tempdir().unwrap();
        let files =
            ["vocab.json", "merges.txt", "special_tokens_map.json", "tokenizer_config.json"];
        for file in files {
            fs::copy(source.join(file), alone.path().join(file)).unwrap();
        }
        let golden = tokenization(&source);
        let tokenizer = tokenizer(alone.path().into());
        check_special_tokens(&tokenizer, &golden);
        check_words(&tokenizer, &golden, "ids");
        check_words(&with_prefix_space(alone.path().into(), true), &golden, "ids_prefix_space");
        read += 1;
    }
    assert!(read >= 3, "RoBERTa, Longformer and DeBERTa have them");
}

#[test]
fn merges_that_do_not_fit_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let copy = |file: &str| {
        fs::copy(golden("encoders/roberta").join(file), folder.path().join(file)).unwrap();
    };
    copy("vocab.json");
    let error = || Tokenizer::load(folder.path(), TokenizerOptions::default()).unwrap_err();
    let refused = |text: &str, problem: &str| {
        fs::write(folder.path().join("merges.txt"), text).unwrap();
        assert!(error().to_string().contains(problem), "{}", error());
    };
    assert!(error().to_string().contains("vocab.json alone is not enough"), "{}", error());
    refused("#version: 0.2\na b c\n", "merges.txt: line 2 isn't two pieces");
    refused("#version: 0.2\nqqq zzz\n", "merges.txt: doesn't fit vocab.json");
    fs::write(folder.path().join("vocab.json"), "[]").unwrap();
    refused("", "vocab.json: should be an object of ids by token");
}

#[test]
fn a_cased_vocabulary_without_settings_is_remarked() {
    let folder = tempfile::tempdir().unwrap();
    let cased = golden("encoders/bert-cased");
    fs::copy(cased.join("vocab.txt"), folder.path().join("vocab.txt")).unwrap();
    let read = tokenizer(folder.path().into());
    let remark = read.remark().expect("it has capitals");
    assert!(remark.contains("have capitals and are never used"), "{remark}");
    assert_eq!(read.word("FILM").unwrap(), read.word("film").unwrap(), "as Hugging Face does");
    let config = folder.path().join("tokenizer_config.json");
    fs::write(config, "{\"do_lower_case\": false}").unwrap();
    let read = tokenizer(folder.path().into());
    assert_eq!(read.remark(), None);
    check_words(&read, &tokenization(&cased), "ids");
    assert_eq!(tokenizer(vocabulary(|text| text).path().into()).remark(), None);
}

#[test]
fn a_saved_tokenizer_stands_alone() {
    let vocabulary_alone = tempfile::tempdir().unwrap();
    fs::copy(golden("encoders/bert/vocab.txt"), vocabulary_alone.path().join("vocab.txt")).unwrap();
    let mut cases: Vec<_> = encoder_folders()
        .into_iter()
        .map(|folder| (tokenizer(folder.clone()), tokenization(&folder), "ids"))
        .collect();
    let bert = tokenization(&golden("encoders/bert"));
    cases.push((tokenizer(vocabulary_alone.path().into()), bert, "ids"));
    let roberta = golden("encoders/roberta");
    let golden = tokenization(&roberta);
    cases.push((with_prefix_space(roberta, true), golden, "ids_prefix_space"));
    for (before, golden, key) in cases {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        before.save(one.path()).unwrap();
        // MPNet has BERT's special tokens as rows without use, so RoBERTa's have to be named.
        let both = before.piece("[CLS]").is_some() && before.piece("<s>").is_some();
        let files = fs::read_dir(one.path()).unwrap().count();
        assert_eq!(files, 1 + usize::from(both), "tokenizer.json alone");
        let after = tokenizer(one.path().to_path_buf());
        check_special_tokens(&after, &golden);
        check_words(&after, &golden, key);
        assert_eq!(after.id_count(), before.id_count());
        after.save(other.path()).unwrap();
        let bytes =
            |folder: &tempfile::TempDir| fs::read(folder.path().join("tokenizer.json")).unwrap();
        assert!(bytes(&one) == bytes(&other), "the same bytes");
    }
}

#[test]
fn special_tokens_with_other_names_are_saved_with_the_tokenizer() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let text = fs::read_to_string(golden("encoders/bert/tokenizer.json")).unwrap();
    fs::write(from.path().join("tokenizer.json"), text.replace("[CLS]", "<start>")).unwrap();
    fs::write(from.path().join("special_tokens_map.json"), r#"{"cls_token": "<start>"}"#).unwrap();
    let before = tokenizer(from.path().to_path_buf());
    assert_eq!(before.special_tokens().cls.name, "<start>");
    before.save(to.path()).unwrap();
    assert_eq!(tokenizer(to.path().to_path_buf()).special_tokens(), before.special_tokens());
}

fn load_error(files: &[(&str, &str)], options: TokenizerOptions) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    Tokenizer::load(folder.path(), options).unwrap_err().to_string()
}

#[test]
fn a_bad_tokenizer_folder_is_refused_with_what_it_should_hold() {
    let plain = TokenizerOptions::default();
    let check = |message: String, parts: &[&str]| {
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    };
    let missing = Tokenizer::load("/no/such/folder", plain).unwrap_err().to_string();
    check(missing, &["/no/such/folder", "tokenizer.json"]);
    check(load_error(&[], plain), &["neither tokenizer.json nor vocab.txt", "save_pretrained"]);
    check(load_error(&[("spm.model", "")], plain), &["(spm.model alone is not enough)"]);
    check(load_error(&[("tokenizer.json", "{")], plain), &["tokenizer.json: not a valid"]);
    check(load_error(&[("vocab.txt", "a\nb\n")], plain), &["vocab.txt: no line is \"[UNK]\""]);
    let no_cls = [("vocab.txt", "[PAD]\n[UNK]\n[SEP]\n*\n")];
    check(load_error(&no_cls, plain), &["neither \"[CLS]\" nor \"<s>\"", "cls_token"]);
    let full = ("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n*\n");
    let wrong_name = ("special_tokens_map.json", r#"{"cls_token": "<start>"}"#);
    check(load_error(&[full, wrong_name], plain), &["\"<start>\" as cls_token"]);
    let wrong_type = ("tokenizer_config.json", r#"{"do_lower_case": "yes"}"#);
    check(load_error(&[full, wrong_type], plain), &["do_lower_case must be true or false"]);
    let prefix = TokenizerOptions { add_prefix_space: Some(true) };
    check(load_error(&[full], prefix), &["add_prefix_space: this tokenizer is not byte-level"]);
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

#[test]
fn a_word_has_one_marker_a_side_whatever_starts_or_ends_there() {
    let tokenizer = bert();
    // Nested with the same start, overlapping, nested with the same end, a single word.
    let entities: [&[_]; 4] = [&[(0, 0, 3), (0, 0, 1)], &[(0, 2, 4)], &[(0, 3, 4)], &[(0, 5, 6)]];
    let document = made(&["the name is in the first"], &entities);
    let example = plain(&document, &tokenizer);
    let expected = "[CLS] * the * name * is * * in * the * first * [SEP]";
    assert_eq!(example.ids, ids(&tokenizer, expected));
    let marker = tokenizer.marker()[0];
    for &place in &example.entities.values {
        assert_eq!(example.ids[place], marker);
    }
    assert_eq!(example.entities.list(0), [1, 1]);
    assert_eq!(&example.ids[example.entities.list(3)[0] + 1..][..1], ids(&tokenizer, "first"));
}

#[test]
fn words_without_pieces_leave_their_mentions_their_markers() {
    let tokenizer = tokenizer(golden("encoders/xlm-roberta"));
    assert!(tokenizer.word("\u{a0}").unwrap().is_empty());
    assert!(tokenizer.word("").unwrap().is_empty());
    let document = made(&["the \u{a0} name", "", "is"], &[&[(0, 1, 2)], &[(0, 1, 3)]]);
    let example = plain(&document, &tokenizer);
    let the = tokenizer.word("the").unwrap().len();
    let marker = tokenizer.marker().len();
    assert_eq!(example.entities, Ragged::from_iter([[1 + the], [1 + the]]));
    let is = tokenizer.word("is").unwrap().len();
    let first = the + 3 * marker + tokenizer.word("name").unwrap().len();
    let sentences = [1..1 + first, 1 + first..1 + first, 1 + first..1 + first + is];
    assert_eq!(example.sentences, sentences);
    assert_eq!(example.length(), first + is + 2);
}

#[test]
fn a_document_without_entities_or_words_is_an_example() {
    let tokenizer = bert();
    let examples = [made(&["the name"], &[]), made(&[], &[]), made(&["the name"], &[&[(0, 0, 1)]])]
        .map(|document| plain(&document, &tokenizer));
    assert_eq!(examples[1].ids, ids(&tokenizer, "[CLS] [SEP]"));
    let batch = EncodedBatch::new(&examples.each_ref(), 160).unwrap();
    assert_eq!((batch.documents.len(), batch.mentions.len(), batch.pairs.len()), (3, 1, 0));
    assert!(batch.is_single_window());
    assert_eq!(batch.labels(3), None);
    let empty = EncodedBatch::new(&[], 160).unwrap();
    assert_eq!((empty.segments, empty.documents.len()), (vec![0], 0));
}

#[test]
fn a_cut_keeps_what_the_public_code_keeps_and_names_the_rest() {
    let tokenizer = bert();
    let entities: [&[_]; 4] = [&[(0, 0, 1)], &[(0, 1, 2), (0, 0, 1)], &[(1, 0, 1)], &[(1, 1, 2)]];
    let document = made(&["the in", "of is"], &entities);
    // [CLS] * the * * in * | * of * * is * [SEP]
    let cut = |max_length| {
        let options = ExampleOptions { max_length: Some(max_length), ..Default::default() };
        Example::new(&document, &tokenizer, &options).unwrap()
    };
    let kept = |warnings: &[Warning]| -> Vec<KeptMention> {
        assert!(matches!(warnings[0], Warning::TextCut { length: 14, .. }));
        let mentions = warnings[1..].iter().map(|warning| match warning {
            Warning::MentionCut { kept, .. } => *kept,
            other => panic!("{other}"),
        });
        mentions.collect()
    };
    let (example, warnings) = cut(8);
    assert_eq!(example.ids, ids(&tokenizer, "[CLS] * the * * in * [SEP]"));
    assert_eq!(example.entities, Ragged::from_iter([vec![1], vec![4, 1], vec![7], vec![]]));
    assert_eq!(example.sentences, [1..7, 7..7]);
    assert_eq!(kept(&warnings), [KeptMention::Sep, KeptMention::Nothing]);
    assert_eq!(
        warnings[2].to_string(),
        "document \"made\": mention \"1:1-2\" in sentence 1 is cut off and left out"
    );
    let (example, warnings) = cut(9);
    assert_eq!(example.entities, Ragged::from_iter([vec![1], vec![4, 1], vec![7], vec![]]));
    assert_eq!(kept(&warnings), [KeptMention::Start, KeptMention::Nothing]);
    assert_eq!(cut(14).1, []);
    let options = ExampleOptions { max_length: Some(2), ..Default::default() };
    let message = Example::new(&document, &tokenizer, &options).unwrap_err().to_string();
    assert_eq!(message, "max_length: must be above 2, for CLS, SEP and some text, but is 2");
}

fn fact(head: usize, relation: &str, tail: usize) -> Fact {
    Fact { head, relation: relation.into(), tail, evidence: vec![], score: None }
}

#[test]
fn labels_are_sorted_and_each_is_there_once() {
    let tokenizer = bert();
    let relations = RelationSet::new(["P1", "P2"]).unwrap();
    let options = ExampleOptions { relations: Some(&relations), ..Default::default() };
    let mut document = made(&["the name is"], &[&[(0, 0, 1)], &[(0, 1, 2)], &[(0, 2, 3)]]);
    let facts = [(2, "P1", 0), (0, "P2", 1), (0, "P1", 1), (2, "P1", 0), (1, "P1", 1)];
    document.facts = Some(facts.map(|(head, relation, tail)| fact(head, relation, tail)).to_vec());
    let (example, warnings) = Example::new(&document, &tokenizer, &options).unwrap();
    let labels = example.labels.clone().unwrap();
    let labels: Vec<_> = labels.iter().map(|l| (l.head, l.tail, l.column)).collect();
    assert_eq!(labels, [(0, 1, 1), (0, 1, 2), (2, 0, 1)]);
    assert_eq!(warnings, [Warning::FactWithItself { document: "made".into(), fact: 4 }]);
    let matrix = EncodedBatch::new(&[&example], 160).unwrap().labels(3).unwrap();
    let none = [1.0, 0.0, 0.0];
    assert_eq!(matrix, [[0.0, 1.0, 1.0], none, none, none, [0.0, 1.0, 0.0], none].concat());
    // Without relations labels are not asked for, so the facts aren't looked at.
    let (example, _) = Example::new(&document, &tokenizer, &ExampleOptions::default()).unwrap();
    assert_eq!(example.labels, None);
}

#[test]
fn a_wrong_document_is_an_error() {
    let tokenizer = bert();
    let relations = RelationSet::new(["P1"]).unwrap();
    let options = ExampleOptions { relations: Some(&relations), ..Default::default() };
    let error =
        |document: &Document| Example::new(document, &tokenizer, &options).unwrap_err().to_string();
    let with_fact = |fact: Fact| {
        let mut document = made(&["the name"], &[&[(0, 0, 1)], &[(0, 1, 2)]]);
        document.facts = Some(vec![fact]);
        document
    };
    let message = error(&with_fact(fact(0, "P9", 1)));
    assert!(message.starts_with("document \"made\": fact 0: relation \"P9\" is not among the 1"));
    let message = error(&with_fact(fact(0, "P1", 7)));
    assert!(message.contains("entity 7 does not exist (the document has 2 entities)"), "{message}");
    for mention in [(0, 1, 3), (0, 1, 1), (1, 0, 1), (0, usize::MAX, 1)] {
        let message = error(&made(&["the name"], &[&[mention]]));
        assert!(message.contains(", but "), "{message}");
    }
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

// Many documents.

#[test]
fn many_documents_are_prepared_in_order() {
    let tokenizer = bert();
    let options = ExampleOptions { max_length: Some(20), ..Default::default() };
    let documents: Vec<Document> = (0..600)
        .map(|place| Document {
            title: place.to_string(),
            ..made(&[&vec!["the"; place % 50 + 1].join(" ")], &[&[(0, place % 50, place % 50 + 1)]])
        })
        .collect();
    let prepared = prepare(&documents, &tokenizer, &options).unwrap();
    let one_by_one: Vec<_> =
        documents.iter().map(|d| Example::new(d, &tokenizer, &options).unwrap()).collect();
    let (examples, warnings): (Vec<_>, Vec<_>) = one_by_one.into_iter().unzip();
    assert_eq!(prepared.examples, examples);
    assert_eq!(prepared.warnings, warnings.concat());
    assert!(!prepared.warnings.is_empty());

    let stream = prepare_stream(documents.iter().cloned().map(Ok), &tokenizer, options);
    let streamed: Vec<_> = stream.map(Result::unwrap).collect();
    assert!(streamed.iter().map(|item| &item.example).eq(&examples));
    assert!(streamed.iter().map(|item| &item.document).eq(&documents));
}

#[test]
fn a_bad_document_does_not_hide_the_rest() {
    let tokenizer = bert();
    let good = made(&["the name"], &[&[(0, 0, 1)]]);
    let bad = made(&["the name"], &[&[(5, 0, 1)]]);
    let unreadable = docre::Error::file("x.jsonl", "line 3 is broken");
    let items = [Ok(good.clone()), Ok(bad.clone()), Err(unreadable), Ok(good.clone())];
    let stream = prepare_stream(items, &tokenizer, ExampleOptions::default());
    let good_ones: Vec<bool> = stream.map(|item| item.is_ok()).collect();
    assert_eq!(good_ones, [true, false, false, true]);
    let error = prepare(&[good, bad], &tokenizer, &ExampleOptions::default()).unwrap_err();
    assert!(error.to_string().contains("0..1 of sentence 5, but the document has 1 sentences"));
}

// Files of labelled documents.

/// Words, mentions as (first word, words), and facts as (head, tail, relation), of which
/// only possible ones are kept.
type Parts = (Vec<String>, Vec<(usize, usize)>, Vec<(usize, usize, usize)>);

fn parts() -> impl Strategy<Value = Parts> {
    (
        prop::collection::vec("[a-z*\u{e9}]{0,6}", 1..20),
        prop::collection::vec((0_usize..20, 1_usize..4), 0..6),
        prop::collection::vec((0_usize..6, 0_usize..6, 0_usize..12), 0..8),
    )
}

/// A line of a file of documents.
fn line(title: usize, (words, mentions, facts): &Parts) -> String {
    let count = words.len();
    let mention = |&(start, length): &(usize, usize)| {
        let start = start % count;
        let kind = format!("T{}", length % 3);
        json!([{"sent_id": 0, "pos": [start, (start + length).min(count)], "type": kind}])
    };
    let possible = |&&(h, t, _): &&(usize, usize, usize)| h != t && h.max(t) < mentions.len();
    let facts = facts.iter().filter(possible);
    json!({
        "title": title.to_string(),
        "sents": [words],
        "vertexSet": mentions.iter().map(mention).collect::<Vec<_>>(),
        "labels": facts.map(|(h, t, r)| json!({"h": h, "t": t, "r": format!("P{r}")}))
            .collect::<Vec<_>>(),
    })
    .to_string()
}

fn of_text(text: &str) -> Documents<&[u8]> {
    Documents::new(text.as_bytes(), "train.jsonl").unwrap()
}

/// Numbers entity types in the order in which they come.
fn number_types(examples: &mut [Example], documents: &[Document]) {
    let mut kinds: Vec<&str> = Vec::new();
    for (example, document) in examples.iter_mut().zip(documents) {
        for entity in &document.entities {
            let known = kinds.iter().position(|kind| *kind == entity.kind());
            example.types.push(known.unwrap_or(kinds.len()) as u32);
            if known.is_none() {
                kinds.push(entity.kind());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn one_pass_over_a_file_gives_what_the_plain_way_gives(
        parts in prop::collection::vec(parts(), 1..12),
        times in 1_usize..60,
        relations_are_given in any::<bool>(),
        max_length in prop::option::of(3_usize..20),
        limit in prop::option::of(1_usize..400),
    ) {
        let lines = (0..times).flat_map(|_| &parts).enumerate();
        let text: String = lines.map(|(title, parts)| line(title, parts) + "\n").collect();
        let tokenizer = bert();
        let given = RelationSet::new((0..12).rev().map(|r| format!("P{r}"))).unwrap();

        let documents: Vec<Document> = of_text(&text).map(Result::unwrap).collect();
        let first = &documents[..documents.len().min(limit.unwrap_or(usize::MAX))];
        let inferred = corpus::relations::infer(first);
        let pairs: usize = first.iter().map(Document::pair_count).sum();

        let mut seen = Vec::new();
        let relations = relations_are_given.then_some(&given);
        let example = ExampleOptions { relations, max_length, ..Default::default() };
        let options = LabelledOptions { example, limit, ..Default::default() };
        let read = read_labelled(of_text(&text), &tokenizer, &options, |entities, facts| {
            seen.push((entities.to_vec(), facts.to_vec()));
            Ok::<_, docre::Error>(())
        });
        let expected = documents.iter().map(|d| (d.entities.clone(), d.facts.clone().unwrap()));
        prop_assert!(seen.into_iter().eq(expected));
        let relations = if relations_are_given { Ok(given) } else { inferred };
        prop_assert_eq!(read.is_ok(), pairs > 0 && relations.is_ok());
        if let (Ok(read), Ok(relations)) = (read, relations) {
            let options = ExampleOptions { relations: Some(&relations), max_length, ..Default::default() };
            let mut plain = prepare(first, &bert(), &options).unwrap();
            number_types(&mut plain.examples, first);
            prop_assert_eq!(read.relations, relations);
            prop_assert_eq!(read.examples, plain.examples);
            prop_assert_eq!(read.warnings, plain.warnings);
        }
    }
}

#[test]
fn a_file_to_learn_from_is_checked_to_its_end() {
    let good = line(0, &(vec!["a".into()], vec![(0, 1), (0, 1)], vec![(0, 1, 1)]));
    let unlabelled = good.replace("labels", "notes");
    let without_facts = line(0, &(vec!["a".into()], vec![(0, 1), (0, 1)], vec![]));
    let without_pairs = line(0, &(vec!["a".into()], vec![(0, 1)], vec![]));
    let relations = RelationSet::new(["P2"]).unwrap();
    let example = ExampleOptions { relations: Some(&relations), ..Default::default() };
    let known = LabelledOptions { example, ..Default::default() };
    let some = LabelledOptions { limit: Some(2), ..Default::default() };
    for (documents, options, message) in [
        ([&good, &good, &unlabelled], some, "document 2 \"0\" has no labels, so nothing"),
        ([&good, &good, &"{}".into()], some, "document 2 (line 3), missing field `title`"),
        ([&without_facts, &good, &good], known, "document 1 \"0\", the fact from entity 0"),
        ([&without_facts; 3], some, "holds no labelled fact to learn from"),
        ([&without_pairs; 3], some, "holds no document with two entities to learn from"),
    ] {
        let text = documents.map(String::as_str).join("\n");
        let read = read_labelled(of_text(&text), &bert(), &options, |_, _| Ok(()));
        let error: docre::Error = read.unwrap_err();
        assert!(error.to_string().starts_with("train.jsonl: "), "{error}");
        assert!(error.to_string().contains(message), "{error}\nshould contain\n{message}");
    }
}
