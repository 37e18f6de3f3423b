use nn_core::Error;

use super::Schedule;
use crate::check::check_positive;
use crate::elementary::power;

/// γⁿ, n the milestones that t has reached: a drop at each of them.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `milestones` | | any, in any order |
/// | `gamma` | | γ: above 0, finite |
///
/// # Example
/// ```
/// use nn_train::schedule::{MultiStep, Schedule};
///
/// let schedule = MultiStep::new([8, 20], 0.5);
/// assert_eq!((schedule.factor(7), schedule.factor(8), schedule.factor(20)), (1.0, 0.5, 0.25));
/// ```
///
/// As PyTorch's `MultiStepLR`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct MultiStep {
    milestones: Vec<usize>,
    gamma: f64,
}

impl MultiStep {
    /// Multiplies by `gamma` at each milestone.
    pub fn new(milestones: impl Into<Vec<usize>>, gamma: f64) -> Self {
        Self { milestones: milestones.into(), gamma }
    }
}

impl Schedule for MultiStep {
    fn check(&self) -> Result<(), Error> {
        check_positive::<f64>("gamma", self.gamma)
    }

    fn factor(&self, t: usize) -> f64 {
        let reached = self.milestones.iter().filter(|&&milestone| milestone <= t).count();
        power(self.gamma, reached as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::message;

    #[test]
    fn milestones_may_stand_in_any_order() {
        let schedule = MultiStep::new([5, 0, 5], 0.5);
        assert_eq!((schedule.factor(0), schedule.factor(4), schedule.factor(5)), (0.5, 0.5, 0.125));
        assert_eq!(message(MultiStep::new([1], -1.0)), "gamma is -1; expected a finite number above 0");
    }
}
