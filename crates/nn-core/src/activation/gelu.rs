use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use super::{Activation, ActivationSpec};
use crate::Scalar;

/// f(z) = z Φ(z), where Φ is the distribution function of the normal distribution: the Gaussian error linear unit.
///
/// f'(z) = Φ(z) + z φ(z), φ(z) = e^(-z²/2) / √(2π). Small values keep all their digits: f(-37) is some -2e-298, where
/// z/2 (1 + erf(z/√2)), as PyTorch has it, is 0.
///
/// # Example
/// ```
/// use nn_core::{Activation, Gelu};
///
/// assert_eq!(Gelu.apply(0.0), 0.0);
/// assert!((Gelu.apply(1.0_f64) - 0.8413447460685429).abs() < 1e-15);
/// ```
///
/// Hendrycks, Gimpel: "Gaussian error linear units (GELUs)", 2016. As in PyTorch and Keras; the approximation by tanh is
/// [`GeluTanh`](crate::GeluTanh).
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct Gelu;

impl Activation for Gelu {
    fn name(&self) -> &'static str {
        "Gelu"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        // Φ is 0 from here on, and an infinite factor would make NaN of it.
        let z = num_traits::clamp_min(z, T::of(-40.0));
        z * z.kernel_normal_cdf()
    }

    #[inline]
    fn derivative<T: Scalar>(&self, z: T, _a: T) -> T {
        let z = num_traits::clamp(z, T::of(-40.0), T::of(40.0));
        let density = (T::of(-0.5) * z * z).kernel_exp() * T::of(0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2);
        z.kernel_normal_cdf() + z * density
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
        assert_eq!((Gelu.apply(f64::NEG_INFINITY), Gelu.apply(1e300)), (0.0, 1e300));
        assert_eq!((Gelu.apply(f32::NEG_INFINITY), Gelu.apply(f32::INFINITY)), (0.0, f32::INFINITY));
        assert_eq!([f64::NEG_INFINITY, f64::INFINITY].map(|z| Gelu.derivative(z, z)), [0.0, 1.0]);
        assert!(Gelu.apply(f64::NAN).is_nan());
        assert!((Gelu.apply(-20.5_f64) / -2.2067580180521468687e-92 - 1.0).abs() < 1e-12);
    }
}
