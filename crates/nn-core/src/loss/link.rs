use ndarray::{ArrayView1, ArrayViewMut2};

use crate::Scalar;
use crate::layers::softmax_rows;

/// How a network's outputs are to be read: the function from outputs to predictions that belongs to a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Link {
    /// The outputs are the predictions.
    Identity,
    /// Each row of outputs is logits: softmax gives the probabilities of the classes.
    Softmax,
    /// Each output is a logit of its own: the logistic function gives its probability.
    Logistic,
}

impl Link {
    /// Replaces outputs by predictions; `row_scratch` has one scalar a row.
    pub(crate) fn apply<T: Scalar>(self, mut outputs: ArrayViewMut2<'_, T>, row_scratch: &mut [T]) {
        match self {
            Self::Identity => {}
            Self::Softmax => softmax_rows(outputs, row_scratch),
            Self::Logistic => outputs.mapv_inplace(T::kernel_sigmoid),
        }
    }

    /// Replaces the outputs for one sample by its prediction.
    pub(crate) fn apply_to_row<T: Scalar>(self, outputs: &mut [T]) {
        match self {
            Self::Identity => {}
            Self::Softmax => {
                // Not `max`, which would pass NaN over.
                let largest = outputs.iter().fold(outputs[0], |m, &z| if z > m { z } else { m });
                outputs.iter_mut().for_each(|z| *z -= largest);
                T::kernel_exp_slice(outputs);
                let sum = outputs.iter().fold(T::zero(), |sum, &e| sum + e);
                outputs.iter_mut().for_each(|e| *e /= sum);
            }
            Self::Logistic => T::kernel_sigmoid_slice(outputs),
        }
    }

    /// The class that a row of outputs names: the index of the largest, the first of equals; for a single logistic
    /// output 1 if its probability is above one half, else 0. `None` if an output is NaN.
    ///
    /// # Example
    /// ```
    /// use ndarray::arr1;
    /// use nn_core::Link;
    ///
    /// assert_eq!(Link::Softmax.class_of(arr1(&[0.5, 2.0, -1.0]).view()), Some(1));
    /// assert_eq!(Link::Logistic.class_of(arr1(&[-0.1]).view()), Some(0));
    /// ```
    pub fn class_of<T: Scalar>(self, outputs: ArrayView1<'_, T>) -> Option<usize> {
        if outputs.iter().any(|z| z.is_nan()) {
            return None;
        }
        if self == Self::Logistic && outputs.len() == 1 {
            return Some(usize::from(outputs[0] > T::zero()));
        }
        let mut best = 0;
        for (k, &z) in outputs.iter().enumerate() {
            if z > outputs[best] {
                best = k;
            }
        }
        Some(best)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{arr1, array};

    use super::*;

    #[test]
    fn predictions_are_probabilities_for_logits_of_any_size() {
        let logits = array![[1e4, -1e4, 1e4], [0.0, 0.0, -800.0]];
        let mut softmax = logits.clone();
        Link::Softmax.apply(softmax.view_mut(), &mut [f64::NAN; 2]);
        assert_eq!(softmax, array![[0.5, 0.0, 0.5], [0.5, 0.5, 0.0]]);
        let mut logistic = logits.clone();
        Link::Logistic.apply(logistic.view_mut(), &mut [f64::NAN; 2]);
        assert_eq!(logistic.row(0), array![1.0, 0.0, 1.0]);
        assert_eq!(logistic.row(1)[1], 0.5);
        let mut identity = logits.clone();
        Link::Identity.apply(identity.view_mut(), &mut [f64::NAN; 2]);
        assert_eq!(identity, logits);
    }

    #[test]
    fn a_class_is_the_first_of_the_largest_outputs() {
        assert_eq!(Link::Softmax.class_of(arr1(&[0.0, 2.0, 2.0]).view()), Some(1));
        assert_eq!(Link::Identity.class_of(arr1(&[-3.0, -4.0]).view()), Some(0));
        assert_eq!(Link::Logistic.class_of(arr1(&[0.1]).view()), Some(1));
        assert_eq!(Link::Logistic.class_of(arr1(&[-0.1]).view()), Some(0));
        assert_eq!(Link::Softmax.class_of(arr1(&[f64::NAN, 0.0]).view()), None);
    }
}
