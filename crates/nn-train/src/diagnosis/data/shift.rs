//! Whether training and validation samples come from the same distribution.

use nn_core::Scalar;

use super::super::FindingKind::DistributionShift;
use super::super::Severity::Warning;
use super::super::samples::Samples;
use super::super::{Finding, Place};
use crate::figure::{Percent, Short};

/// The smallest distance of two distributions, or difference of two shares, that matters: a quarter of the samples.
const DISTANCE: f64 = 0.25;

/// How often chance may make a difference out of nothing, in any of the columns together.
const CHANCE: f64 = 1e-6;

/// The same for the share of a class, in standard errors.
const STANDARD_ERRORS: f64 = 5.0;

const ADVICE: &str =
    "Shuffle before the split if the order of the rows is not time; if it is, expect such shifts in use, too";

pub(super) fn examine(train: &Samples, validation: &Samples, findings: &mut Vec<Finding>) {
    let features = columns(&train.features, &validation.features, Place::Feature);
    let targets = columns(train.values(), validation.values(), Place::Target);
    // One finding of each: a shift is in many columns at once.
    findings.extend(features);
    findings.extend(targets.or_else(|| classes(train, validation)));
}

fn columns(train: &[Vec<f64>], validation: &[Vec<f64>], place: fn(usize) -> Place) -> Option<Finding> {
    let distances = train.iter().zip(validation).map(|(train, validation)| Distance::of(train, validation));
    let shifted: Vec<(usize, f64)> = distances
        .enumerate()
        .filter(|(_, d)| d.is_shift(train.len()))
        .map(|(j, d)| (j, d.distance))
        .collect();
    let &(column, distance) = shifted.iter().max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    let count = shifted.len();
    let seen = format!(
        "its validation values are distributed otherwise than its training values (distance {} of 1), {count} of {} columns are",
        Short(distance),
        train.len(),
    );
    Some(Finding::new((Warning, DistributionShift), place(column), distance, seen, ADVICE))
}

/// The Kolmogorov-Smirnov distance: the largest between the two shares of values below a number.
struct Distance {
    distance: f64,
    counts: (usize, usize),
}

impl Distance {
    fn of(a: &[f64], b: &[f64]) -> Self {
        let sorted = |values: &[f64]| {
            let mut values: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let (a, b) = (sorted(a), sorted(b));
        let (mut i, mut j, mut distance) = (0, 0, 0.0_f64);
        while i < a.len() && j < b.len() {
            let value = a[i].min(b[j]);
            i += a[i..].iter().take_while(|&&a| a <= value).count();
            j += b[j..].iter().take_while(|&&b| b <= value).count();
            distance = distance.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
        }
        Self { distance, counts: (a.len(), b.len()) }
    }

    /// Whether it is too large for chance, in one of so many columns.
    fn is_shift(&self, columns: usize) -> bool {
        let (n, m) = (self.counts.0 as f64, self.counts.1 as f64);
        if n * m == 0.0 {
            return false;
        }
        let chance = ((2.0 * columns as f64 / CHANCE).kernel_ln() / 2.0 * (n + m) / (n * m)).sqrt();
        self.distance > DISTANCE.max(chance)
    }
}

fn classes(train: &Samples, validation: &Samples) -> Option<Finding> {
    let (in_train, in_validation) = (train.class_counts(), validation.class_counts());
    let (n, m) = (train.rows as f64, validation.rows as f64);
    let shares = (0..in_train.len().max(in_validation.len())).map(|class| {
        let share = |counts: &[f64], all: f64| counts.get(class).unwrap_or(&0.0) / all;
        (class, share(&in_train, n), share(&in_validation, m))
    });
    let shifted = shares.filter(|(_, p, q)| {
        let both = (n * p + m * q) / (n + m);
        let error = (both * (1.0 - both) * (1.0 / n + 1.0 / m)).sqrt();
        (p - q).abs() > DISTANCE.max(STANDARD_ERRORS * error)
    });
    let (class, p, q) = shifted.max_by(|(_, p, q), (_, r, s)| (p - q).abs().total_cmp(&(r - s).abs()))?;
    let seen =
        format!("its share is {} in the training set and {} in the validation set", Percent(p), Percent(q));
    Some(Finding::new((Warning, DistributionShift), Place::Class(class), (p - q).abs(), seen, ADVICE))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.ks_2samp([1, 2, 2, 3], [2, 3, 4, 5, 6]).statistic` is 0.6.
    #[test]
    fn the_distance_is_that_of_scipy() {
        let distance = |a: &[f64], b: &[f64]| Distance::of(a, b).distance;
        assert!((distance(&[1.0, 2.0, 2.0, 3.0], &[2.0, 3.0, 4.0, 5.0, 6.0]) - 0.6).abs() < 1e-15);
        assert_eq!(distance(&[1.0, f64::NAN, 2.0], &[1.0, 2.0]), 0.0);
        assert_eq!(distance(&[1.0], &[]), 0.0);
        assert_eq!(distance(&[1.0, 2.0], &[3.0]), 1.0);
    }
}
