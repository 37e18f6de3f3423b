use super::{Activation, ActivationSpec};
use crate::Scalar;

/// f(z) = z tanh(ln(1 + e^z)).
///
/// f'(z) = t + z (1 - t²) / (1 + e^-z), where t = tanh(ln(1 + e^z)). With e = e^-|z|, t is (1 + 2e) / (1 + 2e + 2e²) for
/// z >= 0 and (e² + 2e) / (e² + 2e + 2) below, which neither overflows nor cancels.
///
/// # Example
/// ```
/// use nn_core::{Activation, Mish};
///
/// assert_eq!(Mish.apply(0.0), 0.0);
/// assert_eq!(Mish.apply(800.0), 800.0);
/// assert!(Mish.apply(-700.0) < 0.0);
/// ```
///
/// Misra: "Mish: a self regularized non-monotonic activation function", BMVC 2020. As in PyTorch and Keras.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct Mish;

impl Activation for Mish {
    fn name(&self) -> &'static str {
        "Mish"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        // t is 0 from here on; an infinite z would make NaN of it.
        let z = num_traits::clamp_min(z, T::of(-750.0));
        let (t, _) = tanh_of_softplus(z);
        z * t
    }

    #[inline]
    fn derivative<T: Scalar>(&self, z: T, _a: T) -> T {
        let z = num_traits::clamp(z, T::of(-750.0), T::of(750.0));
        let (t, rest) = tanh_of_softplus(z);
        t + z * rest * (T::one() + t) * z.kernel_sigmoid()
    }

    fn spec(&self) -> Option<ActivationSpec> {
        Some((*self).into())
    }
}

/// t = tanh(ln(1 + e^z)) and 1 - t.
#[inline]
fn tanh_of_softplus<T: Scalar>(z: T) -> (T, T) {
    let two = T::of(2.0);
    let e = (-z.abs()).kernel_exp();
    let (numerator, rest) =
        if z < T::zero() { (e * (e + two), two) } else { (T::one() + two * e, two * e * e) };
    let denominator = numerator + rest;
    (numerator / denominator, rest / denominator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_exact_at_both_ends() {
        assert_eq!((Mish.apply(f64::NEG_INFINITY), Mish.apply(1e300)), (0.0, 1e300));
        assert!((Mish.apply(-700.0) / (-700.0 * (-700.0_f64).exp()) - 1.0).abs() < 1e-12);
        assert_eq!([f64::NEG_INFINITY, f64::INFINITY].map(|z| Mish.derivative(z, z)), [0.0, 1.0]);
        assert!(Mish.apply(f64::NAN).is_nan());
    }
}
