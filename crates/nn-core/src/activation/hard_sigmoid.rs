use super::{Activation, ActivationSpec};
use crate::Scalar;

/// f(z) = min(max(0, z + 3), 6) / 6: the logistic function of straight lines, in [0, 1].
///
/// f'(z) = 1/6 for -3 < z < 3, else 0; at the kinks it is 0, as in PyTorch. NaN stays NaN.
///
/// # Example
/// ```
/// use nn_core::{Activation, HardSigmoid};
///
/// assert_eq!(HardSigmoid.apply(-4.0), 0.0);
/// assert_eq!(HardSigmoid.apply(0.0), 0.5);
/// ```
///
/// Courbariaux, Bengio, David: "BinaryConnect", NeurIPS 2015. The slope is that of PyTorch's `Hardsigmoid` and of Keras 3;
/// Keras 2 had 1/5. PyTorch's backward rounds 1/6 to single precision; here it is 1/6.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct HardSigmoid;

impl Activation for HardSigmoid {
    fn name(&self) -> &'static str {
        "HardSigmoid"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        num_traits::clamp(z + T::of(3.0), T::zero(), T::of(6.0)) / T::of(6.0)
    }

    #[inline]
    fn derivative<T: Scalar>(&self, _z: T, a: T) -> T {
        if a > T::zero() && a < T::one() { T::of(1.0 / 6.0) } else { T::zero() }
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
        assert_eq!((HardSigmoid.apply(f64::NEG_INFINITY), HardSigmoid.apply(f64::INFINITY)), (0.0, 1.0));
        assert_eq!([0.0, 0.5, 1.0].map(|a| HardSigmoid.derivative(f64::NAN, a)), [0.0, 1.0 / 6.0, 0.0]);
        assert!(HardSigmoid.apply(f64::NAN).is_nan());
    }
}
