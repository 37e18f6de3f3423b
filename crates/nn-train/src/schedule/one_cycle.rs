use nn_core::Error;

use super::Schedule;
use crate::check::check;
use crate::elementary::cosine_fall;

/// One cosine wave up and a longer one down: the learning rate of the [`Trainer`](crate::Trainer) is the highest.
///
/// With rise = `pct_start` · `steps` - 1, half a cosine from 1 / `div_factor` at time 0 to 1 at time rise, and another
/// to 1 / (`div_factor` · `final_div_factor`) at time `steps` - 1, where it stays.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `steps` | | at least 2: of the whole cycle |
/// | `pct_start` | 0.3 | from 0 to below 1: the share of the rise |
/// | `div_factor` | 25 | at least 1, finite |
/// | `final_div_factor` | 1e4 | at least 1, finite |
///
/// # Example
/// ```
/// use nn_train::schedule::{OneCycle, Schedule};
///
/// let schedule = OneCycle::new(101).pct_start(0.5).div_factor(10.0).final_div_factor(100.0);
/// assert!((schedule.factor(0) - 0.1).abs() < 1e-15);
/// assert!((schedule.factor(100) - 1e-3).abs() < 1e-15);
/// ```
///
/// Smith, Topin: "Super-convergence: very fast training of neural networks using large learning rates", 2017. As
/// PyTorch's `OneCycleLR`, without its cycle of the momentum.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct OneCycle {
    steps: usize,
    pct_start: f64,
    div_factor: f64,
    final_div_factor: f64,
}

impl OneCycle {
    /// A cycle of so many epochs or steps.
    pub fn new(steps: usize) -> Self {
        Self { steps, pct_start: 0.3, div_factor: 25.0, final_div_factor: 1e4 }
    }

    /// The share of the rise.
    pub fn pct_start(self, pct_start: f64) -> Self {
        Self { pct_start, ..self }
    }

    /// The highest learning rate over the first.
    pub fn div_factor(self, div_factor: f64) -> Self {
        Self { div_factor, ..self }
    }

    /// The first learning rate over the last.
    pub fn final_div_factor(self, final_div_factor: f64) -> Self {
        Self { final_div_factor, ..self }
    }
}

impl Schedule for OneCycle {
    fn check(&self) -> Result<(), Error> {
        let Self { steps, pct_start, div_factor, final_div_factor } = *self;
        check(steps >= 2, "steps", "at least 2", steps as f64)?;
        check((0.0..1.0).contains(&pct_start), "pct_start", "a number from 0 to below 1", pct_start)?;
        let at_least_1 = |x: f64| x >= 1.0 && x.is_finite();
        check(at_least_1(div_factor), "div_factor", "a finite number, at least 1", div_factor)?;
        check(
            at_least_1(final_div_factor),
            "final_div_factor",
            "a finite number, at least 1",
            final_div_factor,
        )
    }

    fn factor(&self, t: usize) -> f64 {
        let (first, end) = (1.0 / self.div_factor, self.steps as f64 - 1.0);
        let (last, rise) = (first / self.final_div_factor, self.pct_start * self.steps as f64 - 1.0);
        let t = (t as f64).min(end);
        if t < rise {
            return 1.0 + (first - 1.0) * cosine_fall(t / rise);
        }
        last + (1.0 - last) * cosine_fall((t - rise) / (end - rise))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::message;

    #[test]
    fn it_stays_down() {
        let schedule = OneCycle::new(10);
        assert!((schedule.factor(9) - 4e-6).abs() < 1e-18);
        assert_eq!(schedule.factor(9), schedule.factor(1000));
    }

    /// Without a rise it falls all the time.
    #[test]
    fn a_rise_may_be_short() {
        for pct_start in [0.0, 0.1, 0.2] {
            let schedule = OneCycle::new(10).pct_start(pct_start);
            let factors: Vec<f64> = (usize::from(pct_start > 0.1)..10).map(|t| schedule.factor(t)).collect();
            assert!(factors.iter().all(|f| (0.0..=1.0).contains(f)) && factors.is_sorted_by(|a, b| a > b));
        }
    }

    #[test]
    fn settings_out_of_their_range() {
        let cycle = || OneCycle::new(10);
        assert_eq!(message(OneCycle::new(1)), "steps is 1; expected at least 2");
        assert_eq!(message(cycle().pct_start(1.0)), "pct_start is 1; expected a number from 0 to below 1");
        assert_eq!(
            message(cycle().div_factor(0.5)),
            "div_factor is 0.5; expected a finite number, at least 1"
        );
        let expected = "final_div_factor is inf; expected a finite number, at least 1";
        assert_eq!(message(cycle().final_div_factor(f64::INFINITY)), expected);
    }
}
