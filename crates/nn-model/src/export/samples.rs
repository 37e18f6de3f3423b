//! What a file tests itself with.

use rand::RngExt;

use super::{Plan, Precision};

/// Samples, the predictions for them, and how far off predictions may be.
pub(super) struct Samples {
    pub(super) pairs: Vec<(Vec<f64>, Vec<f64>)>,
    pub(super) tolerance: f64,
}

/// How many there are.
pub(super) const COUNT: usize = 16;

impl Plan {
    /// Samples of ordinary size with their predictions. The tolerance is many times what rounding costs, which is
    /// measured: as the difference of single and double precision.
    pub(super) fn samples(&self) -> Samples {
        let mut rng = nn_core::stream(0, "samples of an exported network");
        let (mut pairs, mut tolerance) = (Vec::new(), 1e-5_f64);
        for _ in 0..COUNT {
            let mut one = |[middle, width]: &[f64; 2]| middle + width * (4.0 * rng.random::<f64>() - 2.0);
            let x: Vec<f64> = self.spread.iter().map(|spread| Precision::F32.round(one(spread))).collect();
            let (low, high) = (self.run_as::<f32>(&x), self.run_as::<f64>(&x));
            for (low, high) in low.iter().zip(&high) {
                tolerance = tolerance.max(1e-5 * high.abs()).max(16.0 * (low - high).abs());
            }
            pairs.push((x, if self.precision == Precision::F32 { low } else { high }));
        }
        let digits = if self.precision == Precision::F32 { 1.0 } else { f64::from(2.0_f32.powi(-26)) };
        Samples { pairs, tolerance: tolerance * digits }
    }
}
