//! What is too much is refused, and said.

use std::thread;

use serde_json::json;

use crate::{
    client::{Client, request},
    server::Server,
    support::Place,
};

#[test]
fn what_is_too_much_is_refused() {
    let bounds = ["--max-bytes", "4000", "--max-words", "50", "--max-documents", "2"];
    let server = Server::start(&[&bounds[..], &["--max-entities", "1"]].concat());
    let kind = |body: serde_json::Value| {
        let reply = server.post("/v1/extract", &body);
        (reply.status, reply.kind())
    };
    assert_eq!(kind(json!({ "text": "x".repeat(5000) })), (413, "limit".into()));
    assert_eq!(kind(json!({ "text": "word ".repeat(51) })), (422, "limit".into()));
    assert_eq!(kind(json!({ "texts": ["a", "b", "c"] })), (422, "limit".into()));
    let long = json!({ "texts": ["Anna", "word ".repeat(51)] });
    let reply = server.post("/v1/extract", &long).json();
    assert_eq!(reply["results"][1]["error"]["kind"], "limit");
    assert_eq!(reply["results"][0]["title"], "text 0");
    let marked = "# Note\n\n[Ingrid|PER|1] is in [Bergen|LOC|2].\n";
    let reply = server.ask("POST", "/v1/documents", &[], marked).json();
    assert_eq!(reply["results"][0]["error"]["kind"], "limit");
    server.extract("Anna");
}

#[test]
fn beyond_the_queue_there_is_a_time_to_wait() {
    let server = Server::start(&["--queue", "2"]);
    let text = "Ingrid Solberg was born in Bergen. ".repeat(100);
    let body = json!({ "text": text }).to_string();
    let bytes =
        request("POST", "/v1/extract", &[("Content-Type", "application/json")], body.as_bytes());
    let replies: Vec<_> = thread::scope(|scope| {
        let send = || Client::new(&server.address).send(&bytes);
        let clients: Vec<_> = (0..12).map(|_| scope.spawn(send)).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    let busy: Vec<_> = replies.iter().filter(|reply| reply.status == 429).collect();
    assert!(!busy.is_empty() && busy.len() < replies.len(), "{} busy", busy.len());
    for reply in busy {
        assert_eq!(reply.kind(), "busy");
        assert!(reply.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
    }
    let answered = replies.iter().filter(|reply| reply.status == 200).count();
    assert!(answered > 0 && replies.iter().all(|reply| [200, 429].contains(&reply.status)));
}

#[test]
fn a_request_has_its_time_and_a_client_that_leaves_none() {
    let server = Server::start(&["--deadline", "1"]);
    let long = "Ingrid Solberg was born in Bergen and went to Oslo. ".repeat(300);
    let reply = server.post("/v1/extract", &json!({ "texts": vec![&long[..]; 30] }));
    assert_eq!(reply.status, 200);
    let late = reply.json()["results"].as_array().unwrap().clone();
    let late = late.iter().filter(|item| item["error"]["kind"] == "timeout").count();
    assert!(late > 0, "all was done in time");
    // What is being read is read to its end; what only waited is gone.
    let short = json!({ "text": "Ingrid Solberg was born in Bergen." });
    let answered = (0..60).any(|_| server.post("/v1/extract", &short).status == 200);
    assert!(answered, "the documents of one who left are read still");
}

#[test]
fn a_setting_that_cant_be_meant_ends_with_a_message() {
    let server = Server::start(&[]);
    let place = Place::new();
    let refused = |options: &[&str], message: &str| {
        let done = place.run(&[&["serve"], options].concat());
        assert_eq!(done.code, Some(2), "{done:?}");
        assert!(done.stderr.contains(message), "{done:?}");
    };
    refused(&["--address", &server.address], "is in use by another process");
    refused(&["--address", "nowhere"], "--address: nowhere can't be listened at");
    refused(&["--queue", "0", "--address", "127.0.0.1:0"], "--queue: is 0");
    refused(&["--model", "nothing", "--address", "127.0.0.1:0"], "nothing");
    refused(
        &["--address", "127.0.0.1:0", "--model", "a=docre-small", "--model", "a=docre-small"],
        "two are called \"a\"",
    );
    place.write_text("key", "short");
    refused(&["--key-file", "key"], "needs 16");
}
