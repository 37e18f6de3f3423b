//! The definitions: what every vector kernel computes, one number at a time and in this order.
//!
//! They serve scalars without kernels of their own, batches too small for a vector, and tests, which ask the vector
//! kernels for the same bits.

use super::Product;
use crate::Scalar;

/// a b + c, rounded once if `FUSED`, else twice.
#[inline(always)]
pub(super) fn multiply_add<T: Scalar, const FUSED: bool>(a: T, b: T, c: T) -> T {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// C = A B + bias: every sum begins at its row's bias and runs over k from first to last.
#[inline(always)]
pub(super) fn product<T: Scalar, const FUSED: bool>(p: &Product<'_, T>, c: &mut [T]) {
    for (row, c) in c.chunks_exact_mut(p.columns).enumerate() {
        c.fill(p.bias.map_or(T::zero(), |bias| bias[row]));
        for k in 0..p.inner {
            let a = p.a[row * p.a_row + k * p.a_inner];
            for (column, c) in c.iter_mut().enumerate() {
                *c = multiply_add::<T, FUSED>(a, p.b[k * p.b_inner + column * p.b_column], *c);
            }
        }
    }
}

/// y = W x + b for a single x of at most 15 numbers: the bits of [`product`], with x in registers.
#[inline(always)]
pub(super) fn one_row<T: Scalar, const FUSED: bool>(weight: &[T], bias: Option<&[T]>, x: &[T], y: &mut [T]) {
    macro_rules! of_length {
        ($($n:literal)+) => {
            match x.len() {
                $($n => {
                    let x: &[T; $n] = x.first_chunk().expect("its length");
                    let (rows, _) = weight.as_chunks::<$n>();
                    for (row, (y, w)) in y.iter_mut().zip(rows).enumerate() {
                        let mut sum = bias.map_or(T::zero(), |bias| bias[row]);
                        for k in 0..$n {
                            sum = multiply_add::<T, FUSED>(w[k], x[k], sum);
                        }
                        *y = sum;
                    }
                })+
                _ => unreachable!("longer rows are scalar products"),
            }
        };
    }
    of_length!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
}

#[cfg(test)]
/// The scalar product. Lane l adds up the elements l, l + `LANES`, l + 2 `LANES`, ..., with zeros behind the last, and
/// [`total`] the lanes.
#[inline(always)]
pub(super) fn dot<T: Scalar, const FUSED: bool, const LANES: usize>(a: &[T], b: &[T]) -> T {
    let mut lanes = [T::zero(); LANES];
    for k in 0..a.len().next_multiple_of(LANES) {
        let (a, b) = (a.get(k).copied().unwrap_or_default(), b.get(k).copied().unwrap_or_default());
        lanes[k % LANES] = multiply_add::<T, FUSED>(a, b, lanes[k % LANES]);
    }
    total(lanes)
}

/// The sum, in the lanes of [`dot`]; of fewer numbers than lanes, one after the other.
#[inline(always)]
pub(super) fn sum<T: Scalar, const LANES: usize>(values: &[T]) -> T {
    if values.len() < LANES {
        return values.iter().fold(T::zero(), |sum, &value| sum + value);
    }
    let mut lanes = [T::zero(); LANES];
    for (k, &value) in values.iter().enumerate() {
        lanes[k % LANES] += value;
    }
    total(lanes)
}

/// The sum of the lanes: the upper half is added to the lower until one is left.
#[inline(always)]
pub(super) fn total<T: Scalar, const LANES: usize>(mut lanes: [T; LANES]) -> T {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            let upper = lanes[lane + half];
            lanes[lane] += upper;
        }
        half /= 2;
    }
    lanes[0]
}
