//! The commands that are killed.

use std::process::{Command, Stdio};

use crate::support::{Place, documents, recipe};

/// A command, and what lies in the folder that it runs in.
pub struct Job {
    /// What it is called in messages.
    pub name: &'static str,
    arguments: &'static [&'static str],
    prepare: fn(&Place),
    /// With the model of the other tests.
    with_model: bool,
    /// The run that `--resume` goes on with, where the command needs it.
    run: Option<&'static str>,
}

const SHORT: &str = "schedule.epochs=2";

/// All of them.
pub const JOBS: &[Job] = &[
    Job {
        name: "train",
        arguments: &["train", "recipe.toml", "--run", "run", "--set", SHORT],
        prepare: training,
        with_model: false,
        run: Some("run"),
    },
    Job {
        name: "stages",
        arguments: &["train", "chain.toml", "--run", "run"],
        prepare: stages,
        with_model: false,
        run: Some("run"),
    },
    Job {
        name: "compare",
        arguments: &[
            "compare",
            "losses.toml",
            "--run",
            "all",
            "--markdown",
            "table.md",
            "--csv",
            "table.csv",
            "--html",
            "table.html",
        ],
        prepare: comparison,
        with_model: false,
        run: None,
    },
    Job {
        name: "shrink",
        arguments: &["shrink", "run/model", "small"],
        prepare: |_| {},
        with_model: true,
        run: None,
    },
    Job {
        name: "audit",
        arguments: &[
            "audit",
            "recipe.toml",
            "--data",
            "train.json",
            "--folds",
            "2",
            "--run",
            "audit",
            "--set",
            SHORT,
            "--suggestions",
            "audit.json",
            "--html",
            "audit.html",
            "--remove",
            "1",
            "--output",
            "corrected.json",
        ],
        prepare: training,
        with_model: false,
        run: None,
    },
    Job {
        name: "predict",
        arguments: &[
            "predict",
            "--model",
            "run/model",
            "--data",
            "many.json",
            "--output",
            "out.json",
        ],
        prepare: many,
        with_model: true,
        run: None,
    },
    Job {
        name: "extract to a folder",
        arguments: &["extract", "many.json", "--model", "run/model", "--output", "facts/"],
        prepare: many,
        with_model: true,
        run: None,
    },
    Job {
        name: "convert to a folder",
        arguments: &["convert", "many.json", "notes", "--to", "brat"],
        prepare: many,
        with_model: false,
        run: None,
    },
    Job {
        name: "convert to a file",
        arguments: &["convert", "many.json", "out.json", "--to", "spacy"],
        prepare: many,
        with_model: false,
        run: None,
    },
];

impl Job {
    /// A folder in which it may run.
    pub fn place(&self) -> Place {
        let place = if self.with_model { Place::with_model() } else { Place::new() };
        (self.prepare)(&place);
        place
    }

    /// The command.
    pub fn command(&self, place: &Place) -> Command {
        let mut command = place.command(self.arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    /// The command that goes on after a kill: the same one, with `--resume` where the run has
    /// begun and the command would not touch it without.
    pub fn again(&self, place: &Place) -> Command {
        let mut command = self.command(place);
        if self.run.is_some_and(|run| place.at(run).join("recipe.toml").exists()) {
            command.arg("--resume");
        }
        command
    }
}

fn training(place: &Place) {
    place.write("train.json", &documents(6, 0));
    place.write("dev.json", &documents(3, 100));
    place.write_text("recipe.toml", &recipe());
}

fn many(place: &Place) {
    place.write("many.json", &documents(60, 0));
}

fn comparison(place: &Place) {
    training(place);
    let losses = "name = \"losses\"\nbase = \"recipe.toml\"\nseeds = [66, 67]\n\
        set.schedule.epochs = 1\n[[rows]]\nname = \"ATL\"\n[[rows]]\nname = \"CMM\"\n\
        set.loss = { kind = \"cmm\" }\n";
    place.write_text("losses.toml", losses);
}

fn stages(place: &Place) {
    training(place);
    place.write("distant.json", &documents(5, 300));
    place.write_text("rel2id.json", r#"{"Na": 0, "P1": 1, "P2": 2}"#);
    let stages = "[[stages]]\nname = \"teacher\"\nschedule = { epochs = 2 }\n\
        [[stages]]\nname = \"student\"\nteacher = \"teacher\"\ndata = { train = \"distant.json\" }\n\
        loss = { kind = \"afl\", distillation = { measure = \"mse\" } }\nschedule = { epochs = 1 }\n\
        [[stages]]\nname = \"tuned\"\nstart = \"student\"\nschedule = { epochs = 1 }\n";
    let recipe = recipe().replace("[data]", "[data]\nrelations = \"rel2id.json\"");
    place.write_text("chain.toml", &(recipe + stages));
}
