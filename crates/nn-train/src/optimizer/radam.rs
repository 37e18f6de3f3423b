use nn_core::{Error, Layout, Scalar, simd};

use super::Optimizer;
use super::average::Average;
use super::state::{check_lengths, prepare};
use crate::check::{check_positive, check_rate};
use crate::elementary::power;

/// RAdam: [`Adam`](crate::Adam) that waits with dividing by the root mean square until that can be trusted.
///
/// m, v and m̂ as Adam's. ρ∞ = 2 / (1 - β₂) - 1 and ρ = ρ∞ - 2 t β₂ᵗ / (1 - β₂ᵗ) in step t: while ρ ≤ 5, p ← p - η m̂;
/// then p ← p - η r m̂ sqrt(1 - β₂ᵗ) / (sqrt(v) + ε), with r² = (ρ - 4) (ρ - 2) ρ∞ / ((ρ∞ - 4) (ρ∞ - 2) ρ).
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `beta1` | 0.9 | from 0 to below 1: the memory of the mean |
/// | `beta2` | 0.999 | from 0 to below 1: the memory of the squares |
/// | `epsilon` | 1e-8 | above 0, finite |
///
/// # Example
/// ```
/// use nn_train::{RAdam, Trainer};
///
/// let trainer = Trainer::<f64, _>::new(RAdam::new()).learning_rate(1e-3);
/// ```
///
/// Liu et al.: "On the variance of the adaptive learning rate and beyond", ICLR 2020. As PyTorch, whose threshold is 5
/// where the paper's is 4, and whose ε is added before the bias is corrected.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct RAdam<T = f64> {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    /// Steps taken.
    steps: u64,
    m: Vec<T>,
    v: Vec<T>,
}

impl<T> Default for RAdam<T> {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, steps: 0, m: Vec::new(), v: Vec::new() }
    }
}

impl<T> RAdam<T> {
    /// RAdam with the default settings.
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

    /// r sqrt(1 - β₂ᵗ), if the root mean square can be trusted.
    fn rectification(&self) -> Option<f64> {
        let decayed = power(self.beta2, self.steps);
        let limit = 2.0 / (1.0 - self.beta2) - 1.0;
        let rho = limit - 2.0 * self.steps as f64 * decayed / (1.0 - decayed);
        let square = (rho - 4.0) * (rho - 2.0) * limit / ((limit - 4.0) * (limit - 2.0) * rho);
        (rho > 5.0).then(|| (square * (1.0 - decayed)).sqrt())
    }
}

impl<T: Scalar> Optimizer<T> for RAdam<T> {
    fn start(&mut self, layout: &Layout) -> Result<(), Error> {
        check_rate("beta1", self.beta1)?;
        check_rate("beta2", self.beta2)?;
        check_positive::<T>("epsilon", self.epsilon)?;
        prepare([&mut self.m, &mut self.v], T::zero(), layout.params())
    }

    fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]) {
        check_lengths(params, gradient, &self.m);
        self.steps = self.steps.saturating_add(1);
        let size = learning_rate.as_f64() / (1.0 - power(self.beta1, self.steps));
        let rectification = self.rectification();
        let c = Coefficients {
            mean: Average::new(self.beta1),
            square: Average::new(self.beta2),
            size: T::of(size * rectification.unwrap_or(1.0)),
            epsilon: T::of(self.epsilon),
            adaptive: rectification.is_some(),
        };
        simd::run(|| update(&c, params, gradient, &mut self.m, &mut self.v));
    }
}

/// What is the same for all parameters of a step.
struct Coefficients<T> {
    mean: Average<T>,
    square: Average<T>,
    /// η / (1 - β₁ᵗ), times r sqrt(1 - β₂ᵗ) if adaptive.
    size: T,
    epsilon: T,
    /// Whether to divide by the root mean square.
    adaptive: bool,
}

#[inline(always)]
fn update<T: Scalar>(c: &Coefficients<T>, params: &mut [T], gradient: &[T], m: &mut [T], v: &mut [T]) {
    for (((p, &g), m), v) in params.iter_mut().zip(gradient).zip(m).zip(v) {
        *m = c.mean.of(*m, g);
        *v = c.square.of_squares(*v, g);
        let divisor = if c.adaptive { v.sqrt() + c.epsilon } else { T::one() };
        *p -= c.size * *m / divisor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::testing::{message, started};

    /// With β₂ = 0.999 the variance is not trusted in the first five steps: those have the size of the gradient.
    #[test]
    fn the_first_steps_are_not_adaptive() {
        let mut radam = started(RAdam::new());
        let mut params = [0.0; 2];
        for n in 1..=5 {
            radam.step(0.5, &mut params, &[100.0, 2.0]);
            assert!((params[0] + 50.0 * f64::from(n)).abs() < 1e-9, "step {n}: {params:?}");
        }
        radam.step(0.5, &mut params, &[100.0, 2.0]);
        let (large, small) = (params[0] + 250.0, params[1] + 5.0);
        assert!((large - small).abs() < 1e-8 && large < 0.0, "now the gradient's size is divided out");
    }

    /// With a short memory ρ∞ is at most 5, and no step is adaptive.
    #[test]
    fn a_short_memory_is_never_trusted() {
        let mut radam = RAdam::<f64>::new().beta2(0.6);
        for steps in 1..100 {
            radam.steps = steps;
            assert_eq!(radam.rectification(), None);
        }
    }

    #[test]
    fn settings_out_of_their_range() {
        assert_eq!(message(RAdam::new().beta1(1.0)), "beta1 is 1; expected a number from 0 to below 1");
        assert_eq!(message(RAdam::new().beta2(-0.1)), "beta2 is -0.1; expected a number from 0 to below 1");
        assert_eq!(message(RAdam::new().epsilon(0.0)), "epsilon is 0; expected a finite number above 0");
    }
}
