//! The exclusive or, with noise.

use nn_core::{Scalar, standard_normal, stream};
use rand::Rng;
use rand::distr::{Distribution, StandardUniform};

use super::{Points, check_count, check_size};
use crate::{Classification, DataError};

/// Points near the corners of the unit square, of class x0 XOR x1: the smallest problem that needs a hidden layer.
///
/// The samples are grouped by corner, in the order (0, 0), (0, 1), (1, 0), (1, 1) with the labels 0, 1, 1, 0.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `samples_per_corner` | 100 | at least 1 |
/// | `noise` | [`XorNoise::Inward`], `max` = 0.4 | see [`XorNoise`] |
///
/// # Example
/// ```
/// use nn_data::{NoisyXor, XorNoise};
///
/// let exact = NoisyXor { samples_per_corner: 1, noise: XorNoise::Inward { max: 0.0 } };
/// let data = exact.generate::<f64>(0)?;
/// assert_eq!(data.x(), ndarray::array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
/// assert_eq!(data.y(), [0, 1, 1, 0]);
/// # Ok::<(), nn_data::DataError>(())
/// ```
///
/// The defaults are those of David Palma's `neural-network-from-scratch` (MIT).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct NoisyXor {
    /// Samples around each of the four corners.
    pub samples_per_corner: usize,
    /// How samples deviate from their corner.
    pub noise: XorNoise,
}

/// How the samples of [`NoisyXor`] and [`NoisyParity`](crate::NoisyParity) deviate from their corner; the coordinates deviate
/// independently.
///
/// | Name | Coordinate near 0 | Coordinate near 1 | Range |
/// |---|---|---|---|
/// | `Inward` | u, uniform in [0, `max`) | 1 - u | `max` from 0 to 1; 0.4 by default |
/// | `Normal` | z, N(0, `std`²) | 1 + z | `std` finite, at least 0 |
///
/// # Example
/// ```
/// use nn_data::{NoisyXor, XorNoise};
///
/// let data = NoisyXor { noise: XorNoise::Normal { std: 0.1 }, ..NoisyXor::default() }.generate::<f32>(0)?;
/// assert!(data.x().iter().any(|&x| x < 0.0), "normal noise leaves the unit square");
/// # Ok::<(), nn_data::DataError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum XorNoise {
    /// Uniform, towards the middle of the square.
    Inward {
        /// Length of the interval, in sides of the square.
        max: f64,
    },
    /// Normal, in all directions.
    Normal {
        /// Standard deviation, in sides of the square.
        std: f64,
    },
}

impl Default for NoisyXor {
    fn default() -> Self {
        Self { samples_per_corner: 100, noise: XorNoise::default() }
    }
}

impl Default for XorNoise {
    fn default() -> Self {
        Self::Inward { max: 0.4 }
    }
}

impl NoisyXor {
    /// Draws the samples: the same for the same seed, and in `f32` those of `f64`, rounded.
    ///
    /// # Errors
    /// [`DataError::Parameter`] for a field outside its range, [`DataError::TooLarge`] for more samples than fit in
    /// memory.
    ///
    /// # Example
    /// ```
    /// use nn_data::NoisyXor;
    ///
    /// let data = NoisyXor::default().generate::<f64>(7)?;
    /// assert_eq!((data.samples(), data.features(), data.classes()), (400, 2, 2));
    /// for (x, &label) in data.x().rows().into_iter().zip(data.y()) {
    ///     assert_eq!(usize::from((x[0] > 0.5) ^ (x[1] > 0.5)), label);
    /// }
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn generate<T: Scalar>(&self, seed: u64) -> Result<Classification<T>, DataError> {
        check_count("samples per corner", self.samples_per_corner)?;
        self.noise.check()?;
        let mut rng = stream(seed, "samples");
        let mut points = Points::with_room(2, 4, self.samples_per_corner)?;
        for (corner, label) in
            [([false, false], 0), ([false, true], 1), ([true, false], 1), ([true, true], 0)]
        {
            for _ in 0..self.samples_per_corner {
                points.push(corner.map(|side| self.noise.coordinate(side, &mut rng)), label);
            }
        }
        points.into_dataset(2)
    }
}

impl XorNoise {
    pub(super) fn check(self) -> Result<(), DataError> {
        match self {
            Self::Inward { max } if (0.0..=1.0).contains(&max) => Ok(()),
            Self::Inward { max } => {
                Err(DataError::parameter("largest inward noise", "a number from 0 to 1", max))
            }
            Self::Normal { std } => check_size("standard deviation of the noise", std),
        }
    }

    /// A coordinate near 0, or near 1 when `side` is set.
    pub(super) fn coordinate(self, side: bool, rng: &mut impl Rng) -> f64 {
        match self {
            Self::Inward { max } => {
                let unit: f64 = StandardUniform.sample(rng);
                if side { 1.0 - max * unit } else { max * unit }
            }
            Self::Normal { std } => {
                let unit = standard_normal(rng);
                f64::from(u8::from(side)) + std * unit
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use serde::Deserialize;
    use serde::de::{Error as _, IntoDeserializer, value};

    use super::*;

    const CORNERS: [[f64; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];

    #[test]
    fn inward_noise_fills_a_square_at_each_corner() {
        let n = 5_000;
        let data = NoisyXor { samples_per_corner: n, ..NoisyXor::default() }.generate::<f64>(3).unwrap();
        for (row, x) in data.x().rows().into_iter().enumerate() {
            assert_eq!(data.y()[row], [0, 1, 1, 0][row / n]);
            for (x, corner) in x.iter().zip(CORNERS[row / n]) {
                assert!((x - corner).abs() <= 0.4 && (0.0..=1.0).contains(x), "{x} near {corner}");
            }
        }
        // Mean of U(0, 0.4) within five standard errors, at (0, 0) and mirrored at (1, 1).
        let error = 5.0 * 0.4 / (12.0 * n as f64).sqrt();
        for column in data.x().columns() {
            let mean = |corner: usize| column.iter().skip(corner * n).take(n).sum::<f64>() / n as f64;
            assert_abs_diff_eq!(mean(0), 0.2, epsilon = error);
            assert_abs_diff_eq!(mean(3), 0.8, epsilon = error);
        }
        // The two coordinates deviate independently.
        let corner = data.x().into_iter().take(2 * n).copied().collect::<Vec<_>>();
        let covariance = corner.chunks(2).map(|x| (x[0] - 0.2) * (x[1] - 0.2)).sum::<f64>() / n as f64;
        assert_abs_diff_eq!(covariance, 0.0, epsilon = 5.0 * (0.16 / 12.0) / (n as f64).sqrt());
    }

    #[test]
    fn normal_noise_has_its_mean_and_standard_deviation() {
        let n = 5_000;
        let noise = XorNoise::Normal { std: 0.3 };
        let data = NoisyXor { samples_per_corner: n, noise }.generate::<f64>(3).unwrap();
        for (j, column) in data.x().columns().into_iter().enumerate() {
            for (k, corner) in CORNERS.iter().enumerate() {
                let deviations = column.iter().skip(k * n).take(n).map(|x| x - corner[j]);
                let mean = deviations.clone().sum::<f64>() / n as f64;
                let std = (deviations.map(|d| d * d).sum::<f64>() / n as f64).sqrt();
                assert_abs_diff_eq!(mean, 0.0, epsilon = 5.0 * 0.3 / (n as f64).sqrt());
                assert_abs_diff_eq!(std, 0.3, epsilon = 5.0 * 0.3 / (2.0 * n as f64).sqrt());
            }
        }
    }

    #[test]
    fn a_seed_gives_the_same_samples_for_ever() {
        let inward = NoisyXor { samples_per_corner: 1, ..NoisyXor::default() };
        let data = inward.generate::<f64>(42).unwrap();
        assert_eq!(data.x().as_slice().unwrap(), PINNED_INWARD);
        let single = inward.generate::<f32>(42).unwrap();
        assert_eq!(single.x().as_slice().unwrap(), PINNED_INWARD_F32);
        assert_eq!(single.x(), data.x().mapv(f32::of));
        assert_ne!(inward.generate::<f64>(43).unwrap(), data);

        let normal = NoisyXor { samples_per_corner: 1, noise: XorNoise::Normal { std: 0.1 } };
        assert_eq!(normal.generate::<f64>(42).unwrap().x().as_slice().unwrap(), PINNED_NORMAL);
        assert_eq!(normal.generate::<f32>(42).unwrap().x().as_slice().unwrap(), PINNED_NORMAL_F32);
    }

    const PINNED_INWARD: [f64; 8] = [
        0.02364197571146458,
        0.28121013755191093,
        0.021614842226900157,
        0.6013568879624624,
        0.8963338087365209,
        0.33991488149416116,
        0.6338659878803868,
        0.7456889967740936,
    ];
    const PINNED_INWARD_F32: [f32; 8] =
        [0.023641976, 0.28121012, 0.021614842, 0.60135686, 0.8963338, 0.3399149, 0.633866, 0.745689];
    const PINNED_NORMAL: [f64; 8] = [
        -0.0926404878662622,
        0.022298342640853477,
        -0.15250946812542313,
        1.0498945061807112,
        1.1297968044899687,
        0.0200241196092454,
        1.1576759934981857,
        0.9925421247251429,
    ];
    const PINNED_NORMAL_F32: [f32; 8] =
        [-0.09264049, 0.022298343, -0.15250947, 1.0498945, 1.1297969, 0.020024119, 1.157676, 0.99254215];

    #[test]
    fn fields_outside_their_range_are_refused() {
        for (samples_per_corner, noise, message) in [
            (0, XorNoise::default(), "samples per corner is 0; expected at least 1"),
            (1, XorNoise::Inward { max: 1.1 }, "largest inward noise is 1.1; expected a number from 0 to 1"),
            (
                1,
                XorNoise::Inward { max: -0.1 },
                "largest inward noise is -0.1; expected a number from 0 to 1",
            ),
            (
                1,
                XorNoise::Inward { max: f64::NAN },
                "largest inward noise is NaN; expected a number from 0 to 1",
            ),
            (
                1,
                XorNoise::Normal { std: -1.0 },
                "standard deviation of the noise is -1; expected a finite number, at least 0",
            ),
            (
                1,
                XorNoise::Normal { std: f64::INFINITY },
                "standard deviation of the noise is inf; expected a finite number, at least 0",
            ),
            (usize::MAX, XorNoise::default(), "the samples do not fit in memory; use a smaller number"),
            (usize::MAX / 8, XorNoise::default(), "the samples do not fit in memory; use a smaller number"),
        ] {
            let error = NoisyXor { samples_per_corner, noise }.generate::<f64>(0).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn noise_that_overflows_is_an_error() {
        let noise = XorNoise::Normal { std: 1e300 };
        let error = NoisyXor { noise, ..NoisyXor::default() }.generate::<f32>(0).unwrap_err();
        assert!(matches!(error, DataError::NotFinite { what: "features", .. }), "{error}");
    }

    #[test]
    fn a_configuration_names_the_fields_and_leaves_out_defaults() {
        let read = |name: &'static str| -> Result<NoisyXor, value::Error> {
            NoisyXor::deserialize(value::MapDeserializer::new(
                [(name, 7_usize)].into_iter().map(|(k, v)| (k.into_deserializer(), v)),
            ))
        };
        assert_eq!(
            read("samples_per_corner"),
            Ok(NoisyXor { samples_per_corner: 7, noise: XorNoise::Inward { max: 0.4 } })
        );
        assert_eq!(
            read("samples"),
            Err(value::Error::unknown_field("samples", &["samples_per_corner", "noise"]))
        );
    }
}
