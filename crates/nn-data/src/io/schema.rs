//! What a CSV file holds, column by column.

use std::{collections::BTreeSet, fmt, io::Read, path::Path};

use super::CsvOptions;
use super::open::open;
use super::table::{Rows, note, text};
use crate::DataError;

/// Texts that stand for a value that is not there, in letters of either case; so does an empty field.
const MISSING: [&str; 6] = ["na", "n/a", "nan", "null", "none", "?"];

/// What a CSV file holds, inferred from its fields. Displayed, it is a table.
///
/// # Example
/// ```
/// use nn_data::{ColumnKind, CsvOptions};
///
/// let text = "length,width,species\n1.4,0.2,iris\n2.5,NA,rose\n1.3,0.2,iris\n";
/// let schema = CsvOptions::default().schema_from_reader(text.as_bytes())?;
/// assert_eq!(schema.columns[1].missing, 1);
/// assert_eq!(schema.columns[2].kind, ColumnKind::Class { classes: vec!["iris".into(), "rose".into()] });
/// assert_eq!(schema.to_string(), "\
/// column     kind                   missing
/// 0 length   numeric                      0
/// 1 width    numeric                      1
/// 2 species  2 classes: iris, rose        0
/// 3 rows");
/// # Ok::<(), nn_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CsvSchema {
    /// The columns, from left to right.
    pub columns: Vec<CsvColumn>,
    /// Rows of data.
    pub rows: usize,
}

/// A column of a [`CsvSchema`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CsvColumn {
    /// The name in the header, if there is one.
    pub name: Option<String>,
    /// What its fields are.
    pub kind: ColumnKind,
    /// How many fields are missing: empty, or `NA`, `N/A`, `NaN`, `null`, `None` or `?`, in letters of either case.
    pub missing: usize,
}

/// What the fields of a column are, missing ones aside.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ColumnKind {
    /// Finite numbers; they may be classes all the same.
    Numeric,
    /// Texts, of which one at least is no finite number.
    Class {
        /// The different texts, sorted by their characters.
        classes: Vec<String>,
    },
    /// All fields are missing.
    Empty,
}

impl CsvOptions {
    /// Reads what the columns of a file hold: of use before it is known which is the target and which are features.
    ///
    /// # Errors
    /// [`DataError::Open`] when the file cannot be opened, and those of
    /// [`schema_from_reader`](Self::schema_from_reader).
    ///
    /// # Example
    /// ```
    /// use nn_data::CsvOptions;
    ///
    /// let error = CsvOptions::default().read_schema("no/such.csv").unwrap_err();
    /// assert!(error.to_string().starts_with("cannot open no/such.csv: "));
    /// ```
    pub fn read_schema(&self, path: impl AsRef<Path>) -> Result<CsvSchema, DataError> {
        self.schema_from_reader(open(path.as_ref())?)
    }

    /// Reads what the columns of a text hold; `target` and `classes` are not looked at.
    ///
    /// # Errors
    /// [`DataError::Read`] when the bytes cannot be read or are not UTF-8, [`DataError::NoRows`] without data,
    /// [`DataError::FieldCount`] for a row of another length, [`DataError::Parameter`] for an unusable delimiter.
    ///
    /// # Example
    /// ```
    /// use nn_data::{ColumnKind, CsvOptions};
    ///
    /// let options = CsvOptions { has_header: false, ..CsvOptions::default() };
    /// let schema = options.schema_from_reader("1,?\n2,?\n".as_bytes())?;
    /// assert_eq!((&schema.columns[0].kind, &schema.columns[1].kind), (&ColumnKind::Numeric, &ColumnKind::Empty));
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn schema_from_reader<R: Read>(&self, reader: R) -> Result<CsvSchema, DataError> {
        let text = text(reader)?;
        let mut table = Rows::new(&text, self.delimiter)?;
        let (columns, first) = table.columns(self)?;
        let mut seen: Vec<Seen> = columns.iter().map(|_| Seen::default()).collect();
        let (mut next, mut rows) = (Some(table.first(self, first)?), 0);
        let mut wrong = None;
        while let Some(line) = next {
            if let Err(error) = table.check_length(line, columns.len()) {
                note(&mut wrong, error);
            }
            seen.iter_mut().zip(&table.row).for_each(|(seen, field)| seen.add(field));
            rows += 1;
            next = table.advance()?;
        }
        if let Some(error) = wrong {
            return Err(error);
        }
        let columns = columns.into_iter().zip(seen).map(|(column, seen)| seen.into_column(column.name));
        Ok(CsvSchema { columns: columns.collect(), rows })
    }
}

/// What was seen of a column.
#[derive(Debug, Default)]
struct Seen {
    missing: usize,
    texts: BTreeSet<String>,
    /// Whether one of the texts is no finite number.
    words: bool,
}

impl Seen {
    fn add(&mut self, field: &str) {
        if field.is_empty() || MISSING.iter().any(|missing| field.eq_ignore_ascii_case(missing)) {
            self.missing += 1;
        } else if !self.texts.contains(field) {
            self.words |= !field.parse().is_ok_and(f64::is_finite);
            self.texts.insert(field.to_owned());
        }
    }

    fn into_column(self, name: Option<String>) -> CsvColumn {
        let kind = if self.words {
            ColumnKind::Class { classes: self.texts.into_iter().collect() }
        } else if self.texts.is_empty() {
            ColumnKind::Empty
        } else {
            ColumnKind::Numeric
        };
        CsvColumn { name, kind, missing: self.missing }
    }
}

impl fmt::Display for ColumnKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Classes that are named; of more there is but the number.
        const NAMED: usize = 5;
        match self {
            Self::Numeric => f.write_str("numeric"),
            Self::Empty => f.write_str("empty"),
            Self::Class { classes } => {
                let more = if classes.len() > NAMED { ", .." } else { "" };
                let named = classes.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
                let noun = if classes.len() == 1 { "class" } else { "classes" };
                write!(f, "{} {noun}: {named}{more}", classes.len())
            }
        }
    }
}

impl fmt::Display for CsvSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |(index, column): (usize, &CsvColumn)| {
            let name = column.name.as_ref().map_or(String::new(), |name| format!(" {name}"));
            [format!("{index}{name}"), column.kind.to_string(), column.missing.to_string()]
        };
        let head = ["column", "kind", "missing"].map(str::to_owned);
        let lines: Vec<[String; 3]> =
            std::iter::once(head).chain(self.columns.iter().enumerate().map(line)).collect();
        let width = |n: usize| lines.iter().map(|line| line[n].chars().count()).max().unwrap_or(0);
        let [first, second, third] = [width(0), width(1), width(2)];
        for [column, kind, missing] in &lines {
            writeln!(f, "{column:<first$}  {kind:<second$}  {missing:>third$}")?;
        }
        write!(f, "{} rows", self.rows)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn schema(text: &str) -> Result<CsvSchema, DataError> {
        CsvOptions::default().schema_from_reader(text.as_bytes())
    }

    #[test]
    fn kinds_are_told_by_the_fields_that_are_there() {
        let schema = schema("a,b,c,d\n1,x,,1\n-2e3, ,NA,inf\n?,1,none,2\n.5,x,NaN,3\n").unwrap();
        let classes = |names: &[&str]| ColumnKind::Class {
            classes: names.iter().map(|&name| name.to_owned()).collect(),
        };
        let found: Vec<_> = schema
            .columns
            .iter()
            .map(|column| (column.name.as_deref().unwrap(), &column.kind, column.missing))
            .collect();
        assert_eq!(schema.rows, 4);
        assert_eq!(
            found,
            [
                ("a", &ColumnKind::Numeric, 1),
                ("b", &classes(&["1", "x"]), 1),
                ("c", &ColumnKind::Empty, 4),
                ("d", &classes(&["1", "2", "3", "inf"]), 0),
            ]
        );
    }

    #[test]
    fn a_table_names_five_classes_at_most() {
        let schema = schema("letter,one\na,x\nb,x\nc,x\nd,x\ne,x\nf,x\n").unwrap();
        let expected = "column    kind                          missing\n\
                        0 letter  6 classes: a, b, c, d, e, ..        0\n\
                        1 one     1 class: x                          0\n\
                        6 rows";
        assert_eq!(schema.to_string(), expected);
    }

    #[test]
    fn files_that_are_no_table_are_refused() {
        let message = |text: &str| schema(text).unwrap_err().to_string();
        assert_eq!(message(""), "expected a header and at least one row of data, found nothing");
        assert_eq!(message("a,b\n"), "expected a header and at least one row of data, found a header only");
        assert_eq!(
            message("a,b\n1,2\n\n3\n"),
            "line 4: expected 2 fields, found 1: check delimiters and quotes"
        );
        let options = CsvOptions { delimiter: b'"', ..CsvOptions::default() };
        assert!(options.schema_from_reader(&b"a\n1\n"[..]).is_err());
    }

    #[test]
    fn a_single_column_and_the_first_row_without_a_header_are_data() {
        let options = CsvOptions { has_header: false, ..CsvOptions::default() };
        let schema = options.schema_from_reader("a\n1\n".as_bytes()).unwrap();
        assert_eq!((schema.rows, &schema.columns[0].name), (2, &None));
        assert_eq!(
            schema.to_string(),
            "column  kind             missing\n0       2 classes: 1, a        0\n2 rows"
        );
    }

    proptest! {
        #[test]
        fn numeric_columns_without_gaps_are_what_can_be_read(
            fields in vec("[0-9]{1,2}|[a-b]|NA|[0-9]\\.[0-9]|-?inf", 1..8)
        ) {
            let text = format!("x,y\n0,{}\n", fields.join("\n0,"));
            let column = &schema(&text).unwrap().columns[1];
            let numeric = column.kind == ColumnKind::Numeric && column.missing == 0;
            prop_assert_eq!(numeric, CsvOptions::default().values_from_reader::<f64, _>(text.as_bytes()).is_ok());
        }
    }
}
