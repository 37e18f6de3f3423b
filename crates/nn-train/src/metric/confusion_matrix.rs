use std::fmt;

use ndarray::{Array2, ArrayView2};
use nn_core::Error;

use super::{MetricError, check_labels, check_lengths};

/// How often samples of each class were predicted to be of each class.
///
/// Entry (i, j) counts the samples of class i that were predicted to be of class j. Displayed, it is a table.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_train::ConfusionMatrix;
///
/// let matrix = ConfusionMatrix::new(&[0, 0, 1, 1, 1], &[0, 1, 1, 1, 0], 2)?.with_class_names(["cat", "dog"])?;
/// assert_eq!(matrix.counts(), array![[1, 1], [1, 2]]);
/// assert_eq!(matrix.to_string(), "\
/// true \\ predicted  cat  dog
///              cat    1    1
///              dog    1    2");
/// # Ok::<(), nn_train::MetricError>(())
/// ```
///
/// scikit-learn's `confusion_matrix` with `labels=range(classes)`: rows are labels, columns are predictions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfusionMatrix {
    counts: Array2<usize>,
    class_names: Vec<String>,
}

impl ConfusionMatrix {
    /// Counts `y_pred` against `y_true`, in `classes` classes counted from 0.
    ///
    /// # Shapes
    /// `y_true`, `y_pred`: (samples), each below `classes`. A class may be absent: its row and column are 0.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] without samples, when there are not as many predictions, and for a label or a prediction
    /// that is no class; [`MetricError::TooLarge`] for more classes than fit in memory.
    pub fn new(y_true: &[usize], y_pred: &[usize], classes: usize) -> Result<Self, MetricError> {
        check_lengths("predictions", y_true.len(), y_pred.len())?;
        check_labels(y_true, classes)?;
        check_labels(y_pred, classes)?;
        let too_large = || MetricError::TooLarge { classes };
        let mut counts = Vec::new();
        let entries = classes.checked_mul(classes).ok_or_else(too_large)?;
        counts.try_reserve_exact(entries).map_err(|_| too_large())?;
        counts.resize(entries, 0);
        for (&label, &prediction) in y_true.iter().zip(y_pred) {
            counts[label * classes + prediction] += 1;
        }
        let counts = Array2::from_shape_vec((classes, classes), counts).map_err(|_| too_large())?;
        Ok(Self { counts, class_names: (0..classes).map(|class| class.to_string()).collect() })
    }

    /// The same matrix with names for its classes, which are numbers otherwise.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] when there is not one name for each class.
    pub fn with_class_names<N: Into<String>>(
        self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self, MetricError> {
        let class_names: Vec<String> = names.into_iter().map(Into::into).collect();
        let (expected, found) = (self.class_names.len(), class_names.len());
        if found != expected {
            return Err(Error::Length { what: "class names", expected, found }.into());
        }
        Ok(Self { class_names, ..self })
    }

    /// The counts: a row for each class of the samples, a column for each that was predicted.
    pub fn counts(&self) -> ArrayView2<'_, usize> {
        self.counts.view()
    }

    /// The names of the classes: `0`, `1`, .. unless they were given.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }
}

impl fmt::Display for ConfusionMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const CORNER: &str = "true \\ predicted";
        let chars = |text: &str| text.chars().count();
        let first = self.class_names.iter().map(|name| chars(name)).max().unwrap_or(0).max(CORNER.len());
        let width = |class: usize| {
            let counts = self.counts.column(class);
            let digits = counts.iter().map(|count| chars(&count.to_string())).max().unwrap_or(0);
            digits.max(chars(&self.class_names[class])) + 2
        };
        let widths: Vec<usize> = (0..self.class_names.len()).map(width).collect();
        write!(f, "{CORNER:>first$}")?;
        for (name, &width) in self.class_names.iter().zip(&widths) {
            write!(f, "{name:>width$}")?;
        }
        for (name, row) in self.class_names.iter().zip(self.counts.rows()) {
            write!(f, "\n{name:>first$}")?;
            for (count, &width) in row.iter().zip(&widths) {
                write!(f, "{count:>width$}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn rows_are_labels_and_absent_classes_have_rows() {
        let matrix = ConfusionMatrix::new(&[0, 0, 3, 3, 3], &[0, 3, 3, 3, 1], 4).unwrap();
        assert_eq!(matrix.counts(), array![[1, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 0, 2]]);
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_entry() {
        let matrix = ConfusionMatrix::new(&[vec![0; 1000], vec![1]].concat(), &[0; 1001], 2).unwrap();
        let expected = "true \\ predicted     0  1\n               0  1000  0\n               1     1  0";
        assert_eq!(matrix.to_string(), expected);
        let named = matrix.with_class_names(["größer als vorgestern", "é"]).unwrap();
        let expected = "     true \\ predicted  größer als vorgestern  é\n\
                        größer als vorgestern                   1000  0\n                    \
                        é                      1  0";
        assert_eq!(named.to_string(), expected);
    }

    #[test]
    fn what_is_no_class_is_refused() {
        let message = |y: &[usize], p: &[usize], k| ConfusionMatrix::new(y, p, k).unwrap_err().to_string();
        assert_eq!(message(&[0, 1], &[0], 2), "expected 2 predictions, found 1");
        assert_eq!(message(&[], &[], 2), "expected at least one sample, found an empty batch");
        let expected = "label 2 of sample 1 is out of range: expected a class from 0 to 1";
        assert_eq!(message(&[0, 2], &[0, 1], 2), expected);
        assert_eq!(message(&[0, 1], &[0, 2], 2), expected);
        assert!(message(&[0], &[0], 0).starts_with("label 0 of sample 0"));
        let error = ConfusionMatrix::new(&[0], &[0], usize::MAX).unwrap_err();
        assert_eq!(error, MetricError::TooLarge { classes: usize::MAX });
        let names = ConfusionMatrix::new(&[0], &[0], 2).unwrap().with_class_names(["one"]);
        assert_eq!(names.unwrap_err().to_string(), "expected 2 class names, found 1");
    }
}
