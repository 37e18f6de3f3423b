use nn_core::Error;

use super::{Schedule, check_count, check_share};
use crate::elementary::cosine_fall;

/// [`Cosine`](super::Cosine) that begins again at 1 at the end of each cycle.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `first` | | at least 1: the length of the first cycle |
/// | `growth` | 1 | at least 1: a cycle's length over that of the one before |
/// | `min` | 0 | from 0 to 1: where a cycle ends |
///
/// # Example
/// ```
/// use nn_train::schedule::{CosineWarmRestarts, Schedule};
///
/// // Cycles of 10, 20, 40, ...
/// let schedule = CosineWarmRestarts::new(10).growth(2);
/// assert_eq!((schedule.factor(0), schedule.factor(10), schedule.factor(30)), (1.0, 1.0, 1.0));
/// assert!((schedule.factor(20) - 0.5).abs() < 1e-15);
/// ```
///
/// Loshchilov, Hutter: "SGDR: stochastic gradient descent with warm restarts", ICLR 2017. As PyTorch's
/// `CosineAnnealingWarmRestarts`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct CosineWarmRestarts {
    first: usize,
    growth: usize,
    min: f64,
}

impl CosineWarmRestarts {
    /// Cycles of `first` epochs or steps.
    pub fn new(first: usize) -> Self {
        Self { first, growth: 1, min: 0.0 }
    }

    /// Makes each cycle so many times longer than the one before.
    pub fn growth(self, growth: usize) -> Self {
        Self { growth, ..self }
    }

    /// Where a cycle ends.
    pub fn min(self, min: f64) -> Self {
        Self { min, ..self }
    }
}

impl Schedule for CosineWarmRestarts {
    fn check(&self) -> Result<(), Error> {
        check_count("first", self.first)?;
        check_count("growth", self.growth)?;
        check_share("min", self.min)
    }

    fn factor(&self, t: usize) -> f64 {
        let (mut t, mut length) = (t, self.first);
        if self.growth == 1 {
            t %= length;
        }
        while t >= length {
            t -= length;
            length = length.saturating_mul(self.growth);
        }
        self.min + (1.0 - self.min) * cosine_fall(t as f64 / length as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::{Cosine, message};

    #[test]
    fn every_cycle_is_a_cosine() {
        let restarts = CosineWarmRestarts::new(3).growth(3).min(0.1);
        for (begin, length) in [(0, 3), (3, 9), (12, 27)] {
            for t in 0..length {
                assert_eq!(
                    restarts.factor(begin + t),
                    Cosine::new(length).min(0.1).factor(t),
                    "{begin} + {t}"
                );
            }
        }
        assert_eq!(CosineWarmRestarts::new(5).factor(500_007), Cosine::new(5).factor(2));
        assert!(restarts.factor(usize::MAX) <= 1.0, "no overflow");
    }

    #[test]
    fn settings_out_of_their_range() {
        assert_eq!(message(CosineWarmRestarts::new(0)), "first is 0; expected at least 1");
        assert_eq!(message(CosineWarmRestarts::new(1).growth(0)), "growth is 0; expected at least 1");
        assert_eq!(message(CosineWarmRestarts::new(1).min(-1.0)), "min is -1; expected a number from 0 to 1");
    }
}
