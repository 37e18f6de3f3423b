use std::ops::ControlFlow;

use nn_core::Scalar;

use super::{Callback, End, Epoch, Start};
use crate::{StopReason, TrainError};

/// Shows another callback the first epoch and every n-th after it: 1, n + 1, 2 n + 1, ...
///
/// # Example
/// The stopping rule of the reference, |loss change| < 1e-5 every 100 epochs:
/// ```
/// use nn_train::{Converged, Every};
///
/// let rule = Every(100, Converged::new(1e-5));
/// ```
#[derive(Debug, Clone)]
pub struct Every<C>(pub usize, pub C);

impl<T: Scalar, C: Callback<T>> Callback<T> for Every<C> {
    fn on_start(&mut self, start: &Start) -> Result<(), TrainError> {
        if self.0 == 0 {
            let (name, expected) = ("n of Every(n, ..)", "at least 1");
            return Err(nn_core::Error::Hyperparameter { name, expected, found: "0".into() }.into());
        }
        self.1.on_start(start)
    }

    fn on_epoch(&mut self, epoch: &mut Epoch<'_, T>) -> ControlFlow<StopReason> {
        if (epoch.number() - 1).is_multiple_of(self.0) {
            return self.1.on_epoch(epoch);
        }
        ControlFlow::Continue(())
    }

    fn on_end(&mut self, end: &mut End<'_, T>) {
        self.1.on_end(end);
    }
}
