//! DocRED's form with more or less in it, and spaCy's with more than docre reads.

use super::*;

#[test]
fn keys_that_are_not_read_are_counted_by_name() {
    let place = Place::new();
    let mut more = document("a");
    more["id"] = 7.into();
    more["labels"][0]["confidence"] = 0.9.into();
    more["labels"][1]["confidence"] = 0.4.into();
    more["vertexSet"][1][0]["index"] = "1_0".into();
    let mut grouped = document("b");
    let mentions = grouped["vertexSet"][0].take();
    grouped["vertexSet"][0] = json!({"mentions": mentions, "wiki": "Q1"});
    place.write("in.json", &json!([more, grouped]));
    for command in [&["stats", "in.json"][..], &["convert", "in.json", "out.json"]] {
        let said = place.run(command).succeeds().stdout;
        assert!(said.contains("5  other keys and columns: "), "{said}");
        for name in ["labels.confidence 2", "id 1", "vertexSet.index 1", "vertexSet.wiki 1"] {
            assert!(said.contains(name), "{said}");
        }
    }
}

#[test]
fn a_mark_of_utf8_and_a_null_are_read() {
    let place = Place::new();
    let mut bare = document("a");
    bare["labels"][0]["evidence"] = Value::Null;
    place.write_text("in.json", &format!("\u{feff}{}", json!([bare])));
    let (documents, _) = converted(&place, "in.json", &[]);
    assert_eq!(documents[0]["labels"][0]["evidence"], json!([]));
    place.write_text("in.jsonl", &format!("\u{feff}{}\n", document("a")));
    assert_eq!(converted(&place, "in.jsonl", &[]).0, [document("a")]);
}

#[test]
fn documents_under_a_key_are_told() {
    let place = Place::new();
    place.write("in.json", &json!({"data": [document("a")]}));
    place.run(&["stats", "in.json"]).refuses(&["its documents under the key \"data\""]);
    place.write("in.json", &json!({"a": document("a"), "b": document("b")}));
    place.run(&["stats", "in.json"]).refuses(&["keys of their own (\"a\" first)"]);
}

#[test]
fn training_says_that_names_are_not_what_stands_there() {
    let place = Place::with_recipe();
    let mut documents = support::documents(12, 0);
    documents[0]["vertexSet"][0][0]["name"] = "Anders".into();
    documents[3]["vertexSet"][2][0]["name"] = "Bergen".into();
    place.write("train.json", &documents);
    let done = place.run(&["train", "recipe.toml", "--run", "run"]).succeeds();
    let said: Vec<_> = done.stderr.lines().filter(|line| line.contains("don't spell")).collect();
    let [line] = said[..] else { panic!("{done:#?}") };
    assert!(line.starts_with("warning: train.json: names that the tokens"), "{line}");
    assert!(line.contains("spell: 2;"), "{line}");
}

#[test]
fn spacy_groups_of_one_annotation_are_the_entities() {
    let place = Place::new();
    let mut twice = spacy();
    let group = twice["spans"]["coref_clusters_1"].clone();
    twice["spans"]["coref_predicted_1"] = group.clone();
    twice["ents"][0]["kb_id"] = "NIL".into();
    twice["ents"][2]["kb_id"] = "Q5".into();
    place.write("in.json", &json!([twice]));
    let (documents, said) = converted(&place, "in.json", &[]);
    assert_eq!(names(&documents[0]), ["Ida", "Lind Co. Ltd.", "Bo"]);
    assert!(said.contains("spans.coref_predicted_1 1"), "{said}");
    assert!(documents[0]["vertexSet"][0][0].get("entity_id").is_none());
    assert_eq!(documents[0]["vertexSet"][2][0]["entity_id"], "Q5");

    // Where there are no others, they are what there is.
    twice["spans"] = json!({"coref_predicted_1": group});
    place.write("in.json", &json!([twice]));
    assert!(!converted(&place, "in.json", &[]).1.contains("spans.coref_predicted_1"));
}

#[test]
fn a_token_of_spacy_is_cut_where_a_mention_ends_in_it() {
    let place = Place::new();
    let mut cut = spacy();
    cut["ents"][2]["end"] = 29.into();
    place.write("in.json", &json!([cut]));
    let (documents, said) = converted(&place, "in.json", &[]);
    assert_eq!(names(&documents[0])[2], "B");
    assert!(said.contains("1  borders of mentions inside of tokens"), "{said}");
}

#[test]
fn null_is_nothing_and_one_place_is_one_mention() {
    let place = Place::new();
    let mut odd = spacy();
    odd["spans"] = Value::Null;
    let again = odd["ents"][0].clone();
    odd["ents"].as_array_mut().unwrap().insert(1, again);
    odd["ents"][1]["label"] = "ORG".into();
    odd["_"] = Value::Null;
    place.write("in.json", &json!([odd]));
    let (documents, said) = converted(&place, "in.json", &[]);
    assert_eq!(names(&documents[0]), ["Ida", "Lind Co. Ltd.", "Bo"]);
    assert!(said.contains("1  entity types beside the main one"), "{said}");
    odd["_"] = json!([]);
    place.write("in.json", &json!([odd]));
    place.run(&["stats", "in.json"]).refuses(&["_: should be an object of extensions"]);
}

#[test]
fn a_sentence_is_evidence_once() {
    let place = Place::new();
    let mut twice = document("a");
    twice["labels"][0]["evidence"] = json!([1, 0, 1]);
    place.write("in.json", &json!([twice]));
    assert_eq!(converted(&place, "in.json", &[]).0[0]["labels"][0]["evidence"], json!([1, 0]));
}

#[test]
fn what_tells_of_a_folder_is_none_of_its_texts() {
    let place = Place::new();
    place.write("in/a.JSON", &json!([document("a")]));
    place.write("in/b.json", &json!([document("b")]));
    place.write_text("in/README.md", "# What is here\n");
    place.write_text("in/LICENSE.txt", "All may use it.\n");
    assert_eq!(converted(&place, "in", &[]).0.len(), 2);
    place.write_text("texts/README.md", "# Only this\n");
    let said = place.run(&["stats", "texts"]).succeeds().stdout;
    assert!(said.contains("0 labelled") && said.contains("without entities"), "{said}");
}
