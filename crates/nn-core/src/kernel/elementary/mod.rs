//! exp, tanh, the logistic function and ln, branch-free so that compilers vectorise loops over them.
//!
//! Each is written once, over a [`Format`], and at most 2 units in the last place from the exact value. `FUSED` says
//! whether a multiplication is fused with the addition after it: as it should be wherever the CPU has an instruction for
//! that, and must not be elsewhere, where it would be a slow call. The results of the two differ in their last bits.
//!
//! - exp: the reduction e^x = 2^k e^r, |r| <= ln(2)/2, of fdlibm (`e_exp.c`, Sun Microsystems); e^r by the polynomial of
//!   least maximal error (Remez) instead of fdlibm's quotient.
//! - tanh and the logistic function: h / (1 + h), where h = (e^2|x| - 1) / 2 or e^-|x|, in a form that is monotone in
//!   spite of rounding.
//! - ln: fdlibm's (`e_log.c`, and `e_logf.c` by I. Taylor).

pub(crate) mod f32;
pub(crate) mod f64;

use num_traits::Float;

/// What the functions need to know of a floating-point format.
trait Format: Float + 'static {
    /// 1.5 times the power of two from which on all numbers are integers: adding it rounds to the nearest integer, which
    /// is then in the low bits of the sum.
    const ROUND: Self;
    const LOG2_E: Self;
    /// The leading bits of ln 2, so few that their product with an exponent is exact, and the rest.
    const LN_2: [Self; 2];
    /// (e^r - 1 - r) / r^2, lowest power first.
    const EXP: &'static [Self];
    /// Where e^x is zero, where it comes near the subnormal numbers, and where it is infinite.
    const EXP_ENDS: [Self; 3];
    /// (ln((1 + s) / (1 - s)) - 2 s) / s in powers of s^2, from the second power of s on.
    const LN: &'static [Self];

    /// 2^k y, for the k of `shifted = k + ROUND`, if both y and the result are normal numbers.
    fn scale(y: Self, shifted: Self) -> Self;

    /// (k, m) with x = 2^k m and sqrt(1/2) <= m < sqrt(2), for a normal positive x.
    fn split(x: Self) -> (Self, Self);

    fn of(value: ::core::primitive::f32) -> Self;
}

/// a b + c, rounded once or twice.
#[inline(always)]
fn mul_add<T: Float, const FUSED: bool>(a: T, b: T, c: T) -> T {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// The polynomial with these coefficients, lowest power first.
#[inline(always)]
fn horner<T: Float, const FUSED: bool>(x: T, coefficients: &[T]) -> T {
    let mut sum = coefficients[coefficients.len() - 1];
    for &c in coefficients.iter().rev().skip(1) {
        sum = mul_add::<T, FUSED>(sum, x, c);
    }
    sum
}

/// (k + ROUND, r) with x = k ln 2 + r and |r| <= ln(2) / 2.
#[inline(always)]
fn reduce<T: Format, const FUSED: bool>(x: T) -> (T, T) {
    let shifted = mul_add::<T, FUSED>(x, T::LOG2_E, T::ROUND);
    let k = shifted - T::ROUND;
    let [high, low] = T::LN_2;
    (shifted, mul_add::<T, FUSED>(k, -low, mul_add::<T, FUSED>(k, -high, x)))
}

#[inline(always)]
fn exp<T: Format, const FUSED: bool>(x: T) -> T {
    let [zero, low, infinite] = T::EXP_ENDS;
    let x = if x < zero { zero } else { x };
    let x = if x > infinite { infinite } else { x };
    let (shifted, r) = reduce::<T, FUSED>(x);
    let s = mul_add::<T, FUSED>(r * r, horner::<T, FUSED>(r, T::EXP), r);
    // 2^k alone may be no normal number: it is taken in two steps.
    let low = x < low;
    let power = T::scale(T::of(0.5), if low { shifted + T::of(64.0) } else { shifted });
    let rest = if low { T::of(2.0 / 18446744073709551616.0) } else { T::of(2.0) };
    mul_add::<T, FUSED>(s, power, power) * rest
}

#[inline(always)]
fn tanh<T: Format, const FUSED: bool>(x: T) -> T {
    let one = T::one();
    let half = T::of(0.5);
    let twice = (x + x).abs();
    // Long before here tanh is 1 to the last bit.
    let twice = if twice > T::of(60.0) { T::of(60.0) } else { twice };
    let (shifted, r) = reduce::<T, FUSED>(twice);
    let t = r * r * horner::<T, FUSED>(r, T::EXP);
    let power = T::scale(half, shifted);
    // tanh |x| = h / (1 + h).
    // h = (2^k (1 + r + t) - 1) / 2, the smallest part last.
    let h = mul_add::<T, FUSED>(t, power, mul_add::<T, FUSED>(r, power, power - half));
    let (b, numerator) = if h > one { (one, one) } else { monotone_parts(h) };
    mul_add::<T, FUSED>(-b, numerator / (one + h), b).copysign(x)
}

#[inline(always)]
fn sigmoid<T: Format, const FUSED: bool>(x: T) -> T {
    // e^-|x| is at most 1, so nothing overflows, and small results keep all their digits.
    let e = exp::<T, FUSED>(-x.abs());
    let one = T::one();
    let (b, numerator) = monotone_parts(e);
    let (b, factor, numerator) = if x < T::zero() { (b, -b, numerator) } else { (T::zero(), one, one) };
    mul_add::<T, FUSED>(factor, numerator / (one + e), b)
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
fn ln<T: Format, const FUSED: bool>(x: T) -> T {
    let tiny = x < T::min_positive_value();
    let (k, m) = T::split(if tiny { x * T::of(18446744073709551616.0) } else { x });
    let k = if tiny { k - T::of(64.0) } else { k };
    // ln m = ln((1 + s) / (1 - s)) = f - s (f - series).
    let f = m - T::one();
    let s = f / (T::of(2.0) + f);
    let z = s * s;
    let bracket = mul_add::<T, FUSED>(-z, horner::<T, FUSED>(z, T::LN), f);
    let small = mul_add::<T, FUSED>(-s, bracket, k * T::LN_2[1]);
    let y = mul_add::<T, FUSED>(k, T::LN_2[0], f + small);
    // Infinity and NaN are their own logarithms.
    let y = if x < T::infinity() { y } else { x };
    let y = if x == T::zero() { T::neg_infinity() } else { y };
    if x < T::zero() { T::nan() } else { y }
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
                "x86_64+fma" => super::map::<_, $lanes>(xs, super::$name::<$float, true>),
                _ => super::map::<_, $lanes>(xs, super::$name::<$float, { cfg!(target_arch = "aarch64") }>),
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
fn map<T: Float, const LANES: usize>(xs: &mut [T], f: impl Fn(T) -> T) {
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
    for x in &mut xs[..whole] {
        *x = f(*x);
    }
    if len == whole {
        return;
    }
    for x in &mut last {
        *x = f(*x);
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
