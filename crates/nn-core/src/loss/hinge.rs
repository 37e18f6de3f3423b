use ndarray::{ArrayRef2, ArrayView2, ArrayViewMut2};

use super::check::check_values_are;
use super::columns::elementwise;
use super::reduction::{reduced_loss, total_weight};
use super::{Loss, Reduction, Scale};
use crate::{Error, Scalar};

/// The hinge loss: l = Σ_k max(0, 1 - y_k p_k) for y = ±1, averaged over all elements or added up.
///
/// The loss of support vector machines. The gradient is -y where y p < 1, and 0 beyond.
///
/// # Shapes
/// Predictions: (batch, outputs), of which the sign is the answer. Targets: (batch, outputs) values -1 and 1.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Hinge, Loss};
///
/// let (p, y) = (array![[-1.0, 0.5, 3.0]], array![[1.0, 1.0, 1.0]]);
/// assert_eq!(Hinge::sum().value(p.view(), &*y, None)?, 2.0 + 0.5);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// As Keras's `Hinge` and, for one output, scikit-learn's `hinge_loss`; Keras takes targets 0 and 1 for -1 and 1, which
/// are refused here.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Hinge {
    reduction: Reduction,
}

reduced_loss!(Hinge);

impl<T: Scalar> Loss<T, ArrayRef2<T>> for Hinge {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn divisor(&self, outputs: usize, target: &ArrayRef2<T>, weights: Option<&[T]>) -> T {
        total_weight(target.nrows(), weights) * T::of(outputs as f64)
    }

    fn check(&self, outputs: usize, target: &ArrayRef2<T>) -> Result<(), Error> {
        check_values_are("Hinge", "-1 or 1", outputs, target, |y| y.abs() == T::one())
    }

    fn value_and_grad(
        &self,
        prediction: ArrayView2<'_, T>,
        target: &ArrayRef2<T>,
        scale: Scale<'_, T>,
        dprediction: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        elementwise(prediction, target, &scale, dprediction, |p, y| {
            let margin = T::one() - y * p;
            // Not `max`, which would turn NaN into 0.
            if margin <= T::zero() { (T::zero(), T::zero()) } else { (margin, -y) }
        })
    }
}
