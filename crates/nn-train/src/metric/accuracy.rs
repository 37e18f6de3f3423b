use ndarray::ArrayView2;
use nn_core::{Error, Scalar};

use super::tally::{Tally, ratio};
use super::{MetricError, check_finite, check_labels, check_lengths};

/// The share of predictions that are right: Σ [ŷ = y] / n.
///
/// # Shapes
/// `y_true`, `y_pred`: (samples), classes counted from 0.
///
/// # Errors
/// [`MetricError::Invalid`] without samples, or when there are not as many predictions.
///
/// # Example
/// ```
/// use nn_train::accuracy_score;
///
/// assert_eq!(accuracy_score(&[0, 1, 2, 2], &[0, 1, 1, 2])?, 0.75);
/// # Ok::<(), nn_train::MetricError>(())
/// ```
///
/// scikit-learn's `accuracy_score`.
pub fn accuracy_score(y_true: &[usize], y_pred: &[usize]) -> Result<f64, MetricError> {
    let tally = Tally::new(y_true, y_pred)?;
    Ok(ratio(tally.hits(), tally.samples))
}

/// The mean over the classes of the share of their samples that are found: (1/k) Σ_c hits_c / n_c.
///
/// A class that has no sample counts neither way, even if it is predicted.
///
/// # Shapes
/// `y_true`, `y_pred`: (samples), classes counted from 0.
///
/// # Errors
/// [`MetricError::Invalid`] without samples, or when there are not as many predictions.
///
/// # Example
/// ```
/// use nn_train::{accuracy_score, balanced_accuracy_score};
///
/// // Nine of ten are right, and yet one of the two classes is never found.
/// let (y_true, y_pred) = ([0, 0, 0, 0, 0, 0, 0, 0, 0, 1], [0; 10]);
/// assert_eq!(accuracy_score(&y_true, &y_pred)?, 0.9);
/// assert_eq!(balanced_accuracy_score(&y_true, &y_pred)?, 0.5);
/// # Ok::<(), nn_train::MetricError>(())
/// ```
///
/// scikit-learn's `balanced_accuracy_score`, not adjusted for chance.
pub fn balanced_accuracy_score(y_true: &[usize], y_pred: &[usize]) -> Result<f64, MetricError> {
    let tally = Tally::new(y_true, y_pred)?;
    let labelled = tally.classes.values().filter(|count| count.labelled > 0);
    let recalls: Vec<f64> = labelled.map(|count| ratio(count.hits, count.labelled)).collect();
    Ok(recalls.iter().sum::<f64>() / recalls.len() as f64)
}

/// The share of samples whose class is among the `k` of the highest scores.
///
/// Of equal scores the one of the higher class goes first. Any scores do: logits or probabilities.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `k` | none | from 1 to the number of classes |
///
/// # Shapes
/// `y_true`: (samples), classes counted from 0. `scores`: (samples, classes).
///
/// # Errors
/// [`MetricError::Invalid`] without samples, when there are not as many rows of scores, for a score that is NaN or
/// infinite, for a label that has no column, and for a `k` outside its range.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_train::top_k_accuracy_score;
///
/// let scores = array![[0.5, 0.3, 0.2], [0.1, 0.7, 0.2], [0.6, 0.3, 0.1]];
/// assert_eq!(top_k_accuracy_score(&[1, 1, 2], scores.view(), 2)?, 2.0 / 3.0);
/// # Ok::<(), nn_train::MetricError>(())
/// ```
///
/// scikit-learn's `top_k_accuracy_score`, ties and all; where it warns of a `k` above the number of classes, this is an
/// error.
pub fn top_k_accuracy_score<T: Scalar>(
    y_true: &[usize],
    scores: ArrayView2<'_, T>,
    k: usize,
) -> Result<f64, MetricError> {
    check_lengths("rows of scores", y_true.len(), scores.nrows())?;
    check_labels(y_true, scores.ncols())?;
    check_finite("scores", scores)?;
    if k == 0 || k > scores.ncols() {
        return Err(Error::hyperparameter("k", "a number from 1 to the number of classes", k).into());
    }
    let hit = |(row, &label): (usize, &usize)| {
        let row = scores.row(row);
        let before = |&(class, &score): &(usize, &T)| (score, class) > (row[label], label);
        row.iter().enumerate().filter(before).count() < k
    };
    Ok(ratio(y_true.iter().enumerate().filter(|&sample| hit(sample)).count(), y_true.len()))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn a_class_that_is_only_predicted_is_no_class() {
        // The recalls are 1/2 of class 0 and 1 of class 2; class 1 has none.
        assert_eq!(balanced_accuracy_score(&[0, 0, 2], &[0, 1, 2]).unwrap(), 0.75);
    }

    #[test]
    fn of_equal_scores_the_higher_class_goes_first() {
        let scores = array![[1.0, 1.0, 1.0]];
        let hits = |label: usize, k| top_k_accuracy_score(&[label], scores.view(), k).unwrap();
        assert_eq!([hits(0, 1), hits(1, 1), hits(2, 1)], [0.0, 0.0, 1.0]);
        assert_eq!([hits(0, 2), hits(1, 2), hits(2, 2)], [0.0, 1.0, 1.0]);
        assert_eq!(hits(0, 3), 1.0);
    }

    #[test]
    fn what_cannot_be_ranked_is_refused() {
        let message = |y: &[usize], scores: Array2<f32>, k| {
            top_k_accuracy_score(y, scores.view(), k).unwrap_err().to_string()
        };
        let scores = array![[0.5, 0.5], [0.1, 0.9]];
        assert_eq!(message(&[0], scores.clone(), 1), "expected 1 rows of scores, found 2");
        assert_eq!(
            message(&[0, 2], scores.clone(), 1),
            "label 2 of sample 1 is out of range: expected a class from 0 to 1"
        );
        for k in [0, 3] {
            let expected = format!("k is {k}; expected a number from 1 to the number of classes");
            assert_eq!(message(&[0, 1], scores.clone(), k), expected);
        }
        assert_eq!(
            message(&[0, 1], array![[0.5, 0.5], [f32::NAN, 0.9]], 1),
            "scores[1, 0] is NaN; expected a finite number"
        );
        assert_eq!(
            message(&[], Array2::zeros((0, 2)), 1),
            "expected at least one sample, found an empty batch"
        );
        assert!(message(&[0], Array2::zeros((1, 0)), 1).starts_with("label 0 of sample 0"));
    }
}
