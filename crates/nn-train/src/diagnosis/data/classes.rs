//! How the samples are spread over the classes.

use super::super::FindingKind::{ImbalancedClasses, MissingClasses, SingleClass, UnseenClasses};
use super::super::Severity::{Error, Warning};
use super::super::samples::Samples;
use super::super::{Finding, Place};
use crate::figure::Short;

/// How many times the samples of the rarest class the most frequent one may have: beyond, naming that one always is a good
/// answer for a long time.
const IMBALANCED: f64 = 10.0;

pub(super) fn examine(train: &Samples, validation: Option<&Samples>, findings: &mut Vec<Finding>) {
    let weights = train.class_weights();
    let present = present(&weights);
    match present[..] {
        [] => return,
        [class] => findings.push(single(class, train.rows)),
        _ => findings.extend(imbalanced(&weights, &present)),
    }
    if let Some(validation) = validation.filter(|validation| validation.rows > 0) {
        let found = self::present(&validation.class_weights());
        findings.extend(missing(&present, &found));
        findings.extend(unseen(&present, &found));
    }
}

fn present(weights: &[f64]) -> Vec<usize> {
    (0..weights.len()).filter(|&class| weights[class] > 0.0).collect()
}

fn single(class: usize, rows: usize) -> Finding {
    let seen = format!("all {rows} training samples are of it");
    let advice = "There is nothing to tell apart; look at how the samples were chosen, or whether the file is sorted by class";
    Finding::new((Error, SingleClass), Place::Class(class), rows as f64, seen, advice)
}

fn imbalanced(weights: &[f64], present: &[usize]) -> Option<Finding> {
    let by_weight = |a: &&usize, b: &&usize| weights[**a].total_cmp(&weights[**b]);
    let (&frequent, &rare) = (present.iter().max_by(by_weight)?, present.iter().min_by(by_weight)?);
    let ratio = weights[frequent] / weights[rare];
    if ratio <= IMBALANCED {
        return None;
    }
    let seen =
        format!("class {frequent} counts {} times as much, so that this one may be ignored", Short(ratio));
    let advice = "Weigh the samples or the classes of the loss (balanced_sample_weights, class_weights), and look at the \
                  balanced accuracy";
    Some(Finding::new((Warning, ImbalancedClasses), Place::Class(rare), ratio, seen, advice))
}

fn missing(train: &[usize], validation: &[usize]) -> Option<Finding> {
    let missing: Vec<&usize> = train.iter().filter(|class| !validation.contains(class)).collect();
    let first = **missing.first()?;
    let seen = format!(
        "the validation set lacks {} of {} classes, of which this is the first",
        missing.len(),
        train.len()
    );
    let advice = "Split by class (a stratified split), or shuffle before the split";
    Some(Finding::new((Warning, MissingClasses), Place::Class(first), missing.len() as f64, seen, advice))
}

fn unseen(train: &[usize], validation: &[usize]) -> Option<Finding> {
    let unseen: Vec<&usize> = validation.iter().filter(|class| !train.contains(class)).collect();
    let first = **unseen.first()?;
    let seen = format!(
        "the validation set has {} classes that the training set lacks, of which this is the first",
        unseen.len()
    );
    let advice = "Nobody can learn them: split by class (a stratified split), or shuffle before the split";
    Some(Finding::new((Error, UnseenClasses), Place::Class(first), unseen.len() as f64, seen, advice))
}
