use ndarray::{ArrayRef2, ArrayView2, ArrayViewMut2};

use super::columns::{columnwise, each, read};
use super::reduction::{reduced_loss, total_weight};
use super::{Loss, Reduction, Scale, check_values};
use crate::{Error, Scalar};

/// The pinball loss of quantiles: l = Σ_k max(α (y - p_k), (α - 1) (y - p_k)), averaged over all elements of the
/// predictions or added up.
///
/// What it is least at is the α-quantile of the targets; several quantiles are learned at once, each by an output of its
/// own. The gradient is -α where p < y, 1 - α where p > y, and 0 where the two are equal.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `quantiles` | 0.5, the median | α: at least one, each from 0 to 1 |
///
/// # Shapes
/// Predictions: (batch, outputs), for each target its quantiles side by side. Targets: (batch, outputs / quantiles).
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Loss, Pinball};
///
/// let loss = Pinball::sum().quantiles([0.25, 0.75]);
/// let (p, y) = (array![[1.0, 3.0]], array![[2.0]]);
/// assert_eq!(loss.value(p.view(), &*y, None)?, 0.25 + 0.25);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// Koenker, Bassett: "Regression quantiles", Econometrica 46, 1978. As scikit-learn's `mean_pinball_loss`, which takes
/// one quantile.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Pinball {
    reduction: Reduction,
    quantiles: Vec<f64>,
}

impl Default for Pinball {
    fn default() -> Self {
        Self { reduction: Reduction::Mean, quantiles: vec![0.5] }
    }
}

reduced_loss!(Pinball with settings);

impl Pinball {
    /// The quantiles, an output each.
    pub fn quantiles(self, quantiles: impl Into<Vec<f64>>) -> Self {
        Self { quantiles: quantiles.into(), ..self }
    }
}

impl<T: Scalar> Loss<T, ArrayRef2<T>> for Pinball {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn divisor(&self, outputs: usize, target: &ArrayRef2<T>, weights: Option<&[T]>) -> T {
        total_weight(target.nrows(), weights) * T::of(outputs as f64)
    }

    fn check(&self, outputs: usize, target: &ArrayRef2<T>) -> Result<(), Error> {
        let quantiles = self.quantiles.len();
        if quantiles == 0 {
            return Err(Error::hyperparameter("quantiles", "at least one", "none"));
        }
        if let Some(quantile) = self.quantiles.iter().find(|alpha| !(0.0..=1.0).contains(*alpha)) {
            return Err(Error::hyperparameter("quantile", "a number from 0 to 1", quantile));
        }
        if !outputs.is_multiple_of(quantiles) {
            let what = "outputs for each target, one a quantile";
            return Err(Error::Length { what, expected: quantiles, found: outputs });
        }
        check_values(outputs / quantiles, target)
    }

    fn value_and_grad(
        &self,
        prediction: ArrayView2<'_, T>,
        target: &ArrayRef2<T>,
        scale: Scale<'_, T>,
        dprediction: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        let quantiles = &self.quantiles[..];
        let repeated =
            |k: usize, start: usize, y: &mut [T]| read(target.column(k / quantiles.len()), start, y);
        columnwise(prediction, repeated, &scale, dprediction, |k, p, y| {
            let alpha = T::of(quantiles[k % quantiles.len()]);
            each(p, y, |p, y| {
                let error = y - p;
                if error > T::zero() {
                    (alpha * error, -alpha)
                } else if error < T::zero() {
                    ((alpha - T::one()) * error, T::one() - alpha)
                } else {
                    (error, error)
                }
            });
        })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn each_target_has_its_quantiles_side_by_side() {
        let loss = Pinball::sum().quantiles([0.125, 0.5]);
        let (p, y) = (array![[0.0, 0.0, 3.0, 2.0]], array![[1.0, 2.0]]);
        let mut gradient = Array2::from_elem((1, 4), f64::NAN);
        let value = loss.reduced(p.view(), &*y, None, Some(gradient.view_mut()));
        assert_eq!(value, 0.125 + 0.5 + 0.875);
        assert_eq!(gradient, array![[-0.125, -0.5, 0.875, 0.0]]);
    }

    #[test]
    fn the_best_constant_is_the_quantile() {
        let y = Array2::from_shape_fn((100, 1), |(n, _)| (37 * n % 100) as f64);
        let value = |p: f64| {
            let p = Array2::from_elem((100, 1), p);
            Pinball::mean().quantiles([0.9]).value(p.view(), &*y, None).expect("valid")
        };
        let best = (0..100).map(f64::from).min_by(|a, b| value(*a).total_cmp(&value(*b)));
        assert!(matches!(best, Some(89.0 | 90.0)), "{best:?}");
    }
}
