//! Getting data sets from a server on this machine that stands for the publishers'.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;

/// `git hash-object` of "hello\n", which is what [`HELLO`] expects.
const HASH: Hash = Hash::Git("ce013625030ba8dba906f756967f9e9ca394464a");

const fn set(files: &'static [Published]) -> DataSet {
    DataSet {
        name: "set",
        folder: "set",
        about: "",
        licence: "",
        citation: "",
        home: "https://home.test/",
        by_hand: None,
        then: &[],
        files,
        division: None,
    }
}

static HELLO: DataSet = set(&[Published {
    address: "https://host.test/a/hello.txt",
    hash: Some(HASH),
    gives: Gives::File("greeting.txt"),
}]);

/// What the server was asked for: path and first byte.
type Asked = Arc<Mutex<Vec<(String, usize)>>>;

/// A server of one file at any path. It breaks off the first answer after `first_gives` bytes.
fn serve(body: &'static [u8], first_gives: usize) -> (DataSetPlaces, Asked, TempDir) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mirror = Some(format!("http://{}", listener.local_addr().unwrap()));
    let patience = Duration::from_secs(2);
    let places =
        DataSetPlaces { mirror, patience, ..DataSetPlaces::new(folder.path().join("data")) };
    let asked = Asked::default();
    let seen = asked.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), body, first_gives, &seen);
        }
    });
    (places, asked, folder)
}

fn answer(mut stream: TcpStream, body: &[u8], first_gives: usize, asked: &Asked) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    let path = request.split(' ').nth(1).unwrap().to_owned();
    let headers: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    let range = headers
        .iter()
        .find_map(|line| line.to_lowercase().strip_prefix("range: bytes=").map(str::to_owned));
    let first = range.map_or(0, |range| range.trim_end_matches('-').parse().unwrap());
    let mut asked = asked.lock().unwrap();
    let gives = if asked.is_empty() { first_gives } else { usize::MAX };
    asked.push((path.clone(), first));
    if path.ends_with("missing.txt") {
        let _ = write!(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        return;
    }
    let (status, range) = match first {
        0 => ("200 OK", String::new()),
        first => (
            "206 Partial Content",
            format!("Content-Range: bytes {first}-{}/{}\r\n", body.len() - 1, body.len()),
        ),
    };
    let rest = &body[first..];
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n{range}Connection: close\r\n\r\n",
        rest.len()
    );
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(&rest[..gives.min(rest.len())]);
}

fn error(set: &DataSet, places: &DataSetPlaces) -> String {
    pull(set, places, &mut ()).unwrap_err().to_string()
}

/// The names in a folder, hidden ones too.
fn listing(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<_> =
        entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_comes_is_checked_and_stays() {
    let (places, asked, _folder) = serve(b"hello\n", usize::MAX);
    let pulled = pull(&HELLO, &places, &mut ()).unwrap();
    assert_eq!((pulled.files[0].way, pulled.files[0].checked), (Way::Downloaded, true));
    assert_eq!(fs::read(places.folder.join("set/greeting.txt")).unwrap(), b"hello\n");
    assert_eq!(listing(&places.folder.join("set")), ["greeting.txt"]);
    assert_eq!(pull(&HELLO, &places, &mut ()).unwrap().files[0].way, Way::Kept);
    assert_eq!(*asked.lock().unwrap(), [("/host.test/a/hello.txt".to_owned(), 0)]);
}

#[test]
fn what_broke_off_goes_on() {
    let (places, asked, _folder) = serve(b"hello\n", 4);
    assert_eq!(pull(&HELLO, &places, &mut ()).unwrap().files[0].way, Way::Downloaded);
    let firsts: Vec<_> = asked.lock().unwrap().iter().map(|(_, first)| *first).collect();
    assert_eq!(firsts, [0, 4]);
}

#[test]
fn an_earlier_try_is_gone_on_with() {
    let (places, asked, _folder) = serve(b"hello\n", usize::MAX);
    let parts = places.folder.join("set/.parts");
    fs::create_dir_all(&parts).unwrap();
    fs::write(parts.join("hello.txt"), "hel").unwrap();
    pull(&HELLO, &places, &mut ()).unwrap();
    assert!(!parts.exists(), "what was for downloads goes");
    assert_eq!(asked.lock().unwrap()[0].1, 3);
    assert_eq!(fs::read(places.folder.join("set/greeting.txt")).unwrap(), b"hello\n");
}

#[test]
fn another_content_is_refused_and_not_gone_on_with() {
    let (places, _, _folder) = serve(b"hallo\n", usize::MAX);
    let error = error(&HELLO, &places);
    assert!(error.contains("its hash is another"), "{error}");
    assert!(error.contains("/host.test/a/hello.txt") && !error.contains(".parts"), "{error}");
    assert!(listing(&places.folder).is_empty() || listing(&places.folder.join("set")).is_empty());
}

#[test]
fn a_missing_file_and_a_silent_server_are_said() {
    static MISSING: DataSet = set(&[Published {
        address: "https://host.test/missing.txt",
        hash: None,
        gives: Gives::File("x"),
    }]);
    let (places, _, _folder) = serve(b"", 0);
    assert!(error(&MISSING, &places).contains("404"));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mirror = Some(format!("http://{}", silent.local_addr().unwrap()));
    let places = DataSetPlaces { mirror, patience: Duration::from_millis(200), ..places };
    let error = error(&HELLO, &places);
    assert!(error.contains("host.test/a/hello.txt"), "{error}");
}

#[test]
fn packed_files_and_archives_are_unpacked() {
    static GZIP: DataSet = set(&[Published {
        address: "https://host.test/a.json.gz",
        hash: None,
        gives: Gives::Gzip("a.json"),
    }]);
    static ZIP: DataSet = set(&[Published {
        address: "https://host.test/a.zip",
        hash: None,
        gives: Gives::Members(&[Member { inside: "b.txt", name: "c.txt", hash: Some(HASH) }]),
    }]);
    static FOLDER: DataSet = set(&[Published {
        address: "https://host.test/zip/0123",
        hash: None,
        gives: Gives::Folder {
            inside: "in/a",
            name: "texts",
            // git write-tree of a folder with b.txt, "hello\n".
            tree: Some("dd5a3627ad3d4a1eaa9b180972bab37891a5e101"),
        },
    }]);
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(b"[]").unwrap();
    let (places, _, _folder) = serve(packed.finish().unwrap().leak(), 10);
    pull(&GZIP, &places, &mut ()).unwrap();
    assert_eq!(fs::read(places.folder.join("set/a.json")).unwrap(), b"[]");

    let mut archive = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("top/in/a/b.txt", SimpleFileOptions::default()).unwrap();
    archive.write_all(b"hello\n").unwrap();
    let archive: &[u8] = archive.finish().unwrap().into_inner().leak();
    let (places, _, _folder) = serve(archive, usize::MAX);
    pull(&ZIP, &places, &mut ()).unwrap();
    pull(&FOLDER, &places, &mut ()).unwrap();
    assert_eq!(fs::read(places.folder.join("set/texts/b.txt")).unwrap(), b"hello\n");
    assert_eq!(listing(&places.folder.join("set")), ["c.txt", "texts"]);

    let (places, _, _folder) = serve(b"no archive", usize::MAX);
    for set in [&GZIP, &ZIP, &FOLDER] {
        assert!(error(set, &places).contains("unpacked"), "{}", error(set, &places));
    }
}

#[test]
fn a_person_s_files_are_taken_by_either_name() {
    for name in ["hello.txt", "greeting.txt"] {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("mine");
        fs::create_dir(&from).unwrap();
        let places = DataSetPlaces {
            from: Some(from.clone()),
            ..DataSetPlaces::new(folder.path().join("data"))
        };
        assert!(error(&HELLO, &places).contains("has nothing of the data set set: hello.txt"));
        fs::write(from.join(name), "hallo\n").unwrap();
        assert!(error(&HELLO, &places).contains("its hash is another"));
        fs::write(from.join(name), "hello\n").unwrap();
        assert_eq!(pull(&HELLO, &places, &mut ()).unwrap().files[0].way, Way::Taken);
        assert!(places.folder.join("set/greeting.txt").exists());
    }
}

#[test]
fn an_archive_of_a_repository_is_taken_as_a_browser_names_it() {
    static REPOSITORY: DataSet = set(&[Published {
        address: "https://host.test/owner/notes/zip/0123",
        hash: None,
        gives: Gives::Folder {
            inside: "in/a",
            name: "texts",
            tree: Some("dd5a3627ad3d4a1eaa9b180972bab37891a5e101"),
        },
    }]);
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path().join("mine");
    let places = DataSetPlaces {
        from: Some(from.clone()),
        ..DataSetPlaces::new(folder.path().join("data"))
    };
    fs::create_dir_all(from.join("notes-main/in/a")).unwrap();
    fs::write(from.join("notes-main/in/a/b.txt"), "hallo\n").unwrap();
    let other = error(&REPOSITORY, &places);
    assert!(other.contains("the folder isn't the published one: its hash is another"), "{other}");
    fs::write(from.join("notes-main/in/a/b.txt"), "hello\n").unwrap();
    assert_eq!(pull(&REPOSITORY, &places, &mut ()).unwrap().files[0].way, Way::Taken);
    assert_eq!(fs::read(places.folder.join("set/texts/b.txt")).unwrap(), b"hello\n");
}

#[test]
fn documents_are_divided_by_their_places() {
    static DIVISION: Division =
        Division { of: "all.json", chosen: (&[1], "one.json"), rest: "rest.json" };
    static DIVIDED: DataSet = DataSet {
        division: Some(&DIVISION),
        ..set(&[Published {
            address: "https://host.test/all.json",
            hash: None,
            gives: Gives::File("all.json"),
        }])
    };
    let (places, _, _folder) = serve(br#"[{"b":1,"a":0},{"b":2},{"b":3}]"#, usize::MAX);
    let pulled = pull(&DIVIDED, &places, &mut ()).unwrap();
    let names: Vec<_> = pulled.files.iter().map(|file| file.name).collect();
    assert_eq!(names, ["all.json", "one.json", "rest.json"]);
    let read = |name: &str| fs::read_to_string(places.folder.join("set").join(name)).unwrap();
    assert_eq!(read("one.json"), r#"[{"b":2}]"#);
    assert_eq!(read("rest.json"), r#"[{"b":1,"a":0},{"b":3}]"#);
    fs::write(places.folder.join("set/rest.json"), "mine").unwrap();
    pull(&DIVIDED, &places, &mut ()).unwrap();
    assert_eq!(read("rest.json"), "mine");
}

#[test]
fn what_only_a_person_gets_is_said() {
    static BY_HAND: DataSet = DataSet {
        by_hand: Some("fill in its form"),
        ..set(&[Published { address: "", hash: None, gives: Gives::File("a.json") }])
    };
    let folder = tempfile::tempdir().unwrap();
    let places = DataSetPlaces::new(folder.path().join("data"));
    let error = error(&BY_HAND, &places);
    assert!(error.contains("by hand from https://home.test/: fill in its form"), "{error}");
    assert!(listing(folder.path()).is_empty(), "nothing is created");
}
