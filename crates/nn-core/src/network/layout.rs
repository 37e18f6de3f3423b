use std::ops::Range;

use crate::layer::{visit_params_of, visit_state_of};
use crate::{Architecture, ParamKind, ParamSpec};

/// Where each parameter tensor of a network lies in its parameter slice, or each tensor of its state in that.
///
/// Made by [`Network::layout`](crate::Network::layout) and [`Network::state_layout`](crate::Network::state_layout).
/// Gradients and the state of optimizers are laid out as the parameters are.
///
/// # Example
/// ```
/// use nn_core::{Dense, Network, ParamKind, Tanh};
///
/// let network = Network::<f64, _>::new(2, (Dense::new(15, Tanh), Dense::linear(4)), 0)?;
/// let layout = network.layout();
/// let weights = layout.tensors().iter().filter(|tensor| tensor.kind == ParamKind::Weight);
/// assert_eq!(weights.map(|tensor| tensor.range.clone()).collect::<Vec<_>>(), [0..30, 45..105]);
/// assert_eq!(layout.tensors()[3].name, "layers.1.bias");
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    pub(super) tensors: Vec<Tensor>,
}

/// One tensor of a [`Layout`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tensor {
    /// Its name, `layers.0.weight`.
    pub name: String,
    /// The layer it belongs to, `Dense 2->15`.
    pub layer: String,
    /// Its shape; the values lie in row-major order.
    pub shape: Vec<usize>,
    /// What it is for.
    pub kind: ParamKind,
    /// Where its values lie.
    pub range: Range<usize>,
}

impl Layout {
    pub(super) fn of<L: Architecture>(layers: &L, in_dim: usize) -> Self {
        Self::collect(|visit| visit_params_of(layers, "layers", in_dim, visit))
    }

    pub(super) fn of_state<L: Architecture>(layers: &L, in_dim: usize) -> Self {
        Self::collect(|visit| visit_state_of(layers, "layers", in_dim, visit))
    }

    fn collect(show: impl FnOnce(&mut dyn FnMut(ParamSpec<'_>))) -> Self {
        let (mut start, mut tensors) = (0, Vec::new());
        show(&mut |tensor| {
            let range = start..start + tensor.len();
            start = range.end;
            let (name, layer) = (tensor.name.to_owned(), tensor.layer.to_owned());
            tensors.push(Tensor { name, layer, shape: tensor.shape.to_vec(), kind: tensor.kind, range });
        });
        Self { tensors }
    }

    /// The tensors, in the order of the slice.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// Number of parameters.
    pub fn params(&self) -> usize {
        self.tensors.last().map_or(0, |tensor| tensor.range.end)
    }

    /// The layout of some tensors that lie side by side, as if there were no others: of the slice that begins where the
    /// first of them does.
    ///
    /// # Panics
    /// When there are no such tensors.
    pub fn part(&self, tensors: Range<usize>) -> Self {
        let mut tensors = self.tensors[tensors].to_vec();
        let first = tensors.first().map_or(0, |tensor| tensor.range.start);
        for Tensor { range, .. } in &mut tensors {
            *range = range.start - first..range.end - first;
        }
        Self { tensors }
    }

    /// The tensor of that name.
    pub fn tensor(&self, name: &str) -> Option<&Tensor> {
        self.tensors.iter().find(|tensor| tensor.name == name)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Dense, Network, Tanh};

    #[test]
    fn a_part_begins_at_0() {
        let network = Network::<f64, _>::new(2, (Dense::new(3, Tanh), Dense::linear(1)), 0).expect("it fits");
        let part = network.layout().part(1..3);
        let found: Vec<_> = part.tensors().iter().map(|t| (&t.name[..], t.range.clone())).collect();
        assert_eq!(found, [("layers.0.bias", 0..3), ("layers.1.weight", 3..6)]);
        assert_eq!((part.params(), network.layout().part(2..2).params()), (6, 0));
    }
}
