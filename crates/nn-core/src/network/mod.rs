//! A network: layers, and the parameters they work with.

mod file;
mod layout;
mod pass;
mod summary;
mod workspace;

pub use layout::{Layout, Tensor};
pub use pass::Pass;
pub use summary::Summary;
pub use workspace::Workspace;

use ndarray::{Array2, ArrayView1, ArrayView2, ArrayViewD, ArrayViewMut2, Axis};
use rand::Rng;

use crate::batch::check_finite;
use crate::{ActivationSpec, Error, Init, Layer, LayerSpec, Link, Mode, Scalar, StateUpdate, stream};

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
    /// As [`new`](Network::new).
    pub fn with_init(in_dim: usize, layers: L, init: Init, rng: &mut dyn Rng) -> Result<Self, Error> {
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

    /// This network with a given state, in the order of [`state_layout`](Network::state_layout).
    ///
    /// # Errors
    /// [`Error::Length`] when it has another length, [`Error::NotFinite`] for NaN or infinity in it.
    pub fn with_state(self, state: Vec<T>) -> Result<Self, Error> {
        check_values("scalars of state", &state, self.state.len())?;
        Ok(Self { state, ..self })
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

    /// What is kept but not learned, such as running statistics, in one slice, layer after layer; empty for most
    /// networks.
    pub fn state(&self) -> &[T] {
        &self.state
    }

    /// The state, to change.
    pub fn state_mut(&mut self) -> &mut [T] {
        &mut self.state
    }

    /// Parameters and state, to change both.
    pub fn params_and_state_mut(&mut self) -> (&mut [T], &mut [T]) {
        (&mut self.params, &mut self.state)
    }

    /// Brings the state up to date after a pass in [`Mode::Train`], the last of the workspace. Each pass counts once.
    ///
    /// Training does so after each step; a loop of one's own over a network that has state must, too. Without state
    /// there is nothing to do.
    ///
    /// # Errors
    /// [`Error::NoTrainingPass`] when the last pass in the workspace was none in training, was of another network, or
    /// has been counted.
    ///
    /// # Example
    /// ```
    /// use ndarray::array;
    /// use nn_core::{BatchNorm, Mode, Network, Workspace};
    ///
    /// let mut network = Network::<f64, _>::new(1, BatchNorm::new().momentum(0.5), 0)?;
    /// let mut workspace = Workspace::new();
    /// network.forward_in(array![[1.0], [3.0]].view(), &mut workspace, Mode::train(0, 0))?;
    /// network.update_state(&mut workspace)?;
    /// assert_eq!(network.state(), [1.0, 1.5]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn update_state(&mut self, workspace: &mut Workspace<T>) -> Result<(), Error> {
        if self.state.is_empty() {
            return Ok(());
        }
        let Self { in_dim, layers, state, .. } = self;
        let in_dim = *in_dim;
        let (batch, work) = workspace.take_training_pass(in_dim).ok_or(Error::NoTrainingPass)?;
        if work.len() != layers.work_len(batch, in_dim) {
            return Err(Error::NoTrainingPass);
        }
        layers.update_state(StateUpdate { batch, in_dim, work, state });
        Ok(())
    }

    /// Where each tensor lies in [`state`](Network::state), with its name and shape.
    ///
    /// # Example
    /// ```
    /// use nn_core::{BatchNorm, Dense, Network};
    ///
    /// let network = Network::<f64, _>::new(2, (Dense::linear(8), BatchNorm::new()), 0)?;
    /// let layout = network.state_layout();
    /// assert_eq!(layout.tensor("layers.1.running_var").unwrap().range, 8..16);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn state_layout(&self) -> Layout {
        Layout::of_state(&self.layers, self.in_dim)
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

    /// The outputs for a batch, as the last layer gives them.
    ///
    /// # Shapes
    /// x: (batch, `in_dim`). Result: (batch, `out_dim`).
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::FeatureCount`], [`Error::NotFinite`] for NaN or infinity in `x`.
    pub fn predict(&self, x: ArrayView2<'_, T>) -> Result<Array2<T>, Error> {
        self.to_array(x, |x, workspace, out| self.predict_into(x, workspace, out))
    }

    /// As [`predict`](Network::predict), into a buffer of the caller, without an allocation.
    ///
    /// # Errors
    /// As [`predict`](Network::predict); [`Error::Length`] when `out` is not of shape (batch, `out_dim`).
    pub fn predict_into(
        &self,
        x: ArrayView2<'_, T>,
        workspace: &mut Workspace<T>,
        mut out: ArrayViewMut2<'_, T>,
    ) -> Result<(), Error> {
        self.check_out(x, out.dim())?;
        out.assign(&self.forward(x, workspace)?.output());
        Ok(())
    }

    /// The outputs through the network's [`Link`]: probabilities for a classifier, the outputs for a regression.
    ///
    /// # Errors
    /// As [`predict`](Network::predict); [`Error::NoLink`] for a network that does not know its link.
    pub fn predict_proba(&self, x: ArrayView2<'_, T>) -> Result<Array2<T>, Error> {
        self.to_array(x, |x, workspace, out| self.predict_proba_into(x, workspace, out))
    }

    /// As [`predict_proba`](Network::predict_proba), into a buffer of the caller, without an allocation.
    ///
    /// # Errors
    /// As [`predict_proba`](Network::predict_proba) and [`predict_into`](Network::predict_into).
    pub fn predict_proba_into(
        &self,
        x: ArrayView2<'_, T>,
        workspace: &mut Workspace<T>,
        out: ArrayViewMut2<'_, T>,
    ) -> Result<(), Error> {
        let link = self.link.ok_or(Error::NoLink)?;
        self.check_out(x, out.dim())?;
        self.forward(x, workspace)?.write_probabilities(link, out);
        Ok(())
    }

    /// The class of each row: the largest output, or for a single logistic output whether it is above one half.
    ///
    /// # Errors
    /// As [`predict`](Network::predict); [`Error::NoClasses`] for a single output that is not logistic,
    /// [`Error::NotFinite`] when an output is NaN.
    pub fn predict_classes(&self, x: ArrayView2<'_, T>) -> Result<Vec<usize>, Error> {
        if self.out_dim == 1 && self.link != Some(Link::Logistic) {
            let found = self.link.map_or("none".to_owned(), |link| format!("Link::{link:?}"));
            return Err(Error::NoClasses { found });
        }
        let link = self.link.unwrap_or(Link::Identity);
        let outputs = self.predict(x)?;
        let class = |(row, values): (usize, ArrayView1<'_, T>)| {
            // Finite weights and features may still overflow to NaN.
            let column = values.iter().position(|value| value.is_nan()).unwrap_or(0);
            let not_finite = Error::NotFinite { what: "outputs", row, column, value: f64::NAN };
            link.class_of(values).ok_or(not_finite)
        };
        outputs.rows().into_iter().enumerate().map(class).collect()
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

    fn check_out(&self, x: ArrayView2<'_, T>, out: (usize, usize)) -> Result<(), Error> {
        check_finite("features", x)?;
        if out.0 != x.nrows() {
            return Err(Error::Length { what: "output rows", expected: x.nrows(), found: out.0 });
        }
        if out.1 != self.out_dim {
            return Err(Error::Length { what: "output columns", expected: self.out_dim, found: out.1 });
        }
        Ok(())
    }

    fn to_array(
        &self,
        x: ArrayView2<'_, T>,
        fill: impl FnOnce(ArrayView2<'_, T>, &mut Workspace<T>, ArrayViewMut2<'_, T>) -> Result<(), Error>,
    ) -> Result<Array2<T>, Error> {
        let mut out = Array2::zeros((x.nrows(), self.out_dim));
        fill(x, &mut Workspace::new(), out.view_mut())?;
        Ok(out)
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
