//! Errors of the libraries in the command's words: what they call an option, here is an argument.

use std::error::Error;

use nn_data::{DataError, DecimalMark, SetAsideReason, TableError, TableWarning, TextEncoding};
use nn_model::FileError;

/// What was asked of the command when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    /// A table is learned: its columns are as the arguments say.
    Training,
    /// A model is asked about a table: its columns are as the model knows them.
    Asking,
}

/// The message of an error.
pub(crate) fn message(error: &(dyn Error + 'static), doing: Doing) -> String {
    if let Some(error) = error.downcast_ref::<DataError>() {
        of_data(error, doing)
    } else if let Some(error) = error.downcast_ref::<FileError>() {
        of_file(error, doing)
    } else {
        error.to_string()
    }
}

fn of_file(error: &FileError, doing: Doing) -> String {
    match error {
        FileError::At { path, source } => format!("{path}: {}", of_file(source, doing)),
        FileError::Data(error) => of_data(error, doing),
        FileError::NoModel => {
            "expected a model that `smallnet train` wrote, found a safetensors file of something else"
                .to_owned()
        }
        FileError::Format { expected, found } => format!(
            "expected a file of format {expected} at most, found {found}: it is from a later version; update smallnet"
        ),
        error => error.to_string(),
    }
}

pub(crate) fn of_data(error: &DataError, doing: Doing) -> String {
    match error {
        DataError::Table(error) => of_table(error, doing),
        DataError::Split { test, samples, .. } => format!(
            "{test} of {samples} rows would be set aside; expected one at least that is, and one that is not: {}",
            if *samples < 2 { "give more rows" } else { "give another --validation" }
        ),
        DataError::Folds { samples, folds } => {
            format!("cannot deal {samples} rows out among {folds} folds; give fewer --folds, or more rows")
        }
        DataError::NoRows { found: "missing values in every row", .. } => {
            "every row has a missing value; fill them in by --missing mean, or --leave-out the column that has most".to_owned()
        }
        DataError::NoRows { expected: "a header", .. } => {
            "the table is empty; expected a line with the names of the columns, and rows".to_owned()
        }
        DataError::NoRows { expected: "at least one row of data", .. } => {
            "the table has the names of its columns, and no row below them".to_owned()
        }
        DataError::Empty { what: "sample" } => "no row is left: each has a missing value".to_owned(),
        error => error.to_string(),
    }
}

fn of_table(error: &TableError, doing: Doing) -> String {
    match error {
        TableError::Missing { column, count, lines } => {
            let places = places("missing value", *count, lines);
            match doing {
                Doing::Training => format!(
                    "column `{column}` has {places}; have them filled in (--missing mean, median or most-frequent) or such rows left out (--missing drop)"
                ),
                Doing::Asking => format!(
                    "column `{column}` has {places}, and the model was trained without any; fill it in, or train with --missing mean"
                ),
            }
        }
        TableError::NotANumber { column, words, count, lines } => {
            let shown: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            let markers: Vec<String> = words.iter().map(|word| format!("--missing-marker '{word}'")).collect();
            let stands = if words.len() == 1 { "it stands for a missing value" } else { "they stand for missing values" };
            format!(
                "column `{column}` has {}, among numbers: {}; if {stands}, say {}; if the column holds categories, --kind '{column}=category'; if numbers are written otherwise, see --decimal and --thousands",
                places("text", *count, lines),
                shown.join(", "),
                markers.join(" ")
            )
        }
        TableError::Identifier { column, different, rows } => format!(
            "column `{column}` has {different} different texts in {rows} rows, as names and identifiers have; leave it out (--leave-out '{column}'), or say that they are categories (--kind '{column}=category')"
        ),
        TableError::TooManyCategories { column, limit } => format!(
            "column `{column}` has more than {limit} categories; leave it out: --leave-out '{column}'"
        ),
        TableError::Empty { column } => {
            format!("column `{column}` has missing values only; leave it out: --leave-out '{column}'")
        }
        TableError::Encoding { told, looks_like, found } => {
            let option = match found {
                None => "",
                Some(TextEncoding::Utf8) => ": try --encoding utf-8",
                Some(TextEncoding::Latin1) => ": try --encoding latin-1",
                Some(TextEncoding::Utf16Le) => ": try --encoding utf-16le",
                Some(TextEncoding::Utf16Be) => ": try --encoding utf-16be",
                Some(_) => ": try --encoding windows-1252",
            };
            format!("the bytes are no {} text; {looks_like}{option}", told.name())
        }
        TableError::Delimiter { fitting } => format!(
            "cannot tell what stands between two fields: {}; expected one of `,` `;` tab `|` that cuts every line into as many fields, two at least: say which by --delimiter{}",
            delimiters(fitting),
            if fitting.is_empty() { "; lines that are broken are then named" } else { "" }
        ),
        TableError::TargetIdentifier { column, rows, numbers: true, .. } => format!(
            "nearly each of the {rows} rows has another label in the target `{column}`; have it learned as values (--task values), or learn another column (--target)"
        ),
        TableError::TargetIdentifier { column, rows, .. } => format!(
            "nearly each of the {rows} rows has another label in the target `{column}`, as names and identifiers have; learn another column (--target), or say that they are categories (--kind '{column}=category')"
        ),
        TableError::DecimalUnclear { column, text } => format!(
            "column `{column}` has `{text}`, which is one number with a decimal comma and another with separators of thousands, and no other number of the table tells which; say so by --decimal comma or --thousands ,"
        ),
        TableError::DecimalMixed { line, column, text, detected } => format!(
            "line {line}: column `{column}` has `{text}`, a number by another decimal mark than {}; write them alike, or say by --decimal and --thousands how they are meant",
            if *detected == DecimalMark::Comma { "the commas of the first rows" } else { "a point" }
        ),
        TableError::AllSetAside { columns } => format!(
            "no column is left to learn from, since each is set aside: {}; say what they are, such as --kind '{}=category'",
            columns.join(", "),
            columns.first().map_or("", String::as_str)
        ),
        TableError::DuplicateName { name, first, second } => format!(
            "columns {} and {} are both called `{name}`; rename one, or have them numbered by --number-duplicates",
            first + 1,
            second + 1
        ),
        TableError::LabelForms { column, first, second } => format!(
            "the target `{column}` has the labels `{first}` and `{second}`, which are one number; write them alike, or say whether they are one class (--labels numbers) or two (--labels texts)"
        ),
        TableError::OneClass { column, class } => format!(
            "the target `{column}` is `{class}` in every row; expected two classes at least: is it the right column? Another is chosen by --target"
        ),
        TableError::NoFeatures => {
            "no column is left to learn from; expected one at least that is neither the --target nor in --leave-out".to_owned()
        }
        TableError::Unseen { known, .. } => {
            let hint =
                if known.is_empty() { "" } else { "; a model trained with --other takes new ones for rare ones" };
            format!("{error}{hint}")
        }
        error => error.to_string(),
    }
}

/// What was noticed of a table that was understood.
pub(crate) fn of_warning(warning: &TableWarning) -> String {
    match warning {
        TableWarning::SetAside { column, reason } => {
            let how = match reason {
                SetAsideReason::Empty => return format!("column `{column}` is set aside, since {reason}"),
                SetAsideReason::RowNumbers | SetAsideReason::Identifiers => "number",
                _ => "category",
            };
            format!(
                "column `{column}` is set aside, since {reason}; to have it learned, say --kind '{column}={how}'"
            )
        }
        TableWarning::EqualsTarget { column } => format!(
            "column `{column}` is the target over again in every row; leave it out (--leave-out '{column}'), unless it is known before the target is"
        ),
        TableWarning::TellsTarget { column } => format!(
            "column `{column}` tells the target exactly, as a copy under another name does; leave it out (--leave-out '{column}'), unless it is known before the target is"
        ),
        TableWarning::Constant { column, value } => format!(
            "column `{column}` has no other value than `{value}`, which tells nothing; it can be left out (--leave-out '{column}')"
        ),
        TableWarning::MostlyMissing { column, missing, rows } => format!(
            "column `{column}` has no value in {missing} of {rows} rows, so that most of it is made up; leave it out (--leave-out '{column}'), or fill it in"
        ),
        TableWarning::Sentinel { column, value, rows, others: [least, largest] } => format!(
            "column `{column}` has {value} in {rows} rows, and else numbers from {least} to {largest}; if it stands for a missing value, say --missing-marker {value}"
        ),
        TableWarning::NamesAreNumbers { name } => format!(
            "the names of the columns are numbers, such as `{name}`; if the table has no line of names, say --no-header"
        ),
        warning => warning.to_string(),
    }
}

/// `none does`, or ``each of `,` tab does``.
fn delimiters(fitting: &[char]) -> String {
    let name = |c: &char| if *c == '\t' { "tab".to_owned() } else { format!("`{c}`") };
    let names: Vec<String> = fitting.iter().map(name).collect();
    if names.is_empty() { "none does".to_owned() } else { format!("each of {} does", names.join(" ")) }
}

/// `3 missing values, on lines 2, 5, 9`.
pub(crate) fn places(what: &str, count: usize, lines: &[usize]) -> String {
    let (s, more) = (if count == 1 { "" } else { "s" }, if count > lines.len() { ", .." } else { "" });
    let numbers: Vec<String> = lines.iter().map(ToString::to_string).collect();
    format!("{count} {what}{s}, on line{s} {}{more}", numbers.join(", "))
}
