use nn_core::Scalar;
use serde::{Deserialize, Serialize};

use super::Optimizer;

/// Gradient descent: p ← p - η g.
///
/// Stochastic on mini-batches, plain on the full batch; which of the two is the [`Trainer`](crate::Trainer)'s batch
/// size. η is the learning rate.
///
/// # Example
/// ```
/// use nn_train::{Optimizer, Sgd};
///
/// let mut params = [1.0, 2.0];
/// Sgd::new().step(0.1, &mut params, &[10.0, -10.0]);
/// assert_eq!(params, [0.0, 3.0]);
/// ```
///
/// Robbins, Monro: "A stochastic approximation method", 1951.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sgd {}

impl Sgd {
    /// Plain gradient descent.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<T: Scalar> Optimizer<T> for Sgd {
    fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]) {
        for (p, &g) in params.iter_mut().zip(gradient) {
            *p -= learning_rate * g;
        }
    }
}
