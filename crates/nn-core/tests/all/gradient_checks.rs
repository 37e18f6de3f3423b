//! Every layer and loss, proven together: against finite differences, dual numbers, the other precision and plain
//! loops. Activations have a table of their own, in `activations.rs`.
//!
//! There are two tables, `layers!` and `losses!`. A new entry joins with one line, and is then combined with every entry
//! of the other table.

use ndarray::{Array2, ArrayRef2, ArrayView2, Axis, ShapeBuilder, Slice};
use nn_core::gradcheck::{self, Dual, DualTargets, GradCheck};
use nn_core::{
    Activate, ActivationSpec, AlphaDropout, Architecture, Backward, BatchNorm, BinaryCrossEntropy, Chain,
    CrossEntropy, Dense, Dropout, Forward, GaussianNoise, HalfSquaredError, Identity, Init, Layer, LayerInfo,
    LayerNorm, LayerSpec, LeakyRelu, LogSoftmax, Loss, MeanSquaredError, Network, Normalize, PRelu, Parallel,
    ParamSpec, Reduction, Relu, Residual, RmsNorm, Scalar, Sequential, ShapeError, Sigmoid, Softmax,
    SoftmaxCrossEntropy, Softplus, StateUpdate, Tanh, Targets, Workspace,
};
use nn_core::{Batch, rng};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

// The tables.

/// Activations for networks drawn at random, which are compared with plain loops: f and f' as a textbook has them.
const ACTIVATIONS: &[PlainActivation] = &[
    PlainActivation { spec: ActivationSpec::Identity, f: |z| z, slope: |_| 1.0 },
    PlainActivation {
        spec: ActivationSpec::LeakyRelu { slope: 0.125 },
        f: |z| z.max(0.125 * z),
        slope: |z| if z > 0.0 { 1.0 } else { 0.125 },
    },
    PlainActivation {
        spec: ActivationSpec::Relu,
        f: |z| z.max(0.0),
        slope: |z| if z > 0.0 { 1.0 } else { 0.0 },
    },
    PlainActivation {
        spec: ActivationSpec::Sigmoid,
        f: |z| 1.0 / (1.0 + (-z).exp()),
        slope: |z| (-z).exp() / (1.0 + (-z).exp()).powi(2),
    },
    PlainActivation {
        spec: ActivationSpec::Softplus,
        f: |z| (1.0 + z.exp()).ln(),
        slope: |z| 1.0 / (1.0 + (-z).exp()),
    },
    PlainActivation { spec: ActivationSpec::Tanh, f: f64::tanh, slope: |z| 1.0 - z.tanh().powi(2) },
];

/// One line a composition of layers on [`INPUTS`] features: each is proven by itself, then under every loss. The layers
/// themselves, with each of their settings, are in `layers.rs`.
macro_rules! layers {
    ($($name:ident: $layer:expr;)+) => {
        mod layer {
            use super::*;
            $(
                #[test]
                fn $name() {
                    prove(&$layer);
                }
            )+
        }
    };
}

layers! {
    softmax: (Dense::linear(3), Softmax);
    batch_norm_of_dense: (Dense::linear(3), BatchNorm::new(), Activate(Tanh));
    batch_norm_in_residuals: Residual((BatchNorm::new(), Residual((Dense::new(INPUTS, Tanh), BatchNorm::new()))));
    batch_norm_in_chains: Chain(Chain(Dense::new(3, Tanh), BatchNorm::new()), (BatchNorm::new(), Dense::linear(2)));
    layer_norm: (Dense::linear(3), LayerNorm::new());
    rms_norm: (Dense::linear(3), RmsNorm::new());
    normalize: (Normalize::new(vec![0.5, -1.0], vec![2.0, 0.25]), Dense::linear(3));
    log_softmax: (Dense::linear(3), LogSoftmax);
    noise: (GaussianNoise::new(0.5), Dense::new(3, Tanh), Dropout::new(0.5), AlphaDropout::new(0.25));
    prelu: PRelu::new();
    prelu_of_dense: (Dense::linear(3), PRelu::new().slope(-0.5));
    prelu_shared: (Dense::linear(3), PRelu::new().shared());
    residual: Residual(Dense::new(INPUTS, Tanh));
    residual_around_a_chain: Residual((Dense::new(3, Softplus), Dense::linear(INPUTS)));
    residual_after_dense: (Dense::new(3, Sigmoid), Residual((Dense::new(2, Relu), Dense::linear(3))));
    residual_within_residual: Residual((Residual(Dense::new(INPUTS, Softplus)), Dense::linear(INPUTS)));
    residual_around_an_activation: Residual(Activate(Softplus));
    residual_around_softmax: Residual(Softmax);
    parallel: Parallel((Dense::new(3, Tanh), (Dense::linear(2), BatchNorm::new()), Activate(Identity)));
    parallel_in_residual: Residual((Parallel((Dense::new(2, Tanh), Softmax)), Dense::linear(INPUTS)));
    reference: &&Dense::new(3, Tanh);
    boxed: Box::new((Dense::new(3, Tanh), Softmax));
    chain: Chain(Dense::new(3, Tanh), Dense::new(2, LeakyRelu::default()));
    chain_of_chains: Chain(Chain(Dense::new(3, Tanh), Activate(Softplus)), Chain(Softmax, Dense::new(2, Sigmoid)));
    nested_tuples: ((Dense::new(3, Tanh), (Dense::linear(2), Activate(Sigmoid))), (Softmax, (d(),)));
    chain_and_tuple: (Chain(Dense::new(3, Tanh), (Softmax, Activate(Softplus))), Dense::new(2, Tanh));
    sequential_of_one: Dynamic::new(r#"[{"dense": {"units": 3, "activation": "tanh"}}]"#);
    sequential: Dynamic::new(r#"[{"dense": {"units": 3}}, {"activation": "softplus"}, "softmax"]"#);
    sequential_of_chains: Dynamic::new(
        r#"[{"chain": [{"dense": {"units": 3, "activation": {"leaky_relu": {"slope": 0.25}}}}, "softmax"]},
            {"residual": [{"dense": {"units": 2, "bias": false}}, {"dense": {"units": 3, "activation": "sigmoid"}}]}]"#
    );
    sequential_of_norms: Dynamic::new(
        r#"[{"batch_norm": {}}, {"dense": {"units": 3}}, {"batch_norm": {"eps": 0.1, "bias": false}},
            {"parallel": [[{"dropout": {"rate": 0.5}}, "log_softmax"], [{"batch_norm": {}}]]},
            {"residual": [{"layer_norm": {"gain": false}}, {"dense": {"units": 6}}, {"batch_norm": {}}]}, {"rms_norm": {}}]"#
    );
    tuple_of_1: (d(),);
    tuple_of_2: (d(), Softmax);
    tuple_of_3: (d(), Softmax, d());
    tuple_of_4: (d(), Softmax, d(), a());
    tuple_of_5: (d(), Softmax, d(), a(), d());
    tuple_of_6: (d(), Softmax, d(), a(), d(), r());
    tuple_of_7: (d(), Softmax, d(), a(), d(), r(), d());
    tuple_of_8: (d(), Softmax, d(), a(), d(), r(), d(), a());
    tuple_of_9: (d(), Softmax, d(), a(), d(), r(), d(), a(), d());
    tuple_of_10: (d(), a(), d(), a(), d(), r(), d(), a(), d(), Softmax);
    tuple_of_11: (d(), a(), d(), a(), d(), r(), d(), a(), d(), a(), d());
    tuple_of_12: (d(), a(), d(), a(), d(), r(), d(), a(), d(), a(), d(), a());
    tuple_of_13: (d(), a(), d(), a(), d(), r(), d(), a(), d(), a(), d(), a(), d());
    tuple_of_14: (d(), a(), d(), a(), d(), r(), d(), a(), d(), a(), d(), a(), d(), a());
    tuple_of_15: (d(), a(), d(), a(), d(), r(), d(), a(), d(), a(), d(), a(), d(), a(), d());
    tuple_of_16: (d(), a(), d(), a(), d(), r(), d(), a(), d(), a(), d(), a(), d(), a(), d(), a());
}

/// The losses that layers are proven under; `losses` has them all.
///
/// One line a loss: the last layers and the targets that it needs, its value and gradient for one sample as a textbook
/// has them, and whether its mean is over the samples or over all elements.
macro_rules! losses {
    ($($loss:ident: $head:expr, $targets:expr, $plain:expr, $mean:ident;)+) => {
        /// Shows each loss of the table, averaged and added up, with targets for `batch` samples.
        fn each_loss(batch: usize, seed: u64, visitor: &mut impl LossVisitor) {$(
            for loss in [$loss::mean(), $loss::sum()] {
                let targets = $targets(batch, seed);
                let name = format!("{loss:?} of {}", stringify!($targets));
                let plain = PlainLoss { of: $plain, mean: Mean::$mean };
                visitor.visit(&Case { name, loss, head: &$head, targets, plain });
            }
        )+}
    };
}

losses! {
    SoftmaxCrossEntropy: Dense::linear(3), labels::<3>, softmax_cross_entropy, OverSamples;
    SoftmaxCrossEntropy: Dense::linear(3), distributions::<3>, softmax_cross_entropy, OverSamples;
    CrossEntropy: (Dense::linear(3), Softmax), labels::<3>, cross_entropy, OverSamples;
    CrossEntropy: (Dense::linear(3), Softmax), distributions::<3>, cross_entropy, OverSamples;
    HalfSquaredError: Dense::linear(2), values::<2>, half_squared_error, OverSamples;
    MeanSquaredError: Dense::linear(2), values::<2>, squared_error, OverElements;
    BinaryCrossEntropy: Dense::linear(2), fractions::<2>, binary_cross_entropy, OverElements;
    BinaryCrossEntropy: Dense::linear(1), bits, binary_cross_entropy, OverElements;
}

// What is done with them.

/// Features of the networks of the tables.
const INPUTS: usize = 2;

// The layers of the long tuples, in short: dense, activation, residual.

fn d() -> Dense<Tanh> {
    Dense::new(2, Tanh)
}

fn a() -> Activate<Softplus> {
    Activate(Softplus)
}

fn r() -> Residual<Dense<Sigmoid>> {
    Residual(Dense::new(2, Sigmoid).without_bias())
}

/// A layer for every number type that takes part. Tests take it as `dyn`, so as to be compiled once for all layers.
trait AnyLayer: Layer<f64> + Layer<f32> + Layer<Dual> {}

impl<L: Layer<f64> + Layer<f32> + Layer<Dual>> AnyLayer for L {}

/// Proves a layer by itself, then followed by each loss's last layers under that loss.
fn prove(layer: &dyn AnyLayer) {
    gradcheck::layer(&layer, INPUTS).unwrap_or_else(|failure| panic!("{failure}"));
    each_loss(3, 5, &mut Proof { layer });
}

/// What is done with each loss.
trait LossVisitor {
    fn visit<P, S>(&mut self, case: &Case<'_, P, S>)
    where
        S: Samples,
        P: Loss<f64, S::Double> + Loss<f32, S::Single> + Loss<Dual, <S::Double as DualTargets>::Dual>;
}

/// A loss, the last layers and the targets that it needs, and its formulas.
struct Case<'a, P, S> {
    name: String,
    loss: P,
    head: &'a dyn AnyLayer,
    targets: S,
    plain: PlainLoss,
}

/// Finite differences, dual numbers and `f32`, with and without sample weights.
struct Proof<'a> {
    layer: &'a dyn AnyLayer,
}

impl LossVisitor for Proof<'_> {
    fn visit<P, S>(&mut self, case: &Case<'_, P, S>)
    where
        S: Samples,
        P: Loss<f64, S::Double> + Loss<f32, S::Single> + Loss<Dual, <S::Double as DualTargets>::Dual>,
    {
        let samples = case.targets.double().samples();
        let layers = (self.layer, case.head);
        let params = normals(layers.param_len(INPUTS), 0.6, 1);
        let network = Network::<f64, _>::from_params(INPUTS, layers, params).unwrap();
        let x = matrix(samples, INPUTS, 2);
        let weights = weights(samples);
        for weights in [None, Some(&weights[..])] {
            let batch = Batch::new(x.view(), case.targets.double()).unwrap();
            let batch = match weights {
                Some(weights) => batch.with_weights(weights).unwrap(),
                None => batch,
            };
            let context = format!("{}, weights {weights:?}", case.name);
            let report = gradcheck::network(&network, &case.loss, batch)
                .unwrap_or_else(|failure| panic!("{context}: {failure}"));
            // Every parameter and every feature, in two modes.
            assert_eq!(report.numeric, 2 * (network.params().len() + x.len()), "{context}");
            assert_eq!(report.exact, report.numeric, "{context}");
            // Tensor by tensor: all of them, and the worst among them.
            let derivatives: usize = report.tensors.iter().map(|tensor| tensor.derivatives).sum();
            let worst = report.tensors.iter().map(|tensor| tensor.worst_numeric).fold(0.0, f64::max);
            assert_eq!((derivatives, worst), (report.numeric, report.worst_numeric), "{context}");
            precisions_agree(&network, &case.loss, &case.targets, &x, weights, &context);
        }
    }
}

/// `f32` gradients agree with `f64` ones to 1e-4.
fn precisions_agree<L, P, S>(
    network: &Network<f64, L>,
    loss: &P,
    targets: &S,
    x: &Array2<f64>,
    weights: Option<&[f64]>,
    context: &str,
) where
    L: Layer<f64> + Layer<f32>,
    S: Samples,
    P: Loss<f64, S::Double> + Loss<f32, S::Single>,
{
    // `from_params` takes the layers by value, and a reference to a layer is one.
    let params = rounded(network.params());
    let single = Network::<f32, _>::from_params(network.in_dim(), network.layers(), params).unwrap();
    let x32 = x.mapv(f32::of);
    let weights32 = weights.map(rounded);
    let (value, gradient) = backward(network, loss, targets.double(), x.view(), weights);
    let (value32, gradient32) = backward(&single, loss, targets.single(), x32.view(), weights32.as_deref());
    let gradient32: Vec<f64> = gradient32.into_iter().map(f64::from).collect();
    close(&[f64::from(value32)], &[value], 1e-4, &format!("{context}: loss"));
    close(&gradient32, &gradient, 1e-4, &format!("{context}: f32 gradient"));
}

fn rounded(values: &[f64]) -> Vec<f32> {
    values.iter().copied().map(f32::of).collect()
}

/// The loss and its gradient, into memory that begins as NaN.
fn backward<T, L, P, Y>(
    network: &Network<T, L>,
    loss: &P,
    targets: &Y,
    x: ArrayView2<'_, T>,
    weights: Option<&[T]>,
) -> (T, Vec<T>)
where
    T: Scalar,
    L: Layer<T>,
    P: Loss<T, Y>,
    Y: Targets<T> + ?Sized,
{
    let mut gradient = vec![T::nan(); network.params().len()];
    let mut workspace = Workspace::new();
    let pass = network.forward(x, &mut workspace).unwrap();
    let value = pass.backward(loss, targets, weights, &mut gradient).unwrap();
    (value, gradient)
}

/// Fails unless each pair agrees to `tolerance`, relative to the value or to a hundredth of the largest.
fn close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0_f64, |m, e| m.max(e.abs()));
    for (i, (&a, &b)) in found.iter().zip(expected).enumerate() {
        let scale = b.abs().max(0.01 * largest);
        assert!((a - b).abs() <= tolerance * scale, "{what}[{i}] is {a}; expected {b}, largest {largest}");
    }
}

// Data. Every number is an `f32`, so that both precisions see the same.

fn normals(len: usize, std: f64, seed: u64) -> Vec<f64> {
    let mut rng = rng(seed);
    let draw = |_| {
        let z: f64 = StandardNormal.sample(&mut rng);
        f64::from(f32::of(z * std))
    };
    (0..len).map(draw).collect()
}

fn matrix(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    Array2::from_shape_vec((rows, columns), normals(rows * columns, 1.0, seed)).unwrap()
}

/// 0.25, 1, 0, 0.75, 1.5, ...: none alike among neighbours, some 0.
fn weights(samples: usize) -> Vec<f64> {
    (0..samples).map(|n| 0.25 * ((3 * n + 1) % 7) as f64).collect()
}

/// Targets in both precisions, and as rows of numbers for the plain loops.
trait Samples {
    type Double: DualTargets + ?Sized;
    type Single: Targets<f32> + ?Sized;
    fn double(&self) -> &Self::Double;
    fn single(&self) -> &Self::Single;
    fn rows(&self) -> Array2<f64>;
}

struct Labels {
    labels: Vec<usize>,
    rows: Array2<f64>,
}

impl Samples for Labels {
    type Double = [usize];
    type Single = [usize];

    fn double(&self) -> &[usize] {
        &self.labels
    }
    fn single(&self) -> &[usize] {
        &self.labels
    }
    fn rows(&self) -> Array2<f64> {
        self.rows.clone()
    }
}

struct Values {
    double: Array2<f64>,
    single: Array2<f32>,
}

impl Samples for Values {
    type Double = ArrayRef2<f64>;
    type Single = ArrayRef2<f32>;

    fn double(&self) -> &ArrayRef2<f64> {
        &self.double
    }
    fn single(&self) -> &ArrayRef2<f32> {
        &self.single
    }
    fn rows(&self) -> Array2<f64> {
        self.double.clone()
    }
}

impl From<Array2<f64>> for Values {
    fn from(double: Array2<f64>) -> Self {
        let single = double.mapv(f32::of);
        Self { double, single }
    }
}

/// A number below `n`.
fn below(n: usize, rng: &mut impl Rng) -> usize {
    usize::try_from(rng.next_u64() % n as u64).unwrap()
}

/// Class indices.
fn labels<const CLASSES: usize>(batch: usize, seed: u64) -> Labels {
    let mut rng = rng(seed);
    let labels: Vec<usize> = (0..batch).map(|_| below(CLASSES, &mut rng)).collect();
    let one_hot = |(n, k): (usize, usize)| f64::from(u8::from(labels[n] == k));
    Labels { rows: Array2::from_shape_fn((batch, CLASSES), one_hot), labels }
}

/// Yes or no, for a single output.
fn bits(batch: usize, seed: u64) -> Labels {
    let labels = labels::<2>(batch, seed).labels;
    let rows = Array2::from_shape_fn((batch, 1), |(n, _)| labels[n] as f64);
    Labels { labels, rows }
}

/// Rows of probabilities: eight eighths, dealt out at random, so that some are 0.
fn distributions<const CLASSES: usize>(batch: usize, seed: u64) -> Values {
    let mut rng = rng(seed);
    let mut rows = Array2::zeros((batch, CLASSES));
    for mut row in rows.rows_mut() {
        for _ in 0..8 {
            row[below(CLASSES, &mut rng)] += 0.125;
        }
    }
    rows.into()
}

/// From 0 to 1, both included.
fn fractions<const OUTPUTS: usize>(batch: usize, seed: u64) -> Values {
    let mut rng = rng(seed);
    Array2::from_shape_simple_fn((batch, OUTPUTS), || below(9, &mut rng) as f64 / 8.0).into()
}

/// Any values.
fn values<const OUTPUTS: usize>(batch: usize, seed: u64) -> Values {
    matrix(batch, OUTPUTS, seed).into()
}

// A `Sequential` of any number type.

/// The layers of a configuration: for each number type the `Sequential` that is built from it.
struct Dynamic(Vec<LayerSpec>);

impl Dynamic {
    fn new(json: &str) -> Self {
        Self(serde_json::from_str(json).unwrap())
    }

    fn layers<T: Scalar>(&self) -> Sequential<T> {
        Sequential::from_specs(&self.0)
    }
}

impl Architecture for Dynamic {
    fn name(&self) -> &'static str {
        self.layers::<f64>().name()
    }
    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        self.layers::<f64>().out_dim(in_dim)
    }
    fn visit_params(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        self.layers::<f64>().visit_params(in_dim, visit);
    }
    fn param_len(&self, in_dim: usize) -> usize {
        self.layers::<f64>().param_len(in_dim)
    }
    fn visit_state(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        self.layers::<f64>().visit_state(in_dim, visit);
    }
    fn work_len(&self, batch: usize, in_dim: usize) -> usize {
        self.layers::<f64>().work_len(batch, in_dim)
    }
    fn visit_layers(&self, in_dim: usize, visit: &mut dyn FnMut(LayerInfo<'_>)) {
        self.layers::<f64>().visit_layers(in_dim, visit);
    }
}

impl<T: Scalar> Layer<T> for Dynamic {
    fn init(&self, in_dim: usize, params: &mut [T], init: Init, rng: &mut dyn Rng) {
        self.layers().init(in_dim, params, init, rng);
    }
    fn init_state(&self, in_dim: usize, state: &mut [T]) {
        self.layers().init_state(in_dim, state);
    }
    fn forward(&self, pass: Forward<'_, T>) {
        self.layers().forward(pass);
    }
    fn backward(&self, pass: Backward<'_, T>) {
        self.layers().backward(pass);
    }
    fn update_state(&self, update: StateUpdate<'_, T>) {
        self.layers().update_state(update);
    }
}

// Plain loops: one sample at a time, one number at a time.

/// An activation, f and f'.
struct PlainActivation {
    spec: ActivationSpec,
    f: fn(f64) -> f64,
    slope: fn(f64) -> f64,
}

type ValueAndGradient = (f64, Vec<f64>);

/// A loss of one sample's outputs p and targets t, and its gradient with respect to p.
struct PlainLoss {
    of: fn(&[f64], &[f64]) -> ValueAndGradient,
    mean: Mean,
}

/// What [`Reduction::Mean`] averages over.
#[derive(PartialEq)]
enum Mean {
    OverSamples,
    OverElements,
}

fn softmax(z: &[f64]) -> Vec<f64> {
    let total: f64 = z.iter().map(|z| z.exp()).sum();
    z.iter().map(|z| z.exp() / total).collect()
}

fn softmax_cross_entropy(z: &[f64], t: &[f64]) -> ValueAndGradient {
    let p = softmax(z);
    let value = -p.iter().zip(t).map(|(p, t)| t * p.ln()).sum::<f64>();
    (value, p.iter().zip(t).map(|(p, t)| p - t).collect())
}

fn cross_entropy(p: &[f64], t: &[f64]) -> ValueAndGradient {
    let value = -p.iter().zip(t).map(|(p, t)| t * p.ln()).sum::<f64>();
    (value, p.iter().zip(t).map(|(p, t)| -t / p).collect())
}

fn half_squared_error(p: &[f64], t: &[f64]) -> ValueAndGradient {
    let value = p.iter().zip(t).map(|(p, t)| (p - t).powi(2) / 2.0).sum();
    (value, p.iter().zip(t).map(|(p, t)| p - t).collect())
}

fn squared_error(p: &[f64], t: &[f64]) -> ValueAndGradient {
    let value = p.iter().zip(t).map(|(p, t)| (p - t).powi(2)).sum();
    (value, p.iter().zip(t).map(|(p, t)| 2.0 * (p - t)).collect())
}

fn binary_cross_entropy(z: &[f64], t: &[f64]) -> ValueAndGradient {
    let sigma: Vec<f64> = z.iter().map(|z| 1.0 / (1.0 + (-z).exp())).collect();
    let value = -sigma.iter().zip(t).map(|(s, t)| t * s.ln() + (1.0 - t) * (1.0 - s).ln()).sum::<f64>();
    (value, sigma.iter().zip(t).map(|(s, t)| s - t).collect())
}

/// A layer for the plain loops.
#[derive(Debug, Clone, Copy)]
enum PlainLayer {
    /// Units, bias, index of the activation.
    Dense(usize, bool, usize),
    Softmax,
}

impl PlainLayer {
    fn spec(self) -> LayerSpec {
        match self {
            Self::Dense(units, bias, activation) => {
                let activation = Some(ACTIVATIONS[activation].spec);
                LayerSpec::Dense { units, activation, bias, init: None, bias_init: None, inputs: None }
            }
            Self::Softmax => LayerSpec::Softmax,
        }
    }

    fn of(spec: &LayerSpec) -> Vec<Self> {
        match spec {
            LayerSpec::Dense { units, activation, bias, .. } => {
                let same = |known: &PlainActivation| Some(known.spec) == *activation;
                vec![Self::Dense(*units, *bias, ACTIVATIONS.iter().position(same).unwrap())]
            }
            LayerSpec::Softmax => vec![Self::Softmax],
            LayerSpec::Chain(layers) => layers.iter().flat_map(Self::of).collect(),
            other => panic!("no plain loops for {other:?}"),
        }
    }
}

/// Adds one sample's share to the gradient, and gives its loss and the gradient with respect to its features.
fn plain_sample(
    layers: &[PlainLayer],
    params: &[f64],
    x: &[f64],
    loss: impl Fn(&[f64]) -> ValueAndGradient,
    gradient: &mut [f64],
) -> ValueAndGradient {
    let mut inputs = vec![x.to_vec()];
    let (mut sums, mut starts, mut start) = (Vec::new(), Vec::new(), 0);
    for layer in layers {
        let x = inputs.last().unwrap();
        let (z, y, len) = match *layer {
            PlainLayer::Dense(units, bias, activation) => {
                let (weight, b) = (start, start + units * x.len());
                let mut z = vec![0.0; units];
                for o in 0..units {
                    for i in 0..x.len() {
                        z[o] += params[weight + o * x.len() + i] * x[i];
                    }
                    if bias {
                        z[o] += params[b + o];
                    }
                }
                let y = z.iter().map(|&z| (ACTIVATIONS[activation].f)(z)).collect();
                (z, y, units * x.len() + if bias { units } else { 0 })
            }
            PlainLayer::Softmax => (x.clone(), softmax(x), 0),
        };
        starts.push(start);
        start += len;
        sums.push(z);
        inputs.push(y);
    }
    assert_eq!(start, params.len());
    let (value, mut dy) = loss(inputs.last().unwrap());
    for (l, layer) in layers.iter().enumerate().rev() {
        let (x, z, y, start) = (&inputs[l], &sums[l], &inputs[l + 1], starts[l]);
        let mut dx = vec![0.0; x.len()];
        match *layer {
            PlainLayer::Dense(units, bias, activation) => {
                let (weight, b) = (start, start + units * x.len());
                for o in 0..units {
                    let dz = dy[o] * (ACTIVATIONS[activation].slope)(z[o]);
                    for i in 0..x.len() {
                        gradient[weight + o * x.len() + i] += dz * x[i];
                        dx[i] += dz * params[weight + o * x.len() + i];
                    }
                    if bias {
                        gradient[b + o] += dz;
                    }
                }
            }
            PlainLayer::Softmax => {
                for j in 0..x.len() {
                    for k in 0..x.len() {
                        let same = if j == k { 1.0 } else { 0.0 };
                        dx[j] += dy[k] * y[k] * (same - y[j]);
                    }
                }
            }
        }
        dy = dx;
    }
    (value, dy)
}

/// A network of dense layers.
#[derive(Debug, Clone)]
struct Shape {
    batch: usize,
    inputs: usize,
    layers: Vec<PlainLayer>,
    seed: u64,
}

/// x in both memory orders, and as a view of every other row of a larger matrix.
fn memory_orders<T: Scalar>(x: &Array2<T>) -> [(&'static str, Array2<T>, isize); 3] {
    let mut by_column = Array2::zeros(x.dim().f());
    by_column.assign(x);
    let mut sparse = Array2::from_elem((2 * x.nrows(), x.ncols()), T::nan());
    sparse.slice_axis_mut(Axis(0), Slice::new(0, None, 2)).assign(x);
    [("C", x.clone(), 1), ("F", by_column, 1), ("strided", sparse, 2)]
}

/// Compares the gradients of a network under every loss with those of plain loops.
struct AgainstPlainLoops<'a>(&'a Shape);

impl LossVisitor for AgainstPlainLoops<'_> {
    fn visit<P, S>(&mut self, case: &Case<'_, P, S>)
    where
        S: Samples,
        P: Loss<f64, S::Double> + Loss<f32, S::Single> + Loss<Dual, <S::Double as DualTargets>::Dual>,
    {
        let shape = self.0;
        let head = case.head.spec().unwrap();
        let layers = [shape.layers.clone(), PlainLayer::of(&head)].concat();
        let specs: Vec<LayerSpec> = layers.iter().map(|layer| layer.spec()).collect();
        let dynamic = Dynamic(specs);
        let params = normals(dynamic.param_len(shape.inputs), 0.5, shape.seed);
        let x = matrix(shape.batch, shape.inputs, shape.seed + 1);
        let rows = case.targets.rows();
        let all = weights(shape.batch);

        for weights in [None, Some(&all[..])] {
            let context = format!("{} of {shape:?}, weights {}", case.name, weights.is_some());
            let total = weights.map_or(shape.batch as f64, |weights| weights.iter().sum());
            let terms = if case.plain.mean == Mean::OverElements { rows.ncols() as f64 } else { 1.0 };
            let mean = Loss::<f64, S::Double>::reduction(&case.loss) == Reduction::Mean;
            let divisor = if mean { total * terms } else { 1.0 };
            let mut expected = vec![0.0; params.len()];
            let mut value = 0.0;
            for n in 0..shape.batch {
                let scale = weights.map_or(1.0, |weights| weights[n]) / divisor;
                let loss = |p: &[f64]| {
                    let (value, gradient) = (case.plain.of)(p, &rows.row(n).to_vec());
                    (scale * value, gradient.iter().map(|g| scale * g).collect())
                };
                value += plain_sample(&layers, &params, &x.row(n).to_vec(), loss, &mut expected).0;
            }

            let network = Network::<f64, _>::from_params(shape.inputs, &dynamic, params.clone()).unwrap();
            for (order, x, step) in memory_orders(&x) {
                let x = x.slice_axis(Axis(0), Slice::new(0, None, step));
                let (found, gradient) = backward(&network, &case.loss, case.targets.double(), x, weights);
                close(&[found], &[value], 1e-12, &format!("{context}, {order} order: loss"));
                close(&gradient, &expected, 1e-12, &format!("{context}, {order} order: gradient"));
            }
            precisions_agree(&network, &case.loss, &case.targets, &x, weights, &context);
        }
    }
}

/// Compares the gradient with respect to the features, for a random dL/dy, with that of plain loops.
fn input_gradient_against_plain_loops(shape: &Shape) {
    let specs: Vec<LayerSpec> = shape.layers.iter().map(|layer| layer.spec()).collect();
    let layers = Sequential::<f64>::from_specs(&specs);
    let params = normals(layers.param_len(shape.inputs), 0.5, shape.seed);
    let network = Network::from_params(shape.inputs, layers, params).unwrap();
    let x = matrix(shape.batch, shape.inputs, shape.seed + 1);
    let dy = matrix(shape.batch, network.out_dim(), shape.seed + 2);
    let mut expected = vec![0.0; network.params().len()];
    let mut expected_dx = Vec::new();
    for (x, dy) in x.rows().into_iter().zip(dy.rows()) {
        let loss = |_: &[f64]| (0.0, dy.to_vec());
        expected_dx.extend(plain_sample(&shape.layers, network.params(), &x.to_vec(), loss, &mut expected).1);
    }
    for (order, x, step) in memory_orders(&x) {
        let x = x.slice_axis(Axis(0), Slice::new(0, None, step));
        let nan = Array2::from_elem(x.dim(), f64::NAN);
        // The caller's dx may lie in either order as well.
        for mut dx in [nan.clone(), Array2::from_elem(x.dim().f(), f64::NAN)] {
            let mut gradient = vec![f64::NAN; expected.len()];
            let mut workspace = Workspace::new();
            let pass = network.forward(x, &mut workspace).unwrap();
            pass.backward_from(dy.view(), &mut gradient, Some(dx.view_mut())).unwrap();
            let dx: Vec<f64> = dx.iter().copied().collect();
            close(&gradient, &expected, 1e-12, &format!("{shape:?}, {order} order: gradient"));
            close(&dx, &expected_dx, 1e-12, &format!("{shape:?}, {order} order: dx"));
        }
    }
}

// Random networks.

/// The same cases at every run.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    }
}

fn shapes(batch: impl Strategy<Value = usize>) -> impl Strategy<Value = Shape> {
    let layer = (1..=7_usize, any::<bool>(), 0..ACTIVATIONS.len())
        .prop_map(|(units, bias, activation)| PlainLayer::Dense(units, bias, activation));
    (batch, 1..=7_usize, prop::collection::vec(layer, 1..=4), 0..1000_u64)
        .prop_map(|(batch, inputs, layers, seed)| Shape { batch, inputs, layers, seed: 10 * seed })
}

proptest! {
    #![proptest_config(config(40))]

    #[test]
    fn small_random_networks_agree_with_plain_loops(shape in shapes(1..=9_usize)) {
        each_loss(shape.batch, shape.seed + 3, &mut AgainstPlainLoops(&shape));
        input_gradient_against_plain_loops(&shape);
    }
}

proptest! {
    #![proptest_config(config(8))]

    #[test]
    fn random_networks_on_large_batches_agree_with_plain_loops(shape in shapes(60..=140_usize)) {
        each_loss(shape.batch, shape.seed + 3, &mut AgainstPlainLoops(&shape));
        input_gradient_against_plain_loops(&shape);
    }
}

proptest! {
    #![proptest_config(config(16))]

    /// Not only the shapes of the tables.
    #[test]
    fn random_layers_pass_gradcheck(shape in shapes(1..=9_usize)) {
        let specs = shape.layers.iter().map(|layer| layer.spec()).collect();
        let check = GradCheck { batch: shape.batch, seed: shape.seed, ..GradCheck::default() };
        if let Err(failure) = check.layer(&Dynamic(specs), shape.inputs) {
            panic!("{shape:?}: {failure}");
        }
    }
}

/// One less and one more than the widths of the vector registers, the kernels' lanes and the losses' blocks.
#[test]
fn batches_that_leave_a_remainder_agree_with_plain_loops() {
    let dense = PlainLayer::Dense;
    let count = ACTIVATIONS.len();
    for (i, batch) in
        [1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129, 130].into_iter().enumerate()
    {
        // Widths from 1 to 7 leave every remainder of four rows at a time.
        let (a, b, c) = (1 + i % 7, 1 + (i + 3) % 7, 1 + (i + 5) % 7);
        let layers = vec![dense(a, true, i % count), dense(b, i % 2 == 0, (i + 2) % count)];
        let shape = Shape { batch, inputs: c, layers, seed: 100 * i as u64 };
        each_loss(batch, shape.seed + 3, &mut AgainstPlainLoops(&shape));
        input_gradient_against_plain_loops(&shape);
    }
}

/// A derivative that is wrong in one place is seen by the plain loops' comparison, whatever the size of the others.
#[test]
#[should_panic(expected = "gradient[1] is 2.1; expected 2")]
fn a_wrong_derivative_is_not_close() {
    close(&[1000.0, 2.1], &[1000.0, 2.0], 1e-4, "gradient");
}

#[test]
fn a_report_names_each_tensor() {
    let report = gradcheck::layer(&(Dense::new(5, Tanh), Dense::linear(4)), 2).unwrap();
    let tensors: Vec<_> = report.tensors.iter().map(|t| (t.name.as_str(), t.derivatives)).collect();
    // Twice as many: in Train and in Eval mode. The input has 3 samples.
    assert_eq!(
        tensors,
        [
            ("layer 0 Dense 2->5, weight", 2 * 10),
            ("layer 0 Dense 2->5, bias", 2 * 5),
            ("layer 1 Dense 5->4, weight", 2 * 20),
            ("layer 1 Dense 5->4, bias", 2 * 4),
            ("Chain 2->4, input", 2 * 6),
        ]
    );
    assert!(report.tensors.iter().all(|tensor| tensor.worst_numeric > 0.0 && tensor.worst_numeric < 1e-7));
    assert_eq!(gradcheck::activation(&Tanh).unwrap().tensors, []);
}
