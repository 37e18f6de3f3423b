use super::elu::exp_m1;
use super::{Activation, ActivationSpec};
use crate::Scalar;

const LAMBDA: f64 = 1.0507009873554804934193349852946;
const ALPHA: f64 = 1.6732632423543772848170429916717;

/// f(z) = λ z for z > 0, else λ α (e^z - 1): the elu that keeps mean 0 and variance 1 from layer to layer.
///
/// f'(z) = λ for z > 0, else λ α e^z. λ = 1.0507..., α = 1.6733...; made for weights from
/// [`Init::LecunNormal`](crate::Init::LecunNormal).
///
/// # Example
/// ```
/// use nn_core::{Activation, Selu};
///
/// assert_eq!(Selu.apply(2.0), 2.1014019747109610);
/// assert_eq!(Selu.apply(0.0), 0.0);
/// ```
///
/// Klambauer et al.: "Self-normalizing neural networks", NeurIPS 2017. As in PyTorch and Keras.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct Selu;

impl Activation for Selu {
    fn name(&self) -> &'static str {
        "Selu"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        T::of(LAMBDA) * if z > T::zero() { z } else { T::of(ALPHA) * exp_m1(z) }
    }

    #[inline]
    fn derivative<T: Scalar>(&self, z: T, _a: T) -> T {
        T::of(LAMBDA) * if z > T::zero() { T::one() } else { T::of(ALPHA) * z.kernel_exp() }
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
        assert_eq!((Selu.apply(f64::NEG_INFINITY), Selu.apply(1e300)), (-LAMBDA * ALPHA, LAMBDA * 1e300));
        assert_eq!((Selu.derivative(-1e4, 0.0), Selu.derivative(1e4, 0.0)), (0.0, LAMBDA));
        assert!(Selu.apply(f64::NAN).is_nan());
    }
}
