use nn_core::{Error, Layout, Scalar, simd};

use super::Optimizer;
use super::average::Average;
use super::state::{check_lengths, prepare};
use crate::check::{check_positive, check_rate};

/// Adadelta: a step's size is that of the last steps over that of the last gradients.
///
/// v ← ρ v + (1 - ρ) g², d = sqrt(u + ε) / sqrt(v + ε) g, u ← ρ u + (1 - ρ) d², p ← p - η d.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `rho` | 0.9 | from 0 to below 1: the memory |
/// | `epsilon` | 1e-6 | above 0, finite |
///
/// The paper has no learning rate: η = 1.
///
/// # Example
/// ```
/// use nn_train::{Adadelta, Trainer};
///
/// let trainer = Trainer::<f64, _>::new(Adadelta::new().rho(0.95)).learning_rate(1.0);
/// ```
///
/// Zeiler: "ADADELTA: an adaptive learning rate method", 2012. As PyTorch; Keras has ρ = 0.95 and ε = 1e-7.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Adadelta<T = f64> {
    rho: f64,
    epsilon: f64,
    /// v: mean squares of gradients.
    gradients: Vec<T>,
    /// u: mean squares of steps.
    deltas: Vec<T>,
}

impl<T> Default for Adadelta<T> {
    fn default() -> Self {
        Self { rho: 0.9, epsilon: 1e-6, gradients: Vec::new(), deltas: Vec::new() }
    }
}

impl<T> Adadelta<T> {
    /// Adadelta with the default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// The memory of both mean squares.
    pub fn rho(self, rho: f64) -> Self {
        Self { rho, ..self }
    }

    /// What is added to both mean squares; the first step has about its root's size.
    pub fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }
}

impl<T: Scalar> Optimizer<T> for Adadelta<T> {
    fn start(&mut self, layout: &Layout) -> Result<(), Error> {
        check_rate("rho", self.rho)?;
        check_positive::<T>("epsilon", self.epsilon)?;
        prepare([&mut self.gradients, &mut self.deltas], T::zero(), layout.params())
    }

    fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]) {
        check_lengths(params, gradient, &self.gradients);
        let c = Coefficients { learning_rate, average: Average::new(self.rho), epsilon: T::of(self.epsilon) };
        simd::run(|| update(&c, params, gradient, &mut self.gradients, &mut self.deltas));
    }
}

/// What is the same for all parameters of a step.
struct Coefficients<T> {
    learning_rate: T,
    average: Average<T>,
    epsilon: T,
}

#[inline(always)]
fn update<T: Scalar>(
    c: &Coefficients<T>,
    params: &mut [T],
    gradient: &[T],
    gradients: &mut [T],
    deltas: &mut [T],
) {
    for (((p, &g), v), u) in params.iter_mut().zip(gradient).zip(gradients).zip(deltas) {
        *v = c.average.of_squares(*v, g);
        let delta = (*u + c.epsilon).sqrt() / (*v + c.epsilon).sqrt() * g;
        *u = c.average.of_squares(*u, delta);
        *p -= c.learning_rate * delta;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::testing::{message, started};

    /// With ρ = 0 the last gradient and the last step alone count: d = sqrt(u + ε) / sqrt(g² + ε) g.
    #[test]
    fn a_step_has_the_size_of_the_last() {
        let mut adadelta = started(Adadelta::new().rho(0.0).epsilon(9.0));
        let mut params = [0.0; 2];
        adadelta.step(1.0, &mut params, &[4.0, 0.0]);
        let first = 3.0 / 5.0 * 4.0;
        assert!((params[0] + first).abs() < 1e-15, "{params:?}");
        adadelta.step(1.0, &mut params, &[-4.0, 0.0]);
        let second = f64::sqrt(first * first + 9.0) / 5.0 * 4.0;
        assert!((params[0] + first - second).abs() < 1e-15, "{params:?}");
    }

    #[test]
    fn settings_out_of_their_range() {
        assert_eq!(message(Adadelta::new().rho(1.0)), "rho is 1; expected a number from 0 to below 1");
        assert_eq!(message(Adadelta::new().epsilon(0.0)), "epsilon is 0; expected a finite number above 0");
    }
}
