//! Training as a library. What a run leaves behind is tested through the program.
#![cfg(feature = "model")]

mod support;

use docre::{
    encoder::source::Places,
    progress::{Event, Observer, Outcome},
    recipe::Recipe,
    train::{Encoders, Session, Start, train},
};
use support::{golden, project};

/// Wants to stop at once.
struct Hasty;

impl Observer for Hasty {
    fn tell(&mut self, _event: Event) {}

    fn should_stop(&self) -> bool {
        true
    }
}

#[test]
fn a_run_may_be_stopped_while_it_reads() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let train_file = project("corpus/world/train");
    let text = format!(
        "name = \"hasty\"\n[data]\ntrain = {:?}\n[encoder]\nfrom = {:?}\n",
        train_file.display().to_string(),
        golden("encoders/bert").display().to_string()
    );
    let recipe = Recipe::parse(&text, &[]).unwrap();
    let mut encoders = Encoders::new(Places::new("nowhere"), ());
    let mut session = Session { encoders: &mut encoders, observer: &mut Hasty };
    let outcome = train(&recipe, &run, Start::New, &mut session).unwrap();
    assert_eq!(outcome, Outcome::stopped_at(0));
    assert!(!run.exists(), "nothing is written before all is read");
}

#[test]
fn no_recipe_is_made_of_settings_that_no_run_can_have() {
    let recipe = Recipe::parse("name = 'a'\ndata = { train = 't' }\nencoder = { from = 'e' }", &[]);
    let recipe = recipe.unwrap();
    let none = recipe.changed(|settings| settings.schedule.epochs = 0).unwrap_err();
    assert!(none.to_string().contains("schedule.epochs"), "{none}");
    let text = serde_json::to_string(&recipe).unwrap();
    assert_eq!(serde_json::from_str::<Recipe>(&text).unwrap(), recipe);
    let wrong = text.replace("\"epochs\":8", "\"epochs\":0");
    let wrong = serde_json::from_str::<Recipe>(&wrong).unwrap_err();
    assert!(wrong.to_string().contains("schedule.epochs"), "{wrong}");
}
