//! The training loop.

mod checkpointer;
mod fit;
#[cfg(feature = "levenberg-marquardt")]
mod gauss_newton;
mod gradient;
mod hold_out;
mod learning_rate_curve;
mod learning_rate_finder;
mod objective;
mod observed;
mod on_batch;
mod problem;
mod progress;
mod run;
mod run_state;
mod steps;

pub use checkpointer::{Checkpointer, Moment, Run};
pub(crate) use fit::check_data;
pub use learning_rate_curve::LearningRateCurve;
pub use learning_rate_finder::LearningRateFinder;
pub use problem::Problem;
pub use progress::Progress;
pub use run_state::RunState;

use std::fmt;

use checkpointer::Attached;
use nn_core::{Error, Fingerprint, Scalar};

use crate::check::{check, check_not_negative, check_positive};
use crate::clip::Clip;
use crate::{Callback, History, Optimizer, Schedule};

/// Data and network were checked when the run began.
const CHECKED: &str = "checked when the run began";

/// The training loop: for each epoch, for each mini-batch, forward, loss, backward, step.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `learning_rate` | 0.01 | above 0, finite |
/// | `epochs` | 100 | at least 1 |
/// | `batch_size` | 32 | at least 1; or `full_batch` |
/// | `gradient_accumulation` | 1 | at least 1: mini-batches a step |
/// | `schedule`, `schedule_steps` | none | a [`Schedule`] of the learning rate, by epochs or by steps |
/// | `l1` | 0 | at least 0, finite: the penalty λ Σ \|w\| on weights, not on biases |
/// | `l2` | 0 | at least 0, finite: the penalty λ/2 Σ w² on weights, not on biases |
/// | `clip_value` | none | above 0, finite: the largest derivative |
/// | `clip_norm` | none | above 0, finite: the largest norm of the gradient |
/// | `seed` | 0 | any: of the order of mini-batches and of noise in layers |
/// | `record_every` | 1 | at least 1: epochs between two records of the history |
/// | `validation_fraction` | none | above 0, below 1: samples set aside for validation |
/// | `warm_start` | off | whether a run goes on where the last one ended |
///
/// What is minimised is the loss of the mini-batch plus the penalty. With [`Reduction::Sum`](nn_core::Reduction::Sum) a mini-batch bears its
/// share of the penalty, what its samples count over what all do, so that an epoch bears it once.
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
    gradient_accumulation: usize,
    schedule: Option<(Clock, Box<dyn Schedule + Send + 'c>)>,
    l1: f64,
    l2: f64,
    clip: Clip,
    seed: u64,
    record_every: usize,
    validation_fraction: Option<f64>,
    warm_start: bool,
    progress: Progress,
    /// Where the next run begins, if another trainer's is taken up.
    resumed: Option<RunState>,
    run: RunLog,
    checkpointer: Option<Attached<'c, T, O>>,
    callbacks: Vec<Box<dyn Callback<T> + Send + 'c>>,
}

/// What a run has left so far, beside the weights.
#[derive(Debug, Default)]
struct RunLog {
    /// Epochs that were run before it began.
    before: usize,
    /// Of settings and data, as it began.
    settings: Fingerprint,
    history: History,
    warnings: Vec<String>,
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
            .field("gradient_accumulation", &self.gradient_accumulation)
            .field("schedule", &self.schedule.as_ref().map(|(clock, _)| clock))
            .field("l1", &self.l1)
            .field("l2", &self.l2)
            .field("clip", &self.clip)
            .field("clip", &self.clip)
            .field("seed", &self.seed)
            .field("record_every", &self.record_every)
            .field("validation_fraction", &self.validation_fraction)
            .field("warm_start", &self.warm_start)
            .field("progress", &self.progress)
            .finish_non_exhaustive()
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
            gradient_accumulation: 1,
            schedule: None,
            l1: 0.0,
            l2: 0.0,
            clip: Clip::default(),
            seed: 0,
            record_every: 1,
            validation_fraction: None,
            warm_start: false,
            progress: Progress::default(),
            resumed: None,
            run: RunLog::default(),
            checkpointer: None,
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

    /// Adds the gradients of this many mini-batches up before a step: the step of a mini-batch so many times as large, in
    /// the memory of a small one. (Layers that mix the samples of a mini-batch see the small ones.)
    pub fn gradient_accumulation(self, mini_batches: usize) -> Self {
        Self { gradient_accumulation: mini_batches, ..self }
    }

    /// Multiplies the learning rate by the schedule's factor for the epoch, which counts from 0 in every run that does not
    /// go on where the last one ended.
    pub fn schedule(self, schedule: impl Schedule + Send + 'c) -> Self {
        Self { schedule: Some((Clock::Epochs, Box::new(schedule))), ..self }
    }

    /// Multiplies the learning rate by the schedule's factor for the step, which counts as epochs do in
    /// [`schedule`](Trainer::schedule).
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

    /// Sets this share of the training samples aside for validation: drawn at random, fixed by the seed, and where
    /// targets are classes with the classes in proportion. For `fit` without a validation set.
    pub fn validation_fraction(self, fraction: f64) -> Self {
        Self { validation_fraction: Some(fraction), ..self }
    }

    /// Whether `fit` goes on where the last run ended: with its count of epochs and steps, so that schedules, the order
    /// of samples and noise go on, too. Two runs are then one long run, to the bit. Parameters and the optimizer's state
    /// are always those that the last run left; callbacks always begin anew.
    pub fn warm_start(self, warm_start: bool) -> Self {
        Self { warm_start, ..self }
    }

    /// Goes on with a run of another trainer, from its [`run_state`](Trainer::run_state) or what a [`Checkpointer`] has
    /// written, with [`warm_start`](Trainer::warm_start). The network and the optimizer are those that the run left. See
    /// [`RunState`] for what `epochs` then counts.
    pub fn resume(self, state: impl Into<RunState>) -> Self {
        let state = state.into();
        Self { progress: state.progress(), resumed: Some(state), warm_start: true, ..self }
    }

    /// Writes down on the way what it takes to go on with the run after a crash.
    pub fn checkpointer(self, checkpointer: impl Checkpointer<T, O> + Send + 'c) -> Self {
        Self { checkpointer: Some(Attached::new(checkpointer)), ..self }
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

    /// How far the last run has come.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// The learning rate of the next step.
    fn learning_rate_now(&self) -> f64 {
        let Progress { epochs, steps } = self.progress;
        let factor = match &self.schedule {
            None => 1.0,
            Some((Clock::Epochs, schedule)) => schedule.factor(epochs),
            Some((Clock::Steps, schedule)) => schedule.factor(usize::try_from(steps).unwrap_or(usize::MAX)),
        };
        self.learning_rate * factor
    }

    fn check(&self) -> Result<(), Error> {
        check_positive::<T>("learning rate", self.learning_rate)?;
        check_not_negative::<T>("l1", self.l1)?;
        check_not_negative::<T>("l2", self.l2)?;
        self.clip.check::<T>()?;
        let fraction = self.validation_fraction.unwrap_or(0.5);
        check(
            fraction > 0.0 && fraction < 1.0,
            "validation_fraction",
            "a number above 0, below 1",
            fraction,
        )?;
        if let Some((_, schedule)) = &self.schedule {
            schedule.check()?;
        }
        let counts = [
            ("epochs", self.epochs),
            ("batch size", self.batch_size),
            ("gradient_accumulation", self.gradient_accumulation),
            ("record_every", self.record_every),
        ];
        match counts.iter().find(|(_, count)| *count == 0) {
            Some((name, _)) => Err(Error::hyperparameter(name, "at least 1", 0)),
            None => Ok(()),
        }
    }
}
