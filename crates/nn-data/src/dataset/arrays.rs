//! Data sets from arrays of any number of axes, such as files hold.

use ndarray::{Array2, ArrayD, Order};
use nn_core::Scalar;

use super::{Classification, Regression};
use crate::DataError;

impl<T: Scalar> Classification<T> {
    /// Samples `x`, such as images, with the numbers of their classes `y`, of `classes` classes counted from 0.
    ///
    /// # Shapes
    /// `x`: (samples, ..), of which every sample becomes one row of features, the last axis running fastest. `y`: as many
    /// values as samples.
    ///
    /// # Errors
    /// [`DataError::NotAClass`] for a value that is no whole number below `classes`, and those of
    /// [`new`](Classification::new).
    ///
    /// # Example
    /// ```
    /// use ndarray::array;
    /// use nn_data::Classification;
    ///
    /// let images = array![[[0.0, 1.0], [2.0, 3.0]], [[4.0, 5.0], [6.0, 7.0]]];
    /// let data = Classification::from_arrays(images.into_dyn(), array![1.0, 0.0].into_dyn(), 2)?;
    /// assert_eq!(data.x(), array![[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0]]);
    /// assert_eq!(data.y(), [1, 0]);
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn from_arrays(x: ArrayD<T>, y: ArrayD<T>, classes: usize) -> Result<Self, DataError> {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number, and small"
        )]
        let label = |(row, value): (usize, &T)| {
            let value = value.as_f64();
            if value >= 0.0 && value < classes as f64 && value.fract() == 0.0 {
                Ok(value as usize)
            } else {
                Err(DataError::NotAClass { row, value, classes })
            }
        };
        let labels: Result<Vec<usize>, DataError> = y.iter().enumerate().map(label).collect();
        Self::new(rows(x)?, labels?, classes)
    }
}

impl<T: Scalar> Regression<T> {
    /// Samples `x`, such as images, with their values `y`.
    ///
    /// # Shapes
    /// `x`: (samples, ..), of which every sample becomes one row of features, the last axis running fastest. `y`:
    /// (samples, ..) likewise, or (samples) for a single value each.
    ///
    /// # Errors
    /// Those of [`new`](Regression::new).
    ///
    /// # Example
    /// ```
    /// use ndarray::array;
    /// use nn_data::Regression;
    ///
    /// let data = Regression::from_arrays(array![1.0, 2.0].into_dyn(), array![1.0, 4.0].into_dyn())?;
    /// assert_eq!((data.x(), data.y().view()), (array![[1.0], [2.0]].view(), array![[1.0], [4.0]].view()));
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn from_arrays(x: ArrayD<T>, y: ArrayD<T>) -> Result<Self, DataError> {
        Self::new(rows(x)?, rows(y)?)
    }
}

/// A row for each index of the first axis.
fn rows<T: Scalar>(array: ArrayD<T>) -> Result<Array2<T>, DataError> {
    let Some(&samples) = array.shape().first().filter(|&&samples| samples > 0) else {
        return Err(DataError::Empty { what: "sample" });
    };
    let shape = (samples, array.len() / samples);
    Ok(array.to_shape((shape, Order::RowMajor)).expect("as many values").into_owned())
}

#[cfg(test)]
mod tests {
    use ndarray::{Array3, ArrayD, IxDyn, ShapeBuilder, array};

    use super::*;

    #[test]
    fn rows_do_not_depend_on_the_memory_order() {
        let value = |(n, i, j): (usize, usize, usize)| (100 * n + 10 * i + j) as f64;
        let (c, f) = (Array3::from_shape_fn((2, 2, 3), value), Array3::from_shape_fn((2, 2, 3).f(), value));
        let expected = array![[0.0, 1.0, 2.0, 10.0, 11.0, 12.0], [100.0, 101.0, 102.0, 110.0, 111.0, 112.0]];
        assert_eq!(rows(c.into_dyn()).unwrap(), expected);
        assert_eq!(rows(f.into_dyn()).unwrap(), expected);
    }

    #[test]
    fn what_is_no_class_is_refused() {
        let data = |y: ArrayD<f64>| Classification::from_arrays(ArrayD::zeros(IxDyn(&[2, 1])), y, 3);
        for value in [-1.0, 0.5, 3.0, f64::NAN, f64::INFINITY] {
            let error = data(array![0.0, value].into_dyn()).unwrap_err();
            let expected =
                format!("the target of sample 1 is {value}; expected a class, a whole number from 0 to 2");
            assert_eq!(error.to_string(), expected);
        }
        assert_eq!(data(array![[-0.0], [2.0]].into_dyn()).unwrap().y(), [0, 2]);
        let error = data(array![0.0].into_dyn()).unwrap_err();
        assert!(matches!(error, DataError::Length { expected: 2, found: 1, .. }), "{error}");
    }

    #[test]
    fn arrays_without_samples_or_features_are_refused() {
        let regression = |shape: &[usize]| {
            let array = ArrayD::<f64>::zeros(IxDyn(shape));
            Regression::from_arrays(array.clone(), array).unwrap_err()
        };
        assert_eq!(regression(&[]), DataError::Empty { what: "sample" });
        assert_eq!(regression(&[0, 2]), DataError::Empty { what: "sample" });
        assert_eq!(regression(&[2, 0]), DataError::Empty { what: "target column" });
    }
}
