//! Gradients that are too large are made smaller.

use nn_core::{Error, Scalar};

use crate::check::check_positive;

/// The limits of a gradient, if any.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(crate) struct Clip {
    /// Of every derivative.
    pub(crate) value: Option<f64>,
    /// Of the Euclidean norm over all parameters.
    pub(crate) norm: Option<f64>,
}

impl Clip {
    pub(crate) fn check<T: Scalar>(&self) -> Result<(), Error> {
        self.value.map_or(Ok(()), |value| check_positive::<T>("clip value", value))?;
        self.norm.map_or(Ok(()), |norm| check_positive::<T>("clip norm", norm))
    }

    pub(crate) fn apply<T: Scalar>(&self, gradient: &mut [T]) {
        if let Some(largest) = self.value {
            limit_values(T::of(largest), gradient);
        }
        if let Some(largest) = self.norm {
            limit_norm(T::of(largest), gradient);
        }
    }
}

#[inline(always)]
fn limit_values<T: Scalar>(largest: T, values: &mut [T]) {
    for value in values {
        // Not by min and max, which lose a NaN.
        *value = if *value > largest {
            largest
        } else if *value < -largest {
            -largest
        } else {
            *value
        };
    }
}

/// Scales values down to the norm `largest` if theirs is larger. Values that are not all finite stay as they are.
pub(crate) fn limit_norm<T: Scalar>(largest: T, values: &mut [T]) {
    let unit = values.iter().fold(T::zero(), |unit, value| unit.max(value.abs()));
    // In this unit no square overflows, and not all underflow.
    let squares = values.iter().fold(T::zero(), |sum, &value| sum + (value / unit) * (value / unit));
    let factor = largest / unit / squares.sqrt();
    if factor < T::one() {
        for value in values {
            *value *= factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clipped<T: Scalar, const N: usize>(
        value: Option<f64>,
        norm: Option<f64>,
        mut gradient: [T; N],
    ) -> [T; N] {
        Clip { value, norm }.apply(&mut gradient);
        gradient
    }

    #[test]
    fn values_and_norms() {
        assert_eq!(clipped(Some(1.5), None, [-2.0, 1.0, 4.0]), [-1.5, 1.0, 1.5]);
        assert_eq!(clipped(None, Some(2.5), [-3.0, 4.0, 0.0]), [-1.5, 2.0, 0.0]);
        assert_eq!(clipped(None, Some(5.0), [-3.0, 4.0, 0.0]), [-3.0, 4.0, 0.0], "just as large");
        assert_eq!(clipped(Some(3.0), Some(3.0), [9.0, 0.0]), [3.0, 0.0], "the values first");
        assert_eq!(clipped(None, None, [9.0, 0.0]), [9.0, 0.0]);
        assert_eq!(clipped(None, Some(1.0), [0.0, 0.0]), [0.0, 0.0]);
    }

    #[test]
    fn a_norm_may_overflow_or_underflow() {
        assert_eq!(clipped(None, Some(5.0), [3e30_f32, 4e30]), [3.0, 4.0]);
        let huge = clipped(None, Some(1.0), [f64::MAX, f64::MAX]);
        assert!((huge[0] - 0.5_f64.sqrt()).abs() < 1e-15, "{huge:?}");
        let tiny = clipped(None, Some(5e-200), [3e-190_f64, 4e-190]);
        assert!((tiny[1] / 4e-200 - 1.0).abs() < 1e-15, "{tiny:?}");
    }

    /// They end the run: clipping must not hide them.
    #[test]
    fn what_is_not_finite_stays() {
        assert!(clipped(Some(1.0), Some(1.0), [f64::NAN, 9.0])[0].is_nan());
        assert_eq!(clipped(None, Some(1.0), [f64::INFINITY, 9.0]), [f64::INFINITY, 9.0]);
    }
}
