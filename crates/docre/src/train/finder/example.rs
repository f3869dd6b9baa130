//! A section of a document as a finder learns from it.

use std::ops::Range;

use crate::{
    coref::{FoundMention, MentionName},
    document::Document,
    mention::{BioLabels, TaggedMention, TaggerInput},
    model::name,
};

/// A section of a document with its gold mentions.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FinderExample {
    pub(super) input: TaggerInput,
    /// `[words]` The gold labels; none where mentions are spans.
    pub(super) tags: Vec<usize>,
    /// The words of each mention that can be learned, in order.
    pub(super) mentions: Vec<Range<usize>>,
    pub(super) names: Vec<MentionName>,
    /// The entity of each mention.
    pub(super) entities: Vec<usize>,
}

/// A gold mention of a sentence that lies in the section.
struct Here<'a> {
    gold: &'a FoundMention,
    entity: usize,
    /// Its words in the sentence's part that is in the section.
    words: Range<usize>,
}

impl FinderExample {
    /// A section with those of the document's mentions, in order, that lie in it and labels can
    /// hold.
    pub(super) fn of_labels(
        document: &Document,
        input: TaggerInput,
        gold: &[(FoundMention, usize)],
        labels: &BioLabels,
    ) -> Self {
        let mut example = Self::empty(input);
        for sentence in example.input.section.sentences.clone() {
            let here = example.here(&sentence, gold);
            let tagged =
                |here: &Here| TaggedMention { tokens: here.words.clone(), kind: here.gold.kind };
            let all: Vec<TaggedMention> = here.iter().map(tagged).collect();
            let (of_words, _) = labels.tags(sentence.len(), &all);
            let kept = labels.mentions(&of_words);
            for here in here.iter().filter(|here| kept.contains(&tagged(here))) {
                example.push(document, &sentence, here);
            }
            example.tags.extend(of_words);
        }
        example
    }

    /// A section with those of the document's mentions, in order, that lie in it and have at most
    /// `longest` words.
    pub(super) fn of_spans(
        document: &Document,
        input: TaggerInput,
        gold: &[(FoundMention, usize)],
        longest: usize,
    ) -> Self {
        let mut example = Self::empty(input);
        for sentence in example.input.section.sentences.clone() {
            let here = example.here(&sentence, gold);
            for here in here.iter().filter(|here| here.words.len() <= longest) {
                example.push(document, &sentence, here);
            }
        }
        example
    }

    fn empty(input: TaggerInput) -> Self {
        let (tags, mentions, names, entities) = Default::default();
        Self { input, tags, mentions, names, entities }
    }

    fn here<'a>(
        &self,
        sentence: &Range<usize>,
        gold: &'a [(FoundMention, usize)],
    ) -> Vec<Here<'a>> {
        let first = self.input.section.words[sentence.start];
        let inside = first.token..first.token + sentence.len();
        let lies_here = |found: &FoundMention| {
            found.sentence == first.sentence
                && inside.start <= found.tokens.start
                && found.tokens.end <= inside.end
        };
        gold.iter()
            .filter(|(found, _)| lies_here(found))
            .map(|(found, entity)| Here {
                gold: found,
                entity: *entity,
                words: found.tokens.start - inside.start..found.tokens.end - inside.start,
            })
            .collect()
    }

    fn push(&mut self, document: &Document, sentence: &Range<usize>, here: &Here) {
        let first = sentence.start;
        self.mentions.push(first + here.words.start..first + here.words.end);
        self.names.push(name(document, here.gold));
        self.entities.push(here.entity);
    }

    /// The number of ids.
    pub fn length(&self) -> usize {
        self.input.section.example.length()
    }
}
