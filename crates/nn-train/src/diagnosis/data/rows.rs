//! Rows that are there twice, and how many rows there are.

use std::collections::{BTreeMap, HashMap};

use super::super::FindingKind::{ContradictoryRows, SharedRows, TooFewSamples, TooFewValidationSamples};
use super::super::Severity::{Error, Note, Warning};
use super::super::column::Column;
use super::super::samples::{Answers, Samples};
use super::super::{Finding, Place};
use crate::figure::{Percent, Short};

/// Validation rows below which a score is mostly luck: of 20, a single one is 5 points of accuracy.
const MIN_VALIDATION_ROWS: usize = 20;

/// The largest share of validation rows that are training rows: beyond, the validation score is visibly too good.
const SHARED: f64 = 0.05;

/// From here on it is mostly the training score.
const MOSTLY_SHARED: f64 = 0.5;

/// How much more often validation rows may be in the training set than training rows are there twice. Where features have a
/// few values only, equal rows are natural.
const NATURAL: f64 = 2.0;

/// The share of contradictory rows from which they matter for the score.
const CONTRADICTORY: f64 = 0.05;

/// Target values of equal rows that differ by less than this share of the targets' standard deviation are as good as equal.
const SAME_TARGET: f64 = 0.01;

/// The most parameters a target value. Networks of more parameters than samples are usual and often generalise; from
/// here on the samples can be learned by heart many times over.
const PARAMETERS_A_VALUE: f64 = 20.0;

pub(super) fn examine(train: &Samples, validation: Option<&Samples>, findings: &mut Vec<Finding>) {
    // Without features all rows would be equal.
    if train.features.is_empty() {
        return;
    }
    let groups = groups(train);
    findings.extend(contradictory(train, &groups));
    if let Some(validation) = validation {
        findings.extend(shared(train, &groups, validation));
        findings.extend(too_few_to_validate(validation));
    }
}

/// Rows by their features.
type Groups = HashMap<Vec<u64>, Vec<usize>>;

fn groups(samples: &Samples) -> Groups {
    let mut groups = Groups::new();
    for row in 0..samples.rows {
        groups.entry(key(samples, row)).or_default().push(row);
    }
    groups
}

/// The features of a row, to be looked up.
fn key(samples: &Samples, row: usize) -> Vec<u64> {
    // Adding 0 makes -0 equal to 0.
    samples.features.iter().map(|column| (column[row] + 0.0).to_bits()).collect()
}

fn shared(train: &Samples, groups: &Groups, validation: &Samples) -> Option<Finding> {
    let count = (0..validation.rows).filter(|&row| groups.contains_key(&key(validation, row))).count();
    let share = count as f64 / validation.rows.max(1) as f64;
    let twice: usize = groups.values().map(Vec::len).filter(|&rows| rows > 1).sum();
    let natural = twice as f64 / train.rows as f64;
    if count < 2 || share <= SHARED || share <= NATURAL * natural {
        return None;
    }
    let severity = if share > MOSTLY_SHARED { Error } else { Warning };
    let seen = format!(
        "{} of its rows have the features of a training row: the score tells little of new data",
        Percent(share)
    );
    let advice = "Remove duplicates before the split, and keep rows that belong together, of one person or one day, on one side";
    Some(Finding::new((severity, SharedRows), Place::Validation, share, seen, advice))
}

fn contradictory(train: &Samples, groups: &Groups) -> Option<Finding> {
    let twins = groups.values().filter(|rows| rows.len() > 1);
    let (rows, consequence) = match &train.answers {
        Answers::Classes(classes) => {
            let (mut rows, mut lost) = (0, 0);
            for group in twins {
                let mut counts = BTreeMap::new();
                group.iter().for_each(|&row| *counts.entry(classes[row]).or_insert(0_usize) += 1);
                if counts.len() > 1 {
                    rows += group.len();
                    lost += group.len() - counts.values().max().unwrap_or(&0);
                }
            }
            let best = 1.0 - lost as f64 / train.rows as f64;
            (rows, format!("no network can name the class of more than {}", Percent(best)))
        }
        Answers::Values(values) => {
            let differ = |group: &&Vec<usize>| {
                values.iter().any(|values| {
                    let twins: Vec<f64> = group.iter().map(|&row| values[row]).collect();
                    Column::of(&twins).range() > SAME_TARGET * Column::of(values).spread
                })
            };
            let rows = twins.filter(differ).map(Vec::len).sum();
            (rows, "no network can predict them all".to_owned())
        }
        Answers::Other => return None,
    };
    if rows == 0 {
        return None;
    }
    let share = rows as f64 / train.rows as f64;
    let severity = if share > CONTRADICTORY { Warning } else { Note };
    let seen = format!(
        "{} of its rows have the features of another row and another target: {consequence}",
        Percent(share)
    );
    let advice = "Look for wrong targets, or for a feature that tells these rows apart";
    Some(Finding::new((severity, ContradictoryRows), Place::Training, share, seen, advice))
}

fn too_few_to_validate(validation: &Samples) -> Option<Finding> {
    let rows = validation.all_rows;
    if rows >= MIN_VALIDATION_ROWS {
        return None;
    }
    let s = if rows == 1 { "" } else { "s" };
    let seen = format!("it has {rows} row{s}: its score is mostly luck");
    let advice = "Set more aside, or use k-fold cross-validation";
    Some(Finding::new((Warning, TooFewValidationSamples), Place::Validation, rows as f64, seen, advice))
}

/// Whether a network of so many parameters has enough to learn from.
pub(in super::super) fn too_few_samples(train: &Samples, params: usize) -> Option<Finding> {
    let values = train.all_rows * train.values().len().max(1);
    let ratio = params as f64 / values.max(1) as f64;
    if ratio <= PARAMETERS_A_VALUE {
        return None;
    }
    let seen = format!("{params} parameters learn from {values} target values, {} each", Short(ratio));
    let advice = "Use fewer units or layers, a penalty (l2), dropout, or more samples";
    Some(Finding::new((Warning, TooFewSamples), Place::Training, ratio, seen, advice))
}
