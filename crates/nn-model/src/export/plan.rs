//! What every exporter writes: a network as a list of operations on one sample, with all constants in it.

use nn_core::{ActivationSpec, Architecture, Fingerprint, Layer, LayerSpec, Link, Network, Scalar};

use super::walk::Walk;
use super::{ExportError, Op, Precision, Step};

/// A network as exporters see it: the operations of inference with their constants, from raw features to predictions.
///
/// What only training needs is gone: dropout and noise do nothing, batch normalisation has its running statistics.
/// The network's [`Link`] is the last operation, so that a classifier gives probabilities. A network without a link
/// gives its outputs.
///
/// # Example
/// ```
/// use nn_core::{Dense, Link, Network, Relu};
/// use nn_model::export::Plan;
///
/// let mut network = Network::<f32, _>::new(2, (Dense::new(7, Relu), Dense::linear(2)), 0)?;
/// network.set_link(Link::Softmax);
/// let plan = Plan::new(&network)?.named("xor").classes(&["same", "different"])?;
/// let rust = plan.to_rust();
/// assert!(rust.contains("pub fn predict(x: &[f32; 2]) -> [f32; 2]"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub(super) name: String,
    pub(super) notes: Vec<String>,
    pub(super) classes: Vec<String>,
    pub(super) precision: Precision,
    pub(super) link: Link,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) params: usize,
    pub(super) fingerprint: u64,
    pub(super) steps: Vec<Step>,
    /// Where inputs lie and how far apart, for samples to test with.
    pub(super) spread: Vec<[f64; 2]>,
}

impl Plan {
    /// The operations of `network` in use.
    ///
    /// # Errors
    /// [`ExportError::Unknown`] for a layer or activation that is not one of the crate's own,
    /// [`ExportError::NotFinite`] for a parameter that is NaN or infinite.
    pub fn new<T: Scalar, L: Layer<T>>(network: &Network<T, L>) -> Result<Self, ExportError> {
        let spec = network.layers().spec().ok_or_else(|| unknown(network.layers(), network.in_dim()))?;
        let precision = if size_of::<T>() == size_of::<f32>() { Precision::F32 } else { Precision::F64 };
        let (params, state) = (network.params(), network.state());
        let numbers = params.iter().chain(state).map(|value| value.as_f64());
        check_finite("parameters and state", numbers)?;
        let mut walk = Walk { params, state };
        let layers = match spec {
            LayerSpec::Chain(layers) => layers,
            layer => vec![layer],
        };
        let mut steps = Vec::new();
        let outputs = walk.chain(&layers, "", network.in_dim(), &mut steps)?;
        let link = network.link().unwrap_or(Link::Identity);
        let op = match link {
            Link::Softmax => Some(Op::Softmax),
            Link::Logistic => Some(Op::Activation(ActivationSpec::Sigmoid)),
            _ => None,
        };
        let layer = format!("the link ({link:?})");
        steps.extend(op.map(|op| Step { layer, inputs: outputs, outputs, op }));
        let mut fingerprint = Fingerprint::new();
        fingerprint.text(&described(&layers));
        fingerprint.scalars(params);
        fingerprint.scalars(state);
        let spread = steps_spread(&steps, network.in_dim());
        Ok(Self {
            name: "network".to_owned(),
            notes: Vec::new(),
            classes: Vec::new(),
            precision,
            link,
            inputs: network.in_dim(),
            outputs,
            params: params.len(),
            fingerprint: fingerprint.finish(),
            steps,
            spread,
        })
    }

    /// A name for comments and, in C, for the functions; what is no letter, digit or underscore becomes an underscore.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// A line for the comment at the head of the file: where the data came from, or how accurate the network is.
    #[must_use]
    pub fn note(mut self, line: &str) -> Self {
        self.notes.push(line.to_owned());
        self
    }

    /// The names of the classes, one an output, or two for a single logistic output; the file then has a function that
    /// gives the class.
    ///
    /// # Errors
    /// [`ExportError::Length`] when there are more or fewer.
    pub fn classes<S: AsRef<str>>(self, names: &[S]) -> Result<Self, ExportError> {
        let expected = if self.outputs == 1 && self.link == Link::Logistic { 2 } else { self.outputs };
        if names.len() != expected {
            return Err(ExportError::Length { what: "names of classes", expected, found: names.len() });
        }
        let classes = names.iter().map(|name| name.as_ref().to_owned()).collect();
        Ok(Self { classes, ..self })
    }

    /// Number of input features.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The number type of the network.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The operations, first to last.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

pub(super) fn check_finite(what: &str, values: impl Iterator<Item = f64>) -> Result<(), ExportError> {
    match values.enumerate().find(|(_, value)| !value.is_finite()) {
        Some((index, value)) => Err(ExportError::NotFinite { what: what.to_owned(), index, value }),
        None => Ok(()),
    }
}

/// Inputs within a few of these are ordinary: of the features that the first layer normalises, else of size 1.
fn steps_spread(steps: &[Step], inputs: usize) -> Vec<[f64; 2]> {
    match steps {
        [Step { op: Op::Subtract(mean), .. }, Step { op: Op::Divide(scale), .. }, ..] => {
            mean.iter().zip(scale).map(|(&mean, &scale)| [mean, scale]).collect()
        }
        [Step { op: Op::Subtract(mean), .. }, Step { op: Op::Multiply(scale), .. }, ..] => {
            mean.iter().zip(scale).map(|(&mean, &scale)| [mean, 1.0 / scale]).collect()
        }
        _ => vec![[0.0, 1.0]; inputs],
    }
}

/// The layers as text, so that networks of other layers have other fingerprints.
fn described(layers: &[LayerSpec]) -> String {
    format!("{layers:?}")
}

/// The error that names what has no description.
fn unknown<L: Architecture>(layers: &L, inputs: usize) -> ExportError {
    let mut found = None;
    layers.visit_layers(inputs, &mut |layer| {
        if found.is_none() && !super::walk::is_known(layer.name) {
            found = Some(format!("{} ({})", layer.path, layer.name));
        }
    });
    ExportError::Unknown { layer: found.unwrap_or_else(|| "an activation within a dense layer".to_owned()) }
}
