use nn_core::Error;

use super::Schedule;
use crate::StateDict;

/// One schedule before a time, another from it on: what [`Schedule::then`] makes.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `first` | | a schedule |
/// | `at` | | any: when the second begins, at its own time 0 |
/// | `second` | | a schedule |
///
/// # Example
/// ```
/// use nn_train::schedule::{Constant, Exponential, Linear, Schedule};
///
/// // Up, level, down.
/// let schedule = Linear::new(0.0, 1.0, 2).then(2, Constant::new(1.0)).then(4, Exponential::new(0.5));
/// assert_eq!([0, 1, 2, 3, 4, 5, 6].map(|t| schedule.factor(t)), [0.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.25]);
/// ```
///
/// As PyTorch's `SequentialLR`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Sequence<A, B> {
    first: A,
    at: usize,
    second: B,
}

impl<A, B> Sequence<A, B> {
    /// `first` before time `at`, then `second`.
    pub fn new(first: A, at: usize, second: B) -> Self {
        Self { first, at, second }
    }
}

impl<A: Schedule, B: Schedule> Schedule for Sequence<A, B> {
    fn check(&self) -> Result<(), Error> {
        self.first.check()?;
        self.second.check()
    }

    fn reset(&mut self) {
        self.first.reset();
        self.second.reset();
    }

    fn factor(&self, t: usize) -> f64 {
        match t.checked_sub(self.at) {
            None => self.first.factor(t),
            Some(t) => self.second.factor(t),
        }
    }

    fn state_dict(&self) -> Option<StateDict> {
        let parts = [("first", self.first.state_dict()), ("second", self.second.state_dict())];
        let known = |state: Option<StateDict>, (name, part): (&str, Option<StateDict>)| match part {
            Some(part) => Some(state.unwrap_or_default().with_part(name, &part)),
            None => state,
        };
        parts.into_iter().fold(None, known)
    }

    fn load_state_dict(&mut self, state: &StateDict) -> Result<(), Error> {
        self.first.load_state_dict(&state.part("first"))?;
        self.second.load_state_dict(&state.part("second"))
    }

    /// Both learn of every epoch: it is not known which of the two was at work.
    fn on_epoch(&mut self, loss: &mut dyn FnMut() -> f64) {
        self.first.on_epoch(loss);
        self.second.on_epoch(loss);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::{Constant, ReduceOnPlateau, message};

    #[test]
    fn the_second_begins_at_its_own_0() {
        let schedule = (|t: usize| t as f64).then(3, |t: usize| 10.0 + t as f64);
        assert_eq!([0, 2, 3, 5].map(|t| schedule.factor(t)), [0.0, 2.0, 10.0, 12.0]);
    }

    #[test]
    fn both_are_checked_and_both_learn_of_an_epoch() {
        assert!(message(Constant::new(-1.0).then(1, Constant::new(1.0))).starts_with("factor is -1"));
        assert!(message(Constant::new(1.0).then(1, Constant::new(-1.0))).starts_with("factor is -1"));
        let plateau = || ReduceOnPlateau::new().patience(0).factor(0.5);
        let mut schedule = plateau().then(1, plateau());
        (0..2).for_each(|_| schedule.on_epoch(&mut || 1.0));
        assert_eq!((schedule.factor(0), schedule.factor(1)), (0.5, 0.5));
    }
}
