use thiserror::Error;

/// A table could not be read, fitted, encoded or decoded.
///
/// The message says where, what was expected, what was found, and what to do:
///
/// ```
/// use nn_data::{Dialect, TableReader};
///
/// let mut rows = TableReader::new("name,height\n\"Ada,170\nBo,180\n".as_bytes(), &Dialect::default())?;
/// let error = rows.advance().unwrap_err();
/// assert_eq!(error.to_string(), "line 2: a quotation mark is opened and never closed; close it, or double it to mean itself");
/// # Ok::<(), nn_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum TableError {
    /// Bytes that are not text of the encoding that was asked for.
    #[error("the bytes are no {told} text; {looks_like}: set `encoding` of the dialect")]
    Encoding {
        /// Name of the encoding asked for.
        told: &'static str,
        /// What they look like.
        looks_like: &'static str,
    },
    /// A quoted field that runs to the end of the file.
    #[error(
        "line {line}: a quotation mark is opened and never closed; close it, or double it to mean itself"
    )]
    UnclosedQuote {
        /// Line of the file on which it is opened, from 1.
        line: usize,
    },
    /// A delimiter that could not be detected.
    #[error(
        "cannot tell the delimiter: {found}; expected one of `,` `;` tab `|` that cuts every line into as many fields, \
         two at least: name it as `delimiter` of the dialect"
    )]
    Delimiter {
        /// What was found instead.
        found: String,
    },
    /// Two columns of one name.
    #[error(
        "columns {first} and {second}, counted from 0, are both called `{name}`; expected different names: \
         rename one, or have them numbered by `duplicate_names` of the dialect"
    )]
    DuplicateName {
        /// The name.
        name: String,
        /// Number of the first column of that name.
        first: usize,
        /// Number of the second.
        second: usize,
    },
    /// A column that the table has not.
    #[error("there is no column `{name}`; expected one of {columns}")]
    NoColumn {
        /// The name asked for.
        name: String,
        /// The columns there are.
        columns: String,
    },
    /// Missing values, which are not to be filled in.
    #[error("column `{column}` has {}; fill them in or leave such rows out by `missing`", places("missing value", *count, lines))]
    Missing {
        /// The column.
        column: String,
        /// How many.
        count: usize,
        /// The first lines that have one.
        lines: Vec<usize>,
    },
    /// Texts in a column of numbers.
    #[error(
        "column `{column}` has {}, among numbers: `{word}` is none; if it stands for a missing value, add it to `markers`; if the numbers are written otherwise, see `numbers` of the dialect; if they are categories, say so in `kinds`",
        places("text", *count, lines)
    )]
    NotANumber {
        /// The column.
        column: String,
        /// The first of them.
        word: String,
        /// How many.
        count: usize,
        /// The first lines that have one.
        lines: Vec<usize>,
    },
    /// A column that should have yes and no.
    #[error("column `{column}` has {found}; expected yes and no, true and false, y and n, or t and f")]
    NotYesNo {
        /// The column.
        column: String,
        /// What it has.
        found: String,
    },
    /// A column of names or identifiers.
    #[error(
        "column `{column}` has {different} different texts in {rows} rows, as names and identifiers have; leave it out by `leave_out`, or say in `kinds` that they are categories"
    )]
    Identifier {
        /// The column.
        column: String,
        /// How many are different.
        different: usize,
        /// How many there are.
        rows: usize,
    },
    /// A column with more categories than can be features.
    #[error("column `{column}` has more than {limit} categories; leave it out by `leave_out`")]
    TooManyCategories {
        /// The column.
        column: String,
        /// So many at most.
        limit: usize,
    },
    /// A column without a value.
    #[error("column `{column}` has missing values only; leave it out by `leave_out`")]
    Empty {
        /// The column.
        column: String,
    },
    /// No column is left for features.
    #[error("no column is left for features; expected one at least that is neither the target nor left out")]
    NoFeatures,
    /// A target of one class.
    #[error(
        "the target `{column}` is `{class}` in every row; expected two classes at least: is it the right column?"
    )]
    OneClass {
        /// The column.
        column: String,
        /// The class.
        class: String,
    },
    /// A target whose labels are one number in several forms.
    #[error(
        "the target `{column}` has the labels `{first}` and `{second}`, which are one number; write them alike, or say by `labels` whether they are one class or two"
    )]
    LabelForms {
        /// The column.
        column: String,
        /// A label.
        first: String,
        /// Another.
        second: String,
    },
    /// A category or class that was not there when the encoder was fitted.
    #[error("{}column `{column}` has `{value}`; expected {expected}", at(*line))]
    Unseen {
        /// The line, 0 for a row that is from no file.
        line: usize,
        /// The column.
        column: String,
        /// What it has.
        value: String,
        /// What the encoder knows.
        expected: String,
    },
    /// Another target than is asked for.
    #[error("the encoder has {found} as its target; expected {expected}")]
    Target {
        /// What is asked for.
        expected: &'static str,
        /// What it has.
        found: &'static str,
    },
    /// A fitted encoder from a file that cannot be one.
    #[error("the encoder is not valid: {reason}")]
    Invalid {
        /// Why.
        reason: String,
    },
}

/// `line 7: `, or nothing for a row that is from no file.
fn at(line: usize) -> String {
    if line == 0 { String::new() } else { format!("line {line}: ") }
}

/// `3 missing values, on lines 2, 5, 9`.
fn places(what: &str, count: usize, lines: &[usize]) -> String {
    if lines == [0] {
        return format!("{count} {what}");
    }
    let numbers: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let (s, more) = (if count == 1 { "" } else { "s" }, if count > lines.len() { ", .." } else { "" });
    format!("{count} {what}{s}, on line{s} {}{more}", numbers.join(", "))
}

/// The first of some names, for a message.
pub(super) fn some(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(8).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > 8 { format!(" and {} more", names.len() - 8) } else { String::new() };
    shown.join(", ") + &more
}

/// The error of a column that is not there.
pub(super) fn no_column(name: &str, names: &[String]) -> crate::DataError {
    TableError::NoColumn { name: name.to_owned(), columns: some(names) }.into()
}
