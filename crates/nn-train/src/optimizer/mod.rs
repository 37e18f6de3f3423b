//! Optimizers: from a gradient to a step.

mod sgd;

pub use sgd::Sgd;

use nn_core::{Layout, Scalar};

/// One loop over equal slices that moves parameters against their gradient.
///
/// The learning rate is an argument, so that a schedule need not know the optimizer. State, if there is any, lies in
/// slices of the same length, made in [`start`](Optimizer::start), so that a step allocates nothing.
///
/// # Example
/// ```
/// use nn_core::Scalar;
/// use nn_train::Optimizer;
///
/// /// The step has the learning rate's size, whatever the gradient's.
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
pub trait Optimizer<T: Scalar> {
    /// Prepares for a run on parameters that lie so. State that fits from an earlier run is kept.
    fn start(&mut self, _layout: &Layout) {}

    /// Moves the parameters one step.
    ///
    /// # Shapes
    /// `params` and `gradient`: one scalar a parameter.
    fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]);
}
