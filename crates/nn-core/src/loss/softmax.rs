use ndarray::{ArrayView2, ArrayViewMut1, ArrayViewMut2};

use super::Scale;
use super::columns::{BLOCK, combine, read, write};
use crate::memory::by_feature;
use crate::{Scalar, simd};

/// Multiplies the factors of the rows from the first argument on.
type Mass<'a, T> = dyn Fn(usize, &mut [T]) + 'a;
/// Puts the terms of the rows from the first argument on, given their largest logits, in the place of the logarithms.
type Term<'a, T> = dyn Fn(usize, &[T], &mut [T]) + 'a;

/// The loss Σ_n scale(n) `term`(n, m, ln Σ_k e^(z_k - m)), with the largest logit m of each row n; fills `dlogits` with
/// the softmax times scale(n) `mass`(n).
///
/// Both work on a block of rows, and are called by a pointer, so that there is one such kernel for all of them.
pub(super) struct Softmax<'a, 's, T> {
    pub(super) logits: ArrayView2<'a, T>,
    pub(super) dlogits: Option<ArrayViewMut2<'a, T>>,
    pub(super) scale: &'a Scale<'s, T>,
    /// The labels of a plain cross-entropy with few classes, of which `mass` and `term` are not asked then: the term is
    /// the logarithm less the label's logit, and scale(n) is taken from the label's derivative.
    pub(super) labels: Option<&'a [usize]>,
    pub(super) mass: &'a Mass<'a, T>,
    pub(super) term: &'a Term<'a, T>,
}

impl<T: Scalar> simd::Kernel for Softmax<'_, '_, T> {
    type Output = T;

    #[inline(always)]
    fn run(self) -> T {
        let Self { logits, mut dlogits, scale, labels, mass, term } = self;
        let (samples, classes) = logits.dim();
        let flat = by_feature(&logits);
        let mut value = T::zero();
        let (mut label, mut own) = ([u32::MAX; BLOCK], [T::zero(); BLOCK]);
        let (mut largest, mut sum, mut exp) = ([T::zero(); BLOCK], [T::zero(); BLOCK], [T::zero(); BLOCK]);
        for start in (0..samples).step_by(BLOCK) {
            let len = BLOCK.min(samples - start);
            let (mut largest, sum, mut exp) = (&mut largest[..len], &mut sum[..len], &mut exp[..len]);
            read(logits.column(0), start, largest);
            for class in 1..classes {
                let z = if let Some(flat) = flat {
                    &flat[class * samples + start..][..len]
                } else {
                    read(logits.column(class), start, sum);
                    &*sum
                };
                // To another place: in its own, AVX-512 would store only what is larger, and a part that was stored is
                // slow to load.
                for ((larger, &m), &z) in exp.iter_mut().zip(&*largest).zip(z) {
                    *larger = if z > m { z } else { m };
                }
                std::mem::swap(&mut largest, &mut exp);
            }
            sum.fill(T::zero());
            let (label, own) = (&mut label[..len], &mut own[..len]);
            if let Some(labels) = labels {
                own.fill(T::zero());
                narrow(&labels[start..][..len], classes, label);
            }
            for (class, k) in (0..classes).zip(0_u32..) {
                read(logits.column(class), start, exp);
                combine(exp, largest, |z, m| z - m);
                if labels.is_some() {
                    for ((own, &z), &label) in own.iter_mut().zip(&*exp).zip(&*label) {
                        *own += if label == k { z } else { T::zero() };
                    }
                }
                T::kernel_exp_slice(exp);
                combine(sum, exp, |sum, e| sum + e);
                if let Some(dlogits) = &mut dlogits {
                    write(dlogits.column_mut(class), start, exp);
                }
            }
            if let Some(dlogits) = &mut dlogits {
                scale.fill(start, exp);
                mass(start, exp);
                combine(exp, sum, |factor, sum| factor / sum);
                for class in 0..classes {
                    multiply(dlogits.column_mut(class), start, exp);
                }
            }
            T::kernel_ln_slice(sum);
            if labels.is_some() {
                combine(sum, own, |log, own| log - own);
            } else {
                term(start, largest, sum);
            }
            scale.fill(start, exp);
            if let (Some(dlogits), Some(_)) = (&mut dlogits, labels) {
                for (class, k) in (0..classes).zip(0_u32..) {
                    subtract(dlogits.column_mut(class), start, exp, label, k);
                }
            }
            combine(sum, exp, |term, factor| term * factor);
            value += T::kernel_sum(sum);
        }
        value
    }
}

/// The labels as numbers of 32 bits, which are compared as fast as numbers of `f32`.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "those of few classes are small")]
fn narrow(labels: &[usize], classes: usize, to: &mut [u32]) {
    let mut valid = true;
    for (to, &label) in to.iter_mut().zip(labels) {
        *to = label as u32;
        valid &= label < classes;
    }
    assert!(valid, "a label is not below {classes}, the number of classes");
}

/// Multiplies the part of a column from `start` on.
#[inline(always)]
fn multiply<T: Scalar>(mut column: ArrayViewMut1<'_, T>, start: usize, factors: &[T]) {
    match column.as_slice_mut() {
        Some(column) => combine(&mut column[start..][..factors.len()], factors, |dz, factor| dz * factor),
        None => column.iter_mut().skip(start).zip(factors).for_each(|(dz, &factor)| *dz *= factor),
    }
}

/// Takes `by` from the part of a column from `start` on, where the label is `class`.
#[inline(always)]
fn subtract<T: Scalar>(mut column: ArrayViewMut1<'_, T>, start: usize, by: &[T], labels: &[u32], class: u32) {
    let own = |by: T, label: u32| if label == class { by } else { T::zero() };
    let each = by.iter().zip(labels);
    match column.as_slice_mut() {
        Some(column) => {
            for (dz, (&by, &label)) in column[start..][..by.len()].iter_mut().zip(each) {
                *dz -= own(by, label);
            }
        }
        None => {
            column.iter_mut().skip(start).zip(each).for_each(|(dz, (&by, &label))| *dz -= own(by, label));
        }
    }
}
