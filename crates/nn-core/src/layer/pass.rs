use ndarray::{ArrayView2, ArrayViewMut2};

use crate::Mode;

/// What [`Layer::forward`](crate::Layer::forward) works on. A layer takes out of it what it needs; a layer around another hands on the rest:
/// `Forward { y, ..pass }`.
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The parameters.
    pub params: &'a [T],
    /// The state.
    pub state: &'a [T],
    /// The inputs: (batch, `in_dim`).
    pub x: ArrayView2<'a, T>,
    /// Where the outputs go: (batch, `out_dim`).
    pub y: ArrayViewMut2<'a, T>,
    /// The layer's own scalars, as many as [`Architecture::work_len`](crate::Architecture::work_len) says.
    pub work: &'a mut [T],
    /// Learning, or in use.
    pub mode: Mode,
}

/// What [`Layer::forward_row`](crate::Layer::forward_row) works on: a forward pass in use, for a single sample.
#[derive(Debug)]
pub struct ForwardRow<'a, T> {
    /// The parameters.
    pub params: &'a [T],
    /// The state.
    pub state: &'a [T],
    /// The inputs.
    pub x: &'a [T],
    /// Where the outputs go.
    pub y: &'a mut [T],
    /// The layer's own scalars, as many as for a batch of 1.
    pub work: &'a mut [T],
}

/// What [`Layer::backward`](crate::Layer::backward) works on: all of the forward call, and the gradients.
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// The parameters.
    pub params: &'a [T],
    /// The state.
    pub state: &'a [T],
    /// The inputs: (batch, `in_dim`).
    pub x: ArrayView2<'a, T>,
    /// The outputs: (batch, `out_dim`).
    pub y: ArrayView2<'a, T>,
    /// The layer's own scalars, as forward left them.
    pub work: &'a mut [T],
    /// The mode of the forward call.
    pub mode: Mode,
    /// dL/dy: (batch, `out_dim`).
    pub dy: ArrayViewMut2<'a, T>,
    /// Where dL/dparams goes.
    pub dparams: &'a mut [T],
    /// Where dL/dx goes, if it is asked for: (batch, `in_dim`).
    pub dx: Option<ArrayViewMut2<'a, T>>,
}

/// What [`Layer::update_state`](crate::Layer::update_state) works on.
#[derive(Debug)]
pub struct StateUpdate<'a, T> {
    /// Samples of the forward call.
    pub batch: usize,
    /// Number of inputs.
    pub in_dim: usize,
    /// The layer's own scalars, as forward left them, or backward after it.
    pub work: &'a [T],
    /// The state, to change.
    pub state: &'a mut [T],
}
