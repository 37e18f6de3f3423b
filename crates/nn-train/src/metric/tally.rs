//! What most metrics on classes are made of.

use std::collections::BTreeMap;

use super::{MetricError, check_lengths};

/// What is counted of a class.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count {
    /// Samples of the class.
    pub(super) labelled: usize,
    /// Samples that were predicted to be of it.
    pub(super) predicted: usize,
    /// Samples that are both.
    pub(super) hits: usize,
}

/// The counts of the classes that occur among labels or predictions, by class: a label may be any number.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) samples: usize,
    pub(super) classes: BTreeMap<usize, Count>,
}

impl Tally {
    pub(super) fn new(y_true: &[usize], y_pred: &[usize]) -> Result<Self, MetricError> {
        check_lengths("predictions", y_true.len(), y_pred.len())?;
        let mut classes: BTreeMap<usize, Count> = BTreeMap::new();
        for (&label, &prediction) in y_true.iter().zip(y_pred) {
            let count = classes.entry(label).or_default();
            count.labelled += 1;
            count.hits += usize::from(label == prediction);
            classes.entry(prediction).or_default().predicted += 1;
        }
        Ok(Self { samples: y_true.len(), classes })
    }

    /// How many predictions are right.
    pub(super) fn hits(&self) -> usize {
        self.classes.values().map(|count| count.hits).sum()
    }
}

/// a / b, and 0 where that is 0/0: scikit-learn's `zero_division=0`.
pub(super) fn ratio(a: usize, b: usize) -> f64 {
    if b == 0 { 0.0 } else { a as f64 / b as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_that_occur_are_counted() {
        let tally = Tally::new(&[0, 7, 7, 7, usize::MAX], &[0, 7, 0, 3, 7]).unwrap();
        assert_eq!((tally.samples, tally.hits()), (5, 2));
        let count = |labelled, predicted, hits| Count { labelled, predicted, hits };
        let expected =
            [(0, count(1, 2, 1)), (3, count(0, 1, 0)), (7, count(3, 2, 1)), (usize::MAX, count(1, 0, 0))];
        assert_eq!(tally.classes, BTreeMap::from(expected));
    }

    #[test]
    fn predictions_must_belong_to_samples() {
        let message = |y: &[usize], p: &[usize]| Tally::new(y, p).unwrap_err().to_string();
        assert_eq!(message(&[0, 1], &[0]), "expected 2 predictions, found 1");
        assert_eq!(message(&[], &[]), "expected at least one sample, found an empty batch");
        assert_eq!(message(&[], &[0]), "expected at least one sample, found an empty batch");
    }

    #[test]
    fn nothing_of_nothing_is_0() {
        assert_eq!((ratio(0, 0), ratio(0, 3), ratio(1, 4)), (0.0, 0.0, 0.25));
    }
}
