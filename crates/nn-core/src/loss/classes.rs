use super::check::check_setting_weights;
use super::reduction::total_weight;
use crate::{Error, Scalar};

/// How much each class counts: what the losses on class indices have in common.
#[derive(Debug, Default, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub(super) struct Classes {
    /// One a class; empty if all count alike.
    pub(super) weights: Vec<f64>,
    /// A label that stands for no class.
    pub(super) ignored: Option<usize>,
}

impl Classes {
    /// Whether no class has a weight, and none is ignored.
    pub(super) fn count_alike(&self) -> bool {
        self.weights.is_empty() && self.ignored.is_none()
    }

    /// How much a class counts.
    #[inline]
    pub(super) fn weight<T: Scalar>(&self, class: usize) -> T {
        self.weights.get(class).map_or(T::one(), |&weight| T::of(weight))
    }

    /// Whether samples of this label are not ignored.
    #[inline]
    pub(super) fn counts(&self, label: usize) -> bool {
        self.ignored != Some(label)
    }

    /// How much a sample of this label counts; `None` if it is ignored.
    #[inline]
    pub(super) fn weight_of_label<T: Scalar>(&self, label: usize) -> Option<T> {
        self.counts(label).then(|| self.weight(label))
    }

    /// The weights of the samples, each times that of its class.
    pub(super) fn divisor<T: Scalar>(&self, labels: &[usize], weights: Option<&[T]>) -> T {
        if self.count_alike() {
            return total_weight(labels.len(), weights);
        }
        labels.iter().enumerate().fold(T::zero(), |sum, (n, &label)| {
            let sample = weights.map_or(T::one(), |weights| weights[n]);
            sum + sample * self.weight_of_label(label).unwrap_or_else(T::zero)
        })
    }

    /// Checks the weights against the number of classes.
    pub(super) fn check(&self, classes: usize) -> Result<(), Error> {
        check_setting_weights("class weight", "class weights", classes, &self.weights)
    }

    /// Checks class indices, of which those that are ignored may be any number.
    pub(super) fn check_labels(&self, classes: usize, labels: &[usize]) -> Result<(), Error> {
        let wrong = |label| label >= classes && self.counts(label);
        match labels.iter().enumerate().find(|&(_, &label)| wrong(label)) {
            Some((row, &label)) => Err(Error::Label { row, label, classes }),
            None => Ok(()),
        }
    }
}
