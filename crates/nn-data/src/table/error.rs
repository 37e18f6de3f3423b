use thiserror::Error;

use super::nearest::nearest;
use super::seen::TEXTS;
use super::{DecimalMark, TextEncoding};

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
    #[error("the bytes are no {} text; {looks_like}{}", told.name(), if found.is_some() { ": set `encoding` of the dialect" } else { "" })]
    Encoding {
        /// The encoding asked for.
        told: TextEncoding,
        /// What they are more likely, if that can be told.
        found: Option<TextEncoding>,
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
        "cannot tell the delimiter: {}; expected one of `,` `;` tab `|` that cuts every line into as many fields, \
         two at least: name it as `delimiter` of the dialect",
        delimiters(fitting)
    )]
    Delimiter {
        /// Those that cut every line into as many fields: none, or several.
        fitting: Vec<char>,
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
    #[error("there is no column `{name}`; {}{}", meant(nearest.as_ref()), some(columns))]
    NoColumn {
        /// The name asked for, or the number.
        name: String,
        /// The name that is most like it, if one is.
        nearest: Option<String>,
        /// The columns there are.
        columns: Vec<String>,
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
        "column `{column}` has {}, among numbers: {}; add what stands for a missing value to `markers`; if the numbers are written otherwise, see `numbers` of the dialect; if they are categories, say so in `kinds`",
        places("text", *count, lines), some(words)
    )]
    NotANumber {
        /// The column.
        column: String,
        /// The first different ones, five at most.
        words: Vec<String>,
        /// How many.
        count: usize,
        /// The first lines that have one.
        lines: Vec<usize>,
    },
    /// A column that should have yes and no.
    #[error(
        "column `{column}` has {}; expected yes and no, true and false, y and n, or t and f",
        some(texts)
    )]
    NotYesNo {
        /// The column.
        column: String,
        /// What it has, sorted; none if they are too many.
        texts: Vec<String>,
    },
    /// A column of names or identifiers.
    #[error(
        "column `{column}` has {} different texts in {rows} rows, as names and identifiers have; leave it out by `leave_out` or `set_aside`, or say in `kinds` that they are categories",
        counted(*different)
    )]
    Identifier {
        /// The column.
        column: String,
        /// How many are different, counted to 10,001.
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
    #[error(
        "column `{column}` has missing values only; leave it out by `leave_out`, or learn another if it is the target"
    )]
    Empty {
        /// The column.
        column: String,
    },
    /// A number with a comma that can be read in two ways.
    #[error(
        "column `{column}` has `{text}`, which is one number with a decimal comma and another with separators of thousands, and no other number of the table tells which; say so by `decimal` or `thousands` of the dialect's `numbers`"
    )]
    DecimalUnclear {
        /// The column.
        column: String,
        /// The number.
        text: String,
    },
    /// A number with another decimal mark than was detected.
    #[error(
        "line {line}: column `{column}` has `{text}`, a number by another decimal mark than {}; write them alike, or say by `decimal` and `thousands` of the dialect's `numbers` how they are meant",
        if *detected == DecimalMark::Comma { "the commas of the first rows" } else { "a point, and no rows before had decimal commas behind another delimiter" }
    )]
    DecimalMixed {
        /// The line.
        line: usize,
        /// The column.
        column: String,
        /// The number.
        text: String,
        /// The decimal mark of the first rows.
        detected: DecimalMark,
    },
    /// Every column that could be a feature is set aside.
    #[error(
        "no column is left for features, since each is set aside: {}; say in `kinds` what they are",
        some(columns)
    )]
    AllSetAside {
        /// The columns.
        columns: Vec<String>,
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
    /// A target of which nearly every row has another label.
    #[error(
        "the target `{column}` has {} different labels in {rows} rows, as {} and identifiers have; {}learn another column, or say in `kinds` that they are categories",
        counted(*different),
        if *numbers { "measurements" } else { "names" },
        if *numbers { "say by `task` that they are values, " } else { "" }
    )]
    TargetIdentifier {
        /// The column.
        column: String,
        /// How many are different, counted to 10,001.
        different: usize,
        /// How many there are.
        rows: usize,
        /// Whether all are numbers, which can be learned as values.
        numbers: bool,
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
    #[error(
        "{}column `{column}` has `{value}`{}; expected {}",
        at(*count, lines),
        if *count > 1 { " on the first" } else { "" },
        if known.is_empty() { "a number".to_owned() } else { format!("one of {}", some(known)) }
    )]
    Unseen {
        /// The column.
        column: String,
        /// What it has, in the first such row.
        value: String,
        /// What the encoder knows; nothing where it expects a number.
        known: Vec<String>,
        /// How many rows have such a field, as far as the table was read.
        count: usize,
        /// The first lines that have one, five at most; 0 for a row that is from no file.
        lines: Vec<usize>,
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
fn at(count: usize, lines: &[usize]) -> String {
    if lines == [0] { String::new() } else { crate::error::places(count, lines) + ": " }
}

/// `none does`, or ``each of `,` tab does``.
fn delimiters(fitting: &[char]) -> String {
    let name = |c: &char| if *c == '\t' { "tab".to_owned() } else { format!("`{c}`") };
    let names: Vec<String> = fitting.iter().map(name).collect();
    if names.is_empty() { "none does".to_owned() } else { format!("each of {} does", names.join(" ")) }
}

/// How many are different, as far as they are counted.
fn counted(different: usize) -> String {
    if different > TEXTS { format!("more than {TEXTS}") } else { different.to_string() }
}

fn meant(nearest: Option<&String>) -> String {
    let others = "the columns are ";
    nearest.map_or(others.into(), |nearest| format!("did you mean `{nearest}`? The columns are "))
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
    TableError::NoColumn { name: name.to_owned(), nearest: nearest(name, names), columns: names.to_vec() }
        .into()
}
