use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};
use std::fmt;
use std::num::FpCategory;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign};

use num_traits::{Float, Num, NumCast, One, ToPrimitive, Zero};

use crate::Scalar;

/// A dual number `value + slope ε` with ε² = 0: arithmetic on it carries an exact derivative along.
///
/// Run any generic function on `Dual::variable(x)`, and the result's `slope` is the derivative at x, to rounding.
/// Comparisons look at the value alone, so a branch is differentiated on the side that is taken. At a kink the slope
/// is one-sided: `abs` has the slope +1 at +0.
///
/// # Example
/// ```
/// use nn_core::gradcheck::Dual;
/// use num_traits::Float;
///
/// let y = Dual::variable(2.0).powi(3);
/// assert_eq!((y.value, y.slope), (8.0, 12.0));
/// ```
///
/// Clifford, 1873. The `num-dual` crate has many more kinds, but none implements `num_traits::Float`.
#[derive(Debug, Default, Clone, Copy)]
pub struct Dual {
    /// The number.
    pub value: f64,
    /// Its derivative.
    pub slope: f64,
}

impl Dual {
    /// The number with derivative 1: what one differentiates with respect to.
    pub fn variable(value: f64) -> Self {
        Self { value, slope: 1.0 }
    }

    /// The number with derivative 0.
    pub fn constant(value: f64) -> Self {
        Self { value, slope: 0.0 }
    }

    /// f(self), given f's value and derivative at `self.value`.
    fn chain(self, value: f64, derivative: f64) -> Self {
        // A slope of 0 stays 0 where the derivative is infinite, as that of a constant must.
        let slope = if self.slope == 0.0 { 0.0 } else { self.slope * derivative };
        Self { value, slope }
    }
}

#[expect(clippy::disallowed_methods, reason = "an oracle of the kernels, so not from them")]
impl Scalar for Dual {
    fn kernel_erf(self) -> Self {
        self.chain(self.value.kernel_erf(), FRAC_2_SQRT_PI * (-self.value * self.value).exp())
    }

    fn kernel_normal_cdf(self) -> Self {
        let density = 0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2 * (-0.5 * self.value * self.value).exp();
        self.chain(self.value.kernel_normal_cdf(), density)
    }
}

impl PartialEq for Dual {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl PartialOrd for Dual {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl fmt::Display for Dual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} + {}ε", self.value, self.slope)
    }
}

/// An operator and its assigning form, from the slope of its result.
macro_rules! operator {
    ($($trait:ident $method:ident $assign:ident $assign_method:ident: |$a:ident, $b:ident| $slope:expr;)+) => {$(
        impl $trait for Dual {
            type Output = Self;
            #[inline]
            fn $method(self, other: Self) -> Self {
                let ($a, $b) = (self, other);
                Self { value: $a.value.$method($b.value), slope: $slope }
            }
        }
        impl $assign for Dual {
            #[inline]
            fn $assign_method(&mut self, other: Self) {
                *self = self.$method(other);
            }
        }
    )+};
}

operator! {
    Add add AddAssign add_assign: |a, b| a.slope + b.slope;
    Sub sub SubAssign sub_assign: |a, b| a.slope - b.slope;
    Mul mul MulAssign mul_assign: |a, b| a.slope * b.value + a.value * b.slope;
    Div div DivAssign div_assign: |a, b| (a.slope - a.value / b.value * b.slope) / b.value;
    Rem rem RemAssign rem_assign: |a, b| a.slope - (a.value / b.value).trunc() * b.slope;
}

impl Neg for Dual {
    type Output = Self;
    fn neg(self) -> Self {
        Self { value: -self.value, slope: -self.slope }
    }
}

impl Zero for Dual {
    fn zero() -> Self {
        Self::constant(0.0)
    }
    fn is_zero(&self) -> bool {
        self.value == 0.0
    }
}

impl One for Dual {
    fn one() -> Self {
        Self::constant(1.0)
    }
}

impl Num for Dual {
    type FromStrRadixErr = <f64 as Num>::FromStrRadixErr;
    fn from_str_radix(text: &str, radix: u32) -> Result<Self, Self::FromStrRadixErr> {
        f64::from_str_radix(text, radix).map(Self::constant)
    }
}

impl ToPrimitive for Dual {
    fn to_i64(&self) -> Option<i64> {
        self.value.to_i64()
    }
    fn to_u64(&self) -> Option<u64> {
        self.value.to_u64()
    }
    fn to_f64(&self) -> Option<f64> {
        Some(self.value)
    }
}

impl NumCast for Dual {
    fn from<N: ToPrimitive>(n: N) -> Option<Self> {
        n.to_f64().map(Self::constant)
    }
}

/// Functions of one number, each with its derivative at `x`, where the value is `y`.
macro_rules! differentiable {
    ($($name:ident: |$x:ident, $y:ident| $derivative:expr;)+) => {$(
        #[inline]
        fn $name(self) -> Self {
            let $x = self.value;
            let $y = $x.$name();
            self.chain($y, $derivative)
        }
    )+};
}

/// Questions about the value alone.
macro_rules! of_value {
    ($($name:ident -> $type:ty;)+) => {$(
        fn $name(self) -> $type {
            self.value.$name()
        }
    )+};
}

/// Constants of `f64`.
macro_rules! constants {
    ($($name:ident)+) => {$(
        fn $name() -> Self {
            Self::constant(<f64 as Float>::$name())
        }
    )+};
}

#[expect(clippy::disallowed_methods, reason = "an oracle of the kernels, so not from them")]
impl Float for Dual {
    constants! { nan infinity neg_infinity neg_zero min_value min_positive_value max_value epsilon }

    of_value! {
        is_nan -> bool;
        is_infinite -> bool;
        is_finite -> bool;
        is_normal -> bool;
        is_sign_positive -> bool;
        is_sign_negative -> bool;
        classify -> FpCategory;
    }

    differentiable! {
        floor: |_x, _y| 0.0;
        ceil: |_x, _y| 0.0;
        round: |_x, _y| 0.0;
        trunc: |_x, _y| 0.0;
        fract: |_x, _y| 1.0;
        signum: |_x, _y| 0.0;
        abs: |x, _y| x.signum();
        recip: |_x, y| -y * y;
        sqrt: |_x, y| 0.5 / y;
        cbrt: |_x, y| 1.0 / (3.0 * y * y);
        exp: |_x, y| y;
        exp2: |_x, y| y * std::f64::consts::LN_2;
        exp_m1: |x, _y| x.exp();
        ln: |x, _y| 1.0 / x;
        ln_1p: |x, _y| 1.0 / (1.0 + x);
        log2: |x, _y| 1.0 / (x * std::f64::consts::LN_2);
        log10: |x, _y| 1.0 / (x * std::f64::consts::LN_10);
        sin: |x, _y| x.cos();
        cos: |x, _y| -x.sin();
        tan: |_x, y| 1.0 + y * y;
        asin: |x, _y| 1.0 / (1.0 - x * x).sqrt();
        acos: |x, _y| -1.0 / (1.0 - x * x).sqrt();
        atan: |x, _y| 1.0 / (1.0 + x * x);
        sinh: |x, _y| x.cosh();
        cosh: |x, _y| x.sinh();
        tanh: |x, _y| x.cosh().powi(-2);
        asinh: |x, _y| 1.0 / (x * x + 1.0).sqrt();
        acosh: |x, _y| 1.0 / (x * x - 1.0).sqrt();
        atanh: |x, _y| 1.0 / (1.0 - x * x);
    }

    fn mul_add(self, a: Self, b: Self) -> Self {
        let slope = self.slope * a.value + self.value * a.slope + b.slope;
        Self { value: self.value.mul_add(a.value, b.value), slope }
    }

    fn powi(self, n: i32) -> Self {
        self.chain(self.value.powi(n), <f64 as From<i32>>::from(n) * self.value.powi(n - 1))
    }

    fn powf(self, n: Self) -> Self {
        let base = self.chain(self.value.powf(n.value), n.value * self.value.powf(n.value - 1.0));
        let exponent = n.chain(0.0, base.value * self.value.ln());
        Self { slope: base.slope + exponent.slope, ..base }
    }

    fn log(self, base: Self) -> Self {
        self.ln() / base.ln()
    }

    fn max(self, other: Self) -> Self {
        if other.value > self.value || self.value.is_nan() { other } else { self }
    }

    fn min(self, other: Self) -> Self {
        if other.value < self.value || self.value.is_nan() { other } else { self }
    }

    fn abs_sub(self, other: Self) -> Self {
        if self.value > other.value { self - other } else { Self::zero() }
    }

    fn hypot(self, other: Self) -> Self {
        let value = self.value.hypot(other.value);
        Self { value, slope: (self.value * self.slope + other.value * other.slope) / value }
    }

    fn atan2(self, other: Self) -> Self {
        let squares = self.value * self.value + other.value * other.value;
        let slope = (other.value * self.slope - self.value * other.slope) / squares;
        Self { value: self.value.atan2(other.value), slope }
    }

    fn sin_cos(self) -> (Self, Self) {
        (self.sin(), self.cos())
    }

    fn integer_decode(self) -> (u64, i16, i8) {
        Float::integer_decode(self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Central differences on the `f64` twin of each function, at points inside its domain.
    #[test]
    fn every_slope_agrees_with_finite_differences() {
        macro_rules! check {
            ($($name:ident at $($x:literal)+;)+) => {$($({
                let h = 1e-6;
                let numeric = (f64::$name($x + h) - f64::$name($x - h)) / (2.0 * h);
                let y = Dual::variable($x).$name();
                assert_eq!(y.value, f64::$name($x), concat!(stringify!($name), " value at {}"), $x);
                let error = (y.slope - numeric).abs() / numeric.abs().max(1.0);
                assert!(error < 1e-8, concat!(stringify!($name), " at {}: {} against {}"), $x, y.slope, numeric);
            })+)+};
        }
        check! {
            floor at 0.4 -1.6; ceil at 0.4 -1.6; round at 0.4 -1.7; trunc at 0.4 -1.6; fract at 0.4 -1.6;
            signum at 0.4 -1.6; abs at 0.4 -1.6; recip at 0.4 -1.6; sqrt at 0.4 3.0; cbrt at 0.4 -1.6;
            exp at 0.4 -1.6; exp2 at 0.4 -1.6; exp_m1 at 0.4 -1.6; ln at 0.4 3.0; ln_1p at 0.4 3.0;
            log2 at 0.4 3.0; log10 at 0.4 3.0; sin at 0.4 -1.6; cos at 0.4 -1.6; tan at 0.4 -1.2;
            asin at 0.4 -0.6; acos at 0.4 -0.6; atan at 0.4 -1.6; sinh at 0.4 -1.6; cosh at 0.4 -1.6;
            tanh at 0.4 -1.6; kernel_erf at 0.4 -1.6; kernel_normal_cdf at 0.4 -1.6; asinh at 0.4 -1.6; acosh at 1.4 3.0; atanh at 0.4 -0.6;
        }
    }

    #[test]
    fn functions_of_two_numbers_add_both_slopes() {
        type Binary<F> = fn(F, F) -> F;
        let cases: [(&str, Binary<f64>, Binary<Dual>); 12] = [
            ("add", |a, b| a + b, |a, b| a + b),
            ("sub", |a, b| a - b, |a, b| a - b),
            ("mul", |a, b| a * b, |a, b| a * b),
            ("div", |a, b| a / b, |a, b| a / b),
            ("rem", |a, b| a % b, |a, b| a % b),
            ("powf", f64::powf, Float::powf),
            ("log", f64::log, Float::log),
            ("max", f64::max, Float::max),
            ("min", f64::min, Float::min),
            ("hypot", f64::hypot, Float::hypot),
            ("atan2", f64::atan2, Float::atan2),
            ("mul_add", |a, b| a.mul_add(b, a), |a, b| a.mul_add(b, a)),
        ];
        let (a, b, h) = (2.3, 1.7, 1e-6);
        for (name, f, dual) in cases {
            let both = dual(Dual { value: a, slope: 0.5 }, Dual { value: b, slope: -2.0 });
            let numeric = (f(a + 0.5 * h, b - 2.0 * h) - f(a - 0.5 * h, b + 2.0 * h)) / (2.0 * h);
            assert_eq!(both.value, f(a, b), "{name}");
            assert!((both.slope - numeric).abs() < 1e-8, "{name}: {} against {numeric}", both.slope);
        }
    }
}
