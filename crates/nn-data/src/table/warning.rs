//! What is said of a table that was understood.

use std::fmt;

use super::SetAsideReason;

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
        }
    }
}
