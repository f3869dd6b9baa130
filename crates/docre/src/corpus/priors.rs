//! How often each relation holds, over all pairs and by entity types.

use std::collections::HashMap;

/// How often each relation holds in a training file (ARPDL, section 3.4).
///
/// The none class isn't counted: column 0 is 0 here, and who makes a distribution of the
/// counts sets it to 1.
///
/// ```
/// use docre::corpus::RelationPriors;
///
/// let mut priors = RelationPriors::new(3);
/// priors.add(0, 1, 2); // relation 2 holds from an entity of type 0 to one of type 1
/// assert_eq!(priors.of_pairs(), [0.0, 0.0, 1.0]);
/// assert_eq!(priors.of_type_pairs()[priors.row(0, 1)], [0.0, 0.0, 1.0]);
/// assert_eq!(priors.of_type_pairs()[priors.row(1, 0)], [0.0, 0.0, 0.0]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RelationPriors {
    pairs: Vec<f64>,
    /// How many pairs there are, with and without a relation.
    pair_count: usize,
    /// The first row is that of all types between which nothing was seen.
    type_pairs: Vec<Vec<f64>>,
    rows: HashMap<(u32, u32), usize>,
}

impl RelationPriors {
    /// Nothing counted yet, for so many classes, the none class among them.
    pub fn new(classes: usize) -> Self {
        let none = vec![0.0; classes];
        Self { pairs: none.clone(), pair_count: 0, type_pairs: vec![none], rows: HashMap::new() }
    }

    /// Counts a fact: the numbers of its entities' types, and its relation's column.
    pub fn add(&mut self, head_type: u32, tail_type: u32, column: usize) {
        self.pairs[column] += 1.0;
        let new = self.type_pairs.len();
        let row = *self.rows.entry((head_type, tail_type)).or_insert(new);
        if row == new {
            self.type_pairs.push(vec![0.0; self.pairs.len()]);
        }
        self.type_pairs[row][column] += 1.0;
    }

    /// Counts pairs, whether a relation holds between them or not.
    pub fn add_pairs(&mut self, count: usize) {
        self.pair_count += count;
    }

    /// How many pairs were counted.
    pub fn pair_count(&self) -> usize {
        self.pair_count
    }

    /// The counts over all pairs, `[classes]`.
    pub fn of_pairs(&self) -> &[f64] {
        &self.pairs
    }

    /// The counts by pair of entity types, `[rows, classes]`.
    pub fn of_type_pairs(&self) -> &[Vec<f64>] {
        &self.type_pairs
    }

    /// The row of two entity types; the first for types between which nothing was seen.
    pub fn row(&self, head_type: u32, tail_type: u32) -> usize {
        self.rows.get(&(head_type, tail_type)).copied().unwrap_or(0)
    }
}
