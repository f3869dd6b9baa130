//! How many threads the process may have.

use std::env;

use docre::{Error, Result};

/// What says how many threads there are; the second is an older name.
const VARIABLES: [&str; 2] = ["RAYON_NUM_THREADS", "RAYON_RS_NUM_CPUS"];

/// More threads than any machine has processors. Some thousands more take minutes to start, and
/// nothing is said meanwhile.
const MOST: usize = 1024;

/// Refuses a number of threads that can't be meant. 0 stands for one a processor.
pub fn check() -> Result<()> {
    VARIABLES.into_iter().try_for_each(|name| match env::var(name) {
        Ok(value) if !value.is_empty() => check_value(name, &value),
        Err(env::VarError::NotUnicode(value)) => check_value(name, &value.to_string_lossy()),
        _ => Ok(()),
    })
}

fn check_value(name: &str, value: &str) -> Result<()> {
    match value.parse::<usize>() {
        Ok(0..=MOST) => Ok(()),
        _ => {
            let problem = format!(
                "must be a number of threads, 1 to {MOST}, or 0 for one a processor, but is \"{value}\""
            );
            Err(Error::setting(name, problem))
        }
    }
}
