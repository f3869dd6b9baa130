//! Plain text of any kind is cut into tokens that stand where they say.

use docre::corpus;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn tokens_are_the_characters_at_their_places(text in "(\\PC|[ \t\r\n\u{0}-\u{1f}.!?\u{300}\u{feff}a-zA-Z]){0,200}") {
        // What begins as JSON does is read as JSON, whatever the file is called.
        prop_assume!(!text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[']));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::fs::write(&path, &text).unwrap();
        let documents = corpus::read_all(&path).unwrap();
        prop_assert_eq!(documents.len(), 1);
        let document = &documents[0];
        let source = document.text.as_ref().unwrap();
        prop_assert_eq!(source.as_str(), &text);
        let characters: Vec<char> = source.as_str().chars().collect();
        let mut seen = vec![false; characters.len()];
        for (sentence, tokens) in document.sentences.iter().enumerate() {
            for (token, place) in tokens.iter().zip(source.tokens(sentence)) {
                let written: String = characters[place.clone()].iter().collect();
                prop_assert_eq!(token, &written);
                seen[place].fill(true);
            }
        }
        // What is in no token is white space.
        let lost = characters.iter().zip(seen).filter(|(c, seen)| !seen && !c.is_whitespace() && **c != '\u{feff}');
        prop_assert_eq!(lost.count(), 0);
    }
}
