//! Broken files of each format of documents: one message that says where and what.

use std::fs;
use std::path::Path;

use docre::corpus;
use serde_json::{Value, json};

/// What is done to a good document, and what the message has to say.
type Change<'a> = (fn(&mut Value), &'a [&'a str]);

/// The one error that reading a path gives.
#[track_caller]
fn refusal(path: &Path) -> String {
    match corpus::read_all(path) {
        Ok(documents) => panic!("read {documents:?}"),
        Err(error) => error.to_string(),
    }
}

#[track_caller]
fn expect(error: &str, parts: &[&str]) {
    for part in parts {
        assert!(error.contains(part), "{error}\nshould contain\n{part}");
    }
}

/// Changes a good document in one place and reads the file that has it behind a good one.
#[track_caller]
fn check(good: &Value, changes: &[Change]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.json");
    for (change, parts) in changes {
        let mut bad = good.clone();
        change(&mut bad);
        assert_ne!(bad, *good, "the change for {parts:?} changes nothing");
        fs::write(&path, json!([good, bad]).to_string()).unwrap();
        let error = refusal(&path);
        expect(&error, &["data.json: document 1"]);
        expect(&error, parts);
    }
    fs::write(&path, json!([good]).to_string()).unwrap();
    assert_eq!(corpus::read_all(&path).unwrap().len(), 1);
}

fn remove(value: &mut Value, key: &str) {
    value.as_object_mut().unwrap().remove(key);
}

/// Files that are cut or no JSON, for any format.
#[track_caller]
fn check_frames(good: &Value) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.json");
    let good = good.to_string();
    for (text, part) in [
        (format!("[{}", &good[..good.len() / 2]), "ends in the middle of document 0"),
        (format!("[{good}"), "the file ends before its list does"),
        (format!("[{good} {good}]"), "after document 0 there should be `,` or `]`"),
        (format!("[{good}, 5]"), "document 1 should be an object"),
        (format!("[{good}, {{}}]"), "document 1, missing field"),
    ] {
        fs::write(&path, text).unwrap();
        expect(&refusal(&path), &["data.json: ", part]);
    }
}

fn hacred() -> Value {
    json!({"id": 12, "sents_char": [["李", "白", "诗"], ["他"]],
        "vertex_char": [[{"name": "李白", "sent_id": 0, "pos": [0, 2], "type": "PER"}],
            [{"name": "诗", "sent_id": 0, "pos": [2, 3], "type": "X"}]],
        "labels_char": [{"r": "写", "h": 0, "t": 1}]})
}

#[test]
fn broken_hacred_is_refused() {
    check_frames(&hacred());
    check(
        &hacred(),
        &[
            (|d| remove(d, "id"), &["missing field `id`"]),
            (|d| d["id"] = json!([]), &["id: should be a text, or a whole number"]),
            (|d| remove(d, "sents_char"), &["\"12\", missing field `sents_char`"]),
            (|d| d["sents_char"] = json!("李白"), &["sents_char: should be"]),
            (|d| d["sents_char"] = json!([]), &["\"12\", sents: there is no sentence"]),
            (|d| d["vertex_char"][1] = json!([]), &["\"12\", entity 1: has no mention"]),
            (
                |d| d["vertex_char"][0][0]["name"] = "杜甫".into(),
                &[
                    "\"12\", entity 0, mention 0: is \"杜甫\" by its name",
                    "has \"李白\" from token 0 to 2",
                ],
            ),
            (
                |d| d["vertex_char"][0][0]["pos"] = json!([0, 3]),
                &["is \"李白\" by its name, but sentence 0 has \"李白诗\""],
            ),
            (|d| d["vertex_char"][0][0]["pos"] = json!([0, 9]), &["ends before token 9"]),
            (|d| d["vertex_char"][0][0]["pos"] = json!([0]), &["has 1 number"]),
            (|d| d["vertex_char"][0][0]["sent_id"] = 7.into(), &["sentence 7 does not exist"]),
            (|d| d["labels_char"][0]["h"] = 5.into(), &["label 0: head entity 5 does not exist"]),
            (|d| d["labels_char"][0]["r"] = "".into(), &["the relation is empty"]),
        ],
    );
}

fn task() -> Value {
    let span = |id: &str, start: usize, end: usize, text: &str| {
        json!({"id": id, "type": "labels",
            "value": {"start": start, "end": end, "text": text, "labels": ["PER"]}})
    };
    json!({"id": 7, "data": {"text": "Ann met Bo."}, "annotations": [{"result": [
        span("a", 0, 3, "Ann"), span("b", 8, 10, "Bo"),
        {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right", "labels": ["met"]},
    ]}], "predictions": []})
}

#[test]
fn broken_label_studio_is_refused() {
    fn result(task: &mut Value, item: usize) -> &mut Value {
        &mut task["annotations"][0]["result"][item]
    }
    check_frames(&task());
    check(
        &task(),
        &[
            (|t| remove(t, "data"), &["missing field `data`"]),
            (|t| t["data"] = json!({"image": 5}), &["\"task 7\", data: should have a text"]),
            (|t| t["data"] = json!({"a": "x", "b": "y"}), &["data: should have a text"]),
            (|t| t["data"]["text"] = " ".into(), &["mention a: goes from character 0 to 3"]),
            (|t| remove(&mut t["annotations"][0], "result"), &["missing field `result`"]),
            (|t| remove(result(t, 0), "type"), &["missing field `type`"]),
            (|t| remove(result(t, 0), "id"), &["result 0: a span should have an id and a value"]),
            (|t| result(t, 1)["id"] = "a".into(), &["result 1: the id \"a\" is given twice"]),
            (
                |t| result(t, 0)["value"]["start"] = "/div[1]".into(),
                &["result 0: value.start: should be a whole number"],
            ),
            (
                |t| result(t, 0)["value"]["end"] = 99.into(),
                &["mention a: goes from character 0 to 99", "11 characters"],
            ),
            (
                |t| result(t, 0)["value"]["end"] = 0.into(),
                &["mention a: starts at character 0", "empty"],
            ),
            (
                |t| result(t, 0)["value"]["end"] = 5.into(),
                &[
                    "\"task 7\", mention a: is \"Ann\" by its annotation, but the text has \"Ann m\"",
                ],
            ),
            (
                |t| result(t, 2)["to_id"] = "z".into(),
                &["names the region \"z\", which isn't there"],
            ),
            (|t| result(t, 2)["labels"] = json!([" "]), &["the relation is empty"]),
        ],
    );
}

fn spacy() -> Value {
    json!({"text": "Ann ran. Bo sat.",
        "tokens": [{"id": 0, "start": 0, "end": 3}, {"id": 1, "start": 4, "end": 7},
            {"id": 2, "start": 7, "end": 8}, {"id": 3, "start": 9, "end": 11},
            {"id": 4, "start": 12, "end": 15}, {"id": 5, "start": 15, "end": 16}],
        "sents": [{"start": 0, "end": 8}, {"start": 9, "end": 16}],
        "ents": [{"start": 0, "end": 3, "label": "PER"}, {"start": 9, "end": 11, "label": "PER"}],
        "spans": {"coref_clusters_1": [{"start": 0, "end": 3, "label": "PER"}]},
        "_": {"title": "T", "relations": [{"head": 0, "label": "met", "tail": 1}]}})
}

#[test]
fn broken_spacy_is_refused() {
    check_frames(&spacy());
    check(
        &spacy(),
        &[
            (|d| remove(d, "text"), &["missing field `text`"]),
            (|d| remove(d, "tokens"), &["missing field `tokens`"]),
            (|d| d["tokens"][1]["start"] = json!(-1), &["tokens[1].start", "0 or more"]),
            (
                |d| d["tokens"][1]["start"] = 2.into(),
                &["\"T\", tokens[1]: goes from character 2 to 7"],
            ),
            (|d| d["tokens"][5]["end"] = 40.into(), &["tokens[5]", "the text's 16 characters"]),
            (|d| d["sents"][1]["end"] = 40.into(), &["sents[1]: goes from character 9 to 40"]),
            (|d| remove(&mut d["sents"][1], "end"), &["sents[1]: missing field `end`"]),
            (
                |d| {
                    d["sents"].as_array_mut().unwrap().pop();
                },
                &["\"T\", sents: token 3 and those behind it are in no sentence"],
            ),
            (
                |d| d["ents"][1]["end"] = 9.into(),
                &["mention 1 of ents: starts at character 9", "empty"],
            ),
            (
                |d| d["ents"][1]["end"] = 90.into(),
                &["mention 1 of ents: goes from character 9 to 90"],
            ),
            (
                |d| d["ents"][1] = json!({"start": 8, "end": 9}),
                &["mention 1 of ents: holds no token"],
            ),
            (|d| d["spans"]["coref_clusters_1"] = json!([1]), &["spans.coref_clusters_1: "]),
            (|d| d["spans"]["coref_clusters_1"] = json!([]), &["entity 0: has no mention"]),
            (|d| d["_"]["relations"][0]["tail"] = 5.into(), &["tail entity 5 does not exist"]),
            (|d| d["_"]["title"] = "".into(), &["title: is empty"]),
        ],
    );
}

fn dialogue() -> Value {
    json!([["Speaker 1: Hi Bo."], [{"x": "Speaker 1", "x_type": "PER", "y": "Bo", "y_type": "PER",
        "r": ["per:friends"], "rid": [9], "t": [""]}]])
}

#[test]
fn broken_dialogues_are_refused() {
    let named = "\"dialogue 1\", ";
    check(
        &dialogue(),
        &[
            (|d| d[0] = json!([]), &["\"dialogue 1\" has no turns"]),
            (|d| d[0] = json!([5]), &["[0][0]: should be a text, but is the number 5"]),
            (|d| d[0] = json!("Speaker 1: Hi."), &["should be an object", "or a dialogue"]),
            (|d| d[1] = json!({}), &["[1]: should be"]),
            (|d| d[1] = json!([5]), &["[1][0]"]),
            (|d| d.as_array_mut().unwrap().truncate(1), &["but has length 1"]),
            (|d| remove(&mut d[1][0], "x"), &["[1][0]: missing field `x`"]),
            (|d| remove(&mut d[1][0], "t"), &["[1][0]: missing field `t`"]),
            (|d| d[1][0]["y"] = "  ".into(), &["argument pair 0: y: the argument is empty"]),
            (|d| d[1][0]["r"] = json!([]), &["0 relations, 1 id and 1 trigger"]),
            (|d| d[1][0]["rid"] = json!([1, 2]), &["1 relation, 2 ids and 1 trigger"]),
            (
                |d| {
                    d[1][0]["r"] = json!(["per:friends", "unanswerable"]);
                    d[1][0]["rid"] = json!([9, 37]);
                    d[1][0]["t"] = json!(["", ""]);
                },
                &["\"unanswerable\" stands beside a relation"],
            ),
            (|d| d[1][0]["rid"] = json!([8]), &["\"per:friends\" has the id 9, but here 8"]),
            (|d| d[1][0]["rid"] = json!([-1]), &["[1][0].rid[0]", "0 or more"]),
            (|d| d[1][0]["r"] = json!([" "]), &["r: the relation is empty"]),
        ],
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.json");
    let text = json!([dialogue(), dialogue()]).to_string();
    fs::write(&path, &text[..text.len() - 9]).unwrap();
    expect(&refusal(&path), &["ends in the middle of document 1"]);
    fs::write(&path, text.replace("Hi", "\\x")).unwrap();
    expect(&refusal(&path), &[&named.replace('1', "0"), "is not JSON"]);
    let error = corpus::dialogue::read(&path).unwrap_err().to_string();
    expect(&error, &["data.json: dialogue 0, ", "is not JSON"]);
}

fn dwie() -> Value {
    json!({"id": "DW_1", "tags": ["all", "train"], "content": "Ott is in Berlin.",
        "mentions": [{"begin": 0, "end": 3, "text": "Ott", "concept": 1},
            {"begin": 10, "end": 16, "text": "Berlin", "concept": 2}],
        "concepts": [{"concept": 1, "tags": ["type::person"]}, {"concept": 2, "tags": null}],
        "relations": [{"s": 1, "p": "based_in0", "o": 2}]})
}

#[test]
fn broken_dwie_is_refused() {
    let changes: &[Change] = &[
        (|d| remove(d, "id"), &["missing field `id`"]),
        (|d| remove(d, "mentions"), &["\"DW_1\", missing field `mentions`"]),
        (|d| remove(d, "concepts"), &["missing field `concepts`"]),
        (
            |d| remove(d, "content"),
            &["has no content", "no DW_1.txt beside it; DWIE's download script"],
        ),
        (|d| d["content"] = "".into(), &["mention 0: goes from character 0 to 3"]),
        (
            |d| d["mentions"][0]["text"] = "Otto".into(),
            &[
                "\"DW_1\", mention 0: is \"Otto\" by its annotation, but the text has \"Ott\" from character 0 to 3",
            ],
        ),
        (|d| d["mentions"][0]["end"] = 0.into(), &["mention 0: starts at character 0", "empty"]),
        (|d| d["mentions"][1]["end"] = 160.into(), &["mention 1: goes from character 10 to 160"]),
        (|d| d["mentions"][0]["concept"] = 9.into(), &["mention 0: there is no concept 9"]),
        (|d| d["mentions"][0]["concept"] = "1".into(), &["mentions[0].concept: should be"]),
        (|d| d["concepts"][1]["concept"] = 1.into(), &["there is no concept 2"]),
        (
            |d| d["concepts"] = json!([{"concept": 1}, {"concept": 2}, {"concept": 1}]),
            &["concepts: 1 is given twice"],
        ),
        (|d| d["relations"][0]["o"] = 9.into(), &["relation 0: there is no concept 9"]),
        (|d| d["relations"][0]["p"] = "".into(), &["the relation is empty"]),
        (|d| d["id"] = "".into(), &["title: is empty"]),
    ];
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.json"), dwie().to_string()).unwrap();
    for (change, parts) in changes {
        let mut bad = dwie();
        change(&mut bad);
        fs::write(folder.path().join("b.json"), bad.to_string()).unwrap();
        let error = refusal(folder.path());
        expect(&error, &["b.json: document 1"]);
        expect(&error, parts);
    }
    fs::write(folder.path().join("b.json"), &dwie().to_string()[..80]).unwrap();
    expect(&refusal(folder.path()), &["b.json: document 1", "is not complete"]);
    fs::write(folder.path().join("b.json"), "[]").unwrap();
    expect(&refusal(folder.path()), &["b.json: document 1, should be an object"]);
}

const BRAT_TEXT: &str = "Ann met Bo.";
const BRAT: &str = "T1\tPER 0 3\tAnn\nT2\tPER 8 10\tBo\nR1\tmet Arg1:T1 Arg2:T2\n";

#[test]
fn broken_brat_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| fs::write(folder.path().join(name), text).unwrap();
    write("a.txt", BRAT_TEXT.as_bytes());
    write("a.ann", BRAT.as_bytes());
    write("b.txt", BRAT_TEXT.as_bytes());
    let document = "b.ann: document 1 \"b\", ";
    for (from, to, part) in [
        (
            "0 3\tAnn",
            "0 3\tBob",
            "mention T1: is \"Bob\" by its annotation, but the text has \"Ann\" from character 0 to 3",
        ),
        ("0 3", "0 30", "mention T1: goes from character 0 to 30, but the text has 11 characters"),
        (
            "PER 0 3\tAnn",
            "PER 0 1;2 3\tA nn",
            "mention T1: is \"A nn\" by its annotation, but the text has \"A n\" at its parts",
        ),
        ("PER 0 3", "PER 0 1;2 30", "mention T1: has a part that is empty or reaches behind"),
        ("0 3", "3 3", "mention T1: starts at character 3 and ends before 3, so it is empty"),
        ("PER 0 3\tAnn", "PER 3 4\t ", "mention T1: holds no token"),
        ("0 3", "0-3", "line 1: T1 should be \"TYPE START END\", a tab and the text"),
        ("\tAnn", "", "line 1: T1 should be"),
        ("PER 0 3", "PER", "line 1: T1 should be"),
        ("T2", "T1", "line 2: T1 is given twice"),
        ("T1\tPER", "T1 PER", "line 1: should be an id, a tab and an annotation"),
        ("T1\t", "Q1\t", "line 1: \"Q1\" is no kind of annotation"),
        ("Arg2:T2", "Arg2:T9", "line 3: there is no mention T9"),
        (" Arg2:T2", "", "line 3: a relation should be \"TYPE Arg1:T1 Arg2:T2\""),
        ("R1\tmet Arg1:T1 Arg2:T2", "*\tEquiv T1 T7", "line 3: there is no mention T7"),
        ("met Arg1", "Na Arg1", "\"Na\" stands for no relation"),
    ] {
        assert!(BRAT.contains(from), "{from}");
        write("b.ann", BRAT.replacen(from, to, 1).as_bytes());
        expect(&refusal(folder.path()), &[document, part]);
    }
    write("b.ann", b"T1\tPER 0 3\t\xff");
    expect(&refusal(folder.path()), &[document, "the annotation file is not UTF-8"]);
    write("b.ann", b"");
    write("b.txt", b"\xff");
    expect(&refusal(folder.path()), &[document, "the text is not UTF-8 (at its byte 0)"]);
    write("b.txt", b" \n");
    expect(&refusal(folder.path()), &[document, "the text is empty"]);
    fs::remove_file(folder.path().join("b.txt")).unwrap();
    expect(&refusal(folder.path()), &[document, "b.txt: cannot read"]);
}
