use std::fmt;
use std::sync::Arc;

use rand::Rng;

use crate::layer::{join, visit_layers_of, visit_params_of, visit_state_of};
use crate::memory::{batch_view, batch_view_mut};
use crate::{
    Architecture, Backward, Error, Forward, ForwardRow, Init, Layer, LayerInfo, LayerSpec, ParamSpec, Scalar,
    ShapeError, StateUpdate,
};

/// A chain of layers chosen at run time: the dynamic twin of a tuple, to the bit.
///
/// Clones share the layers, which are immutable.
///
/// # Example
/// ```
/// use nn_core::{Dense, Network, Sequential, Tanh};
///
/// let mut layers = Sequential::new().then(Dense::new(15, Tanh));
/// if std::env::args().len() > 1 {
///     layers = layers.then(Dense::new(15, Tanh));
/// }
/// let network = Network::<f64, _>::new(2, layers.then(Dense::linear(4)), 0)?;
/// assert_eq!(network.out_dim(), 4);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// From a configuration and back:
/// ```
/// use nn_core::Sequential;
///
/// let json = r#"[{"dense":{"units":15,"activation":"tanh"}},"softmax"]"#;
/// let layers: Sequential<f32> = serde_json::from_str(json)?;
/// assert_eq!(serde_json::to_string(&layers)?, json);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Workspace
/// For each layer but the last, its outputs and their gradient; then the scalars of each layer.
#[derive(Clone)]
pub struct Sequential<T> {
    layers: Vec<Arc<dyn Layer<T>>>,
}

impl<T: Scalar> Sequential<T> {
    /// A chain without layers, which cannot be built until it has one.
    pub fn new() -> Self {
        Self { layers: Vec::new() }
    }

    /// This chain, followed by `layer`.
    pub fn then(mut self, layer: impl Layer<T> + 'static) -> Self {
        self.layers.push(Arc::new(layer));
        self
    }

    /// The chain that a configuration describes.
    pub fn from_specs(specs: &[LayerSpec]) -> Self {
        Self { layers: specs.iter().map(LayerSpec::build).collect() }
    }

    /// The chain as values that can be written to a file.
    ///
    /// # Errors
    /// [`Error::NoSpec`] for a layer that is not one of the crate's own.
    pub fn specs(&self) -> Result<Vec<LayerSpec>, Error> {
        let spec = |(index, layer): (usize, &Arc<dyn Layer<T>>)| {
            layer.spec().ok_or(Error::NoSpec { index, name: layer.name() })
        };
        self.layers.iter().enumerate().map(spec).collect()
    }

    /// The layers, first to last.
    pub fn layers(&self) -> impl ExactSizeIterator<Item = &dyn Layer<T>> {
        self.layers.iter().map(|layer| &**layer)
    }
}

impl<T: Scalar> Default for Sequential<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<Vec<Box<dyn Layer<T>>>> for Sequential<T> {
    fn from(layers: Vec<Box<dyn Layer<T>>>) -> Self {
        Self { layers: layers.into_iter().map(Arc::from).collect() }
    }
}

impl<T: Scalar> fmt::Debug for Sequential<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.layers().map(Architecture::name)).finish()
    }
}

#[cfg(feature = "serde")]
impl<T: Scalar> serde::Serialize for Sequential<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.specs().map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de, T: Scalar> serde::Deserialize<'de> for Sequential<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let specs = Vec::<LayerSpec>::deserialize(deserializer)?;
        if specs.is_empty() {
            return Err(serde::de::Error::custom("expected at least one layer, found an empty list"));
        }
        Ok(Self::from_specs(&specs))
    }
}

/// A layer of the chain with its sizes.
struct Step<'a, T> {
    layer: &'a dyn Layer<T>,
    in_dim: usize,
    out_dim: usize,
}

impl<T: Scalar> Sequential<T> {
    /// The layers with their sizes. Called after the network was built, when every size is known to fit.
    fn steps(&self, in_dim: usize) -> impl Iterator<Item = Step<'_, T>> {
        self.layers.iter().scan(in_dim, |dim, layer| {
            let in_dim = *dim;
            *dim = layer.out_dim(in_dim).expect("checked when the network was built");
            Some(Step { layer: &**layer, in_dim, out_dim: *dim })
        })
    }
}

impl<T: Scalar> Architecture for Sequential<T> {
    fn name(&self) -> &'static str {
        "Chain"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        if self.layers.is_empty() {
            return Err(ShapeError::new("Sequential", "at least 1 layer", "0"));
        }
        let mut layers = self.layers.iter().enumerate();
        layers.try_fold(in_dim, |dim, (index, layer)| layer.out_dim(dim).map_err(|e| e.at(index)))
    }

    fn visit_params(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        for (index, step) in self.steps(in_dim).enumerate() {
            visit_params_of(step.layer, &index.to_string(), step.in_dim, visit);
        }
    }

    fn visit_state(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        for (index, step) in self.steps(in_dim).enumerate() {
            visit_state_of(step.layer, &index.to_string(), step.in_dim, visit);
        }
    }

    fn visit_layers(&self, in_dim: usize, visit: &mut dyn FnMut(LayerInfo<'_>)) {
        for (index, step) in self.steps(in_dim).enumerate() {
            visit_layers_of(step.layer, &index.to_string(), step.in_dim, visit);
        }
    }

    fn param_len(&self, in_dim: usize) -> usize {
        self.steps(in_dim).map(|step| step.layer.param_len(step.in_dim)).fold(0, usize::saturating_add)
    }

    fn state_len(&self, in_dim: usize) -> usize {
        self.steps(in_dim).map(|step| step.layer.state_len(step.in_dim)).fold(0, usize::saturating_add)
    }

    fn work_len(&self, batch: usize, in_dim: usize) -> usize {
        let (mut len, mut last) = (0, 0);
        for step in self.steps(in_dim) {
            last = 2 * batch * step.out_dim;
            len += last + step.layer.work_len(batch, step.in_dim);
        }
        len - last
    }

    fn mixes_samples(&self) -> bool {
        self.layers.iter().any(|layer| layer.mixes_samples())
    }

    fn spec(&self) -> Option<LayerSpec> {
        self.specs().ok().map(LayerSpec::Chain)
    }
}

impl<T: Scalar> Layer<T> for Sequential<T> {
    fn init(&self, in_dim: usize, mut params: &mut [T], init: Init, rng: &mut dyn Rng) {
        for step in self.steps(in_dim) {
            let (own, rest) = params.split_at_mut(step.layer.param_len(step.in_dim));
            step.layer.init(step.in_dim, own, init, rng);
            params = rest;
        }
    }

    fn init_state(&self, in_dim: usize, mut state: &mut [T]) {
        for step in self.steps(in_dim) {
            let (own, rest) = state.split_at_mut(step.layer.state_len(step.in_dim));
            step.layer.init_state(step.in_dim, own);
            state = rest;
        }
    }

    fn forward(&self, mut pass: Forward<'_, T>) {
        let Some((last, inner)) = self.layers.split_last() else { return };
        let (batch, in_dim) = pass.x.dim();
        for step in self.steps(in_dim).take(inner.len()) {
            let Forward { params, state, x, y, work, mode } = pass;
            let (own_params, params) = params.split_at(step.layer.param_len(step.in_dim));
            let (own_state, state) = state.split_at(step.layer.state_len(step.in_dim));
            let (h, work) = work.split_at_mut(batch * step.out_dim);
            let (_, work) = work.split_at_mut(batch * step.out_dim);
            let (own_work, work) = work.split_at_mut(step.layer.work_len(batch, step.in_dim));
            let (own_mode, mode) = mode.split();
            step.layer.forward(Forward {
                params: own_params,
                state: own_state,
                x,
                y: batch_view_mut(h, batch, step.out_dim),
                work: own_work,
                mode: own_mode,
            });
            pass = Forward { params, state, x: batch_view(h, batch, step.out_dim), y, work, mode };
        }
        last.forward(pass);
    }

    fn forward_row(&self, mut row: ForwardRow<'_, T>) {
        let Some((last, inner)) = self.layers.split_last() else { return };
        for step in self.steps(row.x.len()).take(inner.len()) {
            let ForwardRow { params, state, x, y, work } = row;
            let (own_params, params) = params.split_at(step.layer.param_len(step.in_dim));
            let (own_state, state) = state.split_at(step.layer.state_len(step.in_dim));
            let (h, work) = work.split_at_mut(step.out_dim);
            let (own_work, work) = work[step.out_dim..].split_at_mut(step.layer.work_len(1, step.in_dim));
            step.layer.forward_row(ForwardRow {
                params: own_params,
                state: own_state,
                x,
                y: h,
                work: own_work,
            });
            row = ForwardRow { params, state, x: h, y, work };
        }
        last.forward_row(row);
    }

    fn packed_len(&self, in_dim: usize) -> usize {
        let lens = self.steps(in_dim).map(|step| step.layer.packed_len(step.in_dim));
        lens.fold(0, |sum: usize, len| sum.saturating_add(len.next_multiple_of(T::LINE)))
    }

    fn pack(&self, in_dim: usize, mut params: &[T], mut packed: &mut [T]) {
        for step in self.steps(in_dim) {
            let (own_params, rest) = params.split_at(step.layer.param_len(step.in_dim));
            let len = step.layer.packed_len(step.in_dim);
            let (own, rest_packed) = packed.split_at_mut(len.next_multiple_of(T::LINE));
            step.layer.pack(step.in_dim, own_params, &mut own[..len]);
            (params, packed) = (rest, rest_packed);
        }
    }

    fn forward_packed(&self, mut row: ForwardRow<'_, T>) {
        let Some((last, inner)) = self.layers.split_last() else { return };
        for step in self.steps(row.x.len()).take(inner.len()) {
            let ForwardRow { params, state, x, y, work } = row;
            let len = step.layer.packed_len(step.in_dim);
            let (own, params) = params.split_at(len.next_multiple_of(T::LINE));
            let (own_state, state) = state.split_at(step.layer.state_len(step.in_dim));
            let (h, work) = work.split_at_mut(step.out_dim);
            let (own_work, work) = work[step.out_dim..].split_at_mut(step.layer.work_len(1, step.in_dim));
            let own_row = ForwardRow { params: &own[..len], state: own_state, x, y: h, work: own_work };
            step.layer.forward_packed(own_row);
            row = ForwardRow { params, state, x: h, y, work };
        }
        let len = last.packed_len(row.x.len());
        last.forward_packed(ForwardRow { params: &row.params[..len], ..row });
    }

    fn backward(&self, pass: Backward<'_, T>) {
        backward(&self.layers, pass);
    }

    fn update_state(&self, update: StateUpdate<'_, T>) {
        let StateUpdate { batch, in_dim, mut work, mut state } = update;
        for (index, step) in self.steps(in_dim).enumerate() {
            let last = index + 1 == self.layers.len();
            let outputs = if last { 0 } else { 2 * batch * step.out_dim };
            let (own_work, rest) = work[outputs..].split_at(step.layer.work_len(batch, step.in_dim));
            let (own_state, rest_state) = state.split_at_mut(step.layer.state_len(step.in_dim));
            let in_dim = step.in_dim;
            step.layer.update_state(StateUpdate { batch, in_dim, work: own_work, state: own_state });
            (work, state) = (rest, rest_state);
        }
    }

    fn first_not_finite(&self, batch: usize, in_dim: usize, mut work: &[T]) -> String {
        for (index, step) in self.steps(in_dim).enumerate() {
            let own_len = step.layer.work_len(batch, step.in_dim);
            let last = index + 1 == self.layers.len();
            let (h, rest) = work.split_at(if last { 0 } else { 2 * batch * step.out_dim });
            if last || h[..batch * step.out_dim].iter().any(|h| !h.is_finite()) {
                let inner = step.layer.first_not_finite(batch, step.in_dim, &rest[..own_len]);
                return join(&index.to_string(), &inner);
            }
            work = &rest[own_len..];
        }
        String::new()
    }
}

/// Backward through `layers`, the first of which sees `pass.x`: the rest of the chain first, then the first layer.
fn backward<T: Scalar>(layers: &[Arc<dyn Layer<T>>], pass: Backward<'_, T>) {
    let Some((first, rest)) = layers.split_first() else { return };
    if rest.is_empty() {
        return first.backward(pass);
    }
    let Backward { params, state, x, y, work, mode, dy, dparams, dx } = pass;
    let (batch, in_dim) = x.dim();
    let out_dim = first.out_dim(in_dim).expect("checked when the network was built");
    let len = first.param_len(in_dim);
    let (own_params, params) = params.split_at(len);
    let (own_dparams, dparams) = dparams.split_at_mut(len);
    let (own_state, state) = state.split_at(first.state_len(in_dim));
    let (h, work) = work.split_at_mut(batch * out_dim);
    let (dh, work) = work.split_at_mut(batch * out_dim);
    let (own_work, work) = work.split_at_mut(first.work_len(batch, in_dim));
    let h = batch_view(h, batch, out_dim);
    let (own_mode, mode) = mode.split();
    let dh_out = Some(batch_view_mut(dh, batch, out_dim));
    backward(rest, Backward { params, state, x: h, y, work, mode, dy, dparams, dx: dh_out });
    first.backward(Backward {
        params: own_params,
        state: own_state,
        x,
        y: h,
        work: own_work,
        mode: own_mode,
        dy: batch_view_mut(dh, batch, out_dim),
        dparams: own_dparams,
        dx,
    });
}
