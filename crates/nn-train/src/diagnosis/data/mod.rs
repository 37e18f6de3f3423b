//! What is wrong with samples.

mod classes;
mod leak;
mod rows;
mod scale;
mod shift;
mod values;

use super::Finding;
use super::column::Column;
use super::samples::Samples;

pub(super) use rows::too_few_samples;
pub(super) use scale::{features_not_scaled, targets_not_scaled};

/// All that can be said without a network.
pub(super) fn examine(train: &Samples, validation: Option<&Samples>, findings: &mut Vec<Finding>) {
    examine_unscaled(train, validation, findings);
    findings.extend(features_not_scaled(&columns(&train.features)));
    findings.extend(targets_not_scaled(&columns(train.values())));
}

/// As [`examine`], but for the scales, which the network may have seen to.
pub(super) fn examine_unscaled(train: &Samples, validation: Option<&Samples>, findings: &mut Vec<Finding>) {
    values::examine(train, validation, findings);
    leak::examine(train, findings);
    rows::examine(train, validation, findings);
    classes::examine(train, validation, findings);
    if let Some(validation) = validation {
        shift::examine(train, validation, findings);
    }
}

pub(super) fn columns(values: &[Vec<f64>]) -> Vec<Column> {
    values.iter().map(|values| Column::of(values)).collect()
}

/// What follows the words on the first of some columns.
fn and_more(count: usize) -> String {
    if count > 1 { format!("; {} more are like that", count - 1) } else { String::new() }
}
