use ndarray::{ArrayView1, ArrayView2, Axis, Zip};

use crate::batch::check_finite;
use crate::{Architecture, Backward, Error, Forward, Layer, LayerSpec, Scalar, ShapeError};

/// Brings each feature to mean 0 and variance 1 with constants taken from data: y = (x - mean) / scale.
///
/// As the first layer of a network it takes raw features, so that whoever uses the saved network need not know how they
/// were normalised. Mean and scale are not learned.
///
/// # Shapes
/// x and y: (batch, features). `mean` and `scale`: (features).
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `mean` | of the data, by [`fit`](Normalize::fit) | from -1e30 to 1e30 |
/// | `scale` | standard deviation of the data, by [`fit`](Normalize::fit) | from 1e-30 to 1e30 |
///
/// # Example
/// ```
/// use nn_core::{Dense, Network, Normalize, Tanh};
/// use ndarray::array;
///
/// let x = array![[1000.0, 7.0], [3000.0, 7.0]];
/// let normalize = Normalize::fit(x.view())?;
/// assert_eq!((normalize.mean(), normalize.scale()), (&[2000.0, 7.0][..], &[1000.0, 1.0][..]));
///
/// let network = Network::<f64, _>::new(2, normalize.clone(), 0)?;
/// assert_eq!(network.predict(x.view())?, array![[-1.0, 0.0], [1.0, 0.0]]);
/// let network = Network::<f64, _>::new(2, (normalize, Dense::new(8, Tanh), Dense::linear(1)), 0)?;
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// As scikit-learn's `StandardScaler`: the variance divides by the number of samples, and a constant feature has scale
/// 1. Keras's `Normalization` divides by at least 1e-7 instead.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "LayerSpec", try_from = "LayerSpec")
)]
pub struct Normalize {
    pub(super) mean: Vec<f64>,
    pub(super) scale: Vec<f64>,
}

impl Normalize {
    /// A layer with given constants, one of each a feature.
    pub fn new(mean: Vec<f64>, scale: Vec<f64>) -> Self {
        Self { mean, scale }
    }

    /// A layer with the means and standard deviations of `x`: (samples, features). Take the training data, not the
    /// validation data.
    ///
    /// A feature counts as constant, and its scale is 1, if its variance is no more than rounding makes of its mean.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`] without samples, [`Error::NotFinite`] for NaN or infinity among the features, or for a
    /// variance that is too large for a number.
    pub fn fit<T: Scalar>(x: ArrayView2<'_, T>) -> Result<Self, Error> {
        if x.nrows() == 0 {
            return Err(Error::EmptyBatch);
        }
        check_finite("features", x)?;
        let (mean, var): (Vec<f64>, Vec<f64>) = x.columns().into_iter().map(mean_and_variance).unzip();
        check_finite("variances", ArrayView1::from(&var).insert_axis(Axis(0)))?;
        let rounding = x.nrows() as f64 * f64::EPSILON;
        let scale = mean.iter().zip(&var).map(|(mean, &var)| {
            let noise = rounding * mean;
            let constant = var <= rounding * var + noise * noise;
            if constant { 1.0 } else { var.sqrt() }
        });
        let scale = scale.collect();
        Ok(Self { mean, scale })
    }

    /// What is subtracted from each feature.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// What each feature is then divided by.
    pub fn scale(&self) -> &[f64] {
        &self.scale
    }
}

/// The variance divides by the number of samples.
fn mean_and_variance<T: Scalar>(column: ArrayView1<'_, T>) -> (f64, f64) {
    let column = column.mapv(T::as_f64);
    let n = column.len() as f64;
    let mean = column.sum() / n;
    let deviations = column - mean;
    // What rounding left in the mean.
    let correction = deviations.sum();
    (mean, (deviations.dot(&deviations) - correction * correction / n) / n)
}

impl Architecture for Normalize {
    fn name(&self) -> &'static str {
        "Normalize"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        let error = |expected: String, found: String| Err(ShapeError::new("Normalize", expected, found));
        if self.mean.len() != in_dim {
            return error(format!("{} inputs, as many as means", self.mean.len()), in_dim.to_string());
        }
        if self.scale.len() != in_dim {
            return error(format!("{in_dim} scales, as many as means"), self.scale.len().to_string());
        }
        // What is a number other than 0 as `f32` too.
        if let Some(mean) = self.mean.iter().find(|mean| !(-1e30..=1e30).contains(*mean)) {
            return error("means from -1e30 to 1e30".into(), mean.to_string());
        }
        if let Some(scale) = self.scale.iter().find(|scale| !(1e-30..=1e30).contains(*scale)) {
            return error("scales from 1e-30 to 1e30".into(), scale.to_string());
        }
        Ok(in_dim)
    }

    fn spec(&self) -> Option<LayerSpec> {
        Some(self.clone().into())
    }
}

impl<T: Scalar> Layer<T> for Normalize {
    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { x, mut y, .. } = pass;
        for (j, (mut y, x)) in y.columns_mut().into_iter().zip(x.columns()).enumerate() {
            let (mean, scale) = (T::of(self.mean[j]), T::of(self.scale[j]));
            Zip::from(&mut y).and(&x).for_each(|y, &x| *y = (x - mean) / scale);
        }
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Some(mut dx) = pass.dx else { return };
        for (j, (mut dx, dy)) in dx.columns_mut().into_iter().zip(pass.dy.columns()).enumerate() {
            let scale = T::of(self.scale[j]);
            Zip::from(&mut dx).and(&dy).for_each(|dx, &dy| *dx = dy / scale);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::Network;

    #[test]
    fn the_data_come_out_with_mean_0_and_variance_1() {
        let x = Array2::from_shape_fn((50, 3), |(n, j)| {
            1e3 * j as f64 + [1.0, 10.0, 100.0][j] * ((7 * n) % 50) as f64
        });
        let network = Network::new(3, Normalize::fit(x.view()).expect("finite"), 0).expect("it fits");
        for column in network.predict(x.view()).expect("finite").columns() {
            assert!(column.sum().abs() < 1e-12 && (column.var(0.0) - 1.0).abs() < 1e-14);
        }
    }

    /// As scikit-learn's `StandardScaler`: the third feature varies, the others are constant but for rounding.
    #[test]
    fn a_constant_feature_is_only_shifted() {
        let x = array![[0.0, 0.1, 1e-9, 1e8], [0.0, 0.1, 3e-9, 1e8], [0.0, 0.1, 2e-9, 1e8 + 1e-7]];
        let normalize = Normalize::fit(x.view()).expect("finite");
        assert_eq!([normalize.scale()[0], normalize.scale()[1], normalize.scale()[3]], [1.0; 3]);
        assert!((normalize.scale()[2] - (2.0_f64 / 3.0).sqrt() * 1e-9).abs() < 1e-23);
        let one = Normalize::fit(array![[5.0_f32, -3.0]].view()).expect("finite");
        assert_eq!((one.mean(), one.scale()), (&[5.0, -3.0][..], &[1.0, 1.0][..]));
    }

    #[test]
    fn data_without_a_variance_are_refused() {
        let error = |x: Array2<f64>| Normalize::fit(x.view()).expect_err("no variance").to_string();
        assert_eq!(error(Array2::zeros((0, 2))), Error::EmptyBatch.to_string());
        let message = "features[1, 0] is NaN; expected a finite number";
        assert_eq!(error(array![[1.0], [f64::NAN]]), message);
        let message = "variances[0, 1] is inf; expected a finite number";
        assert_eq!(error(array![[1.0, 1e200], [2.0, -1e200]]), message);
    }

    #[test]
    fn constants_out_of_range_are_refused() {
        for (mean, scale, message) in [
            (vec![0.0], vec![1.0], "expected 1 inputs, as many as means, found 2"),
            (vec![0.0; 2], vec![1.0], "expected 2 scales, as many as means, found 1"),
            (vec![0.0, f64::NAN], vec![1.0; 2], "expected means from -1e30 to 1e30, found NaN"),
            (vec![0.0; 2], vec![1.0, 0.0], "expected scales from 1e-30 to 1e30, found 0"),
        ] {
            let layer = Normalize::new(mean, scale);
            let error = Network::<f64, _>::new(2, layer, 0).expect_err("out of range").to_string();
            assert_eq!(error, format!("Normalize: {message}"));
        }
    }
}
