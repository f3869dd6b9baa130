//! The forms of HacRED and DWIE.

use super::*;

#[test]
fn hacred_has_characters_as_tokens() {
    let place = Place::new();
    let path = place.write("train.json", format!("{}\n{}\n", hacred(), hacred()));
    assert_eq!(Format::guess(&path).unwrap(), named("hacred"));
    let document = read(&path).remove(1);
    assert_eq!(document.title, "12");
    assert_eq!(document.sentences[1], ["他", "写", "诗", "。"]);
    assert_eq!(names(&document), [vec!["李白", "他"], vec!["碎叶城"]]);
    assert_eq!(facts(&document), [(0, "出生地", 1)]);
    let statistics = Statistics::of_file(&path).unwrap();
    assert_eq!((statistics.documents, statistics.tokens), (2, 24));
}

#[test]
fn hacred_tokens_may_be_pieces_of_words() {
    let place = Place::new();
    let mut document = hacred();
    document["sents_char"][0] = json!(["nba", "##2k", "[UNK]", "城"]);
    document["vertex_char"] = json!([
        [{"name": "NBA2K", "sent_id": 0, "pos": [0, 2], "type": "X"}],
        [{"name": "龘城", "sent_id": 0, "pos": [2, 4], "type": "X"}]]);
    let path = place.write("train.json", document.to_string());
    assert_eq!(names(&read(&path)[0]), [vec!["NBA2K"], vec!["龘城"]]);
}

#[test]
fn dwie_concepts_without_mentions_are_left_out_and_counted() {
    let place = Place::new();
    place.write("annos/DW_1.json", dwie("DW_1", "train").to_string());
    let (document, left_out) = single(&place.at("annos"));
    assert_eq!(document.title, "DW_1");
    assert_eq!(document.sentences[0], ["Berlin"]);
    assert_eq!(document.sentences[1].join(" "), "Ms . Ott is German - born .");
    assert_eq!(names(&document), [vec!["Berlin"], vec!["Ott", "She"], vec!["German"]]);
    let kinds: Vec<_> = document.entities.iter().map(|entity| entity.kind()).collect();
    assert_eq!(kinds, ["location", "person", ""]);
    assert_eq!(facts(&document), [(1, "based_in0", 0)]);
    assert_eq!(
        lost(&left_out),
        [
            (Omission::UnmentionedEntity, 1),
            (Omission::FactOfUnmentionedEntity, 1),
            (Omission::FactWithItself, 1),
            (Omission::FurtherType, 3),
            (Omission::OtherTag, 2),
            (Omission::SplitTag, 1)
        ]
    );
    let statistics = Statistics::of_file(place.at("annos")).unwrap();
    assert_eq!((statistics.repeated_facts, statistics.left_out), (1, left_out));
}

#[test]
fn a_text_of_dwie_may_stand_beside() {
    let place = Place::new();
    let mut article = dwie("DW_1", "train");
    let text = article.as_object_mut().unwrap().remove("content").unwrap();
    let path = place.write("annos/any.json", article.to_string());
    let error = corpus::read_all(place.at("annos")).unwrap_err().to_string();
    assert!(error.contains(&path.display().to_string()), "{error}");
    assert!(error.contains("there is no DW_1.txt beside it"), "{error}");
    place.write("annos/DW_1.txt", text.as_str().unwrap());
    assert_eq!(read(&place.at("annos"))[0].entities.len(), 3);
}

#[test]
fn parts_of_dwie_are_apart_and_drawn_again() {
    let place = Place::new();
    for number in 0..10 {
        let (id, split) = (format!("DW_{number}"), if number < 8 { "train" } else { "test" });
        place.write(&format!("annos/{id}.json"), dwie(&id, split).to_string());
    }
    let titles = |part| {
        let options = ConvertOptions { part: Some(part), ..ConvertOptions::default() };
        convert(place.at("annos"), place.at("x.jsonl"), &options).unwrap();
        read(&place.at("x.jsonl")).into_iter().map(|d| d.title).collect::<Vec<_>>()
    };
    let held_out = HeldOut { count: 3, seed: 66 };
    let (train, tune) = (titles(SplitPart::Train(held_out)), titles(SplitPart::Tune(held_out)));
    assert_eq!((train.len(), tune.len()), (5, 3));
    assert!(train.iter().all(|title| !tune.contains(title)));
    assert_eq!(titles(SplitPart::Tune(held_out)), tune);
    let others: Vec<_> =
        (0..20).map(|seed| titles(SplitPart::Tune(HeldOut { count: 3, seed }))).collect();
    assert!(others.iter().any(|other| *other != tune));
    assert_eq!(titles(SplitPart::Test), ["DW_8", "DW_9"]);
    let all = titles(SplitPart::Train(HeldOut { count: 0, seed: 66 }));
    assert_eq!(all.len(), 8);

    let too_many = SplitPart::Tune(HeldOut { count: 9, seed: 1 });
    let options = ConvertOptions { part: Some(too_many), ..ConvertOptions::default() };
    let error = convert(place.at("annos"), place.at("y.jsonl"), &options).unwrap_err().to_string();
    assert!(error.contains("9 can't be held out: 8 are tagged train"), "{error}");
    let error =
        convert(place.at("x.jsonl"), place.at("y.jsonl"), &options).unwrap_err().to_string();
    assert!(error.contains("only DWIE's documents are"), "{error}");
}
