//! Places that can't be written to.

use super::*;

#[test]
fn output_that_cannot_be_written_leaves_nothing() {
    check(&[
        case(
            "output under a file",
            nothing,
            "predict --model run/model --data dev.json --output dev.json/r.json",
            &["dev.json/r.json: cannot create"],
        ),
        case(
            "output is a folder",
            nothing,
            "predict --model run/model --data dev.json --output run",
            &["run: is a folder"],
        ),
        case(
            "output in no folder",
            nothing,
            "predict --model run/model --data dev.json --output a/b/r.json",
            &["a/b/r.json: cannot create"],
        ),
        case(
            "page in no folder",
            nothing,
            "extract --model run/model dev.json --index 0 --html a/page.html",
            &["a/page.html: cannot create"],
        ),
        case(
            "title twice",
            |p| {
                p.write("dev.json", &json!([documents(1, 5)[0], documents(1, 5)[0]]));
                p.write_text("r.json", "old");
            },
            "predict --model run/model --data dev.json --output r.json",
            &["document 1 \"Note 5\"", "document 0 has it too"],
        ),
        case(
            "bad document",
            |p| {
                let mut all = documents(3, 0);
                all[2]["sents"] = json!([]);
                p.write("dev.json", &all);
                p.write_text("r.json", "old");
            },
            "predict --model run/model --data dev.json --output r.json",
            &["document 2 \"Note 2\"", "no sentence"],
        ),
        #[cfg(target_os = "linux")]
        case(
            "disk full",
            nothing,
            "predict --model run/model --data dev.json --output /dev/full",
            &["/dev/full: cannot write", "No space left"],
        ),
    ]);
}

/// A limit on the length of files stands in for a full disk: it needs no rights.
#[cfg(unix)]
#[test]
fn a_run_on_a_full_disk_ends_with_a_message_and_goes_on_when_there_is_room() {
    let whole = Place::with_model();
    for blocks in [1, 20, 200, 1000] {
        let place = Place::with_recipe();
        let program = format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec '{}' train recipe.toml --run run",
            support::PROGRAM
        );
        let output = std::process::Command::new("sh")
            .args(["-c", &program])
            .current_dir(place.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{blocks}: {stderr}");
        let errors: Vec<&str> = stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        assert_eq!(errors.len(), 1, "{blocks}: {stderr}");
        assert!(errors[0].contains("run/") && errors[0].contains("writ"), "{blocks}: {stderr}");
        let parts = |name: &String| name.contains(".part") || name.contains(".tmp");
        assert!(!place.files().iter().any(parts), "{blocks}: {:?}", place.files());
        let train = ["train", "recipe.toml", "--run", "run", "--resume"];
        // Where not even the recipe found room, there is no run to go on with.
        let begun = place.at("run/recipe.toml").exists();
        place.run(if begun { &train } else { &train[..4] }).succeeds();
        let kept = "run/model/model.safetensors";
        assert!(whole.bytes(kept) == place.bytes(kept), "{blocks}");
    }
}
