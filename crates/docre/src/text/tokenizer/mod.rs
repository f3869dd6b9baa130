//! Word pieces of single words, by the tokenizer of a Hugging Face folder.

mod added_tokens;
mod folder;
mod growth;
mod guard;
mod plain_words;
mod special_tokens;
mod vocabulary;
mod word_cache;

use std::path::{Path, PathBuf};

use tokenizers::pre_tokenizers::PreTokenizerWrapper;

use crate::files::write_atomically;
use crate::{Error, Result};
use folder::{SPECIAL_TOKENS_MAP, TOKENIZER, TokenizerFolder};
use growth::Trial;
use guard::{TRIALS, guarded};
use plain_words::PlainWords;
use word_cache::WordCache;

pub(crate) use folder::{READABLE, can_be_read};
pub use special_tokens::{SpecialToken, SpecialTokens};

/// The text that is put around each mention (ATLOP section 3.1).
const MARKER: &str = "*";

/// What of a tokenizer the user may choose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TokenizerOptions {
    /// For byte-level tokenizers (RoBERTa, DeBERTa v1): whether each word is
    /// tokenized as if a space came before it, as inside a sentence. `None`
    /// keeps what the tokenizer file says.
    pub add_prefix_space: Option<bool>,
}

/// Splits words into the pieces of an encoder's vocabulary.
///
/// It may be shared between threads: it remembers the pieces of the words that
/// it has seen, and a document set repeats words.
#[derive(Debug)]
pub struct Tokenizer {
    folder: PathBuf,
    /// The file that it was read from.
    file: PathBuf,
    pipeline: tokenizers::Tokenizer,
    trial: Trial,
    special_tokens: SpecialTokens,
    marker: Vec<u32>,
    plain_words: Option<PlainWords>,
    cache: WordCache,
    remark: Option<String>,
}

impl Tokenizer {
    /// Loads the tokenizer of a Hugging Face folder: its `tokenizer.json`, or
    /// for BERT its `vocab.txt`, or for RoBERTa its `vocab.json` and `merges.txt`, these with
    /// the tokens of `added_tokens.json`.
    ///
    /// Truncation and padding that the file asks for are switched off. The names
    /// of the special tokens come from `special_tokens_map.json` or
    /// `tokenizer_config.json`, else they are those of BERT or RoBERTa.
    pub fn load(folder: impl AsRef<Path>, options: TokenizerOptions) -> Result<Self> {
        let source = TokenizerFolder::open(folder.as_ref())?;
        let path = source.file();
        let load = || Self::load_unguarded(source, options);
        guarded(load).unwrap_or_else(|panic| Err(damaged(&path, &panic)))
    }

    fn load_unguarded(source: TokenizerFolder, options: TokenizerOptions) -> Result<Self> {
        let mut pipeline = source.pipeline()?;
        pipeline.with_padding(None);
        pipeline
            .with_truncation(None)
            .map_err(|e| Error::file(&source.path, format!("cannot use the tokenizer: {e}")))?;
        if let Some(add) = options.add_prefix_space {
            choose_prefix_space(&mut pipeline, add)?;
        }
        let special_tokens = SpecialTokens::find(&source, &pipeline)?;
        let mut tokenizer = Self {
            file: source.file(),
            remark: source.remark(),
            folder: source.path,
            plain_words: PlainWords::of(&pipeline),
            trial: Trial::of(&pipeline),
            pipeline,
            special_tokens,
            marker: Vec::new(),
            cache: WordCache::default(),
        };
        tokenizer.marker = tokenizer.marker_pieces()?;
        TRIALS.iter().try_for_each(|text| tokenizer.text(text).map(drop))?;
        Ok(tokenizer)
    }

    /// The ids of one word tokenized alone, without special tokens; none for a
    /// word in which the tokenizer sees nothing, such as a no-break space.
    pub fn word(&self, word: &str) -> Result<Vec<u32>> {
        let mut ids = Vec::new();
        self.push_word(word, &mut ids)?;
        Ok(ids)
    }

    /// Appends what [`Tokenizer::word`] returns.
    pub fn push_word(&self, word: &str, ids: &mut Vec<u32>) -> Result<()> {
        if self.cache.push(word, ids) {
            return Ok(());
        }
        let new = self.tokenize(word)?;
        ids.extend_from_slice(&new);
        self.cache.insert(word, &new);
        Ok(())
    }

    /// The id of a piece of the vocabulary that no text has: `[unused1]` of BERT.
    pub fn piece(&self, name: &str) -> Option<u32> {
        self.pipeline.token_to_id(name)
    }

    /// The ids of a text of several words, without special tokens.
    pub fn text(&self, text: &str) -> Result<Vec<u32>> {
        let encode = || {
            self.trial.check(&self.pipeline, text)?;
            self.pipeline.encode_fast(text, false).map_err(|error| error.to_string())
        };
        let problem = match guarded(encode) {
            Ok(Ok(encoding)) => return Ok(encoding.get_ids().to_vec()),
            Ok(Err(error)) => error,
            Err(panic) => format!("{DAMAGED} ({panic})"),
        };
        Err(Error::file(&self.file, format!("the tokenizer fails on \"{text}\": {problem}")))
    }

    fn tokenize(&self, word: &str) -> Result<Vec<u32>> {
        let plain = self.plain_words.as_ref();
        let ids = || plain.and_then(|plain| plain.ids(word, &self.pipeline));
        match guarded(ids).map_err(|panic| damaged(&self.file, &panic))? {
            Some(ids) => Ok(ids),
            None => self.text(word),
        }
    }

    /// Whether it splits every word into the same ids as another.
    pub fn splits_like(&self, other: &Self) -> bool {
        let [own, others] = [self, other].map(|tokenizer| tokenizer.pipeline.to_string(false));
        matches!((own, others), (Ok(own), Ok(others)) if own == others)
    }

    /// The ids of the marker `*` around mentions, at least one.
    pub fn marker(&self) -> &[u32] {
        &self.marker
    }

    /// What a person should know of how the files were read, if anything.
    pub fn remark(&self) -> Option<&str> {
        self.remark.as_deref()
    }

    /// The special tokens.
    pub fn special_tokens(&self) -> &SpecialTokens {
        &self.special_tokens
    }

    /// One more than the largest id: the rows that an embedding table needs at least.
    pub fn id_count(&self) -> usize {
        let vocabulary = self.pipeline.get_vocab(true);
        vocabulary.values().max().map_or(0, |&id| id as usize + 1)
    }

    /// Writes the tokenizer into an existing folder, such that
    /// [`Tokenizer::load`] gives the same ids and special tokens.
    ///
    /// This is one file, `tokenizer.json`, the same bytes each time. Only
    /// special tokens with names of their own, neither BERT's nor RoBERTa's,
    /// need `special_tokens_map.json` beside it.
    pub fn save(&self, folder: impl AsRef<Path>) -> Result<()> {
        let path = folder.as_ref().join(TOKENIZER);
        let text = self
            .pipeline
            .to_string(false)
            .map_err(|e| Error::file(&path, format!("cannot write the tokenizer: {e}")))?;
        write_atomically(&path, |file| file.write_all(text.as_bytes()))?;
        if self.special_tokens.found_without_names(&self.pipeline) {
            return Ok(());
        }
        let path = folder.as_ref().join(SPECIAL_TOKENS_MAP);
        let names = format!("{:#}\n", self.special_tokens.names());
        write_atomically(&path, |file| file.write_all(names.as_bytes()))
    }

    fn marker_pieces(&self) -> Result<Vec<u32>> {
        let marker = self.word(MARKER)?;
        if marker.is_empty() {
            let problem = format!(
                "the tokenizer has no piece for \"{MARKER}\", which marks mentions; \
                 choose an encoder whose vocabulary has it"
            );
            return Err(Error::file(&self.folder, problem));
        }
        Ok(marker)
    }
}

const DAMAGED: &str = "the file is damaged; get the encoder again";

fn damaged(file: &Path, panic: &str) -> Error {
    Error::file(file, format!("can't be used as a tokenizer, {DAMAGED} ({panic})"))
}

fn choose_prefix_space(pipeline: &mut tokenizers::Tokenizer, add: bool) -> Result<()> {
    let mut steps = pipeline.get_pre_tokenizer().cloned();
    if !steps.as_mut().is_some_and(|step| set_prefix_space(step, add)) {
        return Err(Error::setting(
            "add_prefix_space",
            "this tokenizer is not byte-level (RoBERTa, DeBERTa v1), so there is no choice; \
             leave the setting out",
        ));
    }
    pipeline.with_pre_tokenizer(steps);
    Ok(())
}

/// Whether there was a byte-level step to set.
fn set_prefix_space(step: &mut PreTokenizerWrapper, add: bool) -> bool {
    match step {
        PreTokenizerWrapper::ByteLevel(bytes) => {
            bytes.add_prefix_space = add;
            true
        }
        PreTokenizerWrapper::Sequence(steps) => {
            // The space belongs to the first step that can add one; a second would add another.
            steps.as_mut().iter_mut().any(|step| set_prefix_space(step, add))
        }
        _ => false,
    }
}
