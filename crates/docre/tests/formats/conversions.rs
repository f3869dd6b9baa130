//! Conversions from one to another, and those that can't be.

use super::*;

/// The formats that documents are written in.
const WRITTEN: [&str; 9] =
    ["docred", "brat", "label-studio", "spacy", "hacred", "dwie", "pubtator", "bioc", "marked"];

/// Converts, or says that it was refused: nothing that can't be held goes without a word.
fn converted(input: &Path, output: &Path, format: &str) -> Option<Conversion> {
    let done = convert(input, output, &to(named(format)));
    done.map_err(|error| assert!(error.to_string().contains("can't be written as"), "{error}")).ok()
}

/// The documents of a file by their numbers, and what of the file they don't have. DocRED's form
/// has names that stand elsewhere, and keeps them.
fn numbered(path: &Path) -> (Vec<Document>, Omissions) {
    let place = Place::new();
    let done = convert(path, place.at("x.jsonl"), &ConvertOptions::default()).unwrap();
    let mut documents = read(path);
    documents.sort_by_key(|document| document.title.chars().next());
    let is_docred = done.from == Format::DOCRED.name();
    (documents, if is_docred { Omissions::default() } else { done.left_out })
}

proptest! {
    // Each case is a hundred conversions.
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn each_format_becomes_each_other_with_the_losses_that_are_told(
        documents in prop::collection::vec(document(), 1..3),
        ids in prop::collection::vec(prop::option::of("[A-Z]{1,2}:[0-9]{1,2}|Q[0-9]|\\PC{1,3}"), 4),
    ) {
        let mut documents = distinct(documents);
        for document in &mut documents {
            for (entity, id) in document.entities.iter_mut().zip(&ids) {
                entity.id.clone_from(id);
            }
        }
        let place = Place::new();
        corpus::write(place.at("in.jsonl"), &documents).unwrap();
        for from in WRITTEN {
            let input = place.at(&format!("{from}.from"));
            if converted(&place.at("in.jsonl"), &input, from).is_none() {
                continue;
            }
            let (before, _) = numbered(&input);
            prop_assert_eq!(before.len(), documents.len(), "{}", from);
            for format in WRITTEN {
                let output = place.at(&format!("{from}.{format}"));
                let Some(done) = converted(&input, &output, format) else { continue };
                let (after, left_out) = numbered(&output);
                let mut expected = expected_losses(&before, &after);
                expected.merge(&left_out);
                prop_assert_eq!(done.lost, expected, "{} to {}", from, format);
                // And back: what could be held once is held again.
                let back = place.at(&format!("{from}.{format}.back"));
                let Some(done) = converted(&output, &back, from) else { continue };
                let (again, left_out) = numbered(&back);
                let mut expected = expected_losses(&after, &again);
                expected.merge(&left_out);
                prop_assert_eq!(done.lost, expected, "{} to {} and back", from, format);
            }
        }
    }
}

const BRAT: &str = "T1\tPER 0 3\tAnn\nT2\tPER 8 10;12 15\tBo Ann\nR1\tmet Arg1:T1 Arg2:T2\n\
                    *\tEquiv T1 T2\nE1\tmet:T2 A:T1\n";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_change_of_a_file_makes_a_reader_panic(
        file in 0..6usize,
        at in any::<prop::sample::Index>(),
        length in 0..4usize,
        new in "[0-9]{1,3}|[\"\\[\\]{}:,;\t\n -]{1,2}|\\PC",
    ) {
        let spacy = json!({"text": "Ann. Bo", "tokens": [{"start": 0, "end": 3}, {"start": 3, "end": 4},
            {"start": 5, "end": 7}], "sents": [{"start": 0, "end": 4}, {"start": 5, "end": 7}],
            "ents": [{"start": 0, "end": 3, "label": "X"}, {"start": 5, "end": 7, "label": "X"}],
            "_": {"relations": [{"head": 0, "tail": 1, "label": "r", "evidence": [1]}]}});
        let files = [task(), spacy, hacred(), dwie("DW_1", "train"), dialogue()];
        let good = files.get(file).map_or(BRAT.to_owned(), Value::to_string);
        let mut characters: Vec<char> = good.chars().collect();
        let start = at.index(characters.len());
        let end = (start + length).min(characters.len());
        characters.splice(start..end, new.chars());
        let bad: String = characters.into_iter().collect();
        let place = Place::new();
        place.write("folder/a.txt", "Ann met Bo. Ann left.");
        let path = match file {
            5 => place.write("folder/a.ann", bad),
            3 => place.write("folder/a.json", bad),
            _ => place.write("folder/a.jsonl", bad),
        };
        let path = if file == 3 || file == 5 { place.at("folder") } else { path };
        // What can be read can be written and told apart from what is lost.
        if corpus::read_all(&path).is_ok() {
            for (name, format) in [("b", named("brat")), ("s.json", named("spacy"))] {
                let _ = convert(&path, place.at(name), &to(format));
            }
        }
    }
}

#[test]
fn a_conversion_that_fails_leaves_nothing() {
    let place = Place::new();
    let good = json!({"title": "A", "sents": [["Ann"]], "vertexSet": []}).to_string();
    place.write("in.jsonl", format!("{good}\n{{\"title\": \"B\"}}\n"));
    let before = place.names();
    for format in
        [Format::DOCRED, named("brat"), named("spacy"), named("label-studio"), Format::DWIE]
    {
        let error = convert(place.at("in.jsonl"), place.at("out"), &to(format)).unwrap_err();
        assert!(error.to_string().contains("document 1 \"B\", missing field `sents`"), "{error}");
        assert_eq!(place.names(), before, "{format}");
    }
}

#[test]
fn a_document_that_a_format_cannot_hold_is_refused() {
    let place = Place::new();
    let blank = json!({"title": "A", "sents": [["Ann", " "]],
        "vertexSet": [[{"pos": [1, 2], "sent_id": 0}]]});
    place.write("in.jsonl", blank.to_string());
    let error = convert(place.at("in.jsonl"), place.at("out"), &to(Format::DWIE)).unwrap_err();
    assert!(
        error.to_string().contains("document 0 \"A\" can't be written as dwie: mention"),
        "{error}"
    );
    assert_eq!(place.names(), ["in.jsonl"]);
}

#[test]
fn what_cannot_be_converted_is_refused() {
    let place = Place::new();
    let good = json!({"title": "A", "sents": [["Ann"]], "vertexSet": []}).to_string();
    place.write("in.jsonl", &good);
    place.write("texts.jsonl", r#"{"text": "a", "labels": ["b"]}"#);
    place.write("full/x", "");
    place.write("empty/.keep", "");
    place.write("other/a.json", r#"{"id": "a"}"#);
    let refused = |from: &str, to: &str, format: Option<Format>, part: &str| {
        let options = ConvertOptions { to: format, ..ConvertOptions::default() };
        let error = convert(place.at(from), place.at(to), &options).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    };
    refused("in.jsonl", "out", None, "its name doesn't tell the format to write");
    refused("in.jsonl", "full", Some(named("brat")), "exists already; name a new folder");
    refused("in.jsonl", "out.json", Some(Format::DIALOGRE), "can't be written as dialogre");
    refused("in.jsonl", "out.tsv", None, "which can't become texts");
    refused("texts.jsonl", "out.json", Some(Format::DOCRED), "which can't become docred");
    refused("empty", "out.json", None, "without .ann files");
    refused("other", "out.json", None, "annotation files of DWIE");
    refused("none.json", "out.json", None, "cannot read");
    let error = corpus::read_all(place.at("texts.jsonl")).unwrap_err().to_string();
    assert!(error.contains("no documents with entities and relations"), "{error}");
}

#[test]
fn a_format_is_told_by_its_name() {
    for format in Format::all() {
        assert_eq!(format.name().parse::<Format>().unwrap(), format);
    }
    let error = "conllu".parse::<Format>().unwrap_err();
    assert!(error.contains("\"conllu\"; there are docred, brat"), "{error}");
}
