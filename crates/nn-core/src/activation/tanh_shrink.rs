use super::{Activation, ActivationSpec};
use crate::Scalar;

/// f(z) = z - tanh z.
///
/// f'(z) = tanh² z. Below |z| = 1, where the difference cancels, f is taken from the continued fraction of tanh, so that it
/// has all its digits: f(1e-9) is 1e-27/3, where PyTorch's is 0.
///
/// # Example
/// ```
/// use nn_core::{Activation, TanhShrink};
///
/// assert_eq!(TanhShrink.apply(0.0), 0.0);
/// assert_eq!(TanhShrink.apply(800.0), 799.0);
/// assert_eq!(TanhShrink.apply(3e-100), 9e-300);
/// ```
///
/// As PyTorch's `Tanhshrink` and Keras's `tanh_shrink`. The continued fraction is Lambert's, of 1761.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct TanhShrink;

impl Activation for TanhShrink {
    fn name(&self) -> &'static str {
        "TanhShrink"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        if z.abs() < T::one() {
            let w = tail(z * z);
            z * (w / (T::one() + w))
        } else {
            z - z.kernel_tanh()
        }
    }

    #[inline]
    fn derivative<T: Scalar>(&self, z: T, _a: T) -> T {
        let t = z.kernel_tanh();
        t * t
    }

    fn spec(&self) -> Option<ActivationSpec> {
        Some((*self).into())
    }
}

/// w in tanh z = z / (1 + w): z² / (3 + z² / (5 + z² / (7 + ...))), to rounding for |z| <= 1.
#[inline]
fn tail<T: Scalar>(square: T) -> T {
    [17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0].into_iter().fold(T::zero(), |w, k| square / (T::of(k) + w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_exact_at_both_ends() {
        assert_eq!([f64::NEG_INFINITY, 1e300].map(|z| TanhShrink.apply(z)), [f64::NEG_INFINITY, 1e300]);
        assert_eq!([f64::NEG_INFINITY, 0.0, 1e300].map(|z| TanhShrink.derivative(z, z)), [1.0, 0.0, 1.0]);
        assert!(TanhShrink.apply(f64::NAN).is_nan());
        // Both ways where they meet, and the series z³/3 - 2z⁵/15.
        let below = 1.0 - f64::EPSILON;
        assert!((TanhShrink.apply(below) / (below - below.tanh()) - 1.0).abs() < 1e-14);
        assert!((TanhShrink.apply(-0.001_f64) / -3.3333320000005396823e-10 - 1.0).abs() < 1e-15);
    }
}
