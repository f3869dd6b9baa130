//! The tokenizer files of a Hugging Face folder.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tokenizers::decoders::wordpiece::WordPiece as WordPieceDecoder;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::bert::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::{AddedToken, Tokenizer};

use super::{added_tokens, growth};
use crate::{Error, Result, inputs};

pub(super) const TOKENIZER: &str = "tokenizer.json";
pub(super) const SPECIAL_TOKENS_MAP: &str = "special_tokens_map.json";
const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
const VOCABULARY: &str = "vocab.txt";

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
        let names = [TOKENIZER, VOCABULARY].map(|name| self.path.join(name));
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
        match read(&self.path.join(VOCABULARY))? {
            Some(text) => self.word_piece(&text),
            None => Err(Error::file(&self.path, self.how_to_get_one())),
        }
    }

    /// BERT's pipeline over the lines of `vocab.txt`; a token's id is its line, from 0.
    fn word_piece(&self, vocabulary: &str) -> Result<Tokenizer> {
        let path = self.path.join(VOCABULARY);
        let invalid = |problem: String| Error::file(&path, problem);
        let unknown = self.special_token("unk_token").unwrap_or("[UNK]");
        let ids =
            WordPiece::read_bytes(vocabulary.as_bytes()).map_err(|e| invalid(e.to_string()))?;
        if !ids.contains_key(unknown) {
            return Err(invalid(format!(
                "no line is \"{unknown}\"; the file should be the vocabulary of a BERT encoder, \
                 one token a line"
            )));
        }
        let model = WordPiece::builder()
            .vocab(ids)
            .unk_token(unknown.to_string())
            .build()
            .map_err(|e| invalid(e.to_string()))?;
        let mut pipeline = Tokenizer::new(model);
        pipeline
            .with_normalizer(Some(self.bert_normalizer()?))
            .with_pre_tokenizer(Some(BertPreTokenizer))
            .with_decoder(Some(WordPieceDecoder::default()));
        self.add_special_tokens(&mut pipeline);
        Ok(pipeline)
    }

    /// Makes special tokens whole words of their own, and puts CLS and SEP around
    /// texts for other programs that read the tokenizer once it is saved.
    fn add_special_tokens(&self, pipeline: &mut Tokenizer) {
        let find = |(key, usual): (&str, &str)| {
            let name = self.special_token(key).unwrap_or(usual).to_string();
            pipeline.token_to_id(&name).map(|id| (name, id))
        };
        let (cls, sep) = (find(("cls_token", "[CLS]")), find(("sep_token", "[SEP]")));
        let other =
            [("pad_token", "[PAD]"), ("unk_token", "[UNK]"), ("mask_token", "[MASK]")].map(find);
        let found = other.iter().chain([&cls, &sep]).flatten();
        let special: Vec<_> = found.map(|(name, _)| AddedToken::from(name, true)).collect();
        pipeline.add_special_tokens(&special);
        if let (Some(cls), Some(sep)) = (cls, sep) {
            pipeline.with_post_processor(Some(BertProcessing::new(sep, cls)));
        }
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
        let other = ["spm.model", "sentencepiece.bpe.model", "vocab.json"];
        let found = other.into_iter().find(|name| self.path.join(name).is_file());
        let found = found.map_or(String::new(), |name| format!(" ({name} alone is not enough)"));
        format!(
            "the folder holds neither {TOKENIZER} nor {VOCABULARY}{found}; in Python, \
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
