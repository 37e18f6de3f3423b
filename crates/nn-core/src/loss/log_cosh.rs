use ndarray::{ArrayRef2, ArrayView2, ArrayViewMut2};

use super::columns::{columnwise, each, ln_1p, mapped, values};
use super::reduction::{reduced_loss, total_weight};
use super::{Loss, Reduction, Scale, check_values};
use crate::{Error, Scalar};

/// The logarithm of the hyperbolic cosine: l = Σ_k ln cosh(p_k - y_k), averaged over all elements or added up.
///
/// Nearly ½ e² for small errors and |e| - ln 2 for large ones, with all derivatives: a smooth
/// [`Huber`](crate::Huber). The gradient is tanh(p - y). Errors of any size are safe, and small ones keep all their
/// digits.
///
/// # Shapes
/// Predictions and targets: (batch, outputs).
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{LogCosh, Loss};
///
/// let (p, y) = (array![[10_000.0]], array![[0.0]]);
/// assert_eq!(LogCosh::mean().value(p.view(), &*y, None)?, 10_000.0 - 2.0_f64.ln());
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// As Keras's `LogCosh`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LogCosh {
    reduction: Reduction,
}

reduced_loss!(LogCosh);

impl<T: Scalar> Loss<T, ArrayRef2<T>> for LogCosh {
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
        let (half, two, ln_2) = (T::of(0.5), T::of(2.0), T::of(std::f64::consts::LN_2));
        columnwise(prediction, values(target), &scale, dprediction, |_, p, y| {
            each(p, y, |p, y| (T::zero(), p - y));
            let (errors, losses) = (p, y);
            let mut tanhs = mapped(errors, |error| error);
            let tanhs = &mut tanhs[..errors.len()];
            T::kernel_tanh_slice(tanhs);
            let mut logs = mapped(errors, |error| -two * error.abs());
            let logs = &mut logs[..errors.len()];
            T::kernel_exp_slice(logs);
            // -½ ln(1 - tanh²) near 0, where |e| + ln(1 + e^-2|e|) - ln 2 would be a difference of equals.
            let near = |error: T| error.abs() < T::one();
            for ((log, &tanh), &error) in logs.iter_mut().zip(&*tanhs).zip(&*errors) {
                *log = if near(error) { -tanh * tanh } else { *log };
            }
            ln_1p(logs);
            for (((error, loss), &tanh), &log) in errors.iter_mut().zip(losses).zip(&*tanhs).zip(&*logs) {
                *loss = if near(*error) { -half * log } else { (error.abs() - ln_2) + log };
                *error = tanh;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn errors_of_any_size_keep_their_digits() {
        // ln cosh e = e²/2 - e⁴/12 + e⁶/45 - ..., and |e| - ln 2 where e^-2|e| is nothing.
        let series = |e: f64| e * e * (0.5 - e * e * (1.0 / 12.0 - e * e / 45.0));
        let (large, ln_2) = (1e4, std::f64::consts::LN_2);
        for (error, expected) in [(1e-9, series(1e-9)), (-1e-3, series(-1e-3)), (-large, large - ln_2)] {
            let mut gradient = Array2::from_elem((1, 1), f64::NAN);
            let (p, y) = (array![[error]], array![[0.0]]);
            let value = LogCosh::sum().reduced(p.view(), &*y, None, Some(gradient.view_mut()));
            assert!((value - expected).abs() <= 1e-15 * expected, "at {error}: {value}, expected {expected}");
            assert!((gradient[[0, 0]] - error.tanh()).abs() <= 1e-15 * error.tanh().abs(), "at {error}");
        }
    }
}
