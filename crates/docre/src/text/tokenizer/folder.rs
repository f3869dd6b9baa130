//! The tokenizer files of a Hugging Face folder.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tokenizers::decoders::wordpiece::WordPiece as WordPieceDecoder;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::bert::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::processors::roberta::RobertaProcessing;
use tokenizers::{AddedToken, Tokenizer};

use super::vocabulary::Vocabulary;
use super::{added_tokens, growth};
use crate::{Error, Result, inputs};

pub(super) const TOKENIZER: &str = "tokenizer.json";
pub(super) const SPECIAL_TOKENS_MAP: &str = "special_tokens_map.json";
const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
const VOCABULARY: &str = "vocab.txt";
const BYTES: &str = "vocab.json";
const MERGES: &str = "merges.txt";
const ADDED: &str = "added_tokens.json";

/// Special tokens: their keys, and what they are called where settings don't say it.
type Names = [(&'static str, &'static str); 5];

const OF_BERT: Names = [
    ("cls_token", "[CLS]"),
    ("sep_token", "[SEP]"),
    ("pad_token", "[PAD]"),
    ("unk_token", "[UNK]"),
    ("mask_token", "[MASK]"),
];
const OF_ROBERTA: Names = [
    ("cls_token", "<s>"),
    ("sep_token", "</s>"),
    ("pad_token", "<pad>"),
    ("unk_token", "<unk>"),
    ("mask_token", "<mask>"),
];

/// Whether a tokenizer can be read from a folder or repository that has the files that it is
/// asked for.
pub(crate) fn can_be_read(has: impl Fn(&str) -> bool) -> bool {
    has(TOKENIZER) || has(VOCABULARY) || (has(BYTES) && has(MERGES))
}

/// What can be read, for messages.
pub(crate) const READABLE: &str = "tokenizer.json nor vocab.txt nor vocab.json with merges.txt";

/// A folder with a tokenizer, its small settings files read.
pub(super) struct TokenizerFolder {
    pub path: PathBuf,
    special_tokens_map: Map<String, Value>,
    config: Map<String, Value>,
}

impl TokenizerFolder {
    pub fn open(path: &Path) -> Result<Self> {
        if !path.is_dir() {
            let problem = format!(
                "there is no such folder; it should be that of an encoder, with {TOKENIZER} \
                 (or for BERT {VOCABULARY})"
            );
            return Err(Error::file(path, problem));
        }
        Ok(Self {
            path: path.to_path_buf(),
            special_tokens_map: settings(&path.join(SPECIAL_TOKENS_MAP))?,
            config: settings(&path.join(TOKENIZER_CONFIG))?,
        })
    }

    /// The file that holds the vocabulary.
    pub fn file(&self) -> PathBuf {
        let names = [TOKENIZER, VOCABULARY, BYTES].map(|name| self.path.join(name));
        let found = names.into_iter().find(|path| path.exists());
        found.unwrap_or_else(|| self.path.clone())
    }

    /// The name that the folder's files give to a special token, such as `cls_token`.
    pub fn special_token(&self, key: &str) -> Option<&str> {
        [&self.special_tokens_map, &self.config].into_iter().find_map(|settings| {
            let value = settings.get(key)?;
            // Some files give the token with its matching rules.
            value.as_str().or_else(|| value.get("content")?.as_str())
        })
    }

    /// The steps from a word to its ids.
    pub fn pipeline(&self) -> Result<Tokenizer> {
        if let Some(text) = read(&self.path.join(TOKENIZER))? {
            added_tokens::check(&text)
                .and_then(|()| growth::check(&text))
                .map_err(|problem| Error::file(self.path.join(TOKENIZER), problem))?;
            return Tokenizer::from_bytes(text).map_err(|e| {
                let problem = format!("not a valid tokenizer of the Hugging Face library: {e}");
                Error::file(self.path.join(TOKENIZER), problem)
            });
        }
        if let Some(text) = read(&self.path.join(VOCABULARY))? {
            return self.word_piece(&text);
        }
        if let Some(text) = read(&self.path.join(BYTES))?
            && let Some(merges) = read(&self.path.join(MERGES))?
        {
            return self.byte_level(&text, &merges);
        }
        Err(Error::file(&self.path, self.how_to_get_one()))
    }

    /// What a person should know of how the tokenizer was read.
    pub fn remark(&self) -> Option<String> {
        if self.path.join(TOKENIZER).exists() || self.config.contains_key("do_lower_case") {
            return None;
        }
        let text = read(&self.path.join(VOCABULARY)).ok()??;
        let vocabulary = Vocabulary::of_lines(&text);
        let (capitals, all) = (vocabulary.capitals(), vocabulary.len());
        (capitals > 0).then(|| {
            format!(
                "{}: {capitals} of {all} tokens have capitals and are never used, because nothing \
                 says do_lower_case and words are lower-cased then, as Hugging Face's library does; \
                 if the encoder is a cased one, put {{\"do_lower_case\": false}} into \
                 {TOKENIZER_CONFIG} beside it",
                self.path.join(VOCABULARY).display()
            )
        })
    }

    /// BERT's pipeline over the lines of `vocab.txt`; a token's id is its line, from 0.
    fn word_piece(&self, text: &str) -> Result<Tokenizer> {
        let path = self.path.join(VOCABULARY);
        let invalid = |problem: String| Error::file(&path, problem);
        let unknown = self.special_token("unk_token").unwrap_or("[UNK]");
        let mut vocabulary = Vocabulary::of_lines(text);
        if vocabulary.id(unknown).is_none() {
            return Err(invalid(format!(
                "no line is \"{unknown}\"; the file should be the vocabulary of a BERT encoder, \
                 one token a line"
            )));
        }
        let added = self.added_tokens(&mut vocabulary)?;
        let model = WordPiece::builder()
            .vocab(vocabulary.into_ids().collect::<Vocab>())
            .unk_token(unknown.to_string())
            .build()
            .map_err(|e| invalid(e.to_string()))?;
        let mut pipeline = Tokenizer::new(model);
        pipeline
            .with_normalizer(Some(self.bert_normalizer()?))
            .with_pre_tokenizer(Some(BertPreTokenizer))
            .with_decoder(Some(WordPieceDecoder::default()));
        // Puts CLS and SEP around texts for other programs that read the tokenizer once it is saved.
        if let [Some(cls), Some(sep), ..] = self.add_special_tokens(&mut pipeline, OF_BERT) {
            pipeline.with_post_processor(Some(BertProcessing::new(sep, cls)));
        }
        pipeline.add_tokens(&added);
        Ok(pipeline)
    }

    /// RoBERTa's pipeline: pairs of bytes and of what they make, merged in the order of
    /// `merges.txt`.
    fn byte_level(&self, text: &str, merges: &str) -> Result<Tokenizer> {
        let invalid = |name: &str, problem: String| Error::file(self.path.join(name), problem);
        let mut vocabulary =
            Vocabulary::of_object(text).map_err(|problem| invalid(BYTES, problem))?;
        let added = self.added_tokens(&mut vocabulary)?;
        let mut pairs = Vec::new();
        for (line, merge) in merges.lines().enumerate() {
            if line == 0 && merge.starts_with("#version") || merge.trim().is_empty() {
                continue;
            }
            let pair = merge.split_once(' ').filter(|(_, second)| !second.contains(' '));
            let (first, second) = pair.ok_or_else(|| {
                let problem = format!("line {} isn't two pieces with a blank between", line + 1);
                invalid(MERGES, problem)
            })?;
            pairs.push((first.to_string(), second.to_string()));
        }
        let model = BPE::builder()
            .vocab_and_merges(vocabulary.into_ids().collect::<Vocab>(), pairs)
            .build()
            .map_err(|e| invalid(MERGES, format!("doesn't fit {BYTES}: {e}")))?;
        let prefix = self.switch("add_prefix_space")?.unwrap_or(false);
        let mut pipeline = Tokenizer::new(model);
        pipeline
            .with_pre_tokenizer(Some(ByteLevel::new(prefix, true, true)))
            .with_decoder(Some(ByteLevel::default()));
        if let [Some(cls), Some(sep), ..] = self.add_special_tokens(&mut pipeline, OF_ROBERTA) {
            let post = RobertaProcessing::new(sep, cls).add_prefix_space(prefix);
            pipeline.with_post_processor(Some(post));
        }
        pipeline.add_tokens(&added);
        Ok(pipeline)
    }

    /// The tokens of `added_tokens.json`, put into the vocabulary with their ids.
    fn added_tokens(&self, vocabulary: &mut Vocabulary) -> Result<Vec<AddedToken>> {
        let path = self.path.join(ADDED);
        let Some(text) = read(&path)? else { return Ok(Vec::new()) };
        let added = vocabulary.add(&text).map_err(|problem| Error::file(&path, problem))?;
        Ok(added.into_iter().map(|token| AddedToken::from(token, false)).collect())
    }

    /// Makes special tokens whole words of their own; returns names and ids of those that there
    /// are.
    fn add_special_tokens(
        &self,
        pipeline: &mut Tokenizer,
        names: Names,
    ) -> [Option<(String, u32)>; 5] {
        let found = names.map(|(key, usual)| {
            let name = self.special_token(key).unwrap_or(usual).to_string();
            pipeline.token_to_id(&name).map(|id| (name, id))
        });
        // The mask takes the blank before it, as a word of RoBERTa does.
        let special = found.iter().zip(names).filter_map(|(found, (key, usual))| {
            let (name, _) = found.as_ref()?;
            let takes_blank = key == "mask_token" && usual == "<mask>";
            Some(AddedToken::from(name, true).lstrip(takes_blank))
        });
        pipeline.add_special_tokens(&special.collect::<Vec<_>>());
        found
    }

    /// The defaults are those of Hugging Face's BERT tokenizer.
    fn bert_normalizer(&self) -> Result<BertNormalizer> {
        Ok(BertNormalizer::new(
            true, // control characters out
            self.switch("tokenize_chinese_chars")?.unwrap_or(true),
            self.switch("strip_accents")?, // none: as lower case
            self.switch("do_lower_case")?.unwrap_or(true),
        ))
    }

    fn switch(&self, key: &str) -> Result<Option<bool>> {
        match self.config.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(on)) => Ok(Some(*on)),
            Some(other) => {
                let problem = format!("{key} must be true or false, but is {other}");
                Err(Error::file(self.path.join(TOKENIZER_CONFIG), problem))
            }
        }
    }

    fn how_to_get_one(&self) -> String {
        let other = ["spm.model", "sentencepiece.bpe.model", "spiece.model", BYTES];
        let found = other.into_iter().find(|name| self.path.join(name).is_file());
        let found = found.map_or(String::new(), |name| format!(" ({name} alone is not enough)"));
        format!(
            "the folder holds neither {READABLE}{found}; in Python, \
             transformers.AutoTokenizer.from_pretrained(folder).save_pretrained(folder) \
             writes {TOKENIZER}"
        )
    }
}

/// The text of a file; `None` if there is none.
fn read(path: &Path) -> Result<Option<String>> {
    // A link to nothing is no missing file: somebody wanted one to be there.
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    inputs::read_settings(path).map(Some)
}

/// The keys of a JSON file; none if there is no file.
fn settings(path: &Path) -> Result<Map<String, Value>> {
    let Some(text) = read(path)? else {
        return Ok(Map::new());
    };
    serde_json::from_str(&text).map_err(|e| {
        Error::file(path, format!("not a JSON object with a tokenizer's settings: {e}"))
    })
}
