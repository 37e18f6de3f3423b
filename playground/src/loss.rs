//! Losses by their names, and what targets they take.

use ndarray::ArrayRef2;
use nn_core::{
    BinaryCrossEntropy, Focal, HalfSquaredError, Hinge, Huber, LogCosh, Loss, MeanAbsoluteError,
    MeanSquaredError, SmoothL1, SoftmaxCrossEntropy, SquaredHinge,
};

use crate::Result;

/// A loss on rows of values.
pub(crate) type AnyLoss = dyn Loss<f64, ArrayRef2<f64>>;

/// How classes become the values that a loss takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// A column a class: 1 for the sample's, else 0.
    OneHot,
    /// 0 or 1: one column for two classes, else a column a class.
    Bits,
    /// -1 or 1, in as many columns.
    Signs,
}

/// The losses of classes, and of values.
pub(crate) const OF_CLASSES: [&str; 8] = [
    "binary_cross_entropy",
    "softmax_cross_entropy",
    "focal",
    "hinge",
    "squared_hinge",
    "mean_squared_error",
    "mean_absolute_error",
    "huber",
];
pub(crate) const OF_VALUES: [&str; 6] =
    ["mean_squared_error", "half_squared_error", "mean_absolute_error", "huber", "smooth_l1", "log_cosh"];

/// The name of the loss that goes with a problem of so many classes, 0 for values.
pub(crate) fn default_for(classes: usize) -> &'static str {
    match classes {
        0 => "mean_squared_error",
        1 | 2 => "binary_cross_entropy",
        _ => "softmax_cross_entropy",
    }
}

/// The loss of a name, for a problem of so many classes, 0 for values.
pub(crate) fn of(name: &str, classes: usize) -> Result<(Box<AnyLoss>, Code)> {
    let names = if classes > 0 { &OF_CLASSES[..] } else { &OF_VALUES };
    if !names.contains(&name) {
        return Err(format!("loss: expected one of {}, found {name:?}", names.join(", ")));
    }
    Ok(match name {
        "binary_cross_entropy" => (Box::new(BinaryCrossEntropy::mean()), Code::Bits),
        "softmax_cross_entropy" => (Box::new(SoftmaxCrossEntropy::mean()), Code::OneHot),
        "focal" => (Box::new(Focal::mean()), Code::Bits),
        "hinge" => (Box::new(Hinge::mean()), Code::Signs),
        "squared_hinge" => (Box::new(SquaredHinge::mean()), Code::Signs),
        "mean_absolute_error" => (Box::new(MeanAbsoluteError::mean()), Code::Signs),
        "huber" => (Box::new(Huber::mean()), Code::Signs),
        "half_squared_error" => (Box::new(HalfSquaredError::mean()), Code::Signs),
        "smooth_l1" => (Box::new(SmoothL1::mean()), Code::Signs),
        "log_cosh" => (Box::new(LogCosh::mean()), Code::Signs),
        _ => (Box::new(MeanSquaredError::mean()), Code::Signs),
    })
}
