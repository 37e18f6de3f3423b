//! The problem that `fit` solves: samples in memory.

use nn_core::{
    Batch, Error, Fingerprint, Layer, Link, Loss, Mode, Network, Reduction, Scalar, Shards, Targets,
};

use super::fit::check_data;
#[cfg(feature = "levenberg-marquardt")]
use super::gauss_newton::GaussNewton;
use super::objective;
use super::{CHECKED, Problem};
use crate::Score;
use crate::evaluate::{Evaluator, divisor_of};
use crate::optimizer::Needs;

/// A loss on the samples of a [`Batch`].
pub(super) struct OnBatch<'l, 'a, T: Scalar, P: ?Sized, Y: Targets<T> + ?Sized> {
    loss: &'l P,
    data: Batch<'a, T, Y>,
    shards: Shards<T, Y>,
    /// All samples are in one step, and gathered.
    gathered: bool,
    evaluator: Evaluator<'a, T, Y>,
    #[cfg(feature = "levenberg-marquardt")]
    gauss_newton: Option<GaussNewton<T>>,
}

impl<'l, 'a, T: Scalar, P: Loss<T, Y> + ?Sized, Y: Targets<T> + ?Sized> OnBatch<'l, 'a, T, P, Y> {
    pub(super) fn new(loss: &'l P, data: Batch<'a, T, Y>) -> Self {
        Self {
            loss,
            data,
            shards: Shards::new(),
            gathered: false,
            evaluator: Evaluator::new(data),
            #[cfg(feature = "levenberg-marquardt")]
            gauss_newton: None,
        }
    }
}

impl<T, L, P, Y> Problem<T, L> for OnBatch<'_, '_, T, P, Y>
where
    T: Scalar,
    L: Layer<T>,
    P: Loss<T, Y> + ?Sized,
    Y: Targets<T> + ?Sized,
{
    fn samples(&self) -> usize {
        self.data.samples()
    }

    fn reduction(&self) -> Reduction {
        self.loss.reduction()
    }

    fn link(&self) -> Link {
        self.loss.link()
    }

    fn check(&mut self, network: &Network<T, L>) -> Result<(), Error> {
        check_data(network, self.loss, &self.data)
    }

    fn check_needs(&mut self, network: &Network<T, L>, needs: Needs, seed: u64) -> Result<(), Error> {
        if needs == Needs::Gradient {
            return Ok(());
        }
        objective::check_noise(network, &self.data, seed)?;
        #[cfg(feature = "levenberg-marquardt")]
        if needs == Needs::GaussNewton {
            objective::check_gauss_newton(network, self.loss, &self.data)?;
        }
        Ok(())
    }

    fn fingerprint(&mut self, fingerprint: &mut Fingerprint) {
        self.data.fingerprint(fingerprint);
    }

    fn divisor(&mut self, network: &Network<T, L>) -> f64 {
        divisor_of(self.loss, network.out_dim(), &self.data)
    }

    fn gather(&mut self, network: &Network<T, L>, rows: &[usize], _ahead: &[usize]) -> f64 {
        if !self.gathered {
            self.shards.gather(network, &self.data, rows);
            self.gathered = rows.len() == self.data.samples();
        }
        self.shards.batches().map(|batch| divisor_of(self.loss, network.out_dim(), &batch)).sum()
    }

    fn loss_and_gradient(&mut self, network: &Network<T, L>, mode: Mode, gradient: &mut [T]) -> T {
        network.loss_and_gradient(self.loss, &mut self.shards, mode, gradient)
    }

    fn update_state(&mut self, network: &mut Network<T, L>) {
        network.update_state_from(&mut self.shards).expect("the pass before was in training");
    }

    fn first_not_finite(&mut self, network: &Network<T, L>, mode: Mode) -> Option<String> {
        network.first_not_finite(&mut self.shards, mode)
    }

    fn score(&mut self, network: &Network<T, L>, penalty: f64) -> Score {
        self.evaluator.score(network, self.loss, penalty).expect(CHECKED)
    }

    #[cfg(feature = "levenberg-marquardt")]
    fn gauss_newton(&mut self, network: &Network<T, L>, mode: Mode, matrix: &mut [f64]) -> bool {
        let sizes = (network.params().len(), network.out_dim());
        let gauss_newton = self.gauss_newton.get_or_insert_with(|| GaussNewton::new(sizes.0, sizes.1));
        gauss_newton.compute(network, self.loss, &self.shards, mode, matrix)
    }
}
