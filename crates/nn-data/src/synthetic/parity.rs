//! The exclusive or of many bits, with noise.

use nn_core::{Scalar, stream};

use super::{Points, XorNoise, check_count, too_large};
use crate::{Classification, DataError};

/// Points near the corners of the unit cube, of class x0 XOR x1 XOR ..: whether the number of ones is odd.
///
/// [`NoisyXor`](crate::NoisyXor) in any dimension, with the same samples for two bits. The samples are grouped by corner,
/// and the corners counted in binary: (0, .., 0, 0), (0, .., 0, 1), (0, .., 1, 0) and so on.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `bits` | 3 | at least 1 |
/// | `samples_per_corner` | 100 | at least 1 |
/// | `noise` | [`XorNoise::Inward`], `max` = 0.4 | see [`XorNoise`] |
///
/// # Example
/// ```
/// use nn_data::{NoisyParity, XorNoise};
///
/// let exact = NoisyParity { bits: 3, samples_per_corner: 1, noise: XorNoise::Inward { max: 0.0 } };
/// let data = exact.generate::<f64>(0)?;
/// assert_eq!(data.x().row(3).to_vec(), [0.0, 1.0, 1.0]);
/// assert_eq!(data.y(), [0, 1, 1, 0, 1, 0, 0, 1]);
/// # Ok::<(), nn_data::DataError>(())
/// ```
///
/// Minsky and Papert, "Perceptrons" (1969).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct NoisyParity {
    /// Number of coordinates; the cube has 2^`bits` corners.
    pub bits: usize,
    /// Samples around each corner.
    pub samples_per_corner: usize,
    /// How samples deviate from their corner.
    pub noise: XorNoise,
}

impl Default for NoisyParity {
    fn default() -> Self {
        Self { bits: 3, samples_per_corner: 100, noise: XorNoise::default() }
    }
}

impl NoisyParity {
    /// Draws the samples: the same for the same seed, and in `f32` those of `f64`, rounded.
    ///
    /// # Errors
    /// [`DataError::Parameter`] for a field outside its range, [`DataError::TooLarge`] for more samples than fit in
    /// memory, [`DataError::NotFinite`] when the noise is so large that a coordinate is.
    ///
    /// # Example
    /// ```
    /// use nn_data::NoisyParity;
    ///
    /// let data = NoisyParity::default().generate::<f32>(7)?;
    /// assert_eq!((data.samples(), data.features(), data.classes()), (800, 3, 2));
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn generate<T: Scalar>(&self, seed: u64) -> Result<Classification<T>, DataError> {
        check_count("bits", self.bits)?;
        check_count("samples per corner", self.samples_per_corner)?;
        self.noise.check()?;
        let bits = u32::try_from(self.bits).map_err(|_| too_large())?;
        let corners = 1_usize.checked_shl(bits).ok_or_else(too_large)?;
        let mut points = Points::with_room(self.bits, corners, self.samples_per_corner)?;
        let mut rng = stream(seed, "samples");
        for corner in 0..corners {
            for _ in 0..self.samples_per_corner {
                let sides = (0..bits).rev().map(|bit| corner >> bit & 1 == 1);
                let point = sides.map(|side| self.noise.coordinate(side, &mut rng));
                points.push(point, corner.count_ones() as usize % 2);
            }
        }
        points.into_dataset(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NoisyXor;

    #[test]
    fn two_bits_are_the_exclusive_or() {
        for noise in [XorNoise::default(), XorNoise::Normal { std: 0.2 }] {
            let two = NoisyParity { bits: 2, samples_per_corner: 7, noise }.generate::<f64>(5).unwrap();
            assert_eq!(two, NoisyXor { samples_per_corner: 7, noise }.generate::<f64>(5).unwrap());
        }
    }

    #[test]
    fn the_class_is_whether_the_ones_are_odd() {
        for bits in [1, 4, 7] {
            let parity = NoisyParity { bits, samples_per_corner: 3, ..NoisyParity::default() };
            let data = parity.generate::<f64>(0).unwrap();
            assert_eq!((data.samples(), data.features()), (3 << bits, bits));
            for (row, (x, &label)) in data.x().rows().into_iter().zip(data.y()).enumerate() {
                let corner = x.iter().fold(0, |corner, &x| 2 * corner + usize::from(x > 0.5));
                assert_eq!(corner, row / 3);
                assert_eq!(x.iter().filter(|&&x| x > 0.5).count() % 2, label);
            }
        }
    }

    #[test]
    fn fields_outside_their_range_are_refused() {
        let ok = NoisyParity::default();
        let large = "the samples do not fit in memory; use a smaller number";
        for (parity, message) in [
            (NoisyParity { bits: 0, ..ok }, "bits is 0; expected at least 1"),
            (NoisyParity { samples_per_corner: 0, ..ok }, "samples per corner is 0; expected at least 1"),
            (
                NoisyParity { noise: XorNoise::Inward { max: 2.0 }, ..ok },
                "largest inward noise is 2; expected a number from 0 to 1",
            ),
            (NoisyParity { bits: 63, ..ok }, large),
            (NoisyParity { bits: 64, ..ok }, large),
            (NoisyParity { bits: usize::MAX, ..ok }, large),
        ] {
            assert_eq!(parity.generate::<f64>(0).unwrap_err().to_string(), message);
        }
        let noise = XorNoise::Normal { std: 1e300 };
        let error = NoisyParity { noise, ..ok }.generate::<f32>(0).unwrap_err();
        assert!(matches!(error, DataError::NotFinite { what: "features", .. }), "{error}");
    }
}
