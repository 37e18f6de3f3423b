use ndarray::{ArrayRef2, ArrayView2, ArrayViewMut2};

use super::reduction::{reduced_loss, total_weight};
use super::{Loss, Reduction, Scale, check_values};
use crate::{Error, Scalar};

/// The smallest variance: PyTorch's `eps`.
const EPSILON: f64 = 1e-6;

/// The negative log-likelihood under a Gaussian whose mean μ and log-variance s are predicted:
/// l = Σ_k ½ (s_k + (μ_k - y_k)² e^(-s_k)), averaged over all elements of the targets or added up.
///
/// A network so learns how sure it is. The gradient is (μ - y) e^-s with respect to μ, and ½ (1 - (μ - y)² e^-s) with
/// respect to s. The variance is at least 1e-6: below that s counts as ln 1e-6, and its gradient is 0.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `full` | off | adds the constant ½ ln 2π |
///
/// # Shapes
/// Predictions: (batch, 2 outputs), the means and then the log-variances. Targets: (batch, outputs).
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{GaussianNll, Loss};
///
/// // The mean 1 and the variance 4, one standard deviation from the target.
/// let (p, y) = (array![[1.0, 4.0_f64.ln()]], array![[3.0]]);
/// assert_eq!(GaussianNll::mean().value(p.view(), &*y, None)?, 2.0_f64.ln() + 0.5);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// Nix, Weigend: "Estimating the mean and variance of the target probability distribution", ICNN 1994. As PyTorch's
/// `GaussianNLLLoss` at the variance e^s, which a linear last layer can give, being positive whatever s is. Below the
/// smallest variance PyTorch has a gradient that is not the loss's; here it is 0, as the loss is constant there.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct GaussianNll {
    reduction: Reduction,
    full: bool,
}

reduced_loss!(GaussianNll with settings);

impl GaussianNll {
    /// Adds the constant ½ ln 2π.
    pub fn full(self) -> Self {
        Self { full: true, ..self }
    }
}

impl<T: Scalar> Loss<T, ArrayRef2<T>> for GaussianNll {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn divisor(&self, _outputs: usize, target: &ArrayRef2<T>, weights: Option<&[T]>) -> T {
        total_weight(target.nrows(), weights) * T::of(target.ncols() as f64)
    }

    fn check(&self, outputs: usize, target: &ArrayRef2<T>) -> Result<(), Error> {
        if outputs != 2 * target.ncols() {
            let what = "outputs, a mean and a log-variance for each target column";
            return Err(Error::Length { what, expected: 2 * target.ncols(), found: outputs });
        }
        check_values(outputs / 2, target)
    }

    fn value_and_grad(
        &self,
        prediction: ArrayView2<'_, T>,
        target: &ArrayRef2<T>,
        scale: Scale<'_, T>,
        mut dprediction: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        let (half, smallest) = (T::of(0.5), T::of(EPSILON.kernel_ln()));
        let constant = if self.full { T::of(std::f64::consts::TAU.kernel_ln()) } else { T::zero() };
        let mut value = T::zero();
        for ((n, k), &y) in target.indexed_iter() {
            let (mean, spread) = ([n, k], [n, target.ncols() + k]);
            if scale.of(n) == T::zero() {
                // A sample that does not count does not count even where its loss is infinite.
                if let Some(dp) = &mut dprediction {
                    (dp[mean], dp[spread]) = (T::zero(), T::zero());
                }
                continue;
            }
            let floored = prediction[spread] < smallest;
            let log_variance = if floored { smallest } else { prediction[spread] };
            let precision = (-log_variance).kernel_exp();
            let error = prediction[mean] - y;
            let square = error * error * precision;
            value += scale.of(n) * half * (log_variance + square + constant);
            if let Some(dp) = &mut dprediction {
                dp[mean] = scale.of(n) * error * precision;
                dp[spread] = if floored { T::zero() } else { scale.of(n) * half * (T::one() - square) };
            }
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn a_log_variance_of_any_size_has_a_finite_loss() {
        let p = array![[1.0, 1e4], [1.0, -1e4], [0.0, -1e4]];
        let mut gradient = Array2::from_elem((3, 2), f64::NAN);
        let y = Array2::zeros((3, 1));
        let value = GaussianNll::sum().reduced(p.view(), &*y, None, Some(gradient.view_mut()));
        let expected = 0.5 * (1e4 + (1e-6_f64.ln() + 1e6) + 1e-6_f64.ln());
        assert!((value - expected).abs() < 1e-9 * expected, "{value}, expected {expected}");
        assert_eq!(gradient.column(1), array![0.5, 0.0, 0.0]);
        assert!((gradient[[1, 0]] - 1e6).abs() < 1e-6 && gradient[[2, 0]] == 0.0, "{gradient}");
    }
}
