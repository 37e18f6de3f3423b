//! Whether the loss suits the outputs. What a loss reads is found out by asking it: so it works for losses of the user, too.

use ndarray::{Array2, ArrayView2};
use nn_core::{ActivationSpec, Batch, Layer, LayerSpec, Link, Loss, Network, Scalar, Targets};

use super::FindingKind::{ClassesAsValues, DoubleLink, NotProbabilities, TargetsOutOfRange};
use super::Severity::{Error, Note, Warning};
use super::samples::Samples;
use super::scores::Part;
use super::{Finding, Place};
use crate::figure::{Percent, Short};

/// Samples that are enough to find out what a loss reads.
const PROBES: usize = 200;

/// How far from a limit rounding may take a number.
const ROUNDING: f64 = 1e-3;

/// The share of targets out of range from which they matter more than a stray value does.
const MANY: f64 = 0.01;

/// What the outputs of a network are to a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    /// The target values themselves.
    Values,
    Probabilities,
    LogProbabilities,
    /// Logits, or something else.
    Other,
}

impl Reads {
    pub(super) fn of<T, P, Y>(loss: &P, batch: &Batch<'_, T, Y>, outputs: usize) -> Self
    where
        T: Scalar,
        P: Loss<T, Y> + ?Sized,
        Y: Targets<T> + ?Sized,
    {
        if loss.link() != Link::Identity {
            return Self::Other;
        }
        let part = Part::of(batch, PROBES);
        let losses = |predictions: Array2<T>| loss.per_sample(predictions.view(), part.y(), None).ok();
        if let Some(values) = part.y().values().filter(|values| values.ncols() == outputs) {
            // Off by a share of it, so that the difference is more than a rounding error.
            let off = |by: f64| losses(values.mapv(|y| y + T::of(by) * (T::one() + y.abs())));
            let none = off(0.0).is_some_and(|losses| losses.iter().all(|loss| *loss == T::zero()));
            let some = |by| off(by).is_some_and(|losses| losses.iter().all(|loss| *loss > T::zero()));
            if none && some(0.5) && some(-0.5) {
                return Self::Values;
            }
        }
        let mean_at = |prediction: f64| {
            let losses = losses(Array2::from_elem((part.x.nrows(), outputs), T::of(prediction)))?;
            Some(losses.iter().map(|loss| loss.as_f64()).sum::<f64>() / losses.len() as f64)
        };
        let is = |prediction, expected: f64| {
            mean_at(prediction).is_some_and(|found| (found - expected).abs() < 1e-4)
        };
        // -ln p of the class.
        let (half, quarter) = (2.0.kernel_ln(), 4.0.kernel_ln());
        if part.y().labels().is_some() && is(1.0, 0.0) && is(0.5, half) && is(0.25, quarter) {
            return Self::Probabilities;
        }
        if part.y().labels().is_some() && is(-1.0, 1.0) && is(-3.0, 3.0) {
            return Self::LogProbabilities;
        }
        // -y ln p - (1 - y) ln(1 - p), whose value at 1/2 does not depend on y, over all outputs.
        let all = outputs as f64;
        if is(0.5, all * half)
            && both(mean_at(0.25), mean_at(0.75))
                .is_some_and(|sum| (sum - all * (quarter - 0.75.kernel_ln())).abs() < 1e-4)
        {
            return Self::Probabilities;
        }
        Self::Other
    }
}

fn both(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    Some(a? + b?)
}

/// The last layer of a network that computes something, however deep in chains.
pub(super) fn ending(spec: &LayerSpec) -> Option<&LayerSpec> {
    match spec {
        LayerSpec::Chain(layers) => layers.last().and_then(ending),
        layer => Some(layer),
    }
}

/// The activation that makes the outputs.
fn last_activation(spec: Option<&LayerSpec>) -> Option<ActivationSpec> {
    match spec.and_then(ending)? {
        LayerSpec::Dense { activation, .. } => *activation,
        LayerSpec::Activation(activation) => Some(*activation),
        _ => None,
    }
}

/// Name, smallest and largest value of what ends a network; `None` if it reaches every number.
fn range(spec: Option<&LayerSpec>) -> Option<(&'static str, f64, f64)> {
    use ActivationSpec as A;
    const UNBOUNDED: f64 = f64::INFINITY;
    match spec.and_then(ending)? {
        LayerSpec::Softmax => return Some(("softmax", 0.0, 1.0)),
        LayerSpec::LogSoftmax => return Some(("log-softmax", -UNBOUNDED, 0.0)),
        _ => {}
    }
    Some(match last_activation(spec)? {
        A::Sigmoid => ("sigmoid", 0.0, 1.0),
        A::HardSigmoid => ("hard sigmoid", 0.0, 1.0),
        A::Gaussian => ("gaussian", 0.0, 1.0),
        A::Tanh => ("tanh", -1.0, 1.0),
        A::HardTanh => ("hard tanh", -1.0, 1.0),
        A::Softsign => ("softsign", -1.0, 1.0),
        A::Sine => ("sine", -1.0, 1.0),
        A::Relu => ("relu", 0.0, UNBOUNDED),
        A::Relu6 => ("relu6", 0.0, 6.0),
        A::Softplus => ("softplus", 0.0, UNBOUNDED),
        A::LogSigmoid => ("log sigmoid", -UNBOUNDED, 0.0),
        _ => return None,
    })
}

pub(super) fn examine<T, L, P, Y>(
    network: &Network<T, L>,
    loss: &P,
    batch: &Batch<'_, T, Y>,
    (samples, reads): (&Samples, Reads),
    findings: &mut Vec<Finding>,
) where
    T: Scalar,
    L: Layer<T>,
    P: Loss<T, Y> + ?Sized,
    Y: Targets<T> + ?Sized,
{
    if let Err(error) = network.check_link(loss.link()) {
        let advice =
            "The outputs cannot differ much any more, and training crawls: see to it before anything else";
        findings.push(Finding::new((Error, DoubleLink), Place::Outputs, 2.0, error.to_string(), advice));
    }
    let spec = network.layers().spec();
    match reads {
        Reads::Values => {
            findings.extend(out_of_range(spec.as_ref(), samples));
            findings.extend(classes_as_values(spec.as_ref(), samples));
        }
        Reads::Probabilities | Reads::LogProbabilities => {
            let outputs = network.predict(Part::of(batch, PROBES).x.view());
            let of_classes = samples.classes().is_some();
            findings.extend(
                outputs.ok().and_then(|outputs| not_probabilities(outputs.view(), reads, of_classes)),
            );
        }
        Reads::Other => {}
    }
}

fn out_of_range(spec: Option<&LayerSpec>, samples: &Samples) -> Option<Finding> {
    let (name, min, max) = range(spec)?;
    let outside =
        |column: &Vec<f64>| column.iter().filter(|&&y| y < min - ROUNDING || y > max + ROUNDING).count();
    let counts: Vec<usize> = samples.values().iter().map(outside).collect();
    let (column, &most) = counts.iter().enumerate().rev().max_by_key(|(_, count)| **count)?;
    if most == 0 {
        return None;
    }
    let share = counts.iter().sum::<usize>() as f64 / (samples.rows * counts.len()) as f64;
    let severity = if share > MANY { Error } else { Warning };
    let seen = format!(
        "{} of the target values lie outside of {} to {}, which {name}, the last activation, cannot leave",
        Percent(share),
        Short(min),
        Short(max)
    );
    let advice = "End the network in Dense::linear, or scale the targets into that range";
    Some(Finding::new((severity, TargetsOutOfRange), Place::Target(column), share, seen, advice))
}

/// One-hot rows under a loss of values.
fn classes_as_values(spec: Option<&LayerSpec>, samples: &Samples) -> Option<Finding> {
    let values = samples.values();
    let is_one_hot = |row: usize| {
        let (mut ones, mut zeros) = (0, 0);
        values.iter().for_each(|column| {
            ones += usize::from(column[row] == 1.0);
            zeros += usize::from(column[row] == 0.0);
        });
        ones == 1 && zeros + 1 == values.len()
    };
    if values.len() < 2 || !(0..samples.rows).all(is_one_hot) {
        return None;
    }
    let behind_relu = matches!(last_activation(spec), Some(ActivationSpec::Relu | ActivationSpec::Relu6));
    let (severity, behind) = if behind_relu {
        (Warning, ", and the outputs come from a relu, which stops learning where it gives 0")
    } else {
        (Note, "")
    };
    let seen = format!("they are classes, rows of 0 and one 1, under a loss of values{behind}");
    let advice =
        "Classes learn faster with SoftmaxCrossEntropy on class indices, and a last layer of Dense::linear";
    Some(Finding::new((severity, ClassesAsValues), Place::Outputs, values.len() as f64, seen, advice))
}

fn not_probabilities<T: Scalar>(
    outputs: ArrayView2<'_, T>,
    reads: Reads,
    of_classes: bool,
) -> Option<Finding> {
    let in_logs = reads == Reads::LogProbabilities;
    let is_wrong = |row: ndarray::ArrayView1<'_, T>| {
        let row = || row.iter().map(|p| if in_logs { p.as_f64().kernel_exp() } else { p.as_f64() });
        let sum: f64 = row().sum();
        row().any(|p| !(-ROUNDING..=1.0 + ROUNDING).contains(&p))
            || (of_classes && (sum - 1.0).abs() > ROUNDING)
    };
    let wrong = outputs.rows().into_iter().filter(|row| is_wrong(*row)).count();
    if wrong == 0 {
        return None;
    }
    let share = wrong as f64 / outputs.nrows() as f64;
    let what = if in_logs { "logarithms of probabilities" } else { "probabilities" };
    let seen = format!("the loss reads {what}, and {} of the rows are not", Percent(share));
    let advice = match (of_classes, in_logs) {
        (true, false) => "Use SoftmaxCrossEntropy, which reads any numbers, or end the network in Softmax",
        (true, true) => "Use SoftmaxCrossEntropy, which reads any numbers, or end the network in LogSoftmax",
        (false, _) => "Use BinaryCrossEntropy, which reads any numbers, or end the network in Sigmoid",
    };
    Some(Finding::new((Error, NotProbabilities), Place::Outputs, share, seen, advice))
}
