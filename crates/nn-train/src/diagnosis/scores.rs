//! How network and loss do on some samples, beside the best constant guess.

use ndarray::{Array2, ArrayView2, Axis};
use nn_core::{Batch, Layer, Loss, Network, Reduction, Scalar, Targets};

use super::FindingKind::{
    CollapsedOutputs, IgnoredClasses, NoBetterThanGuess, Overfitting, Plateau, ValidationBetterThanTraining,
};
use super::Severity::{Error, Warning};
use super::column::Column;
use super::samples::{Answers, MAX_ROWS, Samples, evenly};
use super::{Finding, Place};
use crate::Record;
use crate::figure::{Percent, Short};

/// The training loss over that of a constant guess from which the network has learned nothing to speak of.
const NO_BETTER: f64 = 0.98;

/// An accuracy that is above the share of the most frequent class by less says no more than it.
const NO_BETTER_ACCURACY: f64 = 0.02;

/// A loss within this share of the constant guess's stays there.
const AT_THE_GUESS: f64 = 0.02;

/// The share of the records, at the end, from which a loss stays where it is.
const STAYS: f64 = 0.5;

/// A training loss below this share of the guess's learned something; a validation loss above the guess's then did not.
const LEARNED: f64 = 0.5;

/// The validation loss over the training loss from which it is suspiciously low.
const SUSPICIOUS: f64 = 0.6;

/// The same in standard errors: chance favours one of the two sets by less.
const STANDARD_ERRORS: f64 = 4.0;

/// Losses below this share of the guess's are both as good as 0.
const LOW: f64 = 0.05;

/// The standard deviation of an output, over that of its target or over 1 for a logit, from which it says anything.
const COLLAPSED: f64 = 1e-3;

/// Some rows of a [`Batch`], copied.
pub(super) struct Part<T, Y: Targets<T> + ?Sized>
where
    T: Scalar,
{
    pub(super) x: Array2<T>,
    y: Y::Owned,
    weights: Option<Vec<T>>,
}

impl<T: Scalar, Y: Targets<T> + ?Sized> Part<T, Y> {
    /// As many of the rows as `most`, evenly spaced.
    pub(super) fn of(batch: &Batch<'_, T, Y>, most: usize) -> Self {
        let rows = evenly(batch.samples(), most);
        let mut y = Y::Owned::default();
        batch.y().gather(&rows, &mut y);
        let weights = batch.weights().map(|weights| rows.iter().map(|&row| weights[row]).collect());
        Self { x: batch.x().select(Axis(0), &rows), y, weights }
    }

    pub(super) fn y(&self) -> &Y {
        Y::borrow(&self.y)
    }

    pub(super) fn weights(&self) -> Option<&[T]> {
        self.weights.as_deref()
    }

    /// The loss of a sample, if predictions were these; `None` if it is not finite.
    fn loss<P: Loss<T, Y> + ?Sized>(&self, loss: &P, predictions: ArrayView2<'_, T>) -> Option<f64> {
        let value = loss.value(predictions, self.y(), self.weights()).ok()?.as_f64();
        let value = match loss.reduction() {
            Reduction::Mean => value,
            _ => value / loss.counted(self.y(), self.weights()).as_f64(),
        };
        value.is_finite().then_some(value)
    }
}

/// How a network does on some samples.
pub(super) struct Scores {
    pub(super) loss: f64,
    /// The loss of the best constant guess, if one is known that is above 0.
    pub(super) guess: Option<f64>,
    /// The losses of the samples.
    each: Column,
    pub(super) outputs: Vec<Column>,
    classes: Option<Classes>,
}

/// What becomes of the classes.
struct Classes {
    accuracy: f64,
    /// The share of each class among the samples.
    shares: Vec<f64>,
    /// How many samples are predicted to be of each.
    predicted: Vec<usize>,
}

impl Classes {
    fn most_frequent(&self) -> f64 {
        self.shares.iter().copied().fold(0.0, f64::max)
    }
}

impl Scores {
    /// `None` when the outputs or the loss are not finite, or no sample counts.
    pub(super) fn of<T, L, P, Y>(
        network: &Network<T, L>,
        loss: &P,
        batch: &Batch<'_, T, Y>,
        samples: &Samples,
    ) -> Option<Self>
    where
        T: Scalar,
        L: Layer<T>,
        P: Loss<T, Y> + ?Sized,
        Y: Targets<T> + ?Sized,
    {
        let part = Part::of(batch, MAX_ROWS);
        let outputs = network.predict(part.x.view()).ok()?;
        let value = part.loss(loss, outputs.view())?;
        let each: Vec<f64> =
            loss.per_sample(outputs.view(), part.y(), None).ok()?.iter().map(|l| l.as_f64()).collect();
        let constant = |row: Vec<f64>| Array2::from_shape_fn(outputs.dim(), |(_, k)| T::of(row[k]));
        let guesses = guesses(samples, outputs.ncols()).into_iter();
        let losses = guesses.filter_map(|row| part.loss(loss, constant(row).view()));
        let guess = losses.min_by(f64::total_cmp).filter(|&guess| guess > 0.0);
        let predicted = |row| loss.link().class_of(outputs.row(row));
        let classes = samples.classes().map(|labels| Self::classes(samples, labels, predicted));
        let columns =
            outputs.columns().into_iter().map(|column| column.iter().map(|y| y.as_f64()).collect::<Vec<_>>());
        let outputs = columns.map(|column| Column::of(&column)).collect();
        Some(Self { loss: value, guess, each: Column::of(&each), outputs, classes })
    }

    fn classes(samples: &Samples, labels: &[usize], class_of: impl Fn(usize) -> Option<usize>) -> Classes {
        let weights = samples.class_weights();
        let total: f64 = weights.iter().sum();
        let (mut predicted, mut hits) = (vec![0; weights.len()], 0.0);
        for (row, &label) in labels.iter().enumerate() {
            let class = class_of(row);
            if let Some(count) = class.and_then(|class| predicted.get_mut(class)) {
                *count += 1;
            }
            if class == Some(label) {
                hits += samples.weight(row);
            }
        }
        let shares = weights.iter().map(|weight| weight / total).collect();
        Classes { accuracy: hits / total, shares, predicted }
    }

    /// The loss over that of the guess.
    fn ratio(&self) -> Option<f64> {
        Some(self.loss / self.guess?)
    }

    fn is_no_better(&self) -> bool {
        self.ratio().is_some_and(|ratio| ratio >= NO_BETTER) && self.names_one_class()
    }

    /// Whether the accuracy is that of naming the most frequent class; yes where there are no classes.
    fn names_one_class(&self) -> bool {
        let no_better = |classes: &Classes| classes.accuracy <= classes.most_frequent() + NO_BETTER_ACCURACY;
        self.classes.as_ref().is_none_or(no_better)
    }
}

/// Constant predictions, among them the best for every loss of the crate: means, medians, shares, their logarithms, their
/// logits.
fn guesses(samples: &Samples, outputs: usize) -> Vec<Vec<f64>> {
    let ln = |p: f64| p.max(1e-12).kernel_ln();
    let logit = |p: f64| ln(p) - ln(1.0 - p);
    let rows: Vec<Vec<f64>> = match &samples.answers {
        Answers::Classes(_) => {
            let weights = samples.class_weights();
            let total: f64 = weights.iter().sum();
            let share = |class: usize| weights.get(class).map_or(0.0, |weight| weight / total);
            let shares: Vec<f64> = (0..outputs).map(share).collect();
            let yes = share(1);
            vec![
                shares.iter().map(|&p| ln(p)).collect(),
                shares,
                vec![yes],
                vec![logit(yes)],
                vec![1.0; outputs],
                vec![-1.0; outputs],
            ]
        }
        Answers::Values(values) => {
            let means: Vec<f64> = values.iter().map(|values| weighted_mean(samples, values)).collect();
            let medians = values.iter().map(|values| median(values)).collect();
            let variances =
                values.iter().map(|values| ln(Column::of(values).spread * Column::of(values).spread));
            vec![
                means.iter().map(|&mean| ln(mean)).collect(),
                means.iter().map(|&mean| logit(mean)).collect(),
                means.iter().copied().chain(variances).collect(),
                means,
                medians,
            ]
        }
        Answers::Other => Vec::new(),
    };
    rows.into_iter().filter(|row| row.len() == outputs).chain([vec![0.0; outputs]]).collect()
}

fn weighted_mean(samples: &Samples, values: &[f64]) -> f64 {
    let total: f64 = (0..values.len()).map(|row| samples.weight(row)).sum();
    values.iter().enumerate().map(|(row, value)| value * (samples.weight(row) / total)).sum()
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

pub(super) fn examine(
    train: &Scores,
    validation: Option<&Scores>,
    samples: &Samples,
    records: &[Record],
    findings: &mut Vec<Finding>,
) {
    if train.is_no_better() {
        findings.push(plateau(train, records).unwrap_or_else(|| no_better(train)));
    } else {
        findings.extend(ignored(train));
    }
    findings.extend(collapsed(train, samples));
    if let Some(validation) = validation {
        let known = findings.iter().any(|finding| finding.kind == Overfitting);
        findings.extend(useless(train, validation).filter(|_| !known));
        findings.extend(too_good(train, validation));
    }
}

fn no_better(train: &Scores) -> Finding {
    let (loss, ratio) = (Short(train.loss), train.ratio().unwrap_or(1.0));
    let guess = Short(train.guess.unwrap_or(train.loss));
    let seen = match &train.classes {
        Some(classes) => format!(
            "the training accuracy is {}, and naming the most frequent class always has {} (loss {loss}, that of its shares \
             {guess})",
            Percent(classes.accuracy),
            Percent(classes.most_frequent()),
        ),
        None => format!(
            "the training loss is {loss}, and that of a constant guess is {guess}: nothing was learned"
        ),
    };
    let advice = "See to the findings beside this one first; then try another learning rate, more epochs, or features that \
                  have to do with the target";
    Finding::new((Error, NoBetterThanGuess), Place::Training, ratio, seen, advice)
}

fn plateau(train: &Scores, records: &[Record]) -> Option<Finding> {
    let guess = train.guess?;
    let last = records.last()?.train_loss;
    let stays = |record: &&Record| (record.train_loss - last).abs() <= AT_THE_GUESS / 2.0 * guess;
    let trailing = records.iter().rev().take_while(stays).count();
    let share = trailing as f64 / records.len() as f64;
    if records.len() < 5 || share < STAYS || (train.loss - guess).abs() > AT_THE_GUESS * guess {
        return None;
    }
    let epoch = records[records.len() - trailing].epoch;
    let seen = format!(
        "from here on the training loss stays at {}, where the best constant guess has it",
        Short(guess)
    );
    let advice = "Try another initialisation or seed, another activation, another learning rate, and look at whether the \
                  features have to do with the target";
    Some(Finding::new((Error, Plateau), Place::Epoch(epoch), share, seen, advice))
}

fn ignored(train: &Scores) -> Option<Finding> {
    let Classes { shares, predicted, .. } = train.classes.as_ref()?;
    let ignored: Vec<usize> = (0..shares.len()).filter(|&k| shares[k] > 0.0 && predicted[k] == 0).collect();
    let first = *ignored.first()?;
    let share: f64 = ignored.iter().map(|&class| shares[class]).sum();
    let seen = format!(
        "{} of {} classes, with {} of the training samples, are never predicted; this is the first",
        ignored.len(),
        shares.iter().filter(|share| **share > 0.0).count(),
        Percent(share)
    );
    let advice = "Weigh the samples or the classes of the loss (balanced_sample_weights, class_weights), or gather more of them";
    Some(Finding::new((Warning, IgnoredClasses), Place::Class(first), share, seen, advice))
}

fn collapsed(train: &Scores, samples: &Samples) -> Option<Finding> {
    let targets: Vec<Column> = samples.values().iter().map(|values| Column::of(values)).collect();
    let unit = |k: usize| if targets.len() == train.outputs.len() { targets[k].spread } else { 1.0 };
    let is_flat = |(k, output): (usize, &Column)| output.spread <= COLLAPSED * unit(k);
    if samples.rows < 2 || !train.outputs.iter().enumerate().all(is_flat) {
        return None;
    }
    let figure = train.outputs.iter().map(|output| output.spread).fold(0.0, f64::max);
    let seen = format!(
        "they are as good as the same for all samples: their standard deviation is {} at most",
        Short(figure)
    );
    let advice =
        "Look for dead or saturated units and for features that are not scaled, and lower the learning rate";
    Some(Finding::new((Error, CollapsedOutputs), Place::Outputs, figure, seen, advice))
}

/// A network that learned the training samples and nothing else.
fn useless(train: &Scores, validation: &Scores) -> Option<Finding> {
    let ratio = validation.ratio()?;
    if train.ratio()? > LEARNED || ratio < 1.0 || !validation.names_one_class() {
        return None;
    }
    let seen = format!(
        "its loss is {}, {} times that of a constant guess, and the training loss is {}: the training samples were learned \
         by heart",
        Short(validation.loss),
        Short(ratio),
        Short(train.loss),
    );
    let advice = "Use fewer units, a penalty (l2) or dropout, more samples; and look at whether both sets are of one kind";
    Some(Finding::new((Error, Overfitting), Place::Validation, ratio, seen, advice))
}

fn too_good(train: &Scores, validation: &Scores) -> Option<Finding> {
    let (a, b) = (&train.each, &validation.each);
    let variance = |each: &Column| each.spread * each.spread / each.finite.max(1) as f64;
    let error = (variance(a) + variance(b)).sqrt();
    let surprising = a.mean - b.mean > STANDARD_ERRORS * error && b.mean < SUSPICIOUS * a.mean;
    if !surprising || train.ratio()? < LOW {
        return None;
    }
    let seen =
        format!("its loss is {} a sample, far below {} in the training set", Short(b.mean), Short(a.mean));
    let advice = "Look at how the validation samples were chosen: are they easier, of other classes, or copies of training rows?";
    Some(Finding::new(
        (Warning, ValidationBetterThanTraining),
        Place::Validation,
        b.mean / a.mean,
        seen,
        advice,
    ))
}
