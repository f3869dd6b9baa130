//! Marked text, which people write by hand, and CoNLL's columns.

mod support;

use serde_json::{Value, json};
use support::Place;

const PAGE: &str = "\
# A note on engines

[Ada Lovelace|PER|1=Q7259] wrote on the [Analytical Engine | MISC | 2].
[She|PER|1] was \\[sic\\] first, in [[Turin|LOC|b] Journal|ORG].
= 1 | wrote about | 2 | 0 1
= 2 | seen in | b

# Another
\\# of [tests|MISC]: none | few
% unlabelled
@ x | ORG | 5 16
";

fn read(place: &Place, text: &str, index: usize) -> Value {
    place.write_text("in.marked", text);
    place.run(&["convert", "in.marked", "read.jsonl"]).succeeds();
    serde_json::from_str(place.read("read.jsonl").lines().nth(index).unwrap()).unwrap()
}

fn names(document: &Value) -> Vec<Vec<&str>> {
    let entities = document["vertexSet"].as_array().unwrap().iter();
    entities
        .map(|entity| {
            let mentions = entity.as_array().unwrap().iter();
            mentions.map(|mention| mention["name"].as_str().unwrap()).collect()
        })
        .collect()
}

#[test]
fn marked_text_becomes_documents() {
    let place = Place::new();
    for text in [PAGE.to_owned(), PAGE.replace('\n', "\r\n"), format!("\u{feff}{PAGE}")] {
        let first = read(&place, &text, 0);
        assert_eq!(first["title"], "A note on engines");
        assert_eq!(
            first["source_text"]["text"],
            "Ada Lovelace wrote on the Analytical Engine .\nShe was [sic] first, in Turin Journal."
        );
        let expected = [
            vec!["Ada Lovelace", "She"],
            vec!["Analytical Engine"],
            vec!["Turin Journal"],
            vec!["Turin"],
        ];
        assert_eq!(names(&first), expected);
        assert_eq!(first["vertexSet"][0][0]["entity_id"], "Q7259");
        assert_eq!(first["vertexSet"][1][0]["type"], "MISC");
        assert_eq!(
            first["labels"],
            json!([{"r": "wrote about", "h": 0, "t": 1, "evidence": [0, 1]},
                {"r": "seen in", "h": 1, "t": 3, "evidence": []}])
        );
        let second = read(&place, &text, 1);
        assert_eq!(second["source_text"]["text"], "# of tests: none | few");
        assert_eq!(names(&second), [vec!["tests"], vec!["tests: none"]]);
        assert_eq!(second["labels"], Value::Null);
    }
}

#[test]
fn a_wrong_line_is_named() {
    let place = Place::new();
    for (from, to, problem) in [
        ("[She|PER|1]", "[She]", "line 4: a mention has no type; write [words|TYPE|1], or \\["),
        ("[She|PER|1]", "[She|PER|1", "line 4: "),
        ("[She|PER|1]", "She]", "line 4: ] closes nothing; write \\] for a bracket"),
        ("[She|PER|1]", "[She|PER|1|x]", "line 4: a mention is [words|TYPE|KEY], with no more"),
        ("[She|PER|1]", "[|PER|1]", "mention of line 4: starts at character"),
        ("\\[sic", "\\sic", "line 4: \\s stands for nothing; write \\\\ for a backslash"),
        ("\\[sic", "[sic", "line 4: a mention begins with [ and isn't closed"),
        ("[Ada Lovelace|PER|1=Q7259]", "[Ada Lovelace", "line 3: a mention begins with [ and"),
        ("= 2 | seen in | b", "= 2 | seen in | c", "line 6: no mention has the key \"c\""),
        ("= 2 | seen in | b", "= 2 seen in b", "line 6: a fact is \"= HEAD | RELATION | TAIL\""),
        ("| 0 1", "| 0 one", "line 5: \"one\" should be the number of a sentence, from 0"),
        ("| 0 1", "| 0 7", "label 0: evidence: sentence 7 does not exist"),
        ("| 0 1", "| 0 | 2", "line 5: \"2\" should be a score from 0 to 1"),
        ("% unlabelled", "% unlabeled", "line 10: \"unlabeled\" is no setting"),
        ("5 16", "5", "line 11: a mention by its characters is \"@ KEY | TYPE | START END\""),
        ("5 16", "5 160", "mention of line 11: goes from character 5 to 160"),
        ("# A note on engines\n", "", "line 2: a document begins with a line \"# TITLE\""),
        ("# A note on engines", "#  ", "title: is empty"),
        ("|1=Q7259", "|1#x=Q7259", "line 3: \"x\" should be the number of a mention"),
    ] {
        assert!(PAGE.contains(from), "{from}");
        place.write_text("in.marked", &PAGE.replacen(from, to, 1));
        let refused = place.run(&["stats", "in.marked"]);
        assert_eq!(refused.code, Some(2), "{to}");
        assert!(refused.stderr.contains(problem), "{problem}: {}", refused.stderr);
    }
}

#[test]
fn documents_are_written_to_be_edited() {
    let place = Place::new();
    let document = json!({"title": "T", "sents": [["#", "Ann", "[", "x", "|", "]", "=", "runs"], ["Fast", "."]],
        "vertexSet": [
            [{"name": "runs", "sent_id": 0, "pos": [7, 8], "type": "A=B"}, {"name": "Ann [", "sent_id": 0, "pos": [1, 3], "type": "X|Y"}],
            [{"name": "[ x", "sent_id": 0, "pos": [2, 4], "type": ""}],
            [{"name": "Fast", "sent_id": 1, "pos": [0, 1], "type": "Z", "entity_id": "a=b#c|d"}]],
        "labels": [{"r": "a | b", "h": 0, "t": 2, "evidence": [1]}, {"r": " c", "h": 1, "t": 0, "evidence": [], "score": 0.25}]});
    place.write("in.json", &json!([document]));
    let done = place.run(&["convert", "in.json", "out.marked"]).succeeds();
    assert!(!done.stdout.contains("lost"), "{}", done.stdout);
    assert_eq!(
        place.read("out.marked"),
        "# T\n% blanks\n\\# [Ann \\[|X\\|Y|1#2] x | \\] = [runs|A=B|1#1]\n[Fast|Z|3=a\\=b\\#c\\|d] .\n\n\
         @ 2 |  | 6 9\n= 1 | a \\| b | 3 | 1\n= 2 | \\ c | 1 |  | 0.25\n"
    );
    place.run(&["convert", "out.marked", "back.jsonl"]).succeeds();
    let mut back: Value = serde_json::from_str(place.read("back.jsonl").trim()).unwrap();
    back.as_object_mut().unwrap().remove("source_text");
    let plain = |mut document: Value| {
        document["vertexSet"].as_array_mut().unwrap().sort_by_key(Value::to_string);
        document
    };
    assert_eq!(plain(back), plain(document));
}

const CONLL: &str = "\
#begin document (novels/one); part 000
one\t0\t0\tAda\tNNP\t-\t(1)|(2
one\t0\t1\tLee\tNNP\t-\t2)
one\t0\t2\tran\tVBD\t-\t_

one\t0\t0\tShe\tPRP\t-\t(2)
#end document
#begin document (novels/one); part 001
one 1 0 Nobody -
#end document
";

#[test]
fn chains_of_conll_are_entities() {
    let place = Place::new();
    place.write_text("in.conll", CONLL);
    place.run(&["convert", "in.conll", "read.jsonl"]).succeeds();
    let lines = place.read("read.jsonl");
    let documents: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(documents[0]["title"], "novels/one");
    assert_eq!(documents[0]["sents"], json!([["Ada", "Lee", "ran"], ["She"]]));
    assert_eq!(names(&documents[0]), [vec!["Ada"], vec!["Ada Lee", "She"]]);
    assert_eq!(
        (&documents[1]["title"], &documents[1]["labels"]),
        (&json!("novels/one part 1"), &Value::Null)
    );
    let left_out = &place.run(&["stats", "in.conll", "--json"]).succeeds().json()["left_out"];
    assert_eq!(left_out, &json!({"other keys and columns": 1}));
    for (from, to, problem) in [
        ("2)\n", "3)\n", "line 3: \"3)\" closes what isn't open"),
        ("2)\n", "2\n", "line 3: \"2\" should be (12, 12) or (12)"),
        ("2)\n", "_\n", "line 5: chain 2 is open where its sentence ends"),
        ("one 1 0 Nobody -", "one 1 Nobody", "line 9: should have the token in its fourth column"),
        (
            "part 001\none 1 0 Nobody -\n#end document\n",
            "part 001\n",
            "the file ends in the middle of document 1",
        ),
    ] {
        assert!(CONLL.contains(from), "{from}");
        place.write_text("in.conll", &CONLL.replacen(from, to, 1));
        let refused = place.run(&["stats", "in.conll"]);
        assert_eq!(refused.code, Some(2), "{to}");
        assert!(refused.stderr.contains(problem), "{problem}: {}", refused.stderr);
    }
}

#[test]
fn types_of_brat_may_name_chains() {
    let place = Place::new();
    place.write_text("notes/a.txt", "Ada ran. She won. Bo sat.");
    place.write_text(
        "notes/a.ann",
        "T1\tPROP_PER 0 3\tAda\nT2\tPRON_PER 9 12\tShe\nT3\tPROP_PER 18 20\tBo\n\
         T4\tAda-0 0 3\tAda\nT5\tAda-0 9 12\tShe\nT6\tran-1 4 7\tran\nR1\tknows Arg1:T5 Arg2:T3\n",
    );
    let read = |arguments: &[&str]| -> Value {
        place.run(&[&["convert", "notes", "read.jsonl"], arguments].concat()).succeeds();
        serde_json::from_str(place.read("read.jsonl").trim()).unwrap()
    };
    let chained = read(&["--chains"]);
    assert_eq!(names(&chained), [vec!["Ada", "She"], vec!["Bo"], vec!["ran"]]);
    assert_eq!(chained["vertexSet"][0][1]["type"], "PRON_PER");
    assert_eq!(chained["vertexSet"][2][0]["type"], "");
    assert_eq!(chained["labels"], json!([{"r": "knows", "h": 0, "t": 1, "evidence": []}]));
    assert_eq!(names(&read(&[])).len(), 6);
}
