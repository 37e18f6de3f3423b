use super::{NumberFormat, TextEncoding};
use crate::DataError;

/// How a table is written as text.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `delimiter` | [`Delimiter::Comma`] | |
/// | `has_header` | `true` | `false`: columns are called `x0`, `x1`, .. |
/// | `comment` | `None` | an ASCII character that begins a line to be left out |
/// | `encoding` | [`TextEncoding::Utf8`] | |
/// | `numbers` | plain: `-1.5e3` | see [`NumberFormat`], whose decimal mark can be detected |
/// | `duplicate_names` | [`DuplicateNames::Refuse`] | |
///
/// Always so: spaces around a field, and empty lines, are ignored; lines end in `\n`, `\r\n` or `\r`; a byte order mark is
/// skipped. A field in quotation marks may hold delimiters, line breaks, and quotation marks as two of them. A column whose
/// name in the header is empty is called by its number: `x3`.
///
/// # Example
/// ```
/// use nn_data::{DecimalMark, Delimiter, Dialect, NumberFormat, TableReader};
///
/// let dialect = Dialect {
///     delimiter: Delimiter::Detect,
///     comment: Some('#'),
///     numbers: NumberFormat { decimal: DecimalMark::Comma, ..NumberFormat::default() },
///     ..Dialect::default()
/// };
/// let text = "# Berlin\nday;note;mm\n1; \"rain; then sun\";2,5\n";
/// let mut rows = TableReader::new(text.as_bytes(), &dialect)?;
/// assert_eq!((rows.delimiter(), rows.names()), (';', &["day", "note", "mm"].map(str::to_owned)[..]));
/// assert!(rows.advance()?);
/// assert_eq!((rows.line(), rows.fields().collect::<Vec<_>>()), (3, vec!["1", "rain; then sun", "2,5"]));
/// assert!(!rows.advance()?);
/// # Ok::<(), nn_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Dialect {
    /// What stands between two fields.
    pub delimiter: Delimiter,
    /// Whether the first row holds the names of the columns.
    pub has_header: bool,
    /// What begins a line that is no data, if anything does.
    pub comment: Option<char>,
    /// What characters the bytes stand for.
    pub encoding: TextEncoding,
    /// How numbers are written.
    pub numbers: NumberFormat,
    /// What becomes of columns that have one name.
    pub duplicate_names: DuplicateNames,
}

/// What stands between two fields of a row.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Delimiter {
    /// `,`
    #[default]
    Comma,
    /// `;`
    Semicolon,
    /// A tab.
    Tab,
    /// `|`
    Pipe,
    /// Another ASCII character, neither a quotation mark nor a line break.
    Other(char),
    /// The only one of `,` `;` tab and `|` that cuts the first lines, a hundred at most, into as many fields each, two at
    /// least; a comma that is the decimal mark or separates thousands is taken only where no other does so. If it is not the only one, that is
    /// an error. Where none cuts any line, the table has one column. Where lines are broken, it is the one that cuts most of them alike, more than half, and
    /// the others are then [named](crate::DataError::FieldCount); without such a one, that is an error.
    Detect,
}

/// What becomes of columns that have one name.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum DuplicateNames {
    /// They are an error.
    #[default]
    Refuse,
    /// The second `a` is called `a_2`, the third `a_3`, unless there is such a name.
    Number,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            delimiter: Delimiter::default(),
            has_header: true,
            comment: None,
            encoding: TextEncoding::default(),
            numbers: NumberFormat::default(),
            duplicate_names: DuplicateNames::default(),
        }
    }
}

impl Delimiter {
    /// The byte, or `None` if it is to be detected.
    pub(super) fn byte(self) -> Result<Option<u8>, DataError> {
        Ok(Some(match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
            Self::Other(c) => byte("delimiter", c)?,
            Self::Detect => return Ok(None),
        }))
    }
}

impl Dialect {
    /// Checks what does not depend on a file.
    pub(super) fn check(&self) -> Result<(), DataError> {
        self.numbers.check()?;
        let delimiter = self.delimiter.byte()?;
        let comment = self.comment_byte()?;
        if comment.is_some() && comment == delimiter {
            return Err(DataError::parameter("comment", "another character than the delimiter", "the same"));
        }
        Ok(())
    }

    pub(super) fn comment_byte(&self) -> Result<Option<u8>, DataError> {
        self.comment.map(|c| byte("comment", c)).transpose()
    }
}

fn byte(name: &'static str, c: char) -> Result<u8, DataError> {
    match u8::try_from(c) {
        Ok(byte) if byte.is_ascii() && !b"\"\r\n".contains(&byte) => Ok(byte),
        _ => {
            let expected = "an ASCII character, neither a quotation mark nor a line break";
            Err(DataError::parameter(name, expected, format!("{c:?}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_cannot_delimit_are_refused() {
        for c in ['"', '\n', '\r', 'é', '€'] {
            let delimiter = Dialect { delimiter: Delimiter::Other(c), ..Dialect::default() };
            let comment = Dialect { comment: Some(c), ..Dialect::default() };
            let name = |dialect: Dialect| match dialect.check() {
                Err(DataError::Parameter { name, .. }) => name,
                other => panic!("{other:?}"),
            };
            assert_eq!((name(delimiter), name(comment)), ("delimiter", "comment"));
        }
        assert!(Dialect { comment: Some(','), ..Dialect::default() }.check().is_err());
        assert!(
            Dialect { delimiter: Delimiter::Other(' '), comment: Some('#'), ..Dialect::default() }
                .check()
                .is_ok()
        );
    }
}
