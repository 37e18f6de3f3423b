//! Schedules: how the learning rate changes during a run.
//!
//! | To | see |
//! |---|---|
//! | lower it at fixed times | [`Step`], [`MultiStep`] |
//! | lower it all the time | [`Exponential`], [`Linear`], [`Polynomial`], [`InverseTime`], [`Cosine`] |
//! | raise it first | [`Linear`] and [`then`](Schedule::then) another; [`Noam`], [`OneCycle`] |
//! | raise and lower it again and again | [`CosineWarmRestarts`], [`Cyclic`] |
//! | lower it when the loss stands still | [`ReduceOnPlateau`] |
//! | combine some | [`Schedule::then`], [`Constant`] |
//! | write one, or choose one at run time | any closure, [`Schedule`] |

mod constant;
mod cosine;
mod cosine_warm_restarts;
mod cyclic;
mod exponential;
mod inverse_time;
mod linear;
mod multi_step;
mod noam;
mod one_cycle;
mod polynomial;
mod reduce_on_plateau;
mod sequence;
mod step;

pub use constant::Constant;
pub use cosine::Cosine;
pub use cosine_warm_restarts::CosineWarmRestarts;
pub use cyclic::Cyclic;
pub use exponential::Exponential;
pub use inverse_time::InverseTime;
pub use linear::Linear;
pub use multi_step::MultiStep;
pub use noam::Noam;
pub use one_cycle::OneCycle;
pub use polynomial::Polynomial;
pub use reduce_on_plateau::ReduceOnPlateau;
pub use sequence::Sequence;
pub use step::Step;

use nn_core::Error;

use crate::StateDict;

/// The factor that the learning rate is multiplied by at time t, which counts epochs or steps from 0: whichever of the
/// two the [`Trainer`](crate::Trainer) is told to count. Any closure from t to a factor is one, and so is a
/// `Box<dyn Schedule + Send>`, for one that is chosen at run time.
///
/// Factors, not learning rates, so that a schedule fits every learning rate.
///
/// # Example
/// ```
/// use nn_train::schedule::{Cosine, Linear, Schedule};
/// use nn_train::{Adam, Trainer};
///
/// // Ten epochs up, ninety down.
/// let schedule = Linear::new(0.1, 1.0, 10).then(10, Cosine::new(90));
/// assert_eq!((schedule.factor(0), schedule.factor(10), schedule.factor(100)), (0.1, 1.0, 0.0));
/// let trainer = Trainer::<f64, _>::new(Adam::new()).epochs(100).schedule(schedule);
/// ```
pub trait Schedule {
    /// Checks the settings, before a run.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] for a setting out of its range.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Forgets what it has seen: a run begins anew. Not called before a run that goes on where the last one ended.
    fn reset(&mut self) {}

    /// The factor at time t: at least 0 and finite.
    fn factor(&self, t: usize) -> f64;

    /// Called after each epoch. `loss` computes the loss of the validation set, or of the training set if there is no
    /// other: a forward pass over all its samples.
    fn on_epoch(&mut self, _loss: &mut dyn FnMut() -> f64) {}

    /// What it has seen of the run, to go on in another process; `None` for one that looks at the time alone.
    fn state_dict(&self) -> Option<StateDict> {
        None
    }

    /// Goes on with what [`state_dict`](Schedule::state_dict) gave.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] for what is not a state of such a schedule.
    fn load_state_dict(&mut self, _state: &StateDict) -> Result<(), Error> {
        Ok(())
    }

    /// This schedule before time `at`; from then on `next`, whose own time begins there at 0.
    fn then<S: Schedule>(self, at: usize, next: S) -> Sequence<Self, S>
    where
        Self: Sized,
    {
        Sequence::new(self, at, next)
    }
}

impl<F: Fn(usize) -> f64> Schedule for F {
    fn factor(&self, t: usize) -> f64 {
        self(t)
    }
}

/// One that is chosen at run time.
impl Schedule for Box<dyn Schedule + Send + '_> {
    fn check(&self) -> Result<(), Error> {
        (**self).check()
    }

    fn reset(&mut self) {
        (**self).reset();
    }

    fn factor(&self, t: usize) -> f64 {
        (**self).factor(t)
    }

    fn on_epoch(&mut self, loss: &mut dyn FnMut() -> f64) {
        (**self).on_epoch(loss);
    }

    fn state_dict(&self) -> Option<StateDict> {
        (**self).state_dict()
    }

    fn load_state_dict(&mut self, state: &StateDict) -> Result<(), Error> {
        (**self).load_state_dict(state)
    }
}

/// A setting that counts, and must be at least 1.
fn check_count(name: &'static str, count: usize) -> Result<(), Error> {
    if count == 0 { Err(Error::hyperparameter(name, "at least 1", count)) } else { Ok(()) }
}

/// A setting that is a share of the learning rate.
fn check_share(name: &'static str, share: f64) -> Result<(), Error> {
    crate::check::check((0.0..=1.0).contains(&share), name, "a number from 0 to 1", share)
}

#[cfg(test)]
fn message(schedule: impl Schedule) -> String {
    schedule.check().expect_err("out of range").to_string()
}
