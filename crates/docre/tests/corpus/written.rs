//! What is written.

use super::*;

proptest! {
    // Each case waits for the disk several times.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read_back(documents in prop::collection::vec(document(), 0..4)) {
        let folder = tempfile::tempdir().unwrap();
        for name in ["x.json", "x.jsonl"] {
            let path = folder.path().join(name);
            corpus::write(&path, &documents).unwrap();
            prop_assert_eq!(&corpus::read_all(&path).unwrap(), &documents);
            let results = folder.path().join(format!("results-{name}"));
            let written: Vec<_> = documents.iter().flat_map(Prediction::of).collect();
            predictions::write(&results, &written).unwrap();
            prop_assert_eq!(&predictions::read(&results).unwrap(), &written);
        }
    }

}

#[test]
fn a_list_is_written_in_the_official_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.json");
    corpus::write(&path, [good()]).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let written: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(written[0], serde_json::from_str::<serde_json::Value>(GOOD).unwrap());
    corpus::write(&path, Vec::<Document>::new()).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "[]\n");
}

#[test]
fn nothing_is_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "x.json", "old");
    let fail = |file: &mut dyn Write| {
        file.write_all(b"new")?;
        Err(io::Error::other("the disk is full"))
    };
    let error = write_atomically(&path, fail).unwrap_err().to_string();
    assert_eq!(error, format!("{}: cannot write: the disk is full", path.display()));
    let mut unfinished = corpus::DocumentWriter::create(&path).unwrap();
    unfinished.push(&good()).unwrap();
    drop(unfinished);
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(names_in(&folder), ["x.json"]);
    write_atomically(&path, |file| file.write_all(b"new")).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    assert_eq!(names_in(&folder), ["x.json"]);
}

#[test]
fn a_file_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no/x.json");
    let error = AtomicFile::create(&path).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}: cannot create: ", path.display())), "{error}");
    let error = AtomicFile::create(folder.path()).unwrap_err().to_string();
    assert!(error.contains("is a folder"), "{error}");
}

#[cfg(unix)]
#[test]
fn links_stay_links_devices_stay_devices_and_files_are_ordinary() {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};

    let folder = tempfile::tempdir().unwrap();
    let target = file(&folder, "target.json", "old");
    let link = folder.path().join("link.json");
    symlink(&target, &link).unwrap();
    write_atomically(&link, |file| file.write_all(b"new")).unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "new");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());

    let plain = file(&folder, "plain", "");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&target), mode(&plain));

    write_atomically("/dev/null", |file| file.write_all(b"x")).unwrap();
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}
