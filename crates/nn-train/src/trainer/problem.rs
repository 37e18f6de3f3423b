use nn_core::{Error, Fingerprint, Layer, Link, Mode, Network, Reduction, Scalar};

use crate::optimizer::Needs;
use crate::{Score, StopReason};

/// Samples and the loss on them, as a [`Trainer`](crate::Trainer) asks for them by
/// [`fit_problem`](crate::Trainer::fit_problem): for those that are not in the memory of this process, but in files, on a
/// device, or shared by several processes.
///
/// [`fit`](crate::Trainer::fit) has the problem of a [`Batch`](nn_core::Batch). One that gives the same numbers has the same run, to
/// the bit and the fingerprint; [`Network::shard_loss_and_gradient`], [`Network::shard_rows`], [`Network::block_rows`] and
/// [`tallies`](crate::tallies) are what these numbers are made of.
///
/// The trainer calls [`check`](Problem::check) before everything else. Of each step it calls [`gather`](Problem::gather), then
/// [`loss_and_gradient`](Problem::loss_and_gradient), then [`update_state`](Problem::update_state).
pub trait Problem<T: Scalar, L: Layer<T>> {
    /// How many samples there are, of which row n is the n-th; at least one.
    fn samples(&self) -> usize;

    /// How the loss is reduced.
    fn reduction(&self) -> Reduction;

    /// The link of the loss, which the network is given.
    fn link(&self) -> Link;

    /// Checks samples and loss, and whether the network suits them.
    ///
    /// # Errors
    /// What is wrong.
    fn check(&mut self, network: &Network<T, L>) -> Result<(), Error>;

    /// Checks whether an optimizer can have what it needs beside the gradient of mini-batches. As a rule it cannot.
    ///
    /// # Errors
    /// When it cannot.
    fn check_needs(&mut self, _network: &Network<T, L>, needs: Needs, _seed: u64) -> Result<(), Error> {
        if needs == Needs::Gradient {
            return Ok(());
        }
        let expected = "one that steps by the gradient of mini-batches alone, for these samples";
        Err(Error::hyperparameter("the optimizer", expected, format!("one that needs the {needs:?}")))
    }

    /// Adds every sample to the fingerprint of the run, as [`Batch::fingerprint`](nn_core::Batch::fingerprint) does.
    fn fingerprint(&mut self, fingerprint: &mut Fingerprint);

    /// What the loss of all samples is divided by to be that of one: of a mean its divisor, of a sum how many samples count.
    fn divisor(&mut self, network: &Network<T, L>) -> f64;

    /// Gets ready the mini-batch of these rows, and gives what its loss is divided by, as [`divisor`](Problem::divisor) does for all:
    /// 0 if none of its samples counts. `ahead` are rows that the epoch's next mini-batches will be made of, in their order.
    fn gather(&mut self, network: &Network<T, L>, rows: &[usize], ahead: &[usize]) -> f64;

    /// The loss of the mini-batch that was gathered last, as it is reduced, and its gradient, which overwrites `gradient`.
    fn loss_and_gradient(&mut self, network: &Network<T, L>, mode: Mode, gradient: &mut [T]) -> T;

    /// [`Network::update_state`] after [`loss_and_gradient`](Problem::loss_and_gradient). Does nothing by default, as is right
    /// for networks without state.
    fn update_state(&mut self, _network: &mut Network<T, L>) {}

    /// [`Pass::first_not_finite`](nn_core::Pass::first_not_finite) of the mini-batch that was gathered last, whose loss is not
    /// finite. `None`, the default, if it is not known.
    fn first_not_finite(&mut self, _network: &Network<T, L>, _mode: Mode) -> Option<String> {
        None
    }

    /// The network on all samples. `penalty` is added to the loss: of a sum, divided as the sum is.
    fn score(&mut self, network: &Network<T, L>, penalty: f64) -> Score;

    /// Whether and why the run ends after an epoch, given what callbacks of this process have said: what they have said, by
    /// default. Processes that share a problem must come to the same end.
    fn decide(&mut self, reason: Option<StopReason>) -> Option<StopReason> {
        reason
    }

    /// The generalised Gauss-Newton matrix of the mini-batch that was gathered last, for an optimizer that
    /// [`Needs`] it: its lower triangle, row-major. `false` if it cannot be had.
    fn gauss_newton(&mut self, _network: &Network<T, L>, _mode: Mode, _matrix: &mut [f64]) -> bool {
        false
    }
}
