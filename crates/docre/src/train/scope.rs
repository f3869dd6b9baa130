//! Which facts count in a run.

use std::{collections::BTreeSet, path::Path};

use crate::{
    Error, Result,
    document::{FactScope, RelationSet, TypePairs},
    recipe::{DataSettings, Pairs},
    text::{Example, LabelledExamples, Rows},
};

/// What a recipe says of which facts count; the types that are to be learned aren't in it yet.
pub(super) fn given(data: &DataSettings) -> FactScope {
    let pairs = match &data.pairs {
        Pairs::Types(types) => Some(types.clone()),
        Pairs::All | Pairs::Labelled | Pairs::Learned => None,
    };
    FactScope { pairs, symmetric: data.symmetric.clone() }
}

/// The scope of a run: `given` with the types that the training examples have facts between, if
/// the recipe asks for them. The examples are restricted to it. Refuses what the training file
/// doesn't have.
pub(super) fn settle(
    data: &DataSettings,
    given: FactScope,
    read: &mut LabelledExamples,
) -> Result<FactScope> {
    check_symmetric(&given, &read.relations)?;
    let mut scope = given;
    match &data.pairs {
        Pairs::All | Pairs::Labelled => return Ok(scope),
        Pairs::Types(types) => check_types(&data.train, types, read)?,
        Pairs::Learned => {
            let learned = learned(&read.examples);
            read.examples.iter_mut().for_each(|example| restrict(example, &learned));
            let name = |number: &u32| read.types[*number as usize].clone();
            scope.pairs =
                Some(learned.iter().map(|(head, tail)| (name(head), name(tail))).collect());
        }
    }
    if read.examples.iter().all(|example| example.labels.iter().flatten().next().is_none()) {
        let pairs = scope.pairs.unwrap_or_default();
        let problem =
            format!("holds no fact between the types of data.pairs ({pairs}) to learn from");
        return Err(Error::file(&data.train, problem));
    }
    Ok(scope)
}

/// The types of head and tail that the examples have facts between, by number.
fn learned(examples: &[Example]) -> BTreeSet<(u32, u32)> {
    let types = |example: &Example| -> Vec<(u32, u32)> {
        let labels = example.labels.iter().flatten();
        labels.map(|label| (example.types[label.head], example.types[label.tail])).collect()
    };
    examples.iter().flat_map(types).collect()
}

/// Leaves an example the pairs of these types.
fn restrict(example: &mut Example, types: &BTreeSet<(u32, u32)>) {
    let of_types =
        |head: usize, tail: usize| types.contains(&(example.types[head], example.types[tail]));
    let pairs = example.row_pairs().into_iter().map(|pair| (pair.head, pair.tail));
    example.rows = Rows::Pairs(pairs.filter(|(head, tail)| of_types(*head, *tail)).collect());
}

fn check_symmetric(scope: &FactScope, relations: &RelationSet) -> Result<()> {
    match scope.symmetric.iter().find(|relation| relations.column(relation).is_none()) {
        None => Ok(()),
        Some(unknown) => {
            let known = list(relations.relations().iter().map(|relation| relation.id.as_str()));
            let problem = format!(
                "\"{unknown}\" is not among the relations of the training file ({known}); mend the \
                 name, or leave it out"
            );
            Err(Error::setting("data.symmetric", problem))
        }
    }
}

fn check_types(train: &Path, pairs: &TypePairs, read: &LabelledExamples) -> Result<()> {
    let mut named = pairs.iter().flat_map(|(head, tail)| [head, tail]);
    match named.find(|kind| !read.types.iter().any(|known| known == kind)) {
        None => Ok(()),
        Some(unknown) => {
            let known = list(read.types.iter().map(String::as_str));
            let problem = format!(
                "no entity of {} has the type \"{unknown}\"; its types are {known}",
                train.display()
            );
            Err(Error::setting("data.pairs", problem))
        }
    }
}

/// The names that a message lists.
fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const LISTED: usize = 12;
    let mut names: Vec<String> =
        names.map(|name| if name.is_empty() { "none".into() } else { name.to_owned() }).collect();
    names.sort_unstable();
    let left = names.len().saturating_sub(LISTED);
    names.truncate(LISTED);
    match left {
        0 => names.join(", "),
        left => format!("{} and {left} more", names.join(", ")),
    }
}
