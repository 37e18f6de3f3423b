use ndarray::ArrayRef2;

use crate::batch::check_finite;
use crate::{Error, Scalar};

/// Checks class indices against the number of outputs.
///
/// # Errors
/// [`Error::Label`] for the first index that is not below `outputs`.
pub fn check_labels(outputs: usize, labels: &[usize]) -> Result<(), Error> {
    match labels.iter().enumerate().find(|&(_, &label)| label >= outputs) {
        Some((row, &label)) => Err(Error::Label { row, label, classes: outputs }),
        None => Ok(()),
    }
}

/// Checks rows of values against the number of outputs.
///
/// # Errors
/// [`Error::Length`] when a row has not one value an output, [`Error::NotFinite`] for NaN or infinity.
pub fn check_values<T: Scalar>(outputs: usize, values: &ArrayRef2<T>) -> Result<(), Error> {
    if values.ncols() != outputs {
        return Err(Error::Length { what: "target columns", expected: outputs, found: values.ncols() });
    }
    check_finite("targets", values.view())
}

/// Checks that rows of values are probabilities of classes.
///
/// # Errors
/// Those of [`check_values`], [`Error::Target`] for a negative value, [`Error::Distribution`] for a row whose sum is
/// not 1.
pub(super) fn check_distributions<T: Scalar>(
    loss: &'static str,
    outputs: usize,
    values: &ArrayRef2<T>,
) -> Result<(), Error> {
    check_values(outputs, values)?;
    for (row, probabilities) in values.rows().into_iter().enumerate() {
        if let Some(column) = probabilities.iter().position(|p| *p < T::zero()) {
            let (value, expected) = (probabilities[column].as_f64(), "probabilities, at least 0");
            return Err(Error::Target { loss, row, column, value, expected });
        }
        let sum = probabilities.iter().fold(T::zero(), |sum, &p| sum + p);
        if (sum - T::one()).abs() > T::epsilon().sqrt() {
            return Err(Error::Distribution { loss, row, sum: sum.as_f64() });
        }
    }
    Ok(())
}

/// Checks yes-or-no labels of a single output.
///
/// # Errors
/// [`Error::Length`] for another number of outputs, [`Error::Label`] for a label that is neither 0 nor 1.
pub(super) fn check_binary_labels(outputs: usize, labels: &[usize]) -> Result<(), Error> {
    if outputs != 1 {
        return Err(Error::Length { what: "output for binary labels", expected: 1, found: outputs });
    }
    check_labels(2, labels)
}

/// Checks rows of values, each of which must be `valid`.
///
/// # Errors
/// Those of [`check_values`], [`Error::Target`] for the first value that is not valid.
pub(super) fn check_values_are<T: Scalar>(
    loss: &'static str,
    expected: &'static str,
    outputs: usize,
    values: &ArrayRef2<T>,
    valid: impl Fn(T) -> bool,
) -> Result<(), Error> {
    check_values(outputs, values)?;
    match values.indexed_iter().find(|&(_, &value)| !valid(value)) {
        Some(((row, column), value)) => {
            Err(Error::Target { loss, row, column, value: value.as_f64(), expected })
        }
        None => Ok(()),
    }
}

/// Checks weights of classes or outputs, of which there are none or one each.
///
/// # Errors
/// [`Error::Length`], [`Error::Hyperparameter`] for a weight that is negative or not finite.
pub(super) fn check_setting_weights(
    name: &'static str,
    what: &'static str,
    outputs: usize,
    weights: &[f64],
) -> Result<(), Error> {
    if !(weights.is_empty() || weights.len() == outputs) {
        return Err(Error::Length { what, expected: outputs, found: weights.len() });
    }
    match weights.iter().find(|weight| !(weight.is_finite() && **weight >= 0.0)) {
        Some(weight) => Err(Error::hyperparameter(name, "0 or a finite number above 0", weight)),
        None => Ok(()),
    }
}
