use std::collections::HashSet;

use nn_core::Scalar;

use super::column::{Refusal, TableColumn};
use super::target::TableTarget;
use super::{SetAsideReason, TableError, TableOptions, TableWarning};
use crate::DataError;

/// From the rows of a table to features and back: numbers scaled, categories as a feature each, missing values filled in.
///
/// Fitted to the table that a network learns from, it treats every other row alike. It is a `serde` value: keep it with the
/// network, which is of no use without it.
///
/// # Example
/// ```
/// use nn_data::{Missing, TableEncoder, TableOptions};
///
/// let text = "age,colour,member,price\n20,red,yes,10\n?,blue,no,20\n40,red,no,33\n";
/// let options = TableOptions { missing: Missing::Mean, ..TableOptions::default() };
/// let encoder = TableEncoder::fit_reader(text.as_bytes(), &options)?;
/// assert_eq!(encoder.feature_names(), ["age", "colour=blue", "colour=red", "member=yes"]);
/// assert_eq!(encoder.columns()[0].missing(), 1);
///
/// let mut features = [0.0_f32; 4];
/// encoder.encode_row(&["30", "blue", "no"], &mut features)?;
/// assert_eq!(features, [0.0, 1.0, 0.0, 0.0]);
/// assert_eq!(encoder.decode_row(&features), ["30", "blue", "no"]);
/// // The target is learned with mean 0 and standard deviation 1.
/// assert_eq!(encoder.decode_value(0.0_f32)?, 21.0);
/// # Ok::<(), nn_data::DataError>(())
/// ```
///
/// In the spirit of scikit-learn's `ColumnTransformer` of `SimpleImputer`, `StandardScaler` and `OneHotEncoder`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(deny_unknown_fields))]
pub struct TableEncoder {
    pub(super) options: TableOptions,
    pub(super) columns: Vec<TableColumn>,
    pub(super) target: Option<TableTarget>,
    /// Rows that it was fitted to, and rows left out for a missing value.
    pub(super) rows: usize,
    pub(super) dropped: usize,
    pub(super) warnings: Vec<TableWarning>,
    /// Whether a marker of missing values is a number.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(super) number_markers: bool,
}

impl TableEncoder {
    /// The columns that become features, in the order of the table.
    pub fn columns(&self) -> &[TableColumn] {
        &self.columns
    }

    /// What is learned; `None` if there was no target.
    pub fn target(&self) -> Option<&TableTarget> {
        self.target.as_ref()
    }

    /// The names of the classes in the order of their labels; empty for another target, or none.
    pub fn classes(&self) -> &[String] {
        match &self.target {
            Some(TableTarget::Classes { classes, .. }) => classes,
            _ => &[],
        }
    }

    /// How it was fitted.
    pub fn options(&self) -> &TableOptions {
        &self.options
    }

    /// Rows that it was fitted to.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Rows that were left out for a missing value.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// What was noticed when it was fitted, and is no error: columns that are set aside, that copy the target, are constant or nearly empty, and
    /// texts that differ in capitals only. A [refitted](TableEncoder::refit) encoder has what was noticed of the whole table.
    pub fn warnings(&self) -> &[TableWarning] {
        &self.warnings
    }

    /// The columns that [`SetAside::Detect`](super::SetAside::Detect) made no features, with the reason.
    pub fn set_aside(&self) -> impl Iterator<Item = (&str, SetAsideReason)> {
        self.warnings.iter().filter_map(|warning| match warning {
            TableWarning::SetAside { column, reason } => Some((column.as_str(), *reason)),
            _ => None,
        })
    }

    /// How many features a row becomes.
    pub fn features(&self) -> usize {
        self.columns.iter().map(TableColumn::features).sum()
    }

    /// The names of the features: `age`, `colour=red`.
    pub fn feature_names(&self) -> Vec<String> {
        self.columns.iter().flat_map(TableColumn::feature_names).collect()
    }

    /// The features of one row, without the target: fields in the order of [`columns`](TableEncoder::columns), spaces around
    /// them aside.
    ///
    /// # Errors
    /// [`DataError::Length`] for more or fewer fields or features, [`DataError::Table`] for a field that is not what the
    /// column has.
    pub fn encode_row<T: Scalar>(&self, fields: &[&str], out: &mut [T]) -> Result<(), DataError> {
        check_length("fields", "column", self.columns.len(), fields.len())?;
        check_length("features", "feature", self.features(), out.len())?;
        let encoded = self.encode(|n| fields[n].trim(), out);
        encoded.map(|_| ()).map_err(|(n, refusal)| self.refused(n, fields[n], refusal, 0))
    }

    /// The row that features stand for, in the order of [`columns`](TableEncoder::columns).
    ///
    /// # Panics
    /// When there are more or fewer features.
    pub fn decode_row<T: Scalar>(&self, features: &[T]) -> Vec<String> {
        assert_eq!(features.len(), self.features(), "features of a row");
        let mut rest = features;
        let decode = |column: &TableColumn| {
            let (own, others) = rest.split_at(column.features());
            rest = others;
            column.decode(own)
        };
        self.columns.iter().map(decode).collect()
    }

    /// The name of a predicted class.
    ///
    /// # Errors
    /// [`DataError::Table`] when the target has no classes, or not so many.
    pub fn decode_class(&self, label: usize) -> Result<&str, DataError> {
        let class = self.classes().get(label).map(String::as_str);
        class.ok_or_else(|| self.other_target("classes, and a label of one"))
    }

    /// A predicted value in the target's own units.
    ///
    /// # Errors
    /// [`DataError::Table`] when the target has no values.
    pub fn decode_value<T: Scalar>(&self, value: T) -> Result<f64, DataError> {
        match &self.target {
            Some(TableTarget::Values { offset, factor, .. }) => Ok(value.as_f64() * factor + offset),
            _ => Err(self.other_target("values")),
        }
    }

    pub(super) fn other_target(&self, expected: &'static str) -> DataError {
        let found = match &self.target {
            Some(TableTarget::Classes { .. }) => "classes",
            Some(TableTarget::Values { .. }) => "values",
            None => "nothing",
        };
        TableError::Target { expected, found }.into()
    }

    /// The features of a row, and whether rows like it were there when the encoder was fitted; an error has the number of the column.
    #[inline]
    pub(super) fn encode<'f, T: Scalar>(
        &self,
        field: impl Fn(usize) -> &'f str,
        out: &mut [T],
    ) -> Result<bool, (usize, Refusal)> {
        let TableOptions { dialect, markers, unseen, .. } = &self.options;
        let (mut rest, mut familiar) = (out, true);
        for (n, column) in self.columns.iter().enumerate() {
            let (own, others) = rest.split_at_mut(column.features());
            rest = others;
            let field = field(n);
            // Most fields are neither missing nor unknown, so the markers are looked at last.
            if self.number_markers && TableOptions::is_missing(markers, field) {
                familiar &=
                    column.encode(None, dialect.numbers, *unseen, own).map_err(|refusal| (n, refusal))?;
                continue;
            }
            let result = match column.encode(Some(field), dialect.numbers, *unseen, own) {
                Err(Refusal::Unknown) | Ok(false) if TableOptions::is_missing(markers, field) => {
                    column.encode(None, dialect.numbers, *unseen, own)
                }
                result => result,
            };
            familiar &= result.map_err(|refusal| (n, refusal))?;
        }
        Ok(familiar)
    }

    pub(super) fn refused(&self, column: usize, field: &str, refusal: Refusal, line: usize) -> DataError {
        self.columns[column].refused(field, refusal, line).into()
    }

    /// Checks what may be from a file.
    pub(super) fn check(&self) -> Result<(), TableError> {
        let names = self.columns.iter().map(|column| column.name.as_str());
        let mut known = HashSet::new();
        for name in names.chain(self.target.as_ref().map(TableTarget::name)) {
            if !known.insert(name) {
                return Err(TableError::Invalid { reason: format!("it has two columns `{name}`") });
            }
        }
        if self.columns.is_empty() {
            return Err(TableError::NoFeatures);
        }
        self.columns.iter().try_for_each(TableColumn::check)?;
        self.target.as_ref().map_or(Ok(()), TableTarget::check)
    }
}

fn check_length(
    what: &'static str,
    each: &'static str,
    expected: usize,
    found: usize,
) -> Result<(), DataError> {
    if expected == found { Ok(()) } else { Err(DataError::Length { what, each, expected, found }) }
}

/// As it is written, and checked.
#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for TableEncoder {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Unchecked {
            options: TableOptions,
            columns: Vec<TableColumn>,
            target: Option<TableTarget>,
            rows: usize,
            dropped: usize,
            // Files of before have none.
            #[serde(default)]
            warnings: Vec<TableWarning>,
        }
        let Unchecked { options, columns, target, rows, dropped, warnings } =
            Unchecked::deserialize(deserializer)?;
        let number_markers = options.have_number_markers();
        let encoder = Self { options, columns, target, rows, dropped, warnings, number_markers };
        encoder.check().map_err(serde::de::Error::custom)?;
        encoder.options.dialect.check().map_err(serde::de::Error::custom)?;
        Ok(encoder)
    }
}
