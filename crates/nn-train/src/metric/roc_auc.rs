use ndarray::{ArrayView1, ArrayView2, Axis};
use nn_core::{Error, Scalar};

use super::probability::Probabilities;
use super::{MetricError, check_finite, check_labels, check_lengths};

/// The probability that a sample of class 1 has a higher score than one of class 0, where a tie counts half: the area under
/// the receiver operating characteristic curve.
///
/// (1 / (n₁ n₀)) Σ_i Σ_j (`[s_i > s_j]` + ½ `[s_i = s_j]`), i over the samples of class 1, j over those of class 0. Any
/// scores do: logits or probabilities.
///
/// # Shapes
/// `y_true`: (samples), each 0 or 1. `scores`: (samples).
///
/// # Errors
/// [`MetricError::Invalid`] without samples, when there are not as many scores, for a score that is NaN or infinite, and for
/// a label above 1; [`MetricError::MissingClass`] when all samples are of one class.
///
/// # Example
/// ```
/// use nn_train::roc_auc_score;
///
/// // Of the four pairs, three are in order.
/// assert_eq!(roc_auc_score(&[0, 0, 1, 1], &[0.1, 0.4, 0.35, 0.8])?, 0.75);
/// # Ok::<(), nn_train::MetricError>(())
/// ```
///
/// Hanley and McNeil, "The meaning and use of the area under a receiver operating characteristic (ROC) curve" (1982).
/// scikit-learn's `roc_auc_score`; where that warns and returns NaN, this is an error.
pub fn roc_auc_score<T: Scalar>(y_true: &[usize], scores: &[T]) -> Result<f64, MetricError> {
    check_lengths("scores", y_true.len(), scores.len())?;
    check_labels(y_true, 2)?;
    check_finite("scores", ArrayView1::from(scores).insert_axis(Axis(1)))?;
    let samples = y_true.iter().zip(scores).map(|(&label, score)| (label == 1, score.as_f64())).collect();
    area(samples).map_err(|class| MetricError::MissingClass { metric: "ROC AUC", class: usize::from(class) })
}

/// The mean over the classes of the area under the curve of each class against all others, by its probability.
///
/// # Shapes
/// `y_true`: (samples), classes counted from 0. `probabilities`: (samples, classes), at least 3 classes, rows that add up
/// to 1.
///
/// # Errors
/// [`MetricError::Invalid`] without samples, when there are not as many rows of probabilities, for fewer than 3 classes,
/// and for a label that has no column; [`MetricError::Probability`] for a number that is no probability;
/// [`MetricError::Distribution`] for a row that does not add up to 1; [`MetricError::MissingClass`] for a class without
/// samples.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_train::roc_auc_ovr_score;
///
/// let probabilities = array![[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.375, 0.25, 0.375], [0.375, 0.375, 0.25]];
/// // Of class 0 three pairs of four are in order, and one is a tie; of the others all.
/// let area = roc_auc_ovr_score(&[0, 1, 2, 0], probabilities.view())?;
/// assert_eq!(area, (0.875 + 1.0 + 1.0) / 3.0);
/// # Ok::<(), nn_train::MetricError>(())
/// ```
///
/// scikit-learn's `roc_auc_score` with `multi_class="ovr"` and `average="macro"`; where that warns and returns NaN, this is
/// an error.
pub fn roc_auc_ovr_score<T: Scalar>(
    y_true: &[usize],
    probabilities: ArrayView2<'_, T>,
) -> Result<f64, MetricError> {
    let p = Probabilities::new(y_true, probabilities)?;
    let classes = probabilities.ncols();
    if classes < 3 {
        let expected = "at least 3; for 2 classes use `roc_auc_score`";
        return Err(Error::hyperparameter("number of classes", expected, classes).into());
    }
    let mut sum = 0.0;
    for class in 0..classes {
        let sample = |(row, &label): (usize, &usize)| (label == class, p.of(row, class));
        let samples = y_true.iter().enumerate().map(sample).collect();
        // All samples being of this class, the next one is missing.
        let missing = |own: bool| if own { class } else { usize::from(class == 0) };
        sum += area(samples).map_err(|own| MetricError::MissingClass {
            metric: "one-vs-rest ROC AUC",
            class: missing(own),
        })?;
    }
    Ok(sum / classes as f64)
}

/// The area under the curve of (positive, score), or the side without samples. It counts pairs, which is exact.
fn area(mut samples: Vec<(bool, f64)>) -> Result<f64, bool> {
    samples.sort_unstable_by(|a, b| a.1.total_cmp(&b.1));
    // Negatives below, and twice the pairs in order.
    let (mut negatives, mut positives, mut twice) = (0_u128, 0_u128, 0_u128);
    // -0 sorts below 0, and is equal to it.
    for tied in samples.chunk_by(|a, b| a.1 == b.1) {
        let own = tied.iter().filter(|(positive, _)| *positive).count() as u128;
        let others = tied.len() as u128 - own;
        twice += own * (2 * negatives + others);
        positives += own;
        negatives += others;
    }
    match (positives, negatives) {
        (0, _) => Err(true),
        (_, 0) => Err(false),
        _ => Ok(twice as f64 / (2 * positives * negatives) as f64),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    /// The definition, pair by pair.
    fn by_pairs(y_true: &[usize], scores: &[f64]) -> f64 {
        let of = |class| y_true.iter().zip(scores).filter(move |pair| *pair.0 == class).map(|pair| *pair.1);
        let order = |a: f64, b: f64| f64::from(u8::from(a > b)) + 0.5 * f64::from(u8::from(a == b));
        let pairs: Vec<f64> = of(1).flat_map(|a| of(0).map(move |b| order(a, b))).collect();
        pairs.iter().sum::<f64>() / pairs.len() as f64
    }

    #[test]
    fn the_area_is_the_share_of_pairs_in_order() {
        // A few values only, so that many are tied.
        for n in [2, 3, 7, 40] {
            let y_true: Vec<usize> = (0..n).map(|i| (i * i + i / 3) % 5 % 2).collect();
            let scores: Vec<f64> = (0..n).map(|i| ((7 * i) % 11 % 4) as f64 - 1.0).collect();
            if y_true.contains(&0) && y_true.contains(&1) {
                assert_eq!(roc_auc_score(&y_true, &scores).unwrap(), by_pairs(&y_true, &scores), "{n}");
            }
        }
        assert_eq!(roc_auc_score(&[0, 1], &[0.0, -0.0]).unwrap(), 0.5);
    }

    #[test]
    fn what_cannot_be_ranked_is_refused() {
        let message = |y: &[usize], s: &[f64]| roc_auc_score(y, s).unwrap_err().to_string();
        assert_eq!(message(&[0, 1], &[0.5]), "expected 2 scores, found 1");
        assert_eq!(message(&[0, 1], &[0.5, f64::INFINITY]), "scores[1, 0] is inf; expected a finite number");
        assert!(message(&[0, 2], &[0.5, 0.5]).starts_with("label 2 of sample 1 is out of range"));
        for class in [0, 1] {
            let expected = format!(
                "ROC AUC is not defined without samples of class {class}; found none: measure on more data"
            );
            assert_eq!(message(&[1 - class; 2], &[0.5, 0.25]), expected);
        }
    }

    #[test]
    fn every_class_must_have_samples_and_others() {
        let thirds = array![[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.25, 0.25, 0.5]];
        let area = |y: &[usize]| roc_auc_ovr_score(y, thirds.view());
        let missing = |class| Err(MetricError::MissingClass { metric: "one-vs-rest ROC AUC", class });
        assert_eq!(area(&[0, 1, 2]), Ok(1.0));
        assert_eq!(area(&[0, 1, 0]), missing(2));
        assert_eq!(area(&[0, 0, 0]), missing(1));
        assert_eq!(area(&[1, 1, 1]), missing(0));
        let two = roc_auc_ovr_score(&[0, 1], array![[0.5, 0.5], [0.25, 0.75]].view()).unwrap_err();
        assert_eq!(
            two.to_string(),
            "number of classes is 2; expected at least 3; for 2 classes use `roc_auc_score`"
        );
    }
}
