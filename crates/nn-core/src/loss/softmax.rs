use ndarray::{ArrayView2, ArrayViewMut1, ArrayViewMut2};

use super::Scale;
use super::columns::{BLOCK, combine, read, write};
use crate::memory::by_feature;
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
        let flat = by_feature(&logits);
        let mut value = T::zero();
        let (mut largest, mut sum, mut exp) = ([T::zero(); BLOCK], [T::zero(); BLOCK], [T::zero(); BLOCK]);
        for start in (0..samples).step_by(BLOCK) {
            let len = BLOCK.min(samples - start);
            let (mut largest, sum, mut exp) = (&mut largest[..len], &mut sum[..len], &mut exp[..len]);
            read(logits.column(0), start, largest);
            for class in 1..classes {
                let z = match flat {
                    Some(flat) => &flat[class * samples + start..][..len],
                    None => {
                        read(logits.column(class), start, sum);
                        &*sum
                    }
                };
                // To another place: in its own, AVX-512 would store only what is larger, and a part that was stored is
                // slow to load.
                for ((larger, &m), &z) in exp.iter_mut().zip(&*largest).zip(z) {
                    *larger = if z > m { z } else { m };
                }
                std::mem::swap(&mut largest, &mut exp);
            }
            sum.fill(T::zero());
            for class in 0..classes {
                read(logits.column(class), start, exp);
                combine(exp, largest, |z, m| z - m);
                T::kernel_exp_slice(exp);
                combine(sum, exp, |sum, e| sum + e);
                if let Some(dlogits) = &mut dlogits {
                    write(dlogits.column_mut(class), start, exp);
                }
            }
            scale.fill(start, exp);
            if let Some(dlogits) = &mut dlogits {
                mass(start, exp);
                combine(exp, sum, |factor, sum| factor / sum);
                for class in 0..classes {
                    update(dlogits.column_mut(class), start, exp);
                }
            }
            T::kernel_ln_slice(sum);
            term(start, largest, sum);
            scale.fill(start, exp);
            combine(sum, exp, |term, factor| term * factor);
            value += T::kernel_sum(sum);
        }
        value
    }
}

/// Multiplies the part of a column from `start` on.
#[inline(always)]
fn update<T: Scalar>(mut column: ArrayViewMut1<'_, T>, start: usize, factors: &[T]) {
    match column.as_slice_mut() {
        Some(column) => combine(&mut column[start..][..factors.len()], factors, |dz, factor| dz * factor),
        None => column.iter_mut().skip(start).zip(factors).for_each(|(dz, &factor)| *dz *= factor),
    }
}
