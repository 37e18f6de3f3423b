use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView2};
#[cfg(feature = "serde")]
use nn_core::Snapshot;
use nn_core::{Error, Layer, Network, Scalar};

use super::Problem;
use crate::callback::Observed;
use crate::history::Record;
use crate::penalty::Penalty;
use crate::{Score, StopReason};

/// What scores are taken on: training, and validation if there is one.
type Problems<'a, T, L, Q> = (&'a mut Q, Option<&'a mut dyn Problem<T, L>>);

/// A network after an epoch: its scores, each computed at most once, and what callbacks have measured.
pub(super) struct Watched<'a, T: Scalar, L, Q: ?Sized> {
    problems: Problems<'a, T, L, Q>,
    network: &'a Network<T, L>,
    penalty: &'a Penalty<T>,
    train: Option<Score>,
    validation: Option<Score>,
    /// Whether the history gets a record of this epoch, whatever callbacks do.
    #[cfg(feature = "progress")]
    pub(super) recorded: bool,
    metrics: BTreeMap<String, f64>,
    /// What callbacks have said that is no reason to end the run.
    pub(super) warnings: Vec<String>,
}

impl<'a, T: Scalar, L: Layer<T>, Q: Problem<T, L> + ?Sized> Watched<'a, T, L, Q> {
    pub(super) fn new(
        problems: Problems<'a, T, L, Q>,
        network: &'a Network<T, L>,
        penalty: &'a Penalty<T>,
    ) -> Self {
        Self {
            problems,
            network,
            penalty,
            train: None,
            validation: None,
            #[cfg(feature = "progress")]
            recorded: false,
            metrics: BTreeMap::new(),
            warnings: Vec::new(),
        }
    }

    /// A score that was taken and is not finite.
    pub(super) fn not_finite(&self) -> Option<(&'static str, f64)> {
        let scores = [("the training loss", self.train), ("the validation loss", self.validation)];
        let mut losses = scores.into_iter().filter_map(|(what, score)| Some((what, score?.loss)));
        losses.find(|(_, loss)| !loss.is_finite())
    }

    /// The end that all who share the problem come to.
    pub(super) fn decide(&mut self, reason: Option<StopReason>) -> Option<StopReason> {
        self.problems.0.decide(reason)
    }

    pub(super) fn has_metrics(&self) -> bool {
        !self.metrics.is_empty()
    }
}

impl<T: Scalar, L: Layer<T>, Q: Problem<T, L> + ?Sized> Observed<T> for Watched<'_, T, L, Q> {
    fn train(&mut self) -> Score {
        let Self { problems, network, penalty, .. } = self;
        let score = || problems.0.score(network, penalty.value(network.params()).as_f64());
        *self.train.get_or_insert_with(score)
    }

    fn validation(&mut self) -> Option<Score> {
        if self.validation.is_none() {
            let validation = self.problems.1.as_mut();
            self.validation = validation.map(|problem| problem.score(self.network, 0.0));
        }
        self.validation
    }

    #[cfg(feature = "progress")]
    fn free_validation(&mut self) -> Option<Score> {
        if self.recorded { self.validation() } else { self.validation }
    }

    fn predict_proba(&self, x: ArrayView2<'_, T>) -> Result<Array2<T>, Error> {
        self.network.predict_proba(x)
    }

    fn predict_classes(&self, x: ArrayView2<'_, T>) -> Result<Vec<usize>, Error> {
        self.network.predict_classes(x)
    }

    #[cfg(feature = "serde")]
    fn snapshot(&self) -> Option<Snapshot<T>> {
        self.network.snapshot()
    }

    fn set_metric(&mut self, name: &str, value: f64) {
        self.metrics.insert(name.to_owned(), value);
    }

    fn warn(&mut self, message: String) {
        self.warnings.push(message);
    }

    fn metric(&self, name: &str) -> Option<f64> {
        self.metrics.get(name).copied()
    }

    fn record(&mut self, epoch: usize) -> Record {
        let (train, validation) = (self.train(), self.validation());
        Record {
            epoch,
            train_loss: train.loss,
            train_accuracy: train.accuracy,
            validation_loss: validation.map(|score| score.loss),
            validation_accuracy: validation.and_then(|score| score.accuracy),
            metrics: self.metrics.clone(),
        }
    }
}
