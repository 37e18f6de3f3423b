use std::io::{self, Read};

use super::TableError;

/// The encoding of a text file.
///
/// A byte order mark at the beginning is skipped; one of another encoding than that asked for is an error that names it, and
/// so are bytes that are no UTF-8 text and look like something else.
///
/// # Example
/// ```
/// use nn_data::{Dialect, TableReader, TextEncoding};
///
/// let bytes = b"city\nM\xfcnchen\n"; // ü as one byte
/// let mut rows = TableReader::new(&bytes[..], &Dialect::default())?;
/// assert_eq!(
///     rows.advance().unwrap_err().to_string(),
///     "the bytes are no UTF-8 text; they look like Windows-1252 or Latin-1: set `encoding` of the dialect"
/// );
/// let latin = Dialect { encoding: TextEncoding::Latin1, ..Dialect::default() };
/// let mut rows = TableReader::new(&bytes[..], &latin)?;
/// assert!(rows.advance()?);
/// assert_eq!(rows.field(0), "München");
/// # Ok::<(), nn_data::DataError>(())
/// ```
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum TextEncoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// ISO 8859-1: a byte is the character of its number.
    Latin1,
    /// Latin-1 with `€`, quotation marks and letters in place of control characters, as Windows writes it in the West. The five
    /// bytes without a character of their own are control characters, as on the web.
    Windows1252,
    /// UTF-16, the lower byte first.
    Utf16Le,
    /// UTF-16, the higher byte first.
    Utf16Be,
}

/// The characters 0x80 to 0x9F of Windows-1252.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', //
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

impl TextEncoding {
    /// What it is called: `UTF-8`, `Windows-1252`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Latin1 => "Latin-1",
            Self::Windows1252 => "Windows-1252",
            Self::Utf16Le => "UTF-16 LE",
            Self::Utf16Be => "UTF-16 BE",
        }
    }

    /// The error for bytes that look like something else.
    pub(super) fn error(self, looks_like: &'static str, found: Option<Self>) -> TableError {
        TableError::Encoding { told: self, found, looks_like }
    }

    /// What the first bytes show to be wrong; else how many of them are a byte order mark.
    fn mark(self, first: &[u8]) -> Result<usize, TableError> {
        let (looks_like, found, length) = match first {
            [0xEF, 0xBB, 0xBF, ..] => ("they begin with the mark of UTF-8", Self::Utf8, 3),
            [0xFF, 0xFE, ..] => ("they begin with the mark of UTF-16 LE", Self::Utf16Le, 2),
            [0xFE, 0xFF, ..] => ("they begin with the mark of UTF-16 BE", Self::Utf16Be, 2),
            _ => {
                // The others have a character for any bytes.
                if self != Self::Utf8 {
                    return Ok(0);
                }
                return match (wide(first), binary(first)) {
                    (Some((text, found)), _) => Err(self.error(text, Some(found))),
                    (None, Some(text)) => Err(self.error(text, None)),
                    (None, None) => Ok(0),
                };
            }
        };
        if found == self { Ok(length) } else { Err(self.error(looks_like, Some(found))) }
    }
}

/// What bytes look like that are no text.
fn binary(first: &[u8]) -> Option<&'static str> {
    let known = BINARY.iter().find(|(begin, _)| first.starts_with(begin)).map(|(_, text)| *text);
    let zeros = "there are zeros among them, which no text has: give a CSV file";
    known.or_else(|| first.contains(&0).then_some(zeros))
}

/// What the first bytes of files begin with that are no text, and what they are.
const BINARY: [(&[u8], &str); 4] = [
    (
        b"PK\x03\x04",
        "they begin as those of a spreadsheet such as .xlsx do, or of an archive: save the table as CSV",
    ),
    (b"\xD0\xCF\x11\xE0", "they begin as those of a spreadsheet such as .xls do: save the table as CSV"),
    (b"\x1F\x8B", "they begin as those of a compressed file do: unpack it first"),
    (b"PAR1", "they begin as those of a Parquet file do: save the table as CSV"),
];

/// What bytes look like of which every other one is 0, as in UTF-16 without a mark.
fn wide(first: &[u8]) -> Option<(&'static str, TextEncoding)> {
    let pairs = &first[..first.len().min(64) & !1];
    let zeros = |parity: usize| pairs.iter().skip(parity).step_by(2).filter(|&&byte| byte == 0).count();
    let many = |zeros: usize| zeros > 0 && 4 * zeros >= pairs.len();
    match (zeros(0), zeros(1)) {
        (0, low) if many(low) => Some(("they look like UTF-16 LE", TextEncoding::Utf16Le)),
        (high, 0) if many(high) => Some(("they look like UTF-16 BE", TextEncoding::Utf16Be)),
        _ => None,
    }
}

/// Turns bytes into UTF-8, block by block.
#[derive(Debug)]
pub(super) struct Decoder<R> {
    reader: R,
    encoding: TextEncoding,
    block: Box<[u8]>,
    /// How many bytes of the block wait for what follows them.
    kept: usize,
    begun: bool,
}

impl<R: Read> Decoder<R> {
    pub(super) fn new(reader: R, encoding: TextEncoding, block: usize) -> Self {
        // A block holds a pair of surrogates at least.
        Self { reader, encoding, block: vec![0; block.max(4)].into(), kept: 0, begun: false }
    }

    /// Adds text to `out`, and says whether there may be more.
    ///
    /// UTF-8 is handed on as it is: whether it is valid, whoever cuts it into fields will see.
    pub(super) fn read(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        let mut length = self.kept;
        // The first block is filled as far as it goes, to be judged by.
        let more = loop {
            match self.reader.read(&mut self.block[length..]) {
                Ok(0) => break false,
                Ok(read) => length += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            if self.begun || length == self.block.len() {
                break true;
            }
        };
        let mut start = 0;
        if !self.begun {
            self.begun = true;
            start = self.encoding.mark(&self.block[..length]).map_err(invalid)?;
        }
        let used = start + self.decode(start, length, more, out)?;
        self.block.copy_within(used..length, 0);
        self.kept = length - used;
        Ok(more)
    }

    /// Decodes the bytes from `start` to `end`, and says how many of them are done with.
    fn decode(&self, start: usize, end: usize, more: bool, out: &mut Vec<u8>) -> io::Result<usize> {
        let bytes = &self.block[start..end];
        let mut push = |c: char| out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        match self.encoding {
            TextEncoding::Utf8 => out.extend_from_slice(bytes),
            TextEncoding::Latin1 => bytes.iter().for_each(|&byte| push(char::from(byte))),
            TextEncoding::Windows1252 => bytes.iter().for_each(|&byte| {
                push(if (0x80..0xA0).contains(&byte) {
                    WINDOWS[usize::from(byte - 0x80)]
                } else {
                    char::from(byte)
                });
            }),
            TextEncoding::Utf16Le => return self.decode_pairs(bytes, u16::from_le_bytes, more, push),
            TextEncoding::Utf16Be => return self.decode_pairs(bytes, u16::from_be_bytes, more, push),
        }
        Ok(bytes.len())
    }

    fn decode_pairs(
        &self,
        bytes: &[u8],
        unit: fn([u8; 2]) -> u16,
        more: bool,
        mut push: impl FnMut(char),
    ) -> io::Result<usize> {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let high = |pair: &[u8; 2]| (0xD800..0xDC00).contains(&unit(*pair));
        // The first half of a character waits for the second.
        let whole = if more && pairs.last().is_some_and(high) { pairs.len() - 1 } else { pairs.len() };
        for decoded in char::decode_utf16(pairs[..whole].iter().map(|&pair| unit(pair))) {
            push(
                decoded.map_err(|_| {
                    invalid(self.encoding.error("there is half a character among them", None))
                })?,
            );
        }
        if !more && !rest.is_empty() {
            return Err(invalid(self.encoding.error("their number is odd", None)));
        }
        Ok(2 * whole)
    }
}

/// An error on its way through a `Read`.
pub(super) fn invalid(error: TableError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// All the text, decoded in blocks of so many bytes.
    fn decoded(bytes: &[u8], encoding: TextEncoding, block: usize) -> Result<String, String> {
        let mut decoder = Decoder::new(bytes, encoding, block);
        let mut out = Vec::new();
        while decoder.read(&mut out).map_err(|error| error.to_string())? {}
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn bytes_are_the_characters_of_their_numbers() {
        assert_eq!(decoded(b"\xe4\x80\xff", TextEncoding::Latin1, 64).unwrap(), "ä\u{80}ÿ");
        assert_eq!(
            decoded(b"\x80 \x93\xe4\x94 \x81", TextEncoding::Windows1252, 64).unwrap(),
            "€ “ä” \u{81}"
        );
    }

    #[test]
    fn marks_are_skipped_or_named() {
        let utf16 = b"\xff\xfea\0b\0";
        assert_eq!(decoded(utf16, TextEncoding::Utf16Le, 64).unwrap(), "ab");
        assert_eq!(decoded(b"\xfe\xff\0a", TextEncoding::Utf16Be, 64).unwrap(), "a");
        assert_eq!(decoded(b"\xef\xbb\xbfa", TextEncoding::Utf8, 64).unwrap(), "a");
        let message = |bytes, encoding| decoded(bytes, encoding, 64).unwrap_err();
        let told = |told: &str, looks_like: &str| {
            format!("the bytes are no {told} text; they {looks_like}: set `encoding` of the dialect")
        };
        assert_eq!(message(utf16, TextEncoding::Utf8), told("UTF-8", "begin with the mark of UTF-16 LE"));
        assert_eq!(
            message(utf16, TextEncoding::Utf16Be),
            told("UTF-16 BE", "begin with the mark of UTF-16 LE")
        );
        assert_eq!(
            message(b"\xef\xbb\xbfa", TextEncoding::Latin1),
            told("Latin-1", "begin with the mark of UTF-8")
        );
        assert_eq!(message(b"a\0,\0b\0\n\0", TextEncoding::Utf8), told("UTF-8", "look like UTF-16 LE"));
        assert_eq!(message(b"\0a\0,\0b\0\n", TextEncoding::Utf8), told("UTF-8", "look like UTF-16 BE"));
    }

    #[test]
    fn files_that_are_no_text_are_known() {
        for (bytes, expected) in [
            (
                &b"PK\x03\x04rest"[..],
                "they begin as those of a spreadsheet such as .xlsx do, or of an archive: save the table as CSV",
            ),
            (b"\x1f\x8b\x08", "they begin as those of a compressed file do: unpack it first"),
            (b"a,b\n1,2\0\n", "there are zeros among them, which no text has: give a CSV file"),
        ] {
            assert_eq!(
                decoded(bytes, TextEncoding::Utf8, 64).unwrap_err(),
                format!("the bytes are no UTF-8 text; {expected}")
            );
        }
    }

    #[test]
    fn broken_pairs_are_refused() {
        assert!(decoded(b"a\0b", TextEncoding::Utf16Le, 64).unwrap_err().contains("their number is odd"));
        for bytes in [b"\x3d\xd8a\0", b"\x00\xdea\0", b"a\0\x3d\xd8"] {
            let error = decoded(bytes, TextEncoding::Utf16Le, 64).unwrap_err();
            assert!(error.contains("half a character"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn utf_16_comes_back_whatever_the_blocks(text: String, block in 0..9_usize) {
            let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            prop_assume!(!text.starts_with(['\u{feff}', '\u{fffe}']) && !le.starts_with(&[0xEF, 0xBB, 0xBF]));
            prop_assume!(!be.starts_with(&[0xEF, 0xBB, 0xBF]));
            prop_assert_eq!(decoded(&le, TextEncoding::Utf16Le, block), Ok(text.clone()));
            prop_assert_eq!(decoded(&be, TextEncoding::Utf16Be, block), Ok(text));
        }

        #[test]
        fn any_bytes_are_text_of_one_byte_encodings(bytes in vec(any::<u8>(), 0..40), block in 0..9_usize) {
            let marked = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) || bytes.starts_with(&[0xEF, 0xBB, 0xBF]);
            prop_assume!(!marked);
            let latin = decoded(&bytes, TextEncoding::Latin1, block).unwrap();
            prop_assert_eq!(latin.chars().map(|c| u8::try_from(c as u32).unwrap()).collect::<Vec<_>>(), bytes.clone());
            let windows = decoded(&bytes, TextEncoding::Windows1252, block).unwrap();
            let same = |(latin, windows): (char, char)| ('\u{80}'..'\u{a0}').contains(&latin) || latin == windows;
            prop_assert!(latin.chars().zip(windows.chars()).all(same));
        }
    }
}
