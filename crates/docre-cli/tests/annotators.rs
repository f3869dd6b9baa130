//! Files of annotation tools as people have them: each kind is read, left out by name, or refused.

mod support;

use serde_json::{Value, json};
use support::{Place, recipe};

const TEXT: &str = "Ida Lind runs Brook Mill in Salla.";

/// What an annotator of Label Studio leaves of [`TEXT`]: three mentions and two relations.
fn result() -> Value {
    let span = |id: &str, start: usize, end: usize, kind: &str| {
        json!({"id": id, "type": "labels", "from_name": "label", "to_name": "text",
            "value": {"start": start, "end": end, "text": &TEXT[start..end], "labels": [kind]}})
    };
    let link = |from: &str, to: &str, relation: &str| {
        json!({"type": "relation", "from_id": from, "to_id": to, "direction": "right",
            "labels": [relation]})
    };
    json!([
        span("a", 0, 8, "PER"),
        span("b", 14, 24, "ORG"),
        span("c", 28, 33, "LOC"),
        link("a", "b", "runs"),
        link("b", "c", "in")
    ])
}

fn task(id: usize, data: Value) -> Value {
    json!({"id": id, "data": data, "annotations": [{"id": 10 + id, "result": result()}]})
}

/// Documents, entities, mentions and facts of a file.
fn counts(place: &Place, file: &str, more: &[&str]) -> [Value; 4] {
    let stats = place.run(&[&["stats", file, "--json"], more].concat()).succeeds().json();
    ["documents", "entities", "mentions", "facts"].map(|what| stats[what].clone())
}

#[test]
fn old_exports_have_completions_in_place_of_annotations() {
    let place = Place::new();
    let mut old = task(1, json!({"text": TEXT}));
    let annotations = old.as_object_mut().unwrap().remove("annotations").unwrap();
    old["completions"] = annotations;
    place.write("in.json", &json!([old]));
    assert_eq!(counts(&place, "in.json", &[]), [1, 3, 3, 2]);
    old["predictions"] = json!([]);
    place.write("in.json", &json!([old]));
    assert_eq!(counts(&place, "in.json", &[]), [1, 3, 3, 2]);
}

#[test]
fn dialogues_of_label_studio_are_refused_by_their_kind() {
    let place = Place::new();
    let turns = json!([{"author": "A", "text": "I am Ida."}, {"author": "B", "text": "Hello."}]);
    let span = json!({"id": "a", "type": "paragraphlabels", "from_name": "l", "to_name": "d",
        "value": {"start": "0", "end": "0", "startOffset": 5, "endOffset": 8, "text": "Ida",
            "paragraphlabels": ["PER"]}});
    let task = json!([{"id": 1, "data": {"dialogue": turns}, "annotations": [{"result": [span]}]}]);
    place.write("in.json", &task);
    place.run(&["stats", "in.json"]).refuses(&["in.json", "paragraph"]);
    let done = place.run(&["convert", "in.json", "out.json"]);
    assert!(done.code == Some(2) && !place.at("out.json").exists(), "{done:#?}");
}

#[test]
fn a_text_lies_under_whichever_key_its_spans_speak_of() {
    let place = Place::new();
    let data = json!({"Full_Text": TEXT, "source": "wire", "doc_id": "d-1"});
    place.write("in.json", &json!([task(1, data)]));
    assert_eq!(counts(&place, "in.json", &[]), [1, 3, 3, 2]);
    assert_eq!(counts(&place, "in.json", &["--text-key", "Full_Text"]), [1, 3, 3, 2]);
    place.run(&["convert", "in.json", "out.json"]).succeeds();
    assert!(place.read("out.json").contains("\"Brook\""));
    place.run(&["stats", "in.json", "--text-key", "Body"]).refuses(&["Body"]);
}

#[test]
fn a_title_that_is_given_twice_is_said_and_refused_where_it_matters() {
    let place = Place::with_model();
    let data = || json!({"text": TEXT, "title": "Report"});
    place.write("in.json", &json!([task(1, data()), task(2, data())]));
    let stats = place.run(&["stats", "in.json"]).succeeds().stdout;
    assert!(stats.contains("titles again"), "{stats}");
    let title = ["\"Report\"", "document 0 has it too"];
    let evaluate = ["evaluate", "--model", "run/model", "--truth", "in.json"];
    place.run(&evaluate).refuses(&title);
    let predict = ["predict", "--model", "run/model", "--data", "in.json", "--output", "out.json"];
    place.run(&predict).refuses(&title);
}

#[test]
fn kinds_of_relations_that_are_left_out_are_named_and_may_join() {
    let place = Place::new();
    place.write_text("zh/a.txt", "李明在北京。他喜欢北京。");
    let annotations = "T1\tPerson 0 2\t李明\nT2\tPerson 6 7\t他\nT3\tPlace 3 5\t北京\n\
                       T4\tPlace 9 11\t北京\n*\tCoreference T1 T2\n*\tCoreference T3 T4\n\
                       R1\tLocated Arg1:T1 Arg2:T3\nR2\tALTERNATIVE_NAME Arg1:T3 Arg2:T4\n";
    place.write_text("zh/a.ann", annotations);
    let stats = place.run(&["stats", "zh"]).succeeds().stdout;
    assert!(stats.contains("annotations of other kinds: Coreference 2"), "{stats}");
    assert_eq!(counts(&place, "zh", &[]), [1, 4, 4, 2]);
    assert_eq!(counts(&place, "zh", &["--join", "Coreference"]), [1, 2, 4, 1]);
    assert_eq!(counts(&place, "zh", &["--join", "ALTERNATIVE_NAME"]), [1, 3, 4, 1]);
}

#[test]
fn tasks_that_nobody_labelled_are_no_training_documents() {
    let place = Place::with_recipe();
    let data = || json!({"text": TEXT});
    let mut skipped = task(2, data());
    skipped["annotations"][0]["was_cancelled"] = json!(true);
    let bare = json!({"id": 3, "data": data(), "annotations": []});
    place.write("train.json", &json!([task(1, data()), skipped, bare]));
    let text = recipe().replace("dev = \"dev.json\"\n", "");
    place.write_text("recipe.toml", &text);
    let done = place.run(&["train", "recipe.toml", "--run", "run"]);
    assert_eq!(done.code, Some(2), "{done:#?}");
    for part in ["train.json: document 1 \"task 2\"", "has no labels"] {
        assert!(done.stderr.contains(part), "no {part} in {done:#?}");
    }
    assert!(!place.at("run").exists());
}

#[test]
fn other_tools_files_are_told_what_to_export() {
    let place = Place::new();
    for (text, advice) in [
        (r#"{"text": "Ida ran.", "entities": [], "relations": []}"#, "docre convert FOLDER"),
        (r#"{"tokens": ["Ida"], "entities": [], "relations": []}"#, "vertexSet"),
        (r#"{"token": ["Ida"], "h": {}, "t": {}, "relation": "x"}"#, "join the lines"),
        (r#"{"text": "Ida", "tokens": [], "spans": []}"#, "docre convert docs.jsonl"),
        (r#"{"id": 0, "paragraphs": []}"#, "docre convert docs.jsonl"),
        (r#"{"text": "Ida", "label": [], "annotation_id": 2}"#, "docre convert export.json"),
    ] {
        place.write_text("in.jsonl", &format!("{text}\n"));
        place.run(&["stats", "in.jsonl"]).refuses(&["looks like", advice]);
    }
}

/// A document whose last mention is a token of white space.
fn with_blank(title: &str) -> Value {
    let mention = |sent: usize, from: usize, to: usize| json!([{"sent_id": sent, "pos": [from, to], "type": "X"}]);
    json!({"title": title, "sents": [["Ida", "met", "Bo", "\u{3000}", "."]],
        "vertexSet": [mention(0, 0, 1), mention(0, 2, 3), mention(0, 3, 4)],
        "labels": [{"h": 0, "t": 1, "r": "met"}, {"h": 0, "t": 2, "r": "met"}]})
}

#[test]
fn mentions_that_a_format_cant_hold_are_all_named_or_left_out() {
    let place = Place::new();
    place.write("in.json", &json!([with_blank("a"), with_blank("b"), with_blank("a")]));
    let convert = ["convert", "in.json", "out", "--to", "dwie"];
    place.run(&convert).refuses_in_lines(&["3 things are wrong", "\"a\"", "\"b\"", "no token"]);
    assert!(!place.at("out").exists());
    let done = place.run(&[&convert[..], &["--lenient"]].concat()).succeeds();
    assert!(done.stdout.contains("3  mentions of white space alone: a 2, b 1"), "{done:#?}");
    assert!(done.stdout.contains("3 documents from docred to dwie"), "{done:#?}");
    let files = place.files().into_iter().filter(|name| name.starts_with("out/"));
    assert_eq!(files.collect::<Vec<_>>(), ["out/a-2.json", "out/a.json", "out/b.json"]);
    assert_eq!(counts(&place, "out", &[]), [3, 6, 6, 3]);
}

/// A text whose first passage has letters of two units and of several bytes.
fn bioc(length: impl Fn(&str) -> usize) -> Value {
    let (title, body) = ("𝒢ene γ-ray 😀 of Ida.", "Ü: Bo met 𝒢 in Salla.");
    let gap = length(title) + 1;
    let place = |text: &str, name: &str| length(&text[..text.find(name).unwrap()]);
    let mention = |id: usize, text: &str, name: &str, offset: usize| {
        json!({"id": id.to_string(), "infons": {"type": "X"}, "text": name,
            "locations": [{"offset": offset + place(text, name), "length": length(name)}]})
    };
    let passages = json!([
        {"offset": 0, "infons": {}, "text": title, "annotations": [mention(1, title, "Ida", 0)]},
        {"offset": gap, "infons": {}, "text": body, "annotations":
            [mention(2, body, "Bo", gap), mention(3, body, "𝒢", gap), mention(4, body, "Salla", gap)]},
    ]);
    json!({"source": "", "date": "", "key": "", "documents": [{"id": "1", "passages": passages}]})
}

#[test]
fn bioc_counts_characters_or_what_its_mentions_show() {
    let place = Place::new();
    let read = |file: &str, collection: Value| {
        place.write(file, &collection);
        let done = place.run(&["convert", file, "out.json"]).succeeds();
        let documents: Value = serde_json::from_str(&place.read("out.json")).unwrap();
        let text = documents[0]["sents"].clone();
        let entities = documents[0]["vertexSet"].as_array().unwrap().iter();
        let names: Vec<String> =
            entities.map(|entity| entity[0]["name"].as_str().unwrap().to_owned()).collect();
        (names, text, done.stdout)
    };
    let (names, text, said) = read("characters.json", bioc(|text| text.chars().count()));
    assert_eq!(names, ["Ida", "Bo", "𝒢", "Salla"]);
    assert!(!said.contains("count characters"), "{said}");
    let (in_units, of_units, said) = read("units.json", bioc(|text| text.encode_utf16().count()));
    assert_eq!((in_units, of_units), (names.clone(), text.clone()));
    assert!(said.contains("4  places that don't count characters"), "{said}");
    assert!(said.contains("units of UTF-16 4"), "{said}");
    let (in_bytes, of_bytes, said) = read("bytes.json", bioc(str::len));
    assert_eq!((in_bytes, of_bytes), (names, text));
    assert!(said.contains("bytes 4"), "{said}");
    // One mention that fits in no way is the mention's fault.
    let mut wrong = bioc(str::len);
    wrong["documents"][0]["passages"][1]["annotations"][0]["text"] = json!("Otto");
    place.write("wrong.json", &wrong);
    assert_eq!(place.run(&["stats", "wrong.json"]).code, Some(2));
}

#[cfg(unix)]
#[test]
fn pipes_beside_annotations_are_refused() {
    let place = Place::new();
    let pipe = |name: &str| {
        let made = std::process::Command::new("mkfifo").arg(place.at(name)).status().unwrap();
        assert!(made.success());
    };
    place.write_text("brat/a.txt", TEXT);
    place.write_text("brat/a.ann", "T1\tPER 0 8\tIda Lind\n");
    pipe("brat/tools.conf");
    place.write_text(
        "dwie/a.json",
        &json!({"id": "a", "tags": [], "mentions": [], "concepts": [], "relations": []})
            .to_string(),
    );
    pipe("dwie/a.txt");
    for (folder, name) in [("brat", "tools.conf"), ("dwie", "a.txt")] {
        let mut child = place
            .command(&["stats", folder])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let start = std::time::Instant::now();
        while child.try_wait().unwrap().is_none() {
            if start.elapsed().as_secs() > 20 {
                child.kill().unwrap();
                panic!("docre stats {folder} hangs");
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && said.contains("is a pipe"), "{said}");
        assert!(said.contains(name), "{said}");
    }
}
