use std::io;

use serde::{Deserialize, Serialize};

use crate::Score;

/// The scores of one epoch, taken after its last step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The epoch, from 1.
    pub epoch: usize,
    /// [`Score::loss`] on the training set, with the penalties.
    pub train_loss: f64,
    /// [`Score::accuracy`] on the training set.
    pub train_accuracy: Option<f64>,
    /// [`Score::loss`] on the validation set, without the penalty.
    pub validation_loss: Option<f64>,
    /// [`Score::accuracy`] on the validation set.
    pub validation_accuracy: Option<f64>,
}

impl Record {
    pub(crate) fn new(epoch: usize, train: Score, validation: Option<Score>) -> Self {
        Self {
            epoch,
            train_loss: train.loss,
            train_accuracy: train.accuracy,
            validation_loss: validation.map(|score| score.loss),
            validation_accuracy: validation.and_then(|score| score.accuracy),
        }
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
        for record in &self.records {
            csv.serialize(record).map_err(io::Error::other)?;
        }
        csv.flush()
    }
}
