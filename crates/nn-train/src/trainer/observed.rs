use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView2};
#[cfg(feature = "serde")]
use nn_core::Snapshot;
use nn_core::{Error, Layer, Loss, Network, Scalar, Targets};

use super::CHECKED;
use crate::Score;
use crate::callback::Observed;
use crate::evaluate::Evaluator;
use crate::history::Record;
use crate::penalty::Penalty;

/// The data that scores are taken on.
pub(super) struct Data<'t, 'v, T: Scalar, Y: Targets<T> + ?Sized> {
    pub(super) train: Evaluator<'t, T, Y>,
    pub(super) validation: Option<Evaluator<'v, T, Y>>,
}

/// A network after an epoch: its scores, each computed at most once, and what callbacks have measured.
pub(super) struct Watched<'a, 't, 'v, T: Scalar, L, P: ?Sized, Y: Targets<T> + ?Sized> {
    data: &'a mut Data<'t, 'v, T, Y>,
    network: &'a Network<T, L>,
    loss: &'a P,
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

impl<'a, 't, 'v, T, L, P, Y> Watched<'a, 't, 'v, T, L, P, Y>
where
    T: Scalar,
    L: Layer<T>,
    P: Loss<T, Y> + ?Sized,
    Y: Targets<T> + ?Sized,
{
    pub(super) fn new(
        data: &'a mut Data<'t, 'v, T, Y>,
        network: &'a Network<T, L>,
        loss: &'a P,
        penalty: &'a Penalty<T>,
    ) -> Self {
        Self {
            data,
            network,
            loss,
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

    pub(super) fn has_metrics(&self) -> bool {
        !self.metrics.is_empty()
    }
}

impl<T, L, P, Y> Observed<T> for Watched<'_, '_, '_, T, L, P, Y>
where
    T: Scalar,
    L: Layer<T>,
    P: Loss<T, Y> + ?Sized,
    Y: Targets<T> + ?Sized,
{
    fn train(&mut self) -> Score {
        let Self { data, network, loss, penalty, .. } = self;
        let score = || data.train.score(network, *loss, Some(penalty)).expect(CHECKED);
        *self.train.get_or_insert_with(score)
    }

    fn validation(&mut self) -> Option<Score> {
        if self.validation.is_none() {
            let validation = self.data.validation.as_mut();
            self.validation =
                validation.map(|data| data.score(self.network, self.loss, None).expect(CHECKED));
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
