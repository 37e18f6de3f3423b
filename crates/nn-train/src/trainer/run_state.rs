use nn_core::{Error, Fingerprint, Scalar};

use super::{Progress, Trainer};
use crate::state_dict::not_of_this_run;
use crate::{History, Optimizer, StateDict};

/// What it takes, beside the network and the optimizer, to go on with a run in another process, to the same bits: how
/// far it has come, what its schedule and callbacks have seen, and its history.
///
/// | From | `epochs` of the trainer that goes on | callbacks |
/// |---|---|---|
/// | a [`Checkpointer`](crate::Checkpointer): a run in progress | those of the whole run | go on |
/// | [`Trainer::run_state`]: a run that is over | more of them | begin anew |
/// | a [`Progress`] | more of them | begin anew |
///
/// The network, the data, the settings, and those callbacks and the schedule that remember something must be the same.
///
/// # Example
/// Half of a run, written, read back in another process, and gone on with to the same bits:
/// ```
/// use ndarray::array;
/// use nn_core::{Batch, Dense, MeanSquaredError, Network, Sequential, Tanh};
/// use nn_train::schedule::ReduceOnPlateau;
/// use nn_train::{Adam, RunState, Trainer};
///
/// let (x, y) = (array![[0.0], [1.0], [2.0]], array![[0.0], [1.0], [0.0]]);
/// let data = Batch::new(x.view(), &*y)?;
/// let loss = MeanSquaredError::mean();
/// let mut network = Network::<f64, _>::new(1, (Dense::new(3, Tanh), Dense::linear(1)), 0)?;
/// let mut whole = network.clone();
/// let trainer = |adam| Trainer::new(adam).batch_size(2).schedule(ReduceOnPlateau::new().patience(1));
///
/// let mut first = trainer(Adam::new()).epochs(10);
/// first.fit(&mut network, &loss, data, None)?;
/// let file = serde_json::to_string(&(&network, first.optimizer(), first.run_state()))?;
///
/// let (mut network, optimizer, state): (Network<f64, Sequential<f64>>, Adam<f64>, RunState) =
///     serde_json::from_str(&file)?;
/// trainer(optimizer).epochs(10).resume(state).fit(&mut network, &loss, data, None)?;
///
/// trainer(Adam::new()).epochs(20).fit(&mut whole, &loss, data, None)?;
/// assert_eq!(network.params(), whole.params());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct RunState {
    progress: Progress,
    /// Epochs that were run before this run began.
    pub(super) before: usize,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(super) within: Within,
    /// Of settings and data, as the run began; none of a run that is over.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(super) settings: Option<Fingerprint>,
    #[cfg_attr(feature = "serde", serde(default))]
    schedule: Option<StateDict>,
    /// Of those that remember something; none of a run that is over.
    #[cfg_attr(feature = "serde", serde(default))]
    callbacks: Option<Vec<StateDict>>,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(super) history: History,
}

/// How far an epoch has come that is not over.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Within {
    /// Mini-batches run.
    pub(super) batches: usize,
    /// The sum of their losses, and what it is to be divided by.
    pub(super) loss: f64,
    pub(super) divisor: f64,
}

impl RunState {
    /// How far the run has come; an epoch that is not over does not count, its steps do.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// The scores of the run so far; empty of one that is over, whose report has them.
    pub fn history(&self) -> &History {
        &self.history
    }
}

impl From<Progress> for RunState {
    fn from(progress: Progress) -> Self {
        Self {
            progress,
            before: progress.epochs,
            within: Within::default(),
            settings: None,
            schedule: None,
            callbacks: None,
            history: History::default(),
        }
    }
}

impl<T: Scalar, O: Optimizer<T>> Trainer<'_, T, O> {
    /// What it takes, beside the network and the [`optimizer`](Trainer::optimizer), to go on where the last run ended.
    pub fn run_state(&self) -> RunState {
        RunState { schedule: self.schedule_state(), ..self.progress.into() }
    }

    /// The same in the middle of a run.
    pub(super) fn run_in_progress(&self, within: Within) -> RunState {
        RunState {
            before: self.run.before,
            within,
            settings: Some(self.run.settings.clone()),
            callbacks: Some(self.callbacks.iter().filter_map(|callback| callback.state_dict()).collect()),
            history: self.run.history.clone(),
            ..self.run_state()
        }
    }

    /// Checks a run that is to be taken up, whose state may be from a file.
    pub(super) fn check_resumed(&self) -> Result<(), Error> {
        let Some(RunState { progress, before, within, .. }) = &self.resumed else { return Ok(()) };
        // So far from any run that counting on cannot overflow.
        let long = u64::MAX >> 2;
        let counts = progress.steps < long && (progress.epochs as u64) < long;
        let sums = [within.loss, within.divisor];
        if !counts || *before > progress.epochs || sums.iter().any(|sum| !sum.is_finite()) {
            return Err(not_of_this_run("that of no run"));
        }
        Ok(())
    }

    fn schedule_state(&self) -> Option<StateDict> {
        self.schedule.as_ref().and_then(|(_, schedule)| schedule.state_dict())
    }

    /// Hands the schedule what it has seen in the run that is taken up; if none is, it forgets what it has, unless it goes
    /// on where the last run ended.
    pub(super) fn ready_schedule(&mut self, resumed: Option<&RunState>) -> Result<(), Error> {
        let remembers = self.schedule_state().is_some();
        let Some((_, schedule)) = &mut self.schedule else {
            let lacks = resumed.is_some_and(|state| state.schedule.is_some());
            return if lacks {
                Err(not_of_this_run("that of a schedule, and there is none"))
            } else {
                Ok(())
            };
        };
        match resumed.map(|state| &state.schedule) {
            Some(Some(state)) if remembers => schedule.load_state_dict(state),
            Some(Some(_)) => {
                Err(not_of_this_run("that of a schedule that remembers something, and this one does not"))
            }
            Some(None) if remembers => Err(not_of_this_run(
                "without what the schedule has seen; `Trainer::run_state` has it, a `Progress` has not",
            )),
            None if !self.warm_start => {
                schedule.reset();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Hands the callbacks what they have seen in the run that is taken up.
    pub(super) fn ready_callbacks(&mut self, resumed: &RunState) -> Result<(), Error> {
        let Some(states) = &resumed.callbacks else { return Ok(()) };
        let callbacks = self.callbacks.iter_mut().filter(|callback| callback.state_dict().is_some());
        let callbacks: Vec<_> = callbacks.collect();
        if callbacks.len() != states.len() {
            let found = format!(
                "that of {} callbacks that remember something, where the trainer has {}",
                states.len(),
                callbacks.len()
            );
            return Err(not_of_this_run(&found));
        }
        callbacks.into_iter().zip(states).try_for_each(|(callback, state)| callback.load_state_dict(state))
    }
}
