//! Who may ask, and who may replace the models.

use std::{thread, time::Duration};

use serde_json::json;

use crate::server::Server;

const KEY: &str = "0123456789abcdef-key";

#[test]
fn a_key_is_asked_for_where_there_is_one() {
    let server = Server::start_with(&[], &[("DOCRE_API_KEY", KEY)]);
    let body = json!({ "text": "Anna" }).to_string();
    let with = |name: &str, value: &str| {
        let headers = [("Content-Type", "application/json"), (name, value)];
        server.ask("POST", "/v1/extract", &headers, &body)
    };
    assert_eq!(with("Authorization", &format!("Bearer {KEY}")).status, 200);
    assert_eq!(with("X-API-Key", KEY).status, 200);
    for wrong in ["", "Bearer", "Bearer 0123456789abcdef-kez", "Basic x", KEY] {
        assert_eq!(with("Authorization", wrong).kind(), "unauthorized");
    }
    for open in ["/health", "/ready", "/metrics", "/openapi.json", "/api", "/"] {
        assert_eq!(server.get(open).status, 200, "{open}");
    }
    for closed in ["/v1/models", "/mcp"] {
        assert_eq!(server.get(closed).status, 401, "{closed}");
    }
    assert_eq!(server.ask("POST", "/v1/models/reload", &[], "").status, 401);
    let key = [("X-API-Key", KEY)];
    assert_eq!(server.ask("POST", "/v1/models/reload", &key, "").status, 200);
}

#[test]
fn models_are_replaced_while_requests_come() {
    let server = Server::start(&["--model", "a=docre-small", "--model", "b=docre-small"]);
    let models = server.get("/v1/models").json();
    let named: Vec<_> = models["models"].as_array().unwrap().iter().collect();
    assert_eq!(named.len(), 2);
    assert_eq!((&named[0]["name"], &named[0]["default"]), (&json!("a"), &json!(true)));
    assert_eq!((&named[1]["name"], &named[1]["default"]), (&json!("b"), &json!(false)));
    assert!(named[0]["card"].as_str().unwrap().contains("# docre-small"));
    assert_eq!(named[0]["relations"].as_array().unwrap().len(), 96);
    assert_eq!(named[0]["types"].as_array().unwrap().len(), 6);

    let text = "Ingrid Solberg was born in Bergen.";
    let expected = server.extract(text);
    thread::scope(|scope| {
        for client in 0..8 {
            let (server, expected) = (&server, &expected);
            scope.spawn(move || {
                for round in 0..6 {
                    let model = ["a", "b"][(client + round) % 2];
                    let reply = server.post("/v1/extract", &json!({"text": text, "model": model}));
                    assert_eq!(reply.json(), *expected);
                }
            });
        }
        for _ in 0..2 {
            server.signal("-HUP");
            thread::sleep(Duration::from_millis(300));
        }
    });
    for _ in 0..400 {
        if server.said().contains("models loaded again") {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    assert!(server.said().contains("models loaded again"), "{}", server.said());
    assert_eq!(server.extract(text), expected);
    assert_eq!(server.ask("POST", "/v1/models/reload", &[], "").kind(), "forbidden");
    let unknown = json!({"text": text, "model": "c"});
    assert_eq!(server.post("/v1/extract", &unknown).kind(), "not_found");
}

#[test]
fn pages_of_others_may_not_ask() {
    let server = Server::start(&["--allow-origin", "https://example.org"]);
    let from = |origin: &str| {
        let headers = [("Content-Type", "application/json"), ("Origin", origin)];
        server.ask("POST", "/v1/extract", &headers, r#"{"text": "Anna"}"#)
    };
    let allowed = from("https://example.org");
    assert_eq!(allowed.status, 200);
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://example.org"));
    assert_eq!(from("http://localhost").status, 200, "the page of the service itself");
    assert_eq!(from("https://example.com").kind(), "forbidden");
    assert_eq!(from("null").kind(), "forbidden");
}
