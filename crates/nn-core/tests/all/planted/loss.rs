//! Losses with one mistake each.

use ndarray::{ArrayRef2, ArrayView2, ArrayViewMut2};
use nn_core::{Error, Loss, Reduction, Scalar, Scale, SoftmaxCrossEntropy, check_labels, check_values};

/// What is wrong with the loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bug {
    None,
    /// The mean's 1/N is in the value alone.
    ScaleForgottenInGradient,
    /// The mean's 1/N is in the gradient alone.
    ScaleForgottenInValue,
    /// Neither has it, so that they agree: on a function that is not the one asked for.
    ScaleForgotten,
    WeightsForgottenInGradient,
    WeightsSquaredInGradient,
    Sign,
    HalfForgottenInValue,
    AddsToGradient,
    SkipsLastColumn,
    /// A cheaper value, without the last column, when the gradient is not asked for.
    ValueWithoutGradient,
    /// The gradient of the transposed error where the memory is sample by sample.
    SampleMajorGradient,
    /// The value lacks its last column where the memory is feature by feature.
    FeatureMajorValue,
    /// Nothing, but the loss is measured in small units.
    NoneInSmallUnits,
    /// The gradient is twice what it should be in those units.
    DoubledInSmallUnits,
}

/// Half the squared error, summed over a row.
pub(crate) struct Planted {
    pub(crate) bug: Bug,
    pub(crate) reduction: Reduction,
}

impl<T: Scalar> Loss<T, ArrayRef2<T>> for Planted {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn check(&self, outputs: usize, target: &ArrayRef2<T>) -> Result<(), Error> {
        check_values(outputs, target)
    }

    fn value_and_grad(
        &self,
        p: ArrayView2<'_, T>,
        target: &ArrayRef2<T>,
        scale: Scale<'_, T>,
        mut dp: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        let (samples, outputs) = p.dim();
        let feature_major = !p.is_standard_layout();
        let mut value = T::zero();
        for ((n, k), &prediction) in p.indexed_iter() {
            let error = prediction - target[[n, k]];
            let last = k == outputs - 1;
            let factor = match self.bug {
                Bug::ScaleForgottenInValue | Bug::ScaleForgotten => T::of(0.5),
                Bug::HalfForgottenInValue => scale.of(n),
                Bug::ValueWithoutGradient if last && dp.is_none() => T::zero(),
                Bug::FeatureMajorValue if last && feature_major => T::zero(),
                Bug::NoneInSmallUnits | Bug::DoubledInSmallUnits => T::of(0.5e-8) * scale.of(n),
                _ => T::of(0.5) * scale.of(n),
            };
            value += factor * error * error;
            let Some(dp) = &mut dp else { continue };
            let correct = scale.of(n) * error;
            dp[[n, k]] = match self.bug {
                Bug::ScaleForgottenInGradient | Bug::ScaleForgotten => error,
                Bug::WeightsForgottenInGradient => error / T::of(samples as f64),
                Bug::WeightsSquaredInGradient => correct * scale.of(n),
                Bug::Sign => -correct,
                Bug::AddsToGradient => dp[[n, k]] + correct,
                Bug::SkipsLastColumn if last => continue,
                Bug::SampleMajorGradient if !feature_major => -correct,
                Bug::NoneInSmallUnits => T::of(1e-8) * correct,
                Bug::DoubledInSmallUnits => T::of(2e-8) * correct,
                _ => correct,
            };
        }
        value
    }
}

/// The cross-entropy of a softmax whose gradient is that of the next label.
pub(crate) struct LabelOffByOne;

impl<T: Scalar> Loss<T, [usize]> for LabelOffByOne {
    fn reduction(&self) -> Reduction {
        Reduction::Mean
    }

    fn check(&self, outputs: usize, labels: &[usize]) -> Result<(), Error> {
        check_labels(outputs, labels)
    }

    fn value_and_grad(
        &self,
        logits: ArrayView2<'_, T>,
        labels: &[usize],
        scale: Scale<'_, T>,
        dlogits: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        let loss = SoftmaxCrossEntropy::mean();
        if dlogits.is_some() {
            let next: Vec<usize> = labels.iter().map(|label| (label + 1) % logits.ncols()).collect();
            loss.value_and_grad(logits, &next[..], scale, dlogits);
        }
        loss.value_and_grad(logits, labels, scale, None)
    }
}

/// The absolute error, whose kink is where the prediction is right.
pub(crate) struct AbsoluteError {
    /// What the gradient claims to be at the kink.
    pub(crate) at_kink: f64,
}

impl<T: Scalar> Loss<T, ArrayRef2<T>> for AbsoluteError {
    fn reduction(&self) -> Reduction {
        Reduction::Mean
    }

    fn divisor(&self, outputs: usize, target: &ArrayRef2<T>, weights: Option<&[T]>) -> T {
        let samples =
            weights.map_or(T::of(target.nrows() as f64), |w| w.iter().fold(T::zero(), |sum, &w| sum + w));
        samples * T::of(outputs as f64)
    }

    fn check(&self, outputs: usize, target: &ArrayRef2<T>) -> Result<(), Error> {
        check_values(outputs, target)
    }

    fn value_and_grad(
        &self,
        p: ArrayView2<'_, T>,
        target: &ArrayRef2<T>,
        scale: Scale<'_, T>,
        mut dp: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        let mut value = T::zero();
        for ((n, k), &p) in p.indexed_iter() {
            let error = p - target[[n, k]];
            value += scale.of(n) * error.abs();
            if let Some(dp) = &mut dp {
                let sign = if error == T::zero() { T::of(self.at_kink) } else { error.signum() };
                dp[[n, k]] = scale.of(n) * sign;
            }
        }
        value
    }
}
