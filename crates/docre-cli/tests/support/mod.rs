//! What the tests of the command line share: small documents, a small encoder, and
//! the real program.
#![allow(dead_code)] // each test file takes what it needs

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Stdio},
    thread::sleep,
    time::Duration,
};

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A path in the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// A path in the golden folder: `DOCRE_GOLDEN`, or the copy in the repository.
pub fn golden(path: &str) -> PathBuf {
    env::var_os("DOCRE_GOLDEN").map_or_else(|| repository("golden"), PathBuf::from).join(path)
}

/// A folder of its own in which the program runs.
pub struct Place(TempDir);

/// What the program did.
#[derive(Debug)]
pub struct Done {
    pub command: String,
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    /// An empty folder.
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// A folder with training documents, dev documents and a recipe for them.
    pub fn with_recipe() -> Self {
        let place = Self::new();
        place.write("train.json", &documents(12, 0));
        place.write("dev.json", &documents(4, 100));
        place.write_text("recipe.toml", &recipe());
        place
    }

    /// A folder with a model that finds facts, trained once for all tests of a process.
    pub fn with_model() -> Self {
        static TRAINED: std::sync::OnceLock<TempDir> = std::sync::OnceLock::new();
        let trained = TRAINED.get_or_init(|| {
            let place = Self::with_recipe();
            place.run(&["train", "recipe.toml", "--run", "run"]).succeeds();
            place.0
        });
        let place = Self::new();
        copy(trained.path(), place.path());
        place
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A path in the folder.
    pub fn at(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Writes a JSON file.
    pub fn write(&self, name: &str, value: &Value) {
        self.write_text(name, &value.to_string());
    }

    /// Writes a file.
    pub fn write_text(&self, name: &str, text: &str) {
        fs::create_dir_all(self.at(name).parent().unwrap()).unwrap();
        fs::write(self.at(name), text).unwrap();
    }

    /// Changes a file's text; what is to be replaced must be there.
    pub fn replace(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from}");
        self.write_text(name, &text.replacen(from, to, 1));
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Reads a file's bytes.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.at(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// A file of the newest checkpoint of a run.
    pub fn checkpoint(&self, run: &str, name: &str) -> String {
        let pointer: Value =
            serde_json::from_str(&self.read(&format!("{run}/checkpoint.json"))).unwrap();
        format!("{run}/{}/{name}", pointer["folder"].as_str().unwrap())
    }

    /// All files in the folder, by path, sorted.
    pub fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        list(self.path(), self.path(), &mut files);
        files.sort();
        files
    }

    /// The program in the folder, with no encoder outside of it.
    pub fn command(&self, arguments: &[&str]) -> process::Command {
        let mut command = process::Command::new(PROGRAM);
        command
            .args(arguments)
            .current_dir(self.path())
            .env("HF_HUB_CACHE", self.at("no-hugging-face"))
            .env("DOCRE_CACHE", self.at("cache"))
            .env("HF_ENDPOINT", "http://127.0.0.1:9"); // nothing answers
        command
    }

    /// Runs the program in the folder.
    pub fn run(&self, arguments: &[&str]) -> Done {
        let output = Command::from_std(self.command(arguments)).output().unwrap();
        Done {
            command: format!("docre {}", arguments.join(" ")),
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs the program and kills it (SIGKILL), a little later each time, until it comes to its
    /// end; how often it was killed. `arguments` are asked for anew each time.
    pub fn run_through_kills<'a>(&self, arguments: impl Fn() -> Vec<&'a str>) -> u64 {
        let mut kills = 0;
        loop {
            let mut child = process::Command::new(PROGRAM)
                .args(arguments())
                .current_dir(self.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            sleep(Duration::from_millis(130 + 90 * kills));
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return kills;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
        }
    }
}

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_docre");

impl Done {
    /// Takes for granted that all went well.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self
    }

    /// Takes for granted that the program refused something with one message that
    /// holds all these parts.
    #[track_caller]
    pub fn refuses(self, parts: &[&str]) -> Self {
        assert_eq!(self.code, Some(2), "{self:#?}");
        let errors: Vec<&str> = self.stderr.lines().filter(|l| l.starts_with("error: ")).collect();
        assert_eq!(errors.len(), 1, "{self:#?}");
        for part in parts {
            assert!(errors[0].contains(part), "no {part:?} in {self:#?}");
        }
        assert!(!self.stderr.contains("panicked"), "{self:#?}");
        self
    }

    /// Exit code 2 and one message of several lines with these parts.
    #[track_caller]
    pub fn refuses_in_lines(self, parts: &[&str]) -> Self {
        assert_eq!(self.code, Some(2), "{self:#?}");
        assert!(self.stderr.starts_with("error: "), "{self:#?}");
        for part in parts {
            assert!(self.stderr.contains(part), "no {part:?} in {self:#?}");
        }
        self
    }

    /// The JSON on standard output.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {self:#?}"))
    }
}

fn list(root: &Path, folder: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(root, &path, files);
        } else {
            files.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
        }
    }
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}

/// A recipe with small sizes and a small encoder, for `train.json` and `dev.json`.
pub fn recipe() -> String {
    format!(
        r#"
name = "small"

[data]
train = "train.json"
dev = "dev.json"

[encoder]
from = {encoder:?}

[relation]
kind = "atlop"
width = 32
block = 8

[optimizer]
encoder_rate = 1e-3
head_rate = 3e-2

[schedule]
epochs = 6
batch = 2
accumulate = 2
checkpoint_every = 2
"#,
        encoder = golden("encoders/bert")
    )
}

/// Labelled documents: `P1` holds between all people of a document, `P2` from each to
/// the place. Every third is longer than the small encoder reads at a time.
pub fn documents(count: usize, first: usize) -> Value {
    (first..first + count).map(document).collect()
}

/// One of [`documents`].
pub fn document(number: usize) -> Value {
    let text = |sentence: &str| sentence.split(' ').map(String::from).collect::<Vec<_>>();
    let mut sentences =
        vec![text("Anna and Otto met in Oslo ."), text("There Anna sang , and they danced .")];
    let filler = if number.is_multiple_of(3) { 12 } else { number % 5 };
    for sentence in 0..filler {
        let line =
            format!("This is sentence {sentence} of note {number} , and nothing more is said .");
        sentences.push(text(&line));
    }
    let mention = |name: &str, sentence: usize, token: usize, kind: &str| json!({"name": name, "sent_id": sentence, "pos": [token, token + 1], "type": kind});
    let label = |h: usize, r: &str, t: usize, evidence: &[usize]| json!({"h": h, "t": t, "r": r, "evidence": evidence});
    json!({
        "title": format!("Note {number}"),
        "sents": sentences,
        "vertexSet": [
            [mention("Anna", 0, 0, "PER"), mention("Anna", 1, 1, "PER")],
            [mention("Otto", 0, 2, "PER")],
            [mention("Oslo", 0, 5, "LOC")],
        ],
        "labels": [
            label(0, "P1", 1, &[0]),
            label(1, "P1", 0, &[0]),
            label(0, "P2", 2, &[0, 1]),
            label(1, "P2", 2, &[0]),
        ],
    })
}
