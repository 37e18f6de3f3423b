use super::{Activation, ActivationSpec};
use crate::Scalar;

/// √(8/π).
const ROOT: f64 = 1.5957691216057308;
const CUBIC: f64 = 0.044715;

/// f(z) = z/2 (1 + tanh(√(2/π) (z + 0.044715 z³))): the approximation of [`Gelu`](crate::Gelu) by tanh.
///
/// f'(z) = s + z s (1 - s) u', with f(z) = z s, where s = 1 / (1 + e^-u) and u = √(8/π) (z + 0.044715 z³). Written so,
/// small values keep all their digits, which 1 + tanh cancels.
///
/// # Example
/// ```
/// use nn_core::{Activation, GeluTanh};
///
/// assert_eq!(GeluTanh.apply(0.0), 0.0);
/// assert!((GeluTanh.apply(1.0_f64) - 0.8411919906082767).abs() < 1e-15);
/// ```
///
/// Hendrycks, Gimpel: "Gaussian error linear units (GELUs)", 2016. As PyTorch's `GELU(approximate="tanh")` and Keras's
/// `gelu(approximate=True)`.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct GeluTanh;

impl Activation for GeluTanh {
    fn name(&self) -> &'static str {
        "GeluTanh"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        // The factor is 0 from here on; an infinite z would make NaN of it.
        let z = num_traits::clamp_min(z, T::of(-40.0));
        let u = T::of(ROOT) * z * (T::one() + T::of(CUBIC) * z * z);
        z * u.kernel_sigmoid()
    }

    #[inline]
    fn derivative<T: Scalar>(&self, z: T, _a: T) -> T {
        let z = num_traits::clamp(z, T::of(-40.0), T::of(40.0));
        let square = T::of(CUBIC) * z * z;
        let s = (T::of(ROOT) * z * (T::one() + square)).kernel_sigmoid();
        let slope = T::of(ROOT) * (T::one() + T::of(3.0) * square);
        s + z * s * (T::one() - s) * slope
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
        assert_eq!((GeluTanh.apply(f64::NEG_INFINITY), GeluTanh.apply(1e300)), (0.0, 1e300));
        assert_eq!((GeluTanh.apply(f32::NEG_INFINITY), GeluTanh.apply(f32::MAX)), (0.0, f32::MAX));
        assert_eq!([f64::NEG_INFINITY, f64::INFINITY].map(|z| GeluTanh.derivative(z, z)), [0.0, 1.0]);
        assert!(GeluTanh.apply(f64::NAN).is_nan());
        assert!((GeluTanh.apply(-7.806910550412082_f64) / -5.4577304787924759e-20 - 1.0).abs() < 1e-13);
    }
}
