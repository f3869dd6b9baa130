//! Files of brat.

use super::*;

const NOTE: &str = "Ida Lind runs the Mill.\nIt is in Salla.\n";
const NOTED: &str = "T1\tPER 0 8\tIda Lind\nT2\tLOC 33 38\tSalla\nR1\tin Arg1:T1 Arg2:T2\n";

#[test]
fn brat_files_may_have_marks_and_blanks() {
    let place = Place::new();
    let two = |place: &Place, text: &str, annotations: &str| {
        place.write_text("in/a.txt", text);
        place.write_text("in/a.ann", annotations);
        converted(place, "in", &[]).0.remove(0)
    };
    let marked = format!("\u{feff}{NOTE}");
    let counted = NOTED.replace("0 8", "1 9").replace("33 38", "34 39");
    let without = NOTE.replace('\n', "\r\n");
    for (text, annotations) in [
        (NOTE, format!("\u{feff}{NOTED}").as_str()),
        (&marked, NOTED),
        (&marked, &counted),
        (&without, NOTED),
        (NOTE, "T1\tPER 0 8\tIda Lind\nT2\tLOC 32 38\t Salla"),
        (NOTE, "T2\tLOC 33 38\tSalla\nT1\tPER 0 9\tIda Lind "),
    ] {
        let document = two(&place, text, annotations);
        let mut found = names(&document);
        found.sort_unstable();
        assert_eq!(found, ["Ida Lind", "Salla"], "{text:?} {annotations:?}");
        assert_eq!(document["sents"][0][0], "Ida");
    }
    place.write_text("in/a.ann", "T1\tX 18 26\tMill.  It\n");
    assert_eq!(names(&converted(&place, "in", &[]).0[0]), ["Mill.\nIt"]);
}

#[test]
fn brat_leaves_out_and_names() {
    let place = Place::new();
    place.write_text("in/a.txt", NOTE);
    let more = "T3\tRun 9 13\truns\nE1\tRun:T3 Theme:T1\nR2\tof Arg1:T1 Arg2:T3\n*\tSame T1 T2\n";
    place.write_text("in/a.ann", &format!("{NOTED}{more}"));
    place.write_text("in/b.txt", NOTE);
    place.write_text("in/.c.txt", NOTE);
    place.write_text("in/.c.ann", NOTED);
    place.write_text("in/sub/d.ann", NOTED);
    let (documents, said) = converted(&place, "in", &[]);
    assert_eq!(documents.len(), 1);
    assert_eq!(documents[0]["labels"].as_array().unwrap().len(), 1);
    assert!(said.contains("2  events"), "{said}");
    assert!(said.contains("annotations of other kinds: Same 1"), "{said}");
    assert!(said.contains("3  files beside documents"), "{said}");
    for name in ["b.txt", ".c.ann", "sub"] {
        assert!(said.contains(name), "{said}");
    }
    let (documents, said) = converted(&place, "in", &["--join", "Same"]);
    assert_eq!(names(&documents[0]), ["Ida Lind"]);
    assert!(said.contains("1  facts that relate an entity to itself"), "{said}");
    place.write_text("in/a.ann", &format!("{NOTED}R3\tin Arg1:T1 Arg2:T9\nT4\tX 9 13\tran\n"));
    place.run(&["stats", "in"]).refuses_in_lines(&[
        "2 things are wrong",
        "no mention T9",
        "\"ran\"",
    ]);
    let (documents, said) = converted(&place, "in", &["--lenient"]);
    assert_eq!(names(&documents[0]), ["Ida Lind", "Salla"]);
    assert!(said.contains("no mention T9"), "{said}");
}

#[test]
fn brat_gets_names_that_it_can_hold() {
    let place = Place::new();
    let mut odd = document("a");
    odd["labels"][0]["r"] = "per:boss|owner #1".into();
    odd["labels"][1]["r"] = "位于".into();
    odd["vertexSet"][0][0]["type"] = "a-u3a-b".into();
    place.write("in.json", &json!([odd]));
    place.run(&["convert", "in.json", "notes", "--to", "brat"]).succeeds();
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-<>:,\t \n[]".contains(c);
    let configuration = place.read("notes/annotation.conf");
    assert!(configuration.chars().all(plain), "{configuration}");
    let (documents, _) = converted(&place, "notes", &[]);
    assert_eq!(documents[0]["labels"][0]["r"], "per:boss|owner_#1");
    assert_eq!(documents[0]["labels"][1]["r"], "位于");
    assert_eq!(documents[0]["vertexSet"][0][0]["type"], "a-u3a-b");
}

#[test]
fn brat_files_may_end_in_capitals() {
    let place = Place::new();
    place.write_text("in/a.TXT", NOTE);
    place.write_text("in/a.ANN", NOTED);
    place.write_text("in/b.txt", NOTE);
    place.write_text("in/b.Ann", NOTED);
    place.write_text("in/c.TXT", NOTE);
    let (documents, said) = converted(&place, "in", &[]);
    assert_eq!(documents.len(), 2);
    assert!(said.contains("1  files beside documents"), "{said}");
    assert!(said.contains("c.TXT"), "{said}");
}

#[test]
fn brat_has_no_identifier_for_what_no_base_has() {
    let place = Place::new();
    place.write_text("in/a.txt", NOTE);
    let references = "N1\tReference T1 NIL\t\nN2\tReference T2 Wikidata:Q5\tSalla\n";
    place.write_text("in/a.ann", &format!("{NOTED}{references}"));
    let (documents, said) = converted(&place, "in", &[]);
    let mentions = &documents[0]["vertexSet"];
    assert!(mentions[0][0].get("entity_id").is_none());
    assert_eq!(mentions[1][0]["entity_id"], "Wikidata:Q5");
    assert!(said.contains("1  attributes, notes and normalizations"), "{said}");
}

#[test]
fn brat_mentions_are_one_entity_by_a_relation_too() {
    let place = Place::new();
    place.write_text("in/a.txt", NOTE);
    place
        .write_text("in/a.ann", &format!("{NOTED}T3\tPER 9 13\truns\nR9\tEquiv Arg1:T1 Arg2:T3\n"));
    let (documents, _) = converted(&place, "in", &[]);
    assert_eq!(documents[0]["vertexSet"][0].as_array().unwrap().len(), 2);
    assert_eq!(documents[0]["labels"].as_array().unwrap().len(), 1);

    // A fact that is called so is no such relation.
    let mut fact = document("a");
    fact["labels"][0]["r"] = "Equiv".into();
    place.write("in.json", &json!([fact]));
    place.run(&["convert", "in.json", "notes", "--to", "brat"]).succeeds();
    let (documents, _) = converted(&place, "notes", &[]);
    assert_eq!(documents[0]["labels"][0]["r"], "Equiv");
    assert_eq!(names(&documents[0]).len(), 3);
}
