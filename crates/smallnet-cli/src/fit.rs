//! From samples to a trained network.

use std::fmt;

use nn_core::{
    ActivationSpec, Batch, Dense, Dropout, Init, Loss, MeanSquaredError, Network, Sequential,
    SoftmaxCrossEntropy, Targets, rng,
};
use nn_data::Dataset;
use nn_model::Checkpoints;
use nn_train::{
    Adam, Diagnosis, EarlyStopping, ProgressBar, Report, StopHandle, StopReason, Trainer, diagnose,
};
use serde::Serialize;

use crate::Failure;
use crate::samples::Samples;

/// A network as the command makes them.
pub(crate) type Net = Network<f32, Sequential<f32>>;

/// How a network is made and trained: the same samples and the same recipe give the same network, to the bit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Recipe {
    pub(crate) hidden: Widths,
    pub(crate) activation: ActivationSpec,
    /// The share of the outputs of each hidden layer that is dropped.
    pub(crate) dropout: f64,
    pub(crate) epochs: usize,
    /// Epochs without improvement on the held rows that end the training.
    pub(crate) patience: usize,
    pub(crate) batch_size: usize,
    pub(crate) learning_rate: f64,
    pub(crate) l2: f64,
    pub(crate) seed: u64,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            hidden: Widths(vec![64, 32]),
            activation: ActivationSpec::Relu,
            dropout: 0.0,
            epochs: 500,
            patience: 30,
            batch_size: 32,
            learning_rate: 0.003,
            l2: 1e-4,
            seed: 0,
        }
    }
}

/// Units of the hidden layers; displayed as they are said, `64,32`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Widths(pub(crate) Vec<usize>);

impl fmt::Display for Widths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(if units.is_empty() { "none" } else { "" })?;
        f.write_str(&units.join(","))
    }
}

/// Who looks on while a network is trained, and may end it.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    pub(crate) stop: StopHandle,
    /// Whether a bar is drawn, if there is a terminal.
    pub(crate) bar: bool,
    pub(crate) checkpoints: Option<Checkpoints<f32>>,
    /// Whether the run in the folder of checkpoints is gone on with, if there is one.
    pub(crate) resume: bool,
}

/// A trained network, and how it came to be.
#[derive(Debug)]
pub(crate) struct Fitted {
    pub(crate) network: Net,
    /// Of the run, with its history.
    pub(crate) report: Report,
    /// The epoch whose weights the network has.
    pub(crate) best_epoch: usize,
}

impl Recipe {
    /// Trains a network on samples: until it gets no better on those that were held out, whose best weights it then has; without
    /// any, for all epochs.
    ///
    /// # Errors
    /// [`TrainError`](nn_train::TrainError) for settings that no network can have and a loss that is no number.
    pub(crate) fn fit(
        &self,
        train: &Samples,
        held: Option<&Samples>,
        watch: &Watch,
    ) -> Result<Fitted, Failure> {
        match train {
            Samples::Classes(data) => {
                let held = held.and_then(Samples::classes).map(Dataset::view);
                self.run(train, &SoftmaxCrossEntropy::mean(), data.view(), held, watch)
            }
            Samples::Values(data) => {
                let held = held.and_then(Samples::values).map(Dataset::view);
                self.run(train, &MeanSquaredError::mean(), data.view(), held, watch)
            }
        }
    }

    fn run<P, Y>(
        &self,
        samples: &Samples,
        loss: &P,
        train: Batch<'_, f32, Y>,
        held: Option<Batch<'_, f32, Y>>,
        watch: &Watch,
    ) -> Result<Fitted, Failure>
    where
        P: Loss<f32, Y>,
        Y: Targets<f32> + ?Sized,
    {
        let saved = match &watch.checkpoints {
            Some(checkpoints) if watch.resume => checkpoints.newest::<Adam<f32>>()?,
            _ => None,
        };
        let (mut network, trainer) = match saved {
            Some(saved) => (saved.model.into_network(), Trainer::new(saved.optimizer).resume(saved.state)),
            None => (self.network(samples)?, Trainer::new(Adam::new())),
        };
        let mut trainer = trainer
            .learning_rate(self.learning_rate)
            .l2(self.l2)
            .batch_size(self.batch_size)
            .epochs(self.epochs)
            .seed(self.seed)
            .callback(watch.stop.clone());
        if held.is_some() {
            trainer = trainer.callback(EarlyStopping::new(self.patience));
        }
        if watch.bar {
            trainer = trainer.callback(ProgressBar::new());
        }
        if let Some(checkpoints) = watch.checkpoints.clone() {
            trainer = trainer.checkpointer(checkpoints);
        }
        let report = trainer.fit(&mut network, loss, train, held)?;
        let best_epoch = best_epoch(&report, held.is_some());
        Ok(Fitted { network, report, best_epoch })
    }

    /// The network before its first step.
    pub(crate) fn network(&self, samples: &Samples) -> Result<Net, nn_core::Error> {
        let mut layers = Sequential::new();
        for &units in &self.hidden.0 {
            layers = layers.then(Dense::new(units, self.activation));
            if self.dropout > 0.0 {
                layers = layers.then(Dropout::new(self.dropout));
            }
        }
        let layers = layers.then(Dense::linear(samples.outputs()));
        Network::with_init(samples.x().ncols(), layers, Init::default(), &mut rng(self.seed))
    }
}

/// The epoch whose weights early stopping gave back, however the run ended.
fn best_epoch(report: &Report, is_held: bool) -> usize {
    let records = report.history.records();
    let last = records.last().map_or(0, |record| record.epoch);
    match &report.reason {
        StopReason::EarlyStopping { best_epoch, .. } => *best_epoch,
        _ if !is_held => last,
        _ => {
            let losses = records.iter().filter_map(|record| Some((record.epoch, record.validation_loss?)));
            // The first of equals, as early stopping has it.
            let best = losses.min_by(|(_, a), (_, b)| a.total_cmp(b));
            best.map_or(last, |(epoch, _)| epoch)
        }
    }
}

impl Fitted {
    /// What the doctor finds; it takes as long as some ten epochs.
    ///
    /// # Errors
    /// None, for the samples that it was trained on.
    pub(crate) fn diagnose(
        &self,
        train: &Samples,
        held: Option<&Samples>,
    ) -> Result<Diagnosis, nn_core::Error> {
        let (network, report) = (&self.network, Some(&self.report));
        match train {
            Samples::Classes(train) => {
                let held = held.and_then(Samples::classes).map(Dataset::view);
                diagnose(network, &SoftmaxCrossEntropy::mean(), train.view(), held, report)
            }
            Samples::Values(train) => {
                let held = held.and_then(Samples::values).map(Dataset::view);
                diagnose(network, &MeanSquaredError::mean(), train.view(), held, report)
            }
        }
    }
}
