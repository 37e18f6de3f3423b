use ndarray::{ArrayViewMut1, Zip};
use rand::Rng;

use super::affine::{Affine, check_eps};
use crate::memory::{batch_view, batch_view_mut};
use crate::{Architecture, Backward, Forward, Init, Layer, LayerSpec, ParamSpec, Scalar, ShapeError};

/// Normalises each sample over its features: y = gain (x - mean) / √(var + eps) + bias.
///
/// The variance divides by the number of features. Samples do not see one another, so training and use are alike.
///
/// # Shapes
/// x and y: (batch, features). `gain` and `bias`: (features).
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `eps` | 1e-5 | from 1e-30 to 1e30 |
/// | `gain` | yes, begins at 1 | |
/// | `bias` | yes, begins at 0 | |
///
/// A single feature is its own mean, so its output is the bias.
///
/// # Example
/// ```
/// use nn_core::{LayerNorm, Network};
/// use ndarray::array;
///
/// let network = Network::<f64, _>::new(2, LayerNorm::new().eps(1e-20), 0)?;
/// assert_eq!(network.predict(array![[3.0, 1.0], [0.0, 100.0]].view())?, array![[1.0, -1.0], [-1.0, 1.0]]);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// Ba, Kiros, Hinton: "Layer normalization", 2016. The eps is that of PyTorch's `LayerNorm`; Keras's is 1e-3.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "LayerSpec", try_from = "LayerSpec")
)]
pub struct LayerNorm {
    pub(super) eps: f64,
    pub(super) gain: bool,
    pub(super) bias: bool,
}

impl LayerNorm {
    /// A layer with the default settings.
    pub fn new() -> Self {
        Self { eps: 1e-5, gain: true, bias: true }
    }

    /// What is added to the variance.
    pub fn eps(self, eps: f64) -> Self {
        Self { eps, ..self }
    }

    /// Leaves the gain out.
    pub fn without_gain(self) -> Self {
        Self { gain: false, ..self }
    }

    /// Leaves the bias out.
    pub fn without_bias(self) -> Self {
        Self { bias: false, ..self }
    }

    fn affine(&self) -> Affine {
        Affine { gain: self.gain, bias: self.bias }
    }
}

impl Default for LayerNorm {
    fn default() -> Self {
        Self::new()
    }
}

impl Architecture for LayerNorm {
    fn name(&self) -> &'static str {
        "LayerNorm"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        check_eps("LayerNorm", self.eps)?;
        Ok(in_dim)
    }

    fn visit_params(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        self.affine().visit_params(in_dim, visit);
    }

    /// x̂; then two scalars a row: 1 / √(var + eps), and a mean.
    fn work_len(&self, batch: usize, in_dim: usize) -> usize {
        batch * (in_dim + 2)
    }

    fn spec(&self) -> Option<LayerSpec> {
        Some((*self).into())
    }
}

impl<T: Scalar> Layer<T> for LayerNorm {
    fn init(&self, in_dim: usize, params: &mut [T], _init: Init, _rng: &mut dyn Rng) {
        self.affine().init(in_dim, params);
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { params, x, y, work, .. } = pass;
        let (batch, features) = x.dim();
        let (normalised, rows) = work.split_at_mut(batch * features);
        let (scale, mean) = rows.split_at_mut(batch);
        let mut normalised = batch_view_mut(normalised, batch, features);
        let (mut scale, mut mean) = (ArrayViewMut1::from(scale), ArrayViewMut1::from(mean));
        let n = T::of(features as f64);
        // Column by column, since a column is contiguous.
        mean.fill(T::zero());
        for x in x.columns() {
            mean += &x;
        }
        mean.mapv_inplace(|sum| sum / n);
        scale.fill(T::zero());
        for (mut column, x) in normalised.columns_mut().into_iter().zip(x.columns()) {
            Zip::from(&mut column).and(&x).and(&mean).for_each(|column, &x, &mean| *column = x - mean);
            Zip::from(&mut scale).and(&column).for_each(|sum, &x| *sum += x * x);
        }
        scale.mapv_inplace(|sum| (sum / n + T::of(self.eps)).sqrt().recip());
        for mut column in normalised.columns_mut() {
            column *= &scale;
        }
        self.affine().forward(params, normalised.view(), y);
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { params, x, work, mut dy, dparams, dx, .. } = pass;
        let (batch, features) = x.dim();
        let (normalised, rows) = work.split_at_mut(batch * features);
        let (scale, mean) = rows.split_at_mut(batch);
        let normalised = batch_view(normalised, batch, features);
        self.affine().backward(params, normalised, &mut dy, dparams);
        let Some(mut dx) = dx else { return };
        let (scale, mut mean) = (ArrayViewMut1::from(scale), ArrayViewMut1::from(mean));
        let n = T::of(features as f64);
        // What flows through the mean, then what flows through the variance.
        mean.fill(T::zero());
        for dy in dy.columns() {
            mean += &dy;
        }
        mean.mapv_inplace(|sum| sum / n);
        for (mut dx, dy) in dx.columns_mut().into_iter().zip(dy.columns()) {
            Zip::from(&mut dx).and(&dy).and(&mean).for_each(|dx, &dy, &mean| *dx = dy - mean);
        }
        mean.fill(T::zero());
        for (dy, x) in dy.columns().into_iter().zip(normalised.columns()) {
            Zip::from(&mut mean).and(&dy).and(&x).for_each(|sum, &dy, &x| *sum += dy * x);
        }
        mean.mapv_inplace(|sum| sum / n);
        for (mut dx, x) in dx.columns_mut().into_iter().zip(normalised.columns()) {
            Zip::from(&mut dx).and(&x).and(&mean).and(&scale).for_each(|dx, &x, &mean, &scale| {
                *dx = scale * (*dx - mean * x);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::Network;

    #[test]
    fn a_sample_keeps_neither_its_level_nor_its_scale() {
        let network = Network::<f64, _>::new(3, LayerNorm::new(), 0).expect("it fits");
        let y = network.predict(array![[1.0, 2.0, 4.0], [1007.0, 1014.0, 1028.0]].view()).expect("finite");
        for (a, b) in y.row(0).iter().zip(y.row(1)) {
            assert!((a - b).abs() < 1e-5, "{y}");
        }
        assert!(y.row(0).sum().abs() < 1e-15);
    }

    #[test]
    fn a_sample_without_variance_gives_the_bias() {
        let layer = LayerNorm::new().without_gain();
        let network = Network::from_params(2, layer, vec![0.5, -0.25]).expect("two biases");
        assert_eq!(network.predict(array![[7.0, 7.0]].view()).expect("finite"), array![[0.5, -0.25]]);
    }
}
