//! A short way to the pieces of plain words.

use tokenizers::{Model, ModelWrapper, NormalizerWrapper, PreTokenizerWrapper, Tokenizer};

/// Words of ASCII letters and digits alone, for BERT's tokenizers.
///
/// BERT's normalizer changes nothing of them but their case, its pre-tokenizer leaves them
/// whole, and no added token with a punctuation mark is in them. So the vocabulary's own
/// search gives what the whole pipeline gives, in a fraction of the time. That counts
/// for the rare words that a cache doesn't know: a large file has half a million of them.
#[derive(Debug)]
pub(super) struct PlainWords {
    lowercase: bool,
}

impl PlainWords {
    /// The short way of a pipeline, if it is one of BERT's.
    pub fn of(pipeline: &Tokenizer) -> Option<Self> {
        let Some(NormalizerWrapper::BertNormalizer(normalizer)) = pipeline.get_normalizer() else {
            return None;
        };
        let pre_tokenizer = pipeline.get_pre_tokenizer();
        let is_bert = matches!(pre_tokenizer, Some(PreTokenizerWrapper::BertPreTokenizer(_)))
            && matches!(pipeline.get_model(), ModelWrapper::WordPiece(_));
        let added = pipeline.get_added_tokens_decoder();
        // Letters may change in the normalizer, punctuation marks don't.
        let has_mark = |token: &str| token.contains(|c: char| c.is_ascii_punctuation());
        (is_bert && added.values().all(|token| has_mark(&token.content)))
            .then_some(Self { lowercase: normalizer.lowercase })
    }

    /// The ids of a plain word; `None` for other words.
    pub fn ids(&self, word: &str, pipeline: &Tokenizer) -> Option<Vec<u32>> {
        let is_plain = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_plain {
            return None;
        }
        let model = pipeline.get_model();
        let pieces = if self.lowercase {
            model.tokenize(&word.to_ascii_lowercase())
        } else {
            model.tokenize(word)
        };
        Some(pieces.ok()?.into_iter().map(|piece| piece.id).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use tokenizers::AddedToken;

    use super::*;

    fn pipeline(encoder: &str) -> Tokenizer {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../golden/encoders");
        Tokenizer::from_file(golden.join(encoder).join("tokenizer.json")).unwrap()
    }

    static BERTS: LazyLock<[Tokenizer; 2]> = LazyLock::new(|| ["bert", "bert-cased"].map(pipeline));

    proptest! {
        #[test]
        fn the_short_way_ends_where_the_long_one_does(
            word in "[A-Za-z0-9]{1,12}|[a-z]{95,105}|(the|The|of|film|1941|Cup){1,4}",
        ) {
            for pipeline in &*BERTS {
                let short = PlainWords::of(pipeline).unwrap().ids(&word, pipeline).unwrap();
                let long = pipeline.encode_fast(word.as_str(), false).unwrap();
                prop_assert_eq!(short, long.get_ids());
            }
        }
    }

    #[test]
    fn what_may_be_changed_goes_the_long_way() {
        let mut bert = pipeline("bert");
        let plain = PlainWords::of(&bert).unwrap();
        for word in ["", "it's", "caf\u{e9}", "\u{4e2d}", "[CLS]", "a b", "a\u{301}", "*"] {
            assert_eq!(plain.ids(word, &bert), None, "{word:?}");
        }
        for encoder in ["roberta", "xlm-roberta", "deberta", "deberta-v2"] {
            assert!(PlainWords::of(&pipeline(encoder)).is_none(), "{encoder}");
        }
        bert.add_tokens(&[AddedToken::from("covid", false)]);
        assert!(PlainWords::of(&bert).is_none());
    }
}
