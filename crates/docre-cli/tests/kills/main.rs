//! Kills docre at system calls that change files, runs the same command again, and compares all
//! that is there with what an unbroken run leaves: same files, same bytes, nothing else.
//!
//! `DOCRE_KILLS` says how many kills there are over all commands, `DOCRE_KILLS_SEED` where they
//! fall. See CONTRIBUTING.md.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

mod jobs;
mod left;
#[path = "../support/mod.rs"]
mod support;
mod trace;

use std::{collections::BTreeMap, env};

use jobs::{JOBS, Job};
use left::Left;
use support::Place;
use trace::Ended;

/// Kills of a test run that says nothing else: two of each command.
const KILLS: u64 = 14;

#[test]
fn killed_at_any_system_call_the_same_command_ends_the_same() {
    if let Err(reason) = trace::can_trace() {
        println!("SKIPPED: this system doesn't let a program be traced ({reason})");
        return;
    }
    let (kills, seed) = (number("DOCRE_KILLS", KILLS), number("DOCRE_KILLS_SEED", 1));
    let of_each = kills.div_ceil(JOBS.len() as u64);
    let mut faults: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for job in JOBS {
        let found = try_job(job, of_each, seed);
        for (fault, place) in found {
            faults.entry(format!("{}: {fault}", job.name)).or_default().push(place);
        }
    }
    for (fault, places) in &faults {
        println!("{} times, {fault}\n    killed at {}", places.len(), places.join(", "));
    }
    assert!(faults.is_empty(), "seed {seed}: {} kinds of faults, see above", faults.len());
}

/// A setting from the environment.
fn number(name: &str, otherwise: u64) -> u64 {
    let text = env::var(name).ok();
    text.map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name}: {text}")))
}

/// Kills a job so many times, spread over its system calls; the faults, and where it was killed.
fn try_job(job: &Job, kills: u64, seed: u64) -> Vec<(String, String)> {
    let whole = job.place();
    let calls = match trace::run(&mut job.command(&whole), None) {
        Ended::Exited { code: 0, calls } => calls,
        other => panic!("{}: {other:?}", job.name),
    };
    let expected = Left::of(whole.path());
    let mut faults = Vec::new();
    let (mut killed, mut at_all) = (0, 0);
    for turn in 0..kills {
        // One in each part of the calls, so that they lie everywhere.
        let part = (turn * calls / kills, (turn + 1) * calls / kills);
        let place = spread(seed.wrapping_add(turn)) % (part.1 - part.0).max(1) + part.0 + 1;
        let broken = job.place();
        at_all += 1;
        if let Ended::Killed = trace::run(&mut job.command(&broken), Some(place)) {
            killed += 1;
        }
        let mut told = place.to_string();
        if turn % 3 == 2 {
            // What goes on is killed too.
            let again = spread(seed ^ place) % place.max(2) + 1;
            let ended = trace::run(&mut job.again(&broken), Some(again));
            killed += u64::from(matches!(ended, Ended::Killed));
            told += &format!(" then {again}");
        }
        let problems = go_on(job, &broken).err().into_iter();
        let problems = problems.chain(expected.differences(&Left::of(broken.path())));
        faults.extend(problems.map(|problem| (problem, told.clone())));
    }
    println!("{}: {calls} calls, {killed} kills in {at_all} trials", job.name);
    faults
}

/// Runs the command again.
fn go_on(job: &Job, place: &Place) -> Result<(), String> {
    let output = job.again(place).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.code() {
        Some(0) => Ok(()),
        // What is written as one was there already when it was killed.
        Some(2) if stderr.contains("exists already") => Ok(()),
        code => Err(format!("ends with {code:?}: {}", stderr.lines().last().unwrap_or_default())),
    }
}

/// Spreads numbers (the mixing step of SplitMix64).
fn spread(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
