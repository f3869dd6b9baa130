//! A running service.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::client::{Client, Reply, request};

/// `docre serve` at a port of its own. Dropped, it is killed.
pub struct Server {
    child: Child,
    pub address: String,
    said: Arc<Mutex<String>>,
}

impl Server {
    pub fn start(options: &[&str]) -> Self {
        Self::start_with(options, &[])
    }

    /// The same with variables of the environment.
    pub fn start_with(options: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_docre"))
            .args(["serve", "--address", "127.0.0.1:0", "--log", "errors"])
            .args(options)
            .env_remove("DOCRE_API_KEY")
            .envs(variables.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (said, (sender, begun)) = (Arc::new(Mutex::new(String::new())), mpsc::channel());
        let (stderr, kept) = (child.stderr.take().unwrap(), said.clone());
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if let Some((_, rest)) = line.split_once(" at http://") {
                    let _ = sender.send(rest.split(' ').next().unwrap().to_owned());
                }
                kept.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let address = begun.recv_timeout(Duration::from_secs(120));
        let address =
            address.unwrap_or_else(|_| panic!("it didn't begin: {}", said.lock().unwrap()));
        Self { child, address, said }
    }

    /// What it has written to standard error.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    pub fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[], "")
    }

    /// Posts JSON.
    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.ask("POST", path, &[("Content-Type", "application/json")], &body.to_string())
    }

    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        Client::new(&self.address).send(&request(method, path, headers, body.as_bytes()))
    }

    /// The facts of a text.
    pub fn extract(&self, text: &str) -> Value {
        let reply = self.post("/v1/extract", &json!({ "text": text }));
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// Waits for its end.
    pub fn end(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < Duration::from_secs(300), "it doesn't end: {}", self.said());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The memory that it holds, in megabytes.
    pub fn megabytes(&self) -> f64 {
        let reply = self.get("/metrics").body;
        let line = reply.lines().find(|line| line.starts_with("docre_memory_bytes ")).unwrap();
        line.split(' ').nth(1).unwrap().parse::<f64>().unwrap() / f64::from(1 << 20)
    }

    /// The sum of the requests that were answered with such statuses.
    pub fn answered(&self, status: &str) -> u64 {
        let reply = self.get("/metrics").body;
        let lines = reply.lines().filter(|line| line.starts_with("docre_requests_total{"));
        let lines = lines.filter(|line| line.contains(&format!("status=\"{status}")));
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
