//! What is published where: addresses with a commit in them where the publisher has commits that stay,
//! and the hashes that the publishers' own repositories state.

use super::{DataSet, Division, Gives, Member, NextConversion, Published};
use crate::fetch::Hash;

const fn at(address: &'static str, hash: Hash, gives: Gives) -> Published {
    Published { address, hash: Some(hash), gives }
}

const fn unchecked(address: &'static str, gives: Gives) -> Published {
    Published { address, hash: None, gives }
}

const fn brought(gives: Gives) -> Published {
    Published { address: "", hash: None, gives }
}

const fn member(name: &'static str, inside: &'static str, hash: Option<Hash>) -> Member {
    Member { inside, name, hash }
}

/// ARPDL holds out 98 documents of DWIE.
const fn of_dwie(to: &'static str, part: &'static str, tune: usize) -> NextConversion {
    NextConversion { from: "dwie/annos_with_content", to, part: Some(part), tune, chains: false }
}

macro_rules! docred {
    ($file:literal) => {
        concat!(
            "https://huggingface.co/datasets/thunlp/docred/resolve/",
            "7985b4e0371e6c61a756feb41b7b27becf71c666/data/",
            $file
        )
    };
}

macro_rules! re_docred {
    ($file:literal) => {
        concat!(
            "https://raw.githubusercontent.com/tonytan48/Re-DocRED/",
            "ccfb54f5ddf5836027c87badda10f6dfc56efaac/data/",
            $file
        )
    };
}

macro_rules! dialogre {
    ($file:literal) => {
        concat!(
            "https://raw.githubusercontent.com/nlpdata/dialogre/",
            "b23e6cd7d811a68cf0aafa40e299143b857964e2/data_v2/en/data/",
            $file
        )
    };
}

macro_rules! jacred {
    ($file:literal) => {
        concat!(
            "https://raw.githubusercontent.com/YoumiMa/JacRED/",
            "d5dd0fcd86a047eea4c15c68a5723c77b06bc3f5/",
            $file
        )
    };
}

macro_rules! goemotions {
    ($file:literal) => {
        concat!(
            "https://raw.githubusercontent.com/google-research/google-research/",
            "master/goemotions/data/",
            $file
        )
    };
}

pub(super) const ALL: &[DataSet] = &[
    DataSet {
        name: "aapd",
        folder: "aapd",
        about: "55,840 abstracts of papers, each with some of 54 subjects",
        licence: "not stated",
        citation: "Yang et al. 2018, SGM: Sequence Generation Model for Multi-label Classification",
        home: "https://github.com/lancopku/SGM",
        by_hand: Some(
            "its page links to a drive that asks a person; download aapd.zip there and unpack it",
        ),
        then: &[],
        files: &[
            brought(Gives::File("text_train")),
            brought(Gives::File("text_val")),
            brought(Gives::File("text_test")),
            brought(Gives::File("label_train")),
            brought(Gives::File("label_val")),
            brought(Gives::File("label_test")),
        ],
        division: None,
    },
    DataSet {
        name: "biored",
        folder: "biored",
        about: "600 abstracts of biomedicine: six types of entities, eight relations, what is novel",
        licence: "not stated; the publisher gives it to the public",
        citation: "Luo et al. 2022, BioRED: A Rich Biomedical Relation Extraction Dataset",
        home: "https://github.com/ncbi/BioRED",
        by_hand: None,
        then: &[],
        files: &[unchecked(
            "https://ftp.ncbi.nlm.nih.gov/pub/lu/BioRED/BIORED.zip",
            Gives::Members(&[
                member(
                    "Train.PubTator",
                    "Train.PubTator",
                    Some(Hash::Git("35ce27fadbc48a3b6866c4ab19ffa2225bd69e96")),
                ),
                member(
                    "Dev.PubTator",
                    "Dev.PubTator",
                    Some(Hash::Git("a5b19cfa2857ce3f7a527deefe38c8a2742dc360")),
                ),
                member("Test.PubTator", "Test.PubTator", None),
            ]),
        )],
        division: None,
    },
    DataSet {
        name: "cdr",
        folder: "cdr",
        about: "1,500 abstracts: chemicals, diseases, and which induce which",
        licence: "not stated; for research",
        citation: "Li et al. 2016, BioCreative V CDR task corpus",
        home: "https://github.com/JHnlp/BioCreative-V-CDR-Corpus",
        by_hand: None,
        then: &[],
        files: &[at(
            "https://raw.githubusercontent.com/JHnlp/BioCreative-V-CDR-Corpus/\
             dd0b3165a94338874979a2a8aaedf74b67466b9c/CDR_Data.zip",
            Hash::Git("d6f7468c14306d560ae333e12615d35e5f00b992"),
            Gives::Members(&[
                member("train.pubtator", "CDR_TrainingSet.PubTator.txt", None),
                member("dev.pubtator", "CDR_DevelopmentSet.PubTator.txt", None),
                member("test.pubtator", "CDR_TestSet.PubTator.txt", None),
            ]),
        )],
        division: None,
    },
    DataSet {
        name: "dialogre",
        folder: "dialogre",
        about: "1,788 dialogues of a series, 36 relations between speakers and what they name (v2)",
        licence: "for non-commercial research",
        citation: "Yu et al. 2020, Dialogue-Based Relation Extraction",
        home: "https://github.com/nlpdata/dialogre",
        by_hand: None,
        then: &[],
        files: &[
            at(
                dialogre!("train.json"),
                Hash::Git("35e9ca14545fd8ffdc1f9cce2cc924cdadd0ae2b"),
                Gives::File("train.json"),
            ),
            at(
                dialogre!("dev.json"),
                Hash::Git("68695919ccbc35b32515ae03e42b0f52ac2a0a27"),
                Gives::File("dev.json"),
            ),
            at(
                dialogre!("test.json"),
                Hash::Git("2eb93c373e503e0eefbbc2b0d2cf97dec2268ecf"),
                Gives::File("test.json"),
            ),
        ],
        division: None,
    },
    DataSet {
        name: "docred",
        folder: "docred",
        about: "5,051 documents of Wikipedia, 96 relations, evidence; labels miss many facts",
        licence: "MIT",
        citation: "Yao et al. 2019, DocRED: A Large-Scale Document-Level Relation Extraction Dataset",
        home: "https://github.com/thunlp/DocRED",
        by_hand: None,
        then: &[],
        files: &[
            at(
                docred!("train_annotated.json.gz"),
                Hash::Sha256("0d01cd07cabd7f9077db6ea8628832cf60281b4228ec1ba54647f836a3b17d02"),
                Gives::Gzip("train_annotated.json"),
            ),
            at(
                docred!("dev.json.gz"),
                Hash::Sha256("6ae4d7f5b0b9d2cbe74b9634ed43b35b7cb5b7c0dc3a16226dbe343139a4ae05"),
                Gives::Gzip("dev.json"),
            ),
            unchecked(docred!("test.json.gz"), Gives::Gzip("test.json")),
        ],
        division: None,
    },
    DataSet {
        name: "docred-distant",
        folder: "docred",
        about: "DocRED's 101,873 documents with labels of a knowledge base, for distillation",
        licence: "MIT",
        citation: "Yao et al. 2019, DocRED: A Large-Scale Document-Level Relation Extraction Dataset",
        home: "https://github.com/thunlp/DocRED",
        by_hand: None,
        then: &[],
        files: &[unchecked(docred!("train_distant.json.gz"), Gives::Gzip("train_distant.json"))],
        division: None,
    },
    DataSet {
        name: "dwie",
        folder: "dwie",
        about: "802 articles of a news agency, 65 relations, entities linked to Wikipedia",
        licence: "GPL-3.0 for the annotations; the articles are the agency's",
        citation: "Zaporojets et al. 2021, DWIE: An entity-centric dataset",
        home: "https://github.com/klimzaporojets/DWIE",
        by_hand: Some(
            "its own script gets the articles from the agency: clone the repository, run \
             `python src/dwie_download.py` in it, and name its folder data",
        ),
        then: &[
            of_dwie("dwie/train.jsonl", "train", 98),
            of_dwie("dwie/dev.jsonl", "tune", 98),
            of_dwie("dwie/test.jsonl", "test", 0),
        ],
        files: &[brought(Gives::Folder {
            inside: "annos_with_content",
            name: "annos_with_content",
            tree: None,
        })],
        division: None,
    },
    DataSet {
        name: "goemotions",
        folder: "goemotions",
        about: "54,263 comments, each with some of 27 emotions or neutral",
        licence: "Apache-2.0",
        citation: "Demszky et al. 2020, GoEmotions: A Dataset of Fine-Grained Emotions",
        home: "https://github.com/google-research/google-research/tree/master/goemotions",
        by_hand: None,
        then: &[],
        files: &[
            at(
                goemotions!("train.tsv"),
                Hash::Git("aa00d732d3b9e969d9fcbaafc2c5b094555746c0"),
                Gives::File("train.tsv"),
            ),
            at(
                goemotions!("dev.tsv"),
                Hash::Git("38c793645ca3a2e946d625c9722ca5386b0a6c7f"),
                Gives::File("dev.tsv"),
            ),
            unchecked(goemotions!("test.tsv"), Gives::File("test.tsv")),
            at(
                goemotions!("emotions.txt"),
                Hash::Git("0d79bc030e766bc9dac1f4482bfbd864556c284a"),
                Gives::File("labels.txt"),
            ),
        ],
        division: None,
    },
    DataSet {
        name: "hacred",
        folder: "hacred",
        about: "9,231 Chinese documents, 26 relations, chosen to be hard",
        licence: "not stated; for research",
        citation: "Cheng et al. 2021, HacRED: A Large-Scale Relation Extraction Dataset",
        home: "https://github.com/qiaojiim/HacRED",
        by_hand: Some("its page links to a drive that asks a person; download the files there"),
        then: &[],
        files: &[
            brought(Gives::File("train.json")),
            brought(Gives::File("dev.json")),
            brought(Gives::File("test.json")),
        ],
        division: None,
    },
    DataSet {
        name: "jacred",
        folder: "jacred",
        about: "2,000 Japanese documents, 35 relations, evidence",
        licence: "not stated; for research",
        citation: "Ma et al. 2024, Building a Japanese Document-Level Relation Extraction Dataset",
        home: "https://github.com/YoumiMa/JacRED",
        by_hand: None,
        then: &[],
        files: &[
            at(
                jacred!("train.json"),
                Hash::Git("dc543055240fd8ff64a85b59bb71c0544d6afe86"),
                Gives::File("train.json"),
            ),
            at(
                jacred!("dev.json"),
                Hash::Git("72a1cec1edf9a145d335216039ca6cd3ffd5d0b8"),
                Gives::File("dev.json"),
            ),
            at(
                jacred!("test.json"),
                Hash::Git("e866510cf98d021c092ce572050aa6e351e0fac6"),
                Gives::File("test.json"),
            ),
            at(
                jacred!("meta/rel_info.json"),
                Hash::Git("f86b391d4ce263a71f3e418af9b96b11d2dc8150"),
                Gives::File("rel_info.json"),
            ),
        ],
        division: None,
    },
    DataSet {
        name: "litbank",
        folder: "litbank",
        about: "Chapters of 100 novels, who and what is meant where, pronouns too",
        licence: "CC BY 4.0",
        citation: "Bamman et al. 2020, An Annotated Dataset of Coreference in English Literature",
        home: "https://github.com/dbamman/litbank",
        by_hand: None,
        then: &[NextConversion {
            from: "litbank/brat",
            to: "litbank/all.jsonl",
            part: None,
            tune: 0,
            chains: true,
        }],
        files: &[unchecked(
            "https://codeload.github.com/dbamman/litbank/zip/\
             3e50db0ffc033d7ccbb94f4d88f6b99210328ed8",
            Gives::Folder {
                inside: "coref/brat",
                name: "brat",
                tree: Some("41a593ff13642a8efddf373df0dd9d2595f1fa31"),
            },
        )],
        division: None,
    },
    DataSet {
        name: "re-docred",
        folder: "re-docred",
        about: "4,053 of DocRED's documents, labelled again: 120,664 facts of 96 relations",
        licence: "MIT",
        citation: "Tan et al. 2022, Revisiting DocRED: Addressing the False Negative Problem",
        home: "https://github.com/tonytan48/Re-DocRED",
        by_hand: None,
        then: &[],
        files: &[
            at(
                re_docred!("train_revised.json"),
                Hash::Git("1ba485adf8e4cb789c441de2f6fe41de95690caa"),
                Gives::File("train_revised.json"),
            ),
            at(
                re_docred!("dev_revised.json"),
                Hash::Git("56c7700aaa9a6f9b1c99f0cdf0b576890fddcadc"),
                Gives::File("dev_revised.json"),
            ),
            at(
                re_docred!("test_revised.json"),
                Hash::Git("f59191a3f954ee623ed67cb5740a6e1aedd13a0b"),
                Gives::File("test_revised.json"),
            ),
        ],
        division: Some(&SAMPLE),
    },
];

/// The sample that recipes for machines without a GPU take: the dev documents in two parts, 100
/// drawn at random to tune on and the other 400 to train on.
const SAMPLE: Division = Division {
    of: "dev_revised.json",
    chosen: (
        &[
            19, 23, 24, 25, 29, 30, 31, 32, 35, 37, 41, 44, 46, 48, 49, 52, 60, 63, 68, 73, 77, 84,
            92, 96, 105, 109, 113, 114, 123, 124, 127, 147, 148, 153, 157, 160, 165, 175, 185, 187,
            190, 202, 203, 214, 217, 218, 222, 229, 232, 238, 253, 254, 259, 262, 268, 272, 274,
            276, 280, 282, 285, 286, 288, 289, 292, 294, 295, 297, 298, 299, 311, 316, 321, 322,
            327, 333, 348, 349, 357, 364, 373, 397, 399, 406, 417, 420, 421, 423, 439, 446, 451,
            452, 455, 464, 465, 474, 480, 485, 488, 493,
        ],
        "dev.json",
    ),
    rest: "train.json",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_lead_out_of_no_folder() {
        let names: Vec<_> = ALL.iter().map(|set| set.name).collect();
        assert!(names.is_sorted());
        for set in ALL {
            assert!(!set.files.is_empty());
            assert_eq!(
                set.by_hand.is_some(),
                set.files.iter().all(|file| file.address.is_empty()),
                "{}",
                set.name
            );
        }
    }
}
