use super::{Activation, ActivationSpec};
use crate::Scalar;

/// f(z) = min(max(-1, z), 1): tanh of straight lines.
///
/// f'(z) = 1 for -1 < z < 1, else 0; at the kinks it is 0, as in PyTorch. NaN stays NaN.
///
/// # Example
/// ```
/// use nn_core::{Activation, HardTanh};
///
/// assert_eq!(HardTanh.apply(-3.0), -1.0);
/// assert_eq!(HardTanh.apply(0.5), 0.5);
/// ```
///
/// Collobert: "Large scale machine learning", 2004. As PyTorch's `Hardtanh` and Keras's `hard_tanh`.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct HardTanh;

impl Activation for HardTanh {
    fn name(&self) -> &'static str {
        "HardTanh"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        num_traits::clamp(z, -T::one(), T::one())
    }

    #[inline]
    fn derivative<T: Scalar>(&self, _z: T, a: T) -> T {
        if a.abs() < T::one() { T::one() } else { T::zero() }
    }

    fn reads_input(&self) -> bool {
        false
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
        assert_eq!((HardTanh.apply(f64::NEG_INFINITY), HardTanh.apply(f64::INFINITY)), (-1.0, 1.0));
        assert_eq!([-1.0, 0.5, 1.0].map(|a| HardTanh.derivative(f64::NAN, a)), [0.0, 1.0, 0.0]);
        assert!(HardTanh.apply(f64::NAN).is_nan());
    }
}
