use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nn_core::Scalar;

use super::{Callback, Epoch};
use crate::StopReason;

/// Ends runs from outside: from another thread, or from a signal handler of the program's own. None is installed here.
///
/// Its clones are one handle. Once it was stopped it stays so until it is [`reset`](StopHandle::reset): a run that begins
/// then ends after its first epoch. The epoch in progress is finished first.
///
/// # Example
/// With the crate `ctrlc`, Ctrl-C ends a run, which then gives its report as after any other end:
/// ```
/// use ndarray::array;
/// use nn_core::{Batch, Dense, HalfSquaredError, Network};
/// use nn_train::{Sgd, StopHandle, Trainer};
///
/// let handle = StopHandle::new();
/// let on_signal = handle.clone();
/// ctrlc::set_handler(move || on_signal.stop())?;
///
/// let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
/// let mut network = Network::<f64, _>::new(1, Dense::linear(1), 0)?;
/// let mut trainer = Trainer::new(Sgd::new()).epochs(100).callback(handle.clone());
/// trainer.fit(&mut network, &HalfSquaredError::mean(), Batch::new(x.view(), &*y)?, None)?;
/// assert!(!handle.is_stopped());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct StopHandle {
    stopped: Arc<AtomicBool>,
}

impl StopHandle {
    /// A handle that stops nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the runs that this handle, or a clone, is a callback of. Safe to call in a signal handler: it sets a flag.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Lets runs go on again.
    pub fn reset(&self) {
        self.stopped.store(false, Ordering::Relaxed);
    }

    /// Whether it was stopped, and not reset since.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

impl<T: Scalar> Callback<T> for StopHandle {
    fn on_epoch(&mut self, _: &mut Epoch<'_, T>) -> ControlFlow<StopReason> {
        if self.is_stopped() { ControlFlow::Break(StopReason::Stopped) } else { ControlFlow::Continue(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::callback::testing::run;

    #[test]
    fn it_stays_stopped_until_it_is_reset() {
        let handle = StopHandle::new();
        assert_eq!(run(&[0.0; 3], handle.clone()), (StopReason::Epochs, 3));
        handle.clone().stop();
        for _ in 0..2 {
            assert_eq!(run(&[0.0; 3], handle.clone()), (StopReason::Stopped, 1));
        }
        handle.reset();
        assert_eq!(run(&[0.0; 3], handle), (StopReason::Epochs, 3));
    }
}
