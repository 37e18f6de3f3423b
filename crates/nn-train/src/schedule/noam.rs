use nn_core::Error;

use super::{Schedule, check_count};

/// width^-½ min(n^-½, n warmup^-1½), n = t + 1: a straight rise, then a fall with the root of time.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `width` | | at least 1: of the model |
/// | `warmup` | | at least 1: steps of the rise |
///
/// It is meant for steps, not epochs, with a learning rate of about 1.
///
/// # Example
/// ```
/// use nn_train::schedule::{Noam, Schedule};
/// use nn_train::{Adam, Trainer};
///
/// assert_eq!(Noam::new(4, 100).factor(99), 0.5 * 0.1);
/// let adam = Adam::new().beta2(0.98).epsilon(1e-9);
/// let trainer = Trainer::<f64, _>::new(adam).learning_rate(1.0).schedule_steps(Noam::new(64, 4000));
/// ```
///
/// Vaswani et al.: "Attention is all you need", NeurIPS 2017, section 5.3, which counts steps from 1.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Noam {
    width: usize,
    warmup: usize,
}

impl Noam {
    /// Rises for `warmup` steps, for a model of that width.
    pub fn new(width: usize, warmup: usize) -> Self {
        Self { width, warmup }
    }
}

impl Schedule for Noam {
    fn check(&self) -> Result<(), Error> {
        check_count("width", self.width)?;
        check_count("warmup", self.warmup)
    }

    fn factor(&self, t: usize) -> f64 {
        let (n, width, warmup) = (t as f64 + 1.0, self.width as f64, self.warmup as f64);
        (1.0 / n.sqrt()).min(n / (warmup * warmup.sqrt())) / width.sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::message;

    #[test]
    fn it_is_highest_after_the_warm_up() {
        let schedule = Noam::new(1, 4);
        assert_eq!([0, 1, 3, 15, 63].map(|t| schedule.factor(t)), [0.125, 0.25, 0.5, 0.25, 0.125]);
    }

    #[test]
    fn settings_out_of_their_range() {
        assert_eq!(message(Noam::new(0, 1)), "width is 0; expected at least 1");
        assert_eq!(message(Noam::new(1, 0)), "warmup is 0; expected at least 1");
    }
}
