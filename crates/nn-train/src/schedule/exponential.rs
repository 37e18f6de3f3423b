use nn_core::Error;

use super::Schedule;
use crate::check::check_positive;
use crate::elementary::power;

/// γᵗ.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `gamma` | | γ: above 0, finite; above 1 it rises, which finds the largest learning rate that works |
///
/// # Example
/// ```
/// use nn_train::schedule::{Exponential, Schedule};
///
/// assert_eq!(Exponential::new(0.5).factor(3), 0.125);
/// ```
///
/// As PyTorch's `ExponentialLR`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Exponential {
    gamma: f64,
}

impl Exponential {
    /// Multiplies by `gamma` each time.
    pub fn new(gamma: f64) -> Self {
        Self { gamma }
    }
}

impl Schedule for Exponential {
    fn check(&self) -> Result<(), Error> {
        check_positive::<f64>("gamma", self.gamma)
    }

    fn factor(&self, t: usize) -> f64 {
        power(self.gamma, t as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::message;

    #[test]
    fn settings_out_of_their_range() {
        assert_eq!(message(Exponential::new(0.0)), "gamma is 0; expected a finite number above 0");
    }
}
