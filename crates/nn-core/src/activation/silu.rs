use super::{Activation, ActivationSpec};
use crate::Scalar;

/// f(z) = z / (1 + e^-z), z times the logistic function σ of it; also called swish.
///
/// f'(z) = σ(z) (1 + z (1 - σ(z))).
///
/// # Example
/// ```
/// use nn_core::{Activation, Silu};
///
/// assert_eq!(Silu.apply(0.0), 0.0);
/// assert_eq!(Silu.apply(800.0), 800.0);
/// assert!(Silu.apply(-700.0) < 0.0);
/// ```
///
/// Elfwing, Uchibe, Doya: "Sigmoid-weighted linear units for neural network function approximation in reinforcement
/// learning", 2017. As in PyTorch and Keras.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct Silu;

impl Activation for Silu {
    fn name(&self) -> &'static str {
        "Silu"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        // σ is 0 from here on; an infinite z would make NaN of it.
        let z = num_traits::clamp_min(z, T::of(-750.0));
        z * z.kernel_sigmoid()
    }

    #[inline]
    fn derivative<T: Scalar>(&self, z: T, _a: T) -> T {
        let z = num_traits::clamp(z, T::of(-750.0), T::of(750.0));
        let sigmoid = z.kernel_sigmoid();
        sigmoid * (T::one() + z * (T::one() - sigmoid))
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
        assert_eq!((Silu.apply(f64::NEG_INFINITY), Silu.apply(1e300)), (0.0, 1e300));
        assert!((Silu.apply(-700.0) / (-700.0 * (-700.0_f64).exp()) - 1.0).abs() < 1e-12);
        assert_eq!([f64::NEG_INFINITY, f64::INFINITY].map(|z| Silu.derivative(z, z)), [0.0, 1.0]);
        assert!(Silu.apply(f64::NAN).is_nan());
    }
}
