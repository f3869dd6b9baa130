//! From plain text to facts, through the program.

mod support;

use std::{fs, io::Write, process::Stdio, sync::OnceLock};

use serde_json::{Value, json};
use support::{Place, copy, documents, recipe};
use tempfile::TempDir;

/// The small documents, labelled and not.
const FINDER: &str = "\n[finder]\nwidth = 32\ntexts = [\"unlabelled.json\"]\n";

/// A folder with a model that finds entities and facts, trained once for all tests here.
fn with_model() -> Place {
    static TRAINED: OnceLock<TempDir> = OnceLock::new();
    let trained = TRAINED.get_or_init(|| {
        let place = prepared();
        place.run(&["train", "recipe.toml", "--run", "run"]).succeeds();
        let folder = TempDir::new().unwrap();
        copy(place.path(), folder.path());
        folder
    });
    let place = Place::new();
    copy(trained.path(), place.path());
    place
}

fn prepared() -> Place {
    let place = Place::with_recipe();
    let mut unlabelled = documents(4, 200);
    for document in unlabelled.as_array_mut().unwrap() {
        document.as_object_mut().unwrap().remove("labels");
    }
    place.write("unlabelled.json", &unlabelled);
    // Long enough to learn what is named.
    place.write_text("recipe.toml", &(recipe().replace("epochs = 6", "epochs = 60") + FINDER));
    place
}

const NOTE: &str = "Anna and Otto met in Oslo.\r\nThere Anna sang, and they danced.\n";

/// The objects of JSON lines.
fn lines(stdout: &str) -> Vec<Value> {
    stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every mention's span is its surface, counted in characters.
fn check_spans(document: &Value, text: &str) -> usize {
    let characters: Vec<char> = text.chars().collect();
    let mut count = 0;
    for mention in document["entities"].as_array().unwrap().iter().flat_map(mentions) {
        let place = |at: usize| mention["span"][at].as_u64().unwrap() as usize;
        let surface: String = characters[place(0)..place(1)].iter().collect();
        assert_eq!(mention["text"], surface.as_str(), "{document}");
        count += 1;
    }
    count
}

fn mentions(entity: &Value) -> Vec<&Value> {
    entity["mentions"].as_array().unwrap().iter().collect()
}

#[test]
fn a_text_becomes_entities_and_facts() {
    let place = with_model();
    place.write_text("note.txt", NOTE);
    let done = place.run(&["extract", "--model", "run/model", "note.txt", "--json"]).succeeds();
    let document = &lines(&done.stdout)[0];
    assert_eq!(document["title"], "note");
    assert_eq!(check_spans(document, NOTE), 4);
    let names: Vec<_> =
        document["entities"].as_array().unwrap().iter().map(|e| e["name"].clone()).collect();
    assert_eq!(names, ["Anna", "Otto", "Oslo"]);
    assert_eq!(mentions(&document["entities"][0]).len(), 2);
    assert_eq!(document["entities"][2]["type"], "LOC");
    assert!(document["facts"].as_array().is_some_and(|facts| !facts.is_empty()), "{document}");
}

#[test]
fn facts_between_impossible_types_and_unsure_ones_are_left_out() {
    let place = with_model();
    place.write_text("note.txt", NOTE);
    let count = |more: &[&str]| {
        let extract = ["extract", "--model", "run/model", "note.txt", "--json"];
        let done = place.run(&[&extract, more].concat()).succeeds();
        lines(&done.stdout)[0]["facts"].as_array().unwrap().len()
    };
    let (learned, any) = (count(&[]), count(&["--types", "any"]));
    assert!(learned <= any && count(&["--min-score", "1"]) < learned, "{learned} of {any}");
    // No relation holds between any types that the text has.
    let config = place.read("run/model/config.toml");
    let none = |line: &str| match line.split_once(" = [[") {
        Some((relation, _)) => format!("{relation} = [[\"A\", \"B\"]]"),
        None => line.to_owned(),
    };
    let config: Vec<String> = config.lines().map(none).collect();
    place.write_text("run/model/config.toml", &config.join("\n"));
    assert_eq!((count(&[]), count(&["--types", "any"])), (0, any));
}

#[test]
fn folders_pipes_and_objects_hold_text_too() {
    let place = with_model();
    for name in ["notes/b.md", "notes/deep/a.txt", "notes/.hidden.txt", "notes/data.bin"] {
        place.write_text(name, NOTE);
    }
    let extract = ["extract", "--model", "run/model", "notes", "--json"];
    let of_folder = lines(&place.run(&extract).succeeds().stdout);
    let titles: Vec<_> = of_folder.iter().map(|document| document["title"].clone()).collect();
    assert_eq!(titles, ["b", "deep/a"]);
    place.write_text("twins/a.md", NOTE);
    place.write_text("twins/a.txt", NOTE);
    let twins = place.run(&["extract", "--model", "run/model", "twins", "--json"]).succeeds();
    let titles: Vec<_> = lines(&twins.stdout).iter().map(|one| one["title"].clone()).collect();
    assert_eq!(titles, ["a.md", "a.txt"]);

    place.write_text("notes.jsonl", &format!("{}\n", json!({"id": 7, "text": NOTE})));
    let of_objects = place.run(&["extract", "--model", "run/model", "notes.jsonl", "--json"]);
    let of_objects = lines(&of_objects.succeeds().stdout);
    assert_eq!(of_objects[0]["title"], "7");
    assert_eq!(of_objects[0]["facts"], of_folder[0]["facts"]);

    let mut command = place.command(&["extract", "--model", "run/model", "-", "--json"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(NOTE.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let piped = lines(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(piped[0]["facts"], of_folder[0]["facts"]);
}

#[test]
fn a_name_that_a_long_text_repeats_is_one_entity() {
    let place = with_model();
    for count in [300, 402, 5_000] {
        let text = "Anna and Otto met in Oslo.\n".repeat(count);
        place.write_text("long.txt", &text);
        let done = place.run(&["extract", "--model", "run/model", "long.txt", "--json"]).succeeds();
        let document = &lines(&done.stdout)[0];
        assert_eq!(document["sentences"].as_array().unwrap().len(), count);
        let of_anna =
            document["entities"].as_array().unwrap().iter().filter(|e| e["name"] == "Anna");
        let mentions: Vec<usize> = of_anna.map(|entity| mentions(entity).len()).collect();
        assert!(mentions.len() <= 2 && mentions.iter().sum::<usize>() >= count / 2, "{mentions:?}");
    }
}

#[test]
fn what_is_found_is_scored_against_labels() {
    let place = with_model();
    let evaluate =
        ["evaluate", "--model", "run/model", "--truth", "dev.json", "--end-to-end", "--json"];
    let scores = place.run(&evaluate).succeeds().json();
    let strict = scores["end_to_end"]["relation_strict"]["f1"].as_f64().unwrap();
    let result: Value = serde_json::from_str(&place.read("run/result.json")).unwrap();
    assert_eq!(result["from_text"]["relation_f1"], strict);
    assert!(strict > 0.5, "{scores}");
    let table = place.run(&evaluate[..6]).succeeds().stdout;
    assert!(table.contains("From the text alone") && table.contains("Coreference"), "{table}");

    let analyze = ["analyze", "--model", "run/model", "--truth", "dev.json", "--html", "page.html"];
    let shown = place.run(&analyze).succeeds().stdout;
    assert!(shown.contains("Where facts are lost"), "{shown}");
    assert!(place.read("page.html").contains("Where facts are lost"));
}

#[test]
fn a_stopped_training_of_a_finder_goes_on_to_the_same_bytes() {
    let whole = with_model();
    let place = prepared();
    let begun = std::cell::Cell::new(false);
    let kills = place.run_through_kills(|| {
        match begun.replace(true) && place.at("run/checkpoint.json").exists() {
            true => vec!["train", "--resume", "--run", "run"],
            false => vec!["train", "recipe.toml", "--run", "run"],
        }
    });
    assert!(kills > 0);
    for name in ["run/model/model.safetensors", "run/model/config.toml", "run/metrics.jsonl"] {
        assert_eq!(place.bytes(name), whole.bytes(name), "{name}");
    }
}

#[test]
fn rules_join_mentions_without_training() {
    let place = prepared();
    let train = ["train", "recipe.toml", "--run", "rules", "--set", "finder.join=\"rules\""];
    place.run(&train).succeeds();
    place.write_text("note.txt", NOTE);
    let done = place.run(&["extract", "--model", "rules/model", "note.txt", "--json"]).succeeds();
    let document = &lines(&done.stdout)[0];
    assert_eq!(mentions(&document["entities"][0]).len(), 2, "{document}");
}

#[test]
fn a_model_without_a_finder_says_what_it_needs() {
    let place = Place::with_model();
    place.write_text("note.txt", NOTE);
    let extract = ["extract", "--model", "run/model", "note.txt"];
    place.run(&extract).refuses(&["finds no entities", "[finder]"]);
    let evaluate = ["evaluate", "--model", "run/model", "--truth", "dev.json", "--end-to-end"];
    place.run(&evaluate).refuses(&["finds no entities", "[finder]"]);
    let dev = ["extract", "--model", "run/model", "dev.json", "--find-entities"];
    place.run(&dev).refuses(&["finds no entities"]);
}

#[test]
fn a_result_file_needs_entities_that_are_in_a_file() {
    let place = with_model();
    place.write_text("note.txt", NOTE);
    let parts = ["--to", "json or csv"];
    let extract = ["extract", "--model", "run/model", "note.txt"];
    place.run(&[&extract[..], &["--to", "result"]].concat()).refuses(&parts);
    place.run(&[&extract[..], &["--output", "facts.json"]].concat()).refuses(&parts);
    let predict = ["predict", "--model", "run/model", "--data", "note.txt", "--output", "out.json"];
    place.run(&predict).refuses(&parts);
    assert!(!place.at("facts.json").exists() && !place.at("out.json").exists());
    place.run(&[&predict[..], &["--to", "csv"]].concat()).succeeds();
    let named = ["extract", "--model", "run/model", "dev.json", "--to", "result"];
    place.run(&named).succeeds(); // their entities come with them
    place.run(&[&named[..], &["--find-entities"]].concat()).refuses(&parts);
}

#[test]
fn texts_without_capitals_have_sentences() {
    let place = with_model();
    let small =
        "anna and otto met in oslo. there anna sang, e.g. at noon, and they danced. so it was.";
    place.write_text("small.txt", small);
    place.write_text("note.txt", &NOTE.replace('\n', " "));
    let sentences = |file: &str| {
        let done = place.run(&["extract", "--model", "run/model", file, "--json"]).succeeds();
        lines(&done.stdout)[0]["sentences"].as_array().unwrap().len()
    };
    assert_eq!((sentences("small.txt"), sentences("note.txt")), (3, 2));
}

#[test]
fn a_finder_that_isnt_kept_is_told() {
    let place = with_model();
    let short = place.read("recipe.toml").replace("epochs = 60", "epochs = 1");
    let start = "start = \"run/model\"\n";
    let with_start = |text: String| text.replacen("\n[data]", &format!("{start}\n[data]"), 1);
    let said = |name: &str, text: String| {
        place.write_text("next.toml", &with_start(text));
        place.run(&["train", "next.toml", "--run", name]).succeeds().stderr
    };
    let same = said("same", short.clone());
    assert!(!same.contains("anew"), "{same}");
    let wider = said("wider", short.replace("width = 32\ntexts", "width = 48\ntexts"));
    assert!(wider.contains("the finder of run/model has the width 32"), "{wider}");
    assert!(wider.contains("that of the recipe 48: it begins anew"), "{wider}");
    let none = said("none", short.replace(FINDER, ""));
    assert!(none.contains("the recipe has no [finder]"), "{none}");
}

#[test]
fn a_model_of_other_relations_and_types_is_a_start() {
    let place = with_model();
    let other = |name: &str| {
        let text = place.read(name);
        place.write_text(name, &text.replace("\"LOC\"", "\"CITY\"").replace("\"P1\"", "\"R9\""));
    };
    ["train.json", "dev.json", "unlabelled.json"].into_iter().for_each(other);
    let text = place.read("recipe.toml").replace("epochs = 60", "epochs = 2");
    place.write_text("next.toml", &text.replacen("\n[data]", "start = \"run/model\"\n\n[data]", 1));
    let said = place.run(&["train", "next.toml", "--run", "next"]).succeeds().stderr;
    assert!(said.contains("run/model knows other relations"), "{said}");
    assert!(said.contains("run/model knows other entity types (LOC, PER)"), "{said}");
    let config = place.read("next/model/config.toml");
    assert!(config.contains("kinds = [\"CITY\", \"PER\"]"), "{config}");
    // What it has learned of mentions isn't lost: it learns the other types in fewer steps.
    place.write_text("fresh.toml", &text);
    place.run(&["train", "fresh.toml", "--run", "fresh"]).succeeds();
    let last_loss = |run: &str| {
        let metrics = place.read(&format!("{run}/metrics.jsonl"));
        let lines = metrics.lines().filter(|line| line.contains("\"step\","));
        let losses = lines.map(|line| serde_json::from_str::<Value>(line).unwrap()["loss"].clone());
        losses.filter_map(|loss| loss.as_f64()).next_back().unwrap()
    };
    assert!(last_loss("next") < last_loss("fresh"), "{} {}", last_loss("next"), last_loss("fresh"));
}

#[test]
fn entities_alone_belong_into_further_texts() {
    let place = prepared();
    let mut bare = documents(6, 0);
    for document in bare.as_array_mut().unwrap() {
        document["labels"] = json!([]);
    }
    place.write("train.json", &bare);
    let train = ["train", "recipe.toml", "--run", "run"];
    place.run(&train).refuses(&["train.json", "no labelled fact", "finder.texts"]);
    bare[0].as_object_mut().unwrap().remove("labels");
    place.write("train.json", &bare);
    place.run(&train).refuses(&["train.json", "has no labels", "finder.texts"]);
    assert!(!place.at("run").exists());
}

#[test]
fn wrong_settings_of_a_finder_are_refused() {
    let place = prepared();
    for (set, parts) in [
        ("finder.width=0", ["finder.width", "1 to 65536"]),
        ("finder.mention_weight=-1", ["finder.mention_weight", "0 or more"]),
        ("finder.texts=[\"none.json\"]", ["none.json", "No such file"]),
    ] {
        place.run(&["train", "recipe.toml", "--run", "run", "--set", set]).refuses(&parts);
        assert!(!place.at("run").exists(), "{set}");
    }
}

/// Texts that people really have, by a name of each.
fn awkward_texts() -> Vec<(&'static str, String)> {
    let chapter =
        "It was late when Anna came home to Oslo, and Otto, who had waited, said nothing. ";
    let text = |text: &str| text.to_owned();
    vec![
        ("empty", String::new()),
        ("blanks", text(" \t \n\n  \r\n ")),
        ("one word", text("Anna")),
        ("one letter", text("A")),
        ("one mark", text(".")),
        ("capitals", NOTE.to_uppercase()),
        ("small", NOTE.to_lowercase()),
        ("no end", text("Anna met Otto in Oslo")),
        ("line breaks alone", "\n".repeat(500)),
        ("points alone", ".".repeat(3000)),
        ("one long word", "a".repeat(5000)),
        ("one long line", "Anna met Otto ".repeat(600)),
        ("a long sentence without marks", "and then Anna saw Oslo ".repeat(900)),
        ("a table", text("| name | city |\n|---|---|\n| Anna | Oslo |\n| Otto | Oslo |\n")),
        ("tabs", text("name\tcity\nAnna\tOslo\nOtto\tOslo\n")),
        ("code", text("fn main() {\n    let anna = \"Otto\"; // Oslo\n}\n")),
        (
            "markdown",
            text("# Notes\n\n- Anna, *Oslo*\n- **Otto** [home](https://oslo.example/a?b=c)\n"),
        ),
        ("html", text("<p>Anna &amp; Otto <b>met</b> in&nbsp;Oslo.</p>")),
        ("quotations", text("“Anna,” said Otto, ‘in “Oslo”?’ 'No.' \"Yes\" «Oui» „Ja“")),
        ("dashes", text("Anna–Otto—Oslo-born… well‑known ‒ 1990–1995")),
        ("old line ends", NOTE.replace("\r\n", "\r").replace('\n', "\r")),
        ("mixed line ends", text("Anna\r\nOtto\rOslo\nAnna\u{2028}Otto\u{85}Oslo")),
        ("byte order mark", format!("\u{feff}{NOTE}")),
        ("emojis", text("Anna 👩‍👩‍👧 met Otto 🇳🇴 in Oslo 😀😀. 👍🏽!")),
        ("combining marks", text("A\u{300}nna me\u{301}t O\u{308}tto in O\u{338}slo.")),
        ("zero width", text("An\u{200b}na met\u{2060}Otto\u{feff} in Os\u{ad}lo.")),
        ("no-break blanks", text("Anna\u{a0}met\u{202f}Otto\u{3000}in Oslo.")),
        ("controls", text("Anna\u{0}met\u{1b}[31mOtto\u{7} in\u{c}Oslo.")),
        ("right to left", text("التقت آنا بأوتو في أوسلو. אנה פגשה את אוטו באוסלו.")),
        ("mixed scripts", text("Anna встретила Отто в オスロ，Όσλο 和 오슬로.")),
        ("Chinese", text("安娜和奥托在奥斯陆见面。“好！”她说。他们跳舞了。")),
        ("Japanese", text("アンナはオスロでオットーに会った。彼女は歌った。")),
        ("Thai", text("แอนนาพบออตโตในออสโล")),
        ("Hindi", text("अन्ना ओस्लो में ओटो से मिली।")),
        ("ligatures", text("Anna ﬁnds Otto’s oﬃce in Straße Nº ½ ² Ⅷ ℡")),
        ("mathematics", text("𝔸𝕟𝕟𝕒 met 𝑶𝒕𝒕𝒐 in ℝ² where x≤y, ∑ᵢ aᵢ.")),
        (
            "numbers",
            text("1,000.5 3.14 1990s. 12/03/2001 €5bn 50% No. 7, v1.2.3-rc4 +47 22 00 00 00"),
        ),
        (
            "addresses",
            text("anna@oslo.example www.oslo.example/~otto#a C:\\Otto\\Oslo.txt @anna #oslo"),
        ),
        (
            "abbreviations",
            text("Dr. A. B. Otto Jr. of Anna Inc. met the U.S. Gov. at 5 p.m. in St. Oslo."),
        ),
        ("brackets", text("((((((Anna [Otto {Oslo <x>]})) ) ) )")),
        ("the same name a thousand times", "Anna ".repeat(1000)),
        ("a chapter", chapter.repeat(60)),
    ]
}

#[test]
fn awkward_texts_are_read_with_exact_offsets() {
    let place = with_model();
    let texts = awkward_texts();
    assert!(texts.len() >= 40);
    for (number, (_, text)) in texts.iter().enumerate() {
        place.write_text(&format!("texts/{number:02}.txt"), text);
    }
    let done = place.run(&["extract", "--model", "run/model", "texts", "--json"]).succeeds();
    let found = lines(&done.stdout);
    assert_eq!(found.len(), texts.len(), "{}", done.stderr);
    for ((name, text), document) in texts.iter().zip(&found) {
        check_spans(document, text);
        assert!(document["facts"].is_array(), "{name}");
    }
    let names = ["byte order mark", "a chapter"];
    for name in names {
        let place = texts.iter().position(|(of, _)| *of == name).unwrap();
        assert!(!found[place]["entities"].as_array().unwrap().is_empty(), "{name}");
    }
}

#[test]
fn a_file_that_is_no_text_is_named_and_the_others_are_read() {
    let place = with_model();
    place.write_text("texts/a.txt", NOTE);
    fs::write(place.at("texts/b.txt"), b"Anna \xff\xfe Otto").unwrap();
    let done = place.run(&["extract", "--model", "run/model", "texts", "--json"]);
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert_eq!(lines(&done.stdout).len(), 1);
    assert!(done.stderr.contains("b.txt") && done.stderr.contains("UTF-8"), "{done:#?}");
}
