mod labels;
mod probabilities;

use super::Reduction;
use super::classes::Classes;
use super::reduction::reduced_loss;
use crate::{Error, Scalar};

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

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::Loss;

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
