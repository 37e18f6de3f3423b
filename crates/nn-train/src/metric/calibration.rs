use std::collections::BTreeMap;

use ndarray::ArrayView2;
use nn_core::{Error, Scalar};

use super::MetricError;
use super::probability::Probabilities;

/// How far confidence is from accuracy: Σ_b (n_b / n) |accuracy_b - confidence_b|.
///
/// The confidence of a prediction is its highest probability, of the first class that has it. Predictions are sorted into
/// `bins` bins of equal width by confidence, ((b - 1) / `bins`, b / `bins`]; accuracy_b is the share of a bin's
/// predictions that are right, confidence_b the mean of their confidences.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `bins` | none; 15 is usual | at least 1 |
///
/// # Shapes
/// `y_true`: (samples), classes counted from 0. `probabilities`: (samples, classes), rows that add up to 1; or
/// (samples, 1), the probabilities of class 1 of two.
///
/// # Errors
/// [`MetricError::Invalid`] without samples, when there are not as many rows of probabilities, for a label that has no
/// column, and when `bins` is 0; [`MetricError::Probability`] for a number that is no probability;
/// [`MetricError::Distribution`] for a row that does not add up to 1.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_train::expected_calibration_error;
///
/// // 0.75 sure each time, and right in one case of two.
/// let probabilities = array![[0.75, 0.25], [0.25, 0.75]];
/// assert_eq!(expected_calibration_error(&[0, 0], probabilities.view(), 15)?, 0.25);
/// # Ok::<(), nn_train::MetricError>(())
/// ```
///
/// Guo et al., "On calibration of modern neural networks" (2017). scikit-learn has no such metric.
pub fn expected_calibration_error<T: Scalar>(
    y_true: &[usize],
    probabilities: ArrayView2<'_, T>,
    bins: usize,
) -> Result<f64, MetricError> {
    let p = Probabilities::new(y_true, probabilities)?;
    if bins == 0 {
        return Err(Error::hyperparameter("bins", "at least 1", bins).into());
    }
    // Of each bin, the sum of [right] - confidence: n_b (accuracy_b - confidence_b).
    let mut gaps: BTreeMap<usize, f64> = BTreeMap::new();
    for (row, &label) in y_true.iter().enumerate() {
        let mut best = 0;
        for class in 1..p.classes() {
            if p.of(row, class) > p.of(row, best) {
                best = class;
            }
        }
        let confidence = p.of(row, best);
        let hit = f64::from(u8::from(best == label));
        *gaps.entry(bin(confidence, bins)).or_default() += hit - confidence;
    }
    Ok(gaps.values().map(|gap| gap.abs()).sum::<f64>() / y_true.len() as f64)
}

/// The bin of a confidence from 0 to 1, counted from 1: the smallest b with b / `bins` at least the confidence.
fn bin(confidence: f64, bins: usize) -> usize {
    let upper = |b: usize| b as f64 / bins as f64;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rounded up, from 0 to `bins`"
    )]
    let b = ((confidence * bins as f64).ceil() as usize).clamp(1, bins);
    // The product may have been rounded over an edge.
    if b > 1 && upper(b - 1) >= confidence {
        b - 1
    } else if upper(b) < confidence {
        b + 1
    } else {
        b
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Axis, array};

    use super::*;

    #[test]
    fn an_upper_edge_belongs_to_its_bin() {
        for bins in [1, 3, 10, 15, 49, 100] {
            for b in 1..=bins {
                let edge = b as f64 / bins as f64;
                assert_eq!(bin(edge, bins), b, "{b} / {bins}");
                let above = edge.next_up();
                assert!(b == bins || bin(above, bins) == b + 1, "above {b} / {bins}");
            }
            assert_eq!(bin(0.0, bins), 1);
        }
        assert_eq!(bin(1.0, 1 << 40), 1 << 40);
    }

    #[test]
    fn gaps_cancel_within_a_bin_only() {
        // Confidences 0.6 (right), 0.8 (wrong).
        let (y, p) = ([0, 1], array![[0.6, 0.4], [0.8, 0.2]]);
        let error = |bins| expected_calibration_error(&y, p.view(), bins).unwrap();
        assert!((error(1) - (0.4 - 0.8_f64).abs() / 2.0).abs() < 1e-15);
        assert!((error(2) - 0.2).abs() < 1e-15);
        assert!((error(10) - f64::midpoint(0.4, 0.8)).abs() < 1e-15);
    }

    #[test]
    fn one_column_is_two_classes() {
        let two = array![[0.8, 0.2], [0.1, 0.9], [0.6, 0.4]];
        let one = two.select(Axis(1), &[1]);
        let error = |p: ArrayView2<'_, f64>| expected_calibration_error(&[1, 1, 0], p, 5).unwrap();
        assert!((error(one.view()) - error(two.view())).abs() < 1e-15);
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let message =
            |p: Array2<f64>, bins| expected_calibration_error(&[0], p.view(), bins).unwrap_err().to_string();
        assert_eq!(message(array![[0.5, 0.5]], 0), "bins is 0; expected at least 1");
        assert!(message(array![[3.0, -2.0]], 15).starts_with("probabilities[0, 0] is 3"));
    }
}
