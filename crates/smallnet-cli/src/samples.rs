//! Rows of a table as features and answers, whatever is learned of them.

use std::io::Read;

use ndarray::ArrayView2;
use nn_data::{Classification, DataError, Regression, Table, TableEncoder, TableTarget};

/// Encoded rows with their answers.
#[derive(Debug, Clone)]
pub(crate) enum Samples {
    /// The class of each row.
    Classes(Classification<f32>),
    /// The value of each row, as it is learned.
    Values(Regression<f32>),
}

impl Samples {
    /// Rows of a table in memory.
    pub(crate) fn of_rows(encoder: &TableEncoder, table: &Table, rows: &[usize]) -> Result<Self, DataError> {
        match encoder.target() {
            Some(TableTarget::Classes { .. }) => {
                Ok(Self::Classes(encoder.classification_from_table(table, rows)?))
            }
            _ => Ok(Self::Values(encoder.regression_from_table(table, rows)?)),
        }
    }

    /// All rows of a text, whose columns may stand in another order.
    pub(crate) fn of_reader(encoder: &TableEncoder, reader: impl Read) -> Result<Self, DataError> {
        match encoder.target() {
            Some(TableTarget::Classes { .. }) => {
                Ok(Self::Classes(encoder.classification_from_reader(reader)?))
            }
            _ => Ok(Self::Values(encoder.regression_from_reader(reader)?)),
        }
    }

    /// The features, a row a sample.
    pub(crate) fn x(&self) -> ArrayView2<'_, f32> {
        match self {
            Self::Classes(data) => data.x(),
            Self::Values(data) => data.x(),
        }
    }

    /// Those whose answers are classes.
    pub(crate) fn classes(&self) -> Option<&Classification<f32>> {
        if let Self::Classes(data) = self { Some(data) } else { None }
    }

    /// Those whose answers are values.
    pub(crate) fn values(&self) -> Option<&Regression<f32>> {
        if let Self::Values(data) = self { Some(data) } else { None }
    }

    /// How many there are.
    pub(crate) fn rows(&self) -> usize {
        self.x().nrows()
    }

    /// Outputs of a network that answers: one a class, or the value.
    pub(crate) fn outputs(&self) -> usize {
        match self {
            Self::Classes(data) => data.classes(),
            Self::Values(data) => data.y().ncols(),
        }
    }
}
