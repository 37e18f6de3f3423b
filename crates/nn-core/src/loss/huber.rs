use ndarray::{ArrayRef2, ArrayView2, ArrayViewMut2};

use super::columns::elementwise;
use super::mean_absolute_error::sign;
use super::reduction::{reduced_loss, total_weight};
use super::{Loss, Reduction, Scale, check_values};
use crate::{Error, Scalar};

/// The Huber loss: l = Σ_k h(p_k - y_k) with h(e) = ½ e² for |e| ≤ δ, and δ (|e| - ½ δ) beyond, averaged over all
/// elements or added up.
///
/// Quadratic near 0 and linear for outliers, whose pull on the fit it bounds: the gradient is p - y, cut off at ±δ.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `delta` | 1 | δ: above 0, finite |
///
/// # Shapes
/// Predictions and targets: (batch, outputs).
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Huber, Loss};
///
/// let (p, y) = (array![[1.0, 10.0]], array![[0.0, 0.0]]);
/// assert_eq!(Huber::sum().delta(2.0).value(p.view(), &*y, None)?, 0.5 + 18.0);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// Huber: "Robust estimation of a location parameter", Annals of Mathematical Statistics 35, 1964. As PyTorch's
/// `HuberLoss` and Keras's `Huber`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Huber {
    reduction: Reduction,
    delta: f64,
}

impl Default for Huber {
    fn default() -> Self {
        Self { reduction: Reduction::Mean, delta: 1.0 }
    }
}

reduced_loss!(Huber with settings);

impl Huber {
    /// The size of an error beyond which it counts linearly.
    pub fn delta(self, delta: f64) -> Self {
        Self { delta, ..self }
    }
}

impl<T: Scalar> Loss<T, ArrayRef2<T>> for Huber {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn divisor(&self, outputs: usize, target: &ArrayRef2<T>, weights: Option<&[T]>) -> T {
        total_weight(target.nrows(), weights) * T::of(outputs as f64)
    }

    fn check(&self, outputs: usize, target: &ArrayRef2<T>) -> Result<(), Error> {
        if !(self.delta > 0.0 && self.delta.is_finite()) {
            return Err(Error::hyperparameter("delta", "a finite number above 0", self.delta));
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
        let (half, delta) = (T::of(0.5), T::of(self.delta));
        elementwise(prediction, target, &scale, dprediction, |p, y| {
            let error = p - y;
            if error.abs() > delta {
                (delta * (error.abs() - half * delta), delta * sign(error))
            } else {
                (half * error * error, error)
            }
        })
    }
}
