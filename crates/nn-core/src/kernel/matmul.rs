//! The four products of a dense layer, over batches stored feature by feature.
//!
//! A loop over 2, 7 or 15 features is too short to fill a vector register; a loop over the batch is not. So the
//! innermost loop always runs along the batch, a few outputs at a time in registers.
//!
//! `LANES` is how many samples are worked on side by side. It fixes the order of the sums over the batch, hence the
//! bits: it is a constant of the scalar type and never depends on the CPU.

use crate::Scalar;

/// Outputs computed together: each loaded x serves this many rows of W.
const ROWS: usize = 4;

/// A matrix seen through strides, so that W and Wᵀ are read by the same code.
#[derive(Clone, Copy)]
struct Matrix<'a, T> {
    data: &'a [T],
    row_stride: usize,
    column_stride: usize,
}

/// y = M x + b; see [`Scalar::kernel_affine`].
#[inline(always)]
pub(crate) fn affine<T: Scalar, const LANES: usize>(
    weight: &[T],
    bias: Option<&[T]>,
    x: &[T],
    y: &mut [T],
    batch: usize,
) {
    let m = Matrix { data: weight, row_stride: x.len() / batch, column_stride: 1 };
    product::<T, LANES>(m, bias, x, y, batch);
}

/// dx = Wᵀ dy; see [`Scalar::kernel_affine_input_grad`].
#[inline(always)]
pub(crate) fn affine_input_grad<T: Scalar, const LANES: usize>(
    weight: &[T],
    dy: &[T],
    dx: &mut [T],
    batch: usize,
) {
    let m = Matrix { data: weight, row_stride: 1, column_stride: dx.len() / batch };
    product::<T, LANES>(m, None, dy, dx, batch);
}

#[inline(always)]
fn product<T: Scalar, const LANES: usize>(
    m: Matrix<'_, T>,
    bias: Option<&[T]>,
    x: &[T],
    y: &mut [T],
    batch: usize,
) {
    let rows = y.len() / batch;
    let mut row = 0;
    while row + ROWS <= rows {
        product_rows::<T, ROWS, LANES>(m, bias, x, y, batch, row);
        row += ROWS;
    }
    while row < rows {
        product_rows::<T, 1, LANES>(m, bias, x, y, batch, row);
        row += 1;
    }
}

/// Rows `row..row + R` of the product, `LANES` samples at a time and the rest one by one.
#[inline(always)]
fn product_rows<T: Scalar, const R: usize, const LANES: usize>(
    m: Matrix<'_, T>,
    bias: Option<&[T]>,
    x: &[T],
    y: &mut [T],
    batch: usize,
    row: usize,
) {
    let mut sample = 0;
    while sample + LANES <= batch {
        product_tile::<T, R, LANES>(m, bias, x, y, batch, row, sample);
        sample += LANES;
    }
    while sample < batch {
        product_tile::<T, R, 1>(m, bias, x, y, batch, row, sample);
        sample += 1;
    }
}

#[inline(always)]
fn product_tile<T: Scalar, const R: usize, const LANES: usize>(
    m: Matrix<'_, T>,
    bias: Option<&[T]>,
    x: &[T],
    y: &mut [T],
    batch: usize,
    row: usize,
    sample: usize,
) {
    let mut sums = [[T::zero(); LANES]; R];
    if let Some(bias) = bias {
        for (sum, &b) in sums.iter_mut().zip(&bias[row..row + R]) {
            *sum = [b; LANES];
        }
    }
    for (k, feature) in x.chunks_exact(batch).enumerate() {
        let xs: &[T; LANES] = chunk(feature, sample);
        for (r, sum) in sums.iter_mut().enumerate() {
            let w = m.data[(row + r) * m.row_stride + k * m.column_stride];
            for (s, &x) in sum.iter_mut().zip(xs) {
                *s += w * x;
            }
        }
    }
    for (r, sum) in sums.iter().enumerate() {
        y[(row + r) * batch + sample..][..LANES].copy_from_slice(sum);
    }
}

/// dW = dy xᵀ; see [`Scalar::kernel_affine_weight_grad`].
#[inline(always)]
pub(crate) fn affine_weight_grad<T: Scalar, const LANES: usize>(
    dy: &[T],
    x: &[T],
    dweight: &mut [T],
    batch: usize,
) {
    let in_dim = x.len() / batch;
    for (dweight, dy) in dweight.chunks_exact_mut(in_dim).zip(dy.chunks_exact(batch)) {
        for (dw, x) in dweight.iter_mut().zip(x.chunks_exact(batch)) {
            *dw = dot::<T, LANES>(dy, x);
        }
    }
}

/// db = the row sums of dy; see [`Scalar::kernel_affine_bias_grad`].
#[inline(always)]
pub(crate) fn affine_bias_grad<T: Scalar, const LANES: usize>(dy: &[T], dbias: &mut [T], batch: usize) {
    for (db, dy) in dbias.iter_mut().zip(dy.chunks_exact(batch)) {
        let mut sums = [T::zero(); LANES];
        let chunks = dy.chunks_exact(LANES);
        for (s, &d) in sums.iter_mut().zip(chunks.remainder()) {
            *s = d;
        }
        for chunk in chunks {
            for (s, &d) in sums.iter_mut().zip(chunk) {
                *s += d;
            }
        }
        *db = total(sums);
    }
}

/// The scalar product. Lane l adds up the samples l, l + LANES, l + 2 LANES, ...
#[inline(always)]
fn dot<T: Scalar, const LANES: usize>(a: &[T], b: &[T]) -> T {
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let mut sums = [T::zero(); LANES];
    for (s, (&a, &b)) in sums.iter_mut().zip(a.remainder().iter().zip(b.remainder())) {
        *s = a * b;
    }
    for (a, b) in a.zip(b) {
        for (s, (&a, &b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *s += a * b;
        }
    }
    total(sums)
}

/// The `LANES` values from `start` on.
#[inline(always)]
fn chunk<T, const LANES: usize>(values: &[T], start: usize) -> &[T; LANES] {
    values[start..].first_chunk().expect("a whole chunk")
}

/// The sum over the lanes, as four sums side by side.
#[inline(always)]
fn total<T: Scalar, const LANES: usize>(sums: [T; LANES]) -> T {
    let mut quarters = [T::zero(); 4];
    for lane in 0..LANES {
        quarters[lane % 4] += sums[lane];
    }
    (quarters[0] + quarters[1]) + (quarters[2] + quarters[3])
}

/// The four products for one scalar type, compiled for each vector width.
macro_rules! for_each_width {
    ($float:ident, $lanes:literal) => {
        pub(crate) mod $float {
            /// Samples worked on side by side.
            const LANES: usize = $lanes;

            #[multiversion::multiversion(targets(
                "x86_64+avx512f+avx512bw+avx512dq+avx512vl",
                "x86_64+avx2"
            ))]
            pub(crate) fn affine(
                weight: &[$float],
                bias: Option<&[$float]>,
                x: &[$float],
                y: &mut [$float],
                batch: usize,
            ) {
                super::affine::<$float, LANES>(weight, bias, x, y, batch);
            }

            #[multiversion::multiversion(targets(
                "x86_64+avx512f+avx512bw+avx512dq+avx512vl",
                "x86_64+avx2"
            ))]
            pub(crate) fn affine_input_grad(
                weight: &[$float],
                dy: &[$float],
                dx: &mut [$float],
                batch: usize,
            ) {
                super::affine_input_grad::<$float, LANES>(weight, dy, dx, batch);
            }

            #[multiversion::multiversion(targets(
                "x86_64+avx512f+avx512bw+avx512dq+avx512vl",
                "x86_64+avx2"
            ))]
            pub(crate) fn affine_weight_grad(
                dy: &[$float],
                x: &[$float],
                dweight: &mut [$float],
                batch: usize,
            ) {
                super::affine_weight_grad::<$float, LANES>(dy, x, dweight, batch);
            }

            #[multiversion::multiversion(targets(
                "x86_64+avx512f+avx512bw+avx512dq+avx512vl",
                "x86_64+avx2"
            ))]
            pub(crate) fn affine_bias_grad(dy: &[$float], dbias: &mut [$float], batch: usize) {
                super::affine_bias_grad::<$float, LANES>(dy, dbias, batch);
            }
        }
    };
}

for_each_width!(f32, 32);
for_each_width!(f64, 16);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::Scalar;

    fn values<T: Scalar>(len: usize, seed: usize) -> Vec<T> {
        (0..len).map(|i| T::of(((i * 37 + seed * 11) % 101) as f64 / 50.0 - 1.0)).collect()
    }

    /// The four products against three loops over `f64`.
    fn agrees<T: Scalar>(inputs: usize, outputs: usize, batch: usize, tolerance: f64) {
        let (w, b) = (values::<T>(outputs * inputs, 1), values::<T>(outputs, 2));
        let (x, dy) = (values::<T>(inputs * batch, 3), values::<T>(outputs * batch, 4));
        let product =
            |rows: usize, columns: usize, inner: usize, term: &dyn Fn(usize, usize, usize) -> f64| {
                let sum = |i: usize| (0..inner).map(|k| term(i / columns, i % columns, k)).sum::<f64>();
                (0..rows * columns).map(sum).collect::<Vec<f64>>()
            };
        let close = |what: &str, found: &[T], expected: Vec<f64>| {
            for (found, expected) in found.iter().zip(expected) {
                let error = (found.as_f64() - expected).abs();
                assert!(error <= tolerance * batch.max(inputs) as f64, "{what}: {found} against {expected}");
            }
        };
        let at = |v: &[T], i: usize| v[i].as_f64();
        let affine = |r: usize, n: usize, k: usize| {
            let bias = if k == 0 { at(&b, r) } else { 0.0 };
            bias + at(&w, r * inputs + k) * at(&x, k * batch + n)
        };
        let mut y = vec![T::nan(); outputs * batch];
        T::kernel_affine(&w, Some(&b), &x, &mut y, batch);
        close("affine", &y, product(outputs, batch, inputs, &affine));
        let mut dx = vec![T::nan(); inputs * batch];
        T::kernel_affine_input_grad(&w, &dy, &mut dx, batch);
        let term = |r: usize, n: usize, k: usize| at(&w, k * inputs + r) * at(&dy, k * batch + n);
        close("input gradient", &dx, product(inputs, batch, outputs, &term));
        let mut dw = vec![T::nan(); outputs * inputs];
        T::kernel_affine_weight_grad(&dy, &x, &mut dw, batch);
        let term = |r: usize, c: usize, n: usize| at(&dy, r * batch + n) * at(&x, c * batch + n);
        close("weight gradient", &dw, product(outputs, inputs, batch, &term));
        let mut db = vec![T::nan(); outputs];
        T::kernel_affine_bias_grad(&dy, &mut db, batch);
        close("bias gradient", &db, product(outputs, 1, batch, &|r, _, n| at(&dy, r * batch + n)));
    }

    proptest! {
        #[test]
        fn every_product_is_that_of_three_loops(inputs in 1..10_usize, outputs in 1..10_usize, batch in 1..80_usize) {
            agrees::<f64>(inputs, outputs, batch, 1e-15);
            agrees::<f32>(inputs, outputs, batch, 5e-7);
            agrees::<crate::gradcheck::Dual>(inputs, outputs, batch, 1e-15);
        }
    }
}
