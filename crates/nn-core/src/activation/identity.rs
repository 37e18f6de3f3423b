use super::{Activation, ActivationSpec};
use crate::Scalar;

/// f(z) = z: no activation, for a linear layer.
///
/// f'(z) = 1.
///
/// # Example
/// ```
/// use nn_core::{Activation, Identity};
///
/// assert_eq!(Identity.apply(-2.5), -2.5);
/// ```
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "ActivationSpec", try_from = "ActivationSpec")
)]
pub struct Identity;

impl Activation for Identity {
    fn name(&self) -> &'static str {
        "Identity"
    }

    #[inline]
    fn apply<T: Scalar>(&self, z: T) -> T {
        z
    }

    #[inline]
    fn derivative<T: Scalar>(&self, _z: T, _a: T) -> T {
        T::one()
    }

    fn reads_input(&self) -> bool {
        false
    }

    fn apply_slice<T: Scalar>(&self, _z: &mut [T]) {}

    fn backprop_slice<T: Scalar>(&self, _z: &[T], _a: &[T], _da: &mut [T]) {}

    fn spec(&self) -> Option<ActivationSpec> {
        Some((*self).into())
    }
}
