//! Lines of plain text that are broken only to fit a page.

use std::ops::Range;

/// A paragraph with no longer line isn't wrapped: pages have no such width.
const NARROWEST: usize = 50;

/// The lines of a text, and what is known of their paragraphs.
pub(super) struct WrappedLines<'a> {
    text: &'a str,
    lines: Vec<Line>,
    /// The characters of the widest paragraph that is surely wrapped, if there is one.
    page: Option<usize>,
}

struct Line {
    /// Its bytes, without the break.
    bytes: Range<usize>,
    characters: usize,
    /// The characters of the longest line of its paragraph, which ends at a blank line.
    widest: usize,
}

impl<'a> WrappedLines<'a> {
    pub fn new(text: &'a str) -> Self {
        let mut lines = Vec::new();
        let mut start = 0;
        for part in text.split_inclusive('\n') {
            let line = part.trim_end();
            let characters = line.chars().count();
            lines.push(Line { bytes: start..start + line.len(), characters, widest: 0 });
            start += part.len();
        }
        let is_blank = |line: &Line| text[line.bytes.clone()].trim().is_empty();
        let mut page = None;
        for paragraph in lines.chunk_by_mut(|a, b| !is_blank(a) && !is_blank(b)) {
            let widest = paragraph.iter().map(|line| line.characters).max().unwrap_or(0);
            paragraph.iter_mut().for_each(|line| line.widest = widest);
            // Of the lines before the last one two nearly reach the same width.
            let full = paragraph.split_last().map_or(&[][..], |(_, before)| before);
            let full = full.iter().filter(|line| 10 * line.characters >= 8 * widest).count();
            if full >= 2 && widest >= NARROWEST {
                page = page.max(Some(widest));
            }
        }
        Self { text, lines, page }
    }

    /// Whether a line break between two tokens, whose gap this is, only fits the text to a page:
    /// it is a single one, the next line is no list item, heading or row of a table, and it goes
    /// on in small letters, or its first word didn't fit on the page any more.
    pub fn go_on_over(&self, gap: &Range<usize>) -> bool {
        if self.text[gap.clone()].matches('\n').count() != 1 {
            return false;
        }
        let next = self.lines.partition_point(|line| line.bytes.start <= gap.end) - 1;
        let Some(before) = next.checked_sub(1) else { return false };
        let (line, next) = (&self.lines[before], &self.lines[next]);
        let [own, following] = [line, next].map(|line| self.text[line.bytes.clone()].trim());
        let is_blank = own.is_empty() || following.is_empty();
        if is_blank || own.starts_with(['#', '|']) || begins_item(following) {
            return false;
        }
        if line.widest < NARROWEST || own.contains('\t') || following.contains('\t') {
            return false;
        }
        let word = following.split_whitespace().next().unwrap_or_default();
        let with_word = line.characters + 1 + word.chars().count();
        let is_full = self.page.is_some_and(|page| line.widest <= page && with_word > page);
        is_full || following.starts_with(char::is_lowercase) && 2 * line.characters > line.widest
    }
}

/// Whether a line begins an item of a list, a heading, a quotation or a row of a table.
fn begins_item(line: &str) -> bool {
    let open = line.strip_prefix('(').unwrap_or(line);
    let number = open.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = match number.len() == open.len() {
        true => open.trim_start_matches(|c: char| c.is_ascii_lowercase()),
        false => number,
    };
    let digits = open.len() - number.len();
    let is_numbered = (1..=4).contains(&digits) && number.starts_with(['.', ')']);
    let behind = number.chars().nth(1);
    let is_field = line.split_once(": ").is_some_and(|(key, _)| {
        key.len() <= 20 && key.starts_with(char::is_uppercase) && !key.contains(' ')
    });
    line.starts_with(['#', '|', '>', '•', '·'])
        || line.starts_with(['-', '*', '+', '–']) && line.chars().nth(1) == Some(' ')
        || is_numbered && behind.is_none_or(char::is_whitespace)
        || is_field
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For each line but the last whether the text goes on over its end.
    fn goes_on(text: &str) -> Vec<bool> {
        let lines = WrappedLines::new(text);
        let breaks = text.match_indices('\n').map(|(place, _)| place);
        breaks.map(|place| lines.go_on_over(&(place..place + 1))).collect()
    }

    #[test]
    fn lines_that_were_full_go_on() {
        let text = "The Harbour Bridge in the old town reopened on the third\n\
                    Monday of May after two years of repairs, which were\n\
                    paid by the city.\nA new line for a new thought";
        assert_eq!(goes_on(text), [true, true, false]);
    }

    #[test]
    fn headings_lists_rows_and_short_lines_end() {
        for text in [
            "A heading\nThe first line of a text that is as long as lines of a page are",
            "Ada Lovelace\nCharles Babbage\nmathematicians",
            "# A heading of such a length that it looks like a line of a page\nand more",
            "What we need on the way over the mountains and back, in this order:\n- bread and\n* wine",
            "| a row of a table that is as wide as a page | of a book |\n| and another one |",
            "A headline that is longer than the only line of the text behind it\nAnd is none of it",
            "From: Anna Otto, who lives in Oslo and writes many letters from there\nTo: Otto",
            "a) bread, which is heavy, and other things that one wants to eat there\nb) wine, or water",
            "A line that is as long as the lines of a page, which are long\n\nand then a paragraph",
        ] {
            assert!(goes_on(text).iter().all(|goes_on| !goes_on), "{text}");
        }
    }
}
