use super::{Activation, ActivationSpec};
use crate::Scalar;

/// f(z) = -ln(1 + e^-z), the logarithm of the logistic function.
///
/// f'(z) = 1 / (1 + e^z). Computed as min(z, 0) - ln(1 + e^-|z|), which is exact at both ends: f(-800) is -800, and f(700)
/// is -e^-700.
///
/// # Example
/// ```
/// use nn_core::{Activation, LogSigmoid};
///
/// assert_eq!(LogSigmoid.apply(0.0), -2.0_f64.ln());
/// assert_eq!(LogSigmoid.apply(-800.0), -800.0);
/// assert!(LogSigmoid.apply(700.0) < 0.0);
/// ```
///
/// As PyTorch's `LogSigmoid` and Keras's `log_sigmoid`.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct LogSigmoid;

impl Activation for LogSigmoid {
    fn name(&self) -> &'static str {
        "LogSigmoid"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        let negative = if z < T::zero() { z } else { T::zero() };
        negative - (-z.abs()).kernel_exp().kernel_ln_1p()
    }

    #[inline]
    fn derivative<T: Scalar>(&self, z: T, _a: T) -> T {
        (-z).kernel_sigmoid()
    }

    fn spec(&self) -> Option<ActivationSpec> {
        Some((*self).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_exact_at_both_ends() {
        assert_eq!(
            (LogSigmoid.apply(f64::NEG_INFINITY), LogSigmoid.apply(f64::INFINITY)),
            (f64::NEG_INFINITY, 0.0)
        );
        assert!((LogSigmoid.apply(700.0) / -(-700.0_f64).exp() - 1.0).abs() < 1e-12);
        assert_eq!((LogSigmoid.derivative(-1e4, 0.0), LogSigmoid.derivative(1e4, 0.0)), (1.0, 0.0));
        assert!(LogSigmoid.apply(f64::NAN).is_nan());
    }
}
