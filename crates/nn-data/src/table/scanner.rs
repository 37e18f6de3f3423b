use std::io::{self, Read};

use super::TableError;
use super::encoding::{Decoder, invalid};

/// Where in a row the scanner is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first character of a row.
    Row,
    /// Before the first character of a field that is not the first.
    Field,
    /// In a field without quotation marks around it, or behind the mark that closed it.
    Text,
    /// Between quotation marks.
    Quoted,
    /// Behind a quotation mark in a quoted field: the end, or the first of two.
    Quote,
    /// In a line that is no data.
    Comment,
}

/// Hands decoded text on to a parser of CSV, and sees to what the parser does not: spaces before a quotation mark that opens a
/// field are left out, a mark that is never closed is an error, and lines are counted.
#[derive(Debug)]
pub(super) struct Scanner<R> {
    decoder: Decoder<R>,
    more: bool,
    delimiter: u8,
    comment: Option<u8>,
    state: State,
    /// Line breaks that the scanner has seen, and seen when the last quotation mark opened.
    breaks: usize,
    opened: usize,
    /// The line of a mark that nothing closes.
    broken: Option<usize>,
    /// Text that is decoded, and how much of it is scanned.
    text: Vec<u8>,
    /// Text that is scanned, and how much of it is handed on.
    ready: Vec<u8>,
    given: usize,
    /// The piece handed on last, and the bytes before it.
    last: usize,
    bytes_before: u64,
    /// How much of the piece is counted, and the line breaks up to there.
    counted: usize,
    breaks_before: usize,
}

impl<R: Read> Scanner<R> {
    pub(super) fn new(reader: R, encoding: super::TextEncoding, comment: Option<u8>, block: usize) -> Self {
        Self {
            decoder: Decoder::new(reader, encoding, block),
            more: true,
            delimiter: b',',
            comment,
            state: State::Row,
            breaks: 0,
            opened: 0,
            broken: None,
            text: Vec::new(),
            ready: Vec::new(),
            given: 0,
            last: 0,
            bytes_before: 0,
            counted: 0,
            breaks_before: 0,
        }
    }

    /// The first piece of the text, and whether it is all; nothing is scanned yet.
    pub(super) fn begin(&mut self) -> io::Result<(&[u8], bool)> {
        self.more = self.decoder.read(&mut self.text)?;
        Ok((&self.text, !self.more))
    }

    pub(super) fn set_delimiter(&mut self, delimiter: u8) {
        self.delimiter = delimiter;
    }

    /// Line breaks among so many bytes of what was handed on, and the last of these bytes. They must reach into the piece
    /// handed on last, and not end before those that were asked for last: each is counted once.
    pub(super) fn breaks_in(&mut self, bytes: u64) -> (usize, Option<u8>) {
        let within = usize::try_from(bytes - self.bytes_before).unwrap_or(usize::MAX).min(self.last);
        self.count_to(within);
        let piece = &self.ready[self.given - self.last..self.given];
        (self.breaks_before, piece[..within].last().copied())
    }

    /// Counts the line breaks of the piece handed on last, as far as so many bytes.
    fn count_to(&mut self, bytes: usize) {
        let piece = &self.ready[self.given - self.last..self.given];
        self.breaks_before += line_breaks(&piece[self.counted..bytes]);
        self.counted = bytes;
    }

    /// Scans the decoded text.
    fn scan(&mut self) {
        self.ready.clear();
        let quotes = self.text.contains(&b'"');
        if quotes || self.comment.is_some() || !matches!(self.state, State::Row | State::Field | State::Text)
        {
            self.scan_bytes();
        } else {
            self.scan_plain();
        }
        self.text.clear();
    }

    /// Text without quotation marks and comments, outside of quoted fields.
    fn scan_plain(&mut self) {
        let text = &self.text;
        self.breaks += line_breaks(text);
        let spaces = text.iter().rev().take_while(|&&byte| self.is_space(byte)).count();
        let end = text.len() - spaces;
        self.state = match text[..end].last() {
            Some(b'\n' | b'\r') => State::Row,
            Some(&byte) if byte == self.delimiter => State::Field,
            Some(_) => State::Text,
            None => self.state,
        };
        // Spaces at the beginning of a field may be followed by a mark that opens it.
        let end = if self.state == State::Text { text.len() } else { end };
        self.ready.extend_from_slice(&text[..end]);
    }

    fn scan_bytes(&mut self) {
        let text = std::mem::take(&mut self.text);
        for &byte in &text {
            if self.state == State::Quote
                && self.breaks > self.opened
                && !follows_a_field(byte, self.delimiter)
            {
                // What should close a field of several lines opens another.
                self.broken = Some(1 + self.opened);
                break;
            }
            self.breaks += usize::from(byte == b'\n');
            let ended = if byte == self.delimiter {
                Some(State::Field)
            } else if matches!(byte, b'\n' | b'\r') {
                Some(State::Row)
            } else {
                None
            };
            self.state = match self.state {
                State::Row | State::Field if self.is_space(byte) => continue,
                State::Row if Some(byte) == self.comment => State::Comment,
                State::Row | State::Field if byte == b'"' => {
                    self.opened = self.breaks;
                    State::Quoted
                }
                State::Quoted if byte == b'"' => State::Quote,
                State::Quote if byte == b'"' => State::Quoted,
                State::Quoted => State::Quoted,
                State::Comment if ended != Some(State::Row) => State::Comment,
                State::Row | State::Field | State::Text | State::Quote | State::Comment => {
                    ended.unwrap_or(State::Text)
                }
            };
            self.ready.push(byte);
        }
        self.text = text;
    }

    fn is_space(&self, byte: u8) -> bool {
        matches!(byte, b' ' | b'\t') && byte != self.delimiter
    }
}

impl<R: Read> Read for Scanner<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.count_to(self.last);
        self.bytes_before += self.last as u64;
        (self.last, self.counted) = (0, 0);
        while self.given == self.ready.len() {
            if let Some(line) = self.broken {
                return Err(invalid(TableError::UnclosedQuote { line }));
            }
            if self.text.is_empty() {
                if !self.more {
                    if self.state == State::Quoted {
                        return Err(invalid(TableError::UnclosedQuote { line: 1 + self.opened }));
                    }
                    return Ok(0);
                }
                self.more = self.decoder.read(&mut self.text)?;
            }
            self.given = 0;
            self.scan();
        }
        let length = out.len().min(self.ready.len() - self.given);
        out[..length].copy_from_slice(&self.ready[self.given..self.given + length]);
        self.given += length;
        self.last = length;
        Ok(length)
    }
}

/// Whether a byte may stand behind a quoted field, cut by this delimiter or another.
fn follows_a_field(byte: u8, delimiter: u8) -> bool {
    byte == delimiter || b"\", \t;|\r\n".contains(&byte)
}

#[allow(clippy::naive_bytecount, reason = "it is vectorised, and not worth a crate")]
pub(super) fn line_breaks(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::TextEncoding;

    fn scanned(text: &str, comment: Option<u8>, block: usize) -> Result<String, String> {
        let mut scanner = Scanner::new(text.as_bytes(), TextEncoding::Utf8, comment, block);
        let mut out = String::new();
        scanner.read_to_string(&mut out).map_err(|error| error.to_string())?;
        Ok(out)
    }

    #[test]
    fn spaces_before_an_opening_mark_are_left_out() {
        for block in [1, 4, 5, 7, 100] {
            let text = "a,  \"b, c\" ,d\n \t \"e\nf\", g \"h\" ,i\n";
            let expected = "a,\"b, c\" ,d\n\"e\nf\",g \"h\" ,i\n";
            assert_eq!(scanned(text, Some(b'#'), block).unwrap(), expected, "blocks of {block}");
            let found = scanned(text, None, block).unwrap();
            // Spaces of a block without marks may stay: the fields are trimmed.
            assert_eq!(found.replace(", g", ",g"), expected, "blocks of {block}");
        }
    }

    #[test]
    fn an_unclosed_mark_is_an_error_that_names_its_line() {
        let message = |text: &str| scanned(text, None, 4).unwrap_err();
        assert!(message("\"a\n\nb\n").starts_with("line 1: a quotation mark is opened"));
        assert!(message("a,b\n1,2\n3,\"4\n5,6\n").starts_with("line 3: "));
        assert!(message("\"a\nb\",\"c\"\"\nd\n").starts_with("line 2: "));
        // The next mark closes it, and text follows.
        let text = "a,b\n1,\"x\n2,\"y\"\n3,z\n";
        for block in [1, 5, 9, 100] {
            let error = scanned(text, None, block).unwrap_err();
            assert!(error.starts_with("line 2: "), "{error} in blocks of {block}");
        }
        assert!(scanned("\"a\nb\" ,c\n", None, 4).is_ok());
        for text in ["\"a\"", "5\" pipe,6\"\n", "\"a\"\"\"", "\"a\"b,\"c\"\n", ""] {
            assert_eq!(scanned(text, None, 4).unwrap(), text);
        }
    }

    #[test]
    fn marks_in_comments_open_nothing() {
        let text = "# 5\" pipe, \"x\n1,2\n # \"again\n3,#\"4\n";
        assert_eq!(scanned(text, Some(b'#'), 4).unwrap(), text.replace(" # ", "# "));
        assert!(scanned("#,\"x\n", Some(b'#'), 4).is_ok() && scanned("#,\"x\n", None, 4).is_err());
    }

    proptest! {
        #[test]
        fn blocks_do_not_show(parts in vec("[a ,\n\"\t]{0,4}|\"[a ,\n]{0,3}\"", 0..12), block in 1..30_usize) {
            let text = parts.concat();
            let fields = |text: &str| -> Vec<Vec<String>> {
                let reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
                let trimmed = |row: ::csv::StringRecord| row.iter().map(|field| field.trim().to_owned()).collect();
                let rows = reader.into_records().map(|row| trimmed(row.unwrap()));
                rows.filter(|row: &Vec<String>| row.iter().any(|field| !field.is_empty())).collect()
            };
            let whole = scanned(&text, Some(b'#'), 1000);
            let parts = scanned(&text, None, block);
            prop_assert_eq!(parts.is_ok(), whole.is_ok());
            if let (Ok(parts), Ok(whole)) = (parts, whole) {
                prop_assert_eq!(fields(&parts), fields(&whole));
                prop_assert_eq!(line_breaks(parts.as_bytes()), line_breaks(text.as_bytes()));
            }
        }
    }
}
