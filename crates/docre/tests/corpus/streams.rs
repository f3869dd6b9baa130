//! Documents that come one at a time.

use super::*;

/// An endless list of documents, made as it is read.
struct Endless {
    document: Vec<u8>,
    pending: VecDeque<u8>,
    made: Rc<Cell<usize>>,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.pending.is_empty() {
            self.pending.extend(&self.document);
            self.pending.push_back(b',');
            self.made.set(self.made.get() + 1);
        }
        self.pending.read(buffer)
    }
}

#[test]
fn documents_are_read_one_at_a_time() {
    let made = Rc::new(Cell::new(0));
    let mut reader = endless(&made);
    for read in 1..50_000 {
        assert_eq!(reader.next().unwrap().unwrap().title, "Kite Corps");
        assert!(made.get() <= read + 1, "{} made for {read}", made.get());
    }
}

fn endless(made: &Rc<Cell<usize>>) -> Documents<Endless> {
    let pending = VecDeque::from([b'[']);
    let list = Endless { document: GOOD.into(), pending, made: made.clone() };
    Documents::new(list, "endless").unwrap()
}

/// What [`Documents::process`] gives, errors as text.
fn processed(text: &str) -> Vec<Result<Document, String>> {
    let mut found = Vec::new();
    let documents = Documents::new(text.as_bytes(), "data.json").unwrap();
    let ended: docre::Result<()> = documents.process(
        |read| read.map(|read| read.document).map_err(|error| error.to_string()),
        |read| {
            found.push(read);
            Ok(())
        },
    );
    ended.unwrap();
    found
}

#[test]
fn all_threads_give_what_one_gives_in_file_order() {
    let document = |number: usize| match number % 97 {
        96 => titled("bad").replace("\"t\": 1", "\"t\": 7"),
        95 => titled("bad").replace("\"sents\"", "\"sent\""),
        _ => titled(&number.to_string()),
    };
    let list: Vec<String> = (0..1000).map(document).collect();
    for text in [
        format!("[{}]", list.join(", ")),
        list.join("\n"),
        format!("[{}", list.join(",")),
        format!("[{}, 5]", list.join(",")),
        "[]".to_owned(),
    ] {
        assert_eq!(processed(&text), documents(&text));
    }
}

#[test]
fn a_limit_is_all_that_is_read() {
    let made = Rc::new(Cell::new(0));
    let documents = endless(&made).limit(300);
    let mut indices = Vec::new();
    let ended: docre::Result<()> = documents.process(
        |read| read.unwrap().index,
        |index| {
            indices.push(index);
            Ok(())
        },
    );
    ended.unwrap();
    assert!(indices.into_iter().eq(0..300));
    assert_eq!(made.get(), 300);
    assert_eq!(endless(&made).limit(3).limit(5).count(), 3);
}

#[test]
fn whoever_takes_documents_may_end_the_reading() {
    let made = Rc::new(Cell::new(0));
    let mut taken = 0;
    let ended = endless(&made).process(
        |read| read.unwrap(),
        |_| {
            taken += 1;
            if taken < 1000 { Ok(()) } else { Err("enough") }
        },
    );
    assert_eq!((ended, taken), (Err("enough"), 1000));
    assert!(made.get() < 2000, "{}", made.get());
}

/// Gives its bytes one by one, with an interruption before each.
struct Drip<'a>(&'a [u8], bool);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        self.0.read(&mut buffer[..1])
    }
}

#[test]
fn it_does_not_matter_where_a_read_ends() {
    for text in [format!("[{GOOD} , {GOOD}]"), format!("{GOOD}\n{GOOD}")] {
        let reader = Documents::new(Drip(text.as_bytes(), false), "drip").unwrap();
        let found: Vec<_> = reader.map(Result::unwrap).collect();
        assert_eq!(found, [good(), good()]);
    }
}

/// A disk that fails after some bytes.
struct Failing<'a>(&'a [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            Err(io::Error::other("the disk is gone"))
        } else {
            self.0.read(buffer)
        }
    }
}

#[test]
fn a_read_error_ends_the_documents() {
    let text = format!("[{GOOD}, {{");
    let mut reader = Documents::new(Failing(text.as_bytes()), "x.json").unwrap();
    assert!(reader.next().unwrap().is_ok());
    let error = reader.next().unwrap().unwrap_err().to_string();
    assert_eq!(error, "x.json: cannot read: the disk is gone");
    assert!(reader.next().is_none());
}

#[test]
fn a_line_without_end_does_not_fill_the_memory() {
    for start in ["[{\"title\": \"", "{\"title\": \""] {
        let endless = start.as_bytes().chain(io::repeat(b'x'));
        let error = Documents::new(endless, "x").unwrap().next().unwrap().unwrap_err().to_string();
        assert!(error.contains("longer than 64 MiB"), "{error}");
    }
}

#[test]
fn files_of_a_folder_are_read_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let read = || -> Vec<Result<String, String>> {
        let documents = corpus::read(folder.path()).unwrap();
        documents.map(|read| read.map(|d| d.title).map_err(|e| e.to_string())).collect()
    };
    file(&folder, "b.json", format!("[{}]", titled("third")));
    file(&folder, "a.jsonl", format!("{}\n{}\n", titled("first"), titled("second")));
    file(&folder, "README", "not a document");
    assert_eq!(read(), ["first", "second", "third"].map(|title| Ok(title.to_owned())));
    assert_eq!(corpus::read(folder.path()).unwrap().limit(1).count(), 1);

    // What isn't read is counted.
    std::fs::create_dir(folder.path().join("inside")).unwrap();
    file(&folder, "inside/d.json", format!("[{}]", titled("fourth")));
    file(&folder, "e.JSON", format!("[{}]", titled("fifth")));
    let documents = corpus::read(folder.path()).unwrap();
    assert_eq!(documents.beside().count(corpus::Omission::OtherFile), 1);
    assert_eq!(read().pop(), Some(Ok("fifth".to_owned())), "in capitals, too");
    std::fs::remove_file(folder.path().join("e.JSON")).unwrap();

    // An error names the file.
    file(&folder, "c.json", format!("[{}]", titled("bad").replace("\"t\": 1", "\"t\": 7")));
    let error = read().pop().unwrap().unwrap_err();
    assert!(error.contains("c.json: document 0 \"bad\""), "{error}");
    file(&folder, "c.json", String::new());
    file(&folder, "c.marked", "# Note\n[Ada|PER|1] wrote.\n");
    std::fs::remove_file(folder.path().join("c.json")).unwrap();
    let error = read().pop().unwrap().unwrap_err();
    assert!(error.contains("c.marked: is of the format marked"), "{error}");
}
