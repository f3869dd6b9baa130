//! Files of documents, prepared on all threads.

use super::*;

// Many documents.

#[test]
fn many_documents_are_prepared_in_order() {
    let tokenizer = bert();
    let options = ExampleOptions { max_length: Some(20), ..Default::default() };
    let documents: Vec<Document> = (0..600)
        .map(|place| Document {
            title: place.to_string(),
            ..made(&[&vec!["the"; place % 50 + 1].join(" ")], &[&[(0, place % 50, place % 50 + 1)]])
        })
        .collect();
    let prepared = prepare(&documents, &tokenizer, &options).unwrap();
    let one_by_one: Vec<_> =
        documents.iter().map(|d| Example::new(d, &tokenizer, &options).unwrap()).collect();
    let (examples, warnings): (Vec<_>, Vec<_>) = one_by_one.into_iter().unzip();
    assert_eq!(prepared.examples, examples);
    assert_eq!(prepared.warnings, warnings.concat());
    assert!(!prepared.warnings.is_empty());

    let stream = prepare_stream(documents.iter().cloned().map(Ok), &tokenizer, options);
    let streamed: Vec<_> = stream.map(Result::unwrap).collect();
    assert!(streamed.iter().map(|item| &item.example).eq(&examples));
    assert!(streamed.iter().map(|item| &item.document).eq(&documents));
}

#[test]
fn a_bad_document_does_not_hide_the_rest() {
    let tokenizer = bert();
    let good = made(&["the name"], &[&[(0, 0, 1)]]);
    let bad = made(&["the name"], &[&[(5, 0, 1)]]);
    let unreadable = docre::Error::file("x.jsonl", "line 3 is broken");
    let items = [Ok(good.clone()), Ok(bad.clone()), Err(unreadable), Ok(good.clone())];
    let stream = prepare_stream(items, &tokenizer, ExampleOptions::default());
    let good_ones: Vec<bool> = stream.map(|item| item.is_ok()).collect();
    assert_eq!(good_ones, [true, false, false, true]);
    let error = prepare(&[good, bad], &tokenizer, &ExampleOptions::default()).unwrap_err();
    assert!(error.to_string().contains("0..1 of sentence 5, but the document has 1 sentences"));
}

// Files of labelled documents.

/// Words, mentions as (first word, words), and facts as (head, tail, relation), of which
/// only possible ones are kept.
type Parts = (Vec<String>, Vec<(usize, usize)>, Vec<(usize, usize, usize)>);

fn parts() -> impl Strategy<Value = Parts> {
    (
        prop::collection::vec("[a-z*\u{e9}]{0,6}", 1..20),
        prop::collection::vec((0_usize..20, 1_usize..4), 0..6),
        prop::collection::vec((0_usize..6, 0_usize..6, 0_usize..12), 0..8),
    )
}

/// A line of a file of documents.
fn line(title: usize, (words, mentions, facts): &Parts) -> String {
    let count = words.len();
    let mention = |&(start, length): &(usize, usize)| {
        let start = start % count;
        let kind = format!("T{}", length % 3);
        json!([{"sent_id": 0, "pos": [start, (start + length).min(count)], "type": kind}])
    };
    let possible = |&&(h, t, _): &&(usize, usize, usize)| h != t && h.max(t) < mentions.len();
    let facts = facts.iter().filter(possible);
    json!({
        "title": title.to_string(),
        "sents": [words],
        "vertexSet": mentions.iter().map(mention).collect::<Vec<_>>(),
        "labels": facts.map(|(h, t, r)| json!({"h": h, "t": t, "r": format!("P{r}")}))
            .collect::<Vec<_>>(),
    })
    .to_string()
}

fn of_text(text: &str) -> Documents<&[u8]> {
    Documents::new(text.as_bytes(), "train.jsonl").unwrap()
}

/// Numbers entity types in the order in which they come.
fn number_types(examples: &mut [Example], documents: &[Document]) {
    let mut kinds: Vec<&str> = Vec::new();
    for (example, document) in examples.iter_mut().zip(documents) {
        for entity in &document.entities {
            let known = kinds.iter().position(|kind| *kind == entity.kind());
            example.types.push(known.unwrap_or(kinds.len()) as u32);
            if known.is_none() {
                kinds.push(entity.kind());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn one_pass_over_a_file_gives_what_the_plain_way_gives(
        parts in prop::collection::vec(parts(), 1..12),
        times in 1_usize..60,
        relations_are_given in any::<bool>(),
        max_length in prop::option::of(3_usize..20),
        limit in prop::option::of(1_usize..400),
    ) {
        let lines = (0..times).flat_map(|_| &parts).enumerate();
        let text: String = lines.map(|(title, parts)| line(title, parts) + "\n").collect();
        let tokenizer = bert();
        let given = RelationSet::new((0..12).rev().map(|r| format!("P{r}"))).unwrap();

        let documents: Vec<Document> = of_text(&text).map(Result::unwrap).collect();
        let first = &documents[..documents.len().min(limit.unwrap_or(usize::MAX))];
        let inferred = corpus::relations::infer(first);
        let pairs: usize = first.iter().map(Document::pair_count).sum();

        let mut seen = Vec::new();
        let relations = relations_are_given.then_some(&given);
        let example = ExampleOptions { relations, max_length, ..Default::default() };
        let options = LabelledOptions { example, limit, ..Default::default() };
        let read = read_labelled(of_text(&text), &tokenizer, &options, |entities, facts| {
            seen.push((entities.to_vec(), facts.to_vec()));
            Ok::<_, docre::Error>(())
        });
        let expected = documents.iter().map(|d| (d.entities.clone(), d.facts.clone().unwrap()));
        prop_assert!(seen.into_iter().eq(expected));
        let relations = if relations_are_given { Ok(given) } else { inferred };
        prop_assert_eq!(read.is_ok(), pairs > 0 && relations.is_ok());
        if let (Ok(read), Ok(relations)) = (read, relations) {
            let options = ExampleOptions { relations: Some(&relations), max_length, ..Default::default() };
            let mut plain = prepare(first, &bert(), &options).unwrap();
            number_types(&mut plain.examples, first);
            prop_assert_eq!(read.relations, relations);
            prop_assert_eq!(read.examples, plain.examples);
            prop_assert_eq!(read.warnings, plain.warnings);
        }
    }
}

#[test]
fn a_file_to_learn_from_is_checked_to_its_end() {
    let good = line(0, &(vec!["a".into()], vec![(0, 1), (0, 1)], vec![(0, 1, 1)]));
    let unlabelled = good.replace("labels", "notes");
    let without_facts = line(0, &(vec!["a".into()], vec![(0, 1), (0, 1)], vec![]));
    let without_pairs = line(0, &(vec!["a".into()], vec![(0, 1)], vec![]));
    let relations = RelationSet::new(["P2"]).unwrap();
    let example = ExampleOptions { relations: Some(&relations), ..Default::default() };
    let known = LabelledOptions { example, ..Default::default() };
    let some = LabelledOptions { limit: Some(2), ..Default::default() };
    for (documents, options, message) in [
        ([&good, &good, &unlabelled], some, "document 2 \"0\" has no labels, so nothing"),
        ([&good, &good, &"{}".into()], some, "document 2 (line 3), missing field `title`"),
        ([&without_facts, &good, &good], known, "document 1 \"0\", the fact from entity 0"),
        ([&without_facts; 3], some, "holds no labelled fact to learn from"),
        ([&without_pairs; 3], some, "holds no document with two entities to learn from"),
    ] {
        let text = documents.map(String::as_str).join("\n");
        let read = read_labelled(of_text(&text), &bert(), &options, |_, _| Ok(()));
        let error: docre::Error = read.unwrap_err();
        assert!(error.to_string().starts_with("train.jsonl: "), "{error}");
        assert!(error.to_string().contains(message), "{error}\nshould contain\n{message}");
    }
}
