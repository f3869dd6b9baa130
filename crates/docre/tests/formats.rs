//! The formats of documents: what each says, what it can hold, and what is lost.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use docre::corpus::{
    self, Conversion, ConvertOptions, Format, HeldOut, Omission, Omissions, Part, Statistics,
    convert,
};
use docre::document::{Document, Fact};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::random_documents::document;
use tempfile::TempDir;

/// A folder of its own.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn named(format: &str) -> Format {
    format.parse().unwrap()
}

fn to(format: Format) -> ConvertOptions {
    ConvertOptions { to: Some(format), ..ConvertOptions::default() }
}

fn read(path: &Path) -> Vec<Document> {
    corpus::read_all(path).unwrap()
}

/// Writes documents in a format and reads them again, without their texts and sorted by title:
/// folders are read in the order of file names.
fn round_trip(documents: &[Document], format: Format) -> (Vec<Document>, Conversion) {
    let place = Place::new();
    corpus::write(place.at("in.jsonl"), documents).unwrap();
    let done = convert(place.at("in.jsonl"), place.at("out"), &to(format)).unwrap();
    assert_eq!(Format::guess(place.at("out")).unwrap(), format);
    if format == named("spacy") {
        check_by_spacy(&place.at("out"));
    }
    let back = read(&place.at("out")).into_iter();
    (sorted(back.map(|document| Document { text: None, ..document }).collect()), done)
}

fn sorted(mut documents: Vec<Document>) -> Vec<Document> {
    documents.sort_by(|a, b| a.title.cmp(&b.title));
    documents
}

/// The document with names as its tokens spell them, with this between tokens.
fn named_by_tokens(mut document: Document, between: &str) -> Document {
    for mention in document.entities.iter_mut().flat_map(|entity| &mut entity.mentions) {
        let tokens = &document.sentences[mention.sentence][mention.tokens.clone()];
        mention.name = tokens.join(between);
    }
    document
}

fn without_evidence(mut document: Document) -> Document {
    for fact in document.facts.iter_mut().flatten() {
        (fact.evidence, fact.score) = (Vec::new(), None);
    }
    document
}

/// The document with tokens that can stand between blanks.
fn without_blanks(mut document: Document) -> Document {
    for token in document.sentences.iter_mut().flatten() {
        *token = token.replace(char::is_whitespace, "_");
    }
    document
}

/// What is left of a document in spaCy's form: no token of white space is behind another one,
/// and names have no further blank behind one.
fn in_spacy(mut document: Document) -> Document {
    let mut after_blanks = false;
    for token in document.sentences.iter_mut().flatten() {
        let blanks = token.chars().all(is_blank);
        if blanks && after_blanks {
            *token = "_".into();
        }
        after_blanks = blanks && !after_blanks;
    }
    let end = |token: &str| if token.chars().all(is_blank) { "" } else { " " };
    for mention in document.entities.iter_mut().flat_map(|entity| &mut entity.mentions) {
        let tokens = &document.sentences[mention.sentence][mention.tokens.clone()];
        let (last, others) = tokens.split_last().unwrap();
        mention.name = others.iter().map(|token| format!("{token}{}", end(token))).collect();
        mention.name.push_str(last);
    }
    document
}

/// What is left of a document in brat's form, but for its title.
fn in_brat(document: Document) -> Document {
    let mut document = named_by_tokens(without_evidence(without_blanks(document)), " ");
    for mention in document.entities.iter_mut().flat_map(|entity| &mut entity.mentions) {
        if mention.kind.is_empty() {
            mention.kind = "Entity".into();
        }
    }
    document.facts.get_or_insert_default();
    document
}

/// What is left of a document in HacRED's form: a name that isn't its tokens is replaced.
fn in_hacred(document: Document) -> Document {
    let plain = |name: &str| name.replace(char::is_whitespace, "").to_lowercase();
    let mut held = named_by_tokens(without_evidence(document.clone()), "");
    let mentions = held.entities.iter_mut().flat_map(|entity| &mut entity.mentions);
    let before = document.entities.iter().flat_map(|entity| &entity.mentions);
    for (mention, before) in mentions.zip(before) {
        if plain(&mention.name) == plain(&before.name) {
            mention.name.clone_from(&before.name);
        }
    }
    held
}

/// The losses of documents against what is left of them, as the test sees them.
fn expected_losses(before: &[Document], after: &[Document]) -> Omissions {
    let mut losses = Omissions::default();
    for (before, after) in before.iter().zip(after) {
        losses.merge(&Omissions::between(before, after));
    }
    losses
}

fn distinct(documents: Vec<Document>) -> Vec<Document> {
    let title = |(number, document): (usize, Document)| Document {
        title: format!("{number} {}", document.title.to_lowercase()),
        ..document
    };
    sorted(documents.into_iter().enumerate().map(title).collect())
}

/// The text and the characters of each mention.
fn places(document: &Document) -> (&str, Vec<Vec<std::ops::Range<usize>>>) {
    let spans = |entity: &docre::document::Entity| {
        entity.mentions.iter().map(|mention| document.span(mention).unwrap()).collect()
    };
    (document.text.as_ref().unwrap().as_str(), document.entities.iter().map(spans).collect())
}

proptest! {
    // Each case waits for the disk several times.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn spacy_holds_what_it_takes_for_tokens(documents in prop::collection::vec(document(), 1..4)) {
        let documents = distinct(documents);
        let held: Vec<_> = documents.iter().cloned().map(in_spacy).collect();
        let (back, done) = round_trip(&documents, named("spacy"));
        prop_assert_eq!(&back, &held);
        prop_assert_eq!(done.lost, expected_losses(&documents, &held));
        prop_assert!(round_trip(&held, named("spacy")).1.lost.is_empty());
    }

    #[test]
    fn hacred_holds_all_but_other_names_and_evidence(documents in prop::collection::vec(document(), 1..4)) {
        let documents = distinct(documents);
        let held: Vec<_> = documents.iter().cloned().map(in_hacred).collect();
        let (back, done) = round_trip(&documents, named("hacred"));
        prop_assert_eq!(&back, &held);
        prop_assert_eq!(done.lost, expected_losses(&documents, &held));
        prop_assert!(round_trip(&held, named("hacred")).1.lost.is_empty());
    }

    #[test]
    fn label_studio_holds_what_stands_between_blanks(
        documents in prop::collection::vec(document(), 1..4)
    ) {
        let documents = distinct(documents);
        let held = |d| named_by_tokens(without_evidence(without_blanks(d)), " ");
        let held: Vec<_> = documents.iter().cloned().map(held).collect();
        let (back, done) = round_trip(&documents, named("label-studio"));
        prop_assert_eq!(&back, &held);
        prop_assert_eq!(done.lost, expected_losses(&documents, &held));
        prop_assert!(round_trip(&held, named("label-studio")).1.lost.is_empty());
    }

    #[test]
    fn brat_holds_what_stands_between_blanks(documents in prop::collection::vec(document(), 1..4)) {
        let documents = distinct(documents);
        let (back, done) = round_trip(&documents, named("brat"));
        prop_assert_eq!(back.len(), documents.len());
        // Titles become names of files, which may put them in another order.
        let held: Vec<_> = documents.iter().cloned().map(in_brat).collect();
        for held in &held {
            let same = |d: &&Document| Document { title: held.title.clone(), ..(*d).clone() } == *held;
            prop_assert!(back.iter().any(|d| same(&d)), "{held:?} is not in {back:?}");
        }
        let mut lost = expected_losses(&documents, &held);
        lost.add(Omission::Title, done.lost.count(Omission::Title));
        prop_assert_eq!(done.lost, lost);
        let (again, done) = round_trip(&back, named("brat"));
        prop_assert_eq!(again, back);
        prop_assert!(done.lost.is_empty());
    }

    #[test]
    fn a_text_and_the_places_in_it_are_kept(documents in prop::collection::vec(document(), 1..4)) {
        let place = Place::new();
        let documents: Vec<_> = distinct(documents).into_iter().map(without_blanks).collect();
        corpus::write(place.at("in.jsonl"), &documents).unwrap();
        convert(place.at("in.jsonl"), place.at("with-text.json"), &to(named("label-studio"))).unwrap();
        let documents = read(&place.at("with-text.json"));
        for format in ["docred", "brat", "label-studio", "spacy", "dwie", "bioc", "marked"] {
            // XML can't hold some characters.
            let output = place.at(if format == "bioc" { "bioc.json" } else { format });
            let done = convert(place.at("with-text.json"), &output, &to(named(format))).unwrap();
            prop_assert_eq!(done.lost.count(Omission::Text), 0, "{}", format);
            let mut back = read(&output);
            back.sort_by_key(|document| documents.iter().position(|d| d.title == document.title));
            for (before, after) in documents.iter().zip(&back).filter(|(b, a)| b.title == a.title) {
                prop_assert_eq!(places(before), places(after), "{}", format);
            }
        }
    }

    #[test]
    fn marked_text_holds_what_stands_between_blanks(
        documents in prop::collection::vec(document(), 1..4)
    ) {
        let documents = distinct(documents);
        let held = |d| named_by_tokens(without_blanks(d), " ");
        let held: Vec<_> = documents.iter().cloned().map(held).collect();
        let (back, done) = round_trip(&documents, named("marked"));
        prop_assert_eq!(&back, &held);
        prop_assert_eq!(done.lost, expected_losses(&documents, &held));
        prop_assert!(round_trip(&held, named("marked")).1.lost.is_empty());
    }

    #[test]
    fn dwie_holds_entities_and_facts(documents in prop::collection::vec(document(), 1..4)) {
        let documents = distinct(documents.into_iter().map(without_blanks).collect());
        let (back, _) = round_trip(&documents, Format::DWIE);
        prop_assert_eq!(back.len(), documents.len());
        for (document, back) in documents.into_iter().zip(back) {
            let document = named_by_tokens(without_evidence(document), " ");
            prop_assert_eq!(&back.title, &document.title);
            prop_assert_eq!(&back.facts, &document.facts);
            for (entity, back) in document.entities.iter().zip(&back.entities) {
                let names = |e: &docre::document::Entity| {
                    e.mentions.iter().map(|m| m.name.clone()).collect::<Vec<_>>()
                };
                prop_assert_eq!(names(back), names(entity));
                prop_assert_eq!(back.kind(), entity.kind());
            }
        }
    }
}

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

fn lost(losses: &Omissions) -> Vec<(Omission, usize)> {
    losses.iter().collect()
}

/// One document of a file, and what of the file it doesn't have.
fn single(path: &Path) -> (Document, Omissions) {
    let place = Place::new();
    let done = convert(path, place.at("x.jsonl"), &ConvertOptions::default()).unwrap();
    (read(&place.at("x.jsonl")).remove(0), done.left_out)
}

fn names(document: &Document) -> Vec<Vec<&str>> {
    let entities = document.entities.iter();
    entities.map(|e| e.mentions.iter().map(|m| m.name.as_str()).collect()).collect()
}

fn facts(document: &Document) -> Vec<(usize, &str, usize)> {
    let facts = document.labelled_facts().iter();
    facts.map(|Fact { head, relation, tail, .. }| (*head, relation.as_str(), *tail)).collect()
}

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

fn task() -> Value {
    let span = |id: &str, start: usize, end: usize, text: &str, label: &str| {
        json!({"id": id, "from_name": "label", "to_name": "text", "type": "labels",
            "value": {"start": start, "end": end, "text": text, "labels": [label]}})
    };
    let relation = |from: &str, to: &str, direction: &str, label: &str| {
        json!({"type": "relation", "from_id": from, "to_id": to, "direction": direction,
            "labels": [label]})
    };
    json!({"id": 7, "data": {"text": "Ann met Bo. Ann left."},
        "annotations": [{"was_cancelled": true, "result": []}, {"result": [
            span("a", 0, 3, "Ann", "PER"), span("b", 8, 10, "Bo", "PER"),
            span("c", 12, 15, "Ann", "PER"),
            relation("a", "c", "right", "coref"), relation("c", "b", "left", "knows"),
            relation("a", "b", "bi", "met"),
            {"type": "choices", "id": "d", "value": {"choices": ["good"]}},
        ]}, {"result": []}],
        "predictions": []})
}

#[test]
fn label_studio_relations_have_directions() {
    let place = Place::new();
    let path = place.write("export.json", json!([task()]).to_string());
    let (document, left_out) = single(&path);
    assert_eq!(document.title, "task 7");
    assert_eq!(names(&document), [vec!["Ann", "Ann"], vec!["Bo"]]);
    assert_eq!(facts(&document), [(1, "knows", 0), (0, "met", 1), (1, "met", 0)]);
    let expected =
        [Omission::FurtherAnnotation, Omission::SkippedAnnotation, Omission::OtherAnnotation];
    assert_eq!(lost(&left_out), expected.map(|loss| (loss, 1)));
}

#[test]
fn label_studio_offsets_may_count_utf16_units() {
    let place = Place::new();
    let mut task = task();
    task["data"]["text"] = "😀 Ann met Bo. Ann left.".into();
    let shift = |task: &mut Value, by: u64| {
        for item in task["annotations"][1]["result"].as_array_mut().unwrap() {
            for key in ["start", "end"] {
                if let Some(offset) = item["value"][key].as_u64() {
                    item["value"][key] = (offset + by).into();
                }
            }
        }
    };
    // 2 characters, or 3 units, in front.
    for by in [2, 1] {
        shift(&mut task, by);
        let path = place.write("export.json", json!([task]).to_string());
        assert_eq!(names(&single(&path).0), [vec!["Ann", "Ann"], vec!["Bo"]]);
    }
    shift(&mut task, 1);
    let path = place.write("export.json", json!([task]).to_string());
    let error = corpus::read_all(&path).unwrap_err().to_string();
    assert!(error.contains("document 0 \"task 7\", mention a: is \"Ann\""), "{error}");
    assert!(error.contains("the text has \"nn \" from character 4 to 7"), "{error}");
}

#[test]
fn spacy_offsets_count_characters() {
    let folder = Place::new();
    let token = |start: usize, end: usize| json!({"start": start, "end": end});
    let (to, beyond) = (json!({"start": 4, "end": 6}), json!({"start": 6, "end": 8}));
    let document = |ents: &[&Value]| json!({"text": "😀😀 to", "tokens": [token(0, 2), token(3, 5)], "ents": ents});
    let good = folder.write("a.json", json!([document(&[&token(3, 5)])]).to_string());
    assert_eq!(names(&single(&good).0), [["to"]]);
    // As UTF-16 units both would lie in the text, but no text says so.
    let bad = folder.write("b.json", json!([document(&[&to, &beyond])]).to_string());
    let error = corpus::read_all(&bad).unwrap_err().to_string();
    assert!(error.contains("mention 0 of ents: goes from character 4 to 6"), "{error}");
}

#[test]
fn coreference_groups_of_spacy_take_the_types_of_entities() {
    let folder = Place::new();
    let place =
        |start: usize, end: usize, label: &str| json!({"start": start, "end": end, "label": label});
    let document = json!({
        "text": "Ann Bo", "tokens": [{"start": 0, "end": 3}, {"start": 4, "end": 6}],
        "ents": [place(0, 3, "PER"), place(4, 6, "PER")],
        "spans": {"coref_1": [place(0, 3, "")], "coref_2": [place(4, 6, "ORG")]},
    });
    let (document, left_out) = single(&folder.write("a.json", json!([document]).to_string()));
    let kinds: Vec<_> = document.entities.iter().map(|entity| entity.kind()).collect();
    assert_eq!(kinds, ["PER", "ORG"]);
    assert_eq!(lost(&left_out), [(Omission::FurtherType, 1)]);
}

#[test]
fn predictions_alone_are_no_labels() {
    let place = Place::new();
    let mut task = task();
    task["predictions"] = json!([task["annotations"][1]]);
    task["annotations"] = json!([]);
    let path = place.write("export.json", json!([task]).to_string());
    let (document, _) = single(&path);
    assert_eq!((document.entities.len(), document.facts), (2, None));
}

#[test]
fn spacy_documents_need_no_extensions() {
    let place = Place::new();
    let token =
        |start: usize, end: usize| json!({"id": start, "start": start, "end": end, "tag": "X"});
    let doc = json!({"text": "Ann's cat. Bo ran.",
        "tokens": [token(0, 3), token(3, 5), token(6, 9), token(9, 10), token(11, 13), token(14, 17), token(17, 18)],
        "ents": [{"start": 0, "end": 3, "label": "PER"}, {"start": 11, "end": 12, "label": "PER"}],
        "spans": {"sc": [{"start": 0, "end": 3, "label": "X"}]}});
    let path = place.write("docs.jsonl", doc.to_string());
    let (document, left_out) = single(&path);
    assert_eq!((document.title.as_str(), &document.facts), ("document 0", &None));
    // The rules find the sentences, and a mention that ends inside of a token cuts it.
    assert_eq!(document.sentences[0], ["Ann", "'s", "cat", "."]);
    assert_eq!(document.sentences[1], ["B", "o", "ran", "."]);
    assert_eq!(names(&document), [vec!["Ann"], vec!["B"]]);
    assert_eq!(lost(&left_out), [(Omission::OtherAnnotation, 1)]);
}

fn hacred() -> Value {
    let characters = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
    json!({"id": 12, "text": "李白生于碎叶城。他写诗。",
        "sents_char": [characters("李白生于碎叶城。"), characters("他写诗。")],
        "vertex_char": [
            [{"name": "李白", "sent_id": 0, "pos": [0, 2], "type": "PER"},
             {"name": "他", "sent_id": 1, "pos": [0, 1], "type": "PER"}],
            [{"name": "碎叶城", "sent_id": 0, "pos": [4, 7], "type": "LOC"}]],
        "labels_char": [{"r": "出生地", "h": 0, "t": 1}],
        "sents_word": [["李白"]], "vertex_word": [], "labels_word": []})
}

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

fn dwie(id: &str, split: &str) -> Value {
    let mention = |begin: usize, end: usize, text: &str, concept: usize| json!({"begin": begin, "end": end, "text": text, "concept": concept, "candidates": []});
    let concept = |concept: usize, tags: &[&str]| json!({"concept": concept, "text": "x", "keyword": false, "count": 1, "tags": tags, "link": null});
    json!({"id": id, "tags": ["all", split], "iptc": [], "frames": [],
        "content": "Berlin\n\nMs. Ott is German-born. She left.",
        "mentions": [mention(0, 6, "Berlin", 0), mention(12, 15, "Ott", 1),
            mention(19, 25, "German", 2), mention(32, 35, "She", 1)],
        "concepts": [
            concept(0, &["topic::none", "type::entity", "type::gpe", "type::location"]),
            concept(1, &["type::entity", "type::person"]), concept(2, &["meta::todo"]),
            {"concept": 3, "text": "Germany", "tags": ["type::entity"], "link": "Germany"}],
        "relations": [{"s": 1, "p": "based_in0", "o": 0}, {"s": 1, "p": "citizen_of", "o": 3},
            {"s": 0, "p": "in0", "o": 0}, {"s": 1, "p": "based_in0", "o": 0}]})
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
    let (train, tune) = (titles(Part::Train(held_out)), titles(Part::Tune(held_out)));
    assert_eq!((train.len(), tune.len()), (5, 3));
    assert!(train.iter().all(|title| !tune.contains(title)));
    assert_eq!(titles(Part::Tune(held_out)), tune);
    let others: Vec<_> =
        (0..20).map(|seed| titles(Part::Tune(HeldOut { count: 3, seed }))).collect();
    assert!(others.iter().any(|other| *other != tune));
    assert_eq!(titles(Part::Test), ["DW_8", "DW_9"]);
    let all = titles(Part::Train(HeldOut { count: 0, seed: 66 }));
    assert_eq!(all.len(), 8);

    let too_many = Part::Tune(HeldOut { count: 9, seed: 1 });
    let options = ConvertOptions { part: Some(too_many), ..ConvertOptions::default() };
    let error = convert(place.at("annos"), place.at("y.jsonl"), &options).unwrap_err().to_string();
    assert!(error.contains("9 can't be held out: 8 are tagged train"), "{error}");
    let error =
        convert(place.at("x.jsonl"), place.at("y.jsonl"), &options).unwrap_err().to_string();
    assert!(error.contains("only DWIE's documents are"), "{error}");
}

fn dialogue() -> Value {
    json!([["Speaker 1: Hi Bo.", "Bo: Hi"], [{"x": "Speaker 1", "x_type": "PER", "y": "Bo",
        "y_type": "PER", "r": ["per:friends"], "rid": [9], "t": [""]}]])
}

/// The tokens that spaCy finds in a text again (`get_words_and_spaces`), of which it refuses a
/// document if they are others than those that are given.
fn found_by_spacy(tokens: &[String], text: &str) -> Vec<String> {
    let (mut found, mut rest) = (Vec::new(), text);
    for word in tokens.iter().filter(|token| !token.chars().all(is_blank)) {
        let start = rest.find(word.as_str()).unwrap();
        if start > 0 {
            found.push(rest[..start].to_owned());
        }
        found.push(word.clone());
        rest = &rest[start + word.len()..];
        rest = rest.strip_prefix(' ').unwrap_or(rest);
    }
    if !rest.is_empty() {
        found.push(rest.to_owned());
    }
    found
}

/// Whether it is white space to Python.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Whether spaCy takes the documents of a file of ours.
fn check_by_spacy(written: &Path) {
    let documents: Vec<Value> = serde_json::from_slice(&fs::read(written).unwrap()).unwrap();
    assert!(!documents.is_empty());
    for document in documents {
        let text = document["text"].as_str().unwrap();
        let characters: Vec<char> = text.chars().collect();
        let place = |token: &Value| {
            let [start, end] = ["start", "end"].map(|key| token[key].as_u64().unwrap() as usize);
            characters[start..end].iter().collect::<String>()
        };
        let tokens: Vec<_> = document["tokens"].as_array().unwrap().iter().map(place).collect();
        assert_eq!(found_by_spacy(&tokens, text), tokens, "{text:?}");
        assert!(document["sents"].as_array().unwrap().iter().all(|sent| !place(sent).is_empty()));
    }
}

#[test]
fn spacy_takes_the_sample() {
    let place = Place::new();
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/re-docred/dev.json");
    let written = place.at("x.json");
    let done = convert(sample, &written, &to(named("spacy"))).unwrap();
    check_by_spacy(&written);
    // Some tokens are no-break spaces.
    assert_eq!(done.lost.count(Omission::Tokens), 0);
}

#[test]
fn spacy_has_no_place_for_empty_tokens_and_sentences() {
    let place = Place::new();
    let sentences: [&[&str]; 4] = [&["\u{a0}", "A"], &[], &["", "\u{a0}"], &["\n", "\u{1c}", "b"]];
    let document = json!([{"title": "a", "sents": sentences, "vertexSet": []}]);
    let path = place.write("a.json", document.to_string());
    let done = convert(&path, place.at("x.json"), &to(named("spacy"))).unwrap();
    check_by_spacy(&place.at("x.json"));
    let (document, _) = single(&place.at("x.json"));
    let expected: [&[&str]; 4] =
        [&["\u{a0}", "A"], &["_"], &["_", "\u{a0}"], &["_", "\u{1c}", "b"]];
    assert_eq!(document.sentences, expected);
    assert_eq!(done.lost.count(Omission::Tokens), 3);
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
