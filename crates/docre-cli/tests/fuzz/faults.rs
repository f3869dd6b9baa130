//! What was found, by kind, with the smallest input of each.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// An input on which something went wrong.
#[derive(Debug, Clone)]
pub struct Fault {
    pub target: &'static str,
    pub kind: String,
    pub input: u64,
    pub file: String,
    pub bytes: Vec<u8>,
}

/// Faults by target and kind: how many, and the smallest input.
#[derive(Default)]
pub struct Faults(BTreeMap<String, (u64, Fault)>);

impl Faults {
    /// Adds a fault.
    pub fn push(&mut self, fault: Fault) {
        let key = format!("{} {}: {}", fault.target, fault.file, fault.kind);
        let (count, smallest) = self.0.entry(key).or_insert_with(|| (0, fault.clone()));
        *count += 1;
        if fault.bytes.len() < smallest.bytes.len() {
            *smallest = fault;
        }
    }

    /// Adds others.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Fails if there are any: prints them, and keeps their inputs.
    #[track_caller]
    pub fn check(&self, seed: u64) {
        for (kind, (count, fault)) in &self.0 {
            let kept = keep(fault, seed);
            println!(
                "{count} times, {kind}\n    seed {seed}, target {}, input {}, kept as {}",
                fault.target,
                fault.input,
                kept.display()
            );
        }
        assert!(self.0.is_empty(), "seed {seed}: {} kinds of faults, see above", self.0.len());
    }
}

fn keep(fault: &Fault, seed: u64) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    fs::create_dir_all(&folder).unwrap();
    let file = fault.file.replace('/', "+");
    let path = folder.join(format!("{}-{seed}-{}-{file}", fault.target, fault.input));
    fs::write(&path, &fault.bytes).unwrap();
    path
}
