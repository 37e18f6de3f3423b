use ndarray::{ArrayRef2, ArrayView1, ArrayView2, ArrayViewMut2};

use super::check::{check_binary_labels, check_setting_weights, check_values_are};
use super::columns::{bits, columnwise, values};
use super::curvature::diagonal;
use super::logistic::each_logit;
use super::reduction::{reduced_loss, total_weight};
use super::{Link, Loss, Reduction, Scale};
use crate::{Error, Scalar};

/// Binary cross-entropy from logits: l = -Σ_k [w_k y_k ln σ(z_k) + (1 - y_k) ln(1 - σ(z_k))], for yes-or-no questions,
/// averaged over all elements or added up.
///
/// **It takes logits**: end the network in [`Dense::linear`](crate::Dense::linear), without a sigmoid. `fit` refuses a
/// network that ends in one.
///
/// -ln σ(z) is computed as max(-z, 0) + ln(1 + e^-|z|), which is exact for logits of any size. The gradient is
/// (1 - y) σ(z) - w y σ(-z); without weights σ(z) - y.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `pos_weight` | 1 | w: how much a yes counts; one number an output, each at least 0, finite |
///
/// # Shapes
/// Logits: (batch, outputs). Targets: (batch, outputs) values from 0 to 1; or, for one output, batch labels 0 and 1.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{BinaryCrossEntropy, Loss};
///
/// let logits = array![[-10_000.0], [0.0]];
/// let value = BinaryCrossEntropy::sum().value(logits.view(), &[1, 0][..], None)?;
/// assert_eq!(value, 10_000.0 + 2.0_f64.ln());
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// As PyTorch's `BCEWithLogitsLoss`: the mean is over all elements, and `pos_weight` is not part of its divisor.
#[derive(Debug, Default, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct BinaryCrossEntropy {
    reduction: Reduction,
    /// Empty if all are 1.
    pos_weight: Vec<f64>,
}

reduced_loss!(BinaryCrossEntropy with settings);

impl BinaryCrossEntropy {
    /// How much a yes counts, for each output.
    pub fn pos_weight(self, pos_weight: impl Into<Vec<f64>>) -> Self {
        Self { pos_weight: pos_weight.into(), ..self }
    }

    fn check_settings(&self, outputs: usize) -> Result<(), Error> {
        check_setting_weights("pos_weight", "values of pos_weight", outputs, &self.pos_weight)
    }

    /// The second derivative of output k: what both answers count together, times σ(z) σ(-z).
    fn curvature<T: Scalar>(&self, k: usize, z: T, y: T) -> T {
        let weight = self.pos_weight.get(k).map_or(T::one(), |&weight| T::of(weight));
        (weight * y + (T::one() - y)) * z.kernel_sigmoid() * (-z).kernel_sigmoid()
    }

    /// The losses and derivatives of output k.
    #[inline(always)]
    fn column<T: Scalar>(&self, k: usize, z: &mut [T], y: &mut [T]) {
        let weight = self.pos_weight.get(k).map_or(T::one(), |&weight| T::of(weight));
        each_logit(z, y, |logistic, y| {
            let (yes, no) = (weight * y, T::one() - y);
            let value = no * logistic.surprise_of_no + yes * logistic.surprise_of_yes;
            (value, no * logistic.yes - yes * logistic.no)
        });
    }
}

impl<T: Scalar> Loss<T, ArrayRef2<T>> for BinaryCrossEntropy {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn link(&self) -> Link {
        Link::Logistic
    }

    fn divisor(&self, outputs: usize, target: &ArrayRef2<T>, weights: Option<&[T]>) -> T {
        total_weight(target.nrows(), weights) * T::of(outputs as f64)
    }

    fn check(&self, outputs: usize, target: &ArrayRef2<T>) -> Result<(), Error> {
        self.check_settings(outputs)?;
        let valid = T::zero()..=T::one();
        check_values_are("BinaryCrossEntropy", "values from 0 to 1", outputs, target, |y| valid.contains(&y))
    }

    fn value_and_grad(
        &self,
        logits: ArrayView2<'_, T>,
        target: &ArrayRef2<T>,
        scale: Scale<'_, T>,
        dlogits: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        columnwise(logits, values(target), &scale, dlogits, |k, z, y| self.column(k, z, y))
    }

    fn hessian(
        &self,
        logits: ArrayView1<'_, T>,
        target: &ArrayRef2<T>,
        n: usize,
        scale: T,
        hessian: ArrayViewMut2<'_, T>,
    ) -> Option<()> {
        diagonal(hessian, |k| scale * self.curvature(k, logits[k], target[[n, k]]));
        Some(())
    }
}

impl<T: Scalar> Loss<T, [usize]> for BinaryCrossEntropy {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn link(&self) -> Link {
        Link::Logistic
    }

    fn check(&self, outputs: usize, target: &[usize]) -> Result<(), Error> {
        check_binary_labels(outputs, target)?;
        self.check_settings(outputs)
    }

    fn value_and_grad(
        &self,
        logits: ArrayView2<'_, T>,
        labels: &[usize],
        scale: Scale<'_, T>,
        dlogits: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        columnwise(logits, bits(labels), &scale, dlogits, |k, z, y| self.column(k, z, y))
    }

    fn hessian(
        &self,
        logits: ArrayView1<'_, T>,
        labels: &[usize],
        n: usize,
        scale: T,
        hessian: ArrayViewMut2<'_, T>,
    ) -> Option<()> {
        diagonal(hessian, |k| scale * self.curvature(k, logits[k], T::of(labels[n] as f64)));
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn logits_of_any_size_have_their_exact_loss_and_gradient() {
        for (logit, label, value, slope) in
            [(1e4, 0, 1e4, 1.0), (-1e4, 1, 1e4, -1.0), (1e4, 1, 0.0, 0.0), (-1e4, 0, 0.0, 0.0)]
        {
            let mut gradient = Array2::from_elem((1, 1), f64::NAN);
            let loss = BinaryCrossEntropy::sum();
            let found = loss.reduced(array![[logit]].view(), &[label][..], None, Some(gradient.view_mut()));
            assert_eq!((found, gradient[[0, 0]]), (value, slope), "logit {logit}, label {label}");
        }
    }

    #[test]
    fn a_nearly_certain_answer_keeps_its_digits() {
        let mut gradient = Array2::from_elem((1, 1), f64::NAN);
        let loss = BinaryCrossEntropy::sum().pos_weight([2.0]);
        let value = loss.reduced(array![[40.0]].view(), &[1][..], None, Some(gradient.view_mut()));
        let expected = 2.0 * (-40.0_f64).exp();
        assert!((value - expected).abs() <= 1e-15 * expected, "{value}, expected {expected}");
        assert!((gradient[[0, 0]] + expected).abs() <= 1e-15 * expected, "{gradient}");
    }

    #[test]
    fn labels_and_values_agree() {
        let logits = array![[0.3], [-2.0]];
        let loss = BinaryCrossEntropy::mean();
        let by_label: f64 = loss.value(logits.view(), &[1, 0][..], None).expect("valid labels");
        let by_value = loss.value(logits.view(), &*array![[1.0], [0.0]], None).expect("valid targets");
        assert_eq!(by_label, by_value);
    }
}
