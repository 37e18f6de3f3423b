use ndarray::ArrayView2;
use nn_core::Scalar;

use super::scaler::{Scaler, divisor, fit_columns};
use crate::DataError;

/// Brings every feature into the interval from 0 to 1, or another one: `low` + (`high` - `low`) (x - min) / (max - min).
///
/// In a column that is constant, or varies by rounding only, the denominator is replaced by 1: it becomes `low`. Data other
/// than those it was fitted to may leave the interval.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `low`, `high` | 0, 1 | finite, `low` below `high` |
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_data::{MinMaxScaler, Scaler};
///
/// let x = array![[1.0, 5.0], [2.0, 5.0], [5.0, 5.0]];
/// assert_eq!(MinMaxScaler::fit(x.view())?.transform(x.view())?, array![[0.0, 0.0], [0.25, 0.0], [1.0, 0.0]]);
///
/// let scaler = MinMaxScaler::fit_range(x.view(), -1.0, 1.0)?;
/// assert_eq!(scaler.transform(x.view())?, array![[-1.0, -1.0], [-0.5, -1.0], [1.0, -1.0]]);
/// # Ok::<(), nn_data::DataError>(())
/// ```
///
/// scikit-learn's `MinMaxScaler`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct MinMaxScaler {
    low: f64,
    high: f64,
    columns: Vec<Column>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
struct Column {
    min: f64,
    range: f64,
}

impl MinMaxScaler {
    /// Learns the smallest and the largest value of each column, to be brought to 0 and 1.
    ///
    /// # Shapes
    /// `x`: (samples, features).
    ///
    /// # Errors
    /// [`DataError::Empty`] without samples or features, [`DataError::NotFinite`] for a feature that is NaN or infinite,
    /// [`DataError::Spread`] for a column whose max - min is too large for `f64`.
    pub fn fit<T: Scalar>(x: ArrayView2<'_, T>) -> Result<Self, DataError> {
        Self::fit_range(x, 0.0, 1.0)
    }

    /// Learns the smallest and the largest value of each column, to be brought to `low` and `high`.
    ///
    /// # Shapes
    /// `x`: (samples, features).
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit), and [`DataError::Parameter`] when `low` and `high` are no interval.
    pub fn fit_range<T: Scalar>(x: ArrayView2<'_, T>, low: f64, high: f64) -> Result<Self, DataError> {
        if !((high - low).is_finite() && low < high) {
            let expected = "two finite numbers, the lower one first";
            return Err(DataError::parameter("range", expected, format!("{low} to {high}")));
        }
        let columns = fit_columns(x, |column, values| {
            let min = values.iter().copied().fold(f64::INFINITY, f64::min);
            let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            Ok(Column { min, range: divisor(column, max - min, min.abs().max(max.abs()))? })
        })?;
        Ok(Self { low, high, columns })
    }
}

impl Scaler for MinMaxScaler {
    fn features(&self) -> usize {
        self.columns.len()
    }

    fn scale(&self, column: usize, x: f64) -> f64 {
        let Column { min, range } = self.columns[column];
        self.low + (self.high - self.low) * ((x - min) / range)
    }

    fn unscale(&self, column: usize, x: f64) -> f64 {
        let Column { min, range } = self.columns[column];
        min + range * ((x - self.low) / (self.high - self.low))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn other_data_may_leave_the_interval() {
        let scaler = MinMaxScaler::fit_range(array![[10.0], [20.0]].view(), 2.0, 4.0).unwrap();
        assert_eq!(scaler.transform(array![[15.0], [30.0]].view()).unwrap(), array![[3.0], [6.0]]);
        assert_eq!(scaler.inverse_transform(array![[3.0], [6.0]].view()).unwrap(), array![[15.0], [30.0]]);
    }

    #[test]
    fn what_is_no_interval_is_refused() {
        for (low, high) in [(1.0, 1.0), (1.0, 0.0), (f64::NAN, 1.0), (0.0, f64::INFINITY), (-1e308, 1e308)] {
            let error = MinMaxScaler::fit_range(array![[1.0]].view(), low, high).unwrap_err();
            let expected =
                format!("range is {low} to {high}; expected two finite numbers, the lower one first");
            assert_eq!(error.to_string(), expected);
        }
    }
}
