#[cfg(feature = "csv")]
mod csv;

use std::collections::BTreeMap;

#[cfg(feature = "csv")]
pub(crate) use csv::write_header;

/// The scores of one epoch, taken after its last step.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "BTreeMap::is_empty"))]
    pub metrics: BTreeMap<String, f64>,
}

/// The names of a record's fields, without the metrics.
pub(crate) const SCORES: [&str; 5] =
    ["epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy"];

/// The scores of a run: the first epoch, every n-th after it, and the last.
#[derive(Debug, Default, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct History {
    records: Vec<Record>,
}

impl History {
    pub(crate) fn reserve(&mut self, records: usize) {
        self.records.reserve(records);
    }

    pub(crate) fn extend(&mut self, record: Option<Record>) {
        self.records.extend(record);
    }

    /// The records, by epoch.
    pub fn records(&self) -> &[Record] {
        &self.records
    }
}
