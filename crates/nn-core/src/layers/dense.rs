use rand::Rng;

use crate::kernel::packed;
use crate::memory::{edit_in_order, in_order};
use crate::{
    Activation, Architecture, Backward, Forward, ForwardRow, Identity, Init, Layer, LayerSpec, ParamKind,
    ParamSpec, Scalar, ShapeError,
};

/// A fully connected layer: y = f(x Wᵀ + b).
///
/// # Shapes
/// x: (batch, in). W, `weight`: (out, in). b, `bias`: (out). y: (batch, out).
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `units` | | at least 1 |
/// | `activation` | | any [`Activation`] |
/// | `bias` | yes | |
/// | `init` | the network's | [`Init`] |
/// | `bias_init` | what goes with the weights', mostly 0 | an [`Init`] of single numbers |
/// | `inputs` | any number | at least 1 |
///
/// # Example
/// ```
/// use nn_core::{Dense, Init, Network, Relu, Tanh};
///
/// let layers = (Dense::new(15, Tanh), Dense::new(8, Relu).init(Init::HeNormal), Dense::linear(4).without_bias());
/// let network = Network::<f32, _>::new(2, layers, 0)?;
/// assert_eq!(network.params().len(), (2 + 1) * 15 + (15 + 1) * 8 + 8 * 4);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// The layout of W is that of PyTorch's `nn.Linear`; Keras stores the transpose.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        into = "LayerSpec<A>",
        try_from = "LayerSpec<A>",
        bound(
            serialize = "A: Clone + serde::Serialize",
            deserialize = "A: Default + serde::Deserialize<'de>"
        )
    )
)]
pub struct Dense<A = Identity> {
    pub(super) units: usize,
    pub(super) activation: A,
    pub(super) bias: bool,
    pub(super) init: Option<Init>,
    pub(super) bias_init: Option<Init>,
    pub(super) inputs: Option<usize>,
}

impl Dense<Identity> {
    /// A layer of `units` outputs without an activation.
    pub fn linear(units: usize) -> Self {
        Self::new(units, Identity)
    }
}

impl<A: Activation> Dense<A> {
    /// A layer of `units` outputs.
    pub fn new(units: usize, activation: A) -> Self {
        Self { units, activation, bias: true, init: None, bias_init: None, inputs: None }
    }

    /// Leaves b out.
    pub fn without_bias(self) -> Self {
        Self { bias: false, ..self }
    }

    /// Draws the weights of this layer from `init`, whatever the network's choice.
    pub fn init(self, init: Init) -> Self {
        Self { init: Some(init), ..self }
    }

    /// Draws the biases of this layer from `init`, whatever goes with the weights' initialisation.
    ///
    /// # Example
    /// ```
    /// use nn_core::{Dense, Init, Network, Relu};
    ///
    /// let layer = Dense::new(3, Relu).init(Init::HeNormal).bias_init(Init::Constant { value: 0.1 });
    /// let network = Network::<f64, _>::new(2, layer, 0)?;
    /// assert_eq!(network.params()[6..], [0.1; 3]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn bias_init(self, init: Init) -> Self {
        Self { bias_init: Some(init), ..self }
    }

    /// Insists on `inputs` features, so that a network with another number cannot be built.
    pub fn inputs(self, inputs: usize) -> Self {
        Self { inputs: Some(inputs), ..self }
    }

    /// W and b within the layer's slice.
    fn split<'a, T>(&self, in_dim: usize, params: &'a [T]) -> (&'a [T], Option<&'a [T]>) {
        let (weight, bias) = params.split_at(self.units * in_dim);
        (weight, self.bias.then_some(bias))
    }
}

impl<A: Activation> Architecture for Dense<A> {
    fn name(&self) -> &'static str {
        "Dense"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        let error = |expected: &str, found: String| Err(ShapeError::new("Dense", expected, found));
        if self.units == 0 {
            return error("at least 1 unit", "0".into());
        }
        if in_dim == 0 {
            return error("at least 1 input", "0".into());
        }
        if let Some(inputs) = self.inputs.filter(|&inputs| inputs != in_dim) {
            return error(&format!("{inputs} inputs"), in_dim.to_string());
        }
        if in_dim.checked_add(1).and_then(|n| n.checked_mul(self.units)).is_none() {
            let found = format!("{} units of {in_dim} inputs", self.units);
            return error("a size that fits in memory", found);
        }
        if let Err(e) = self.activation.check() {
            return error("a valid activation", format!("{}: {e}", self.activation.name()));
        }
        if let Err(e) = self.init.map_or(Ok(()), Init::check) {
            return error("a valid initialisation", e.to_string());
        }
        if let Err(e) = self.bias_init.map_or(Ok(()), Init::check_biases) {
            return error("a valid initialisation of biases", e.to_string());
        }
        Ok(self.units)
    }

    fn visit_params(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        visit(ParamSpec::new("weight", &[self.units, in_dim], ParamKind::Weight));
        if self.bias {
            visit(ParamSpec::new("bias", &[self.units], ParamKind::Bias));
        }
    }

    fn param_len(&self, in_dim: usize) -> usize {
        self.units * (in_dim + usize::from(self.bias))
    }

    /// The sums x Wᵀ + b, if the activation's derivative reads them.
    fn work_len(&self, batch: usize, _in_dim: usize) -> usize {
        if self.activation.reads_input() { batch * self.units } else { 0 }
    }

    fn spec(&self) -> Option<LayerSpec> {
        let Self { units, bias, init, bias_init, inputs, .. } = *self;
        let activation = Some(self.activation.spec()?);
        Some(LayerSpec::Dense { units, activation, bias, init, bias_init, inputs })
    }
}

impl<T: Scalar, A: Activation> Layer<T> for Dense<A> {
    fn init(&self, in_dim: usize, params: &mut [T], init: Init, rng: &mut dyn Rng) {
        let (weight, bias) = params.split_at_mut(self.units * in_dim);
        let init = self.init.unwrap_or(init);
        init.fill(weight, in_dim, self.units, rng);
        self.bias_init.unwrap_or(init.of_biases()).fill_biases(bias, in_dim, self.units, rng);
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { params, x, mut y, work, .. } = pass;
        let (batch, in_dim) = x.dim();
        if batch == 0 {
            return;
        }
        let (weight, bias) = self.split(in_dim, params);
        let x = in_order(&x);
        edit_in_order(&mut y, |z| {
            T::kernel_affine(weight, bias, &x, z, batch);
            if self.activation.reads_input() {
                work.copy_from_slice(z);
            }
            self.activation.apply_slice(z);
        });
    }

    fn forward_row(&self, row: ForwardRow<'_, T>) {
        let ForwardRow { params, x, y, .. } = row;
        let (weight, bias) = self.split(x.len(), params);
        T::kernel_affine(weight, bias, x, y, 1);
        self.activation.apply_slice(y);
    }

    fn packed_len(&self, in_dim: usize) -> usize {
        packed::len::<T>(self.units, in_dim)
    }

    fn pack(&self, in_dim: usize, params: &[T], packed: &mut [T]) {
        let (weight, bias) = self.split(in_dim, params);
        packed::pack(weight, bias, in_dim, packed);
    }

    fn forward_packed(&self, row: ForwardRow<'_, T>) {
        let ForwardRow { params, x, y, .. } = row;
        T::kernel_affine_packed(params, x, y);
        self.activation.apply_slice(y);
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { params, x, y, work, mut dy, dparams, mut dx, .. } = pass;
        let (batch, in_dim) = x.dim();
        if batch == 0 {
            return dparams.fill(T::zero());
        }
        let (weight, _) = self.split(in_dim, params);
        let (dweight, dbias) = dparams.split_at_mut(self.units * in_dim);
        let (x, a) = (in_order(&x), in_order(&y));
        edit_in_order(&mut dy, |dz| {
            self.activation.backprop_slice(if self.activation.reads_input() { work } else { &a }, &a, dz);
            T::kernel_affine_weight_grad(dz, &x, dweight, batch);
            if self.bias {
                T::kernel_affine_bias_grad(dz, dbias, batch);
            }
            if let Some(dx) = &mut dx {
                edit_in_order(dx, |dx| T::kernel_affine_input_grad(weight, dz, dx, batch));
            }
        });
    }
}

impl<A> From<Dense<A>> for LayerSpec<A> {
    fn from(layer: Dense<A>) -> Self {
        let Dense { units, activation, bias, init, bias_init, inputs } = layer;
        Self::Dense { units, activation: Some(activation), bias, init, bias_init, inputs }
    }
}

impl<A: Default> TryFrom<LayerSpec<A>> for Dense<A> {
    type Error = String;

    fn try_from(spec: LayerSpec<A>) -> Result<Self, String> {
        match spec {
            LayerSpec::Dense { units, activation, bias, init, bias_init, inputs } => {
                let activation = activation.unwrap_or_default();
                Ok(Self { units, activation, bias, init, bias_init, inputs })
            }
            other => Err(format!("expected layer dense, found {}", other.key())),
        }
    }
}
