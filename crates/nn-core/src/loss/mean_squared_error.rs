use ndarray::{ArrayRef2, ArrayView1, ArrayView2, ArrayViewMut2};

use super::columns::elementwise;
use super::curvature::diagonal;
use super::reduction::{reduced_loss, total_weight};
use super::{Loss, Reduction, Scale, check_values};
use crate::{Error, Scalar};

/// The squared error, l = Σ_k (p_k - y_k)², averaged over all elements or added up.
///
/// The gradient is 2 (p - y), divided by batch * outputs for the mean.
///
/// # Shapes
/// Predictions and targets: (batch, outputs).
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Loss, MeanSquaredError};
///
/// let (p, y) = (array![[1.0, 3.0]], array![[0.0, 1.0]]);
/// assert_eq!(MeanSquaredError::mean().value(p.view(), &*y, None)?, 2.5);
/// assert_eq!(MeanSquaredError::sum().value(p.view(), &*y, None)?, 5.0);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// As PyTorch's `MSELoss` and scikit-learn's `mean_squared_error`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MeanSquaredError {
    reduction: Reduction,
}

reduced_loss!(MeanSquaredError);

impl<T: Scalar> Loss<T, ArrayRef2<T>> for MeanSquaredError {
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
            (error * error, T::of(2.0) * error)
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
        diagonal(hessian, |_| T::of(2.0) * scale);
        Some(())
    }
}
