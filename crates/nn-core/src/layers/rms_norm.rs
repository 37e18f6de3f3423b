use ndarray::{ArrayViewMut1, Zip};
use rand::Rng;

use super::affine::{Affine, check_eps};
use crate::memory::{batch_view, batch_view_mut};
use crate::{Architecture, Backward, Forward, Init, Layer, LayerSpec, ParamSpec, Scalar, ShapeError};

/// Divides each sample by the root mean square of its features: y = gain x / √(mean x² + eps).
///
/// # Shapes
/// x and y: (batch, features). `gain`: (features).
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `eps` | the scalar's machine epsilon, 2.2e-16 for `f64` | from 1e-30 to 1e30 |
/// | `gain` | yes, begins at 1 | |
///
/// # Example
/// ```
/// use nn_core::{Network, RmsNorm};
/// use ndarray::array;
///
/// let network = Network::<f64, _>::new(2, RmsNorm::new().eps(1e-20), 0)?;
/// assert_eq!(network.predict(array![[3.0, -3.0], [0.5, 0.5]].view())?, array![[1.0, -1.0], [1.0, 1.0]]);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// Zhang, Sennrich: "Root mean square layer normalization", NeurIPS 2019. The eps is that of PyTorch's `RMSNorm`;
/// Keras's is 1e-6.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "LayerSpec", try_from = "LayerSpec")
)]
pub struct RmsNorm {
    pub(super) eps: Option<f64>,
    pub(super) gain: bool,
}

impl RmsNorm {
    /// A layer with the default settings.
    pub fn new() -> Self {
        Self { eps: None, gain: true }
    }

    /// What is added to the mean square.
    pub fn eps(self, eps: f64) -> Self {
        Self { eps: Some(eps), ..self }
    }

    /// Leaves the gain out.
    pub fn without_gain(self) -> Self {
        Self { gain: false, ..self }
    }

    fn affine(&self) -> Affine {
        Affine { gain: self.gain, bias: false }
    }
}

impl Default for RmsNorm {
    fn default() -> Self {
        Self::new()
    }
}

impl Architecture for RmsNorm {
    fn name(&self) -> &'static str {
        "RmsNorm"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        if let Some(eps) = self.eps {
            check_eps("RmsNorm", eps)?;
        }
        Ok(in_dim)
    }

    fn visit_params(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        self.affine().visit_params(in_dim, visit);
    }

    /// x̂; then two scalars a row: 1 / √(mean x² + eps), and a mean.
    fn work_len(&self, batch: usize, in_dim: usize) -> usize {
        batch * (in_dim + 2)
    }

    fn spec(&self) -> Option<LayerSpec> {
        Some((*self).into())
    }
}

impl<T: Scalar> Layer<T> for RmsNorm {
    fn init(&self, in_dim: usize, params: &mut [T], _init: Init, _rng: &mut dyn Rng) {
        self.affine().init(in_dim, params);
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { params, x, y, work, .. } = pass;
        let (batch, features) = x.dim();
        let (normalised, rows) = work.split_at_mut(batch * features);
        let mut normalised = batch_view_mut(normalised, batch, features);
        let mut scale = ArrayViewMut1::from(&mut rows[..batch]);
        let (n, eps) = (T::of(features as f64), self.eps.map_or(T::epsilon(), T::of));
        // Column by column, since a column is contiguous.
        scale.fill(T::zero());
        for x in x.columns() {
            Zip::from(&mut scale).and(&x).for_each(|sum, &x| *sum += x * x);
        }
        scale.mapv_inplace(|sum| (sum / n + eps).sqrt().recip());
        for (mut column, x) in normalised.columns_mut().into_iter().zip(x.columns()) {
            Zip::from(&mut column).and(&x).and(&scale).for_each(|column, &x, &scale| *column = scale * x);
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
        // What flows through the mean square.
        mean.fill(T::zero());
        for (dy, x) in dy.columns().into_iter().zip(normalised.columns()) {
            Zip::from(&mut mean).and(&dy).and(&x).for_each(|sum, &dy, &x| *sum += dy * x);
        }
        let n = T::of(features as f64);
        mean.mapv_inplace(|sum| sum / n);
        for ((mut dx, dy), x) in dx.columns_mut().into_iter().zip(dy.columns()).zip(normalised.columns()) {
            Zip::from(&mut dx).and(&dy).and(&x).and(&mean).and(&scale).for_each(
                |dx, &dy, &x, &mean, &scale| {
                    *dx = scale * (dy - mean * x);
                },
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::Network;

    #[test]
    fn a_sample_keeps_its_signs_and_not_its_scale() {
        let network =
            Network::<f64, _>::from_params(3, RmsNorm::new(), vec![1.0, 2.0, -1.0]).expect("three gains");
        let y = network.predict(array![[1.0, -2.0, 2.0], [1e6, -2e6, 2e6]].view()).expect("finite");
        let expected = [1.0, -4.0, -2.0].map(|x| x / 3.0_f64.sqrt());
        for row in y.rows() {
            for (found, expected) in row.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-15, "{y}");
            }
        }
    }

    #[test]
    fn the_default_eps_is_that_of_the_scalar() {
        // x² = eps, so y = x / √(2 eps) = √½.
        let y = Network::<f64, _>::new(1, RmsNorm::new(), 0)
            .and_then(|network| network.predict(array![[f64::EPSILON.sqrt()]].view()));
        assert!((y.expect("finite")[[0, 0]] - 0.5_f64.sqrt()).abs() < 1e-15);
        let y = Network::<f32, _>::new(1, RmsNorm::new(), 0)
            .and_then(|network| network.predict(array![[f32::EPSILON.sqrt()]].view()));
        assert!((y.expect("finite")[[0, 0]] - 0.5_f32.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn a_sample_of_zeros_stays_one() {
        let network = Network::<f64, _>::new(2, RmsNorm::new(), 0).expect("it fits");
        assert_eq!(network.predict(array![[0.0, 0.0]].view()).expect("finite"), array![[0.0, 0.0]]);
    }
}
