//! Samples of classes.

use ndarray::Array2;
use nn_core::Scalar;

use super::{Classification, checked_names, default_names};
use crate::{DataError, one_hot};

impl<T: Scalar> Classification<T> {
    /// Samples `x`, the n-th of class `labels[n]`, of `classes` classes counted from 0.
    ///
    /// # Shapes
    /// `x`: (samples, features). `labels`: (samples), each below `classes`. A class may be without samples.
    ///
    /// # Errors
    /// [`DataError::Empty`] without samples or features, [`DataError::Length`] when there are not as many labels,
    /// [`DataError::NotFinite`] for a feature that is NaN or infinite, [`DataError::Label`] for a label that is no
    /// class, [`DataError::Parameter`] when `classes` is 0, [`DataError::TooLarge`] when it is out of all reason.
    ///
    /// # Example
    /// ```
    /// use ndarray::array;
    /// use nn_data::Classification;
    ///
    /// let data = Classification::new(array![[0.0, 1.0], [1.0, 1.0]], vec![1, 0], 2)?;
    /// assert_eq!((data.samples(), data.features(), data.classes()), (2, 2, 2));
    /// assert_eq!(data.class_names(), ["class_0", "class_1"]);
    ///
    /// let error = Classification::new(array![[0.0], [1.0]], vec![1, 2], 2).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "label 2 of sample 1 is out of range: expected a class from 0 to 1; labels count from 0"
    /// );
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn new(x: Array2<T>, labels: Vec<usize>, classes: usize) -> Result<Self, DataError> {
        if classes == 0 {
            return Err(DataError::parameter("number of classes", "at least 1", classes));
        }
        if let Some((row, &label)) = labels.iter().enumerate().find(|(_, label)| **label >= classes) {
            return Err(DataError::Label { row, label, classes });
        }
        Self::checked(x, labels, default_names("class_", classes)?)
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.target_names.len()
    }

    /// The names of the classes: `class_0`, `class_1`, .. unless they were given.
    pub fn class_names(&self) -> &[String] {
        &self.target_names
    }

    /// The same data with other names for its classes.
    ///
    /// # Errors
    /// [`DataError::Length`] when there is not one name for each class.
    ///
    /// # Example
    /// ```
    /// use nn_data::NoisyXor;
    ///
    /// let data = NoisyXor::default().generate::<f64>(0)?.with_class_names(["equal", "unequal"])?;
    /// assert_eq!(data.class_names(), ["equal", "unequal"]);
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn with_class_names<N: Into<String>>(
        self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self, DataError> {
        let target_names = checked_names("class names", "class", names, self.classes())?;
        Ok(Self { target_names, ..self })
    }

    /// How many samples each class has.
    ///
    /// # Example
    /// ```
    /// use nn_data::NoisyXor;
    ///
    /// assert_eq!(NoisyXor::default().generate::<f64>(0)?.class_counts(), [200, 200]);
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes()];
        for &label in &self.y {
            counts[label] += 1;
        }
        counts
    }

    /// The labels as rows of zeros with a single 1 in the column of the class.
    ///
    /// # Shapes
    /// (samples, classes).
    ///
    /// # Panics
    /// When the rows do not fit in memory.
    ///
    /// # Example
    /// ```
    /// use ndarray::array;
    /// use nn_data::Classification;
    ///
    /// let data = Classification::new(array![[0.5], [0.7]], vec![2, 0], 3)?;
    /// assert_eq!(data.one_hot(), array![[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn one_hot(&self) -> Array2<T> {
        one_hot(&self.y, self.classes()).expect("the labels are classes")
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn labels_are_checked() {
        let new = |classes| Classification::new(array![[0.0], [1.0], [2.0]], vec![0, 1, 3], classes);
        assert_eq!(new(4).unwrap().y(), [0, 1, 3]);
        assert_eq!(new(3).unwrap_err(), DataError::Label { row: 2, label: 3, classes: 3 });
        assert_eq!(new(0).unwrap_err().to_string(), "number of classes is 0; expected at least 1");
        assert_eq!(new(usize::MAX).unwrap_err(), DataError::TooLarge { what: "the names of the classes" });
    }

    #[test]
    fn classes_may_be_empty_and_are_counted() {
        let data = Classification::new(array![[0.0], [1.0], [2.0]], vec![3, 1, 3], 5).unwrap();
        assert_eq!(data.class_counts(), [0, 1, 0, 2, 0]);
        assert_eq!(data.class_names(), ["class_0", "class_1", "class_2", "class_3", "class_4"]);
        assert_eq!(
            data.with_class_names(["one"]).unwrap_err(),
            DataError::Length { what: "class names", each: "class", expected: 5, found: 1 }
        );
    }

    proptest! {
        #[test]
        fn one_hot_rows_sum_to_1_at_the_label(labels in vec(0_usize..6, 1..40)) {
            let x = Array2::<f32>::zeros((labels.len(), 1));
            let rows = Classification::new(x, labels.clone(), 6).unwrap().one_hot();
            prop_assert_eq!(rows.dim(), (labels.len(), 6));
            for (row, label) in rows.rows().into_iter().zip(labels) {
                prop_assert_eq!(row.sum(), 1.0);
                prop_assert_eq!(row[label], 1.0);
                prop_assert!(row.iter().all(|&x| x == 0.0 || x == 1.0));
            }
        }
    }
}
