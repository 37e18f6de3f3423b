//! Loops over slices of one value a parameter, for the optimizers that look at the whole of them.

use nn_core::{Scalar, simd};

/// Partial sums of a scalar product: a vector register or two of them, and always as many.
const LANES: usize = 16;

/// a · b, added up in `f64`.
pub(super) fn dot<T: Scalar>(a: &[T], b: &[T]) -> f64 {
    simd::run(|| {
        let mut sums = [0.0; LANES];
        for (a, b) in a.chunks(LANES).zip(b.chunks(LANES)) {
            for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
                *sum += a.as_f64() * b.as_f64();
            }
        }
        sums.iter().sum()
    })
}

/// to ← x + factor d.
pub(super) fn moved<T: Scalar>(x: &[T], factor: T, d: &[T], to: &mut [T]) {
    simd::run(|| {
        for ((to, &x), &d) in to.iter_mut().zip(x).zip(d) {
            *to = x + factor * d;
        }
    });
}

/// to ← to + factor d.
pub(super) fn add<T: Scalar>(to: &mut [T], factor: T, d: &[T]) {
    simd::run(|| {
        for (to, &d) in to.iter_mut().zip(d) {
            *to += factor * d;
        }
    });
}

/// x ← factor x.
pub(super) fn scale<T: Scalar>(factor: T, x: &mut [T]) {
    simd::run(|| x.iter_mut().for_each(|x| *x *= factor));
}

/// b ← a - b.
pub(super) fn difference<T: Scalar>(a: &[T], b: &mut [T]) {
    simd::run(|| {
        for (b, &a) in b.iter_mut().zip(a) {
            *b = a - *b;
        }
    });
}

/// The largest |x|; NaN if any is.
pub(super) fn largest<T: Scalar>(xs: &[T]) -> f64 {
    xs.iter().fold(0.0, |largest: f64, x| {
        let x = x.as_f64().abs();
        if x > largest || x.is_nan() { x } else { largest }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_counts_once() {
        for len in [0_u16, 1, 15, 16, 17, 39] {
            let a: Vec<f32> = (1..=len).map(f32::from).collect();
            assert_eq!(dot(&a, &a), a.iter().map(|&x| f64::from(x * x)).sum::<f64>());
        }
    }

    #[test]
    fn the_largest_is_nan_if_any_is() {
        assert_eq!(largest(&[1.0, -3.0, 2.0]), 3.0);
        assert!(largest(&[f64::NAN, 3.0]).is_nan() && largest(&[3.0, f64::NAN, 1.0]).is_nan());
        assert_eq!(largest::<f64>(&[]), 0.0);
    }
}
