//! Problems that are made, not measured.

mod blobs;
mod checkerboard;
mod circles;
mod gaussian_quantiles;
mod moons;
mod parity;
mod sines;
mod spirals;
mod xor;

use nn_core::Scalar;

pub use blobs::Blobs;
pub use checkerboard::Checkerboard;
pub use circles::Circles;
pub use gaussian_quantiles::GaussianQuantiles;
pub use moons::Moons;
pub use parity::NoisyParity;
pub use sines::NoisySines;
pub use spirals::RotatedSpirals;
pub use xor::{NoisyXor, XorNoise};

use crate::{Classification, DataError};

/// Points with their classes, in the order in which they are drawn.
struct Points<T> {
    features: usize,
    coordinates: Vec<T>,
    labels: Vec<usize>,
}

impl<T: Scalar> Points<T> {
    /// Room for `groups` times `per_group` points of so many features.
    fn with_room(features: usize, groups: usize, per_group: usize) -> Result<Self, DataError> {
        let samples = groups.checked_mul(per_group).ok_or_else(too_large)?;
        let mut points = Self { features, coordinates: Vec::new(), labels: Vec::new() };
        points.labels.try_reserve_exact(samples).map_err(|_| too_large())?;
        let numbers = samples.checked_mul(features).ok_or_else(too_large)?;
        points.coordinates.try_reserve_exact(numbers).map_err(|_| too_large())?;
        Ok(points)
    }

    /// Adds a point, rounded to `T`.
    fn push(&mut self, point: impl IntoIterator<Item = f64>, label: usize) {
        self.coordinates.extend(point.into_iter().map(T::of));
        self.labels.push(label);
    }

    fn into_dataset(self, classes: usize) -> Result<Classification<T>, DataError> {
        let x = ndarray::Array2::from_shape_vec((self.labels.len(), self.features), self.coordinates)
            .expect("all coordinates for each label");
        Classification::new(x, self.labels, classes)
    }
}

fn too_large() -> DataError {
    DataError::TooLarge { what: "the samples" }
}

/// A count that must not be 0.
fn check_count(name: &'static str, count: usize) -> Result<(), DataError> {
    if count == 0 { Err(DataError::parameter(name, "at least 1", count)) } else { Ok(()) }
}

/// A length or a standard deviation.
fn check_size(name: &'static str, value: f64) -> Result<(), DataError> {
    if value.is_finite() && value >= 0.0 {
        Ok(())
    } else {
        Err(DataError::parameter(name, "a finite number, at least 0", value))
    }
}

/// An angle or an amplitude.
fn check_number(name: &'static str, value: f64) -> Result<(), DataError> {
    if value.is_finite() { Ok(()) } else { Err(DataError::parameter(name, "a finite number", value)) }
}
