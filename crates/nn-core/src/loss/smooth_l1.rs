use ndarray::{ArrayRef2, ArrayView2, ArrayViewMut2};

use super::columns::elementwise;
use super::mean_absolute_error::sign;
use super::reduction::{reduced_loss, total_weight};
use super::{Loss, Reduction, Scale, check_values};
use crate::{Error, Scalar};

/// The smooth L1 loss: l = Σ_k s(p_k - y_k) with s(e) = ½ e² / β for |e| < β, and |e| - ½ β beyond, averaged over all
/// elements or added up.
///
/// The absolute error with its kink rounded off; [`Huber`](crate::Huber) divided by β. The gradient is (p - y) / β, cut
/// off at ±1.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `beta` | 1 | β: at least 0, finite; 0 is the absolute error |
///
/// # Shapes
/// Predictions and targets: (batch, outputs).
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Loss, SmoothL1};
///
/// let (p, y) = (array![[1.0, 10.0]], array![[0.0, 0.0]]);
/// assert_eq!(SmoothL1::sum().beta(2.0).value(p.view(), &*y, None)?, 0.25 + 9.0);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// Girshick: "Fast R-CNN", ICCV 2015. As PyTorch's `SmoothL1Loss`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct SmoothL1 {
    reduction: Reduction,
    beta: f64,
}

impl Default for SmoothL1 {
    fn default() -> Self {
        Self { reduction: Reduction::Mean, beta: 1.0 }
    }
}

reduced_loss!(SmoothL1 with settings);

impl SmoothL1 {
    /// The size of an error below which it counts quadratically.
    pub fn beta(self, beta: f64) -> Self {
        Self { beta, ..self }
    }
}

impl<T: Scalar> Loss<T, ArrayRef2<T>> for SmoothL1 {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn divisor(&self, outputs: usize, target: &ArrayRef2<T>, weights: Option<&[T]>) -> T {
        total_weight(target.nrows(), weights) * T::of(outputs as f64)
    }

    fn check(&self, outputs: usize, target: &ArrayRef2<T>) -> Result<(), Error> {
        if !(self.beta >= 0.0 && self.beta.is_finite()) {
            return Err(Error::hyperparameter("beta", "0 or a finite number above 0", self.beta));
        }
        check_values(outputs, target)
    }

    fn value_and_grad(
        &self,
        prediction: ArrayView2<'_, T>,
        target: &ArrayRef2<T>,
        scale: Scale<'_, T>,
        dprediction: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        let (half, beta) = (T::of(0.5), T::of(self.beta));
        elementwise(prediction, target, &scale, dprediction, |p, y| {
            let error = p - y;
            if error.abs() < beta {
                (half * error * error / beta, error / beta)
            } else {
                (error.abs() - half * beta, sign(error))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::MeanAbsoluteError;

    #[test]
    fn with_beta_0_it_is_the_absolute_error() {
        let (p, y) = (array![[1.0, 3.0, -0.25]], array![[1.0, 5.0, 0.5]]);
        let absolute = MeanAbsoluteError::mean().value(p.view(), &*y, None);
        assert_eq!(SmoothL1::mean().beta(0.0).value(p.view(), &*y, None), absolute);
    }
}
