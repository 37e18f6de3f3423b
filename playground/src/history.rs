//! The losses of a run so far, as many as a picture can show.

use serde::Serialize;

/// What was measured after an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Record {
    /// From 0, before the first step.
    pub epoch: usize,
    /// The loss without penalties.
    pub train_loss: f64,
    /// The same of what is not trained on.
    pub test_loss: Option<f64>,
    /// The share of classes that are right.
    pub train_accuracy: Option<f64>,
    /// The same of what is not trained on.
    pub test_accuracy: Option<f64>,
}

/// Records by epoch.
#[derive(Debug, Default)]
pub(crate) struct History {
    records: Vec<Record>,
}

/// More are thinned out.
const MOST: usize = 1_000;

impl History {
    pub(crate) fn push(&mut self, record: Record) {
        if self.records.len() == MOST {
            let mut index = 0;
            self.records.retain(|_| {
                index += 1;
                index % 2 == 1
            });
        }
        self.records.push(record);
    }

    /// Forgets what came after an epoch, and that epoch.
    pub(crate) fn rewind(&mut self, epoch: usize) {
        self.records.retain(|record| record.epoch < epoch);
    }

    pub(crate) fn records(&self) -> &[Record] {
        &self.records
    }
}
