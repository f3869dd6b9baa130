//! Names as brat takes them.

use crate::corpus::spans::without_blanks;

/// The relation by which mentions are one entity.
pub(super) const EQUIV: &str = "Equiv";

/// The knowledge base of identifiers that name none: brat wants one.
pub(super) const NO_BASE: &str = "id:";

/// brat's own name for what has none: its types can't be empty.
const UNNAMED: &str = "Entity";

/// The name of a fact's relation, which is never the one that joins mentions.
pub(super) fn relation_name(name: &str) -> String {
    let written = type_name(name);
    match written == EQUIV {
        true => format!("{}{}", number_of('E'), &EQUIV[1..]),
        false => written,
    }
}

/// A name that brat takes: letters and digits of ASCII, `_` and `-`. Any other character is written
/// as its number (`-u3a-` for `:`), which [`name_of`] reads.
pub(super) fn type_name(name: &str) -> String {
    if name.is_empty() {
        return UNNAMED.into();
    }
    let name = without_blanks(name);
    let is_plain = |place: usize, c: char| match c {
        '-' => number_at(&name[place..]).is_none(),
        _ => c.is_ascii_alphanumeric() || c == '_',
    };
    let mut written = String::new();
    for (place, c) in name.char_indices() {
        match is_plain(place, c) {
            true => written.push(c),
            false => written.push_str(&number_of(c)),
        }
    }
    written
}

/// What a character's number stands behind.
const NUMBER: &str = "-u";

/// A character as its number.
fn number_of(c: char) -> String {
    format!("{NUMBER}{:x}-", u32::from(c))
}

/// The character that a text starts with as its number, and the text behind it.
fn number_at(text: &str) -> Option<(char, &str)> {
    let (digits, rest) = text.strip_prefix(NUMBER)?.split_once('-')?;
    let is_plain = |digit: char| digit.is_ascii_hexdigit() && !digit.is_ascii_uppercase();
    let is_number = !digits.is_empty() && digits.chars().all(is_plain);
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_number)?;
    Some((char::from_u32(number)?, rest))
}

/// The name that [`type_name`] wrote.
pub(super) fn name_of(written: &str) -> String {
    let (mut name, mut rest) = (String::new(), written);
    while let Some(c) = rest.chars().next() {
        let (c, behind) = number_at(rest).unwrap_or((c, &rest[c.len_utf8()..]));
        name.push(c);
        rest = behind;
    }
    name
}
