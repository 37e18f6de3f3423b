//! The doctor: what is wrong with data, run and network, in plain words.
//!
//! Each file looks at one thing. All but `samples.rs`, `scores.rs`, `loss.rs` and `network/` work on `f64`, whatever the
//! network's numbers are, so that they are compiled once.

mod column;
mod data;
mod finding;
mod history;
mod loss;
mod network;
mod samples;
mod scores;

pub use finding::{Finding, FindingKind, Place, Severity};

use std::{fmt, slice, vec};

use history::Known;
use loss::Reads;
use ndarray::ArrayView2;
use network::Trace;
use nn_core::{Batch, Error, Layer, LayerSpec, Loss, Network, Scalar, Targets};
use samples::Samples;
use scores::Scores;

use crate::trainer::check_data;
use crate::{History, Report, StopReason};

/// What the doctor found, the worst first; made by [`diagnose`], [`diagnose_data`] and [`diagnose_history`].
///
/// Printed it is a line a finding, or `nothing found`.
#[derive(Debug, Default, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Diagnosis {
    findings: Vec<Finding>,
}

impl Diagnosis {
    /// Sorted by severity; among equals, as they were made.
    fn of(mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        Self { findings }
    }

    /// The findings, the worst first.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether nothing was found, but for notes.
    pub fn is_healthy(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity == Severity::Note)
    }

    /// The worst finding of a kind.
    pub fn find(&self, kind: FindingKind) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.kind == kind)
    }

    /// The findings, the worst first.
    pub fn iter(&self) -> slice::Iter<'_, Finding> {
        self.findings.iter()
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, rest)) = self.findings.split_first() else { return f.write_str("nothing found") };
        write!(f, "{first}")?;
        rest.iter().try_for_each(|finding| write!(f, "\n{finding}"))
    }
}

impl<'a> IntoIterator for &'a Diagnosis {
    type Item = &'a Finding;
    type IntoIter = slice::Iter<'a, Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Diagnosis {
    type Item = Finding;
    type IntoIter = vec::IntoIter<Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.findings.into_iter()
    }
}

/// Looks for what is wrong with data, network and run, and says what to try: all of [`FindingKind`].
///
/// `report` is that of the run that `network` has its weights from; without it, what only a run can show is not looked for.
/// It costs what some ten epochs cost on 20,000 rows, which are as many as are looked at, evenly spaced; nothing when it is
/// not called. The figures and limits stand with [`FindingKind`] and in the source, and are rules of thumb: a finding
/// is a reason to look, and `nothing found` is no proof.
///
/// In a network with a layer that is not of these crates, units and gradients are not looked at. Features that the network
/// itself normalises first need no scale.
///
/// # Errors
/// Those with which [`fit`](crate::Trainer::fit) refuses network, loss and data.
///
/// # Example
/// Values of a million, of features of some thousands:
/// ```
/// use ndarray::Array2;
/// use nn_core::{Batch, Dense, MeanSquaredError, Network, Tanh};
/// use nn_train::{Adam, FindingKind, Severity, Trainer, diagnose};
///
/// let x = Array2::from_shape_fn((100, 2), |(n, j)| ((n * (7 + 4 * j)) % 100) as f64 * 50.0);
/// let y = Array2::from_shape_fn((100, 1), |(n, _)| 1e6 + 50.0 * x[[n, 0]] - 30.0 * x[[n, 1]]);
/// let data = Batch::new(x.view(), &*y)?;
/// let mut network = Network::new(2, (Dense::new(8, Tanh), Dense::linear(1)), 0)?;
/// let loss = MeanSquaredError::mean();
/// let report = Trainer::new(Adam::new()).epochs(20).fit(&mut network, &loss, data, None)?;
///
/// let diagnosis = diagnose(&network, &loss, data, None, Some(&report))?;
/// println!("{diagnosis}");
/// let targets = diagnosis.find(FindingKind::UnscaledTargets).expect("they are around a million");
/// assert_eq!(targets.severity, Severity::Error);
/// assert!((1e6..1.2e6).contains(&targets.figure));
/// # Ok::<(), nn_train::TrainError>(())
/// ```
pub fn diagnose<T, L, P, Y>(
    network: &Network<T, L>,
    loss: &P,
    train: Batch<'_, T, Y>,
    validation: Option<Batch<'_, T, Y>>,
    report: Option<&Report>,
) -> Result<Diagnosis, Error>
where
    T: Scalar,
    L: Layer<T>,
    P: Loss<T, Y> + ?Sized,
    Y: Targets<T> + ?Sized,
{
    diagnose_some(network, loss, train, validation, report, train.samples())
}

/// [`diagnose`] where only some of the training samples are at hand, evenly spaced ones of `rows`: 20,000 are as many as it
/// looks at, and tell as much of a data set that is larger than memory.
///
/// # Errors
/// As [`diagnose`], and for fewer `rows` than there are samples.
pub fn diagnose_some<T, L, P, Y>(
    network: &Network<T, L>,
    loss: &P,
    train: Batch<'_, T, Y>,
    validation: Option<Batch<'_, T, Y>>,
    report: Option<&Report>,
    rows: usize,
) -> Result<Diagnosis, Error>
where
    T: Scalar,
    L: Layer<T>,
    P: Loss<T, Y> + ?Sized,
    Y: Targets<T> + ?Sized,
{
    check_data(network, loss, &train)?;
    validation.iter().try_for_each(|validation| check_data(network, loss, validation))?;
    let mut samples = Samples::of(train.x(), train.y(), train.weights())?;
    if rows < train.samples() {
        return Err(Error::hyperparameter("rows", "at least as many as the samples at hand", rows));
    }
    samples.all_rows = rows;
    samples.weigh_classes(loss, train.y(), network.out_dim());
    let others = validation.map(|batch| Samples::of(batch.x(), batch.y(), batch.weights())).transpose()?;
    let mut findings = Vec::new();
    data::examine_unscaled(&samples, others.as_ref(), &mut findings);
    findings.extend(data::too_few_samples(&samples, network.params().len()));

    let reads = Reads::of(loss, &train, network.out_dim());
    let is_finite = network::parameters(network, &mut findings);
    let trace = if is_finite { Trace::of(network, loss, &train) } else { None };
    if !normalises(network) {
        findings.extend(data::features_not_scaled(&data::columns(&samples.features)));
    }
    if reads == Reads::Values && !ends_in_scale(network) {
        findings.extend(data::targets_not_scaled(&data::columns(samples.values())));
    }

    let scores = Scores::of(network, loss, &train, &samples);
    let records = report.map_or(&[][..], |report| report.history.records());
    let known = report.map(|report| Known {
        validation: report.validation.map(|score| score.loss),
        guess: scores.as_ref().and_then(|scores| scores.guess),
        ran_out: report.reason == StopReason::Epochs,
    });
    history::examine(records, known, &mut findings);
    loss::examine(network, loss, &train, (&samples, reads), &mut findings);
    if let Some(scores) = scores {
        let pair = validation.as_ref().zip(others.as_ref());
        let others = pair.and_then(|(batch, samples)| Scores::of(network, loss, batch, samples));
        scores::examine(&scores, others.as_ref(), &samples, records, &mut findings);
    }
    if let Some(trace) = trace {
        network::layers(&trace, &mut findings);
    }
    Ok(Diagnosis::of(findings))
}

/// Whether the first layer brings the features to one size.
fn normalises<T: Scalar, L: Layer<T>>(network: &Network<T, L>) -> bool {
    fn first(spec: &LayerSpec) -> Option<&LayerSpec> {
        match spec {
            LayerSpec::Chain(layers) => layers.first().and_then(first),
            layer => Some(layer),
        }
    }
    let spec = network.layers().spec();
    matches!(
        spec.as_ref().and_then(first),
        Some(
            LayerSpec::Normalize { .. }
                | LayerSpec::BatchNorm { .. }
                | LayerSpec::LayerNorm { .. }
                | LayerSpec::RmsNorm { .. }
        )
    )
}

/// Whether the last layer brings the outputs to the size of the targets.
fn ends_in_scale<T: Scalar, L: Layer<T>>(network: &Network<T, L>) -> bool {
    let spec = network.layers().spec();
    matches!(spec.as_ref().and_then(loss::ending), Some(LayerSpec::Normalize { .. }))
}

/// Looks for what is wrong with data, before or without a network: scales, constant and equal columns, leaks, rows that
/// contradict each other or are in both sets, rare and missing classes, and validation data of another distribution.
///
/// Features and targets may be NaN or infinite, which no [`Batch`](nn_core::Batch) may. Of more than 20,000 rows as many
/// are looked at, evenly spaced.
///
/// # Shapes
/// `x`: (samples, features). `y`: as many targets. `validation`: the same, of any number of samples.
///
/// # Errors
/// [`Error::EmptyBatch`] without training samples, [`Error::Length`] when there are not as many targets,
/// [`Error::FeatureCount`] when the validation set has other features.
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use nn_train::{FindingKind, Place, diagnose_data};
///
/// // A year, and a share.
/// let x = Array2::from_shape_fn((40, 2), |(n, j)| if j == 0 { 1980.0 + n as f64 } else { (n * 7 % 40) as f64 / 40.0 });
/// let labels: Vec<usize> = (0..40).map(|n| n * 7 % 40 / 20).collect();
/// let diagnosis = diagnose_data(x.view(), &labels[..], None)?;
/// let finding = diagnosis.find(FindingKind::UnscaledFeatures).expect("a year is no number of the size of 1");
/// assert_eq!(finding.place, Place::Feature(0));
/// println!("{diagnosis}");
/// # Ok::<(), nn_core::Error>(())
/// ```
pub fn diagnose_data<T, Y>(
    x: ArrayView2<'_, T>,
    y: &Y,
    validation: Option<(ArrayView2<'_, T>, &Y)>,
) -> Result<Diagnosis, Error>
where
    T: Scalar,
    Y: Targets<T> + ?Sized,
{
    if x.nrows() == 0 {
        return Err(Error::EmptyBatch);
    }
    if let Some((found, _)) = validation.filter(|(found, _)| found.ncols() != x.ncols()) {
        return Err(Error::FeatureCount { expected: x.ncols(), found: found.ncols() });
    }
    let train = Samples::of(x, y, None)?;
    let validation = validation.map(|(x, y)| Samples::of(x, y, None)).transpose()?;
    let mut findings = Vec::new();
    data::examine(&train, validation.as_ref(), &mut findings);
    Ok(Diagnosis::of(findings))
}

/// Looks for what is wrong with a run, by its losses alone: that they exploded, go up and down, hardly move, still fall,
/// or rise on the validation set.
///
/// For a run that ended with [`TrainError::NotFinite`](crate::TrainError::NotFinite), too, whose error has the history.
/// Fewer than 5 records say nothing but that the loss exploded.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Batch, Dense, HalfSquaredError, Network};
/// use nn_train::{FindingKind, Sgd, Trainer, diagnose_history};
///
/// let (x, y) = (array![[1.0], [2.0], [-1.0]], array![[2.0], [3.0], [1.0]]);
/// let line = Batch::new(x.view(), &*y)?;
/// let mut network = Network::<f64, _>::from_params(1, Dense::linear(1), vec![0.0, 0.0])?;
/// let report = Trainer::new(Sgd::new()).learning_rate(2.0).full_batch().epochs(10).fit(&mut network, &HalfSquaredError::mean(), line, None)?;
/// let diagnosis = diagnose_history(&report.history);
/// assert!(diagnosis.find(FindingKind::LearningRateTooHigh).is_some());
/// # Ok::<(), nn_train::TrainError>(())
/// ```
pub fn diagnose_history(history: &History) -> Diagnosis {
    let mut findings = Vec::new();
    history::examine(history.records(), None, &mut findings);
    Diagnosis::of(findings)
}
