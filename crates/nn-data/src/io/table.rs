//! Rows of fields, turned into a matrix of features and a column of targets.

use std::{fmt, io::Read};

use ::csv::{Reader, ReaderBuilder, StringRecord, Trim};
use ndarray::Array2;
use nn_core::Scalar;

use super::{CsvOptions, TargetColumn};
use crate::DataError;

/// What a file holds.
#[derive(Debug)]
pub(super) struct Table<T, Y> {
    pub(super) x: Array2<T>,
    pub(super) targets: Vec<Y>,
    /// The names of the features and of the target, if the file has a header.
    pub(super) names: Option<(Vec<String>, String)>,
}

/// A field and where it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    text: &'a str,
    line: usize,
    column: &'a Column,
}

/// The number that a field holds, rounded from `f64` to `T`.
pub(super) fn number<T: Scalar>(field: Field<'_>) -> Result<T, DataError> {
    let value = field.text.parse().ok().map(T::of).filter(|value| value.is_finite());
    value.ok_or_else(|| DataError::NotANumber {
        column: field.column.to_string(),
        text: field.text.to_owned(),
        count: 1,
        lines: vec![field.line],
    })
}

/// The name of the class that a field holds.
pub(super) fn class(field: Field<'_>) -> Result<String, DataError> {
    if field.text.is_empty() {
        return Err(DataError::NoClass { line: field.line, column: field.column.to_string() });
    }
    Ok(field.text.to_owned())
}

/// A column: its number and, if there is a header, its name.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) index: usize,
    pub(super) name: Option<String>,
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{} `{name}`", self.index),
            None => write!(f, "{}", self.index),
        }
    }
}

/// Reads all rows, the target column by `parse`.
pub(super) fn read<T: Scalar, Y>(
    options: &CsvOptions,
    reader: impl Read,
    parse: impl Fn(Field<'_>) -> Result<Y, DataError>,
) -> Result<Table<T, Y>, DataError> {
    let text = text(reader)?;
    let mut rows = Rows::new(&text, options.delimiter)?;
    let (columns, first) = rows.columns(options)?;
    if let [column] = &columns[..] {
        return Err(DataError::OneColumn { column: column.to_string() });
    }
    let target = find(&options.target, &columns)?;
    let mut next = Some(rows.first(options, first)?);

    let (mut x, mut targets) = (Vec::new(), Vec::new());
    let mut wrong: Option<DataError> = None;
    while let Some(line) = next {
        if let Err(error) = rows.check_length(line, columns.len()) {
            note(&mut wrong, error);
        } else {
            for (column, text) in columns.iter().zip(&rows.row) {
                let field = Field { text, line, column };
                let parsed = if column.index == target {
                    parse(field).map(|target| targets.push(target))
                } else {
                    number(field).map(|feature| x.push(feature))
                };
                if let Err(error) = parsed {
                    note(&mut wrong, error);
                }
            }
        }
        next = rows.advance()?;
    }
    if let Some(error) = wrong {
        return Err(error);
    }
    let shape = (targets.len(), columns.len() - 1);
    let x = Array2::from_shape_vec(shape, x).expect("every row has all columns");
    Ok(Table { x, targets, names: names(columns, target) })
}

/// Keeps the first error, and counts those like it.
pub(super) fn note(wrong: &mut Option<DataError>, error: DataError) {
    match wrong {
        Some(first) => first.count_in(&error),
        None => *wrong = Some(error),
    }
}

/// All the text that a reader holds.
pub(super) fn text(mut reader: impl Read) -> Result<String, DataError> {
    let mut text = String::new();
    reader
        .read_to_string(&mut text)
        .map_err(|error| DataError::Read { kind: error.kind(), reason: error.to_string() })?;
    Ok(text)
}

fn no_rows(options: &CsvOptions, found: &'static str) -> DataError {
    let expected =
        if options.has_header { "a header and at least one row of data" } else { "at least one row of data" };
    DataError::NoRows { expected, found }
}

/// The number of the target column.
fn find(target: &TargetColumn, columns: &[Column]) -> Result<usize, DataError> {
    let (target, count) = match target {
        TargetColumn::Last => return Ok(columns.len() - 1),
        TargetColumn::Index(index) if *index < columns.len() => return Ok(*index),
        TargetColumn::Index(index) => (index.to_string(), 0),
        TargetColumn::Name(name) => {
            let mut called = columns.iter().filter(|column| column.name.as_ref() == Some(name));
            match (called.next(), called.count()) {
                (Some(column), 0) => return Ok(column.index),
                (Some(_), others) => (format!("`{name}`"), 1 + others),
                (None, _) => (format!("`{name}`"), 0),
            }
        }
    };
    Err(DataError::TargetColumn { target, count, columns: columns.iter().map(Column::to_string).collect() })
}

/// The names of the features and of the target.
fn names(columns: Vec<Column>, target: usize) -> Option<(Vec<String>, String)> {
    let mut features: Vec<String> = columns.into_iter().map(|column| column.name).collect::<Option<_>>()?;
    let target = features.remove(target);
    Some((features, target))
}

/// The rows of a text, with the lines on which they begin.
pub(super) struct Rows<'a> {
    text: &'a [u8],
    reader: Reader<&'a [u8]>,
    /// The row last read.
    pub(super) row: StringRecord,
    /// Line of the byte `counted`, from 1.
    line: usize,
    counted: usize,
}

impl<'a> Rows<'a> {
    pub(super) fn new(text: &'a str, delimiter: u8) -> Result<Self, DataError> {
        if !delimiter.is_ascii() || b"\"\r\n".contains(&delimiter) {
            let expected = "an ASCII character, neither a quotation mark nor a line break";
            return Err(DataError::parameter("delimiter", expected, format!("byte {delimiter}")));
        }
        let text = text.as_bytes();
        let mut builder = ReaderBuilder::new();
        builder.delimiter(delimiter).trim(Trim::All);
        // The header and rows of the wrong length are left to `read`, which knows the lines.
        let reader = builder.has_headers(false).flexible(true).from_reader(text);
        Ok(Self { text, reader, row: StringRecord::new(), line: 1, counted: 0 })
    }

    /// The columns of the first row, and its line.
    pub(super) fn columns(&mut self, options: &CsvOptions) -> Result<(Vec<Column>, usize), DataError> {
        let line = self.advance()?.ok_or_else(|| no_rows(options, "nothing"))?;
        let name = |name: &str| options.has_header.then(|| name.to_owned());
        let column = |(index, text): (usize, &str)| Column { index, name: name(text) };
        Ok((self.row.iter().enumerate().map(column).collect(), line))
    }

    /// The line of the first row of data, once the columns are known from the line `first`: this row is read.
    pub(super) fn first(&mut self, options: &CsvOptions, first: usize) -> Result<usize, DataError> {
        if !options.has_header {
            return Ok(first);
        }
        self.advance()?.ok_or_else(|| no_rows(options, "a header only"))
    }

    /// Checks that the row last read, on this line, has as many fields as there are columns.
    pub(super) fn check_length(&self, line: usize, columns: usize) -> Result<(), DataError> {
        if self.row.len() == columns {
            return Ok(());
        }
        Err(DataError::FieldCount { expected: columns, found: self.row.len(), count: 1, lines: vec![line] })
    }

    /// Reads the next row that is not blank and returns its line, or `None` at the end.
    pub(super) fn advance(&mut self) -> Result<Option<usize>, DataError> {
        loop {
            // The reader's own line numbers lag behind after blank lines and after "\r\n"; its bytes do not.
            let mut start = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX);
            let more = self.reader.read_record(&mut self.row).map_err(|error| DataError::Read {
                kind: std::io::ErrorKind::InvalidData,
                reason: error.to_string(),
            })?;
            if !more {
                return Ok(None);
            }
            while matches!(self.text.get(start), Some(b'\r' | b'\n')) {
                start += 1;
            }
            self.line += self.text[self.counted..start].split(|&byte| byte == b'\n').count() - 1;
            self.counted = start;
            if self.row.iter().any(|field| !field.is_empty()) || self.row.len() > 1 {
                return Ok(Some(self.line));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn table(text: &[u8]) -> Result<Table<f64, f64>, DataError> {
        read(&CsvOptions::default(), text, number)
    }

    /// Reads a text with a NaN in its last row, and returns the line that is blamed.
    fn blamed(text: &str) -> usize {
        match table(text.as_bytes()) {
            Err(DataError::NotANumber { lines, .. }) => lines[0],
            other => panic!("expected an error with a line, found {other:?}"),
        }
    }

    #[test]
    fn errors_name_the_line_of_the_file() {
        assert_eq!(blamed("a,b\n1,nan"), 2);
        assert_eq!(blamed("a,b\n1,2\n3,nan\n"), 3);
        assert_eq!(blamed("a,b\r\n1,2\r\n3,nan\r\n"), 3);
        assert_eq!(blamed("\n\na,b\n1,2\n\n  \n3,nan"), 7);
        assert_eq!(blamed("\r\n\r\na,b\r\n\r\n1,2\r\n\r\n3,nan"), 7);
        assert_eq!(blamed("\"a\nlong\nname\",b\n1,2\n3,nan"), 5);
        assert_eq!(blamed("\u{feff}a,b\r\n1,nan"), 2);
    }

    #[test]
    fn blank_lines_spaces_quotes_and_a_byte_order_mark_are_no_data() {
        let table =
            table("\u{feff}a, b ,c\r\n\r\n 1 ,\"2\", 3e0\r\n   \r\n+4,.5,-6.\r\n\r\n".as_bytes()).unwrap();
        assert_eq!(table.names, Some((vec!["a".into(), "b".into()], "c".into())));
        assert_eq!(table.x, array![[1.0, 2.0], [4.0, 0.5]]);
        assert_eq!(table.targets, [3.0, -6.0]);
    }

    #[test]
    fn only_finite_numbers_are_numbers() {
        for text in ["", "one", "NaN", "inf", "-infinity", "1e999", "0x10", "1_000", "1 000", "1;2"] {
            let found = table(format!("a,b\n{text},0\n").as_bytes()).unwrap_err();
            let (column, text) = ("0 `a`".into(), text.into());
            let expected = DataError::NotANumber { column, text, count: 1, lines: vec![2] };
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn numbers_too_large_for_the_scalar_are_refused() {
        let text = "a,b\n1e39,0\n".as_bytes();
        assert_eq!(table(text).unwrap().x, array![[1e39]]);
        let single = read::<f32, f32>(&CsvOptions::default(), text, number);
        assert!(matches!(single, Err(DataError::NotANumber { lines, .. }) if lines == [2]));
    }

    #[test]
    fn rows_of_another_length_are_refused() {
        for (row, found) in [("1", 1), ("1,2,3,4", 4), ("1,\"2,3\n4,5,6", 2)] {
            let error = table(format!("a,b,c\n1,2,3\n{row}\n").as_bytes()).unwrap_err();
            assert_eq!(error, DataError::FieldCount { expected: 3, found, count: 1, lines: vec![3] });
        }
    }

    #[test]
    fn what_is_wrong_again_is_counted() {
        let message = |rows: &str| table(format!("a,b,c\n{rows}").as_bytes()).unwrap_err().to_string();
        assert_eq!(
            message("1,2\n1,2,3\n1,2,3,4\n1\n"),
            "lines 2, 4, 5: expected 3 fields, found 2 on the first: check delimiters and quotes"
        );
        // Fields of another column, and rows of another length, are another matter.
        assert_eq!(
            message(&("x,2,3\n".repeat(7) + "1\n1,x,3\ny,1,y\n")),
            "lines 2, 3, 4, 5, 6 and 3 more, column 0 `a`: expected a finite number, found \"x\" on the first: \
             correct it or leave the row out"
        );
    }

    #[test]
    fn files_without_data_are_refused() {
        let message = |text: &str| table(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(message(""), "expected a header and at least one row of data, found nothing");
        assert_eq!(message("\n \n"), "expected a header and at least one row of data, found nothing");
        assert_eq!(message("a,b\n"), "expected a header and at least one row of data, found a header only");
        assert_eq!(
            message("a;b\n1;2\n"),
            "expected a target and at least one feature column, found only the column 0 `a;b`: check the delimiter"
        );
        let options = CsvOptions { has_header: false, ..CsvOptions::default() };
        let error = read::<f64, f64>(&options, &b""[..], number).unwrap_err();
        assert_eq!(error.to_string(), "expected at least one row of data, found nothing");
    }

    #[test]
    fn bytes_that_are_not_text_are_refused() {
        let error = table(b"a,b\n1,\xff\n").unwrap_err();
        assert!(matches!(error, DataError::Read { kind: std::io::ErrorKind::InvalidData, .. }), "{error}");
    }
}
