//! The four products of a dense layer, over batches stored feature by feature, and the choice of their kernels.
//!
//! A loop over 2, 7 or 15 features is too short to fill a vector register; a loop over the batch is not. So vectors lie
//! along the batch, or along the longer of the other two dimensions. Which kernel serves a product depends on its shape
//! alone, and so does the order of every sum.
//!
//! With fused multiply-add (every x86-64 CPU with AVX2, every aarch64) the bits are the same whatever the width of its
//! vectors; without it products are rounded before they are added, and so are bits of their own.

#[cfg(feature = "parallel")]
use super::WORTH_A_THREAD;
#[cfg(feature = "blas")]
use super::blas;
use super::plain;
use crate::Scalar;

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
    #[cfg(feature = "parallel")]
    if c.len() * p.inner >= 2 * WORTH_A_THREAD && rayon::current_thread_index().is_some() {
        return split(p, c, product, rayon::current_num_threads());
    }
    product(p, c);
}

#[cfg(feature = "parallel")]
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
    rayon::join(
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
            use super::{FUSED, Product, few, on_threads, plain};

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
                splat splat, multiply_add multiply_add, add add, total total,
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
                    splat splat, multiply_add multiply_add, turn square::turn
                }
            }

            #[inline(always)]
            fn total(parts: [[$float; $W]; $LANES / $W]) -> $float {
                plain::total::<$float, $LANES>(bytemuck::must_cast(parts))
            }

            #[inline(always)]
            fn splat(number: $float) -> [$float; $W] {
                [number; $W]
            }

            #[inline(always)]
            fn multiply_add(a: [$float; $W], b: [$float; $W], mut c: [$float; $W]) -> [$float; $W] {
                for lane in 0..$W {
                    c[lane] = plain::multiply_add::<$float, FUSED>(a[lane], b[lane], c[lane]);
                }
                c
            }

            #[inline(always)]
            fn add(a: [$float; $W], mut b: [$float; $W]) -> [$float; $W] {
                for lane in 0..$W {
                    b[lane] += a[lane];
                }
                b
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

/// Whether the portable kernels fuse: where the compiler may count on the instruction.
const FUSED: bool = cfg!(any(target_arch = "aarch64", target_feature = "fma"));

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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values<T: Scalar>(len: usize, seed: usize) -> Vec<T> {
        (0..len).map(|i| T::of(((i * 37 + seed * 11) % 101) as f64 / 50.0 - 1.0)).collect()
    }

    /// Asks the kernels of each instruction set for the bits of their definitions.
    macro_rules! kernels_are_their_definitions {
        ($name:ident, $float:ident, $lanes:literal) => {
            mod $name {
                use multiversion::multiversion;
                use multiversion::target::match_target;

                use super::super::$float as kernels;
                use super::super::$float::portable;
                use super::*;

                /// A kernel of one instruction set; `None` if the CPU has not got it.
                macro_rules! on {
                    ($set:literal, $module:ident) => {
                        pub(super) mod $module {
                            use super::super::kernels;
                            use super::*;

                            #[multiversion(targets($set))]
                            pub(in super::super) fn product(p: Product<'_, $float>, c: &mut [$float]) -> bool {
                                match_target! { $set => { kernels::$module::product(&p, c); true }, _ => { let _ = (&p, c); false } }
                            }
                            #[multiversion(targets($set))]
                            pub(in super::super) fn dots(a: &[$float], b: &[$float], inner: usize, c: &mut [$float]) -> bool {
                                match_target! { $set => { kernels::$module::dots(a, b, inner, c); true }, _ => { let _ = (a, b, inner, c); false } }
                            }
                            /// Squares are those of AVX2 on every wider set.
                            #[multiversion(targets($set))]
                            pub(in super::super) fn one_row(w: &[$float], bias: Option<&[$float]>, x: &[$float], y: &mut [$float]) -> bool {
                                match_target! { $set => { kernels::row::avx2::affine(w, bias, x, y); true }, _ => { let _ = (w, bias, x, y); false } }
                            }
                            #[multiversion(targets($set))]
                            pub(in super::super) fn transpose(rows: &[$float], depth: usize, width: usize, to: &mut [$float]) -> bool {
                                let row = |n: usize| &rows[n * depth..];
                                match_target! { $set => { kernels::$module::transpose(row, width, to); true }, _ => { let _ = (row, width, to); false } }
                            }
                            #[multiversion(targets($set))]
                            pub(in super::super) fn sums(a: &[$float], inner: usize, sums: &mut [$float]) -> bool {
                                match_target! { $set => { kernels::$module::sums(a, inner, sums); true }, _ => { let _ = (a, inner, sums); false } }
                            }
                        }
                    };
                }
                mod sets {
                    use super::*;
                    on!("x86_64+avx2+fma", avx2);
                    on!("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", avx512);
                }

                pub(super) fn check(rows: usize, columns: usize, inner: usize) {
                    let nan = vec![$float::NAN; rows * columns];
                    let expect = |name: &str, found: &[$float], expected: &[$float]| {
                        let same = found.iter().zip(expected).all(|(a, b)| a.to_bits() == b.to_bits());
                        assert!(same, "{name}: {rows} x {inner} x {columns}");
                    };
                    let (a, b) = (values::<$float>(rows * inner, 1), values::<$float>(inner * columns, 2));
                    let bias = values::<$float>(rows, 3);
                    let affine = Product::affine(&a, Some(&bias), &b, columns);
                    // Aᵀ as it lies in `input_grad`, and Bᵀ as in `weight_grad`.
                    let products = [
                        ("affine", affine),
                        ("no bias", Product { bias: None, ..affine }),
                        ("input gradient", Product { a_row: 1, a_inner: rows, ..affine }),
                        ("weight gradient", Product { b_inner: 1, b_column: inner, ..affine }),
                    ];
                    for (name, p) in products {
                        let mut fused = nan.clone();
                        plain::product::<_, true>(&p, &mut fused);
                        let mut expected = nan.clone();
                        plain::product::<_, FUSED>(&p, &mut expected);
                        let mut found = nan.clone();
                        portable::product(&p, &mut found);
                        expect(name, &found, &expected);
                        if sets::avx2::product(p, &mut found) {
                            expect(name, &found, &fused);
                        }
                        found.fill($float::NAN);
                        if sets::avx512::product(p, &mut found) {
                            expect(name, &found, &fused);
                        }
                    }
                    let one = Product::affine(&a, Some(&bias), &b[..inner], 1);
                    let mut fused = vec![$float::NAN; rows];
                    plain::product::<_, true>(&one, &mut fused);
                    let mut expected = vec![$float::NAN; rows];
                    plain::product::<_, FUSED>(&one, &mut expected);
                    let mut found = vec![$float::NAN; rows];
                    kernels::row::portable::affine(&a, Some(&bias), &b[..inner], &mut found);
                    expect("one row", &found, &expected);
                    found.fill($float::NAN);
                    if sets::avx2::one_row(&a, Some(&bias), &b[..inner], &mut found) {
                        expect("one row", &found, &fused);
                    }
                    found.fill($float::NAN);
                    if sets::avx512::one_row(&a, Some(&bias), &b[..inner], &mut found) {
                        expect("one row", &found, &fused);
                    }
                    let b = values::<$float>(columns * inner, 4);
                    let pairs = || (0..rows).flat_map(|r| (0..columns).map(move |c| (r, c)));
                    let (row, column) = (|r: usize| &a[r * inner..][..inner], |c: usize| &b[c * inner..][..inner]);
                    let fused: Vec<_> =
                        pairs().map(|(r, c)| plain::dot::<_, true, $lanes>(row(r), column(c))).collect();
                    let expected: Vec<_> =
                        pairs().map(|(r, c)| plain::dot::<_, FUSED, $lanes>(row(r), column(c))).collect();
                    let mut found = nan.clone();
                    portable::dots(&a, &b, inner, &mut found);
                    expect("dots", &found, &expected);
                    found.fill($float::NAN);
                    if sets::avx2::dots(&a, &b, inner, &mut found) {
                        expect("dots", &found, &fused);
                    }
                    found.fill($float::NAN);
                    if sets::avx512::dots(&a, &b, inner, &mut found) {
                        expect("dots", &found, &fused);
                    }
                    let by_row = |i: usize| b[i % columns * inner + i / columns];
                    let expected: Vec<_> = (0..inner * columns).map(by_row).collect();
                    let mut found = vec![$float::NAN; inner * columns];
                    portable::transpose(|n| &b[n * inner..], columns, &mut found);
                    expect("transpose", &found, &expected);
                    found.fill($float::NAN);
                    if sets::avx2::transpose(&b, inner, columns, &mut found) {
                        expect("transpose", &found, &expected);
                    }
                    found.fill($float::NAN);
                    if sets::avx512::transpose(&b, inner, columns, &mut found) {
                        expect("transpose", &found, &expected);
                    }
                    let expected: Vec<_> = (0..rows).map(|r| plain::sum::<_, $lanes>(row(r))).collect();
                    let mut found = vec![$float::NAN; rows];
                    portable::sums(&a, inner, &mut found);
                    expect("sums", &found, &expected);
                    found.fill($float::NAN);
                    if sets::avx2::sums(&a, inner, &mut found) {
                        expect("sums", &found, &expected);
                    }
                    found.fill($float::NAN);
                    if sets::avx512::sums(&a, inner, &mut found) {
                        expect("sums", &found, &expected);
                    }
                }
            }
        };
    }

    #[cfg(target_arch = "x86_64")]
    kernels_are_their_definitions!(single, f32, 16);
    #[cfg(target_arch = "x86_64")]
    kernels_are_their_definitions!(double, f64, 8);

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn every_instruction_set_gives_the_bits_of_the_definition() {
        // Every remainder of rows and vectors; the sizes at which panels are packed; more rows of B than a panel has.
        for rows in [1, 2, 3, 5, 7, 10, 12, 49] {
            for columns in [1, 3, 4, 8, 9, 16, 17, 31, 33, 64, 65, 100, 257] {
                for inner in [1, 2, 7, 8, 16, 33, 130, 300] {
                    single::check(rows, columns, inner);
                    double::check(rows, columns, inner);
                }
            }
        }
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
        fn every_product_is_that_of_three_loops(
            inputs in 1_usize..70, outputs in 1_usize..70, batch in 1_usize..300,
        ) {
            agrees::<f64>(inputs, outputs, batch, 1e-15);
            agrees::<f32>(inputs, outputs, batch, 5e-7);
        }

        #[test]
        fn dual_numbers_have_products_too(inputs in 1_usize..10, outputs in 1_usize..10, batch in 1_usize..20) {
            agrees::<crate::gradcheck::Dual>(inputs, outputs, batch, 1e-15);
        }
    }
}
