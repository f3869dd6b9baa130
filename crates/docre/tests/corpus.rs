//! Files of documents: what is read, what is refused and in which words, what is written.

mod support;

use std::cell::Cell;
use std::collections::VecDeque;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use docre::corpus::{self, Documents, Prediction, Statistics, predictions, relations};
use docre::document::{Document, Fact, RelationSet};
use docre::files::{AtomicFile, write_atomically};
use proptest::prelude::*;
use support::random_documents::document;
use tempfile::TempDir;

/// A good document with two sentences, three entities and two facts.
const GOOD: &str = r#"{"title": "Lark Force", "sents": [["Lark", "Force", "sailed"], ["To", "Rabaul", "in", "1941"]], "vertexSet": [[{"name": "Lark Force", "pos": [0, 2], "sent_id": 0, "type": "ORG"}], [{"name": "Rabaul", "pos": [1, 2], "sent_id": 1, "type": "LOC"}], [{"name": "1941", "pos": [3, 4], "sent_id": 1, "type": "TIME"}]], "labels": [{"h": 0, "t": 1, "r": "P131", "evidence": [0, 1]}, {"h": 0, "t": 2, "r": "P571", "evidence": []}]}"#;

fn documents(text: &(impl AsRef<[u8]> + ?Sized)) -> Vec<Result<Document, String>> {
    match Documents::new(text.as_ref(), "data.json") {
        Ok(documents) => documents.map(|found| found.map_err(|e| e.to_string())).collect(),
        Err(error) => vec![Err(error.to_string())],
    }
}

fn good() -> Document {
    documents(GOOD).remove(0).unwrap()
}

/// The one error that a file gives.
fn refusal(text: &(impl AsRef<[u8]> + ?Sized)) -> String {
    let errors: Vec<_> = documents(text).into_iter().filter_map(Result::err).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.into_iter().next().unwrap()
}

fn titles(text: &str) -> Vec<String> {
    documents(text).into_iter().map(|document| document.unwrap().title).collect()
}

fn titled(title: &str) -> String {
    GOOD.replace("Lark Force\", \"sents", &format!("{title}\", \"sents"))
}

fn file(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    path
}

fn names_in(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_document_is_read_as_it_stands() {
    let document = good();
    assert_eq!(document.title, "Lark Force");
    assert_eq!(document.sentences[1], ["To", "Rabaul", "in", "1941"]);
    assert_eq!(document.entities[0].mentions[0].tokens, 0..2);
    assert_eq!((document.entities[1].name(), document.entities[2].kind()), ("Rabaul", "TIME"));
    let facts = document.facts.unwrap();
    let Fact { head, relation, tail, evidence, score } = &facts[0];
    assert_eq!((*head, relation.as_str(), *tail, *score), (0, "P131", 1, None));
    assert_eq!(*evidence, [0, 1]);
}

#[test]
fn what_may_be_missing_may_be_missing() {
    let text = r#"{"title": "T", "sents": [["Anna", "Lee", "sings"], []],
        "vertexSet": [[{"pos": [0, 2], "sent_id": 0, "index": "0_0", "global_pos": [0, 0]},
                       {"pos": [1, 2], "sent_id": 0}], [{"pos": [0, 3], "sent_id": 0}]],
        "labels": [{"h": 1, "t": 0, "r": "P1"}], "note": {"any": [1]}}"#;
    let document = documents(&format!("[{text}]")).remove(0).unwrap();
    assert_eq!(document.entities[0].name(), "Anna Lee");
    assert_eq!(document.entities[0].kind(), "");
    assert!(document.labelled_facts()[0].evidence.is_empty());
}

#[test]
fn unlabelled_is_not_the_same_as_without_facts() {
    let no_entities = r#"{"title": "T", "sents": [["a"]], "vertexSet": []"#;
    for (labels, expected) in
        [("", None), (r#", "labels": null"#, None), (r#", "labels": []"#, Some(vec![]))]
    {
        let document = documents(&format!("[{no_entities}{labels}}}]")).remove(0).unwrap();
        assert_eq!(document.facts, expected, "{labels}");
    }
}

#[test]
fn lists_and_lines_of_any_spacing_are_read() {
    let (a, b) = (titled("a"), titled("b \\\" ] } \\\\"));
    let expected = ["a".to_owned(), "b \" ] } \\".to_owned()];
    for text in [
        format!("[{a},{b}]"),
        format!(" \r\n[\n{a} \n ,\t{b}\n]\n\n"),
        format!("[{},{}]", a.replace(", ", ",\n  "), b.replace(": ", ":\r\n\t")),
        format!("{a}\n{b}\n"),
        format!("\n{a}\r\n\n  \n{b}"),
    ] {
        assert_eq!(titles(&text), expected, "{text}");
    }
    for nothing in ["[]", " [ ] \n"] {
        assert!(titles(nothing).is_empty(), "{nothing}");
    }
}

#[test]
fn a_repeated_fact_counts_once_with_the_evidence_of_all() {
    let text = GOOD.replace(
        r#"{"h": 0, "t": 2"#,
        r#"{"h": 0, "t": 1, "r": "P131", "evidence": [1]}, {"h": 0, "t": 2"#,
    );
    let mut reader = Documents::new(text.as_bytes(), "x").unwrap();
    assert_eq!(reader.next().unwrap().unwrap(), good());
    assert_eq!(reader.repeated_facts(), 1);
}

/// What is put for what in the good document, and what the message has to say.
const BROKEN_DOCUMENTS: &[(&str, &str, &str)] = &[
    (r#""title": "Lark Force", "#, "", "data.json: document 0, missing field `title`"),
    (
        r#""title": "Lark Force""#,
        r#""title": 3"#,
        "title: invalid type: integer `3`, expected a text",
    ),
    (r#""title": "Lark Force""#, r#""title": null"#, "title: invalid type: null"),
    (r#""title": "Lark Force""#, r#""title": " ""#, "title: is empty"),
    (r#""title": "Lark Force""#, r#""title": "a", "title": "b""#, "duplicate field `title`"),
    (r#""title": "Lark Force""#, r#""title": "\ud800""#, "title: is not JSON: "),
    (r#""sents""#, r#""sentences""#, r#"document 0 "Lark Force", missing field `sents`"#),
    (
        r#"["Lark", "Force", "sailed"]"#,
        r#""Lark Force sailed""#,
        "sents[0]: invalid type: string \"Lark Force sailed\", expected a list",
    ),
    (
        r#""Force", "sailed""#,
        r#""Force", 7"#,
        "sents[0][2]: invalid type: integer `7`, expected a text",
    ),
    (
        r#"[["Lark", "Force", "sailed"], ["To", "Rabaul", "in", "1941"]]"#,
        "[]",
        "sents: there is no sentence",
    ),
    (
        r#"["To", "Rabaul", "in", "1941"]"#,
        "[]",
        "entity 1, mention 0: ends before token 2, but sentence 1 has 0 tokens",
    ),
    (r#""vertexSet""#, r#""entities""#, "missing field `vertexSet`"),
    (
        r#"[{"name": "1941", "pos": [3, 4], "sent_id": 1, "type": "TIME"}]"#,
        "[]",
        "entity 2: has no mention",
    ),
    (
        r#"[{"name": "1941", "pos": [3, 4], "sent_id": 1, "type": "TIME"}]"#,
        "7",
        "vertexSet[2]: invalid type: integer `7`, expected a list",
    ),
    (r#""pos": [1, 2], "#, "", "vertexSet[1][0]: missing field `pos`"),
    (
        r#""pos": [1, 2]"#,
        r#""pos": "1-2""#,
        "vertexSet[1][0].pos: invalid type: string \"1-2\", expected a list",
    ),
    (
        r#""pos": [1, 2]"#,
        r#""pos": [1]"#,
        "entity 1, mention 0: pos: should be start and end, but has 1 number",
    ),
    (r#""pos": [1, 2]"#, r#""pos": [1, 2, 3]"#, "pos: should be start and end, but has 3 numbers"),
    (
        r#""pos": [1, 2]"#,
        r#""pos": [-1, 2]"#,
        "vertexSet[1][0].pos[0]: invalid value: integer `-1`, expected a whole number, 0 or more",
    ),
    (
        r#""pos": [1, 2]"#,
        r#""pos": [1.5, 2]"#,
        "pos[0]: invalid type: floating point `1.5`, expected a whole number",
    ),
    (
        r#""pos": [1, 2]"#,
        r#""pos": [2, 2]"#,
        "entity 1, mention 0: starts at token 2 and ends before token 2, so it is empty",
    ),
    (r#""pos": [1, 2]"#, r#""pos": [3, 1]"#, "starts at token 3 and ends before token 1"),
    (
        r#""pos": [1, 2]"#,
        r#""pos": [3, 5]"#,
        "entity 1, mention 0: ends before token 5, but sentence 1 has 4 tokens",
    ),
    (
        r#""sent_id": 0"#,
        r#""sent_id": 2"#,
        "entity 0, mention 0: sentence 2 does not exist (the document has 2 sentences)",
    ),
    (r#""sent_id": 0, "#, "", "vertexSet[0][0]: missing field `sent_id`"),
    (r#""type": "ORG""#, r#""type": ["ORG"]"#, "vertexSet[0][0].type: invalid type"),
    (r#""name": "Rabaul""#, r#""name": 5"#, "vertexSet[1][0].name: invalid type: integer `5`"),
    (
        r#""labels": ["#,
        r#""labels": 5, "x": ["#,
        "labels: invalid type: integer `5`, expected a list",
    ),
    (
        r#""h": 0, "t": 1"#,
        r#""h": 3, "t": 1"#,
        r#"data.json: document 0 "Lark Force", label 0: head entity 3 does not exist (the document has 3 entities)"#,
    ),
    (
        r#""t": 2, "r""#,
        r#""t": 14, "r""#,
        "label 1: tail entity 14 does not exist (the document has 3 entities)",
    ),
    (
        r#""h": 0, "t": 1"#,
        r#""h": "0", "t": 1"#,
        "labels[0].h: invalid type: string \"0\", expected a whole number",
    ),
    (r#""h": 0, "t": 1"#, r#""t": 1"#, "labels[0]: missing field `h`"),
    (r#""r": "P571""#, r#""r": """#, "label 1: r: the relation is empty"),
    (r#""r": "P571""#, r#""r": 571"#, "labels[1].r: invalid type: integer `571`, expected a text"),
    (
        "[0, 1]}",
        "[0, 2]}",
        "label 0: evidence: sentence 2 does not exist (the document has 2 sentences)",
    ),
    ("[0, 1]}", "[-1]}", "labels[0].evidence[0]: invalid value: integer `-1`"),
    ("[0, 1]}", "0}", "labels[0].evidence: invalid type: integer `0`, expected a list"),
    (r#""in", "1941""#, r#""in" "1941""#, "document 0, sents[1]: is not JSON: "),
    (r#""h": 0, "t": 1"#, r#""h": NaN, "t": 1"#, "labels[0].h: is not JSON: "),
];

#[test]
fn a_broken_document_is_named_with_the_place_and_the_next_is_read() {
    for (good, broken, message) in BROKEN_DOCUMENTS {
        assert!(GOOD.contains(good), "{good}");
        let bad = GOOD.replacen(good, broken, 1);
        let found = documents(&format!("[{bad}, {}]", titled("next")));
        assert_eq!(found.len(), 2, "{broken}: {found:?}");
        let error = found[0].as_ref().unwrap_err();
        assert!(error.starts_with("data.json: document 0"), "{error}");
        assert!(error.contains(message), "{error}\nshould contain\n{message}");
        assert!(!error.contains(" column "), "{error}");
        assert_eq!(found[1].as_ref().unwrap().title, "next", "{broken}");
    }
}

/// Whole files, `@` standing for the good document, and what the message has to say.
const BROKEN_FILES: &[(&str, &str)] = &[
    ("", "data.json: the file is empty"),
    (" \n\t", "the file is empty"),
    (
        "title,sents",
        "data.json: should be a JSON list of documents (`[`) or one document a line (`{`), but starts with `t`",
    ),
    ("null", "but starts with `n`"),
    ("\"text\"", "but starts with `\"`"),
    ("12", "but starts with `1`"),
    ("\u{FEFF}[@]", "starts with a byte order mark; save it as UTF-8 without one"),
    ("\u{7}", "but starts with the byte 0x07"),
    ("[", "the file ends before its list does (after 0 complete documents)"),
    ("[@", "the file ends before its list does (after 1 complete document)"),
    ("[@, ", "the file ends before its list does (after 1 complete document)"),
    ("[@, {\"title\": \"x\", \"sents\": [[\"a", "the file ends in the middle of document 1"),
    ("[{", "the file ends in the middle of document 0"),
    ("@\n@\n{\"title\": \"x", "the file ends in the middle of document 2"),
    ("[@ @]", "after document 0 there should be `,` or `]`, but there is `{`"),
    ("[@,]", "a comma, but no document, before the final `]`"),
    ("[@,,@]", "document 1 should be an object and start with `{`, but starts with `,`"),
    ("[,@]", "document 0 should be an object and start with `{`, but starts with `,`"),
    ("[[@]]", "document 0, should be an object and start with `{`, or a dialogue"),
    ("[@, [@]]", "document 1, should be an object and start with `{`"),
    ("[@, null]", "document 1 should be an object and start with `{`, but starts with `n`"),
    ("[@] @", "`{` stands after the end of the list of documents"),
    ("[@]]", "`]` stands after the end of the list of documents"),
    ("@\n{\"title\": \"x\",\n", "document 1 (line 2), is not complete"),
    ("@\nnonsense\n@", "document 1 (line 2), is not JSON"),
    ("@\n\n@ @\n", "document 1 (line 3), is followed by something on the same line"),
    ("{\"P17\": \"country\"}", "document 0 (line 1), missing field `title`"),
];

#[test]
fn a_broken_file_gives_one_clear_message() {
    for (text, message) in BROKEN_FILES {
        let error = refusal(&text.replace('@', GOOD));
        assert!(error.starts_with("data.json: "), "{error}");
        assert!(error.contains(message), "{error}\nshould contain\n{message}");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let bytes = |before: &[u8], text: &str| [before, text.as_bytes()].concat();
    assert!(refusal(&bytes(b"\xFF\xFE", "[\0]\0")).contains("is UTF-16; save it as UTF-8"));
    assert!(refusal(&bytes(b"\x1F\x8B\x08", "")).contains("looks compressed"));
    let mut latin1 = format!("[{}]", titled("Müller")).into_bytes();
    let place = latin1.iter().position(|byte| *byte == 0xC3).unwrap();
    latin1.remove(place);
    assert!(refusal(&latin1).contains("document 0, is not UTF-8 text (at its byte 12)"));
}

#[test]
fn after_a_broken_frame_nothing_more_comes() {
    let mut reader = Documents::new("[{} {}, {}]".as_bytes(), "x").unwrap();
    assert!(reader.next().unwrap().is_err()); // a bad document
    assert!(reader.next().unwrap().unwrap_err().to_string().contains("`,` or `]`"));
    assert!(reader.next().is_none());
    assert!(reader.next().is_none());
}

#[test]
fn what_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none.json");
    let error = corpus::read(&missing).map(|_| ()).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}: cannot read: ", missing.display())), "{error}");
    let error = corpus::read(folder.path()).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("is a folder without .ann files"), "{error}");
    let error = predictions::read(&missing).unwrap_err().to_string();
    assert!(error.contains("cannot read: "), "{error}");
}

#[test]
fn reading_all_fails_on_the_first_bad_document() {
    let folder = tempfile::tempdir().unwrap();
    let bad = GOOD.replace("\"h\": 0", "\"h\": 9");
    let path = file(&folder, "x.json", format!("[{GOOD}, {bad}, 5]"));
    let error = corpus::read_all(&path).unwrap_err().to_string();
    assert!(error.contains("document 1 \"Lark Force\", label 0: head entity 9"), "{error}");
}

/// An endless list of documents, made as it is read.
struct Endless {
    document: Vec<u8>,
    pending: VecDeque<u8>,
    made: Rc<Cell<usize>>,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.pending.is_empty() {
            self.pending.extend(&self.document);
            self.pending.push_back(b',');
            self.made.set(self.made.get() + 1);
        }
        self.pending.read(buffer)
    }
}

#[test]
fn documents_are_read_one_at_a_time() {
    let made = Rc::new(Cell::new(0));
    let mut reader = endless(&made);
    for read in 1..50_000 {
        assert_eq!(reader.next().unwrap().unwrap().title, "Lark Force");
        assert!(made.get() <= read + 1, "{} made for {read}", made.get());
    }
}

fn endless(made: &Rc<Cell<usize>>) -> Documents<Endless> {
    let pending = VecDeque::from([b'[']);
    let list = Endless { document: GOOD.into(), pending, made: made.clone() };
    Documents::new(list, "endless").unwrap()
}

/// What [`Documents::process`] gives, errors as text.
fn processed(text: &str) -> Vec<Result<Document, String>> {
    let mut found = Vec::new();
    let documents = Documents::new(text.as_bytes(), "data.json").unwrap();
    let ended: docre::Result<()> = documents.process(
        |read| read.map(|read| read.document).map_err(|error| error.to_string()),
        |read| {
            found.push(read);
            Ok(())
        },
    );
    ended.unwrap();
    found
}

#[test]
fn all_threads_give_what_one_gives_in_file_order() {
    let document = |number: usize| match number % 97 {
        96 => titled("bad").replace("\"t\": 1", "\"t\": 7"),
        95 => titled("bad").replace("\"sents\"", "\"sent\""),
        _ => titled(&number.to_string()),
    };
    let list: Vec<String> = (0..1000).map(document).collect();
    for text in [
        format!("[{}]", list.join(", ")),
        list.join("\n"),
        format!("[{}", list.join(",")),
        format!("[{}, 5]", list.join(",")),
        "[]".to_owned(),
    ] {
        assert_eq!(processed(&text), documents(&text));
    }
}

#[test]
fn a_limit_is_all_that_is_read() {
    let made = Rc::new(Cell::new(0));
    let documents = endless(&made).limit(300);
    let mut indices = Vec::new();
    let ended: docre::Result<()> = documents.process(
        |read| read.unwrap().index,
        |index| {
            indices.push(index);
            Ok(())
        },
    );
    ended.unwrap();
    assert!(indices.into_iter().eq(0..300));
    assert_eq!(made.get(), 300);
    assert_eq!(endless(&made).limit(3).limit(5).count(), 3);
}

#[test]
fn whoever_takes_documents_may_end_the_reading() {
    let made = Rc::new(Cell::new(0));
    let mut taken = 0;
    let ended = endless(&made).process(
        |read| read.unwrap(),
        |_| {
            taken += 1;
            if taken < 1000 { Ok(()) } else { Err("enough") }
        },
    );
    assert_eq!((ended, taken), (Err("enough"), 1000));
    assert!(made.get() < 2000, "{}", made.get());
}

/// Gives its bytes one by one, with an interruption before each.
struct Drip<'a>(&'a [u8], bool);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        self.0.read(&mut buffer[..1])
    }
}

#[test]
fn it_does_not_matter_where_a_read_ends() {
    for text in [format!("[{GOOD} , {GOOD}]"), format!("{GOOD}\n{GOOD}")] {
        let reader = Documents::new(Drip(text.as_bytes(), false), "drip").unwrap();
        let found: Vec<_> = reader.map(Result::unwrap).collect();
        assert_eq!(found, [good(), good()]);
    }
}

/// A disk that fails after some bytes.
struct Failing<'a>(&'a [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            Err(io::Error::other("the disk is gone"))
        } else {
            self.0.read(buffer)
        }
    }
}

#[test]
fn a_read_error_ends_the_documents() {
    let text = format!("[{GOOD}, {{");
    let mut reader = Documents::new(Failing(text.as_bytes()), "x.json").unwrap();
    assert!(reader.next().unwrap().is_ok());
    let error = reader.next().unwrap().unwrap_err().to_string();
    assert_eq!(error, "x.json: cannot read: the disk is gone");
    assert!(reader.next().is_none());
}

#[test]
fn a_line_without_end_does_not_fill_the_memory() {
    for start in ["[{\"title\": \"", "{\"title\": \""] {
        let endless = start.as_bytes().chain(io::repeat(b'x'));
        let error = Documents::new(endless, "x").unwrap().next().unwrap().unwrap_err().to_string();
        assert!(error.contains("longer than 64 MiB"), "{error}");
    }
}

#[test]
fn repeated_titles_are_refused_with_both_places() {
    let other = Document { title: "Other".into(), ..good() };
    corpus::check_unique_titles("x.json", &[good(), other.clone()]).unwrap();
    let error = corpus::check_unique_titles("x.json", &[good(), other, good()]).unwrap_err();
    assert!(error.to_string().contains("x.json: document 2 \"Lark Force\", title: document 0 has"));

    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "x.json", format!("[{GOOD}, {}, {GOOD}]", titled("b")));
    let error = corpus::check_file(&path).unwrap_err().to_string();
    assert!(error.contains("document 2 \"Lark Force\", title: document 0 has it too"), "{error}");
    let path = file(&folder, "y.json", format!("[{GOOD}, {}]", titled("b")));
    assert_eq!(corpus::check_file(path).unwrap(), 2);
}

proptest! {
    // Each case waits for the disk several times.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read_back(documents in prop::collection::vec(document(), 0..4)) {
        let folder = tempfile::tempdir().unwrap();
        for name in ["x.json", "x.jsonl"] {
            let path = folder.path().join(name);
            corpus::write(&path, &documents).unwrap();
            prop_assert_eq!(&corpus::read_all(&path).unwrap(), &documents);
            let results = folder.path().join(format!("results-{name}"));
            let written: Vec<_> = documents.iter().flat_map(Prediction::of).collect();
            predictions::write(&results, &written).unwrap();
            prop_assert_eq!(&predictions::read(&results).unwrap(), &written);
        }
    }

}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        documents(&bytes);
        documents(&[b"[", bytes.as_slice()].concat());
        documents(&[b"{", bytes.as_slice()].concat());
    }

    #[test]
    fn a_cut_file_is_never_taken_for_a_whole_one(cut in 1..GOOD.len()) {
        let text = format!("[{GOOD}]");
        prop_assert!(refusal(&text[..cut]).contains("the file ends"));
        prop_assert!(refusal(&GOOD[..cut]).contains("the file ends"));
    }
}

#[test]
fn a_list_is_written_in_the_official_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.json");
    corpus::write(&path, [good()]).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let written: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(written[0], serde_json::from_str::<serde_json::Value>(GOOD).unwrap());
    corpus::write(&path, Vec::<Document>::new()).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "[]\n");
}

#[test]
fn nothing_is_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "x.json", "old");
    let fail = |file: &mut dyn Write| {
        file.write_all(b"new")?;
        Err(io::Error::other("the disk is full"))
    };
    let error = write_atomically(&path, fail).unwrap_err().to_string();
    assert_eq!(error, format!("{}: cannot write: the disk is full", path.display()));
    let mut unfinished = corpus::DocumentWriter::create(&path).unwrap();
    unfinished.push(&good()).unwrap();
    drop(unfinished);
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(names_in(&folder), ["x.json"]);
    write_atomically(&path, |file| file.write_all(b"new")).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    assert_eq!(names_in(&folder), ["x.json"]);
}

#[test]
fn a_file_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no/x.json");
    let error = AtomicFile::create(&path).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}: cannot create: ", path.display())), "{error}");
    let error = AtomicFile::create(folder.path()).unwrap_err().to_string();
    assert!(error.contains("is a folder"), "{error}");
}

#[cfg(unix)]
#[test]
fn links_stay_links_devices_stay_devices_and_files_are_ordinary() {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};

    let folder = tempfile::tempdir().unwrap();
    let target = file(&folder, "target.json", "old");
    let link = folder.path().join("link.json");
    symlink(&target, &link).unwrap();
    write_atomically(&link, |file| file.write_all(b"new")).unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "new");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());

    let plain = file(&folder, "plain", "");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&target), mode(&plain));

    write_atomically("/dev/null", |file| file.write_all(b"x")).unwrap();
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}

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
        ("[1]", "invalid type: a list, expected an object from relation identifiers"),
        ("{}", "there is no relation"),
        (r#"{"Na": 0}"#, "there is no relation"),
        (r#"{"Na": 0, "P1": 1, "P2": 1}"#, "\"P1\" and \"P2\" both have column 1"),
        (r#"{"Na": 0, "No": 0, "P2": 1}"#, "\"Na\" and \"No\" both have column 0"),
        (r#"{"Na": 0, "P1": 1, "P3": 3}"#, "\"P3\" has column 3, but no relation has column 2"),
        (r#"{"P1": 1, "P1": 2}"#, "relation \"P1\" is given twice"),
        (r#"{"": 1}"#, "a relation has no identifier"),
        (r#"{"P1": -1}"#, "P1: invalid value: integer `-1`, expected a whole number, 0 or more"),
        (r#"{"P1": "1"}"#, "P1: invalid type: string \"1\", expected a whole number"),
        (r#"{"P1": 1} x"#, "is followed by something"),
    ] {
        let path = file(&folder, "rel2id.json", text);
        let error = relations::read_rel2id(&path).unwrap_err().to_string();
        assert!(error.starts_with(&path.display().to_string()), "{error}");
        assert!(error.contains(message), "{error}\nshould contain\n{message}");
    }
    let path = file(&folder, "rel_info.json", r#"{"P1": 5}"#);
    let error = relations::read_names(path).unwrap_err().to_string();
    assert!(error.contains("P1: invalid type: integer `5`, expected a text"), "{error}");
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
    assert!(error.starts_with("x.json: document 7 \"Lark Force\", "), "{error}");
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
fn the_bundled_sample_is_whole() {
    for (name, documents) in [("train", 400), ("dev", 100)] {
        let path = support::project(&format!("data/re-docred/{name}.json"));
        let statistics = Statistics::of_file(path).unwrap();
        assert_eq!((statistics.documents, statistics.labelled_documents), (documents, documents));
    }
}

#[test]
fn broken_result_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let entry = r#"{"title": "a", "h_idx": 0, "t_idx": 1, "r": "P1", "evidence": [0]}"#;
    for (good, bad, message) in [
        (
            "\"h_idx\": 0",
            "\"h_idx\": -1",
            "prediction 1: h_idx: invalid value: integer `-1`, expected a whole number, 0 or more",
        ),
        ("\"t_idx\": 1", "\"t_idx\": 1.0", "prediction 1: t_idx: invalid type"),
        ("\"t_idx\": 1, ", "", "prediction 1: missing field `t_idx`"),
        ("\"title\": \"a\"", "\"title\": 1", "prediction 1: title: invalid type: integer `1`"),
        ("\"r\": \"P1\"", "\"r\": \"\"", "prediction 1: r: the relation is empty"),
        ("[0]", "[-2]", "prediction 1: evidence[0]: invalid value: integer `-2`"),
        ("[0]", "\"0\"", "prediction 1: evidence: invalid type: string \"0\", expected a list"),
        ("[0]}", "[0]", "prediction 1: is not JSON: "),
    ] {
        let path = file(&folder, "result.json", format!("[{entry}, {}]", entry.replace(good, bad)));
        let error = predictions::read(&path).unwrap_err().to_string();
        assert!(error.starts_with(&path.display().to_string()), "{error}");
        assert!(error.contains(message), "{error}\nshould contain\n{message}");
    }
    let error = predictions::read(file(&folder, "r.json", "")).unwrap_err().to_string();
    assert!(error.contains("the file is empty"), "{error}");
    assert!(predictions::read(file(&folder, "r.jsonl", "")).unwrap().is_empty());
    assert!(predictions::read(file(&folder, "r.json", "[]")).unwrap().is_empty());
}
