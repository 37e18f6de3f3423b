//! Elementary functions that give the same bits on every platform.

use std::f64::consts::FRAC_PI_2;

/// base^n, with the same bits on every platform.
pub(crate) fn power(base: f64, n: u64) -> f64 {
    let (mut result, mut square, mut n) = (1.0, base, n);
    while n > 0 {
        if n % 2 == 1 {
            result *= square;
        }
        square *= square;
        n /= 2;
    }
    result
}

/// (1 + cos π x) / 2, which falls from 1 at 0 to 0 at 1, for x of at least 0.
pub(crate) fn cosine_fall(x: f64) -> f64 {
    // It is sin²(π d / 2), d the distance to 1, which keeps its digits near 0.
    let d = (x % 2.0 - 1.0).abs();
    let s = sin(FRAC_PI_2 * d.min(1.0 - d));
    if d > 0.5 { 1.0 - s * s } else { s * s }
}

/// sin x from 0 to π/4, by its Taylor series to x¹⁷ / 17!.
fn sin(x: f64) -> f64 {
    x * (1..9).rev().map(f64::from).fold(1.0, |sum, k| 1.0 - x * x / (2.0 * k * (2.0 * k + 1.0)) * sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_is_a_product() {
        assert_eq!((power(3.0, 0), power(3.0, 5), power(-0.5, 3)), (1.0, 243.0, -0.125));
        assert!((power(0.999, 1000) / 0.999_f64.powf(1000.0) - 1.0).abs() < 1e-13);
        assert_eq!(power(0.9, u64::MAX), 0.0);
    }

    #[test]
    fn a_cosine_falls_and_rises() {
        assert_eq!((cosine_fall(0.0), cosine_fall(1.0), cosine_fall(2.0)), (1.0, 0.0, 1.0));
        for n in 0..1000 {
            let x = f64::from(n) / 300.0;
            let expected = 0.5 + 0.5 * (std::f64::consts::PI * x).cos();
            assert!((cosine_fall(x) - expected).abs() < 1e-15, "{x}");
        }
    }
}
