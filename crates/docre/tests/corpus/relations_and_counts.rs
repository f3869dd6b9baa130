//! Relations and statistics.

use super::*;

#[test]
fn relations_keep_their_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "rel2id.json", r#"{"P27": 2, "none": 0, "P17": 1}"#);
    let names = file(&folder, "rel_info.json", r#"{"P17": "country", "P9": "other"}"#);
    let relations = relations::read_rel2id(path).unwrap();
    let relations = relations.with_names(&relations::read_names(names).unwrap());
    assert_eq!(relations.none_id(), "none");
    assert_eq!((relations.column("P17"), relations.column("P27")), (Some(1), Some(2)));
    assert_eq!((relations.name("P17"), relations.name("P27")), ("country", "P27"));

    let saved = folder.path().join("relations.json");
    relations::save(&saved, &relations).unwrap();
    assert_eq!(relations::load(&saved).unwrap(), relations);

    let without_none = file(&folder, "columns.json", r#"{"P27": 2, "P17": 1}"#);
    let relations = relations::read_rel2id(without_none).unwrap();
    assert_eq!((relations.none_id(), relations.classes()), (RelationSet::NONE_ID, 3));
}

#[test]
fn the_relations_of_the_field_are_read() {
    let relations = relations::read_rel2id(support::project("data/meta/rel2id.json")).unwrap();
    let names = relations::read_names(support::project("data/meta/rel_info.json")).unwrap();
    let relations = relations.with_names(&names);
    assert_eq!((relations.none_id(), relations.classes()), ("Na", names.len() + 1));
    assert_eq!((relations.column("P17"), relations.name("P17")), (Some(1), "country"));
}

#[test]
fn broken_relation_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (text, message) in [
        ("", "is empty"),
        ("[1]", "should be an object from relation identifiers, but is a list"),
        (
            r#"{"Na": 0, "P1": 1, "no_relation": 2}"#,
            "\"no_relation\" has column 2, but it says that there is no relation, as \"Na\" does",
        ),
        ("{}", "there is no relation"),
        (r#"{"Na": 0}"#, "there is no relation"),
        (r#"{"Na": 0, "P1": 1, "P2": 1}"#, "\"P1\" and \"P2\" both have column 1"),
        (r#"{"Na": 0, "No": 0, "P2": 1}"#, "\"Na\" and \"No\" both have column 0"),
        (r#"{"Na": 0, "P1": 1, "P3": 3}"#, "\"P3\" has column 3, but no relation has column 2"),
        (r#"{"P1": 1, "P1": 2}"#, "relation \"P1\" is given twice"),
        (r#"{"": 1}"#, "a relation has no identifier"),
        (r#"{"P1": -1}"#, "P1: should be a whole number, 0 or more, but is the number -1"),
        (r#"{"P1": "1"}"#, "P1: should be a whole number, 0 or more, but is the text \"1\""),
        (r#"{"P1": 1} x"#, "is followed by something"),
    ] {
        let path = file(&folder, "rel2id.json", text);
        let error = relations::read_rel2id(&path).unwrap_err().to_string();
        assert!(error.starts_with(&path.display().to_string()), "{error}");
        assert!(error.contains(message), "{error}\nshould contain\n{message}");
    }
    let path = file(&folder, "rel_info.json", r#"{"P1": 5}"#);
    let error = relations::read_names(path).unwrap_err().to_string();
    assert!(error.contains("P1: should be a text, but is the number 5"), "{error}");
    for (text, message) in [
        (r#"{"none_id": "Na", "relations": []}"#, "there is no relation"),
        (
            r#"{"none_id": "Na", "relations": [{"id": "Na", "name": "x"}]}"#,
            "is both a relation and",
        ),
        (r#"{"relations": []}"#, "missing field `none_id`"),
        (
            r#"{"none_id": "Na", "relations": [{"id": "P1", "name": "x"}, {"id": "P1", "name": "x"}]}"#,
            "relation \"P1\" is given twice",
        ),
    ] {
        let error = relations::load(file(&folder, "relations.json", text)).unwrap_err().to_string();
        assert!(error.contains(message), "{error}\nshould contain\n{message}");
    }
}

/// A document with facts of these relations, all between the first two entities.
fn related(ids: &[&str]) -> Document {
    let fact = |id: &&str| Fact {
        head: 0,
        relation: (*id).into(),
        tail: 1,
        evidence: vec![],
        score: None,
    };
    Document { facts: Some(ids.iter().map(fact).collect()), ..good() }
}

#[test]
fn inferred_relations_stand_in_natural_order() {
    let documents = [related(&["P17", "Q2", "P6"]), related(&["P6", "place", "P131"])];
    let relations = relations::infer(&documents).unwrap();
    let ids: Vec<_> = relations.relations().iter().map(|relation| relation.id.as_str()).collect();
    assert_eq!(ids, ["P6", "P17", "P131", "Q2", "place"]);
    assert!(relations::infer([related(&[])]).is_err());
    relations::check_known("x.json", 7, &documents[0], &relations).unwrap();
    let error = relations::check_known("x.json", 7, &related(&["P6", "P5"]), &relations);
    let error = error.unwrap_err().to_string();
    assert!(error.starts_with("x.json: document 7 \"Kite Corps\", "), "{error}");
    assert!(error.contains("relation \"P5\" is not one of the 5 known"), "{error}");
}

#[test]
fn statistics_count_each_thing_once() {
    let unlabelled = Document { title: "b".into(), facts: None, ..good() };
    let empty = Document { title: "c".into(), facts: Some(vec![]), ..good() };
    let mut busy = related(&["P17", "P6"]);
    busy.sentences.push(vec!["And".into()]);
    busy.title = "busy".into();
    let statistics = Statistics::of([good(), unlabelled, empty, busy]);
    assert_eq!((statistics.documents, statistics.labelled_documents), (4, 3));
    assert_eq!(statistics.documents_without_facts, 1);
    assert_eq!((statistics.sentences, statistics.tokens), (9, 29));
    let longest = statistics.longest_document.unwrap();
    assert_eq!((longest.index, longest.title.as_str(), longest.tokens), (3, "busy", 8));
    assert_eq!((statistics.entities, statistics.mentions), (12, 12));
    assert_eq!((statistics.pairs, statistics.labelled_pairs), (24, 18));
    assert_eq!((statistics.facts, statistics.positive_pairs), (4, 3));
    assert_eq!((statistics.multi_label_pairs, statistics.facts_per_positive_pair.max), (1, 2));
    assert!((statistics.label_density - 3.0 / 18.0).abs() < 1e-12);
    assert_eq!((statistics.facts_with_evidence, statistics.evidence_sentences), (1, 2));
    let relations: Vec<_> = statistics.relations.iter().map(|r| (r.id.as_str(), r.count)).collect();
    assert_eq!(relations, [("P6", 1), ("P17", 1), ("P131", 1), ("P571", 1)]);
    assert_eq!(statistics.entity_types.len(), 3);
    assert!((statistics.entity_types[0].share - 1.0 / 3.0).abs() < 1e-12);
}

#[test]
fn statistics_of_a_file_tell_repeated_facts() {
    let folder = tempfile::tempdir().unwrap();
    let repeated = GOOD.replace(r#""t": 2, "r": "P571""#, r#""t": 1, "r": "P131""#);
    let path = file(&folder, "x.json", format!("[{repeated}]"));
    let statistics = Statistics::of_file(path).unwrap();
    assert_eq!((statistics.facts, statistics.repeated_facts), (1, 1));
    let empty = Statistics::of_file(file(&folder, "y.json", "[]")).unwrap();
    assert_eq!(empty, Statistics::default());
}

#[test]
fn the_corpus_is_whole() {
    let parts = [("world/train", 85), ("world/dev", 24), ("work/train", 49), ("work/dev", 15)];
    for (name, documents) in parts {
        let path = support::project(&format!("corpus/{name}"));
        let statistics = Statistics::of_file(path).unwrap();
        assert_eq!((statistics.documents, statistics.labelled_documents), (documents, documents));
    }
}
