use std::collections::{BTreeMap, BTreeSet};
use std::io;

use serde::{Deserialize, Serialize};

/// The scores of one epoch, taken after its last step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The epoch, from 1.
    pub epoch: usize,
    /// [`Score::loss`](crate::Score::loss) on the training set, with the penalties.
    pub train_loss: f64,
    /// [`Score::accuracy`](crate::Score::accuracy) on the training set.
    pub train_accuracy: Option<f64>,
    /// [`Score::loss`](crate::Score::loss) on the validation set, without the penalty.
    pub validation_loss: Option<f64>,
    /// [`Score::accuracy`](crate::Score::accuracy) on the validation set.
    pub validation_accuracy: Option<f64>,
    /// What callbacks have measured, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, f64>,
}

/// The names of a record's fields, without the metrics.
pub(crate) const SCORES: [&str; 5] =
    ["epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy"];

/// The names of a record's fields, those of the metrics last.
pub(crate) fn write_header<'a, W: io::Write>(
    csv: &mut csv::Writer<W>,
    metrics: impl Iterator<Item = &'a str>,
) -> io::Result<()> {
    Ok(csv.write_record(SCORES.into_iter().chain(metrics))?)
}

impl Record {
    /// A line of a CSV file with these metrics.
    pub(crate) fn write_csv<'a, W: io::Write>(
        &self,
        csv: &mut csv::Writer<W>,
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

/// The scores of a run: the first epoch, every n-th after it, and the last.
///
/// # Example
/// ```
/// use nn_train::History;
///
/// let json = r#"[{"epoch": 1, "train_loss": 0.5, "train_accuracy": 0.75,
///                 "validation_loss": null, "validation_accuracy": null}]"#;
/// let history: History = serde_json::from_str(json)?;
/// let mut csv = Vec::new();
/// history.write_csv(&mut csv)?;
/// let expected = "epoch,train_loss,train_accuracy,validation_loss,validation_accuracy\n1,0.5,0.75,,\n";
/// assert_eq!(String::from_utf8(csv)?, expected);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct History {
    records: Vec<Record>,
}

impl History {
    pub(crate) fn with_capacity(records: usize) -> Self {
        Self { records: Vec::with_capacity(records) }
    }

    pub(crate) fn extend(&mut self, record: Option<Record>) {
        self.records.extend(record);
    }

    /// The records, by epoch.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Writes a header and a line a record; a score that was not taken is an empty field.
    ///
    /// # Errors
    /// When `writer` fails.
    pub fn write_csv(&self, writer: impl io::Write) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(writer);
        let names: BTreeSet<&str> =
            self.records.iter().flat_map(|record| record.metrics.keys().map(String::as_str)).collect();
        write_header(&mut csv, names.iter().copied())?;
        for record in &self.records {
            record.write_csv(&mut csv, names.iter().copied())?;
        }
        csv.flush()
    }
}
