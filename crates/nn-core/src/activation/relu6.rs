use super::{Activation, ActivationSpec};
use crate::Scalar;

/// f(z) = min(max(0, z), 6): the relu that stops at 6.
///
/// f'(z) = 1 for 0 < z < 6, else 0; at the kinks it is 0, as in PyTorch. NaN stays NaN.
///
/// # Example
/// ```
/// use nn_core::{Activation, Relu6};
///
/// assert_eq!(Relu6.apply(-2.0), 0.0);
/// assert_eq!(Relu6.apply(3.0), 3.0);
/// assert_eq!(Relu6.apply(8.0), 6.0);
/// ```
///
/// Krizhevsky: "Convolutional deep belief networks on CIFAR-10", 2010. As PyTorch's `ReLU6`.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct Relu6;

impl Activation for Relu6 {
    fn name(&self) -> &'static str {
        "Relu6"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        num_traits::clamp(z, T::zero(), T::of(6.0))
    }

    #[inline]
    fn derivative<T: Scalar>(&self, _z: T, a: T) -> T {
        if a > T::zero() && a < T::of(6.0) { T::one() } else { T::zero() }
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
        assert_eq!((Relu6.apply(f64::NEG_INFINITY), Relu6.apply(f64::INFINITY)), (0.0, 6.0));
        assert_eq!([0.0, 3.0, 6.0].map(|a| Relu6.derivative(f64::NAN, a)), [0.0, 1.0, 0.0]);
        assert!(Relu6.apply(f64::NAN).is_nan());
    }
}
