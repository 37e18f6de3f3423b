use super::elu::exp_m1;
use super::{Activation, ActivationSpec};
use crate::{Error, Scalar};

/// f(z) = z for z > 0, else alpha (e^(z / alpha) - 1): an elu without a kink, whatever alpha.
///
/// f'(z) = 1 for z > 0, else e^(z / alpha).
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `alpha` | 1 | positive and finite, in `f32` too |
///
/// # Example
/// ```
/// use nn_core::{Activation, Celu};
///
/// assert_eq!(Celu::default().apply(2.0), 2.0);
/// assert_eq!(Celu { alpha: 1.5 }.apply(-800.0), -1.5);
/// ```
///
/// Barron: "Continuously differentiable exponential linear units", 2017. As in PyTorch and Keras.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct Celu {
    /// What negative inputs tend to, with a minus.
    pub alpha: f64,
}

impl Default for Celu {
    fn default() -> Self {
        Self { alpha: 1.0 }
    }
}

impl Activation for Celu {
    fn name(&self) -> &'static str {
        "Celu"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        let alpha = T::of(self.alpha);
        if z > T::zero() { z } else { alpha * exp_m1(z / alpha) }
    }

    #[inline]
    fn derivative<T: Scalar>(&self, z: T, _a: T) -> T {
        if z > T::zero() { T::one() } else { (z / T::of(self.alpha)).kernel_exp() }
    }

    fn check(&self) -> Result<(), Error> {
        // As 0 or infinity in f32 it would give 0/0 there.
        if (f64::from(f32::MIN_POSITIVE)..=f64::from(f32::MAX)).contains(&self.alpha) {
            return Ok(());
        }
        Err(Error::hyperparameter("alpha", "a positive and finite number, in f32 too", self.alpha))
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
        let f = Celu { alpha: 1.5 };
        assert_eq!((f.apply(f64::NEG_INFINITY), f.apply(1e300)), (-1.5, 1e300));
        assert_eq!(
            (f.derivative(-1e4, -1.5), f.derivative(0.0, 0.0), f.derivative(1e4, 1e4)),
            (0.0, 1.0, 1.0)
        );
        assert!(f.apply(f64::NAN).is_nan());
        for alpha in [0.0, -1.0, 1e-40, 1e39, f64::NAN] {
            assert!(Celu { alpha }.check().is_err(), "{alpha}");
        }
    }
}
