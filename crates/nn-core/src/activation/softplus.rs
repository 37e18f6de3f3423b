use super::{Activation, ActivationSpec};
use crate::Scalar;

/// f(z) = ln(1 + e^z), a smooth relu.
///
/// f'(z) = 1 / (1 + e^-z). Computed as max(z, 0) + ln(1 + e^-|z|), which is exact at both ends: f(800) is 800, and
/// f(-700) is e^-700. PyTorch switches to z above a threshold instead; the values agree.
///
/// # Example
/// ```
/// use nn_core::{Activation, Softplus};
///
/// assert_eq!(Softplus.apply(0.0), 2.0_f64.ln());
/// assert_eq!(Softplus.apply(800.0), 800.0);
/// assert!(Softplus.apply(-700.0) > 0.0);
/// ```
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct Softplus;

impl Activation for Softplus {
    fn name(&self) -> &'static str {
        "Softplus"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        // Not `max`, which would turn NaN into 0.
        let positive = if z < T::zero() { T::zero() } else { z };
        positive + (-z.abs()).kernel_exp().kernel_ln_1p()
    }

    #[inline]
    fn derivative<T: Scalar>(&self, z: T, _a: T) -> T {
        z.kernel_sigmoid()
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
        assert_eq!(Softplus.apply(1e4), 1e4);
        assert!((Softplus.apply(-700.0) / (-700.0_f64).exp() - 1.0).abs() < 1e-12);
        assert_eq!(Softplus.derivative(-1e4, 0.0), 0.0);
        assert!(Softplus.apply(f64::NAN).is_nan());
    }
}
