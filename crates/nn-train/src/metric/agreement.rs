use super::MetricError;
use super::tally::Tally;

/// What both coefficients are made of: hits, samples, and the sums over the classes of predicted labelled, predicted²,
/// labelled². Whole numbers, so that the differences below lose nothing.
struct Sums {
    hits: i128,
    samples: i128,
    products: i128,
    predicted: i128,
    labelled: i128,
}

impl Sums {
    fn new(tally: &Tally) -> Self {
        let sum = |of: fn(&(i128, i128)) -> i128| {
            tally.classes.values().map(|count| of(&(count.predicted as i128, count.labelled as i128))).sum()
        };
        Self {
            hits: tally.hits() as i128,
            samples: tally.samples as i128,
            products: sum(|(p, t)| p * t),
            predicted: sum(|(p, _)| p * p),
            labelled: sum(|(_, t)| t * t),
        }
    }
}

/// The correlation of predictions and labels: 1 is perfect, 0 no better than chance, -1 always wrong.
///
/// With n samples, c hits, and t_k samples and p_k predictions of class k:
///
/// (c n - Σ p_k t_k) / √((n² - Σ p_k²) (n² - Σ t_k²)), and 0 where that is 0/0: when all labels or all predictions are one
/// class.
///
/// # Shapes
/// `y_true`, `y_pred`: (samples), classes counted from 0.
///
/// # Errors
/// [`MetricError::Invalid`] without samples, or when there are not as many predictions.
///
/// # Example
/// ```
/// use nn_train::matthews_corrcoef;
///
/// assert_eq!(matthews_corrcoef(&[0, 0, 1, 1], &[0, 0, 1, 1])?, 1.0);
/// assert_eq!(matthews_corrcoef(&[0, 0, 1, 1], &[1, 1, 0, 0])?, -1.0);
/// assert_eq!(matthews_corrcoef(&[0, 0, 1, 1], &[0, 1, 0, 1])?, 0.0);
/// # Ok::<(), nn_train::MetricError>(())
/// ```
///
/// Gorodkin, "Comparing two K-category assignments by a K-category correlation coefficient" (2004), as scikit-learn's
/// `matthews_corrcoef`.
pub fn matthews_corrcoef(y_true: &[usize], y_pred: &[usize]) -> Result<f64, MetricError> {
    let sums = Sums::new(&Tally::new(y_true, y_pred)?);
    let covariance = (sums.hits * sums.samples - sums.products) as f64;
    let variances =
        [sums.predicted, sums.labelled].map(|squares| (sums.samples * sums.samples - squares) as f64);
    let denominator = (variances[0] * variances[1]).sqrt();
    Ok(if denominator == 0.0 { 0.0 } else { covariance / denominator })
}

/// How much more often predictions are right than chance would be: (p_o - p_e) / (1 - p_e).
///
/// With n samples, c hits, and t_k samples and p_k predictions of class k: p_o = c / n is the accuracy, and
/// p_e = Σ p_k t_k / n² what it would be if predictions and labels had nothing in common.
///
/// # Shapes
/// `y_true`, `y_pred`: (samples), classes counted from 0.
///
/// # Errors
/// [`MetricError::Invalid`] without samples, or when there are not as many predictions; [`MetricError::OneClass`] where it
/// is 0/0: when all labels and all predictions are the same class.
///
/// # Example
/// ```
/// use nn_train::cohen_kappa_score;
///
/// assert_eq!(cohen_kappa_score(&[0, 0, 1, 1], &[0, 0, 1, 1])?, 1.0);
/// assert_eq!(cohen_kappa_score(&[0, 0, 0, 1], &[0, 0, 1, 1])?, 0.5);
/// # Ok::<(), nn_train::MetricError>(())
/// ```
///
/// Cohen, "A coefficient of agreement for nominal scales" (1960), as scikit-learn's `cohen_kappa_score`, unweighted; where
/// that warns and returns NaN, this is an error.
pub fn cohen_kappa_score(y_true: &[usize], y_pred: &[usize]) -> Result<f64, MetricError> {
    let sums = Sums::new(&Tally::new(y_true, y_pred)?);
    let chance = sums.samples * sums.samples - sums.products;
    if chance == 0 {
        return Err(MetricError::OneClass { metric: "Cohen's kappa", class: y_true[0] });
    }
    Ok((sums.hits * sums.samples - sums.products) as f64 / chance as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_class_on_one_side_has_no_correlation() {
        for (y_true, y_pred) in [([1, 1, 1], [0, 1, 2]), ([0, 1, 2], [1, 1, 1]), ([1, 1, 1], [1, 1, 1])] {
            assert_eq!(matthews_corrcoef(&y_true, &y_pred).unwrap(), 0.0);
        }
        assert_eq!(cohen_kappa_score(&[1, 1, 1], &[0, 1, 2]).unwrap(), 0.0);
        assert_eq!(
            cohen_kappa_score(&[3, 3], &[3, 3]).unwrap_err().to_string(),
            "Cohen's kappa is not defined when all labels and all predictions are class 3: measure on more data"
        );
    }

    #[test]
    fn two_classes_agree_with_the_table_of_four() {
        // 6 true positives, 2 false positives, 1 false negative, 3 true negatives.
        let y_true = [vec![1; 6], vec![0; 2], vec![1; 1], vec![0; 3]].concat();
        let y_pred = [vec![1; 8], vec![0; 4]].concat();
        let expected = f64::from(6 * 3 - 2) / f64::from(8 * 7 * 5 * 4).sqrt();
        assert!((matthews_corrcoef(&y_true, &y_pred).unwrap() - expected).abs() < 1e-15);
        let (observed, chance) = (9.0 / 12.0, f64::from(8 * 7 + 4 * 5) / 144.0);
        let expected = (observed - chance) / (1.0 - chance);
        assert!((cohen_kappa_score(&y_true, &y_pred).unwrap() - expected).abs() < 1e-15);
    }

    #[test]
    fn both_coefficients_are_symmetric() {
        let (a, b) = ([0, 1, 2, 2, 1, 0, 0, 4], [0, 2, 2, 2, 1, 1, 0, 0]);
        assert_eq!(matthews_corrcoef(&a, &b), matthews_corrcoef(&b, &a));
        assert_eq!(cohen_kappa_score(&a, &b), cohen_kappa_score(&b, &a));
    }
}
