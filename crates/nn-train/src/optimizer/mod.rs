//! Optimizers: from a gradient to a step.

mod adadelta;
mod adagrad;
mod adam;
mod adamax;
mod adamw;
mod decay;
mod ema;
mod groups;
mod lion;
mod max_norm;
mod nadam;
mod radam;
mod rmsprop;
mod rprop;
mod sgd;
mod state;
#[cfg(test)]
mod testing;

pub use adadelta::Adadelta;
pub use adagrad::Adagrad;
pub use adam::Adam;
pub use adamax::Adamax;
pub use adamw::AdamW;
pub use ema::Ema;
pub use groups::{Group, Groups};
pub use lion::Lion;
pub use max_norm::MaxNorm;
pub use nadam::NAdam;
pub use radam::RAdam;
pub use rmsprop::RmsProp;
pub use rprop::Rprop;
pub use sgd::Sgd;

use std::fmt::Debug;

use nn_core::{Error, Layout, Scalar};

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
    /// on as many parameters.
    fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]);
}
