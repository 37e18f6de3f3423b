use ndarray::{ArrayRef2, ArrayView2, ArrayViewMut2};

use super::columns::elementwise;
use super::reduction::{reduced_loss, total_weight};
use super::{Loss, Reduction, Scale, check_values};
use crate::{Error, Scalar};

/// The absolute error, l = Σ_k |p_k - y_k|, averaged over all elements or added up.
///
/// The gradient is the sign of p - y, and 0 where the two are equal.
///
/// # Shapes
/// Predictions and targets: (batch, outputs).
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Loss, MeanAbsoluteError};
///
/// let (p, y) = (array![[1.0, 3.0]], array![[0.0, 5.0]]);
/// assert_eq!(MeanAbsoluteError::mean().value(p.view(), &*y, None)?, 1.5);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// As PyTorch's `L1Loss` and scikit-learn's `mean_absolute_error`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MeanAbsoluteError {
    reduction: Reduction,
}

reduced_loss!(MeanAbsoluteError);

impl<T: Scalar> Loss<T, ArrayRef2<T>> for MeanAbsoluteError {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn divisor(&self, outputs: usize, target: &ArrayRef2<T>, weights: Option<&[T]>) -> T {
        total_weight(target.nrows(), weights) * T::of(outputs as f64)
    }

    fn check(&self, outputs: usize, target: &ArrayRef2<T>) -> Result<(), Error> {
        check_values(outputs, target)
    }

    fn value_and_grad(
        &self,
        prediction: ArrayView2<'_, T>,
        target: &ArrayRef2<T>,
        scale: Scale<'_, T>,
        dprediction: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        elementwise(prediction, target, &scale, dprediction, |p, y| {
            let error = p - y;
            (error.abs(), sign(error))
        })
    }
}

/// -1, 0 or 1; NaN for NaN.
#[inline(always)]
pub(super) fn sign<T: Scalar>(x: T) -> T {
    if x > T::zero() {
        T::one()
    } else if x < T::zero() {
        -T::one()
    } else {
        x
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn the_gradient_is_0_where_prediction_and_target_are_equal() {
        let (p, y) = (array![[2.0, -1.0, 3.0]], array![[2.0, 1.0, 0.0]]);
        let mut gradient = Array2::from_elem((1, 3), f64::NAN);
        let value = MeanAbsoluteError::sum().reduced(p.view(), &*y, None, Some(gradient.view_mut()));
        assert_eq!((value, gradient), (5.0, array![[0.0, -1.0, 1.0]]));
    }
}
