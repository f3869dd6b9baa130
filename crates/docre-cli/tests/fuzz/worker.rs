//! Inputs that go through the library: in a process of its own, which may abort or be ended.

use std::{
    env, fs,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Mutex,
    thread::sleep,
    time::{Duration, Instant},
};

use crate::{
    PATIENCE, Settings,
    faults::{Fault, Faults},
    limits,
    mutate::mutate,
    prepared,
    random::Random,
    targets::{TARGETS, Target},
};

/// A process may take so long to begin, on a busy machine.
const BEGINNING: Duration = Duration::from_secs(60);

/// The last panic's place.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

/// Tries all inputs of a target, with a new process behind each abort.
pub fn try_all(target: &'static Target, settings: Settings) -> Faults {
    let place = prepared(target);
    let good: Vec<_> = target.files.iter().map(|file| fs::read(place.at(file)).unwrap()).collect();
    let (count, begun) = (settings.of(target), Instant::now());
    let mut faults = Faults::default();
    let mut next = 0;
    while next < count {
        for (file, bytes) in target.files.iter().zip(&good) {
            fs::write(place.at(file), bytes).unwrap();
        }
        let ended = watch(place.path(), target, settings.seed, next, count);
        for line in fs::read_to_string(place.at("faults")).unwrap_or_default().lines() {
            let Some((input, kind)) = line.split_once('\t') else { continue };
            let input = input.parse().unwrap();
            faults.push(fault(target, settings.seed, input, kind.to_owned(), &good));
        }
        next = match ended {
            None => count,
            Some((input, kind)) => {
                faults.push(fault(target, settings.seed, input, kind, &good));
                input + 1
            }
        };
    }
    println!("{}: {count} inputs in {:.1} s", target.name, begun.elapsed().as_secs_f64());
    faults
}

/// The file that an input spoils, and how.
fn input(target: &Target, seed: u64, number: u64, good: &[Vec<u8>]) -> (usize, Vec<u8>) {
    let mut random = Random::of(seed, target.name, number);
    let file = random.below(target.files.len());
    let name = target.files[file];
    (file, mutate(&mut random, name, &good[file]))
}

fn fault(target: &'static Target, seed: u64, number: u64, kind: String, good: &[Vec<u8>]) -> Fault {
    let (file, bytes) = input(target, seed, number, good);
    let file = target.files[file].to_owned();
    Fault { target: target.name, kind, input: number, file, bytes }
}

/// Runs the inputs from `from` to the end or to an abort or hang: its input and kind.
fn watch(place: &Path, target: &Target, seed: u64, from: u64, count: u64) -> Option<(u64, String)> {
    let (at, errors) = (place.join("input"), place.join("errors"));
    let _ = fs::remove_file(&at);
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["worker", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .env("DOCRE_FUZZ_WORKER", format!("{} {seed} {from} {count}", target.name))
        .env("DOCRE_FUZZ_PLACE", place)
        .env("RAYON_NUM_THREADS", "2")
        .current_dir(place)
        .stdout(Stdio::null())
        .stderr(fs::File::create(&errors).unwrap())
        .spawn()
        .unwrap();
    let (mut last, mut since) = (None, Instant::now());
    loop {
        sleep(Duration::from_millis(20));
        if let Some(status) = child.try_wait().unwrap() {
            if status.success() {
                return None;
            }
            let said = fs::read_to_string(&errors).unwrap_or_default();
            let input = read(&at).unwrap_or_else(|| panic!("{}: {said}", target.name));
            let said = said.lines().rfind(|line| line.contains("memory") || line.contains("panic"));
            return Some((input, format!("ends with {status}: {}", said.unwrap_or_default())));
        }
        let now = read(&at);
        if now != last {
            (last, since) = (now, Instant::now());
        }
        if since.elapsed() > if last.is_some() { PATIENCE } else { BEGINNING } {
            end(&mut child);
            let input = last.expect("it begins in time");
            return Some((input, format!("takes over {} s", PATIENCE.as_secs())));
        }
    }
}

fn read(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

fn end(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// The process: reads its inputs one after another, and writes down what panics.
pub fn work() {
    let Ok(order) = env::var("DOCRE_FUZZ_WORKER") else { return };
    let place = PathBuf::from(env::var_os("DOCRE_FUZZ_PLACE").unwrap());
    let mut order = order.split(' ');
    let name = order.next().unwrap();
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let [seed, from, count] = [(); 3].map(|()| order.next().unwrap().parse::<u64>().unwrap());
    let good: Vec<_> =
        target.files.iter().map(|file| fs::read(place.join(file)).unwrap()).collect();
    // The good files first: they must be good, and they start threads and take memory.
    for file in target.files {
        if let Err(error) = (target.read)(&place, file) {
            panic!("{file} should be good: {error}");
        }
        clean(&place);
    }
    limits::limit_growth(limits::GROWTH).unwrap();
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(|at| {
            let file = at.file().rsplit("/src/").next().unwrap_or_default();
            let package = at.file().rsplit("/src/").nth(1).unwrap_or_default();
            let package = package.rsplit('/').next().unwrap_or_default();
            format!("{package} {file}:{}", at.line())
        });
        *PANIC.lock().unwrap() = Some(format!("panics in {}", place.unwrap_or_default()));
    }));
    let mut faults = String::new();
    for number in from..count {
        fs::write(place.join("input"), number.to_string()).unwrap();
        let (file, bytes) = input(target, seed, number, &good);
        let path = place.join(target.files[file]);
        fs::write(&path, &bytes).unwrap();
        let done =
            panic::catch_unwind(AssertUnwindSafe(|| (target.read)(&place, target.files[file])));
        // A panic that the library catches and tells as a file's mistake is none.
        let panic = PANIC.lock().unwrap().take();
        let mut kinds = Vec::new();
        if done.is_err() {
            kinds.push(panic.unwrap_or_else(|| "panics".into()));
        }
        if fs::read(&path).ok() != Some(bytes) {
            kinds.push("the input has changed".into());
        }
        if let Ok(Err(error)) = &done
            && error.to_string().len() > 4000
        {
            kinds.push("the message is long".into());
        }
        kinds.extend(clean(&place));
        for kind in kinds {
            faults += &format!("{number}\t{kind}\n");
            fs::write(place.join("faults"), &faults).unwrap();
        }
        fs::write(&path, &good[file]).unwrap();
    }
}

/// Removes what was written, and tells what shouldn't have been.
pub fn clean(place: &Path) -> Option<String> {
    let mut left = None;
    for entry in fs::read_dir(place).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let hidden = name.starts_with('.') || name.ends_with(".part") || name.ends_with(".tmp");
        if hidden {
            left = Some("leaves something behind".to_owned());
        }
        if hidden || name.starts_with("out") {
            let path = entry.path();
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }
    left
}
