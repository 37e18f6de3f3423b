//! An encoder's features as a scaler sees them.

use super::column::Code;
use super::{TableColumn, TableEncoder};
use crate::Scaler;

/// From a feature as the table has it, a number or 1 and 0 of a category, to the one that the network learned from.
impl Scaler for TableEncoder {
    fn features(&self) -> usize {
        self.features()
    }

    fn scale(&self, column: usize, x: f64) -> f64 {
        let (offset, factor) = self.offset_and_factor(column);
        (x - offset) / factor
    }

    fn unscale(&self, column: usize, x: f64) -> f64 {
        let (offset, factor) = self.offset_and_factor(column);
        x * factor + offset
    }
}

impl TableEncoder {
    fn offset_and_factor(&self, feature: usize) -> (f64, f64) {
        let mut first = 0;
        let its_column = self.columns.iter().find(|column| {
            first += column.features();
            feature < first
        });
        match its_column.expect("one of the features") {
            TableColumn { code: Code::Number { offset, factor, .. }, .. } => (*offset, *factor),
            _ => (0.0, 1.0),
        }
    }
}
