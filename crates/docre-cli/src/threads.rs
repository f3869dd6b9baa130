//! How many threads the process may have.

use std::{env, thread};

use docre::{Error, Result};

/// What says how many threads there are; the second is an older name.
const VARIABLES: [&str; 2] = ["RAYON_NUM_THREADS", "RAYON_RS_NUM_CPUS"];

/// The most threads a processor: with some times more they wait for each other for minutes, and
/// nothing is said meanwhile.
const OF_A_PROCESSOR: usize = 64;

/// What may be asked for on any machine, and what on none.
const BOUNDS: [usize; 2] = [256, 1024];

/// Refuses a number of threads that can't be meant. 0 stands for one a processor.
pub fn check() -> Result<()> {
    VARIABLES.into_iter().try_for_each(|name| match env::var(name) {
        Ok(value) if !value.is_empty() => check_value(name, &value),
        Err(env::VarError::NotUnicode(value)) => check_value(name, &value.to_string_lossy()),
        _ => Ok(()),
    })
}

fn check_value(name: &str, value: &str) -> Result<()> {
    let most = most();
    match value.parse::<usize>() {
        Ok(count) if count <= most => Ok(()),
        _ => {
            let problem = format!(
                "must be a number of threads, 1 to {most}, or 0 for one a processor, but is \"{value}\""
            );
            Err(Error::setting(name, problem))
        }
    }
}

/// The most threads on this machine.
fn most() -> usize {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let [least, most] = BOUNDS;
    (processors * OF_A_PROCESSOR).clamp(least, most)
}
