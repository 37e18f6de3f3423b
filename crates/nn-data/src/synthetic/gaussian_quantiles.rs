//! One cloud, divided into shells.

use nn_core::{Scalar, standard_normal, stream};

use super::{Points, check_count, check_size, too_large};
use crate::{Classification, DataError};

/// One normal cloud around the origin, divided into shells of as many samples each, a class a shell.
///
/// Every coordinate of a sample is `std` N(0, 1). The samples are sorted by their distance from the origin: the nearest
/// `samples_per_class` are of class 0, the next ones of class 1, and so on.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `classes` | 3 | at least 1 |
/// | `samples_per_class` | 100 | at least 1 |
/// | `features` | 2 | at least 1 |
/// | `std` | 1 | finite, at least 0 |
///
/// # Example
/// ```
/// use nn_data::GaussianQuantiles;
///
/// let data = GaussianQuantiles { classes: 2, ..GaussianQuantiles::default() }.generate::<f64>(0)?;
/// let radius = |row: usize| data.x().row(row).iter().map(|x| x * x).sum::<f64>().sqrt();
/// assert!((0..100).all(|row| radius(row) < radius(100)));
/// assert_eq!((data.y()[99], data.y()[100]), (0, 1));
/// # Ok::<(), nn_data::DataError>(())
/// ```
///
/// scikit-learn's `make_gaussian_quantiles`, which takes the variance `cov` and shuffles the samples.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct GaussianQuantiles {
    /// Number of shells and of classes.
    pub classes: usize,
    /// Samples in each shell.
    pub samples_per_class: usize,
    /// Number of coordinates.
    pub features: usize,
    /// Standard deviation of each coordinate.
    pub std: f64,
}

impl Default for GaussianQuantiles {
    fn default() -> Self {
        Self { classes: 3, samples_per_class: 100, features: 2, std: 1.0 }
    }
}

impl GaussianQuantiles {
    /// Draws the samples: the same for the same seed, and in `f32` those of `f64`, rounded.
    ///
    /// # Errors
    /// [`DataError::Parameter`] for a field outside its range, [`DataError::TooLarge`] for more samples than fit in
    /// memory, [`DataError::NotFinite`] when `std` is so large that a coordinate is.
    ///
    /// # Example
    /// ```
    /// use nn_data::GaussianQuantiles;
    ///
    /// assert_eq!(GaussianQuantiles::default().generate::<f32>(7)?.class_counts(), [100, 100, 100]);
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn generate<T: Scalar>(&self, seed: u64) -> Result<Classification<T>, DataError> {
        check_count("classes", self.classes)?;
        check_count("samples per class", self.samples_per_class)?;
        check_count("features", self.features)?;
        check_size("std", self.std)?;
        let mut points = Points::with_room(self.features, self.classes, self.samples_per_class)?;
        let samples = self.classes * self.samples_per_class;
        let (mut normal, mut order) = (Vec::<f64>::new(), Vec::<(f64, usize)>::new());
        normal.try_reserve_exact(samples * self.features).map_err(|_| too_large())?;
        order.try_reserve_exact(samples).map_err(|_| too_large())?;
        let mut rng = stream(seed, "samples");
        normal.extend((0..samples * self.features).map(|_| standard_normal(&mut rng)));
        let squares = normal.chunks(self.features).map(|z| z.iter().map(|z| z * z).sum());
        order.extend(squares.zip(0..));
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (rank, (_, sample)) in order.into_iter().enumerate() {
            let z = &normal[sample * self.features..][..self.features];
            points.push(z.iter().map(|z| self.std * z), rank / self.samples_per_class);
        }
        points.into_dataset(self.classes)
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    #[test]
    fn shells_lie_within_each_other_and_are_full() {
        let quantiles = GaussianQuantiles { classes: 4, samples_per_class: 50, features: 3, std: 2.0 };
        let data = quantiles.generate::<f64>(1).unwrap();
        assert_eq!(data.class_counts(), [50; 4]);
        assert!(data.y().is_sorted());
        let squares: Vec<f64> = data.x().rows().into_iter().map(|x| x.dot(&x)).collect();
        assert!(squares.is_sorted());
    }

    #[test]
    fn together_the_shells_are_normal() {
        let n = 10_000;
        let quantiles = GaussianQuantiles { samples_per_class: n / 2, classes: 2, std: 3.0, features: 2 };
        let data = quantiles.generate::<f64>(1).unwrap();
        for column in data.x().columns() {
            let mean = column.sum() / n as f64;
            let std = (column.iter().map(|x| x * x).sum::<f64>() / n as f64).sqrt();
            assert_abs_diff_eq!(mean, 0.0, epsilon = 5.0 * 3.0 / (n as f64).sqrt());
            assert_abs_diff_eq!(std, 3.0, epsilon = 5.0 * 3.0 / (2.0 * n as f64).sqrt());
        }
        // In the plane r² / (2 std²) is exponential: half of the samples have r² below 2 std² ln 2.
        let median = data.x().row(n / 2).iter().map(|x| x * x).sum::<f64>();
        assert_abs_diff_eq!(median / 18.0, 2.0_f64.ln(), epsilon = 5.0 / (n as f64).sqrt());
    }

    #[test]
    fn a_seed_gives_the_same_samples_for_ever() {
        let quantiles = GaussianQuantiles { classes: 2, samples_per_class: 2, ..Default::default() };
        let data = quantiles.generate::<f64>(42).unwrap();
        assert_eq!(data.x().as_slice().unwrap(), PINNED);
        assert_eq!(quantiles.generate::<f32>(42).unwrap().x(), data.x().mapv(f32::of));
        assert_ne!(quantiles.generate::<f64>(43).unwrap(), data);
    }

    const PINNED: [f64; 8] = [
        -0.9264048786626219,
        0.22298342640853475,
        1.2979680448996878,
        0.200241196092454,
        1.5767599349818577,
        -0.0745787527485711,
        -1.5250946812542312,
        0.49894506180711284,
    ];

    #[test]
    fn fields_outside_their_range_are_refused() {
        let ok = GaussianQuantiles::default();
        let large = "the samples do not fit in memory; use a smaller number";
        for (quantiles, message) in [
            (GaussianQuantiles { classes: 0, ..ok }, "classes is 0; expected at least 1"),
            (GaussianQuantiles { samples_per_class: 0, ..ok }, "samples per class is 0; expected at least 1"),
            (GaussianQuantiles { features: 0, ..ok }, "features is 0; expected at least 1"),
            (GaussianQuantiles { std: -1.0, ..ok }, "std is -1; expected a finite number, at least 0"),
            (GaussianQuantiles { std: f64::NAN, ..ok }, "std is NaN; expected a finite number, at least 0"),
            (GaussianQuantiles { features: usize::MAX, ..ok }, large),
            (GaussianQuantiles { samples_per_class: usize::MAX, ..ok }, large),
        ] {
            assert_eq!(quantiles.generate::<f64>(0).unwrap_err().to_string(), message);
        }
        let error = GaussianQuantiles { std: f64::MAX, ..ok }.generate::<f64>(0).unwrap_err();
        assert!(matches!(error, DataError::NotFinite { what: "features", .. }), "{error}");
    }
}
