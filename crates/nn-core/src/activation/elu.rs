use super::{Activation, ActivationSpec};
use crate::{Error, Scalar};

/// f(z) = z for z > 0, else alpha (e^z - 1): the exponential linear unit.
///
/// f'(z) = 1 for z > 0, else alpha e^z. Small values keep all their digits: f(-1e-9) is -1e-9 to the last.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `alpha` | 1 | finite, in `f32` too |
///
/// # Example
/// ```
/// use nn_core::{Activation, Elu};
///
/// assert_eq!(Elu::default().apply(2.0), 2.0);
/// assert_eq!(Elu { alpha: 0.5 }.apply(-800.0), -0.5);
/// ```
///
/// Clevert, Unterthiner, Hochreiter: "Fast and accurate deep network learning by exponential linear units", ICLR 2016.
/// As in PyTorch and Keras.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct Elu {
    /// What negative inputs tend to, with a minus.
    pub alpha: f64,
}

impl Default for Elu {
    fn default() -> Self {
        Self { alpha: 1.0 }
    }
}

impl Activation for Elu {
    fn name(&self) -> &'static str {
        "Elu"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        if z > T::zero() { z } else { T::of(self.alpha) * exp_m1(z) }
    }

    #[inline]
    fn derivative<T: Scalar>(&self, z: T, _a: T) -> T {
        if z > T::zero() { T::one() } else { T::of(self.alpha) * z.kernel_exp() }
    }

    fn check(&self) -> Result<(), Error> {
        // Beyond the range of f32 it would be infinite there, and f(0) NaN.
        if self.alpha.abs() <= f64::from(f32::MAX) {
            return Ok(());
        }
        Err(Error::hyperparameter("alpha", "a finite number, in f32 too", self.alpha))
    }

    fn spec(&self) -> Option<ActivationSpec> {
        Some((*self).into())
    }
}

/// e^z - 1 for z <= 0, exact at both ends, from tanh as 2 t / (1 - t) with t = tanh(z / 2).
#[inline]
pub(super) fn exp_m1<T: Scalar>(z: T) -> T {
    let t = (z * T::of(0.5)).kernel_tanh();
    (t + t) / (T::one() - t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_exact_at_both_ends() {
        let f = Elu { alpha: 2.0 };
        assert_eq!((f.apply(f64::NEG_INFINITY), f.apply(1e300)), (-2.0, 1e300));
        assert_eq!(
            (f.derivative(-1e4, -2.0), f.derivative(0.0, 0.0), f.derivative(1e4, 1e4)),
            (0.0, 2.0, 1.0)
        );
        assert!(f.apply(f64::NAN).is_nan());
        assert!(Elu { alpha: f64::NAN }.check().is_err());
        for z in [-1e-300, -1e-9, -0.1, -1.0, -5.0, -40.0, -700.0_f64] {
            assert!((exp_m1(z) / z.exp_m1() - 1.0).abs() < 1e-15, "{z}");
        }
    }
}
