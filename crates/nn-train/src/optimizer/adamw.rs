use nn_core::{Error, Layout, Scalar};

use super::decay::Decay;
use super::{Adam, Optimizer};

/// AdamW: [`Adam`], with weight decay apart from the gradient.
///
/// p ← (1 - η λ) p, then Adam's step.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `beta1`, `beta2`, `epsilon`, `amsgrad` | Adam's | |
/// | `weight_decay` | 0.01 | λ: at least 0, finite |
/// | `decay_all` | off | decays biases, gains and others too, not weights alone |
///
/// # Example
/// ```
/// use nn_core::{Dense, Network};
/// use nn_train::{AdamW, Optimizer};
///
/// let mut network = Network::<f64, _>::from_params(1, Dense::linear(1), vec![1.0, 1.0])?;
/// let mut adamw = AdamW::new().weight_decay(0.5);
/// adamw.start(&network.layout())?;
/// adamw.step(0.1, network.params_mut(), &[0.0, 0.0]);
/// assert_eq!(network.params(), [0.95, 1.0], "the weight decays, the bias does not");
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// Loshchilov, Hutter: "Decoupled weight decay regularization", ICLR 2019. As PyTorch and Keras, η multiplies λ;
/// unlike theirs it spares biases and gains, unless told to `decay_all`. Keras has λ = 0.004.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct AdamW<T = f64> {
    adam: Adam<T>,
    decay: Decay,
}

impl<T> Default for AdamW<T> {
    fn default() -> Self {
        Self { adam: Adam::new(), decay: Decay::new(0.01) }
    }
}

impl<T> AdamW<T> {
    /// AdamW with the default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// The memory of the mean gradient.
    pub fn beta1(self, beta1: f64) -> Self {
        Self { adam: self.adam.beta1(beta1), ..self }
    }

    /// The memory of the mean square.
    pub fn beta2(self, beta2: f64) -> Self {
        Self { adam: self.adam.beta2(beta2), ..self }
    }

    /// What is added to the divisor.
    pub fn epsilon(self, epsilon: f64) -> Self {
        Self { adam: self.adam.epsilon(epsilon), ..self }
    }

    /// Divides by the largest mean square so far, so that no divisor ever shrinks.
    pub fn amsgrad(self) -> Self {
        Self { adam: self.adam.amsgrad(), ..self }
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

impl<T: Scalar> Optimizer<T> for AdamW<T> {
    fn start(&mut self, layout: &Layout) -> Result<(), Error> {
        self.decay.start::<T>(layout)?;
        self.adam.start(layout)
    }

    fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]) {
        self.decay.step(learning_rate, params);
        self.adam.step(learning_rate, params, gradient);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::testing::{message, started};

    /// A layer of one weight and one bias.
    fn decayed(adamw: AdamW<f64>) -> [f64; 2] {
        let mut params = [1.0, 1.0];
        started(adamw.weight_decay(0.5)).step(0.1, &mut params, &[0.0, 0.0]);
        params
    }

    #[test]
    fn biases_decay_only_if_told_so() {
        assert_eq!(decayed(AdamW::new()), [0.95, 1.0]);
        assert_eq!(decayed(AdamW::new().decay_all()), [0.95, 0.95]);
    }

    #[test]
    fn without_decay_it_is_adam() {
        let (mut adamw, mut adam) = (started(AdamW::new().weight_decay(0.0)), started(Adam::new()));
        let (mut a, mut b) = ([1.0, -2.0], [1.0, -2.0]);
        for n in 0..10 {
            let gradient = [f64::from(n) - 3.0, 0.1];
            adamw.step(0.1, &mut a, &gradient);
            adam.step(0.1, &mut b, &gradient);
        }
        assert_eq!(a, b);
    }

    #[test]
    fn settings_out_of_their_range() {
        let expected = "weight decay is -1; expected a finite number, at least 0";
        assert_eq!(message(AdamW::new().weight_decay(-1.0)), expected);
        assert_eq!(message(AdamW::new().beta1(1.0)), "beta1 is 1; expected a number from 0 to below 1");
    }
}
