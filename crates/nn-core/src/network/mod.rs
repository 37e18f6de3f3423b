//! A network: layers, and the parameters they work with.

mod blocks;
#[cfg(feature = "serde")]
mod file;
mod layout;
mod pass;
mod predict;
mod predictor;
mod shards;
mod state;
mod summary;
mod workspace;

pub use blocks::Blocks;
#[cfg(feature = "serde")]
pub use file::Snapshot;
pub use layout::{Layout, Tensor};
pub use pass::Pass;
pub use predictor::Predictor;
pub use shards::Shards;
pub use summary::Summary;
pub use workspace::Workspace;

use ndarray::{ArrayView1, ArrayView2, ArrayViewD, Axis};
use rand::Rng;

use crate::batch::check_finite;
use crate::{ActivationSpec, Error, Init, Layer, LayerSpec, Link, Mode, Scalar, Sequential, stream};

/// Layers with their parameters: what is trained, saved and used.
///
/// Every method that computes takes `&self`, so one network serves many threads; what a computation writes lies in a
/// [`Workspace`], one a thread.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Dense, Network, SoftmaxCrossEntropy, Tanh, Workspace};
///
/// let mut network = Network::<f64, _>::new(2, (Dense::new(7, Tanh), Dense::linear(2)), 0)?;
/// let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let labels = [0, 1, 1, 0];
///
/// // Gradient descent, by hand.
/// let mut workspace = Workspace::new();
/// let mut gradient = vec![0.0; network.params().len()];
/// for _ in 0..500 {
///     let pass = network.forward(x.view(), &mut workspace)?;
///     pass.backward(&SoftmaxCrossEntropy::sum(), &labels[..], None, &mut gradient)?;
///     for (param, gradient) in network.params_mut().iter_mut().zip(&gradient) {
///         *param -= 0.1 * gradient;
///     }
/// }
/// assert_eq!(network.predict_classes(x.view())?, labels);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// # Files
/// A network is written and read by any `serde` format, whole: inputs, layers, link, parameters and, if it has any,
/// state. Tuples of layers and [`Sequential`](crate::Sequential) are written alike, so that either reads what the other
/// wrote. What is read is checked: sizes, number of parameters and of scalars of state, and that each is finite; a
/// network with one that is not is not written.
///
/// ```
/// use nn_core::{Dense, Network, Sequential, Tanh};
///
/// let network = Network::<f64, _>::new(2, (Dense::new(7, Tanh), Dense::linear(2)), 0)?;
/// let json = serde_json::to_string(&network)?;
/// let again: Network<f64, Sequential<f64>> = serde_json::from_str(&json)?;
/// assert_eq!(again.params(), network.params());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
/// With `serde_json`, turn its feature `float_roundtrip` on: without it, one parameter in some ten is read back a last
/// bit off.
#[derive(Debug, Clone, PartialEq)]
pub struct Network<T, L> {
    layers: L,
    in_dim: usize,
    out_dim: usize,
    params: Vec<T>,
    state: Vec<T>,
    link: Option<Link>,
}

impl<T: Scalar, L: Layer<T>> Network<T, L> {
    /// A network on `in_dim` features, its weights drawn by the default [`Init`] from a generator that `seed` fixes.
    ///
    /// # Errors
    /// [`Error::Shape`] when a layer does not fit, naming the layer, what it expected and what it found;
    /// [`Error::TooLarge`] when the parameters do not fit in memory.
    pub fn new(in_dim: usize, layers: L, seed: u64) -> Result<Self, Error> {
        Self::with_init(in_dim, layers, Init::default(), &mut stream(seed, "initial weights"))
    }

    /// A network with another initialisation, or another generator.
    ///
    /// # Errors
    /// As [`new`](Network::new); [`Error::Hyperparameter`] when a parameter of `init` is out of its range.
    pub fn with_init(in_dim: usize, layers: L, init: Init, rng: &mut dyn Rng) -> Result<Self, Error> {
        init.check()?;
        let mut network = Self::zeroed(in_dim, layers)?;
        network.layers.init(in_dim, &mut network.params, init, rng);
        Ok(network)
    }

    /// A network with given parameters, in the order of [`layout`](Network::layout), and the initial state.
    ///
    /// # Errors
    /// As [`new`](Network::new); [`Error::Length`] when the number of parameters is another,
    /// [`Error::NotFinite`] for one that is NaN or infinite.
    pub fn from_params(in_dim: usize, layers: L, params: Vec<T>) -> Result<Self, Error> {
        let sizes = Sizes::of(in_dim, &layers)?;
        check_values("parameters", &params, sizes.params)?;
        Self::with_initial_state(in_dim, layers, params, &sizes)
    }

    fn zeroed(in_dim: usize, layers: L) -> Result<Self, Error> {
        let sizes = Sizes::of(in_dim, &layers)?;
        let params = zeros(sizes.params)?;
        Self::with_initial_state(in_dim, layers, params, &sizes)
    }

    fn with_initial_state(in_dim: usize, layers: L, params: Vec<T>, sizes: &Sizes) -> Result<Self, Error> {
        let mut state = zeros(sizes.state)?;
        layers.init_state(in_dim, &mut state);
        Ok(Self { layers, in_dim, out_dim: sizes.out_dim, params, state, link: None })
    }

    /// A copy whose layers are a list, whatever they were: the same numbers, and the same bits out. `None` if a layer is not
    /// one of the crate's own.
    ///
    /// # Example
    /// ```
    /// use nn_core::{Dense, Network, Tanh};
    ///
    /// let tuple = Network::<f64, _>::new(2, (Dense::new(7, Tanh), Dense::linear(2)), 0)?;
    /// let list = tuple.to_sequential().expect("layers of the crate's own");
    /// assert_eq!((list.layers().specs()?.len(), list.params()), (2, tuple.params()));
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn to_sequential(&self) -> Option<Network<T, Sequential<T>>> {
        let Self { in_dim, out_dim, params, state, link, .. } = self;
        let layers = Sequential::from_specs(&self.layers.spec()?.into_chain());
        let (params, state) = (params.clone(), state.clone());
        Some(Network { layers, in_dim: *in_dim, out_dim: *out_dim, params, state, link: *link })
    }

    /// Number of input features.
    pub fn in_dim(&self) -> usize {
        self.in_dim
    }

    /// Number of outputs.
    pub fn out_dim(&self) -> usize {
        self.out_dim
    }

    /// The layers.
    pub fn layers(&self) -> &L {
        &self.layers
    }

    /// All parameters in one slice, layer after layer.
    pub fn params(&self) -> &[T] {
        &self.params
    }

    /// All parameters, to change: what an optimizer works on.
    pub fn params_mut(&mut self) -> &mut [T] {
        &mut self.params
    }

    /// Where each parameter tensor lies in [`params`](Network::params), with its name, shape and kind.
    pub fn layout(&self) -> Layout {
        Layout::of(&self.layers, self.in_dim)
    }

    /// The names of the parameter tensors.
    pub fn param_names(&self) -> Vec<String> {
        self.layout().tensors.into_iter().map(|tensor| tensor.name).collect()
    }

    /// The parameter tensor of that name, or `None` if there is no such.
    ///
    /// # Example
    /// ```
    /// use nn_core::{Dense, Network, Tanh};
    ///
    /// let network = Network::<f64, _>::new(2, (Dense::new(15, Tanh), Dense::linear(4)), 0)?;
    /// assert_eq!(network.param("layers.1.weight").unwrap().shape(), [4, 15]);
    /// assert!(network.param("layers.2.weight").is_none());
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn param(&self, name: &str) -> Option<ArrayViewD<'_, T>> {
        let layout = self.layout();
        let tensor = layout.tensor(name)?;
        ArrayViewD::from_shape(&tensor.shape[..], &self.params[tensor.range.clone()]).ok()
    }

    /// Every parameter tensor with its name, in the order of [`params`](Network::params).
    ///
    /// # Example
    /// ```
    /// use nn_core::{Dense, Network, Tanh};
    ///
    /// let network = Network::<f64, _>::new(2, (Dense::new(15, Tanh), Dense::linear(4)), 0)?;
    /// let names: Vec<String> = network.named_params().into_iter().map(|(name, _)| name).collect();
    /// assert_eq!(names, ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn named_params(&self) -> Vec<(String, ArrayViewD<'_, T>)> {
        let layout = self.layout();
        let tensors = layout.tensors.into_iter();
        let view = |shape: &[usize], range| ArrayViewD::from_shape(shape, &self.params[range]).ok();
        tensors.filter_map(|tensor| Some((tensor.name, view(&tensor.shape, tensor.range)?))).collect()
    }

    /// How the outputs are to be read; `None` until the network was trained or [`set_link`](Network::set_link) called.
    pub fn link(&self) -> Option<Link> {
        self.link
    }

    /// Says how the outputs are to be read. Training does so, with the link of its loss.
    pub fn set_link(&mut self, link: Link) {
        self.link = Some(link);
    }

    /// Checks that the network does not end in the function that `link` would apply once more, a common slip that trains
    /// badly and silently.
    ///
    /// # Errors
    /// [`Error::DoubleLink`].
    pub fn check_link(&self, link: Link) -> Result<(), Error> {
        let ending = match (link, self.layers.spec().as_ref().and_then(LayerSpec::ending)) {
            (Link::Softmax, Some(LayerSpec::Softmax)) => "Softmax",
            (
                Link::Logistic,
                Some(
                    LayerSpec::Activation(ActivationSpec::Sigmoid)
                    | LayerSpec::Dense { activation: Some(ActivationSpec::Sigmoid), .. },
                ),
            ) => "Sigmoid",
            _ => return Ok(()),
        };
        Err(Error::DoubleLink { ending })
    }

    /// Runs the network on a batch in [`Mode::Eval`] and gives the [`Pass`] that its loss and gradient come from.
    ///
    /// A warmed-up workspace is not allocated again. The features are not searched for NaN; a NaN there makes the
    /// outputs NaN.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::FeatureCount`].
    pub fn forward<'a>(
        &'a self,
        x: ArrayView2<'a, T>,
        workspace: &'a mut Workspace<T>,
    ) -> Result<Pass<'a, T, L>, Error> {
        self.forward_in(x, workspace, Mode::Eval)
    }

    /// As [`forward`](Network::forward), in the given mode.
    ///
    /// # Errors
    /// As [`forward`](Network::forward).
    pub fn forward_in<'a>(
        &'a self,
        x: ArrayView2<'a, T>,
        workspace: &'a mut Workspace<T>,
        mode: Mode,
    ) -> Result<Pass<'a, T, L>, Error> {
        if x.nrows() == 0 {
            return Err(Error::EmptyBatch);
        }
        if x.ncols() != self.in_dim {
            return Err(Error::FeatureCount { expected: self.in_dim, found: x.ncols() });
        }
        Ok(Pass::run(self, x, workspace, mode))
    }

    /// A table of the layers, their outputs, parameters and, if there is any, state.
    ///
    /// # Example
    /// ```
    /// use nn_core::{Dense, Network, Softmax, Tanh};
    ///
    /// let network = Network::<f64, _>::new(2, (Dense::new(15, Tanh), Dense::linear(4), Softmax), 0)?;
    /// let table = "\
    /// layer     type     outputs  parameters
    /// layers.0  Dense         15          45
    /// layers.1  Dense          4          64
    /// layers.2  Softmax        4           0
    /// total                              109
    /// ";
    /// assert_eq!(network.summary().to_string(), table);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn summary(&self) -> Summary {
        Summary::of(&self.layers, self.in_dim, self.params.len(), self.state.len())
    }
}

/// What `layers` on `in_dim` features come to.
struct Sizes {
    out_dim: usize,
    params: usize,
    state: usize,
}

impl Sizes {
    fn of<T: Scalar, L: Layer<T>>(in_dim: usize, layers: &L) -> Result<Self, Error> {
        if in_dim == 0 {
            return Err(Error::hyperparameter("number of input features", "at least 1", 0));
        }
        let out_dim = layers.out_dim(in_dim)?;
        if out_dim == 0 {
            return Err(crate::ShapeError::new(layers.name(), "at least 1 output", "0").into());
        }
        Ok(Self { out_dim, params: layers.param_len(in_dim), state: layers.state_len(in_dim) })
    }
}

fn zeros<T: Scalar>(len: usize) -> Result<Vec<T>, Error> {
    let mut zeros = Vec::new();
    zeros.try_reserve_exact(len).map_err(|_| Error::TooLarge { count: len })?;
    zeros.resize(len, T::zero());
    Ok(zeros)
}

fn check_values<T: Scalar>(what: &'static str, values: &[T], expected: usize) -> Result<(), Error> {
    if values.len() != expected {
        return Err(Error::Length { what, expected, found: values.len() });
    }
    check_finite(what, ArrayView1::from(values).insert_axis(Axis(0)))
}
