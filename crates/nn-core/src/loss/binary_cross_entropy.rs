use ndarray::{ArrayRef2, ArrayView2, ArrayViewMut2};
use serde::{Deserialize, Serialize};

use super::{Link, Loss, Reduction, Scale, check_labels, check_values, reduced_loss, total_weight};
use crate::{Error, Scalar};

/// Binary cross-entropy from logits: l = -Σ_k [y_k ln σ(z_k) + (1 - y_k) ln(1 - σ(z_k))], for yes-or-no questions.
///
/// **It takes logits**: end the network in [`Dense::linear`](crate::Dense::linear), without a sigmoid. `fit` refuses a
/// network that ends in one.
///
/// Computed as max(z, 0) - z y + ln(1 + e^-|z|), which is exact for logits of any size. The gradient is σ(z) - y.
///
/// # Shapes
/// Logits: (batch, outputs). Targets: (batch, outputs) values from 0 to 1; or, for one output, batch labels 0 and 1.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{BinaryCrossEntropy, Loss};
///
/// let logits = array![[-10_000.0], [0.0]];
/// let value = BinaryCrossEntropy::sum().value(logits.view(), &[1, 0][..], None)?;
/// assert_eq!(value, 10_000.0 + 2.0_f64.ln());
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// As PyTorch's `BCEWithLogitsLoss`: the mean is over all elements.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BinaryCrossEntropy {
    reduction: Reduction,
}

reduced_loss!(BinaryCrossEntropy);

impl BinaryCrossEntropy {
    fn accumulate<T: Scalar>(
        logits: ArrayView2<'_, T>,
        target: impl Fn(usize, usize) -> T,
        scale: Scale<'_, T>,
        mut dlogits: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        let mut value = T::zero();
        for ((n, k), &z) in logits.indexed_iter() {
            let y = target(n, k);
            // Not `max`, which would turn NaN into 0.
            let positive = if z < T::zero() { T::zero() } else { z };
            value += scale.of(n) * (positive - z * y + (-z.abs()).kernel_exp().ln_1p());
            if let Some(dz) = &mut dlogits {
                dz[[n, k]] = scale.of(n) * (z.kernel_sigmoid() - y);
            }
        }
        value
    }
}

impl<T: Scalar> Loss<T, ArrayRef2<T>> for BinaryCrossEntropy {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn link(&self) -> Link {
        Link::Logistic
    }

    fn divisor(&self, outputs: usize, target: &ArrayRef2<T>, weights: Option<&[T]>) -> T {
        total_weight(target.nrows(), weights) * T::of(outputs as f64)
    }

    fn check(&self, outputs: usize, target: &ArrayRef2<T>) -> Result<(), Error> {
        check_values(outputs, target)?;
        match target.indexed_iter().find(|(_, y)| !(T::zero()..=T::one()).contains(*y)) {
            Some(((row, column), y)) => Err(Error::Target {
                loss: "BinaryCrossEntropy",
                row,
                column,
                value: y.as_f64(),
                expected: "values from 0 to 1",
            }),
            None => Ok(()),
        }
    }

    fn value_and_grad(
        &self,
        logits: ArrayView2<'_, T>,
        target: &ArrayRef2<T>,
        scale: Scale<'_, T>,
        dlogits: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        Self::accumulate(logits, |n, k| target[[n, k]], scale, dlogits)
    }
}

impl<T: Scalar> Loss<T, [usize]> for BinaryCrossEntropy {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn link(&self) -> Link {
        Link::Logistic
    }

    fn check(&self, outputs: usize, target: &[usize]) -> Result<(), Error> {
        if outputs != 1 {
            return Err(Error::Length { what: "output for binary labels", expected: 1, found: outputs });
        }
        check_labels(2, target)
    }

    fn value_and_grad(
        &self,
        logits: ArrayView2<'_, T>,
        labels: &[usize],
        scale: Scale<'_, T>,
        dlogits: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        let target = |n: usize, _| if labels[n] == 1 { T::one() } else { T::zero() };
        Self::accumulate(logits, target, scale, dlogits)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn logits_of_any_size_have_their_exact_loss_and_gradient() {
        for (logit, label, value, slope) in
            [(1e4, 0, 1e4, 1.0), (-1e4, 1, 1e4, -1.0), (1e4, 1, 0.0, 0.0), (-1e4, 0, 0.0, 0.0)]
        {
            let mut gradient = Array2::from_elem((1, 1), f64::NAN);
            let loss = BinaryCrossEntropy::sum();
            let found = loss.reduced(array![[logit]].view(), &[label][..], None, Some(gradient.view_mut()));
            assert_eq!((found, gradient[[0, 0]]), (value, slope), "logit {logit}, label {label}");
        }
    }

    #[test]
    fn labels_and_values_agree() {
        let logits = array![[0.3], [-2.0]];
        let loss = BinaryCrossEntropy::mean();
        let by_label: f64 = loss.value(logits.view(), &[1, 0][..], None).expect("valid labels");
        let by_value = loss.value(logits.view(), &*array![[1.0], [0.0]], None).expect("valid targets");
        assert_eq!(by_label, by_value);
    }
}
