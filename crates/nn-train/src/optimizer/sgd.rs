use nn_core::{Error, Layout, Scalar, simd};

use super::Optimizer;
use super::state::{check_lengths, flush, prepare};
use crate::check::{check, check_rate};

/// Gradient descent, with momentum if wanted: p ← p - η u.
///
/// Without momentum u = g. With momentum μ, u = v ← μ v + (1 - τ) g, τ the dampening, and v = g in the first step;
/// Nesterov's looks ahead, u = g + μ v.
///
/// Stochastic on mini-batches, plain on the full batch; which of the two is the [`Trainer`](crate::Trainer)'s batch
/// size. η is the learning rate.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `momentum` | 0 | from 0 to below 1 |
/// | `dampening` | 0 | from 0 to 1; 0 with `nesterov` |
/// | `nesterov` | off | needs a momentum above 0 |
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
/// Robbins, Monro: "A stochastic approximation method", 1951. Polyak: "Some methods of speeding up the convergence of
/// iteration methods", 1964. Sutskever, Martens, Dahl, Hinton: "On the importance of initialization and momentum in
/// deep learning", ICML 2013. As PyTorch: η multiplies v; Keras and scikit-learn keep η in v, which differs when η
/// changes.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Sgd<T = f64> {
    momentum: f64,
    dampening: f64,
    nesterov: bool,
    /// Steps taken with momentum.
    steps: u64,
    /// v; empty without momentum.
    velocity: Vec<T>,
}

impl<T> Default for Sgd<T> {
    fn default() -> Self {
        Self { momentum: 0.0, dampening: 0.0, nesterov: false, steps: 0, velocity: Vec::new() }
    }
}

impl<T> Sgd<T> {
    /// Plain gradient descent.
    pub fn new() -> Self {
        Self::default()
    }

    /// The share of a step that the next one keeps.
    pub fn momentum(self, momentum: f64) -> Self {
        Self { momentum, ..self }
    }

    /// The share of a gradient that momentum leaves out, but for the first.
    pub fn dampening(self, dampening: f64) -> Self {
        Self { dampening, ..self }
    }

    /// Nesterov's momentum: looks one step ahead.
    pub fn nesterov(self) -> Self {
        Self { nesterov: true, ..self }
    }
}

impl<T: Scalar> Optimizer<T> for Sgd<T> {
    fn start(&mut self, layout: &Layout) -> Result<(), Error> {
        let Self { momentum, dampening, nesterov, .. } = *self;
        check_rate("momentum", momentum)?;
        check((0.0..=1.0).contains(&dampening), "dampening", "a number from 0 to 1", dampening)?;
        check(!nesterov || momentum > 0.0, "momentum", "a number above 0, which nesterov needs", momentum)?;
        check(!nesterov || dampening == 0.0, "dampening", "0, which nesterov needs", dampening)?;
        if momentum == 0.0 {
            return Ok(());
        }
        prepare([&mut self.velocity], T::zero(), layout.params())
    }

    fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]) {
        if self.momentum == 0.0 {
            check_lengths(params, gradient, params);
            return simd::run(|| update(learning_rate, params, gradient));
        }
        check_lengths(params, gradient, &self.velocity);
        let fresh = if self.steps == 0 { 1.0 } else { 1.0 - self.dampening };
        self.steps = self.steps.saturating_add(1);
        let (momentum, fresh) = (T::of(self.momentum), T::of(fresh));
        if self.nesterov {
            simd::run(|| update_nesterov(learning_rate, momentum, params, gradient, &mut self.velocity));
        } else {
            simd::run(|| {
                update_momentum(learning_rate, momentum, fresh, params, gradient, &mut self.velocity);
            });
        }
    }
}

#[inline(always)]
fn update<T: Scalar>(learning_rate: T, params: &mut [T], gradient: &[T]) {
    for (p, &g) in params.iter_mut().zip(gradient) {
        *p -= learning_rate * g;
    }
}

#[inline(always)]
fn update_momentum<T: Scalar>(
    learning_rate: T,
    momentum: T,
    fresh: T,
    params: &mut [T],
    gradient: &[T],
    velocity: &mut [T],
) {
    for ((p, &g), v) in params.iter_mut().zip(gradient).zip(velocity) {
        *v = flush(momentum * *v + fresh * g);
        *p -= learning_rate * *v;
    }
}

#[inline(always)]
fn update_nesterov<T: Scalar>(
    learning_rate: T,
    momentum: T,
    params: &mut [T],
    gradient: &[T],
    velocity: &mut [T],
) {
    for ((p, &g), v) in params.iter_mut().zip(gradient).zip(velocity) {
        *v = flush(momentum * *v + g);
        *p -= learning_rate * (g + momentum * *v);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::testing::{message, started};

    /// η = 1 and μ = 1/2: every number is exact.
    fn two_steps(sgd: Sgd<f64>) -> [f64; 2] {
        let mut sgd = started(sgd.momentum(0.5));
        let mut params = [0.0; 2];
        sgd.step(1.0, &mut params, &[8.0, 0.0]);
        let first = params[0];
        sgd.step(1.0, &mut params, &[4.0, 0.0]);
        [first, params[0] - first]
    }

    #[test]
    fn momentum_keeps_a_share_of_the_step() {
        assert_eq!(two_steps(Sgd::new()), [-8.0, -(4.0 + 4.0)]);
        assert_eq!(two_steps(Sgd::new().dampening(0.25)), [-8.0, -(4.0 + 3.0)], "the first is not dampened");
        assert_eq!(two_steps(Sgd::new().nesterov()), [-(8.0 + 4.0), -(4.0 + 0.5 * 8.0)]);
    }

    #[test]
    fn settings_out_of_their_range() {
        assert_eq!(message(Sgd::new().momentum(1.0)), "momentum is 1; expected a number from 0 to below 1");
        assert_eq!(message(Sgd::new().dampening(1.5)), "dampening is 1.5; expected a number from 0 to 1");
        let nesterov = Sgd::new().nesterov();
        let expected = "momentum is 0; expected a number above 0, which nesterov needs";
        assert_eq!(message(nesterov.clone()), expected);
        let expected = "dampening is 0.5; expected 0, which nesterov needs";
        assert_eq!(message(nesterov.momentum(0.9).dampening(0.5)), expected);
    }
}
