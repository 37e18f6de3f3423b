use super::{Activation, ActivationSpec};
use crate::{Error, Scalar};

/// f(z) = z for z > 0, else slope z.
///
/// f'(z) = 1 for z > 0, else slope; at the kink z = 0 it is the slope, as in PyTorch.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `slope` | 0.01 | finite, in `f32` too |
///
/// # Example
/// ```
/// use nn_core::{Activation, LeakyRelu};
///
/// assert_eq!(LeakyRelu { slope: 0.1 }.apply(-2.0), -0.2);
/// assert_eq!(LeakyRelu::default().slope, 0.01);
/// ```
///
/// Maas, Hannun, Ng: "Rectifier nonlinearities improve neural network acoustic models", ICML 2013.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct LeakyRelu {
    /// The slope for negative inputs.
    pub slope: f64,
}

impl Default for LeakyRelu {
    fn default() -> Self {
        Self { slope: 0.01 }
    }
}

impl Activation for LeakyRelu {
    fn name(&self) -> &'static str {
        "LeakyRelu"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        if z > T::zero() { z } else { T::of(self.slope) * z }
    }

    #[inline]
    fn derivative<T: Scalar>(&self, z: T, _a: T) -> T {
        // From z, because with a negative slope the sign of `a` does not tell that of z.
        if z > T::zero() { T::one() } else { T::of(self.slope) }
    }

    fn check(&self) -> Result<(), Error> {
        // Beyond the range of f32 the slope would be infinite there, and f(0) NaN.
        if self.slope.abs() <= f64::from(f32::MAX) {
            return Ok(());
        }
        Err(Error::hyperparameter("slope", "a finite number, in f32 too", self.slope))
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
        let f = LeakyRelu { slope: -0.5 };
        assert_eq!((f.apply(-2.0), f.derivative(-2.0, 1.0)), (1.0, -0.5));
        assert_eq!((f.apply(2.0), f.derivative(2.0, 2.0)), (2.0, 1.0));
        assert!(f.apply(f64::NAN).is_nan());
        assert!(LeakyRelu { slope: f64::INFINITY }.check().is_err());
    }
}
