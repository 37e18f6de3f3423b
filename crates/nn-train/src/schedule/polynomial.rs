use nn_core::Error;

use super::{Schedule, check_count};
use crate::check::check_positive;

/// (1 - t / steps)^power, then 0.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `steps` | | at least 1 |
/// | `power` | | above 0, finite |
///
/// # Example
/// ```
/// use nn_train::schedule::{Polynomial, Schedule};
///
/// assert_eq!(Polynomial::new(30, 2.0).factor(15), 0.25);
/// ```
///
/// As PyTorch's `PolynomialLR`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Polynomial {
    steps: usize,
    power: f64,
}

impl Polynomial {
    /// From 1 at time 0 to 0 at time `steps`.
    pub fn new(steps: usize, power: f64) -> Self {
        Self { steps, power }
    }
}

impl Schedule for Polynomial {
    fn check(&self) -> Result<(), Error> {
        check_count("steps", self.steps)?;
        check_positive::<f64>("power", self.power)
    }

    fn factor(&self, t: usize) -> f64 {
        libm::pow(self.steps.saturating_sub(t) as f64 / self.steps as f64, self.power)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::message;

    #[test]
    fn it_ends_at_0() {
        assert_eq!((Polynomial::new(3, 0.5).factor(0), Polynomial::new(3, 0.5).factor(7)), (1.0, 0.0));
    }

    #[test]
    fn settings_out_of_their_range() {
        assert_eq!(message(Polynomial::new(0, 1.0)), "steps is 0; expected at least 1");
        assert_eq!(message(Polynomial::new(1, 0.0)), "power is 0; expected a finite number above 0");
    }
}
