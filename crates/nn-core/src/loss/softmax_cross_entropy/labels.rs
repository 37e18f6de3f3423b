//! Where each sample has a class.

use ndarray::{ArrayView1, ArrayView2, ArrayViewMut2};

use super::SoftmaxCrossEntropy;
use crate::loss::curvature::softmax;
use crate::loss::softmax::Softmax;
use crate::memory::by_feature;
use crate::{Error, Link, Loss, Reduction, Scalar, Scale, simd};

/// As many classes at most are compared with the label, which is faster than looking up the label's number.
const FEW: usize = 16;

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
        dlogits: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        if self.label_smoothing == 0.0 && self.classes.count_alike() {
            plain(logits, labels, &scale, dlogits)
        } else {
            self.with_settings(logits, labels, &scale, dlogits)
        }
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

/// Without settings all samples count alike. To ask each what it counts would take a fifth of a small network's epoch.
fn plain<T: Scalar>(
    logits: ArrayView2<'_, T>,
    labels: &[usize],
    scale: &Scale<'_, T>,
    mut dlogits: Option<ArrayViewMut2<'_, T>>,
) -> T {
    let (samples, classes) = logits.dim();
    let flat = by_feature(&logits);
    let mass = |_: usize, _: &mut [T]| ();
    let term = |start: usize, largest: &[T], logs: &mut [T]| {
        let rows = logs.iter_mut().zip(largest).zip(&labels[start..]);
        for (row, ((log, &largest), &label)) in rows.enumerate() {
            *log += largest
                - flat
                    .map_or_else(|| logits[[start + row, label]], |flat| flat[label * samples + start + row]);
        }
    };
    let few = classes <= FEW;
    let dsoftmax = dlogits.as_mut().map(|dz| dz.view_mut());
    let value = simd::run(Softmax {
        logits,
        dlogits: dsoftmax,
        scale,
        labels: few.then_some(labels),
        mass: &mass,
        term: &term,
    });
    if let Some(mut dlogits) = dlogits.filter(|_| !few) {
        labels.iter().enumerate().for_each(|(n, &label)| dlogits[[n, label]] -= scale.of(n));
    }
    value
}

impl SoftmaxCrossEntropy {
    fn with_settings<T: Scalar>(
        &self,
        logits: ArrayView2<'_, T>,
        labels: &[usize],
        scale: &Scale<'_, T>,
        mut dlogits: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        let classes = logits.ncols();
        let (kept, shared) = self.smoothing::<T>(classes);
        // What class k gets of every sample, and all classes together.
        let share = |k: usize| shared * self.classes.weight(k);
        let shares = (0..classes).fold(T::zero(), |sum, k| sum + share(k));
        // What the class of sample n keeps; `None` if the sample is ignored.
        let own = |n: usize| self.classes.weight_of_label::<T>(labels[n]).map(|weight| kept * weight);
        let mass = |start: usize, factors: &mut [T]| {
            for (n, factor) in (start..).zip(factors) {
                *factor *= own(n).map_or(T::zero(), |own| own + shares);
            }
        };
        let term = |n: usize, largest: T, log_sum: T| {
            let Some(own) = own(n) else { return T::zero() };
            let surprise = |k: usize| (largest - logits[[n, k]]) + log_sum;
            let mut value = own * surprise(labels[n]);
            if shared > T::zero() {
                value += (0..classes).fold(T::zero(), |sum, k| sum + share(k) * surprise(k));
            }
            value
        };
        let term = |start: usize, largest: &[T], logs: &mut [T]| {
            for ((n, log), &largest) in (start..).zip(logs).zip(largest) {
                *log = term(n, largest, *log);
            }
        };
        let dsoftmax = dlogits.as_mut().map(|dz| dz.view_mut());
        let value =
            simd::run(Softmax { logits, dlogits: dsoftmax, scale, labels: None, mass: &mass, term: &term });
        if let Some(mut dlogits) = dlogits {
            if shared > T::zero() {
                for (k, mut column) in dlogits.columns_mut().into_iter().enumerate() {
                    for (n, dz) in column.iter_mut().enumerate().filter(|&(n, _)| own(n).is_some()) {
                        *dz -= scale.of(n) * share(k);
                    }
                }
            }
            for (n, &label) in labels.iter().enumerate() {
                if let Some(own) = own(n) {
                    dlogits[[n, label]] -= scale.of(n) * own;
                }
            }
        }
        value
    }
}
