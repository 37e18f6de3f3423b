use super::{Activation, ActivationSpec};
use crate::Scalar;

/// f(z) = max(0, z), the rectified linear unit.
///
/// f'(z) = 1 for z > 0, else 0; at the kink z = 0 it is 0, as in PyTorch. NaN stays NaN.
///
/// # Example
/// ```
/// use nn_core::{Activation, Relu};
///
/// assert_eq!(Relu.apply(-2.0), 0.0);
/// assert_eq!(Relu.apply(3.0), 3.0);
/// ```
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct Relu;

impl Activation for Relu {
    fn name(&self) -> &'static str {
        "Relu"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        // Not `max`, which would turn NaN into 0.
        if z > T::zero() || z.is_nan() { z } else { T::zero() }
    }

    #[inline]
    fn derivative<T: Scalar>(&self, _z: T, a: T) -> T {
        if a > T::zero() { T::one() } else { T::zero() }
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
        assert_eq!((Relu.apply(-1e300), Relu.apply(1e300)), (0.0, 1e300));
        assert_eq!(Relu.derivative(f64::NAN, Relu.apply(0.0)), 0.0);
        assert!(Relu.apply(f64::NAN).is_nan());
    }
}
