use super::{Activation, ActivationSpec};
use crate::Scalar;

/// f(z) = z min(max(0, z + 3), 6) / 6: silu of straight lines and a parabola.
///
/// f'(z) = z/3 + 1/2 for -3 < z < 3, 0 below and 1 above; at the kinks -3 and 3 it is 0 and 1, as in PyTorch since 2.8.
/// NaN stays NaN.
///
/// # Example
/// ```
/// use nn_core::{Activation, HardSwish};
///
/// assert_eq!(HardSwish.apply(-4.0), 0.0);
/// assert_eq!(HardSwish.apply(1.5), 1.125);
/// assert_eq!(HardSwish.apply(4.0), 4.0);
/// ```
///
/// Howard et al.: "Searching for MobileNetV3", ICCV 2019. As PyTorch's `Hardswish` and Keras's `hard_silu`.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct HardSwish;

impl Activation for HardSwish {
    fn name(&self) -> &'static str {
        "HardSwish"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        let three = T::of(3.0);
        // Not the product, which is NaN at -infinity.
        let low = if z <= -three { T::zero() } else { z * (z + three) / T::of(6.0) };
        if z >= three { z } else { low }
    }

    #[inline]
    fn derivative<T: Scalar>(&self, z: T, _a: T) -> T {
        let three = T::of(3.0);
        let low = if z <= -three { T::zero() } else { z / three + T::of(0.5) };
        if z >= three { T::one() } else { low }
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
        assert_eq!((HardSwish.apply(f64::NEG_INFINITY), HardSwish.apply(1e300)), (0.0, 1e300));
        assert_eq!([-3.0, 0.0, 3.0].map(|z| HardSwish.derivative(z, 0.0)), [0.0, 0.5, 1.0]);
        assert!(HardSwish.apply(f64::NAN).is_nan());
    }
}
