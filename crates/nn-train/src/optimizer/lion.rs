use nn_core::{Error, Layout, Scalar, simd};

use super::Optimizer;
use super::average::Average;
use super::decay::Decay;
use super::state::{check_lengths, prepare};
use crate::check::check_rate;

/// Lion: every parameter moves by the learning rate, in the direction of its momentum.
///
/// p ← (1 - η λ) p - η sign(β₁ m + (1 - β₁) g), then m ← β₂ m + (1 - β₂) g; sign(0) = 0.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `beta1` | 0.9 | from 0 to below 1: the memory of a step |
/// | `beta2` | 0.99 | from 0 to below 1: the memory of the momentum |
/// | `weight_decay` | 0 | λ: at least 0, finite |
/// | `decay_all` | off | decays biases, gains and others too, not weights alone |
///
/// Its learning rate is 3 to 10 times smaller than Adam's, its weight decay as much larger.
///
/// # Example
/// ```
/// use nn_train::{Lion, Trainer};
///
/// let trainer = Trainer::<f64, _>::new(Lion::new().weight_decay(0.1)).learning_rate(1e-4);
/// ```
///
/// Chen et al.: "Symbolic discovery of optimization algorithms", NeurIPS 2023, program 1.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Lion<T = f64> {
    beta1: f64,
    beta2: f64,
    decay: Decay,
    m: Vec<T>,
}

impl<T> Default for Lion<T> {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.99, decay: Decay::new(0.0), m: Vec::new() }
    }
}

impl<T> Lion<T> {
    /// Lion with the default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// The share of the momentum in a step.
    pub fn beta1(self, beta1: f64) -> Self {
        Self { beta1, ..self }
    }

    /// The memory of the momentum.
    pub fn beta2(self, beta2: f64) -> Self {
        Self { beta2, ..self }
    }

    /// λ: a step of learning rate η takes the share η λ off a weight.
    pub fn weight_decay(self, rate: f64) -> Self {
        Self { decay: Decay { rate, ..self.decay }, ..self }
    }

    /// Decays every parameter, not weights alone.
    pub fn decay_all(self) -> Self {
        Self { decay: Decay { all: true, ..self.decay }, ..self }
    }
}

impl<T: Scalar> Optimizer<T> for Lion<T> {
    fn start(&mut self, layout: &Layout) -> Result<(), Error> {
        check_rate("beta1", self.beta1)?;
        check_rate("beta2", self.beta2)?;
        self.decay.start::<T>(layout)?;
        prepare([&mut self.m], T::zero(), layout.params())
    }

    fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]) {
        check_lengths(params, gradient, &self.m);
        self.decay.step(learning_rate, params);
        let c = Coefficients {
            learning_rate,
            direction: Average::new(self.beta1),
            momentum: Average::new(self.beta2),
        };
        simd::run(|| update(&c, params, gradient, &mut self.m));
    }
}

/// What is the same for all parameters of a step.
struct Coefficients<T> {
    learning_rate: T,
    direction: Average<T>,
    momentum: Average<T>,
}

#[inline(always)]
fn update<T: Scalar>(c: &Coefficients<T>, params: &mut [T], gradient: &[T], m: &mut [T]) {
    for ((p, &g), m) in params.iter_mut().zip(gradient).zip(m) {
        let direction = c.direction.mix(*m, g);
        // A NaN stays one, so that the run ends.
        let sign = if direction == T::zero() { direction } else { direction.signum() };
        *p -= c.learning_rate * sign;
        *m = c.momentum.of(*m, g);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::testing::{message, started};

    #[test]
    fn a_step_has_the_size_of_the_learning_rate() {
        let mut lion = started(Lion::new().beta1(0.5).beta2(0.5));
        let mut params = [1.0, 1.0];
        lion.step(0.25, &mut params, &[1e9, 0.0]);
        assert_eq!(params, [0.75, 1.0]);
        // The momentum, 5e8, outweighs the gradient.
        lion.step(0.25, &mut params, &[-1e8, -1e-9]);
        assert_eq!(params, [0.5, 1.25]);
        lion.step(0.25, &mut params, &[f64::NAN, 0.0]);
        assert!(params[0].is_nan());
    }

    #[test]
    fn weights_decay_before_the_step() {
        let moved = |lion: Lion<f64>| {
            let mut params = [2.0, 2.0];
            started(lion.weight_decay(0.5)).step(0.5, &mut params, &[1.0, 1.0]);
            params
        };
        assert_eq!(moved(Lion::new()), [1.0, 1.5]);
        assert_eq!(moved(Lion::new().decay_all()), [1.0, 1.0]);
    }

    #[test]
    fn settings_out_of_their_range() {
        assert_eq!(message(Lion::new().beta1(1.0)), "beta1 is 1; expected a number from 0 to below 1");
        assert_eq!(message(Lion::new().beta2(-0.1)), "beta2 is -0.1; expected a number from 0 to below 1");
        let expected = "weight decay is -1; expected a finite number, at least 0";
        assert_eq!(message(Lion::new().weight_decay(-1.0)), expected);
    }
}
