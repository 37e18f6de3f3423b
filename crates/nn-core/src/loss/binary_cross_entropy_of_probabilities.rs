use ndarray::{ArrayRef2, ArrayView2, ArrayViewMut2};

use super::check::check_values_are;
use super::columns::elementwise;
use super::reduction::{reduced_loss, total_weight};
use super::{Loss, Reduction, Scale};
use crate::{Error, Scalar};

/// Binary cross-entropy of probabilities: l = -Σ_k [y_k ln p_k + (1 - y_k) ln(1 - p_k)], averaged over all elements or
/// added up.
///
/// For networks that end in [`Sigmoid`](crate::Sigmoid); [`BinaryCrossEntropy`](crate::BinaryCrossEntropy) on a linear
/// last layer is the same function, and safe for probabilities so near to 0 or 1 that they round to it. Here logarithms
/// are at least -100, and the gradient (p - y) / (p (1 - p)) is divided by at least 1e-12.
///
/// # Shapes
/// Probabilities: (batch, outputs). Targets: (batch, outputs) values from 0 to 1.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{BinaryCrossEntropyOfProbabilities, Loss};
///
/// let (p, y) = (array![[0.25, 0.0]], array![[1.0, 1.0]]);
/// let value = BinaryCrossEntropyOfProbabilities::sum().value(p.view(), &*y, None)?;
/// assert_eq!(value, 4.0_f64.ln() + 100.0);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// As PyTorch's `BCELoss`. Keras clips the probabilities at 1e-7 instead.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BinaryCrossEntropyOfProbabilities {
    reduction: Reduction,
}

reduced_loss!(BinaryCrossEntropyOfProbabilities);

impl<T: Scalar> Loss<T, ArrayRef2<T>> for BinaryCrossEntropyOfProbabilities {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn divisor(&self, outputs: usize, target: &ArrayRef2<T>, weights: Option<&[T]>) -> T {
        total_weight(target.nrows(), weights) * T::of(outputs as f64)
    }

    fn check(&self, outputs: usize, target: &ArrayRef2<T>) -> Result<(), Error> {
        let (loss, valid) = ("BinaryCrossEntropyOfProbabilities", T::zero()..=T::one());
        check_values_are(loss, "values from 0 to 1", outputs, target, |y| valid.contains(&y))
    }

    fn value_and_grad(
        &self,
        prediction: ArrayView2<'_, T>,
        target: &ArrayRef2<T>,
        scale: Scale<'_, T>,
        dprediction: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        // PyTorch's 1e-12 is an `f32`, for `f64` too.
        let (lowest, smallest) = (T::of(-100.0), T::of(f64::from(1e-12_f32)));
        // Not `max`, which would turn NaN into the bound.
        let at_least = |bound: T, x: T| if x < bound { bound } else { x };
        elementwise(prediction, target, &scale, dprediction, |p, y| {
            let yes = at_least(lowest, p.kernel_ln());
            let no = at_least(lowest, (-p).kernel_ln_1p());
            let variance = at_least(smallest, p * (T::one() - p));
            (-y * yes - (T::one() - y) * no, (p - y) / variance)
        })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn certainty_has_a_finite_loss_and_what_is_no_probability_none() {
        let (p, y) = (array![[0.0, 0.0, 1.0, 1.0]], array![[0.0, 1.0, 0.0, 1.0]]);
        let mut gradient = Array2::from_elem((1, 4), f64::NAN);
        let loss = BinaryCrossEntropyOfProbabilities::sum();
        let value = loss.reduced(p.view(), &*y, None, Some(gradient.view_mut()));
        let steepest = 1.0 / f64::from(1e-12_f32);
        assert_eq!((value, gradient), (200.0, array![[0.0, -steepest, steepest, 0.0]]));
        let of_no_probability: f64 = loss.reduced(array![[-0.5]].view(), &*array![[1.0]], None, None);
        assert!(of_no_probability.is_nan());
    }
}
