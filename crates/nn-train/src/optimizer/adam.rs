use nn_core::{Error, Layout, Scalar, simd};

use super::Optimizer;
use super::average::Average;
use super::state::{check_lengths, prepare};
use crate::check::{check_positive, check_rate};
use crate::elementary::power;

/// Adam: steps along the mean gradient, each parameter's divided by the size of its own gradients.
///
/// m ← β₁ m + (1 - β₁) g, v ← β₂ v + (1 - β₂) g²,
/// p ← p - η m̂ / (sqrt(v̂) + ε), m̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ) in step t. With AMSGrad the largest v so far
/// stands in the place of v.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `beta1` | 0.9 | from 0 to below 1: the memory of the mean |
/// | `beta2` | 0.999 | from 0 to below 1: the memory of the squares |
/// | `epsilon` | 1e-8 | above 0, finite |
/// | `amsgrad` | off | |
///
/// # Example
/// ```
/// use nn_core::{Dense, Network};
/// use nn_train::{Adam, Optimizer};
///
/// let mut network = Network::<f64, _>::new(1, Dense::linear(1).without_bias(), 0)?;
/// network.params_mut()[0] = 1.0;
/// let mut adam = Adam::new();
/// adam.start(&network.layout())?;
/// // The first step has the size of the learning rate.
/// adam.step(0.1, network.params_mut(), &[1000.0]);
/// assert!((network.params()[0] - 0.9).abs() < 1e-9);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// Kingma, Ba: "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1, with ε as PyTorch has it: outside
/// the root, after the bias is corrected. Keras adds its ε, 1e-7, to the root of the uncorrected v. Reddi, Kale, Kumar:
/// "On the convergence of Adam and beyond", ICLR 2018, as PyTorch: the largest of the uncorrected v.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Adam<T = f64> {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    amsgrad: bool,
    /// Steps taken.
    steps: u64,
    m: Vec<T>,
    v: Vec<T>,
    /// The largest v so far; empty without AMSGrad.
    v_max: Vec<T>,
}

impl<T> Default for Adam<T> {
    fn default() -> Self {
        let (m, v, v_max) = (Vec::new(), Vec::new(), Vec::new());
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, amsgrad: false, steps: 0, m, v, v_max }
    }
}

impl<T> Adam<T> {
    /// Adam with the default settings.
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

    /// Divides by the largest mean square so far, so that no divisor ever shrinks.
    pub fn amsgrad(self) -> Self {
        Self { amsgrad: true, ..self }
    }
}

impl<T: Scalar> Optimizer<T> for Adam<T> {
    fn start(&mut self, layout: &Layout) -> Result<(), Error> {
        check_rate("beta1", self.beta1)?;
        check_rate("beta2", self.beta2)?;
        check_positive::<T>("epsilon", self.epsilon)?;
        let Self { m, v, v_max, .. } = self;
        if self.amsgrad {
            return prepare([m, v, v_max], T::zero(), layout.params());
        }
        prepare([m, v], T::zero(), layout.params())
    }

    fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]) {
        check_lengths(params, gradient, &self.m);
        self.steps = self.steps.saturating_add(1);
        let c = Coefficients {
            mean: Average::new(self.beta1),
            square: Average::new(self.beta2),
            // The corrections are ratios of numbers near 0 at first, so they are taken in f64.
            size: T::of(learning_rate.as_f64() / (1.0 - power(self.beta1, self.steps))),
            root: T::of((1.0 - power(self.beta2, self.steps)).sqrt().recip()),
            epsilon: T::of(self.epsilon),
        };
        if self.amsgrad {
            simd::run(|| update_amsgrad(&c, params, gradient, &mut self.m, &mut self.v, &mut self.v_max));
        } else {
            simd::run(|| update(&c, params, gradient, &mut self.m, &mut self.v));
        }
    }
}

/// What is the same for all parameters of a step.
struct Coefficients<T> {
    mean: Average<T>,
    square: Average<T>,
    /// η / (1 - β₁ᵗ).
    size: T,
    /// 1 / sqrt(1 - β₂ᵗ).
    root: T,
    epsilon: T,
}

#[inline(always)]
fn update<T: Scalar>(c: &Coefficients<T>, params: &mut [T], gradient: &[T], m: &mut [T], v: &mut [T]) {
    for (((p, &g), m), v) in params.iter_mut().zip(gradient).zip(m).zip(v) {
        *m = c.mean.of(*m, g);
        *v = c.square.of_squares(*v, g);
        *p -= c.size * *m / (v.sqrt() * c.root + c.epsilon);
    }
}

#[inline(always)]
fn update_amsgrad<T: Scalar>(
    c: &Coefficients<T>,
    params: &mut [T],
    gradient: &[T],
    m: &mut [T],
    v: &mut [T],
    v_max: &mut [T],
) {
    for ((((p, &g), m), v), v_max) in params.iter_mut().zip(gradient).zip(m).zip(v).zip(v_max) {
        *m = c.mean.of(*m, g);
        *v = c.square.of_squares(*v, g);
        *v_max = v_max.max(*v);
        *p -= c.size * *m / (v_max.sqrt() * c.root + c.epsilon);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::testing::{message, started};

    #[test]
    fn the_first_step_has_the_size_of_the_learning_rate() {
        let mut adam = started(Adam::new());
        let mut params = [0.0, 0.0];
        adam.step(0.1, &mut params, &[1e-3, -1e5]);
        // ε = 1e-8 beside a gradient of 1e-3.
        assert!(
            (params[0] + 0.1 / (1.0 + 1e-5)).abs() < 1e-12 && (params[1] - 0.1).abs() < 1e-12,
            "{params:?}"
        );
    }

    /// After a large gradient and many small ones Adam forgets the large one, AMSGrad does not.
    #[test]
    fn amsgrad_remembers_the_largest_square() {
        let moved = |adam: Adam<f64>| {
            let mut adam = started(adam.beta2(0.5));
            let mut params = [0.0, 0.0];
            adam.step(0.1, &mut params, &[1.0, 1.0]);
            (0..200).for_each(|_| adam.step(0.1, &mut params, &[1e-3, 1e-3]));
            let before = params[0];
            adam.step(0.1, &mut params, &[1e-3, 1e-3]);
            before - params[0]
        };
        assert!((moved(Adam::new()) - 0.1).abs() < 1e-4);
        assert!((moved(Adam::new().amsgrad()) - 0.1 * 1e-3 / 0.5_f64.sqrt()).abs() < 1e-8);
    }

    #[test]
    fn settings_out_of_their_range() {
        assert_eq!(message(Adam::new().beta1(1.0)), "beta1 is 1; expected a number from 0 to below 1");
        assert_eq!(message(Adam::new().beta2(-0.1)), "beta2 is -0.1; expected a number from 0 to below 1");
        assert_eq!(message(Adam::new().epsilon(0.0)), "epsilon is 0; expected a finite number above 0");
    }

    #[test]
    #[should_panic(expected = "call `start` before `step`")]
    fn a_step_before_the_start_is_refused() {
        Adam::new().step(0.1, &mut [0.0], &[1.0]);
    }
}
