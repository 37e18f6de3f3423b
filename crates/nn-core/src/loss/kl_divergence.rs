use ndarray::{ArrayRef2, ArrayView2, ArrayViewMut2};

use super::check::check_values_are;
use super::columns::{columnwise, each_with, mapped, values};
use super::reduction::{reduced_loss, total_weight};
use super::{Loss, Reduction, Scale};
use crate::{Error, Scalar};

/// The Kullback-Leibler divergence of log-probabilities: l = Σ_k y_k (ln y_k - p_k), where p is the logarithm of the
/// predicted probabilities and 0 ln 0 is 0.
///
/// The gradient is -y.
///
/// # Reductions
/// [`mean`](KlDivergence::mean) is over all elements, as PyTorch's `mean`; the divergence of a sample, on average, is
/// [`batch_mean`](KlDivergence::batch_mean), as PyTorch's `batchmean`.
///
/// # Shapes
/// Log-probabilities: (batch, classes). Targets: (batch, classes) probabilities; that they add up to 1 is not checked.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{KlDivergence, Loss};
///
/// let (p, y) = (array![[0.5_f64.ln(), 0.5_f64.ln()]], array![[0.0, 1.0]]);
/// assert_eq!(KlDivergence::batch_mean().value(p.view(), &*y, None)?, 2.0_f64.ln());
/// assert_eq!(KlDivergence::mean().value(p.view(), &*y, None)?, 2.0_f64.ln() / 2.0);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// As PyTorch's `KLDivLoss`. Keras's `KLDivergence` takes probabilities and averages over the samples.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct KlDivergence {
    reduction: Reduction,
    over_samples: bool,
}

reduced_loss!(KlDivergence with settings);

impl KlDivergence {
    /// Averaged over the samples, not over all elements.
    pub fn batch_mean() -> Self {
        Self { reduction: Reduction::Mean, over_samples: true }
    }
}

impl<T: Scalar> Loss<T, ArrayRef2<T>> for KlDivergence {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn divisor(&self, outputs: usize, target: &ArrayRef2<T>, weights: Option<&[T]>) -> T {
        let terms = if self.over_samples { 1 } else { outputs };
        total_weight(target.nrows(), weights) * T::of(terms as f64)
    }

    fn check(&self, outputs: usize, target: &ArrayRef2<T>) -> Result<(), Error> {
        let valid = |y| y >= T::zero();
        check_values_are("KlDivergence", "probabilities, at least 0", outputs, target, valid)
    }

    fn value_and_grad(
        &self,
        prediction: ArrayView2<'_, T>,
        target: &ArrayRef2<T>,
        scale: Scale<'_, T>,
        dprediction: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        columnwise(prediction, values(target), &scale, dprediction, |_, p, y| {
            let mut logs = mapped(y, |y| y);
            let logs = &mut logs[..y.len()];
            T::kernel_ln_slice(logs);
            // A class without probability counts for nothing, even where p is minus infinity.
            each_with(p, y, logs, |p, y, log| (if y > T::zero() { y * (log - p) } else { T::zero() }, -y));
        })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_distribution_does_not_diverge_from_itself() {
        let y = array![[0.25, 0.75]];
        let value: f64 = KlDivergence::sum().value(y.mapv(f64::ln).view(), &*y, None).expect("valid");
        assert!(value.abs() < 1e-15, "{value}");
        let half = array![[0.5_f64.ln(), 0.5_f64.ln()]];
        let value: f64 = KlDivergence::sum().value(half.view(), &*y, None).expect("valid");
        assert!((value - (0.75 * 3.0_f64.ln() - 2.0_f64.ln())).abs() < 1e-15, "{value}");
    }

    #[test]
    fn a_class_without_probability_counts_for_nothing() {
        let (p, y) = (array![[f64::NEG_INFINITY, 0.0]], array![[0.0, 1.0]]);
        assert_eq!(KlDivergence::sum().value(p.view(), &*y, None), Ok(0.0));
    }
}
