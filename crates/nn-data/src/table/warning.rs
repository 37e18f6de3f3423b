//! What is said of a table that was understood.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

use super::SetAsideReason;
use super::seen::Seen;

/// What fitting an encoder noticed, which is no error: in plain words, with what to do.
///
/// # Example
/// ```
/// use nn_data::{SetAside, TableEncoder, TableOptions};
///
/// let rows: String = (0..30).map(|n| format!("{},{},{}\n", n, n % 7, n % 2)).collect();
/// let options = TableOptions { set_aside: SetAside::Detect, ..TableOptions::default() };
/// let encoder = TableEncoder::fit_reader(format!("row,size,class\n{rows}").as_bytes(), &options)?;
/// assert_eq!(
///     encoder.warnings()[0].to_string(),
///     "column `row` is set aside, since it numbers the rows; to have it learned, say in `kinds` what it is"
/// );
/// # Ok::<(), nn_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum TableWarning {
    /// A column is no feature.
    SetAside {
        /// The column.
        column: String,
        /// Why.
        reason: SetAsideReason,
    },
    /// A feature has the target's own value in every row, in 10 rows or more.
    EqualsTarget {
        /// The column.
        column: String,
    },
    /// A feature tells the target exactly, in 10 rows or more: each of its values goes with one of the target's and the other way
    /// round, or numbers lie on a straight line.
    TellsTarget {
        /// The column.
        column: String,
    },
    /// A feature without a second value.
    Constant {
        /// The column.
        column: String,
        /// The value.
        value: String,
    },
    /// A target of values without a second value.
    ConstantTarget {
        /// The column.
        column: String,
        /// The value.
        value: String,
    },
    /// Categories or classes that are one but for capitals and spaces.
    AlikeTexts {
        /// The column.
        column: String,
        /// The first of them.
        first: String,
        /// The second.
        second: String,
    },
    /// A feature of which nine in ten values or more are missing.
    MostlyMissing {
        /// The column.
        column: String,
        /// How many are missing.
        missing: usize,
        /// Of so many.
        rows: usize,
    },
    /// A feature or target of numbers in which one of nines, such as -999, is there twice or more, further from all others than these are
    /// from each other: it may stand for a missing value.
    Sentinel {
        /// The column.
        column: String,
        /// The number, as it is read.
        value: String,
        /// How often it is there.
        rows: usize,
        /// The least and the largest of the others.
        others: [String; 2],
    },
    /// A feature or target of which some numbers are percentages and others are not.
    MixedPercentages {
        /// The column.
        column: String,
        /// How many are.
        percentages: usize,
        /// Of so many.
        numbers: usize,
    },
    /// Every column of numbers has a number for a name, one like those below it: the line of names may be the first row.
    NamesAreNumbers {
        /// The first of the names.
        name: String,
    },
}

/// What is to be said of a feature or target that was seen in so many rows.
///
/// `equals_target` is of a feature that tells the target: whether it is the same.
pub(super) fn notice(
    column: &str,
    seen: &Seen,
    of: Noticed,
    equals_target: Option<bool>,
    rows: usize,
) -> Vec<TableWarning> {
    let mut out = Vec::new();
    let name = || column.to_owned();
    if let Some(equals) = equals_target {
        let column = name();
        out.push(if equals {
            TableWarning::EqualsTarget { column }
        } else {
            TableWarning::TellsTarget { column }
        });
    }
    if of != Noticed::Classes
        && seen.count() > 1
        && let Some(value) = seen.only_value()
    {
        out.push(if of == Noticed::Values {
            TableWarning::ConstantTarget { column: name(), value }
        } else {
            TableWarning::Constant { column: name(), value }
        });
    }
    if matches!(of, Noticed::Categories | Noticed::Classes)
        && let Some((first, second)) = alike(seen)
    {
        out.push(TableWarning::AlikeTexts { column: name(), first, second });
    }
    let are_numbers = matches!(of, Noticed::Feature | Noticed::Values) && seen.are_numbers();
    if let (true, Some((x, rows, others))) = (are_numbers, seen.sentinels.find()) {
        let others = others.map(|x| x.to_string());
        out.push(TableWarning::Sentinel { column: name(), value: x.to_string(), rows, others });
    }
    if let (true, Some(percentages)) = (are_numbers, seen.mixed_percentages()) {
        out.push(TableWarning::MixedPercentages { column: name(), percentages, numbers: seen.count() });
    }
    if matches!(of, Noticed::Categories | Noticed::Feature) && 10 * seen.missing >= 9 * rows {
        out.push(TableWarning::MostlyMissing { column: name(), missing: seen.missing, rows });
    }
    out
}

/// What a column is learned as, or learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noticed {
    Categories,
    Feature,
    Classes,
    Values,
}

/// The first two texts that are one but for capitals and spaces.
fn alike(seen: &Seen) -> Option<(String, String)> {
    let mut known: HashMap<String, String> = HashMap::new();
    seen.texts()?.into_iter().find_map(|(text, _)| {
        let plain = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        match known.entry(plain) {
            Entry::Occupied(first) => Some((first.get().clone(), text)),
            Entry::Vacant(place) => {
                place.insert(text);
                None
            }
        }
    })
}

impl fmt::Display for TableWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetAside { column, reason: reason @ SetAsideReason::Empty } => {
                write!(f, "column `{column}` is set aside, since {reason}; fill it in to have it learned")
            }
            Self::SetAside { column, reason } => write!(
                f,
                "column `{column}` is set aside, since {reason}; to have it learned, say in `kinds` what it is"
            ),
            Self::EqualsTarget { column } => write!(
                f,
                "column `{column}` is the target over again in every row; put it into `leave_out`, unless it is known before the target is"
            ),
            Self::TellsTarget { column } => write!(
                f,
                "column `{column}` tells the target exactly, as a copy under another name does; put it into `leave_out`, unless it is known before the target is"
            ),
            Self::Constant { column, value } => write!(
                f,
                "column `{column}` has no other value than `{value}`, which tells nothing; put it into `leave_out`, or give rows with others"
            ),
            Self::ConstantTarget { column, value } => write!(
                f,
                "the target `{column}` has no other value than `{value}`, so there is nothing to learn; is it the right column?"
            ),
            Self::AlikeTexts { column, first, second } => write!(
                f,
                "column `{column}` has `{first}` and `{second}`, which differ in capitals or spaces only and count as two; write them alike if they are one"
            ),
            Self::MostlyMissing { column, missing, rows } => write!(
                f,
                "column `{column}` has no value in {missing} of {rows} rows, so that most of it is made up; put it into `leave_out`, or fill it in"
            ),
            Self::Sentinel { column, value, rows, others: [least, largest] } => write!(
                f,
                "column `{column}` has {value} in {rows} rows, and else numbers from {least} to {largest}; if it stands for a missing value, add it to `markers`"
            ),
            Self::MixedPercentages { column, percentages, numbers } => write!(
                f,
                "column `{column}` has {percentages} percentages among {numbers} numbers: `50%` is read as 0.5, and `50` as 50; write them alike if they are one measure"
            ),
            Self::NamesAreNumbers { name } => write!(
                f,
                "the names of the columns are numbers, such as `{name}`; if the table has no line of names, say so by `has_header` of the dialect"
            ),
        }
    }
}
