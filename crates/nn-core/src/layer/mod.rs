//! What a layer is: a description without state, and two functions on slices that the caller owns.

mod mode;
mod pass;
mod visit;

pub use mode::{Mode, Noise};
pub use pass::{Backward, Forward, ForwardRow, StateUpdate};
pub use visit::{LayerInfo, ParamKind, ParamSpec, visit_layers_of, visit_params_of, visit_state_of};
pub(crate) use visit::{describe, join};

use rand::Rng;

use crate::memory::{batch_view, batch_view_mut};
use crate::{Init, LayerSpec, Scalar, ShapeError};

/// The part of a layer that does not depend on the scalar type: names and sizes.
///
/// The other methods are for sizes that [`out_dim`](Architecture::out_dim) accepts; for others they may panic.
///
/// A layer is a plain value: sizes and hyper-parameters, no weights. [`visit_params`](Architecture::visit_params) says
/// which parameters it wants; the network keeps them, one layer's after the other's, in one flat slice, and likewise
/// the state that [`visit_state`](Architecture::visit_state) shows.
pub trait Architecture: Send + Sync {
    /// The layer's name as a type, `Dense`.
    fn name(&self) -> &'static str;

    /// The number of outputs for `in_dim` inputs: shape inference and shape check in one, run when a network is built.
    ///
    /// # Errors
    /// [`ShapeError`] when the layer cannot take `in_dim` inputs, or a hyper-parameter is out of its range.
    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError>;

    /// Shows each parameter tensor in the order in which they lie in the layer's parameter slice.
    fn visit_params(&self, _in_dim: usize, _visit: &mut dyn FnMut(ParamSpec<'_>)) {}

    /// Length of the parameter slice. The default counts what [`visit_params`](Architecture::visit_params) shows.
    fn param_len(&self, in_dim: usize) -> usize {
        let mut len: usize = 0;
        self.visit_params(in_dim, &mut |param| len = len.saturating_add(param.len()));
        len
    }

    /// Shows each tensor of the layer's state, of [`ParamKind::State`], in the order in which they lie in its slice.
    fn visit_state(&self, _in_dim: usize, _visit: &mut dyn FnMut(ParamSpec<'_>)) {}

    /// Length of the state slice: what is not learned but must be kept and saved, such as running statistics. The
    /// default counts what [`visit_state`](Architecture::visit_state) shows.
    fn state_len(&self, in_dim: usize) -> usize {
        let mut len: usize = 0;
        self.visit_state(in_dim, &mut |tensor| len = len.saturating_add(tensor.len()));
        len
    }

    /// Scalars that the layer keeps for itself from forward to backward.
    fn work_len(&self, _batch: usize, _in_dim: usize) -> usize {
        0
    }

    /// Whether in training an output depends on other samples than its own, as in batch normalisation. Such a layer is
    /// always given a mini-batch whole; for others a large one is cut into shards. In [`Mode::Eval`] no output may:
    /// predictions are made in blocks of any size.
    fn mixes_samples(&self) -> bool {
        false
    }

    /// Shows the layers that a summary lists: the layer itself, or those of a chain.
    fn visit_layers(&self, in_dim: usize, visit: &mut dyn FnMut(LayerInfo<'_>)) {
        let out_dim = self.out_dim(in_dim).unwrap_or(0);
        let (params, state) = (self.param_len(in_dim), self.state_len(in_dim));
        visit(LayerInfo { path: "", name: self.name(), in_dim, out_dim, params, state });
    }

    /// The layer as a value that can be written to a file; `None` if it is not one of the crate's own.
    fn spec(&self) -> Option<LayerSpec> {
        None
    }
}

/// A differentiable function of a batch and a parameter slice.
///
/// # Shapes
/// Samples are rows: `x` is (batch, `in_dim`), `y` is (batch, `out_dim`). The framework's own buffers hold each
/// feature's values side by side (`x.column(j)` is contiguous), because a loop along the batch fills the vector
/// registers and one along two features does not. A layer is fastest on that order and right on any.
///
/// # Which buffer may be destroyed
/// | | forward | backward | `update_state` |
/// |---|---|---|---|
/// | `params`, `x` | read | read | |
/// | `state` | read | read | changed |
/// | `y` | overwritten whole | read, as forward left it | |
/// | `work` | overwritten at will | as forward left it; may be destroyed, but for what `update_state` reads | read, as forward or backward left it |
/// | `dy` | | may be destroyed | |
/// | `dparams`, `dx` | | overwritten whole, never added to | |
///
/// Buffers come with arbitrary content. Shapes are checked when the network is built, so none of them can fail; called
/// by hand with buffers of other sizes than [`Architecture`] asks for, they may panic.
///
/// # Example
/// A layer that multiplies every feature by a learned gain, proven in one line:
/// ```
/// use nn_core::{
///     Architecture, Backward, Forward, Init, Layer, ParamKind, ParamSpec, Scalar, ShapeError, gradcheck,
/// };
///
/// struct Gain;
///
/// impl Architecture for Gain {
///     fn name(&self) -> &'static str {
///         "Gain"
///     }
///     fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
///         Ok(in_dim)
///     }
///     fn visit_params(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
///         visit(ParamSpec::new("gain", &[in_dim], ParamKind::Gain));
///     }
/// }
///
/// impl<T: Scalar> Layer<T> for Gain {
///     fn init(&self, _in_dim: usize, params: &mut [T], _init: Init, _rng: &mut dyn rand::Rng) {
///         params.fill(T::one());
///     }
///     fn forward(&self, pass: Forward<'_, T>) {
///         let Forward { params: gain, x, mut y, .. } = pass;
///         for ((n, j), y) in y.indexed_iter_mut() {
///             *y = gain[j] * x[[n, j]];
///         }
///     }
///     fn backward(&self, pass: Backward<'_, T>) {
///         let Backward { params: gain, x, dy, dparams: dgain, dx, .. } = pass;
///         for (j, dgain) in dgain.iter_mut().enumerate() {
///             *dgain = x.column(j).dot(&dy.column(j));
///         }
///         if let Some(mut dx) = dx {
///             for ((n, j), dx) in dx.indexed_iter_mut() {
///                 *dx = gain[j] * dy[[n, j]];
///             }
///         }
///     }
/// }
///
/// gradcheck::layer(&Gain, 3)?;
/// # Ok::<(), nn_core::gradcheck::Failure>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer on `{T}`",
    note = "an activation is a layer as `Activate(Tanh)`, or within `Dense::new(units, Tanh)`",
    note = "layers chosen at run time go into a `Sequential`",
    note = "`gradcheck` needs `impl<T: Scalar> Layer<T>`; a layer on `f64` alone is checked by `GradCheck::layer_numeric`"
)]
pub trait Layer<T: Scalar>: Architecture {
    /// Sets the initial parameters. `init` is the network's choice; a layer may have one of its own. The default sets
    /// all to 0.
    fn init(&self, _in_dim: usize, params: &mut [T], _init: Init, _rng: &mut dyn Rng) {
        params.fill(T::zero());
    }

    /// Sets the initial state. The default sets all to 0.
    fn init_state(&self, _in_dim: usize, state: &mut [T]) {
        state.fill(T::zero());
    }

    /// y = f(params, state, x).
    fn forward(&self, pass: Forward<'_, T>);

    /// [`forward`](Layer::forward) of a single sample in [`Mode::Eval`], on slices: where a program asks for one
    /// prediction at a time, views cost as much as the arithmetic. The default makes the views.
    fn forward_row(&self, row: ForwardRow<'_, T>) {
        let ForwardRow { params, state, x, y, work } = row;
        let (x, y) = (batch_view(x, 1, x.len()), {
            let len = y.len();
            batch_view_mut(y, 1, len)
        });
        self.forward(Forward { params, state, x, y, work, mode: Mode::Eval });
    }

    /// Numbers that [`pack`](Layer::pack) writes. The default is the number of parameters.
    fn packed_len(&self, in_dim: usize) -> usize {
        self.param_len(in_dim)
    }

    /// Lays the parameters out for [`forward_packed`](Layer::forward_packed). The default copies them.
    fn pack(&self, _in_dim: usize, params: &[T], packed: &mut [T]) {
        packed.copy_from_slice(params);
    }

    /// [`forward_row`](Layer::forward_row) with parameters as [`pack`](Layer::pack) laid them out: how a
    /// [`Predictor`](crate::Predictor) works. The same bits; the default is `forward_row`.
    fn forward_packed(&self, row: ForwardRow<'_, T>) {
        self.forward_row(row);
    }

    /// From dL/dy to dL/dparams and, if asked for, dL/dx. The state counts as a constant.
    fn backward(&self, pass: Backward<'_, T>);

    /// Brings the state up to date after a forward pass in [`Mode::Train`]. The default leaves it as it is.
    fn update_state(&self, _update: StateUpdate<'_, T>) {}

    /// After a forward pass whose outputs are not finite, the path of the inner layer at which that began; empty if it
    /// is the layer itself. Chains look into their part of `work`.
    fn first_not_finite(&self, _batch: usize, _in_dim: usize, _work: &[T]) -> String {
        String::new()
    }
}

/// A reference to a layer, or a boxed layer, is a layer.
macro_rules! forward_to_inner {
    ($($type:ty, $l:ident);+) => {$(
        impl<$l: Architecture + ?Sized> Architecture for $type {
            fn name(&self) -> &'static str {
                (**self).name()
            }
            fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
                (**self).out_dim(in_dim)
            }
            fn visit_params(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
                (**self).visit_params(in_dim, visit);
            }
            fn param_len(&self, in_dim: usize) -> usize {
                (**self).param_len(in_dim)
            }
            fn visit_state(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
                (**self).visit_state(in_dim, visit);
            }
            fn state_len(&self, in_dim: usize) -> usize {
                (**self).state_len(in_dim)
            }
            fn work_len(&self, batch: usize, in_dim: usize) -> usize {
                (**self).work_len(batch, in_dim)
            }
            fn mixes_samples(&self) -> bool {
                (**self).mixes_samples()
            }
            fn visit_layers(&self, in_dim: usize, visit: &mut dyn FnMut(LayerInfo<'_>)) {
                (**self).visit_layers(in_dim, visit);
            }
            fn spec(&self) -> Option<LayerSpec> {
                (**self).spec()
            }
        }

        impl<T: Scalar, $l: Layer<T> + ?Sized> Layer<T> for $type {
            fn init(&self, in_dim: usize, params: &mut [T], init: Init, rng: &mut dyn Rng) {
                (**self).init(in_dim, params, init, rng);
            }
            fn init_state(&self, in_dim: usize, state: &mut [T]) {
                (**self).init_state(in_dim, state);
            }
            fn forward(&self, pass: Forward<'_, T>) {
                (**self).forward(pass);
            }
            fn forward_row(&self, row: ForwardRow<'_, T>) {
                (**self).forward_row(row);
            }
            fn packed_len(&self, in_dim: usize) -> usize {
                (**self).packed_len(in_dim)
            }
            fn pack(&self, in_dim: usize, params: &[T], packed: &mut [T]) {
                (**self).pack(in_dim, params, packed);
            }
            fn forward_packed(&self, row: ForwardRow<'_, T>) {
                (**self).forward_packed(row);
            }
            fn backward(&self, pass: Backward<'_, T>) {
                (**self).backward(pass);
            }
            fn update_state(&self, update: StateUpdate<'_, T>) {
                (**self).update_state(update);
            }
            fn first_not_finite(&self, batch: usize, in_dim: usize, work: &[T]) -> String {
                (**self).first_not_finite(batch, in_dim, work)
            }
        }
    )+};
}

forward_to_inner!(&L, L; Box<L>, L);
