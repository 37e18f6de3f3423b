//! Callbacks: what watches a run, and may end it.

mod converged;
mod early_stopping;
mod every;
#[cfg(feature = "progress")]
mod progress;

pub use converged::Converged;
pub use early_stopping::EarlyStopping;
pub use every::Every;
#[cfg(feature = "progress")]
pub use progress::ProgressBar;

use std::ops::ControlFlow;
use std::time::Duration;

use nn_core::Scalar;

use crate::{Score, StopReason, TrainError};

/// Watches a run after every epoch, and may end it with `ControlFlow::Break`. Any closure of this form is one.
///
/// # Example
/// ```
/// use std::ops::ControlFlow;
///
/// use ndarray::array;
/// use nn_core::{Batch, Dense, HalfSquaredError, Network};
/// use nn_train::{Epoch, Sgd, StopReason, Trainer};
///
/// let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
/// let line = Batch::new(x.view(), &*y)?;
/// let mut network = Network::<f64, _>::new(1, Dense::linear(1), 0)?;
///
/// let good_enough = |epoch: &mut Epoch<'_, f64>| match epoch.train().loss {
///     loss if loss < 1e-6 => ControlFlow::Break(StopReason::Callback("good enough".into())),
///     _ => ControlFlow::Continue(()),
/// };
/// let mut trainer = Trainer::new(Sgd::new()).learning_rate(0.1).epochs(10_000).callback(good_enough);
/// let report = trainer.fit(&mut network, &HalfSquaredError::mean(), line, None)?;
/// assert_eq!(report.reason, StopReason::Callback("good enough".into()));
/// # Ok::<(), nn_train::TrainError>(())
/// ```
pub trait Callback<T: Scalar> {
    /// Called before the first epoch.
    ///
    /// # Errors
    /// When the callback cannot work on this run.
    fn on_start(&mut self, _start: &Start) -> Result<(), TrainError> {
        Ok(())
    }

    /// Called after each epoch. The first callback that breaks ends the run; the others still see the epoch.
    fn on_epoch(&mut self, epoch: &mut Epoch<'_, T>) -> ControlFlow<StopReason>;

    /// Called once at the end of a run that began, however it ended: by a callback, after all epochs, or by an error.
    fn on_end(&mut self, _end: &mut End<'_, T>) {}
}

impl<T: Scalar, F: FnMut(&mut Epoch<'_, T>) -> ControlFlow<StopReason>> Callback<T> for F {
    fn on_epoch(&mut self, epoch: &mut Epoch<'_, T>) -> ControlFlow<StopReason> {
        self(epoch)
    }
}

/// A run that begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Start {
    /// Epochs at most.
    pub epochs: usize,
    /// Number of parameters.
    pub params: usize,
    /// Scalars of state.
    pub state: usize,
    /// Whether there is a validation set.
    pub validation: bool,
}

/// An epoch that was just run. Scores are computed when they are asked for, once for all callbacks.
pub struct Epoch<'a, T> {
    pub(crate) number: usize,
    pub(crate) epochs: usize,
    pub(crate) running_loss: f64,
    pub(crate) params: &'a [T],
    pub(crate) state: &'a [T],
    pub(crate) elapsed: Duration,
    pub(crate) scores: &'a mut dyn Scores,
}

/// The scores of the current parameters.
pub(crate) trait Scores {
    fn train(&mut self) -> Score;
    fn validation(&mut self) -> Option<Score>;
}

impl<T> Epoch<'_, T> {
    /// Its number, from 1.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Epochs at most.
    pub fn epochs(&self) -> usize {
        self.epochs
    }

    /// The mean loss of the epoch's mini-batches, each before its step, without the penalty: free of charge.
    pub fn running_loss(&self) -> f64 {
        self.running_loss
    }

    /// The parameters after the epoch.
    pub fn params(&self) -> &[T] {
        self.params
    }

    /// The network's state after the epoch, such as running statistics; empty for most networks.
    pub fn state(&self) -> &[T] {
        self.state
    }

    /// The time since the run began.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The score of the parameters on the training set, with the penalties: a forward pass over all samples.
    pub fn train(&mut self) -> Score {
        self.scores.train()
    }

    /// The score of the parameters on the validation set, if there is one.
    pub fn validation(&mut self) -> Option<Score> {
        self.scores.validation()
    }
}

impl<T> std::fmt::Debug for Epoch<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { number, epochs, running_loss, .. } = self;
        write!(f, "Epoch {{ number: {number}, epochs: {epochs}, running_loss: {running_loss} }}")
    }
}

/// A run that ends.
#[derive(Debug)]
#[non_exhaustive]
pub struct End<'a, T> {
    /// The parameters, which a callback may replace by better ones.
    pub params: &'a mut [T],
    /// The network's state, which belongs to the parameters: who replaces them replaces both.
    pub state: &'a mut [T],
    /// Why the run ended; `None` after an error.
    pub reason: Option<&'a StopReason>,
}
