//! A teacher's scores of the training documents (KD-DocRE, section 2.2.3), in a file.
//!
//! | file in the run's folder | what |
//! |---|---|
//! | `teacher-scores.f16` | `[pairs, classes]` in half precision, document by document |
//! | `teacher-scores.json` | what they belong to, and how many documents are done |
//!
//! The file takes its whole room at once, so that a disk that is too small is known before
//! any work. The student reads the rows of a batch when it comes to them.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use burn::{module::Module, tensor::f16};
use fs4::fs_std::FileExt;
use serde::{Deserialize, Serialize};

use super::data::Data;
use crate::{
    Error, Result, files,
    model::{Extractor, FactReader, Model, first_batch},
    progress::Observer,
    random::mix,
    recipe::Recipe,
    text::Example,
};

const SCORES: &str = "teacher-scores.f16";
const STATE: &str = "teacher-scores.json";

/// Documents between two notes of how many are done.
const SAVED_EVERY: usize = 256;

/// The scores of a teacher, complete.
#[derive(Debug)]
pub(super) struct TeacherScores {
    file: File,
    path: PathBuf,
    /// The pairs before each document, and all of them.
    pairs: Vec<u64>,
    classes: usize,
}

/// How far the scores are.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct ScoringState {
    /// The documents and relations that they are for.
    data: String,
    /// The teacher's configuration, which says what it was trained on, and its weights.
    teacher: String,
    /// The documents whose scores are written.
    done: usize,
}

impl TeacherScores {
    /// The scores of the document at `place`, `[pairs, classes]` row by row.
    pub fn of(&self, place: usize) -> Result<Vec<f32>> {
        let [from, to] = [self.begin(place), self.begin(place + 1)];
        let mut bytes = vec![0; (to - from) as usize];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(from))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(Error::io(&self.path, "read"))?;
        Ok(bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect())
    }

    /// The byte at which the scores of the document at `place` begin.
    fn begin(&self, place: usize) -> u64 {
        self.pairs[place] * (self.classes * size_of::<f16>()) as u64
    }

    /// The bytes of all scores.
    fn bytes(&self) -> u64 {
        self.begin(self.pairs.len() - 1)
    }
}

/// Removes the scores of a run that needs them no longer.
pub(super) fn remove(run: &Path) {
    // What can't be removed only takes room.
    let _ = fs::remove_file(run.join(SCORES));
    let _ = fs::remove_file(run.join(STATE));
}

/// The making of the scores.
pub(super) struct Scoring<'a> {
    /// The teacher's model folder.
    folder: &'a Path,
    teacher: Extractor,
    /// The student's data.
    data: &'a Data,
}

impl<'a> Scoring<'a> {
    /// Loads the teacher; refuses one that reads or scores documents in another way than the
    /// student.
    pub fn of(
        folder: &'a Path,
        recipe: &Recipe,
        data: &'a Data,
        student: &Extractor,
    ) -> Result<Self> {
        let teacher = recipe.compute()?.load(folder)?;
        let scoring = Self { folder, teacher, data };
        scoring.check(student)?;
        Ok(scoring)
    }

    /// Makes the scores that are still missing; breaks if the observer asks to stop, and goes
    /// on from there the next time.
    pub fn run(
        &self,
        folder: &Path,
        observer: &mut dyn Observer,
    ) -> Result<ControlFlow<(), TeacherScores>> {
        let teacher = &self.teacher;
        let (path, examples) = (folder.join(SCORES), &self.data.train);
        let written = fs::metadata(&path).map_or(0, |file| file.len());
        let scores = self.open(&path, teacher.relations.classes())?;
        let mut state = self.state(folder, teacher)?;
        if written < scores.bytes() {
            state.done = 0; // its room is taken at once, so the file was removed or cut
        }
        if state.done == 0 {
            let gigabytes = scores.bytes() as f64 / 1e9;
            let documents = examples.len();
            observer.note(&format!(
                "the teacher's scores of {documents} documents take {gigabytes:.2} GB in {} until \
                 the run is finished",
                path.display()
            ));
        }
        let (reader, model) = (teacher.reader(), teacher.model.valid());
        let mut saved = state.done;
        while state.done < examples.len() {
            let batch = first_batch(&examples[state.done..]);
            self.score(&scores, &model, &reader, state.done, &batch)?;
            state.done += batch.len();
            observer.documents("documents scored by the teacher", state.done, examples.len());
            let stop = observer.should_stop();
            if stop || state.done - saved >= SAVED_EVERY || state.done == examples.len() {
                scores.file.sync_data().map_err(Error::io(&path, "write"))?;
                state.write(folder)?;
                saved = state.done;
            }
            if stop {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(scores))
    }

    fn check(&self, student: &Extractor) -> Result<()> {
        let teacher = &self.teacher;
        let refuse = |problem: &str| Err(Error::file(self.folder, problem.to_string()));
        if !teacher.relations.has_columns_of(&student.relations) {
            return refuse(
                "can't be the teacher: it knows other relations, or in another order, than the \
                 student; give both the same data.relations",
            );
        }
        if !teacher.tokenizer.splits_like(&student.tokenizer) {
            return refuse(
                "can't be the teacher: its tokenizer isn't the student's, so they would read \
                 different pieces; start both from encoders with one tokenizer",
            );
        }
        if teacher.config.max_length != student.config.max_length {
            return refuse(
                "can't be the teacher: it cuts documents at another length than the student; \
                 give both the same data.max_length",
            );
        }
        Ok(())
    }

    /// Opens the file and takes its room.
    fn open(&self, path: &Path, classes: usize) -> Result<TeacherScores> {
        let mut pairs = vec![0];
        for example in self.data.train.iter() {
            pairs.push(pairs[pairs.len() - 1] + example.row_count() as u64);
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(path).map_err(Error::io(path, "create"))?;
        let scores = TeacherScores { file, path: path.to_path_buf(), pairs, classes };
        let bytes = scores.bytes();
        scores.file.allocate(bytes).map_err(|error| {
            let gigabytes = bytes as f64 / 1e9;
            let problem = format!(
                "can't take the {gigabytes:.2} GB that the teacher's scores need: {error}; make \
                 room, or put the run on another disk"
            );
            Error::file(path, problem)
        })?;
        Ok(scores)
    }

    /// A number that other weights of the teacher would very likely change.
    fn weights(&self) -> Result<u64> {
        let path = self.folder.join("model.safetensors");
        let bytes = fs::read(&path).map_err(Error::io(&path, "read"))?;
        let words =
            bytes.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().expect("8")));
        Ok(words.fold(bytes.len() as u64, |hash, word| mix(hash ^ word)))
    }

    /// How far the scores are; from the beginning if there are none of this teacher and data.
    fn state(&self, folder: &Path, teacher: &Extractor) -> Result<ScoringState> {
        let config = toml::to_string(&teacher.config).expect("it has a TOML form");
        let teacher = format!("{config}weights = {:016x}", self.weights()?);
        let fresh = ScoringState { data: self.data.fingerprint(), teacher, done: 0 };
        let found =
            files::read_json::<ScoringState>(&folder.join(STATE), "how far a teacher's scores are");
        let same =
            |found: &ScoringState| found.data == fresh.data && found.teacher == fresh.teacher;
        // One that can't be read is made again.
        Ok(found.ok().flatten().filter(same).unwrap_or(fresh))
    }

    /// Writes the scores of a batch of documents, the first of which is number `first`.
    fn score(
        &self,
        scores: &TeacherScores,
        model: &Model,
        reader: &FactReader,
        first: usize,
        batch: &[&Example],
    ) -> Result<()> {
        let mut bytes = Vec::new();
        reader.each_pair(model, batch, |_, pair| {
            let halves = pair.scores.iter().map(|score| f16::from_f32(*score));
            bytes.extend(halves.flat_map(f16::to_le_bytes));
        })?;
        let mut file = &scores.file;
        file.seek(SeekFrom::Start(scores.begin(first)))
            .and_then(|_| file.write_all(&bytes))
            .map_err(Error::io(&scores.path, "write"))
    }
}

impl ScoringState {
    fn write(&self, folder: &Path) -> Result<()> {
        files::write_json(folder.join(STATE), self)
    }
}
