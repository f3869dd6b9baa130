//! What a word looks like, which an uncased encoder doesn't see.

/// How many shapes there are, that of a word beyond the sentence's borders among them.
pub(crate) const SHAPES: usize = 2 * CLASSES + 1;

/// The shapes that a word is read with: those of its neighbours on either side and its own.
pub(crate) const SHAPE_WINDOW: usize = 5;

const CLASSES: usize = 10;

/// The shape beyond the borders of a sentence.
const BEYOND: usize = 2 * CLASSES;

/// The shapes of each word of a sentence and of its neighbours, `[words, SHAPE_WINDOW]`.
pub(crate) fn shapes<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<[usize; SHAPE_WINDOW]> {
    let words = words.into_iter().enumerate();
    let own: Vec<usize> =
        words.map(|(place, word)| class(word) + usize::from(place == 0) * CLASSES).collect();
    let side = SHAPE_WINDOW / 2;
    let at = |place: usize, offset: usize| {
        let neighbour = (place + offset).checked_sub(side);
        neighbour.and_then(|place| own.get(place)).copied().unwrap_or(BEYOND)
    };
    (0..own.len()).map(|place| std::array::from_fn(|offset| at(place, offset))).collect()
}

/// The class of a word: by the case of its letters, its digits, or that it has neither.
fn class(word: &str) -> usize {
    let (mut upper, mut lower, mut letters, mut digits, mut others) = (0, 0, 0, 0, 0);
    for c in word.chars() {
        match c {
            _ if c.is_numeric() => digits += 1,
            _ if c.is_uppercase() => upper += 1,
            _ if c.is_lowercase() => lower += 1,
            _ if c.is_alphabetic() => letters += 1,
            _ => others += 1,
        }
    }
    let begins_upper = word.chars().next().is_some_and(char::is_uppercase);
    match (upper, lower, letters, digits, others) {
        (0, 0, 0, 0, _) => 0,         // punctuation
        (0, 0, 0, _, 0) => 1,         // a number
        (0, 0, 0, ..) => 2,           // 1,000.5
        (_, _, _, 1.., _) => 3,       // B12
        (0, 0, 1.., ..) => 4,         // a script without case
        (0, ..) => 5,                 // small
        (1, 0, ..) => 6,              // A
        (_, 0, ..) => 7,              // NATO
        (1, ..) if begins_upper => 8, // Berlin
        _ => 9,                       // iPhone, McKay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_word_has_its_own_class() {
        let words = [",", "1999", "1,000.5", "B12", "東京", "the", "A", "NATO", "Berlin", "iPhone"];
        let classes: Vec<usize> = words.iter().map(|word| class(word)).collect();
        assert_eq!(classes, (0..CLASSES).collect::<Vec<_>>());
        assert_eq!([class("Ärzte"), class("naïve"), class("")], [8, 5, 0]);
    }

    #[test]
    fn a_word_is_read_with_its_neighbours() {
        let shapes = shapes(["The", "NATO", "met"]);
        assert_eq!(shapes[0], [BEYOND, BEYOND, 8 + CLASSES, 7, 5]);
        assert_eq!(shapes[2], [8 + CLASSES, 7, 5, BEYOND, BEYOND]);
    }
}
