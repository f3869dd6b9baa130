//! Texts with annotations that name characters, as annotation tools have them.

use std::ops::Range;

use super::losses::Losses;
use super::raw::{RawDocument, RawLabel, RawMention};
use super::segment::{Split, segment};
use super::words::{counted, shortened};
use crate::document::{Document, Entity, Mention, SourceText};

/// A text with mentions, grouped by entity, and facts between the entities.
pub(super) struct AnnotatedText {
    pub title: String,
    pub text: String,
    pub split: Split,
    /// The mentions of each entity.
    pub entities: Vec<Vec<Span>>,
    pub labels: Option<Vec<RawLabel>>,
    pub left_out: Losses,
}

/// A mention by its characters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Span {
    /// What the file calls it, for messages.
    pub id: String,
    pub start: usize,
    pub end: usize,
    /// What the annotation says that stands there; nothing is checked without it.
    pub text: Option<String>,
    pub kind: String,
    /// What a knowledge base calls its entity.
    pub entity_id: Option<String>,
}

impl AnnotatedText {
    /// The document in tokens, if each mention is where it is said to be.
    pub(super) fn tokenize(self) -> Result<(RawDocument, Losses), String> {
        let Self { title, text, split, entities, labels, left_out } = self;
        let places = locate(&text, &entities)?;
        let mut mentions: Vec<_> = places.iter().flatten().cloned().collect();
        mentions.sort_by_key(|mention| (mention.start, mention.end));
        let sentences = segment(&text, &split, &mentions)?;
        let tokens = Tokens::new(&sentences);
        let mut raw = Vec::new();
        for (spans, places) in entities.into_iter().zip(places) {
            let mention = |(span, place): (Span, Range<usize>)| tokens.mention(span, place, &text);
            raw.push(spans.into_iter().zip(places).map(mention).collect::<Result<_, _>>()?);
        }
        let word = |token: &Range<usize>| text[token.clone()].to_owned();
        let sents = sentences.iter().map(|tokens| tokens.iter().map(word).collect()).collect();
        let text = Some(SourceText::of_bytes(text, &sentences));
        Ok((RawDocument { title, sents, entities: raw, labels, text }, left_out))
    }
}

/// The tokens of a text and where they stand.
struct Tokens {
    places: Vec<Range<usize>>,
    /// The sentence of each token, and its place there.
    sentences: Vec<(usize, usize)>,
}

impl Tokens {
    fn new(sentences: &[Vec<Range<usize>>]) -> Self {
        let places = sentences.iter().flatten().cloned().collect();
        let numbered = |(number, tokens): (usize, &Vec<Range<usize>>)| {
            (0..tokens.len()).map(move |token| (number, token))
        };
        Self { places, sentences: sentences.iter().enumerate().flat_map(numbered).collect() }
    }

    fn mention(&self, span: Span, place: Range<usize>, text: &str) -> Result<RawMention, String> {
        let first = self.places.partition_point(|token| token.start < place.start);
        let behind = self.places.partition_point(|token| token.end <= place.end);
        if first >= behind {
            return Err(format!("mention {}: holds no token", span.id));
        }
        let (sentence, start) = self.sentences[first];
        let name = Some(text[place].to_owned());
        let pos = vec![start, start + behind - first];
        let (kind, entity_id) = (Some(span.kind), span.entity_id);
        Ok(RawMention { name, pos, sentence, kind, entity_id })
    }
}

/// The bytes of each mention.
///
/// Offsets count characters (code points). Tools in JavaScript and Java count UTF-16 units:
/// these are taken where some mentions say what stands there, and they agree only so.
fn locate(text: &str, entities: &[Vec<Span>]) -> Result<Vec<Vec<Range<usize>>>, String> {
    let place_all = |offsets: &Offsets| -> Result<Vec<Vec<_>>, String> {
        let place = |span| offsets.place(span, text);
        entities.iter().map(|spans| spans.iter().map(place).collect()).collect()
    };
    let told = entities.iter().flatten().any(|span| span.text.is_some());
    place_all(&Offsets::characters(text)).or_else(|problem| match told {
        true => place_all(&Offsets::utf16(text)).map_err(|_| problem),
        false => Err(problem),
    })
}

/// How many gaps with words a mention of several parts has. Refuses it if what it is said to be
/// isn't its parts, with a blank between.
pub(super) fn gaps_of_parts(
    text: &str,
    id: &str,
    parts: &[(usize, usize)],
    said: &str,
) -> Result<usize, String> {
    let joined = |offsets: &Offsets| {
        let parts = parts.iter().map(|&(start, end)| offsets.slice(start, end, text));
        parts.collect::<Option<Vec<_>>>().map(|parts| parts.join(" "))
    };
    let gaps = |offsets: &Offsets| {
        let gap = |two: &[(usize, usize)]| offsets.slice(two[0].1, two[1].0, text);
        let is_blank = |gap: &str| gap.chars().all(char::is_whitespace);
        parts.windows(2).filter(|two| !gap(two).is_none_or(is_blank)).count()
    };
    let characters = Offsets::characters(text);
    let found = joined(&characters);
    if found.as_deref() == Some(said) {
        return Ok(gaps(&characters));
    }
    let utf16 = Offsets::utf16(text);
    if joined(&utf16).as_deref() == Some(said) {
        return Ok(gaps(&utf16));
    }
    Err(match found {
        Some(found) => format!(
            "mention {id}: is \"{}\" by its annotation, but the text has \"{}\" at its parts",
            shortened(said),
            shortened(&found)
        ),
        None => format!("mention {id}: has a part that is empty or reaches behind the text"),
    })
}

/// From offsets to bytes; `None` inside of a character.
struct Offsets(Vec<Option<usize>>);

impl Offsets {
    fn characters(text: &str) -> Self {
        Self(text.char_indices().map(|(byte, _)| byte).chain([text.len()]).map(Some).collect())
    }

    fn utf16(text: &str) -> Self {
        let units = text
            .char_indices()
            .flat_map(|(byte, c)| (0..c.len_utf16()).map(move |unit| (unit == 0).then_some(byte)));
        Self(units.chain([Some(text.len())]).collect())
    }

    fn slice<'a>(&self, start: usize, end: usize, text: &'a str) -> Option<&'a str> {
        let byte = |offset: usize| self.0.get(offset).copied().flatten();
        text.get(byte(start)?..byte(end)?).filter(|part| !part.is_empty())
    }

    fn place(&self, span: &Span, text: &str) -> Result<Range<usize>, String> {
        let Span { id, start, end, text: said, .. } = span;
        if start >= end {
            return Err(format!(
                "mention {id}: starts at character {start} and ends before {end}, so it is empty"
            ));
        }
        let byte = |offset: usize| self.0.get(offset).copied().flatten();
        let (Some(first), Some(last)) = (byte(*start), byte(*end)) else {
            let characters = counted(self.0.len() - 1, "character");
            return Err(format!(
                "mention {id}: goes from character {start} to {end}, but the text has {characters}"
            ));
        };
        let found = &text[first..last];
        match said {
            Some(said) if said != found => Err(format!(
                "mention {id}: is \"{}\" by its annotation, but the text has \"{}\" from \
                 character {start} to {end}",
                shortened(said),
                shortened(found)
            )),
            _ => Ok(first..last),
        }
    }
}

/// A document as one text.
#[derive(Default)]
pub(super) struct Rendered {
    pub text: String,
    /// The characters of each token, by sentence.
    pub tokens: Vec<Vec<Range<usize>>>,
    /// How many characters the text has.
    length: usize,
}

impl Rendered {
    /// A sentence a line, with blanks between its tokens, which stand in the text as `word`
    /// gives them.
    pub(super) fn new(document: &Document, word: impl Fn(&str) -> String) -> Self {
        let mut rendered = Self::default();
        for sentence in &document.sentences {
            rendered.begin_sentence();
            for (number, token) in sentence.iter().enumerate() {
                if number > 0 {
                    rendered.push_gap(' ');
                }
                rendered.push_token(&word(token));
            }
            rendered.push_gap('\n');
        }
        rendered
    }

    /// Further tokens are of a new sentence.
    pub(super) fn begin_sentence(&mut self) {
        self.tokens.push(Vec::new());
    }

    /// The next token of the sentence that was begun last.
    pub(super) fn push_token(&mut self, token: &str) {
        let start = self.length;
        self.length += token.chars().count();
        self.text.push_str(token);
        let sentence = self.tokens.last_mut().expect("a sentence was begun");
        sentence.push(start..self.length);
    }

    /// A character of no token.
    pub(super) fn push_gap(&mut self, gap: char) {
        self.length += 1;
        self.text.push(gap);
    }

    /// The mentions by entity. Their ids are numbers, from 1 and in order.
    pub(super) fn spans(&self, document: &Document) -> Vec<Vec<Span>> {
        let bytes = Offsets::characters(&self.text);
        let byte = |offset: usize| bytes.0[offset].expect("rendered offsets are characters");
        let mut number = 0;
        let mut span = |mention: &Mention, entity_id: &Option<String>| {
            number += 1;
            let tokens = &self.tokens[mention.sentence][mention.tokens.clone()];
            let (start, end) = (tokens[0].start, tokens[tokens.len() - 1].end);
            let text = Some(self.text[byte(start)..byte(end)].to_owned());
            let (id, kind, entity_id) =
                (number.to_string(), mention.kind.clone(), entity_id.clone());
            Span { id, start, end, text, kind, entity_id }
        };
        let mut spans = |entity: &Entity| {
            entity.mentions.iter().map(|mention| span(mention, &entity.id)).collect()
        };
        document.entities.iter().map(&mut spans).collect()
    }

    /// The document's own text, where it has one.
    pub(super) fn of_source(document: &Document) -> Option<Self> {
        let source = document.text.as_ref()?;
        let tokens = (0..document.sentences.len()).map(|s| source.tokens(s).collect()).collect();
        let text = source.as_str().to_owned();
        Some(Self { length: text.chars().count(), text, tokens })
    }
}

/// A token as it can stand between blanks: white space in it becomes `_`, and so does an empty
/// one.
pub(super) fn without_blanks(token: &str) -> String {
    if token.is_empty() {
        return "_".into();
    }
    token.chars().map(|c| if c.is_whitespace() { '_' } else { c }).collect()
}

/// Groups things of which pairs belong together: each group in order, and groups in the order
/// of their first things.
pub(super) fn clusters(count: usize, pairs: &[(usize, usize)]) -> Vec<Vec<usize>> {
    // Each thing leads to an earlier one of its group, the first to itself.
    let mut earlier: Vec<usize> = (0..count).collect();
    for &(a, b) in pairs {
        let (a, b) = (first_of(a, &mut earlier), first_of(b, &mut earlier));
        earlier[a.max(b)] = a.min(b);
    }
    let mut clusters = vec![Vec::new(); count];
    for thing in 0..count {
        clusters[first_of(thing, &mut earlier)].push(thing);
    }
    clusters.retain(|cluster| !cluster.is_empty());
    clusters
}

/// The first thing of a group; the ways there become shorter.
fn first_of(mut thing: usize, earlier: &mut [usize]) -> usize {
    while earlier[thing] != thing {
        earlier[thing] = earlier[earlier[thing]];
        thing = earlier[thing];
    }
    thing
}

/// For each mention its entity.
pub(super) fn entities_of(groups: &[Vec<usize>], mentions: usize) -> Vec<usize> {
    let mut entity_of = vec![0; mentions];
    for (entity, group) in groups.iter().enumerate() {
        group.iter().for_each(|&mention| entity_of[mention] = entity);
    }
    entity_of
}
