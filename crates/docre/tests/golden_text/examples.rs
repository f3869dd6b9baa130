//! Examples of documents made for a test.

use super::*;

#[test]
fn a_word_has_one_marker_a_side_whatever_starts_or_ends_there() {
    let tokenizer = bert();
    // Nested with the same start, overlapping, nested with the same end, a single word.
    let entities: [&[_]; 4] = [&[(0, 0, 3), (0, 0, 1)], &[(0, 2, 4)], &[(0, 3, 4)], &[(0, 5, 6)]];
    let document = made(&["the name is in the first"], &entities);
    let example = plain(&document, &tokenizer);
    let expected = "[CLS] * the * name * is * * in * the * first * [SEP]";
    assert_eq!(example.ids, ids(&tokenizer, expected));
    let marker = tokenizer.marker()[0];
    for &place in &example.entities.values {
        assert_eq!(example.ids[place], marker);
    }
    assert_eq!(example.entities.list(0), [1, 1]);
    assert_eq!(&example.ids[example.entities.list(3)[0] + 1..][..1], ids(&tokenizer, "first"));
}

#[test]
fn words_without_pieces_leave_their_mentions_their_markers() {
    let tokenizer = tokenizer(golden("encoders/xlm-roberta"));
    assert!(tokenizer.word("\u{a0}").unwrap().is_empty());
    assert!(tokenizer.word("").unwrap().is_empty());
    let document = made(&["the \u{a0} name", "", "is"], &[&[(0, 1, 2)], &[(0, 1, 3)]]);
    let example = plain(&document, &tokenizer);
    let the = tokenizer.word("the").unwrap().len();
    let marker = tokenizer.marker().len();
    assert_eq!(example.entities, Ragged::from_iter([[1 + the], [1 + the]]));
    let is = tokenizer.word("is").unwrap().len();
    let first = the + 3 * marker + tokenizer.word("name").unwrap().len();
    let sentences = [1..1 + first, 1 + first..1 + first, 1 + first..1 + first + is];
    assert_eq!(example.sentences, sentences);
    assert_eq!(example.length(), first + is + 2);
}

#[test]
fn a_document_without_entities_or_words_is_an_example() {
    let tokenizer = bert();
    let examples = [made(&["the name"], &[]), made(&[], &[]), made(&["the name"], &[&[(0, 0, 1)]])]
        .map(|document| plain(&document, &tokenizer));
    assert_eq!(examples[1].ids, ids(&tokenizer, "[CLS] [SEP]"));
    let batch = EncodedBatch::new(&examples.each_ref(), 160).unwrap();
    assert_eq!((batch.documents.len(), batch.mentions.len(), batch.pairs.len()), (3, 1, 0));
    assert!(batch.is_single_window());
    assert_eq!(batch.labels(3), None);
    let empty = EncodedBatch::new(&[], 160).unwrap();
    assert_eq!((empty.segments, empty.documents.len()), (vec![0], 0));
}

#[test]
fn a_cut_keeps_what_the_public_code_keeps_and_names_the_rest() {
    let tokenizer = bert();
    let entities: [&[_]; 4] = [&[(0, 0, 1)], &[(0, 1, 2), (0, 0, 1)], &[(1, 0, 1)], &[(1, 1, 2)]];
    let document = made(&["the in", "of is"], &entities);
    // [CLS] * the * * in * | * of * * is * [SEP]
    let cut = |max_length| {
        let options = ExampleOptions { max_length: Some(max_length), ..Default::default() };
        Example::new(&document, &tokenizer, &options).unwrap()
    };
    let kept = |warnings: &[Warning]| -> Vec<KeptMention> {
        assert!(matches!(warnings[0], Warning::TextCut { length: 14, .. }));
        let mentions = warnings[1..].iter().map(|warning| match warning {
            Warning::MentionCut { kept, .. } => *kept,
            other => panic!("{other}"),
        });
        mentions.collect()
    };
    let (example, warnings) = cut(8);
    assert_eq!(example.ids, ids(&tokenizer, "[CLS] * the * * in * [SEP]"));
    assert_eq!(example.entities, Ragged::from_iter([vec![1], vec![4, 1], vec![7], vec![]]));
    assert_eq!(example.sentences, [1..7, 7..7]);
    assert_eq!(kept(&warnings), [KeptMention::Sep, KeptMention::Nothing]);
    assert_eq!(
        warnings[2].to_string(),
        "document \"made\": mention \"1:1-2\" in sentence 1 is cut off and left out"
    );
    let (example, warnings) = cut(9);
    assert_eq!(example.entities, Ragged::from_iter([vec![1], vec![4, 1], vec![7], vec![]]));
    assert_eq!(kept(&warnings), [KeptMention::Start, KeptMention::Nothing]);
    assert_eq!(cut(14).1, []);
    let options = ExampleOptions { max_length: Some(2), ..Default::default() };
    let message = Example::new(&document, &tokenizer, &options).unwrap_err().to_string();
    assert_eq!(message, "max_length: must be above 2, for CLS, SEP and some text, but is 2");
}

fn fact(head: usize, relation: &str, tail: usize) -> Fact {
    Fact { head, relation: relation.into(), tail, evidence: vec![], score: None }
}

#[test]
fn labels_are_sorted_and_each_is_there_once() {
    let tokenizer = bert();
    let relations = RelationSet::new(["P1", "P2"]).unwrap();
    let options = ExampleOptions { relations: Some(&relations), ..Default::default() };
    let mut document = made(&["the name is"], &[&[(0, 0, 1)], &[(0, 1, 2)], &[(0, 2, 3)]]);
    let facts = [(2, "P1", 0), (0, "P2", 1), (0, "P1", 1), (2, "P1", 0), (1, "P1", 1)];
    document.facts = Some(facts.map(|(head, relation, tail)| fact(head, relation, tail)).to_vec());
    let (example, warnings) = Example::new(&document, &tokenizer, &options).unwrap();
    let labels = example.labels.clone().unwrap();
    let labels: Vec<_> = labels.iter().map(|l| (l.head, l.tail, l.column)).collect();
    assert_eq!(labels, [(0, 1, 1), (0, 1, 2), (2, 0, 1)]);
    assert_eq!(warnings, [Warning::FactWithItself { document: "made".into(), fact: 4 }]);
    let matrix = EncodedBatch::new(&[&example], 160).unwrap().labels(3).unwrap();
    let none = [1.0, 0.0, 0.0];
    assert_eq!(matrix, [[0.0, 1.0, 1.0], none, none, none, [0.0, 1.0, 0.0], none].concat());
    // Without relations labels are not asked for, so the facts aren't looked at.
    let (example, _) = Example::new(&document, &tokenizer, &ExampleOptions::default()).unwrap();
    assert_eq!(example.labels, None);
}

#[test]
fn a_wrong_document_is_an_error() {
    let tokenizer = bert();
    let relations = RelationSet::new(["P1"]).unwrap();
    let options = ExampleOptions { relations: Some(&relations), ..Default::default() };
    let error =
        |document: &Document| Example::new(document, &tokenizer, &options).unwrap_err().to_string();
    let with_fact = |fact: Fact| {
        let mut document = made(&["the name"], &[&[(0, 0, 1)], &[(0, 1, 2)]]);
        document.facts = Some(vec![fact]);
        document
    };
    let message = error(&with_fact(fact(0, "P9", 1)));
    assert!(message.starts_with("document \"made\": fact 0: relation \"P9\" is not among the 1"));
    let message = error(&with_fact(fact(0, "P1", 7)));
    assert!(message.contains("entity 7 does not exist (the document has 2 entities)"), "{message}");
    for mention in [(0, 1, 3), (0, 1, 1), (1, 0, 1), (0, usize::MAX, 1)] {
        let message = error(&made(&["the name"], &[&[mention]]));
        assert!(message.contains(", but "), "{message}");
    }
}
