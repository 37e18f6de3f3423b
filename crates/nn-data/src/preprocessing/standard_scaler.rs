use ndarray::ArrayView2;
use nn_core::Scalar;

use super::scaler::{Scaler, divisor, fit_columns};
use crate::DataError;

/// Brings every feature to mean 0 and standard deviation 1: (x - mean) / std.
///
/// The standard deviation is that of the population, √(Σ (x - mean)² / n). In a column that is constant, or varies by
/// rounding only, it is replaced by 1.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_data::{Scaler, StandardScaler};
///
/// let x = array![[1.0, 5.0], [3.0, 5.0]];
/// let scaler = StandardScaler::fit(x.view())?;
/// let scaled = scaler.transform(x.view())?;
/// assert_eq!(scaled, array![[-1.0, 0.0], [1.0, 0.0]]);
/// assert_eq!(scaler.inverse_transform(scaled.view())?, x);
/// # Ok::<(), nn_data::DataError>(())
/// ```
///
/// scikit-learn's `StandardScaler`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct StandardScaler {
    columns: Vec<Column>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
struct Column {
    mean: f64,
    std: f64,
}

impl StandardScaler {
    /// Learns mean and standard deviation of each column.
    ///
    /// # Shapes
    /// `x`: (samples, features).
    ///
    /// # Errors
    /// [`DataError::Empty`] without samples or features, [`DataError::NotFinite`] for a feature that is NaN or infinite,
    /// [`DataError::Spread`] for a column whose standard deviation is too large for `f64`.
    pub fn fit<T: Scalar>(x: ArrayView2<'_, T>) -> Result<Self, DataError> {
        let columns = fit_columns(x, |column, values| {
            let n = values.len() as f64;
            // A running mean, because that of equal numbers is then that number, without a rounding error.
            let mean = values.iter().enumerate().fold(0.0, |mean, (n, x)| mean + (x - mean) / (n + 1) as f64);
            // Relative to the largest, whose square might leave the range of f64.
            let largest = values.iter().fold(0.0, |largest: f64, x| largest.max((x - mean).abs()));
            let size = if largest == 0.0 { 1.0 } else { largest };
            let squares = values.iter().map(|x| (x - mean) / size).map(|d| d * d);
            let std = size * (squares.sum::<f64>() / n).sqrt();
            Ok(Column { mean, std: divisor(column, std, mean.abs())? })
        })?;
        Ok(Self { columns })
    }
}

impl Scaler for StandardScaler {
    fn features(&self) -> usize {
        self.columns.len()
    }

    fn scale(&self, column: usize, x: f64) -> f64 {
        let Column { mean, std } = self.columns[column];
        (x - mean) / std
    }

    fn unscale(&self, column: usize, x: f64) -> f64 {
        let Column { mean, std } = self.columns[column];
        x * std + mean
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_deviation_is_that_of_the_population() {
        // Mean 5, squared deviations 9 1 1 1 0 0 4 16: the variance is 32 / 8.
        let x = array![[2.0], [4.0], [4.0], [4.0], [5.0], [5.0], [7.0], [9.0]];
        let scaler = StandardScaler::fit(x.view()).unwrap();
        assert_eq!(scaler.columns, [Column { mean: 5.0, std: 2.0 }]);
        assert_eq!((scaler.scale(0, 1.0), scaler.unscale(0, -2.0)), (-2.0, 1.0));
    }

    #[test]
    fn deviations_whose_squares_overflow_or_vanish_are_measured() {
        for size in [1e-200, 1e200] {
            let scaler = StandardScaler::fit(array![[-size], [size]].view()).unwrap();
            assert_eq!(scaler.columns, [Column { mean: 0.0, std: size }]);
        }
    }
}
