//! Clouds around centers.

use nn_core::{Scalar, standard_normal, stream};
use rand::distr::{Distribution, StandardUniform};

use super::{Points, check_count, check_size, too_large};
use crate::{Classification, DataError};

/// Clouds of points around random centers, each a class of its own.
///
/// The centers are uniform in the cube [-`box_size`, `box_size`)^`features`; a sample lies `std` N(0, 1) from its center in
/// each coordinate. The samples are grouped by center.
///
/// The centers have a seed of their own: samples of other seeds, for testing, lie around the same centers.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `blobs` | 3 | at least 1 |
/// | `samples_per_blob` | 100 | at least 1 |
/// | `features` | 2 | at least 1 |
/// | `std` | 1 | finite, at least 0 |
/// | `box_size` | 10 | finite, at least 0 |
/// | `center_seed` | 0 | any |
///
/// # Example
/// ```
/// use nn_data::Blobs;
///
/// let blobs = Blobs { blobs: 4, features: 3, ..Blobs::default() };
/// let (train, test) = (blobs.generate::<f64>(1)?, blobs.generate::<f64>(2)?);
/// assert_eq!((train.samples(), train.features(), train.classes()), (400, 3, 4));
/// assert_ne!(train.x(), test.x());
///
/// let centers = Blobs { samples_per_blob: 1, std: 0.0, ..blobs };
/// assert_eq!(centers.generate::<f64>(1)?, centers.generate::<f64>(2)?);
/// # Ok::<(), nn_data::DataError>(())
/// ```
///
/// scikit-learn's `make_blobs`, which shuffles the samples and draws the centers from the same seed.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Blobs {
    /// Number of clouds and of classes.
    pub blobs: usize,
    /// Samples in each cloud.
    pub samples_per_blob: usize,
    /// Number of coordinates.
    pub features: usize,
    /// Standard deviation of each coordinate.
    pub std: f64,
    /// Half the side of the cube that the centers lie in.
    pub box_size: f64,
    /// What the centers are drawn from.
    pub center_seed: u64,
}

impl Default for Blobs {
    fn default() -> Self {
        Self { blobs: 3, samples_per_blob: 100, features: 2, std: 1.0, box_size: 10.0, center_seed: 0 }
    }
}

impl Blobs {
    /// Draws the samples: the same for the same seed, and in `f32` those of `f64`, rounded.
    ///
    /// # Errors
    /// [`DataError::Parameter`] for a field outside its range, [`DataError::TooLarge`] for more samples than fit in
    /// memory, [`DataError::NotFinite`] when the fields are so large that a coordinate is.
    ///
    /// # Example
    /// ```
    /// use nn_data::Blobs;
    ///
    /// assert_eq!(Blobs::default().generate::<f32>(7)?.class_counts(), [100, 100, 100]);
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn generate<T: Scalar>(&self, seed: u64) -> Result<Classification<T>, DataError> {
        check_count("blobs", self.blobs)?;
        check_count("samples per blob", self.samples_per_blob)?;
        check_count("features", self.features)?;
        check_size("std", self.std)?;
        check_size("box size", self.box_size)?;
        let mut points = Points::with_room(self.features, self.blobs, self.samples_per_blob)?;
        let mut center = Vec::new();
        center.try_reserve_exact(self.features).map_err(|_| too_large())?;
        let (mut centers, mut samples) = (stream(self.center_seed, "centers"), stream(seed, "samples"));
        for blob in 0..self.blobs {
            center.clear();
            center.extend((0..self.features).map(|_| {
                let unit: f64 = StandardUniform.sample(&mut centers);
                self.box_size * (2.0 * unit - 1.0)
            }));
            for _ in 0..self.samples_per_blob {
                let point = center.iter().map(|c| {
                    let z = standard_normal(&mut samples);
                    c + self.std * z
                });
                points.push(point, blob);
            }
        }
        points.into_dataset(self.blobs)
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    #[test]
    fn clouds_have_their_centers_and_standard_deviation() {
        let n = 5_000;
        let blobs = Blobs { samples_per_blob: n, features: 3, std: 0.5, ..Blobs::default() };
        let data = blobs.generate::<f64>(3).unwrap();
        let centers = Blobs { samples_per_blob: 1, std: 0.0, ..blobs }.generate::<f64>(0).unwrap();
        for (j, column) in data.x().columns().into_iter().enumerate() {
            for blob in 0..3 {
                let deviations = || column.iter().skip(blob * n).take(n).map(|x| x - centers.x()[[blob, j]]);
                let mean = deviations().sum::<f64>() / n as f64;
                let std = (deviations().map(|d| d * d).sum::<f64>() / n as f64).sqrt();
                assert_abs_diff_eq!(mean, 0.0, epsilon = 5.0 * 0.5 / (n as f64).sqrt());
                assert_abs_diff_eq!(std, 0.5, epsilon = 5.0 * 0.5 / (2.0 * n as f64).sqrt());
                assert!(data.y()[blob * n..][..n].iter().all(|&label| label == blob));
            }
        }
    }

    #[test]
    fn centers_fill_the_box() {
        let n = 5_000;
        let centers = Blobs { blobs: n, samples_per_blob: 1, std: 0.0, box_size: 2.0, ..Blobs::default() };
        let data = centers.generate::<f64>(0).unwrap();
        for column in data.x().columns() {
            assert!(column.iter().all(|x| (-2.0..2.0).contains(x)));
            // The mean of U(-2, 2) is 0, its variance 16 / 12.
            let mean = column.sum() / n as f64;
            assert_abs_diff_eq!(mean, 0.0, epsilon = 5.0 * (16.0 / 12.0 / n as f64).sqrt());
        }
        assert_ne!(Blobs { center_seed: 1, ..centers }.generate::<f64>(0).unwrap(), data);
    }

    #[test]
    fn a_seed_gives_the_same_samples_for_ever() {
        let blobs = Blobs { blobs: 2, samples_per_blob: 2, ..Blobs::default() };
        let data = blobs.generate::<f64>(42).unwrap();
        assert_eq!(data.x().as_slice().unwrap(), PINNED);
        assert_eq!(blobs.generate::<f32>(42).unwrap().x(), data.x().mapv(f32::of));
        assert_ne!(blobs.generate::<f64>(43).unwrap(), data);
    }

    const PINNED: [f64; 8] = [
        -3.3878597200795366,
        0.8179707922285692,
        -3.9865495226711456,
        1.0939324276271472,
        -2.8314299931519518,
        -4.2458147563770865,
        -2.5526381030697816,
        -4.520634705218112,
    ];

    #[test]
    fn fields_outside_their_range_are_refused() {
        let ok = Blobs::default();
        for (blobs, message) in [
            (Blobs { blobs: 0, ..ok }, "blobs is 0; expected at least 1"),
            (Blobs { samples_per_blob: 0, ..ok }, "samples per blob is 0; expected at least 1"),
            (Blobs { features: 0, ..ok }, "features is 0; expected at least 1"),
            (Blobs { std: -1.0, ..ok }, "std is -1; expected a finite number, at least 0"),
            (Blobs { box_size: f64::NAN, ..ok }, "box size is NaN; expected a finite number, at least 0"),
            (Blobs { features: usize::MAX, ..ok }, "the samples do not fit in memory; use a smaller number"),
            (Blobs { blobs: usize::MAX, ..ok }, "the samples do not fit in memory; use a smaller number"),
        ] {
            assert_eq!(blobs.generate::<f64>(0).unwrap_err().to_string(), message);
        }
        let error = Blobs { std: f64::MAX, ..ok }.generate::<f64>(0).unwrap_err();
        assert!(matches!(error, DataError::NotFinite { what: "features", .. }), "{error}");
    }
}
