use super::MetricError;
use super::tally::{Count, Tally, ratio};

/// How the scores of the classes become one number.
///
/// The classes are those that occur among labels or predictions.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Average {
    /// Their mean: every class counts alike.
    #[default]
    Macro,
    /// The score of all classes' counts added up: every sample counts alike. With one class a sample, that is the accuracy.
    Micro,
    /// Their mean, each class weighted by its number of samples.
    Weighted,
}

impl Average {
    /// The average of a score that is a ratio of counts.
    fn of(self, tally: &Tally, score: impl Fn(Count) -> f64) -> f64 {
        let classes = || tally.classes.values();
        match self {
            Self::Macro => classes().map(|&count| score(count)).sum::<f64>() / tally.classes.len() as f64,
            Self::Micro => {
                let samples = tally.samples;
                score(Count { labelled: samples, predicted: samples, hits: tally.hits() })
            }
            Self::Weighted => {
                let weighted = classes().map(|&count| count.labelled as f64 * score(count));
                weighted.sum::<f64>() / tally.samples as f64
            }
        }
    }
}

/// How many of the predictions of a class are right: hits / predictions, averaged over the classes.
///
/// The precision of a class that is never predicted is 0.
///
/// # Shapes
/// `y_true`, `y_pred`: (samples), classes counted from 0.
///
/// # Errors
/// [`MetricError::Invalid`] without samples, or when there are not as many predictions.
///
/// # Example
/// ```
/// use nn_train::{Average, precision_score};
///
/// // Class 0: 1 of 2 predictions, class 1: 1 of 1.
/// let (y_true, y_pred) = ([0, 1, 1], [0, 0, 1]);
/// assert_eq!(precision_score(&y_true, &y_pred, Average::Macro)?, 0.75);
/// # Ok::<(), nn_train::MetricError>(())
/// ```
///
/// scikit-learn's `precision_score` with `zero_division=0`.
pub fn precision_score(y_true: &[usize], y_pred: &[usize], average: Average) -> Result<f64, MetricError> {
    Ok(average.of(&Tally::new(y_true, y_pred)?, |count| ratio(count.hits, count.predicted)))
}

/// How many of the samples of a class are found: hits / samples, averaged over the classes.
///
/// The recall of a class that has no samples, but is predicted, is 0.
///
/// # Shapes
/// `y_true`, `y_pred`: (samples), classes counted from 0.
///
/// # Errors
/// [`MetricError::Invalid`] without samples, or when there are not as many predictions.
///
/// # Example
/// ```
/// use nn_train::{Average, recall_score};
///
/// // Class 0: 1 of 1 sample, class 1: 1 of 2.
/// let (y_true, y_pred) = ([0, 1, 1], [0, 0, 1]);
/// assert_eq!(recall_score(&y_true, &y_pred, Average::Macro)?, 0.75);
/// # Ok::<(), nn_train::MetricError>(())
/// ```
///
/// scikit-learn's `recall_score` with `zero_division=0`.
pub fn recall_score(y_true: &[usize], y_pred: &[usize], average: Average) -> Result<f64, MetricError> {
    Ok(average.of(&Tally::new(y_true, y_pred)?, |count| ratio(count.hits, count.labelled)))
}

/// The harmonic mean of precision and recall of a class: 2 hits / (predictions + samples), averaged over the classes.
///
/// It is the mean of the classes' F1, not the F1 of the mean precision and the mean recall.
///
/// # Shapes
/// `y_true`, `y_pred`: (samples), classes counted from 0.
///
/// # Errors
/// [`MetricError::Invalid`] without samples, or when there are not as many predictions.
///
/// # Example
/// ```
/// use nn_train::{Average, f1_score};
///
/// // Class 0: 2 · 1 / (2 + 1), class 1: 2 · 1 / (1 + 2).
/// let (y_true, y_pred) = ([0, 1, 1], [0, 0, 1]);
/// assert_eq!(f1_score(&y_true, &y_pred, Average::Macro)?, 2.0 / 3.0);
/// # Ok::<(), nn_train::MetricError>(())
/// ```
///
/// scikit-learn's `f1_score` with `zero_division=0`.
pub fn f1_score(y_true: &[usize], y_pred: &[usize], average: Average) -> Result<f64, MetricError> {
    let f1 = |count: Count| ratio(2 * count.hits, count.predicted + count.labelled);
    Ok(average.of(&Tally::new(y_true, y_pred)?, f1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Class 0: 2 of 3 found in 2 predictions; class 1: never predicted; class 5: predicted twice, and there is none.
    const Y_TRUE: [usize; 4] = [0, 0, 0, 1];
    const Y_PRED: [usize; 4] = [0, 0, 5, 5];

    #[test]
    fn absent_classes_score_0_and_count() {
        let close = |found: Result<f64, MetricError>, expected: f64| {
            let found = found.unwrap();
            assert!((found - expected).abs() < 1e-15, "{found} against {expected}");
        };
        close(precision_score(&Y_TRUE, &Y_PRED, Average::Macro), 1.0 / 3.0);
        close(recall_score(&Y_TRUE, &Y_PRED, Average::Macro), 2.0 / 9.0);
        close(f1_score(&Y_TRUE, &Y_PRED, Average::Macro), 0.8 / 3.0);
        close(precision_score(&Y_TRUE, &Y_PRED, Average::Weighted), 0.75);
        close(recall_score(&Y_TRUE, &Y_PRED, Average::Weighted), 0.5);
        close(f1_score(&Y_TRUE, &Y_PRED, Average::Weighted), 0.6);
    }

    #[test]
    fn micro_averages_are_the_accuracy() {
        for score in [precision_score, recall_score, f1_score] {
            assert_eq!(score(&Y_TRUE, &Y_PRED, Average::Micro).unwrap(), 0.5);
        }
    }

    #[test]
    fn predictions_must_belong_to_samples() {
        for score in [precision_score, recall_score, f1_score] {
            let message = score(&Y_TRUE, &Y_PRED[..3], Average::Macro).unwrap_err().to_string();
            assert_eq!(message, "expected 4 predictions, found 3");
        }
    }
}
