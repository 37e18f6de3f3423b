//! What can be wrong with data, said so that the reader knows what to change.

use std::{io, path::PathBuf};

use thiserror::Error;

/// Data could not be read, made, checked or split.
///
/// The message says what was expected, what was found, where, and what to do:
///
/// ```
/// use ndarray::array;
/// use nn_data::Classification;
///
/// let x = array![[0.5], [f64::NAN]];
/// let error = Classification::new(x, vec![0, 1], 2).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "features[1, 0] is NaN; expected a finite number: correct the value or leave the sample out"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum DataError {
    /// A data set without samples, features or target columns.
    #[error("expected at least one {what}, found none")]
    Empty {
        /// `sample`, `feature`, `target column` or `class name`.
        what: &'static str,
    },
    /// Two things that belong together have different lengths.
    #[error("expected {expected} {what}, found {found}: give one for each {each}")]
    Length {
        /// What was counted.
        what: &'static str,
        /// What each of them belongs to.
        each: &'static str,
        /// How many are needed.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// NaN or infinity where a number is needed.
    #[error(
        "{what}[{row}, {column}] is {value}; expected a finite number: correct the value or leave the sample out"
    )]
    NotFinite {
        /// `features`, `targets` or `scaled features`.
        what: &'static str,
        /// Row of the first such value.
        row: usize,
        /// Its column.
        column: usize,
        /// The value.
        value: f64,
    },
    /// A label that is no class.
    #[error(
        "label {label} of sample {row} is out of range: expected a class from 0 to {}; labels count from 0",
        classes.saturating_sub(1)
    )]
    Label {
        /// The offending sample.
        row: usize,
        /// Its label.
        label: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// A row that the data set does not have.
    #[error("row {row} is out of range: expected a row from 0 to {}", samples - 1)]
    Row {
        /// The row asked for.
        row: usize,
        /// How many there are.
        samples: usize,
    },
    /// An option outside its range.
    #[error("{name} is {found}; expected {expected}")]
    Parameter {
        /// Name of the option.
        name: &'static str,
        /// The values it may take.
        expected: &'static str,
        /// The value given.
        found: String,
    },
    /// A split that would leave one part without samples.
    #[error(
        "a test fraction of {fraction} puts {test} of {samples} samples into the test part; \
         expected at least one sample in each part: {}",
        if *samples < 2 { "use at least 2 samples" } else { "use a fraction nearer to 0.5" }
    )]
    Split {
        /// The share of samples asked for.
        fraction: f64,
        /// How many samples that is.
        test: usize,
        /// How many there are.
        samples: usize,
    },
    /// A number of folds that the samples cannot be dealt out among.
    #[error(
        "cannot deal {samples} samples out among {folds} folds; expected at least 2 folds, and a sample for each"
    )]
    Folds {
        /// How many folds were asked for.
        folds: usize,
        /// How many samples there are.
        samples: usize,
    },
    /// A class without samples, where each needs one.
    #[error("class `{class}` has no sample; expected at least one of each class: leave the class out")]
    EmptyClass {
        /// Name of the class.
        class: String,
    },
    /// A column whose numbers lie too far apart to be scaled.
    #[error("the spread of column {column} is too large for f64; divide the column by a power of ten")]
    Spread {
        /// The column.
        column: usize,
    },
    /// More samples or classes than this machine can hold.
    #[error("{what} do not fit in memory; use a smaller number")]
    TooLarge {
        /// What was to be stored.
        what: &'static str,
    },
    /// A file that cannot be opened.
    #[error("cannot open {}: {reason}; check the path", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Kind of failure.
        kind: io::ErrorKind,
        /// The system's explanation.
        reason: String,
    },
    /// Bytes that cannot be read, or are not text.
    #[error("cannot read the data: {reason}; expected UTF-8 text")]
    Read {
        /// Kind of failure.
        kind: io::ErrorKind,
        /// The system's explanation.
        reason: String,
    },
    /// A file that is not what its format asks for.
    #[error("not a readable {format} file: expected {expected}, found {found}")]
    Format {
        /// Name of the format.
        format: &'static str,
        /// What the format asks for.
        expected: String,
        /// What the file holds.
        found: String,
    },
    /// A file that cannot be written.
    #[error("cannot write {}: {reason}; check the path and the space that is left", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Kind of failure.
        kind: io::ErrorKind,
        /// The system's explanation.
        reason: String,
    },
    /// A target that should be the number of a class.
    #[error(
        "the target of sample {row} is {value}; expected a class, a whole number from 0 to {}",
        classes.saturating_sub(1)
    )]
    NotAClass {
        /// The sample.
        row: usize,
        /// Its target.
        value: f64,
        /// How many classes there are.
        classes: usize,
    },
    /// A file without a row of data.
    #[error("expected {expected}, found {found}")]
    NoRows {
        /// What the file should hold.
        expected: &'static str,
        /// What it holds.
        found: &'static str,
    },
    /// A file of one column, which has a target but nothing to tell it from.
    #[error(
        "expected a target and at least one feature column, found only the column {column}: check the delimiter"
    )]
    OneColumn {
        /// Number and name of the column.
        column: String,
    },
    /// Rows that are longer or shorter than the first one.
    #[error(
        "{}: expected {expected} fields, found {found}{}: check delimiters and quotes",
        places(*count, lines), first(*count)
    )]
    FieldCount {
        /// Fields in the first row.
        expected: usize,
        /// Fields in the first that has another number.
        found: usize,
        /// How many rows have another number, as far as the file was read.
        count: usize,
        /// Lines of the file on which the first of them begin, from 1: at most five.
        lines: Vec<usize>,
    },
    /// Fields of a column that should be numbers.
    #[error(
        "{}, column {column}: expected a finite number, found {text:?}{}: correct it or leave the row out",
        places(*count, lines), first(*count)
    )]
    NotANumber {
        /// Number and name of the column.
        column: String,
        /// The text of the first.
        text: String,
        /// How many fields of the column are none.
        count: usize,
        /// Lines of the file on which the first of them are, from 1: at most five.
        lines: Vec<usize>,
    },
    /// A row without a class.
    #[error("line {line}, column {column}: expected a class, found nothing: fill it in or leave the row out")]
    NoClass {
        /// Line of the file, from 1.
        line: usize,
        /// Number and name of the column.
        column: String,
    },
    /// A class that is not one of those that were given.
    #[error("sample {row} is of class {class:?}; expected one of {}", classes.join(", "))]
    UnknownClass {
        /// The sample.
        row: usize,
        /// Its class.
        class: String,
        /// The classes there are.
        classes: Vec<String>,
    },
    /// A target column that is missing, or meant by more than one name.
    #[error(
        "expected one target column {target}, found {count} among the columns {}: \
         choose one by its number or by a name that only it has",
        columns.join(", ")
    )]
    TargetColumn {
        /// The column asked for.
        target: String,
        /// How many columns are called so.
        count: usize,
        /// Number and name of the columns there are.
        columns: Vec<String>,
    },
    /// A table of text that cannot be read or encoded.
    #[cfg(feature = "csv")]
    #[error(transparent)]
    Table(#[from] crate::TableError),
    /// The framework's core refused the data.
    #[error(transparent)]
    Core(#[from] nn_core::Error),
}

/// Lines that a message names.
#[cfg(feature = "csv")]
pub(crate) const LINES: usize = 5;

/// `line 7`, or `lines 2, 5, 9, 11, 12 and 3 more`.
pub(crate) fn places(count: usize, lines: &[usize]) -> String {
    let numbers: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let s = if lines.len() == 1 { "" } else { "s" };
    let more = count.saturating_sub(lines.len());
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("line{s} {}{more}", numbers.join(", "))
}

/// What was found was found on the first of several lines.
fn first(count: usize) -> &'static str {
    if count > 1 { " on the first" } else { "" }
}

impl DataError {
    /// Counts another error in, if it is of the same kind and column.
    #[cfg(feature = "csv")]
    pub(crate) fn count_in(&mut self, other: &Self) {
        use crate::TableError::{Missing, Unseen};
        let (count, lines, more) = match (self, other) {
            (Self::FieldCount { count, lines, .. }, Self::FieldCount { lines: more, .. }) => {
                (count, lines, more)
            }
            (
                Self::NotANumber { column, count, lines, .. },
                Self::NotANumber { column: same, lines: more, .. },
            ) if column == same => (count, lines, more),
            (
                Self::Table(Missing { column, count, lines }),
                Self::Table(Missing { column: same, lines: more, .. }),
            )
            | (
                Self::Table(Unseen { column, count, lines, .. }),
                Self::Table(Unseen { column: same, lines: more, .. }),
            ) if column == same => (count, lines, more),
            _ => return,
        };
        *count += 1;
        if lines.len() < LINES {
            lines.extend(more.first());
        }
    }

    /// Whether the rows behind the one that is wrong can be read.
    #[cfg(feature = "csv")]
    pub(crate) fn is_of_a_row(&self) -> bool {
        use crate::TableError::{Missing, Unseen};
        matches!(self, Self::FieldCount { .. } | Self::Table(Missing { .. } | Unseen { .. }))
    }

    /// [`DataError::Format`].
    #[cfg(any(feature = "idx", feature = "npy"))]
    pub(crate) fn format(format: &'static str, expected: impl ToString, found: impl ToString) -> Self {
        Self::Format { format, expected: expected.to_string(), found: found.to_string() }
    }

    pub(crate) fn parameter(name: &'static str, expected: &'static str, found: impl ToString) -> Self {
        Self::Parameter { name, expected, found: found.to_string() }
    }
}
