use std::collections::HashSet;
use std::io::Read;

use ::csv::{Reader, ReaderBuilder, StringRecord};

use super::scanner::{Scanner, line_breaks};
use super::table_rows::{Fields, TableRow};
use super::{DecimalMark, Dialect, DuplicateNames, NumberFormat, TableError, TextEncoding, detect};
use crate::DataError;

/// Bytes that are read at a time.
const BLOCK: usize = 1 << 16;

/// The rows of a table, one at a time: a file may be larger than memory.
///
/// # Example
/// ```
/// use nn_data::{Dialect, TableReader};
///
/// let mut rows = TableReader::new("name, height\n\"Bo, the elder\", 180\n".as_bytes(), &Dialect::default())?;
/// while rows.advance()? {
///     assert_eq!((rows.line(), rows.field(0), rows.field(1)), (2, "Bo, the elder", "180"));
/// }
/// # Ok::<(), nn_data::DataError>(())
/// ```
#[derive(Debug)]
pub struct TableReader<R> {
    reader: Reader<Scanner<R>>,
    row: StringRecord,
    /// The line on which it begins.
    line: usize,
    encoding: TextEncoding,
    delimiter: u8,
    numbers: NumberFormat,
    /// Whether their decimal mark was detected.
    pub(super) detected: bool,
    names: Vec<String>,
    /// Whether the row is the first and was read to count the columns.
    waits: bool,
}

impl<R: Read> TableReader<R> {
    /// Reads as far as the header, or the first row if there is none.
    ///
    /// # Errors
    /// [`DataError::Parameter`] for a dialect that contradicts itself, [`DataError::Table`] for bytes that are no text of its
    /// encoding, a delimiter or decimal mark that cannot be detected, or two columns of one name, [`DataError::NoRows`] without a header or,
    /// if there should be none, a row, [`DataError::Read`] for bytes that cannot be read.
    pub fn new(reader: R, dialect: &Dialect) -> Result<Self, DataError> {
        Self::with_block(reader, dialect, BLOCK)
    }

    fn with_block(reader: R, dialect: &Dialect, block: usize) -> Result<Self, DataError> {
        dialect.check()?;
        let comment = dialect.comment_byte()?;
        let mut scanner = Scanner::new(reader, dialect.encoding, comment, block);
        let (first, whole) = scanner.begin().map_err(|error| io_error(&error))?;
        let delimiter = match dialect.delimiter.byte()? {
            Some(byte) => byte,
            None => detect::delimiter(first, whole, comment, dialect.numbers)?,
        };
        let detected = dialect.numbers.decimal == DecimalMark::Detect;
        let numbers =
            if detected { detect::numbers(first, whole, delimiter, dialect)? } else { dialect.numbers };
        scanner.set_delimiter(delimiter);
        let mut builder = ReaderBuilder::new();
        // The header and rows of the wrong length are left to us, who know the lines.
        builder
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .comment(comment)
            .buffer_capacity(block.max(1));
        let mut rows = Self {
            reader: builder.from_reader(scanner),
            row: StringRecord::new(),
            line: 0,
            encoding: dialect.encoding,
            delimiter,
            numbers,
            detected,
            names: Vec::new(),
            waits: false,
        };
        if !rows.read_row()? {
            let expected = if dialect.has_header { "a header" } else { "at least one row of data" };
            return Err(DataError::NoRows { expected, found: "nothing" });
        }
        rows.waits = !dialect.has_header;
        rows.names =
            names(rows.fields().map(|name| dialect.has_header.then_some(name)), dialect.duplicate_names)?;
        Ok(rows)
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What stands between two fields, as given or detected.
    pub fn delimiter(&self) -> char {
        char::from(self.delimiter)
    }

    /// How numbers are written, their decimal mark as given or detected.
    pub fn numbers(&self) -> NumberFormat {
        self.numbers
    }

    /// Reads the next row, and says whether there is one.
    ///
    /// # Errors
    /// [`DataError::FieldCount`] for a row that has not a field for each column, [`DataError::Table`] for bytes that are no text
    /// of the encoding, or a quotation mark that is not closed, [`DataError::Read`] for bytes that cannot be read.
    #[inline]
    pub fn advance(&mut self) -> Result<bool, DataError> {
        if self.waits {
            self.waits = false;
            return Ok(true);
        }
        let more = self.read_row()?;
        if more && self.row.len() != self.names.len() {
            return Err(DataError::FieldCount {
                expected: self.names.len(),
                found: self.row.len(),
                count: 1,
                lines: vec![self.line()],
            });
        }
        Ok(more)
    }

    /// Hands every row that is left to `row`. Rows of the wrong length are counted to the end of the table.
    pub(super) fn each(&mut self, mut row: impl FnMut(&Self)) -> Result<(), DataError> {
        loop {
            match self.advance() {
                Ok(true) => row(self),
                Ok(false) => return Ok(()),
                Err(mut first) => {
                    while first.is_of_a_row() {
                        match self.advance() {
                            Ok(true) => {}
                            Err(error) if error.is_of_a_row() => first.count_in(&error),
                            _ => break,
                        }
                    }
                    return Err(first);
                }
            }
        }
    }

    /// Reads the next row that is not blank.
    fn read_row(&mut self) -> Result<bool, DataError> {
        loop {
            match self.reader.read_record(&mut self.row) {
                Ok(false) => return Ok(false),
                Ok(true) if self.row.len() == 1 && trimmed(&self.row[0]).is_empty() => {}
                Ok(true) => {
                    self.line = self.first_line();
                    return Ok(true);
                }
                Err(error) => return Err(csv_error(&error, self.encoding)),
            }
        }
    }

    /// The field of this column in the row last read, without the spaces around it.
    ///
    /// # Panics
    /// When there is no such column.
    #[inline]
    pub fn field(&self, column: usize) -> &str {
        trimmed(&self.row[column])
    }

    /// The fields of the row last read, without the spaces around them.
    #[inline]
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.row.iter().map(trimmed)
    }

    /// The row last read.
    pub(super) fn row(&self) -> TableRow<'_> {
        TableRow(Fields::Read { record: &self.row, line: self.line })
    }

    /// The line of the file on which the row last read begins, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The same, from what is behind the row.
    fn first_line(&mut self) -> usize {
        // The parser's own lines lag behind after blank lines and after "\r\n"; its bytes do not, and are those behind the row.
        let bytes = self.reader.position().byte();
        let (breaks, last) = self.reader.get_mut().breaks_in(bytes);
        1 + breaks - line_breaks(self.row.as_byte_record().as_slice()) - usize::from(last == Some(b'\n'))
    }
}

/// A text without the spaces around it.
#[inline]
pub(super) fn trimmed(text: &str) -> &str {
    // Nearly all fields begin and end with a character that is seen and has one byte.
    let seen = |byte: Option<&u8>| byte.is_some_and(|&byte| byte > b' ' && byte < 0x7F);
    if seen(text.as_bytes().first()) && seen(text.as_bytes().last()) { text } else { text.trim() }
}

/// Names for all columns, each its own.
fn names<'a>(
    given: impl Iterator<Item = Option<&'a str>>,
    twice: DuplicateNames,
) -> Result<Vec<String>, DataError> {
    let given: Vec<String> = given
        .enumerate()
        .map(|(n, name)| name.filter(|name| !name.is_empty()).map_or_else(|| format!("x{n}"), str::to_owned))
        .collect();
    let all: HashSet<&str> = given.iter().map(String::as_str).collect();
    if all.len() == given.len() {
        return Ok(given);
    }
    let mut taken: HashSet<String> = HashSet::new();
    let mut names = Vec::with_capacity(given.len());
    for (second, name) in given.iter().enumerate() {
        let mut own = name.clone();
        let mut number = 1;
        while taken.contains(&own) || (number > 1 && all.contains(own.as_str())) {
            if twice == DuplicateNames::Refuse {
                let first = given.iter().position(|other| other == name).unwrap_or(second);
                return Err(TableError::DuplicateName { name: name.clone(), first, second }.into());
            }
            number += 1;
            own = format!("{name}_{number}");
        }
        taken.insert(own.clone());
        names.push(own);
    }
    Ok(names)
}

/// The error of ours that came through the parser, if it is one.
pub(super) fn table_error(error: &::csv::Error) -> Option<TableError> {
    let ::csv::ErrorKind::Io(error) = error.kind() else { return None };
    error.get_ref()?.downcast_ref::<TableError>().cloned()
}

fn csv_error(error: &::csv::Error, encoding: TextEncoding) -> DataError {
    match error.kind() {
        ::csv::ErrorKind::Io(error) => io_error(error),
        ::csv::ErrorKind::Utf8 { .. } => {
            encoding.error("they look like Windows-1252 or Latin-1", Some(TextEncoding::Windows1252)).into()
        }
        _ => DataError::Read { kind: std::io::ErrorKind::InvalidData, reason: error.to_string() },
    }
}

fn io_error(error: &std::io::Error) -> DataError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<TableError>()) {
        Some(inner) => inner.clone().into(),
        None => DataError::Read { kind: error.kind(), reason: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::Delimiter;

    /// All rows with their lines, read in blocks of so many bytes.
    fn rows(text: &[u8], dialect: &Dialect, block: usize) -> Result<Vec<(usize, Vec<String>)>, DataError> {
        let mut reader = TableReader::with_block(text, dialect, block)?;
        let mut rows = Vec::new();
        while reader.advance()? {
            rows.push((reader.line(), reader.fields().map(str::to_owned).collect()));
        }
        Ok(rows)
    }

    fn lines(text: &str) -> Vec<usize> {
        let dialect = Dialect { comment: Some('#'), ..Dialect::default() };
        let lines = |block| -> Vec<usize> {
            rows(text.as_bytes(), &dialect, block).unwrap().into_iter().map(|(line, _)| line).collect()
        };
        let found = lines(1000);
        for block in [1, 3, 7, 16] {
            assert_eq!(lines(block), found, "blocks of {block}");
        }
        found
    }

    #[test]
    fn a_row_knows_its_line() {
        assert_eq!(lines("a,b\n1,2\n3,4"), [2, 3]);
        assert_eq!(lines("a,b\r\n1,2\r\n3,4\r\n"), [2, 3]);
        assert_eq!(lines("\n\na,b\n1,2\n\n  \n3,4"), [4, 7]);
        assert_eq!(lines("\r\n\r\na,b\r\n\r\n1,2\r\n\r\n3,4"), [5, 7]);
        assert_eq!(lines("\"a\nlong\nname\",b\n1,\"2\n\"\n3,4"), [4, 6]);
        assert_eq!(lines("\u{feff}\"a\",b\r\n1,2"), [2]);
        assert_eq!(lines("# c\na,b\n# c, d\n\n# \"\n1,2\n#\n"), [6]);
    }

    #[test]
    fn rows_of_another_length_are_refused() {
        for (row, found) in [("1", 1), ("1,2,3,4", 4), ("1,\"2,3\"", 2)] {
            let text = format!("a,b,c\n1,2,3\n{row}\n5,6,7\n");
            let error = rows(text.as_bytes(), &Dialect::default(), 1000).unwrap_err();
            assert_eq!(error, DataError::FieldCount { expected: 3, found, count: 1, lines: vec![3] });
        }
    }

    #[test]
    fn two_columns_of_one_name_are_refused_or_numbered() {
        let error = TableReader::new("a,b,a\n".as_bytes(), &Dialect::default()).unwrap_err();
        let expected = TableError::DuplicateName { name: "a".into(), first: 0, second: 2 };
        assert_eq!(error, DataError::Table(expected));
        let dialect = Dialect { duplicate_names: DuplicateNames::Number, ..Dialect::default() };
        let reader = TableReader::new("a,b,a,a_2,a,,\n".as_bytes(), &dialect).unwrap();
        assert_eq!(reader.names(), ["a", "b", "a_3", "a_2", "a_4", "x5", "x6"]);
    }

    #[test]
    fn without_a_header_the_first_row_is_data() {
        let dialect = Dialect { has_header: false, ..Dialect::default() };
        let found = rows(b"\n1,2\n3,4\n", &dialect, 1000).unwrap();
        assert_eq!(found, [(2, vec!["1".into(), "2".into()]), (3, vec!["3".into(), "4".into()])]);
        assert_eq!(TableReader::new(&b"1,2\n"[..], &dialect).unwrap().names(), ["x0", "x1"]);
        let message = |dialect: &Dialect| TableReader::new(&b" \n"[..], dialect).unwrap_err().to_string();
        assert_eq!(message(&dialect), "expected at least one row of data, found nothing");
        assert_eq!(message(&Dialect::default()), "expected a header, found nothing");
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_in_any_block() {
        for block in [1, 100] {
            let error = rows(b"a,b\n1,2\n3,\xff\n", &Dialect::default(), block).unwrap_err();
            assert!(matches!(error, DataError::Table(TableError::Encoding { .. })), "{error}");
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_back(
            table in vec(vec("[a \",;\n\r\té]{0,4}", 3), 1..12), block in 1..40_usize, delimiter in "[,;|\t]"
        ) {
            let delimiter = delimiter.chars().next().unwrap();
            let mut writer = ::csv::WriterBuilder::new().delimiter(delimiter as u8).from_writer(Vec::new());
            table.iter().for_each(|row| writer.write_record(row).unwrap());
            let text = writer.into_inner().unwrap();
            let dialect = Dialect { delimiter: Delimiter::Other(delimiter), has_header: false, ..Dialect::default() };
            let found = rows(&text, &dialect, block).unwrap();
            let mut line = 1;
            prop_assert_eq!(found.len(), table.len());
            for ((found_line, fields), row) in found.into_iter().zip(&table) {
                prop_assert_eq!(found_line, line);
                line += 1 + row.iter().map(|field| field.matches('\n').count()).sum::<usize>();
                prop_assert_eq!(fields, row.iter().map(|field| field.trim().to_owned()).collect::<Vec<_>>());
            }
        }

        #[test]
        fn no_bytes_are_too_strange(bytes in vec(any::<u8>(), 0..60), block in 1..20_usize, header: bool) {
            for encoding in [TextEncoding::Utf8, TextEncoding::Latin1, TextEncoding::Utf16Le] {
                for delimiter in [Delimiter::Comma, Delimiter::Detect] {
                    let dialect =
                        Dialect { delimiter, encoding, has_header: header, comment: Some('#'), ..Dialect::default() };
                    let _ = rows(&bytes, &dialect, block).map_err(|error| error.to_string());
                }
            }
        }
    }
}
