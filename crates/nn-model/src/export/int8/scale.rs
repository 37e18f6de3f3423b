//! What integers of 8 bits stand for.

use rand::RngExt;

/// A number x is the integer x / step + zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    pub(super) step: f64,
    pub(super) zero: i32,
}

/// So many values tell where to cut off.
const ENOUGH: usize = 1 << 15;

impl Scale {
    /// The one that loses least of f(x), in squares, on `values`: their whole range, or the inner part of it, 0 within.
    pub(super) fn of(values: &[f64], f: impl Fn(f64) -> f64) -> Self {
        let low = values.iter().copied().fold(0.0, f64::min);
        let high = values.iter().copied().fold(0.0, f64::max);
        let mut rng = nn_core::stream(0, "values to calibrate with");
        let sample: Vec<f64> = if values.len() <= ENOUGH {
            values.to_vec()
        } else {
            (0..ENOUGH).map(|_| values[rng.random_range(..values.len())]).collect()
        };
        let exact: Vec<f64> = sample.iter().map(|&x| f(x)).collect();
        let loss = |scale: &Self| -> f64 {
            let known: Vec<f64> = (-128..=127).map(|q| f(scale.real(q))).collect();
            let rounded = sample.iter().map(|&x| known[usize::from(scale.of_real(x).cast_unsigned() ^ 128)]);
            rounded.zip(&exact).map(|(a, b)| (a - b) * (a - b)).sum()
        };
        let parts = (1..=20).rev().map(|part| f64::from(part) / 20.0);
        let scales = parts.map(|part| Self::between(part * low, part * high));
        let losses = scales.map(|scale| (loss(&scale), scale));
        // The first of equals: the widest.
        losses.reduce(|best, next| if next.0 < best.0 { next } else { best }).expect("twenty").1
    }

    /// From `low`, at most 0, to `high`, at least 0, which is an integer itself.
    #[allow(clippy::cast_possible_truncation, reason = "clamped")]
    pub(super) fn between(low: f64, high: f64) -> Self {
        let step = (high - low) / 255.0;
        // Nothing but zeros, or so little that its reciprocal is infinite.
        let step = if step > f64::from(f32::MIN_POSITIVE) { step } else { 1.0 };
        Self { step, zero: (-128.0 - low / step).round().clamp(-128.0, 127.0) as i32 }
    }

    #[allow(clippy::cast_possible_truncation, reason = "clamped")]
    pub(super) fn of_real(&self, x: f64) -> i8 {
        ((x / self.step).round() + f64::from(self.zero)).clamp(-128.0, 127.0) as i8
    }

    pub(super) fn real(&self, q: i32) -> f64 {
        self.step * f64::from(q - self.zero)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_further_off_than_half_a_step() {
        let scale = Scale::between(-0.3, 2.0);
        for k in 0..=230 {
            let x = -0.3 + 0.01 * f64::from(k);
            let off = scale.real(scale.of_real(x).into()) - x;
            assert!(off.abs() <= 0.5001 * scale.step, "{x} {off}");
        }
        assert_eq!(scale.real(scale.of_real(0.0).into()), 0.0, "0 is exact");
        assert_eq!(Scale::of(&[0.0, 0.0], |x| x), Scale { step: 1.0, zero: -128 });
    }

    #[test]
    fn what_a_function_does_not_tell_apart_is_cut_off() {
        let values: Vec<f64> = (-1000..1000).map(|k| f64::from(k) / 20.0).collect();
        let (flat, linear) = (Scale::of(&values, f64::tanh), Scale::of(&values, |x| x));
        assert!(flat.step < 0.2 * linear.step, "{flat:?} {linear:?}");
    }
}
