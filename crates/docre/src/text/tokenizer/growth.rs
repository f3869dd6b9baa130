//! How far a tokenizer may make a text grow.
//!
//! The steps of a `tokenizer.json` may put long texts in the place of short ones, one step after
//! the other: nine that each make ten characters of one make a billion of a letter. Real ones
//! make a few of one (a ligature, a fraction). So what a step can do is read from the file
//! before it is used, and where all steps together could do much, each text is tried before.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use tokenizers::{NormalizedString, Normalizer, NormalizerWrapper, Tokenizer};

/// The most characters that one step may put in one place. The longest known has 18.
const LONGEST: usize = 100;

/// How many times its length a text may get, beside [`LONGEST`] characters.
const MOST: usize = 100;

/// The most byte-level steps that split words; each makes two characters of one. There is one.
const MOST_BYTE_LEVELS: usize = 4;

/// How often a text may come back from the last steps.
const MOST_COPIES: usize = 16;

/// The bytes of a text that are tried together.
const TRIED: usize = 1_000;

#[derive(serde::Deserialize)]
struct File {
    #[serde(default)]
    normalizer: Value,
    #[serde(default)]
    pre_tokenizer: Value,
    #[serde(default)]
    post_processor: Value,
    #[serde(default)]
    model: Model,
}

/// What is put before or behind each piece of a word that is looked up.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Model {
    continuing_subword_prefix: Value,
    end_of_word_suffix: Value,
}

/// Refuses steps that no tokenizer has, and charsmaps that name more than they hold.
pub(super) fn check(json: &str) -> Result<(), String> {
    let file: File = serde_json::from_str(json)
        .map_err(|e| format!("not a valid tokenizer of the Hugging Face library: {e}"))?;
    normalizer_factor(&file.normalizer)?;
    short("model.continuing_subword_prefix", &file.model.continuing_subword_prefix)?;
    short("model.end_of_word_suffix", &file.model.end_of_word_suffix)?;
    let byte_levels = count(&file.pre_tokenizer, &|step| step["type"] == "ByteLevel");
    if byte_levels > MOST_BYTE_LEVELS {
        return Err(format!(
            "pre_tokenizer has {byte_levels} byte-level steps, and may have {MOST_BYTE_LEVELS}"
        ));
    }
    let copies = copies(&file.post_processor);
    if copies > MOST_COPIES {
        return Err(format!(
            "post_processor repeats each text {copies} times, and may do so {MOST_COPIES} times"
        ));
    }
    Ok(())
}

/// The texts that have to be tried before they are tokenized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trial {
    /// None: all steps together can't do much.
    None,
    /// All of them.
    Each,
}

impl Trial {
    /// What a tokenizer asks for that has passed [`check`].
    pub fn of(pipeline: &Tokenizer) -> Self {
        let steps = serde_json::to_value(pipeline.get_normalizer()).unwrap_or_default();
        match normalizer_factor(&steps) {
            Ok(factor) if factor <= MOST => Self::None,
            _ => Self::Each,
        }
    }

    /// Refuses a text that would grow too far.
    pub fn check(self, pipeline: &Tokenizer, mut text: &str) -> Result<(), String> {
        let Some(normalizer) = pipeline.get_normalizer().filter(|_| self == Self::Each) else {
            return Ok(());
        };
        while !text.is_empty() {
            let (part, rest) = text.split_at(text.ceil_char_boundary(TRIED.min(text.len())));
            let mut grown = NormalizedString::from(part);
            apply(normalizer, &mut grown, MOST * part.len() + LONGEST)?;
            text = rest;
        }
        Ok(())
    }
}

/// Takes the steps one by one, as long as the text isn't too long.
fn apply(
    step: &NormalizerWrapper,
    text: &mut NormalizedString,
    longest: usize,
) -> Result<(), String> {
    if let NormalizerWrapper::Sequence(steps) = step {
        return steps.as_ref().iter().try_for_each(|step| apply(step, text, longest));
    }
    step.normalize(text).map_err(|error| error.to_string())?;
    if text.len() > longest {
        return Err(format!("its normalizers make a text more than {MOST} times as long"));
    }
    Ok(())
}

/// The most characters that the steps make of one.
fn normalizer_factor(step: &Value) -> Result<usize, String> {
    let mut factor = own_factor(step)?;
    let inner = match step {
        Value::Array(steps) => steps.iter().collect(),
        Value::Object(keys) => keys.values().collect(),
        _ => Vec::new(),
    };
    for step in inner {
        factor = factor.saturating_mul(normalizer_factor(step)?);
    }
    Ok(factor)
}

fn own_factor(step: &Value) -> Result<usize, String> {
    if let Some(charsmap) = step.get("precompiled_charsmap").and_then(Value::as_str) {
        return longest_of(charsmap).map(|longest| longest.max(1));
    }
    short("normalizer.prepend", &step["prepend"])?;
    short("normalizer.content", &step["content"])?;
    Ok(match step["content"].as_str().map(|content| content.chars().count()) {
        // An expression may also match between two characters.
        Some(content) => {
            match step["pattern"]["String"].as_str().map(|text| text.chars().count()) {
                Some(pattern) if pattern > 0 => content.div_ceil(pattern).max(1),
                _ => content + 1,
            }
        }
        None if step["type"] == "ByteLevel" => 2,
        // Before each text, which may be a single character.
        None => 1 + step["prepend"].as_str().map_or(0, |before| before.chars().count()),
    })
}

fn short(name: &str, value: &Value) -> Result<(), String> {
    let length = value.as_str().map_or(0, |text| text.chars().count());
    if length > LONGEST {
        return Err(format!("{name} has {length} characters, and may have {LONGEST}"));
    }
    Ok(())
}

/// The characters of the longest text that a charsmap puts in the place of another. It is the
/// bytes of its tree, after their number, and then these texts, each with a zero behind it.
fn longest_of(charsmap: &str) -> Result<usize, String> {
    let name = "normalizer.precompiled_charsmap";
    let bytes = STANDARD.decode(charsmap).map_err(|e| format!("{name} isn't base64: {e}"))?;
    let Some((size, rest)) = bytes.split_first_chunk() else {
        return Err(format!("{name} is cut short"));
    };
    let size = u32::from_le_bytes(*size) as usize;
    let Some(texts) = rest.get(size..) else {
        return Err(format!(
            "{name} names a tree of {size} bytes, but {} are left; the file is damaged, get the \
             encoder again",
            rest.len()
        ));
    };
    let lengths =
        texts.split(|&byte| byte == 0).map(|text| String::from_utf8_lossy(text).chars().count());
    let longest = lengths.max().unwrap_or(0);
    if longest > LONGEST {
        return Err(format!(
            "{name} puts {longest} characters in the place of one, and may put {LONGEST}"
        ));
    }
    Ok(longest)
}

/// How many objects anywhere in a value are such.
fn count(value: &Value, is: &dyn Fn(&Value) -> bool) -> usize {
    let inner: usize = match value {
        Value::Array(values) => values.iter().map(|value| count(value, is)).sum(),
        Value::Object(keys) => keys.values().map(|value| count(value, is)).sum(),
        _ => 0,
    };
    inner + usize::from(value.is_object() && is(value))
}

/// How often a text is in what the last steps make of it.
fn copies(step: &Value) -> usize {
    let own = step
        .get("single")
        .map_or(1, |pieces| count(pieces, &|piece| piece.get("Sequence").is_some()));
    let inner = step.get("processors").and_then(Value::as_array).into_iter().flatten();
    inner.map(copies).fold(own.max(1), usize::saturating_mul)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;
    use tokenizers::Tokenizer;

    use super::*;

    fn replace(pattern: &Value, content: &str) -> Value {
        json!({"type": "Replace", "pattern": pattern, "content": content})
    }

    fn pipeline(steps: &[Value]) -> Tokenizer {
        let file = json!({
            "added_tokens": [],
            "normalizer": {"type": "Sequence", "normalizers": steps},
            "model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"},
        });
        check(&file.to_string()).unwrap();
        Tokenizer::from_bytes(file.to_string()).unwrap()
    }

    #[test]
    fn real_tokenizers_need_no_trial() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../golden/encoders");
        for encoder in ["bert", "bert-cased", "roberta", "xlm-roberta", "deberta", "deberta-v2"] {
            let text =
                std::fs::read_to_string(golden.join(encoder).join("tokenizer.json")).unwrap();
            assert_eq!(check(&text), Ok(()), "{encoder}");
            let pipeline = Tokenizer::from_bytes(text).unwrap();
            assert_eq!(Trial::of(&pipeline), Trial::None, "{encoder}");
        }
    }

    #[test]
    fn steps_that_grow_a_text_together_are_tried_with_it() {
        let ten = replace(&json!({"String": "a"}), "aaaaaaaaaa");
        let grows = pipeline(&vec![ten; 9]);
        let trial = Trial::of(&grows);
        assert_eq!(trial, Trial::Each);
        assert!(trial.check(&grows, "xaxa").unwrap_err().contains("more than 100 times as long"));
        trial.check(&grows, &"x".repeat(5_000)).unwrap();
        // Ten expressions that could match between characters, but don't.
        let harmless = pipeline(&vec![replace(&json!({"Regex": "\u{2019}"}), "'"); 10]);
        assert_eq!(Trial::of(&harmless), Trial::Each);
        Trial::of(&harmless).check(&harmless, &"it\u{2019}s \u{e9}".repeat(700)).unwrap();
    }

    #[test]
    fn what_no_tokenizer_has_is_refused() {
        let charsmap = |size: u32, texts: &str| {
            let bytes = [&size.to_le_bytes()[..], &[0; 8], texts.as_bytes()].concat();
            json!({"normalizer": {"precompiled_charsmap": STANDARD.encode(bytes)}})
        };
        assert_eq!(check(&charsmap(8, "abc\0d\0").to_string()), Ok(()));
        let sequence = json!({"Sequence": {"id": "A", "type_id": 0}});
        let template = json!({"type": "TemplateProcessing", "single": vec![sequence; 10]});
        for (file, message) in [
            (charsmap(u32::MAX, ""), "a tree of 4294967295 bytes, but 8 are left"),
            (charsmap(8, &"x".repeat(101)), "puts 101 characters in the place of one"),
            (json!({"normalizer": {"prepend": "x".repeat(101)}}), "prepend has 101 characters"),
            (
                json!({"normalizer": {"normalizers": [replace(&json!({}), &"x".repeat(200))]}}),
                "content has 200 characters",
            ),
            (
                json!({"model": {"continuing_subword_prefix": "#".repeat(200)}}),
                "continuing_subword_prefix has 200 characters",
            ),
            (
                json!({"pre_tokenizer": {"pretokenizers": vec![json!({"type": "ByteLevel"}); 9]}}),
                "9 byte-level steps",
            ),
            (
                json!({"post_processor": {"processors": [template.clone(), template]}}),
                "repeats each text 100 times",
            ),
        ] {
            let refused = check(&file.to_string()).unwrap_err();
            assert!(refused.contains(message), "{refused}");
        }
    }
}
