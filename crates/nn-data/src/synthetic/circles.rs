//! A circle within a circle.

use std::f64::consts::TAU;

use nn_core::{Scalar, standard_normal, stream};

use super::{Points, check_count, check_size};
use crate::{Classification, DataError};

/// A circle within a circle, each a class of its own.
///
/// Sample i of the n of a circle lies at r (cos t, sin t) with t = 2π i / n, plus `noise` N(0, 1) in each coordinate. The
/// outer circle, class 0, has the radius r = 1, the inner one, class 1, the radius `factor`.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `samples_per_circle` | 100 | at least 1 |
/// | `factor` | 0.5 | from 0 to 1 |
/// | `noise` | 0.1 | finite, at least 0 |
///
/// # Example
/// ```
/// use nn_data::Circles;
///
/// let data = Circles { noise: 0.0, ..Circles::default() }.generate::<f64>(0)?;
/// for (x, &label) in data.x().rows().into_iter().zip(data.y()) {
///     assert_eq!(usize::from(x[0].hypot(x[1]) < 0.75), label);
/// }
/// # Ok::<(), nn_data::DataError>(())
/// ```
///
/// scikit-learn's `make_circles`, which shuffles the samples, has no noise by default, and a `factor` of 0.8.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Circles {
    /// Samples on each of the two circles.
    pub samples_per_circle: usize,
    /// Radius of the inner circle; the outer one has 1.
    pub factor: f64,
    /// Standard deviation of each coordinate.
    pub noise: f64,
}

impl Default for Circles {
    fn default() -> Self {
        Self { samples_per_circle: 100, factor: 0.5, noise: 0.1 }
    }
}

impl Circles {
    /// Draws the samples: the same for the same seed, and in `f32` those of `f64`, rounded.
    ///
    /// # Errors
    /// [`DataError::Parameter`] for a field outside its range, [`DataError::TooLarge`] for more samples than fit in
    /// memory, [`DataError::NotFinite`] when the noise is so large that a coordinate is.
    ///
    /// # Example
    /// ```
    /// use nn_data::Circles;
    ///
    /// let data = Circles::default().generate::<f32>(7)?;
    /// assert_eq!((data.samples(), data.features(), data.classes()), (200, 2, 2));
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn generate<T: Scalar>(&self, seed: u64) -> Result<Classification<T>, DataError> {
        check_count("samples per circle", self.samples_per_circle)?;
        if !(0.0..=1.0).contains(&self.factor) {
            return Err(DataError::parameter("factor", "a number from 0 to 1", self.factor));
        }
        check_size("noise", self.noise)?;
        let mut rng = stream(seed, "samples");
        let mut points = Points::with_room(2, 2, self.samples_per_circle)?;
        for (circle, radius) in [1.0, self.factor].into_iter().enumerate() {
            for i in 0..self.samples_per_circle {
                let (sin, cos) = libm::sincos(TAU * (i as f64 / self.samples_per_circle as f64));
                let noisy = [cos, sin].map(|x| {
                    let z = standard_normal(&mut rng);
                    radius * x + self.noise * z
                });
                points.push(noisy, circle);
            }
        }
        points.into_dataset(2)
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    #[test]
    fn without_noise_the_samples_lie_on_circles() {
        let circles = Circles { samples_per_circle: 6, factor: 0.25, noise: 0.0 };
        let data = circles.generate::<f64>(0).unwrap();
        for (row, x) in data.x().rows().into_iter().enumerate() {
            let (circle, angle) = (row / 6, (row % 6) as f64 * TAU / 6.0);
            assert_eq!(data.y()[row], circle);
            assert_abs_diff_eq!(x[0].hypot(x[1]), [1.0, 0.25][circle], epsilon = 1e-15);
            assert_abs_diff_eq!(x[1].atan2(x[0]).rem_euclid(TAU), angle, epsilon = 1e-14);
        }
    }

    #[test]
    fn noise_has_its_mean_and_standard_deviation() {
        let n = 5_000;
        let noise = |noise| Circles { samples_per_circle: n, noise, factor: 0.5 }.generate::<f64>(3).unwrap();
        let (still, noisy, count) = (noise(0.0), noise(0.3), 2.0 * n as f64);
        for (noisy, still) in noisy.x().columns().into_iter().zip(still.x().columns()) {
            let deviations = || noisy.iter().zip(&still).map(|(a, b)| a - b);
            let mean = deviations().sum::<f64>() / count;
            let std = (deviations().map(|d| d * d).sum::<f64>() / count).sqrt();
            assert_abs_diff_eq!(mean, 0.0, epsilon = 5.0 * 0.3 / count.sqrt());
            assert_abs_diff_eq!(std, 0.3, epsilon = 5.0 * 0.3 / (2.0 * count).sqrt());
        }
    }

    #[test]
    fn a_seed_gives_the_same_samples_for_ever() {
        let circles = Circles { samples_per_circle: 2, ..Circles::default() };
        let data = circles.generate::<f64>(42).unwrap();
        assert_eq!(data.x().as_slice().unwrap(), PINNED);
        assert_eq!(circles.generate::<f32>(42).unwrap().x(), data.x().mapv(f32::of));
        assert_ne!(circles.generate::<f64>(43).unwrap(), data);
    }

    const PINNED: [f64; 8] = [
        0.9073595121337378,
        0.022298342640853477,
        -1.152509468125423,
        0.04989450618071141,
        0.6297968044899688,
        0.0200241196092454,
        -0.3423240065018142,
        -0.0074578752748570495,
    ];

    #[test]
    fn fields_outside_their_range_are_refused() {
        let ok = Circles::default();
        for (circles, message) in [
            (Circles { samples_per_circle: 0, ..ok }, "samples per circle is 0; expected at least 1"),
            (Circles { factor: -0.1, ..ok }, "factor is -0.1; expected a number from 0 to 1"),
            (Circles { factor: 1.1, ..ok }, "factor is 1.1; expected a number from 0 to 1"),
            (Circles { factor: f64::NAN, ..ok }, "factor is NaN; expected a number from 0 to 1"),
            (Circles { noise: f64::INFINITY, ..ok }, "noise is inf; expected a finite number, at least 0"),
            (
                Circles { samples_per_circle: usize::MAX, ..ok },
                "the samples do not fit in memory; use a smaller number",
            ),
        ] {
            assert_eq!(circles.generate::<f64>(0).unwrap_err().to_string(), message);
        }
        let error = Circles { noise: 1e300, ..ok }.generate::<f32>(0).unwrap_err();
        assert!(matches!(error, DataError::NotFinite { what: "features", .. }), "{error}");
    }
}
