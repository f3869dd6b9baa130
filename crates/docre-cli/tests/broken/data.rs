//! Documents, predictions and training files.

use super::*;

fn without_labels(place: &Place, name: &str) {
    let mut documents = documents(2, 0);
    documents[1].as_object_mut().unwrap().remove("labels");
    place.write(name, &documents);
}

#[test]
fn documents_are_checked() {
    let second = "dev.json: document 1 \"Note 1\", ";
    check(&[
        document_case(
            "title is a number",
            |d| d["title"] = json!(5),
            &["dev.json: document 1", "title", "a text"],
        ),
        document_case(
            "title is empty",
            |d| d["title"] = json!(" "),
            &["document 1", "title: is empty"],
        ),
        document_case(
            "no sentences",
            |d| d["sents"] = json!([]),
            &[second, "there is no sentence"],
        ),
        document_case(
            "sentences are text",
            |d| d["sents"] = json!("Anna sings."),
            &[second, "sents", "a list"],
        ),
        document_case(
            "no entities",
            |d| {
                d.as_object_mut().unwrap().remove("vertexSet");
            },
            &[second, "vertexSet"],
        ),
        document_case(
            "entity without mentions",
            |d| d["vertexSet"][2] = json!([]),
            &[second, "entity 2: has no mention"],
        ),
        document_case(
            "negative token",
            |d| d["vertexSet"][0][1]["pos"] = json!([-1, 2]),
            &[second, "vertexSet[0][1].pos[0]", "0 or more"],
        ),
        document_case(
            "token is a fraction",
            |d| d["vertexSet"][0][1]["pos"] = json!([0.5, 2]),
            &[second, "pos[0]"],
        ),
        document_case(
            "three numbers",
            |d| d["vertexSet"][0][1]["pos"] = json!([0, 1, 2]),
            &[second, "has 3 numbers"],
        ),
        document_case(
            "mention is empty",
            |d| d["vertexSet"][0][1]["pos"] = json!([2, 2]),
            &[second, "entity 0, mention 1", "empty"],
        ),
        document_case(
            "mention ends late",
            |d| d["vertexSet"][0][1]["pos"] = json!([2, 40]),
            &[second, "token 40", "8 tokens"],
        ),
        document_case(
            "no such sentence",
            |d| d["vertexSet"][0][1]["sent_id"] = json!(90),
            &[second, "sentence 90 does not exist"],
        ),
        document_case(
            "no such tail",
            |d| d["labels"][3]["t"] = json!(14),
            &[second, "label 3: tail entity 14 does not exist (the document has 3 entities)"],
        ),
        document_case(
            "no such evidence",
            |d| d["labels"][0]["evidence"] = json!([50]),
            &[second, "evidence: sentence 50"],
        ),
        document_case(
            "relation is empty",
            |d| d["labels"][0]["r"] = json!(""),
            &[second, "the relation is empty"],
        ),
        document_case(
            "labels are an object",
            |d| d["labels"] = json!({}),
            &[second, "labels", "a list"],
        ),
        text_case("empty file", b"", &["dev.json: the file is empty"]),
        text_case("no JSON", b"hello", &["dev.json: should be a JSON list"]),
        text_case("list of numbers", b"[1, 2]", &["document 0 should be an object"]),
        text_case("list never ends", b"[", &["ends before its list does"]),
        text_case("compressed", b"\x1f\x8b\x08\x00", &["compressed"]),
        text_case("not UTF-8", b"[{\"title\": \"\xff\xfe\"}]", &["document 0", "not UTF-8"]),
        text_case(
            "NaN",
            b"[{\"title\": \"a\", \"sents\": [[\"a\"]], \"vertexSet\": NaN}]",
            &["document 0", "not JSON"],
        ),
        text_case("deep", &[b'['; 5000], &["ends in the middle of document 0"]),
        case(
            "truncated",
            |place| cut(place, "dev.json"),
            "stats dev.json",
            &["dev.json: the file ends in the middle of document"],
        ),
        case(
            "no comma",
            |place| {
                place.write_text(
                    "dev.json",
                    &documents(2, 0).to_string().replace("},{\"title", "}{\"title"),
                )
            },
            "stats dev.json",
            &["dev.json: "],
        ),
        case(
            "missing file",
            nothing,
            "stats nothing.json",
            &["nothing.json: cannot read", "No such file"],
        ),
        case("a folder", nothing, "stats run", &["run: is a folder without .ann files"]),
        case(
            "names are a list",
            |place| place.write_text("names.json", "[]"),
            "stats dev.json --names names.json",
            &["names.json", "an object"],
        ),
    ]);
}

#[test]
fn truth_and_predictions_are_checked() {
    let prediction = |place: &Place, entry: Value| place.write("result.json", &json!([entry]));
    let evaluate = "evaluate --predictions result.json --truth dev.json";
    check(&[
        case(
            "truth without labels",
            |p| {
                without_labels(p, "dev.json");
                p.write("result.json", &json!([]));
            },
            evaluate,
            &["dev.json: document 1 \"Note 1\"", "has no labels"],
        ),
        case(
            "model, truth without labels",
            |p| without_labels(p, "dev.json"),
            "evaluate --model run/model --truth dev.json",
            &["document 1", "has no labels"],
        ),
        case(
            "title twice in the truth",
            |p| {
                p.write("dev.json", &json!([documents(1, 5)[0], documents(1, 5)[0]]));
                p.write("result.json", &json!([]));
            },
            evaluate,
            &["document 1 \"Note 5\"", "document 0 has it too"],
        ),
        case(
            "train without labels",
            |p| {
                without_labels(p, "train.json");
                p.write("result.json", &json!([]));
            },
            "evaluate --predictions result.json --truth dev.json --train train.json",
            &["train.json: document 1", "has no labels"],
        ),
        case(
            "negative index",
            move |p| {
                prediction(p, json!({"title": "Note 100", "h_idx": -1, "t_idx": 0, "r": "P1"}))
            },
            evaluate,
            &["result.json: prediction 0: h_idx", "0 or more"],
        ),
        case(
            "no title",
            move |p| prediction(p, json!({"h_idx": 1, "t_idx": 0, "r": "P1"})),
            evaluate,
            &["prediction 0", "title"],
        ),
        case(
            "relation is a number",
            move |p| prediction(p, json!({"title": "Note 100", "h_idx": 1, "t_idx": 0, "r": 1})),
            evaluate,
            &["prediction 0: r", "a text"],
        ),
        case(
            "relation is empty",
            move |p| prediction(p, json!({"title": "Note 100", "h_idx": 1, "t_idx": 0, "r": ""})),
            evaluate,
            &["prediction 0: r"],
        ),
        case(
            "truncated predictions",
            |p| p.write_text("result.json", "[{\"title\": \"Note 100\", \"h_i"),
            evaluate,
            &["result.json: the file ends in the middle of prediction 0"],
        ),
        case("no predictions", nothing, evaluate, &["result.json: cannot read"]),
        case(
            "no model",
            nothing,
            "evaluate --model bert --truth dev.json",
            &["bert: is not a docre model"],
        ),
    ]);
}

#[test]
fn training_files_are_checked() {
    let train = "train recipe.toml --run new";
    let with_relations = "train recipe.toml --run new --set data.relations=rel2id.json";
    check(&[
        case("no training document", |p| p.write_text("train.json", "[]"), train, &["train.json"]),
        case(
            "no facts to learn",
            |p| {
                let mut all = documents(2, 0);
                all[0]["labels"] = json!([]);
                all[1]["labels"] = json!([]);
                p.write("train.json", &all);
            },
            train,
            &["train.json: holds no labelled fact"],
        ),
        case(
            "unlabelled training",
            |p| without_labels(p, "train.json"),
            train,
            &["train.json: document 1 \"Note 1\"", "has no labels"],
        ),
        case(
            "unlabelled dev",
            |p| without_labels(p, "dev.json"),
            train,
            &["dev.json: document 1 \"Note 1\"", "has no labels"],
        ),
        case(
            "broken training",
            |p| cut(p, "train.json"),
            train,
            &["train.json: the file ends in the middle"],
        ),
        case(
            "column missing",
            |p| p.write_text("rel2id.json", r#"{"Na": 0, "P1": 1, "P2": 3}"#),
            with_relations,
            &["rel2id.json", "\"P2\" has column 3"],
        ),
        case(
            "column twice",
            |p| p.write_text("rel2id.json", r#"{"Na": 0, "P1": 1, "P2": 1}"#),
            with_relations,
            &["rel2id.json", "both have column 1"],
        ),
        case(
            "relation twice",
            |p| p.write_text("rel2id.json", r#"{"Na": 0, "P1": 1, "P1": 2}"#),
            with_relations,
            &["rel2id.json", "given twice"],
        ),
        case(
            "a run is there",
            nothing,
            "train recipe.toml --run run",
            &["run: already holds a run", "which is finished"],
        ),
        case(
            "no run to resume",
            nothing,
            "train recipe.toml --run new --resume",
            &["new: holds no run: it has no recipe.toml"],
        ),
        case(
            "no recipe to resume",
            nothing,
            "train --run new --resume",
            &["new: has no run to resume"],
        ),
        case(
            "run under a file",
            nothing,
            "train recipe.toml --run dev.json/run",
            &["dev.json: is a file, where a folder should be"],
        ),
    ]);
}
