use std::collections::BTreeMap;

use ndarray::ArrayView2;
use nn_core::{Error, Loss, Scalar, Targets};

/// Rows that are looked at; of more, evenly spaced ones. What matters shows in as many, and more would take their time.
pub(super) const MAX_ROWS: usize = 20_000;

/// Samples as `f64`, column by column.
pub(super) struct Samples {
    pub(super) rows: usize,
    /// How many there were before some were passed over.
    pub(super) all_rows: usize,
    pub(super) features: Vec<Vec<f64>>,
    pub(super) answers: Answers,
    /// How much each sample counts; `None` if all count alike.
    pub(super) weights: Option<Vec<f64>>,
}

/// Targets of either kind.
pub(super) enum Answers {
    Classes(Vec<usize>),
    /// Column by column.
    Values(Vec<Vec<f64>>),
    /// A kind of the user's own.
    Other,
}

impl Samples {
    pub(super) fn of<T, Y>(x: ArrayView2<'_, T>, y: &Y, weights: Option<&[T]>) -> Result<Self, Error>
    where
        T: Scalar,
        Y: Targets<T> + ?Sized,
    {
        let all_rows = x.nrows();
        if y.samples() != all_rows {
            return Err(Error::Length { what: "targets", expected: all_rows, found: y.samples() });
        }
        let rows = evenly(all_rows, MAX_ROWS);
        let columns = |x: ArrayView2<'_, T>| -> Vec<Vec<f64>> {
            let column = |column: usize| rows.iter().map(|&row| x[[row, column]].as_f64()).collect();
            (0..x.ncols()).map(column).collect()
        };
        let answers = match (y.labels(), y.values()) {
            (Some(labels), _) => Answers::Classes(rows.iter().map(|&row| labels[row]).collect()),
            (None, Some(values)) => Answers::Values(columns(values)),
            (None, None) => Answers::Other,
        };
        let weights = weights.map(|weights| rows.iter().map(|&row| weights[row].as_f64()).collect());
        Ok(Self { rows: rows.len(), all_rows, features: columns(x), answers, weights })
    }

    pub(super) fn classes(&self) -> Option<&[usize]> {
        match &self.answers {
            Answers::Classes(classes) => Some(classes),
            _ => None,
        }
    }

    /// The target values by column; none where targets are no values.
    pub(super) fn values(&self) -> &[Vec<f64>] {
        match &self.answers {
            Answers::Values(values) => values,
            _ => &[],
        }
    }

    /// How much a sample counts.
    pub(super) fn weight(&self, row: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights[row])
    }

    /// The weight of each class.
    pub(super) fn class_weights(&self) -> Vec<f64> {
        self.by_class(|row| self.weight(row))
    }

    /// How many samples each class has.
    pub(super) fn class_counts(&self) -> Vec<f64> {
        self.by_class(|_| 1.0)
    }

    fn by_class(&self, weight: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut sums = Vec::new();
        for (row, &class) in self.classes().unwrap_or_default().iter().enumerate() {
            // A label of the size of an address stands for no class, and is no reason to take the memory.
            if class < MAX_CLASSES {
                sums.resize(sums.len().max(class + 1), 0.0);
                sums[class] += weight(row);
            }
        }
        sums
    }

    /// Has each sample count as much as its class does to the loss, too.
    pub(super) fn weigh_classes<T, P, Y>(&mut self, loss: &P, y: &Y, outputs: usize)
    where
        T: Scalar,
        P: Loss<T, Y> + ?Sized,
        Y: Targets<T> + ?Sized,
    {
        let Some(labels) = y.labels() else { return };
        let (mut of_class, mut owned) = (BTreeMap::new(), Y::Owned::default());
        for (row, &class) in labels.iter().enumerate() {
            of_class.entry(class).or_insert_with(|| {
                y.gather(&[row], &mut owned);
                loss.divisor(outputs, Y::borrow(&owned), None).as_f64()
            });
        }
        let first = of_class.values().next().copied();
        if of_class.values().all(|weight| Some(*weight) == first) {
            return;
        }
        let classes = self.classes().unwrap_or_default().iter();
        let weigh = |(row, class)| self.weight(row) * of_class.get(class).copied().unwrap_or(1.0);
        self.weights = Some(classes.enumerate().map(weigh).collect());
    }
}

/// Labels above stand for no class, as an ignored one does not.
const MAX_CLASSES: usize = 10_000;

/// All of `rows`, or `most` of them, evenly spaced.
pub(super) fn evenly(rows: usize, most: usize) -> Vec<usize> {
    if rows <= most { (0..rows).collect() } else { (0..most).map(|n| n * rows / most).collect() }
}
