//! Where each class has a probability.

use ndarray::{ArrayRef2, ArrayView1, ArrayView2, ArrayViewMut2};

use super::SoftmaxCrossEntropy;
use crate::loss::check::check_distributions;
use crate::loss::curvature::softmax;
use crate::loss::softmax::Softmax;
use crate::{Error, Link, Loss, Reduction, Scalar, Scale, simd};

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
        let value = simd::run(Softmax {
            logits,
            dlogits: dsoftmax,
            scale: &scale,
            labels: None,
            mass: &mass,
            term: &term,
        });
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
