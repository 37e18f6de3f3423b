use nn_core::Error;

use super::{Schedule, check_count, check_share};
use crate::elementary::cosine_fall;

/// min + (1 - min) (1 + cos(π t / steps)) / 2: half a cosine wave down.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `steps` | | at least 1: the way down |
/// | `min` | 0 | from 0 to 1: what is left at the end |
///
/// After `steps` it rises again, as in PyTorch's `CosineAnnealingLR`; Keras's `CosineDecay` stays down, which is
/// `Cosine::new(n).then(n, Constant::new(0.0))`.
///
/// # Example
/// ```
/// use nn_train::schedule::{Cosine, Schedule};
///
/// let schedule = Cosine::new(100).min(0.1);
/// assert_eq!((schedule.factor(0), schedule.factor(100)), (1.0, 0.1));
/// assert!((schedule.factor(50) - 0.55).abs() < 1e-15);
/// ```
///
/// Loshchilov, Hutter: "SGDR: stochastic gradient descent with warm restarts", ICLR 2017, without the restarts.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Cosine {
    steps: usize,
    min: f64,
}

impl Cosine {
    /// From 1 at time 0 to 0 at time `steps`.
    pub fn new(steps: usize) -> Self {
        Self { steps, min: 0.0 }
    }

    /// What is left at the end.
    pub fn min(self, min: f64) -> Self {
        Self { min, ..self }
    }
}

impl Schedule for Cosine {
    fn check(&self) -> Result<(), Error> {
        check_count("steps", self.steps)?;
        check_share("min", self.min)
    }

    fn factor(&self, t: usize) -> f64 {
        let share = cosine_fall(t as f64 / self.steps as f64);
        self.min + (1.0 - self.min) * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::message;

    #[test]
    fn it_rises_again() {
        let schedule = Cosine::new(10).min(0.2);
        for t in 0..=10 {
            assert!((schedule.factor(10 + t) - schedule.factor(10 - t)).abs() < 1e-15, "{t}");
        }
    }

    #[test]
    fn settings_out_of_their_range() {
        assert_eq!(message(Cosine::new(0)), "steps is 0; expected at least 1");
        assert_eq!(message(Cosine::new(1).min(1.5)), "min is 1.5; expected a number from 0 to 1");
    }
}
