use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use nn_core::Scalar;

use super::log::Log;
use super::{Callback, Epoch, Start};
use crate::{StopReason, TrainError};

/// Writes the [`Record`](crate::Record) of each epoch as a line of JSON, as soon as the epoch ends: a run that is killed
/// keeps its log.
///
/// What callbacks *added before this* have set is in the record of the epoch; those added after it are not seen. A file is
/// begun anew by a run that begins with epoch 1, unless it is to be appended. A run that goes on where another ended goes
/// on in the file; an epoch that was run twice is in it twice.
///
/// It takes the scores of every epoch that it sees: wrapped in [`Every`](crate::Every), of every n-th. With the feature
/// `json`.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Batch, Dense, HalfSquaredError, Network};
/// use nn_train::{JsonLinesLog, Record, Sgd, Trainer};
///
/// let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
/// let line = Batch::new(x.view(), &*y)?;
/// let mut network = Network::<f64, _>::new(1, Dense::linear(1), 0)?;
/// let mut json = Vec::new();
/// let mut trainer = Trainer::new(Sgd::new()).epochs(3).callback(JsonLinesLog::new(&mut json));
/// let report = trainer.fit(&mut network, &HalfSquaredError::mean(), line, None)?;
/// drop(trainer);
/// let lines = serde_json::Deserializer::from_slice(&json).into_iter::<Record>();
/// assert_eq!(lines.collect::<Result<Vec<_>, _>>()?, report.history.records());
///
/// let to_file = JsonLinesLog::create("log.jsonl");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct JsonLinesLog<'w> {
    log: Log<'w>,
    line: Vec<u8>,
}

impl<'w> JsonLinesLog<'w> {
    /// Writes to `writer`.
    pub fn new(writer: impl io::Write + Send + 'w) -> Self {
        Self::of(Log::to_writer("JsonLinesLog", writer))
    }

    /// Writes to a file, which a run that begins with epoch 1 begins anew.
    pub fn create(path: impl AsRef<Path>) -> Self {
        Self::of(Log::to_file("JsonLinesLog", path, false))
    }

    /// Writes to the end of a file.
    pub fn append(path: impl AsRef<Path>) -> Self {
        Self::of(Log::to_file("JsonLinesLog", path, true))
    }

    fn of(log: Log<'w>) -> Self {
        Self { log, line: Vec::new() }
    }
}

impl<T: Scalar> Callback<T> for JsonLinesLog<'_> {
    fn on_start(&mut self, start: &Start) -> Result<(), TrainError> {
        self.log.start(start).map(|_| ())
    }

    fn on_epoch(&mut self, epoch: &mut Epoch<'_, T>) -> ControlFlow<StopReason> {
        self.line.clear();
        if let Err(error) = serde_json::to_writer(&mut self.line, &epoch.record()) {
            return self.log.cannot_write(epoch.number(), error);
        }
        self.line.push(b'\n');
        self.log.write(epoch.number(), &self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Record;
    use crate::callback::testing::{Broken, Script, reason_of};

    #[test]
    fn each_record_has_what_its_epoch_has() {
        let mut json = Vec::new();
        reason_of(Script(vec![None, Some(0.1 + 0.2)]), JsonLinesLog::new(&mut json), 2);
        let lines: Vec<&str> = std::str::from_utf8(&json).expect("text").lines().collect();
        let records = lines.iter().map(|line| serde_json::from_str::<Record>(line).expect("a record"));
        let figures: Vec<_> = records.map(|record| record.metrics.get("figure").copied()).collect();
        assert_eq!(figures, [None, Some(0.1 + 0.2)]);
    }

    #[test]
    fn a_writer_that_fails_ends_the_run() {
        let (reason, epochs) = reason_of(Script(Vec::new()), JsonLinesLog::new(Broken(2)), 5);
        let expected = "JsonLinesLog could not go on: cannot write epoch 3: no space";
        assert_eq!((reason.to_string().as_str(), epochs), (expected, 3));
    }
}
