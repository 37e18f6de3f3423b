#[cfg(feature = "levenberg-marquardt")]
use nn_core::Loss;
use nn_core::{Batch, Error, Layer, Mode, Network, Scalar, Targets, Workspace};

use super::{Problem, Trainer};
use crate::optimizer::Needs;
use crate::penalty::Penalty;
use crate::{Objective, Optimizer};

/// The last point that the loss was computed at: a step begins where the last one ended.
#[derive(Debug)]
pub(super) struct Remembered<T> {
    params: Vec<T>,
    /// With the penalties.
    gradient: Vec<T>,
    /// Without the penalties.
    pub(super) loss: T,
    /// Whether there is such a point.
    known: bool,
}

impl<T: Scalar> Remembered<T> {
    pub(super) fn new(params: usize) -> Self {
        Self {
            params: vec![T::zero(); params],
            gradient: vec![T::zero(); params],
            loss: T::zero(),
            known: false,
        }
    }

    pub(super) fn knows(&self, params: &[T]) -> bool {
        self.known && self.params == params
    }

    pub(super) fn forget(&mut self) {
        self.known = false;
    }

    /// Takes in the loss at a point and its gradient, both without the penalties.
    fn remember(&mut self, params: &[T], loss: T, gradient: &[T], penalty: &Penalty<T>) {
        self.params.copy_from_slice(params);
        self.gradient.copy_from_slice(gradient);
        self.loss = loss;
        penalty.add_gradient(T::one(), params, &mut self.gradient);
        self.known = true;
    }
}

/// The loss on the training data with the penalties, as a function of the parameters.
pub(super) struct TrainingLoss<'a, T: Scalar, L, Q: ?Sized> {
    pub(super) network: &'a mut Network<T, L>,
    pub(super) problem: &'a mut Q,
    pub(super) penalty: &'a Penalty<T>,
    pub(super) mode: Mode,
    pub(super) remembered: &'a mut Remembered<T>,
}

impl<T: Scalar, L: Layer<T>, Q: Problem<T, L> + ?Sized> Objective<T> for TrainingLoss<'_, T, L, Q> {
    fn evaluate(&mut self, params: &[T], gradient: &mut [T]) -> T {
        let Self { network, problem, penalty, mode, remembered } = self;
        if !remembered.knows(params) {
            network.params_mut().copy_from_slice(params);
            let value = problem.loss_and_gradient(network, *mode, gradient);
            remembered.remember(params, value, gradient, penalty);
        }
        gradient.copy_from_slice(&remembered.gradient);
        remembered.loss + penalty.value(params)
    }

    #[cfg(feature = "levenberg-marquardt")]
    fn gauss_newton(&mut self, params: &[T], matrix: &mut [f64]) -> bool {
        let Self { network, problem, penalty, mode, .. } = self;
        network.params_mut().copy_from_slice(params);
        let known = problem.gauss_newton(network, *mode, matrix);
        penalty.add_curvature(params.len(), matrix);
        known
    }
}

impl<T: Scalar, O: Optimizer<T>> Trainer<'_, T, O> {
    /// Checks what an optimizer asks of a run that looks at the loss at points of its choice.
    pub(super) fn check_needs<L: Layer<T>>(
        &self,
        network: &Network<T, L>,
        problem: &mut (impl Problem<T, L> + ?Sized),
    ) -> Result<(), Error> {
        let needs = self.optimizer.needs();
        if needs == Needs::Gradient {
            return Ok(());
        }
        let refused = |name, expected, found: &str| Err(Error::hyperparameter(name, expected, found));
        if self.batch_size < problem.samples() {
            let expected =
                "all samples, by `full_batch()`: a second-order optimizer needs the same loss at every look";
            return refused("batch size", expected, &self.batch_size.to_string());
        }
        for (name, limit) in [("clip value", self.clip.value), ("clip norm", self.clip.norm)] {
            if let Some(limit) = limit {
                let expected =
                    "none: a second-order optimizer finds the length of its steps by the gradient as it is";
                return refused(name, expected, &limit.to_string());
            }
        }
        if self.l1 > 0.0 {
            let expected = "0: a second-order optimizer needs a loss without kinks; l2 has none";
            return refused("l1", expected, &self.l1.to_string());
        }
        problem.check_needs(network, needs, self.seed)
    }
}

/// Checks whether two passes in training are the same.
pub(super) fn check_noise<T, L, Y>(
    network: &Network<T, L>,
    train: &Batch<'_, T, Y>,
    seed: u64,
) -> Result<(), Error>
where
    T: Scalar,
    L: Layer<T>,
    Y: Targets<T> + ?Sized,
{
    let mut workspace = Workspace::new();
    let mut outputs = |step| -> Result<Vec<T>, Error> {
        let mode = Mode::train(seed, step);
        Ok(network.forward_in(train.x(), &mut workspace, mode)?.output().iter().copied().collect())
    };
    // Outputs that are no numbers are another error, and found by the first step.
    if outputs(0)?.iter().zip(outputs(1)?).any(|(&a, b)| a != b && !(a.is_nan() && b.is_nan())) {
        let expected =
            "one without noise such as dropout: a second-order optimizer needs the same loss at every look";
        let found = "one whose outputs differ between two passes in training";
        return Err(Error::hyperparameter("the network", expected, found));
    }
    Ok(())
}

/// Checks whether the generalised Gauss-Newton matrix can be had.
#[cfg(feature = "levenberg-marquardt")]
pub(super) fn check_gauss_newton<T, L, P, Y>(
    network: &Network<T, L>,
    loss: &P,
    train: &Batch<'_, T, Y>,
) -> Result<(), Error>
where
    T: Scalar,
    L: Layer<T>,
    P: Loss<T, Y> + ?Sized,
    Y: Targets<T> + ?Sized,
{
    let refused = |name, expected, found: &str| Err(Error::hyperparameter(name, expected, found));
    if network.layers().mixes_samples() {
        let expected =
            "one without layers that mix samples: a Gauss-Newton step needs the derivatives of each sample";
        return refused("the network", expected, "one with such a layer, as batch normalisation is");
    }
    let outputs = ndarray::Array1::zeros(network.out_dim());
    let mut hessian = ndarray::Array2::zeros((network.out_dim(), network.out_dim()));
    if loss.hessian(outputs.view(), train.y(), 0, T::one(), hessian.view_mut()).is_none() {
        let expected = "one that gives `Loss::hessian`, a squared error or a cross-entropy of logits, for a Gauss-Newton step";
        return refused("the loss", expected, "one without");
    }
    Ok(())
}
