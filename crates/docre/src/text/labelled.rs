//! A file of labelled documents as examples, in one pass over it.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{EvidenceLabel, Example, ExampleOptions, Label, Tokenizer, Warning};
use crate::corpus::relations::{check_known, in_natural_order};
use crate::corpus::{Documents, LeftOut, Omission, ReadDocument};
use crate::document::{Document, Entity, Fact, FactScope, RelationSet};
use crate::{Error, Result};

/// How a file of labelled documents becomes examples.
#[derive(Debug, Clone, Copy, Default)]
pub struct LabelledOptions<'a> {
    /// How a document becomes an example. Without relations these are those of the documents,
    /// in natural order (P6 before P17).
    pub example: ExampleOptions<'a>,
    /// Only the first so many documents become examples; those behind them are still
    /// checked, and given to the listener.
    pub limit: Option<usize>,
    /// Keeps the documents that become examples, for whoever learns from their text, too.
    pub keep_documents: bool,
}

/// The examples of a file of labelled documents.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledExamples {
    /// An example for each document, in file order, all labelled.
    pub examples: Vec<Example>,
    /// The relations that its labels' columns count.
    pub relations: RelationSet,
    /// The entity types, in the order of their numbers ([`Example::types`]).
    pub types: Vec<String>,
    /// The documents, if they are kept.
    pub documents: Vec<Document>,
    /// What a lenient reading has left out because it is wrong.
    pub left_out: LeftOut,
    /// Mentions whose names the tokens at their places don't spell.
    pub names_elsewhere: usize,
    /// What was left out of the documents, in their order.
    pub warnings: Vec<Warning>,
}

/// Reads labelled documents and makes examples of them, on all threads. Of the documents
/// some hundreds are held at a time; the examples, some 3 kB each, stay.
///
/// `each` is called with the entities and facts of each document, in file order; an error of
/// it ends the reading.
///
/// Fails with all that is wrong with the file, unless it is read leniently; else with the error of
/// the first document that can't be used, such as one without labels or with a
/// relation that isn't among the given ones, and if there is no pair of entities or no fact
/// to learn from.
pub fn read_labelled<R: Read, E: From<Error>>(
    documents: Documents<R>,
    tokenizer: &Tokenizer,
    options: &LabelledOptions<'_>,
    mut each: impl FnMut(&[Entity], &[Fact]) -> Result<(), E>,
) -> Result<LabelledExamples, E> {
    let path = documents.path().to_path_buf();
    let maker = Maker { path: &path, tokenizer, options };
    let mut collected = Collected::new(&options.example);
    let problems = documents.process_whole(
        |read| maker.make(read),
        |made: Result<Made>| -> Result<(), E> {
            let made = made?;
            each(&made.entities, &made.facts)?;
            collected.push(made);
            Ok(())
        },
    )?;
    let made = collected.finish(path, options)?;
    Ok(LabelledExamples { left_out: problems.into(), ..made })
}

/// What a thread makes of a document; its text is dropped there.
struct Made {
    /// The example, labelled if the relations are given, and what was left out of it.
    example: Option<(Example, Vec<Warning>)>,
    /// The document, if it is kept.
    kept: Option<Document>,
    entities: Vec<Entity>,
    facts: Vec<Fact>,
    names_elsewhere: usize,
}

struct Maker<'a> {
    path: &'a Path,
    tokenizer: &'a Tokenizer,
    options: &'a LabelledOptions<'a>,
}

/// What to do with documents without facts where their entities can be learned from.
const FURTHER_TEXTS: &str = "; entities without facts are learned from in finder.texts, beside a \
                             training file that has facts";

impl LabelledOptions<'_> {
    fn advice(&self) -> &'static str {
        if self.keep_documents { FURTHER_TEXTS } else { "" }
    }
}

impl Maker<'_> {
    fn make(&self, read: ReadDocument) -> Result<Made> {
        let ReadDocument { index, document, left_out, .. } = read;
        let names_elsewhere = left_out.count(Omission::NameElsewhere);
        if document.facts.is_none() {
            let (path, title) = (self.path.to_path_buf(), document.title);
            let problem = format!(
                "has no labels, so nothing can be learned from it{}",
                self.options.advice()
            );
            return Err(Error::Document { path, index, title, problem });
        }
        let LabelledOptions { example: options, limit, keep_documents } = self.options;
        let example = if limit.is_none_or(|limit| index < limit) {
            if let Some(relations) = options.relations {
                check_known(self.path, index, &document, relations)?;
            }
            let made = Example::new(&document, self.tokenizer, options);
            Some(made.map_err(|error| error.of_document_at(self.path, index))?)
        } else {
            None
        };
        let kept = (*keep_documents && example.is_some()).then(|| document.clone());
        let Document { entities, facts, .. } = document;
        Ok(Made { example, kept, entities, facts: facts.unwrap_or_default(), names_elsewhere })
    }
}

/// The examples so far.
#[derive(Default)]
struct Collected {
    examples: Vec<Example>,
    documents: Vec<Document>,
    warnings: Vec<Warning>,
    names_elsewhere: usize,
    /// Whether examples keep the sentences that their labels name.
    evidence: bool,
    /// The relations as they come, numbered from 0, where they aren't given.
    found: HashMap<String, usize>,
    /// The entity types as they come, numbered from 0.
    types: HashMap<String, u32>,
}

impl Collected {
    /// Nothing yet; the types that have numbers already keep them.
    fn new(options: &ExampleOptions) -> Self {
        let numbered = (0..).zip(options.types.into_iter().flatten());
        let types = numbered.map(|(number, kind)| (kind.clone(), number)).collect();
        Self { types, evidence: options.evidence, ..Self::default() }
    }

    fn push(&mut self, made: Made) {
        let Some((mut example, warnings)) = made.example else { return };
        if example.labels.is_none() {
            example.labels = Some(made.facts.iter().map(|fact| self.label(fact)).collect());
            if self.evidence {
                example.evidence = EvidenceLabel::of(&made.facts, |id| self.found.get(id).copied());
            }
        }
        example.types = made.entities.iter().map(|entity| self.type_number(entity)).collect();
        self.examples.push(example);
        self.documents.extend(made.kept);
        self.warnings.extend(warnings);
        self.names_elsewhere += made.names_elsewhere;
    }

    fn type_number(&mut self, entity: &Entity) -> u32 {
        let new = self.types.len() as u32;
        match self.types.get(entity.kind()) {
            Some(known) => *known,
            None => *self.types.entry(entity.kind().to_string()).or_insert(new),
        }
    }

    /// A label whose column is the relation's number so far.
    fn label(&mut self, fact: &Fact) -> Label {
        let new = self.found.len();
        let column = match self.found.get(&fact.relation) {
            Some(known) => *known,
            None => *self.found.entry(fact.relation.clone()).or_insert(new),
        };
        Label { head: fact.head, tail: fact.tail, column }
    }

    fn finish(mut self, path: PathBuf, settings: &LabelledOptions<'_>) -> Result<LabelledExamples> {
        let options = &settings.example;
        if self.examples.iter().all(|example| example.entities.len() < 2) {
            return Err(Error::file(path, "holds no document with two entities to learn from"));
        }
        let relations = match options.relations {
            Some(relations) => relations.clone(),
            None => {
                let set = in_natural_order(self.found.keys().cloned()).map_err(|_| {
                    let advice = settings.advice();
                    Error::file(path, format!("holds no labelled fact to learn from{advice}"))
                })?;
                self.number_columns(&set, options.scope);
                set
            }
        };
        let mut types: Vec<(u32, String)> =
            self.types.into_iter().map(|(kind, number)| (number, kind)).collect();
        types.sort_unstable();
        let types = types.into_iter().map(|(_, kind)| kind).collect();
        let Self { examples, documents, warnings, names_elsewhere, .. } = self;
        Ok(LabelledExamples {
            examples,
            relations,
            types,
            documents,
            left_out: LeftOut::default(),
            names_elsewhere,
            warnings,
        })
    }

    /// Gives the labels the columns of the whole set.
    fn number_columns(&mut self, relations: &RelationSet, scope: Option<&FactScope>) {
        let mut columns = vec![0; self.found.len()];
        for (id, number) in &self.found {
            columns[*number] = relations.column(id).expect("made of these");
        }
        for example in &mut self.examples {
            let labels = example.labels.iter_mut().flatten();
            labels.for_each(|label| label.column = columns[label.column]);
            example.evidence.iter_mut().for_each(|label| label.column = columns[label.column]);
            // Equal ones can't be among them: a file gives each fact once.
            example.labels.iter_mut().for_each(|labels| labels.sort_unstable());
            example.evidence.sort_unstable();
        }
        let Some(scope) = scope else { return };
        let symmetric = |column: usize| {
            relations.relation(column).is_some_and(|relation| scope.is_symmetric(&relation.id))
        };
        for example in &mut self.examples {
            example.turn_labels(symmetric);
            example.drop_labels_without_row();
        }
    }
}
