//! The relations that a model knows.

use std::collections::HashMap;

/// A relation's identifier and its name for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// The identifier in data files (`P27`).
    pub id: String,
    /// The name (`country of citizenship`); the identifier where none is known.
    pub name: String,
}

/// The relations of a data set, numbered as the columns of a model's scores.
///
/// Column 0 is the none (threshold) class; relations follow from column 1.
///
/// ```
/// use docre::document::RelationSet;
///
/// let relations = RelationSet::new(["P27", "P17"]).unwrap();
/// assert_eq!(relations.classes(), 3);
/// assert_eq!(relations.column("P17"), Some(2));
/// assert_eq!(relations.relation(1).unwrap().id, "P27");
/// assert_eq!(relations.relation(RelationSet::NONE), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationSet {
    none_id: String,
    relations: Vec<Relation>,
    columns: HashMap<String, usize>,
}

/// Why a list of relations can't be a [`RelationSet`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RelationSetError {
    /// An identifier stands twice in the list.
    #[error("relation \"{0}\" is given twice")]
    Repeated(String),
    /// There is nothing to learn.
    #[error("there is no relation")]
    Empty,
}

impl RelationSet {
    /// The column of the none (threshold) class.
    pub const NONE: usize = 0;

    /// The identifier of the none class in the field's files.
    pub const NONE_ID: &'static str = "Na";

    /// A set of relations in column order, from column 1, named by their identifiers.
    pub fn new<S: Into<String>>(
        ids: impl IntoIterator<Item = S>,
    ) -> Result<Self, RelationSetError> {
        let mut set =
            Self { none_id: Self::NONE_ID.into(), relations: Vec::new(), columns: HashMap::new() };
        for id in ids {
            let id = id.into();
            if set.columns.insert(id.clone(), set.relations.len() + 1).is_some() {
                return Err(RelationSetError::Repeated(id));
            }
            set.relations.push(Relation { name: id.clone(), id });
        }
        if set.relations.is_empty() {
            return Err(RelationSetError::Empty);
        }
        Ok(set)
    }

    /// The same set with names for people, given by identifier. Unknown identifiers are ignored.
    pub fn with_names(mut self, names: &HashMap<String, String>) -> Self {
        for relation in &mut self.relations {
            if let Some(name) = names.get(&relation.id) {
                relation.name.clone_from(name);
            }
        }
        self
    }

    /// The same set with another identifier for the none class.
    pub fn with_none_id(mut self, id: impl Into<String>) -> Self {
        self.none_id = id.into();
        self
    }

    /// The identifier of the none class.
    pub fn none_id(&self) -> &str {
        &self.none_id
    }

    /// The number of score columns: one for each relation, and the none class.
    pub fn classes(&self) -> usize {
        self.relations.len() + 1
    }

    /// The relations, in column order from column 1.
    pub fn relations(&self) -> &[Relation] {
        &self.relations
    }

    /// The relation of a column; `None` for the none class and past the end.
    pub fn relation(&self, column: usize) -> Option<&Relation> {
        self.relations.get(column.checked_sub(1)?)
    }

    /// The column of an identifier.
    pub fn column(&self, id: &str) -> Option<usize> {
        self.columns.get(id).copied()
    }

    /// Whether the relations of another set have the same columns here; names may differ.
    pub fn has_columns_of(&self, other: &Self) -> bool {
        self.columns == other.columns
    }

    /// The name for people of an identifier, which stands for itself where it is unknown.
    pub fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.column(id).and_then(|column| self.relation(column)).map_or(id, |r| &r.name)
    }
}
