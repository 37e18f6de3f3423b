use nn_core::Error;

use super::{Schedule, check_count};
use crate::check::check_not_negative;

/// start + (end - start) t / steps, then end: warm-up, or a straight descent.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `start`, `end` | | at least 0, finite |
/// | `steps` | | at least 1 |
///
/// # Example
/// ```
/// use nn_train::schedule::{Linear, Schedule};
///
/// let warm_up = Linear::new(0.5, 1.0, 10);
/// assert_eq!((warm_up.factor(0), warm_up.factor(5), warm_up.factor(100)), (0.5, 0.75, 1.0));
/// ```
///
/// As PyTorch's `LinearLR`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Linear {
    start: f64,
    end: f64,
    steps: usize,
}

impl Linear {
    /// From `start` at time 0 to `end` at time `steps`.
    pub fn new(start: f64, end: f64, steps: usize) -> Self {
        Self { start, end, steps }
    }
}

impl Schedule for Linear {
    fn check(&self) -> Result<(), Error> {
        check_not_negative::<f64>("start", self.start)?;
        check_not_negative::<f64>("end", self.end)?;
        check_count("steps", self.steps)
    }

    fn factor(&self, t: usize) -> f64 {
        let done = t.min(self.steps) as f64 / self.steps as f64;
        self.start * (1.0 - done) + self.end * done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::message;

    #[test]
    fn it_ends_exactly() {
        assert_eq!((Linear::new(0.1, 0.7, 3).factor(3), Linear::new(0.7, 0.0, 3).factor(4)), (0.7, 0.0));
    }

    #[test]
    fn settings_out_of_their_range() {
        assert_eq!(message(Linear::new(-0.1, 1.0, 8)), "start is -0.1; expected a finite number, at least 0");
        assert_eq!(
            message(Linear::new(0.1, f64::NAN, 8)),
            "end is NaN; expected a finite number, at least 0"
        );
        assert_eq!(message(Linear::new(0.1, 1.0, 0)), "steps is 0; expected at least 1");
    }
}
