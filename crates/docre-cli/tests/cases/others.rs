//! Texts with labels, and data sets of other forms.

use super::{Case, Holds, Reads, Refuses};

pub const CASES: &[Case] = &[
    (
        "120-goemotions-tsv",
        &[
            Reads("stats quotes.tsv --none neutral", &["texts             3"]),
            Reads("stats cr.tsv --none neutral", &["texts             2"]),
            Reads("stats crlf.tsv --none neutral", &["texts             3"]),
            Reads("stats emptylabel.tsv --none neutral", &["without labels  2"]),
            Refuses(
                "stats over.tsv --none neutral",
                &["line 1: there is no label 3: 3 have names"],
            ),
            Refuses("stats twice.tsv --none neutral", &["the id \"a\" is given twice"]),
            Refuses(
                "stats short.tsv --none neutral",
                &["line 1: has 2 columns, but should have 3"],
            ),
        ],
    ),
    (
        "121-goemotions-raw-csv",
        &[Refuses(
            "stats in.csv",
            &["line 2: author: should be 0 or 1", "each column beside", "leave out the others"],
        )],
    ),
    (
        "123-texts-label-forms",
        &[
            Refuses("stats semicolon.csv", &["\"joy;anger\" has `;` in it", "commas between them"]),
            Reads("stats flags.csv", &["joy        1"]),
            Reads("stats floats.csv", &["joy        1"]),
            Refuses("stats emotion.csv", &["emotion", "call the column that has them \"labels\""]),
            Reads("stats caps.csv", &["joy        1"]),
            Reads("stats bom.csv", &["joy        1"]),
            Reads("stats label.jsonl", &["joy        1"]),
            Reads("stats pylist.csv", &["anger      2", "joy        1"]),
        ],
    ),
    (
        "130-dwie-odd",
        &[
            Reads("stats ok", &["1  facts that relate an entity to itself"]),
            Reads("convert ok new.json", &["1 document"]),
            Holds("new.json", &["\"name\":\"Mira Holt\"", "\"entity_id\":\"Ostrom\""]),
            Refuses("stats null", &["mentions[0].concept", "but is null"]),
            Refuses("stats nocontent", &["no DW_1.txt beside it"]),
            Refuses("stats differs", &["mention 1", "\"Ostrom Work\"", "\"Ostrom Works\""]),
            Refuses("stats idnum", &["id: should be a text, but is the number 5"]),
        ],
    ),
    (
        "28-pubtator-and-eog-data",
        &[
            Reads("stats in.PubTator", &["entities          3", "CID "]),
            Reads("stats in.txt", &["entities          3", "CID "]),
            Reads("stats train_filter.data", &["entities         2", "facts            1"]),
            Reads("convert in.PubTator new.json", &["1 document"]),
        ],
    ),
];
