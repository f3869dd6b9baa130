//! What each format holds, as a property of any documents.

use super::*;

/// Writes documents in a format and reads them again, without their texts and sorted by title:
/// folders are read in the order of file names.
fn round_trip(documents: &[Document], format: Format) -> (Vec<Document>, Conversion) {
    let place = Place::new();
    corpus::write(place.at("in.jsonl"), documents).unwrap();
    let done = convert(place.at("in.jsonl"), place.at("out"), &to(format)).unwrap();
    assert_eq!(Format::guess(place.at("out")).unwrap(), format);
    if format == named("spacy") {
        check_by_spacy(&place.at("out"));
    }
    let back = read(&place.at("out")).into_iter();
    (sorted(back.map(|document| Document { text: None, ..document }).collect()), done)
}

/// The document with names as its tokens spell them, with this between tokens.
fn named_by_tokens(mut document: Document, between: &str) -> Document {
    for mention in document.entities.iter_mut().flat_map(|entity| &mut entity.mentions) {
        let tokens = &document.sentences[mention.sentence][mention.tokens.clone()];
        mention.name = tokens.join(between);
    }
    document
}

fn without_evidence(mut document: Document) -> Document {
    for fact in document.facts.iter_mut().flatten() {
        (fact.evidence, fact.score) = (Vec::new(), None);
    }
    document
}

/// The document with tokens that can stand between blanks.
fn without_blanks(mut document: Document) -> Document {
    for token in document.sentences.iter_mut().flatten() {
        *token = token.replace(char::is_whitespace, "_");
    }
    document
}

/// What is left of a document in spaCy's form: no token of white space is behind another one,
/// and names have no further blank behind one.
fn in_spacy(mut document: Document) -> Document {
    let mut after_blanks = false;
    for token in document.sentences.iter_mut().flatten() {
        let blanks = token.chars().all(is_blank);
        if blanks && after_blanks {
            *token = "_".into();
        }
        after_blanks = blanks && !after_blanks;
    }
    let end = |token: &str| if token.chars().all(is_blank) { "" } else { " " };
    for mention in document.entities.iter_mut().flat_map(|entity| &mut entity.mentions) {
        let tokens = &document.sentences[mention.sentence][mention.tokens.clone()];
        let (last, others) = tokens.split_last().unwrap();
        mention.name = others.iter().map(|token| format!("{token}{}", end(token))).collect();
        mention.name.push_str(last);
    }
    document
}

/// What is left of a document in brat's form, but for its title.
fn in_brat(document: Document) -> Document {
    let mut document = named_by_tokens(without_evidence(without_blanks(document)), " ");
    for mention in document.entities.iter_mut().flat_map(|entity| &mut entity.mentions) {
        if mention.kind.is_empty() {
            mention.kind = "Entity".into();
        }
    }
    document.facts.get_or_insert_default();
    document
}

/// What is left of a document in HacRED's form: a name that isn't its tokens is replaced.
fn in_hacred(document: Document) -> Document {
    let plain = |name: &str| name.replace(char::is_whitespace, "").to_lowercase();
    let mut held = named_by_tokens(without_evidence(document.clone()), "");
    let mentions = held.entities.iter_mut().flat_map(|entity| &mut entity.mentions);
    let before = document.entities.iter().flat_map(|entity| &entity.mentions);
    for (mention, before) in mentions.zip(before) {
        if plain(&mention.name) == plain(&before.name) {
            mention.name.clone_from(&before.name);
        }
    }
    held
}

/// The text and the characters of each mention.
fn places(document: &Document) -> (&str, Vec<Vec<std::ops::Range<usize>>>) {
    let spans = |entity: &docre::document::Entity| {
        entity.mentions.iter().map(|mention| document.span(mention).unwrap()).collect()
    };
    (document.text.as_ref().unwrap().as_str(), document.entities.iter().map(spans).collect())
}

proptest! {
    // Each case waits for the disk several times.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn spacy_holds_what_it_takes_for_tokens(documents in prop::collection::vec(document(), 1..4)) {
        let documents = distinct(documents);
        let held: Vec<_> = documents.iter().cloned().map(in_spacy).collect();
        let (back, done) = round_trip(&documents, named("spacy"));
        prop_assert_eq!(&back, &held);
        prop_assert_eq!(done.lost, expected_losses(&documents, &held));
        prop_assert!(round_trip(&held, named("spacy")).1.lost.is_empty());
    }

    #[test]
    fn hacred_holds_all_but_other_names_and_evidence(documents in prop::collection::vec(document(), 1..4)) {
        let documents = distinct(documents);
        let held: Vec<_> = documents.iter().cloned().map(in_hacred).collect();
        let (back, done) = round_trip(&documents, named("hacred"));
        prop_assert_eq!(&back, &held);
        prop_assert_eq!(done.lost, expected_losses(&documents, &held));
        prop_assert!(round_trip(&held, named("hacred")).1.lost.is_empty());
    }

    #[test]
    fn label_studio_holds_what_stands_between_blanks(
        documents in prop::collection::vec(document(), 1..4)
    ) {
        let documents = distinct(documents);
        let held = |d| named_by_tokens(without_evidence(without_blanks(d)), " ");
        let held: Vec<_> = documents.iter().cloned().map(held).collect();
        let (back, done) = round_trip(&documents, named("label-studio"));
        prop_assert_eq!(&back, &held);
        prop_assert_eq!(done.lost, expected_losses(&documents, &held));
        prop_assert!(round_trip(&held, named("label-studio")).1.lost.is_empty());
    }

    #[test]
    fn brat_holds_what_stands_between_blanks(documents in prop::collection::vec(document(), 1..4)) {
        let documents = distinct(documents);
        let (back, done) = round_trip(&documents, named("brat"));
        prop_assert_eq!(back.len(), documents.len());
        // Titles become names of files, which may put them in another order.
        let held: Vec<_> = documents.iter().cloned().map(in_brat).collect();
        for held in &held {
            let same = |d: &&Document| Document { title: held.title.clone(), ..(*d).clone() } == *held;
            prop_assert!(back.iter().any(|d| same(&d)), "{held:?} is not in {back:?}");
        }
        let mut lost = expected_losses(&documents, &held);
        lost.add(Omission::Title, done.lost.count(Omission::Title));
        prop_assert_eq!(done.lost, lost);
        let (again, done) = round_trip(&back, named("brat"));
        prop_assert_eq!(again, back);
        prop_assert!(done.lost.is_empty());
    }

    #[test]
    fn a_text_and_the_places_in_it_are_kept(documents in prop::collection::vec(document(), 1..4)) {
        let place = Place::new();
        let documents: Vec<_> = distinct(documents).into_iter().map(without_blanks).collect();
        corpus::write(place.at("in.jsonl"), &documents).unwrap();
        convert(place.at("in.jsonl"), place.at("with-text.json"), &to(named("label-studio"))).unwrap();
        let documents = read(&place.at("with-text.json"));
        for format in ["docred", "brat", "label-studio", "spacy", "dwie", "bioc", "marked"] {
            // XML can't hold some characters.
            let output = place.at(if format == "bioc" { "bioc.json" } else { format });
            let done = convert(place.at("with-text.json"), &output, &to(named(format))).unwrap();
            prop_assert_eq!(done.lost.count(Omission::Text), 0, "{}", format);
            let mut back = read(&output);
            back.sort_by_key(|document| documents.iter().position(|d| d.title == document.title));
            for (before, after) in documents.iter().zip(&back).filter(|(b, a)| b.title == a.title) {
                prop_assert_eq!(places(before), places(after), "{}", format);
            }
        }
    }

    #[test]
    fn marked_text_holds_what_stands_between_blanks(
        documents in prop::collection::vec(document(), 1..4)
    ) {
        let documents = distinct(documents);
        let held = |d| named_by_tokens(without_blanks(d), " ");
        let held: Vec<_> = documents.iter().cloned().map(held).collect();
        let (back, done) = round_trip(&documents, named("marked"));
        prop_assert_eq!(&back, &held);
        prop_assert_eq!(done.lost, expected_losses(&documents, &held));
        prop_assert!(round_trip(&held, named("marked")).1.lost.is_empty());
    }

    #[test]
    fn dwie_holds_entities_and_facts(documents in prop::collection::vec(document(), 1..4)) {
        let documents = distinct(documents.into_iter().map(without_blanks).collect());
        let (back, _) = round_trip(&documents, Format::DWIE);
        prop_assert_eq!(back.len(), documents.len());
        for (document, back) in documents.into_iter().zip(back) {
            let document = named_by_tokens(without_evidence(document), " ");
            prop_assert_eq!(&back.title, &document.title);
            prop_assert_eq!(&back.facts, &document.facts);
            for (entity, back) in document.entities.iter().zip(&back.entities) {
                let names = |e: &docre::document::Entity| {
                    e.mentions.iter().map(|m| m.name.clone()).collect::<Vec<_>>()
                };
                prop_assert_eq!(names(back), names(entity));
                prop_assert_eq!(back.kind(), entity.kind());
            }
        }
    }
}
