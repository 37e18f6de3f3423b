use ::csv::StringRecord;

use super::reader::trimmed;
use super::{Dialect, Table};
use crate::DataError;

/// A table whose rows can be read again and again: [in memory](Table), or left [in its file](super::TableFile).
///
/// [`TableEncoder::fit_table`](super::TableEncoder::fit_table), [`split_rows`](super::TableEncoder::split_rows),
/// [`refit`](super::TableEncoder::refit) and [`part_from_table`](super::TableEncoder::part_from_table) take either, and come to the same.
///
/// # Example
/// ```
/// use nn_data::{Dialect, Table, TableRows};
///
/// let table = Table::from_reader("name, height\nAda, 170\nBo, 180\n".as_bytes(), &Dialect::default())?;
/// let mut names = [String::new(), String::new()];
/// table.visit(&[1, 0], &mut |place, row| names[place] = row.field(0).to_owned())?;
/// assert_eq!(names, ["Bo", "Ada"]);
/// # Ok::<(), nn_data::DataError>(())
/// ```
pub trait TableRows: Detected {
    /// How it was written, with the decimal mark that was detected.
    fn dialect(&self) -> &Dialect;

    /// The names of the columns.
    fn names(&self) -> &[String];

    /// How many rows it has.
    fn rows(&self) -> usize;

    /// Hands over every row.
    ///
    /// # Errors
    /// Of a file that cannot be read again, or has changed.
    fn visit_all(&self, visit: &mut dyn FnMut(TableRow<'_>)) -> Result<(), DataError>;

    /// Hands over some rows, each with its place among `rows`, in whatever order is the fastest: that of the file, or as they are given.
    ///
    /// # Errors
    /// [`DataError::Row`] for a row that the table has not, and as [`visit_all`](TableRows::visit_all).
    fn visit(&self, rows: &[usize], visit: &mut dyn FnMut(usize, TableRow<'_>)) -> Result<(), DataError>;
}

/// What only the tables of this crate know.
pub trait Detected {
    /// Whether the decimal mark was detected.
    #[doc(hidden)]
    fn is_mark_detected(&self) -> bool;
}

/// A row of a table.
#[derive(Debug, Clone, Copy)]
pub struct TableRow<'t>(pub(super) Fields<'t>);

#[derive(Debug, Clone, Copy)]
pub(super) enum Fields<'t> {
    InMemory { table: &'t Table, row: usize },
    Read { record: &'t StringRecord, line: usize },
}

impl<'t> TableRow<'t> {
    /// The field of a column, without the spaces around it.
    ///
    /// # Panics
    /// When there is no such column.
    #[inline]
    pub fn field(self, column: usize) -> &'t str {
        match self.0 {
            Fields::InMemory { table, row } => table.field(row, column),
            Fields::Read { record, .. } => trimmed(&record[column]),
        }
    }

    /// The line of the file on which it begins, from 1.
    pub fn line(self) -> usize {
        match self.0 {
            Fields::InMemory { table, row } => table.line(row),
            Fields::Read { line, .. } => line,
        }
    }
}

/// Checks that a table has these rows.
pub(super) fn check_rows(rows: &[usize], samples: usize) -> Result<(), DataError> {
    match rows.iter().find(|&&row| row >= samples) {
        Some(&row) => Err(DataError::Row { row, samples }),
        None => Ok(()),
    }
}
