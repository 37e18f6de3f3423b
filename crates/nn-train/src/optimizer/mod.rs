//! Optimizers: from a gradient to a step.

mod adadelta;
mod adagrad;
mod adam;
mod adamax;
mod adamw;
mod average;
#[cfg(feature = "levenberg-marquardt")]
mod cholesky;
mod decay;
mod ema;
mod groups;
mod lbfgs;
#[cfg(feature = "levenberg-marquardt")]
mod levenberg_marquardt;
mod line_search;
mod lion;
mod max_norm;
mod nadam;
mod objective;
mod pairs;
mod radam;
mod rmsprop;
mod rprop;
mod second_order;
mod sgd;
mod state;
#[cfg(test)]
mod testing;
mod vectors;

pub use adadelta::Adadelta;
pub use adagrad::Adagrad;
pub use adam::Adam;
pub use adamax::Adamax;
pub use adamw::AdamW;
pub use ema::Ema;
pub use groups::{Group, Groups};
pub use lbfgs::Lbfgs;
#[cfg(feature = "levenberg-marquardt")]
pub use levenberg_marquardt::LevenbergMarquardt;
pub use lion::Lion;
pub use max_norm::MaxNorm;
pub use nadam::NAdam;
pub use objective::Objective;
pub use radam::RAdam;
pub use rmsprop::RmsProp;
pub use rprop::Rprop;
pub use sgd::Sgd;

use std::fmt::Debug;
use std::ops::ControlFlow;

use nn_core::{Error, Layout, Scalar};

use crate::StopReason;

/// What a step of an optimizer looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Needs {
    /// The gradient at the parameters: a first-order optimizer, for mini-batches and for the full batch.
    Gradient,
    /// Loss and gradient at points of its choice, on the full batch.
    Objective,
    /// That, and the generalised Gauss-Newton matrix: with the feature `levenberg-marquardt`.
    #[cfg(feature = "levenberg-marquardt")]
    GaussNewton,
}

/// One loop over equal slices that moves parameters against their gradient.
///
/// The learning rate is an argument, so that a schedule need not know the optimizer. State, if there is any, lies in
/// slices of the same length, made in [`start`](Optimizer::start), so that a step allocates nothing.
///
/// The built-in ones are `serde` values, settings and state: a run that is written between two steps and read back goes
/// on to the same bits.
///
/// # Example
/// ```
/// use nn_core::Scalar;
/// use nn_train::Optimizer;
///
/// /// The step has the learning rate's size, whatever the gradient's.
/// #[derive(Debug)]
/// struct SignDescent;
///
/// impl<T: Scalar> Optimizer<T> for SignDescent {
///     fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]) {
///         for (p, g) in params.iter_mut().zip(gradient) {
///             *p -= learning_rate * g.signum();
///         }
///     }
/// }
///
/// let mut params = [1.0, 1.0];
/// SignDescent.step(0.5, &mut params, &[-3.0, 0.1]);
/// assert_eq!(params, [1.5, 0.5]);
/// ```
pub trait Optimizer<T: Scalar>: Debug + Send {
    /// Prepares for a run on parameters that lie so. State from an earlier run is kept.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] for a setting out of its range; [`Error::Length`] for state of another network;
    /// [`Error::NotFinite`] for state that a run has left which diverged.
    fn start(&mut self, _layout: &Layout) -> Result<(), Error> {
        Ok(())
    }

    /// Moves the parameters one step.
    ///
    /// # Shapes
    /// `params` and `gradient`: one scalar a parameter.
    ///
    /// # Panics
    /// The built-in ones, when `gradient` has not as many values as `params`, or when they have state and were not started
    /// on as many parameters; second-order ones always, which need [`step_with`](Optimizer::step_with).
    fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]);

    /// What a step looks at. With anything but [`Needs::Gradient`], the default, the trainer calls
    /// [`step_with`](Optimizer::step_with) in place of [`step`](Optimizer::step).
    fn needs(&self) -> Needs {
        Needs::Gradient
    }

    /// Moves the parameters one step, with the loss at points of the optimizer's choice; breaks with the reason if there
    /// is no more to do. The default takes the gradient at `params`, for [`step`](Optimizer::step).
    ///
    /// As PyTorch's `step(closure)`.
    ///
    /// # Errors
    /// Second-order optimizers: [`Error::Hyperparameter`] when the loss or the gradient is not finite at `params`, and when
    /// the objective lacks the [matrix](Objective::gauss_newton) that the optimizer needs.
    ///
    /// # Panics
    /// As [`step`](Optimizer::step).
    fn step_with(
        &mut self,
        learning_rate: T,
        params: &mut [T],
        objective: &mut dyn Objective<T>,
    ) -> Result<ControlFlow<StopReason>, Error> {
        let mut gradient = vec![T::zero(); params.len()];
        objective.evaluate(params, &mut gradient);
        self.step(learning_rate, params, &gradient);
        Ok(ControlFlow::Continue(()))
    }
}
