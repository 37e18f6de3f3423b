//! Rows of a table as features and answers, whatever is learned of them.

use ndarray::ArrayView2;
use nn_core::Fingerprint;
use nn_data::{Classification, DataError, Regression, TableEncoder, TablePart, TableRows, TableTarget};

use crate::say::counted;

/// Encoded rows with their answers.
#[derive(Debug, Clone)]
pub(crate) enum Samples {
    /// The class of each row.
    Classes(Classification<f32>),
    /// The value of each row, as it is learned.
    Values(Regression<f32>),
}

impl Samples {
    /// Rows of a table.
    pub(crate) fn of_rows(
        encoder: &TableEncoder,
        table: &dyn TableRows,
        rows: &[usize],
    ) -> Result<Self, DataError> {
        Self::of_part(encoder, encoder.part_from_table(table, rows)?)
    }

    /// All rows of a table, and what there is to say of them.
    pub(crate) fn of_table(
        encoder: &TableEncoder,
        table: &dyn TableRows,
    ) -> Result<(Self, Option<String>), DataError> {
        let rows: Vec<usize> = (0..table.rows()).collect();
        let part = encoder.part_from_table::<f32>(table, &rows)?;
        let note = note(part.dropped, part.unseen);
        Ok((Self::of_part(encoder, part)?, note))
    }

    /// Rows that were encoded.
    pub(crate) fn of_part(encoder: &TableEncoder, part: TablePart<f32>) -> Result<Self, DataError> {
        Ok(match encoder.target() {
            Some(TableTarget::Classes { .. }) => Self::Classes(encoder.classification_of_part(part)?),
            _ => Self::Values(encoder.regression_of_part(part)?),
        })
    }

    /// Some of them.
    pub(crate) fn select(&self, rows: &[usize]) -> Result<Self, DataError> {
        Ok(match self {
            Self::Classes(data) => Self::Classes(data.select(rows)?),
            Self::Values(data) => Self::Values(data.select(rows)?),
        })
    }

    /// The class of a row, or its value as it is learned.
    pub(crate) fn answer(&self, row: usize) -> f64 {
        match self {
            Self::Classes(data) => data.y()[row] as f64,
            Self::Values(data) => data.y()[[row, 0]].into(),
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

    /// Adds all of them to a fingerprint.
    pub(crate) fn fingerprint(&self, fingerprint: &mut Fingerprint) {
        match self {
            Self::Classes(data) => data.view().fingerprint(fingerprint),
            Self::Values(data) => data.view().fingerprint(fingerprint),
        }
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

/// What there is to say of rows that were left out, and of those with a category that was not there in training.
pub(crate) fn note(dropped: usize, unseen: usize) -> Option<String> {
    let verb = |rows: usize, one: &str, more: &str| {
        format!("{} {}", counted(rows, "row"), if rows == 1 { one } else { more })
    };
    let left_out =
        (dropped > 0).then(|| format!("{} left out for a missing value", verb(dropped, "was", "were")));
    let category = "a category that was not there in training, which is taken for a rare one";
    let rare = (unseen > 0).then(|| format!("{} {category}", verb(unseen, "has", "have")));
    let notes: Vec<String> = left_out.into_iter().chain(rare).collect();
    (!notes.is_empty()).then(|| notes.join("; "))
}
