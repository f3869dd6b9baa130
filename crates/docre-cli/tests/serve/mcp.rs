//! The extraction as a tool for agents.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::server::Server;

const TEXT: &str = "Ingrid Solberg was born in Bergen.";

fn initialize() -> Value {
    json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "0"},
    }})
}

fn call(id: u32, name: &str, arguments: Value) -> Value {
    let params = json!({"name": name, "arguments": arguments});
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params})
}

/// What the tools answer, over any transport that answers each message.
fn check(mut ask: impl FnMut(Value) -> Value, expected: &Value) {
    let begun = ask(initialize());
    assert_eq!(begun["result"]["serverInfo"]["name"], "docre", "{begun}");
    let tools = ask(json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}));
    let tools = tools["result"]["tools"].as_array().unwrap().iter();
    let names: Vec<_> = tools.map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["extract_facts", "list_models"]);
    let found = ask(call(2, "extract_facts", json!({ "text": TEXT })));
    assert_eq!(found["result"]["structuredContent"], *expected, "{found}");
    let models = ask(call(3, "list_models", json!({})));
    assert_eq!(models["result"]["structuredContent"]["models"][0]["name"], "docre-small");
    let wrong = ask(call(4, "extract_facts", json!({ "text": TEXT, "model": "none" })));
    assert_eq!(wrong["result"]["isError"], true, "{wrong}");
    let missing = ask(call(5, "extract_facts", json!({ "title": "x" })));
    assert!(missing["error"].is_object() || missing["result"]["isError"] == true, "{missing}");
}

#[test]
fn agents_ask_over_http() {
    let server = Server::start(&[]);
    let expected = server.extract(TEXT);
    let headers = [
        ("Content-Type", "application/json"),
        ("Accept", "application/json, text/event-stream"),
        ("MCP-Protocol-Version", "2025-06-18"),
    ];
    let ask = |message: Value| {
        let reply = server.ask("POST", "/mcp", &headers, &message.to_string());
        assert!(reply.status < 500, "{reply:?}");
        reply.json()
    };
    check(ask, &expected);
}

#[test]
fn agents_ask_on_standard_input() {
    let expected = Server::start(&[]).extract(TEXT);
    let mut child = Command::new(env!("CARGO_BIN_EXE_docre"))
        .arg("mcp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ask = |message: Value| {
        let is_first = message["method"] == "initialize";
        writeln!(input, "{message}").unwrap();
        let answer = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        if is_first {
            writeln!(input, r#"{{"jsonrpc":"2.0","method":"notifications/initialized"}}"#).unwrap();
        }
        answer
    };
    check(ask, &expected);
    drop(input); // its end is that of the program
    assert!(child.wait().unwrap().success());
}
