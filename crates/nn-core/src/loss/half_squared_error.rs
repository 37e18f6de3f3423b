use ndarray::{ArrayRef2, ArrayView1, ArrayView2, ArrayViewMut2};

use super::columns::elementwise;
use super::curvature::diagonal;
use super::reduction::reduced_loss;
use super::{Loss, Reduction, Scale, check_values};
use crate::{Error, Scalar};

/// Half the squared error: l = ½ Σ_k (p_k - y_k)².
///
/// The gradient is p - y. The mean is over the samples, not over the elements; for the mean over all elements see
/// [`MeanSquaredError`](crate::MeanSquaredError).
///
/// # Shapes
/// Predictions and targets: (batch, outputs).
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{HalfSquaredError, Loss};
///
/// let (p, y) = (array![[1.0, 3.0]], array![[0.0, 1.0]]);
/// assert_eq!(HalfSquaredError::mean().value(p.view(), &*y, None)?, 2.5);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HalfSquaredError {
    reduction: Reduction,
}

reduced_loss!(HalfSquaredError);

impl<T: Scalar> Loss<T, ArrayRef2<T>> for HalfSquaredError {
    fn reduction(&self) -> Reduction {
        self.reduction
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
            (T::of(0.5) * error * error, error)
        })
    }

    fn hessian(
        &self,
        _prediction: ArrayView1<'_, T>,
        _target: &ArrayRef2<T>,
        _n: usize,
        scale: T,
        hessian: ArrayViewMut2<'_, T>,
    ) -> Option<()> {
        diagonal(hessian, |_| scale);
        Some(())
    }
}
