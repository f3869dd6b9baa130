//! A run that begins with a trained model, of the same form or another.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use burn::{store::ModuleSnapshot, tensor::Device};

use super::setup::{config, finder_config, new_finder, new_model, relation};
use crate::{
    Result,
    document::RelationSet,
    initialiser::Initialiser,
    model::{Compute, EntityFinder, Extractor, FinderConfig, Model, ModelConfig},
    recipe::Recipe,
    text::Tokenizer,
};

/// The model that a run begins with: that of `recipe.start`, or a new one on a pretrained
/// encoder. `first_model` is the folder of either.
pub(super) fn model(
    recipe: &Recipe,
    first_model: &Path,
    tokenizer: Tokenizer,
    relations: RelationSet,
    kinds: &[String],
    compute: &Compute,
) -> Result<Extractor> {
    match &recipe.start {
        Some(_) => from_model(recipe, first_model, relations, kinds, compute),
        None => new_model(recipe, first_model, tokenizer, relations, kinds, compute),
    }
}

/// The model of `start` in the form that a recipe asks for. The encoder is kept, and so is each
/// weight that means the same in both: those of a relational encoder of the same form but for the
/// ones of single relations, where these are others; those of a finder of the same width but for the
/// ones of single entity types. What isn't kept begins anew.
fn from_model(
    recipe: &Recipe,
    start: &Path,
    relations: RelationSet,
    kinds: &[String],
    compute: &Compute,
) -> Result<Extractor> {
    let found = compute.load(start)?;
    let (sizes, device) = (found.config.encoder.clone(), &compute.device);
    recipe.relation.check_for(sizes.hidden_size)?;
    let mut model = Model {
        relation: relation(recipe, sizes.hidden_size, relations.classes(), device),
        finder: new_finder(recipe, kinds, sizes.hidden_size, device),
        encoder: found.model.encoder.clone(),
    };
    let form = Form { recipe, hidden: sizes.hidden_size, classes: relations.classes(), kinds };
    let lost = form.lost(&found, &relations, device);
    let kept = found.model.collect(None, None, false).into_iter();
    let kept = kept.filter(|tensor| !lost.contains(&tensor.name)).collect();
    model.apply(kept, None, None, false);
    if let (Some(EntityFinder::Tags(finder)), Some(EntityFinder::Tags(old))) =
        (&mut model.finder, &found.model.finder)
    {
        finder.scorer.keep_features_of_names(&old.scorer);
    }
    let config = config(recipe, kinds, sizes);
    let Extractor { tokenizer, precision, .. } = found;
    Ok(Extractor { model, config, tokenizer, relations, precision })
}

/// Says what of the model that a recipe starts from begins anew.
pub(super) fn made_new(
    recipe: &Recipe,
    start: &Path,
    relations: &RelationSet,
    kinds: &[String],
) -> Result<Vec<String>> {
    let found = ModelConfig::read(start)?;
    let known = crate::corpus::relations::load(start.join("relations.json"))?;
    let start = recipe.start.as_deref().unwrap_or(start).display();
    let mut notes = Vec::new();
    if found.relation != recipe.relation {
        notes
            .push(format!("of {start} the encoder is kept; the relational encoder is another one"));
    } else if !known.has_columns_of(relations) {
        notes.push(format!("{start} knows other relations: the weights of single ones begin anew"));
    }
    let types = |finder: &FinderConfig| finder.kinds.join(", ");
    match (&found.finder, finder_config(recipe, kinds)) {
        (Some(old), None) => notes.push(format!(
            "the finder of {start} (types {}) isn't kept: the recipe has no [finder], so its model \
             finds no entities",
            types(old)
        )),
        (Some(old), Some(new)) if old.width != new.width => notes.push(format!(
            "the finder of {start} has the width {}, that of the recipe {}: it begins anew",
            old.width, new.width
        )),
        (Some(old), Some(new)) if old.spans.is_some() != new.spans.is_some() => {
            notes.push(format!(
                "the finder of {start} finds mentions in another way than that of the recipe \
             (finder.mentions): it begins anew"
            ))
        }
        (Some(old), Some(new)) if old.kinds != new.kinds => notes.push(format!(
            "{start} knows other entity types ({}): the weights of single ones begin anew",
            types(old)
        )),
        _ => {}
    }
    Ok(notes)
}

/// What the model of a recipe is like.
struct Form<'a> {
    recipe: &'a Recipe,
    hidden: usize,
    classes: usize,
    kinds: &'a [String],
}

/// The shapes of weights, by name.
type Shapes = HashMap<String, Vec<usize>>;

impl Form<'_> {
    /// The names of a start model's weights that mean something else here, or nothing.
    fn lost(&self, found: &Extractor, relations: &RelationSet, device: &Device) -> HashSet<String> {
        let kinds = self.kinds.len();
        let shapes = self.shapes(self.classes, kinds, device);
        let mut of_single: HashSet<String> = HashSet::new();
        if !found.relations.has_columns_of(relations) {
            of_single.extend(differing(&shapes, &self.shapes(self.classes + 1, kinds, device)));
        }
        if found.config.finder.as_ref().is_some_and(|finder| finder.kinds != self.kinds) {
            of_single.extend(differing(&shapes, &self.shapes(self.classes, kinds + 1, device)));
        }
        let theirs = found.model.collect(None, None, false).into_iter();
        let theirs = theirs.filter(|tensor| !tensor.name.starts_with("encoder."));
        let is_lost = |name: &String, shape: &[usize]| {
            of_single.contains(name) || shapes.get(name).is_none_or(|own| own != shape)
        };
        let lost = theirs.filter(|tensor| is_lost(&tensor.name, &tensor.shape.to_vec()));
        lost.map(|tensor| tensor.name.clone()).collect()
    }

    /// The weights behind the encoder of a model of so many classes and entity types.
    fn shapes(&self, classes: usize, kinds: usize, device: &Device) -> Shapes {
        let blank = &mut Initialiser::blank();
        let numbered: Vec<String> = (0..kinds).map(|kind| kind.to_string()).collect();
        let finder = finder_config(self.recipe, &numbered);
        let stages = [
            ("relation", {
                let relation = self.recipe.relation.build(self.hidden, classes, blank, device);
                relation.collect(None, None, false)
            }),
            ("finder", {
                let finder = finder.map(|finder| finder.build(self.hidden, blank, device));
                finder.map_or(Vec::new(), |finder| finder.collect(None, None, false))
            }),
        ];
        let named = stages.into_iter().flat_map(|(stage, weights)| {
            weights.into_iter().map(move |w| (format!("{stage}.{}", w.name), w.shape.to_vec()))
        });
        named.collect()
    }
}

/// The names under which two forms have different shapes.
fn differing(one: &Shapes, other: &Shapes) -> Vec<String> {
    let differs = |(name, shape): &(&String, &Vec<usize>)| other.get(*name) != Some(*shape);
    one.iter().filter(differs).map(|(name, _)| name.clone()).collect()
}
