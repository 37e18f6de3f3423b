//! Samples of values.

use ndarray::Array2;
use nn_core::Scalar;

use super::{Regression, check_finite, checked_names, default_names};
use crate::DataError;

impl<T: Scalar> Regression<T> {
    /// Samples `x` with the values `y`, row by row.
    ///
    /// # Shapes
    /// `x`: (samples, features). `y`: (samples, targets).
    ///
    /// # Errors
    /// [`DataError::Empty`] without samples, features or target columns, [`DataError::Length`] when there are not as
    /// many rows of values, [`DataError::NotFinite`] for a feature or a value that is NaN or infinite.
    ///
    /// # Example
    /// ```
    /// use ndarray::array;
    /// use nn_data::Regression;
    ///
    /// let data = Regression::new(array![[1.0], [2.0]], array![[1.0, 0.5], [4.0, 0.25]])?
    ///     .with_target_names(["square", "half power"])?;
    /// assert_eq!((data.samples(), data.features(), data.targets()), (2, 1, 2));
    /// assert_eq!(data.y()[[1, 0]], 4.0);
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn new(x: Array2<T>, y: Array2<T>) -> Result<Self, DataError> {
        if y.ncols() == 0 {
            return Err(DataError::Empty { what: "target column" });
        }
        check_finite("targets", y.view())?;
        let target_names = default_names("y", y.ncols())?;
        Self::checked(x, y, target_names)
    }

    /// Number of values that each sample has.
    pub fn targets(&self) -> usize {
        self.y.ncols()
    }

    /// The names of the values: `y0`, `y1`, .. unless they were given.
    pub fn target_names(&self) -> &[String] {
        &self.target_names
    }

    /// The same data with other names for its values.
    ///
    /// # Errors
    /// [`DataError::Length`] when there is not one name for each target column.
    ///
    /// # Example
    /// ```
    /// use ndarray::array;
    /// use nn_data::Regression;
    ///
    /// let data = Regression::new(array![[1.0]], array![[2.0]])?;
    /// assert_eq!(data.target_names(), ["y0"]);
    /// assert_eq!(data.with_target_names(["force"])?.target_names(), ["force"]);
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn with_target_names<N: Into<String>>(
        self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self, DataError> {
        let target_names = checked_names("target names", "target column", names, self.targets())?;
        Ok(Self { target_names, ..self })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn values_are_checked() {
        let x = array![[0.0], [1.0]];
        assert_eq!(
            Regression::new(x.clone(), Array2::zeros((2, 0))).unwrap_err(),
            DataError::Empty { what: "target column" }
        );
        assert_eq!(
            Regression::new(x.clone(), array![[1.0, 2.0]]).unwrap_err(),
            DataError::Length { what: "targets", each: "sample", expected: 2, found: 1 }
        );
        let error = Regression::new(x, array![[1.0, 2.0], [f64::NAN, 3.0]]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "targets[1, 0] is NaN; expected a finite number: correct the value or leave the sample out"
        );
    }

    #[test]
    fn names_are_counted() {
        let data = Regression::new(array![[0.0]], array![[1.0, 2.0]]).unwrap();
        assert_eq!(data.target_names(), ["y0", "y1"]);
        assert_eq!(
            data.with_target_names(["a"]).unwrap_err(),
            DataError::Length { what: "target names", each: "target column", expected: 2, found: 1 }
        );
    }

    #[test]
    fn a_view_and_a_selection_keep_rows_together() {
        let data =
            Regression::new(array![[1.0], [2.0], [3.0]], array![[1.0, -1.0], [4.0, -4.0], [9.0, -9.0]]);
        let some = data.unwrap().select(&[2, 1]).unwrap();
        assert_eq!(some.view().x(), array![[3.0], [2.0]]);
        assert_eq!(some.view().y(), &*array![[9.0, -9.0], [4.0, -4.0]]);
    }
}
