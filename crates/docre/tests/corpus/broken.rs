//! What is wrong with a file.

use super::*;

/// What is put for what in the good document, and what the message has to say.
const BROKEN_DOCUMENTS: &[(&str, &str, &str)] = &[
    (r#""title": "Kite Corps", "#, "", "data.json: document 0, missing field `title`"),
    (r#""title": "Kite Corps""#, r#""title": 3"#, "title: should be a text, but is the number 3"),
    (r#""title": "Kite Corps""#, r#""title": null"#, "title: should be a text, but is null"),
    (r#""title": "Kite Corps""#, r#""title": " ""#, "title: is empty"),
    (r#""title": "Kite Corps""#, r#""title": "a", "title": "b""#, "has the key `title` twice"),
    (r#""title": "Kite Corps""#, r#""title": "\ud800""#, "title: is not JSON: "),
    (r#""sents""#, r#""sentences""#, r#"document 0 "Kite Corps", missing field `sents`"#),
    (
        r#"["Kite", "Corps", "sailed"]"#,
        r#""Kite Corps sailed""#,
        "sents[0]: should be a list, but is the text \"Kite Corps sailed\"",
    ),
    (r#""Corps", "sailed""#, r#""Corps", 7"#, "sents[0][2]: should be a text, but is the number 7"),
    (
        r#"[["Kite", "Corps", "sailed"], ["To", "Ondara", "in", "1941"]]"#,
        "[]",
        "sents: there is no sentence",
    ),
    (
        r#"["To", "Ondara", "in", "1941"]"#,
        "[]",
        "entity 1, mention 0: ends before token 2, but sentence 1 has 0 tokens",
    ),
    (r#""vertexSet""#, r#""entities""#, "missing field `vertexSet`"),
    (
        r#"[{"name": "1941", "pos": [3, 4], "sent_id": 1, "type": "TIME"}]"#,
        "[]",
        "entity 2: has no mention",
    ),
    (
        r#"[{"name": "1941", "pos": [3, 4], "sent_id": 1, "type": "TIME"}]"#,
        "7",
        "vertexSet[2]: should be a list, but is the number 7",
    ),
    (r#""pos": [1, 2], "#, "", "vertexSet[1][0]: missing field `pos`"),
    (
        r#""pos": [1, 2]"#,
        r#""pos": "1-2""#,
        "vertexSet[1][0].pos: should be a list, but is the text \"1-2\"",
    ),
    (
        r#""pos": [1, 2]"#,
        r#""pos": [1]"#,
        "entity 1, mention 0: pos: should be start and end, but has 1 number",
    ),
    (r#""pos": [1, 2]"#, r#""pos": [1, 2, 3]"#, "pos: should be start and end, but has 3 numbers"),
    (
        r#""pos": [1, 2]"#,
        r#""pos": [-1, 2]"#,
        "vertexSet[1][0].pos[0]: should be a whole number, 0 or more, but is the number -1",
    ),
    (
        r#""pos": [1, 2]"#,
        r#""pos": [1.5, 2]"#,
        "pos[0]: should be a whole number, 0 or more, but is the number 1.5",
    ),
    (
        r#""pos": [1, 2]"#,
        r#""pos": [2, 2]"#,
        "entity 1, mention 0: starts at token 2 and ends before token 2, so it is empty",
    ),
    (r#""pos": [1, 2]"#, r#""pos": [3, 1]"#, "starts at token 3 and ends before token 1"),
    (
        r#""pos": [1, 2]"#,
        r#""pos": [3, 5]"#,
        "entity 1, mention 0: ends before token 5, but sentence 1 has 4 tokens",
    ),
    (
        r#""sent_id": 0"#,
        r#""sent_id": 2"#,
        "entity 0, mention 0: sentence 2 does not exist (the document has 2 sentences)",
    ),
    (r#""sent_id": 0, "#, "", "vertexSet[0][0]: missing field `sent_id`"),
    (r#""type": "ORG""#, r#""type": ["ORG"]"#, "vertexSet[0][0].type: should be"),
    (
        r#""name": "Ondara""#,
        r#""name": 5"#,
        "vertexSet[1][0].name: should be a text, but is the number 5",
    ),
    (r#""labels": ["#, r#""labels": 5, "x": ["#, "labels: should be a list, but is the number 5"),
    (
        r#""h": 0, "t": 1"#,
        r#""h": 3, "t": 1"#,
        r#"data.json: document 0 "Kite Corps", label 0: head entity 3 does not exist (the document has 3 entities)"#,
    ),
    (
        r#""t": 2, "r""#,
        r#""t": 14, "r""#,
        "label 1: tail entity 14 does not exist (the document has 3 entities)",
    ),
    (
        r#""h": 0, "t": 1"#,
        r#""h": "0", "t": 1"#,
        "labels[0].h: should be a whole number, 0 or more, but is the text \"0\"",
    ),
    (r#""h": 0, "t": 1"#, r#""t": 1"#, "labels[0]: missing field `h`"),
    (r#""r": "P571""#, r#""r": """#, "label 1: r: the relation is empty"),
    (r#""r": "P571""#, r#""r": 571"#, "labels[1].r: should be a text, but is the number 571"),
    (
        "[0, 1]}",
        "[0, 2]}",
        "label 0: evidence: sentence 2 does not exist (the document has 2 sentences)",
    ),
    (
        "[0, 1]}",
        "[-1]}",
        "labels[0].evidence[0]: should be a whole number, 0 or more, but is the number -1",
    ),
    ("[0, 1]}", "0}", "labels[0].evidence: should be a list, but is the number 0"),
    (r#""in", "1941""#, r#""in" "1941""#, "document 0, sents[1]: is not JSON: "),
    (r#""h": 0, "t": 1"#, r#""h": NaN, "t": 1"#, "labels[0].h: is not JSON: "),
];

#[test]
fn a_broken_document_is_named_with_the_place_and_the_next_is_read() {
    for (good, broken, message) in BROKEN_DOCUMENTS {
        assert!(GOOD.contains(good), "{good}");
        let bad = GOOD.replacen(good, broken, 1);
        let found = documents(&format!("[{bad}, {}]", titled("next")));
        assert_eq!(found.len(), 2, "{broken}: {found:?}");
        let error = found[0].as_ref().unwrap_err();
        assert!(error.starts_with("data.json: document 0"), "{error}");
        assert!(error.contains(message), "{error}\nshould contain\n{message}");
        assert!(!error.contains(" column "), "{error}");
        assert_eq!(found[1].as_ref().unwrap().title, "next", "{broken}");
    }
}

/// Whole files, `@` standing for the good document, and what the message has to say.
const BROKEN_FILES: &[(&str, &str)] = &[
    ("", "data.json: the file is empty"),
    (" \n\t", "the file is empty"),
    (
        "title,sents",
        "data.json: should be a JSON list of documents (`[`) or one document a line (`{`), but starts with `t`",
    ),
    ("null", "but starts with `n`"),
    ("\"text\"", "but starts with `\"`"),
    ("12", "but starts with `1`"),
    ("\u{7}", "but starts with the byte 0x07"),
    ("[", "the file ends before its list does (after 0 complete documents)"),
    ("[@", "the file ends before its list does (after 1 complete document)"),
    ("[@, ", "the file ends before its list does (after 1 complete document)"),
    ("[@, {\"title\": \"x\", \"sents\": [[\"a", "the file ends in the middle of document 1"),
    ("[{", "the file ends in the middle of document 0"),
    ("@\n@\n{\"title\": \"x", "the file ends in the middle of document 2"),
    ("[@ @]", "after document 0 there should be `,` or `]`, but there is `{`"),
    ("[@,]", "a comma, but no document, before the final `]`"),
    ("[@,,@]", "document 1 should be an object and start with `{`, but starts with `,`"),
    ("[,@]", "document 0 should be an object and start with `{`, but starts with `,`"),
    ("[[@]]", "document 0, should be an object and start with `{`, or a dialogue"),
    ("[@, [@]]", "document 1, should be an object and start with `{`"),
    ("[@, null]", "document 1 should be an object and start with `{`, but starts with `n`"),
    ("[@] @", "`{` stands after the end of the list of documents"),
    ("[@]]", "`]` stands after the end of the list of documents"),
    ("@\n{\"title\": \"x\",\n", "document 1 (line 2), is not complete"),
    ("@\nnonsense\n@", "document 1 (line 2), is not JSON"),
    ("@\n\n@ @\n", "document 1 (line 3), is followed by something on the same line"),
    ("{\"P17\": \"country\"}", "document 0 (line 1), missing field `title`"),
];

#[test]
fn a_broken_file_gives_one_clear_message() {
    for (text, message) in BROKEN_FILES {
        let error = refusal(&text.replace('@', GOOD));
        assert!(error.starts_with("data.json: "), "{error}");
        assert!(error.contains(message), "{error}\nshould contain\n{message}");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let bytes = |before: &[u8], text: &str| [before, text.as_bytes()].concat();
    assert!(refusal(&bytes(b"\xFF\xFE", "[\0]\0")).contains("is UTF-16; save it as UTF-8"));
    assert!(refusal(&bytes(b"\x1F\x8B\x08", "")).contains("looks compressed"));
    let mut latin1 = format!("[{}]", titled("Müller")).into_bytes();
    let place = latin1.iter().position(|byte| *byte == 0xC3).unwrap();
    latin1.remove(place);
    assert!(refusal(&latin1).contains("document 0, is not UTF-8 text (at its byte 12)"));
}

#[test]
fn after_a_broken_frame_nothing_more_comes() {
    let mut reader = Documents::new("[{} {}, {}]".as_bytes(), "x").unwrap();
    assert!(reader.next().unwrap().is_err()); // a bad document
    assert!(reader.next().unwrap().unwrap_err().to_string().contains("`,` or `]`"));
    assert!(reader.next().is_none());
    assert!(reader.next().is_none());
}

#[test]
fn what_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none.json");
    let error = corpus::read(&missing).map(|_| ()).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}: cannot read: ", missing.display())), "{error}");
    let error = corpus::read(folder.path()).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("is a folder without .ann files"), "{error}");
    let error = predictions::read(&missing).unwrap_err().to_string();
    assert!(error.contains("cannot read: "), "{error}");
}

#[test]
fn reading_all_fails_on_the_first_bad_document() {
    let folder = tempfile::tempdir().unwrap();
    let bad = GOOD.replace("\"h\": 0", "\"h\": 9");
    let path = file(&folder, "x.json", format!("[{GOOD}, {bad}, 5]"));
    let error = corpus::read_all(&path).unwrap_err().to_string();
    assert!(error.contains("document 1 \"Kite Corps\", label 0: head entity 9"), "{error}");
}

#[test]
fn broken_result_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let entry = r#"{"title": "a", "h_idx": 0, "t_idx": 1, "r": "P1", "evidence": [0]}"#;
    for (good, bad, message) in [
        (
            "\"h_idx\": 0",
            "\"h_idx\": -1",
            "prediction 1: h_idx: should be a whole number, 0 or more, but is the number -1",
        ),
        ("\"t_idx\": 1", "\"t_idx\": 1.0", "prediction 1: t_idx: should be"),
        ("\"t_idx\": 1, ", "", "prediction 1: missing field `t_idx`"),
        (
            "\"title\": \"a\"",
            "\"title\": 1",
            "prediction 1: title: should be a text, but is the number 1",
        ),
        ("\"r\": \"P1\"", "\"r\": \"\"", "prediction 1: r: the relation is empty"),
        (
            "[0]",
            "[-2]",
            "prediction 1: evidence[0]: should be a whole number, 0 or more, but is the number -2",
        ),
        ("[0]", "\"0\"", "prediction 1: evidence: should be a list, but is the text \"0\""),
        ("[0]}", "[0]", "prediction 1: is not JSON: "),
    ] {
        let path = file(&folder, "result.json", format!("[{entry}, {}]", entry.replace(good, bad)));
        let error = predictions::read(&path).unwrap_err().to_string();
        assert!(error.starts_with(&path.display().to_string()), "{error}");
        assert!(error.contains(message), "{error}\nshould contain\n{message}");
    }
    let error = predictions::read(file(&folder, "r.json", "")).unwrap_err().to_string();
    assert!(error.contains("the file is empty"), "{error}");
    assert!(predictions::read(file(&folder, "r.jsonl", "")).unwrap().is_empty());
    assert!(predictions::read(file(&folder, "r.json", "[]")).unwrap().is_empty());
}
