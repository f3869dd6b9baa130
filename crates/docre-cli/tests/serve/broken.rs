//! Broken requests: refused one by one, and nothing else happens. `DOCRE_SERVE_BROKEN` says how
//! many there are, `DOCRE_SERVE_SEED` which.

use std::{io::Write, net::Shutdown, thread};

use serde_json::json;

use crate::{
    client::{Client, request},
    random::{Random, setting},
    server::Server,
};

const KEY: &str = "0123456789abcdef-key";
/// How many send at once.
const CLIENTS: usize = 8;
const TEXT: &str = "Ingrid Solberg was born in Bergen.";

#[test]
fn broken_requests_are_refused_one_by_one() {
    let (count, seed) = (setting("DOCRE_SERVE_BROKEN", 300), setting("DOCRE_SERVE_SEED", 1));
    let bounds = ["--max-bytes", "100000", "--patience", "1"];
    let server = Server::start_with(&bounds, &[("DOCRE_API_KEY", KEY)]);
    let body = json!({ "text": TEXT }).to_string();
    let good = request("POST", "/v1/extract", &headers(KEY), body.as_bytes());
    let expected = Client::new(&server.address).send(&good).body;
    let send = |client: usize, count: usize| {
        let mut random = Random((seed * CLIENTS + client) as u64);
        (0..count).for_each(|_| send_broken(&server, &mut random));
    };
    let send = &send;
    let send_all = |count: usize| {
        thread::scope(|scope| {
            (0..CLIENTS)
                .for_each(|client| drop(scope.spawn(move || send(client, count / CLIENTS))));
        });
    };
    send_all(count / 5);
    let memory = server.megabytes();
    send_all(count - count / 5);
    assert_eq!(Client::new(&server.address).send(&good).body, expected);
    assert_eq!(server.answered("5"), 0);
    assert!(!server.said().contains("panicked"), "{}", server.said());
    let after = server.megabytes();
    assert!(after < memory * 1.05 + 4.0, "{memory} MB grew to {after} MB");
}

/// Sends a broken request, of which half end like those of a client that leaves.
fn send_broken(server: &Server, random: &mut Random) {
    let broken = broken(random);
    let mut client = Client::new(&server.address);
    let _ = client.stream.get_mut().write_all(&broken);
    if random.below(2) == 0 {
        let _ = client.stream.get_mut().shutdown(Shutdown::Write);
    }
    // A connection may end without an answer where the request did, too.
    if let Ok(reply) = client.read() {
        let shown = String::from_utf8_lossy(&broken[..broken.len().min(400)]);
        assert!(reply.status < 500, "{shown}\n{reply:?}");
        assert!(!reply.body.contains("/src/") && !reply.body.contains(".rs:"), "{reply:?}");
    }
}

fn headers(key: &str) -> [(&'static str, &str); 2] {
    [("Content-Type", "application/json"), ("X-API-Key", key)]
}

/// A request that is wrong in one of many ways.
fn broken(random: &mut Random) -> Vec<u8> {
    let body = wrong_body(random);
    let path = *random.pick(&["/v1/extract", "/v1/extract", "/v1/documents", "/mcp"]);
    let sent = request("POST", path, &headers(KEY), &body);
    match random.below(12) {
        0 => sent[..random.below(sent.len())].to_vec(),
        1 => request("POST", path, &headers("a-wrong-key-of-some-length"), &body),
        2 => {
            let many = "X-Flood: 1\r\n".repeat(10 + random.below(4_000));
            format!("GET /health HTTP/1.1\r\nHost: test\r\n{many}\r\n").into_bytes()
        }
        3 => {
            let long = "x".repeat(random.below(200_000));
            format!("GET /{long} HTTP/1.1\r\nHost: test\r\n\r\n").into_bytes()
        }
        4 => {
            let method = *random.pick(&["PUT", "DELETE", "OPTIONS", "BREW", "TRACE", "HEAD"]);
            request(method, path, &headers(KEY), &body)
        }
        5 => {
            let length = *random.pick(&["-1", "99999999999999999999", "1e3", "4, 5", "200000"]);
            let head = format!("POST {path} HTTP/1.1\r\nHost: test\r\nX-API-Key: {KEY}\r\n");
            format!("{head}Content-Length: {length}\r\n\r\n{{}}").into_bytes()
        }
        6 => {
            let mut sent = sent;
            for _ in 0..1 + random.below(20) {
                let place = random.below(sent.len());
                sent[place] = random.below(256) as u8;
            }
            sent
        }
        7 => {
            let head = format!("POST {path} HTTP/1.1\r\nHost: test\r\nX-API-Key: {KEY}\r\n");
            let kind = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
            let length = *random.pick(&["zz", "ffffffffffffffff", "5", "-3", ""]);
            format!("{head}{kind}{length}\r\n{{\"te\r\n0\r\n").into_bytes()
        }
        8 => (0..random.below(3_000)).map(|_| random.below(256) as u8).collect(),
        9 => {
            let query = *random.pick(&["min_score=x", "min_score=9", "%ff%00", "model=", "a=b&a"]);
            request("POST", &format!("/v1/documents?{query}"), &headers(KEY), &body)
        }
        _ => sent,
    }
}

fn wrong_body(random: &mut Random) -> Vec<u8> {
    let deep = 100 + random.below(20_000);
    let text = match random.below(16) {
        0 => "[".repeat(deep),
        1 => format!("{{\"text\": {}1{}}}", "[".repeat(deep), "]".repeat(deep)),
        2 => format!("{{\"documents\": [{}{}]}}", "{\"a\":".repeat(deep), "}".repeat(deep)),
        3 => r#"{"text": 1e999999}"#.into(),
        4 => json!({"text": TEXT, "options": {"min_score": f64::MAX}}).to_string(),
        5 => r#"{"text": "x", "options": {"min_score": 123456789012345678901234567890}}"#.into(),
        6 => json!({"text": TEXT, "texts": [TEXT]}).to_string(),
        7 => json!({"texts": [1, null, {"text": []}]}).to_string(),
        8 => json!({"text": TEXT, "options": {"types": "none"}, "other": 1}).to_string(),
        9 => json!({"documents": [{"title": "x", "sents": [["a"]], "vertexSet": [[{"pos": [5, 9],
                    "sent_id": 7}]]}]})
        .to_string(),
        10 => json!({"documents": [[], 1, "x", {}]}).to_string(),
        11 => json!({"text": "x".repeat(random.below(200_000))}).to_string(),
        12 => {
            json!({"text": TEXT, "ann": "T1\tPER 5 99999999999999999999\tx\nR1 \t\n"}).to_string()
        }
        13 => return [b"{\"text\": \"\xff\xfe", &[0xC0; 40][..], b"\"}"].concat(),
        14 => json!({"jsonrpc": "2.0", "id": {}, "method": ["tools/call"]}).to_string(),
        _ => String::new(),
    };
    text.into_bytes()
}
