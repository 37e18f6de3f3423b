use std::io;
use std::path::PathBuf;

use nn_train::MetricError;
use thiserror::Error;

/// A picture could not be drawn or written.
///
/// # Example
/// ```
/// use nn_plot::{BarChart, Picture};
///
/// let error = BarChart::new(["age", "fare"], &[0.5, 0.25]).save("bars.gif").unwrap_err();
/// assert_eq!(error.to_string(), "bars.gif: expected a file name that ends in .png or .svg");
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PlotError {
    /// Nothing to draw.
    #[error("expected at least one {what}, found none")]
    Empty {
        /// What there is none of.
        what: &'static str,
    },
    /// Two things that belong together have different lengths.
    #[error("expected {expected} {what}, found {found}")]
    Length {
        /// What was counted.
        what: &'static str,
        /// How many are needed.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// NaN or infinity where a number is needed.
    #[error("{what}[{index}] is {value}; expected a finite number below 1e300 in size")]
    NotFinite {
        /// What the number is one of.
        what: &'static str,
        /// Its place, counted from 0.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A logarithmic axis for a number that has no logarithm.
    #[error("a logarithmic axis has no place for {value}; expected numbers above 0: use a linear one")]
    NotPositive {
        /// The first such number.
        value: f64,
    },
    /// A setting outside its range.
    #[error("{name} is {found}; expected {expected}")]
    Parameter {
        /// Name of the setting.
        name: &'static str,
        /// The values it may have.
        expected: String,
        /// The value given.
        found: String,
    },
    /// A file name that says of no format that can be written.
    #[error("{}: expected a file name that ends in {expected}", path.display())]
    Extension {
        /// The path.
        path: PathBuf,
        /// The endings there are.
        expected: &'static str,
    },
    /// The file could not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Predictions that cannot be measured.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// A network that does not fit the data.
    #[error(transparent)]
    Network(#[from] nn_core::Error),
    /// What the caller's own function came to.
    #[error("the predictions: {0}")]
    Predict(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl PlotError {
    pub(crate) fn parameter(name: &'static str, expected: impl Into<String>, found: impl ToString) -> Self {
        Self::Parameter { name, expected: expected.into(), found: found.to_string() }
    }
}

/// One number for each of the others.
pub(crate) fn check_length(what: &'static str, expected: usize, found: usize) -> Result<(), PlotError> {
    if found == expected { Ok(()) } else { Err(PlotError::Length { what, expected, found }) }
}

/// Whether a number has a place on an axis: spans of larger ones would leave the range of `f64`.
pub(crate) fn drawable(value: f64) -> bool {
    value.abs() < 1e300
}

/// Every number finite.
pub(crate) fn check_finite(
    what: &'static str,
    values: impl IntoIterator<Item = f64>,
) -> Result<(), PlotError> {
    match values.into_iter().enumerate().find(|(_, value)| !drawable(*value)) {
        Some((index, value)) => Err(PlotError::NotFinite { what, index, value }),
        None => Ok(()),
    }
}
