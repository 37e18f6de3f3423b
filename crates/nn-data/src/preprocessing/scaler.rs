use std::ops::Deref;

use ndarray::{Array2, ArrayView1, ArrayView2};
use nn_core::{Error, Scalar, Targets};

use crate::dataset::check_finite;
use crate::{DataError, Dataset};

/// Brings every feature to a common scale, and back.
///
/// A scaler is fitted to the training set alone and then applied to all data, so that the test set tells nothing of itself.
/// It is a `serde` value: keep it with the network, which is of no use without it.
///
/// | Scaler | Of a feature x |
/// |---|---|
/// | [`StandardScaler`](crate::StandardScaler) | (x - mean) / standard deviation |
/// | [`MinMaxScaler`](crate::MinMaxScaler) | (x - min) / (max - min), or another interval |
/// | [`RobustScaler`](crate::RobustScaler) | (x - median) / interquartile range |
///
/// Where the denominator is 0, as in a column that is constant, it is replaced by 1.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_data::{Classification, Scaler, StandardScaler};
///
/// let train = Classification::new(array![[1.0, 1000.0], [3.0, 3000.0]], vec![0, 1], 2)?;
/// let test = Classification::new(array![[2.0, 4000.0]], vec![1], 2)?;
/// let scaler = StandardScaler::fit(train.x())?;
/// assert_eq!(train.scaled(&scaler)?.x(), array![[-1.0, -1.0], [1.0, 1.0]]);
/// assert_eq!(test.scaled(&scaler)?.x(), array![[0.0, 2.0]]);
/// # Ok::<(), nn_data::DataError>(())
/// ```
///
/// To write a scaler of one's own takes the first three methods.
pub trait Scaler {
    /// How many features it was fitted to.
    fn features(&self) -> usize;

    /// The scaled value of x, a value of the feature `column`.
    ///
    /// # Panics
    /// When there is no such feature.
    fn scale(&self, column: usize, x: f64) -> f64;

    /// What [`scale`](Scaler::scale) was given.
    ///
    /// # Panics
    /// When there is no such feature.
    fn unscale(&self, column: usize, x: f64) -> f64;

    /// The scaled features.
    ///
    /// # Shapes
    /// (samples, features), as the result.
    ///
    /// # Errors
    /// [`DataError::Core`] for another number of features, [`DataError::NotFinite`] for a feature that is NaN or infinite,
    /// or becomes so.
    ///
    /// # Example
    /// ```
    /// use ndarray::array;
    /// use nn_data::{MinMaxScaler, Scaler};
    ///
    /// let scaler = MinMaxScaler::fit(array![[0.0], [4.0]].view())?;
    /// assert_eq!(scaler.transform(array![[1.0], [8.0]].view())?, array![[0.25], [2.0]]);
    ///
    /// let error = scaler.transform(array![[1.0, 2.0]].view()).unwrap_err();
    /// assert_eq!(error.to_string(), "expected rows of 1 features, found 2");
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    fn transform<T: Scalar>(&self, x: ArrayView2<'_, T>) -> Result<Array2<T>, DataError> {
        map(self.features(), x, |column, x| self.scale(column, x))
    }

    /// The features that [`transform`](Scaler::transform) was given, but for rounding.
    ///
    /// # Shapes
    /// (samples, features), as the result.
    ///
    /// # Errors
    /// [`DataError::Core`] for another number of features, [`DataError::NotFinite`] for a feature that is NaN or infinite,
    /// or becomes so.
    ///
    /// # Example
    /// ```
    /// use ndarray::array;
    /// use nn_data::{MinMaxScaler, Scaler};
    ///
    /// let scaler = MinMaxScaler::fit(array![[0.0], [4.0]].view())?;
    /// assert_eq!(scaler.inverse_transform(array![[0.25], [2.0]].view())?, array![[1.0], [8.0]]);
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    fn inverse_transform<T: Scalar>(&self, x: ArrayView2<'_, T>) -> Result<Array2<T>, DataError> {
        map(self.features(), x, |column, x| self.unscale(column, x))
    }
}

impl<T: Scalar, Y: Default + Deref<Target: Targets<T, Owned = Y>>> Dataset<T, Y> {
    /// The same data with scaled features.
    ///
    /// # Errors
    /// [`DataError::Core`] when the scaler was fitted to another number of features, [`DataError::NotFinite`] when a
    /// feature becomes NaN or infinite.
    ///
    /// # Example
    /// ```
    /// use nn_data::{Moons, RobustScaler};
    ///
    /// let moons = Moons::default().generate::<f32>(0)?;
    /// let scaler = RobustScaler::fit(moons.x())?;
    /// let scaled = moons.scaled(&scaler)?;
    /// assert_eq!(scaled.samples(), 200);
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn scaled(self, scaler: &impl Scaler) -> Result<Self, DataError> {
        check_features(scaler.features(), self.features())?;
        self.map_features(|column, x| T::of(scaler.scale(column, x.as_f64())))
    }
}

fn check_features(expected: usize, found: usize) -> Result<(), DataError> {
    if found == expected { Ok(()) } else { Err(Error::FeatureCount { expected, found }.into()) }
}

fn map<T: Scalar>(
    features: usize,
    x: ArrayView2<'_, T>,
    f: impl Fn(usize, f64) -> f64,
) -> Result<Array2<T>, DataError> {
    check_features(features, x.ncols())?;
    check_finite("features", x)?;
    let mut mapped = x.to_owned();
    for (column, mut values) in mapped.columns_mut().into_iter().enumerate() {
        values.mapv_inplace(|x| T::of(f(column, x.as_f64())));
    }
    check_finite("scaled features", mapped.view())?;
    Ok(mapped)
}

/// What `statistics` makes of each column of finite numbers.
pub(super) fn fit_columns<T: Scalar, S>(
    x: ArrayView2<'_, T>,
    statistics: impl Fn(usize, Vec<f64>) -> Result<S, DataError>,
) -> Result<Vec<S>, DataError> {
    if x.nrows() == 0 {
        return Err(DataError::Empty { what: "sample" });
    }
    if x.ncols() == 0 {
        return Err(DataError::Empty { what: "feature" });
    }
    check_finite("features", x)?;
    let values = |column: ArrayView1<'_, T>| column.iter().map(|x| x.as_f64()).collect();
    x.columns().into_iter().enumerate().map(|(n, column)| statistics(n, values(column))).collect()
}

/// A spread to divide by: 1 instead of a spread that is 0 or a rounding error of numbers as large as `magnitude`.
pub(crate) fn divisor(column: usize, spread: f64, magnitude: f64) -> Result<f64, DataError> {
    if !spread.is_finite() {
        return Err(DataError::Spread { column });
    }
    Ok(if spread <= 10.0 * f64::EPSILON * magnitude { 1.0 } else { spread })
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::{MinMaxScaler, RobustScaler, StandardScaler};

    /// What a scaler does to the data it is fitted to, there and back.
    fn round_trip<S: Scaler>(scaler: S, x: ArrayView2<'_, f64>) -> (Array2<f64>, Array2<f64>) {
        let scaled = scaler.transform(x).unwrap();
        let back = scaler.inverse_transform(scaled.view()).unwrap();
        (scaled, back)
    }

    fn all(x: ArrayView2<'_, f64>) -> [(Array2<f64>, Array2<f64>); 3] {
        [
            round_trip(StandardScaler::fit(x).unwrap(), x),
            round_trip(MinMaxScaler::fit(x).unwrap(), x),
            round_trip(RobustScaler::fit(x).unwrap(), x),
        ]
    }

    #[test]
    fn constant_columns_become_0_and_come_back() {
        // Neither is a binary fraction, and 3e-300 is small.
        for constant in [0.1, -7.7e9, 3e-300, 0.0] {
            let x = Array2::from_elem((10, 1), constant);
            for (scaled, back) in all(x.view()) {
                assert!(scaled.iter().all(|&x| x == 0.0), "{constant}: {scaled}");
                assert_eq!(back, x);
            }
        }
    }

    #[test]
    fn columns_that_vary_by_rounding_only_are_constant() {
        let x = array![[0.1 + 0.2], [0.3], [0.3], [0.1 + 0.2]];
        for (scaled, _) in all(x.view()) {
            assert!(scaled.iter().all(|x| x.abs() < 1e-15), "{scaled}");
        }
    }

    #[test]
    fn small_columns_are_not_constant() {
        let x = array![[1e-30], [2e-30], [3e-30], [4e-30], [5e-30]];
        for (scaled, _) in all(x.view()) {
            assert!(scaled[[4, 0]] - scaled[[0, 0]] > 0.99, "{scaled}");
        }
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        let message = |x: Array2<f64>| {
            let message = StandardScaler::fit(x.view()).unwrap_err().to_string();
            assert_eq!(MinMaxScaler::fit(x.view()).unwrap_err().to_string(), message);
            assert_eq!(RobustScaler::fit(x.view()).unwrap_err().to_string(), message);
            message
        };
        assert_eq!(message(Array2::zeros((0, 2))), "expected at least one sample, found none");
        assert_eq!(message(Array2::zeros((2, 0))), "expected at least one feature, found none");
        assert!(message(array![[0.0, 1.0], [2.0, f64::NAN]]).starts_with("features[1, 1] is NaN"));
        let huge = array![[0.0, -1e308], [1.0, -1e308], [2.0, 1e308], [3.0, 1e308]];
        assert_eq!(
            message(huge),
            "the spread of column 1 is too large for f64; divide the column by a power of ten"
        );
    }

    #[test]
    fn what_cannot_be_scaled_is_refused() {
        let scaler = StandardScaler::fit(array![[0.0, 0.0], [1.0, 1e-300]].view()).unwrap();
        let message = |x: Array2<f64>| scaler.transform(x.view()).unwrap_err().to_string();
        assert_eq!(message(array![[0.0]]), "expected rows of 2 features, found 1");
        assert!(message(array![[0.0, f64::INFINITY]]).starts_with("features[0, 1] is inf"));
        assert!(message(array![[0.0, 0.0], [0.0, 1e300]]).starts_with("scaled features[1, 1] is inf"));
        let data = crate::Regression::new(array![[1.0]], array![[1.0]]).unwrap();
        assert_eq!(data.scaled(&scaler).unwrap_err().to_string(), "expected rows of 2 features, found 1");
    }

    #[test]
    fn single_precision_is_scaled_in_double() {
        let x = array![[16_777_216.0_f32], [16_777_218.0]];
        assert_eq!(
            StandardScaler::fit(x.view()).unwrap().transform(x.view()).unwrap(),
            array![[-1.0], [1.0]]
        );
    }

    proptest! {
        #[test]
        fn scaled_features_have_their_statistics_and_come_back(
            values in vec(-1e3..1e3, 12..60), size in -20..20
        ) {
            let size = 10_f64.powi(size);
            let rows = values.len() / 2;
            let x = Array2::from_shape_vec((rows, 2), values[..2 * rows].to_vec()).unwrap() * size;
            let [(standard, a), (min_max, b), (robust, c)] = all(x.view());
            for (n, column) in standard.columns().into_iter().enumerate() {
                let samples = column.len() as f64;
                prop_assert!((column.sum() / samples).abs() < 1e-12, "mean of column {}", n);
                prop_assert!((column.dot(&column) / samples - 1.0).abs() < 1e-12, "variance of column {}", n);
            }
            for column in min_max.columns() {
                let bounds = column.iter().fold((f64::MAX, f64::MIN), |(a, b), &x| (a.min(x), b.max(x)));
                prop_assert_eq!(bounds, (0.0, 1.0));
            }
            for column in robust.columns() {
                let below = column.iter().filter(|x| **x < 0.0).count();
                let above = column.iter().filter(|x| **x > 0.0).count();
                prop_assert!(2 * below <= rows && 2 * above <= rows);
            }
            for back in [a, b, c] {
                for (back, x) in back.iter().zip(&x) {
                    prop_assert!((back - x).abs() <= 1e-11 * size * 1e3, "{} against {}", back, x);
                }
            }
        }
    }
}
