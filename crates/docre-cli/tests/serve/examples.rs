//! The examples of the documentation run.

use std::{
    fs,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{server::Server, support::repository};

/// The code of a page in this language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let text = fs::read_to_string(repository(page)).unwrap();
    let fence = format!("```{language}\n");
    let blocks = text.split(&fence).skip(1);
    blocks.map(|rest| rest.split("\n```").next().unwrap().to_owned()).collect()
}

/// What a program prints that is given code on its standard input.
fn printed(program: &[&str], code: &str) -> String {
    let child = Command::new(program[0])
        .args(&program[1..])
        .arg(code)
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|error| panic!("{} can't be run: {error}", program[0]));
    assert!(child.status.success(), "{code}");
    String::from_utf8(child.stdout).unwrap()
}

#[test]
fn the_examples_of_the_page_run() {
    let server = Server::start(&[]);
    let at_server = |code: &String| code.replace("127.0.0.1:8642", &server.address);
    let shell = blocks("docs/serve.md", "sh").into_iter().filter(|code| code.starts_with("curl"));
    let mut count = 0;
    for code in shell {
        assert!(printed(&["bash", "-euc"], &at_server(&code)).contains("place of birth"), "{code}");
        count += 1;
    }
    for code in blocks("docs/serve.md", "python") {
        assert!(
            printed(&["python3", "-c"], &at_server(&code)).contains("Ingrid Solberg"),
            "{code}"
        );
        count += 1;
    }
    let node = Command::new("node").arg("--version").stdout(Stdio::null()).status();
    for code in blocks("docs/serve.md", "js") {
        count += 1;
        if node.as_ref().is_ok_and(std::process::ExitStatus::success) {
            let module = ["node", "--input-type=module", "-e"];
            assert!(printed(&module, &at_server(&code)).contains("Ingrid Solberg"), "{code}");
        } else {
            println!("node isn't there: JavaScript's example was skipped");
        }
    }
    assert!(count >= 4, "{count} examples");
}

#[test]
fn the_answer_of_the_page_is_the_service_s() {
    let server = Server::start(&[]);
    let written: Value = serde_json::from_str(&blocks("docs/serve.md", "json")[0]).unwrap();
    let text = written["text"].as_str().unwrap();
    let body = json!({ "text": text, "options": {"min_score": 0.2} });
    let mut answer = server.post("/v1/extract", &body).json();
    for fact in answer["facts"].as_array_mut().unwrap() {
        // The page shows fewer digits.
        let score = fact["score"].as_f64().unwrap();
        fact["score"] = json!((score * 100.0).round() / 100.0);
    }
    assert_eq!(answer, written);
}

#[test]
fn the_examples_of_the_description_run() {
    let server = Server::start(&[]);
    let description = server.get("/openapi.json").json();
    let paths = description["paths"].as_object().unwrap();
    let posted = ["/v1/extract", "/v1/documents"];
    for path in posted {
        let body = &paths[path]["post"]["requestBody"]["content"]["application/json"];
        let schema = body["schema"]["$ref"].as_str();
        let schema = schema
            .map(|name| &description["components"]["schemas"][name.rsplit('/').next().unwrap()]);
        let example = body.get("example").or_else(|| schema?.get("example")).unwrap();
        let reply = server.post(path, example);
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
    }
    for path in paths.keys().filter(|path| !posted.contains(&path.as_str())) {
        assert!([200, 405].contains(&server.get(path).status), "{path}");
    }
    let page = server.get("/api");
    let names = page.body.replace("&#x2f;", "/");
    assert!(paths.keys().all(|path| names.contains(&format!("<code>{path}</code>"))));
    assert!(page.body.contains("Ingrid Solberg was born in Bergen."));
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'self'"));
    assert!(!page.body.contains("<script") && !page.body.contains("http://"));
}
