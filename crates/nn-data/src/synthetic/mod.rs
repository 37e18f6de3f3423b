//! Problems that are made, not measured.

mod spirals;
mod xor;

use nn_core::Scalar;

pub use spirals::RotatedSpirals;
pub use xor::{NoisyXor, XorNoise};

use crate::{Classification, DataError};

/// Points of the plane with their classes, in the order in which they are drawn.
struct Points<T> {
    coordinates: Vec<T>,
    labels: Vec<usize>,
}

impl<T: Scalar> Points<T> {
    /// Room for `groups` times `per_group` points.
    fn with_room(groups: usize, per_group: usize) -> Result<Self, DataError> {
        let too_large = || DataError::TooLarge { what: "the samples" };
        let samples = groups.checked_mul(per_group).ok_or_else(too_large)?;
        let mut points = Self { coordinates: Vec::new(), labels: Vec::new() };
        points.labels.try_reserve_exact(samples).map_err(|_| too_large())?;
        let numbers = samples.checked_mul(2).ok_or_else(too_large)?;
        points.coordinates.try_reserve_exact(numbers).map_err(|_| too_large())?;
        Ok(points)
    }

    /// Adds a point, rounded to `T`.
    fn push(&mut self, point: [f64; 2], label: usize) {
        self.coordinates.extend(point.map(T::of));
        self.labels.push(label);
    }

    fn into_dataset(self, classes: usize) -> Result<Classification<T>, DataError> {
        let x = ndarray::Array2::from_shape_vec((self.labels.len(), 2), self.coordinates)
            .expect("two coordinates for each label");
        Classification::new(x, self.labels, classes)
    }
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

/// An angle.
fn check_angle(name: &'static str, value: f64) -> Result<(), DataError> {
    if value.is_finite() { Ok(()) } else { Err(DataError::parameter(name, "a finite number", value)) }
}
