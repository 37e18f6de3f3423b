use ndarray::{ArrayViewMut1, Zip};

use super::softmax::subtract_largest;
use crate::{Architecture, Backward, Forward, Layer, LayerSpec, Scalar, ShapeError, simd};

/// Rows of logarithms of probabilities: y_k = x_k - ln Σ_j e^(x_j).
///
/// # Shapes
/// x and y: (batch, classes).
///
/// Each row's largest x is subtracted first, so that nothing overflows, and a probability too small for a number has a
/// logarithm none the less. Backward applies the whole Jacobian, dx_k = dy_k - e^(y_k) Σ_j dy_j.
///
/// # Example
/// ```
/// use nn_core::{LogSoftmax, Network};
/// use ndarray::array;
///
/// let network = Network::<f64, _>::new(2, LogSoftmax, 0)?;
/// assert_eq!(network.predict(array![[1000.0, -1000.0]].view())?, array![[0.0, -2000.0]]);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// As PyTorch's `LogSoftmax`.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "LayerSpec", try_from = "LayerSpec")
)]
pub struct LogSoftmax;

impl Architecture for LogSoftmax {
    fn name(&self) -> &'static str {
        "LogSoftmax"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        Ok(in_dim)
    }

    /// One scalar a row: its maximum, then ln Σ_j e^(x_j - maximum); in backward Σ_j dy_j.
    fn work_len(&self, batch: usize, _in_dim: usize) -> usize {
        batch
    }

    fn spec(&self) -> Option<LayerSpec> {
        Some(LayerSpec::LogSoftmax)
    }
}

impl<T: Scalar> Layer<T> for LogSoftmax {
    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { x, mut y, work, .. } = pass;
        y.assign(&x);
        subtract_largest(&mut y, &mut ArrayViewMut1::from(&mut *work));
        work.fill(T::zero());
        for y in y.columns() {
            match y.to_slice() {
                Some(y) => simd::run(|| work.iter_mut().zip(y).for_each(|(sum, y)| *sum += y.kernel_exp())),
                None => work.iter_mut().zip(y).for_each(|(sum, y)| *sum += y.kernel_exp()),
            }
        }
        T::kernel_ln_slice(work);
        let log_sum = ArrayViewMut1::from(work);
        for mut y in y.columns_mut() {
            y -= &log_sum;
        }
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { y, work, dy, dx, .. } = pass;
        let Some(mut dx) = dx else { return };
        let mut sum = ArrayViewMut1::from(work);
        sum.fill(T::zero());
        for dy in dy.columns() {
            sum += &dy;
        }
        dx.assign(&y);
        for mut dx in dx.columns_mut() {
            match dx.as_slice_mut() {
                Some(dx) => T::kernel_exp_slice(dx),
                None => dx.mapv_inplace(T::kernel_exp),
            }
        }
        for (mut dx, dy) in dx.columns_mut().into_iter().zip(dy.columns()) {
            Zip::from(&mut dx).and(&dy).and(&sum).for_each(|dx, &dy, &sum| *dx = dy - *dx * sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::{Network, Softmax, Workspace};

    #[test]
    fn it_is_the_logarithm_of_softmax() {
        let x = Array2::from_shape_fn((70, 5), |(n, j)| ((7 * n + 3 * j) % 11) as f64 - 5.0);
        let log = Network::<f64, _>::new(5, LogSoftmax, 0).expect("it fits").predict(x.view());
        let softmax = Network::<f64, _>::new(5, Softmax, 0).expect("it fits").predict(x.view());
        for (log, p) in log.expect("finite").iter().zip(&softmax.expect("finite")) {
            assert!((log - p.ln()).abs() < 1e-14);
        }
    }

    #[test]
    fn nan_stays_in_its_row() {
        let network = Network::<f64, _>::new(2, LogSoftmax, 0).expect("it fits");
        let (x, mut workspace) = (array![[0.0, f64::NAN], [3.0, 3.0]], Workspace::new());
        let pass = network.forward(x.view(), &mut workspace).expect("it fits");
        assert!(pass.output().row(0).iter().all(|y| y.is_nan()));
        assert_eq!(pass.output().row(1), array![-2.0_f64.ln(), -2.0_f64.ln()]);
    }
}
