use ndarray::{ArrayView2, ArrayViewMut2};

use super::classes::Classes;
use super::reduction::reduced_loss;
use super::{Loss, Reduction, Scale};
use crate::{Error, Scalar};

/// The negative log-likelihood of log-probabilities: l = -w_t p_t for the class index t, where p is the logarithm of the
/// predicted probabilities.
///
/// The gradient is -`w_t` at t and 0 elsewhere. [`SoftmaxCrossEntropy`](crate::SoftmaxCrossEntropy) on a linear last
/// layer is this loss of a log-softmax.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `class_weights` | 1 | w: one number a class, each at least 0, finite |
/// | `ignore_class` | none | a label whose samples do not count; it need not be a class |
///
/// # Shapes
/// Log-probabilities: (batch, classes). Targets: batch class indices.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Loss, Nll};
///
/// let log_probabilities = array![[-0.5, -2.0], [-1.0, -3.0], [-4.0, -5.0]];
/// let loss = Nll::mean().class_weights([3.0, 1.0]).ignore_class(9);
/// let value = loss.value(log_probabilities.view(), &[0, 1, 9][..], None)?;
/// assert_eq!(value, (3.0 * 0.5 + 1.0 * 3.0) / (3.0 + 1.0));
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// As PyTorch's `NLLLoss`: the mean divides by the sum of the weights of the samples' classes.
#[derive(Debug, Default, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Nll {
    reduction: Reduction,
    classes: Classes,
}

reduced_loss!(Nll with settings);

impl Nll {
    /// How much each class counts.
    pub fn class_weights(mut self, weights: impl Into<Vec<f64>>) -> Self {
        self.classes.weights = weights.into();
        self
    }

    /// Leaves out the samples of this label.
    pub fn ignore_class(mut self, label: usize) -> Self {
        self.classes.ignored = Some(label);
        self
    }
}

impl<T: Scalar> Loss<T, [usize]> for Nll {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn counts(&self, target: &[usize], n: usize) -> bool {
        self.classes.counts(target[n])
    }

    fn divisor(&self, _outputs: usize, target: &[usize], weights: Option<&[T]>) -> T {
        self.classes.divisor(target, weights)
    }

    fn check(&self, outputs: usize, target: &[usize]) -> Result<(), Error> {
        self.classes.check(outputs)?;
        self.classes.check_labels(outputs, target)
    }

    fn value_and_grad(
        &self,
        log_probabilities: ArrayView2<'_, T>,
        labels: &[usize],
        scale: Scale<'_, T>,
        mut dlog_probabilities: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        if let Some(dp) = &mut dlog_probabilities {
            dp.fill(T::zero());
        }
        let mut value = T::zero();
        for (n, &label) in labels.iter().enumerate() {
            let Some(weight) = self.classes.weight_of_label::<T>(label) else { continue };
            let factor = scale.of(n) * weight;
            if factor == T::zero() {
                // What does not count does not count even where its probability is 0.
                continue;
            }
            value -= factor * log_probabilities[[n, label]];
            if let Some(dp) = &mut dlog_probabilities {
                dp[[n, label]] = -factor;
            }
        }
        value
    }
}
