use ndarray::Zip;
use rand::Rng;

use super::affine::{Affine, check_eps};
use crate::memory::{batch_view, batch_view_mut};
use crate::{
    Architecture, Backward, Forward, Init, Layer, LayerSpec, Mode, ParamKind, ParamSpec, Scalar, ShapeError,
    StateUpdate,
};

/// Normalises each feature over the batch: y = gain (x - mean) / √(var + eps) + bias.
///
/// While learning, mean and variance are those of the batch (the variance divides by the number of samples), and the
/// gradient flows through them. In use they are the running ones, which are constants. After each step of training
///
/// running mean = (1 - momentum) running mean + momentum mean,
/// running variance = (1 - momentum) running variance + momentum var n / (n - 1).
///
/// # Shapes
/// x and y: (batch, features). `gain`, `bias` and the state `running_mean`, `running_var`: (features).
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `momentum` | 0.1 | from 0 to 1: the share of the last batch |
/// | `eps` | 1e-5 | from 1e-30 to 1e30 |
/// | `gain` | yes, begins at 1 | |
/// | `bias` | yes, begins at 0 | |
///
/// A training batch of a single sample is its own mean: its outputs are the bias, its gradient with respect to x is 0,
/// and the running variance stays as it is, since the variance of one sample is not defined. Every sample of a batch
/// counts alike in the statistics, whatever its weight.
///
/// # Example
/// ```
/// use nn_core::{BatchNorm, Dense, Mode, Network, Tanh, Workspace};
/// use ndarray::array;
///
/// let layers = (Dense::linear(8).without_bias(), BatchNorm::new(), Dense::linear(2));
/// let network = Network::<f64, _>::new(3, layers, 0)?;
/// assert_eq!(network.state().len(), 2 * 8);
///
/// let mut network = Network::<f64, _>::new(1, BatchNorm::new(), 0)?;
/// let (x, mut workspace) = (array![[4.0], [6.0]], Workspace::new());
/// let y = network.forward_in(x.view(), &mut workspace, Mode::train(0, 0))?.output().to_owned();
/// assert!((y[[1, 0]] - 1.0).abs() < 1e-5);
/// network.update_state(&mut workspace)?;
/// // A tenth of the way from mean 0 and variance 1 to mean 5 and variance 2.
/// assert!((network.state()[0] - 0.5).abs() < 1e-15 && (network.state()[1] - 1.1).abs() < 1e-15);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// Ioffe, Szegedy: "Batch normalization", ICML 2015. Momentum, eps and the n - 1 of the running variance are those of
/// PyTorch's `BatchNorm1d`; Keras's momentum is 1 minus ours, its eps 1e-3, and its running variance divides by n. A
/// batch of a single sample PyTorch refuses.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "LayerSpec", try_from = "LayerSpec")
)]
pub struct BatchNorm {
    pub(super) momentum: f64,
    pub(super) eps: f64,
    pub(super) gain: bool,
    pub(super) bias: bool,
}

impl BatchNorm {
    /// A layer with the default settings.
    pub fn new() -> Self {
        Self { momentum: 0.1, eps: 1e-5, gain: true, bias: true }
    }

    /// The share of the last batch in the running statistics.
    pub fn momentum(self, momentum: f64) -> Self {
        Self { momentum, ..self }
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

impl Default for BatchNorm {
    fn default() -> Self {
        Self::new()
    }
}

impl Architecture for BatchNorm {
    fn name(&self) -> &'static str {
        "BatchNorm"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        check_eps("BatchNorm", self.eps)?;
        if !(0.0..=1.0).contains(&self.momentum) {
            return Err(ShapeError::new("BatchNorm", "a momentum from 0 to 1", self.momentum.to_string()));
        }
        Ok(in_dim)
    }

    fn visit_params(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        self.affine().visit_params(in_dim, visit);
    }

    fn visit_state(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        visit(ParamSpec::new("running_mean", &[in_dim], ParamKind::State));
        visit(ParamSpec::new("running_var", &[in_dim], ParamKind::State));
    }

    /// x̂, then the mean and the variance of each feature.
    fn work_len(&self, batch: usize, in_dim: usize) -> usize {
        (batch + 2) * in_dim
    }

    fn mixes_samples(&self) -> bool {
        true
    }

    fn spec(&self) -> Option<LayerSpec> {
        Some((*self).into())
    }
}

impl<T: Scalar> Layer<T> for BatchNorm {
    fn init(&self, in_dim: usize, params: &mut [T], _init: Init, _rng: &mut dyn Rng) {
        self.affine().init(in_dim, params);
    }

    fn init_state(&self, in_dim: usize, state: &mut [T]) {
        let (mean, var) = state.split_at_mut(in_dim);
        mean.fill(T::zero());
        var.fill(T::one());
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { params, state, x, y, work, mode } = pass;
        let (batch, features) = x.dim();
        let (running_mean, running_var) = state.split_at(features);
        let (normalised, statistics) = work.split_at_mut(batch * features);
        let (mean, var) = statistics.split_at_mut(features);
        let mut normalised = batch_view_mut(normalised, batch, features);
        let (learning, n) = (mode != Mode::Eval, T::of(batch as f64));
        for (j, mut column) in normalised.columns_mut().into_iter().enumerate() {
            column.assign(&x.column(j));
            mean[j] = if learning { column.sum() / n } else { running_mean[j] };
            column.mapv_inplace(|x| x - mean[j]);
            var[j] = if learning { column.dot(&column) / n } else { running_var[j] };
            let scale = self.scale(var[j]);
            column.mapv_inplace(|x| scale * x);
        }
        self.affine().forward(params, normalised.view(), y);
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { params, x, work, mode, mut dy, dparams, dx, .. } = pass;
        let (batch, features) = x.dim();
        // The statistics must last until the state is updated.
        let (normalised, statistics) = work.split_at(batch * features);
        let normalised = batch_view(normalised, batch, features);
        self.affine().backward(params, normalised, &mut dy, dparams);
        let Some(mut dx) = dx else { return };
        let (_, var) = statistics.split_at(features);
        let (learning, n) = (mode != Mode::Eval, T::of(batch as f64));
        for (j, mut dx) in dx.columns_mut().into_iter().enumerate() {
            let (dy, x, scale) = (dy.column(j), normalised.column(j), self.scale(var[j]));
            // What flows through the mean and through the variance.
            let (shift, slope) =
                if learning { (dy.sum() / n, dy.dot(&x) / n) } else { (T::zero(), T::zero()) };
            Zip::from(&mut dx)
                .and(&dy)
                .and(&x)
                .for_each(|dx, &dy, &x| *dx = scale * (dy - shift - slope * x));
        }
    }

    fn update_state(&self, update: StateUpdate<'_, T>) {
        let StateUpdate { batch, in_dim, work, state } = update;
        let (mean, var) = work[batch * in_dim..].split_at(in_dim);
        let (running_mean, running_var) = state.split_at_mut(in_dim);
        let momentum = T::of(self.momentum);
        for (running, &mean) in running_mean.iter_mut().zip(mean) {
            *running = (T::one() - momentum) * *running + momentum * mean;
        }
        if batch < 2 {
            return;
        }
        let unbiased = T::of(batch as f64 / (batch - 1) as f64);
        for (running, &var) in running_var.iter_mut().zip(var) {
            *running = (T::one() - momentum) * *running + momentum * (unbiased * var);
        }
    }
}

impl BatchNorm {
    /// 1 / √(var + eps).
    fn scale<T: Scalar>(&self, var: T) -> T {
        (var + T::of(self.eps)).sqrt().recip()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::{Network, Workspace};

    fn after_training_on(x: &Array2<f64>) -> (Array2<f64>, Vec<f64>) {
        let mut network = Network::new(x.ncols(), BatchNorm::new(), 0).expect("it fits");
        let mut workspace = Workspace::new();
        let pass = network.forward_in(x.view(), &mut workspace, Mode::train(0, 0)).expect("it fits");
        let y = pass.output().to_owned();
        network.update_state(&mut workspace).expect("a training pass");
        (y, network.state().to_vec())
    }

    #[test]
    fn while_learning_each_feature_has_mean_0_and_variance_1() {
        let (y, _) = after_training_on(&array![[1.0, 100.0], [2.0, -300.0], [6.0, 50.0]]);
        for column in y.columns() {
            assert!(column.sum().abs() < 1e-14);
            assert!((column.dot(&column) / 3.0 - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn a_single_sample_gives_the_bias_and_leaves_the_variance() {
        let (y, state) = after_training_on(&array![[3.0, -5.0]]);
        assert_eq!(y, array![[0.0, 0.0]]);
        assert!((state[0] - 0.3).abs() < 1e-15 && (state[1] + 0.5).abs() < 1e-15);
        assert_eq!(state[2..], [1.0, 1.0]);
    }

    #[test]
    fn in_use_a_sample_does_not_depend_on_its_batch() {
        let mut network = Network::new(1, BatchNorm::new().eps(1e-30), 0).expect("it fits");
        network.state_mut().copy_from_slice(&[10.0, 4.0]);
        assert_eq!(network.predict(array![[14.0], [4.0]].view()).expect("finite"), array![[2.0], [-3.0]]);
        assert_eq!(network.predict(array![[14.0]].view()).expect("finite"), array![[2.0]]);
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        for (layer, message) in [
            (BatchNorm::new().momentum(1.5), "BatchNorm: expected a momentum from 0 to 1, found 1.5"),
            (BatchNorm::new().momentum(f64::NAN), "BatchNorm: expected a momentum from 0 to 1, found NaN"),
            (BatchNorm::new().eps(0.0), "BatchNorm: expected an eps from 1e-30 to 1e30, found 0"),
        ] {
            let error = Network::<f64, _>::new(2, layer, 0).expect_err("out of range");
            assert_eq!(error.to_string(), message);
        }
    }
}
