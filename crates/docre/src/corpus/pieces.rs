//! Cuts a file of text into its documents, one at a time, unparsed.

use std::io::{BufRead, BufReader, Read};

use super::objects::{Broken, LONGEST_OBJECT, Object};

/// Large reads, as of other files.
const BUFFER: usize = 1 << 18;

/// How a text is cut: what is read at a time, and where a document begins and ends in it.
#[derive(Clone, Copy)]
pub(super) struct Units {
    /// The byte that ends what is read at a time.
    pub delimiter: u8,
    /// Whether a document begins with this.
    pub begins: fn(&[u8]) -> bool,
    /// Whether a document ends with this.
    pub ends: fn(&[u8]) -> bool,
    /// Where documents have an end of their own, how the file has to end behind the last one:
    /// what stands before, between and behind documents is of none.
    pub closed: Option<&'static str>,
}

impl Units {
    /// A document a line.
    pub const LINES: Self =
        Self { delimiter: b'\n', begins: |_| true, ends: |_| false, closed: None };
}

/// The documents of a text, in order, nothing behind an error.
pub(super) struct Pieces<R> {
    input: BufReader<R>,
    units: Units,
    noun: &'static str,
    /// What was read of the next document already.
    begun: Vec<u8>,
    /// The line on which it begins.
    begun_at: usize,
    /// The lines that were read.
    lines: usize,
    count: usize,
    /// What stands behind the last document.
    behind: Vec<u8>,
    ended: bool,
}

impl<R: Read> Pieces<R> {
    pub fn new(input: R, units: Units, noun: &'static str) -> Self {
        let input = BufReader::with_capacity(BUFFER, input);
        let (begun, behind) = (Vec::new(), Vec::new());
        Self { input, units, noun, begun, begun_at: 1, lines: 0, count: 0, behind, ended: false }
    }

    /// The next document; none at the end.
    fn read(&mut self) -> Result<Option<Object>, Broken> {
        let mut piece = std::mem::take(&mut self.begun);
        let mut line = self.begun_at;
        loop {
            if piece.len() > LONGEST_OBJECT {
                let size = LONGEST_OBJECT >> 20;
                let place = format!("{} {} (line {line})", self.noun, self.count);
                return Err(Broken::Layout(format!("{place} is longer than {size} MiB")));
            }
            let mut unit = Vec::new();
            let limit = (LONGEST_OBJECT + 1 - piece.len()) as u64;
            (&mut self.input).take(limit).read_until(self.units.delimiter, &mut unit)?;
            if unit.is_empty() {
                return self.last(piece, line);
            }
            let own_line = self.lines + 1 + leading_lines(&unit);
            self.lines += unit.iter().filter(|&&byte| byte == b'\n').count();
            let begins = (self.units.begins)(&unit);
            if begins && !is_blank(&piece) {
                (self.begun, self.begun_at) = (unit, own_line);
                return Ok(Some(self.take(piece, line)));
            }
            if piece.is_empty() && !begins && self.units.closed.is_some() {
                if !is_blank(&unit) {
                    self.behind = unit;
                }
                continue;
            }
            if is_blank(&piece) {
                (piece, line) = (Vec::new(), own_line);
            }
            piece.extend(unit);
            if (self.units.ends)(&piece) && !is_blank(&piece) {
                self.behind.clear();
                return Ok(Some(self.take(piece, line)));
            }
        }
    }

    fn last(&mut self, piece: Vec<u8>, line: usize) -> Result<Option<Object>, Broken> {
        let Some(end) = self.units.closed else {
            return Ok((!is_blank(&piece)).then(|| self.take(piece, line)));
        };
        if !is_blank(&piece) {
            let problem = format!("the file ends in the middle of {} {}", self.noun, self.count);
            return Err(Broken::Layout(problem));
        }
        if !end.is_empty() && !self.behind.trim_ascii().ends_with(end.as_bytes()) {
            let problem = format!("the file ends before its {end}, so it may be cut short");
            return Err(Broken::Layout(problem));
        }
        Ok(None)
    }

    fn take(&mut self, bytes: Vec<u8>, line: usize) -> Object {
        let index = self.count;
        self.count += 1;
        Object::of_line(bytes, index, self.noun, line)
    }
}

impl<R: Read> Iterator for Pieces<R> {
    type Item = Result<Object, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let found = self.read();
        self.ended = !matches!(found, Ok(Some(_)));
        found.transpose()
    }
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}

/// How many line breaks stand before anything else.
fn leading_lines(unit: &[u8]) -> usize {
    let blank = unit.iter().take_while(|byte| byte.is_ascii_whitespace());
    match is_blank(unit) {
        true => 0,
        false => blank.filter(|&&byte| byte == b'\n').count(),
    }
}

/// The text of a document, or where it isn't UTF-8.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes)
        .map_err(|error| format!("is not UTF-8 text (at its byte {})", error.valid_up_to()))
}

/// The lines of a text, each with its number in the file; what ends them isn't theirs.
pub(super) fn numbered_lines(text: &str, first: usize) -> impl Iterator<Item = (usize, &str)> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let line = |line: &'_ str| line.strip_suffix('\r').map_or(line.len(), str::len);
    (first..).zip(text.split('\n').map(move |found| &found[..line(found)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCKS: Units = Units {
        delimiter: b'\n',
        begins: |line| line.starts_with(b"#"),
        ends: |text| text.ends_with(b"\n\n"),
        closed: None,
    };

    const ELEMENTS: Units = Units {
        delimiter: b'>',
        begins: |unit| unit.trim_ascii().starts_with(b"<d>"),
        ends: |text| text.ends_with(b"</d>"),
        closed: Some("</c>"),
    };

    fn cut(text: &str, units: Units) -> Result<Vec<(String, String)>, String> {
        let found = Pieces::new(text.as_bytes(), units, "document");
        found
            .map(|piece| match piece {
                Ok(piece) => {
                    let text = String::from_utf8_lossy(piece.bytes()).into_owned();
                    Ok((text, piece.place()))
                }
                Err(Broken::Layout(problem)) => Err(problem),
                Err(other) => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn documents_begin_and_end_where_they_say() {
        let found = cut("\n\n#a\nb\n\n\n\nc\n#d", BLOCKS).unwrap();
        let places: Vec<_> = found.iter().map(|(text, place)| (&text[..], &place[..])).collect();
        assert_eq!(
            places,
            [
                ("#a\nb", "document 0 (line 3)"),
                ("c", "document 1 (line 8)"),
                ("#d", "document 2 (line 9)")
            ]
        );
        assert_eq!(cut("a\n\nb", Units::LINES).unwrap().len(), 2);
        assert_eq!(cut("", Units::LINES), Ok(vec![]));
    }

    #[test]
    fn a_text_whose_end_is_missing_is_refused() {
        let found = cut("<c><x/>\n<d>1</d>\n <d>2</d></c>\n", ELEMENTS).unwrap();
        assert_eq!(found[0], ("<d>1</d>".into(), "document 0 (line 2)".into()));
        assert_eq!(found[1], ("<d>2</d>".into(), "document 1 (line 3)".into()));
        let error = cut("<c><d>1</d><d>2", ELEMENTS).unwrap_err();
        assert_eq!(error, "the file ends in the middle of document 1");
        let error = cut("<c><d>1</d>", ELEMENTS).unwrap_err();
        assert!(error.contains("the file ends before its </c>"), "{error}");
    }
}
