//! The elementary kernels are exact to units in the last place, against an oracle of twice the precision.

use nn_core::{Scalar, rng};
use num_traits::ToPrimitive;

/// An unevaluated sum of two numbers: 106 bits.
#[derive(Debug, Clone, Copy)]
struct Wide(f64, f64);

/// a + b, exactly.
fn sum(a: f64, b: f64) -> Wide {
    let s = a + b;
    let bb = s - a;
    Wide(s, (a - (s - bb)) + (b - bb))
}

impl From<f64> for Wide {
    fn from(x: f64) -> Self {
        Self(x, 0.0)
    }
}

impl std::ops::Add for Wide {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let s = sum(self.0, other.0);
        sum(s.0, s.1 + self.1 + other.1)
    }
}

impl std::ops::Neg for Wide {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0, -self.1)
    }
}

impl std::ops::Mul for Wide {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let p = self.0 * other.0;
        let rest = self.0.mul_add(other.0, -p) + self.0 * other.1 + self.1 * other.0;
        sum(p, rest)
    }
}

impl std::ops::Div for Wide {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let first = self.0 / other.0;
        let rest = self + -(other * first.into());
        let second = rest.0 / other.0;
        let rest = rest + -(other * second.into());
        sum(first, second) + (rest.0 / other.0).into()
    }
}

/// 2^k for -1022 <= k <= 1023.
fn power(k: i32) -> f64 {
    2.0_f64.powi(k)
}

/// x * 2^k, for an x such that this is exact.
fn scaled(x: f64, k: i32) -> f64 {
    let half = k / 2;
    x * power(half) * power(k - half)
}

/// e^r - 1 for |r| < 0.4, by its power series.
fn series(r: Wide) -> Wide {
    let one = Wide::from(1.0);
    let horner = (2..=26).rev().fold(one, |sum, n| one + r / f64::from(n).into() * sum);
    r * horner
}

/// ln 2 in three parts, the first short enough that its products with exponents are exact.
const LN2: [f64; 3] = [6.93147180369123816490e-1, 1.90821492927058770002e-10, 1.1612227229362532e-26];

/// e^x = m 2^k, as (m, k).
fn exact_exp(x: f64) -> (Wide, i32) {
    let k = (x * std::f64::consts::LOG2_E).round();
    let r = sum(x, -k * LN2[0]) + -(Wide::from(LN2[1]) * k.into()) + Wide::from(-k * LN2[2]);
    (Wide::from(1.0) + series(r), k.to_i32().unwrap())
}

fn exact_sigmoid(x: f64) -> (Wide, i32) {
    // 1 / (1 + e^-|x|), or e^-|x| times that.
    let (e, k) = exact_exp(-x.abs());
    let small = if k < -200 { Wide(0.0, 0.0) } else { Wide(scaled(e.0, k), scaled(e.1, k)) };
    let total = Wide::from(1.0) + small;
    if x < 0.0 { (e / total, k) } else { (Wide::from(1.0) / total, 0) }
}

fn exact_tanh(x: f64) -> (Wide, i32) {
    let a = x.abs();
    let sign = Wide::from(1.0_f64.copysign(x));
    let tanh = if a < 1e-8 {
        sum(a, -a * a * a / 3.0)
    } else if a < 0.17 {
        let e = series(Wide::from(-2.0 * a));
        -e / (Wide::from(2.0) + e)
    } else {
        let (e, k) = exact_exp(-2.0 * a.min(400.0));
        let e = if k < -200 { Wide(0.0, 0.0) } else { Wide(scaled(e.0, k), scaled(e.1, k)) };
        (Wide::from(1.0) + -e) / (Wide::from(1.0) + e)
    };
    (sign * tanh, 0)
}

fn exact_ln(x: f64) -> (Wide, i32) {
    // ln x = k ln 2 + 2 artanh s for s = (m - 1) / (m + 1), by its power series. Subnormal numbers are scaled first.
    let (x, shift) = if x < f64::MIN_POSITIVE { (x * power(64), -64) } else { (x, 0) };
    let k = ((x * std::f64::consts::SQRT_2).to_bits() >> 52) as i32 - 1023;
    let m = scaled(x, -k);
    let s = Wide::from(m - 1.0) / sum(m, 1.0);
    let z = s * s;
    let artanh =
        (0..26).rev().fold(Wide::from(0.0), |sum, n| Wide::from(1.0) / f64::from(2 * n + 1).into() + z * sum);
    let k = f64::from(k + shift);
    let ln2 = sum(k * LN2[0], 0.0) + Wide::from(LN2[1]) * k.into() + Wide::from(k * LN2[2]);
    (ln2 + Wide::from(2.0) * s * artanh, 0)
}

/// How many units in the last place `found` is from m 2^k, for numbers of `digits` bits whose smallest is 2^`least`.
fn ulps(found: f64, (m, k): (Wide, i32), digits: i32, least: i32) -> f64 {
    if m.0 == 0.0 {
        return if found == 0.0 { 0.0 } else { f64::INFINITY };
    }
    let largest = if digits == 24 { f64::from(f32::MAX) } else { f64::MAX };
    if found.is_infinite() {
        // Right if the value is beyond the largest number and half a unit.
        let beyond = scaled(largest, -k);
        return if m.0 > beyond { 0.0 } else { f64::INFINITY };
    }
    let exponent = m.0.abs().log2().floor().to_i32().unwrap() + k;
    let unit = (exponent + 1 - digits).max(least) - k;
    let error = (scaled(found, -k) - m.0) - m.1;
    (error / scaled(1.0, unit)).abs()
}

/// A kernel on numbers and on slices, what it computes, the standard library's version, and how far from what it
/// computes it may be, in units in the last place.
struct Kernel<T> {
    name: &'static str,
    bound: f64,
    scalar: fn(T) -> T,
    slice: fn(&mut [T]),
    exact: fn(f64) -> (Wide, i32),
    std: fn(f64) -> f64,
}

fn kernels<T: Scalar>() -> [Kernel<T>; 4] {
    [
        Kernel {
            name: "exp",
            bound: 1.1,
            scalar: T::kernel_exp,
            slice: T::kernel_exp_slice,
            exact: exact_exp,
            std: f64::exp,
        },
        Kernel {
            name: "tanh",
            bound: 2.0,
            scalar: T::kernel_tanh,
            slice: T::kernel_tanh_slice,
            exact: exact_tanh,
            std: f64::tanh,
        },
        Kernel {
            name: "sigmoid",
            bound: 2.0,
            scalar: T::kernel_sigmoid,
            slice: T::kernel_sigmoid_slice,
            exact: exact_sigmoid,
            std: |x| if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) },
        },
        Kernel {
            name: "ln",
            bound: 1.0,
            scalar: T::kernel_ln,
            slice: T::kernel_ln_slice,
            exact: exact_ln,
            std: f64::ln,
        },
    ]
}

/// Where the kernels change their formula, and the ends of their domains, with their neighbours.
fn edges() -> Vec<f64> {
    let ln2 = std::f64::consts::LN_2;
    let mut edges = vec![
        0.0, 0.625, 0.3125, 0.5, 1.0, 9.0, 9.01, 10.0, 18.0, 19.06, 20.0, 22.0, 36.0, 37.0, 40.0, 87.3, 88.0,
        88.72, 88.73, 89.0, 100.0, 103.2, 103.9, 104.0, 350.0, 700.0, 708.3, 708.4, 709.7, 709.78, 709.79,
        710.0, 744.4, 745.0, 745.1, 745.2, 746.0, 800.0, 1e4, 1e300, 5e-324, 1e-310, 2.3e-308, 1e-300, 1e-45,
        1e-38, 1e-30, 1e-17, 1e-8, 1e-4,
    ];
    edges.extend((0..40).map(|k| f64::from(k) * ln2 / 2.0));
    let neighbours = edges.clone();
    edges.extend(neighbours.iter().flat_map(|e| [e.next_up(), e.next_down()]));
    let negative: Vec<f64> = edges.iter().map(|e| -e).collect();
    edges.extend(negative);
    edges
}

/// Uniform on the interval where the functions change, and any finite number of moderate size by its bits.
fn points(count: usize) -> Vec<f64> {
    let mut rng = rng(77);
    let mut draw = || rand::Rng::next_u64(&mut rng);
    let mut points = edges();
    for i in 0..count {
        let uniform = (draw() >> 11) as f64 / power(53);
        let sign = if draw() % 2 == 0 { 1.0 } else { -1.0 };
        points.push(
            sign * match i % 6 {
                0 => uniform,
                1 => 22.0 * uniform,
                2 => 110.0 * uniform,
                3 => 750.0 * uniform,
                // All sizes, the subnormal ones too.
                4 => f64::from_bits(draw() % f64::INFINITY.to_bits()),
                // 2^-60 to 2^10.
                _ => (1.0 + uniform) * power((draw() % 70) as i32 - 60),
            },
        );
    }
    points
}

#[test]
fn the_oracle_agrees_with_known_digits() {
    // To 32 digits, as the sum of two numbers each.
    let known = [
        (exact_exp(-20.25), Wide(1.6052280551856116e-9, -3.657643988865463e-26)),
        (exact_exp(300.0), Wide(1.9424263952412558e130, 1.1143145370175699e114)),
        (exact_exp(1.0), Wide(std::f64::consts::E, 1.4456468917292502e-16)),
        (exact_sigmoid(-1.0), Wide(0.2689414213699951, 1.679727399649845e-17)),
        (exact_tanh(1.0), Wide(0.7615941559557649, 3.7090214482164924e-17)),
        (exact_ln(3.0), Wide(1.0986122886681098, -9.07129723500153e-17)),
        (exact_ln(0.999), Wide(-0.0010005003335835344, -2.5644777003677798e-20)),
        (exact_ln(1e-310), Wide(-713.8013788281542, -8.592254740270771e-15)),
    ];
    for ((m, k), expected) in known {
        let found = Wide(scaled(m.0, k), scaled(m.1, k));
        let difference = found + -expected;
        assert!(
            difference.0.abs() < 1e-28 * found.0.abs(),
            "{found:?}, expected {expected:?}, difference {difference:?}"
        );
    }
}

#[test]
fn f64_kernels_are_exact_to_units_in_the_last_place() {
    for kernel in kernels::<f64>() {
        let (mut worst, mut at, mut worst_std) = (0.0_f64, 0.0, 0.0_f64);
        for x in points(200_000) {
            let found = (kernel.scalar)(x);
            if kernel.name == "ln" && x <= 0.0 {
                // Neither has an exact value.
                assert!(
                    if x == 0.0 { found == f64::NEG_INFINITY } else { found.is_nan() },
                    "ln {x}: {found}"
                );
                continue;
            }
            // Beyond these, the result is 0 or infinity or 1 to any precision.
            let exact = (kernel.exact)(if kernel.name == "ln" { x } else { x.clamp(-1500.0, 1500.0) });
            let error = ulps(found, exact, 53, -1074);
            if error > worst {
                (worst, at) = (error, x);
            }
            let std = (kernel.std)(x);
            if std.is_finite() && found.is_finite() {
                let unit = std.abs().next_up() - std.abs();
                worst_std = worst_std.max((found - std).abs() / unit);
            } else {
                assert_eq!(found, std, "{} {x}", kernel.name);
            }
        }
        println!("f64 {}: {worst:.3} ulp at {at}, {worst_std} from std", kernel.name);
        assert!(worst <= kernel.bound, "{} is {worst} units in the last place off at {at}", kernel.name);
        assert!(worst_std <= 3.0, "{} is {worst_std} units in the last place from std", kernel.name);
    }
}

/// How many units in the last place `found` is from `exact`; infinity counts as the number after the largest.
fn f32_ulps(found: f32, exact: f64) -> f64 {
    let end = power(128);
    let found = f64::from(found).clamp(-end, end);
    let exact = exact.clamp(-end, end);
    let exponent = exact.abs().max(f64::from(f32::MIN_POSITIVE)).min(end / 2.0).to_bits() >> 52;
    (found - exact).abs() / f64::from_bits((exponent - 23) << 52)
}

/// Of every 256 neighbouring numbers one is tested; all, on all four kernels, by
/// `NN_EXHAUSTIVE=1 cargo test -p nn-core-tests exhaustive -- --nocapture`, in minutes.
#[test]
fn exhaustive_f32_kernels_are_exact_and_monotone() {
    const CHUNK: usize = 1 << 12;
    let step = if std::env::var_os("NN_EXHAUSTIVE").is_some() { 1 } else { 256 };
    for kernel in kernels::<f32>() {
        let (mut worst, mut at) = (0.0_f64, 0.0);
        let mut previous = f32::NEG_INFINITY;
        let mut xs = Vec::with_capacity(CHUNK);
        // In ascending order: keys are bits, those of negative numbers inverted. One of each `step`, at changing places.
        let mut keys = (0..=u32::MAX / step).map(|i| step * i + i.wrapping_mul(0x9E3779B9) % step);
        loop {
            xs.clear();
            let numbers =
                keys.by_ref().map(|key| f32::from_bits(if key >> 31 == 1 { key ^ 1 << 31 } else { !key }));
            xs.extend(numbers.filter(|x| !x.is_nan()).take(CHUNK));
            if xs.is_empty() {
                break;
            }
            let mut ys = xs.clone();
            (kernel.slice)(&mut ys);
            for (&x, &y) in xs.iter().zip(&ys) {
                let exact = (kernel.std)(f64::from(x));
                if exact.is_nan() {
                    assert!(y.is_nan(), "{} {x}: {y}", kernel.name);
                    continue;
                }
                let error = f32_ulps(y, exact);
                if error > worst || error.is_nan() {
                    (worst, at) = (error, x);
                }
                assert!(y >= previous || kernel.name == "ln", "{} {x}: {y} after {previous}", kernel.name);
                previous = y;
            }
        }
        println!("f32 {}: {worst:.3} ulp at {at:e}", kernel.name);
        assert!(worst <= kernel.bound, "{} is {worst} units in the last place off at {at:e}", kernel.name);
    }
}

#[test]
fn f64_kernels_are_monotone() {
    // Where the exponent of e^x or e^2x changes, the polynomial begins anew: neighbours there, and far points.
    let mut xs = points(200_000);
    for k in -1100..1100 {
        for divisor in [1.0, 2.0] {
            let mut x = (f64::from(k) + 0.5) * std::f64::consts::LN_2 / divisor;
            for _ in 0..100 {
                x = x.next_down();
            }
            for _ in 0..200 {
                xs.push(x);
                x = x.next_up();
            }
        }
    }
    xs.sort_by(f64::total_cmp);
    for kernel in kernels::<f64>().iter().filter(|kernel| kernel.name != "ln") {
        let mut ys = xs.clone();
        (kernel.slice)(&mut ys);
        for (x, y) in xs.windows(2).zip(ys.windows(2)) {
            assert!(y[0] <= y[1], "{}: {} at {}, {} at {}", kernel.name, y[0], x[0], y[1], x[1]);
        }
    }
}

#[test]
fn kernels_on_slices_give_the_bits_of_kernels_on_numbers() {
    fn check<T: Scalar>(bits: fn(T) -> u64) {
        for kernel in kernels::<T>() {
            let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 1e-310, 1e-42];
            let points: Vec<T> = special.into_iter().chain(points(3000)).map(T::of).collect();
            // Lengths that fill vector registers and leave every remainder.
            for length in (0..=70).chain([127, 128, 129, 1000, points.len()]) {
                let from = if length < 1000 { 37 * length % 500 } else { 0 };
                let xs = &points[from..from + length];
                let mut ys = xs.to_vec();
                (kernel.slice)(&mut ys);
                for (&x, &y) in xs.iter().zip(&ys) {
                    let expected = (kernel.scalar)(x);
                    let same = bits(y) == bits(expected) || y.is_nan() && expected.is_nan();
                    assert!(same, "{} {x}: {y} on a slice of {length}, {expected} alone", kernel.name);
                }
            }
        }
    }
    check::<f64>(f64::to_bits);
    check::<f32>(|x| u64::from(x.to_bits()));
}

#[test]
fn kernels_treat_the_ends_and_nan_as_they_should() {
    fn check<T: Scalar>() {
        let of = T::of;
        for kernel in kernels::<T>() {
            assert!((kernel.scalar)(T::nan()).is_nan(), "{}", kernel.name);
            assert!((kernel.scalar)(-T::nan()).is_nan(), "{}", kernel.name);
        }
        for huge in [T::infinity(), T::max_value(), of(1e4), of(800.0)] {
            assert_eq!(huge.kernel_exp(), T::infinity());
            assert_eq!((-huge).kernel_exp(), T::zero());
            assert_eq!(huge.kernel_tanh(), T::one());
            assert_eq!((-huge).kernel_tanh(), -T::one());
            assert_eq!(huge.kernel_sigmoid(), T::one());
            assert_eq!((-huge).kernel_sigmoid(), T::zero());
        }
        assert_eq!(T::infinity().kernel_ln(), T::infinity());
        assert_eq!(T::zero().kernel_ln(), T::neg_infinity());
        assert_eq!((-T::zero()).kernel_ln(), T::neg_infinity());
        assert_eq!(T::one().kernel_ln(), T::zero());
        for negative in [-T::infinity(), -T::one(), -T::min_positive_value() * T::epsilon()] {
            assert!(negative.kernel_ln().is_nan());
        }
        assert_eq!(T::zero().kernel_exp(), T::one());
        assert_eq!((-T::zero()).kernel_exp(), T::one());
        assert_eq!(T::zero().kernel_sigmoid(), of(0.5));
        assert_eq!((-T::zero()).kernel_sigmoid(), of(0.5));
        assert!(T::zero().kernel_tanh() == T::zero() && T::zero().kernel_tanh().is_sign_positive());
        assert!((-T::zero()).kernel_tanh() == T::zero() && (-T::zero()).kernel_tanh().is_sign_negative());
        // Subnormal numbers are their own tanh, and no flush to 0 takes them.
        let smallest = T::min_positive_value() * T::epsilon();
        assert!(smallest > T::zero());
        for tiny in [smallest, T::min_positive_value() / of(2.0), T::min_positive_value()] {
            assert_eq!(tiny.kernel_tanh(), tiny);
            assert_eq!((-tiny).kernel_tanh(), -tiny);
            assert_eq!(tiny.kernel_exp(), T::one());
            assert_eq!(tiny.kernel_sigmoid(), of(0.5));
        }
        let mut previous = T::zero();
        for x in points(20_000).into_iter().map(of) {
            // Odd, to the bit, and within the bounds.
            assert_eq!((-x).kernel_tanh(), -x.kernel_tanh(), "tanh {x}");
            assert!(x.kernel_tanh().abs() <= T::one(), "tanh {x}");
            assert!((T::zero()..=T::one()).contains(&x.kernel_sigmoid()), "sigmoid {x}");
            assert!(x.kernel_exp() >= T::zero(), "exp {x}");
            let both = x.kernel_sigmoid() + (-x).kernel_sigmoid();
            assert!((both - T::one()).abs() <= T::epsilon() + T::epsilon(), "sigmoid {x}");
            previous = previous.max(x.kernel_tanh());
        }
        assert_eq!(previous, T::one());
    }
    check::<f32>();
    check::<f64>();
    // Gradual underflow.
    assert_eq!((-745.0_f64).kernel_exp(), 5e-324);
    assert_eq!((-746.0_f64).kernel_exp(), 0.0);
    assert_eq!((-103.0_f32).kernel_exp(), 1e-45);
    assert_eq!((-104.0_f32).kernel_exp(), 0.0);
    assert!((709.78_f64).kernel_exp().is_finite() && (709.79_f64).kernel_exp().is_infinite());
    assert!((88.72_f32).kernel_exp().is_finite() && (88.73_f32).kernel_exp().is_infinite());
    assert!((-740.0_f64).kernel_sigmoid() > 0.0 && (-100.0_f32).kernel_sigmoid() > 0.0);
}
