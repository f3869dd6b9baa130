//! Texts with labels: which files are read how, and what the none class does.

use std::fs;
use std::path::PathBuf;

use docre::corpus::texts::{self, TextItem, TextOptions, TextStatistics, Texts};
use docre::corpus::{Format, Omission, Omissions, convert, convert::ConvertOptions};
use docre::document::RelationSet;
use proptest::prelude::*;
use tempfile::TempDir;

fn file(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    path
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn none(label: &str) -> TextOptions {
    TextOptions { none: Some(label.into()), ..TextOptions::default() }
}

/// Each text as "id: text [labels]".
fn shown(texts: &Texts) -> Vec<String> {
    let show = |item: &TextItem| format!("{}: {} {:?}", item.id, item.text, item.labels);
    texts.items.iter().map(show).collect()
}

fn labels(texts: &Texts) -> Vec<&str> {
    texts.labels.relations().iter().map(|label| label.id.as_str()).collect()
}

const GO_EMOTIONS: &str = "I \"like it\t1,0\ta1\nWell.\t2\ta2\nBut no, \"no\t2,1\ta3\n";

#[test]
fn go_emotions_has_ids_that_a_file_beside_names() {
    let folder = folder();
    let path = file(&folder, "train.tsv", GO_EMOTIONS);
    file(&folder, "labels.txt", "anger\njoy\nneutral\n");
    let texts = texts::read(&path, &TextOptions::default()).unwrap();
    assert_eq!(shown(&texts)[0], "a1: I \"like it [\"joy\", \"anger\"]");
    assert_eq!(labels(&texts), ["anger", "joy", "neutral"]);
    assert!(texts.ambiguous.is_empty());

    let texts = texts::read(&path, &none("neutral")).unwrap();
    assert_eq!(shown(&texts), ["a1: I \"like it [\"joy\", \"anger\"]", "a2: Well. []"]);
    assert_eq!((labels(&texts), texts.labels.none_id()), (vec!["anger", "joy"], "neutral"));
    assert_eq!(texts.ambiguous, ["a3"]);
    assert_eq!(Texts::columns(&texts.items[0], &texts.labels), [1, 2]);
}

#[test]
fn statistics_count_texts_and_labels() {
    let folder = folder();
    let path = file(&folder, "a.tsv", "ab\t0,1\t1\ncdef\t2\t2\ng\t1\t3\nh\t1,2\t4\n");
    file(&folder, "labels.txt", "anger\njoy\nneutral\nawe\n");
    let counts = TextStatistics::of(&texts::read(&path, &none("neutral")).unwrap());
    assert_eq!((counts.texts, counts.without_labels, counts.ambiguous), (3, 1, 1));
    assert_eq!((counts.characters.mean, counts.characters.max), (7.0 / 3.0, 4));
    assert_eq!((counts.labels_per_text.mean, counts.labels_per_text.max), (1.5, 2));
    let labels: Vec<_> = counts.labels.iter().map(|l| (l.id.as_str(), l.count)).collect();
    assert_eq!(labels, [("joy", 2), ("anger", 1), ("awe", 0)]);
}

#[test]
fn names_may_stand_elsewhere() {
    let folder = folder();
    let path = file(&folder, "train.tsv", GO_EMOTIONS);
    let names = Some(file(&folder, "emotions", "a\nb\nc\n"));
    let texts = texts::read(&path, &TextOptions { none: None, names }).unwrap();
    assert_eq!(labels(&texts), ["a", "b", "c"]);
}

#[test]
fn a_header_says_what_a_column_is() {
    let folder = folder();
    let path = file(&folder, "a.csv", "labels,text\n\"b,a\",\"One, \"\"two\"\"\"\n,Three\n");
    let texts = texts::read(&path, &TextOptions::default()).unwrap();
    assert_eq!(shown(&texts), ["0: One, \"two\" [\"b\", \"a\"]", "1: Three []"]);
    assert_eq!(labels(&texts), ["a", "b"]);

    let path = file(&folder, "b.tsv", "id\tspam\ttext\tad\nx\t1\tBuy \"now\t1\ny\t0\tHi\t0\n");
    let texts = texts::read(&path, &TextOptions::default()).unwrap();
    assert_eq!(shown(&texts), ["x: Buy \"now [\"spam\", \"ad\"]", "y: Hi []"]);
    assert_eq!(labels(&texts), ["spam", "ad"]);
}

#[test]
fn texts_to_be_labelled_keep_their_ids() {
    let folder = folder();
    let ids = |name: &str, content: &str| -> Vec<Option<String>> {
        let found = texts::read_unlabelled(file(&folder, name, content)).unwrap();
        found.into_iter().map(|text| text.ok().map(|text| text.id)).collect()
    };
    let some = |id: &str| Some(id.to_owned());
    assert_eq!(ids("a.tsv", "Hi\t0\tx\n \t0\ty\nHo\t1\tz\n"), [some("x"), None, some("z")]);
    assert_eq!(ids("b.csv", "Hi\nHo\n"), [some("0"), some("1")]);
    assert_eq!(ids("c.tsv", "Hi\t0\tx\nHo\t0\tx\n"), [some("x"), None], "given twice");
    let refused = texts::read_unlabelled(file(&folder, "d.csv", "content,by\nHi,Ann\n"));
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("a header with a column \"text\""), "{refused}");
    assert_eq!(ids("text_new", "Hi\n\nHo\n"), [some("0"), some("2")], "as AAPD has them");
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_label_or_text() {
    let folder = folder();
    file(&folder, "labels.txt", "\u{feff}joy\n");
    let found = texts::read(file(&folder, "a.tsv", "Hi\t0\tx\n"), &TextOptions::default()).unwrap();
    assert_eq!(labels(&found), ["joy"]);
    let found = texts::read_unlabelled(file(&folder, "b.txt", "\u{feff}Hi\n")).unwrap();
    assert_eq!(found[0].as_ref().unwrap().text, "Hi");
}

#[test]
fn aapd_has_texts_and_labels_in_two_files() {
    let folder = folder();
    let path = file(&folder, "text_train", "the channel capacity\nsome graphs\n");
    file(&folder, "label_train", "cs.it math.it\ncs.dm\n");
    assert_eq!(Format::guess(&path).unwrap(), Format::TEXTS);
    let texts = texts::read(&path, &TextOptions::default()).unwrap();
    assert_eq!(shown(&texts)[0], "0: the channel capacity [\"cs.it\", \"math.it\"]");
    assert_eq!(labels(&texts), ["cs.dm", "cs.it", "math.it"]);
}

#[test]
fn objects_need_no_ids() {
    let folder = folder();
    let lines =
        "{\"text\": \"a\", \"labels\": [\"x\"]}\n{\"id\": 7, \"text\": \"b\", \"labels\": []}\n";
    let path = file(&folder, "a.jsonl", lines);
    let texts = texts::read(&path, &TextOptions::default()).unwrap();
    assert_eq!(shown(&texts), ["0: a [\"x\"]", "7: b []"]);
    assert_eq!(Format::guess(&path).unwrap(), Format::TEXTS);
}

#[test]
fn labels_that_training_does_not_know_are_refused() {
    let folder = folder();
    let path = file(&folder, "a.jsonl", r#"{"text": "a", "labels": ["x", "y"], "id": "t"}"#);
    let texts = texts::read(&path, &TextOptions::default()).unwrap();
    texts.check_known(&path, &RelationSet::new(["y", "x"]).unwrap()).unwrap();
    let error = texts.check_known(&path, &RelationSet::new(["x"]).unwrap()).unwrap_err();
    assert!(error.to_string().contains("text \"t\": the label \"y\" is not one of the 1 known"));
}

#[test]
fn labels_are_lists_as_programs_write_them() {
    let folder = folder();
    let csv =
        "text,labels\nA,\"['x', 'y']\"\nB,\"['x' 'y']\"\nC,\"{'x', 'y'}\"\nD,\"('y',)\"\nE,[]\n";
    let texts = texts::read(file(&folder, "a.csv", csv), &TextOptions::default()).unwrap();
    let found: Vec<_> = texts.items.iter().map(|item| item.labels.join("+")).collect();
    assert_eq!(found, ["x+y", "x+y", "x+y", "y", ""]);
    let lines =
        "{\"text\": \"a\", \"label\": \"['x', 'y']\"}\n{\"text\": \"b\", \"labels\": [\" y\"]}";
    let texts = texts::read(file(&folder, "a.jsonl", lines), &TextOptions::default()).unwrap();
    assert_eq!(labels(&texts), ["x", "y"]);
    assert!(texts.doubts.is_empty());
}

#[test]
fn ids_of_labels_get_their_names_or_are_doubted() {
    let folder = folder();
    let lines = "{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b\", \"labels\": [0, 1]}";
    let path = file(&folder, "a.jsonl", lines);
    let texts = texts::read(&path, &TextOptions::default()).unwrap();
    assert_eq!(labels(&texts), ["0", "1"]);
    assert!(texts.doubts[0].contains("numbers without names (0, 1)"), "{:?}", texts.doubts);
    file(&folder, "labels.txt", "anger\njoy\nawe\n");
    let texts = texts::read(&path, &TextOptions::default()).unwrap();
    assert_eq!(labels(&texts), ["anger", "joy", "awe"]);
    assert_eq!(texts.items[1].labels, ["anger", "joy"]);
    assert!(texts.doubts.is_empty());
    let table = file(&folder, "b.csv", "text,labels\na,5\n");
    let error = texts::read(table, &TextOptions::default()).unwrap_err().to_string();
    assert!(error.contains("text \"0\": there is no label 5: 3 have names"), "{error}");
}

#[test]
fn labels_that_differ_in_capitals_alone_are_doubted() {
    let folder = folder();
    let path = file(&folder, "a.csv", "text,labels\na,Joy\nb,joy\nc,awe\n");
    let texts = texts::read(&path, &TextOptions::default()).unwrap();
    assert_eq!(texts.doubts, ["labels that differ in capitals alone are others: Joy, joy"]);
    assert_eq!(TextStatistics::of(&texts).doubts, texts.doubts);
}

#[test]
fn a_missing_value_may_be_the_none_class() {
    let folder = folder();
    let path = file(&folder, "a.csv", "text,labels\na,None\nb,joy\n");
    assert!(texts::read(&path, &TextOptions::default()).is_err());
    let texts = texts::read(&path, &none("None")).unwrap();
    assert_eq!(shown(&texts), ["0: a []", "1: b [\"joy\"]"]);
}

#[test]
fn what_stands_beside_is_counted_by_name() {
    let folder = folder();
    let table = file(&folder, "a.csv", "by,text,labels,on\nAnn,a,x,\nBo,b,y,1\n");
    let lines = "{\"text\": \"a\", \"labels\": [\"x\"], \"by\": 1}";
    for (path, names) in
        [(table, vec![("by", 2), ("on", 1)]), (file(&folder, "a.jsonl", lines), vec![("by", 1)])]
    {
        let texts = texts::read(path, &TextOptions::default()).unwrap();
        assert_eq!(texts.left_out.names(Omission::OtherField), names);
    }
}

#[test]
fn numbers_of_rows_are_no_label() {
    let folder = folder();
    let path = file(&folder, "a.csv", ",text,joy,Unnamed: 3\n0,a,1,7\n1,b,0,8\n");
    let texts = texts::read(&path, &TextOptions::default()).unwrap();
    assert_eq!(labels(&texts), ["joy"]);
}

/// The name of a file, its text, and what the message has to say.
const BROKEN: &[(&str, &str, &str)] = &[
    ("a.jsonl", "", "holds no text"),
    ("a.json", "", "the file is empty"),
    ("a.json", "[]", "holds no text"),
    ("a.jsonl", "{\"text\": \"a\"}", "text 0 (line 1), missing field `labels`"),
    ("a.jsonl", "{\"labels\": []}", "text 0 (line 1), missing field `text`"),
    (
        "a.jsonl",
        "{\"text\": \"a\", \"labels\": 5.5}",
        "labels: should be a label or a list of labels",
    ),
    ("a.jsonl", "{\"text\": \" \", \"labels\": []}", "text 0 (line 1), the text is empty"),
    ("a.jsonl", "{\"text\": \"a\", \"labels\": [\"\"]}", "a label is empty"),
    ("a.jsonl", "{\"text\": \"a\", \"labels\": [\"x\", \"x\"]}", "label \"x\" is given twice"),
    ("a.jsonl", "{\"text\": \"a\", \"labels\": []}", "no text has a label"),
    (
        "a.jsonl",
        "{\"text\": \"a\", \"labels\": [], \"id\": []}",
        "id: should be a text, or a whole number",
    ),
    (
        "a.jsonl",
        "{\"text\": \"a\", \"labels\": [], \"id\": 1}\n{\"text\": \"a\", \"labels\": [], \"id\": \"1\"}",
        "the id \"1\" is given twice",
    ),
    ("a.jsonl", "{\"text\": \"a\", \"labels\": [], \"id\": 1e30}", "at most 19 digits"),
    ("a.jsonl", "{\"text\": \"a\", \"labels\": \"x;y\"}", "\"x;y\" has `;` in it"),
    ("a.jsonl", "{\"text\": \"a\", \"labels\": [\"x|y\"]}", "\"x|y\" has `|` in it"),
    ("a.jsonl", "{\"text\": \"a\", \"labels\": \"x, y\"}", "write several labels as a list"),
    ("a.jsonl", "{\"text\": \"a\", \"labels\": [0, 1, 0]}", "has a 0 or 1 for each label"),
    ("a.jsonl", "{\"text\": \"a\", \"labels\": null}", "labels: should be a label or a list"),
    ("a.jsonl", "{\"text\": \"a\", \"label\": \"x\", \"labels\": []}", "the key `labels` twice"),
    ("a.csv", "text,labels\na,nan\n", "text \"0\": the label \"nan\" is what programs write"),
    ("a.csv", "text,labels\na,[np.str_('x')]\n", "looks like a list"),
    ("a.csv", "text,label,labels\na,x,y\n", "two columns for one thing: \"label\" and \"labels\""),
    ("a.tsv", "text\tlabels\na\t\"x, y\"\n", "has a quote at its end"),
    ("a.jsonl", "{\"text\": \"a\", \"lab", "the file ends in the middle of text 0"),
    ("a.csv", "text,labels\na\n", "line 2: has 1 column, but should have 2"),
    ("a.csv", "text,id\na,1\n", "line 1: the header names neither \"labels\" nor a column"),
    ("a.csv", "text,x\na,1\nb,yes\n", "line 3: x: should be 0 or 1, but is \"yes\""),
    ("a.csv", "text,x,x\na,1,0\n", "\"x\" is given twice"),
    ("a.csv", "text,labels\n,x\n", "line 2: the text is empty"),
    ("a.csv", "text,labels\n", "holds no text"),
    (
        "a.csv",
        "words,labels\na,b\n",
        "has no header with a column \"text\", and there is no labels.txt",
    ),
    ("with-labels/a.tsv", "a\tx\t1\n", "line 1: \"x\" should be the id of a label"),
    ("with-labels/a.tsv", "a\t0\t1\na\t2\t2\n", "line 2: there is no label 2: 2 have names"),
    ("with-labels/a.tsv", "a\t0\n", "line 1: has 2 columns, but should have 3"),
    ("with-labels/a.tsv", "a\t0\t1\nb\t0\t1\n", "the id \"1\" is given twice"),
    ("with-labels/a.tsv", "a\t0,0\t1\n", "the label \"x\" is given twice"),
    ("text_x", "a\nb\n", "has 2 lines, but "),
];

#[test]
fn broken_files_of_texts_are_refused() {
    for (name, text, message) in BROKEN {
        let folder = folder();
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path.with_file_name("label_x"), "x\n").unwrap();
        if name.starts_with("with-labels") {
            fs::write(path.with_file_name("labels.txt"), "x\ny\n").unwrap();
        }
        fs::write(&path, text).unwrap();
        let error = texts::read(&path, &TextOptions::default()).unwrap_err().to_string();
        assert!(error.starts_with(&path.display().to_string()), "{error}");
        assert!(error.contains(message), "{error}\nshould contain\n{message}");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let folder = folder();
    let path = file(&folder, "a.csv", b"text,labels\na,b\n\xff,b\n");
    let error = texts::read(&path, &TextOptions::default()).unwrap_err().to_string();
    assert!(error.contains("line 3: is not UTF-8 text"), "{error}");
    let error = texts::read(folder.path().join("none.csv"), &TextOptions::default()).unwrap_err();
    assert!(error.to_string().contains("cannot read"), "{error}");
}

#[test]
fn a_none_class_has_to_be_a_label() {
    let folder = folder();
    let path = file(&folder, "a.jsonl", r#"{"text": "a", "labels": ["x", "y"]}"#);
    let error = texts::read(&path, &none("neutral")).unwrap_err().to_string();
    assert!(
        error.contains("no text has the none class \"neutral\"; the labels are x, y"),
        "{error}"
    );
    let path = file(&folder, "b.jsonl", r#"{"text": "a", "labels": ["x"]}"#);
    assert!(texts::read(&path, &none("x")).is_err());
}

#[test]
fn what_a_table_cannot_hold_is_refused() {
    let folder = folder();
    for (text, label, name, part) in [
        ("a\\tb", "x", "o.tsv", "text \"0\" has a tab or line break; write .csv or .jsonl"),
        ("a", "x", "text_o", "texts are written to a file that ends in .tsv"),
        ("a", "x,y", "o.csv", "the label \"x,y\" can't stand in a table; write .jsonl"),
    ] {
        let json = format!("{{\"text\": \"{text}\", \"labels\": [\"{label}\"]}}");
        let path = file(&folder, "a.jsonl", json);
        let output = folder.path().join(name);
        let error = convert(&path, &output, &ConvertOptions::default()).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
        assert!(!output.exists());
    }
}

#[test]
fn labels_that_no_text_has_are_counted_as_lost() {
    let folder = folder();
    let path = file(&folder, "a.csv", "text,joy,fear\nHi,1,0\n");
    let done = convert(&path, folder.path().join("b.JSONL"), &ConvertOptions::default()).unwrap();
    assert_eq!(done.lost.count(Omission::UnusedLabel), 1);
}

fn items() -> impl Strategy<Value = Vec<(String, Vec<String>)>> {
    let text = "[\\PC&&[^ ]][\\PC]{0,8}";
    let labels = prop::collection::hash_set("[a-e]", 0..3);
    let item = (text, labels).prop_map(|(text, labels)| (text, labels.into_iter().collect()));
    prop::collection::vec(item, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_written_is_read_back(items in items(), breaks in any::<bool>()) {
        let items: Vec<_> = items.into_iter().filter(|(text, _)| !text.trim().is_empty()).collect();
        prop_assume!(items.iter().any(|(_, labels)| !labels.is_empty()));
        let item = |(id, (text, labels)): (usize, (String, Vec<String>))| TextItem {
            id: id.to_string(),
            // A table without quotes can't hold a break.
            text: if breaks { format!("{text}\n\t\"end\"") } else { text },
            labels,
        };
        let items: Vec<_> = items.into_iter().enumerate().map(item).collect();
        let labels = RelationSet::new(["z"]).unwrap();
        let (left_out, doubts) = (Omissions::default(), Vec::new());
        let texts = Texts { items, labels, ambiguous: Vec::new(), left_out, doubts };
        let folder = folder();
        let names = ["a.jsonl", "a.json", "a.csv", "a.tsv"];
        for name in &names[..if breaks { 3 } else { 4 }] {
            let path = folder.path().join(name);
            texts::write(&path, &texts).unwrap();
            let back = texts::read(&path, &TextOptions::default()).unwrap();
            prop_assert_eq!(&back.items, &texts.items, "{}", name);
        }
    }
}
