//! Loss functions: how wrong a prediction is, and which way is better.

mod binary_cross_entropy;
mod columns;
mod cross_entropy;
mod half_squared_error;
mod link;
mod mean_squared_error;
mod softmax_cross_entropy;

pub use binary_cross_entropy::BinaryCrossEntropy;
pub use cross_entropy::CrossEntropy;
pub use half_squared_error::HalfSquaredError;
pub use link::Link;
pub use mean_squared_error::MeanSquaredError;
pub use softmax_cross_entropy::SoftmaxCrossEntropy;

use ndarray::{ArrayRef2, ArrayView2, ArrayViewMut2};
use serde::{Deserialize, Serialize};

use crate::batch::{check_finite, check_weights};
use crate::{Error, Scalar, Targets};

/// How the losses of the samples become one number.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reduction {
    /// Their mean, weighted by the sample weights: Σ w l / Σ w.
    #[default]
    Mean,
    /// Their sum: Σ w l.
    Sum,
}

/// What each sample's loss is multiplied by: its weight and the reduction in one number, for value and gradient alike.
#[derive(Debug, Clone, Copy)]
pub struct Scale<'a, T> {
    common: T,
    weights: Option<&'a [T]>,
}

impl<T: Scalar> Scale<'_, T> {
    /// The factor of sample `n`.
    #[inline]
    pub fn of(&self, n: usize) -> T {
        match self.weights {
            Some(weights) => self.common * weights[n],
            None => self.common,
        }
    }

    /// The factors of the samples from `start` on.
    fn fill(&self, start: usize, factors: &mut [T]) {
        match self.weights {
            Some(weights) => {
                for (factor, &weight) in factors.iter_mut().zip(&weights[start..]) {
                    *factor = self.common * weight;
                }
            }
            None => factors.fill(self.common),
        }
    }
}

/// A loss: L = Σ_n `scale(n)` l(prediction of n, target of n).
///
/// `Y` is the kind of target: `[usize]` for class indices, `ArrayRef2<T>` for rows of values. The reduction and the
/// sample weights reach [`value_and_grad`](Loss::value_and_grad) as one [`Scale`], which multiplies the value and the
/// gradient, so that the two cannot disagree.
///
/// # Shapes
/// prediction and its gradient: (batch, outputs). Targets: batch indices, or (batch, outputs) values.
///
/// # Example
/// A loss of one's own, proven in one line:
/// ```
/// use ndarray::{ArrayRef2, ArrayView2, ArrayViewMut2, array};
/// use nn_core::{Error, Loss, Reduction, Scalar, Scale, check_values, gradcheck};
///
/// /// l = Σ_k ln cosh(p_k - y_k)
/// struct LogCosh;
///
/// impl<T: Scalar> Loss<T, ArrayRef2<T>> for LogCosh {
///     fn reduction(&self) -> Reduction {
///         Reduction::Mean
///     }
///     fn check(&self, outputs: usize, y: &ArrayRef2<T>) -> Result<(), Error> {
///         check_values(outputs, y)
///     }
///     fn value_and_grad(
///         &self, p: ArrayView2<T>, y: &ArrayRef2<T>, scale: Scale<T>, mut dp: Option<ArrayViewMut2<T>>,
///     ) -> T {
///         let mut value = T::zero();
///         for ((n, k), &p) in p.indexed_iter() {
///             let error = p - y[[n, k]];
///             value += scale.of(n) * error.cosh().ln();
///             if let Some(dp) = &mut dp {
///                 dp[[n, k]] = scale.of(n) * error.tanh();
///             }
///         }
///         value
///     }
/// }
///
/// gradcheck::loss(&LogCosh, 2, &*array![[0.3, -1.0], [2.0, 0.0], [0.1, 0.2]])?;
/// # Ok::<(), nn_core::gradcheck::Failure>(())
/// ```
pub trait Loss<T: Scalar, Y: Targets<T> + ?Sized>: Sync {
    /// Whether samples are averaged or added up.
    fn reduction(&self) -> Reduction;

    /// How the outputs of a network trained with this loss are to be read.
    fn link(&self) -> Link {
        Link::Identity
    }

    /// What [`Reduction::Mean`] divides by: the sum of the sample weights, or the number of samples. A loss that is
    /// averaged over all elements multiplies it by `outputs`; one that weighs classes adds up their weights. The
    /// divisor of a batch is the sum of those of its parts.
    fn divisor(&self, _outputs: usize, target: &Y, weights: Option<&[T]>) -> T {
        total_weight(target.samples(), weights)
    }

    /// Checks that the targets are such as the loss is defined on.
    ///
    /// # Errors
    /// [`Error::Label`], [`Error::Length`], [`Error::NotFinite`], [`Error::Target`] or [`Error::Distribution`].
    fn check(&self, outputs: usize, target: &Y) -> Result<(), Error>;

    /// The value and, if asked for, the gradient with respect to the prediction, which is overwritten whole. The
    /// targets were checked.
    fn value_and_grad(
        &self,
        prediction: ArrayView2<'_, T>,
        target: &Y,
        scale: Scale<'_, T>,
        dprediction: Option<ArrayViewMut2<'_, T>>,
    ) -> T;

    /// The loss of a batch with the loss's reduction and these sample weights; fills `dprediction` if given. Nothing is
    /// checked: [`value`](Loss::value) does, and so does a [`Pass`](crate::Pass).
    ///
    /// # Panics
    /// When targets, weights or `dprediction` do not have the prediction's length.
    fn reduced(
        &self,
        prediction: ArrayView2<'_, T>,
        target: &Y,
        weights: Option<&[T]>,
        dprediction: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        let divisor = match self.reduction() {
            Reduction::Sum => T::one(),
            Reduction::Mean => self.divisor(prediction.ncols(), target, weights),
        };
        self.divided_by(divisor, prediction, target, weights, dprediction)
    }

    /// As [`reduced`](Loss::reduced), for a part of a batch whose [`divisor`](Loss::divisor) is known.
    ///
    /// # Panics
    /// As [`reduced`](Loss::reduced).
    fn divided_by(
        &self,
        divisor: T,
        prediction: ArrayView2<'_, T>,
        target: &Y,
        weights: Option<&[T]>,
        dprediction: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        self.value_and_grad(prediction, target, Scale { common: divisor.recip(), weights }, dprediction)
    }

    /// The loss of a prediction.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::Length`] when the lengths differ, [`Error::Hyperparameter`] for a sample weight
    /// that is negative or not finite, and those of [`check`](Loss::check).
    ///
    /// # Example
    /// ```
    /// use ndarray::array;
    /// use nn_core::{Loss, SoftmaxCrossEntropy};
    ///
    /// let logits = array![[0.0, 0.0], [1000.0, 0.0]];
    /// let value = SoftmaxCrossEntropy::mean().value(logits.view(), &[1, 1][..], None)?;
    /// assert_eq!(value, (2.0_f64.ln() + 1000.0) / 2.0);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    fn value(&self, prediction: ArrayView2<'_, T>, target: &Y, weights: Option<&[T]>) -> Result<T, Error> {
        self.check_batch(prediction, target, weights)?;
        Ok(self.reduced(prediction, target, weights, None))
    }

    /// Checks that prediction, targets and weights belong together.
    ///
    /// # Errors
    /// As [`value`](Loss::value).
    fn check_batch(
        &self,
        prediction: ArrayView2<'_, T>,
        target: &Y,
        weights: Option<&[T]>,
    ) -> Result<(), Error> {
        let samples = prediction.nrows();
        if samples == 0 {
            return Err(Error::EmptyBatch);
        }
        if prediction.ncols() == 0 {
            return Err(Error::Length { what: "outputs", expected: 1, found: 0 });
        }
        if target.samples() != samples {
            return Err(Error::Length { what: "targets", expected: samples, found: target.samples() });
        }
        if let Some(weights) = weights {
            check_weights(weights, samples)?;
        }
        self.check(prediction.ncols(), target)
    }
}

/// Checks class indices against the number of outputs.
///
/// # Errors
/// [`Error::Label`] for the first index that is not below `outputs`.
pub fn check_labels(outputs: usize, labels: &[usize]) -> Result<(), Error> {
    match labels.iter().enumerate().find(|&(_, &label)| label >= outputs) {
        Some((row, &label)) => Err(Error::Label { row, label, classes: outputs }),
        None => Ok(()),
    }
}

/// Checks rows of values against the number of outputs.
///
/// # Errors
/// [`Error::Length`] when a row has not one value an output, [`Error::NotFinite`] for NaN or infinity.
pub fn check_values<T: Scalar>(outputs: usize, values: &ArrayRef2<T>) -> Result<(), Error> {
    if values.ncols() != outputs {
        return Err(Error::Length { what: "target columns", expected: outputs, found: values.ncols() });
    }
    check_finite("targets", values.view())
}

/// Checks that rows of values are probabilities of classes.
///
/// # Errors
/// Those of [`check_values`], [`Error::Target`] for a negative value, [`Error::Distribution`] for a row whose sum is
/// not 1.
fn check_distributions<T: Scalar>(
    loss: &'static str,
    outputs: usize,
    values: &ArrayRef2<T>,
) -> Result<(), Error> {
    check_values(outputs, values)?;
    for (row, probabilities) in values.rows().into_iter().enumerate() {
        if let Some(column) = probabilities.iter().position(|p| *p < T::zero()) {
            let (value, expected) = (probabilities[column].as_f64(), "probabilities, at least 0");
            return Err(Error::Target { loss, row, column, value, expected });
        }
        let sum = probabilities.iter().fold(T::zero(), |sum, &p| sum + p);
        if (sum - T::one()).abs() > T::epsilon().sqrt() {
            return Err(Error::Distribution { loss, row, sum: sum.as_f64() });
        }
    }
    Ok(())
}

/// The sum of the sample weights, or the number of samples.
fn total_weight<T: Scalar>(samples: usize, weights: Option<&[T]>) -> T {
    match weights {
        Some(weights) => weights.iter().fold(T::zero(), |sum, &w| sum + w),
        None => T::of(samples as f64),
    }
}

/// The mean and sum constructors and the reduction of a loss that has no other parameter.
macro_rules! reduced_loss {
    ($name:ident) => {
        impl $name {
            /// Averaged; over what, the type says.
            pub fn mean() -> Self {
                Self { reduction: crate::Reduction::Mean }
            }

            /// Added up over the samples.
            pub fn sum() -> Self {
                Self { reduction: crate::Reduction::Sum }
            }
        }
    };
}
use reduced_loss;
