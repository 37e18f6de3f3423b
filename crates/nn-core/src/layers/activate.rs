use ndarray::Zip;

use crate::memory::{by_feature, by_feature_mut};
use crate::{Activation, Architecture, Backward, Forward, Layer, LayerSpec, Scalar, ShapeError};

/// An activation as a layer of its own: y = f(x), element by element.
///
/// # Shapes
/// x and y: (batch, features).
///
/// # Example
/// ```
/// use nn_core::{Activate, Dense, Network, Tanh};
///
/// // The same function as `Dense::new(7, Tanh)`.
/// let network = Network::<f64, _>::new(2, (Dense::linear(7), Activate(Tanh)), 0)?;
/// assert_eq!(network.out_dim(), 7);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        into = "LayerSpec<A>",
        try_from = "LayerSpec<A>",
        bound(serialize = "A: Clone + serde::Serialize", deserialize = "A: serde::Deserialize<'de>")
    )
)]
pub struct Activate<A>(pub A);

impl<A: Activation> Architecture for Activate<A> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        match self.0.check() {
            Ok(()) => Ok(in_dim),
            Err(e) => Err(ShapeError::new(self.0.name(), "a valid activation", e.to_string())),
        }
    }

    fn spec(&self) -> Option<LayerSpec> {
        self.0.spec().map(LayerSpec::Activation)
    }
}

impl<T: Scalar, A: Activation> Layer<T> for Activate<A> {
    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { x, mut y, .. } = pass;
        y.assign(&x);
        match by_feature_mut(&mut y) {
            Some(y) => self.0.apply_slice(y),
            None => y.mapv_inplace(|z| self.0.apply(z)),
        }
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { x, y, mut dy, dx, .. } = pass;
        let Some(mut dx) = dx else { return };
        match (by_feature(&x), by_feature(&y), by_feature_mut(&mut dy)) {
            (Some(z), Some(a), Some(dy)) => self.0.backprop_slice(z, a, dy),
            _ => Zip::from(&mut dy).and(&x).and(&y).for_each(|dy, &z, &a| *dy *= self.0.derivative(z, a)),
        }
        dx.assign(&dy);
    }
}

impl<A> From<Activate<A>> for LayerSpec<A> {
    fn from(layer: Activate<A>) -> Self {
        Self::Activation(layer.0)
    }
}

impl<A> TryFrom<LayerSpec<A>> for Activate<A> {
    type Error = String;

    fn try_from(spec: LayerSpec<A>) -> Result<Self, String> {
        match spec {
            LayerSpec::Activation(activation) => Ok(Self(activation)),
            other => Err(format!("expected layer activation, found {}", other.key())),
        }
    }
}
