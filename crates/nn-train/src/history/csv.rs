//! A history as a CSV file.

use std::collections::BTreeSet;
use std::io;

use ::csv::Writer;

use super::{History, Record, SCORES};

/// The names of a record's fields, those of the metrics last.
pub(crate) fn write_header<'a, W: io::Write>(
    csv: &mut Writer<W>,
    metrics: impl Iterator<Item = &'a str>,
) -> io::Result<()> {
    Ok(csv.write_record(SCORES.into_iter().chain(metrics))?)
}

impl Record {
    /// A line of a CSV file with these metrics.
    pub(crate) fn write_csv<'a, W: io::Write>(
        &self,
        csv: &mut Writer<W>,
        metrics: impl Iterator<Item = &'a str>,
    ) -> io::Result<()> {
        let Self { epoch, train_loss, train_accuracy, validation_loss, validation_accuracy, .. } = self;
        let metrics: Vec<Option<&f64>> = metrics.map(|name| self.metrics.get(name)).collect();
        Ok(csv.serialize((
            epoch,
            train_loss,
            train_accuracy,
            validation_loss,
            validation_accuracy,
            metrics,
        ))?)
    }
}

impl History {
    /// Writes a header and a line a record; a score that was not taken is an empty field.
    ///
    /// # Example
    /// ```
    /// use ndarray::array;
    /// use nn_core::{Batch, Dense, HalfSquaredError, Network};
    /// use nn_train::{Sgd, Trainer};
    ///
    /// let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// let line = Batch::new(x.view(), &*y)?;
    /// let mut network = Network::<f64, _>::from_params(1, Dense::linear(1), vec![2.0, 1.0])?;
    /// let report = Trainer::new(Sgd::new()).learning_rate(1.0).epochs(1).fit(&mut network, &HalfSquaredError::mean(), line, None)?;
    /// let mut csv = Vec::new();
    /// report.history.write_csv(&mut csv)?;
    /// let expected = "epoch,train_loss,train_accuracy,validation_loss,validation_accuracy\n1,2.8125,,,\n";
    /// assert_eq!(String::from_utf8(csv)?, expected);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When `writer` fails.
    pub fn write_csv(&self, writer: impl io::Write) -> io::Result<()> {
        let mut csv = Writer::from_writer(writer);
        let names: BTreeSet<&str> =
            self.records.iter().flat_map(|record| record.metrics.keys().map(String::as_str)).collect();
        write_header(&mut csv, names.iter().copied())?;
        for record in &self.records {
            record.write_csv(&mut csv, names.iter().copied())?;
        }
        csv.flush()
    }
}
