use ndarray::{ArrayViewMut1, ArrayViewMut2, Zip};

use crate::{Architecture, Backward, Forward, Layer, LayerSpec, Scalar, ShapeError};

/// Rows of probabilities: y_k = e^(x_k) / Σ_j e^(x_j).
///
/// # Shapes
/// x and y: (batch, classes).
///
/// Each row's largest x is subtracted first, so that nothing overflows. Backward applies the whole Jacobian,
/// dx_k = y_k (dy_k - Σ_j y_j dy_j).
///
/// For training, [`SoftmaxCrossEntropy`](crate::SoftmaxCrossEntropy) on the outputs of a linear layer is both faster
/// and more exact than this layer followed by [`CrossEntropy`](crate::CrossEntropy). For logarithms of probabilities, see
/// [`LogSoftmax`](crate::LogSoftmax).
///
/// # Example
/// ```
/// use nn_core::{Network, Softmax};
/// use ndarray::array;
///
/// let network = Network::<f64, _>::new(3, Softmax, 0)?;
/// let y = network.predict(array![[1000.0, 1000.0, -1000.0]].view())?;
/// assert_eq!(y, array![[0.5, 0.5, 0.0]]);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "LayerSpec", try_from = "LayerSpec")
)]
pub struct Softmax;

/// Subtracts from each row of `rows` its largest element, which goes into `largest`; NaN counts as the largest.
pub(super) fn subtract_largest<T: Scalar>(
    rows: &mut ArrayViewMut2<'_, T>,
    largest: &mut ArrayViewMut1<'_, T>,
) {
    // Column by column, since a column is contiguous.
    largest.fill(T::neg_infinity());
    for column in rows.columns() {
        Zip::from(&mut *largest)
            .and(&column)
            .for_each(|m, &x| *m = if x > *m || x.is_nan() { x } else { *m });
    }
    for mut column in rows.columns_mut() {
        column -= &*largest;
    }
}

/// Replaces each row of `rows` by its softmax; `row_scratch` has one scalar a row.
pub(crate) fn softmax_rows<T: Scalar>(mut rows: ArrayViewMut2<'_, T>, row_scratch: &mut [T]) {
    let mut largest = ArrayViewMut1::from(row_scratch);
    subtract_largest(&mut rows, &mut largest);
    for mut column in rows.columns_mut() {
        match column.as_slice_mut() {
            Some(column) => T::kernel_exp_slice(column),
            None => column.mapv_inplace(T::kernel_exp),
        }
    }
    let mut total = largest;
    total.fill(T::zero());
    for column in rows.columns() {
        total += &column;
    }
    for mut column in rows.columns_mut() {
        column /= &total;
    }
}

impl Architecture for Softmax {
    fn name(&self) -> &'static str {
        "Softmax"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        Ok(in_dim)
    }

    /// One scalar a row: its maximum, then its sum; in backward Σ_j y_j dy_j.
    fn work_len(&self, batch: usize, _in_dim: usize) -> usize {
        batch
    }

    fn spec(&self) -> Option<LayerSpec> {
        Some(LayerSpec::Softmax)
    }
}

impl<T: Scalar> Layer<T> for Softmax {
    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { x, mut y, work, .. } = pass;
        y.assign(&x);
        softmax_rows(y, work);
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { y, work, dy, dx, .. } = pass;
        let Some(mut dx) = dx else { return };
        let mut mean = ArrayViewMut1::from(work);
        mean.fill(T::zero());
        for (y, dy) in y.columns().into_iter().zip(dy.columns()) {
            Zip::from(&mut mean).and(&y).and(&dy).for_each(|m, &y, &dy| *m += y * dy);
        }
        for ((mut dx, y), dy) in dx.columns_mut().into_iter().zip(y.columns()).zip(dy.columns()) {
            Zip::from(&mut dx).and(&y).and(&dy).and(&mean).for_each(|dx, &y, &dy, &m| *dx = y * (dy - m));
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn rows_add_up_to_1_and_ignore_a_constant() {
        let mut rows = array![[1.0, 2.0, 3.0], [-999.0, -998.0, -997.0]];
        softmax_rows(rows.view_mut(), &mut [f64::NAN; 2]);
        assert_eq!(rows.row(0), rows.row(1));
        assert!((rows.row(0).sum() - 1.0).abs() < 1e-15);
        let ratio = rows[[0, 1]] / rows[[0, 0]];
        assert!((ratio - std::f64::consts::E).abs() < 1e-14);
    }

    #[test]
    fn nan_stays_in_its_row() {
        let mut rows = array![[0.0, f64::NAN], [0.0, 0.0]];
        softmax_rows(rows.view_mut(), &mut [0.0; 2]);
        assert!(rows.row(0).iter().all(|p| p.is_nan()));
        assert_eq!(rows.row(1), array![0.5, 0.5]);
    }
}
