use ndarray::{ArrayView1, ArrayViewMut2};
use serde::{Deserialize, Serialize};

use crate::Scalar;
use crate::layers::softmax_rows;

/// How a network's outputs are to be read: the function from outputs to predictions that belongs to a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

    /// The class that a row of outputs names: the index of the largest, the first of equals; for a single logistic
    /// output 1 if its probability is above one half, else 0. `None` if an output is NaN.
    pub(crate) fn class_of<T: Scalar>(self, outputs: ArrayView1<'_, T>) -> Option<usize> {
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
