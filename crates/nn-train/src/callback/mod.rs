//! Callbacks: what watches a run, and may end it.

#[cfg(feature = "json")]
mod checkpoint;
mod converged;
#[cfg(feature = "csv")]
mod csv_log;
mod early_stopping;
mod every;
mod figure;
#[cfg(feature = "json")]
mod json_lines_log;
#[cfg(any(feature = "csv", feature = "json"))]
mod log;
mod metric;
#[cfg(feature = "progress")]
mod progress;
mod stop_handle;
mod target_metric;
#[cfg(test)]
mod testing;
mod time_limit;

#[cfg(feature = "json")]
pub use checkpoint::Checkpoint;
pub use converged::Converged;
#[cfg(feature = "csv")]
pub use csv_log::CsvLog;
pub use early_stopping::EarlyStopping;
pub use every::Every;
#[cfg(feature = "json")]
pub use json_lines_log::JsonLinesLog;
pub use metric::Metric;
#[cfg(feature = "progress")]
pub use progress::ProgressBar;
pub use stop_handle::StopHandle;
pub use target_metric::TargetMetric;
pub use time_limit::TimeLimit;

use std::ops::ControlFlow;
use std::time::Duration;

use ndarray::{Array2, ArrayView2};
#[cfg(feature = "serde")]
use nn_core::Snapshot;
use nn_core::{Error, Scalar};

use crate::{Record, Score, StateDict, StopReason, TrainError};

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

    /// What it has seen of the run, to go on in another process; `None` for one that remembers nothing.
    fn state_dict(&self) -> Option<StateDict> {
        None
    }

    /// Goes on with what [`state_dict`](Callback::state_dict) gave: called after [`on_start`](Callback::on_start) of a run
    /// that is taken up again.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] for what is not a state of such a callback on such a network.
    fn load_state_dict(&mut self, _state: &StateDict) -> Result<(), Error> {
        Ok(())
    }

    /// Called once at the end of a run that began, however it ended: by a callback, after all epochs, or by an error.
    fn on_end(&mut self, _end: &mut End<'_, T>) {}
}

impl<T: Scalar, F: FnMut(&mut Epoch<'_, T>) -> ControlFlow<StopReason>> Callback<T> for F {
    fn on_epoch(&mut self, epoch: &mut Epoch<'_, T>) -> ControlFlow<StopReason> {
        self(epoch)
    }
}

/// One that is chosen at run time.
impl<T: Scalar> Callback<T> for Box<dyn Callback<T> + Send + '_> {
    fn on_start(&mut self, start: &Start) -> Result<(), TrainError> {
        (**self).on_start(start)
    }

    fn on_epoch(&mut self, epoch: &mut Epoch<'_, T>) -> ControlFlow<StopReason> {
        (**self).on_epoch(epoch)
    }

    fn state_dict(&self) -> Option<StateDict> {
        (**self).state_dict()
    }

    fn load_state_dict(&mut self, state: &StateDict) -> Result<(), Error> {
        (**self).load_state_dict(state)
    }

    fn on_end(&mut self, end: &mut End<'_, T>) {
        (**self).on_end(end);
    }
}

/// A run that begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Start {
    /// The number of the first epoch: 1, but in a run that goes on where another ended.
    pub first: usize,
    /// The number of the last epoch at most.
    pub epochs: usize,
    /// Samples of an epoch.
    pub samples: usize,
    /// Features of a sample.
    pub inputs: usize,
    /// Number of parameters.
    pub params: usize,
    /// Scalars of state.
    pub state: usize,
    /// Whether there is a validation set.
    pub validation: bool,
    /// Whether the network can be written to a file: whether [`Epoch::snapshot`] gives one.
    pub writable: bool,
}

/// An epoch that was just run. Scores are computed when they are asked for, once for all callbacks.
pub struct Epoch<'a, T> {
    pub(crate) number: usize,
    pub(crate) epochs: usize,
    pub(crate) running_loss: f64,
    pub(crate) params: &'a [T],
    pub(crate) state: &'a [T],
    pub(crate) elapsed: Duration,
    pub(crate) observed: &'a mut dyn Observed<T>,
}

/// A network in training, whatever its layers, loss and targets.
pub(crate) trait Observed<T> {
    fn train(&mut self) -> Score;
    fn validation(&mut self) -> Option<Score>;
    /// The validation score, if it costs nothing: it was taken, or the record of this epoch takes it.
    #[cfg(feature = "progress")]
    fn free_validation(&mut self) -> Option<Score>;
    fn predict_proba(&self, x: ArrayView2<'_, T>) -> Result<Array2<T>, Error>;
    fn predict_classes(&self, x: ArrayView2<'_, T>) -> Result<Vec<usize>, Error>;
    #[cfg(feature = "serde")]
    fn snapshot(&self) -> Option<Snapshot<T>>;
    fn set_metric(&mut self, name: &str, value: f64);
    fn metric(&self, name: &str) -> Option<f64>;
    fn record(&mut self, epoch: usize) -> Record;
    fn warn(&mut self, message: String);
}

impl<T> Epoch<'_, T> {
    /// Its number, from 1.
    pub fn number(&self) -> usize {
        self.number
    }

    /// The number of the last epoch at most.
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
        self.observed.train()
    }

    /// The score of the parameters on the validation set, if there is one.
    pub fn validation(&mut self) -> Option<Score> {
        self.observed.validation()
    }

    /// What the network predicts now, through the link of the loss: probabilities for a classifier.
    ///
    /// # Errors
    /// As [`Network::predict_proba`](nn_core::Network::predict_proba).
    pub fn predict_proba(&self, x: ArrayView2<'_, T>) -> Result<Array2<T>, Error> {
        self.observed.predict_proba(x)
    }

    /// The classes that the network predicts now.
    ///
    /// # Errors
    /// As [`Network::predict_classes`](nn_core::Network::predict_classes).
    pub fn predict_classes(&self, x: ArrayView2<'_, T>) -> Result<Vec<usize>, Error> {
        self.observed.predict_classes(x)
    }

    /// A copy of the network, to be written to a file; `None` if a layer cannot be written.
    #[cfg(feature = "serde")]
    pub fn snapshot(&self) -> Option<Snapshot<T>> {
        self.observed.snapshot()
    }

    /// Puts a figure of one's own into the record of this epoch, which is then one of the history.
    pub fn set_metric(&mut self, name: &str, value: f64) {
        self.observed.set_metric(name, value);
    }

    /// Puts a message into [`Report::warnings`](crate::Report::warnings): what went wrong, and is no reason to end the run.
    pub fn warn(&mut self, message: impl Into<String>) {
        self.observed.warn(message.into());
    }

    /// A figure of this epoch by its name: `running_loss`, `train_loss`, `train_accuracy`, `validation_loss`,
    /// `validation_accuracy`, or one that a callback before this has set. `None` if there is none of that name.
    pub fn metric(&mut self, name: &str) -> Option<f64> {
        match name {
            "running_loss" => Some(self.running_loss),
            "train_loss" => Some(self.train().loss),
            "train_accuracy" => self.train().accuracy,
            "validation_loss" => self.validation().map(|score| score.loss),
            "validation_accuracy" => self.validation().and_then(|score| score.accuracy),
            _ => self.observed.metric(name),
        }
    }

    /// The epoch as the history has it: its scores, and what callbacks before this have set.
    pub fn record(&mut self) -> Record {
        self.observed.record(self.number)
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
