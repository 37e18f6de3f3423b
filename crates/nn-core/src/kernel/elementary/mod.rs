//! exp, tanh, the logistic function and ln, branch-free so that compilers vectorise loops over them.
//!
//! Each is written once, over a [`Format`], and at most 2 units in the last place from the exact value. `FUSED` says
//! whether a multiplication is fused with the addition after it: it is wherever the CPU has an instruction for that, and
//! must not be elsewhere, where it would be a slow call. The results of the two differ in their last bits; within each,
//! all vector widths agree to the bit.
//!
//! - exp: the reduction e^x = 2^k e^r, |r| <= ln(2)/2, of fdlibm (`e_exp.c`, Sun Microsystems); e^r by the polynomial of
//!   least maximal error (Remez) instead of fdlibm's quotient.
//! - tanh: (1 - e^-2|x|) / (1 + e^-2|x|), whose parts are each rounded once; the reduction is the same, in units of x.
//! - the logistic function: h / (1 + h), where h = e^-|x|, in a form that is monotone in spite of rounding.
//! - ln: fdlibm's (`e_log.c`, and `e_logf.c` by I. Taylor).

pub(crate) mod f32;
pub(crate) mod f64;

use num_traits::Float;

/// What the functions need to know of a floating-point format.
trait Format: Float + 'static {
    /// 1.5 times the power of two from which on all numbers are integers: adding it rounds to the nearest integer, which
    /// is then in the low bits of the sum.
    const ROUND: Self;
    /// 1 / ln 2.
    const LOG2_E: Self;
    /// ln 2 / 2.
    const HALF_LN_2: Self;
    /// The leading bits of ln 2, so few that their product with an exponent is exact, and the rest.
    const LN_2: [Self; 2];
    /// The polynomial in r near (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2, lowest power first.
    const EXP: &'static [Self];
    /// The polynomial in s near (1 - e^-2s - 2 s) / s^2 for |s| <= ln(2) / 4, lowest power first.
    const TANH: &'static [Self];
    /// A point below which e^x is zero, one below which it may be subnormal, and one above which it is infinite.
    const EXP_ENDS: [Self; 3];
    /// The polynomial in s^2 near (ln((1 + s) / (1 - s)) - 2 s) / s^3, lowest power first.
    const LN: &'static [Self];

    /// 2^k y, for the k of `shifted = k + ROUND`, if both y and the result are normal numbers.
    fn scale(y: Self, shifted: Self) -> Self;

    /// (k, m) with x = 2^k m and sqrt(1/2) <= m < sqrt(2), for a normal positive x.
    fn split(x: Self) -> (Self, Self);

    /// A constant that both formats have.
    fn of(value: std::primitive::f32) -> Self;
}

/// Beyond all powers of two that the subnormal numbers lack.
const TWO_64: std::primitive::f32 = 18446744073709551616.0;

/// `N` numbers of the type `T` of the function around it, each by the same expression: `each!(i: a[i] + b[i])`.
///
/// The functions work on one number or on two at a time. In two, every operation stands beside one that does not wait
/// for it, which keeps a core busy: a chain of some thirty operations is longer than it can look ahead.
macro_rules! each {
    ($i:ident: $value:expr) => {{
        let mut numbers = [T::zero(); N];
        for ($i, number) in numbers.iter_mut().enumerate() {
            *number = $value;
        }
        numbers
    }};
}

/// a b + c, rounded once or twice.
#[inline(always)]
fn mul_add<T: Float, const FUSED: bool>(a: T, b: T, c: T) -> T {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// The polynomial with these coefficients, lowest power first, given x and its square: the even powers and the odd ones,
/// which need not wait for each other.
#[inline(always)]
fn polynomial<T: Float, const FUSED: bool, const N: usize>(
    x: [T; N],
    square: [T; N],
    coefficients: &[T],
) -> [T; N] {
    let count = coefficients.len();
    let (mut last, mut before) = ([coefficients[count - 1]; N], [coefficients[count - 2]; N]);
    for c in coefficients[..count - 2].iter().rev() {
        (last, before) = (before, each!(i: mul_add::<T, FUSED>(last[i], square[i], *c)));
    }
    each!(i: mul_add::<T, FUSED>(last[i], x[i], before[i]))
}

/// (k + ROUND, k, the leading part of r), where x = k ln 2 + r and |r| <= ln(2) / 2.
#[inline(always)]
fn reduce<T: Format, const FUSED: bool, const N: usize>(x: [T; N]) -> [[T; N]; 3] {
    let shifted = each!(i: mul_add::<T, FUSED>(x[i], T::LOG2_E, T::ROUND));
    let k = each!(i: shifted[i] - T::ROUND);
    let leading = each!(i: mul_add::<T, FUSED>(k[i], -T::LN_2[0], x[i]));
    [shifted, k, leading]
}

#[inline(always)]
fn exp<T: Format, const FUSED: bool, const N: usize>(x: [T; N]) -> [T; N] {
    let [zero, low, infinite] = T::EXP_ENDS;
    let x = each!(i: if x[i] < zero { zero } else { x[i] });
    let x = each!(i: if x[i] > infinite { infinite } else { x[i] });
    let [shifted, k, leading] = reduce::<T, FUSED, N>(x);
    let r = each!(i: mul_add::<T, FUSED>(k[i], -T::LN_2[1], leading[i]));
    let square = each!(i: r[i] * r[i]);
    let series = polynomial::<T, FUSED, N>(r, square, T::EXP);
    let s = each!(i: mul_add::<T, FUSED>(square[i], series[i], r[i]));
    // 2^k alone may be no normal number: it is taken in two steps.
    let shifted = each!(i: if x[i] < low { shifted[i] + T::of(64.0) } else { shifted[i] });
    let power = each!(i: T::scale(T::of(0.5), shifted[i]));
    let rest = each!(i: if x[i] < low { T::of(2.0 / TWO_64) } else { T::of(2.0) });
    each!(i: mul_add::<T, FUSED>(s[i], power[i], power[i]) * rest[i])
}

#[inline(always)]
fn tanh<T: Format, const FUSED: bool, const N: usize>(x: [T; N]) -> [T; N] {
    // Long before here tanh is 1 to the last bit.
    let a = each!(i: if x[i].abs() > T::of(30.0) { T::of(30.0) } else { x[i].abs() });
    // -2 a = k ln 2 - 2 s.
    let shifted = each!(i: mul_add::<T, FUSED>(a[i], T::of(-2.0) * T::LOG2_E, T::ROUND));
    let k = each!(i: shifted[i] - T::ROUND);
    let s = each!(i: mul_add::<T, FUSED>(k[i], T::HALF_LN_2, a[i]));
    let square = each!(i: s[i] * s[i]);
    let series = polynomial::<T, FUSED, N>(s, square, &T::TANH[1..]);
    let series = each!(i: mul_add::<T, FUSED>(series[i], s[i], T::TANH[0]));
    let p = each!(i: mul_add::<T, FUSED>(square[i], series[i], s[i] + s[i]));
    // tanh a = (1 - e^-2a) / (1 + e^-2a), where e^-2a = 2^k (1 - p). Each part is rounded once; the first rises with a,
    // the second falls, and so their quotient rises.
    let power = each!(i: T::scale(T::one(), shifted[i]));
    let rest = each!(i: power[i] * p[i]);
    each!(i: {
        let quotient = ((T::one() - power[i]) + rest[i]) / ((T::one() + power[i]) - rest[i]);
        quotient.copysign(x[i])
    })
}

#[inline(always)]
fn sigmoid<T: Format, const FUSED: bool, const N: usize>(x: [T; N]) -> [T; N] {
    let (zero, one) = (T::zero(), T::one());
    // e^-|x| is at most 1, so nothing overflows, and small results keep all their digits.
    let e = exp::<T, FUSED, N>(each!(i: -x[i].abs()));
    let parts = e.map(monotone_parts);
    let quotient = each!(i: (if x[i] < zero { parts[i].1 } else { one }) / (one + e[i]));
    each!(i: {
        let b = parts[i].0;
        let (b, factor) = if x[i] < zero { (b, -b) } else { (zero, one) };
        mul_add::<T, FUSED>(factor, quotient[i], b)
    })
}

/// (b, n) such that h / (1 + h) = b - b n / (1 + h) for 0 <= h <= 1.
///
/// The quotient itself would fall wherever 1 + h is rounded up. These are `h - h (h / (1 + h))`, whose second part
/// grows by less than h does, and from 1/2 on, where it no longer does, `1/2 - 1/2 ((1 - h) / (1 + h))`, each operation
/// of which is monotone. At 1/2 and at 1 they meet exactly.
#[inline(always)]
fn monotone_parts<T: Format>(h: T) -> (T, T) {
    let half = T::of(0.5);
    let rest = T::one() - h;
    (if h < half { h } else { half }, if h < rest { h } else { rest })
}

#[inline(always)]
fn ln<T: Format, const FUSED: bool, const N: usize>(x: [T; N]) -> [T; N] {
    let normal = each!(i: if x[i] < T::min_positive_value() { x[i] * T::of(TWO_64) } else { x[i] });
    let parts = normal.map(T::split);
    let k = each!(i: if x[i] < T::min_positive_value() { parts[i].0 - T::of(64.0) } else { parts[i].0 });
    // ln m = ln((1 + s) / (1 - s)) = f - s (f - z series).
    let f = each!(i: parts[i].1 - T::one());
    let s = each!(i: f[i] / (T::of(2.0) + f[i]));
    let z = each!(i: s[i] * s[i]);
    let series = polynomial::<T, FUSED, N>(z, each!(i: z[i] * z[i]), T::LN);
    let bracket = each!(i: mul_add::<T, FUSED>(-z[i], series[i], f[i]));
    let small = each!(i: mul_add::<T, FUSED>(-s[i], bracket[i], k[i] * T::LN_2[1]));
    each!(i: {
        let (x, y) = (x[i], mul_add::<T, FUSED>(k[i], T::LN_2[0], f[i] + small[i]));
        // Infinity and NaN are their own logarithms.
        let y = if x < T::infinity() { y } else { x };
        let y = if x == T::zero() { T::neg_infinity() } else { y };
        if x < T::zero() { T::nan() } else { y }
    })
}

/// Compiles `$name` on slices for each vector width and lets the CPU choose.
macro_rules! on_slices {
    ($float:ty, $lanes:literal: $($name:ident),+) => {$(
        #[multiversion::multiversion(targets(
            "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
            "x86_64+avx2+fma",
        ))]
        pub(crate) fn $name(xs: &mut [$float]) {
            multiversion::target::match_target! {
                "x86_64+fma" => {
                    super::map::<_, $lanes>(xs, super::$name::<$float, true, 1>, super::$name::<$float, true, 2>);
                }
                _ => {
                    const FUSED: bool = cfg!(target_arch = "aarch64");
                    super::map::<_, $lanes>(xs, super::$name::<$float, FUSED, 1>, super::$name::<$float, FUSED, 2>);
                }
            }
        }
    )+};
}
use on_slices;

/// x ← f(x), where `LANES` numbers, 8 or 16, fill the widest vector.
///
/// The last few, which do not, are worked on as parts of one that does: each by itself would cost as much as it. It is
/// the last whole vector, or the first and the last half, quarter or eighth side by side; what lies in two of them is
/// read before any is written.
#[inline(always)]
fn map<T: Float, const LANES: usize>(
    xs: &mut [T],
    one: impl Fn([T; 1]) -> [T; 1],
    two: impl Fn([T; 2]) -> [T; 2],
) {
    let (len, whole) = (xs.len(), xs.len() / LANES * LANES);
    let mut last = [T::zero(); LANES];
    match len {
        _ if len == whole => {}
        _ if len >= LANES => last = *xs.last_chunk().expect("a whole vector"),
        8.. => side_by_side::<T, 8>(xs, &mut last),
        4.. => side_by_side::<T, 4>(xs, &mut last),
        2.. => side_by_side::<T, 2>(xs, &mut last),
        _ => side_by_side::<T, 1>(xs, &mut last),
    }
    let (vectors, _) = xs.as_chunks_mut::<LANES>();
    let (pairs, single) = vectors.as_chunks_mut::<2>();
    for [first, second] in pairs {
        for (x, y) in first.iter_mut().zip(second) {
            [*x, *y] = two([*x, *y]);
        }
    }
    for x in single.as_flattened_mut() {
        [*x] = one([*x]);
    }
    if len == whole {
        return;
    }
    for x in &mut last {
        [*x] = one([*x]);
    }
    match len {
        _ if len >= LANES => *xs.last_chunk_mut().expect("a whole vector") = last,
        8.. => to_the_ends::<T, 8>(&last, xs),
        4.. => to_the_ends::<T, 4>(&last, xs),
        2.. => to_the_ends::<T, 2>(&last, xs),
        _ => to_the_ends::<T, 1>(&last, xs),
    }
}

/// Copies the first and the last `SIDE` numbers.
#[inline(always)]
fn side_by_side<T: Copy, const SIDE: usize>(xs: &[T], to: &mut [T]) {
    let (first, last) = (xs.first_chunk::<SIDE>(), xs.last_chunk::<SIDE>());
    to[..SIDE].copy_from_slice(first.expect("long enough"));
    to[SIDE..2 * SIDE].copy_from_slice(last.expect("long enough"));
}

/// Copies them back.
#[inline(always)]
fn to_the_ends<T: Copy, const SIDE: usize>(from: &[T], xs: &mut [T]) {
    xs.first_chunk_mut::<SIDE>().expect("long enough").copy_from_slice(&from[..SIDE]);
    xs.last_chunk_mut::<SIDE>().expect("long enough").copy_from_slice(&from[SIDE..2 * SIDE]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A function fused, unfused, and as it is chosen for the CPU; and the standard library's.
    struct Case<T> {
        name: &'static str,
        fused: fn(T) -> T,
        unfused: fn(T) -> T,
        slice: fn(&mut [T]),
        std: fn(std::primitive::f64) -> std::primitive::f64,
    }

    macro_rules! cases {
        ($float:ident) => {
            [
                cases!($float, exp, std::primitive::f64::exp),
                cases!($float, tanh, std::primitive::f64::tanh),
                cases!($float, sigmoid, |x| {
                    let e = (-x.abs()).exp();
                    if x < 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) }
                }),
                cases!($float, ln, std::primitive::f64::ln),
            ]
        };
        ($float:ident, $name:ident, $std:expr) => {
            Case::<std::primitive::$float> {
                name: stringify!($name),
                fused: |x| $name::<_, true, 1>([x])[0],
                unfused: |x| $name::<_, false, 1>([x])[0],
                slice: $float::$name,
                std: $std,
            }
        };
    }

    /// Bits that no two have in common but by their order: both signs, all exponents, infinities and NaN.
    fn bits() -> impl Iterator<Item = u64> {
        (0..100_000_u64).map(|i| i.wrapping_mul(0x9E3779B97F4A7C15))
    }

    /// Numbers of all sizes, and half of them from -10 to 10.
    fn f64s() -> impl Iterator<Item = std::primitive::f64> {
        bits().flat_map(|b| {
            [std::primitive::f64::from_bits(b), (b as std::primitive::f64).mul_add(1e-18, -9.5)]
        })
    }

    fn f32s() -> impl Iterator<Item = std::primitive::f32> {
        let moderate = |b: u64| ((b >> 40) as std::primitive::f32).mul_add(1.2e-6, -10.0);
        bits().flat_map(move |b| [std::primitive::f32::from_bits((b >> 32) as u32), moderate(b)])
    }

    #[test]
    fn f64_functions_are_right_fused_and_unfused() {
        for case in cases!(f64) {
            for x in f64s() {
                let exact = (case.std)(x);
                for found in [(case.fused)(x), (case.unfused)(x)] {
                    // The standard library's tanh, and the formula above, are themselves a unit or two off.
                    let apart = found.to_bits().abs_diff(exact.to_bits());
                    let right = apart <= 3 || found.is_nan() && exact.is_nan();
                    assert!(right, "{} {x:e}: {found:e}, expected {exact:e}", case.name);
                }
            }
        }
    }

    #[test]
    fn f32_functions_are_two_units_off_at_most_fused_and_unfused() {
        for case in cases!(f32) {
            for x in f32s() {
                let exact = (case.std)(x.into());
                let nearest = <std::primitive::f32 as crate::Scalar>::of(exact);
                let unit = (nearest.abs().next_up() - nearest.abs()).max(std::primitive::f32::from_bits(1));
                for found in [(case.fused)(x), (case.unfused)(x)] {
                    let error =
                        (std::primitive::f64::from(found) - exact).abs() / std::primitive::f64::from(unit);
                    let right = error <= 2.0 || found == nearest || found.is_nan() && exact.is_nan();
                    assert!(right, "{} {x:e}: {found:e}, expected {exact:e}", case.name);
                }
            }
        }
    }

    #[test]
    fn vector_registers_give_the_bits_of_single_numbers() {
        // Vectors of 512 and of 256 bits are fused alike; only where there is no FMA nothing is.
        #[cfg(target_arch = "x86_64")]
        let fused = std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma");
        #[cfg(not(target_arch = "x86_64"))]
        let fused = cfg!(target_arch = "aarch64");
        macro_rules! check {
            ($float:ident, $xs:expr) => {
                for case in cases!($float) {
                    let xs: Vec<_> = $xs.collect();
                    let mut ys = xs.clone();
                    (case.slice)(&mut ys);
                    for (x, found) in xs.into_iter().zip(ys) {
                        let expected = if fused { (case.fused)(x) } else { (case.unfused)(x) };
                        let same =
                            found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan();
                        assert!(same, "{} {x:e}: {found:e} in a vector, {expected:e} alone", case.name);
                    }
                }
            };
        }
        check!(f64, f64s());
        check!(f32, f32s());
    }
}
