//! Losses in blocks of samples, column by column, so that their loops run along the batch and are vectorised.

use ndarray::{ArrayRef2, ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2};

use super::Scale;
use crate::{Scalar, simd};

/// Samples worked on at a time: what they have in common stays on the stack.
pub(super) const BLOCK: usize = 256;

/// The loss Σ_n scale(n) Σ_k l(p_nk, y_nk), where `f` gives l and its derivative with respect to p; fills
/// `dprediction` if given.
pub(super) fn elementwise<T: Scalar>(
    prediction: ArrayView2<'_, T>,
    target: &ArrayRef2<T>,
    scale: &Scale<'_, T>,
    dprediction: Option<ArrayViewMut2<'_, T>>,
    f: impl Fn(T, T) -> (T, T),
) -> T {
    columnwise(prediction, values(target), scale, dprediction, |_, p, y| each(p, y, &f))
}

/// As [`elementwise`], on blocks of a column: `target(k, start, y)` writes the targets of column k from `start` on, and
/// `f(k, p, y)` puts derivatives in the place of the predictions p and losses in that of the targets y.
pub(super) fn columnwise<T: Scalar>(
    prediction: ArrayView2<'_, T>,
    target: impl Fn(usize, usize, &mut [T]),
    scale: &Scale<'_, T>,
    dprediction: Option<ArrayViewMut2<'_, T>>,
    f: impl Fn(usize, &mut [T], &mut [T]),
) -> T {
    simd::run(Columnwise { prediction, target, scale, dprediction, f })
}

/// What [`columnwise`] wants of a block, element by element: `f` gives the loss and its derivative.
#[inline(always)]
pub(super) fn each<T: Scalar>(p: &mut [T], y: &mut [T], f: impl Fn(T, T) -> (T, T)) {
    for (p, y) in p.iter_mut().zip(y) {
        (*y, *p) = f(*p, *y);
    }
}

/// As [`each`], with a number x of each element's own.
#[inline(always)]
pub(super) fn each_with<T: Scalar>(p: &mut [T], y: &mut [T], x: &[T], f: impl Fn(T, T, T) -> (T, T)) {
    for ((p, y), &x) in p.iter_mut().zip(y).zip(x) {
        (*y, *p) = f(*p, *y, x);
    }
}

/// `f` of each of at most [`BLOCK`] numbers, in a buffer of its own.
#[inline(always)]
pub(super) fn mapped<T: Scalar>(xs: &[T], f: impl Fn(T) -> T) -> [T; BLOCK] {
    let mut buffer = [T::zero(); BLOCK];
    for (to, &x) in buffer.iter_mut().zip(xs) {
        *to = f(x);
    }
    buffer
}

/// Replaces every x by ln(1 + x), for x above -1, of at most [`BLOCK`].
#[inline(always)]
pub(super) fn ln_1p<T: Scalar>(xs: &mut [T]) {
    let mut logs = mapped(xs, |x| T::one() + x);
    T::kernel_ln_slice(&mut logs[..xs.len()]);
    for (x, &log) in xs.iter_mut().zip(&logs) {
        // What 1 + x lost when it was rounded, to first order.
        let sum = T::one() + *x;
        *x = log + (*x - (sum - T::one())) / sum;
    }
}

/// Targets that are values, for [`columnwise`].
pub(super) fn values<T: Scalar>(target: &ArrayRef2<T>) -> impl Fn(usize, usize, &mut [T]) {
    let target = target.view();
    move |k, start, y| read(target.column(k), start, y)
}

/// Targets that are labels 0 and 1 of a single output, for [`columnwise`].
pub(super) fn bits<T: Scalar>(labels: &[usize]) -> impl Fn(usize, usize, &mut [T]) {
    move |_, start, y| {
        for (y, &label) in y.iter_mut().zip(&labels[start..]) {
            *y = if label == 1 { T::one() } else { T::zero() };
        }
    }
}

struct Columnwise<'a, 's, T, Y, F> {
    prediction: ArrayView2<'a, T>,
    target: Y,
    scale: &'a Scale<'s, T>,
    dprediction: Option<ArrayViewMut2<'a, T>>,
    f: F,
}

impl<T, Y, F> simd::Kernel for Columnwise<'_, '_, T, Y, F>
where
    T: Scalar,
    Y: Fn(usize, usize, &mut [T]),
    F: Fn(usize, &mut [T], &mut [T]),
{
    type Output = T;

    #[inline(always)]
    fn run(self) -> T {
        let Self { prediction, target, scale, mut dprediction, f } = self;
        let mut value = T::zero();
        let mut buffers = [[T::zero(); BLOCK]; 4];
        for start in (0..prediction.nrows()).step_by(BLOCK) {
            let len = BLOCK.min(prediction.nrows() - start);
            let [p, y, factor, sum] = buffers.each_mut().map(|buffer| &mut buffer[..len]);
            sum.fill(T::zero());
            scale.fill(start, factor);
            for (k, column) in prediction.columns().into_iter().enumerate() {
                read(column, start, p);
                target(k, start, y);
                f(k, p, y);
                for (((p, &loss), sum), &factor) in p.iter_mut().zip(&*y).zip(&mut *sum).zip(&*factor) {
                    *sum += loss;
                    *p = scaled(factor, *p);
                }
                if let Some(dp) = &mut dprediction {
                    write(dp.column_mut(k), start, p);
                }
            }
            for (sum, &factor) in sum.iter_mut().zip(&*factor) {
                *sum = scaled(factor, *sum);
            }
            value += T::kernel_sum(sum);
        }
        value
    }
}

/// factor x; nothing for a factor of 0, even where x is infinite: a sample of weight 0 is as good as absent.
#[inline(always)]
fn scaled<T: Scalar>(factor: T, x: T) -> T {
    if factor == T::zero() { factor } else { factor * x }
}

/// Copies the part of a column from `start` on.
#[inline(always)]
pub(super) fn read<T: Scalar>(column: ArrayView1<'_, T>, start: usize, to: &mut [T]) {
    match column.to_slice() {
        Some(column) => to.copy_from_slice(&column[start..][..to.len()]),
        None => to.iter_mut().zip(column.iter().skip(start)).for_each(|(to, &from)| *to = from),
    }
}

/// Copies into the part of a column from `start` on.
#[inline(always)]
pub(super) fn write<T: Scalar>(mut column: ArrayViewMut1<'_, T>, start: usize, from: &[T]) {
    match column.as_slice_mut() {
        Some(column) => column[start..][..from.len()].copy_from_slice(from),
        None => column.iter_mut().skip(start).zip(from).for_each(|(to, &from)| *to = from),
    }
}

/// a ← f(a, b).
#[inline(always)]
pub(super) fn combine<T: Scalar>(a: &mut [T], b: &[T], f: impl Fn(T, T) -> T) {
    for (a, &b) in a.iter_mut().zip(b) {
        *a = f(*a, b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ln_1p_keeps_the_digits_of_small_numbers() {
        let xs: [f64; 9] = [0.0, 1e-300, -1e-20, 1e-10, -3e-7, 1e-3, -0.5, 0.9, 1.0];
        let mut logs = xs;
        ln_1p(&mut logs);
        for (x, log) in xs.into_iter().zip(logs) {
            let expected = x.ln_1p();
            assert!((log - expected).abs() <= 1e-15 * expected.abs(), "ln(1 + {x}) is {log}, not {expected}");
        }
    }
}
