//! One engine for work that is made of pieces, each of which goes on where it was stopped: the
//! stages of a plan, seeds, the runs of a comparison, the models of an audit.

use super::pace::{Pace, Paced};
use crate::{
    Result,
    progress::{Event, Outcome, Part, PartName},
    recipe::Recipe,
    train::{Cost, Session},
};

/// A piece of work that is done once: it goes on where it was stopped, and when it is done it isn't
/// done again.
pub(crate) trait Resumable {
    /// What tells it from the other pieces, in messages and in JSON. Those with the same first
    /// name are expected to take as long as each other.
    fn names(&self) -> Vec<PartName>;

    /// Refuses what can't be done, before anything is.
    fn check(&self) -> Result<()>;

    /// Whether nothing is left to do. Refuses a folder in which something else was done.
    fn is_done(&self) -> Result<bool>;

    /// The recipes that are yet to be run for it.
    fn recipes_left(&self) -> Result<Vec<Recipe>>;

    /// Goes on to the end, or until the observer asks to stop.
    fn go_on(&self, session: &mut Session) -> Result<Outcome<()>>;

    /// Removes what killed processes have left in its folders, once it is done.
    fn sweep(&self);

    /// What it has cost once it is done; `None` unless all of it was measured.
    fn cost(&self) -> Result<Option<Cost>>;
}

/// Pieces of work, all of which were checked.
pub(crate) struct Pieces<T> {
    /// What a piece is, in plain words.
    what: &'static str,
    all: Vec<T>,
    /// The places of those that aren't done.
    left: Vec<usize>,
}

impl<T: Resumable> Pieces<T> {
    /// Checks all pieces and finds the encoders of those that aren't done: what a later one would
    /// miss shouldn't be told only then.
    pub fn check(what: &'static str, all: Vec<T>, session: &mut Session) -> Result<Self> {
        let mut left = Vec::new();
        for (place, piece) in all.iter().enumerate() {
            piece.check()?;
            match piece.is_done()? {
                true => piece.sweep(),
                false => left.push(place),
            }
        }
        let pieces = Self { what, all, left };
        for recipe in pieces.recipes_left()? {
            if recipe.start.is_none() {
                session.encoders.find(&recipe.encoder.from)?;
            }
        }
        Ok(pieces)
    }

    /// All pieces.
    pub fn all(&self) -> &[T] {
        &self.all
    }

    /// Those that aren't done.
    pub fn left(&self) -> impl Iterator<Item = &T> {
        self.left.iter().map(|place| &self.all[*place])
    }

    /// Those that were done before.
    pub fn done(&self) -> impl Iterator<Item = &T> {
        let places = 0..self.all.len();
        places.filter(|place| !self.left.contains(place)).map(|place| &self.all[place])
    }

    /// The recipes that are yet to be run.
    pub fn recipes_left(&self) -> Result<Vec<Recipe>> {
        let mut recipes = Vec::new();
        for piece in self.left() {
            recipes.extend(piece.recipes_left()?);
        }
        Ok(recipes)
    }

    /// Does what is left, piece after piece.
    pub fn run(&self, session: &mut Session) -> Result<Outcome<()>> {
        let mut pace = Pace::default();
        self.done().try_for_each(|piece| add(&mut pace, piece))?;
        for (turn, place) in self.left.iter().enumerate() {
            let piece = &self.all[*place];
            let part = Part {
                what: self.what,
                number: place + 1,
                of: self.all.len(),
                names: piece.names(),
                seconds_left: None,
            };
            session.observer.tell(Event::Begins(&part));
            let ahead = pace.ahead(self.left().skip(turn + 1).map(kind));
            let mut paced = Paced { inner: &mut *session.observer, part, ahead };
            let mut inner = Session { encoders: &mut *session.encoders, observer: &mut paced };
            if let Outcome::Stopped(stopped) = piece.go_on(&mut inner)? {
                return Ok(Outcome::Stopped(stopped).within(&piece.names()));
            }
            add(&mut pace, piece)?;
        }
        Ok(Outcome::Finished(()))
    }
}

/// Pieces of one kind take as long as each other.
fn kind(piece: &impl Resumable) -> String {
    piece.names().first().map(ToString::to_string).unwrap_or_default()
}

fn add(pace: &mut Pace, piece: &impl Resumable) -> Result<()> {
    if let Some(cost) = piece.cost()? {
        pace.add(kind(piece), &cost);
    }
    Ok(())
}
