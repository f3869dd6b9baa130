//! Files for spaCy.

use super::*;

#[test]
fn spacy_offsets_count_characters() {
    let folder = Place::new();
    let token = |start: usize, end: usize| json!({"start": start, "end": end});
    let (to, beyond) = (json!({"start": 4, "end": 6}), json!({"start": 6, "end": 8}));
    let document = |ents: &[&Value]| json!({"text": "😀😀 to", "tokens": [token(0, 2), token(3, 5)], "ents": ents});
    let good = folder.write("a.json", json!([document(&[&token(3, 5)])]).to_string());
    assert_eq!(names(&single(&good).0), [["to"]]);
    // As UTF-16 units both would lie in the text, but no text says so.
    let bad = folder.write("b.json", json!([document(&[&to, &beyond])]).to_string());
    let error = corpus::read_all(&bad).unwrap_err().to_string();
    assert!(error.contains("mention 0 of ents: goes from character 4 to 6"), "{error}");
}

#[test]
fn coreference_groups_of_spacy_take_the_types_of_entities() {
    let folder = Place::new();
    let place =
        |start: usize, end: usize, label: &str| json!({"start": start, "end": end, "label": label});
    let document = json!({
        "text": "Ann Bo", "tokens": [{"start": 0, "end": 3}, {"start": 4, "end": 6}],
        "ents": [place(0, 3, "PER"), place(4, 6, "PER")],
        "spans": {"coref_1": [place(0, 3, "")], "coref_2": [place(4, 6, "ORG")]},
    });
    let (document, left_out) = single(&folder.write("a.json", json!([document]).to_string()));
    let kinds: Vec<_> = document.entities.iter().map(|entity| entity.kind()).collect();
    assert_eq!(kinds, ["PER", "ORG"]);
    assert_eq!(lost(&left_out), [(Omission::FurtherType, 1)]);
}

#[test]
fn predictions_alone_are_no_labels() {
    let place = Place::new();
    let mut task = task();
    task["predictions"] = json!([task["annotations"][1]]);
    task["annotations"] = json!([]);
    let path = place.write("export.json", json!([task]).to_string());
    let (document, _) = single(&path);
    assert_eq!((document.entities.len(), document.facts), (2, None));
}

#[test]
fn spacy_documents_need_no_extensions() {
    let place = Place::new();
    let token =
        |start: usize, end: usize| json!({"id": start, "start": start, "end": end, "tag": "X"});
    let doc = json!({"text": "Ann's cat. Bo ran.",
        "tokens": [token(0, 3), token(3, 5), token(6, 9), token(9, 10), token(11, 13), token(14, 17), token(17, 18)],
        "ents": [{"start": 0, "end": 3, "label": "PER"}, {"start": 11, "end": 12, "label": "PER"}],
        "spans": {"sc": [{"start": 0, "end": 3, "label": "X"}]}});
    let path = place.write("docs.jsonl", doc.to_string());
    let (document, left_out) = single(&path);
    assert_eq!((document.title.as_str(), &document.facts), ("document 0", &None));
    // The rules find the sentences, and a mention that ends inside of a token cuts it.
    assert_eq!(document.sentences[0], ["Ann", "'s", "cat", "."]);
    assert_eq!(document.sentences[1], ["B", "o", "ran", "."]);
    assert_eq!(names(&document), [vec!["Ann"], vec!["B"]]);
    assert_eq!(lost(&left_out), [(Omission::CutToken, 1), (Omission::OtherAnnotation, 1)]);
}

#[test]
fn spacy_takes_the_corpus() {
    let place = Place::new();
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/world/dev");
    let written = place.at("x.json");
    let done = convert(sample, &written, &to(named("spacy"))).unwrap();
    check_by_spacy(&written);
    // A blank line of a text is a token of spaCy's.
    assert_eq!(done.lost.count(Omission::Tokens), 38);
}

#[test]
fn spacy_has_no_place_for_empty_tokens_and_sentences() {
    let place = Place::new();
    let sentences: [&[&str]; 4] = [&["\u{a0}", "A"], &[], &["", "\u{a0}"], &["\n", "\u{1c}", "b"]];
    let document = json!([{"title": "a", "sents": sentences, "vertexSet": []}]);
    let path = place.write("a.json", document.to_string());
    let done = convert(&path, place.at("x.json"), &to(named("spacy"))).unwrap();
    check_by_spacy(&place.at("x.json"));
    let (document, _) = single(&place.at("x.json"));
    let expected: [&[&str]; 4] =
        [&["\u{a0}", "A"], &["_"], &["_", "\u{a0}"], &["_", "\u{1c}", "b"]];
    assert_eq!(document.sentences, expected);
    assert_eq!(done.lost.count(Omission::Tokens), 3);
}
