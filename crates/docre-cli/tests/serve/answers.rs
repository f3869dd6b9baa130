//! Answers are those of `docre extract`.

use serde_json::{Value, json};

use crate::{
    server::Server,
    support::{Place, repository},
};

/// Texts of different lengths.
pub fn texts() -> Vec<String> {
    let lighthouse = std::fs::read_to_string(repository("corpus/texts/lighthouse.txt")).unwrap();
    let sentences: Vec<&str> = lighthouse.split_inclusive(". ").collect();
    let mut texts = vec![
        "Ingrid Solberg was born in Bergen. She died in Oslo in 1931.".to_owned(),
        "Astrid 🎣 moved to Bodø, in Norway.".to_owned(),
        String::new(),
        "no names here".to_owned(),
    ];
    texts.extend((1..=3).map(|count| sentences[..count].concat()));
    texts
}

/// What the program prints of these texts.
pub fn extracted(texts: &[String], options: &[&str]) -> String {
    let place = Place::new();
    let lines: Vec<String> = (0..)
        .zip(texts)
        .map(|(number, text)| json!({"title": format!("text {number}"), "text": text}).to_string())
        .collect();
    place.write_text("texts.jsonl", &lines.join("\n"));
    let done = place.run(&[&["extract", "texts.jsonl"], options].concat());
    assert_eq!(done.code, Some(0), "{done:?}");
    done.stdout
}

pub fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn texts_have_the_answers_that_extract_prints() {
    let (server, texts) = (Server::start(&[]), texts());
    let printed = extracted(&texts, &["--json"]);
    let together = server.post("/v1/extract", &json!({ "texts": texts })).json();
    let together = together["results"].as_array().unwrap();
    assert!(
        lines(&printed).iter().any(|document| !document["facts"].as_array().unwrap().is_empty())
    );
    for (number, printed) in lines(&printed).into_iter().enumerate() {
        let mut expected = printed;
        expected["text"] = json!(texts[number]);
        assert_eq!(together[number], expected);
        let body = json!({ "text": texts[number], "title": format!("text {number}") });
        let alone = server.post("/v1/extract", &body);
        assert_eq!(alone.json(), expected);
        // Keys stand in one order, too.
        assert_eq!(alone.body, expected.to_string());
    }
}

#[test]
fn other_forms_come_by_accept() {
    let (server, texts) = (Server::start(&[]), texts());
    let body = json!({ "texts": texts }).to_string();
    let accepted = |form: &str| {
        let headers = [("Content-Type", "application/json"), ("Accept", form)];
        server.ask("POST", "/v1/extract", &headers, &body)
    };
    let csv = accepted("text/csv");
    assert_eq!(csv.body, extracted(&texts, &["--to", "csv"]));
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    for (form, name) in [("text/turtle", "turtle"), ("application/graphml+xml", "graphml")] {
        let reply = accepted(form);
        assert_eq!(reply.body, extracted(&texts, &["--to", name]), "{form}");
        assert!(reply.header("content-type").unwrap().starts_with(form));
    }
    let streamed = accepted("application/x-ndjson");
    let together = accepted("application/json").json();
    assert_eq!(json!(lines(&streamed.body)), together["results"]);
    assert_eq!(accepted("image/png").kind(), "not_acceptable");
}

#[test]
fn options_keep_what_is_asked_for() {
    let server = Server::start(&[]);
    let text = &texts()[6];
    let facts = |options: Value| {
        let reply = server.post("/v1/extract", &json!({ "text": text, "options": options }));
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()["facts"].as_array().unwrap().clone()
    };
    let all = facts(json!({}));
    let sure = facts(json!({"min_score": 0.6}));
    let expected = all.iter().filter(|fact| fact["score"].as_f64() >= Some(0.6)).cloned();
    assert_eq!(sure, expected.collect::<Vec<_>>());
    let one = &all[0]["relation"];
    for asked in [&one["id"], &one["name"]] {
        let found = facts(json!({ "relations": [asked] }));
        assert!(!found.is_empty() && found.iter().all(|fact| fact["relation"] == *one));
    }
    let any = extracted(std::slice::from_ref(text), &["--json", "--types", "any"]);
    assert_eq!(json!(facts(json!({"types": "any"}))), lines(&any)[0]["facts"]);
    assert!(facts(json!({"evidence": false})).iter().all(|fact| fact["evidence"] == json!([])));
    let unknown = json!({ "text": text, "options": {"relations": ["P0"]} });
    assert_eq!(server.post("/v1/extract", &unknown).kind(), "bad_setting");
}

#[test]
fn documents_of_each_format_are_read() {
    let (server, place) = (Server::start(&[]), Place::new());
    let marked = "# Note\n\n[Ingrid Solberg|PER|1] was born in [Bergen|LOC|2].\n";
    place.write_text("note.marked", marked);
    let printed = place.run(&["extract", "note.marked", "--json"]);
    let entities = &lines(&printed.stdout)[0]["entities"];
    for format in ["docred.json", "spacy.json", "bioc.xml", "label-studio.json"] {
        let name = format.split('.').next().unwrap();
        place.run(&["convert", "note.marked", format, "--to", name]).succeeds();
        let read = place.run(&["extract", format, "--json"]);
        let reply = server.ask("POST", "/v1/documents", &[], &place.read(format));
        let mut found = reply.json()["results"][0].clone();
        found.as_object_mut().unwrap().remove("text");
        assert_eq!(found, lines(&read.stdout)[0], "{format}: {reply:?}");
    }
    let brat = json!({
        "text": "Ingrid Solberg was born in Bergen.",
        "ann": "T1\tPER 0 14\tIngrid Solberg\nT2\tLOC 27 33\tBergen\n",
    });
    let reply = server.post("/v1/documents?min_score=0.1", &brat).json();
    assert_eq!(reply["results"][0]["entities"], *entities);
    let wrong = json!({"text": "Ingrid", "ann": "T1\tPER 0 14\tIngrid Solberg\n"});
    let reply = server.post("/v1/documents", &json!([brat, wrong])).json();
    assert_eq!(reply["results"][1]["error"]["kind"], "bad_document", "{reply}");
    assert_eq!(reply["results"][0]["entities"], *entities);
}
