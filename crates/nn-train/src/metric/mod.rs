//! How good predictions are, as scikit-learn measures it.

mod accuracy;
mod agreement;
mod calibration;
mod confusion_matrix;
mod error;
mod precision_recall;
mod probability;
mod regression;
mod roc_auc;
mod tally;

pub use accuracy::{accuracy_score, balanced_accuracy_score, top_k_accuracy_score};
pub use agreement::{cohen_kappa_score, matthews_corrcoef};
pub use calibration::expected_calibration_error;
pub use confusion_matrix::ConfusionMatrix;
pub use error::MetricError;
pub use precision_recall::{Average, f1_score, precision_score, recall_score};
pub use probability::{brier_score_loss, log_loss};
pub use regression::{
    explained_variance_score, mean_absolute_error, mean_absolute_percentage_error, mean_squared_error,
    r2_score, root_mean_squared_error,
};
pub use roc_auc::{roc_auc_ovr_score, roc_auc_score};

use ndarray::ArrayView2;
use nn_core::{Error, Scalar};

/// As many predictions as samples, and at least one.
fn check_lengths(what: &'static str, samples: usize, predictions: usize) -> Result<(), MetricError> {
    if samples == 0 {
        return Err(Error::EmptyBatch.into());
    }
    if predictions != samples {
        return Err(Error::Length { what, expected: samples, found: predictions }.into());
    }
    Ok(())
}

/// Every label a class.
fn check_labels(labels: &[usize], classes: usize) -> Result<(), MetricError> {
    match labels.iter().enumerate().find(|(_, label)| **label >= classes) {
        Some((row, &label)) => Err(Error::Label { row, label, classes }.into()),
        None => Ok(()),
    }
}

/// Every number finite.
fn check_finite<T: Scalar>(what: &'static str, x: ArrayView2<'_, T>) -> Result<(), MetricError> {
    match x.indexed_iter().find(|(_, value)| !value.is_finite()) {
        Some(((row, column), value)) => {
            Err(Error::NotFinite { what, row, column, value: value.as_f64() }.into())
        }
        None => Ok(()),
    }
}
