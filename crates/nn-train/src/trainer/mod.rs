//! The training loop.

mod scores;
mod steps;

use std::fmt;
use std::ops::ControlFlow;
use std::time::Instant;

use nn_core::{Batch, Error, Fingerprint, Layer, Loss, Network, Scalar, Targets};

use crate::callback::{Callback, End, Epoch, Scores, Start};
use crate::check::{check_not_negative, check_positive};
use crate::clip::Clip;
use crate::evaluate::Evaluator;
use crate::history::{History, Record};
use crate::penalty::Penalty;
use crate::{Optimizer, Report, Schedule, StopReason, TrainError};
use scores::{CachedScores, Data};
use steps::Steps;

/// Data and network were checked when the run began.
const CHECKED: &str = "checked when the run began";

/// The training loop: for each epoch, for each mini-batch, forward, loss, backward, step.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `learning_rate` | 0.01 | above 0, finite |
/// | `epochs` | 100 | at least 1 |
/// | `batch_size` | 32 | at least 1; or `full_batch` |
/// | `schedule`, `schedule_steps` | none | a [`Schedule`] of the learning rate, by epochs or by steps |
/// | `l1` | 0 | at least 0, finite: the penalty λ Σ \|w\| on weights, not on biases |
/// | `l2` | 0 | at least 0, finite: the penalty λ/2 Σ w² on weights, not on biases |
/// | `clip_value` | none | above 0, finite: the largest derivative |
/// | `clip_norm` | none | above 0, finite: the largest norm of the gradient |
/// | `seed` | 0 | any: of the order of mini-batches and of noise in layers |
/// | `record_every` | 1 | at least 1: epochs between two records of the history |
///
/// What is minimised is the loss of the mini-batch plus the penalty. With [`Reduction::Sum`](nn_core::Reduction::Sum) a mini-batch bears its
/// share of the penalty, its samples over all samples, so that an epoch bears it once.
///
/// A run is fixed to the bit by the network, the data and the settings.
///
/// # Example
/// The settings of the reference:
/// ```
/// use nn_train::{Converged, Every, Sgd, Trainer};
///
/// let trainer = Trainer::<f64, _>::new(Sgd::new())
///     .learning_rate(1e-3)
///     .l2(1e-3)
///     .full_batch()
///     .epochs(20_000)
///     .record_every(100)
///     .callback(Every(100, Converged::new(1e-5)));
/// ```
pub struct Trainer<'c, T, O> {
    optimizer: O,
    learning_rate: f64,
    epochs: usize,
    batch_size: usize,
    schedule: Option<(Clock, Box<dyn Schedule + Send + 'c>)>,
    l1: f64,
    l2: f64,
    clip: Clip,
    seed: u64,
    record_every: usize,
    callbacks: Vec<Box<dyn Callback<T> + Send + 'c>>,
}

/// What the time of a schedule counts.
#[derive(Debug, Clone, Copy)]
enum Clock {
    Epochs,
    Steps,
}

impl<T, O: fmt::Debug> fmt::Debug for Trainer<'_, T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trainer")
            .field("optimizer", &self.optimizer)
            .field("learning_rate", &self.learning_rate)
            .field("epochs", &self.epochs)
            .field("batch_size", &self.batch_size)
            .field("schedule", &self.schedule.as_ref().map(|(clock, _)| clock))
            .field("l1", &self.l1)
            .field("l2", &self.l2)
            .field("clip", &self.clip)
            .field("seed", &self.seed)
            .field("record_every", &self.record_every)
            .field("callbacks", &self.callbacks.len())
            .finish()
    }
}

impl<'c, T: Scalar, O: Optimizer<T>> Trainer<'c, T, O> {
    /// A trainer with the default settings.
    pub fn new(optimizer: O) -> Self {
        Self {
            optimizer,
            learning_rate: 0.01,
            epochs: 100,
            batch_size: 32,
            schedule: None,
            l1: 0.0,
            l2: 0.0,
            clip: Clip::default(),
            seed: 0,
            record_every: 1,
            callbacks: Vec::new(),
        }
    }

    /// The size of a step.
    pub fn learning_rate(self, learning_rate: f64) -> Self {
        Self { learning_rate, ..self }
    }

    /// Passes over the data at most.
    pub fn epochs(self, epochs: usize) -> Self {
        Self { epochs, ..self }
    }

    /// Samples a step. The last mini-batch of an epoch may be smaller.
    pub fn batch_size(self, batch_size: usize) -> Self {
        Self { batch_size, ..self }
    }

    /// All samples in one step.
    pub fn full_batch(self) -> Self {
        self.batch_size(usize::MAX)
    }

    /// Multiplies the learning rate by the schedule's factor for the epoch, which counts from 0 in every run.
    pub fn schedule(self, schedule: impl Schedule + Send + 'c) -> Self {
        Self { schedule: Some((Clock::Epochs, Box::new(schedule))), ..self }
    }

    /// Multiplies the learning rate by the schedule's factor for the step, which counts from 0 in every run.
    pub fn schedule_steps(self, schedule: impl Schedule + Send + 'c) -> Self {
        Self { schedule: Some((Clock::Steps, Box::new(schedule))), ..self }
    }

    /// The factor λ of the penalty λ Σ |w| on weights.
    pub fn l1(self, l1: f64) -> Self {
        Self { l1, ..self }
    }

    /// The factor λ of the penalty λ/2 Σ w² on weights.
    pub fn l2(self, l2: f64) -> Self {
        Self { l2, ..self }
    }

    /// Brings every derivative between -`largest` and `largest`. The penalty's share is clipped with the loss's.
    pub fn clip_value(mut self, largest: f64) -> Self {
        self.clip.value = Some(largest);
        self
    }

    /// Scales the gradient down to the norm `largest` if its norm, over all parameters, is larger; after `clip_value`.
    pub fn clip_norm(mut self, largest: f64) -> Self {
        self.clip.norm = Some(largest);
        self
    }

    /// The seed of the order of mini-batches, and of noise in layers.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Scores the network after the first epoch, every n-th after it, and the last. A score is a forward pass over all
    /// samples, so long runs of short epochs are faster with a larger n.
    pub fn record_every(self, epochs: usize) -> Self {
        Self { record_every: epochs, ..self }
    }

    /// Adds a callback.
    pub fn callback(mut self, callback: impl Callback<T> + Send + 'c) -> Self {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// The optimizer, with the state that the last run has left.
    pub fn optimizer(&self) -> &O {
        &self.optimizer
    }

    /// Trains `network` on `train`, watching `validation` if there is one, and gives it the link of the loss.
    ///
    /// # Errors
    /// [`TrainError::Invalid`] for a setting out of its range or data that do not fit the network or the loss, before
    /// anything is changed; [`TrainError::NeedsValidation`]; [`TrainError::NotFinite`] when the loss or a parameter
    /// becomes NaN or infinite; the network then keeps the parameters and the state that the epoch began with.
    pub fn fit<L, P, Y>(
        &mut self,
        network: &mut Network<T, L>,
        loss: &P,
        train: Batch<'_, T, Y>,
        validation: Option<Batch<'_, T, Y>>,
    ) -> Result<Report, TrainError>
    where
        L: Layer<T>,
        P: Loss<T, Y> + ?Sized,
        Y: Targets<T> + ?Sized,
    {
        on_the_pool(|| self.run(network, loss, train, validation))
    }

    fn run<L, P, Y>(
        &mut self,
        network: &mut Network<T, L>,
        loss: &P,
        train: Batch<'_, T, Y>,
        validation: Option<Batch<'_, T, Y>>,
    ) -> Result<Report, TrainError>
    where
        L: Layer<T>,
        P: Loss<T, Y> + ?Sized,
        Y: Targets<T> + ?Sized,
    {
        let began = Instant::now();
        self.check()?;
        check_params(network)?;
        network.check_link(loss.link())?;
        check_data(network, loss, &train)?;
        if let Some(validation) = &validation {
            check_data(network, loss, validation).map_err(TrainError::InvalidValidation)?;
        }
        let layout = network.layout();
        let penalty = Penalty::new(self.l1, self.l2, &layout);
        let mut data =
            Data { train: Evaluator::new(train)?, validation: validation.map(Evaluator::new).transpose()? };
        let mut steps = Steps::new(self, network, train)?;
        let start = Start {
            epochs: self.epochs,
            params: network.params().len(),
            state: network.state().len(),
            validation: validation.is_some(),
        };
        for callback in &mut self.callbacks {
            callback.on_start(&start)?;
        }
        if let Some((_, schedule)) = &mut self.schedule {
            schedule.start()?;
        }
        let settings = self.fingerprint(network, loss, &train);
        self.optimizer.start(&layout)?;
        network.set_link(loss.link());

        let mut history = History::with_capacity((self.epochs / self.record_every).min(1 << 16) + 2);
        let mut ended = (self.epochs, Ok(StopReason::Epochs));
        for number in 1..=self.epochs {
            let running_loss = match steps.epoch(self, network, loss, &penalty) {
                Ok(running_loss) => running_loss,
                Err(failure) => {
                    ended = (number, Err(failure));
                    break;
                }
            };
            let mut scores = CachedScores::new(&mut data, network, loss, &penalty);
            let mut epoch = Epoch {
                number,
                epochs: self.epochs,
                running_loss,
                params: network.params(),
                state: network.state(),
                elapsed: began.elapsed(),
                scores: &mut scores,
            };
            let mut stop = None;
            for callback in &mut self.callbacks {
                if let ControlFlow::Break(reason) = callback.on_epoch(&mut epoch) {
                    stop = stop.or(Some(reason));
                }
            }
            if let Some((_, schedule)) = &mut self.schedule {
                schedule.on_epoch(&mut || scores.validation().unwrap_or_else(|| scores.train()).loss);
            }
            let last = stop.is_some() || number == self.epochs;
            let due = last || (number - 1).is_multiple_of(self.record_every);
            let record = due.then(|| Record::new(number, scores.train(), scores.validation()));
            if let Some(score) = scores.not_finite() {
                ended = (number, Err(steps.take_back_epoch(network, score)));
                break;
            }
            history.extend(record);
            if let Some(reason) = stop {
                ended = (number, Ok(reason));
                break;
            }
        }
        let (epochs, outcome) = ended;
        let (params, state) = network.params_and_state_mut();
        let mut end = End { params, state, reason: outcome.as_ref().ok() };
        for callback in &mut self.callbacks {
            callback.on_end(&mut end);
        }
        match outcome {
            Err(failure) => Err(failure.into_error(epochs, history)),
            Ok(reason) => {
                let mut scores = CachedScores::new(&mut data, network, loss, &penalty);
                let (train, validation) = (scores.train(), scores.validation());
                let mut fingerprint = settings;
                fingerprint.scalars(network.params());
                fingerprint.scalars(network.state());
                let (fingerprint, elapsed) = (fingerprint.finish(), began.elapsed());
                Ok(Report { reason, epochs, train, validation, history, fingerprint, elapsed })
            }
        }
    }

    /// Of settings and data, before the run.
    fn fingerprint<L, P, Y>(&self, network: &Network<T, L>, loss: &P, train: &Batch<'_, T, Y>) -> Fingerprint
    where
        L: Layer<T>,
        P: Loss<T, Y> + ?Sized,
        Y: Targets<T> + ?Sized,
    {
        let mut fingerprint = Fingerprint::new();
        let Self { optimizer, clip, epochs, batch_size, .. } = self;
        fingerprint.text(&format!("{optimizer:?} {clip:?} {epochs} {}", (*batch_size).min(train.samples())));
        fingerprint.scalars(&[self.learning_rate, self.l1, self.l2]);
        fingerprint.integer(self.seed);
        fingerprint.text(&format!("{:?} {:?}", loss.reduction(), loss.link()));
        fingerprint.text(&format!("{:?} {:?}", network.layers().spec(), network.layout()));
        train.fingerprint(&mut fingerprint);
        fingerprint
    }

    /// The learning rate of a step, in an epoch; both count from 0.
    fn learning_rate_at(&self, epoch: usize, step: u64) -> f64 {
        let factor = match &self.schedule {
            None => 1.0,
            Some((Clock::Epochs, schedule)) => schedule.factor(epoch),
            Some((Clock::Steps, schedule)) => schedule.factor(usize::try_from(step).unwrap_or(usize::MAX)),
        };
        self.learning_rate * factor
    }

    fn check(&self) -> Result<(), Error> {
        check_positive::<T>("learning rate", self.learning_rate)?;
        check_not_negative::<T>("l1", self.l1)?;
        check_not_negative::<T>("l2", self.l2)?;
        self.clip.check::<T>()?;
        let counts =
            [("epochs", self.epochs), ("batch size", self.batch_size), ("record_every", self.record_every)];
        match counts.iter().find(|(_, count)| *count == 0) {
            Some((name, _)) => Err(Error::hyperparameter(name, "at least 1", 0)),
            None => Ok(()),
        }
    }
}

/// Runs `work` on a thread of rayon's pool, where the arithmetic finds the other threads; with a single thread, here.
#[cfg(feature = "parallel")]
fn on_the_pool<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    if rayon::current_num_threads() == 1 { work() } else { rayon::scope(|_| work()) }
}

#[cfg(not(feature = "parallel"))]
fn on_the_pool<R>(work: impl FnOnce() -> R) -> R {
    work()
}

fn check_data<T, L, P, Y>(network: &Network<T, L>, loss: &P, data: &Batch<'_, T, Y>) -> Result<(), Error>
where
    T: Scalar,
    L: Layer<T>,
    P: Loss<T, Y> + ?Sized,
    Y: Targets<T> + ?Sized,
{
    let (expected, found) = (network.in_dim(), data.x().ncols());
    if expected != found {
        return Err(Error::FeatureCount { expected, found });
    }
    loss.check_targets(network.out_dim(), data.y(), data.weights())
}

fn check_params<T: Scalar, L: Layer<T>>(network: &Network<T, L>) -> Result<(), Error> {
    for (what, values) in [("parameters", network.params()), ("scalars of state", network.state())] {
        if let Some((column, value)) = values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            return Err(Error::NotFinite { what, row: 0, column, value: value.as_f64() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use nn_core::{Dense, HalfSquaredError, MeanSquaredError, Tanh};

    use super::*;
    use crate::Sgd;

    type Mlp = (Dense<Tanh>, Dense<nn_core::Identity>);

    fn data() -> (Array2<f64>, Array2<f64>) {
        let x = Array2::from_shape_fn((10, 2), |(n, j)| ((7 * n + 4 * j) % 9) as f64 / 9.0);
        let y = Array2::from_shape_fn((10, 1), |(n, _)| (n as f64).sin());
        (x, y)
    }

    fn network() -> Network<f64, Mlp> {
        Network::new(2, (Dense::new(4, Tanh), Dense::linear(1)), 1).expect("it fits")
    }

    /// A step of size 1 shows the gradient; central differences of the reported loss must be it.
    #[test]
    fn a_step_follows_the_gradient_of_the_reported_loss() {
        let (x, y) = data();
        let data = Batch::new(x.view(), &*y).expect("valid data");
        let losses: [(&dyn Loss<f64, ndarray::ArrayRef2<f64>>, f64); 3] = [
            (&HalfSquaredError::sum(), 10.0),
            (&HalfSquaredError::mean(), 1.0),
            (&MeanSquaredError::mean(), 1.0),
        ];
        for (loss, per_sample) in losses {
            let before = network();
            let mut after = network();
            let mut trainer =
                Trainer::new(Sgd::new()).learning_rate(1.0).l1(0.2).l2(0.3).full_batch().epochs(1);
            trainer.fit(&mut after, loss, data, None).expect("it trains");
            let penalty = Penalty::new(0.2, 0.3, &before.layout());
            let mut evaluator = Evaluator::new(data).expect("valid data");
            let mut reported = |i: usize, step: f64| {
                let mut moved = before.clone();
                moved.params_mut()[i] += step;
                per_sample * evaluator.score(&moved, loss, Some(&penalty)).expect("valid").loss
            };
            for i in 0..before.params().len() {
                let numeric = (reported(i, 1e-5) - reported(i, -1e-5)) / 2e-5;
                let taken = before.params()[i] - after.params()[i];
                assert!((taken - numeric).abs() < 1e-8, "parameter {i}: {taken} against {numeric}");
            }
        }
    }

    /// With a sum the mini-batches share the penalty out: over an epoch of tiny steps they move as the full batch does.
    #[test]
    fn mini_batches_of_a_sum_bear_the_penalty_once() {
        let (x, y) = data();
        let data = Batch::new(x.view(), &*y).expect("valid data");
        let moved = |batch_size: usize| {
            let mut network = network();
            let start = network.params().to_vec();
            let trainer = Trainer::new(Sgd::new()).learning_rate(1e-7).l2(5.0).epochs(1);
            let mut trainer = trainer.batch_size(batch_size);
            trainer.fit(&mut network, &HalfSquaredError::sum(), data, None).expect("it trains");
            start.iter().zip(network.params()).map(|(a, b)| (a - b) * 1e7).collect::<Vec<_>>()
        };
        for (full, mini) in moved(10).iter().zip(moved(3)) {
            assert!((full - mini).abs() < 1e-4, "{full} against {mini}");
        }
    }

    #[test]
    fn the_history_has_the_first_epoch_every_nth_and_the_last() {
        let (x, y) = data();
        let data = Batch::new(x.view(), &*y).expect("valid data");
        let mut trainer = Trainer::new(Sgd::new()).epochs(12).record_every(5);
        let report =
            trainer.fit(&mut network(), &HalfSquaredError::mean(), data, Some(data)).expect("it trains");
        let epochs: Vec<_> = report.history.records().iter().map(|record| record.epoch).collect();
        assert_eq!((epochs, report.epochs), (vec![1, 6, 11, 12], 12));
        let last = report.history.records().last().expect("four records");
        assert_eq!((last.train_loss, last.train_accuracy), (report.train.loss, None));
        assert_eq!(last.validation_loss, report.validation.map(|score| score.loss));
        assert_eq!(report.reason, StopReason::Epochs);
    }

    #[test]
    fn samples_of_weight_0_are_as_good_as_absent() {
        let (x, y) = data();
        let all = Batch::new(x.view(), &*y).expect("valid data");
        let weights: Vec<f64> = (0..10).map(|n| if n < 4 { 0.0 } else { 1.0 }).collect();
        let weighted = all.with_weights(&weights).expect("valid weights");
        let rows: Vec<usize> = (4..10).collect();
        let (x, y) = (x.select(ndarray::Axis(0), &rows), y.select(ndarray::Axis(0), &rows));
        let absent = Batch::new(x.view(), &*y).expect("valid data");
        let trained = |data, batch_size: usize| {
            let mut network = network();
            let mut trainer = Trainer::new(Sgd::new()).learning_rate(0.1).epochs(50).batch_size(batch_size);
            trainer.fit(&mut network, &HalfSquaredError::mean(), data, None).expect("it trains");
            network
        };
        for (a, b) in trained(weighted, 10).params().iter().zip(trained(absent, 6).params()) {
            assert!((a - b).abs() < 1e-12, "{a} against {b}");
        }
        // Batches of one: those without weight are passed over, not divided by 0.
        assert!(trained(weighted, 1).params().iter().all(|p| p.is_finite()));
        // The smallest weights that are allowed, alone in a mini-batch.
        let tiny: Vec<f64> = (0..10).map(|n| if n < 4 { 1e-307 } else { 1.0 }).collect();
        let tiny = all.with_weights(&tiny).expect("valid weights");
        assert!(trained(tiny, 1).params().iter().all(|p| p.is_finite()));
        assert!(all.with_weights(&[1e-310; 10]).is_err(), "1 / 1e-310 is infinite");
    }
}
