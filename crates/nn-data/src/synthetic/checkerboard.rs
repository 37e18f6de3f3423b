//! The fields of a checkerboard.

use nn_core::{Scalar, stream};
use rand::distr::{Distribution, StandardUniform};

use super::{Points, check_count, too_large};
use crate::{Classification, DataError};

/// Points on a checkerboard, of the class of their field: many borders for a small network to find.
///
/// The board is the square [0, `fields`]²; the samples of field (i, j), of class (i + j) mod 2, are uniform in
/// [i, i + 1) x [j, j + 1). They are grouped by field, j running faster.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `fields` | 4 | at least 1 |
/// | `samples_per_field` | 25 | at least 1 |
///
/// # Example
/// ```
/// use nn_data::Checkerboard;
///
/// let data = Checkerboard::default().generate::<f64>(0)?;
/// for (x, &label) in data.x().rows().into_iter().zip(data.y()) {
///     assert_eq!((x[0].floor() + x[1].floor()) as usize % 2, label);
/// }
/// # Ok::<(), nn_data::DataError>(())
/// ```
///
/// scikit-learn's `make_checkerboard` is something else: a matrix for biclustering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Checkerboard {
    /// Fields along each side of the board.
    pub fields: usize,
    /// Samples on each field.
    pub samples_per_field: usize,
}

impl Default for Checkerboard {
    fn default() -> Self {
        Self { fields: 4, samples_per_field: 25 }
    }
}

impl Checkerboard {
    /// Draws the samples: the same for the same seed, and in `f32` those of `f64`, rounded.
    ///
    /// # Errors
    /// [`DataError::Parameter`] for a field outside its range, [`DataError::TooLarge`] for more samples than fit in
    /// memory.
    ///
    /// # Example
    /// ```
    /// use nn_data::Checkerboard;
    ///
    /// let data = Checkerboard { fields: 3, samples_per_field: 10 }.generate::<f32>(7)?;
    /// assert_eq!(data.class_counts(), [50, 40]);
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn generate<T: Scalar>(&self, seed: u64) -> Result<Classification<T>, DataError> {
        check_count("fields", self.fields)?;
        check_count("samples per field", self.samples_per_field)?;
        let fields = self.fields.checked_mul(self.fields).ok_or_else(too_large)?;
        let mut points = Points::with_room(2, fields, self.samples_per_field)?;
        let mut rng = stream(seed, "samples");
        for i in 0..self.fields {
            for j in 0..self.fields {
                for _ in 0..self.samples_per_field {
                    let point = [i, j].map(|corner| {
                        let unit: f64 = StandardUniform.sample(&mut rng);
                        corner as f64 + unit
                    });
                    points.push(point, (i + j) % 2);
                }
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
    fn every_field_is_filled_evenly() {
        let n = 2_000;
        let data = Checkerboard { fields: 3, samples_per_field: n }.generate::<f64>(1).unwrap();
        for field in 0..9 {
            let corner = [field / 3, field % 3];
            assert!(data.y()[field * n..][..n].iter().all(|&label| label == field % 2));
            for (column, corner) in data.x().columns().into_iter().zip(corner) {
                let inside = || column.iter().skip(field * n).take(n).map(|x| x - corner as f64);
                assert!(inside().all(|x| (0.0..1.0).contains(&x)));
                // The mean of U(0, 1) within five standard errors.
                let mean = inside().sum::<f64>() / n as f64;
                assert_abs_diff_eq!(mean, 0.5, epsilon = 5.0 / (12.0 * n as f64).sqrt());
            }
        }
    }

    #[test]
    fn a_seed_gives_the_same_samples_for_ever() {
        let board = Checkerboard { fields: 2, samples_per_field: 1 };
        let data = board.generate::<f64>(42).unwrap();
        assert_eq!(data.x().as_slice().unwrap(), PINNED);
        assert_eq!(data.y(), [0, 1, 1, 0]);
        assert_eq!(board.generate::<f32>(42).unwrap().x(), data.x().mapv(f32::of));
        assert_ne!(board.generate::<f64>(43).unwrap(), data);
    }

    const PINNED: [f64; 8] = [
        0.05910493927866145,
        0.7030253438797773,
        0.05403710556725039,
        1.9966077800938438,
        1.2591654781586978,
        0.8497872037354028,
        1.9153350302990328,
        1.6357775080647659,
    ];

    #[test]
    fn fields_outside_their_range_are_refused() {
        let large = "the samples do not fit in memory; use a smaller number";
        for (fields, samples_per_field, message) in [
            (0, 1, "fields is 0; expected at least 1"),
            (1, 0, "samples per field is 0; expected at least 1"),
            (usize::MAX, 1, large),
            (1, usize::MAX, large),
        ] {
            let error = Checkerboard { fields, samples_per_field }.generate::<f64>(0).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }
}
