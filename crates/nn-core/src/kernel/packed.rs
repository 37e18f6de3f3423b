//! A dense layer for a single sample, its weights laid out so that vectors lie along the outputs.
//!
//! ```text
//!  a line: as many numbers as fill 64 bytes, of neighbouring outputs
//!
//!   bias      b0 .. b15 | b16 .. b31 | b32 .. b47 | b48 .. b63      up to 4 lines side by side: one alone would wait
//!   input 0   w w w w w | w w w w w  | w w w w w  | w w w w w       for each of its sums
//!   input 1   w w w w w | ...
//!   then the next lines, from their biases on; what is left of the last line is 0 and read by nobody
//! ```
//!
//! Each output's sum begins with its bias and takes the inputs in order, as in a batch, so the bits are the same.

use crate::Scalar;

/// Lines that are worked on together at most.
const TOGETHER: usize = 4;

/// Numbers that a packed layer takes.
pub(crate) fn len<T: Scalar>(outputs: usize, inputs: usize) -> usize {
    outputs.next_multiple_of(T::LINE).saturating_mul(inputs.saturating_add(1))
}

/// Lays out W, (outputs, inputs), and b.
pub(crate) fn pack<T: Scalar>(weight: &[T], bias: Option<&[T]>, inputs: usize, packed: &mut [T]) {
    packed.fill(T::zero());
    for (output, row) in weight.chunks_exact(inputs).enumerate() {
        let lines = (weight.len() / inputs).div_ceil(T::LINE);
        let (line, lane) = (output / T::LINE, output % T::LINE);
        let first = line / TOGETHER * TOGETHER;
        let together = TOGETHER.min(lines - first);
        let packed = &mut packed[first * T::LINE * (inputs + 1)..];
        let bias = bias.map_or(T::zero(), |bias| bias[output]);
        for (k, number) in std::iter::once(&bias).chain(row).enumerate() {
            packed[(k * together + line - first) * T::LINE + lane] = *number;
        }
    }
}

/// y = W x + b for a scalar without kernels of its own.
pub(crate) fn plain<T: Scalar>(packed: &[T], x: &[T], y: &mut [T]) {
    let lines = y.len().div_ceil(T::LINE);
    for (output, y) in y.iter_mut().enumerate() {
        let line = output / T::LINE;
        let first = line / TOGETHER * TOGETHER;
        let together = TOGETHER.min(lines - first);
        let numbers = packed[first * T::LINE * (x.len() + 1)..].iter();
        let mut column =
            numbers.skip((line - first) * T::LINE + output % T::LINE).step_by(together * T::LINE).copied();
        let bias = column.next().unwrap_or_else(T::zero);
        *y = column.zip(x).fold(bias, |sum, (w, &x)| sum + w * x);
    }
}

/// Makes a module of this kernel for one scalar type and one instruction set.
macro_rules! packed_kernel {
    (
        $(#[$target:meta])* mod $name:ident, $T:ty, line $LINE:literal, $V:ty, lanes $W:literal,
        splat $splat:path, multiply_add $multiply_add:path
    ) => {
        pub(super) mod $name {
            use super::*;

            /// y = W x + b.
            $(#[$target])*
            pub(in super::super) fn affine(packed: &[$T], x: &[$T], y: &mut [$T]) {
                let (mut packed, _) = packed.as_chunks::<$LINE>();
                for y in y.chunks_mut(TOGETHER * $LINE) {
                    let together = y.len().div_ceil($LINE);
                    let (lines, rest) = packed.split_at(together * (x.len() + 1));
                    match together {
                        1 => lines_of::<1>(lines, x, y),
                        2 => lines_of::<2>(lines, x, y),
                        3 => lines_of::<3>(lines, x, y),
                        _ => lines_of::<TOGETHER>(lines, x, y),
                    }
                    packed = rest;
                }
            }

            $(#[$target])*
            #[inline]
            fn lines_of<const G: usize>(lines: &[[$T; $LINE]], x: &[$T], y: &mut [$T]) {
                let (lines, _) = lines.as_chunks::<G>();
                let Some((biases, weights)) = lines.split_first() else { return };
                let mut sums: [[$V; $LINE / $W]; G] = biases.map(|line| bytemuck::must_cast(line));
                for (weights, &x) in weights.iter().zip(x) {
                    let x = $splat(x);
                    for g in 0..G {
                        let weights: [$V; $LINE / $W] = bytemuck::must_cast(weights[g]);
                        for n in 0..$LINE / $W {
                            sums[g][n] = $multiply_add(x, weights[n], sums[g][n]);
                        }
                    }
                }
                for (sums, y) in sums.into_iter().zip(y.chunks_mut($LINE)) {
                    let line: [$T; $LINE] = bytemuck::must_cast(sums);
                    match y.first_chunk_mut() {
                        Some(y) => *y = line,
                        None => y.copy_from_slice(&line[..y.len()]),
                    }
                }
            }
        }
    };
}

/// The kernels of one scalar type, and the choice among them.
macro_rules! packed {
    (
        $float:ident line $LINE:literal,
        avx512 $V512:ident $splat512:ident $fma512:ident, avx2 $V256:ident lanes $W256:literal $splat256:ident $fma256:ident,
        portable lanes $W:literal
    ) => {
        pub(crate) mod $float {
            #[cfg(target_arch = "x86_64")]
            use std::arch::x86_64 as arch;

            use multiversion::multiversion;
            use multiversion::target::match_target;

            use super::super::arrays;
            use super::TOGETHER;

            #[cfg(target_arch = "x86_64")]
            packed_kernel! {
                #[target_feature(enable = "avx512f,avx512dq,avx2")]
                mod avx512, $float, line $LINE, arch::$V512, lanes $LINE,
                splat arch::$splat512, multiply_add arch::$fma512
            }
            #[cfg(target_arch = "x86_64")]
            packed_kernel! {
                #[target_feature(enable = "avx2,fma")]
                mod avx2, $float, line $LINE, arch::$V256, lanes $W256,
                splat arch::$splat256, multiply_add arch::$fma256
            }
            packed_kernel! {
                mod portable, $float, line $LINE, [$float; $W], lanes $W, splat arrays::splat, multiply_add arrays::multiply_add
            }

            #[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
            pub(crate) fn affine(packed: &[$float], x: &[$float], y: &mut [$float]) {
                match_target! {
                    "x86_64+avx512f" => avx512::affine(packed, x, y),
                    "x86_64+avx2+fma" => avx2::affine(packed, x, y),
                    _ => portable::affine(packed, x, y),
                }
            }
        }
    };
}

packed! {
    f32 line 16,
    avx512 __m512 _mm512_set1_ps _mm512_fmadd_ps, avx2 __m256 lanes 8 _mm256_set1_ps _mm256_fmadd_ps,
    portable lanes 4
}
packed! {
    f64 line 8,
    avx512 __m512d _mm512_set1_pd _mm512_fmadd_pd, avx2 __m256d lanes 4 _mm256_set1_pd _mm256_fmadd_pd,
    portable lanes 2
}

#[cfg(test)]
mod tests {
    use super::super::arrays::FUSED;
    use super::super::plain as definition;
    use super::*;
    use crate::gradcheck::Dual;

    fn values<T: Scalar>(len: usize, seed: usize) -> Vec<T> {
        (0..len).map(|i| T::of(((i * 37 + seed * 11) % 101) as f64 / 50.0 - 1.0)).collect()
    }

    fn packed<T: Scalar>(weight: &[T], bias: Option<&[T]>, inputs: usize, outputs: usize) -> Vec<T> {
        let mut packed = vec![T::nan(); len::<T>(outputs, inputs)];
        pack(weight, bias, inputs, &mut packed);
        packed
    }

    /// Asks the kernels of each instruction set for the bits of the definition.
    macro_rules! kernels_are_the_definition {
        ($name:ident, $float:ident) => {
            #[test]
            fn $name() {
                mod sets {
                    use multiversion::multiversion;
                    use multiversion::target::match_target;

                    macro_rules! set {
                        ($module:ident, $set:literal) => {
                            /// Whether this CPU has it.
                            #[multiversion(targets($set))]
                            pub(super) fn $module(packed: &[$float], x: &[$float], y: &mut [$float]) -> bool {
                                match_target! {
                                    $set => { super::super::$float::$module::affine(packed, x, y); true },
                                    _ => { let _ = (packed, x, y); false }
                                }
                            }
                        };
                    }
                    set!(avx2, "x86_64+avx2+fma");
                    set!(avx512, "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma");
                }
                for outputs in [1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 48, 64, 65, 100, 128, 130] {
                    for inputs in [1, 2, 3, 16, 21] {
                        let (weight, x) =
                            (values::<$float>(outputs * inputs, 1), values::<$float>(inputs, 2));
                        let bias = values::<$float>(outputs, 3);
                        for bias in [Some(&bias[..]), None] {
                            let rows = || weight.chunks_exact(inputs).enumerate();
                            let start = |row: usize| bias.map_or(0.0, |bias| bias[row]);
                            let fused: Vec<$float> = rows()
                                .map(|(n, row)| {
                                    row.iter().zip(&x).fold(start(n), |sum, (w, &x)| w.mul_add(x, sum))
                                })
                                .collect();
                            let unfused = || {
                                rows()
                                    .map(|(n, row)| {
                                        row.iter().zip(&x).fold(start(n), |sum, (w, x)| sum + w * x)
                                    })
                                    .collect()
                            };
                            let expected = if FUSED { fused.clone() } else { unfused() };
                            let packed = packed(&weight, bias, inputs, outputs);
                            let mut y = vec![$float::NAN; outputs];
                            super::$float::portable::affine(&packed, &x, &mut y);
                            assert_eq!(y, expected, "{outputs} x {inputs}");
                            for set in [sets::avx2, sets::avx512] {
                                y.fill($float::NAN);
                                if set(&packed, &x, &mut y) {
                                    assert_eq!(y, fused, "{outputs} x {inputs}");
                                }
                            }
                        }
                    }
                }
            }
        };
    }
    kernels_are_the_definition!(f32_kernels_are_the_definition, f32);
    kernels_are_the_definition!(f64_kernels_are_the_definition, f64);

    #[test]
    fn another_scalar_has_the_definition() {
        let (weight, bias, x) = (values::<Dual>(6, 1), values::<Dual>(3, 2), values::<Dual>(2, 3));
        let (mut y, mut expected) = (values(3, 4), values(3, 5));
        definition::one_row::<Dual, false>(&weight, Some(&bias), &x, &mut expected);
        plain(&packed(&weight, Some(&bias), 2, 3), &x, &mut y);
        assert_eq!(y, expected);
    }
}
