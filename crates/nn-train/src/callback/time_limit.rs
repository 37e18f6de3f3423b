use std::ops::ControlFlow;
use std::time::Duration;

use nn_core::Scalar;

use super::{Callback, Epoch, Start};
use crate::{StopReason, TrainError, clock};

/// Ends a run that has taken a time: after the epoch in which the time is over, which is finished first. So a run takes
/// one epoch at least, and up to one epoch longer than the limit.
///
/// Wrapped in [`Every`](crate::Every), up to n epochs longer. Of a run that goes on where another ended, its own time
/// counts.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `limit` | | any |
///
/// # Example
/// ```
/// use std::time::Duration;
///
/// use nn_train::{Adam, TimeLimit, Trainer};
///
/// let limit = TimeLimit::new(Duration::from_secs(60));
/// let trainer = Trainer::<f64, _>::new(Adam::new()).epochs(1_000_000).callback(limit);
/// ```
///
/// Where there is no clock, in WebAssembly without a system interface, a run with it is refused.
///
/// As PyTorch Lightning's `Timer`, by epochs.
#[derive(Debug, Clone)]
pub struct TimeLimit {
    limit: Duration,
}

impl TimeLimit {
    /// Ends a run after `limit`.
    pub fn new(limit: Duration) -> Self {
        Self { limit }
    }
}

impl<T: Scalar> Callback<T> for TimeLimit {
    fn on_start(&mut self, _: &Start) -> Result<(), TrainError> {
        if clock::TICKS {
            return Ok(());
        }
        Err(TrainError::failed("TimeLimit", "there is no clock on this platform; limit the epochs instead"))
    }

    fn on_epoch(&mut self, epoch: &mut Epoch<'_, T>) -> ControlFlow<StopReason> {
        let limit = self.limit;
        if epoch.elapsed() < limit {
            return ControlFlow::Continue(());
        }
        ControlFlow::Break(StopReason::TimeLimit { limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::callback::testing::run;

    #[test]
    fn the_epoch_in_progress_is_finished() {
        let limit = Duration::ZERO;
        assert_eq!(run(&[0.0; 3], TimeLimit::new(limit)), (StopReason::TimeLimit { limit }, 1));
        assert_eq!(run(&[0.0; 3], TimeLimit::new(Duration::MAX)), (StopReason::Epochs, 3));
        let reason = StopReason::TimeLimit { limit: Duration::from_millis(1500) };
        assert_eq!(reason.to_string(), "its time of 1.5s was over");
    }
}
