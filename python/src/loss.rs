//! `nn-core`'s losses by name.

use ndarray::ArrayRef2;
use nn_core::{
    BinaryCrossEntropy, BinaryCrossEntropyOfProbabilities, CrossEntropy, Focal, GaussianNll,
    HalfSquaredError, Hinge, Huber, KlDivergence, LogCosh, Loss, MeanAbsoluteError, MeanSquaredError, Nll,
    Pinball, PoissonNll, Reduction, Scalar, SmoothL1, SoftmaxCrossEntropy, SquaredHinge,
};
use pyo3::prelude::*;

use crate::settings::{Named, with_settings};

/// A loss of targets of a kind.
pub(crate) type AnyLoss<T, Y> = Box<dyn Loss<T, Y> + Send>;

/// Lists losses once: name, type, settings; switches.
macro_rules! losses {
    ($list:ident, $function:ident, $targets:ty, $doc:literal: $($name:literal $loss:ident $([$($settings:tt)*])?),+ $(,)?) => {
        #[doc = concat!("The names of the losses of ", $doc, ".")]
        pub(crate) const $list: &[&str] = &[$($name),+];

        #[doc = concat!("The loss of ", $doc, " of that name.")]
        pub(crate) fn $function<T: Scalar>(
            mut named: Named<'_>,
            reduction: Reduction,
        ) -> PyResult<AnyLoss<T, $targets>> {
            let sum = reduction == Reduction::Sum;
            let loss: AnyLoss<T, $targets> = match &named.name[..] {
                $($name => {
                    let loss = if sum { $loss::sum() } else { $loss::mean() };
                    Box::new(with_settings!(named, loss $(, [$($settings)*])?))
                })+
                _ => return Err(named.unknown($list)),
            };
            named.finish()?;
            Ok(loss)
        }
    };
}

losses! { CLASS_LOSSES, of_classes, [usize], "indices of classes":
    "binary_cross_entropy" BinaryCrossEntropy [pos_weight: Vec<f64>],
    "cross_entropy" CrossEntropy,
    "focal" Focal [alpha, gamma; without_alpha],
    "nll" Nll [class_weights: Vec<f64>, ignore_class],
    "softmax_cross_entropy" SoftmaxCrossEntropy [label_smoothing, class_weights: Vec<f64>, ignore_class],
}

losses! { VALUE_LOSSES, of_values, ArrayRef2<T>, "rows of values":
    "binary_cross_entropy" BinaryCrossEntropy [pos_weight: Vec<f64>],
    "binary_cross_entropy_of_probabilities" BinaryCrossEntropyOfProbabilities,
    "cross_entropy" CrossEntropy,
    "focal" Focal [alpha, gamma; without_alpha],
    "gaussian_nll" GaussianNll [; full],
    "half_squared_error" HalfSquaredError,
    "hinge" Hinge,
    "huber" Huber [delta],
    "kl_divergence" KlDivergence,
    "log_cosh" LogCosh,
    "mean_absolute_error" MeanAbsoluteError,
    "mean_squared_error" MeanSquaredError,
    "pinball" Pinball [quantiles: Vec<f64>],
    "poisson_nll" PoissonNll [; rates, full],
    "smooth_l1" SmoothL1 [beta],
    "softmax_cross_entropy" SoftmaxCrossEntropy [label_smoothing, class_weights: Vec<f64>],
    "squared_hinge" SquaredHinge,
}
