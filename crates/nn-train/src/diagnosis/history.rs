//! What is wrong with a run, by its losses.

use super::FindingKind::{
    LearningRateTooHigh, LearningRateTooLow, NoisyValidation, Overfitting, TooFewEpochs,
};
use super::Severity::{Error, Warning};
use super::{Finding, Place};
use crate::Record;
use crate::figure::{Percent, Short};

/// Records from which a shape can be seen.
const MIN_RECORDS: usize = 5;

/// The last loss over the best one from which the run went wrong, not astray for a moment.
const EXPLODED: f64 = 2.0;

/// Changes below this share of the loss that the run began with do not matter: losses near 0 double and halve all the time.
const MATTERS: f64 = 0.05;

/// The mean step over the loss that the run began with from which it goes up and down: mini-batches alone make less.
const RESTLESS: f64 = 0.1;

/// The share of steps that turn back from which a loss goes up and down; of noise alone it is two thirds.
const TURNS: f64 = 0.4;

/// The last fifth of a straight line brings a fifth of its fall, of a curve that levels off far less.
const STILL_FALLING: f64 = 0.1;

/// The share of steps that fall in a loss that falls steadily.
const STEADILY: f64 = 0.8;

/// A fall by less of the first loss is hardly one.
const HARDLY_MOVED: f64 = 0.1;

/// The last validation loss over the best one from which the difference is no accident.
const OVERFITTED: f64 = 1.2;

/// The mean step of a validation loss over its mean from which it is noise.
const NOISY: f64 = 0.25;

/// What is known of a run beside its losses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// The validation loss of the weights that the network has now: early stopping restores the best.
    pub(super) validation: Option<f64>,
    /// The training loss of the best constant guess.
    pub(super) guess: Option<f64>,
    /// Whether the run went on for as many epochs as it was told to.
    pub(super) ran_out: bool,
}

pub(super) fn examine(records: &[Record], known: Option<Known>, findings: &mut Vec<Finding>) {
    let train = Curve::new(records.iter().map(|record| (record.epoch, record.train_loss)));
    let validation =
        Curve::new(records.iter().filter_map(|record| Some((record.epoch, record.validation_loss?))));
    let guess = known.and_then(|known| known.guess);
    let too_high = exploded(&train, guess).or_else(|| restless(&train, guess));
    let is_too_high = too_high.is_some();
    findings.extend(too_high);
    if is_too_high || train.len() < MIN_RECORDS {
        return;
    }
    let worse = noisy(&validation, &train).or_else(|| overfitted(&train, &validation, known));
    let is_worse = worse.is_some();
    findings.extend(worse);
    if !is_worse && known.is_none_or(|known| known.ran_out) {
        findings.extend(still_falling(&train, &validation, guess));
    }
}

/// The losses of a run.
struct Curve {
    epochs: Vec<usize>,
    losses: Vec<f64>,
}

impl Curve {
    fn new(records: impl Iterator<Item = (usize, f64)>) -> Self {
        let (epochs, losses) = records.filter(|(_, loss)| loss.is_finite()).unzip();
        Self { epochs, losses }
    }

    fn len(&self) -> usize {
        self.losses.len()
    }

    /// Where the loss was lowest.
    fn best(&self) -> Option<usize> {
        (0..self.len()).min_by(|&a, &b| self.losses[a].total_cmp(&self.losses[b]))
    }

    /// The steps of its second half.
    fn late_steps(&self) -> Vec<f64> {
        let late = &self.losses[self.len() / 2..];
        late.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    /// Each loss averaged with its neighbours.
    fn smoothed(&self) -> Self {
        let around = |n: usize| &self.losses[n.saturating_sub(1)..(n + 2).min(self.len())];
        let losses = (0..self.len()).map(|n| mean(around(n).iter().copied())).collect();
        Self { epochs: self.epochs.clone(), losses }
    }
}

fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = numbers.fold((0.0, 0.0), |(sum, count), number| (sum + number, count + 1.0));
    if count == 0.0 { 0.0 } else { sum / count }
}

fn exploded(train: &Curve, guess: Option<f64>) -> Option<Finding> {
    let best = train.best()?;
    let (lowest, last, first) = (train.losses[best], *train.losses.last()?, *train.losses.first()?);
    let start = first.abs().max(guess.unwrap_or(0.0).abs());
    if last - lowest <= RESTLESS * start || last <= EXPLODED * lowest {
        return None;
    }
    // Above where it began it is lost; below, the last steps were too long.
    let severity = if last >= start { Error } else { Warning };
    let ratio = if lowest > 0.0 { last / lowest } else { f64::MAX };
    let seen = format!(
        "the training loss was lowest, {}, and rose to {} by the last one",
        Short(lowest),
        Short(last)
    );
    let advice =
        "Try a tenth of the learning rate (LearningRateFinder finds one), or clip the gradient (clip_norm)";
    Some(Finding::new((severity, LearningRateTooHigh), Place::Epoch(train.epochs[best]), ratio, seen, advice))
}

/// A loss that goes up and down.
fn restless(train: &Curve, guess: Option<f64>) -> Option<Finding> {
    if train.len() < MIN_RECORDS {
        return None;
    }
    let steps = train.late_steps();
    let start = train.losses[0].abs().max(guess.unwrap_or(0.0).abs());
    let size = mean(steps.iter().map(|step| step.abs())) / start;
    if !(size > RESTLESS && turns(&steps) > TURNS) {
        return None;
    }
    let seen = format!(
        "in its second half the training loss goes up and down by {} of the first one",
        Percent(size)
    );
    let advice = "Try a third of the learning rate, a schedule that lowers it, or larger mini-batches";
    Some(Finding::new((Warning, LearningRateTooHigh), Place::Run, size, seen, advice))
}

/// The share of steps that turn back.
fn turns(steps: &[f64]) -> f64 {
    mean(steps.windows(2).map(|pair| if pair[0] * pair[1] < 0.0 { 1.0 } else { 0.0 }))
}

/// A loss that has not levelled off.
fn still_falling(train: &Curve, validation: &Curve, guess: Option<f64>) -> Option<Finding> {
    let (first_epoch, last_epoch) = (*train.epochs.first()?, *train.epochs.last()?);
    let late = last_epoch - (last_epoch - first_epoch) / 5;
    let begin = train.epochs.iter().rposition(|&epoch| epoch <= late)?;
    let (first, last) = (*train.losses.first()?, *train.losses.last()?);
    let (whole, recent) = (first - last, train.losses[begin] - last);
    let falls = mean(train.losses[begin..].windows(2).map(|pair| f64::from(pair[1] < pair[0])));
    let share = recent / whole;
    if !(whole > 0.0 && share > STILL_FALLING && falls >= STEADILY) {
        return None;
    }
    let moved = whole / first.abs();
    if moved < HARDLY_MOVED {
        // A loss that is low already has nowhere to go.
        if guess.is_some_and(|guess| last < (1.0 - HARDLY_MOVED) * guess) {
            return None;
        }
        let seen = format!(
            "the training loss fell by {} only, from {} to {}, and was still falling",
            Percent(moved),
            Short(first),
            Short(last)
        );
        let advice =
            "Try a learning rate ten times as high, and so on until the loss no longer falls steadily";
        return Some(Finding::new((Error, LearningRateTooLow), Place::Run, moved, seen, advice));
    }
    let rises = |validation: &Curve| {
        let from = validation.epochs.iter().rposition(|&epoch| epoch <= late)?;
        Some(validation.losses.last()? >= &validation.losses[from])
    };
    if recent < MATTERS / 2.0 * first.abs().max(guess.unwrap_or(0.0).abs()) || rises(validation) == Some(true)
    {
        return None;
    }
    let seen = format!(
        "the loss was still falling: the last fifth of the epochs brought {} of the whole fall",
        Percent(share)
    );
    let advice = "Train for two or three times as many epochs, or with a higher learning rate";
    Some(Finding::new((Warning, TooFewEpochs), Place::Epoch(last_epoch), share, seen, advice))
}

/// A validation loss that goes up and down far more than the training loss.
fn noisy(validation: &Curve, train: &Curve) -> Option<Finding> {
    if validation.len() < MIN_RECORDS {
        return None;
    }
    let steps = validation.late_steps();
    let size = mean(steps.iter().map(|step| step.abs()));
    let of_train = mean(train.late_steps().iter().map(|step| step.abs()));
    let level = mean(validation.losses[validation.len() / 2..].iter().copied()).abs();
    let matters = size > MATTERS * validation.losses[0].abs();
    if !(matters && size > NOISY * level && size > 2.0 * of_train && turns(&steps) > TURNS) {
        return None;
    }
    let share = size / level;
    let seen = format!(
        "its loss goes up and down by {} from one record to the next: which epoch is best is luck",
        Percent(share)
    );
    let advice = "Set more rows aside, and lower the learning rate or average the weights (Ema)";
    Some(Finding::new((Warning, NoisyValidation), Place::Validation, share, seen, advice))
}

fn overfitted(train: &Curve, validation: &Curve, known: Option<Known>) -> Option<Finding> {
    if validation.len() < MIN_RECORDS || train.len() != validation.len() {
        return None;
    }
    let smooth = validation.smoothed();
    let best = smooth.best()?;
    let (lowest, last) = (smooth.losses[best], *smooth.losses.last()?);
    // The weights that the network has now, if it is known what those come to.
    let last = known.and_then(|known| known.validation).map_or(last, |now| now.min(last));
    let guess = known.and_then(|known| known.guess).unwrap_or(0.0);
    let matters = last - lowest > MATTERS * validation.losses[0].abs().max(guess.abs());
    let learns_on = *train.losses.last()? < train.losses[best];
    if !(last > OVERFITTED * lowest && matters && learns_on) {
        return None;
    }
    let ratio = if lowest > 0.0 { last / lowest } else { f64::MAX };
    let seen = format!(
        "from here on the validation loss rose, from {} to {}, while the training loss fell",
        Short(lowest),
        Short(last)
    );
    let advice = "Stop here (EarlyStopping restores the best weights), use fewer units, a penalty (l2) or dropout, or more samples";
    Some(Finding::new((Warning, Overfitting), Place::Epoch(smooth.epochs[best]), ratio, seen, advice))
}
