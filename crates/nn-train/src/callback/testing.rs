//! Runs of a small network, for the tests of callbacks.

use std::ops::ControlFlow;

use ndarray::array;
use nn_core::{Batch, Dense, HalfSquaredError, Network};

use super::{Callback, Epoch};
use crate::{Report, Sgd, StopReason, TrainError, Trainer};

/// Sets a `figure` in each epoch, or none.
pub(super) struct Script(pub(super) Vec<Option<f64>>);

impl Callback<f64> for Script {
    fn on_epoch(&mut self, epoch: &mut Epoch<'_, f64>) -> ControlFlow<StopReason> {
        if let Some(figure) = self.0.get(epoch.number() - 1).copied().flatten() {
            epoch.set_metric("figure", figure);
        }
        ControlFlow::Continue(())
    }
}

/// A run under two callbacks: why it ended, and after how many epochs.
pub(super) fn try_run<'a>(
    first: impl Callback<f64> + Send + 'a,
    second: impl Callback<f64> + Send + 'a,
    epochs: usize,
) -> Result<(StopReason, usize), TrainError> {
    try_report(first, second, epochs).map(|report| (report.reason, report.epochs))
}

/// A run under two callbacks.
pub(super) fn try_report<'a>(
    first: impl Callback<f64> + Send + 'a,
    second: impl Callback<f64> + Send + 'a,
    epochs: usize,
) -> Result<Report, TrainError> {
    let (x, y) = (array![[1.0], [2.0]], array![[1.0], [0.0]]);
    let data = Batch::new(x.view(), &*y).expect("valid data");
    let mut network = Network::<f64, _>::new(1, Dense::linear(1), 0).expect("it fits");
    let mut trainer = Trainer::new(Sgd::new()).epochs(epochs).callback(first).callback(second);
    trainer.fit(&mut network, &HalfSquaredError::mean(), data, None)
}

pub(super) fn reason_of<'a>(
    script: Script,
    callback: impl Callback<f64> + Send + 'a,
    epochs: usize,
) -> (StopReason, usize) {
    try_run(script, callback, epochs).expect("it trains")
}

/// A run of an epoch a figure.
pub(super) fn run<'a>(figures: &[f64], callback: impl Callback<f64> + Send + 'a) -> (StopReason, usize) {
    let script = figures.iter().map(|&figure| Some(figure)).collect();
    reason_of(Script(script), callback, figures.len())
}

/// Takes so many lines, each at once.
pub(super) struct Broken(pub(super) usize);

impl std::io::Write for Broken {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.checked_sub(1).ok_or_else(|| std::io::Error::other("no space"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
