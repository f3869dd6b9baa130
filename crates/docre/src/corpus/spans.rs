//! Texts with annotations that name characters, as annotation tools have them.

use std::ops::Range;

use super::offsets::{Offsets, Unit, fits};
use super::omissions::{Omission, Omissions};
use super::raw::{RawDocument, RawLabel, RawMention};
use super::segment::{Split, segment};
use super::words::shortened;
use crate::document::{Document, Entity, Mention, SourceText};

/// A text with mentions, grouped by entity, and facts between the entities.
pub(super) struct AnnotatedText {
    pub title: String,
    pub text: String,
    pub split: Split,
    /// What offsets count.
    pub unit: Unit,
    /// Whether the text began with a byte order mark, which is gone.
    pub marked: bool,
    /// The mentions of each entity.
    pub entities: Vec<Vec<Span>>,
    pub labels: Option<Vec<RawLabel>>,
    pub left_out: Omissions,
    /// What was found wrong and left out.
    pub problems: Vec<String>,
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
    /// The document in tokens. Mentions that aren't where they are said to be are left out and
    /// named.
    pub(super) fn tokenize(self) -> Result<(RawDocument, Omissions), String> {
        let Self { title, text, split, unit, marked, entities, labels, mut left_out, mut problems } =
            self;
        let places = locate(&text, &entities, Offsets::candidates(&text, unit, marked));
        let mut mentions: Vec<_> = places.iter().flatten().flatten().cloned().collect();
        mentions.sort_by_key(|mention| (mention.start, mention.end));
        let sentences = segment(&text, &split, &mentions)?;
        left_out.add(Omission::CutToken, cut_tokens(&split, &sentences));
        let tokens = Tokens::new(&sentences);
        let mut raw = Vec::new();
        for (spans, places) in entities.into_iter().zip(places) {
            let mention = |(span, place): (Span, Result<_, String>)| {
                let made = place.and_then(|place| tokens.mention(span, place, &text));
                made.map_err(|problem| problems.push(problem)).ok()
            };
            raw.push(spans.into_iter().zip(places).filter_map(mention).collect());
        }
        let mut labels = labels;
        let evident = labels.as_deref_mut().unwrap_or_default();
        tokens.move_evidence(&split, evident, &mut left_out);
        let word = |token: &Range<usize>| text[token.clone()].to_owned();
        let sents = sentences.iter().map(|tokens| tokens.iter().map(word).collect()).collect();
        let text = Some(SourceText::of_bytes(text, &sentences));
        Ok((RawDocument { title, sents, entities: raw, labels, text, problems }, left_out))
    }
}

/// How many of the tokens that a text came with were cut, because a mention begins or ends in them.
fn cut_tokens(split: &Split, sentences: &[Vec<Range<usize>>]) -> usize {
    match split {
        Split::Given { tokens, .. } => {
            sentences.iter().map(Vec::len).sum::<usize>().saturating_sub(tokens.len())
        }
        Split::Rules | Split::Prose | Split::Blanks => 0,
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
        let name = Some(text[self.places[first].start..self.places[behind - 1].end].to_owned());
        let pos = vec![start, start + behind - first];
        let (kind, entity_id) = (Some(span.kind), span.entity_id);
        Ok(RawMention { name, pos, sentence, kind, entity_id })
    }

    /// Evidence names the sentences that the text was given with; a mention over a border joins
    /// two.
    fn move_evidence(&self, split: &Split, labels: &mut [RawLabel], left_out: &mut Omissions) {
        let Split::Given { sentences: Some(given), .. } = split else { return };
        let first = |given: &Range<usize>| {
            let token = self.places.partition_point(|token| token.end <= given.start);
            self.sentences.get(token).map(|&(sentence, _)| sentence)
        };
        let now: Vec<_> = given.iter().map(first).collect();
        let joined = now.windows(2).filter(|two| two[0] == two[1]).count();
        left_out.add(Omission::SentenceBorder, joined);
        if joined == 0 {
            return;
        }
        for label in labels {
            for sentence in &mut label.evidence {
                *sentence = now.get(*sentence).copied().flatten().unwrap_or(*sentence);
            }
            let mut last = None;
            label.evidence.retain(|&sentence| last.replace(sentence) != Some(sentence));
        }
    }
}

/// The bytes of each mention, or what is wrong with it. Of several ways to count the one is taken
/// by which most mentions have the text that they say, the first of equal ones; it takes several
/// only where some mention says one.
fn locate(
    text: &str,
    entities: &[Vec<Span>],
    mut candidates: Vec<Offsets>,
) -> Vec<Vec<Result<Range<usize>, String>>> {
    if entities.iter().flatten().all(|span| span.text.is_none()) {
        candidates.truncate(1);
    }
    let misfits = |offsets: &Offsets| {
        let spans = entities.iter().flatten();
        let placed = spans.map(|span| (span, offsets.place(span, text)));
        placed.fold((0, 0), |(wrong, near), (span, place)| match place {
            Err(_) => (wrong + 1, near),
            Ok(place) => {
                let is_near = span.text.as_ref().is_some_and(|said| *said != text[place]);
                (wrong, near + usize::from(is_near))
            }
        })
    };
    let best = candidates.iter().min_by_key(|offsets| misfits(offsets));
    let Some(best) = best else { return Vec::new() };
    let place_all = |spans: &Vec<Span>| spans.iter().map(|span| best.place(span, text)).collect();
    entities.iter().map(place_all).collect()
}

/// How many gaps with words a mention of several parts has. Refuses it if what it is said to be
/// isn't its parts, with a blank between.
pub(super) fn gaps_of_parts(
    text: &str,
    marked: bool,
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
    let candidates = Offsets::candidates(text, Unit::Characters, marked);
    for offsets in &candidates {
        if joined(offsets).is_some_and(|found| fits(said, &found)) {
            return Ok(gaps(offsets));
        }
    }
    Err(match joined(&candidates[0]) {
        Some(found) => format!(
            "mention {id}: is \"{}\" by its annotation, but the text has \"{}\" at its parts",
            shortened(said),
            shortened(&found)
        ),
        None => format!("mention {id}: has a part that is empty or reaches behind the text"),
    })
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
        let byte = |offset: usize| bytes.byte(offset).expect("rendered offsets are characters");
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
