//! Two half circles that reach into each other.

use std::f64::consts::PI;

use nn_core::{Scalar, standard_normal, stream};

use super::{Points, check_count, check_size};
use crate::{Classification, DataError};

/// Two half circles that reach into each other, each a class of its own.
///
/// Sample i of the n of a moon has t = π i / (n - 1), and lies at
///
/// (cos t, sin t) for the upper moon, class 0, and (1 - cos t, ½ - sin t) for the lower one, class 1, plus
/// `noise` N(0, 1) in each coordinate. For n = 1, t = 0.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `samples_per_moon` | 100 | at least 1 |
/// | `noise` | 0.1 | finite, at least 0 |
///
/// # Example
/// ```
/// use nn_data::Moons;
///
/// let data = Moons { samples_per_moon: 2, noise: 0.0 }.generate::<f64>(0)?;
/// let tips = ndarray::array![[1.0, 0.0], [-1.0, 0.0], [0.0, 0.5], [2.0, 0.5]];
/// assert!((&data.x() - &tips).iter().all(|error| error.abs() < 1e-15));
/// assert_eq!(data.y(), [0, 0, 1, 1]);
/// # Ok::<(), nn_data::DataError>(())
/// ```
///
/// scikit-learn's `make_moons`, which shuffles the samples and has no noise by default.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Moons {
    /// Samples on each of the two moons.
    pub samples_per_moon: usize,
    /// Standard deviation of each coordinate; the moons have the radius 1.
    pub noise: f64,
}

impl Default for Moons {
    fn default() -> Self {
        Self { samples_per_moon: 100, noise: 0.1 }
    }
}

impl Moons {
    /// Draws the samples: the same for the same seed, and in `f32` those of `f64`, rounded.
    ///
    /// # Errors
    /// [`DataError::Parameter`] for a field outside its range, [`DataError::TooLarge`] for more samples than fit in
    /// memory, [`DataError::NotFinite`] when the noise is so large that a coordinate is.
    ///
    /// # Example
    /// ```
    /// use nn_data::Moons;
    ///
    /// let data = Moons::default().generate::<f32>(7)?;
    /// assert_eq!((data.samples(), data.features(), data.classes()), (200, 2, 2));
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn generate<T: Scalar>(&self, seed: u64) -> Result<Classification<T>, DataError> {
        check_count("samples per moon", self.samples_per_moon)?;
        check_size("noise", self.noise)?;
        let mut rng = stream(seed, "samples");
        let mut points = Points::with_room(2, 2, self.samples_per_moon)?;
        // With a single sample 0 / 1, not 0 / 0.
        let last = self.samples_per_moon.saturating_sub(1).max(1) as f64;
        for moon in 0..2 {
            for i in 0..self.samples_per_moon {
                let (sin, cos) = libm::sincos(PI * (i as f64 / last));
                let place = if moon == 0 { [cos, sin] } else { [1.0 - cos, 0.5 - sin] };
                let noisy = place.map(|x| {
                    let z = standard_normal(&mut rng);
                    x + self.noise * z
                });
                points.push(noisy, moon);
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
    fn without_noise_the_samples_lie_on_half_circles() {
        let data = Moons { samples_per_moon: 9, noise: 0.0 }.generate::<f64>(0).unwrap();
        for (row, x) in data.x().rows().into_iter().enumerate() {
            let (moon, angle) = (row / 9, (row % 9) as f64 * PI / 8.0);
            assert_eq!(data.y()[row], moon);
            // Around (0, 0) above, around (1, 1/2) below.
            let (right, up) = if moon == 0 { (x[0], x[1]) } else { (1.0 - x[0], 0.5 - x[1]) };
            assert_abs_diff_eq!(right.hypot(up), 1.0, epsilon = 1e-15);
            assert_abs_diff_eq!(up.atan2(right).abs(), angle, epsilon = 1e-15);
        }
    }

    #[test]
    fn noise_has_its_mean_and_standard_deviation() {
        let n = 5_000;
        let still = Moons { samples_per_moon: n, noise: 0.0 }.generate::<f64>(3).unwrap();
        let noisy = Moons { samples_per_moon: n, noise: 0.3 }.generate::<f64>(3).unwrap();
        for (noisy, still) in noisy.x().columns().into_iter().zip(still.x().columns()) {
            let count = 2.0 * n as f64;
            let deviations = || noisy.iter().zip(&still).map(|(a, b)| a - b);
            let mean = deviations().sum::<f64>() / count;
            let std = (deviations().map(|d| d * d).sum::<f64>() / count).sqrt();
            assert_abs_diff_eq!(mean, 0.0, epsilon = 5.0 * 0.3 / count.sqrt());
            assert_abs_diff_eq!(std, 0.3, epsilon = 5.0 * 0.3 / (2.0 * count).sqrt());
        }
    }

    #[test]
    fn a_single_sample_lies_at_the_tip() {
        let data = Moons { samples_per_moon: 1, noise: 0.0 }.generate::<f64>(0).unwrap();
        assert_eq!(data.x(), ndarray::array![[1.0, 0.0], [0.0, 0.5]]);
    }

    #[test]
    fn a_seed_gives_the_same_samples_for_ever() {
        let moons = Moons { samples_per_moon: 2, noise: 0.1 };
        let data = moons.generate::<f64>(42).unwrap();
        assert_eq!(data.x().as_slice().unwrap(), PINNED);
        assert_eq!(moons.generate::<f32>(42).unwrap().x(), data.x().mapv(f32::of));
        assert_ne!(moons.generate::<f64>(43).unwrap(), data);
    }

    const PINNED: [f64; 8] = [
        0.9073595121337378,
        0.022298342640853477,
        -1.152509468125423,
        0.04989450618071141,
        0.12979680448996878,
        0.5200241196092454,
        2.1576759934981857,
        0.4925421247251428,
    ];

    #[test]
    fn fields_outside_their_range_are_refused() {
        let ok = Moons::default();
        for (moons, message) in [
            (Moons { samples_per_moon: 0, ..ok }, "samples per moon is 0; expected at least 1"),
            (Moons { noise: -0.1, ..ok }, "noise is -0.1; expected a finite number, at least 0"),
            (Moons { noise: f64::NAN, ..ok }, "noise is NaN; expected a finite number, at least 0"),
            (
                Moons { samples_per_moon: usize::MAX, ..ok },
                "the samples do not fit in memory; use a smaller number",
            ),
        ] {
            assert_eq!(moons.generate::<f64>(0).unwrap_err().to_string(), message);
        }
        let error = Moons { noise: 1e300, ..ok }.generate::<f32>(0).unwrap_err();
        assert!(matches!(error, DataError::NotFinite { what: "features", .. }), "{error}");
    }
}
