//! Files as people and their tools write them: what is read of them, left out and said.

mod brat;
mod docred;
mod label_studio;
#[path = "../support/mod.rs"]
mod support;

use serde_json::{Value, json};
use support::Place;

fn document(title: &str) -> Value {
    json!({"title": title, "sents": [["Ida", "Lind", "runs", "the", "Brook", "Mill", "."],
        ["The", "Brook", "Mill", "is", "in", "Salla", "."]],
        "vertexSet": [[{"name": "Ida Lind", "sent_id": 0, "pos": [0, 2], "type": "PER"}],
            [{"name": "Brook Mill", "sent_id": 0, "pos": [4, 6], "type": "ORG"},
             {"name": "Brook Mill", "sent_id": 1, "pos": [1, 3], "type": "ORG"}],
            [{"name": "Salla", "sent_id": 1, "pos": [5, 6], "type": "LOC"}]],
        "labels": [{"h": 0, "t": 1, "r": "P1", "evidence": [0]},
            {"h": 1, "t": 2, "r": "P2", "evidence": [1]}]})
}

/// The documents that come of a conversion, and what it says.
fn converted(place: &Place, input: &str, more: &[&str]) -> (Vec<Value>, String) {
    let all = [&["convert", input, "converted.json"], more].concat();
    let said = place.run(&all).succeeds().stdout;
    let documents: Value = serde_json::from_str(&place.read("converted.json")).unwrap();
    (documents.as_array().unwrap().clone(), said)
}

fn names(document: &Value) -> Vec<&str> {
    let entities = document["vertexSet"].as_array().unwrap().iter();
    entities.map(|entity| entity[0]["name"].as_str().unwrap()).collect()
}

fn task(text: &str, spans: &[(&str, &str, usize, usize, Option<&str>)]) -> Value {
    let span = |(id, name, start, end, said): &(&str, &str, usize, usize, Option<&str>)| {
        let mut value = json!({"start": start, "end": end, "labels": ["X"]});
        if let Some(said) = said {
            value["text"] = (*said).into();
        }
        json!({"id": id, "type": "labels", "to_name": name, "value": value})
    };
    let result: Vec<_> = spans.iter().map(span).collect();
    json!({"id": 1, "data": {"text": text}, "annotations": [{"result": result}]})
}

#[test]
fn white_space_that_differs_is_no_matter() {
    let place = Place::new();
    let spans = [("a", "text", 0, 9, Some("IdaLind"))];
    place.write("in.json", &json!([task("Ida\n\nLind saw Salla.", &spans)]));
    let (documents, _) = converted(&place, "in.json", &[]);
    assert_eq!(names(&documents[0]), ["Ida\n\nLind"]);
}

fn places(places: &[[usize; 2]]) -> Value {
    places.iter().map(|[start, end]| json!({"start": start, "end": end})).collect()
}

fn spacy() -> Value {
    let tokens = places(&[
        [0, 3],
        [4, 7],
        [7, 8],
        [9, 13],
        [14, 16],
        [16, 17],
        [18, 21],
        [21, 22],
        [23, 26],
        [26, 27],
        [28, 30],
        [31, 34],
        [34, 35],
    ]);
    json!({"text": "Ida ran. Lind Co. Ltd. sat. Bo won.", "tokens": tokens,
        "sents": places(&[[0, 8], [9, 17], [18, 27], [28, 35]]),
        "ents": [{"start": 0, "end": 3, "label": "PER"}, {"start": 9, "end": 22, "label": "ORG"},
            {"start": 28, "end": 30, "label": "PER"}],
        "cats": {"NEWS": 1.0},
        "spans": {"coref_clusters_1": [{"start": 0, "end": 3, "label": ""}],
            "coref_head_clusters_1": [{"start": 0, "end": 3, "label": ""}]},
        "_": {"title": "T", "rel": {"(0, 3)": {"met": 0.9}}, "relations": [
            {"head": 0, "label": "met", "tail": 2, "evidence": [0, 3]},
            {"head": 1, "label": "met", "tail": 2, "evidence": [1, 2]}]}})
}

#[test]
fn spacy_evidence_goes_with_its_sentence() {
    let place = Place::new();
    place.write("in.json", &json!([spacy()]));
    let (documents, said) = converted(&place, "in.json", &[]);
    assert_eq!(names(&documents[0]), ["Ida", "Lind Co. Ltd.", "Bo"]);
    assert_eq!(documents[0]["sents"].as_array().unwrap().len(), 3);
    assert_eq!(documents[0]["labels"][0]["evidence"], json!([0, 2]));
    assert_eq!(documents[0]["labels"][1]["evidence"], json!([1]));
    assert!(said.contains("1  borders of sentences inside of mentions"), "{said}");
    for kept in ["_.rel 1", "cats 1", "spans.coref_head_clusters_1 1"] {
        assert!(said.contains(kept), "{said}");
    }
}

#[test]
fn places_in_the_document_are_read_where_names_show_them() {
    let place = Place::new();
    let mut shifted = document("a");
    shifted["vertexSet"][1][1]["pos"] = json!([8, 10]);
    shifted["vertexSet"][2][0]["pos"] = json!([12, 13]);
    place.write("in.json", &json!([shifted]));
    let (documents, said) = converted(&place, "in.json", &[]);
    assert_eq!(documents[0]["vertexSet"], document("a")["vertexSet"]);
    assert!(said.contains("2  places counted in the document"), "{said}");

    let mut other = document("a");
    other["vertexSet"][2][0]["name"] = "Lapland".into();
    place.write("in.json", &json!([other]));
    let said = place.run(&["stats", "in.json"]).succeeds().stdout;
    assert!(said.contains("1  names that the tokens at their places don't spell"), "{said}");
    other["vertexSet"][0][0]["pos"] = json!([1, 3]);
    other["vertexSet"][1][0]["pos"] = json!([3, 5]);
    other["vertexSet"][1][1]["pos"] = json!([0, 2]);
    place.write("in.json", &json!([other]));
    place
        .run(&["stats", "in.json"])
        .refuses(&["3 of its 4 mentions have names that stand elsewhere"]);
}

#[test]
fn near_forms_of_docred_are_read() {
    let place = Place::new();
    let plain = document("a");
    place.write_text("in.json", &format!("{plain:#}\n"));
    assert_eq!(converted(&place, "in.json", &[]).0, std::slice::from_ref(&plain));
    let mut objects = plain.clone();
    for entity in objects["vertexSet"].as_array_mut().unwrap() {
        *entity = json!({"type": "X", "mentions": entity.clone()});
    }
    objects["labels"] = json!({"head": [0, 1], "tail": [1, 2], "relation_id": ["P1", "P2"],
        "evidence": [[0], [1]]});
    place.write("in.json", &json!([objects]));
    assert_eq!(converted(&place, "in.json", &[]).0, [plain]);
}

#[test]
fn a_fact_given_twice_has_all_its_evidence_and_one_of_itself_is_left_out() {
    let place = Place::new();
    let mut twice = document("a");
    let labels = twice["labels"].as_array_mut().unwrap();
    labels.push(json!({"h": 0, "t": 1, "r": "P1", "evidence": [1]}));
    labels.push(json!({"h": 1, "t": 1, "r": "P1", "evidence": [1]}));
    place.write("in.json", &json!([twice, document("a")]));
    let (documents, said) = converted(&place, "in.json", &[]);
    assert_eq!(documents[0]["labels"][0]["evidence"], json!([0, 1]));
    assert_eq!(documents[0]["labels"].as_array().unwrap().len(), 2);
    assert!(said.contains("1  facts that relate an entity to itself"), "{said}");
    let said = place.run(&["stats", "in.json"]).succeeds().stdout;
    assert!(said.contains("titles again"), "{said}");
}

#[test]
fn all_that_is_wrong_is_said_or_left_out() {
    let place = Place::new();
    let mut documents: Vec<_> = (0..30).map(|number| document(&format!("d{number}"))).collect();
    for bad in &mut documents[4..29] {
        bad["vertexSet"][2][0]["pos"] = json!([5, 5]);
    }
    place.write("in.json", &json!(documents));
    place.run(&["stats", "in.json"]).refuses_in_lines(&[
        "in.json: 25 things are wrong",
        "\"d4\", entity 2, mention 0: ",
        "\"d23\"",
        "\n  and 5 problems more",
    ]);
    let (documents, said) = converted(&place, "in.json", &["--lenient"]);
    assert_eq!(documents.len(), 30);
    assert_eq!(names(&documents[4]), ["Ida Lind", "Brook Mill"]);
    assert_eq!(documents[4]["labels"].as_array().unwrap().len(), 1);
    assert!(said.contains("25  wrong items") && said.contains("and 5 more"), "{said}");
    let said = place.run(&["stats", "in.json", "--lenient"]).succeeds().stdout;
    assert!(said.contains("25  wrong items"), "{said}");
}

#[test]
fn other_tools_are_named() {
    let place = Place::new();
    for (text, tool) in [
        (r#"{"id": 1, "text": "Ida ran.", "label": [[0, 3, "PER"]]}"#, "doccano"),
        (r#"{"id": 1, "text": "Ida ran.", "entities": [], "relations": []}"#, "doccano"),
        (r#"{"tokens": ["Ida"], "entities": [], "relations": []}"#, "SpERT"),
        (r#"{"doc_key": "x", "sentences": [["Ida"]], "ner": [[]]}"#, "DyGIE"),
        (r#"{"token": ["Ida"], "h": {}, "t": {}, "relation": "x"}"#, "OpenNRE"),
        (
            r#"{"text": "Ida", "tokens": [{"start": 0, "end": 3}], "spans": [], "answer": "accept"}"#,
            "Prodigy",
        ),
        (r#"{"id": 1, "text": "Ida", "label": [{"start": 0}], "annotation_id": 2}"#, "JSON-MIN"),
    ] {
        place.write_text("in.jsonl", &format!("{text}\n"));
        place.run(&["stats", "in.jsonl"]).refuses(&[tool, "in.jsonl"]);
    }
    place.write_text(
        "in.jsonl",
        &format!("{}\n{{\"data\": {{}}, \"annotations\": []}}\n", document("a")),
    );
    place.run(&["stats", "in.jsonl"]).refuses(&["document 1 (line 2)", "task of Label Studio"]);
}

#[test]
fn labels_of_texts_come_in_many_forms() {
    let place = Place::new();
    for (name, text) in [
        ("list.csv", "text,labels\nGood,\"['joy', 'hope']\"\n"),
        ("flags.csv", "text,joy,hope\nGood,True,1.0\nBad,False,0.0\n"),
        ("caps.csv", "Text,Labels\nGood,\"joy,hope\"\n"),
        (
            "one.jsonl",
            "{\"text\": \"Good\", \"label\": \"joy\"}\n{\"text\": \"Bad\", \"label\": [\"hope\"]}\n",
        ),
    ] {
        place.write_text(name, text);
        let counts = place.run(&["stats", name, "--json"]).succeeds().json();
        let labels: Vec<_> =
            counts["labels"].as_array().unwrap().iter().map(|l| l["id"].clone()).collect();
        assert!(
            labels.contains(&json!("joy")) && labels.contains(&json!("hope")),
            "{name} {labels:?}"
        );
        assert_eq!(labels.len(), 2, "{name}");
    }
    place.write_text("semicolon.csv", "text,labels\nGood,joy;hope\n");
    place.run(&["stats", "semicolon.csv"]).refuses(&["\"joy;hope\" has `;` in it"]);
    place.write_text("labels.txt", "joy\nhope\n");
    place.write_text("a.tsv", "Good\rday\t0\ta\r\nBad\t1\tb\n");
    assert_eq!(place.run(&["stats", "a.tsv", "--json"]).succeeds().json()["texts"], 2);
}

#[test]
fn relations_start_behind_the_none_class() {
    let place = Place::with_recipe();
    place.write("rel2id.json", &json!({"P1": 0, "P2": 1}));
    place.replace("recipe.toml", "[data]", "[data]\nrelations = \"rel2id.json\"");
    place
        .run(&["train", "recipe.toml", "--run", "run"])
        .refuses(&["rel2id.json", "\"P1\" has column 0, which is that of the none class"]);
}

#[test]
fn texts_without_entities_are_told() {
    let place = Place::with_model();
    let task =
        json!({"id": 1, "data": {"text": "Ann met Bo."}, "annotations": [], "predictions": []});
    place.write("tasks.json", &json!([task]));
    let arguments = ["extract", "--model", "run/model", "tasks.json"];
    let done = place.run(&arguments).succeeds();
    assert!(
        done.stderr.contains("none of them with entities, between which facts are found"),
        "{done:?}"
    );
    let stats = place.run(&["stats", "tasks.json"]).succeeds().stdout;
    assert!(stats.contains("  without entities  1  so no relation can hold in these"), "{stats}");
    place.write_text("notes.txt", "Mira Holt met Ostrom Works.\n");
    let part = "finds no entities, and plain text has none marked";
    place.run(&["extract", "--model", "run/model", "notes.txt"]).refuses(&[part]);
    let stats = place.run(&["stats", "notes.txt"]).succeeds().stdout;
    assert!(stats.contains("without entities"), "{stats}");
    place.write_text("notes/a.txt", "Mira Holt met Ostrom Works.\n");
    place.run(&["extract", "--model", "run/model", "notes"]).refuses(&[part]);
}

#[test]
fn a_lenient_reading_refuses_a_file_that_is_cut_off() {
    let place = Place::new();
    let text = json!([document("A"), document("B")]).to_string();
    for end in [text.len() - 1, text.len() - 9, text.len() / 2 + 5, 20] {
        place.write_text("cut.json", &text[..end]);
        for command in [&["stats", "cut.json"][..], &["convert", "cut.json", "out.json"]] {
            let done = place.run(&[command, &["--lenient"]].concat()).refuses(&["the file ends"]);
            assert!(done.stdout.is_empty(), "{done:?}");
        }
        assert!(!place.files().contains(&"out.json".to_owned()));
    }
}
