//! `docre pull` of data sets.

mod support;

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    thread,
};

use support::Place;

/// `[]`, packed by gzip.
const PACKED: &[u8] = &[
    0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0x03, 0x8b, 0x8e, 0x05, 0, 0x29, 0xbb, 0x4c, 0x0d, 0x02, 0,
    0, 0,
];

/// A server with this behind every address. Returns its own.
fn serve(body: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            lines.map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            let _ = stream.write_all(body);
        }
    });
    address
}

#[test]
fn a_data_set_comes_into_its_folder_with_its_licence() {
    let place = Place::new();
    let mirror = serve(PACKED);
    let pull = ["pull", "docred-distant", "--mirror", &mirror];
    let done = place.run(&pull).succeeds();
    for part in ["licence: MIT", "Yao et al. 2019", "no hash is published"] {
        assert!(done.stdout.contains(part), "{part} in {}", done.stdout);
    }
    assert_eq!(place.read("data/docred/train_distant.json"), "[]");
    let again = place.run(&[&pull[..], &["--offline", "--json"]].concat()).succeeds().json();
    assert_eq!(again["pulled"]["files"][0]["way"], "kept");
}

#[test]
fn what_the_publisher_did_not_publish_is_refused() {
    let place = Place::new();
    let mirror = serve(b"[]");
    place.run(&["pull", "dialogre", "--mirror", &mirror]).refuses(&[
        "data set \"dialogre\"",
        "train.json",
        "hash is another",
    ]);
    assert!(!place.at("data/dialogre/train.json").exists());
    place
        .run(&["pull", "re-docred", "--offline"])
        .refuses(&["isn't here whole", "train_revised.json"]);
}

#[test]
fn what_a_person_got_is_taken() {
    let place = Place::new();
    place.run(&["pull", "dwie"]).refuses(&["by hand", "dwie_download.py"]);
    let from = place.at("DWIE/data/annos_with_content");
    fs::create_dir_all(&from).unwrap();
    fs::write(from.join("DW_1.json"), "{}").unwrap();
    let done = place.run(&["pull", "dwie", "--from", "DWIE/data"]).succeeds();
    assert!(done.stdout.contains("docre convert data/dwie/annos_with_content"), "{}", done.stdout);
    assert_eq!(place.read("data/dwie/annos_with_content/DW_1.json"), "{}");

    fs::create_dir(place.at("mine")).unwrap();
    place.write_text("mine/train.json", "{}");
    let done = place.run(&["pull", "hacred", "--from", "mine"]).succeeds();
    assert!(done.stderr.contains("dev.json isn't in the folder"), "{}", done.stderr);
    place.run(&["pull", "re-docred", "--from", "mine"]).refuses(&[
        "mine",
        "has nothing of the data set re-docred",
        "dev_revised.json",
    ]);
}

#[test]
fn all_are_listed_and_names_are_told_apart() {
    let place = Place::new();
    let sets = place.run(&["pull", "--list", "--json"]).succeeds().json();
    let names: Vec<_> = sets.as_array().unwrap().iter().map(|set| set["name"].clone()).collect();
    for name in ["re-docred", "docred", "dialogre", "goemotions", "dwie", "cdr", "biored", "hacred"]
    {
        assert!(names.contains(&name.into()), "{name}");
    }
    let list = place.run(&["pull", "--list"]).succeeds();
    assert!(list.stdout.contains("by hand, then --from"), "{}", list.stdout);
    place.run(&["pull", "re-docrad", "--from", "."]).refuses(&["is no data set; those are aapd"]);
    place.run(&["pull"]).refuses_in_lines(&["<NAME>"]);
}
