use ndarray::ArrayView2;
use nn_core::Scalar;

use super::scaler::{Scaler, divisor, fit_columns};
use crate::DataError;

/// Brings every feature to median 0 and interquartile range 1: (x - median) / (q₃ - q₁). Outliers do not sway it.
///
/// Quantiles lie between the sorted values by linear interpolation. In a column whose interquartile range is 0, or a
/// rounding error, it is replaced by 1.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_data::{RobustScaler, Scaler};
///
/// let x = array![[1.0], [2.0], [3.0], [4.0], [1e9]];
/// let scaled = RobustScaler::fit(x.view())?.transform(x.view())?;
/// assert_eq!(scaled.column(0).to_vec()[..4], [-1.0, -0.5, 0.0, 0.5]);
/// # Ok::<(), nn_data::DataError>(())
/// ```
///
/// scikit-learn's `RobustScaler` with its default quantiles, 25% and 75%.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct RobustScaler {
    columns: Vec<Column>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
struct Column {
    median: f64,
    interquartile_range: f64,
}

impl RobustScaler {
    /// Learns median and interquartile range of each column.
    ///
    /// # Shapes
    /// `x`: (samples, features).
    ///
    /// # Errors
    /// [`DataError::Empty`] without samples or features, [`DataError::NotFinite`] for a feature that is NaN or infinite,
    /// [`DataError::Spread`] for a column whose interquartile range is too large for `f64`.
    pub fn fit<T: Scalar>(x: ArrayView2<'_, T>) -> Result<Self, DataError> {
        let columns = fit_columns(x, |column, mut values| {
            values.sort_unstable_by(f64::total_cmp);
            let [q1, median, q3] = [1, 2, 3].map(|quarter| quantile(&values, quarter));
            let interquartile_range = divisor(column, q3 - q1, q1.abs().max(q3.abs()))?;
            Ok(Column { median, interquartile_range })
        })?;
        Ok(Self { columns })
    }
}

/// The value below which so many quarters of the sorted values lie.
fn quantile(sorted: &[f64], quarters: usize) -> f64 {
    let position = quarters * (sorted.len() - 1);
    let (below, rest) = (position / 4, (position % 4) as f64 / 4.0);
    let above = (below + 1).min(sorted.len() - 1);
    // Equal values give that value; the difference of two large ones might overflow.
    if sorted[below] == sorted[above] {
        sorted[below]
    } else {
        sorted[below] * (1.0 - rest) + sorted[above] * rest
    }
}

impl Scaler for RobustScaler {
    fn features(&self) -> usize {
        self.columns.len()
    }

    fn scale(&self, column: usize, x: f64) -> f64 {
        let Column { median, interquartile_range } = self.columns[column];
        (x - median) / interquartile_range
    }

    fn unscale(&self, column: usize, x: f64) -> f64 {
        let Column { median, interquartile_range } = self.columns[column];
        x * interquartile_range + median
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_interpolated() {
        let quartiles = |sorted: &[f64]| [1, 2, 3].map(|quarter| quantile(sorted, quarter));
        assert_eq!(quartiles(&[3.0]), [3.0; 3]);
        assert_eq!(quartiles(&[0.0, 1.0]), [0.25, 0.5, 0.75]);
        assert_eq!(quartiles(&[0.0, 1.0, 10.0]), [0.5, 1.0, 5.5]);
        assert_eq!(quartiles(&[0.0, 4.0, 8.0, 16.0]), [3.0, 6.0, 10.0]);
        assert_eq!(quartiles(&[1.0, 2.0, 3.0, 4.0, 5.0]), [2.0, 3.0, 4.0]);
        assert_eq!(quartiles(&[0.1, 0.1]), [0.1; 3]);
    }

    #[test]
    fn a_column_whose_middle_half_is_constant_keeps_its_scale() {
        let x = ndarray::array![[-7.0], [1.0], [1.0], [1.0], [9.0]];
        let scaled = RobustScaler::fit(x.view()).unwrap().transform(x.view()).unwrap();
        assert_eq!(scaled.column(0).to_vec(), [-8.0, 0.0, 0.0, 0.0, 8.0]);
    }
}
