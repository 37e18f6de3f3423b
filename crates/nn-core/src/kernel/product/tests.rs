use proptest::prelude::*;

use super::super::arrays::FUSED;
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

kernels_are_their_definitions!(single, f32, 16);
kernels_are_their_definitions!(double, f64, 8);

#[test]
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
    let product = |rows: usize, columns: usize, inner: usize, term: &dyn Fn(usize, usize, usize) -> f64| {
        let sum = |i: usize| (0..inner).map(|k| term(i / columns, i % columns, k)).sum::<f64>();
        (0..rows * columns).map(sum).collect::<Vec<f64>>()
    };
    // What rounding may do grows with the terms of a sum.
    let close = |what: &str, found: &[T], expected: Vec<f64>, terms: usize| {
        for (found, expected) in found.iter().zip(expected) {
            let error = (found.as_f64() - expected).abs();
            assert!(
                error <= tolerance * terms as f64,
                "{what}: {found} against {expected}, a sum of {terms}"
            );
        }
    };
    let at = |v: &[T], i: usize| v[i].as_f64();
    let affine = |r: usize, n: usize, k: usize| {
        let bias = if k == 0 { at(&b, r) } else { 0.0 };
        bias + at(&w, r * inputs + k) * at(&x, k * batch + n)
    };
    let mut y = vec![T::nan(); outputs * batch];
    T::kernel_affine(&w, Some(&b), &x, &mut y, batch);
    close("affine", &y, product(outputs, batch, inputs, &affine), inputs + 1);
    let mut dx = vec![T::nan(); inputs * batch];
    T::kernel_affine_input_grad(&w, &dy, &mut dx, batch);
    let term = |r: usize, n: usize, k: usize| at(&w, k * inputs + r) * at(&dy, k * batch + n);
    close("input gradient", &dx, product(inputs, batch, outputs, &term), outputs);
    let mut dw = vec![T::nan(); outputs * inputs];
    T::kernel_affine_weight_grad(&dy, &x, &mut dw, batch);
    let term = |r: usize, c: usize, n: usize| at(&dy, r * batch + n) * at(&x, c * batch + n);
    close("weight gradient", &dw, product(outputs, inputs, batch, &term), batch);
    let mut db = vec![T::nan(); outputs];
    T::kernel_affine_bias_grad(&dy, &mut db, batch);
    close("bias gradient", &db, product(outputs, 1, batch, &|r, _, n| at(&dy, r * batch + n)), batch);
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
