//! From samples to a trained network.

use std::fmt;

use clap::ValueEnum;
use nn_core::{
    ActivationSpec, Dense, Dropout, Init, MeanSquaredError, Network, Sequential, SoftmaxCrossEntropy, rng,
};
use nn_data::Dataset;
use nn_model::Checkpoints;
use nn_train::{
    Adam, Diagnosis, EarlyStopping, ProgressBar, Report, StopHandle, StopReason, Trainer, diagnose_some,
};
use serde::{Deserialize, Serialize};

use crate::doctor::EXAMINED;
use crate::rows::Rows;
use crate::samples::Samples;
use crate::{Failure, Workers};

/// Weights of a network, at most. It takes five times as much memory while it is trained, and who asks for more has mistyped.
const WEIGHTS: usize = 100_000_000;

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
    pub(crate) class_weight: ClassWeight,
    pub(crate) seed: u64,
}

/// As the options of `train`.
impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hidden, dropout, epochs, patience, batch_size, learning_rate, l2, seed, .. } = self;
        let activation = activation_name(self.activation);
        write!(
            f,
            "--hidden {hidden} --activation {activation} --dropout {dropout} --epochs {epochs} --patience {patience} "
        )?;
        write!(f, "--batch-size {batch_size} --learning-rate {learning_rate} --l2 {l2} ")?;
        if self.class_weight == ClassWeight::Balanced {
            f.write_str("--class-weight balanced ")?;
        }
        write!(f, "--seed {seed}")
    }
}

/// As it is said on the command line.
pub(crate) fn activation_name(activation: ActivationSpec) -> String {
    let value = serde_json::to_value(activation).unwrap_or_default();
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// How much the rows of a class count in the loss.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClassWeight {
    /// Every row as much as another.
    #[default]
    Even,
    /// Every class as much as another: the rows of a rare one count more.
    Balanced,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            // As scikit-learn's MLPClassifier has them, but for smaller batches, a larger penalty, and rows that say when to stop.
            hidden: Widths(vec![100]),
            activation: ActivationSpec::Relu,
            dropout: 0.0,
            epochs: 1000,
            patience: 50,
            batch_size: 32,
            learning_rate: 0.001,
            l2: 0.003,
            class_weight: ClassWeight::Even,
            seed: 0,
        }
    }
}

/// Units of the hidden layers; displayed as they are said, `64,32`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Default)]
pub(crate) struct Watch<'w> {
    pub(crate) stop: StopHandle,
    /// Whether a bar is drawn, if there is a terminal.
    pub(crate) bar: bool,
    pub(crate) checkpoints: Option<Checkpoints<f32>>,
    /// Whether the run in the folder of checkpoints is gone on with, if there is one.
    pub(crate) resume: bool,
    /// Who trains, if it is not this process alone.
    pub(crate) workers: Option<&'w dyn Workers>,
}

impl Watch<'_> {
    /// A number of the process that is listened to, where there are several.
    pub(crate) fn of_first(&self, number: usize) -> usize {
        self.workers.map_or(number, |workers| workers.of_first(number))
    }

    /// Whether somebody has ended it; the same for all processes.
    pub(crate) fn is_stopped(&self) -> bool {
        self.of_first(usize::from(self.stop.is_stopped())) != 0
    }
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
        train: &Rows<'_>,
        held: Option<&Rows<'_>>,
        watch: &Watch<'_>,
    ) -> Result<Fitted, Failure> {
        let own_held = held.map(Rows::own).transpose()?;
        let workers = train.workers();
        match train.own()? {
            Samples::Classes(data) => {
                let loss = self.loss_of_classes(&train.class_counts());
                let held = own_held.and_then(Samples::classes).map(Dataset::view);
                self.run(train, held.is_some(), watch, |mut trainer, network| match workers {
                    Some(workers) => workers.fit_classes(trainer, network, &loss, data.view(), held),
                    None => Ok(trainer.fit(network, &loss, data.view(), held)?),
                })
            }
            Samples::Values(data) => {
                let loss = MeanSquaredError::mean();
                let held = own_held.and_then(Samples::values).map(Dataset::view);
                self.run(train, held.is_some(), watch, |mut trainer, network| match workers {
                    Some(workers) => workers.fit_values(trainer, network, &loss, data.view(), held),
                    None => Ok(trainer.fit(network, &loss, data.view(), held)?),
                })
            }
        }
    }

    fn run(
        &self,
        rows: &Rows<'_>,
        is_held: bool,
        watch: &Watch<'_>,
        fit: impl FnOnce(Trainer<'_, f32, Adam<f32>>, &mut Net) -> Result<Report, Failure>,
    ) -> Result<Fitted, Failure> {
        let saved = match &watch.checkpoints {
            Some(checkpoints) if watch.resume => checkpoints.newest::<Adam<f32>>()?,
            _ => None,
        };
        let (mut network, trainer) = match saved {
            Some(saved) => (saved.model.into_network(), Trainer::new(saved.optimizer).resume(saved.state)),
            None => (self.network(rows)?, Trainer::new(Adam::new())),
        };
        let mut trainer = trainer
            .learning_rate(self.learning_rate)
            .l2(self.l2)
            .batch_size(self.batch_size)
            .epochs(self.epochs)
            .seed(self.seed)
            .callback(watch.stop.clone());
        if is_held {
            trainer = trainer.callback(EarlyStopping::new(self.patience));
        }
        if watch.bar {
            trainer = trainer.callback(ProgressBar::new());
        }
        let writes = watch.workers.is_none_or(Workers::is_first);
        if let Some(checkpoints) = watch.checkpoints.clone().filter(|_| writes) {
            trainer = trainer.checkpointer(checkpoints);
        }
        let report = fit(trainer, &mut network)?;
        let best_epoch = best_epoch(&report, is_held);
        Ok(Fitted { network, report, best_epoch })
    }

    /// The loss on classes that have so many samples.
    fn loss_of_classes(&self, counts: &[usize]) -> SoftmaxCrossEntropy {
        let loss = SoftmaxCrossEntropy::mean();
        match self.class_weight {
            ClassWeight::Even => loss,
            ClassWeight::Balanced => {
                let each = counts.iter().sum::<usize>() as f64 / counts.len() as f64;
                // A class without a row here may have one among those that are set aside.
                loss.class_weights(
                    counts.iter().map(|&count| each / count.max(1) as f64).collect::<Vec<f64>>(),
                )
            }
        }
    }

    /// The network before its first step.
    pub(crate) fn network(&self, rows: &Rows<'_>) -> Result<Net, nn_core::Error> {
        let mut layers = Sequential::new();
        for &units in &self.hidden.0 {
            layers = layers.then(Dense::new(units, self.activation));
            if self.dropout > 0.0 {
                layers = layers.then(Dropout::new(self.dropout));
            }
        }
        let layers = layers.then(Dense::linear(rows.outputs()));
        let widths = [&[rows.features()], &self.hidden.0[..], &[rows.outputs()]].concat();
        let weights: usize =
            widths.windows(2).map(|pair| pair[0].saturating_mul(pair[1])).fold(0, usize::saturating_add);
        if weights > WEIGHTS {
            return Err(nn_core::Error::hyperparameter(
                "the number of weights",
                "100,000,000 at most; take fewer units (--hidden), or join rare categories (--min-frequency 10)",
                weights,
            ));
        }
        Network::with_init(rows.features(), layers, Init::default(), &mut rng(self.seed))
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
    /// None, for the samples and the recipe that it was trained on.
    pub(crate) fn diagnose(
        &self,
        recipe: &Recipe,
        train: &Rows<'_>,
        held: Option<&Rows<'_>>,
    ) -> Result<Diagnosis, Failure> {
        let (network, report, rows) = (&self.network, Some(&self.report), train.count());
        let held = held.map(|held| held.some(EXAMINED)).transpose()?;
        let held = held.as_deref();
        Ok(match &*train.some(EXAMINED)? {
            Samples::Classes(some) => {
                let held = held.and_then(Samples::classes).map(Dataset::view);
                let loss = recipe.loss_of_classes(&train.class_counts());
                diagnose_some(network, &loss, some.view(), held, report, rows)?
            }
            Samples::Values(some) => {
                let held = held.and_then(Samples::values).map(Dataset::view);
                diagnose_some(network, &MeanSquaredError::mean(), some.view(), held, report, rows)?
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use ndarray::{Array2, array};
    use nn_data::{Classification, Regression};
    use nn_train::FindingKind;

    use super::*;

    /// Above or below a line.
    fn sides(rows: usize, shift: usize) -> Rows<'static> {
        let x =
            Array2::from_shape_fn((rows, 2), |(n, j)| ((n + shift) * (7 + 4 * j) % 23) as f32 / 11.0 - 1.0);
        let y = x.rows().into_iter().map(|row| usize::from(row[0] + row[1] > 0.1)).collect();
        Rows::whole(Cow::Owned(Samples::Classes(Classification::new(x, y, 2).expect("samples"))))
    }

    fn line(rows: usize) -> Rows<'static> {
        let x = Array2::from_shape_fn((rows, 1), |(n, _)| n as f32 / rows as f32);
        let y = x.mapv(|x| 2.0 * x - 1.0);
        Rows::whole(Cow::Owned(Samples::Values(Regression::new(x, y).expect("samples"))))
    }

    fn recipe() -> Recipe {
        Recipe { hidden: Widths(vec![6]), epochs: 60, patience: 5, learning_rate: 0.03, ..Recipe::default() }
    }

    #[test]
    fn the_network_has_the_weights_of_the_best_epoch() {
        let (train, held) = (sides(60, 0), sides(40, 5));
        let fitted = recipe().fit(&train, Some(&held), &Watch::default()).expect("it trains");
        let losses =
            fitted.report.history.records().iter().map(|record| record.validation_loss.expect("a loss"));
        let best = losses.enumerate().min_by(|(_, a), (_, b)| a.total_cmp(b)).expect("epochs");
        assert_eq!(fitted.best_epoch, best.0 + 1);
        assert_eq!(fitted.report.validation.expect("a score").loss, best.1);
        // As many epochs alone come to the same weights.
        let short = Recipe { epochs: fitted.best_epoch, ..recipe() };
        let again = short.fit(&train, None, &Watch::default()).expect("it trains");
        assert_eq!(again.network.params(), fitted.network.params());
        assert_eq!((again.best_epoch, again.report.reason), (fitted.best_epoch, StopReason::Epochs));
    }

    #[test]
    fn a_run_that_is_out_of_epochs_knows_its_best_one() {
        let (train, held) = (sides(60, 0), sides(40, 5));
        let recipe = Recipe { patience: 1000, learning_rate: 0.3, ..recipe() };
        let fitted = recipe.fit(&train, Some(&held), &Watch::default()).expect("it trains");
        assert_eq!(fitted.report.reason, StopReason::Epochs);
        let record = &fitted.report.history.records()[fitted.best_epoch - 1];
        assert_eq!(record.validation_loss, fitted.report.validation.map(|score| score.loss));
        assert!(fitted.best_epoch < 60, "steps are so long that the last epoch is not the best");
    }

    #[test]
    fn values_are_fitted_and_nothing_is_held() {
        let fitted = recipe().fit(&line(40), None, &Watch::default()).expect("it trains");
        assert_eq!((fitted.report.epochs, fitted.report.validation), (60, None));
        let found = fitted.network.predict(array![[0.25_f32]].view()).expect("a value")[[0, 0]];
        assert!((found + 0.5).abs() < 0.1, "{found}");
    }

    #[test]
    fn a_run_is_stopped_by_its_watch() {
        let watch = Watch::default();
        watch.stop.stop();
        let fitted = recipe().fit(&line(40), Some(&line(10)), &watch).expect("it trains");
        assert_eq!((fitted.report.epochs, fitted.report.reason), (1, StopReason::Stopped));
    }

    #[test]
    fn the_doctor_looks_at_the_run() {
        let (train, held) = (sides(60, 0), sides(6, 5));
        let fitted = recipe().fit(&train, Some(&held), &Watch::default()).expect("it trains");
        let diagnosis = fitted.diagnose(&recipe(), &train, Some(&held)).expect("a diagnosis");
        assert!(diagnosis.find(FindingKind::TooFewValidationSamples).is_some(), "{diagnosis}");
        // Without rows that are held out there is nothing to say of them.
        let diagnosis = fitted.diagnose(&recipe(), &train, None).expect("a diagnosis");
        assert!(diagnosis.find(FindingKind::TooFewValidationSamples).is_none(), "{diagnosis}");
    }

    /// As scikit-learn's `class_weight="balanced"`.
    #[test]
    fn balanced_classes_count_alike() {
        let balanced = Recipe { class_weight: ClassWeight::Balanced, ..recipe() };
        // Samples over classes and rows of the class; of one that has none, as if it had one.
        let expected = [8.0 / (3.0 * 6.0), 8.0 / (3.0 * 2.0), 8.0 / 3.0];
        assert_eq!(balanced.loss_of_classes(&[6, 2, 0]), SoftmaxCrossEntropy::mean().class_weights(expected));
        assert_eq!(recipe().loss_of_classes(&[6, 2, 0]), SoftmaxCrossEntropy::mean());
    }

    #[test]
    fn widths_are_displayed_as_they_are_said() {
        assert_eq!(Widths(vec![64, 32]).to_string(), "64,32");
        assert_eq!(Widths(Vec::new()).to_string(), "none");
    }
}
