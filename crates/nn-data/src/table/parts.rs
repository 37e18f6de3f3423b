use std::io::Read;
use std::path::Path;

use ndarray::Array2;
use nn_core::Scalar;

use super::column::Refusal;
use super::error::no_column;
use super::target::{Encoded, TableTarget};
use super::{Missing, TableEncoder, TableError, TableOptions, TableReader};
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
}

/// A table in parts of some rows, so that it may be larger than memory; an iterator over [`TablePart`].
#[derive(Debug)]
pub struct TableParts<'e, T, R> {
    encoder: &'e TableEncoder,
    rows: TableReader<R>,
    /// Where the encoder's columns are in this table.
    places: Vec<usize>,
    /// Where the target is, if it is read.
    target: Option<usize>,
    /// Whether rows with a missing value are left out.
    drops: bool,
    size: usize,
    done: bool,
    number: std::marker::PhantomData<T>,
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
        let place = |name: &str| {
            rows.names().iter().position(|n| n == name).ok_or_else(|| no_column(name, rows.names()))
        };
        let places = self.columns.iter().map(|column| place(&column.name)).collect::<Result<_, _>>()?;
        let target = target.map(place).transpose()?;
        Ok(TableParts {
            encoder: self,
            rows,
            places,
            target,
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
        if self.classes().is_empty() {
            return Err(self.other_target("classes"));
        }
        let TablePart { x, labels, .. } = all(self.parts(reader, ROWS)?)?;
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
        let Some(TableTarget::Values { name, .. }) = &self.target else {
            return Err(self.other_target("values"));
        };
        let TablePart { x, values, .. } = all(self.parts(reader, ROWS)?)?;
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
    let (mut x, mut labels, mut values, mut dropped) = (Vec::new(), Vec::new(), Vec::new(), 0);
    while parts.fill(&mut x, &mut labels, &mut values, &mut dropped)? {}
    Ok(TablePart { x: shaped(x, parts.encoder.features())?, labels, values, dropped })
}

fn shaped<T>(values: Vec<T>, columns: usize) -> Result<Array2<T>, DataError> {
    let rows = values.len().checked_div(columns).unwrap_or(0);
    Array2::from_shape_vec((rows, columns), values).map_err(|_| DataError::TooLarge { what: "features" })
}

impl<T: Scalar, R: Read> TableParts<'_, T, R> {
    /// Adds the next rows; whether there may be more.
    fn fill(
        &mut self,
        x: &mut Vec<T>,
        labels: &mut Vec<usize>,
        values: &mut Vec<T>,
        dropped: &mut usize,
    ) -> Result<bool, DataError> {
        let features = self.encoder.features();
        let mut row = vec![T::zero(); features];
        let mut count = 0;
        while count < self.size {
            if !self.rows.advance()? {
                return Ok(false);
            }
            let rows = &self.rows;
            let target = self.target.map(|place| target_of(self.encoder, rows, place)).transpose();
            let target = match target {
                Ok(target) => target,
                Err(TableError::Missing { .. }) if self.drops => {
                    *dropped += 1;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            match self.encoder.encode(|n| rows.field(self.places[n]), &mut row) {
                Ok(()) => {}
                Err((_, Refusal::Missing)) if self.drops => {
                    *dropped += 1;
                    continue;
                }
                Err((n, refusal)) => {
                    return Err(self.encoder.refused(n, rows.field(self.places[n]), &refusal, rows.line()));
                }
            }
            x.extend_from_slice(&row);
            match target {
                Some(Encoded::Label(label)) => labels.push(label),
                Some(Encoded::Value(value)) => values.push(T::of(value)),
                None => {}
            }
            count += 1;
        }
        Ok(true)
    }
}

fn target_of<R: Read>(
    encoder: &TableEncoder,
    rows: &TableReader<R>,
    place: usize,
) -> Result<Encoded, TableError> {
    let field = rows.field(place);
    let Some(target) = &encoder.target else { return Err(TableError::NoFeatures) };
    target.encode(field, encoder.options.dialect.numbers).map_err(|expected| {
        let (column, line) = (target.name().to_owned(), rows.line());
        if TableOptions::is_missing(&encoder.options.markers, field) {
            return TableError::Missing { column, count: 1, lines: vec![line] };
        }
        TableError::Unseen { line, column, value: field.to_owned(), expected }
    })
}

impl<T: Scalar, R: Read> Iterator for TableParts<'_, T, R> {
    type Item = Result<TablePart<T>, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let (mut x, mut labels, mut values, mut dropped) = (Vec::new(), Vec::new(), Vec::new(), 0);
        match self.fill(&mut x, &mut labels, &mut values, &mut dropped) {
            Ok(more) => self.done = !more,
            Err(error) => {
                self.done = true;
                return Some(Err(error));
            }
        }
        if x.is_empty() && self.done && dropped == 0 {
            return None;
        }
        Some(shaped(x, self.encoder.features()).map(|x| TablePart { x, labels, values, dropped }))
    }
}
