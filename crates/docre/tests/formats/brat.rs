//! Files of brat.

use super::*;

#[test]
fn brat_annotations_become_entities_and_facts() {
    let place = Place::new();
    place.write("notes/a.txt", "Dr. Ann Lee runs Acme in North and South America.\nShe likes it.");
    place.write(
        "notes/a.ann",
        "T1\tPER 4 11\tAnn Lee\nT2\tORG 17 21\tAcme\nT3\tLOC 25 30;41 48\tNorth America\n\
         T4\tPER 50 53\tShe\n*\tEquiv T1 T4\nR1\theads Arg1:T4 Arg2:T2\nR2\theads Arg2:T2 Arg1:T1\n\
         R3\tknows Arg1:T1 Arg2:T4\nT5\tRun 12 16\truns\nE1\tRun:T5 Agent:T1\nA1\tSure T1\n\
         #1\tAnnotatorNotes T1\tno idea\n",
    );
    let (document, left_out) = single(&place.at("notes"));
    assert_eq!(document.title, "a");
    assert_eq!(document.sentences.len(), 2);
    assert_eq!(document.sentences[1], ["She", "likes", "it", "."]);
    assert_eq!(
        names(&document),
        [vec!["Ann Lee", "She"], vec!["Acme"], vec!["North and South America"]]
    );
    assert_eq!(facts(&document), [(0, "heads", 1)]);
    assert_eq!(
        lost(&left_out),
        [
            (Omission::FactWithItself, 1),
            (Omission::Gap, 1),
            (Omission::Event, 1),
            (Omission::Attribute, 2)
        ]
    );
}

#[test]
fn identifiers_of_entities_are_kept_or_counted() {
    let place = Place::new();
    let mut article = dwie("DW_1", "train");
    article["concepts"][0]["link"] = "Ann_Lee".into();
    article["concepts"][1]["link"] = "Wikidata:Q64".into();
    place.write("dwie/a.json", article.to_string());
    let ids = |document: &Document| -> Vec<Option<String>> {
        document.entities.iter().map(|entity| entity.id.clone()).collect()
    };
    let known = ids(&read(&place.at("dwie"))[0]);
    assert_eq!(known[..2], [Some("Ann_Lee".to_owned()), Some("Wikidata:Q64".to_owned())]);
    for (format, lost) in
        [("docred", 0), ("brat", 0), ("spacy", 0), ("dwie", 0), ("label-studio", 2)]
    {
        let output = place.at(format).with_extension("out");
        let done = convert(place.at("dwie"), &output, &to(named(format))).unwrap();
        assert_eq!(done.lost.count(Omission::EntityId), lost, "{format}");
        let expected = if lost == 0 { known.clone() } else { vec![None; known.len()] };
        assert_eq!(ids(&read(&output)[0]), expected, "{format}");
    }
}

#[test]
fn a_mention_over_a_line_break_is_whole_in_brat() {
    let place = Place::new();
    let mut task = task();
    let text = "Ann Lee, the head of Acme\nCorp.";
    task["data"]["text"] = text.into();
    task["annotations"] = json!([{"result": [{"id": "a", "type": "labels",
        "value": {"start": 21, "end": 30, "text": "Acme\nCorp", "labels": ["ORG"]}}]}]);
    place.write("in.json", json!([task]).to_string());
    let done = convert(place.at("in.json"), place.at("out"), &to(named("brat"))).unwrap();
    assert_eq!(done.lost.count(Omission::Gap), 0);
    let back = read(&place.at("out")).remove(0);
    assert_eq!(back.text.as_ref().unwrap().as_str(), text);
    assert_eq!(back.surface(&back.entities[0].mentions[0]), "Acme\nCorp");
}

#[test]
fn a_folder_for_brat_has_its_configuration() {
    let place = Place::new();
    let text = json!({"title": "A/B", "sents": [["Ann", "runs"]], "vertexSet":
        [[{"pos": [0, 1], "sent_id": 0, "type": "PER"}], [{"pos": [1, 2], "sent_id": 0}]],
        "labels": [{"h": 0, "t": 1, "r": "P1", "evidence": [0]}]});
    place.write("in.jsonl", text.to_string());
    let done = convert(place.at("in.jsonl"), place.at("out"), &to(named("brat"))).unwrap();
    assert_eq!(
        lost(&done.lost),
        [(Omission::Title, 1), (Omission::Kind, 1), (Omission::Evidence, 1)]
    );
    let file = |name: &str| fs::read_to_string(place.at("out").join(name)).unwrap();
    assert_eq!(file("A_B.txt"), "Ann runs\n");
    assert_eq!(file("A_B.ann"), "T1\tPER 0 3\tAnn\nT2\tEntity 4 8\truns\nR1\tP1 Arg1:T1 Arg2:T2\n");
    assert!(file("annotation.conf").contains("[entities]\nEntity\nPER\n"));
    assert!(file("annotation.conf").contains("P1\tArg1:<ENTITY>, Arg2:<ENTITY>\n"));
    // Without it, brat and docre would cut the text by their own rules.
    assert!(file("tools.conf").contains("Tokens tokenizer:whitespace"));
}
