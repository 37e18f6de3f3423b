//! What the optimizers share that look at the loss at points of their choice.

use std::fmt;
use std::ops::ControlFlow;

use nn_core::{Error, Scalar};

use super::vectors::largest;
use super::{Needs, Objective, Optimizer};
use crate::StopReason;

/// Why such an optimizer cannot do with a gradient.
pub(super) const ALONE: &str = "a second-order optimizer needs the loss at other points: call `step_with`";

/// Memory that a step works in. It is no part of an optimizer's value: it is not written, not shown and not compared, and
/// made anew when a run begins.
#[derive(Clone)]
pub(super) struct Scratch<B>(Option<B>);

impl<B> Scratch<B> {
    pub(super) fn new(buffers: B) -> Self {
        Self(Some(buffers))
    }

    pub(super) fn get(&mut self) -> &mut B {
        self.0.as_mut().expect("call `start` before `step_with`")
    }
}

impl<B> Default for Scratch<B> {
    fn default() -> Self {
        Self(None)
    }
}

impl<B> fmt::Debug for Scratch<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scratch")
    }
}

impl<B> PartialEq for Scratch<B> {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

/// The loss at which a step begins; its gradient overwrites `gradient`.
pub(super) fn start_of_step<T: Scalar>(
    params: &[T],
    objective: &mut dyn Objective<T>,
    gradient: &mut [T],
) -> Result<f64, Error> {
    let loss = objective.evaluate(params, gradient).as_f64();
    for (name, value) in
        [("the loss where a step begins", loss), ("a derivative where a step begins", largest(gradient))]
    {
        if !value.is_finite() {
            return Err(Error::hyperparameter(name, "a finite number", value));
        }
    }
    Ok(loss)
}

/// Whether a step from one loss to another is the last.
pub(super) fn ended(before: f64, after: f64, tolerance: f64) -> ControlFlow<StopReason> {
    let change = before - after;
    if change <= tolerance * before.abs().max(1.0) {
        return ControlFlow::Break(StopReason::Converged { change });
    }
    ControlFlow::Continue(())
}

/// Optimizers that change what another one does to the parameters take those only that need no more than a gradient.
pub(super) fn check_first_order<T: Scalar, O: Optimizer<T>>(
    name: &'static str,
    optimizer: &O,
) -> Result<(), Error> {
    if optimizer.needs() == Needs::Gradient {
        return Ok(());
    }
    let expected =
        "one that needs the gradient alone, such as Adam: a line search must see the steps as they are taken";
    Err(Error::hyperparameter(name, expected, format!("{optimizer:?}")))
}
