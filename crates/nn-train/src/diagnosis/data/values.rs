//! What can be said of each column.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::super::FindingKind::{
    ConstantFeatures, ConstantTargets, DuplicateFeatures, NearConstantFeatures, NonFiniteValues,
};
use super::super::Severity::{Error, Note, Warning};
use super::super::samples::Samples;
use super::super::{Finding, Place};
use super::{and_more, columns};
use crate::figure::{Percent, Short};

/// The share of rows of one value from which a column is as good as constant.
const NEAR_CONSTANT: f64 = 0.99;

/// Rows from which so large a share means something.
const NEAR_CONSTANT_ROWS: usize = 100;

pub(super) fn examine(train: &Samples, validation: Option<&Samples>, findings: &mut Vec<Finding>) {
    findings.extend(not_finite(train, "the training set"));
    findings.extend(validation.and_then(|validation| not_finite(validation, "the validation set")));
    // A single row is constant in all columns, which says nothing.
    if train.rows > 1 {
        findings.extend(constant(train));
        findings.extend(near_constant(train));
        findings.extend(constant_targets(train));
        findings.extend(duplicates(train));
    }
}

fn not_finite(samples: &Samples, which: &str) -> Option<Finding> {
    let count = |column: &Vec<f64>| column.iter().filter(|value| !value.is_finite()).count();
    let features =
        samples.features.iter().map(count).enumerate().map(|(j, count)| (Place::Feature(j), count));
    let targets = samples.values().iter().map(count).enumerate().map(|(j, count)| (Place::Target(j), count));
    let counts: Vec<(Place, usize)> = features.chain(targets).filter(|(_, count)| *count > 0).collect();
    let (place, _) = counts.iter().rev().max_by_key(|(_, count)| *count)?.clone();
    let total: usize = counts.iter().map(|(_, count)| count).sum();
    let seen = format!(
        "{total} values of {which} are NaN or infinite, in {} columns, of which this has most",
        counts.len()
    );
    let advice =
        "Fill them in, with the median of the column and a column that says so, or leave those rows out";
    Some(Finding::new((Error, NonFiniteValues), place, total as f64, seen, advice))
}

fn constant(train: &Samples) -> Option<Finding> {
    let columns = columns(&train.features);
    let constant = columns.iter().enumerate().filter(|(_, column)| column.is_constant() && column.finite > 0);
    let count = constant.clone().count();
    let (first, column) = constant.clone().next()?;
    let seen = format!("it is {} in every row{}", Short(column.min), and_more(count));
    let severity = if count == columns.len() { Error } else { Note };
    let advice = "It says nothing: leave it out, or ask why it is constant";
    Some(Finding::new((severity, ConstantFeatures), Place::Feature(first), count as f64, seen, advice))
}

fn near_constant(train: &Samples) -> Option<Finding> {
    if train.rows < NEAR_CONSTANT_ROWS {
        return None;
    }
    let shares = train.features.iter().map(|column| largest_share(column)).enumerate();
    let near: Vec<(usize, f64)> = shares.filter(|(_, share)| (NEAR_CONSTANT..1.0).contains(share)).collect();
    let &(first, share) = near.first()?;
    let seen = format!("it has one value in {} of the rows{}", Percent(share), and_more(near.len()));
    let advice = "It can hardly be learned from: leave it out, or gather rows in which it differs";
    Some(Finding::new((Note, NearConstantFeatures), Place::Feature(first), near.len() as f64, seen, advice))
}

/// The share of the most frequent value.
fn largest_share(column: &[f64]) -> f64 {
    let mut sorted = column.to_vec();
    sorted.sort_by(f64::total_cmp);
    let longest = sorted.chunk_by(|a, b| a == b).map(<[f64]>::len).max().unwrap_or(0);
    longest as f64 / column.len().max(1) as f64
}

fn constant_targets(train: &Samples) -> Option<Finding> {
    let columns = columns(train.values());
    let (first, column) =
        columns.iter().enumerate().find(|(_, column)| column.is_constant() && column.finite > 0)?;
    let seen = format!("it is {} in every row", Short(column.min));
    let advice = "There is nothing to learn; look at how the targets were made";
    Some(Finding::new((Error, ConstantTargets), Place::Target(first), column.min, seen, advice))
}

fn duplicates(train: &Samples) -> Option<Finding> {
    let columns = columns(&train.features);
    let mut seen_before: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut twins = Vec::new();
    for (j, values) in train.features.iter().enumerate().filter(|(j, _)| !columns[*j].is_constant()) {
        let mut hasher = DefaultHasher::new();
        values.iter().for_each(|value| value.to_bits().hash(&mut hasher));
        let alike = seen_before.entry(hasher.finish()).or_default();
        match alike.iter().find(|&&other| train.features[other] == *values) {
            Some(&other) => twins.push((j, other)),
            None => alike.push(j),
        }
    }
    let &(column, other) = twins.first()?;
    let seen = format!("it equals feature {other} in every row{}", and_more(twins.len()));
    let advice = "Leave one of the two out, or look for the column that it was meant to be";
    Some(Finding::new((Warning, DuplicateFeatures), Place::Feature(column), twins.len() as f64, seen, advice))
}
