//! A file by HTTP, going on where an earlier try stopped.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
    time::Duration,
};

use ureq::{
    Agent, Body,
    http::{Response, StatusCode, header},
};

use super::DownloadProgress;

/// How often a broken connection is taken up again.
const TRIES: usize = 4;
/// The most bytes of one file: the largest data sets have some 1 GB.
const MOST_BYTES: u64 = 16 << 30;

/// Gets what is at an address into `part`, which may hold its beginning from an earlier try. A
/// server that is silent for longer than `patience` is given up; what came so far stays.
///
/// # Errors
///
/// In words, without the address.
pub(crate) fn download(
    address: &str,
    part: &Path,
    patience: Duration,
    progress: &mut dyn DownloadProgress,
) -> Result<(), String> {
    let mut file = open(part)?;
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(patience))
        .timeout_recv_response(Some(patience))
        .timeout_per_read(Some(patience))
        .build()
        .into();
    let name = address.rsplit('/').next().unwrap_or(address);
    let mut last = String::new();
    for _ in 0..TRIES {
        let before = length(&mut file)?;
        match transfer(&agent, address, name, &mut file, progress) {
            Ok(()) => return file.sync_all().map_err(|e| e.to_string()),
            Err(Failure::Final(problem)) => return Err(problem),
            Err(Failure::Broken(problem)) => last = problem,
        }
        // A server that sends nothing won't do so the next time.
        if length(&mut file)? == before {
            break;
        }
    }
    Err(last)
}

enum Failure {
    /// Asking again doesn't help.
    Final(String),
    /// The connection broke off.
    Broken(String),
}

fn open(part: &Path) -> Result<File, String> {
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).open(part);
    let file = file.map_err(|e| format!("{}: {e}", part.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err("another process is getting it".into()),
        Err(TryLockError::Error(error)) => Err(error.to_string()),
    }
}

fn length(file: &mut File) -> Result<u64, String> {
    file.seek(SeekFrom::End(0)).map_err(|e| e.to_string())
}

fn transfer(
    agent: &Agent,
    address: &str,
    name: &str,
    file: &mut File,
    progress: &mut dyn DownloadProgress,
) -> Result<(), Failure> {
    let here = length(file).map_err(Failure::Final)?;
    let answer = ask(agent, address, here)?;
    let begins = match answer.status() {
        StatusCode::PARTIAL_CONTENT if starts_at(&answer, here) => here,
        StatusCode::OK => 0,
        // All of it is here, or what is here is none of it: a new beginning tells.
        StatusCode::RANGE_NOT_SATISFIABLE | StatusCode::PARTIAL_CONTENT if here > 0 => {
            file.set_len(0).map_err(|e| Failure::Final(e.to_string()))?;
            return transfer(agent, address, name, file, progress);
        }
        StatusCode::NOT_FOUND => {
            return Err(Failure::Final("it isn't there any more (404)".into()));
        }
        status => return Err(Failure::Final(format!("the server answers {status}"))),
    };
    let local = |error: io::Error| Failure::Final(error.to_string());
    file.set_len(begins).and_then(|()| file.seek(SeekFrom::End(0))).map_err(local)?;
    let expected = answer.body().content_length();
    progress.file(name, begins + expected.unwrap_or_default());
    progress.advanced(begins);
    let came = copy(answer.into_body(), file, MOST_BYTES - begins.min(MOST_BYTES), progress)?;
    match expected {
        Some(expected) if came < expected => {
            Err(Failure::Broken(format!("the connection broke off after {came} bytes")))
        }
        _ => Ok(()),
    }
}

fn ask(agent: &Agent, address: &str, here: u64) -> Result<Response<Body>, Failure> {
    // Compressed on the way, the parts of a file wouldn't fit together.
    let request = agent.get(address).header(header::ACCEPT_ENCODING, "identity");
    let request = match here {
        0 => request,
        here => request.header(header::RANGE, format!("bytes={here}-")),
    };
    request.call().map_err(|error| Failure::Broken(error.to_string()))
}

/// Whether a part begins where the file ends.
fn starts_at(answer: &Response<Body>, here: u64) -> bool {
    let range = answer.headers().get(header::CONTENT_RANGE);
    let range = range.and_then(|range| range.to_str().ok()).unwrap_or_default();
    range.trim().strip_prefix("bytes ").is_some_and(|range| range.starts_with(&format!("{here}-")))
}

fn copy(
    body: Body,
    file: &mut File,
    most: u64,
    progress: &mut dyn DownloadProgress,
) -> Result<u64, Failure> {
    let (mut reader, mut buffer, mut came) = (body.into_reader(), vec![0; 1 << 16], 0);
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(came),
            Ok(read) => {
                came += read as u64;
                if came > most {
                    return Err(Failure::Final("it is larger than any data set".into()));
                }
                file.write_all(&buffer[..read]).map_err(|e| Failure::Final(e.to_string()))?;
                progress.advanced(read as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Failure::Broken(error.to_string())),
        }
    }
}
