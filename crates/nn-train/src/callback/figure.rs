use std::ops::ControlFlow;

use nn_core::Error;

use super::{Epoch, Start};
use crate::history::SCORES;
use crate::{StateDict, StopReason, TrainError};

/// The figure that a callback watches, by its name, and which way is better.
#[derive(Debug, Clone)]
pub(super) struct Figure {
    pub(super) name: String,
    maximize: bool,
    /// Whether this run has had it.
    seen: bool,
}

impl Default for Figure {
    fn default() -> Self {
        Self::minimize("validation_loss")
    }
}

impl Figure {
    pub(super) fn minimize(name: impl Into<String>) -> Self {
        Self { name: name.into(), maximize: false, seen: false }
    }

    pub(super) fn maximize(name: impl Into<String>) -> Self {
        Self { maximize: true, ..Self::minimize(name) }
    }

    /// What every value is better than.
    pub(super) fn worst(&self) -> f64 {
        if self.maximize { f64::NEG_INFINITY } else { f64::INFINITY }
    }

    /// By how much `value` is better than `other`; below 0 where it is worse.
    pub(super) fn gain(&self, value: f64, other: f64) -> f64 {
        if self.maximize { value - other } else { other - value }
    }

    pub(super) fn start(&mut self, callback: &'static str, start: &Start) -> Result<(), TrainError> {
        self.seen = false;
        let of_validation = matches!(&*self.name, "validation_loss" | "validation_accuracy");
        if of_validation && !start.validation {
            return Err(TrainError::NeedsValidation { callback });
        }
        Ok(())
    }

    pub(super) fn state_dict(&self) -> StateDict {
        StateDict::new().with("seen", [f64::from(u8::from(self.seen))])
    }

    pub(super) fn load_state_dict(&mut self, state: &StateDict) -> Result<(), Error> {
        self.seen = state.count("seen")? > 0;
        Ok(())
    }

    /// Its value; `None` in an epoch that has none, after one that had.
    pub(super) fn look<T>(
        &mut self,
        callback: &str,
        epoch: &mut Epoch<'_, T>,
    ) -> ControlFlow<StopReason, Option<f64>> {
        let (name, number) = (&self.name, epoch.number());
        match epoch.metric(name) {
            Some(value) if !value.is_finite() => {
                let message = format!("{name} is {value} in epoch {number}; expected a finite number");
                ControlFlow::Break(StopReason::failed(callback, message))
            }
            None if !self.seen => {
                let message = format!(
                    "epoch {number} has no figure {name:?}; expected one of {}, or one that a callback added before this sets",
                    names(epoch).join(", ")
                );
                ControlFlow::Break(StopReason::failed(callback, message))
            }
            value => {
                self.seen = true;
                ControlFlow::Continue(value)
            }
        }
    }
}

/// The figures that an epoch has.
fn names<T>(epoch: &mut Epoch<'_, T>) -> Vec<String> {
    let own = epoch.record().metrics.into_keys();
    let mut names = vec!["running_loss".to_owned()];
    names.extend(SCORES[1..].iter().filter(|name| epoch.metric(name).is_some()).map(ToString::to_string));
    names.extend(own);
    names
}
