//! A run of epochs, from its first to its report.

use std::ops::ControlFlow;

use nn_core::{Fingerprint, Layer, Network, Scalar};

use super::checkpointer::Attached;
use super::observed::Watched;
use super::run_state::Within;
use super::steps::Failure;
use super::{Moment, Problem, Progress, RunLog, RunState, Trainer};
use crate::callback::{End, Epoch, Observed, Start};
use crate::clock::Clock;
use crate::history::History;
use crate::{Optimizer, Report, StopReason, TrainError};

impl<T: Scalar, O: Optimizer<T>> Trainer<'_, T, O> {
    pub(super) fn run<L, Q>(
        &mut self,
        network: &mut Network<T, L>,
        train: &mut Q,
        mut validation: Option<&mut dyn Problem<T, L>>,
    ) -> Result<Report, TrainError>
    where
        L: Layer<T>,
        Q: Problem<T, L> + ?Sized,
    {
        let began = Clock::start();
        self.check_run(network, train)?;
        if let Some(validation) = &mut validation {
            validation.check(network).map_err(TrainError::InvalidValidation)?;
        }
        let resumed = self.resumed.clone();
        let progress = if self.warm_start { self.progress } else { Progress::default() };
        let before = resumed.as_ref().map_or(progress.epochs, |state| state.before);
        let last = before.saturating_add(self.epochs);
        let start = Start {
            first: progress.epochs.saturating_add(1),
            epochs: last,
            samples: train.samples(),
            inputs: network.in_dim(),
            params: network.params().len(),
            state: network.state().len(),
            validation: validation.is_some(),
            writable: network.layers().spec().is_some(),
        };
        self.get_ready(&start, resumed.as_ref())?;
        let settings = self.fingerprint(network, train);
        let within = resumed.as_ref().map_or(Within::default(), |state| state.within);
        let (penalty, mut steps) = self.begin(network, train, within)?;
        self.progress = progress;
        self.resumed = None;
        self.run = self.log(before, settings, resumed);

        let mut outcome = Ok(StopReason::Epochs);
        for number in start.first..=last {
            let progress = self.progress;
            let (running_loss, mut stop) = match steps.epoch(self, network, train, &penalty) {
                Ok(epoch) => epoch,
                Err(failure) => {
                    outcome = Err((number, failure));
                    break;
                }
            };
            let recorded = number == last || (number - before - 1).is_multiple_of(self.record_every);
            let held = validation.as_mut().map(|held| &mut **held as &mut dyn Problem<T, L>);
            let mut watched = Watched::new((&mut *train, held), network, &penalty);
            #[cfg(feature = "progress")]
            {
                watched.recorded = recorded;
            }
            let mut epoch = Epoch {
                number,
                epochs: last,
                running_loss,
                params: network.params(),
                state: network.state(),
                elapsed: began.elapsed(),
                observed: &mut watched,
            };
            for callback in &mut self.callbacks {
                if let ControlFlow::Break(reason) = callback.on_epoch(&mut epoch) {
                    stop = stop.or(Some(reason));
                }
            }
            stop = watched.decide(stop);
            if let Some((_, schedule)) = &mut self.schedule {
                schedule.on_epoch(&mut || watched.validation().unwrap_or_else(|| watched.train()).loss);
            }
            let due = recorded || stop.is_some() || watched.has_metrics();
            let record = due.then(|| watched.record(number));
            if let Some(score) = watched.not_finite() {
                self.progress = progress;
                outcome = Err((number, steps.take_back_epoch(network, score)));
                break;
            }
            self.run.warnings.append(&mut watched.warnings);
            self.run.history.extend(record);
            if let Some(reason) = stop {
                outcome = Ok(reason);
                break;
            }
            self.checkpoint(network, Moment::Epoch, Within::default());
        }
        let (params, state) = network.params_and_state_mut();
        let mut end = End { params, state, reason: outcome.as_ref().ok() };
        for callback in &mut self.callbacks {
            callback.on_end(&mut end);
        }
        let reason = self.reason(outcome)?;
        let held = validation.as_mut().map(|held| &mut **held as &mut dyn Problem<T, L>);
        let mut watched = Watched::new((train, held), network, &penalty);
        let (train, validation) = (watched.train(), watched.validation());
        let RunLog { settings: mut fingerprint, history, warnings, .. } = std::mem::take(&mut self.run);
        fingerprint.scalars(network.params());
        fingerprint.scalars(network.state());
        let (fingerprint, elapsed) = (fingerprint.finish(), began.elapsed());
        let epochs = self.progress.epochs - before;
        Ok(Report { reason, epochs, train, validation, history, fingerprint, warnings, elapsed })
    }

    /// Begins with what watches the run, in the order in which it will.
    fn get_ready(&mut self, start: &Start, resumed: Option<&RunState>) -> Result<(), TrainError> {
        for callback in &mut self.callbacks {
            callback.on_start(start)?;
        }
        if let Some(Attached { checkpointer, .. }) = &mut self.checkpointer {
            if !start.writable {
                let message = "the network has a layer that has no `LayerSpec`, and so cannot be written; implement `Architecture::spec`, or leave the checkpoints out";
                return Err(TrainError::failed("Checkpointer", message));
            }
            checkpointer.on_start(start)?;
        }
        if let Some(state) = resumed {
            self.ready_callbacks(state)?;
        }
        Ok(self.ready_schedule(resumed)?)
    }

    /// What a run that begins has left so far: nothing, or what it had when it was written down.
    fn log(&self, before: usize, settings: Fingerprint, resumed: Option<RunState>) -> RunLog {
        let (mut history, earlier) = match resumed {
            Some(state) => (state.history, state.settings),
            None => (History::default(), None),
        };
        history.reserve((self.epochs / self.record_every).min(1 << 16) + 2);
        RunLog { before, settings: earlier.unwrap_or(settings), history, warnings: Vec::new() }
    }

    /// Why the run ended, if it was not by an error.
    fn reason(&mut self, outcome: Result<StopReason, (usize, Failure)>) -> Result<StopReason, TrainError> {
        let history = &mut self.run.history;
        match outcome.map_err(|(number, failure)| failure.into_error(number, std::mem::take(history)))? {
            // Nothing is lost yet, and it is all but surely a setting.
            StopReason::CallbackFailed { callback, message } if self.progress.epochs == 1 => {
                Err(TrainError::CallbackFailed { callback, message })
            }
            reason => Ok(reason),
        }
    }

    /// Of settings and data, before the run.
    fn fingerprint<L: Layer<T>>(
        &self,
        network: &Network<T, L>,
        train: &mut (impl Problem<T, L> + ?Sized),
    ) -> Fingerprint {
        let mut fingerprint = Fingerprint::new();
        let Self { optimizer, clip, epochs, batch_size, gradient_accumulation, .. } = self;
        let batch_size = (*batch_size).min(train.samples());
        let progress = if self.warm_start { self.progress } else { Progress::default() };
        fingerprint.text(&format!(
            "{optimizer:?} {clip:?} {epochs} {batch_size} {gradient_accumulation} {progress:?}"
        ));
        fingerprint.scalars(&[self.learning_rate, self.l1, self.l2]);
        fingerprint.integer(self.seed);
        fingerprint.text(&format!("{:?} {:?}", train.reduction(), train.link()));
        fingerprint.text(&format!("{:?} {:?}", network.layers().spec(), network.layout()));
        train.fingerprint(&mut fingerprint);
        fingerprint
    }
}
