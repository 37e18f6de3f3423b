//! Large products by the BLAS that the program links, through ndarray.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder};

use super::Product;
use crate::Scalar;

/// Multiplications that a product must have: a call costs time, and so does packing. OpenBLAS on one core is
/// about as fast as the built-in kernel from 32 by 32 by 32 to 64 by 64 by 64, and slower below
/// (`tests/blas/examples/measure.rs`).
const WORTH_A_CALL: usize = 1 << 18;

/// Rows, columns and terms that a product must have: with fewer, packing is not made up for.
const SHORTEST: usize = 16;

const FITS: &str = "the operands of a product";

/// Whether a product is large enough.
pub(super) fn worth<T>(p: &Product<'_, T>, c: &[T]) -> bool {
    let shortest = p.inner.min(p.columns).min(c.len() / p.columns);
    shortest >= SHORTEST && c.len() * p.inner >= WORTH_A_CALL
}

/// C = A B + bias. The operands are read where they lie. How BLAS adds up is its own affair, and so are the bits.
pub(super) fn product<T: Scalar>(p: &Product<'_, T>, c: &mut [T]) {
    let rows = c.len() / p.columns;
    let keep = if let Some(bias) = p.bias {
        c.chunks_exact_mut(p.columns).zip(bias).for_each(|(row, &b)| row.fill(b));
        T::one()
    } else {
        T::zero()
    };
    let a = ArrayView2::from_shape((rows, p.inner).strides((p.a_row, p.a_inner)), p.a);
    let b = ArrayView2::from_shape((p.inner, p.columns).strides((p.b_inner, p.b_column)), p.b);
    let c = ArrayViewMut2::from_shape((rows, p.columns), c);
    general_mat_mul(T::one(), &a.expect(FITS), &b.expect(FITS), keep, &mut c.expect(FITS));
}
