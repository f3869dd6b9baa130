//! Inputs that go through the program.

use std::{
    fs,
    os::unix::process::{CommandExt, ExitStatusExt},
    process::{ExitStatus, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use crate::{
    PATIENCE,
    faults::{Fault, Faults},
    limits,
    mutate::mutate,
    page, prepared,
    random::Random,
    support::{Place, copy},
    targets::{Target, whole_of},
    worker::clean,
};

/// The address space of the program on small files with two threads, and what may be added.
const MEMORY: u64 = 2 * limits::GROWTH;

/// Tries so many inputs of a target.
pub fn try_all(target: &'static Target, seed: u64, count: u64) -> Faults {
    let (good, begun) = (prepared(target), Instant::now());
    let mut faults = Faults::default();
    for number in 0..count {
        let mut random = Random::of(!seed, target.name, number);
        let file = *random.choose(target.files);
        let bytes = mutate(&mut random, file, &good.bytes(file));
        let arguments: Vec<&str> = random
            .choose(target.commands)
            .iter()
            .map(|argument| match *argument {
                "FILE" => file,
                "PLACE" => whole_of(file),
                other => other,
            })
            .collect();
        let place = Place::new();
        copy(good.path(), place.path());
        fs::write(place.at(file), &bytes).unwrap();
        for kind in run(&place, &arguments, file, &bytes) {
            let kind = format!("docre {}: {kind}", arguments.join(" "));
            let (bytes, file) = (bytes.clone(), file.to_owned());
            faults.push(Fault { target: target.name, kind, input: number, file, bytes });
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!("{}: {count} inputs through the program in {seconds:.1} s", target.name);
    faults
}

/// Runs the program; what is wrong with what it did.
fn run(place: &Place, arguments: &[&str], file: &str, bytes: &[u8]) -> Vec<String> {
    let mut kinds = Vec::new();
    let Some(status) = end_of(place, arguments) else {
        return vec![format!("takes over {} s", PATIENCE.as_secs())];
    };
    let said = fs::read(place.at("said")).unwrap();
    let said = String::from_utf8_lossy(&said);
    match (status.code(), status.signal()) {
        (Some(0 | 2), _) => {}
        (code, signal) => {
            let line = said.lines().find(|line| line.contains("memory") || line.contains("panic"));
            let line = line.unwrap_or_default();
            kinds.push(format!("ends with code {code:?}, signal {signal:?}: {line}"));
        }
    }
    // A run that goes on changes its own files.
    if arguments[0] != "train" && fs::read(place.at(file)).ok().as_deref() != Some(bytes) {
        kinds.push("the input has changed".into());
    }
    if said.len() > 20_000 {
        kinds.push("the message is long".into());
    }
    let outputs = ["out.json", "out.html", "out.csv"].map(|name| place.at(name));
    if status.code() != Some(0) && outputs.iter().any(|path| path.exists()) {
        kinds.push("an output is there in spite of the error".into());
    }
    kinds.extend(fs::read_to_string(&outputs[1]).ok().and_then(|html| page::hostile(&html)));
    kinds.extend(clean(place.path()));
    kinds
}

fn end_of(place: &Place, arguments: &[&str]) -> Option<ExitStatus> {
    let mut command = place.command(arguments);
    command
        .env("RAYON_NUM_THREADS", "2")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(place.at("said")).unwrap());
    // SAFETY: between fork and exec only a limit is set.
    let limited = unsafe { command.pre_exec(|| limits::limit(MEMORY)) };
    let (mut child, begun) = (limited.spawn().unwrap(), Instant::now());
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if begun.elapsed() > allowed(arguments) {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        sleep(Duration::from_millis(5));
    }
}

/// Training may take longer where a spoilt recipe asks for more of it.
fn allowed(arguments: &[&str]) -> Duration {
    if arguments[0] == "train" { 3 * PATIENCE } else { PATIENCE }
}
