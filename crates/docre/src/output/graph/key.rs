//! Keys of nodes and parts of IRIs: titles and names with what is reserved in percent signs.

use std::fmt::Write;

/// A text as a part of a key or an IRI: letters and digits of any script and `-_.~` stand for
/// themselves, all others as the bytes of their UTF-8 form (`%20`).
pub fn escaped(text: &str) -> String {
    let mut part = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() || "-_.~".contains(c) {
            part.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                write!(part, "%{byte:02X}").expect("memory takes it");
            }
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_is_reserved_is_escaped_and_letters_stay() {
        assert_eq!(escaped("Zürich 1/2 \"a\"\n<b>"), "Zürich%201%2F2%20%22a%22%0A%3Cb%3E");
        assert_eq!(escaped("100%–ok"), "100%25%E2%80%93ok");
    }
}
