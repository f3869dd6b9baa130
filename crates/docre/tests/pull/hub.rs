//! The Hub of Hugging Face, as a server of this process plays it.

use super::*;

/// A Hub with one repository, `owner/tiny`. Returns its address.
fn serve(folder: PathBuf, change: fn(&str, Vec<u8>) -> Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let folder = folder.clone();
            thread::spawn(move || answer(stream.unwrap(), &folder, change));
        }
    });
    address
}

fn answer(mut stream: TcpStream, folder: &Path, change: fn(&str, Vec<u8>) -> Vec<u8>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let request = lines.next().unwrap().unwrap();
    let path = request.split(' ').nth(1).unwrap().to_string();
    let mut first = 0;
    let mut last = usize::MAX;
    for line in lines.map(Result::unwrap).take_while(|line| !line.is_empty()) {
        let line = line.to_lowercase();
        if let Some(range) = line.strip_prefix("range: bytes=") {
            let (from, to) = range.split_once('-').unwrap();
            first = from.parse().unwrap();
            last = to.parse().unwrap_or(usize::MAX);
        }
    }
    let body = if path == "/api/models/owner/tiny/revision/main" {
        let files: Vec<_> = listing(folder)
            .into_iter()
            .map(|name| serde_json::json!({ "rfilename": name }))
            .collect();
        Some(serde_json::json!({ "sha": "c0ffee", "siblings": files }).to_string().into_bytes())
    } else {
        let name = path.strip_prefix("/owner/tiny/resolve/c0ffee/").map(str::to_string);
        name.and_then(|name| Some(change(&name, fs::read(folder.join(&name)).ok()?)))
    };
    let Some(body) = body else {
        let _ = write!(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        return;
    };
    let part = &body[first.min(body.len())..last.saturating_add(1).min(body.len())];
    let _ = write!(
        stream,
        "HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\nContent-Range: bytes {first}-{}/{}\r\n\
         ETag: \"{}\"\r\nX-Repo-Commit: c0ffee\r\nConnection: close\r\n\r\n",
        part.len(),
        first + part.len(),
        body.len(),
        path.replace('/', "-"),
    );
    let _ = stream.write_all(part);
}

#[derive(Default)]
struct Seen {
    files: Vec<(String, u64)>,
    bytes: u64,
}

impl DownloadProgress for Seen {
    fn file(&mut self, name: &str, bytes: u64) {
        self.files.push((name.into(), bytes));
    }

    fn advanced(&mut self, bytes: u64) {
        self.bytes += bytes;
    }
}

#[test]
fn the_hub_fills_the_cache() {
    let root = TempDir::new().unwrap();
    let places = Places { hub: serve(bert(), |_, body| body), ..places(root.path()) };
    let mut seen = Seen::default();
    let found = find("owner/tiny", &places, &mut seen).unwrap();
    let folder = root.path().join("cache/owner/tiny");
    let source = Source::Hub { repository: "owner/tiny".into(), revision: "c0ffee".into() };
    assert_eq!((&found.folder, &found.source), (&folder, &source));
    let files: Vec<_> = seen.files.iter().map(|(name, _)| name.as_str()).collect();
    assert!(files.contains(&"model.safetensors") && !files.contains(&"pytorch_model.bin"));
    assert_eq!(seen.bytes, seen.files.iter().map(|(_, bytes)| bytes).sum::<u64>());
    assert_eq!(seen.bytes, found.bytes);
    for (name, _) in &seen.files {
        assert!(folder.join(name).symlink_metadata().unwrap().is_file(), "{name} is no link");
        assert_eq!(fs::read(folder.join(name)).unwrap(), fs::read(bert().join(name)).unwrap());
    }
    assert_eq!(listing(&root.path().join("cache/owner")), ["tiny"]);

    let again = Places { offline: true, ..places };
    let found = find("owner/tiny", &again, &mut ()).unwrap();
    assert_eq!(found, FoundEncoder { source: Source::Cache, ..found.clone() });
}

#[test]
fn a_broken_download_leaves_nothing() {
    let root = TempDir::new().unwrap();
    let cut = |name: &str, mut body: Vec<u8>| {
        if name == "model.safetensors" {
            body.truncate(body.len() - 100);
        }
        body
    };
    let places = Places { hub: serve(bert(), cut), ..places(root.path()) };
    let error = error_of("owner/tiny", &places);
    assert!(error.contains("model.safetensors") && error.contains("cut short"), "{error}");
    assert!(listing(&root.path().join("cache/owner")).is_empty());
}

#[test]
fn a_repository_without_a_tokenizer_is_refused_before_its_weights_are_read() {
    let (root, repository) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    for file in ["config.json", "model.safetensors", "vocab.json"] {
        fs::copy(golden("encoders/deberta").join(file), repository.path().join(file)).unwrap();
    }
    let hub = serve(repository.path().into(), |_, body| body);
    let error = error_of("owner/tiny", &Places { hub, ..places(root.path()) });
    assert!(error.contains("neither tokenizer.json nor vocab.txt nor vocab.json with"), "{error}");
    assert!(error.contains("from_pretrained(\"owner/tiny\")"), "{error}");
    assert!(listing(&root.path().join("cache/owner")).is_empty());
}

#[test]
fn an_unknown_repository_is_said_to_be_one() {
    let root = TempDir::new().unwrap();
    let places = Places { hub: serve(bert(), |_, body| body), ..places(root.path()) };
    let error = error_of("owner/huge", &places);
    assert!(error.contains("no such repository"), "{error}");
}

#[test]
fn a_silent_server_is_given_up() {
    let root = TempDir::new().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap(); // never accepts
    let places = Places {
        hub: format!("http://{}", listener.local_addr().unwrap()),
        patience: Duration::from_millis(300),
        ..places(root.path())
    };
    let start = Instant::now();
    let error = error_of("owner/tiny", &places);
    assert!(error.contains("no answer for 0.3 s"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(listing(&root.path().join("cache/owner")).is_empty());
}
