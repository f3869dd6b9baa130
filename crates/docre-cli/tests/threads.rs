//! The same training on any number of threads.

mod support;

use assert_cmd::Command;
use support::{PROGRAM, Place};

/// The weights after a few steps on so many threads.
fn weights(place: &Place, recipe: &str, threads: usize) -> Vec<u8> {
    let run = format!("run-{threads}");
    let output = Command::new(PROGRAM)
        .args(["train", recipe, "--run", &run])
        .current_dir(place.path())
        .env("RAYON_NUM_THREADS", threads.to_string())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let weights = place.bytes(&format!("{run}/model/model.safetensors"));
    std::fs::remove_dir_all(place.at(&run)).unwrap();
    weights
}

/// Trains one epoch with a relational encoder at its default sizes.
fn check(relation: &str, counts: &[usize]) {
    let place = Place::with_recipe();
    let kind = "kind = \"atlop\"\nwidth = 32\nblock = 8\n";
    place.replace("recipe.toml", kind, relation);
    place.replace("recipe.toml", "epochs = 6", "epochs = 1");
    for precision in ["f32", "bf16"] {
        let recipe = format!("precision = \"{precision}\"\n{}", place.read("recipe.toml"));
        place.write_text("one.toml", &recipe);
        let want = weights(&place, "one.toml", 1);
        for threads in counts {
            let same = weights(&place, "one.toml", *threads) == want;
            assert!(same, "{relation}: {precision} on {threads} threads");
        }
    }
}

#[test]
fn docunet_trains_to_the_same_bits_on_any_number_of_threads() {
    check("kind = \"docunet\"\n", &[2, 3, 8]);
}

#[test]
fn atlop_trains_to_the_same_bits_on_any_number_of_threads() {
    check("kind = \"atlop\"\n", &[2, 8]);
}

#[test]
fn axial_attention_trains_to_the_same_bits_on_any_number_of_threads() {
    for form in ["paper", "sequential", "public"] {
        check(
            &format!("kind = \"axial\"\nwidth = 64\npair_width = 64\nform = \"{form}\"\n"),
            &[2, 3],
        );
    }
}
