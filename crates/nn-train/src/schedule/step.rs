use nn_core::Error;

use super::{Schedule, check_count};
use crate::check::check_positive;
use crate::elementary::power;

/// γ^⌊t / size⌋: a drop every `size` epochs or steps.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `size` | | at least 1 |
/// | `gamma` | | γ: above 0, finite |
///
/// # Example
/// ```
/// use nn_train::schedule::{Schedule, Step};
///
/// let schedule = Step::new(10, 0.5);
/// assert_eq!((schedule.factor(9), schedule.factor(10), schedule.factor(20)), (1.0, 0.5, 0.25));
/// ```
///
/// As PyTorch's `StepLR`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Step {
    size: usize,
    gamma: f64,
}

impl Step {
    /// Multiplies by `gamma` every `size` epochs or steps.
    pub fn new(size: usize, gamma: f64) -> Self {
        Self { size, gamma }
    }
}

impl Schedule for Step {
    fn check(&self) -> Result<(), Error> {
        check_count("size", self.size)?;
        check_positive::<f64>("gamma", self.gamma)
    }

    fn factor(&self, t: usize) -> f64 {
        power(self.gamma, (t / self.size) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::message;

    #[test]
    fn settings_out_of_their_range() {
        assert_eq!(message(Step::new(0, 0.5)), "size is 0; expected at least 1");
        assert_eq!(message(Step::new(1, 0.0)), "gamma is 0; expected a finite number above 0");
    }
}
