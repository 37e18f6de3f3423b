use rand::Rng;

use crate::layer::{join, visit_params_of, visit_state_of};
use crate::memory::{batch_view, batch_view_mut};
use crate::{
    Architecture, Backward, Forward, Init, Layer, LayerSpec, ParamSpec, Scalar, ShapeError, StateUpdate,
};

/// A layer bridged by a shortcut: y = x + f(x).
///
/// # Shapes
/// x and y: (batch, features); the inner layer must have as many outputs as inputs.
///
/// # Example
/// ```
/// use nn_core::{Dense, Network, Residual, Tanh};
///
/// let block = Residual((Dense::new(8, Tanh), Dense::linear(4)));
/// let network = Network::<f64, _>::new(4, (block, Dense::linear(2)), 0)?;
///
/// let error = Network::<f64, _>::new(3, (block,), 0).unwrap_err();
/// assert_eq!(error.to_string(), "layer 0 (Residual): expected an inner layer with 3 outputs, found 4");
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// In a file the inner layers are a list, so a model that is to be read as a [`Sequential`](crate::Sequential) wraps a
/// tuple, if need be of one layer.
///
/// He et al.: "Deep residual learning for image recognition", CVPR 2016.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "Tagged<L>", from = "Tagged<L>", bound(serialize = "L: Clone + serde::Serialize"))
)]
pub struct Residual<L>(pub L);

/// The layer in a file: `{"residual": [...]}`.
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
enum Tagged<L> {
    Residual(L),
}

impl<L> From<Residual<L>> for Tagged<L> {
    fn from(layer: Residual<L>) -> Self {
        Self::Residual(layer.0)
    }
}

impl<L> From<Tagged<L>> for Residual<L> {
    fn from(Tagged::Residual(inner): Tagged<L>) -> Self {
        Self(inner)
    }
}

impl<L: Architecture> Architecture for Residual<L> {
    fn name(&self) -> &'static str {
        "Residual"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        let found = self.0.out_dim(in_dim).map_err(|e| e.inside("Residual"))?;
        if found == in_dim {
            return Ok(in_dim);
        }
        let expected = format!("an inner layer with {in_dim} outputs");
        Err(ShapeError::new("Residual", expected, found.to_string()))
    }

    fn visit_params(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        visit_params_of(&self.0, "inner", in_dim, visit);
    }

    fn param_len(&self, in_dim: usize) -> usize {
        self.0.param_len(in_dim)
    }

    fn visit_state(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        visit_state_of(&self.0, "inner", in_dim, visit);
    }

    fn state_len(&self, in_dim: usize) -> usize {
        self.0.state_len(in_dim)
    }

    /// The outputs of the inner layer, a copy of dy, then the inner layer's own scalars.
    fn work_len(&self, batch: usize, in_dim: usize) -> usize {
        2 * batch * in_dim + self.0.work_len(batch, in_dim)
    }

    fn mixes_samples(&self) -> bool {
        self.0.mixes_samples()
    }

    fn spec(&self) -> Option<LayerSpec> {
        Some(LayerSpec::Residual(self.0.spec()?.into_chain()))
    }
}

impl<T: Scalar, L: Layer<T>> Layer<T> for Residual<L> {
    fn init(&self, in_dim: usize, params: &mut [T], init: Init, rng: &mut dyn Rng) {
        self.0.init(in_dim, params, init, rng);
    }

    fn init_state(&self, in_dim: usize, state: &mut [T]) {
        self.0.init_state(in_dim, state);
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { x, mut y, work, .. } = pass;
        let (batch, features) = x.dim();
        let (inner, work) = work.split_at_mut(batch * features);
        let work = &mut work[batch * features..];
        self.0.forward(Forward { y: batch_view_mut(inner, batch, features), work, ..pass });
        y.assign(&x);
        y += &batch_view(inner, batch, features);
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { x, work, dy, mut dx, .. } = pass;
        let (batch, features) = x.dim();
        let (inner, work) = work.split_at_mut(batch * features);
        let (shortcut, work) = work.split_at_mut(batch * features);
        // The inner layer may destroy dy, which the shortcut needs as well.
        let mut shortcut = batch_view_mut(shortcut, batch, features);
        shortcut.assign(&dy);
        let y = batch_view(inner, batch, features);
        let inner_dx = dx.as_mut().map(|dx| dx.view_mut());
        self.0.backward(Backward { y, work, dy, dx: inner_dx, ..pass });
        if let Some(mut dx) = dx {
            dx += &shortcut;
        }
    }

    fn update_state(&self, update: StateUpdate<'_, T>) {
        let work = &update.work[2 * update.batch * update.in_dim..];
        self.0.update_state(StateUpdate { work, ..update });
    }

    fn first_not_finite(&self, batch: usize, in_dim: usize, work: &[T]) -> String {
        let (inner, work) = work.split_at(batch * in_dim);
        if inner.iter().all(|y| y.is_finite()) {
            return String::new();
        }
        join("inner", &self.0.first_not_finite(batch, in_dim, &work[batch * in_dim..]))
    }
}
