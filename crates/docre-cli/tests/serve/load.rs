//! Many clients at once, and the end of the service among them. Longer by
//! `DOCRE_SERVE_CLIENTS` and `DOCRE_SERVE_REQUESTS`.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    answers::{extracted, lines, texts},
    client::{Client, request},
    random::{Random, setting},
    server::Server,
};

/// Requests with the answers that they should have.
fn expected() -> Vec<(Vec<u8>, Value)> {
    let texts = texts();
    let printed = lines(&extracted(&texts, &["--json"]));
    let both = (0..).zip(texts.iter().zip(printed));
    both.map(|(number, (text, mut printed)): (usize, _)| {
        printed["text"] = json!(text);
        let body = json!({ "text": text, "title": format!("text {number}") }).to_string();
        let headers = [("Content-Type", "application/json")];
        (request("POST", "/v1/extract", &headers, body.as_bytes()), printed)
    })
    .collect()
}

#[test]
fn every_client_gets_its_answer() {
    let clients = setting("DOCRE_SERVE_CLIENTS", 200);
    let count = setting("DOCRE_SERVE_REQUESTS", 600);
    let (server, expected, next) = (Server::start(&[]), expected(), AtomicUsize::new(0));
    let (begun, busy, early) = (Instant::now(), AtomicUsize::new(0), AtomicUsize::new(0));
    let ask = |client: usize| {
        let (mut connection, mut random) = (Client::new(&server.address), Random(client as u64));
        let mut took = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return took;
            }
            if number == count / 10 {
                early.store(server.megabytes() as usize, Ordering::Relaxed);
            }
            let (sent, expected) = random.pick(&expected);
            let asked = Instant::now();
            let mut reply = connection.send(sent);
            while reply.status == 429 {
                busy.fetch_add(1, Ordering::Relaxed);
                thread::sleep(Duration::from_secs(1));
                reply = connection.send(sent);
            }
            assert_eq!(reply.json(), *expected);
            took.push(asked.elapsed());
        }
    };
    let ask = &ask;
    let mut took: Vec<Duration> = thread::scope(|scope| {
        let start = |client| {
            let small = thread::Builder::new().stack_size(256 << 10);
            small.spawn_scoped(scope, move || ask(client)).unwrap()
        };
        let clients: Vec<_> = (0..clients).map(start).collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    took.sort();
    assert_eq!(took.len(), count);
    // All of them fit into the queue.
    assert!(clients > 2_000 || busy.into_inner() == 0);
    let (seconds, memory) = (begun.elapsed().as_secs_f64(), server.megabytes());
    println!(
        "{clients} clients, {count} requests: {:.1} a second, p50 {:.2?}, p99 {:.2?}, {} MB early, \
         {memory:.0} MB at the end",
        count as f64 / seconds,
        took[count / 2],
        took[count * 99 / 100],
        early.load(Ordering::Relaxed),
    );
    if count >= 10_000 {
        let early = early.into_inner() as f64;
        assert!((memory / early - 1.0).abs() < 0.05, "{early} MB became {memory} MB");
    }
}

#[test]
fn at_the_end_every_request_is_answered() {
    let (mut server, expected) = (Server::start(&[]), expected());
    let (address, answered) = (server.address.clone(), AtomicUsize::new(0));
    let status = thread::scope(|scope| {
        for client in 0..60 {
            let (address, expected, answered) = (&address, &expected, &answered);
            scope.spawn(move || {
                let (mut connection, mut random) = (Client::new(address), Random(client));
                loop {
                    let (sent, expected) = random.pick(expected);
                    let reply = connection.send(sent);
                    assert_eq!(reply.json(), *expected);
                    answered.fetch_add(1, Ordering::Relaxed);
                    if reply.header("connection") == Some("close") {
                        return;
                    }
                }
            });
        }
        while answered.load(Ordering::Relaxed) < 30 {
            thread::sleep(Duration::from_millis(5));
        }
        server.signal("-TERM");
        server.end()
    });
    assert!(status.success(), "{status:?}: {}", server.said());
    assert!(answered.into_inner() >= 60 && server.said().contains("every request was answered"));
}
