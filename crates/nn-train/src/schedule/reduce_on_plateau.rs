use nn_core::Error;

use super::{Schedule, check_share};
use crate::StateDict;
use crate::check::{check, check_not_negative};

/// Multiplies the learning rate by `factor` when the loss has not got better for more than `patience` epochs.
///
/// The loss is that of the validation set, or of the training set if there is no other. It is better when it is lower
/// than the best by more than `threshold` times the best, or than `threshold` itself if that is `absolute`.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `factor` | 0.1 | above 0, below 1 |
/// | `patience` | 10 | any: epochs without improvement that are let pass |
/// | `threshold` | 1e-4 | at least 0, finite |
/// | `absolute` | off | |
/// | `cooldown` | 0 | any: epochs after a reduction that do not count |
/// | `min` | 0 | from 0 to 1: what is left at least |
///
/// # Example
/// ```
/// use nn_train::schedule::ReduceOnPlateau;
/// use nn_train::{Adam, Trainer};
///
/// let schedule = ReduceOnPlateau::new().factor(0.5).patience(3);
/// let trainer = Trainer::<f64, _>::new(Adam::new()).schedule(schedule);
/// ```
///
/// As PyTorch's `ReduceLROnPlateau`, without its `eps`, which keeps learning rates below about 1e-8 as they are; where the
/// best is below 0, its relative threshold lets a higher loss pass for a better one, and this one does not. Keras reduces one epoch earlier, after `patience` epochs, and its threshold is
/// absolute.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct ReduceOnPlateau {
    factor: f64,
    patience: usize,
    threshold: f64,
    absolute: bool,
    cooldown: usize,
    min: f64,
    /// What the run has seen; made anew by each.
    #[cfg_attr(feature = "serde", serde(skip))]
    seen: Seen,
}

#[derive(Debug, Clone, PartialEq)]
struct Seen {
    best: f64,
    /// Epochs without improvement.
    waited: usize,
    /// Epochs of cooldown that are left.
    cooling: usize,
    current: f64,
}

impl Default for Seen {
    fn default() -> Self {
        Self { best: f64::INFINITY, waited: 0, cooling: 0, current: 1.0 }
    }
}

impl Default for ReduceOnPlateau {
    fn default() -> Self {
        let (absolute, cooldown, min, seen) = (false, 0, 0.0, Seen::default());
        Self { factor: 0.1, patience: 10, threshold: 1e-4, absolute, cooldown, min, seen }
    }
}

impl ReduceOnPlateau {
    /// The default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// The factor of a reduction.
    pub fn factor(self, factor: f64) -> Self {
        Self { factor, ..self }
    }

    /// Epochs without improvement that are let pass.
    pub fn patience(self, patience: usize) -> Self {
        Self { patience, ..self }
    }

    /// How much lower than the best a loss must be to be better.
    pub fn threshold(self, threshold: f64) -> Self {
        Self { threshold, ..self }
    }

    /// Takes the threshold as a difference of losses, not as a share of the best.
    pub fn absolute(self) -> Self {
        Self { absolute: true, ..self }
    }

    /// Epochs after a reduction that do not count.
    pub fn cooldown(self, cooldown: usize) -> Self {
        Self { cooldown, ..self }
    }

    /// The share of the learning rate that is left at least.
    pub fn min(self, min: f64) -> Self {
        Self { min, ..self }
    }
}

impl Schedule for ReduceOnPlateau {
    fn check(&self) -> Result<(), Error> {
        check(self.factor > 0.0 && self.factor < 1.0, "factor", "a number above 0, below 1", self.factor)?;
        check_not_negative::<f64>("threshold", self.threshold)?;
        check_share("min", self.min)
    }

    fn reset(&mut self) {
        self.seen = Seen::default();
    }

    fn factor(&self, _t: usize) -> f64 {
        self.seen.current
    }

    fn state_dict(&self) -> Option<StateDict> {
        let Seen { best, waited, cooling, current } = self.seen;
        let state = StateDict::new()
            .with("current", [current])
            .with("waited", [waited as f64])
            .with("cooling", [cooling as f64]);
        // There is none before the first epoch, and files have no infinity.
        Some(if best.is_finite() { state.with("best", [best]) } else { state })
    }

    fn load_state_dict(&mut self, state: &StateDict) -> Result<(), Error> {
        let current = state.number("current")?;
        check_share("the state's current factor", current)?;
        let best = if state.contains("best") { state.number("best")? } else { f64::INFINITY };
        let (waited, cooling) = (state.count("waited")?, state.count("cooling")?);
        self.seen = Seen { best, waited, cooling, current };
        Ok(())
    }

    fn on_epoch(&mut self, loss: &mut dyn FnMut() -> f64) {
        let (loss, seen) = (loss(), &mut self.seen);
        let bound = if self.absolute {
            seen.best - self.threshold
        } else {
            seen.best * (1.0 - self.threshold.copysign(seen.best))
        };
        // The first is better than none.
        if seen.best.is_infinite() || loss < bound {
            seen.best = loss;
            seen.waited = 0;
        } else {
            seen.waited = seen.waited.saturating_add(1);
        }
        if seen.cooling > 0 {
            seen.cooling -= 1;
            seen.waited = 0;
        }
        if seen.waited > self.patience {
            seen.current = (seen.current * self.factor).max(self.min);
            seen.cooling = self.cooldown;
            seen.waited = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::message;

    fn factors<const N: usize>(mut schedule: ReduceOnPlateau, losses: [f64; N]) -> [f64; N] {
        schedule.check().expect("valid settings");
        schedule.reset();
        losses.map(|loss| {
            schedule.on_epoch(&mut || loss);
            Schedule::factor(&schedule, 0)
        })
    }

    #[test]
    fn it_is_patient() {
        let halving = || ReduceOnPlateau::new().factor(0.5).patience(1);
        assert_eq!(factors(halving(), [1.0, 1.0, 1.0, 1.0, 1.0]), [1.0, 1.0, 0.5, 0.5, 0.25]);
        assert_eq!(
            factors(halving().cooldown(1), [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
            [1.0, 1.0, 0.5, 0.5, 0.5, 0.25]
        );
        assert_eq!(factors(halving().min(0.4), [1.0; 6]), [1.0, 1.0, 0.5, 0.5, 0.4, 0.4]);
    }

    #[test]
    fn a_threshold_is_a_share_of_the_best_or_a_difference() {
        let schedule = || ReduceOnPlateau::new().factor(0.5).patience(0).threshold(0.1);
        assert_eq!(factors(schedule(), [100.0, 91.0, 89.0]), [1.0, 0.5, 0.5]);
        assert_eq!(factors(schedule().absolute(), [100.0, 99.95, 99.8]), [1.0, 0.5, 0.5]);
        // PyTorch's product, 0.8 (1 - 0.1), is above 0.72; the difference 0.8 - 0.08 is not.
        assert_eq!(factors(schedule(), [0.8, 0.72]), [1.0, 1.0]);
        // Of a negative loss too.
        assert_eq!(factors(schedule(), [-100.0, -109.0, -111.0]), [1.0, 0.5, 0.5]);
    }

    #[test]
    fn a_run_forgets_the_one_before() {
        let mut schedule = ReduceOnPlateau::new().patience(0);
        (0..3).for_each(|_| schedule.on_epoch(&mut || 1.0));
        assert!(schedule.seen.current < 1.0);
        schedule.check().expect("valid settings");
        schedule.reset();
        assert_eq!(schedule, ReduceOnPlateau::new().patience(0));
    }

    #[test]
    fn settings_out_of_their_range() {
        let plateau = ReduceOnPlateau::new;
        assert_eq!(message(plateau().factor(1.0)), "factor is 1; expected a number above 0, below 1");
        assert_eq!(
            message(plateau().threshold(-1.0)),
            "threshold is -1; expected a finite number, at least 0"
        );
        assert_eq!(message(plateau().min(2.0)), "min is 2; expected a number from 0 to 1");
    }
}
