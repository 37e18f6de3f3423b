use super::{Activation, ActivationSpec};
use crate::Scalar;

/// f(z) = e^(-z²), a bump instead of a step, in (0, 1].
///
/// f'(z) = -2 z f(z).
///
/// # Example
/// ```
/// use nn_core::{Activation, Gaussian};
///
/// assert_eq!(Gaussian.apply(0.0), 1.0);
/// assert_eq!(Gaussian.apply(-100.0), 0.0);
/// ```
///
/// Broomhead, Lowe: "Multivariable functional interpolation and adaptive networks", 1988. PyTorch and Keras have none.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct Gaussian;

impl Activation for Gaussian {
    fn name(&self) -> &'static str {
        "Gaussian"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        (-z * z).kernel_exp()
    }

    #[inline]
    fn derivative<T: Scalar>(&self, z: T, a: T) -> T {
        // f is 0 from here on; an infinite z would make NaN of it.
        let z = num_traits::clamp(z, T::of(-40.0), T::of(40.0));
        -(z + z) * a
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
        assert_eq!([f64::NEG_INFINITY, f64::INFINITY].map(|z| Gaussian.apply(z)), [0.0, 0.0]);
        assert_eq!([f64::NEG_INFINITY, f64::INFINITY].map(|z| Gaussian.derivative(z, 0.0)), [0.0, 0.0]);
        assert!((Gaussian.apply(26.0) / (-676.0_f64).exp() - 1.0).abs() < 1e-12);
        assert!(Gaussian.apply(f64::NAN).is_nan());
    }
}
