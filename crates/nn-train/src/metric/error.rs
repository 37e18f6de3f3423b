use nn_core::Error;
use thiserror::Error;

use crate::figure::Given;

/// Predictions could not be measured.
///
/// # Example
/// ```
/// use nn_train::accuracy_score;
///
/// let error = accuracy_score(&[0, 1, 1], &[0, 1]).unwrap_err();
/// assert_eq!(error.to_string(), "expected 3 predictions, found 2");
/// ```
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum MetricError {
    /// No samples, predictions that do not belong to them, or a number that is not finite.
    #[error(transparent)]
    Invalid(#[from] Error),
    /// A number from outside 0 to 1 where a probability is needed.
    #[error("probabilities[{row}, {column}] is {}; expected a number from 0 to 1: use `predict_proba`", Given(*value))]
    Probability {
        /// Row of the first such value.
        row: usize,
        /// Its column.
        column: usize,
        /// The value.
        value: f64,
    },
    /// A row of probabilities that do not add up to 1.
    #[error("the probabilities of sample {row} add up to {}; expected 1: use `predict_proba`", Given(*sum))]
    Distribution {
        /// The offending sample.
        row: usize,
        /// The sum of its probabilities.
        sum: f64,
    },
    /// A class without which the metric is 0/0.
    #[error("{metric} is not defined without samples of class {class}; found none: measure on more data")]
    MissingClass {
        /// Name of the metric.
        metric: &'static str,
        /// The class.
        class: usize,
    },
    /// A metric that is 0/0 when there is one class only.
    #[error(
        "{metric} is not defined when all labels and all predictions are class {class}: measure on more data"
    )]
    OneClass {
        /// Name of the metric.
        metric: &'static str,
        /// The class.
        class: usize,
    },
    /// Too few samples to speak of a variance.
    #[error("{metric} is not defined on fewer than 2 samples, found {samples}: measure on more data")]
    TooFewSamples {
        /// Name of the metric.
        metric: &'static str,
        /// How many there are.
        samples: usize,
    },
    /// Values so large that the metric leaves the range of `f64`.
    #[error("{metric} of these values is too large for f64: rescale them")]
    Overflow {
        /// Name of the metric.
        metric: &'static str,
    },
    /// A matrix that does not fit in memory.
    #[error("a table of {classes} x {classes} classes does not fit in memory; use fewer classes")]
    TooLarge {
        /// How many classes there are.
        classes: usize,
    },
}
