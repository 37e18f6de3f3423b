use ndarray::{ArrayView1, ArrayView2};
use nn_core::{Error, Scalar};

use super::{MetricError, check_finite};

/// The mean of `score` over the outputs, once the values are checked.
fn mean_over_outputs<T: Scalar>(
    metric: &'static str,
    y_true: ArrayView2<'_, T>,
    y_pred: ArrayView2<'_, T>,
    score: impl Fn(ArrayView1<'_, T>, ArrayView1<'_, T>) -> f64,
) -> Result<f64, MetricError> {
    if y_true.is_empty() {
        return Err(Error::EmptyBatch.into());
    }
    if y_true.dim() != y_pred.dim() {
        let (what, expected, found) = ("predictions", y_true.dim(), y_pred.dim());
        return Err(Error::Dimensions { what, expected, found }.into());
    }
    check_finite("targets", y_true)?;
    check_finite("predictions", y_pred)?;
    let outputs = y_true.columns().into_iter().zip(y_pred.columns());
    let mean = outputs.map(|(y, p)| score(y, p)).sum::<f64>() / y_true.ncols() as f64;
    if mean.is_finite() { Ok(mean) } else { Err(MetricError::Overflow { metric }) }
}

/// The mean of f(error) over the samples.
fn mean_error<T: Scalar>(y: ArrayView1<'_, T>, p: ArrayView1<'_, T>, f: impl Fn(f64) -> f64) -> f64 {
    errors(y, p).map(f).sum::<f64>() / y.len() as f64
}

fn errors<T: Scalar>(y: ArrayView1<'_, T>, p: ArrayView1<'_, T>) -> impl Iterator<Item = f64> + Clone {
    y.into_iter().zip(p).map(|(y, p)| y.as_f64() - p.as_f64())
}

/// Σ (x - mean)².
fn squared_deviations(xs: impl Iterator<Item = f64> + Clone) -> f64 {
    // A running mean, because that of equal numbers is then that number, without a rounding error.
    let mean = xs.clone().enumerate().fold(0.0, |mean, (n, x)| mean + (x - mean) / (n + 1) as f64);
    xs.map(|x| x - mean).map(|d| d * d).sum()
}

/// 1 - `unexplained` / `total`; without a total, 1 if nothing is unexplained, else 0: scikit-learn's `force_finite`.
fn explained(unexplained: f64, total: f64) -> f64 {
    match (unexplained == 0.0, total == 0.0) {
        (true, true) => 1.0,
        (false, true) => 0.0,
        _ => 1.0 - unexplained / total,
    }
}

fn check_samples(metric: &'static str, samples: usize) -> Result<(), MetricError> {
    if samples == 1 { Err(MetricError::TooFewSamples { metric, samples }) } else { Ok(()) }
}

/// The mean squared error: (1/n) Σ (ŷ - y)², averaged over the outputs.
///
/// # Shapes
/// `y_true`, `y_pred`: (samples, outputs).
///
/// # Errors
/// [`MetricError::Invalid`] without samples or outputs, for predictions of another shape, and for a value that is NaN or
/// infinite; [`MetricError::Overflow`] when the mean is infinite.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_train::mean_squared_error;
///
/// assert_eq!(mean_squared_error(array![[1.0], [2.0]].view(), array![[1.0], [4.0]].view())?, 2.0);
/// # Ok::<(), nn_train::MetricError>(())
/// ```
///
/// scikit-learn's `mean_squared_error`.
pub fn mean_squared_error<T: Scalar>(
    y_true: ArrayView2<'_, T>,
    y_pred: ArrayView2<'_, T>,
) -> Result<f64, MetricError> {
    mean_over_outputs("the mean squared error", y_true, y_pred, |y, p| mean_error(y, p, |e| e * e))
}

/// The root mean squared error: √((1/n) Σ (ŷ - y)²), averaged over the outputs.
///
/// # Shapes
/// `y_true`, `y_pred`: (samples, outputs).
///
/// # Errors
/// [`MetricError::Invalid`] without samples or outputs, for predictions of another shape, and for a value that is NaN or
/// infinite; [`MetricError::Overflow`] when a mean is infinite.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_train::root_mean_squared_error;
///
/// // The mean of 2 and 4, where the root of the mean is √10.
/// let (y_true, y_pred) = (array![[0.0, 0.0], [0.0, 0.0]], array![[2.0, 4.0], [2.0, 4.0]]);
/// assert_eq!(root_mean_squared_error(y_true.view(), y_pred.view())?, 3.0);
/// # Ok::<(), nn_train::MetricError>(())
/// ```
///
/// scikit-learn's `root_mean_squared_error`: the mean of the outputs' roots, not the root of their mean.
pub fn root_mean_squared_error<T: Scalar>(
    y_true: ArrayView2<'_, T>,
    y_pred: ArrayView2<'_, T>,
) -> Result<f64, MetricError> {
    let score = |y: ArrayView1<'_, T>, p: ArrayView1<'_, T>| mean_error(y, p, |e| e * e).sqrt();
    mean_over_outputs("the root mean squared error", y_true, y_pred, score)
}

/// The mean absolute error: (1/n) Σ |ŷ - y|, averaged over the outputs.
///
/// # Shapes
/// `y_true`, `y_pred`: (samples, outputs).
///
/// # Errors
/// [`MetricError::Invalid`] without samples or outputs, for predictions of another shape, and for a value that is NaN or
/// infinite; [`MetricError::Overflow`] when the mean is infinite.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_train::mean_absolute_error;
///
/// assert_eq!(mean_absolute_error(array![[1.0], [2.0]].view(), array![[0.0], [4.0]].view())?, 1.5);
/// # Ok::<(), nn_train::MetricError>(())
/// ```
///
/// scikit-learn's `mean_absolute_error`.
pub fn mean_absolute_error<T: Scalar>(
    y_true: ArrayView2<'_, T>,
    y_pred: ArrayView2<'_, T>,
) -> Result<f64, MetricError> {
    mean_over_outputs("the mean absolute error", y_true, y_pred, |y, p| mean_error(y, p, f64::abs))
}

/// The mean absolute percentage error: (1/n) Σ |ŷ - y| / max(|y|, ε), averaged over the outputs; ε is `f64::EPSILON`.
///
/// A fraction, not hundredths: 0.1 is ten per cent. A target of 0 makes it huge.
///
/// # Shapes
/// `y_true`, `y_pred`: (samples, outputs).
///
/// # Errors
/// [`MetricError::Invalid`] without samples or outputs, for predictions of another shape, and for a value that is NaN or
/// infinite; [`MetricError::Overflow`] when the mean is infinite.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_train::mean_absolute_percentage_error;
///
/// let error = mean_absolute_percentage_error(array![[1.0], [-2.0]].view(), array![[1.5], [-1.0]].view())?;
/// assert_eq!(error, 0.5);
/// # Ok::<(), nn_train::MetricError>(())
/// ```
///
/// scikit-learn's `mean_absolute_percentage_error`.
pub fn mean_absolute_percentage_error<T: Scalar>(
    y_true: ArrayView2<'_, T>,
    y_pred: ArrayView2<'_, T>,
) -> Result<f64, MetricError> {
    mean_over_outputs("the mean absolute percentage error", y_true, y_pred, |y, p| {
        let shares = errors(y, p).zip(y).map(|(error, y)| error.abs() / y.as_f64().abs().max(f64::EPSILON));
        shares.sum::<f64>() / y.len() as f64
    })
}

/// R², the coefficient of determination: 1 - Σ (ŷ - y)² / Σ (y - ȳ)², averaged over the outputs.
///
/// 1 is perfect, 0 no better than the mean ȳ, and there is no bound below. Where the targets are all the same it is 1 for
/// perfect predictions, else 0.
///
/// # Shapes
/// `y_true`, `y_pred`: (samples, outputs), at least 2 samples.
///
/// # Errors
/// [`MetricError::Invalid`] without samples or outputs, for predictions of another shape, and for a value that is NaN or
/// infinite; [`MetricError::TooFewSamples`] for a single sample; [`MetricError::Overflow`] when a sum is infinite.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_train::r2_score;
///
/// let y_true = array![[1.0], [2.0], [3.0]];
/// assert_eq!(r2_score(y_true.view(), array![[1.0], [2.0], [4.0]].view())?, 0.5);
/// assert_eq!(r2_score(y_true.view(), array![[2.0], [2.0], [2.0]].view())?, 0.0);
/// # Ok::<(), nn_train::MetricError>(())
/// ```
///
/// scikit-learn's `r2_score` with `multioutput="uniform_average"` and `force_finite=True`.
pub fn r2_score<T: Scalar>(y_true: ArrayView2<'_, T>, y_pred: ArrayView2<'_, T>) -> Result<f64, MetricError> {
    check_samples("R²", y_true.nrows())?;
    mean_over_outputs("R²", y_true, y_pred, |y, p| {
        explained(errors(y, p).map(|e| e * e).sum(), squared_deviations(y.iter().map(|y| y.as_f64())))
    })
}

/// The explained variance: 1 - Var(ŷ - y) / Var(y), averaged over the outputs.
///
/// R² without the mean error: predictions that are all too high by the same amount lose nothing. Where the targets are all
/// the same it is 1 for errors that are all the same, else 0.
///
/// # Shapes
/// `y_true`, `y_pred`: (samples, outputs), at least 2 samples.
///
/// # Errors
/// [`MetricError::Invalid`] without samples or outputs, for predictions of another shape, and for a value that is NaN or
/// infinite; [`MetricError::TooFewSamples`] for a single sample; [`MetricError::Overflow`] when a sum is infinite.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_train::{explained_variance_score, r2_score};
///
/// let (y_true, y_pred) = (array![[1.0], [2.0], [3.0]], array![[2.0], [3.0], [4.0]]);
/// assert_eq!(explained_variance_score(y_true.view(), y_pred.view())?, 1.0);
/// assert_eq!(r2_score(y_true.view(), y_pred.view())?, -0.5);
/// # Ok::<(), nn_train::MetricError>(())
/// ```
///
/// scikit-learn's `explained_variance_score` with `multioutput="uniform_average"` and `force_finite=True`; of a single
/// sample that is always 1, here an error.
pub fn explained_variance_score<T: Scalar>(
    y_true: ArrayView2<'_, T>,
    y_pred: ArrayView2<'_, T>,
) -> Result<f64, MetricError> {
    check_samples("the explained variance", y_true.nrows())?;
    mean_over_outputs("the explained variance", y_true, y_pred, |y, p| {
        explained(squared_deviations(errors(y, p)), squared_deviations(y.iter().map(|y| y.as_f64())))
    })
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    type Metric = fn(ArrayView2<'_, f64>, ArrayView2<'_, f64>) -> Result<f64, MetricError>;

    const ALL: [Metric; 5] = [
        mean_squared_error,
        root_mean_squared_error,
        mean_absolute_error,
        r2_score,
        explained_variance_score,
    ];

    #[test]
    fn targets_without_variance_are_explained_or_not() {
        // 0.1 is not a binary fraction: a plain mean of ten is not 0.1.
        let y = Array2::from_elem((10, 1), 0.1);
        let mut p = y.clone();
        assert_eq!(r2_score(y.view(), p.view()).unwrap(), 1.0);
        assert_eq!(explained_variance_score(y.view(), p.view()).unwrap(), 1.0);
        p.fill(0.7);
        assert_eq!(r2_score(y.view(), p.view()).unwrap(), 0.0);
        assert_eq!(explained_variance_score(y.view(), p.view()).unwrap(), 1.0);
        p[[3, 0]] = 0.2;
        assert_eq!(r2_score(y.view(), p.view()).unwrap(), 0.0);
        assert_eq!(explained_variance_score(y.view(), p.view()).unwrap(), 0.0);
    }

    #[test]
    fn perfect_predictions_have_no_error() {
        let y = array![[1.0, -2.0], [0.5, 3.0], [7.0, 0.25]];
        assert_eq!(ALL.map(|metric| metric(y.view(), y.view()).unwrap()), [0.0, 0.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn values_that_cannot_be_compared_are_refused() {
        let y = array![[1.0, 2.0], [3.0, 4.0]];
        for metric in ALL {
            let message =
                |y: &Array2<f64>, p: &Array2<f64>| metric(y.view(), p.view()).unwrap_err().to_string();
            assert_eq!(message(&y, &Array2::zeros((2, 1))), "expected 2 x 2 predictions, found 2 x 1");
            assert_eq!(message(&y, &Array2::zeros((3, 2))), "expected 2 x 2 predictions, found 3 x 2");
            for shape in [(0, 2), (2, 0)] {
                let none = Array2::zeros(shape);
                assert_eq!(message(&none, &none), "expected at least one sample, found an empty batch");
            }
            let nan = array![[1.0, 2.0], [3.0, f64::NAN]];
            assert_eq!(message(&nan, &y), "targets[1, 1] is NaN; expected a finite number");
            assert_eq!(message(&y, &nan), "predictions[1, 1] is NaN; expected a finite number");
        }
    }

    #[test]
    fn a_variance_needs_two_samples() {
        for metric in &ALL[3..] {
            let error = metric(array![[1.0]].view(), array![[2.0]].view()).unwrap_err();
            assert!(matches!(error, MetricError::TooFewSamples { samples: 1, .. }), "{error}");
        }
    }

    #[test]
    fn values_that_overflow_are_refused() {
        let (y, p) = (array![[-1e300], [1e300]], array![[1e300], [-1e300]]);
        for (n, metric) in ALL.into_iter().enumerate() {
            let outcome = metric(y.view(), p.view());
            if n == 2 {
                assert_eq!(outcome.unwrap(), 2e300);
            } else {
                assert!(matches!(outcome, Err(MetricError::Overflow { .. })), "{n}: {outcome:?}");
            }
        }
    }

    #[test]
    fn single_precision_is_summed_in_double() {
        let y = Array2::<f32>::from_elem((100_000, 1), 0.1);
        let error = mean_absolute_error(y.view(), Array2::zeros(y.dim()).view()).unwrap();
        assert!((error - f64::from(0.1_f32)).abs() < 1e-12, "{error}");
    }
}
