use std::io::Read;
use std::path::Path;

use ndarray::{Array2, Axis};
use nn_core::Scalar;

use super::fitting::place;
use super::target::{Encoded, TableTarget};
use super::{Missing, TableEncoder, TableOptions, TableReader};
use crate::io::open;
use crate::{Classification, DataError, Regression};

/// Rows that are read at a time where all are read.
const ROWS: usize = 4096;

/// Some rows of a table as features, with what is to be learned of them.
#[derive(Debug, Clone, PartialEq)]
pub struct TablePart<T> {
    /// (rows, features).
    pub x: Array2<T>,
    /// The labels of the rows; empty for a target of values, or none.
    pub labels: Vec<usize>,
    /// The values of the rows as they are learned; empty for a target of classes, or none.
    pub values: Vec<T>,
    /// Rows between those that were left out for a missing value.
    pub dropped: usize,
    /// Rows with a category that no row had that the encoder was fitted to, so that it is encoded as a rare one.
    pub unseen: usize,
}

impl<T: Scalar> TablePart<T> {
    /// The rows sorted by their places.
    pub(super) fn in_order_of(self, places: &[usize]) -> Self {
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_unstable_by_key(|&row| places[row]);
        Self {
            x: self.x.select(Axis(0), &order),
            // One of the two is empty.
            labels: order.iter().filter_map(|&row| self.labels.get(row).copied()).collect(),
            values: order.iter().filter_map(|&row| self.values.get(row).copied()).collect(),
            ..self
        }
    }
}

/// A table in parts of some rows, so that it may be larger than memory; an iterator over [`TablePart`].
#[derive(Debug)]
pub struct TableParts<'e, T, R> {
    encoder: &'e TableEncoder,
    rows: TableReader<R>,
    places: Places,
    /// Whether rows with a missing value are left out.
    drops: bool,
    size: usize,
    done: bool,
    number: std::marker::PhantomData<T>,
}

/// Where an encoder's columns are in a table, and its target, if that is read.
#[derive(Debug)]
pub(super) struct Places {
    columns: Vec<usize>,
    pub(super) target: Option<usize>,
}

impl Places {
    pub(super) fn find(
        encoder: &TableEncoder,
        names: &[String],
        target: Option<&str>,
    ) -> Result<Self, DataError> {
        let columns =
            encoder.columns.iter().map(|column| place(&column.name, names)).collect::<Result<_, _>>()?;
        Ok(Self { columns, target: target.map(|name| place(name, names)).transpose()? })
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = usize> {
        self.columns.iter().copied().chain(self.target)
    }
}

impl TableEncoder {
    /// Reads a table in parts of `rows` rows, with its target if the encoder has one. The columns are found by their names,
    /// whatever their order; others are passed over.
    ///
    /// # Errors
    /// [`DataError::Table`] for a column that is not there, and those of [`TableReader`].
    ///
    /// # Example
    /// ```
    /// use nn_data::{TableEncoder, TableOptions};
    ///
    /// let text = "a,b,class\n1,x,no\n2,y,yes\n3,x,yes\n";
    /// let encoder = TableEncoder::fit_reader(text.as_bytes(), &TableOptions::default())?;
    /// let mut rows = 0;
    /// for part in encoder.parts::<f32, _>(text.as_bytes(), 2)? {
    ///     rows += part?.labels.len();
    /// }
    /// assert_eq!(rows, 3);
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn parts<T: Scalar, R: Read>(
        &self,
        reader: R,
        rows: usize,
    ) -> Result<TableParts<'_, T, R>, DataError> {
        let drops = self.options.missing == Missing::DropRows;
        self.parts_of(reader, rows, self.target.as_ref().map(TableTarget::name), drops)
    }

    /// The same without a target, which the table need not have. Every row is there, so that what is made of them is a row's:
    /// where [`parts`](TableEncoder::parts) leaves out one with a missing value, this is an error.
    ///
    /// # Errors
    /// As [`parts`](TableEncoder::parts).
    pub fn feature_parts<T: Scalar, R: Read>(
        &self,
        reader: R,
        rows: usize,
    ) -> Result<TableParts<'_, T, R>, DataError> {
        self.parts_of(reader, rows, None, false)
    }

    fn parts_of<T: Scalar, R: Read>(
        &self,
        reader: R,
        size: usize,
        target: Option<&str>,
        drops: bool,
    ) -> Result<TableParts<'_, T, R>, DataError> {
        if size == 0 {
            return Err(DataError::parameter("rows of a part", "at least 1", 0));
        }
        let rows = TableReader::new(reader, &self.options.dialect)?;
        let places = Places::find(self, rows.names(), target)?;
        Ok(TableParts {
            encoder: self,
            rows,
            places,
            drops,
            size,
            done: false,
            number: std::marker::PhantomData,
        })
    }

    /// Reads a table whose target is classes.
    ///
    /// # Errors
    /// [`DataError::Open`]; [`DataError::Table`] for a field that is not what its column has, and for an encoder with another
    /// target; those of [`TableReader`].
    ///
    /// # Example
    /// ```
    /// use nn_data::{TableEncoder, TableOptions};
    ///
    /// let path = std::env::temp_dir().join("nn_data_read_classification.csv");
    /// std::fs::write(&path, "a,b,class\n1,x,no\n2,y,yes\n3,x,yes\n")?;
    /// let encoder = TableEncoder::fit(&path, &TableOptions::default())?;
    /// let data = encoder.read_classification::<f32>(&path)?;
    /// assert_eq!((data.samples(), data.features(), data.class_names().len()), (3, 3, 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_classification<T: Scalar>(
        &self,
        path: impl AsRef<Path>,
    ) -> Result<Classification<T>, DataError> {
        self.classification_from_reader(open(path.as_ref())?)
    }

    /// Reads a text whose target is classes.
    ///
    /// # Errors
    /// As [`read_classification`](TableEncoder::read_classification).
    pub fn classification_from_reader<T: Scalar, R: Read>(
        &self,
        reader: R,
    ) -> Result<Classification<T>, DataError> {
        self.classification_of_part(all(self.parts(reader, ROWS)?)?)
    }

    /// Rows that were encoded, with classes and features under their names.
    ///
    /// # Errors
    /// [`DataError::Empty`] without a row, [`DataError::NotFinite`] for numbers that `T` cannot have, [`DataError::Table`] for an encoder with
    /// another target.
    pub fn classification_of_part<T: Scalar>(
        &self,
        TablePart { x, labels, .. }: TablePart<T>,
    ) -> Result<Classification<T>, DataError> {
        if self.classes().is_empty() {
            return Err(self.other_target("classes"));
        }
        Classification::new(x, labels, self.classes().len())?
            .with_class_names(self.classes())?
            .with_feature_names(self.feature_names())
    }

    /// Reads a table whose target is values, which are scaled unless the options say otherwise.
    ///
    /// # Errors
    /// As [`read_classification`](TableEncoder::read_classification).
    pub fn read_regression<T: Scalar>(&self, path: impl AsRef<Path>) -> Result<Regression<T>, DataError> {
        self.regression_from_reader(open(path.as_ref())?)
    }

    /// Reads a text whose target is values.
    ///
    /// # Errors
    /// As [`read_classification`](TableEncoder::read_classification).
    ///
    /// # Example
    /// ```
    /// use nn_data::{TableEncoder, TableOptions};
    ///
    /// let text = "a,y\n1,10.5\n2,20\n";
    /// let encoder = TableEncoder::fit_reader(text.as_bytes(), &TableOptions::default())?;
    /// let data = encoder.regression_from_reader::<f64, _>(text.as_bytes())?;
    /// assert_eq!(data.y()[[1, 0]], 1.0);
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn regression_from_reader<T: Scalar, R: Read>(&self, reader: R) -> Result<Regression<T>, DataError> {
        self.regression_of_part(all(self.parts(reader, ROWS)?)?)
    }

    /// Rows that were encoded, with values and features under their names.
    ///
    /// # Errors
    /// As [`classification_of_part`](TableEncoder::classification_of_part).
    pub fn regression_of_part<T: Scalar>(
        &self,
        TablePart { x, values, .. }: TablePart<T>,
    ) -> Result<Regression<T>, DataError> {
        let Some(TableTarget::Values { name, .. }) = &self.target else {
            return Err(self.other_target("values"));
        };
        let y = shaped(values, 1)?;
        Regression::new(x, y)?.with_target_names([name.as_str()])?.with_feature_names(self.feature_names())
    }

    /// Reads the features of every row of a table, with or without a target.
    ///
    /// # Errors
    /// As [`read_classification`](TableEncoder::read_classification), and for a missing value that is not filled in.
    pub fn read_features<T: Scalar>(&self, path: impl AsRef<Path>) -> Result<Array2<T>, DataError> {
        self.features_from_reader(open(path.as_ref())?)
    }

    /// Reads the features of a text, with or without a target.
    ///
    /// # Errors
    /// As [`read_classification`](TableEncoder::read_classification).
    pub fn features_from_reader<T: Scalar, R: Read>(&self, reader: R) -> Result<Array2<T>, DataError> {
        Ok(all(self.feature_parts(reader, ROWS)?)?.x)
    }
}

/// All rows as one part.
fn all<T: Scalar, R: Read>(mut parts: TableParts<'_, T, R>) -> Result<TablePart<T>, DataError> {
    let mut rows = Rows::new(parts.encoder, parts.drops);
    let mut wrong: Option<DataError> = None;
    loop {
        match (parts.fill(&mut rows), &mut wrong) {
            (Ok(true), _) => {}
            (Ok(false), _) => break,
            // Every row that is wrong is counted.
            (Err(error), None) if error.is_of_a_row() => wrong = Some(error),
            (Err(error), Some(first)) if error.is_of_a_row() => first.count_in(&error),
            (Err(error), _) => return Err(wrong.unwrap_or(error)),
        }
    }
    wrong.map_or_else(|| rows.part(), Err)
}

/// Rows that are encoded one by one.
pub(super) struct Rows<'e, T> {
    encoder: &'e TableEncoder,
    /// Whether rows with a missing value are left out.
    drops: bool,
    row: Vec<T>,
    x: Vec<T>,
    labels: Vec<usize>,
    values: Vec<T>,
    dropped: usize,
    unseen: usize,
}

impl<'e, T: Scalar> Rows<'e, T> {
    pub(super) fn new(encoder: &'e TableEncoder, drops: bool) -> Self {
        let row = vec![T::zero(); encoder.features()];
        Self {
            encoder,
            drops,
            row,
            x: Vec::new(),
            labels: Vec::new(),
            values: Vec::new(),
            dropped: 0,
            unseen: 0,
        }
    }

    /// Encodes a row, and says whether it was not left out.
    #[inline]
    pub(super) fn add<'f>(
        &mut self,
        places: &Places,
        field: impl Fn(usize) -> &'f str,
        line: impl FnOnce() -> usize,
    ) -> Result<bool, DataError> {
        // Such a row was left out unseen when the encoder was fitted, whatever else it has.
        let markers = &self.encoder.options.markers;
        let is_missing = |place| TableOptions::is_missing(markers, field(place));
        let lacks = || self.encoder.options.leave_out_row(places.target, places.all(), is_missing);
        let target = match (&self.encoder.target, places.target) {
            (Some(target), Some(place)) => match target.encode(field(place), &self.encoder.options) {
                Ok(encoded) => Some(encoded),
                Err(_) if lacks() => return Ok(self.drop_row()),
                Err(refusal) => {
                    return Err(target.refused(field(place), refusal, line()).into());
                }
            },
            _ => None,
        };
        match self.encoder.encode(|n| field(places.columns[n]), &mut self.row) {
            Ok(familiar) => self.unseen += usize::from(!familiar),
            Err(_) if self.drops && lacks() => return Ok(self.drop_row()),
            Err((n, refusal)) => {
                return Err(self.encoder.refused(n, field(places.columns[n]), refusal, line()));
            }
        }
        self.x.extend_from_slice(&self.row);
        match target {
            Some(Encoded::Label(label)) => self.labels.push(label),
            Some(Encoded::Value(value)) => self.values.push(T::of(value)),
            None => {}
        }
        Ok(true)
    }

    fn drop_row(&mut self) -> bool {
        self.dropped += 1;
        false
    }

    pub(super) fn part(self) -> Result<TablePart<T>, DataError> {
        let Self { encoder, x, labels, values, dropped, unseen, .. } = self;
        Ok(TablePart { x: shaped(x, encoder.features())?, labels, values, dropped, unseen })
    }
}

fn shaped<T>(values: Vec<T>, columns: usize) -> Result<Array2<T>, DataError> {
    let rows = values.len().checked_div(columns).unwrap_or(0);
    Array2::from_shape_vec((rows, columns), values).map_err(|_| DataError::TooLarge { what: "features" })
}

impl<T: Scalar, R: Read> TableParts<'_, T, R> {
    /// Adds the next rows; whether there may be more.
    fn fill(&mut self, out: &mut Rows<'_, T>) -> Result<bool, DataError> {
        let mut count = 0;
        while count < self.size {
            if !self.rows.advance()? {
                return Ok(false);
            }
            let rows = &self.rows;
            count += usize::from(out.add(&self.places, |n| rows.field(n), || rows.line())?);
        }
        Ok(true)
    }
}

impl<T: Scalar, R: Read> Iterator for TableParts<'_, T, R> {
    type Item = Result<TablePart<T>, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let mut rows = Rows::new(self.encoder, self.drops);
        match self.fill(&mut rows) {
            Ok(more) => self.done = !more,
            Err(mut error) => {
                self.done = true;
                // Every row that is wrong is counted.
                while error.is_of_a_row() {
                    match self.fill(&mut Rows::new(self.encoder, self.drops)) {
                        Ok(true) => {}
                        Err(other) if other.is_of_a_row() => error.count_in(&other),
                        _ => break,
                    }
                }
                return Some(Err(error));
            }
        }
        if rows.x.is_empty() && self.done && rows.dropped == 0 {
            return None;
        }
        Some(rows.part())
    }
}
