//! Encoders as people have them.

use super::{Case, Reads, Refuses};

/// What is said of a family that docre doesn't read.
macro_rules! unknown {
    ($command:literal, $family:literal) => {
        Refuses($command, &[concat!("model_type \"", $family, "\" isn't supported"), "modernbert"])
    };
}

pub const CASES: &[Case] = &[
    (
        "200-families",
        &[
            unknown!("pull ./gpt2", "gpt2"),
            unknown!("pull ./t5", "t5"),
            unknown!("pull ./xlnet", "xlnet"),
            unknown!("pull ./biogpt", "biogpt"),
            unknown!("pull ./megatron-bert", "megatron-bert"),
            unknown!("pull ./big_bird", "big_bird"),
            unknown!("pull ./luke", "luke"),
            unknown!("pull ./nomic_bert", "nomic_bert"),
            unknown!("pull ./llama", "llama"),
            Reads("pull ./electra", &["3 layers of 48"]),
            Reads("pull ./camembert", &["3 layers of 48"]),
            // These have the settings of a family, and the weights of a BERT.
            Refuses("pull ./albert", &["has the shape"]),
            Refuses("pull ./distilbert", &["lacks", "transformer.layer.0"]),
            Refuses("pull ./longformer", &["has the shape"]),
            Refuses("pull ./modernbert", &["holds no tensor of the encoder"]),
            Refuses("pull ./mpnet", &["lacks", "relative_attention_bias"]),
            Refuses("pull ./gpt2-dressed-as-bert", &["holds no tensor of the encoder"]),
        ],
    ),
    (
        "201-config-without-model-type",
        &[Refuses("pull ./enc", &["has no model_type", "add \"model_type\": \"bert\""])],
    ),
    ("202-bert-config-json", &[Reads("pull ./enc", &["3 layers of 48"])]),
    (
        "212-vocab-txt-with-added-tokens",
        &[
            Reads("pull ./enc", &["3 layers of 48"]),
            // Of the added tokens none is cut: 112 pieces, and 126 without added_tokens.json.
            Reads("train r.toml", &["(20 of 112)"]),
        ],
    ),
    (
        "213-vocab-txt-oddities",
        &[
            Reads("pull ./crlf", &["3 layers of 48"]),
            Reads("train crlf.toml --run a", &["(24 of 126)"]),
            Reads("train blankend.toml --run b", &["(24 of 126)"]),
            Reads("train bom.toml --run c", &["(24 of 126)"]),
        ],
    ),
    ("214-roberta-vocab-merges-only", &[Reads("pull ./enc", &["3 layers of 48"])]),
    (
        "215-git-lfs-pointers",
        &[
            Refuses("pull ./st", &["is a pointer of Git LFS", "git lfs pull"]),
            Refuses("pull ./pt", &["is a pointer of Git LFS", "git lfs pull"]),
        ],
    ),
    (
        "219-cased-vocab-without-settings",
        &[Reads("pull ./enc", &["199 of 1250 tokens have capitals and are never used"])],
    ),
];
