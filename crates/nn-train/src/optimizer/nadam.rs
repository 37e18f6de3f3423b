use nn_core::{Error, Layout, Scalar, simd};

use super::Optimizer;
use super::average::Average;
use super::state::{check_lengths, prepare};
use crate::check::{check_not_negative, check_positive, check_rate};
use crate::elementary::power;

/// NAdam: [`Adam`](crate::Adam) with Nesterov's momentum.
///
/// m and v as Adam's; μₜ = β₁ (1 - 0.96^(t ψ) / 2), and p ← p - η m̂ / (sqrt(v / (1 - β₂ᵗ)) + ε) with
/// m̂ = μₜ₊₁ m / (1 - μ₁ ⋯ μₜ₊₁) + (1 - μₜ) g / (1 - μ₁ ⋯ μₜ) in step t.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `beta1` | 0.9 | from 0 to below 1: the memory of the mean |
/// | `beta2` | 0.999 | from 0 to below 1: the memory of the squares |
/// | `epsilon` | 1e-8 | above 0, finite |
/// | `momentum_decay` | 0.004 | ψ: at least 0, finite |
///
/// # Example
/// ```
/// use nn_train::{NAdam, Trainer};
///
/// let trainer = Trainer::<f64, _>::new(NAdam::new()).learning_rate(2e-3);
/// ```
///
/// Dozat: "Incorporating Nesterov momentum into Adam", ICLR workshop 2016, as PyTorch; Keras has ψ = 1 and ε = 1e-7.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct NAdam<T = f64> {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    momentum_decay: f64,
    /// Steps taken.
    steps: u64,
    /// μ₁ ⋯ μₜ.
    momenta: f64,
    m: Vec<T>,
    v: Vec<T>,
}

impl<T> Default for NAdam<T> {
    fn default() -> Self {
        let (m, v) = (Vec::new(), Vec::new());
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, momentum_decay: 0.004, steps: 0, momenta: 1.0, m, v }
    }
}

impl<T> NAdam<T> {
    /// NAdam with the default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// The memory of the mean gradient.
    pub fn beta1(self, beta1: f64) -> Self {
        Self { beta1, ..self }
    }

    /// The memory of the mean square.
    pub fn beta2(self, beta2: f64) -> Self {
        Self { beta2, ..self }
    }

    /// What is added to the divisor.
    pub fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }

    /// How fast the momentum grows from β₁ / 2 to β₁.
    pub fn momentum_decay(self, momentum_decay: f64) -> Self {
        Self { momentum_decay, ..self }
    }

    /// μₜ.
    fn momentum(&self, t: u64) -> f64 {
        /// ln 0.96.
        const LN: f64 = -0.040821994520255166;
        self.beta1 * (1.0 - 0.5 * (t as f64 * self.momentum_decay * LN).kernel_exp())
    }
}

impl<T: Scalar> Optimizer<T> for NAdam<T> {
    fn start(&mut self, layout: &Layout) -> Result<(), Error> {
        check_rate("beta1", self.beta1)?;
        check_rate("beta2", self.beta2)?;
        check_positive::<T>("epsilon", self.epsilon)?;
        check_not_negative::<T>("momentum decay", self.momentum_decay)?;
        prepare([&mut self.m, &mut self.v], T::zero(), layout.params())
    }

    fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]) {
        check_lengths(params, gradient, &self.m);
        self.steps = self.steps.saturating_add(1);
        let (momentum, next) = (self.momentum(self.steps), self.momentum(self.steps.saturating_add(1)));
        self.momenta *= momentum;
        let learning_rate = learning_rate.as_f64();
        let c = Coefficients {
            mean: Average::new(self.beta1),
            square: Average::new(self.beta2),
            size_of_gradient: T::of(learning_rate * (1.0 - momentum) / (1.0 - self.momenta)),
            size_of_mean: T::of(learning_rate * next / (1.0 - self.momenta * next)),
            root: T::of((1.0 - power(self.beta2, self.steps)).sqrt()),
            epsilon: T::of(self.epsilon),
        };
        simd::run(|| update(&c, params, gradient, &mut self.m, &mut self.v));
    }
}

/// What is the same for all parameters of a step.
struct Coefficients<T> {
    mean: Average<T>,
    square: Average<T>,
    /// η (1 - μₜ) / (1 - μ₁ ⋯ μₜ).
    size_of_gradient: T,
    /// η μₜ₊₁ / (1 - μ₁ ⋯ μₜ₊₁).
    size_of_mean: T,
    /// sqrt(1 - β₂ᵗ).
    root: T,
    epsilon: T,
}

#[inline(always)]
fn update<T: Scalar>(c: &Coefficients<T>, params: &mut [T], gradient: &[T], m: &mut [T], v: &mut [T]) {
    for (((p, &g), m), v) in params.iter_mut().zip(gradient).zip(m).zip(v) {
        *m = c.mean.of(*m, g);
        *v = c.square.of_squares(*v, g);
        *p -= (c.size_of_gradient * g + c.size_of_mean * *m) / (v.sqrt() / c.root + c.epsilon);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::testing::{message, started};

    #[test]
    fn the_first_step_looks_ahead() {
        let mut nadam = started(NAdam::new().beta1(0.5).momentum_decay(1.0));
        let mut params = [0.0; 2];
        nadam.step(1.0, &mut params, &[-3.0, 0.0]);
        let (momentum, next) = (0.5 * (1.0 - 0.5 * 0.96), 0.5 * (1.0 - 0.5 * 0.96 * 0.96));
        let expected = 1.0 + next * 0.5 / (1.0 - momentum * next);
        assert!((params[0] - expected).abs() < 1e-8 && params[1] == 0.0, "{params:?} against {expected}");
    }

    #[test]
    fn the_momentum_grows() {
        let nadam = NAdam::<f64>::new();
        assert!((nadam.momentum(250) - 0.9 * (1.0 - 0.5 * 0.96)).abs() < 1e-15);
        assert!((nadam.momentum(1_000_000) - 0.9).abs() < 1e-15);
    }

    #[test]
    fn settings_out_of_their_range() {
        assert_eq!(message(NAdam::new().beta1(1.0)), "beta1 is 1; expected a number from 0 to below 1");
        assert_eq!(message(NAdam::new().beta2(-0.1)), "beta2 is -0.1; expected a number from 0 to below 1");
        assert_eq!(message(NAdam::new().epsilon(0.0)), "epsilon is 0; expected a finite number above 0");
        let expected = "momentum decay is -1; expected a finite number, at least 0";
        assert_eq!(message(NAdam::new().momentum_decay(-1.0)), expected);
    }
}
