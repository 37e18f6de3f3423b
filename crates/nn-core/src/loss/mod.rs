//! Loss functions: how wrong a prediction is, and which way is better.

mod binary_cross_entropy;
mod binary_cross_entropy_of_probabilities;
mod check;
mod classes;
mod columns;
mod cross_entropy;
mod curvature;
mod focal;
mod gaussian_nll;
mod half_squared_error;
mod hinge;
mod huber;
mod kl_divergence;
mod link;
mod log_cosh;
mod logistic;
mod mean_absolute_error;
mod mean_squared_error;
mod nll;
mod pinball;
mod poisson_nll;
mod reduction;
mod smooth_l1;
mod softmax;
mod softmax_cross_entropy;
mod squared_hinge;

pub use binary_cross_entropy::BinaryCrossEntropy;
pub use binary_cross_entropy_of_probabilities::BinaryCrossEntropyOfProbabilities;
pub use check::{check_labels, check_values};
pub use cross_entropy::CrossEntropy;
pub use focal::Focal;
pub use gaussian_nll::GaussianNll;
pub use half_squared_error::HalfSquaredError;
pub use hinge::Hinge;
pub use huber::Huber;
pub use kl_divergence::KlDivergence;
pub use link::Link;
pub use log_cosh::LogCosh;
pub use mean_absolute_error::MeanAbsoluteError;
pub use mean_squared_error::MeanSquaredError;
pub use nll::Nll;
pub use pinball::Pinball;
pub use poisson_nll::PoissonNll;
pub use reduction::{Reduction, Scale};
pub use smooth_l1::SmoothL1;
pub use softmax_cross_entropy::SoftmaxCrossEntropy;
pub use squared_hinge::SquaredHinge;

use ndarray::{Array1, ArrayView1, ArrayView2, ArrayViewMut2, Axis, Slice};

use crate::batch::check_weights;
use crate::{Error, Scalar, Targets};

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
/// /// l = Σ_k ln(1 + (p_k - y_k)²)
/// struct Cauchy;
///
/// impl<T: Scalar> Loss<T, ArrayRef2<T>> for Cauchy {
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
///             value += scale.of(n) * (error * error).ln_1p();
///             if let Some(dp) = &mut dp {
///                 dp[[n, k]] = scale.of(n) * (error + error) / (T::one() + error * error);
///             }
///         }
///         value
///     }
/// }
///
/// gradcheck::loss(&Cauchy, 2, &*array![[0.3, -1.0], [2.0, 0.0], [0.1, 0.2]])?;
/// # Ok::<(), nn_core::gradcheck::Failure>(())
/// ```
pub trait Loss<T: Scalar, Y: Targets<T> + ?Sized>: Sync {
    /// Whether samples are averaged or added up.
    fn reduction(&self) -> Reduction;

    /// How the outputs of a network trained with this loss are to be read.
    fn link(&self) -> Link {
        Link::Identity
    }

    /// Whether sample `n` counts at all. One of an ignored class does not: its loss is 0, and it is as good as absent
    /// for means and accuracies too.
    fn counts(&self, _target: &Y, _n: usize) -> bool {
        true
    }

    /// How many samples count: the sum of their weights, or their number.
    fn counted(&self, target: &Y, weights: Option<&[T]>) -> T {
        let counted = (0..target.samples()).filter(|&n| self.counts(target, n));
        match weights {
            Some(weights) => counted.fold(T::zero(), |sum, n| sum + weights[n]),
            None => T::of(counted.count() as f64),
        }
    }

    /// What [`Reduction::Mean`] divides by: how many samples are [`counted`](Loss::counted). A loss that is averaged
    /// over all elements multiplies it by `outputs`; one that weighs classes adds up their weights. The divisor of a
    /// batch is the sum of those of its parts.
    fn divisor(&self, _outputs: usize, target: &Y, weights: Option<&[T]>) -> T {
        self.counted(target, weights)
    }

    /// Checks the settings of the loss, and that the targets are such as it is defined on.
    ///
    /// # Errors
    /// [`Error::Label`], [`Error::Length`], [`Error::NotFinite`], [`Error::Target`] or [`Error::Distribution`];
    /// [`Error::Hyperparameter`] for a setting of the loss that is out of its range.
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

    /// The Hessian of the loss of sample `n` with respect to its outputs, times `scale`: what a Gauss-Newton step is made
    /// of. `None`, the default, where the loss does not give it; nothing is written then. The targets were checked.
    ///
    /// # Shapes
    /// `prediction`: (outputs), of that sample. `hessian`: (outputs, outputs), overwritten whole.
    ///
    /// # Example
    /// ```
    /// use ndarray::{Array2, array};
    /// use nn_core::{HalfSquaredError, Loss};
    ///
    /// let (p, y, mut hessian) = (array![1.0, 3.0], array![[0.0, 1.0]], Array2::zeros((2, 2)));
    /// HalfSquaredError::mean().hessian(p.view(), &*y, 0, 5.0, hessian.view_mut());
    /// assert_eq!(hessian, array![[5.0, 0.0], [0.0, 5.0]]);
    /// ```
    fn hessian(
        &self,
        _prediction: ArrayView1<'_, T>,
        _target: &Y,
        _n: usize,
        _scale: T,
        _hessian: ArrayViewMut2<'_, T>,
    ) -> Option<()> {
        None
    }

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
    /// that is negative or not finite and for a mean over samples none of which counts, and those of
    /// [`check`](Loss::check).
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

    /// The loss of each sample, times its weight: not reduced. [`Reduction::Sum`] is their sum.
    ///
    /// PyTorch's `reduction="none"`; where that gives a number an element, this is the sum of each row.
    ///
    /// # Errors
    /// As [`value`](Loss::value).
    ///
    /// # Example
    /// ```
    /// use ndarray::array;
    /// use nn_core::{Loss, MeanSquaredError};
    ///
    /// let (p, y) = (array![[1.0, 3.0], [0.0, 2.0]], array![[0.0, 1.0], [0.0, 1.0]]);
    /// let losses = MeanSquaredError::mean().per_sample(p.view(), &*y, None)?;
    /// assert_eq!(losses, array![5.0, 1.0]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    fn per_sample(
        &self,
        prediction: ArrayView2<'_, T>,
        target: &Y,
        weights: Option<&[T]>,
    ) -> Result<Array1<T>, Error> {
        self.check_batch(prediction, target, weights)?;
        let mut own = Y::Owned::default();
        Ok(Array1::from_shape_fn(prediction.nrows(), |n| {
            target.gather(&[n], &mut own);
            let scale = Scale { common: T::one(), weights: weights.map(|weights| &weights[n..=n]) };
            self.value_and_grad(
                prediction.slice_axis(Axis(0), Slice::from(n..=n)),
                Y::borrow(&own),
                scale,
                None,
            )
        }))
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
        self.check_targets(prediction.ncols(), target, weights)
    }

    /// As [`check`](Loss::check), and that a mean has something to average over.
    ///
    /// # Errors
    /// Those of [`check`](Loss::check), [`Error::Hyperparameter`] when the mean's [`divisor`](Loss::divisor) is 0.
    fn check_targets(&self, outputs: usize, target: &Y, weights: Option<&[T]>) -> Result<(), Error> {
        self.check(outputs, target)?;
        let divisor = match self.reduction() {
            Reduction::Sum => return Ok(()),
            Reduction::Mean => self.divisor(outputs, target, weights),
        };
        if divisor > T::zero() && divisor.is_finite() && divisor.recip().is_finite() {
            return Ok(());
        }
        let expected = "a finite number above 0: at least one sample whose weight and class count";
        Err(Error::hyperparameter("the weight of all samples together", expected, divisor))
    }
}
