use std::ops::ControlFlow;

use nn_core::{Error, Scalar};

use super::figure::Figure;
use super::{Callback, End, Epoch, Start};
use crate::check::check_not_negative;
use crate::state_dict::not_of_this_run;
use crate::{StateDict, StopReason, TrainError};

/// Ends a run when a figure has not got better for some looks, and gives back the best weights however the run ended: by
/// this callback or another, after all epochs, or by an error. What the report then says is the score of these weights.
///
/// The figure is the validation loss, or any other by its name ([`Epoch::metric`]): a score of the epoch, or what a
/// callback added before this has set, such as [`Metric`](crate::Metric).
///
/// It looks after every epoch; wrapped in [`Every`](crate::Every), after every n-th. An epoch without the figure is not
/// looked at. A name that its first epoch does not have ends the run:
/// [`StopReason::CallbackFailed`] says which there are.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `patience` | | looks without improvement that end the run, at least 1 |
/// | `minimize`, `maximize` | minimize `validation_loss` | the name of a figure |
/// | `min_delta` | 0 | an improvement must be larger than this; at least 0, finite |
/// | `start_epoch` | 1 | the first epoch that is looked at; at least 1 |
/// | `baseline` | none | what the figure must reach within `patience` looks; finite |
///
/// Until the baseline is reached, no improvement makes the run wait longer. The best weights are those of the epochs
/// looked at; a run that ends before `start_epoch` keeps its last ones.
///
/// # Example
/// ```
/// use nn_train::{EarlyStopping, Sgd, Trainer};
///
/// let trainer = Trainer::<f64, _>::new(Sgd::new()).callback(EarlyStopping::new(20).min_delta(1e-4));
/// let by_accuracy = EarlyStopping::<f64>::new(20).maximize("validation_accuracy").baseline(0.5).start_epoch(10);
/// ```
///
/// As Keras's callback of that name with `restore_best_weights`, which restores them on this exit only. Its
/// `start_from_epoch` is one less, since it counts from 0, and it takes a `baseline` for reached when the figure is better
/// by `min_delta`.
///
/// Prechelt: "Early stopping, but when?", 1998.
#[derive(Debug, Clone)]
pub struct EarlyStopping<T> {
    patience: usize,
    figure: Figure,
    min_delta: f64,
    start_epoch: usize,
    baseline: Option<f64>,
    best: Best<T>,
    /// Looks since the best.
    waited: usize,
}

/// The best weights so far, and the state that belongs to them.
#[derive(Debug, Clone)]
struct Best<T> {
    /// 0 before the first look.
    epoch: usize,
    value: f64,
    params: Vec<T>,
    state: Vec<T>,
}

impl<T> EarlyStopping<T> {
    /// Ends a run after `patience` looks without improvement.
    pub fn new(patience: usize) -> Self {
        let best = Best { epoch: 0, value: f64::INFINITY, params: Vec::new(), state: Vec::new() };
        let figure = Figure::default();
        Self { patience, figure, min_delta: 0.0, start_epoch: 1, baseline: None, best, waited: 0 }
    }

    /// Watches the figure of this name, which is better the lower it is.
    pub fn minimize(self, metric: impl Into<String>) -> Self {
        Self { figure: Figure::minimize(metric), ..self }
    }

    /// Watches the figure of this name, which is better the higher it is.
    pub fn maximize(self, metric: impl Into<String>) -> Self {
        Self { figure: Figure::maximize(metric), ..self }
    }

    /// Takes a figure for better only if it is by more than `min_delta`.
    pub fn min_delta(self, min_delta: f64) -> Self {
        Self { min_delta, ..self }
    }

    /// Does not look before this epoch, which counts from 1.
    pub fn start_epoch(self, epoch: usize) -> Self {
        Self { start_epoch: epoch, ..self }
    }

    /// Ends a run, too, whose figure has not come to `baseline` within `patience` looks.
    pub fn baseline(self, baseline: f64) -> Self {
        Self { baseline: Some(baseline), ..self }
    }

    /// Whether `value` is as good as the baseline.
    fn reached(&self, value: f64) -> bool {
        self.baseline.is_none_or(|baseline| self.figure.gain(value, baseline) >= 0.0)
    }

    fn reason(&self) -> StopReason {
        let (metric, best_epoch, best) = (self.figure.name.clone(), self.best.epoch, self.best.value);
        match self.baseline.filter(|_| !self.reached(best)) {
            Some(baseline) => StopReason::BaselineNotReached { metric, baseline, best_epoch, best },
            None => StopReason::EarlyStopping { metric, best_epoch, best },
        }
    }
}

impl<T: Scalar> Callback<T> for EarlyStopping<T> {
    fn on_start(&mut self, start: &Start) -> Result<(), TrainError> {
        self.figure.start("EarlyStopping", start)?;
        for (name, count) in [("patience", self.patience), ("start_epoch", self.start_epoch)] {
            if count == 0 {
                return Err(Error::hyperparameter(name, "at least 1", 0).into());
            }
        }
        check_not_negative::<f64>("min_delta", self.min_delta)?;
        if let Some(baseline) = self.baseline.filter(|baseline| !baseline.is_finite()) {
            return Err(Error::hyperparameter("baseline", "a finite number", baseline).into());
        }
        self.waited = 0;
        self.best.epoch = 0;
        self.best.value = self.figure.worst();
        self.best.params.clear();
        self.best.params.resize(start.params, T::zero());
        self.best.state.clear();
        self.best.state.resize(start.state, T::zero());
        Ok(())
    }

    fn on_epoch(&mut self, epoch: &mut Epoch<'_, T>) -> ControlFlow<StopReason> {
        if epoch.number() < self.start_epoch {
            return ControlFlow::Continue(());
        }
        let Some(value) = self.figure.look("EarlyStopping", epoch)? else { return ControlFlow::Continue(()) };
        let better = self.figure.gain(value, self.best.value) > self.min_delta;
        if better {
            self.best.epoch = epoch.number();
            self.best.value = value;
            self.best.params.copy_from_slice(epoch.params());
            self.best.state.copy_from_slice(epoch.state());
        }
        self.waited = if better && self.reached(value) { 0 } else { self.waited.saturating_add(1) };
        if self.waited < self.patience {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(self.reason())
        }
    }

    fn state_dict(&self) -> Option<StateDict> {
        let state = self.figure.state_dict().with("waited", [self.waited as f64]);
        let Best { epoch, value, params, state: network } = &self.best;
        if *epoch == 0 {
            return Some(state);
        }
        let best = StateDict::new()
            .with("epoch", [*epoch as f64])
            .with("value", [*value])
            .with("params", params.iter().map(|value| value.as_f64()))
            .with("state", network.iter().map(|value| value.as_f64()));
        Some(state.with_part("best", &best))
    }

    fn load_state_dict(&mut self, state: &StateDict) -> Result<(), Error> {
        self.figure.load_state_dict(state)?;
        self.waited = state.count("waited")?;
        if !state.contains("best.epoch") {
            return Ok(());
        }
        let numbers = |name, expected| {
            let values = state.values(name)?;
            if values.len() != expected || values.iter().any(|value| !value.is_finite()) {
                let found = format!("one with other than {expected} finite numbers as {name:?}");
                return Err(not_of_this_run(&found));
            }
            Ok(values.iter().map(|&value| T::of(value)).collect())
        };
        // Room for both was made when the run began.
        self.best.params = numbers("best.params", self.best.params.len())?;
        self.best.state = numbers("best.state", self.best.state.len())?;
        self.best.value = state.number("best.value")?;
        self.best.epoch = state.count("best.epoch")?;
        Ok(())
    }

    fn on_end(&mut self, end: &mut End<'_, T>) {
        if self.best.epoch > 0 {
            end.params.copy_from_slice(&self.best.params);
            end.state.copy_from_slice(&self.best.state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::callback::testing::{Script, reason_of, run};

    fn stopped(metric: &str, best_epoch: usize, best: f64) -> StopReason {
        StopReason::EarlyStopping { metric: metric.to_owned(), best_epoch, best }
    }

    #[test]
    fn a_figure_is_minimised_or_maximised() {
        let figures = [3.0, 1.0, 2.0, 4.0, 0.5];
        let (reason, epochs) = run(&figures, EarlyStopping::new(2).minimize("figure"));
        assert_eq!((reason, epochs), (stopped("figure", 2, 1.0), 4));
        let (reason, epochs) = run(&figures, EarlyStopping::new(2).maximize("figure"));
        assert_eq!((reason, epochs), (stopped("figure", 1, 3.0), 3));
    }

    #[test]
    fn an_improvement_is_larger_than_min_delta() {
        let stopping = || EarlyStopping::new(2).maximize("figure").min_delta(1.0);
        assert_eq!(run(&[1.0, 2.0, 1.5, 9.0], stopping()), (stopped("figure", 1, 1.0), 3));
        assert_eq!(run(&[1.0, 2.5, 1.5, 1.5, 9.0], stopping()), (stopped("figure", 2, 2.5), 4));
    }

    #[test]
    fn epochs_before_the_start_are_not_looked_at() {
        let stopping = EarlyStopping::new(2).minimize("figure").start_epoch(4);
        assert_eq!(run(&[0.1, 5.0, 6.0, 3.0, 4.0, 4.0, 0.0], stopping), (stopped("figure", 4, 3.0), 6));
    }

    #[test]
    fn a_baseline_is_to_be_reached_within_the_patience() {
        let stopping = || EarlyStopping::new(3).maximize("figure").baseline(2.0);
        // Better from epoch to epoch, and yet not good enough.
        let expected = StopReason::BaselineNotReached {
            metric: "figure".to_owned(),
            baseline: 2.0,
            best_epoch: 3,
            best: 1.5,
        };
        assert_eq!(expected.to_string(), "figure did not reach 2: it was best in epoch 3, 1.5000");
        assert_eq!(run(&[1.0, 1.2, 1.5, 9.0], stopping()), (expected, 3));
        // Reached in the last look: from then on improvements count.
        assert_eq!(run(&[1.0, 1.2, 2.0, 1.0, 1.0, 1.0, 9.0], stopping()), (stopped("figure", 3, 2.0), 6));
    }

    #[test]
    fn an_epoch_without_the_figure_is_passed_over_but_not_the_first() {
        let (script, stopping) = (Script(vec![Some(1.0), None, None, Some(2.0)]), EarlyStopping::new(1));
        assert_eq!(reason_of(script, stopping.minimize("figure"), 9), (stopped("figure", 1, 1.0), 4));
        let (script, stopping) = (Script(vec![None, Some(1.0)]), EarlyStopping::new(1).start_epoch(2));
        assert_eq!(reason_of(script, stopping.minimize("figure"), 9), (StopReason::Epochs, 9));
    }
}
