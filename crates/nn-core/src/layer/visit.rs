//! What a layer shows of itself: its parameters and state, and the layers within it.

use crate::Architecture;

/// What a parameter is for: decay and regularisation treat weights only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
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
    /// Is not learned, but kept: a statistic of the data, such as a running mean.
    State,
}

/// One tensor of parameters or of state: its name, shape and kind.
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
    /// Scalars of state.
    pub state: usize,
}

/// Shows the parameters of `layer` with their names prefixed by `prefix` and a dot, and with the layer they belong to.
pub fn visit_params_of<L: Architecture + ?Sized>(
    layer: &L,
    prefix: &str,
    in_dim: usize,
    visit: &mut dyn FnMut(ParamSpec<'_>),
) {
    let description = describe(layer, in_dim);
    layer.visit_params(in_dim, &mut |param| visit_within(prefix, &description, param, visit));
}

/// As [`visit_params_of`], for the state.
pub fn visit_state_of<L: Architecture + ?Sized>(
    layer: &L,
    prefix: &str,
    in_dim: usize,
    visit: &mut dyn FnMut(ParamSpec<'_>),
) {
    let description = describe(layer, in_dim);
    layer.visit_state(in_dim, &mut |tensor| visit_within(prefix, &description, tensor, visit));
}

/// Shows a tensor of the layer that `description` describes.
fn visit_within(
    prefix: &str,
    description: &str,
    tensor: ParamSpec<'_>,
    visit: &mut dyn FnMut(ParamSpec<'_>),
) {
    let layer = if tensor.layer.is_empty() { description } else { tensor.layer };
    visit(ParamSpec { name: &format!("{prefix}.{}", tensor.name), layer, ..tensor });
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
