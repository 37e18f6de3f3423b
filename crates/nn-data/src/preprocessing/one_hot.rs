use ndarray::Array2;
use nn_core::Scalar;

use crate::DataError;

/// Labels as rows of zeros with a single 1 in the column of the class.
///
/// # Shapes
/// `labels`: (samples), each below `classes`. The result: (samples, classes).
///
/// # Errors
/// [`DataError::Label`] for a label that is no class, [`DataError::TooLarge`] when the result does not fit in memory.
///
/// # Panics
/// Never: there are as many values as the shape asks for.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_data::one_hot;
///
/// assert_eq!(one_hot::<f32>(&[2, 0], 3)?, array![[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
/// # Ok::<(), nn_data::DataError>(())
/// ```
///
/// PyTorch's `one_hot`; of a data set, see [`Classification::one_hot`](crate::Classification::one_hot).
pub fn one_hot<T: Scalar>(labels: &[usize], classes: usize) -> Result<Array2<T>, DataError> {
    if let Some((row, &label)) = labels.iter().enumerate().find(|(_, label)| **label >= classes) {
        return Err(DataError::Label { row, label, classes });
    }
    let too_large = || DataError::TooLarge { what: "the rows" };
    let length = labels.len().checked_mul(classes).ok_or_else(too_large)?;
    let mut values = Vec::new();
    values.try_reserve_exact(length).map_err(|_| too_large())?;
    values.resize(length, T::zero());
    let mut rows = Array2::from_shape_vec((labels.len(), classes), values).expect("as many values");
    for (mut row, &label) in rows.rows_mut().into_iter().zip(labels) {
        row[label] = T::one();
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_checked() {
        assert_eq!(
            one_hot::<f64>(&[0, 3], 3).unwrap_err(),
            DataError::Label { row: 1, label: 3, classes: 3 }
        );
        let error = one_hot::<f64>(&[0, 1], usize::MAX).unwrap_err();
        assert_eq!(error.to_string(), "the rows do not fit in memory; use a smaller number");
        assert_eq!(one_hot::<f64>(&[], 3).unwrap().dim(), (0, 3));
    }
}
