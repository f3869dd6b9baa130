//! Pages of hostile texts: what is a text stays one.

use docre::{
    document::{Document, Entity, Fact, Mention, RelationSet},
    output::DocumentFacts,
    report::{PageAbout, ReviewItem, ReviewPage, document_page},
};

use crate::{Settings, mutate::TEXTS, random::Random};

/// What may not stand in a page as it is: it would be a script, an image, or an end of a script's
/// data.
const HOSTILE: [&str; 4] = ["<script>alert(1)", "<img src=x", "<!--<script>", "49{%"];

/// What of a page is no text any more.
pub fn hostile(html: &str) -> Option<String> {
    let found = HOSTILE.iter().find(|part| html.contains(*part))?;
    Some(format!("the page has {found} in it"))
}

/// Makes pages of many documents, and looks that they have the tags that those of harmless texts
/// have.
pub fn check(settings: &Settings) {
    for number in 0..settings.inputs / 5 {
        let mut random = Random::of(settings.seed, "page", number);
        let shape = random.below(1000) as u64;
        let mut hostile_text = |_: &str| {
            let texts = [0; 2].map(|_| *random.choose(&TEXTS));
            format!("x{}{}", texts[0], texts[1])
        };
        let spoilt = pages(shape, &mut hostile_text);
        let harmless = pages(shape, &mut |word| word.to_owned());
        for (page, expected) in spoilt.iter().zip(&harmless) {
            let told = format!("seed {}, target page, input {number}", settings.seed);
            assert_eq!(hostile(page), None, "{told}\n{page}");
            assert_eq!(tags(page), tags(expected), "{told}\n{page}");
        }
    }
}

/// A page to read and one to decide on, of a document of this shape.
fn pages(shape: u64, text: &mut dyn FnMut(&str) -> String) -> [String; 2] {
    let entities = 2 + (shape % 3) as usize;
    let sentence: Vec<String> = (0..8).map(|token| text(&format!("word{token}"))).collect();
    let mention = |place: usize, text: &mut dyn FnMut(&str) -> String| Mention {
        name: text("name"),
        sentence: 0,
        tokens: place..place + 1,
        kind: text("KIND"),
    };
    let entities = (0..entities).map(|place| Entity::new([mention(place, text)])).collect();
    let relations =
        RelationSet::new(["first", "second"].map(&mut *text).into_iter().enumerate().map(
            // The names must differ.
            |(place, name)| format!("{name}{place}"),
        ))
        .unwrap();
    let relation = relations.relation(1).unwrap().id.clone();
    let fact = Fact { head: 0, relation, tail: 1, evidence: vec![0], score: Some(0.5) };
    let document = Document {
        title: text("title"),
        sentences: vec![sentence],
        entities,
        facts: Some(vec![fact.clone()]),
        ..Document::default()
    };
    let about = PageAbout { model: text("model"), data: text("data") };
    let read = document_page(&document, std::slice::from_ref(&fact), &relations, &about).unwrap();
    let named = DocumentFacts::new(&document, &[fact], &relations);
    let item = ReviewItem {
        kind: "missing",
        document: 0,
        fact: &named.facts[0],
        guessed_evidence: false,
        predicted_by: 1,
    };
    let documents = [document];
    let review = ReviewPage {
        title: text("title"),
        about: vec![("Documents", text("about"))],
        measured: None,
        documents: &documents,
        models: 1,
        items: vec![item],
    };
    [read, review.to_html().unwrap()]
}

/// The names of a page's tags in order, read as a browser reads them: a script ends at its end
/// tag, wherever that stands.
fn tags(html: &str) -> Vec<String> {
    let (mut tags, mut rest) = (Vec::new(), html);
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '!' | '-');
        let name: String = rest.chars().take_while(|c| is_name(*c)).collect();
        if !name.chars().any(|c| c.is_ascii_alphabetic()) {
            continue;
        }
        if let raw @ ("script" | "style") = &*name {
            let end = rest.find(&format!("</{raw}")).unwrap_or(rest.len());
            rest = &rest[end..];
        }
        tags.push(name);
    }
    tags
}
