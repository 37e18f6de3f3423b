//! What a network learns: targets of a kind, and the loss that goes with it.

use ndarray::ArrayRef2;
use nn_core::{
    BinaryCrossEntropy, HalfSquaredError, Link, Loss, PoissonNll, Scalar, Shards, SoftmaxCrossEntropy,
    Targets,
};
use pyo3::prelude::*;

use crate::value_error;

/// A loss with the memory that its mini-batches are gathered in.
pub(crate) struct Learner<T: Scalar, Y: Targets<T> + ?Sized> {
    pub(crate) loss: Box<dyn Loss<T, Y> + Send>,
    pub(crate) shards: Shards<T, Y>,
}

impl<T: Scalar, Y: Targets<T> + ?Sized> Learner<T, Y> {
    fn new(loss: impl Loss<T, Y> + Send + 'static) -> Self {
        Self { loss: Box::new(loss), shards: Shards::new() }
    }
}

/// What a network learns.
pub(crate) enum Task<T: Scalar> {
    /// The class of each sample.
    Classes(Learner<T, [usize]>),
    /// Rows of values: targets of a regression, or a 0 or 1 for each of several labels.
    Values(Learner<T, ArrayRef2<T>>),
}

/// scikit-learn's losses are sums over the samples; what they are divided by is known to the loop.
pub(crate) struct Setting<T: Scalar> {
    pub(crate) task: Task<T>,
    pub(crate) link: Link,
    /// Outputs are logarithms of predictions.
    pub(crate) exponential: bool,
    /// scikit-learn's squared error is averaged over the outputs when it is reported, and added up when it is learned.
    pub(crate) averages_outputs: bool,
}

impl<T: Scalar> Setting<T> {
    /// The loss of that name.
    pub(crate) fn named(name: &str) -> PyResult<Self> {
        let (task, link) = match name {
            "softmax" => (Task::Classes(Learner::new(SoftmaxCrossEntropy::sum())), Link::Softmax),
            "logistic" => (Task::Values(Learner::new(BinaryCrossEntropy::sum())), Link::Logistic),
            "squared_error" => (Task::Values(Learner::new(HalfSquaredError::sum())), Link::Identity),
            "poisson" => (Task::Values(Learner::new(PoissonNll::sum())), Link::Identity),
            other => {
                let expected = "expected softmax, logistic, squared_error or poisson";
                return Err(value_error(format!("there is no loss {other:?}; {expected}")));
            }
        };
        let (exponential, averages_outputs) = (name == "poisson", name == "squared_error");
        Ok(Self { task, link, exponential, averages_outputs })
    }
}

/// What the targets alone add to half of the Poisson deviance: Σ w (y ln y - y).
pub(crate) fn deviance_of_targets<T: Scalar>(targets: &ArrayRef2<T>, weights: Option<&[T]>) -> f64 {
    let of = |y: f64| if y > 0.0 { y * y.ln() - y } else { 0.0 };
    let row = |n: usize| targets.row(n).iter().map(|y| of(y.as_f64())).sum::<f64>();
    (0..targets.nrows()).map(|n| weights.map_or(1.0, |weights| weights[n].as_f64()) * row(n)).sum()
}
