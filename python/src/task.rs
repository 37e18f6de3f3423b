//! What a network learns: targets of a kind, and the loss that goes with it.

use ndarray::ArrayRef2;
use nn_core::{
    BinaryCrossEntropy, HalfSquaredError, Link, PoissonNll, Reduction, Scalar, Shards, SoftmaxCrossEntropy,
    Targets,
};
use pyo3::prelude::*;

use crate::loss::{AnyLoss, CLASS_LOSSES, of_classes, of_values};
use crate::settings::Named;

/// A loss with the memory that its mini-batches are gathered in.
pub(crate) struct Learner<T: Scalar, Y: Targets<T> + ?Sized> {
    pub(crate) loss: AnyLoss<T, Y>,
    pub(crate) shards: Shards<T, Y>,
}

impl<T: Scalar, Y: Targets<T> + ?Sized> Learner<T, Y> {
    fn new(loss: AnyLoss<T, Y>) -> Self {
        Self { loss, shards: Shards::new() }
    }
}

/// What a network learns.
pub(crate) enum Task<T: Scalar> {
    /// The class of each sample.
    Classes(Learner<T, [usize]>),
    /// Rows of values: targets of a regression, or a 0 or 1 for each of several labels.
    Values(Learner<T, ArrayRef2<T>>),
}

/// Losses here are sums over the samples; what they are divided by is known to the loop.
pub(crate) struct Setting<T: Scalar> {
    pub(crate) task: Task<T>,
    pub(crate) link: Link,
    /// Outputs are logarithms of predictions.
    pub(crate) exponential: bool,
    /// The value and the gradient are divided by the number of outputs.
    pub(crate) averages: [bool; 2],
}

impl<T: Scalar> Setting<T> {
    /// scikit-learn's losses, by what its outputs go through, and those of `nn-core` by their names.
    pub(crate) fn named(loss: &Bound<'_, PyAny>) -> PyResult<Self> {
        let named = Named::read("loss", loss)?;
        let setting = |task, link, averages| Self { task, link, exponential: false, averages };
        let classes = |loss| Task::Classes(Learner::new(loss));
        let values = |loss| Task::Values(Learner::new(loss));
        Ok(match &named.name[..] {
            "softmax" => setting(classes(Box::new(SoftmaxCrossEntropy::sum())), Link::Softmax, [false; 2]),
            "logistic" => setting(values(Box::new(BinaryCrossEntropy::sum())), Link::Logistic, [false; 2]),
            // It is averaged over the outputs when it is reported, and added up when it is learned.
            "squared_error" => {
                setting(values(Box::new(HalfSquaredError::sum())), Link::Identity, [true, false])
            }
            "poisson" => {
                let task = values(Box::new(PoissonNll::sum()));
                Self { exponential: true, ..setting(task, Link::Identity, [false; 2]) }
            }
            "softmax_cross_entropy" => {
                setting(classes(of_classes(named, Reduction::Sum)?), Link::Softmax, [false; 2])
            }
            name => {
                // Classes answer yes or no, each for itself; a mean of errors is one over all elements.
                let averaged = !CLASS_LOSSES.contains(&name);
                let loss: AnyLoss<T, ArrayRef2<T>> = of_values(named, Reduction::Sum)?;
                let link = loss.link();
                setting(values(loss), link, [averaged; 2])
            }
        })
    }
}

/// What the targets alone add to half of the Poisson deviance: Σ w (y ln y - y).
pub(crate) fn deviance_of_targets<T: Scalar>(targets: &ArrayRef2<T>, weights: Option<&[T]>) -> f64 {
    let of = |y: f64| if y > 0.0 { y * y.ln() - y } else { 0.0 };
    let row = |n: usize| targets.row(n).iter().map(|y| of(y.as_f64())).sum::<f64>();
    (0..targets.nrows()).map(|n| weights.map_or(1.0, |weights| weights[n].as_f64()) * row(n)).sum()
}
