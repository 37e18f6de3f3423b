//! What a layer is: a description without state, and two functions on slices that the caller owns.

use ndarray::{ArrayView2, ArrayViewMut2};
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::{Init, LayerSpec, Scalar, ShapeError, stream};

/// The part of a layer that does not depend on the scalar type: names and sizes.
///
/// The other methods are for sizes that [`out_dim`](Architecture::out_dim) accepts; for others they may panic.
///
/// A layer is a plain value: sizes and hyper-parameters, no weights. [`visit_params`](Architecture::visit_params) says
/// which parameters it wants; the network keeps them, one layer's after the other's, in one flat slice.
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

    /// Scalars that the layer keeps for itself from forward to backward.
    fn work_len(&self, _batch: usize, _in_dim: usize) -> usize {
        0
    }

    /// Shows the layers that a summary lists: the layer itself, or those of a chain.
    fn visit_layers(&self, in_dim: usize, visit: &mut dyn FnMut(LayerInfo<'_>)) {
        let out_dim = self.out_dim(in_dim).unwrap_or(0);
        visit(LayerInfo { path: "", name: self.name(), in_dim, out_dim, params: self.param_len(in_dim) });
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
/// | | forward | backward |
/// |---|---|---|
/// | `params`, `x` | read | read |
/// | `y` | overwritten whole | read, as forward left it |
/// | `work` | overwritten at will | as forward left it, may be destroyed |
/// | `dy` | | may be destroyed |
/// | `dparams`, `dx` | | overwritten whole, never added to |
///
/// Buffers come with arbitrary content. Shapes are checked when the network is built, so neither function can fail; called
/// by hand with buffers of other sizes than [`Architecture`] asks for, they may panic.
///
/// # Example
/// A layer that multiplies every feature by a learned gain, proven in one line:
/// ```
/// use ndarray::{ArrayView2, ArrayViewMut2};
/// use nn_core::{Architecture, Init, Layer, Mode, ParamKind, ParamSpec, Saved, Scalar, ShapeError, gradcheck};
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
///     fn forward(&self, gain: &[T], x: ArrayView2<T>, mut y: ArrayViewMut2<T>, _work: &mut [T], _mode: Mode) {
///         for ((n, j), y) in y.indexed_iter_mut() {
///             *y = gain[j] * x[[n, j]];
///         }
///     }
///     fn backward(
///         &self, gain: &[T], saved: Saved<T>, dy: ArrayViewMut2<T>, dgain: &mut [T], dx: Option<ArrayViewMut2<T>>,
///     ) {
///         for (j, dgain) in dgain.iter_mut().enumerate() {
///             *dgain = saved.x.column(j).dot(&dy.column(j));
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

    /// y = f(params, x).
    fn forward(
        &self,
        params: &[T],
        x: ArrayView2<'_, T>,
        y: ArrayViewMut2<'_, T>,
        work: &mut [T],
        mode: Mode,
    );

    /// From dL/dy to dL/dparams and, if asked for, dL/dx.
    fn backward(
        &self,
        params: &[T],
        saved: Saved<'_, T>,
        dy: ArrayViewMut2<'_, T>,
        dparams: &mut [T],
        dx: Option<ArrayViewMut2<'_, T>>,
    );

    /// After a forward pass whose outputs are not finite, the path of the inner layer at which that began; empty if it
    /// is the layer itself. Chains look into their part of `work`.
    fn first_not_finite(&self, _batch: usize, _in_dim: usize, _work: &[T]) -> String {
        String::new()
    }
}

/// What forward leaves for backward.
#[derive(Debug)]
pub struct Saved<'a, T> {
    /// The inputs.
    pub x: ArrayView2<'a, T>,
    /// The outputs.
    pub y: ArrayView2<'a, T>,
    /// The layer's own scalars, as many as [`Architecture::work_len`] says.
    pub work: &'a mut [T],
    /// The mode of the forward call.
    pub mode: Mode,
}

/// Whether a network is learning or in use; layers with noise differ between the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Learning. Whatever is random must come from the [`Noise`], so that a run can be repeated to the bit.
    Train(Noise),
    /// In use: deterministic.
    Eval,
}

impl Mode {
    /// Learning, at a step of the run of a seed.
    pub fn train(seed: u64, step: u64) -> Self {
        Self::Train(Noise { key: mixed(seed).wrapping_add(step) })
    }

    /// The modes of a chain's first layer and of the rest of the chain, so that no two layers have the same noise.
    #[must_use]
    pub fn split(self) -> (Self, Self) {
        match self {
            Self::Eval => (self, self),
            Self::Train(Noise { key }) => {
                let key = mixed(key);
                (Self::Train(Noise { key }), Self::Train(Noise { key: !key }))
            }
        }
    }
}

/// The source of a layer's noise: fixed by the run's seed, the step, and the place of the layer in the network.
///
/// # Example
/// ```
/// use nn_core::Mode;
/// use rand::Rng;
///
/// let draw = |mode| match mode {
///     Mode::Train(noise) => noise.rng().next_u64(),
///     Mode::Eval => 0,
/// };
/// let (first, rest) = Mode::train(7, 0).split();
/// assert_eq!(draw(first), draw(Mode::train(7, 0).split().0));
/// assert_ne!(draw(first), draw(rest));
/// assert_ne!(draw(first), draw(Mode::train(7, 1).split().0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noise {
    key: u64,
}

impl Noise {
    /// A generator that gives the same numbers in forward and backward.
    pub fn rng(&self) -> rand::rngs::Xoshiro256PlusPlus {
        stream(self.key, "noise")
    }
}

/// A bijection that scatters neighbouring numbers: the finaliser of `SplitMix64` (Steele, Lea, Flood, 2014).
fn mixed(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// What a parameter is for: decay and regularisation treat weights only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ParamKind {
    /// Multiplies an input and is shared by nothing else.
    Weight,
    /// Is added.
    Bias,
    /// Scales a whole feature.
    Gain,
    /// Anything else, such as a place or a width.
    Other,
}

/// One parameter tensor: its name, shape and kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParamSpec<'a> {
    /// Its path within the visited layer: `weight`, or `0.weight` within a chain.
    pub name: &'a str,
    /// Its shape; the values lie in row-major order.
    pub shape: &'a [usize],
    /// What it is for.
    pub kind: ParamKind,
    /// The layer it belongs to, `Dense 15->4`; empty until a chain or network fills it in.
    pub layer: &'a str,
}

impl<'a> ParamSpec<'a> {
    /// A parameter of the layer that shows it.
    pub fn new(name: &'a str, shape: &'a [usize], kind: ParamKind) -> Self {
        Self { name, shape, kind, layer: "" }
    }

    /// Number of scalars.
    #[allow(clippy::len_without_is_empty, reason = "no parameter is empty")]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }
}

/// A layer as a summary lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerInfo<'a> {
    /// Its path, `layers.0`; empty as the layer itself shows it.
    pub path: &'a str,
    /// Its name as a type.
    pub name: &'static str,
    /// Number of inputs.
    pub in_dim: usize,
    /// Number of outputs.
    pub out_dim: usize,
    /// Number of parameters.
    pub params: usize,
}

/// Shows the parameters of `layer` with their names prefixed by `prefix` and a dot, and with the layer they belong to.
pub fn visit_params_of<L: Architecture + ?Sized>(
    layer: &L,
    prefix: &str,
    in_dim: usize,
    visit: &mut dyn FnMut(ParamSpec<'_>),
) {
    let description = describe(layer, in_dim);
    layer.visit_params(in_dim, &mut |param| {
        let owner = if param.layer.is_empty() { &description } else { param.layer };
        visit(ParamSpec { name: &format!("{prefix}.{}", param.name), layer: owner, ..param });
    });
}

/// Shows the layers of `layer` with their paths prefixed by `prefix`.
pub fn visit_layers_of<L: Architecture + ?Sized>(
    layer: &L,
    prefix: &str,
    in_dim: usize,
    visit: &mut dyn FnMut(LayerInfo<'_>),
) {
    layer.visit_layers(in_dim, &mut |info| {
        visit(LayerInfo { path: &join(prefix, info.path), ..info });
    });
}

/// `0.1`: a layer's path in front of that of a layer within it, which may be empty.
pub(crate) fn join(outer: &str, inner: &str) -> String {
    if inner.is_empty() { outer.to_owned() } else { format!("{outer}.{inner}") }
}

/// `Dense 15->4`: the layer's name and sizes.
pub(crate) fn describe<L: Architecture + ?Sized>(layer: &L, in_dim: usize) -> String {
    match layer.out_dim(in_dim) {
        Ok(out_dim) => format!("{} {in_dim}->{out_dim}", layer.name()),
        Err(_) => layer.name().to_owned(),
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
            fn work_len(&self, batch: usize, in_dim: usize) -> usize {
                (**self).work_len(batch, in_dim)
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
            fn forward(
                &self,
                params: &[T],
                x: ArrayView2<'_, T>,
                y: ArrayViewMut2<'_, T>,
                work: &mut [T],
                mode: Mode,
            ) {
                (**self).forward(params, x, y, work, mode);
            }
            fn backward(
                &self,
                params: &[T],
                saved: Saved<'_, T>,
                dy: ArrayViewMut2<'_, T>,
                dparams: &mut [T],
                dx: Option<ArrayViewMut2<'_, T>>,
            ) {
                (**self).backward(params, saved, dy, dparams, dx);
            }
            fn first_not_finite(&self, batch: usize, in_dim: usize, work: &[T]) -> String {
                (**self).first_not_finite(batch, in_dim, work)
            }
        }
    )+};
}

forward_to_inner!(&L, L; Box<L>, L);
