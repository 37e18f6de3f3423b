use std::io::Read;
use std::path::Path;

use super::table_rows::{Detected, Fields, TableRow, check_rows};
use super::{Dialect, TableReader, TableRows};
use crate::DataError;
use crate::io::open;

/// A table of text in memory, to be encoded row by row: what is fitted to some rows and tried on others.
///
/// [`TableEncoder::fit_table`](super::TableEncoder::fit_table) learns what its columns are,
/// [`split_rows`](super::TableEncoder::split_rows) sets rows aside, and [`refit`](super::TableEncoder::refit) takes means, scales and
/// categories from the others alone. A table that is larger than memory is left [in its file](super::TableFile).
///
/// # Example
/// ```
/// use nn_data::{Dialect, Table};
///
/// let table = Table::from_reader("name, height\nAda, 170\nBo, 180\n".as_bytes(), &Dialect::default())?;
/// assert_eq!((table.rows(), table.names()), (2, &["name", "height"].map(str::to_owned)[..]));
/// assert_eq!((table.line(1), table.field(1, 0), table.field(1, 1)), (3, "Bo", "180"));
/// # Ok::<(), nn_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    dialect: Dialect,
    /// Whether the decimal mark was detected.
    detected: bool,
    names: Vec<String>,
    /// The fields, row by row, and where each ends.
    text: String,
    ends: Vec<usize>,
    /// The line on which each row begins.
    lines: Vec<usize>,
}

impl Table {
    /// Reads a file.
    ///
    /// # Errors
    /// [`DataError::Open`], and those of [`from_reader`](Table::from_reader).
    ///
    /// # Example
    /// ```
    /// use nn_data::{Dialect, Table};
    ///
    /// let error = Table::read("no/such.csv", &Dialect::default()).unwrap_err();
    /// assert!(error.to_string().starts_with("cannot open no/such.csv: "));
    /// ```
    pub fn read(path: impl AsRef<Path>, dialect: &Dialect) -> Result<Self, DataError> {
        Self::from_reader(open(path.as_ref())?, dialect)
    }

    /// Reads a text.
    ///
    /// # Errors
    /// Those of [`TableReader`]; [`DataError::NoRows`] without a row.
    pub fn from_reader<R: Read>(reader: R, dialect: &Dialect) -> Result<Self, DataError> {
        Self::of_rows(TableReader::new(reader, dialect)?, dialect)
    }

    /// The rows that are left.
    pub(super) fn of_rows<R: Read>(mut rows: TableReader<R>, dialect: &Dialect) -> Result<Self, DataError> {
        let mut table = Self {
            dialect: Dialect { numbers: rows.numbers(), ..dialect.clone() },
            detected: rows.detected,
            names: rows.names().to_vec(),
            text: String::new(),
            ends: Vec::new(),
            lines: Vec::new(),
        };
        rows.each(|row| {
            for field in row.fields() {
                table.text.push_str(field);
                table.ends.push(table.text.len());
            }
            table.lines.push(row.line());
        })?;
        if table.lines.is_empty() {
            return Err(DataError::NoRows { expected: "at least one row of data", found: "nothing" });
        }
        Ok(table)
    }

    /// How it was written, with the decimal mark that was detected.
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// A field, without the spaces around it.
    ///
    /// # Panics
    /// When there is no such row or column.
    #[inline]
    pub fn field(&self, row: usize, column: usize) -> &str {
        assert!(column < self.names.len(), "column {column} of {}", self.names.len());
        let place = row * self.names.len() + column;
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        &self.text[start..self.ends[place]]
    }

    /// The line of the file on which a row begins, from 1.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn line(&self, row: usize) -> usize {
        self.lines[row]
    }
}

impl Detected for Table {
    fn is_mark_detected(&self) -> bool {
        self.detected
    }
}

impl TableRows for Table {
    fn dialect(&self) -> &Dialect {
        self.dialect()
    }

    fn names(&self) -> &[String] {
        self.names()
    }

    fn rows(&self) -> usize {
        self.rows()
    }

    fn visit_all(&self, visit: &mut dyn FnMut(TableRow<'_>)) -> Result<(), DataError> {
        (0..self.rows()).for_each(|row| visit(TableRow(Fields::InMemory { table: self, row })));
        Ok(())
    }

    fn visit(&self, rows: &[usize], visit: &mut dyn FnMut(usize, TableRow<'_>)) -> Result<(), DataError> {
        check_rows(rows, self.rows())?;
        let row = |&row| TableRow(Fields::InMemory { table: self, row });
        rows.iter().map(row).enumerate().for_each(|(place, row)| visit(place, row));
        Ok(())
    }
}
