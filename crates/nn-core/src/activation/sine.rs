use super::{Activation, ActivationSpec};
use crate::Scalar;

/// f(z) = sin z, for networks that represent signals.
///
/// f'(z) = cos z. At infinity there is no sine: the value is NaN. The frequency of the first layer, 30 in the paper, is a
/// factor on its weights.
///
/// # Example
/// ```
/// use nn_core::{Activation, Sine};
///
/// assert_eq!(Sine.apply(0.0), 0.0);
/// assert_eq!(Sine.derivative(0.0, 0.0), 1.0);
/// ```
///
/// Sitzmann et al.: "Implicit neural representations with periodic activation functions", NeurIPS 2020. As `torch.sin`.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct Sine;

impl Activation for Sine {
    fn name(&self) -> &'static str {
        "Sine"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        z.kernel_sin()
    }

    #[inline]
    fn derivative<T: Scalar>(&self, z: T, _a: T) -> T {
        z.kernel_cos()
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
        assert!(Sine.apply(1e300_f64).abs() <= 1.0);
        assert_eq!(Sine.apply(1e-300), 1e-300);
        assert!([f64::NAN, f64::INFINITY].iter().all(|&z| Sine.apply(z).is_nan()));
    }
}
