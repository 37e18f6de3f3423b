//! scikit-learn's two rules for a step. They differ from `nn-train`'s, which are PyTorch's and can be taken in their place:
//! momentum keeps the learning rate of its time, and Adam's epsilon is added before the bias is corrected.

use nn_core::{Scalar, simd};
use nn_train::Optimizer as _;

use crate::rule::Shared;

/// A rule, with its state: slices as long as the parameters.
pub(crate) enum Optimizer<T> {
    /// v ← μ v - η g; p ← p + v, or with Nesterov's look ahead p ← p + μ v - η g.
    Sgd { momentum: T, nesterov: bool, velocity: Vec<T> },
    /// m ← β₁ m + (1 - β₁) g, v ← β₂ v + (1 - β₂) g², p ← p - η sqrt(1 - β₂ᵗ) / (1 - β₁ᵗ) m / (sqrt(v) + ε).
    Adam { beta1: f64, beta2: f64, epsilon: f64, steps: i32, m: Vec<T>, v: Vec<T> },
    /// One of `nn-train`'s.
    Library(Shared<T>),
}

impl<T: Scalar> Optimizer<T> {
    /// Moves the parameters one step.
    pub(crate) fn step(&mut self, learning_rate: f64, params: &mut [T], gradient: &[T]) {
        match self {
            Self::Sgd { momentum, nesterov, velocity } => {
                let rate = T::of(learning_rate);
                simd::run(|| sgd(rate, *momentum, *nesterov, params, gradient, velocity));
            }
            Self::Adam { beta1, beta2, epsilon, steps, m, v } => {
                *steps = steps.saturating_add(1);
                let correction = (1.0 - beta2.powi(*steps)).sqrt() / (1.0 - beta1.powi(*steps));
                let c = Coefficients {
                    rate: T::of(learning_rate * correction),
                    beta1: T::of(*beta1),
                    beta2: T::of(*beta2),
                    rest1: T::of(1.0 - *beta1),
                    rest2: T::of(1.0 - *beta2),
                    epsilon: T::of(*epsilon),
                };
                simd::run(|| adam(&c, params, gradient, m, v));
            }
            Self::Library(rule) => rule.lock().step(T::of(learning_rate), params, gradient),
        }
    }
}

/// What is the same for all parameters of a step of Adam.
struct Coefficients<T> {
    rate: T,
    beta1: T,
    beta2: T,
    rest1: T,
    rest2: T,
    epsilon: T,
}

#[inline(always)]
fn sgd<T: Scalar>(
    rate: T,
    momentum: T,
    nesterov: bool,
    params: &mut [T],
    gradient: &[T],
    velocity: &mut [T],
) {
    for ((p, &g), v) in params.iter_mut().zip(gradient).zip(velocity) {
        *v = momentum * *v - rate * g;
        *p += if nesterov { momentum * *v - rate * g } else { *v };
    }
}

#[inline(always)]
fn adam<T: Scalar>(c: &Coefficients<T>, params: &mut [T], gradient: &[T], m: &mut [T], v: &mut [T]) {
    for (((p, &g), m), v) in params.iter_mut().zip(gradient).zip(m).zip(v) {
        *m = c.beta1 * *m + c.rest1 * g;
        *v = c.beta2 * *v + c.rest2 * (g * g);
        *p -= c.rate * *m / (v.sqrt() + c.epsilon);
    }
}
