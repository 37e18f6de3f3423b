//! Features that say what the target is.

use std::collections::BTreeMap;

use super::super::FindingKind::LeakingFeature;
use super::super::Severity::Warning;
use super::super::column::correlation;
use super::super::samples::{Answers, Samples, evenly};
use super::super::{Finding, Place};
use crate::figure::Short;

/// The correlation from which a feature is the target in other units: what is measured agrees less well.
const SAME: f64 = 0.9999;

/// Rows on which a pair of columns is tried first: there are many pairs, and few that correlate.
const FEW_ROWS: usize = 500;

/// The correlation on those rows of a pair that is worth a look at all.
const NEARLY: f64 = 0.99;

/// Rows from which so close an agreement is no accident.
const MIN_ROWS: usize = 20;

const ADVICE: &str = "If it is not known when the network is to predict, leave it out: the scores would be too good to be true";

pub(super) fn examine(train: &Samples, findings: &mut Vec<Finding>) {
    // A single feature that determines the target is a problem, not a leak.
    if train.rows < MIN_ROWS || train.features.len() < 2 {
        return;
    }
    match &train.answers {
        Answers::Classes(classes) => findings.extend(names_the_class(train, classes)),
        Answers::Values(values) => findings.extend(is_the_value(train, values)),
        Answers::Other => {}
    }
}

fn names_the_class(train: &Samples, classes: &[usize]) -> Option<Finding> {
    let leaks = |column: &Vec<f64>| has_a_value_a_class(column, classes);
    let column = train.features.iter().position(leaks)?;
    let seen = "it has one value for each class, and no other";
    Some(Finding::new((Warning, LeakingFeature), Place::Feature(column), 1.0, seen, ADVICE))
}

/// Whether each value stands for one class and each class for one value.
fn has_a_value_a_class(column: &[f64], classes: &[usize]) -> bool {
    let (mut class_of, mut value_of) = (BTreeMap::new(), BTreeMap::new());
    let mut pairs = column.iter().map(|value| value.to_bits()).zip(classes.iter().copied());
    let one_to_one = pairs.all(|(value, class)| {
        *class_of.entry(value).or_insert(class) == class && *value_of.entry(class).or_insert(value) == value
    });
    one_to_one && class_of.len() > 1
}

fn is_the_value(train: &Samples, values: &[Vec<f64>]) -> Option<Finding> {
    // An autoencoder is to repeat its features.
    if values.len() > 1 && values.iter().all(|target| train.features.contains(target)) {
        return None;
    }
    let few = evenly(train.rows, FEW_ROWS);
    let at_few = |column: &Vec<f64>| few.iter().map(|&row| column[row]).collect::<Vec<_>>();
    let few_targets: Vec<Vec<f64>> = values.iter().map(at_few).collect();
    let mut worst: Option<(usize, usize, f64)> = None;
    for (j, feature) in train.features.iter().enumerate() {
        let few_values = at_few(feature);
        for (k, target) in values.iter().enumerate() {
            if correlation(&few_values, &few_targets[k]).abs() < NEARLY {
                continue;
            }
            let found = correlation(feature, target);
            if found.abs() >= SAME && worst.is_none_or(|(.., worst)| found.abs() > worst.abs()) {
                worst = Some((j, k, found));
            }
        }
    }
    let (j, k, found) = worst?;
    let seen = format!("its correlation with target {k} is {}", Short((1e4 * found).round() / 1e4));
    Some(Finding::new((Warning, LeakingFeature), Place::Feature(j), found, seen, ADVICE))
}
