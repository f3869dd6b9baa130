//! What a file of documents holds, in numbers.

use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::Path;

use serde::Serialize;

use super::omissions::{Omission, Omissions};
use super::options::ReadOptions;
use super::reader::read;
use super::relations::natural_order;
use crate::Result;
use crate::document::Document;

/// The numbers of a set of documents. Rates are 0 where there is nothing to divide by.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Statistics {
    /// All documents.
    pub documents: usize,
    /// Documents with labels, be it an empty list of them.
    pub labelled_documents: usize,
    /// Labelled documents in which no relation holds.
    pub documents_without_facts: usize,
    /// Documents in which nothing is mentioned, so that no relation can hold.
    pub documents_without_entities: usize,
    /// Sentences of all documents.
    pub sentences: usize,
    /// Tokens of all documents.
    pub tokens: usize,
    /// The document with the most tokens, the first of several.
    pub longest_document: Option<Longest>,
    /// Entities of all documents.
    pub entities: usize,
    /// Mentions of all entities; one that several entities with identifiers share counts once.
    pub mentions: usize,
    /// The further entities of such mentions.
    pub shared_mentions: usize,
    /// Entities in a document.
    pub entities_per_document: Spread,
    /// Mentions of an entity.
    pub mentions_per_entity: Spread,
    /// Ordered pairs of different entities, of all documents.
    pub pairs: usize,
    /// The same of the labelled documents.
    pub labelled_pairs: usize,
    /// Pairs for which some relation holds.
    pub positive_pairs: usize,
    /// The part of the labelled pairs for which some relation holds.
    pub label_density: f64,
    /// Pairs for which several relations hold.
    pub multi_label_pairs: usize,
    /// Relations of a pair for which some relation holds.
    pub facts_per_positive_pair: Spread,
    /// Labelled facts, each once.
    pub facts: usize,
    /// Facts that a file gives again (head, tail and relation), not counted among `facts`.
    pub repeated_facts: usize,
    /// What the file has and documents don't: DWIE's concepts without a mention, say.
    pub left_out: Omissions,
    /// Facts with at least one evidence sentence.
    pub facts_with_evidence: usize,
    /// Evidence sentences of all facts.
    pub evidence_sentences: usize,
    /// Documents whose title an earlier one has: results can't tell them apart.
    pub repeated_titles: usize,
    /// What is wrong and left out, where the reading is lenient.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// Relations by number of facts, most first.
    pub relations: Vec<Frequency>,
    /// Entity types by number of entities, most first. The type is that of the
    /// first mention; entities without one count under the empty name.
    pub entity_types: Vec<Frequency>,
}

/// The document with the most tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Longest {
    /// Its place among the documents, from 0.
    pub index: usize,
    /// Its title.
    pub title: String,
    /// How many tokens it has.
    pub tokens: usize,
}

/// How large something is on average and at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// The largest.
    pub max: usize,
}

/// How often something occurs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Frequency {
    /// The relation's identifier, or the entity type.
    pub id: String,
    /// How often it occurs.
    pub count: usize,
    /// The part of all occurrences, in [0, 1].
    pub share: f64,
}

impl Statistics {
    /// Counts documents, holding one at a time.
    pub fn of<D: Borrow<Document>>(documents: impl IntoIterator<Item = D>) -> Self {
        let mut tally = Tally::default();
        for document in documents {
            tally.add(document.borrow());
        }
        tally.finish()
    }

    /// Counts the documents of a file, read on all threads; refuses it with all that is wrong.
    /// Only here are `repeated_facts` and `left_out` known: the reader leaves them out.
    pub fn of_file(path: impl AsRef<Path>) -> Result<Self> {
        Self::of_file_with(path, &ReadOptions::default())
    }

    /// The same, read in this way.
    pub fn of_file_with(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        let documents = read(path)?.with_options(options.clone());
        let (mut tally, mut repeated_facts, mut left_out) =
            (Tally::default(), 0, documents.beside().clone());
        let problems = documents.process_whole(
            |read| read,
            |read| {
                tally.add(&read.document);
                repeated_facts += read.repeated_facts;
                left_out.merge(&read.left_out);
                Ok(())
            },
        )?;
        left_out.add(Omission::BadDocument, problems.documents());
        let problems = problems.first().to_vec();
        Ok(Self { repeated_facts, left_out, problems, ..tally.finish() })
    }
}

/// The counts on the way.
#[derive(Default)]
struct Tally {
    counts: Statistics,
    relations: HashMap<String, usize>,
    entity_types: HashMap<String, usize>,
    titles: HashSet<String>,
}

impl Tally {
    fn add(&mut self, document: &Document) {
        self.counts.repeated_titles += usize::from(!self.titles.insert(document.title.clone()));
        self.add_text(document);
        self.add_entities(document);
        if document.facts.is_some() {
            self.add_facts(document);
        }
        self.counts.documents += 1;
    }

    fn add_text(&mut self, document: &Document) {
        let counts = &mut self.counts;
        let tokens = document.sentences.iter().map(Vec::len).sum();
        counts.sentences += document.sentences.len();
        counts.tokens += tokens;
        if counts.longest_document.as_ref().is_none_or(|longest| longest.tokens < tokens) {
            let (index, title) = (counts.documents, document.title.clone());
            counts.longest_document = Some(Longest { index, title, tokens });
        }
    }

    fn add_entities(&mut self, document: &Document) {
        let counts = &mut self.counts;
        counts.pairs += document.pair_count();
        counts.entities += document.entities.len();
        counts.documents_without_entities += usize::from(document.entities.is_empty());
        counts.entities_per_document.reach(document.entities.len());
        for entity in &document.entities {
            counts.mentions_per_entity.reach(entity.mentions.len());
            increase(&mut self.entity_types, entity.kind());
        }
        let all: usize = document.entities.iter().map(|entity| entity.mentions.len()).sum();
        let shared = shared_mentions(document);
        counts.mentions += all - shared;
        counts.shared_mentions += shared;
    }

    fn add_facts(&mut self, document: &Document) {
        let counts = &mut self.counts;
        let facts = document.labelled_facts();
        counts.labelled_documents += 1;
        counts.labelled_pairs += document.pair_count();
        counts.documents_without_facts += usize::from(facts.is_empty());
        let mut of_pairs: HashMap<(usize, usize), HashSet<&str>> = HashMap::new();
        for fact in facts {
            if !of_pairs.entry((fact.head, fact.tail)).or_default().insert(&fact.relation) {
                counts.repeated_facts += 1;
                continue;
            }
            counts.facts += 1;
            counts.facts_with_evidence += usize::from(!fact.evidence.is_empty());
            counts.evidence_sentences += fact.evidence.len();
            increase(&mut self.relations, &fact.relation);
        }
        for relations in of_pairs.values() {
            counts.positive_pairs += 1;
            counts.multi_label_pairs += usize::from(relations.len() > 1);
            counts.facts_per_positive_pair.reach(relations.len());
        }
    }

    fn finish(self) -> Statistics {
        let mut counts = self.counts;
        counts.entities_per_document.mean = ratio(counts.entities, counts.documents);
        counts.mentions_per_entity.mean =
            ratio(counts.mentions + counts.shared_mentions, counts.entities);
        counts.facts_per_positive_pair.mean = ratio(counts.facts, counts.positive_pairs);
        counts.label_density = ratio(counts.positive_pairs, counts.labelled_pairs);
        counts.relations = most_first(self.relations);
        counts.entity_types = most_first(self.entity_types);
        counts
    }
}

/// How many mentions an entity with an identifier shares with an earlier one, of which the text
/// has one place.
fn shared_mentions(document: &Document) -> usize {
    let mut entities: HashMap<(usize, &Range<usize>), (usize, usize)> = HashMap::new();
    let identified = document.entities.iter().enumerate().filter(|(_, e)| e.id.is_some());
    for (number, entity) in identified {
        for mention in &entity.mentions {
            let place = (mention.sentence, &mention.tokens);
            let (last, count) = entities.entry(place).or_insert((number, 1));
            if *last != number {
                (*last, *count) = (number, *count + 1);
            }
        }
    }
    entities.values().map(|(_, count)| count - 1).sum()
}

impl Spread {
    pub(super) fn reach(&mut self, size: usize) {
        self.max = self.max.max(size);
    }
}

pub(super) fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn increase(counts: &mut HashMap<String, usize>, id: &str) {
    match counts.get_mut(id) {
        Some(count) => *count += 1,
        None => {
            counts.insert(id.to_owned(), 1);
        }
    }
}

pub(super) fn most_first(counts: HashMap<String, usize>) -> Vec<Frequency> {
    let all = counts.values().sum();
    let mut list: Vec<_> = counts
        .into_iter()
        .map(|(id, count)| Frequency { id, count, share: ratio(count, all) })
        .collect();
    list.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| natural_order(&a.id, &b.id)));
    list
}
