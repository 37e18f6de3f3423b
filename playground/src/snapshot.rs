//! Moments of a run that it can go back to.

use nn_train::RunState;

use crate::optimizer::AnyOptimizer;

/// All that a run goes on from.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) epoch: usize,
    pub(crate) params: Vec<f64>,
    pub(crate) optimizer: AnyOptimizer,
    pub(crate) run: RunState,
}

/// The first moment, and others so many epochs apart that they are few.
#[derive(Debug)]
pub(crate) struct Snapshots {
    kept: Vec<Snapshot>,
    /// The least distance between two of them.
    apart: usize,
}

/// More are thinned out.
const MOST: usize = 64;

impl Snapshots {
    pub(crate) fn new(first: Snapshot) -> Self {
        Self { kept: vec![first], apart: 1 }
    }

    /// Whether a moment is far enough from the last one.
    pub(crate) fn wants(&self, epoch: usize) -> bool {
        self.kept.last().is_none_or(|last| epoch >= last.epoch + self.apart)
    }

    pub(crate) fn push(&mut self, snapshot: Snapshot) {
        if self.kept.len() == MOST {
            let mut index = 0;
            self.kept.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.apart = (snapshot.epoch / (MOST / 2)).max(1);
        }
        self.kept.push(snapshot);
    }

    /// The last moment that is not after an epoch; what comes after it is forgotten.
    pub(crate) fn rewind(&mut self, epoch: usize) -> &Snapshot {
        let later = self.kept.partition_point(|snapshot| snapshot.epoch <= epoch);
        self.kept.truncate(later.max(1));
        self.kept.last().expect("the first moment is kept")
    }
}
