use super::{Activation, ActivationSpec};
use crate::Scalar;

/// f(z) = tanh z, in (-1, 1).
///
/// f'(z) = 1 - f(z)². Odd, exact at both ends, never overflows.
///
/// # Example
/// ```
/// use nn_core::{Activation, Tanh};
///
/// assert_eq!(Tanh.apply(0.0), 0.0);
/// assert_eq!(Tanh.apply(-800.0), -1.0);
/// assert_eq!(Tanh.derivative(0.0, 0.0), 1.0);
/// ```
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct Tanh;

impl Activation for Tanh {
    fn name(&self) -> &'static str {
        "Tanh"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        z.kernel_tanh()
    }

    #[inline]
    fn derivative<T: Scalar>(&self, _z: T, a: T) -> T {
        T::one() - a * a
    }

    fn reads_input(&self) -> bool {
        false
    }

    fn apply_slice<T: Scalar>(&self, z: &mut [T]) {
        T::kernel_tanh_slice(z);
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
        assert_eq!(Tanh.apply(1000.0), 1.0);
        assert_eq!(Tanh.apply(-1000.0_f32), -1.0);
        assert!(Tanh.apply(f64::NAN).is_nan());
        assert_eq!(Tanh.apply(-0.3), -Tanh.apply(0.3));
        // Tiny inputs keep all their digits.
        assert_eq!(Tanh.apply(1e-300), 1e-300);
    }
}
