//! The loop of an epoch, with scikit-learn's loss: (Σ w l + α/2 |W|²) / Σ w of each mini-batch, W without the biases.

use std::ops::Range;

use ndarray::ArrayRef2;
use nn_core::{Batch, Error, Layer, Mode, Network, ParamKind, Scalar, Targets, simd};
use pyo3::prelude::*;

use crate::optimizer::Optimizer;
use crate::signals::Signals;
use crate::task::{Learner, deviance_of_targets};
use crate::value_error;

/// What the loss of a mini-batch is made of, besides the network and the data.
pub(crate) struct Rules {
    /// α: the strength of the L2 penalty.
    pub(crate) alpha: f64,
    /// What the value of the loss is divided by, besides the weight of the samples.
    pub(crate) value_divisor: f64,
    /// What its gradient is.
    pub(crate) gradient_divisor: f64,
    /// The loss is a Poisson deviance.
    pub(crate) deviance: bool,
    /// Fixes the noise of layers that have some.
    pub(crate) seed: u64,
}

/// Where in the parameters the weights lie, which are penalised.
pub(crate) fn weights_of<T: Scalar, L: Layer<T>>(network: &Network<T, L>) -> Vec<Range<usize>> {
    let layout = network.layout();
    let weights = layout.tensors().iter().filter(|tensor| tensor.kind == ParamKind::Weight);
    weights.map(|tensor| tensor.range.clone()).collect()
}

/// Targets of a kind that a loop can be written for.
pub(crate) trait Kind<T: Scalar>: Targets<T> {
    /// See [`deviance_of_targets`].
    fn deviance(&self, weights: Option<&[T]>) -> f64;
}

impl<T: Scalar> Kind<T> for [usize] {
    fn deviance(&self, _weights: Option<&[T]>) -> f64 {
        0.0
    }
}

impl<T: Scalar> Kind<T> for ArrayRef2<T> {
    fn deviance(&self, weights: Option<&[T]>) -> f64 {
        deviance_of_targets(self, weights)
    }
}

/// A network in training, and the memory of a step.
pub(crate) struct Training<'a, T: Scalar, L> {
    pub(crate) network: &'a mut Network<T, L>,
    pub(crate) gradient: &'a mut [T],
    pub(crate) weights: &'a [Range<usize>],
    pub(crate) rules: &'a Rules,
    /// Steps taken: fixes the noise of the next.
    pub(crate) steps: &'a mut u64,
}

impl<T: Scalar, L: Layer<T>> Training<'_, T, L> {
    /// One pass over the samples in the given order; the mean loss on the way.
    ///
    /// # Errors
    /// Samples, targets or weights that are not such as the network and the loss take; an interruption by Ctrl-C, after
    /// which the parameters are those of the last step.
    pub(crate) fn epoch<Y: Kind<T> + ?Sized>(
        &mut self,
        learner: &mut Learner<T, Y>,
        data: &Batch<'_, T, Y>,
        (order, batch_size): (&[usize], usize),
        (optimizer, learning_rate): (&mut Optimizer<T>, f64),
        signals: &mut Signals<'_>,
    ) -> PyResult<f64> {
        self.check(learner, data)?;
        let mut total = 0.0;
        for rows in order.chunks(batch_size) {
            learner.shards.gather(self.network, data, rows);
            if let Some(loss) = self.loss_and_gradient(learner) {
                total += loss * rows.len() as f64;
                optimizer.step(learning_rate, self.network.params_mut(), self.gradient);
            }
            signals.check()?;
        }
        Ok(total / order.len() as f64)
    }

    /// The loss of the gathered samples, and its gradient; `None` if none of them counts.
    pub(crate) fn loss_and_gradient<Y: Kind<T> + ?Sized>(
        &mut self,
        learner: &mut Learner<T, Y>,
    ) -> Option<f64> {
        let Learner { loss, shards } = learner;
        let count: f64 = shards.batches().map(|batch| weight_of(&batch)).sum();
        if count == 0.0 {
            return None;
        }
        let mode = Mode::train(self.rules.seed, *self.steps);
        *self.steps += 1;
        let sum = self.network.loss_and_gradient(&**loss, shards, mode, self.gradient).as_f64();
        let constant: f64 = if self.rules.deviance {
            shards.batches().map(|batch| batch.y().deviance(batch.weights())).sum()
        } else {
            0.0
        };
        let squares = self.penalise(count);
        Some(((sum + constant) / self.rules.value_divisor + 0.5 * self.rules.alpha * squares) / count)
    }

    /// Adds the penalty's gradient, divides by the samples' weight, and gives |W|².
    fn penalise(&mut self, count: f64) -> f64 {
        let Rules { alpha, gradient_divisor, .. } = self.rules;
        let (alpha, share) = (T::of(alpha * gradient_divisor), T::of(1.0 / (count * gradient_divisor)));
        let (params, gradient) = (self.network.params(), &mut *self.gradient);
        let mut squares = 0.0;
        for range in self.weights {
            let (params, gradient) = (&params[range.clone()], &mut gradient[range.clone()]);
            simd::run(|| params.iter().zip(gradient).for_each(|(&p, g)| *g += alpha * p));
            squares += square(params);
        }
        simd::run(|| gradient.iter_mut().for_each(|g| *g *= share));
        squares
    }

    /// That samples and targets are such as network and loss take: what the loop relies on.
    ///
    /// # Errors
    /// `ValueError`.
    pub(crate) fn check<Y: Kind<T> + ?Sized>(
        &self,
        learner: &Learner<T, Y>,
        data: &Batch<'_, T, Y>,
    ) -> PyResult<()> {
        let (expected, found) = (self.network.in_dim(), data.x().ncols());
        if expected != found {
            return Err(value_error(Error::FeatureCount { expected, found }));
        }
        learner.loss.check(self.network.out_dim(), data.y()).map_err(value_error)
    }
}

fn weight_of<T: Scalar, Y: Targets<T> + ?Sized>(batch: &Batch<'_, T, Y>) -> f64 {
    match batch.weights() {
        Some(weights) => weights.iter().map(|weight| weight.as_f64()).sum(),
        None => batch.samples() as f64,
    }
}

/// |p|², in eight sums that become a vector.
fn square<T: Scalar>(params: &[T]) -> f64 {
    let mut sums = [T::zero(); 8];
    let (chunks, rest) = params.as_chunks::<8>();
    simd::run(|| {
        for chunk in chunks {
            sums.iter_mut().zip(chunk).for_each(|(sum, &p)| *sum += p * p);
        }
    });
    sums.iter().chain([&rest.iter().fold(T::zero(), |sum, &p| sum + p * p)]).map(|sum| sum.as_f64()).sum()
}
