//! Formats of biomedical data: PubTator, BioC, and the form in which code reads CDR and GDA.

mod support;

use serde_json::{Value, json};
use support::Place;

const PUBTATOR: &str = "\
7001|t|Isolin and fever: “a” case.
7001|a|Isolin causes fever. Naïve use of tarn and brelin acid, or isolin, is rare.
7001\t0\t6\tIsolin\tChemical\tMESH:C01
7001\t11\t16\tfever\tDisease\tMESH:D02
7001\t28\t34\tIsolin\tChemical\tMESH:C01
7001\t42\t47\tfever\tDisease\tMESH:D02
7001\t62\t82\ttarn and brelin acid\tChemical\tMESH:C03|MESH:C04\ttarn acid|brelin acid
7001\t71\t82\tbrelin acid\tChemical\t-1
7001\t49\t54\tNaïve\tOther
7001\tCID\tMESH:C01\tMESH:D02\tNovel
7001\tCID\tMESH:C04\tMESH:D02\tNo
7001\tCID\tMESH:C09\tMESH:D02\tNo
7001\tCID\tMESH:C01\tMESH:C01\tNo

7002|t|Nothing here.
7002|a|
";

fn document(place: &Place, input: &str, index: usize) -> Value {
    place.run(&["convert", input, "read.jsonl"]).succeeds();
    let lines = place.read("read.jsonl");
    serde_json::from_str(lines.lines().nth(index).unwrap()).unwrap()
}

/// What is counted of a kind, whatever it is named.
fn left_out(place: &Place, input: &str) -> Value {
    place.run(&["stats", input, "--json"]).succeeds().json()["left_out"].clone()
}

#[test]
fn pubtator_is_read_by_identifiers() {
    let place = Place::new();
    for (name, text) in [
        ("a.PubTator", PUBTATOR.to_owned()),
        ("b.txt", PUBTATOR.replace('\n', "\r\n")),
        ("c.tsv", format!("\u{feff}{PUBTATOR}\n\n")),
    ] {
        place.write_text(name, &text);
        let read = document(&place, name, 0);
        assert_eq!(read["title"], "7001", "{name}");
        let text = "Isolin and fever: “a” case.\nIsolin causes fever. Naïve use of tarn and \
                    brelin acid, or isolin, is rare.";
        assert_eq!(read["source_text"]["text"], text);
        let ids: Vec<_> =
            read["vertexSet"].as_array().unwrap().iter().map(|e| &e[0]["entity_id"]).collect();
        assert_eq!(json!(ids), json!(["MESH:C01", "MESH:D02", "MESH:C03", "MESH:C04", null, null]));
        assert_eq!(read["vertexSet"][0][1]["name"], "Isolin");
        let place_of = |entity: usize| {
            (&read["vertexSet"][entity][0]["pos"], &read["vertexSet"][entity][0]["name"])
        };
        assert_eq!(place_of(2), place_of(3), "a composite mention is of each of its entities");
        assert_eq!(
            read["labels"],
            json!([{"r": "CID", "h": 0, "t": 1, "evidence": []},
            {"r": "CID", "h": 3, "t": 1, "evidence": []}])
        );
        assert_eq!(
            left_out(&place, name),
            json!({"facts of entities without a mention": 1,
                "facts that relate an entity to itself": 1,
                "further identifiers of mentions (each entity has the mention)": 1,
                "mentions without an identifier (each is an entity of its own)": 2,
                "marks of novelty": 4, "other keys and columns": 1})
        );
    }
    let counts = place.run(&["stats", "a.PubTator", "--json"]).succeeds().json();
    assert_eq!((&counts["documents"], &counts["mentions"]), (&json!(2), &json!(7)));
    assert_eq!(counts["shared_mentions"], 1);
    // A relation that names both identifiers as one has one entity for them.
    place.write_text("d.PubTator", &PUBTATOR.replace("CID\tMESH:C04", "CID\tMESH:C03|MESH:C04"));
    let read = document(&place, "d.PubTator", 0);
    assert_eq!(read["vertexSet"][2][0]["entity_id"], "MESH:C03|MESH:C04");
    assert_eq!(read["labels"][1]["h"], 2);
}

#[test]
fn biomedical_formats_hold_what_is_read_of_them() {
    let place = Place::new();
    place.write_text("in.PubTator", PUBTATOR);
    place.run(&["convert", "in.PubTator", "in.jsonl"]).succeeds();
    let documents = place.read("in.jsonl");
    for output in ["out.pubtator", "out.xml", "bioc.json", "bioc.jsonl"] {
        let mut arguments = vec!["convert", "in.jsonl", output];
        if output.starts_with("bioc") {
            arguments.extend(["--to", "bioc"]);
        }
        let done = place.run(&arguments).succeeds();
        assert!(!done.stdout.contains("lost"), "{output}: {}", done.stdout);
        place.run(&["convert", output, "back.jsonl"]).succeeds();
        assert_eq!(place.read("back.jsonl"), documents, "{output}");
    }
    let xml = place.read("out.xml");
    assert!(xml.contains("<infon key=\"identifier\">MESH:C01</infon>"), "{xml}");
    assert!(xml.contains("<location offset=\"28\" length=\"6\"></location>"), "{xml}");
}

#[test]
fn broken_pubtator_is_refused_by_its_lines() {
    let place = Place::new();
    for (from, to, problem) in [
        (
            "28\t34",
            "29\t35",
            "mention of line 5: is \"Isolin\" by its annotation, but the text has",
        ),
        ("28\t34", "28\t340", "mention of line 5: goes from character 28 to 340"),
        ("7001\tCID\tMESH:C04", "7003\tCID\tMESH:C04", "line 11: is of document \"7003\", but"),
        ("7001\t28\t34\tIsolin\tChemical\tMESH:C01", "7001\tx", "line 5: should be a mention"),
        ("Isolin and fever: “a” case.", "", "mention of line 3: "),
    ] {
        assert!(PUBTATOR.contains(from), "{from}");
        place.write_text("in.PubTator", &PUBTATOR.replacen(from, to, 1));
        let refused = place.run(&["stats", "in.PubTator"]);
        assert_eq!(refused.code, Some(2), "{to}");
        assert!(refused.stderr.contains(problem), "{problem}: {}", refused.stderr);
        let lenient = place.run(&["stats", "in.PubTator", "--lenient"]).succeeds().stdout;
        assert!(lenient.contains("left out as wrong:"), "{lenient}");
    }
}

const ROW: &str = "81\tTarn exposure .|Isolin causes tarn fever .\t\
    1:CID:2\tR2L\tCROSS\t3-4\t0-1\tC1\tIsolin\tChemical\t3\t4\t1\tD1\tTarn|tarn fever\tDisease\t0:5\t1:7\t0:1\t\
    1:NR:2\tL2R\tCROSS\t3-4\t0-1\tC1\tIsolin\tChemical\t3\t4\t1\tD2\tfever\tDisease\t6\t7\t1\n";

#[test]
fn rows_of_an_edge_graph_are_documents() {
    let place = Place::new();
    place.write_text(
        "train.data",
        &format!("{ROW}{}", ROW.replace("81\t", "82\t").replace("1:CID:2", "2:CID:1")),
    );
    let read = document(&place, "train.data", 0);
    assert_eq!(
        read["sents"],
        json!([["Tarn", "exposure", "."], ["Isolin", "causes", "tarn", "fever", "."]])
    );
    assert_eq!(
        read["vertexSet"][1],
        json!([
        {"name": "Tarn", "sent_id": 0, "pos": [0, 1], "type": "Disease", "entity_id": "D1"},
        {"name": "tarn fever", "sent_id": 1, "pos": [2, 4], "type": "Disease", "entity_id": "D1"}])
    );
    assert_eq!(read["labels"], json!([{"r": "CID", "h": 0, "t": 1, "evidence": []}]));
    assert_eq!(document(&place, "train.data", 1)["labels"][0]["h"], 1);
    assert_eq!(left_out(&place, "train.data"), json!({"pairs marked as without relation": 2}));
    for (from, to, problem) in [
        ("\t7\t1\n", "\t7\n", "has 33 columns behind its text, which should be 17 for each pair"),
        ("1:CID:2", "CID", "pair 0: \"CID\" should be a relation such as 1:CID:2"),
        ("\t0:5\t", "\t5:5\t", "starts at token 5 and ends before token 1"),
        ("\t0:5\t", "\t0\t", "pair 0: entity D1 has more names, places or sentences than others"),
        ("1\tD2", "2\tD2", "pair 1: entity C1 has other mentions than in an earlier pair"),
    ] {
        place.write_text("broken.data", &format!("{ROW}{}", ROW.replacen(from, to, 1)));
        let refused = place.run(&["stats", "broken.data"]);
        assert_eq!(refused.code, Some(2), "{to}");
        assert!(refused.stderr.contains(problem), "{problem}: {}", refused.stderr);
    }
    place
        .run(&["convert", "train.data", "out.data", "--to", "eog"])
        .refuses(&["documents can't be written as eog"]);
}

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE collection SYSTEM "BioC.dtd">
<collection><source>notes</source><date></date><key>k</key>
<document><id>9</id><infon key="journal">Tarn &amp; Co</infon>
 <passage><infon key="type">title</infon><offset>0</offset><text>Isolin &lt;i&gt;</text>
  <annotation id="0"><infon key="type">Chemical</infon><infon key="MESH">C1</infon><location offset="0" length="6"/><text>Isolin</text></annotation>
 </passage>
 <passage><offset>11</offset><text>It hurts head and heart.</text>
  <annotation id="1"><infon key="type">Disease</infon><infon key="MESH">D1</infon>
   <location offset="14" length="5"/><location offset="29" length="5"/><text>hurts heart</text></annotation>
  <annotation id="2"><infon key="type">Disease</infon><infon key="MESH">D1</infon><location offset="14" length="10"/><text>hurts head</text></annotation>
 </passage>
 <relation id="R0"><infon key="relation">CID</infon><infon key="Chemical">C1</infon><infon key="Disease">D1</infon></relation>
 <relation id="R1"><infon key="type">seen</infon><node refid="1" role="a"/><node refid="0" role="b"/></relation>
 <relation id="R2"><infon key="type">all</infon><node refid="1" role="a"/><node refid="0" role="b"/><node refid="2" role="c"/></relation>
</document></collection>
"#;

#[test]
fn bioc_is_read_as_xml_and_as_json() {
    let place = Place::new();
    place.write_text("in.xml", XML);
    let read = document(&place, "in.xml", 0);
    assert_eq!(read["title"], "9");
    assert_eq!(read["source_text"]["text"], "Isolin <i>\nIt hurts head and heart.");
    let names: Vec<_> = read["vertexSet"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|e| e.as_array().unwrap())
        .map(|m| &m["name"])
        .collect();
    assert_eq!(json!(names), json!(["Isolin", "hurts head and heart", "hurts head"]));
    assert_eq!(
        read["labels"],
        json!([{"r": "CID", "h": 0, "t": 1, "evidence": []},
        {"r": "seen", "h": 1, "t": 0, "evidence": []}])
    );
    assert_eq!(
        left_out(&place, "in.xml"),
        json!({"other keys and columns": 1, "gaps inside of mentions (the mention spans them)": 1,
            "annotations of other kinds": 1})
    );
    let bioc = json!({"source": "x", "documents": [{"id": 9, "passages": [{"offset": 0,
        "text": "Isolin 😀 hurts", "annotations": [{"id": "a", "infons": {"type": "Chemical",
        "identifier": "C1"}, "text": "Isolin", "locations": [{"offset": 0, "length": 6}]},
        {"id": "b", "infons": {"type": "Disease", "identifier": "D1"}, "text": "hurts",
        "locations": [{"offset": 9, "length": 5}]}]}],
        "relations": [{"infons": {"role1": {"identifier": "C1"}, "role2": {"identifier": "D1"},
            "type": "Cause", "novel": "No"}}]}]});
    let pretty = serde_json::to_string_pretty(&bioc).unwrap();
    let service = bioc["documents"][0].to_string();
    for (name, text) in [
        ("pretty.json", &pretty),
        ("line.json", &bioc.to_string()),
        ("service.json", &format!("{{\"PubTator3\": [{service}]}}")),
        ("lines.json", &format!("{service}\n{service}")),
    ] {
        place.write_text(name, text);
        let read = document(&place, name, 0);
        assert_eq!(
            read["labels"],
            json!([{"r": "Cause", "h": 0, "t": 1, "evidence": []}]),
            "{name}"
        );
        assert_eq!(
            left_out(&place, name)["marks of novelty"],
            if name == "lines.json" { 2 } else { 1 }
        );
    }
}

#[test]
fn broken_bioc_is_refused_whole() {
    let place = Place::new();
    let cut = |text: &str, at: &str| text[..text.find(at).unwrap()].to_owned();
    for (text, problem) in [
        (cut(XML, "</document>"), "the file ends in the middle of document 0"),
        (cut(XML, "</collection>"), "the file ends before its </collection>"),
        (XML.replace("length=\"10\"", "length=\"x\""), "length: \"x\" should be a number"),
        (XML.replace("&amp;", "&nbsp;"), "&nbsp; is none of XML's own names"),
        (XML.replace("</passage>", "</passages>"), "is no XML"),
        (
            XML.replace("offset=\"14\" length=\"10\"", "offset=\"15\" length=\"10\""),
            "mention 2: is \"hurts head\"",
        ),
        (
            XML.replace("offset=\"14\" length=\"5\"", "offset=\"1\" length=\"5\""),
            "is \"hurts heart\" by its annotation, but the text has",
        ),
        (
            "{\"documents\": [{\"id\": \"1\", \"passages\": []}".into(),
            "the file ends before its list does",
        ),
        (
            "{\"documents\": [{\"id\": \"1\", \"passages\": []}]".into(),
            "the file ends before its object does",
        ),
        (
            "{\"documents\": {\"id\": \"1\", \"passages\": []}}".into(),
            "the file ends before a list under the key",
        ),
    ] {
        place.write_text("in.bioc", &text);
        let refused = place.run(&["stats", "in.bioc"]);
        assert_eq!(refused.code, Some(2), "{problem}");
        assert!(refused.stderr.contains(problem), "{problem}: {}", refused.stderr);
    }
}
