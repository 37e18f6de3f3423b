use ndarray::{ArrayRef2, ArrayView2, ArrayViewMut2};

use super::check::check_values_are;
use super::columns::{columnwise, each_with, mapped, values};
use super::reduction::{reduced_loss, total_weight};
use super::{Loss, Reduction, Scale};
use crate::{Error, Scalar};

/// Keeps the logarithm of a rate of 0 finite: PyTorch's `eps`.
const EPSILON: f64 = 1e-8;

/// The negative log-likelihood of counts under a Poisson distribution: l = Σ_k (e^(z_k) - y_k z_k), where z is the
/// logarithm of the predicted rate, averaged over all elements or added up.
///
/// The gradient is e^z - y. A rate beyond the largest number, z > 709 in `f64` and z > 88 in `f32`, has an infinite loss,
/// never NaN.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `rates` | off | takes rates p instead of their logarithms: l = Σ_k (p_k - y_k ln(p_k + 1e-8)) |
/// | `full` | off | adds Stirling's y ln y - y + ½ ln(2π y) for the ln y! left out, where y > 1 |
///
/// # Shapes
/// Predictions: (batch, outputs). Targets: (batch, outputs) counts, at least 0.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Loss, PoissonNll};
///
/// let (z, y) = (array![[0.0, -1000.0]], array![[3.0, 2.0]]);
/// assert_eq!(PoissonNll::sum().value(z.view(), &*y, None)?, 1.0 + 2000.0);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// As PyTorch's `PoissonNLLLoss`, whose `log_input=False` is `rates`. Keras's `Poisson` takes rates, with 1e-7.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct PoissonNll {
    reduction: Reduction,
    rates: bool,
    full: bool,
}

reduced_loss!(PoissonNll with settings);

impl PoissonNll {
    /// Takes rates, at least 0, instead of their logarithms.
    pub fn rates(self) -> Self {
        Self { rates: true, ..self }
    }

    /// Adds what the targets alone contribute, by Stirling's formula.
    pub fn full(self) -> Self {
        Self { full: true, ..self }
    }
}

impl<T: Scalar> Loss<T, ArrayRef2<T>> for PoissonNll {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn divisor(&self, outputs: usize, target: &ArrayRef2<T>, weights: Option<&[T]>) -> T {
        total_weight(target.nrows(), weights) * T::of(outputs as f64)
    }

    fn check(&self, outputs: usize, target: &ArrayRef2<T>) -> Result<(), Error> {
        check_values_are("PoissonNll", "counts, at least 0", outputs, target, |y| y >= T::zero())
    }

    fn value_and_grad(
        &self,
        prediction: ArrayView2<'_, T>,
        target: &ArrayRef2<T>,
        scale: Scale<'_, T>,
        dprediction: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        let epsilon = T::of(EPSILON);
        let constant = |y| if self.full { stirling(y) } else { T::zero() };
        columnwise(prediction, values(target), &scale, dprediction, |_, p, y| {
            if self.rates {
                let mut logs = mapped(p, |p| p + epsilon);
                let logs = &mut logs[..p.len()];
                T::kernel_ln_slice(logs);
                each_with(p, y, logs, |p, y, log| (p - y * log + constant(y), T::one() - y / (p + epsilon)));
            } else {
                let mut rates = mapped(p, |p| p);
                let rates = &mut rates[..p.len()];
                T::kernel_exp_slice(rates);
                each_with(p, y, rates, |p, y, rate| (rate - y * p + constant(y), rate - y));
            }
        })
    }
}

/// ln y!, nearly, where y > 1; else 0.
fn stirling<T: Scalar>(y: T) -> T {
    if y > T::one() {
        y * y.kernel_ln() - y + T::of(0.5) * (T::of(std::f64::consts::TAU) * y).kernel_ln()
    } else {
        T::zero()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn rates_and_their_logarithms_agree() {
        let (z, y) = (array![[0.5, -1.0, 3.0]], array![[2.0, 0.0, 30.0]]);
        let by_log: f64 = PoissonNll::mean().full().value(z.view(), &*y, None).expect("valid");
        let rates = z.mapv(f64::exp);
        let by_rate = PoissonNll::mean().full().rates().value(rates.view(), &*y, None).expect("valid");
        assert!((by_log - by_rate).abs() < 1e-7, "{by_log} and {by_rate}");
        // ln 2! + ln 30!, but for what Stirling leaves out: less than 1 / 12 y.
        let factorials = 2.0_f64.ln() + (2..=30).map(|n| f64::from(n).ln()).sum::<f64>();
        let added = 3.0 * (by_log - PoissonNll::mean().value(z.view(), &*y, None).expect("valid"));
        assert!(added < factorials && added > factorials - 1.0 / 24.0 - 1.0 / 360.0, "{added}");
    }

    #[test]
    fn no_rate_is_nan() {
        let z = array![[-1e4, -1e4, 1e4, 1e4]];
        let y = array![[0.0, 3.0, 0.0, 3.0]];
        let mut gradient = Array2::from_elem((1, 4), f64::NAN);
        let value = PoissonNll::sum().reduced(z.view(), &*y, None, Some(gradient.view_mut()));
        assert_eq!((value, gradient), (f64::INFINITY, array![[0.0, -3.0, f64::INFINITY, f64::INFINITY]]));
    }
}
