use ndarray::{ArrayRef2, ArrayView2, ArrayViewMut2};
use serde::{Deserialize, Serialize};

use super::columns::{BLOCK, read, update};
use super::{Link, Loss, Reduction, Scale, check_distributions, check_labels, reduced_loss};
use crate::memory::{by_feature, by_feature_mut};
use crate::{Error, Scalar, simd};

/// Cross-entropy of the softmax of logits: l = -Σ_k t_k ln softmax(z)_k, the loss of classification.
///
/// **It takes logits**: end the network in [`Dense::linear`](crate::Dense::linear), without a softmax. `fit` refuses a
/// network that ends in one.
///
/// For a class index t it is ln Σ_j e^(z_j) - z_t. The gradient is softmax(z) - t.
///
/// Each row's largest logit is subtracted first, so logits of any size are safe and the loss does not change when a
/// constant is added to a row.
///
/// # Shapes
/// Logits: (batch, classes). Targets: batch class indices, or (batch, classes) probabilities.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Loss, SoftmaxCrossEntropy};
///
/// let loss = SoftmaxCrossEntropy::mean();
/// let logits = array![[0.0, 0.0]];
/// let by_index = loss.value(logits.view(), &[1][..], None)?;
/// let by_row = loss.value(logits.view(), &*array![[0.0, 1.0]], None)?;
/// assert_eq!(by_index, 2.0_f64.ln());
/// assert_eq!(by_row, by_index);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// As PyTorch's `CrossEntropyLoss`; with sample weights the mean is over the weights, Σ w l / Σ w.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoftmaxCrossEntropy {
    reduction: Reduction,
}

reduced_loss!(SoftmaxCrossEntropy);

impl<T: Scalar> Loss<T, [usize]> for SoftmaxCrossEntropy {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn link(&self) -> Link {
        Link::Softmax
    }

    fn check(&self, outputs: usize, target: &[usize]) -> Result<(), Error> {
        at_least_two(outputs)?;
        check_labels(outputs, target)
    }

    fn value_and_grad(
        &self,
        logits: ArrayView2<'_, T>,
        labels: &[usize],
        scale: Scale<'_, T>,
        mut dlogits: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        let flat = by_feature(&logits);
        let logit = |n: usize, k: usize| match flat {
            Some(flat) => flat[k * labels.len() + n],
            None => logits[[n, k]],
        };
        let dsoftmax = dlogits.as_mut().map(|dz| dz.view_mut());
        let term = |n: usize, largest: T, log_sum: T| (largest - logit(n, labels[n])) + log_sum;
        let value = simd::run(Softmax { logits, dlogits: dsoftmax, scale: &scale, term });
        if let Some(dlogits) = &mut dlogits {
            match by_feature_mut(dlogits) {
                Some(flat) => {
                    for (n, &label) in labels.iter().enumerate() {
                        flat[label * labels.len() + n] -= scale.of(n);
                    }
                }
                None => {
                    for (n, &label) in labels.iter().enumerate() {
                        dlogits[[n, label]] -= scale.of(n);
                    }
                }
            }
        }
        value
    }
}

impl<T: Scalar> Loss<T, ArrayRef2<T>> for SoftmaxCrossEntropy {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn link(&self) -> Link {
        Link::Softmax
    }

    fn check(&self, outputs: usize, target: &ArrayRef2<T>) -> Result<(), Error> {
        at_least_two(outputs)?;
        check_distributions("SoftmaxCrossEntropy", outputs, target)
    }

    fn value_and_grad(
        &self,
        logits: ArrayView2<'_, T>,
        target: &ArrayRef2<T>,
        scale: Scale<'_, T>,
        mut dlogits: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        let dsoftmax = dlogits.as_mut().map(|dz| dz.view_mut());
        let term = |n: usize, largest: T, log_sum: T| {
            let terms = target.row(n).into_iter().zip(logits.row(n));
            terms.fold(T::zero(), |sum, (&t, &z)| sum + t * ((largest - z) + log_sum))
        };
        let value = simd::run(Softmax { logits, dlogits: dsoftmax, scale: &scale, term });
        if let Some(mut dlogits) = dlogits {
            for ((n, k), dz) in dlogits.indexed_iter_mut() {
                *dz -= scale.of(n) * target[[n, k]];
            }
        }
        value
    }
}

/// The softmax of a single logit is 1, whatever it is.
fn at_least_two(outputs: usize) -> Result<(), Error> {
    if outputs >= 2 {
        return Ok(());
    }
    Err(Error::Length { what: "or more outputs for a softmax", expected: 2, found: outputs })
}

/// The loss Σ_n scale(n) `term(n, m, ln Σ_k e^(z_k - m))`, with the largest logit m of each row n; fills `dlogits` with
/// the scaled softmax.
struct Softmax<'a, 's, T, F> {
    logits: ArrayView2<'a, T>,
    dlogits: Option<ArrayViewMut2<'a, T>>,
    scale: &'a Scale<'s, T>,
    term: F,
}

impl<T: Scalar, F: Fn(usize, T, T) -> T> simd::Kernel for Softmax<'_, '_, T, F> {
    type Output = T;

    #[inline(always)]
    fn run(self) -> T {
        let Self { logits, mut dlogits, scale, term } = self;
        let (samples, classes) = logits.dim();
        let mut value = T::zero();
        let (mut largest, mut sum, mut exp) = ([T::zero(); BLOCK], [T::zero(); BLOCK], [T::zero(); BLOCK]);
        for start in (0..samples).step_by(BLOCK) {
            let len = BLOCK.min(samples - start);
            let (largest, sum, exp) = (&mut largest[..len], &mut sum[..len], &mut exp[..len]);
            largest.fill(T::neg_infinity());
            sum.fill(T::zero());
            for class in 0..classes {
                read(logits.column(class), start, exp);
                for (m, &z) in largest.iter_mut().zip(&*exp) {
                    *m = if z > *m { z } else { *m };
                }
            }
            for class in 0..classes {
                read(logits.column(class), start, exp);
                for (z, &m) in exp.iter_mut().zip(&*largest) {
                    *z -= m;
                }
                T::kernel_exp_slice(exp);
                for (sum, &e) in sum.iter_mut().zip(&*exp) {
                    *sum += e;
                }
                if let Some(dlogits) = &mut dlogits {
                    update(dlogits.column_mut(class), start, exp, |_, e| e);
                }
            }
            scale.fill(start, exp);
            for (factor, &sum) in exp.iter_mut().zip(&*sum) {
                *factor /= sum;
            }
            if let Some(dlogits) = &mut dlogits {
                for class in 0..classes {
                    update(dlogits.column_mut(class), start, exp, |dz, factor| dz * factor);
                }
            }
            T::kernel_ln_slice(sum);
            for (i, (sum, &m)) in sum.iter_mut().zip(&*largest).enumerate() {
                *sum = scale.of(start + i) * term(start + i, m, *sum);
            }
            value += T::kernel_sum(sum);
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn a_constant_added_to_a_row_changes_nothing() {
        let logits = Array2::from_shape_fn((70, 3), |(n, k)| ((5 * n + 2 * k) % 7) as f64 - 3.0);
        let labels: Vec<usize> = (0..70).map(|n| n % 3).collect();
        let run = |logits: &Array2<f64>| {
            let mut gradient = Array2::from_elem(logits.dim(), f64::NAN);
            let loss = SoftmaxCrossEntropy::mean();
            (loss.reduced(logits.view(), &labels[..], None, Some(gradient.view_mut())), gradient)
        };
        // A power of two far above the logits leaves their differences exact.
        assert_eq!(run(&logits), run(&(&logits + 65536.0)));
    }

    #[test]
    fn gradients_of_a_row_add_up_to_0() {
        let logits = array![[0.5, -1.0, 2.0], [1e4, 0.0, -1e4]];
        let mut gradient = Array2::from_elem(logits.dim(), f64::NAN);
        let value: f64 =
            SoftmaxCrossEntropy::sum().reduced(logits.view(), &[2, 2][..], None, Some(gradient.view_mut()));
        assert!(value > 2e4 && value < 2e4 + 1.0);
        assert!(gradient.rows().into_iter().all(|row| row.sum().abs() < 1e-15));
        assert_eq!(gradient.row(1), array![1.0, 0.0, -1.0]);
    }
}
