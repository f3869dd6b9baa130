//! Documents in DocRED's form and near to it.

use super::{Case, Holds, Reads, Refuses, Spares};

pub const CASES: &[Case] = &[
    ("01-single-object-pretty", &[Reads("stats in.json", &["facts             3"])]),
    (
        "02-pos-counts-whole-document",
        &[Reads("stats in.json", &["4  places counted in the document (now in the sentence)"])],
    ),
    (
        "03-pos-counts-whole-document-in-range",
        &[
            Reads("stats in.json", &["2  places counted in the document (now in the sentence)"]),
            Reads("convert in.json new.json", &["1 document"]),
            Holds("new.json", &["\"pos\":[5,7]", "\"pos\":[8,10]"]),
        ],
    ),
    ("05-hf-datasets-labels-dict", &[Reads("stats in.jsonl", &["facts             3"])]),
    (
        "07-na-labels",
        &[
            Refuses("stats in.json", &["label 3", "\"Na\" stands for no relation"]),
            Reads("stats in2.json", &["NA  ", "no_relation  "]),
        ],
    ),
    ("08-self-relation", &[Reads("stats in.json", &["1  facts that relate an entity to itself"])]),
    (
        "09-repeated-triple",
        &[
            Reads("stats in.json", &["repeated        1"]),
            Reads("convert in.json new.json", &["1 repeated fact left out"]),
            Holds("new.json", &["{\"r\":\"P19\",\"h\":0,\"t\":1,\"evidence\":[0,1]}"]),
        ],
    ),
    (
        "18-title-number-and-twice",
        &[
            Refuses("stats number.json", &["title", "should be a text", "8701013"]),
            Reads("stats twice.json", &["titles again    1"]),
            Reads("convert twice.json folder --to brat", &["2 documents"]),
            Holds("folder/Harbour-2.txt", &["Mira Holt"]),
            Reads("extract --model $M twice.json", &["2 documents read"]),
            Refuses(
                "predict --model $M --data twice.json --output r.json",
                &["document 1", "title"],
            ),
        ],
    ),
    (
        "26-vertexset-flat",
        &[
            Reads("stats obj.json", &["entities          4", "mentions          6"]),
            Reads("stats flat.json", &["entities          4", "mentions          4"]),
        ],
    ),
    (
        "27-other-forms",
        &[
            Refuses("stats doccano.jsonl", &["looks like doccano's JSON lines"]),
            Refuses("stats doccano-labels.jsonl", &["looks like doccano's JSON lines"]),
            Refuses("stats spert.json", &["looks like SpERT's JSON"]),
            Refuses("stats dygie.jsonl", &["looks like DyGIE's JSON lines"]),
            Refuses("stats opennre.txt", &["looks like OpenNRE's JSON lines"]),
            Refuses("stats prodigy.jsonl", &["looks like Prodigy's JSON lines"]),
        ],
    ),
    (
        "146-mixed-forms-in-one-file",
        &[Refuses("stats in.jsonl", &["document 1 (line 2)", "a task of Label Studio"])],
    ),
    (
        "33-rel2id-forms",
        &[
            Refuses(
                "train rel_info.toml --run a",
                &["rel_info.json: P19: should be a whole number"],
            ),
            Refuses("train strings.toml --run b", &["strings.json", "the text \"0\""]),
            Refuses("train without_na.toml --run c", &["\"P19\" has column 0", "none class"]),
            Refuses("train na_last.toml --run d", &["\"P19\" has column 0", "none class"]),
            Reads("train one_based_no_na.toml --run e", &["model  e/model"]),
            Refuses("train list.toml --run f", &["should be an object", "but is a list"]),
            Refuses("train gap.toml --run g", &["no relation has column 3"]),
            Refuses("train swapped.toml --run h", &["swapped.json: 0: should be a whole number"]),
        ],
    ),
    (
        "33b-rel2id-without-na-silent",
        &[Refuses("train without_na.toml --run a", &["\"P19\" has column 0", "none class"])],
    ),
    (
        "f01",
        &[
            Reads("stats train.json", &["1  facts that relate an entity to itself"]),
            Reads("convert train.json new.json", &["1  facts that relate an entity to itself"]),
        ],
    ),
    (
        "f02",
        &[
            Refuses("stats dev.json", &["so it is empty", "a lenient reading"]),
            Reads("stats dev.json --lenient", &["1  wrong items", "so it is empty"]),
        ],
    ),
    (
        "f05",
        &[Refuses(
            "train arpdl/table2-arpdl-atlop-dwie-minilm",
            &["data/dwie/train.jsonl", "docre convert annos_with_content data/dwie/train.jsonl"],
        )],
    ),
    (
        "140-plain-text",
        &[
            Reads("extract --model $M notes.txt", &["1 document read, 0 skipped"]),
            Reads("extract --model $M folder", &["document", "read, 0 skipped"]),
            Reads("stats notes.txt", &["without entities   1"]),
            Spares("extract --model $M notes.txt", &["1 documents", "1 facts"]),
        ],
    ),
];
