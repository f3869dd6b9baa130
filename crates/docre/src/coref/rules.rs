//! Coreference by rules, which needs no training.

use super::MentionName;

/// How alike two names are, 1 or 0: of one type, and equal, or one the acronym of the other, or
/// the end or beginning of a name of several words.
///
/// ```
/// use docre::coref::{MentionName, same_by_rules};
///
/// let name = |text: &str| MentionName::new(text.split(' '), 0, 0);
/// assert_eq!(same_by_rules(&name("Ada Lovelace"), &name("Lovelace")), 1.0);
/// assert_eq!(same_by_rules(&name("May 1999"), &name("May 2001")), 0.0);
/// ```
pub fn same_by_rules(first: &MentionName, second: &MentionName) -> f64 {
    let alike = || {
        first.equals(second)
            || first.is_acronym(second)
            || is_part(&first.words, &second.words)
            || is_part(&second.words, &first.words)
    };
    let same = first.kind == second.kind && !first.numbers_differ(second) && alike();
    f64::from(u8::from(same))
}

/// Whether `part` is the last word of `whole`, which has at most four, or its first ones.
fn is_part(part: &[String], whole: &[String]) -> bool {
    let says = |word: &String| word.chars().count() > 2 && word.chars().all(char::is_alphabetic);
    let shorter = part.len() < whole.len() && part.iter().all(says);
    shorter
        && (whole.len() <= 4 && whole.ends_with(part) || whole.starts_with(part) && part.len() > 1)
}
