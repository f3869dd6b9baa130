//! What annotation tools write: brat, Label Studio, spaCy.

use super::{Case, Holds, Reads, Refuses, Spares};

/// What a file of brat gives that has all four of its mentions and both facts.
const WHOLE: &[&str] = &["entities          4", "facts             2"];

/// The mentions and facts of the usual task of Label Studio.
const TASK: &[&str] = &["entities         3", "facts            2"];

pub const CASES: &[Case] = &[
    ("40-brat-crlf", &[Reads("stats in", WHOLE)]),
    ("41-brat-crlf-offsets-without-cr", &[Reads("stats in", WHOLE)]),
    ("42-brat-bom-ann", &[Reads("stats in", WHOLE)]),
    (
        "43-brat-bom-txt",
        &[
            Reads("convert in new.json", &["1 document"]),
            Holds("new.json", &["\"sents\":[[\"Mira\"", "\"name\":\"Mira Holt\"", "\"Tarn City\""]),
        ],
    ),
    ("44-brat-bom-txt-offsets-without", &[Reads("stats in", WHOLE)]),
    (
        "46-brat-single-span-over-newline",
        &[
            Reads("convert in new.json", &["1 document"]),
            Holds("new.json", &["\"name\":\"stepped\\ndown\",\"sent_id\":0,\"pos\":[1,3]"]),
        ],
    ),
    (
        "49-brat-zero-width-tab",
        &[
            Refuses("stats in", &["mention T8", "so it is empty"]),
            Reads("stats in --lenient", &["1  wrong items"]),
        ],
    ),
    ("50-brat-relation-to-trigger", &[Reads("stats in", &["2  events", "facts             2"])]),
    ("56-brat-files-missing", &[Reads("stats in", &["b.txt 1", "sub 1", ".d.ann 1"])]),
    (
        "150-to-brat-type-names",
        &[
            Reads("convert h.jsonl new-h --to brat", &["document"]),
            Reads("convert d.json new-d --to brat", &["document"]),
            Reads("convert p.json new-p --to brat", &["document"]),
            Holds("new-d/annotation.conf", &["per-u3a-", "-u2f-"]),
            Reads("stats new-d", &["per:"]),
            Reads("stats new-p", &["document"]),
        ],
    ),
    (
        "152-brat-blank-mentions",
        &[
            Refuses("stats a", &["mention T2: holds no token"]),
            Reads("convert b new.json", &["1 document"]),
            Holds("new.json", &["\"name\":\"Mira Holt\"", "\"name\":\"Velland\""]),
        ],
    ),
    (
        "152c-brat-last-line-ends-in-blank",
        &[Reads("stats a", &["entities         2"]), Reads("stats b", &["entities         2"])],
    ),
    (
        "f03",
        &[
            Refuses("stats in", &["2 things are wrong", "b.ann", "mention T2", "no mention T9"]),
            Reads("convert in new.jsonl --lenient", &["left out as wrong", "no mention T9"]),
        ],
    ),
    (
        "f04",
        &[
            Reads("stats zh", &["annotations of other kinds: Coreference"]),
            Spares("stats zh --join Coreference", &["annotations of other kinds: Coreference"]),
        ],
    ),
    ("70-ls-prediction-ids", &[Reads("stats in.json", TASK)]),
    (
        "73-ls-relation-without-label",
        &[Reads("stats in.json", &["1  relations without a label", "facts             4"])],
    ),
    (
        "74-ls-cancelled-and-several",
        &[Reads(
            "stats in.json",
            &[
                "3 labelled",
                "1  further annotations",
                "2  skipped annotations",
                "facts                4",
            ],
        )],
    ),
    ("75-ls-two-label-sets", &[Reads("stats in.json", &["1  entity types beside the main one"])]),
    (
        "78-ls-emoji-without-text",
        &[
            Reads("convert in.json new.json", &["1 document"]),
            Holds(
                "new.json",
                &["\"name\":\"Mira Holt\"", "\"Ostrom Works\"", "\"name\":\"Velland\""],
            ),
        ],
    ),
    (
        "78b-ls-emoji-without-text-in-range",
        &[
            Reads("convert in.json new.json", &["1 document"]),
            Holds(
                "new.json",
                &["\"name\":\"Mira Holt\"", "\"Ostrom Works\"", "\"name\":\"Velland\""],
            ),
        ],
    ),
    (
        "79-ls-double-blank",
        &[
            Reads("convert in.json new.json", &["1 document"]),
            Holds("new.json", &["\"name\":\"Berlin,  Germany\""]),
        ],
    ),
    (
        "80-ls-newline-lost",
        &[
            Reads("convert in.json new.json", &["1 document"]),
            Holds("new.json", &["\"name\":\"Mira\\nHolt\""]),
        ],
    ),
    ("82-ls-hypertext", &[Refuses("stats in.json", &["a span of HTML", "label the text itself"])]),
    ("83-ls-labels-on-hypertext", &[Refuses("stats in.json", &["value.start", "a span of HTML"])]),
    ("84-ls-json-min", &[Refuses("stats in.json", &["JSON-MIN, which has no relations"])]),
    ("85-ls-completions", &[Reads("stats in.json", TASK), Reads("stats both.json", TASK)]),
    ("86-ls-paragraphs", &[Refuses("stats in.json", &["a span of a dialogue"])]),
    ("89-ls-other-data-keys", &[Reads("stats in.json", TASK)]),
    ("94-ls-same-title", &[Reads("stats in.json", &["titles again    1"])]),
    (
        "100a-ls-title-and-text",
        &[Reads("stats in.json", &["1  spans of other texts: title 1", "mentions         2"])],
    ),
    (
        "100b-ls-title-and-text-no-text",
        &[
            Reads("convert in.json new.json", &["1  spans of other texts: title 1"]),
            Holds("new.json", &["\"name\":\"Mira Holt\"", "\"name\":\"Ostrom Works\""]),
        ],
    ),
    (
        "158-train-on-ls-with-skipped-task",
        &[Refuses("train r.toml --run a", &["document 1 \"task 2\" has no labels"])],
    ),
    ("101-spacy-pretty", &[Reads("stats in.json", &["entities          3"])]),
    (
        "102-spacy-underscore",
        &[Reads(
            "stats in.jsonl",
            &["entities          3", "spans.coref_head_clusters_1 2", "spans.sc 1"],
        )],
    ),
    ("105-spacy-rel-tuples", &[Reads("stats in.jsonl", &["_.rel 1"])]),
    (
        "107-spacy-overlap-types",
        &[Reads("stats in.jsonl", &["1  borders of sentences inside of mentions"])],
    ),
    (
        "107b-spacy-evidence-after-merged-sentences",
        &[
            Reads("convert in.jsonl new.json", &["1  borders of sentences inside of mentions"]),
            Holds("new.json", &["\"r\":\"far_from\",\"h\":3,\"t\":2,\"evidence\":[2]"]),
        ],
    ),
    ("109-spacy-links-and-cats", &[Reads("stats in.jsonl", &["cats 1", "ents.id 1"])]),
    (
        "155-extract-without-entities",
        &[
            Reads(
                "extract --model $M ls.json",
                &["0 facts", "no entities are marked in 1 document"],
            ),
            Reads(
                "extract --model $M sp.jsonl",
                &["0 facts", "no entities are marked in 1 document"],
            ),
        ],
    ),
];
