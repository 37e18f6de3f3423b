use nn_core::{Error, Layout, Scalar, simd};

use super::Optimizer;
use super::state::{check_lengths, prepare};
use crate::check::{check_not_negative, check_positive};

/// Adagrad: each parameter's steps shrink with the squares of all its gradients so far.
///
/// s ← s + g², p ← p - η g / (sqrt(s) + ε).
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `epsilon` | 1e-10 | above 0, finite |
/// | `initial_sum` | 0 | at least 0, finite: s before the first step |
///
/// # Example
/// ```
/// use nn_core::{Dense, Network};
/// use nn_train::{Adagrad, Optimizer};
///
/// let mut network = Network::<f64, _>::from_params(1, Dense::linear(1).without_bias(), vec![1.0])?;
/// let mut adagrad = Adagrad::new();
/// adagrad.start(&network.layout())?;
/// adagrad.step(0.1, network.params_mut(), &[1000.0]);
/// assert!((network.params()[0] - 0.9).abs() < 1e-12);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// Duchi, Hazan, Singer: "Adaptive subgradient methods for online learning and stochastic optimization", JMLR 2011, the
/// diagonal form. As PyTorch, whose `lr_decay` is the schedule [`InverseTime`](crate::schedule::InverseTime); Keras
/// begins with s = 0.1 and has ε within the root.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Adagrad<T = f64> {
    epsilon: f64,
    initial_sum: f64,
    sum: Vec<T>,
}

impl<T> Default for Adagrad<T> {
    fn default() -> Self {
        Self { epsilon: 1e-10, initial_sum: 0.0, sum: Vec::new() }
    }
}

impl<T> Adagrad<T> {
    /// Adagrad with the default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is added to the divisor.
    pub fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }

    /// The sum of squares before the first step: above 0 the first steps are smaller.
    pub fn initial_sum(self, initial_sum: f64) -> Self {
        Self { initial_sum, ..self }
    }
}

impl<T: Scalar> Optimizer<T> for Adagrad<T> {
    fn start(&mut self, layout: &Layout) -> Result<(), Error> {
        check_positive::<T>("epsilon", self.epsilon)?;
        check_not_negative::<T>("initial sum", self.initial_sum)?;
        prepare([&mut self.sum], T::of(self.initial_sum), layout.params())
    }

    fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]) {
        check_lengths(params, gradient, &self.sum);
        simd::run(|| update(learning_rate, T::of(self.epsilon), params, gradient, &mut self.sum));
    }
}

#[inline(always)]
fn update<T: Scalar>(learning_rate: T, epsilon: T, params: &mut [T], gradient: &[T], sum: &mut [T]) {
    for ((p, &g), s) in params.iter_mut().zip(gradient).zip(sum) {
        *s += g * g;
        *p -= learning_rate * g / (s.sqrt() + epsilon);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::testing::{message, started};

    #[test]
    fn steps_shrink_with_the_sum_of_squares() {
        let mut adagrad = started(Adagrad::new().initial_sum(9.0));
        let mut params = [0.0; 2];
        adagrad.step(1.0, &mut params, &[4.0, 0.0]);
        assert!((params[0] + 4.0 / 5.0).abs() < 1e-10 && params[1] == 0.0, "{params:?}");
        adagrad.step(1.0, &mut params, &[12.0, 0.0]);
        assert!((params[0] + 4.0 / 5.0 + 12.0 / 13.0).abs() < 1e-10, "{params:?}");
    }

    #[test]
    fn settings_out_of_their_range() {
        assert_eq!(message(Adagrad::new().epsilon(0.0)), "epsilon is 0; expected a finite number above 0");
        let expected = "initial sum is -1; expected a finite number, at least 0";
        assert_eq!(message(Adagrad::new().initial_sum(-1.0)), expected);
    }
}
