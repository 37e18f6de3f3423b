use super::{Activation, ActivationSpec};
use crate::Scalar;

/// f(z) = z / (1 + |z|), in (-1, 1).
///
/// f'(z) = 1 / (1 + |z|)². Tends to its ends as 1/z, where tanh does as e^-2z.
///
/// # Example
/// ```
/// use nn_core::{Activation, Softsign};
///
/// assert_eq!(Softsign.apply(-3.0), -0.75);
/// assert_eq!(Softsign.derivative(1.0, 0.5), 0.25);
/// ```
///
/// Bergstra et al.: "Quadratic polynomials learn better image features", 2009. As in PyTorch and Keras, but for infinite z,
/// where they give NaN, and this ±1.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct Softsign;

impl Activation for Softsign {
    fn name(&self) -> &'static str {
        "Softsign"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        let z = num_traits::clamp(z, T::min_value(), T::max_value());
        z / (T::one() + z.abs())
    }

    #[inline]
    fn derivative<T: Scalar>(&self, z: T, _a: T) -> T {
        let root = T::one() + z.abs();
        (root * root).recip()
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
        assert_eq!([f64::NEG_INFINITY, f64::INFINITY].map(|z| Softsign.apply(z)), [-1.0, 1.0]);
        assert_eq!([f64::NEG_INFINITY, 1e300].map(|z| Softsign.derivative(z, 1.0)), [0.0, 0.0]);
        assert!(Softsign.apply(f64::NAN).is_nan());
    }
}
