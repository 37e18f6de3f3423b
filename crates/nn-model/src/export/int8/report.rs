//! What integers cost in accuracy, and save in memory.

use std::fmt;

use nn_core::{Batch, Scalar};

use super::super::{ExportError, Precision};
use super::Int8Plan;

/// The accuracy of a network and of its quantized form on the same samples, and the bytes that each needs.
///
/// Written with `{}`, it is a line.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Int8Report {
    /// Number of samples.
    pub samples: usize,
    /// The share of samples that the network in floating point classifies right.
    pub float_accuracy: f64,
    /// The share that the quantized one does.
    pub accuracy: f64,
    /// Bytes of the network's parameters.
    pub float_bytes: usize,
    /// Bytes of all constants of the quantized network.
    pub bytes: usize,
}

impl Int8Report {
    /// Points of a hundred that quantization costs; negative if it helps.
    pub fn points_lost(&self) -> f64 {
        100.0 * (self.float_accuracy - self.accuracy)
    }
}

impl fmt::Display for Int8Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "accuracy {:.4} in int8, {:.4} in floating point, on {} samples: {:.2} points lost; {} bytes instead of {}",
            self.accuracy,
            self.float_accuracy,
            self.samples,
            self.points_lost(),
            self.bytes,
            self.float_bytes
        )
    }
}

impl Int8Plan {
    /// How many samples are classified right, in floating point and in integers.
    ///
    /// Take samples that the network was neither trained nor calibrated on.
    ///
    /// # Errors
    /// [`ExportError::Length`] for another number of features, [`ExportError::NotFinite`] for one that is NaN or infinite
    /// in `f32`.
    pub fn report<T: Scalar>(&self, data: Batch<'_, T, [usize]>) -> Result<Int8Report, ExportError> {
        let (mut float, mut integer) = (0, 0);
        for (row, &label) in data.x().rows().into_iter().zip(data.y()) {
            let row: Vec<f64> = row.iter().map(|x| x.as_f64()).collect();
            float += usize::from(self.plan.class_of(&self.plan.run(&row)?) == label);
            integer += usize::from(self.class(&super::single(&row))? == label);
        }
        let samples = data.samples();
        let size = if self.plan.precision == Precision::F32 { 4 } else { 8 };
        Ok(Int8Report {
            samples,
            float_accuracy: float as f64 / samples as f64,
            accuracy: integer as f64 / samples as f64,
            float_bytes: size * self.plan.params,
            bytes: self.integers.bytes(),
        })
    }
}
