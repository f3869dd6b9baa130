//! Texts and argument pairs that are classified as wholes: what an encoder reads of them.
#![cfg(feature = "text")]

mod support;

use docre::corpus::Input;
use docre::corpus::dialogue::{self, Dialogue};
use docre::document::{Document, Fact, RelationSet};
use docre::text::{
    EncodedBatch, Example, ExampleOptions, Label, Tokenizer, Warning, tokenizer::TokenizerOptions,
};
use serde_json::json;
use support::golden;

fn tokenizer() -> Tokenizer {
    Tokenizer::load(golden("encoders/bert"), TokenizerOptions::default()).unwrap()
}

fn whole(max_length: Option<usize>) -> ExampleOptions<'static> {
    ExampleOptions { max_length, whole: true, ..Default::default() }
}

fn text(words: &str, labels: &[&str]) -> Document {
    let fact = |label: &&str| Fact {
        head: 0,
        relation: label.to_string(),
        tail: 0,
        evidence: Vec::new(),
        score: None,
    };
    Document {
        title: "a text".into(),
        sentences: vec![words.split(' ').map(str::to_owned).collect()],
        entities: Vec::new(),
        facts: Some(labels.iter().map(fact).collect()),
        ..Document::default()
    }
}

fn dialogue() -> Dialogue {
    let pair = |x: &str, y: &str, relation: &str, id: usize| {
        json!({"x": x, "x_type": "PER", "y": y, "y_type": "PER",
            "r": [relation], "rid": [id], "t": [""]})
    };
    let turns = ["Speaker 1: Hi Anna, it is me.", "speaker 2: Hi!", "Speaker 12: And Speaker 1?"];
    let pairs = [
        pair("Speaker 1", "Anna", "per:friends", 9),
        pair("Speaker 2", "Speaker 1", "unanswerable", 37),
        pair("Speaker 1", "Speaker 1", "per:title", 29),
    ];
    Dialogue::from_json(&json!([turns, pairs]).to_string()).unwrap()
}

/// CLS, the pieces of each part and a SEP behind it. `<1>` and `<2>` stand for the speakers.
fn expected(tokenizer: &Tokenizer, parts: &[&str]) -> Vec<u32> {
    let special = tokenizer.special_tokens();
    let mut ids = vec![special.cls.id];
    for part in parts {
        for word in part.split(' ') {
            match word {
                "<1>" => ids.push(tokenizer.piece("[unused1]").unwrap()),
                "<2>" => ids.push(tokenizer.piece("[unused2]").unwrap()),
                word => ids.extend(tokenizer.word(word).unwrap()),
            }
        }
        ids.push(special.sep.id);
    }
    ids
}

#[test]
fn a_text_is_one_row_with_its_labels() {
    let tokenizer = tokenizer();
    let relations = RelationSet::new(["joy", "anger"]).unwrap();
    let options = ExampleOptions { relations: Some(&relations), ..whole(None) };
    let document = text("Oh , how nice", &["anger", "joy"]);
    let (example, warnings) = Example::new(&document, &tokenizer, &options).unwrap();
    assert!(warnings.is_empty());
    assert_eq!(example.ids, expected(&tokenizer, &["Oh , how nice"]));
    let label = |column| Label { head: 0, tail: 0, column };
    assert_eq!(example.labels, Some(vec![label(1), label(2)]));
    assert_eq!(example.row_count(), 1);

    let none = Example::new(&text("Well .", &[]), &tokenizer, &options).unwrap().0;
    let batch = EncodedBatch::new(&[&example, &none, &example], 64).unwrap();
    assert_eq!((batch.rows, batch.ordered_pairs.len()), (3, 0));
    assert_eq!(batch.labels(3).unwrap(), [0., 1., 1., 1., 0., 0., 0., 1., 1.]);
    assert!(batch.types.is_empty());
}

#[test]
fn a_label_that_no_column_has_is_refused() {
    let relations = RelationSet::new(["joy"]).unwrap();
    let options = ExampleOptions { relations: Some(&relations), ..whole(None) };
    let error = Example::new(&text("Oh", &["joy", "awe"]), &tokenizer(), &options).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("a text") && message.contains("label 1") && message.contains("awe"));
}

#[test]
fn a_pair_stands_behind_its_dialogue_and_speakers_are_replaced() {
    let tokenizer = tokenizer();
    let documents: Vec<_> = dialogue().pair_documents(7).collect();
    assert_eq!(documents[1].title, "dialogue 7, pair 1");
    assert_eq!(documents[1].facts, Some(Vec::new()));
    let read =
        |number: usize| Example::new(&documents[number], &tokenizer, &whole(None)).unwrap().0;
    // Only who speaks is replaced, and Speaker 12 is another.
    let first = read(0);
    let turns = "<1> : Hi Anna , it is me . speaker 2 : Hi ! Speaker 12 : And Speaker 1 ?";
    assert_eq!(first.ids, expected(&tokenizer, &[turns, "<1>", "Anna"]));
    let row = first.whole().unwrap();
    assert_eq!((row.head, row.tail), (0, 1));
    assert_eq!(row.second_part, expected(&tokenizer, &[turns]).len());

    let turns = "<2> : Hi Anna , it is me . <1> : Hi ! Speaker 12 : And Speaker 1 ?";
    assert_eq!(read(1).ids, expected(&tokenizer, &[turns, "<1>", "<2>"]));
    let turns = "<1> : Hi Anna , it is me . speaker 2 : Hi ! Speaker 12 : And Speaker 1 ?";
    assert_eq!(read(2).ids, expected(&tokenizer, &[turns, "<1>", "<1>"]));
}

#[test]
fn pairs_that_were_not_labelled_may_be_left_out() {
    let (tokenizer, relations) = (tokenizer(), dialogue::relations());
    let document = dialogue().to_document("d").document;
    let options = ExampleOptions { relations: Some(&relations), ..Default::default() };
    let all = Example::new(&document, &tokenizer, &options).unwrap().0;
    let options = ExampleOptions { labelled_pairs: true, ..options };
    let labelled = Example::new(&document, &tokenizer, &options).unwrap().0;
    assert_eq!((all.row_count(), labelled.row_count()), (6, 2));
    let batch = EncodedBatch::new(&[&all, &labelled], 512).unwrap();
    let pairs: Vec<_> = batch.ordered_pairs[6..].iter().map(|p| (p.head, p.tail)).collect();
    assert_eq!(pairs, [(3, 4), (5, 3)]);
    let labels = batch.labels(37).unwrap();
    let columns = |row: usize| (0..37).filter(|c| labels[37 * row + c] == 1.0).collect::<Vec<_>>();
    assert_eq!([columns(6), columns(7)], [[9], [0]]);

    let unsaid = Document { labelled_pairs: None, ..document };
    let error = Example::new(&unsaid, &tokenizer, &options).unwrap_err().to_string();
    assert!(error.contains("which of its pairs were labelled"), "{error}");
}

#[test]
fn the_second_part_has_a_type_of_its_own_in_the_batch() {
    let tokenizer = tokenizer();
    let pair = dialogue().pair_documents(0).next().unwrap();
    let pair = Example::new(&pair, &tokenizer, &whole(None)).unwrap().0;
    let plain = Example::new(&text("Oh no", &[]), &tokenizer, &whole(None)).unwrap().0;
    let batch = EncodedBatch::new(&[&plain, &pair, &plain], 64).unwrap();
    assert_eq!(batch.types.len(), batch.ids.len());
    let second = pair.ids.len() - pair.whole().unwrap().second_part;
    let (before, behind) = (plain.ids.len() + pair.ids.len() - second, plain.ids.len());
    let wanted = [vec![0; before], vec![1; second], vec![0; behind]].concat();
    assert_eq!(batch.types, wanted);
}

#[test]
fn a_cut_never_takes_the_pair() {
    let tokenizer = tokenizer();
    let pair = dialogue().pair_documents(0).next().unwrap();
    let full = Example::new(&pair, &tokenizer, &whole(None)).unwrap().0;
    let second = full.whole().unwrap().second_part;
    let behind = &full.ids[second..];
    for max_length in behind.len() + 3..full.ids.len() {
        let (cut, warnings) = Example::new(&pair, &tokenizer, &whole(Some(max_length))).unwrap();
        assert_eq!(cut.ids.len(), max_length);
        assert!(cut.ids.ends_with(behind));
        let kept = max_length - behind.len() - 1;
        assert_eq!(cut.ids[..kept], full.ids[..kept]);
        let length = full.ids.len();
        let document = pair.title.clone();
        assert_eq!(warnings, [Warning::TextCut { document, length, max_length }]);
    }
    let least = behind.len() + 2;
    let error = Example::new(&pair, &tokenizer, &whole(Some(least))).unwrap_err().to_string();
    assert!(error.contains("dialogue 0, pair 0") && error.contains("names"), "{error}");
}

#[test]
fn a_vocabulary_without_stand_ins_is_refused_for_speakers() {
    let tokenizer =
        Tokenizer::load(golden("encoders/roberta"), TokenizerOptions::default()).unwrap();
    let pair = dialogue().pair_documents(0).next().unwrap();
    let error = Example::new(&pair, &tokenizer, &whole(None)).unwrap_err().to_string();
    assert!(error.contains("[unused1]") && error.contains("BERT"), "{error}");
}

#[test]
fn texts_and_pairs_are_read_as_documents() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    std::fs::write(
        &path,
        "{\"text\": \"Oh  no\", \"labels\": [\"awe\"]}\n{\"text\": \"x\", \"labels\": [\"none\"]}\n",
    )
    .unwrap();
    let read = Input::Texts { none: Some("none".into()) }.read(&path).unwrap();
    let relations = read.relations.unwrap();
    assert_eq!((relations.none_id(), relations.relations().len()), ("none", 1));
    let facts = |document: &Document| {
        let facts = document.labelled_facts().iter();
        facts.map(|fact| (fact.head, fact.relation.clone(), fact.tail)).collect::<Vec<_>>()
    };
    let [first, second] = &read.documents[..] else { panic!("two texts") };
    assert_eq!(first.sentences, [["Oh", "no"]]);
    assert_eq!(facts(first), [(0, "awe".to_string(), 0)]);
    assert!(facts(second).is_empty() && second.facts.is_some());

    // A model to label them needs neither labels nor the none class.
    std::fs::write(&path, "{\"text\": \"Oh no\"}\n{\"text\": \"x\", \"id\": 7}\n").unwrap();
    let texts = Input::Texts { none: Some("none".into()) };
    let titles: Vec<_> = texts.stream(&path).unwrap().map(|text| text.unwrap().title).collect();
    assert_eq!(titles, ["0", "7"]);
    assert_eq!(texts.count(&path).unwrap(), 2);
}
