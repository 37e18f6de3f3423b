//! Real factors in integers.

/// A real number as factor / 2^shift, whose factor has 31 bits: TensorFlow Lite's `MultiplyByQuantizedMultiplier`, with
/// its single rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Multiplier {
    pub(super) factor: i32,
    /// 1 to 62.
    pub(super) shift: u8,
}

/// What is beyond is beyond all that is wanted.
const LIMIT: i32 = 1 << 24;

impl Multiplier {
    /// The nearest to `value`, which is finite: 0 below 2^-31, and all that there is from 2^30 on.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in the range of the type")]
    pub(super) fn of(value: f64) -> Self {
        // |value| = m 2^power, and 1/2 <= m < 1.
        let power = (value.abs().to_bits() >> 52).cast_signed() as i32 - 1022;
        match 31 - power {
            63.. => Self { factor: 0, shift: 1 },
            ..1 => Self { factor: if value < 0.0 { -i32::MAX } else { i32::MAX }, shift: 1 },
            shift => {
                let factor = (value * 2.0_f64.powi(shift)).round();
                let largest = f64::from(i32::MAX);
                Self { factor: factor.clamp(-largest, largest) as i32, shift: shift as u8 }
            }
        }
    }

    /// sum factor / 2^shift, rounded to nearest, halves upwards.
    #[allow(clippy::cast_possible_truncation, reason = "clamped")]
    pub(super) fn times(self, sum: i32) -> i32 {
        let product = i64::from(sum) * i64::from(self.factor) + (1 << (self.shift - 1));
        (product >> self.shift).clamp(-i64::from(LIMIT), LIMIT.into()) as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_rounded_to_nearest() {
        for value in [0.5, 0.7431, 1.0, 1.0 / 3.0, 3e-7, 0.999_999_999_9, 12.25, -0.01, -0.25] {
            for sum in [0, 1, -1, 2, 7, -13, 1000, -54_321, 1_000_000, i32::MAX, i32::MIN] {
                let exact = (f64::from(sum) * value).clamp(-f64::from(LIMIT), LIMIT.into());
                let found = f64::from(Multiplier::of(value).times(sum));
                assert!(
                    (found - exact).abs() <= 0.5 + exact.abs() * 2.0_f64.powi(-30),
                    "{value} {sum}: {found}"
                );
            }
        }
        assert_eq!(Multiplier::of(0.5).times(3), 2, "halves upwards");
        assert_eq!(Multiplier::of(0.5).times(-3), -1, "halves upwards");
        assert_eq!(Multiplier::of(1e-12).times(i32::MAX), 0);
        assert_eq!(Multiplier::of(1e12).times(-1), -LIMIT);
        assert_eq!(Multiplier::of(0.0), Multiplier::of(f64::MIN_POSITIVE));
    }
}
