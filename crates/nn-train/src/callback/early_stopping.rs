use std::ops::ControlFlow;

use nn_core::{Error, Scalar};

use super::{Callback, End, Epoch, Start};
use crate::{StopReason, TrainError};

/// Ends a run when the validation loss has not got better for some looks, and gives back the best weights however the
/// run ended: by this callback or another, after all epochs, or by an error.
///
/// It looks after every epoch; wrapped in [`Every`](crate::Every), after every n-th.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `patience` | | looks without improvement that end the run, at least 1 |
/// | `min_delta` | 0 | an improvement must be larger than this; at least 0, finite |
///
/// # Example
/// ```
/// use nn_train::{EarlyStopping, Sgd, Trainer};
///
/// let trainer = Trainer::<f64, _>::new(Sgd::new()).callback(EarlyStopping::new(20).min_delta(1e-4));
/// ```
///
/// As Keras's callback of that name with `restore_best_weights`, which restores them on this exit only.
///
/// Prechelt: "Early stopping, but when?", 1998.
#[derive(Debug, Clone)]
pub struct EarlyStopping<T> {
    patience: usize,
    min_delta: f64,
    best: Best<T>,
    /// Looks since the best.
    waited: usize,
}

/// The best weights so far, and the state that belongs to them.
#[derive(Debug, Clone)]
struct Best<T> {
    epoch: usize,
    loss: f64,
    params: Vec<T>,
    state: Vec<T>,
}

impl<T> EarlyStopping<T> {
    /// Ends a run after `patience` looks without improvement.
    pub fn new(patience: usize) -> Self {
        let best = Best { epoch: 0, loss: f64::INFINITY, params: Vec::new(), state: Vec::new() };
        Self { patience, min_delta: 0.0, best, waited: 0 }
    }

    /// Takes a validation loss for better only if it is lower by more than `min_delta`.
    pub fn min_delta(self, min_delta: f64) -> Self {
        Self { min_delta, ..self }
    }
}

impl<T: Scalar> Callback<T> for EarlyStopping<T> {
    fn on_start(&mut self, start: &Start) -> Result<(), TrainError> {
        if !start.validation {
            return Err(TrainError::NeedsValidation { callback: "EarlyStopping" });
        }
        if self.patience == 0 {
            return Err(Error::hyperparameter("patience", "at least 1", 0).into());
        }
        if !(self.min_delta.is_finite() && self.min_delta >= 0.0) {
            return Err(
                Error::hyperparameter("min_delta", "a finite number, at least 0", self.min_delta).into()
            );
        }
        self.waited = 0;
        self.best.loss = f64::INFINITY;
        self.best.params.clear();
        self.best.params.reserve(start.params);
        self.best.state.clear();
        self.best.state.reserve(start.state);
        Ok(())
    }

    fn on_epoch(&mut self, epoch: &mut Epoch<'_, T>) -> ControlFlow<StopReason> {
        let Some(score) = epoch.validation() else { return ControlFlow::Continue(()) };
        if score.loss < self.best.loss - self.min_delta {
            self.best.epoch = epoch.number();
            self.best.loss = score.loss;
            self.best.params.clear();
            self.best.params.extend_from_slice(epoch.params());
            self.best.state.clear();
            self.best.state.extend_from_slice(epoch.state());
            self.waited = 0;
            return ControlFlow::Continue(());
        }
        self.waited += 1;
        if self.waited < self.patience {
            return ControlFlow::Continue(());
        }
        let (best_epoch, best_loss) = (self.best.epoch, self.best.loss);
        ControlFlow::Break(StopReason::EarlyStopping { best_epoch, best_loss })
    }

    fn on_end(&mut self, end: &mut End<'_, T>) {
        // Empty if the run ended before the first look.
        if !self.best.params.is_empty() {
            end.params.copy_from_slice(&self.best.params);
            end.state.copy_from_slice(&self.best.state);
        }
    }
}
