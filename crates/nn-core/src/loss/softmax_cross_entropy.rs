use ndarray::{ArrayRef2, ArrayView1, ArrayView2, ArrayViewMut2};

use super::check::check_distributions;
use super::classes::Classes;
use super::curvature::softmax;
use super::reduction::reduced_loss;
use super::softmax::Softmax;
use super::{Link, Loss, Reduction, Scale};
use crate::memory::{by_feature, by_feature_mut};
use crate::{Error, Scalar, simd};

/// Cross-entropy of the softmax of logits: l = -Σ_k q_k ln softmax(z)_k, the loss of classification.
///
/// **It takes logits**: end the network in [`Dense::linear`](crate::Dense::linear), without a softmax. `fit` refuses a
/// network that ends in one.
///
/// The targets are `q_k` = `w_k` ((1 - ε) `t_k` + ε / classes), where t is 1 for the class of the sample and 0 for the
/// others, or a row of probabilities. Without settings q = t, and for a class index t the loss is
/// ln Σ_j e^(z_j) - z_t. The gradient is (Σ_k `q_k`) softmax(z) - q.
///
/// Each row's largest logit is subtracted first, so logits of any size are safe and the loss does not change when a
/// constant is added to a row.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `label_smoothing` | 0 | ε: from 0 to 1; what is taken from each target and shared out to all classes |
/// | `class_weights` | 1 | w: one number a class, each at least 0, finite |
/// | `ignore_class` | none | a label whose samples do not count; it need not be a class. Not for rows of probabilities |
///
/// # Shapes
/// Logits: (batch, classes). Targets: batch class indices, or (batch, classes) probabilities.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Loss, SoftmaxCrossEntropy};
///
/// let loss = SoftmaxCrossEntropy::mean();
/// let logits = array![[0.0, 0.0]];
/// let by_index = loss.value(logits.view(), &[1][..], None)?;
/// let by_row = loss.value(logits.view(), &*array![[0.0, 1.0]], None)?;
/// assert_eq!(by_index, 2.0_f64.ln());
/// assert_eq!(by_row, by_index);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// As PyTorch's `CrossEntropyLoss`. The mean over class indices divides by the sum of the weights of the samples'
/// classes, without the ignored ones; the mean over rows of probabilities by the number of samples, whatever the class
/// weights. With sample weights s it is over these, Σ s l / Σ s `w_t`.
#[derive(Debug, Default, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct SoftmaxCrossEntropy {
    reduction: Reduction,
    label_smoothing: f64,
    classes: Classes,
}

reduced_loss!(SoftmaxCrossEntropy with settings);

impl SoftmaxCrossEntropy {
    /// What is taken from each target and shared out to all classes.
    pub fn label_smoothing(self, label_smoothing: f64) -> Self {
        Self { label_smoothing, ..self }
    }

    /// How much each class counts.
    pub fn class_weights(mut self, weights: impl Into<Vec<f64>>) -> Self {
        self.classes.weights = weights.into();
        self
    }

    /// Leaves out the samples of this label.
    pub fn ignore_class(mut self, label: usize) -> Self {
        self.classes.ignored = Some(label);
        self
    }

    /// The settings that do not depend on the targets.
    fn check_settings(&self, outputs: usize) -> Result<(), Error> {
        if outputs < 2 {
            // The softmax of a single logit is 1, whatever it is.
            return Err(Error::Length { what: "or more outputs for a softmax", expected: 2, found: outputs });
        }
        if !(0.0..=1.0).contains(&self.label_smoothing) {
            let expected = "a number from 0 to 1";
            return Err(Error::hyperparameter("label_smoothing", expected, self.label_smoothing));
        }
        self.classes.check(outputs)
    }

    /// What a target keeps, and what each class gets: 1 - ε and ε / classes.
    fn smoothing<T: Scalar>(&self, classes: usize) -> (T, T) {
        (T::of(1.0 - self.label_smoothing), T::of(self.label_smoothing / classes as f64))
    }
}

impl<T: Scalar> Loss<T, [usize]> for SoftmaxCrossEntropy {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn link(&self) -> Link {
        Link::Softmax
    }

    fn counts(&self, target: &[usize], n: usize) -> bool {
        self.classes.counts(target[n])
    }

    fn divisor(&self, _outputs: usize, target: &[usize], weights: Option<&[T]>) -> T {
        self.classes.divisor(target, weights)
    }

    fn check(&self, outputs: usize, target: &[usize]) -> Result<(), Error> {
        self.check_settings(outputs)?;
        self.classes.check_labels(outputs, target)
    }

    fn value_and_grad(
        &self,
        logits: ArrayView2<'_, T>,
        labels: &[usize],
        scale: Scale<'_, T>,
        mut dlogits: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        let (samples, classes) = logits.dim();
        let (kept, shared) = self.smoothing::<T>(classes);
        // What class k gets of every sample, and all classes together.
        let share = |k: usize| shared * self.classes.weight(k);
        let shares = (0..classes).fold(T::zero(), |sum, k| sum + share(k));
        // What the class of sample n keeps; `None` if the sample is ignored.
        let own = |n: usize| self.classes.weight_of_label::<T>(labels[n]).map(|weight| kept * weight);
        let flat = by_feature(&logits);
        let logit = |n: usize, k: usize| match flat {
            Some(flat) => flat[k * samples + n],
            None => logits[[n, k]],
        };
        // The usual case, of which a small network's epoch would spend a fifth on asking each sample what it counts.
        let alike = self.label_smoothing == 0.0 && self.classes.count_alike();
        // With few classes it is faster to ask of each class whether it is the label than to look up the label's number.
        let few = alike && classes <= 16;
        let mass = |start: usize, factors: &mut [T]| {
            if alike {
                return;
            }
            for (n, factor) in (start..).zip(factors) {
                *factor *= own(n).map_or(T::zero(), |own| own + shares);
            }
        };
        let term = |n: usize, largest: T, log_sum: T| {
            let Some(own) = own(n) else { return T::zero() };
            let surprise = |k: usize| (largest - logit(n, k)) + log_sum;
            let mut value = own * surprise(labels[n]);
            if shared > T::zero() {
                value += (0..classes).fold(T::zero(), |sum, k| sum + share(k) * surprise(k));
            }
            value
        };
        let term = |start: usize, largest: &[T], logs: &mut [T]| {
            if let (true, Some(flat)) = (alike, flat) {
                let rows = logs.iter_mut().zip(largest).zip(&labels[start..]);
                for (row, ((log, &largest), &label)) in rows.enumerate() {
                    *log += largest - flat[label * samples + start + row];
                }
                return;
            }
            for ((n, log), &largest) in (start..).zip(logs).zip(largest) {
                *log = term(n, largest, *log);
            }
        };
        let dsoftmax = dlogits.as_mut().map(|dz| dz.view_mut());
        let plain = few.then_some(labels);
        let value =
            simd::run(Softmax { logits, dlogits: dsoftmax, scale: &scale, labels: plain, mass, term });
        let Some(mut dlogits) = dlogits.filter(|_| !few) else { return value };
        if shared > T::zero() {
            for (k, mut column) in dlogits.columns_mut().into_iter().enumerate() {
                for (n, dz) in column.iter_mut().enumerate().filter(|&(n, _)| own(n).is_some()) {
                    *dz -= scale.of(n) * share(k);
                }
            }
        }
        let owned = labels.iter().enumerate().filter_map(|(n, &label)| Some((n, label, own(n)?)));
        match by_feature_mut(&mut dlogits) {
            Some(flat) if alike => {
                labels.iter().enumerate().for_each(|(n, &label)| flat[label * samples + n] -= scale.of(n));
            }
            Some(flat) => owned.for_each(|(n, label, own)| flat[label * samples + n] -= scale.of(n) * own),
            None => owned.for_each(|(n, label, own)| dlogits[[n, label]] -= scale.of(n) * own),
        }
        value
    }

    fn hessian(
        &self,
        logits: ArrayView1<'_, T>,
        labels: &[usize],
        n: usize,
        scale: T,
        hessian: ArrayViewMut2<'_, T>,
    ) -> Option<()> {
        let classes = logits.len();
        let (kept, shared) = self.smoothing::<T>(classes);
        let own = self.classes.weight_of_label::<T>(labels[n]);
        let all = (0..classes).fold(T::zero(), |sum, k| sum + shared * self.classes.weight(k));
        softmax(logits, own.map_or(T::zero(), |own| scale * (kept * own + all)), hessian);
        Some(())
    }
}

impl<T: Scalar> Loss<T, ArrayRef2<T>> for SoftmaxCrossEntropy {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn link(&self) -> Link {
        Link::Softmax
    }

    fn check(&self, outputs: usize, target: &ArrayRef2<T>) -> Result<(), Error> {
        self.check_settings(outputs)?;
        if let Some(label) = self.classes.ignored {
            let expected = "none where targets are probabilities: give the samples the weight 0 instead";
            return Err(Error::hyperparameter("ignore_class", expected, label));
        }
        check_distributions("SoftmaxCrossEntropy", outputs, target)
    }

    fn value_and_grad(
        &self,
        logits: ArrayView2<'_, T>,
        target: &ArrayRef2<T>,
        scale: Scale<'_, T>,
        mut dlogits: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        let classes = logits.ncols();
        let (kept, shared) = self.smoothing::<T>(classes);
        let share = |n: usize, k: usize| self.classes.weight::<T>(k) * (kept * target[[n, k]] + shared);
        let mass = |start: usize, factors: &mut [T]| {
            for (n, factor) in (start..).zip(factors) {
                *factor *= (0..classes).fold(T::zero(), |sum, k| sum + share(n, k));
            }
        };
        let term = |start: usize, largest: &[T], logs: &mut [T]| {
            for ((n, log), &largest) in (start..).zip(logs).zip(largest) {
                let surprise = |k: usize| (largest - logits[[n, k]]) + *log;
                *log = (0..classes).fold(T::zero(), |sum, k| sum + share(n, k) * surprise(k));
            }
        };
        let dsoftmax = dlogits.as_mut().map(|dz| dz.view_mut());
        let value = simd::run(Softmax { logits, dlogits: dsoftmax, scale: &scale, labels: None, mass, term });
        if let Some(mut dlogits) = dlogits {
            for (k, mut column) in dlogits.columns_mut().into_iter().enumerate() {
                for (n, dz) in column.iter_mut().enumerate() {
                    *dz -= scale.of(n) * share(n, k);
                }
            }
        }
        value
    }

    fn hessian(
        &self,
        logits: ArrayView1<'_, T>,
        target: &ArrayRef2<T>,
        n: usize,
        scale: T,
        hessian: ArrayViewMut2<'_, T>,
    ) -> Option<()> {
        let classes = logits.len();
        let (kept, shared) = self.smoothing::<T>(classes);
        let share = |k: usize| self.classes.weight::<T>(k) * (kept * target[[n, k]] + shared);
        softmax(logits, scale * (0..classes).fold(T::zero(), |sum, k| sum + share(k)), hessian);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    /// Without settings, few classes are compared with the label, and many are not; with weights of 1 none are.
    #[test]
    fn few_classes_many_and_weights_of_one_give_the_same_bits() {
        for classes in [2, 5, 16, 17, 40] {
            let logits =
                Array2::from_shape_fn((300, classes), |(n, k)| ((7 * n + 3 * k) % 23) as f32 / 4.0 - 3.0);
            let by_feature = logits.t().as_standard_layout().reversed_axes().to_owned();
            let labels: Vec<usize> = (0..300).map(|n| (n * n + 1) % classes).collect();
            let weights: Vec<f32> = (0..300).map(|n| (n % 4) as f32 / 2.0).collect();
            let run = |loss: SoftmaxCrossEntropy, logits: &Array2<f32>| {
                let mut gradient = logits.clone();
                let value =
                    loss.reduced(logits.view(), &labels[..], Some(&weights), Some(gradient.view_mut()));
                assert_eq!(loss.value(logits.view(), &labels[..], Some(&weights)), Ok(value));
                (value.to_bits(), gradient.mapv(f32::to_bits))
            };
            let expected = run(SoftmaxCrossEntropy::mean().class_weights(vec![1.0; classes]), &logits);
            for logits in [&logits, &by_feature] {
                assert_eq!(run(SoftmaxCrossEntropy::mean(), logits), expected, "{classes} classes");
            }
        }
    }

    #[test]
    fn a_constant_added_to_a_row_changes_nothing() {
        let logits = Array2::from_shape_fn((70, 3), |(n, k)| ((5 * n + 2 * k) % 7) as f64 - 3.0);
        let labels: Vec<usize> = (0..70).map(|n| n % 3).collect();
        let run = |logits: &Array2<f64>| {
            let mut gradient = Array2::from_elem(logits.dim(), f64::NAN);
            let loss = SoftmaxCrossEntropy::mean();
            (loss.reduced(logits.view(), &labels[..], None, Some(gradient.view_mut())), gradient)
        };
        // A power of two far above the logits leaves their differences exact.
        assert_eq!(run(&logits), run(&(&logits + 65536.0)));
    }

    #[test]
    fn gradients_of_a_row_add_up_to_0() {
        let logits = array![[0.5, -1.0, 2.0], [1e4, 0.0, -1e4]];
        let mut gradient = Array2::from_elem(logits.dim(), f64::NAN);
        let value: f64 =
            SoftmaxCrossEntropy::sum().reduced(logits.view(), &[2, 2][..], None, Some(gradient.view_mut()));
        assert!(value > 2e4 && value < 2e4 + 1.0);
        assert!(gradient.rows().into_iter().all(|row| row.sum().abs() < 1e-15));
        assert_eq!(gradient.row(1), array![1.0, 0.0, -1.0]);
    }
}
