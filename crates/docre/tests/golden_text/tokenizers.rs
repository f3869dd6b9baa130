//! Tokenizers and their files.

use super::*;

fn tokenization(folder: &std::path::Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("tokenization.json")).unwrap()).unwrap()
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
