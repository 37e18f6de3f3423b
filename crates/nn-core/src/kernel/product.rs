//! The four products of a dense layer, over batches stored feature by feature, and the choice of their kernels.
//!
//! A loop over 2, 7 or 15 features is too short to fill a vector register; a loop over the batch is not. So vectors lie
//! along the batch, or along the longer of the other two dimensions. Which kernel serves a product depends on its shape
//! alone, and so does the order of every sum.
//!
//! With fused multiply-add (every x86-64 CPU with AVX2, every aarch64) the bits are the same whatever the width of its
//! vectors; without it products are rounded before they are added, and so are bits of their own.

#[cfg(feature = "blas")]
use super::blas;
use super::plain;
use crate::Scalar;
use crate::threads::{self, WORTH_A_THREAD};

/// C = A B + bias: what is multiplied, and how it lies.
///
/// `a[row * a_row + k * a_inner]`, `b[k * b_inner + column * b_column]`, `c[row * columns + column]`. Either the rows or
/// the columns of A lie side by side: of `a_row` and `a_inner` one is 1, and `a_inner` is if there is a single row. So it is
/// with B, of whose `b_inner` and `b_column` one is 1.
#[derive(Clone, Copy)]
pub(crate) struct Product<'a, T> {
    pub(super) a: &'a [T],
    pub(super) a_row: usize,
    pub(super) a_inner: usize,
    pub(super) b: &'a [T],
    pub(super) b_inner: usize,
    pub(super) b_column: usize,
    /// What the sums of each row begin at.
    pub(super) bias: Option<&'a [T]>,
    /// Numbers in a sum.
    pub(super) inner: usize,
    /// Columns of B and of C.
    pub(super) columns: usize,
}

impl<'a, T: Scalar> Product<'a, T> {
    /// y = W x + b.
    fn affine(weight: &'a [T], bias: Option<&'a [T]>, x: &'a [T], batch: usize) -> Self {
        let inputs = x.len() / batch;
        let (a_row, a_inner, b_inner, b_column) = (inputs, 1, batch, 1);
        Self { a: weight, a_row, a_inner, b: x, b_inner, b_column, bias, inner: inputs, columns: batch }
    }

    /// dx = Wᵀ dy.
    fn input_grad(weight: &'a [T], dy: &'a [T], batch: usize) -> Self {
        let outputs = dy.len() / batch;
        let inputs = weight.len() / outputs;
        if batch == 1 {
            // One row: dxᵀ = dyᵀ W, with vectors along the inputs.
            let (a_row, a_inner, b_inner, b_column) = (0, 1, inputs, 1);
            return Self {
                a: dy,
                a_row,
                a_inner,
                b: weight,
                b_inner,
                b_column,
                bias: None,
                inner: outputs,
                columns: inputs,
            };
        }
        let (a_row, a_inner, b_inner, b_column) = (1, inputs, batch, 1);
        Self {
            a: weight,
            a_row,
            a_inner,
            b: dy,
            b_inner,
            b_column,
            bias: None,
            inner: outputs,
            columns: batch,
        }
    }

    /// dW = dy xᵀ.
    fn weight_grad(dy: &'a [T], x: &'a [T], batch: usize) -> Self {
        let inputs = x.len() / batch;
        let (a_row, a_inner, b_inner, b_column) = (batch, 1, 1, batch);
        Self { a: dy, a_row, a_inner, b: x, b_inner, b_column, bias: None, inner: batch, columns: inputs }
    }

    /// The rows from `row` on.
    pub(super) fn skip_rows(self, row: usize) -> Self {
        Self { a: &self.a[row * self.a_row..], bias: self.bias.map(|bias| &bias[row..]), ..self }
    }

    /// Whether panels of B are read by enough of the `rows`, and lie far enough apart, to be copied first.
    pub(super) fn worth_packing(&self, rows: usize) -> bool {
        rows >= 48 && self.inner >= 64 && self.columns >= 64
    }
}

/// Whether a weight gradient is scalar products along the batch, rather than a product of matrices that packs xᵀ.
///
/// A scalar product pays for adding up its lanes, some 12 steps along the batch; packing pays for every input.
fn few(outputs: usize, inputs: usize, batch: usize, lanes: usize) -> bool {
    batch >= lanes && (inputs < lanes || outputs * 12 < batch)
}

/// Shares the rows of a large product among the threads of the pool that this one belongs to, if to any. Each output is
/// computed by one thread, in the one order that there is.
fn on_threads<T: Scalar>(
    p: Product<'_, T>,
    c: &mut [T],
    product: &(impl Fn(Product<'_, T>, &mut [T]) + Sync),
) {
    if threads::MANY && c.len() * p.inner >= 2 * WORTH_A_THREAD {
        return split(p, c, product, threads::of_this_pool());
    }
    product(p, c);
}

fn split<T: Scalar>(
    p: Product<'_, T>,
    c: &mut [T],
    product: &(impl Fn(Product<'_, T>, &mut [T]) + Sync),
    threads: usize,
) {
    let rows = c.len() / p.columns;
    if threads < 2 || rows < 2 || c.len() * p.inner < 2 * WORTH_A_THREAD {
        return product(p, c);
    }
    let first = rows * (threads / 2) / threads;
    let (upper, lower) = c.split_at_mut(first * p.columns);
    threads::join(
        || split(p, upper, product, threads / 2),
        || split(p.skip_rows(first), lower, product, threads - threads / 2),
    );
}

/// Makes the four products of one scalar type: kernels for each instruction set, and the choice among them.
macro_rules! products {
    (
        $float:ident, lanes $LANES:literal, side $SIDE:literal $turn:ident,
        avx512 $V512:ident $splat512:ident $fma512:ident $add512:ident $total512:ident,
        avx2 $V256:ident lanes $W256:literal $splat256:ident $fma256:ident $add256:ident $total256:ident,
        portable lanes $W:literal
    ) => {
        pub(crate) mod $float {
            #[cfg(target_arch = "x86_64")]
            use std::arch::x86_64 as arch;

            use multiversion::multiversion;
            use multiversion::target::match_target;

            use super::super::square;
            #[cfg(target_arch = "x86_64")]
            use super::super::total;
            use super::super::row::row_kernel;
            use super::super::vector::vector_kernels;
            #[cfg(feature = "blas")]
            use super::blas;
            use super::{Product, few, on_threads, plain};
            use super::super::arrays::{self, FUSED};

            #[cfg(target_arch = "x86_64")]
            vector_kernels! {
                #[target_feature(enable = "avx512f,avx512dq,avx2")]
                mod avx512, $float, arch::$V512, lanes $LANES, rows 6, vectors 4, depth 128,
                dot_lanes $LANES, dot_rows 4, dot_columns 2, fused true,
                splat arch::$splat512, multiply_add arch::$fma512, add arch::$add512, total total::$total512,
                side $SIDE, turn square::avx2::$turn
            }
            #[cfg(target_arch = "x86_64")]
            vector_kernels! {
                #[target_feature(enable = "avx2,fma")]
                mod avx2, $float, arch::$V256, lanes $W256, rows 4, vectors 3, depth 256,
                dot_lanes $LANES, dot_rows 2, dot_columns 3, fused true,
                splat arch::$splat256, multiply_add arch::$fma256, add arch::$add256, total total::$total256,
                side $SIDE, turn square::avx2::$turn
            }
            vector_kernels! {
                mod portable, $float, [$float; $W], lanes $W, rows 4, vectors 2, depth 256,
                dot_lanes $LANES, dot_rows 2, dot_columns 2, fused FUSED,
                splat arrays::splat, multiply_add arrays::multiply_add, add arrays::add, total total,
                side $W, turn square::turn
            }

            pub(super) mod row {
                use super::*;

                #[cfg(target_arch = "x86_64")]
                row_kernel! {
                    #[target_feature(enable = "avx2,fma")]
                    mod avx2, $float, arch::$V256, lanes $W256, fused true,
                    splat arch::$splat256, multiply_add arch::$fma256, turn square::avx2::$turn
                }
                row_kernel! {
                    mod portable, $float, [$float; $W], lanes $W, fused FUSED,
                    splat arrays::splat, multiply_add arrays::multiply_add, turn square::turn
                }
            }

            #[inline(always)]
            fn total(parts: [[$float; $W]; $LANES / $W]) -> $float {
                plain::total::<$float, $LANES>(bytemuck::must_cast(parts))
            }

            fn product(p: Product<'_, $float>, c: &mut [$float]) {
                #[cfg(feature = "blas")]
                if blas::worth(&p, c) {
                    return blas::product(&p, c);
                }
                on_threads(p, c, &product_on_one);
            }

            #[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
            fn product_on_one(p: Product<'_, $float>, c: &mut [$float]) {
                match_target! {
                    // One or three halves of a vector are whole ones of AVX2's.
                    "x86_64+avx512f" => if p.columns.div_ceil($LANES / 2).is_multiple_of(2) || p.columns > 2 * $LANES {
                        avx512::product(&p, c);
                    } else {
                        avx2::product(&p, c);
                    },
                    "x86_64+avx2+fma" => avx2::product(&p, c),
                    _ => portable::product(&p, c),
                }
            }

            #[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
            fn dots(a: &[$float], b: &[$float], inner: usize, c: &mut [$float]) {
                match_target! {
                    "x86_64+avx512f" => avx512::dots(a, b, inner, c),
                    "x86_64+avx2+fma" => avx2::dots(a, b, inner, c),
                    _ => portable::dots(a, b, inner, c),
                }
            }

            #[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
            fn sums(a: &[$float], inner: usize, sums: &mut [$float]) {
                match_target! {
                    "x86_64+avx512f" => avx512::sums(a, inner, sums),
                    "x86_64+avx2+fma" => avx2::sums(a, inner, sums),
                    _ => portable::sums(a, inner, sums),
                }
            }

            /// `to[feature * batch + n] = row(n)[feature]`.
            #[multiversion(targets("x86_64+avx2+fma"))]
            pub(crate) fn transpose<'a>(
                row: impl Fn(usize) -> &'a [$float],
                batch: usize,
                to: &mut [$float],
            ) {
                match_target! {
                    "x86_64+avx2+fma" => avx2::transpose(row, batch, to),
                    _ => portable::transpose(row, batch, to),
                }
            }

            #[multiversion(targets("x86_64+avx2+fma"))]
            fn one_row(weight: &[$float], bias: Option<&[$float]>, x: &[$float], y: &mut [$float]) {
                if x.len() < $LANES {
                    match_target! {
                        "x86_64+avx2+fma" => plain::one_row::<$float, true>(weight, bias, x, y),
                        _ => plain::one_row::<$float, FUSED>(weight, bias, x, y),
                    }
                } else {
                    match_target! {
                        "x86_64+avx2+fma" => row::avx2::affine(weight, bias, x, y),
                        _ => row::portable::affine(weight, bias, x, y),
                    }
                }
            }

            pub(crate) fn affine(
                weight: &[$float],
                bias: Option<&[$float]>,
                x: &[$float],
                y: &mut [$float],
                batch: usize,
            ) {
                if batch == 1 {
                    return one_row(weight, bias, x, y);
                }
                product(Product::affine(weight, bias, x, batch), y);
            }

            pub(crate) fn affine_input_grad(
                weight: &[$float],
                dy: &[$float],
                dx: &mut [$float],
                batch: usize,
            ) {
                product(Product::input_grad(weight, dy, batch), dx);
            }

            pub(crate) fn affine_weight_grad(
                dy: &[$float],
                x: &[$float],
                dweight: &mut [$float],
                batch: usize,
            ) {
                let p = Product::weight_grad(dy, x, batch);
                #[cfg(feature = "blas")]
                if blas::worth(&p, dweight) {
                    return blas::product(&p, dweight);
                }
                if few(dy.len() / batch, x.len() / batch, batch, $LANES) {
                    dots(dy, x, batch, dweight);
                } else {
                    product(p, dweight);
                }
            }

            pub(crate) fn affine_bias_grad(dy: &[$float], dbias: &mut [$float], batch: usize) {
                if batch == 1 {
                    return dbias.copy_from_slice(dy);
                }
                sums(dy, batch, dbias);
            }

            pub(crate) fn sum(xs: &[$float]) -> $float {
                if xs.is_empty() {
                    return 0.0;
                }
                let mut sum = [0.0];
                sums(xs, xs.len(), &mut sum);
                sum[0]
            }
        }
    };
}

products! {
    f32, lanes 16, side 8 turn_f32,
    avx512 __m512 _mm512_set1_ps _mm512_fmadd_ps _mm512_add_ps total512_f32,
    avx2 __m256 lanes 8 _mm256_set1_ps _mm256_fmadd_ps _mm256_add_ps total256_f32,
    portable lanes 4
}
products! {
    f64, lanes 8, side 4 turn_f64,
    avx512 __m512d _mm512_set1_pd _mm512_fmadd_pd _mm512_add_pd total512_f64,
    avx2 __m256d lanes 4 _mm256_set1_pd _mm256_fmadd_pd _mm256_add_pd total256_f64,
    portable lanes 2
}

/// The four products for a scalar without kernels of its own.
pub(crate) mod any {
    use super::{Product, plain};
    use crate::Scalar;

    pub(crate) fn affine<T: Scalar>(weight: &[T], bias: Option<&[T]>, x: &[T], y: &mut [T], batch: usize) {
        plain::product::<T, false>(&Product::affine(weight, bias, x, batch), y);
    }

    pub(crate) fn affine_input_grad<T: Scalar>(weight: &[T], dy: &[T], dx: &mut [T], batch: usize) {
        plain::product::<T, false>(&Product::input_grad(weight, dy, batch), dx);
    }

    pub(crate) fn affine_weight_grad<T: Scalar>(dy: &[T], x: &[T], dweight: &mut [T], batch: usize) {
        plain::product::<T, false>(&Product::weight_grad(dy, x, batch), dweight);
    }

    pub(crate) fn affine_bias_grad<T: Scalar>(dy: &[T], dbias: &mut [T], batch: usize) {
        for (row, sum) in dy.chunks_exact(batch).zip(dbias) {
            *sum = self::sum(row);
        }
    }

    pub(crate) fn sum<T: Scalar>(xs: &[T]) -> T {
        plain::sum::<T, 1>(xs)
    }

    pub(crate) fn transpose<'a, T: Scalar>(row: impl Fn(usize) -> &'a [T], batch: usize, to: &mut [T]) {
        let features = to.len() / batch;
        if features == 0 {
            return;
        }
        for n in 0..batch {
            for (to, &number) in to[n..].iter_mut().step_by(batch).zip(&row(n)[..features]) {
                *to = number;
            }
        }
    }
}

#[cfg(test)]
mod tests;
