use super::{Activation, ActivationSpec};
use crate::Scalar;

/// f(z) = 1 / (1 + e^-z), the logistic function, in (0, 1).
///
/// f'(z) = f(z) (1 - f(z)). Never overflows; small values keep all their digits: f(-700) is e^-700, not 0.
///
/// # Example
/// ```
/// use nn_core::{Activation, Sigmoid};
///
/// assert_eq!(Sigmoid.apply(0.0), 0.5);
/// assert_eq!(Sigmoid.apply(800.0), 1.0);
/// assert!(Sigmoid.apply(-700.0) > 0.0);
/// ```
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct Sigmoid;

impl Activation for Sigmoid {
    fn name(&self) -> &'static str {
        "Sigmoid"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        z.kernel_sigmoid()
    }

    #[inline]
    fn derivative<T: Scalar>(&self, _z: T, a: T) -> T {
        a * (T::one() - a)
    }

    fn reads_input(&self) -> bool {
        false
    }

    fn apply_slice<T: Scalar>(&self, z: &mut [T]) {
        T::kernel_sigmoid_slice(z);
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
        assert_eq!(Sigmoid.apply(1000.0), 1.0);
        assert_eq!(Sigmoid.apply(-1000.0), 0.0);
        assert!((Sigmoid.apply(-700.0) / (-700.0_f64).exp() - 1.0).abs() < 1e-12);
        assert!(Sigmoid.apply(f64::NAN).is_nan());
    }
}
