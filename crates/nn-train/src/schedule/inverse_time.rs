use nn_core::Error;

use super::Schedule;
use crate::check::check_not_negative;

/// 1 / (1 + rate t).
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `rate` | | at least 0, finite |
///
/// # Example
/// ```
/// use nn_train::schedule::{InverseTime, Schedule};
///
/// assert_eq!(InverseTime::new(0.5).factor(2), 0.5);
/// ```
///
/// Robbins, Monro: "A stochastic approximation method", 1951. As Keras's `InverseTimeDecay` with its rate over its
/// `decay_steps`, and as the `lr_decay` of PyTorch's `Adagrad`; scikit-learn's `invscaling` is 1 / t^power.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct InverseTime {
    rate: f64,
}

impl InverseTime {
    /// Half of the learning rate is left at time 1 / `rate`.
    pub fn new(rate: f64) -> Self {
        Self { rate }
    }
}

impl Schedule for InverseTime {
    fn check(&self) -> Result<(), Error> {
        check_not_negative::<f64>("rate", self.rate)
    }

    fn factor(&self, t: usize) -> f64 {
        1.0 / (1.0 + self.rate * t as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::message;

    #[test]
    fn it_falls_as_one_over_t() {
        let schedule = InverseTime::new(0.25);
        assert_eq!([0, 4, 12].map(|t| schedule.factor(t)), [1.0, 0.5, 0.25]);
        assert_eq!(message(InverseTime::new(-1.0)), "rate is -1; expected a finite number, at least 0");
    }
}
