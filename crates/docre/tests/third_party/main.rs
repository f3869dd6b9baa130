//! No file of the project holds a document of Re-DocRED's development set: its texts are other
//! people's. They are known by hashes of the titles and of the first words of the sentences, which
//! `golden/make/fingerprints.py` writes.

#[path = "../support/mod.rs"]
mod support;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// How many words of a sentence's beginning are hashed.
const WORDS: usize = 8;

/// What isn't the project's: what is built, downloaded, trained or pulled.
const SKIPPED: [&str; 5] = [".git", "target", ".encoders", "runs", "node_modules"];

/// FNV-1a of 64 bits.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// By what documents are known.
struct Fingerprints {
    titles: HashSet<u64>,
    openings: HashSet<u64>,
}

impl Fingerprints {
    fn of_re_docred() -> Self {
        let read = |lines: &str| -> HashSet<u64> {
            lines.lines().map(|line| u64::from_str_radix(line, 16).unwrap()).collect()
        };
        Self {
            titles: read(include_str!("titles.txt")),
            openings: read(include_str!("sentences.txt")),
        }
    }

    /// The titles and the beginnings of sentences of known documents in a text.
    fn found(&self, text: &str) -> Vec<String> {
        let titles = titles(text).filter(|title| self.titles.contains(&hash(title)));
        let text = without_marks(text).to_lowercase();
        let words: Vec<&str> =
            text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let openings = words.windows(WORDS).map(|words| words.join(" "));
        titles.chain(openings.filter(|opening| self.openings.contains(&hash(opening)))).collect()
    }
}

/// What may be a title: strings in quotes, and the headings of marked text.
fn titles(text: &str) -> impl Iterator<Item = String> {
    let headings = text.lines().filter_map(|line| line.strip_prefix("# "));
    let quoted = text.split('"').filter(|part| part.len() < 300 && !part.contains('\n'));
    headings.chain(quoted).map(|part| {
        let part = part.trim_end_matches('\\');
        serde_json::from_str(&format!("\"{part}\"")).unwrap_or_else(|_| part.to_owned())
    })
}

/// Marked text as it reads: `[Ann|PER|1] sings` is `[Ann sings`.
fn without_marks(text: &str) -> String {
    let (mut plain, mut rest) = (String::new(), text);
    while let Some((before, mark)) = rest.split_once('|') {
        plain.push_str(before);
        let inside = mark.split_once(']').filter(|(kind, _)| kind.len() < 40);
        rest = inside.map_or(mark, |(_, behind)| behind);
        plain.push(' ');
    }
    plain + rest
}

/// The project's files. In `data/` stand, beside `meta`, what `docre pull` fetches.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let pulled = folder.ends_with("data") && name != "meta";
        if !path.is_dir() {
            found.push(path);
        } else if !SKIPPED.contains(&name.as_str()) && !pulled {
            files(&path, found);
        }
    }
}

#[test]
fn no_file_of_the_project_holds_a_document_of_re_docred() {
    let known = Fingerprints::of_re_docred();
    assert!(known.titles.len() > 300 && known.openings.len() > 3000);
    let mut paths = Vec::new();
    files(&support::project(""), &mut paths);
    let mut read = 0;
    let mut wrong = Vec::new();
    for path in paths {
        let Ok(text) = fs::read_to_string(&path) else { continue }; // not a text
        read += 1;
        wrong.extend(known.found(&text).into_iter().map(|what| (path.clone(), what)));
    }
    assert!(read > 300, "{read} files");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_document_is_known_in_each_form() {
    let title = "Zoë Tarn (the \u{2013} painter)";
    let opening = "Zoë Tarn , born in Ondara in 1941 , painted nothing but doors .";
    let words: Vec<&str> = opening.split(' ').collect();
    let known = Fingerprints {
        titles: HashSet::from([hash(title)]),
        openings: HashSet::from([hash("zoë tarn born in ondara in 1941 painted")]),
    };
    let json = serde_json::json!({"title": title}).to_string();
    for text in [
        json.clone(),
        json.replace('ë', "\\u00eb").replace('\u{2013}', "\\u2013"),
        json.replace('"', "\\\""),
        format!("# {title}\n\nShe painted.\n"),
        serde_json::json!([words]).to_string(),
        format!("What stands there: {opening}"),
        "# T\n\n[Zoë Tarn|PER|1], born in [Ondara|LOC|2] in [1941|TIME|3], painted doors.".into(),
    ] {
        assert_eq!(known.found(&text).len(), 1, "{text}");
    }
    assert!(known.found("Zoë Tarn, born in Ondara, painted doors.").is_empty());
}
