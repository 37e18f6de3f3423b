use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use nn_core::Scalar;

use super::log::Log;
use super::{Callback, Epoch, Start};
use crate::history::{SCORES, write_header};
use crate::{Record, StopReason, TrainError};

/// Writes the record of each epoch as a line of CSV, in the form of [`History::write_csv`](crate::History::write_csv), as
/// soon as the epoch ends: a run that is killed keeps its log.
///
/// Its columns are the scores and what callbacks *added before this* have set in the first epoch that it sees; those added
/// after it are not seen. An epoch without one of them has an empty field. One that appears later has no column, and ends
/// the run with [`StopReason::CallbackFailed`] rather than being lost.
///
/// A file is begun anew by a run that begins with epoch 1, unless it is to be appended. A run that goes on where another
/// ended goes on in the file, whose columns it keeps; an epoch that was run twice is in it twice.
///
/// It takes the scores of every epoch that it sees: wrapped in [`Every`](crate::Every), of every n-th.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Batch, Dense, HalfSquaredError, Network};
/// use nn_train::{CsvLog, Sgd, Trainer};
///
/// let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
/// let line = Batch::new(x.view(), &*y)?;
/// let mut network = Network::<f64, _>::from_params(1, Dense::linear(1), vec![2.0, 1.0])?;
/// let mut csv = Vec::new();
/// let mut trainer = Trainer::new(Sgd::new()).learning_rate(1.0).epochs(1).callback(CsvLog::new(&mut csv));
/// trainer.fit(&mut network, &HalfSquaredError::mean(), line, None)?;
/// drop(trainer);
/// let expected = "epoch,train_loss,train_accuracy,validation_loss,validation_accuracy\n1,2.8125,,,\n";
/// assert_eq!(String::from_utf8(csv)?, expected);
///
/// let to_file = CsvLog::create("log.csv");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// As Keras's `CSVLogger`, which drops what appears later.
#[derive(Debug)]
pub struct CsvLog<'w> {
    log: Log<'w>,
    /// The metrics of the header, once there is one.
    metrics: Option<Vec<String>>,
    lines: Vec<u8>,
}

impl<'w> CsvLog<'w> {
    /// Writes to `writer`, and a header at the first record.
    pub fn new(writer: impl io::Write + Send + 'w) -> Self {
        Self::of(Log::to_writer("CsvLog", writer))
    }

    /// Writes to a file, which a run that begins with epoch 1 begins anew.
    pub fn create(path: impl AsRef<Path>) -> Self {
        Self::of(Log::to_file("CsvLog", path, false))
    }

    /// Writes to the end of a file, and a header if it is new.
    pub fn append(path: impl AsRef<Path>) -> Self {
        Self::of(Log::to_file("CsvLog", path, true))
    }

    fn of(log: Log<'w>) -> Self {
        Self { log, metrics: None, lines: Vec::new() }
    }

    /// The lines of a record, with the header before the first.
    fn lines(&mut self, record: &Record) -> io::Result<()> {
        self.lines.clear();
        let mut csv = csv::Writer::from_writer(&mut self.lines);
        if self.metrics.is_none() {
            write_header(&mut csv, record.metrics.keys().map(String::as_str))?;
        }
        let metrics = self.metrics.get_or_insert_with(|| record.metrics.keys().cloned().collect());
        record.write_csv(&mut csv, metrics.iter().map(String::as_str))?;
        csv.flush()
    }
}

/// The metrics that a header names; `None` if it is not that of a log.
fn metrics_of(header: &str) -> Option<Vec<String>> {
    let mut csv = csv::ReaderBuilder::new().has_headers(false).from_reader(header.as_bytes());
    let fields = csv.records().next()?.ok()?;
    let (scores, metrics): (Vec<_>, Vec<_>) = fields.iter().enumerate().partition(|(n, _)| *n < SCORES.len());
    let same = scores.iter().map(|(_, name)| *name).eq(SCORES);
    same.then(|| metrics.into_iter().map(|(_, name)| name.to_owned()).collect())
}

impl<T: Scalar> Callback<T> for CsvLog<'_> {
    fn on_start(&mut self, start: &Start) -> Result<(), TrainError> {
        if let Some(header) = self.log.start(start)? {
            let no_log = || {
                let (found, expected) = (header.trim_end(), SCORES.join(","));
                let message = format!(
                    "the file to append to begins with {found:?}, not with {expected:?}; give another one"
                );
                TrainError::failed("CsvLog", message)
            };
            self.metrics = match &*header {
                "" => None,
                header => Some(metrics_of(header).ok_or_else(no_log)?),
            };
        }
        Ok(())
    }

    fn on_epoch(&mut self, epoch: &mut Epoch<'_, T>) -> ControlFlow<StopReason> {
        let (number, record) = (epoch.number(), epoch.record());
        let known = self.metrics.as_ref();
        let new = known.and_then(|known| record.metrics.keys().find(|name| !known.contains(name)));
        if let Some(name) = new {
            let why = format!("{name:?} has no column, since the first record was without it");
            return self.log.cannot_write(number, why);
        }
        match self.lines(&record) {
            Ok(()) => self.log.write(number, &self.lines),
            Err(error) => self.log.cannot_write(number, error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::callback::testing::{Broken, Script, reason_of, try_run};

    const HEADER: &str = "epoch,train_loss,train_accuracy,validation_loss,validation_accuracy";

    /// Epoch and metrics of each line.
    fn columns(csv: &str) -> Vec<String> {
        let fields = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
        fields.map(|fields| [&fields[..1], &fields[5..]].concat().join(",")).collect()
    }

    #[test]
    fn columns_are_those_of_the_first_record() {
        let mut csv = Vec::new();
        let script = Script(vec![Some(1.5), None, Some(0.1 + 0.2)]);
        assert_eq!(reason_of(script, CsvLog::new(&mut csv), 3), (StopReason::Epochs, 3));
        let csv = String::from_utf8(csv).expect("text");
        assert!(csv.starts_with(&format!("{HEADER},figure\n")), "{csv}");
        assert_eq!(columns(&csv), ["epoch,figure", "1,1.5", "2,", "3,0.30000000000000004"]);
    }

    #[test]
    fn a_figure_without_a_column_ends_the_run() {
        let mut csv = Vec::new();
        let (reason, epochs) = reason_of(Script(vec![None, Some(1.0)]), CsvLog::new(&mut csv), 3);
        let expected = "CsvLog could not go on: cannot write epoch 2: \"figure\" has no column, since the first record was without it";
        assert_eq!((reason.to_string().as_str(), epochs), (expected, 2));
        assert_eq!(columns(&String::from_utf8(csv).expect("text")), ["epoch", "1"]);
    }

    #[test]
    fn a_header_is_that_of_a_log() {
        let names = metrics_of(&format!("{HEADER},f1,\"a, b\"\n")).expect("a header");
        assert_eq!(names, ["f1", "a, b"]);
        assert_eq!(metrics_of(&format!("{HEADER}\n")), Some(Vec::new()));
        assert_eq!(metrics_of("epoch,train_loss\n"), None);
        assert_eq!(metrics_of("1,0.5,,,\n"), None);
    }

    #[test]
    fn a_writer_that_fails_ends_the_run() {
        // In the first epoch, when there is nothing to lose, by an error.
        let error = try_run(Script(Vec::new()), CsvLog::new(Broken(0)), 3).expect_err("nothing is written");
        assert_eq!(error.to_string(), "CsvLog: cannot write epoch 1: no space");
        let (reason, epochs) = reason_of(Script(Vec::new()), CsvLog::new(Broken(1)), 3);
        let expected = "CsvLog could not go on: cannot write epoch 2: no space";
        assert_eq!((reason.to_string().as_str(), epochs), (expected, 2));
    }
}
