use std::ops::ControlFlow;
use std::time::Duration;

use indicatif::ProgressStyle;
use nn_core::Scalar;

use super::{Callback, End, Epoch, Start};
use crate::clock::Clock;
use crate::figure::Figure;
use crate::{StopReason, TrainError};

/// A progress bar on the standard error stream: epochs, loss, time left. Silent when that is not a terminal.
///
/// # Example
/// ```
/// use nn_train::{ProgressBar, Sgd, Trainer};
///
/// let trainer = Trainer::<f64, _>::new(Sgd::new()).callback(ProgressBar::new());
/// ```
#[derive(Debug, Default)]
pub struct ProgressBar {
    bar: Option<indicatif::ProgressBar>,
    drawn: Option<Clock>,
}

/// Time between two updates: fast enough for the eye, and no burden on epochs of microseconds.
const REFRESH: Duration = Duration::from_millis(50);

impl ProgressBar {
    /// A bar that appears when the run begins.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<T: Scalar> Callback<T> for ProgressBar {
    fn on_start(&mut self, start: &Start) -> Result<(), TrainError> {
        let bar = indicatif::ProgressBar::new(start.epochs as u64);
        let style = ProgressStyle::with_template("{bar:40.cyan} {pos}/{len} epochs  {msg}  {eta} left");
        bar.set_style(style.expect("a valid template"));
        self.bar = Some(bar);
        self.drawn = None;
        Ok(())
    }

    fn on_epoch(&mut self, epoch: &mut Epoch<'_, T>) -> ControlFlow<StopReason> {
        let due = self.drawn.is_none_or(|drawn| drawn.elapsed() >= REFRESH);
        if let Some(bar) = self.bar.as_ref().filter(|bar| due && !bar.is_hidden()) {
            bar.set_position(epoch.number() as u64);
            bar.set_message(format!("loss {}", Figure(epoch.running_loss())));
            self.drawn = Some(Clock::start());
        }
        ControlFlow::Continue(())
    }

    fn on_end(&mut self, _: &mut End<'_, T>) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
