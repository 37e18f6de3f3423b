use ndarray::{ArrayRef2, ArrayView2, ArrayViewMut2};

use super::check::check_distributions;
use super::reduction::reduced_loss;
use super::{Loss, Reduction, Scale, check_labels};
use crate::{Error, Scalar};

/// Cross-entropy of probabilities: l = -Σ_k t_k ln p_k.
///
/// For a class index t it is -ln `p_t`. The gradient is -`t_k` / `p_k`. For networks that end in a
/// [`Softmax`](crate::Softmax) layer; [`SoftmaxCrossEntropy`](crate::SoftmaxCrossEntropy) on a linear last layer is the
/// same function, faster and safe for probabilities so small that they round to 0, where this loss is infinite.
///
/// # Shapes
/// Probabilities: (batch, classes). Targets: batch class indices, or (batch, classes) probabilities.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{CrossEntropy, Loss};
///
/// let value = CrossEntropy::sum().value(array![[0.25, 0.75]].view(), &[0][..], None)?;
/// assert_eq!(value, 4.0_f64.ln());
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// Keras clips the probabilities at 1e-7; this loss does not.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CrossEntropy {
    reduction: Reduction,
}

reduced_loss!(CrossEntropy);

impl<T: Scalar> Loss<T, [usize]> for CrossEntropy {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn check(&self, outputs: usize, target: &[usize]) -> Result<(), Error> {
        check_labels(outputs, target)
    }

    fn value_and_grad(
        &self,
        probabilities: ArrayView2<'_, T>,
        labels: &[usize],
        scale: Scale<'_, T>,
        mut dprobabilities: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        if let Some(dp) = &mut dprobabilities {
            dp.fill(T::zero());
        }
        let mut value = T::zero();
        for (n, &label) in labels.iter().enumerate() {
            if scale.of(n) == T::zero() {
                // A sample that does not count does not count even where its probability is 0.
                continue;
            }
            let p = probabilities[[n, label]];
            value -= scale.of(n) * p.kernel_ln();
            if let Some(dp) = &mut dprobabilities {
                dp[[n, label]] = -scale.of(n) / p;
            }
        }
        value
    }
}

impl<T: Scalar> Loss<T, ArrayRef2<T>> for CrossEntropy {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn check(&self, outputs: usize, target: &ArrayRef2<T>) -> Result<(), Error> {
        check_distributions("CrossEntropy", outputs, target)
    }

    fn value_and_grad(
        &self,
        probabilities: ArrayView2<'_, T>,
        target: &ArrayRef2<T>,
        scale: Scale<'_, T>,
        mut dprobabilities: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        let mut value = T::zero();
        for ((n, k), &p) in probabilities.indexed_iter() {
            let t = target[[n, k]];
            // What does not count does not count even where its probability is 0.
            let counts = t != T::zero() && scale.of(n) != T::zero();
            if counts {
                value -= scale.of(n) * t * p.kernel_ln();
            }
            if let Some(dp) = &mut dprobabilities {
                dp[[n, k]] = if counts { -scale.of(n) * t / p } else { T::zero() };
            }
        }
        value
    }
}
