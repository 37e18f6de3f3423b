use nn_core::Scalar;

use super::state::flush;

/// A moving average that keeps the share β of itself at each step, of gradients or of their squares.
#[derive(Clone, Copy)]
pub(super) struct Average<T> {
    beta: T,
    /// 1 - β, rounded once.
    rest: T,
}

impl<T: Scalar> Average<T> {
    pub(super) fn new(beta: f64) -> Self {
        Self { beta: T::of(beta), rest: T::of(1.0 - beta) }
    }

    /// β m + (1 - β) g.
    #[inline(always)]
    pub(super) fn mix(&self, m: T, g: T) -> T {
        self.beta * m + self.rest * g
    }

    /// The average m after a gradient.
    #[inline(always)]
    pub(super) fn of(&self, m: T, g: T) -> T {
        flush(self.mix(m, g))
    }

    /// The average v of squares after a gradient.
    #[inline(always)]
    pub(super) fn of_squares(&self, v: T, g: T) -> T {
        flush(self.beta * v + weighted_square(self.rest, g))
    }
}

/// w x², or 0 where that would be no normal number for a weight of 1/1000 or more.
#[inline(always)]
fn weighted_square<T: Scalar>(weight: T, x: T) -> T {
    let limit = T::min_positive_value().sqrt() * T::of(32.0);
    let x = if x.abs() < limit { T::zero() } else { x };
    weight * x * x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_keep_their_share() {
        let average = Average::new(0.75);
        assert_eq!(
            [average.mix(4.0, 8.0), average.of(4.0, 8.0), average.of_squares(4.0, 8.0)],
            [5.0, 5.0, 19.0]
        );
    }

    #[test]
    fn tiny_averages_are_0() {
        let average = Average::new(0.5);
        assert_eq!([average.of(1e-38_f32, 0.0), average.of_squares(0.0, 1e-20)], [0.0, 0.0]);
        assert_eq!(average.of_squares(0.0_f32, -3.0), 4.5);
        assert!(weighted_square(1e-3, 4e-18_f32).is_normal() && weighted_square(0.5, f32::NAN).is_nan());
    }
}
