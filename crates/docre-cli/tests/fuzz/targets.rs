//! What is spoilt, and what docre then does with it.

use std::{fs, path::Path};

use docre::{
    audit::{Corrections, Verdict},
    corpus::{self, Format, convert::ConvertOptions, predictions, stats::Statistics, texts},
    device::DeviceName,
    eval::{Truth, score},
    experiment::{CompareSettings, Comparison, Plan},
    model::Extractor,
    train::RunResult,
};
use serde_json::json;

use crate::{
    encoders::{read_encoder, write_encoders},
    support::{Place, documents, recipe, repository},
};

/// What docre says of a file: that it is good, or what is wrong.
pub type Outcome = Result<(), docre::Error>;

/// Files that are spoilt, one at a time.
pub struct Target {
    /// What it is called in messages.
    pub name: &'static str,
    /// Its share of the inputs.
    pub weight: u64,
    /// Makes the good files.
    pub prepare: fn(&Place),
    /// The files that are spoilt.
    pub files: &'static [&'static str],
    /// Reads them through the library; is told which file was spoilt.
    pub read: fn(&Path, &str) -> Outcome,
    /// What the program is asked to do with them; `FILE` stands for the spoilt file.
    pub commands: &'static [&'static [&'static str]],
}

const MODEL: [&str; 4] = [
    "run/model/config.toml",
    "run/model/relations.json",
    "run/model/tokenizer.json",
    "run/model/model.safetensors",
];

/// All of them.
pub const TARGETS: &[Target] = &[
    Target {
        name: "documents",
        weight: 6,
        prepare: write_documents,
        files: &[
            "docred.json",
            "docred.jsonl",
            "brat/Note 1.ann",
            "brat/Note 1.txt",
            "studio.json",
            "spacy.json",
            "hacred.jsonl",
            "dwie/0.json",
            "dialogre.json",
            "notes.pubtator",
            "bioc.xml",
            "bioc.json",
            "notes.marked",
            "eog.data",
            "chains.conll",
            "plain.txt",
            "plain.jsonl",
        ],
        read: read_documents,
        commands: &[&["stats", "PLACE", "--json"], &["convert", "PLACE", "out.json"]],
    },
    Target {
        name: "texts",
        weight: 3,
        prepare: write_texts,
        files: &["a.tsv", "labels.txt", "b.csv", "c.json", "d.jsonl"],
        read: read_texts,
        commands: &[&["stats", "FILE"], &["convert", "FILE", "out.csv"]],
    },
    Target {
        name: "relations",
        weight: 2,
        prepare: write_relations,
        files: &["rel2id.json", "rel_info.json"],
        read: read_relations,
        commands: &[&[
            "analyze",
            "--predictions",
            "result.json",
            "--truth",
            "dev.json",
            "--relations",
            "rel2id.json",
            "--names",
            "rel_info.json",
            "--html",
            "out.html",
        ]],
    },
    Target {
        name: "model",
        weight: 3,
        prepare: |_| {},
        files: &MODEL,
        read: read_model,
        commands: &[
            &["predict", "--model", "run/model", "--data", "dev.json", "--output", "out.json"],
            &["extract", "--model", "run/model", "dev.json", "--index", "0", "--html", "out.html"],
        ],
    },
    Target {
        name: "encoder",
        weight: 3,
        prepare: write_encoders,
        files: &[
            "bert/config.json",
            "bert/model.safetensors",
            "torch/pytorch_model.bin",
            "torch/config.json",
            "torch/vocab.txt",
            "torch/added_tokens.json",
            "older/vocab.json",
            "older/merges.txt",
            "mpnet/config.json",
            "albert/config.json",
            "modernbert/config.json",
            "longformer/config.json",
            "distilbert/config.json",
            "deberta/config.json",
            "deberta/tokenizer.json",
            "roberta/tokenizer.json",
            "xlm-roberta/tokenizer.json",
            "bert/tokenizer.json",
            "bert/special_tokens_map.json",
            "bert/tokenizer_config.json",
        ],
        read: read_encoder,
        commands: &[&[
            "bench",
            "--mode",
            "infer",
            "--encoder",
            "PLACE",
            "--data",
            "dev.json",
            "--batch",
            "1",
            "--docs",
            "4",
            "--offline",
        ]],
    },
    Target {
        name: "recipe",
        weight: 3,
        prepare: write_recipes,
        files: &["recipe.toml", "chain.toml", "paper.toml"],
        read: |place, file| Plan::read(place.join(file), &[]).map(drop),
        commands: &[&["train", "FILE", "--run", "out", "--set", "schedule.epochs=1", "--offline"]],
    },
    Target {
        name: "comparison",
        weight: 2,
        prepare: write_comparison,
        files: &["losses.toml", "all/ATL/seed-66/result.json"],
        read: read_comparison,
        commands: &[&["compare", "losses.toml", "--run", "all", "--results", "--html", "out.html"]],
    },
    Target {
        name: "results",
        weight: 3,
        prepare: |_| {},
        files: &["run/predictions.json", "run/result.json", "run/metrics.jsonl"],
        read: read_results,
        commands: &[
            &["evaluate", "--predictions", "run/predictions.json", "--truth", "dev.json"],
            &["analyze", "--model", "run/model", "--truth", "dev.json", "--html", "out.html"],
        ],
    },
    Target {
        name: "decisions",
        weight: 2,
        prepare: write_decisions,
        files: &["decisions.json", "train.json"],
        read: read_decisions,
        commands: &[&[
            "audit",
            "--decisions",
            "decisions.json",
            "--data",
            "train.json",
            "--output",
            "out.json",
        ]],
    },
    Target {
        name: "checkpoint",
        weight: 0, // only the program resumes
        prepare: write_checkpoint,
        files: &[
            "run/checkpoint.json",
            "run/checkpoint/2/state.json",
            "run/checkpoint/2/optimizer.safetensors",
            "run/checkpoint/2/model.safetensors",
            "run/recipe.toml",
            "run/metrics.jsonl",
        ],
        read: |_, _| Ok(()),
        commands: &[&["train", "--resume", "--run", "run"]],
    },
];

/// The file or folder directly in the place that a spoilt file belongs to.
pub fn whole_of(file: &str) -> &str {
    file.split('/').next().unwrap_or(file)
}

fn named(format: &str) -> Format {
    format.parse().unwrap()
}

fn write_documents(place: &Place) {
    place.write("docred.json", &documents(3, 0));
    let convert = |output: &str, to| {
        let options = ConvertOptions { to: Some(to), ..Default::default() };
        corpus::convert(place.at("docred.json"), place.at(output), &options).unwrap();
    };
    convert("docred.jsonl", Format::DOCRED);
    convert("brat", named("brat"));
    convert("studio.json", named("label-studio"));
    convert("spacy.json", named("spacy"));
    convert("notes.pubtator", named("pubtator"));
    convert("bioc.xml", named("bioc"));
    convert("bioc.json", named("bioc"));
    convert("notes.marked", named("marked"));
    let pair = "1:CID:2\tR2L\tCROSS\t3-4\t0-1\tC1\tIsolin\tChemical\t3\t4\t1\tD1\tTarn|tarn \
                fever\tDisease\t0:5\t1:7\t0:1";
    place.write_text("eog.data", &format!("81\tTarn rose .|Isolin hurts tarn fever .\t{pair}\n"));
    place.write_text(
        "chains.conll",
        "#begin document (a); part 000\na 0 0 Ada (1\na 0 1 Lee 1)\n\na 0 0 She (1)\n#end document\n",
    );
    let plain = "Dr. Anna Lee met Otto (b. 1990) in the U.S.\r\n\r\n- See www.oslo.example.\r\n";
    place.write_text("plain.txt", plain);
    place.write("plain.jsonl", &json!({"id": 1, "text": plain}));
    let hacred = json!({"title": "Note", "text": "Anna and Otto", "sents": [["A", "n", "n", "a"]],
        "vertexSet": [[{"name": "Anna", "sent_id": 0, "pos": [0, 4], "type": "PER"}]],
        "labels": []});
    place.write("hacred.jsonl", &hacred);
    let dwie = json!({"id": "DW_0", "tags": ["all", "train"], "content": "Ott is in Berlin.",
        "mentions": [{"begin": 0, "end": 3, "text": "Ott", "concept": 1},
            {"begin": 10, "end": 16, "text": "Berlin", "concept": 2}],
        "concepts": [{"concept": 1, "tags": ["type::person"]}, {"concept": 2, "tags": []}],
        "relations": [{"s": 1, "p": "based_in0", "o": 2}]});
    place.write("dwie/0.json", &dwie);
    let dialogue = json!([[["Speaker 1: Anna, come!", "Speaker 2: Yes, Otto."],
        [{"x": "Speaker 1", "x_type": "PER", "y": "Otto", "y_type": "STRING",
          "r": ["per:alternate_names"], "rid": [30], "t": [""]}]]]);
    place.write("dialogre.json", &dialogue);
}

fn read_documents(place: &Path, file: &str) -> Outcome {
    let path = place.join(whole_of(file));
    corpus::check_file(&path)?;
    Statistics::of_file(&path)?;
    let to = |to| ConvertOptions { to: Some(to), ..Default::default() };
    corpus::convert(&path, place.join("out.json"), &to(named("spacy")))?;
    corpus::convert(&path, place.join("out"), &to(named("brat"))).map(drop)
}

fn write_texts(place: &Place) {
    place.write_text("a.tsv", "I like it\t0\ta\nWell\t1\tb\nWell, good\t0,1\tc\n");
    place.write_text("labels.txt", "joy\nneutral\n");
    place.write_text("b.csv", "text,labels,id\nHi,joy,1\n\"Ho, \"\"you\"\"\",\"joy,fun\",2\n");
    place.write("c.json", &json!([{"id": "a", "text": "Hi", "labels": ["joy"]}]));
    place.write_text("d.jsonl", "{\"text\": \"Hi\", \"labels\": [\"joy\"]}\n");
}

fn read_texts(place: &Path, file: &str) -> Outcome {
    let path = place.join(if file == "labels.txt" { "a.tsv" } else { file });
    drop(texts::read_unlabelled(&path)?);
    let found = texts::read(&path, &texts::TextOptions::default())?;
    texts::write(place.join("out.csv"), &found)
}

fn write_relations(place: &Place) {
    place.write("rel2id.json", &json!({"Na": 0, "P1": 1, "P2": 2}));
    place.write("rel_info.json", &json!({"P1": "knows", "P2": "is in"}));
    fs::copy(place.at("run/predictions.json"), place.at("result.json")).unwrap();
}

fn read_relations(place: &Path, file: &str) -> Outcome {
    match file {
        "rel2id.json" => corpus::relations::read_rel2id(place.join(file)).map(drop),
        _ => corpus::relations::read_names(place.join(file)).map(drop),
    }
}

fn read_model(place: &Path, _: &str) -> Outcome {
    let extractor = Extractor::load(place.join("run/model"), &DeviceName::default().open()?)?;
    let documents = corpus::read(place.join("dev.json"))?.take(1);
    extractor.extract_stream(documents).try_for_each(|extracted| extracted.map(drop))
}

fn write_recipes(place: &Place) {
    place.write("distant.json", &documents(5, 300));
    place.write_text("rel2id.json", r#"{"Na": 0, "P1": 1, "P2": 2}"#);
    let stages = "[[stages]]\nname = \"teacher\"\n[[stages]]\nname = \"student\"\n\
        teacher = \"teacher\"\ndata = { train = \"distant.json\" }\n\
        loss = { kind = \"afl\", distillation = { measure = \"mse\" } }\n";
    let base = recipe().replace("[data]", "[data]\nrelations = \"rel2id.json\"");
    place.write_text("chain.toml", &(base + stages));
    let paper = fs::read_to_string(repository("recipes/quickstart.toml")).unwrap();
    place.write_text("paper.toml", &paper);
}

fn write_comparison(place: &Place) {
    let losses = "name = \"losses\"\nbase = \"recipe.toml\"\nseeds = [66]\nbaseline = \"ATL\"\n\
        set.schedule.epochs = 1\n[[rows]]\nname = \"ATL\"\n[[rows]]\nname = \"CMM\"\n\
        set.loss = { kind = \"cmm\" }\n";
    place.write_text("losses.toml", losses);
    place.run(&["compare", "losses.toml", "--run", "all"]).succeeds();
}

fn read_comparison(place: &Path, _: &str) -> Outcome {
    // Recipes are named from the folder that docre runs in, which is the place.
    let comparison = Comparison::read(place.join("losses.toml"), &CompareSettings::default())?;
    comparison.list(&place.join("all"))?;
    comparison.results(&place.join("all"))?.to_page().to_html().map(drop)
}

fn read_results(place: &Path, file: &str) -> Outcome {
    match file {
        "run/predictions.json" => {
            let truth = Truth::read(place.join("dev.json"))?;
            let found = predictions::read(place.join(file))?;
            let scores = score(&truth, &found, None);
            assert!((0.0..=1.0).contains(&scores.facts.f1()), "{scores:?}");
            Ok(())
        }
        "run/result.json" => RunResult::read(place.join("run")).map(drop),
        _ => docre::train::dev_scores(&place.join("run")).map(drop),
    }
}

fn write_decisions(place: &Place) {
    let decision = json!({"title": "Note 1", "h": 0, "t": 1, "r": "P1", "evidence": [0],
        "kind": "wrong", "accept": true});
    let missing = json!({"title": "Note 2", "h": 2, "t": 0, "r": "P2", "evidence": [],
        "kind": "missing", "accept": false});
    place.write("decisions.json", &json!([decision, missing]));
}

fn read_decisions(place: &Path, _: &str) -> Outcome {
    let [data, path] = ["train.json", "decisions.json"].map(|name| place.join(name));
    let decisions = Verdict::read_all(&path)?;
    Corrections::decided(&data, &path, &decisions)?.write(&data, &place.join("out.json"))
}

fn write_checkpoint(place: &Place) {
    // The run is done; without its result it goes on from its last checkpoint.
    fs::remove_file(place.at("run/result.json")).unwrap();
}
