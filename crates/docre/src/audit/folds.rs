//! Which documents are held out together.

use crate::{
    Error, Result,
    random::{FOLDS, Random},
};

/// A division of documents into folds whose sizes differ by one at most. The same seed gives
/// the same folds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folds {
    of: Vec<usize>,
    count: usize,
}

impl Folds {
    /// Divides documents; there must be two folds or more, none of them empty.
    pub fn new(documents: usize, folds: usize, seed: u64) -> Result<Self> {
        if !(2..=documents).contains(&folds) {
            let problem = format!(
                "must be from 2 to the number of documents, {documents}, but is {folds}: every \
                 document is judged by models trained on the other folds"
            );
            return Err(Error::setting("folds", problem));
        }
        let mut order: Vec<usize> = (0..documents).collect();
        Random::new(seed, FOLDS).shuffle(&mut order);
        let mut of = vec![0; documents];
        for (place, document) in order.into_iter().enumerate() {
            of[document] = place % folds;
        }
        Ok(Self { of, count: folds })
    }

    /// The fold of a document, from 0.
    pub fn of(&self, document: usize) -> usize {
        self.of[document]
    }

    /// The number of folds.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The number of documents.
    pub fn documents(&self) -> usize {
        self.of.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Folds;

    #[test]
    fn folds_differ_by_one_at_most() {
        let folds = Folds::new(10, 3, 66).unwrap();
        let sizes: Vec<usize> =
            (0..3).map(|fold| (0..10).filter(|place| folds.of(*place) == fold).count()).collect();
        assert_eq!((folds.count(), folds.documents(), sizes), (3, 10, vec![4, 3, 3]));
        assert!(Folds::new(10, 1, 66).is_err() && Folds::new(2, 3, 66).is_err());
    }
}
