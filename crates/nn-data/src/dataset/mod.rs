//! Samples with their targets and names, checked when they are made.

mod arrays;
mod class_balance;
mod classification;
mod regression;

pub use class_balance::ClassBalance;

use std::ops::Deref;

use ndarray::{Array2, ArrayView2, Axis};
use nn_core::{Batch, MiniBatches, Scalar, Targets};

use crate::DataError;

/// Samples, each with its class: `y()` is `[usize]`.
pub type Classification<T> = Dataset<T, Vec<usize>>;

/// Samples, each with a row of values: `y()` is a matrix.
pub type Regression<T> = Dataset<T, Array2<T>>;

/// Samples to learn from or to test on: features, targets and their names.
///
/// Made by [`Classification::new`] or [`Regression::new`], by a generator or from a file, and checked there: there is at
/// least one sample and one feature, as many targets as samples, and every number is finite.
///
/// # Shapes
/// `x`: (samples, features). `y`: (samples) labels, or (samples, targets) values.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_data::Classification;
///
/// let data = Classification::new(array![[0.0, 8.0], [16.0, 4.0], [2.0, 6.0]], vec![0, 1, 0], 2)?
///     .with_class_names(["dark", "light"])?
///     .map_features(|_, grey| grey / 16.0)?;
/// assert_eq!(data.x(), array![[0.0, 0.5], [1.0, 0.25], [0.125, 0.375]]);
/// assert_eq!(data.feature_names(), ["x0", "x1"]);
/// assert_eq!(data.select(&[2])?.y(), [0]);
/// # Ok::<(), nn_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset<T, Y> {
    x: Array2<T>,
    y: Y,
    feature_names: Vec<String>,
    /// Names of the classes, or of the columns of values.
    target_names: Vec<String>,
}

// `Vec<usize>` and `Array2<T>` lend `[usize]` and `ArrayRef2<T>`: the targets that `nn_core` knows.
impl<T: Scalar, Y: Default + Deref<Target: Targets<T, Owned = Y>>> Dataset<T, Y> {
    /// A data set whose targets are checked already; checks the features.
    fn checked(x: Array2<T>, y: Y, target_names: Vec<String>) -> Result<Self, DataError> {
        if x.nrows() == 0 {
            return Err(DataError::Empty { what: "sample" });
        }
        if x.ncols() == 0 {
            return Err(DataError::Empty { what: "feature" });
        }
        if y.samples() != x.nrows() {
            let (expected, found) = (x.nrows(), y.samples());
            return Err(DataError::Length { what: "targets", each: "sample", expected, found });
        }
        check_finite("features", x.view())?;
        let feature_names = default_names("x", x.ncols())?;
        Ok(Self { x, y, feature_names, target_names })
    }

    /// The features, one sample a row.
    pub fn x(&self) -> ArrayView2<'_, T> {
        self.x.view()
    }

    /// The targets: a slice of labels, or a matrix of values.
    pub fn y(&self) -> &Y::Target {
        &self.y
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.x.nrows()
    }

    /// Number of features.
    pub fn features(&self) -> usize {
        self.x.ncols()
    }

    /// The names of the features: `x0`, `x1`, .. unless they were given.
    pub fn feature_names(&self) -> &[String] {
        &self.feature_names
    }

    /// The same data with other names for its features.
    ///
    /// # Errors
    /// [`DataError::Length`] when there is not one name for each feature.
    ///
    /// # Example
    /// ```
    /// use ndarray::array;
    /// use nn_data::Regression;
    ///
    /// let data = Regression::new(array![[9.81, 0.5]], array![[0.1]])?;
    /// assert_eq!(data.feature_names(), ["x0", "x1"]);
    ///
    /// let error = data.clone().with_feature_names(["gravity"]).unwrap_err();
    /// assert_eq!(error.to_string(), "expected 2 feature names, found 1: give one for each feature");
    ///
    /// let data = data.with_feature_names(["gravity", "length"])?;
    /// assert_eq!(data.feature_names(), ["gravity", "length"]);
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn with_feature_names<N: Into<String>>(
        self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self, DataError> {
        let feature_names = checked_names("feature names", "feature", names, self.features())?;
        Ok(Self { feature_names, ..self })
    }

    /// The samples as a trainer takes them.
    ///
    /// # Example
    /// ```
    /// use nn_data::NoisyXor;
    ///
    /// let data = NoisyXor::default().generate::<f64>(0)?;
    /// assert_eq!(data.view().y(), data.y());
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    ///
    /// # Panics
    /// Never: the constructors checked what a batch needs.
    pub fn view(&self) -> Batch<'_, T, Y::Target> {
        Batch::new(self.x.view(), &*self.y).expect("checked by the constructor")
    }

    /// The samples dealt out in mini-batches of `size`, the last of which may be smaller.
    ///
    /// # Errors
    /// [`DataError::Core`] when `size` is 0.
    ///
    /// # Example
    /// ```
    /// use nn_data::NoisyXor;
    ///
    /// let data = NoisyXor::default().generate::<f64>(0)?;
    /// let mut batches = data.mini_batches(64)?;
    /// batches.shuffle(&mut nn_core::rng(1));
    /// let mut samples = 0;
    /// while let Some(batch) = batches.next() {
    ///     samples += batch.samples();
    /// }
    /// assert_eq!(samples, 400);
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn mini_batches(&self, size: usize) -> Result<MiniBatches<'_, T, Y::Target>, DataError> {
        Ok(MiniBatches::new(self.view(), size)?)
    }

    /// The samples of `rows`, in that order; a row may occur more than once.
    ///
    /// # Errors
    /// [`DataError::Empty`] without rows, [`DataError::Row`] for a row that does not exist.
    ///
    /// # Example
    /// ```
    /// use ndarray::array;
    /// use nn_data::Classification;
    ///
    /// let data = Classification::new(array![[1.0], [2.0], [3.0]], vec![0, 1, 1], 2)?;
    /// let some = data.select(&[2, 0])?;
    /// assert_eq!((some.x(), some.y()), (array![[3.0], [1.0]].view(), &[1, 0][..]));
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn select(&self, rows: &[usize]) -> Result<Self, DataError> {
        if rows.is_empty() {
            return Err(DataError::Empty { what: "sample" });
        }
        if let Some(&row) = rows.iter().find(|&&row| row >= self.samples()) {
            return Err(DataError::Row { row, samples: self.samples() });
        }
        let mut y = Y::default();
        self.y.gather(rows, &mut y);
        let (feature_names, target_names) = (self.feature_names.clone(), self.target_names.clone());
        Ok(Self { x: self.x.select(Axis(0), rows), y, feature_names, target_names })
    }

    /// The same data with every feature x replaced by f(column of x, x).
    ///
    /// # Errors
    /// [`DataError::NotFinite`] when f gives NaN or infinity.
    ///
    /// # Example
    /// ```
    /// use ndarray::array;
    /// use nn_data::Regression;
    ///
    /// let data = Regression::new(array![[20.0, 1013.0], [25.0, 1003.0]], array![[0.1], [0.7]])?;
    /// let (mean, std) = ([22.5, 1008.0], [2.5, 5.0]);
    /// let data = data.map_features(|column, x| (x - mean[column]) / std[column])?;
    /// assert_eq!(data.x(), array![[-1.0, 1.0], [1.0, -1.0]]);
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn map_features(mut self, mut f: impl FnMut(usize, T) -> T) -> Result<Self, DataError> {
        for ((_, column), x) in self.x.indexed_iter_mut() {
            *x = f(column, *x);
        }
        check_finite("features", self.x.view())?;
        Ok(self)
    }
}

pub(crate) fn check_finite<T: Scalar>(what: &'static str, x: ArrayView2<'_, T>) -> Result<(), DataError> {
    match x.indexed_iter().find(|(_, value)| !value.is_finite()) {
        Some(((row, column), value)) => {
            Err(DataError::NotFinite { what, row, column, value: value.as_f64() })
        }
        None => Ok(()),
    }
}

/// `x0`, `x1`, ..
fn default_names(prefix: &str, count: usize) -> Result<Vec<String>, DataError> {
    let mut names = Vec::new();
    names.try_reserve_exact(count).map_err(|_| DataError::TooLarge { what: "the names of the classes" })?;
    names.extend((0..count).map(|n| format!("{prefix}{n}")));
    Ok(names)
}

fn checked_names<N: Into<String>>(
    what: &'static str,
    each: &'static str,
    names: impl IntoIterator<Item = N>,
    expected: usize,
) -> Result<Vec<String>, DataError> {
    let names: Vec<String> = names.into_iter().map(Into::into).collect();
    match names.len() {
        found if found == expected => Ok(names),
        found => Err(DataError::Length { what, each, expected, found }),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn data() -> Classification<f64> {
        Classification::new(array![[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]], vec![0, 2, 1], 3)
            .and_then(|data| data.with_feature_names(["low", "high"]))
            .and_then(|data| data.with_class_names(["a", "b", "c"]))
            .unwrap()
    }

    #[test]
    fn features_are_checked() {
        let new = |x: Array2<f64>, labels: usize| Classification::new(x, vec![0; labels], 1).unwrap_err();
        assert_eq!(new(Array2::zeros((0, 2)), 0), DataError::Empty { what: "sample" });
        assert_eq!(new(Array2::zeros((2, 0)), 2), DataError::Empty { what: "feature" });
        assert_eq!(
            new(Array2::zeros((3, 1)), 2),
            DataError::Length { what: "targets", each: "sample", expected: 3, found: 2 }
        );
        for value in [f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(
                new(array![[0.0, 1.0], [2.0, value]], 2),
                DataError::NotFinite { what: "features", row: 1, column: 1, value }
            );
        }
    }

    #[test]
    fn select_takes_rows_targets_and_names_along() {
        let some = data().select(&[2, 0, 2]).unwrap();
        assert_eq!(some.x(), array![[3.0, 30.0], [1.0, 10.0], [3.0, 30.0]]);
        assert_eq!(some.y(), [1, 0, 1]);
        assert_eq!(some.feature_names(), ["low", "high"]);
        assert_eq!(some.class_names(), ["a", "b", "c"]);
    }

    #[test]
    fn select_refuses_no_rows_and_unknown_rows() {
        assert_eq!(data().select(&[]).unwrap_err(), DataError::Empty { what: "sample" });
        let error = data().select(&[0, 3]).unwrap_err();
        assert_eq!(error.to_string(), "row 3 is out of range: expected a row from 0 to 2");
    }

    #[test]
    fn mapped_features_know_their_column_and_stay_finite() {
        let mapped = data().map_features(|column, x| if column == 0 { -x } else { x / 10.0 }).unwrap();
        assert_eq!(mapped.x(), array![[-1.0, 1.0], [-2.0, 2.0], [-3.0, 3.0]]);
        let error = data().map_features(|_, x| 1.0 / (x - 20.0)).unwrap_err();
        assert_eq!(error, DataError::NotFinite { what: "features", row: 1, column: 1, value: f64::INFINITY });
    }

    #[test]
    fn a_view_shows_the_data() {
        let data = data();
        assert_eq!((data.view().x(), data.view().y()), (data.x(), data.y()));
        assert!(data.view().weights().is_none());
    }

    #[test]
    fn mini_batches_deal_every_sample_out_once() {
        let data = data();
        let mut batches = data.mini_batches(2).unwrap();
        let mut dealt = Vec::new();
        while let Some(batch) = batches.next() {
            dealt.push((batch.x().column(0).to_vec(), batch.y().to_vec()));
        }
        assert_eq!(dealt, [(vec![1.0, 2.0], vec![0, 2]), (vec![3.0], vec![1])]);
        let error = data.mini_batches(0).unwrap_err();
        assert_eq!(error.to_string(), "batch size is 0; expected at least 1");
    }

    #[test]
    fn names_are_counted() {
        assert_eq!(
            data().with_feature_names(["one", "two", "three"]).unwrap_err(),
            DataError::Length { what: "feature names", each: "feature", expected: 2, found: 3 }
        );
    }
}
