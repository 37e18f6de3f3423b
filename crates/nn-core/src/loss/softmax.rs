use ndarray::{ArrayView2, ArrayViewMut2};

use super::Scale;
use super::columns::{BLOCK, read, update};
use crate::{Scalar, simd};

/// The loss Σ_n scale(n) `term`(n, m, ln Σ_k e^(z_k - m)), with the largest logit m of each row n; fills `dlogits` with
/// the softmax times scale(n) `mass`(n).
///
/// Both work on a block of rows: `mass(start, factors)` multiplies the factors of the rows from `start` on,
/// `term(start, m, logs)` puts the terms in the place of the logarithms.
pub(super) struct Softmax<'a, 's, T, M, F> {
    pub(super) logits: ArrayView2<'a, T>,
    pub(super) dlogits: Option<ArrayViewMut2<'a, T>>,
    pub(super) scale: &'a Scale<'s, T>,
    pub(super) mass: M,
    pub(super) term: F,
}

impl<T, M, F> simd::Kernel for Softmax<'_, '_, T, M, F>
where
    T: Scalar,
    M: Fn(usize, &mut [T]),
    F: Fn(usize, &[T], &mut [T]),
{
    type Output = T;

    #[inline(always)]
    fn run(self) -> T {
        let Self { logits, mut dlogits, scale, mass, term } = self;
        let (samples, classes) = logits.dim();
        let mut value = T::zero();
        let (mut largest, mut sum, mut exp) = ([T::zero(); BLOCK], [T::zero(); BLOCK], [T::zero(); BLOCK]);
        for start in (0..samples).step_by(BLOCK) {
            let len = BLOCK.min(samples - start);
            let (largest, sum, exp) = (&mut largest[..len], &mut sum[..len], &mut exp[..len]);
            largest.fill(T::neg_infinity());
            sum.fill(T::zero());
            for class in 0..classes {
                read(logits.column(class), start, exp);
                for (m, &z) in largest.iter_mut().zip(&*exp) {
                    *m = if z > *m { z } else { *m };
                }
            }
            for class in 0..classes {
                read(logits.column(class), start, exp);
                for (z, &m) in exp.iter_mut().zip(&*largest) {
                    *z -= m;
                }
                T::kernel_exp_slice(exp);
                for (sum, &e) in sum.iter_mut().zip(&*exp) {
                    *sum += e;
                }
                if let Some(dlogits) = &mut dlogits {
                    update(dlogits.column_mut(class), start, exp, |_, e| e);
                }
            }
            scale.fill(start, exp);
            if let Some(dlogits) = &mut dlogits {
                mass(start, exp);
                for (factor, &sum) in exp.iter_mut().zip(&*sum) {
                    *factor /= sum;
                }
                for class in 0..classes {
                    update(dlogits.column_mut(class), start, exp, |dz, factor| dz * factor);
                }
            }
            T::kernel_ln_slice(sum);
            term(start, largest, sum);
            scale.fill(start, exp);
            for (term, &factor) in sum.iter_mut().zip(&*exp) {
                *term *= factor;
            }
            value += T::kernel_sum(sum);
        }
        value
    }
}
