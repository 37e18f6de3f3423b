use ndarray::Axis;
use rand::Rng;

use super::branches::{Branches, LayerBranches};
use crate::layer::{visit_params_of, visit_state_of};
use crate::memory::{batch_view, batch_view_mut};
use crate::{
    Architecture, Backward, Forward, Init, Layer, LayerSpec, ParamSpec, Scalar, ShapeError, StateUpdate,
};

/// Several layers on the same inputs, their outputs side by side: y = (a(x), b(x), ...).
///
/// The branches are a tuple of up to 16 layers, or a `Vec` of layers of one type, which for layers chosen at run time is
/// [`Sequential`](crate::Sequential).
///
/// # Shapes
/// x: (batch, features). y: (batch, the sum of the branches' outputs).
///
/// # Example
/// ```
/// use nn_core::{Activate, Dense, Identity, Network, Parallel, Tanh};
///
/// // Wide and deep: the last layer sees the features as well as what was made of them.
/// let deep = (Dense::new(8, Tanh), Dense::new(5, Tanh));
/// let network = Network::<f64, _>::new(3, (Parallel((Activate(Identity), deep)), Dense::linear(1)), 0)?;
/// assert_eq!(network.param("layers.1.weight").unwrap().shape(), [1, 3 + 5]);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// In a file each branch is the list of its layers, `{"parallel": [[...], [...]]}`, so a model that is to be read as a
/// [`Sequential`](crate::Sequential) has a tuple for each branch, if need be of one layer.
///
/// As the `Concatenate` of Keras after several layers on one input, and Flux's `Parallel(vcat, ...)`.
///
/// # Workspace
/// A branch's share of dx, then the scalars of each branch.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "Tagged<L>", from = "Tagged<L>", bound(serialize = "L: Clone + serde::Serialize"))
)]
pub struct Parallel<L>(pub L);

/// The layer in a file: `{"parallel": [...]}`.
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
enum Tagged<L> {
    Parallel(L),
}

impl<L> From<Parallel<L>> for Tagged<L> {
    fn from(layer: Parallel<L>) -> Self {
        Self::Parallel(layer.0)
    }
}

impl<L> From<Tagged<L>> for Parallel<L> {
    fn from(Tagged::Parallel(branches): Tagged<L>) -> Self {
        Self(branches)
    }
}

/// The outputs of a branch. Called after the network was built, when every size is known to fit.
fn outputs<L: Architecture + ?Sized>(branch: &L, in_dim: usize) -> usize {
    branch.out_dim(in_dim).expect("checked when the network was built")
}

impl<L: Branches> Architecture for Parallel<L> {
    fn name(&self) -> &'static str {
        "Parallel"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        if self.0.architectures().next().is_none() {
            return Err(ShapeError::new("Parallel", "at least 1 branch", "0"));
        }
        self.0.architectures().enumerate().try_fold(0_usize, |sum, (index, branch)| {
            let found = branch.out_dim(in_dim).map_err(|e| e.at(index).inside("Parallel"))?;
            sum.checked_add(found).ok_or_else(|| {
                let found = format!("{sum} outputs and {found} more");
                ShapeError::new("Parallel", "a size that fits in memory", found)
            })
        })
    }

    fn visit_params(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        for (index, branch) in self.0.architectures().enumerate() {
            visit_params_of(branch, &index.to_string(), in_dim, visit);
        }
    }

    fn param_len(&self, in_dim: usize) -> usize {
        // Saturates, so that a size beyond all memory is refused and does not wrap around.
        self.0.architectures().map(|branch| branch.param_len(in_dim)).fold(0, usize::saturating_add)
    }

    fn visit_state(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        for (index, branch) in self.0.architectures().enumerate() {
            visit_state_of(branch, &index.to_string(), in_dim, visit);
        }
    }

    fn state_len(&self, in_dim: usize) -> usize {
        self.0.architectures().map(|branch| branch.state_len(in_dim)).fold(0, usize::saturating_add)
    }

    fn work_len(&self, batch: usize, in_dim: usize) -> usize {
        let own = self.0.architectures().map(|branch| branch.work_len(batch, in_dim));
        batch * in_dim + own.sum::<usize>()
    }

    fn mixes_samples(&self) -> bool {
        self.0.architectures().any(Architecture::mixes_samples)
    }

    fn spec(&self) -> Option<LayerSpec> {
        let branches = self.0.architectures().map(|branch| Some(branch.spec()?.into_chain()));
        branches.collect::<Option<_>>().map(LayerSpec::Parallel)
    }
}

impl<T: Scalar, L: LayerBranches<T>> Layer<T> for Parallel<L> {
    fn init(&self, in_dim: usize, mut params: &mut [T], init: Init, rng: &mut dyn Rng) {
        for branch in self.0.layers() {
            let (own, rest) = params.split_at_mut(branch.param_len(in_dim));
            branch.init(in_dim, own, init, rng);
            params = rest;
        }
    }

    fn init_state(&self, in_dim: usize, mut state: &mut [T]) {
        for branch in self.0.layers() {
            let (own, rest) = state.split_at_mut(branch.state_len(in_dim));
            branch.init_state(in_dim, own);
            state = rest;
        }
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { mut params, mut state, x, mut y, work, mut mode } = pass;
        let (batch, in_dim) = x.dim();
        let mut work = &mut work[batch * in_dim..];
        for branch in self.0.layers() {
            let (own_params, rest_params) = params.split_at(branch.param_len(in_dim));
            let (own_state, rest_state) = state.split_at(branch.state_len(in_dim));
            let (own_y, rest_y) = y.split_at(Axis(1), outputs(branch, in_dim));
            let (own_work, rest_work) = work.split_at_mut(branch.work_len(batch, in_dim));
            let (own_mode, rest_mode) = mode.split();
            branch.forward(Forward {
                params: own_params,
                state: own_state,
                x,
                y: own_y,
                work: own_work,
                mode: own_mode,
            });
            (params, state, y, work, mode) = (rest_params, rest_state, rest_y, rest_work, rest_mode);
        }
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { mut params, mut state, x, mut y, work, mut mode, mut dy, mut dparams, mut dx } = pass;
        let (batch, in_dim) = x.dim();
        let (share, mut work) = work.split_at_mut(batch * in_dim);
        for (index, branch) in self.0.layers().enumerate() {
            let (out_dim, len) = (outputs(branch, in_dim), branch.param_len(in_dim));
            let (own_params, rest_params) = params.split_at(len);
            let (own_state, rest_state) = state.split_at(branch.state_len(in_dim));
            let (own_y, rest_y) = y.split_at(Axis(1), out_dim);
            let (own_work, rest_work) = work.split_at_mut(branch.work_len(batch, in_dim));
            let (own_mode, rest_mode) = mode.split();
            let (own_dy, rest_dy) = dy.split_at(Axis(1), out_dim);
            let (own_dparams, rest_dparams) = dparams.split_at_mut(len);
            // The first branch writes dx, the others add to it.
            let own_dx = match &mut dx {
                Some(dx) if index == 0 => Some(dx.view_mut()),
                Some(_) => Some(batch_view_mut(share, batch, in_dim)),
                None => None,
            };
            branch.backward(Backward {
                params: own_params,
                state: own_state,
                x,
                y: own_y,
                work: own_work,
                mode: own_mode,
                dy: own_dy,
                dparams: own_dparams,
                dx: own_dx,
            });
            if let Some(dx) = &mut dx
                && index > 0
            {
                *dx += &batch_view(share, batch, in_dim);
            }
            (params, state, y, work, mode) = (rest_params, rest_state, rest_y, rest_work, rest_mode);
            (dy, dparams) = (rest_dy, rest_dparams);
        }
    }

    fn update_state(&self, update: StateUpdate<'_, T>) {
        let StateUpdate { batch, in_dim, work, mut state } = update;
        let mut work = &work[batch * in_dim..];
        for branch in self.0.layers() {
            let (own_work, rest_work) = work.split_at(branch.work_len(batch, in_dim));
            let (own_state, rest_state) = state.split_at_mut(branch.state_len(in_dim));
            branch.update_state(StateUpdate { batch, in_dim, work: own_work, state: own_state });
            (work, state) = (rest_work, rest_state);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::{Activate, Dense, GaussianNoise, Identity, Mode, Network, Sequential, Workspace};

    #[test]
    fn outputs_stand_side_by_side() {
        let doubled = Dense::linear(1).without_bias();
        let layers = Parallel((doubled, Activate(Identity), doubled));
        let network = Network::from_params(1, layers, vec![2.0, -1.0]).expect("two weights");
        let y = network.predict(array![[3.0], [5.0]].view()).expect("finite");
        assert_eq!(y, array![[6.0, 3.0, -3.0], [10.0, 5.0, -5.0]]);
        assert_eq!(network.param_names(), ["layers.0.weight", "layers.2.weight"]);
    }

    #[test]
    fn no_two_branches_have_the_same_noise() {
        let noise = GaussianNoise::new(1.0);
        let network = Network::<f64, _>::new(1, Parallel((noise, noise, noise)), 0).expect("it fits");
        let (x, mut workspace) = (array![[0.0]], Workspace::new());
        let pass = network.forward_in(x.view(), &mut workspace, Mode::train(0, 0)).expect("it fits");
        let y = pass.output();
        assert!(y[[0, 0]] != y[[0, 1]] && y[[0, 1]] != y[[0, 2]] && y[[0, 0]] != y[[0, 2]], "{y}");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let error = |layers: &dyn Layer<f64>| Network::new(2, layers, 0).err().expect("no fit").to_string();
        assert_eq!(
            error(&(Parallel((Dense::linear(3), Dense::linear(0))),)),
            "layer 0 (Parallel) > layer 1 (Dense): expected at least 1 unit, found 0"
        );
        let none: Vec<Sequential<f64>> = Vec::new();
        assert_eq!(error(&Parallel(none)), "Parallel: expected at least 1 branch, found 0");
        let huge = Dense::linear(usize::MAX / 3);
        assert_eq!(
            error(&Parallel(vec![huge; 4])),
            format!(
                "Parallel: expected a size that fits in memory, found {} outputs and {} more",
                usize::MAX / 3 * 3,
                usize::MAX / 3
            )
        );
    }
}
