use ndarray::ArrayView2;
use nn_core::{Error, Scalar};

use super::{MetricError, check_labels, check_lengths};

/// Predicted probabilities that were checked, with as many columns as there are classes.
pub(super) struct Probabilities<'a, T> {
    view: ArrayView2<'a, T>,
}

impl<'a, T: Scalar> Probabilities<'a, T> {
    /// One column is the probability of class 1 of two.
    pub(super) fn new(y_true: &[usize], view: ArrayView2<'a, T>) -> Result<Self, MetricError> {
        check_lengths("rows of probabilities", y_true.len(), view.nrows())?;
        if view.ncols() == 0 {
            return Err(
                Error::Length { what: "columns of probabilities or more", expected: 1, found: 0 }.into()
            );
        }
        let probabilities = Self { view };
        check_labels(y_true, probabilities.classes())?;
        let outside = |value: T| !(T::zero()..=T::one()).contains(&value);
        if let Some(((row, column), value)) = view.indexed_iter().find(|(_, value)| outside(**value)) {
            return Err(MetricError::Probability { row, column, value: value.as_f64() });
        }
        if view.ncols() > 1 {
            // scikit-learn's tolerance.
            let tolerance = T::epsilon().as_f64().sqrt();
            for (row, p) in view.rows().into_iter().enumerate() {
                let sum: f64 = p.iter().map(|p| p.as_f64()).sum();
                if (sum - 1.0).abs() > tolerance {
                    return Err(MetricError::Distribution { row, sum });
                }
            }
        }
        Ok(probabilities)
    }

    pub(super) fn classes(&self) -> usize {
        self.view.ncols().max(2)
    }

    /// The probability of `class` for sample `row`.
    pub(super) fn of(&self, row: usize, class: usize) -> f64 {
        if self.view.ncols() > 1 {
            return self.view[[row, class]].as_f64();
        }
        let p = self.view[[row, 0]].as_f64();
        if class == 1 { p } else { 1.0 - p }
    }
}

/// The mean of -ln p over the samples, p being the predicted probability of a sample's class.
///
/// A p is first brought into [ε, 1 - ε], ε being the machine epsilon of `T`, so that a certain and wrong prediction costs
/// some 36 (16 in `f32`) and not infinity.
///
/// # Shapes
/// `y_true`: (samples), classes counted from 0. `probabilities`: (samples, classes), rows that add up to 1; or
/// (samples, 1), the probabilities of class 1 of two.
///
/// # Errors
/// [`MetricError::Invalid`] without samples, when there are not as many rows of probabilities, and for a label that has
/// no column; [`MetricError::Probability`] for a number that is no probability; [`MetricError::Distribution`] for a row
/// that does not add up to 1.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_train::log_loss;
///
/// let loss = log_loss(&[0, 1], array![[0.5, 0.5], [0.75, 0.25]].view())?;
/// assert!((loss - (2.0_f64.ln() + 4.0_f64.ln()) / 2.0).abs() < 1e-15);
/// assert_eq!(log_loss(&[0, 1], array![[0.5], [0.25]].view())?, loss);
/// # Ok::<(), nn_train::MetricError>(())
/// ```
///
/// scikit-learn's `log_loss` with `labels=range(classes)`; where it warns of rows that do not add up to 1, this is an
/// error.
pub fn log_loss<T: Scalar>(y_true: &[usize], probabilities: ArrayView2<'_, T>) -> Result<f64, MetricError> {
    let p = Probabilities::new(y_true, probabilities)?;
    let epsilon = T::epsilon().as_f64();
    let loss = |(row, &label): (usize, &usize)| -p.of(row, label).clamp(epsilon, 1.0 - epsilon).kernel_ln();
    Ok(y_true.iter().enumerate().map(loss).sum::<f64>() / y_true.len() as f64)
}

/// The mean squared distance of predicted probabilities from the truth: (1/n) Σ_n Σ_k (p_nk - [y_n = k])², and half of
/// that for two classes.
///
/// For two classes it is so (1/n) Σ (p - y)², p being the probability of class 1.
///
/// # Shapes
/// `y_true`: (samples), classes counted from 0. `probabilities`: (samples, classes), rows that add up to 1; or
/// (samples, 1), the probabilities of class 1 of two.
///
/// # Errors
/// [`MetricError::Invalid`] without samples, when there are not as many rows of probabilities, and for a label that has
/// no column; [`MetricError::Probability`] for a number that is no probability; [`MetricError::Distribution`] for a row
/// that does not add up to 1.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_train::brier_score_loss;
///
/// assert_eq!(brier_score_loss(&[0, 1], array![[0.5], [0.75]].view())?, (0.25 + 0.0625) / 2.0);
/// assert_eq!(brier_score_loss(&[0], array![[0.5, 0.25, 0.25]].view())?, 0.25 + 0.0625 + 0.0625);
/// # Ok::<(), nn_train::MetricError>(())
/// ```
///
/// Brier, "Verification of forecasts expressed in terms of probability" (1950), as scikit-learn's `brier_score_loss`.
pub fn brier_score_loss<T: Scalar>(
    y_true: &[usize],
    probabilities: ArrayView2<'_, T>,
) -> Result<f64, MetricError> {
    let p = Probabilities::new(y_true, probabilities)?;
    let distance = |row: usize, label: usize| -> f64 {
        let errors = (0..p.classes()).map(|class| p.of(row, class) - f64::from(u8::from(class == label)));
        errors.map(|d| d * d).sum()
    };
    let sum: f64 = y_true.iter().enumerate().map(|(row, &label)| distance(row, label)).sum();
    let scale = if p.classes() == 2 { 0.5 } else { 1.0 };
    Ok(scale * sum / y_true.len() as f64)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn one_column_is_two_classes() {
        let (one, two) = (array![[0.2], [0.9], [0.4]], array![[0.8, 0.2], [0.1, 0.9], [0.6, 0.4]]);
        let y = [1, 1, 0];
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-15, "{a} against {b}");
        close(log_loss(&y, one.view()).unwrap(), log_loss(&y, two.view()).unwrap());
        close(brier_score_loss(&y, one.view()).unwrap(), brier_score_loss(&y, two.view()).unwrap());
    }

    #[test]
    fn certainty_costs_what_the_scalar_can_tell() {
        let wrong = array![[0.0, 1.0]];
        assert_eq!(log_loss(&[0], wrong.view()).unwrap(), -f64::EPSILON.ln());
        assert_eq!(log_loss(&[1], wrong.view()).unwrap(), -(1.0 - f64::EPSILON).ln());
        let single = log_loss(&[0], wrong.mapv(f32::of).view()).unwrap();
        assert_eq!(single, -f64::from(f32::EPSILON).ln());
    }

    #[test]
    fn what_is_no_probability_is_refused() {
        let message = |y: &[usize], p: Array2<f64>| {
            let message = log_loss(y, p.view()).unwrap_err().to_string();
            assert_eq!(brier_score_loss(y, p.view()).unwrap_err().to_string(), message);
            message
        };
        assert_eq!(
            message(&[0, 1], array![[0.5, 0.5], [1.5, -0.5]]),
            "probabilities[1, 0] is 1.5; expected a number from 0 to 1: use `predict_proba`"
        );
        assert!(message(&[0], array![[f64::NAN]]).starts_with("probabilities[0, 0] is NaN"));
        assert_eq!(
            message(&[0, 1], array![[0.5, 0.5], [0.5, 0.25]]),
            "the probabilities of sample 1 add up to 0.75; expected 1: use `predict_proba`"
        );
        assert_eq!(message(&[0, 1], array![[0.5, 0.5]]), "expected 2 rows of probabilities, found 1");
        assert!(message(&[2], array![[0.5]]).ends_with("expected a class from 0 to 1"));
        assert_eq!(
            message(&[0], Array2::zeros((1, 0))),
            "expected 1 columns of probabilities or more, found 0"
        );
        assert!(message(&[], Array2::zeros((0, 2))).starts_with("expected at least one sample"));
    }
}
