use nn_core::{Error, Layout, Scalar, simd};

use super::Optimizer;
use super::average::Average;
use super::state::{check_lengths, prepare};
use crate::check::{check_positive, check_rate};
use crate::elementary::power;

/// AdaMax: [`Adam`](crate::Adam) with the largest recent gradient in the place of the root mean square.
///
/// m ← β₁ m + (1 - β₁) g, u ← max(β₂ u, |g| + ε), p ← p - η / (1 - β₁ᵗ) m / u in step t.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `beta1` | 0.9 | from 0 to below 1: the memory of the mean |
/// | `beta2` | 0.999 | from 0 to below 1: the memory of the largest |
/// | `epsilon` | 1e-8 | above 0, finite |
///
/// # Example
/// ```
/// use nn_train::{Adamax, Trainer};
///
/// let trainer = Trainer::<f64, _>::new(Adamax::new()).learning_rate(2e-3);
/// ```
///
/// Kingma, Ba: "Adam: a method for stochastic optimization", ICLR 2015, algorithm 2, with ε as PyTorch has it; Keras
/// adds its ε to u.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Adamax<T = f64> {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    /// Steps taken.
    steps: u64,
    m: Vec<T>,
    u: Vec<T>,
}

impl<T> Default for Adamax<T> {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, steps: 0, m: Vec::new(), u: Vec::new() }
    }
}

impl<T> Adamax<T> {
    /// AdaMax with the default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// The memory of the mean gradient.
    pub fn beta1(self, beta1: f64) -> Self {
        Self { beta1, ..self }
    }

    /// The memory of the largest gradient.
    pub fn beta2(self, beta2: f64) -> Self {
        Self { beta2, ..self }
    }

    /// What is added to the size of a gradient.
    pub fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }
}

impl<T: Scalar> Optimizer<T> for Adamax<T> {
    fn start(&mut self, layout: &Layout) -> Result<(), Error> {
        check_rate("beta1", self.beta1)?;
        check_rate("beta2", self.beta2)?;
        check_positive::<T>("epsilon", self.epsilon)?;
        prepare([&mut self.m, &mut self.u], T::zero(), layout.params())
    }

    fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]) {
        check_lengths(params, gradient, &self.m);
        self.steps = self.steps.saturating_add(1);
        let c = Coefficients {
            mean: Average::new(self.beta1),
            beta2: T::of(self.beta2),
            size: T::of(learning_rate.as_f64() / (1.0 - power(self.beta1, self.steps))),
            epsilon: T::of(self.epsilon),
        };
        simd::run(|| update(&c, params, gradient, &mut self.m, &mut self.u));
    }
}

/// What is the same for all parameters of a step.
struct Coefficients<T> {
    mean: Average<T>,
    beta2: T,
    /// η / (1 - β₁ᵗ).
    size: T,
    epsilon: T,
}

#[inline(always)]
fn update<T: Scalar>(c: &Coefficients<T>, params: &mut [T], gradient: &[T], m: &mut [T], u: &mut [T]) {
    for (((p, &g), m), u) in params.iter_mut().zip(gradient).zip(m).zip(u) {
        *m = c.mean.of(*m, g);
        *u = (c.beta2 * *u).max(g.abs() + c.epsilon);
        *p -= c.size * *m / *u;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::testing::{message, started};

    #[test]
    fn the_largest_gradient_fades() {
        let mut adamax = started(Adamax::new().beta1(0.0).beta2(0.5));
        let mut params = [0.0; 2];
        adamax.step(1.0, &mut params, &[-8.0, 0.0]);
        assert!((params[0] - 1.0).abs() < 1e-8 && params[1] == 0.0, "{params:?}");
        adamax.step(1.0, &mut params, &[1.0, 0.0]);
        assert!((params[0] - 0.75).abs() < 1e-8, "1 over half of 8: {params:?}");
    }

    #[test]
    fn settings_out_of_their_range() {
        assert_eq!(message(Adamax::new().beta1(1.0)), "beta1 is 1; expected a number from 0 to below 1");
        assert_eq!(message(Adamax::new().beta2(-0.1)), "beta2 is -0.1; expected a number from 0 to below 1");
        assert_eq!(message(Adamax::new().epsilon(0.0)), "epsilon is 0; expected a finite number above 0");
    }
}
