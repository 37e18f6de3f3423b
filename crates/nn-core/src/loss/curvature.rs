//! Hessians of the loss of a sample with respect to its outputs.

use ndarray::{ArrayView1, ArrayViewMut2};

use crate::Scalar;

/// `entry(k)` on the diagonal, for a loss that is a sum over the outputs.
pub(super) fn diagonal<T: Scalar>(mut hessian: ArrayViewMut2<'_, T>, entry: impl Fn(usize) -> T) {
    hessian.fill(T::zero());
    for (k, value) in hessian.diag_mut().iter_mut().enumerate() {
        *value = entry(k);
    }
}

/// `factor` times diag(p) - p pᵀ with p the softmax of the logits: the Hessian of the logarithm of the sum of their
/// exponentials.
pub(super) fn softmax<T: Scalar>(logits: ArrayView1<'_, T>, factor: T, mut hessian: ArrayViewMut2<'_, T>) {
    let largest = logits.iter().fold(T::neg_infinity(), |largest, &z| largest.max(z));
    let exp = |k: usize| (logits[k] - largest).kernel_exp();
    let sum = (0..logits.len()).fold(T::zero(), |sum, k| sum + exp(k));
    // The exponentials on the diagonal, until every row has been made of them.
    for k in 0..logits.len() {
        hessian[[k, k]] = exp(k) / sum;
    }
    for i in 0..logits.len() {
        for j in 0..i {
            let product = -factor * hessian[[i, i]] * hessian[[j, j]];
            (hessian[[i, j]], hessian[[j, i]]) = (product, product);
        }
    }
    // Rows add up to 0, which keeps the digits of p (1 - p).
    for i in 0..logits.len() {
        let others = (0..logits.len()).filter(|&j| j != i);
        hessian[[i, i]] = -others.fold(T::zero(), |sum, j| sum + hessian[[i, j]]);
    }
}
