use std::ops::ControlFlow;

use nn_core::{Error, Scalar};

use super::{Callback, Epoch, Start};
use crate::{StateDict, StopReason, TrainError};

/// Ends a run when the training loss, with its penalty, changes by less than a tolerance from one look to the next.
///
/// It looks after every epoch; wrapped in [`Every`](crate::Every), after every n-th.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `tolerance` | | at least 0, finite |
///
/// # Example
/// ```
/// use nn_train::{Converged, Every, Sgd, Trainer};
///
/// let trainer = Trainer::<f64, _>::new(Sgd::new()).callback(Every(100, Converged::new(1e-5)));
/// ```
#[derive(Debug, Clone)]
pub struct Converged {
    tolerance: f64,
    last: Option<f64>,
}

impl Converged {
    /// Ends a run when |loss change| < `tolerance`.
    pub fn new(tolerance: f64) -> Self {
        Self { tolerance, last: None }
    }
}

impl<T: Scalar> Callback<T> for Converged {
    fn on_start(&mut self, _: &Start) -> Result<(), TrainError> {
        self.last = None;
        if self.tolerance.is_finite() && self.tolerance >= 0.0 {
            return Ok(());
        }
        Err(Error::hyperparameter("tolerance", "a finite number, at least 0", self.tolerance).into())
    }

    fn on_epoch(&mut self, epoch: &mut Epoch<'_, T>) -> ControlFlow<StopReason> {
        let loss = epoch.train().loss;
        let change = self.last.replace(loss).map(|last| (last - loss).abs());
        match change.filter(|&change| change < self.tolerance) {
            Some(change) => ControlFlow::Break(StopReason::Converged { change }),
            None => ControlFlow::Continue(()),
        }
    }

    fn state_dict(&self) -> Option<StateDict> {
        Some(StateDict::new().with("last", self.last))
    }

    fn load_state_dict(&mut self, state: &StateDict) -> Result<(), Error> {
        self.last = state.values("last")?.first().copied();
        Ok(())
    }
}
