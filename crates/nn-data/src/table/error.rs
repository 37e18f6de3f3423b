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
}
