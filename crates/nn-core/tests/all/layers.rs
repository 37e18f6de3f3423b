//! Every layer, held to the same promises: its gradient, the same bits in every form, no allocations, its file, and
//! `f32`; then the reference values.
//!
//! A new layer joins `layers!` with one line, and `references` if there are values of another library.

use std::collections::BTreeMap;

use allocation_counter::measure;
use approx::assert_relative_eq;
use ndarray::{Array2, ShapeBuilder, array};
use nn_core::{
    Activate, AlphaDropout, BatchNorm, Dense, Dropout, GaussianNoise, HalfSquaredError, Identity, Init,
    Layer, LayerNorm, LayerSpec, LogSoftmax, Mode, Network, Normalize, Parallel, Relu, Residual, RmsNorm,
    Scalar, Sequential, Softmax, Tanh, Workspace, gradcheck, rng,
};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Features of every layer of the table.
const INPUTS: usize = 3;

/// One line a layer: as a value, and as it is written in a file.
macro_rules! layers {
    ($($name:ident: $layer:expr => $json:expr;)+) => {$(
        mod $name {
            use super::*;

            #[test]
            fn gradient() {
                gradcheck::layer(&$layer, INPUTS).unwrap_or_else(|failure| panic!("{failure}"));
            }

            #[test]
            fn static_and_dynamic() {
                let chain = between_dense($json);
                let layers = (Dense::new(INPUTS, Tanh), $layer, Dense::linear(2));
                same_bits::<f64>(&layers, &chain);
                same_bits::<f32>(&layers, &chain);
            }

            #[test]
            fn allocations() {
                allocates_nothing(&(Dense::new(INPUTS, Tanh), $layer, Dense::linear(2)));
                allocates_nothing(&serde_json::from_str::<Sequential<f64>>(&between_dense($json)).unwrap());
            }

            #[test]
            fn file() {
                through_a_file(($layer,), $json);
            }

            #[test]
            fn single_precision() {
                precisions_agree(&$layer);
            }
        }
    )+};
}

layers! {
    dense: Dense::new(2, Relu) => r#"{"dense":{"units":2,"activation":"relu"}}"#;
    dense_without_bias: Dense::new(4, Tanh).without_bias().init(Init::HeUniform).inputs(INPUTS) =>
        r#"{"dense":{"units":4,"activation":"tanh","bias":false,"init":"he_uniform","inputs":3}}"#;
    activate: Activate(Tanh) => r#"{"activation":"tanh"}"#;
    softmax: Softmax => r#""softmax""#;
    log_softmax: LogSoftmax => r#""log_softmax""#;
    normalize: Normalize::new(vec![0.5, -1.0, 0.1], vec![2.0, 0.25, 1.0]) =>
        r#"{"normalize":{"mean":[0.5,-1.0,0.1],"scale":[2.0,0.25,1.0]}}"#;
    batch_norm: BatchNorm::new() => r#"{"batch_norm":{"momentum":0.1,"eps":0.00001}}"#;
    batch_norm_without_gain: BatchNorm::new().without_gain().momentum(0.5) =>
        r#"{"batch_norm":{"momentum":0.5,"eps":0.00001,"gain":false}}"#;
    batch_norm_without_bias: BatchNorm::new().without_bias().eps(0.125) =>
        r#"{"batch_norm":{"momentum":0.1,"eps":0.125,"bias":false}}"#;
    batch_norm_plain: BatchNorm::new().without_gain().without_bias() =>
        r#"{"batch_norm":{"momentum":0.1,"eps":0.00001,"gain":false,"bias":false}}"#;
    layer_norm: LayerNorm::new() => r#"{"layer_norm":{"eps":0.00001}}"#;
    layer_norm_without_gain: LayerNorm::new().without_gain().eps(0.125) =>
        r#"{"layer_norm":{"eps":0.125,"gain":false}}"#;
    layer_norm_without_bias: LayerNorm::new().without_bias() =>
        r#"{"layer_norm":{"eps":0.00001,"bias":false}}"#;
    rms_norm: RmsNorm::new() => r#"{"rms_norm":{}}"#;
    rms_norm_without_gain: RmsNorm::new().without_gain().eps(0.125) =>
        r#"{"rms_norm":{"eps":0.125,"gain":false}}"#;
    dropout: Dropout::new(0.25) => r#"{"dropout":{"rate":0.25}}"#;
    dropout_of_nothing: Dropout::new(0.0) => r#"{"dropout":{"rate":0.0}}"#;
    alpha_dropout: AlphaDropout::new(0.25) => r#"{"alpha_dropout":{"rate":0.25}}"#;
    gaussian_noise: GaussianNoise::new(0.5) => r#"{"gaussian_noise":{"stddev":0.5}}"#;
    residual: Residual((Dropout::new(0.5), Dense::new(INPUTS, Tanh))) =>
        r#"{"residual":[{"dropout":{"rate":0.5}},{"dense":{"units":3,"activation":"tanh"}}]}"#;
    parallel: Parallel(((Dense::new(2, Tanh),), (Activate(Identity),))) =>
        r#"{"parallel":[[{"dense":{"units":2,"activation":"tanh"}}],[{"activation":"identity"}]]}"#;
    parallel_of_one: Parallel(((LayerNorm::new(),),)) => r#"{"parallel":[[{"layer_norm":{"eps":0.00001}}]]}"#;
    parallel_with_state_and_noise: Parallel((
        (Dropout::new(0.5), BatchNorm::new(), GaussianNoise::new(0.1)),
        (Parallel(((Softmax,), (Dense::new(2, Tanh),))), AlphaDropout::new(0.5)),
        (BatchNorm::new(),),
    )) => concat!(
        r#"{"parallel":[[{"dropout":{"rate":0.5}},{"batch_norm":{"momentum":0.1,"eps":0.00001}},"#,
        r#"{"gaussian_noise":{"stddev":0.1}}],[{"parallel":[["softmax"],"#,
        r#"[{"dense":{"units":2,"activation":"tanh"}}]]},{"alpha_dropout":{"rate":0.5}}],"#,
        r#"[{"batch_norm":{"momentum":0.1,"eps":0.00001}}]]}"#
    );
}

// What is done with them.

/// The layer between two dense ones, in a file.
fn between_dense(json: &str) -> String {
    let first = r#"{"dense":{"units":3,"activation":"tanh"}}"#;
    format!(r#"[{first},{json},{{"dense":{{"units":2,"activation":"identity"}}}}]"#)
}

/// Numbers from N(0, `std`²) that are exact as `f32` too.
fn normals<T: Scalar>(len: usize, std: f64, seed: u64) -> Vec<T> {
    let mut rng = rng(seed);
    let draw = |_| {
        let z: f64 = StandardNormal.sample(&mut rng);
        T::of(f64::from(f32::of(std * z)))
    };
    (0..len).map(draw).collect()
}

fn matrix<T: Scalar>(rows: usize, columns: usize, seed: u64) -> Array2<T> {
    Array2::from_shape_vec((rows, columns), normals(rows * columns, 1.0, seed)).unwrap()
}

/// A network somewhere in the space of its parameters and of its state.
fn network<T: Scalar, L: Layer<T>>(layers: L) -> Network<T, L> {
    let params = normals(layers.param_len(INPUTS), 0.6, 1);
    let mut network = Network::from_params(INPUTS, layers, params).unwrap();
    let moves = normals::<T>(network.state().len(), 0.3, 2);
    for (state, by) in network.state_mut().iter_mut().zip(moves) {
        *state += by.abs();
    }
    network
}

/// All that a pass comes to: outputs, gradients, and the state after it.
fn pass<T: Scalar>(layers: &dyn Layer<T>, mode: Mode, batch: usize) -> Vec<T> {
    let mut network = network(layers);
    let (x, mut workspace) = (matrix(batch, INPUTS, 3), Workspace::new());
    let dy = matrix(batch, network.out_dim(), 4);
    let mut gradient = vec![T::nan(); network.params().len()];
    let mut dx = Array2::from_elem(x.dim().f(), T::nan());
    let pass = network.forward_in(x.view(), &mut workspace, mode).unwrap();
    let y = pass.output().to_owned();
    pass.backward_from(dy.view(), &mut gradient, Some(dx.view_mut())).unwrap();
    if mode != Mode::Eval {
        network.update_state(&mut workspace).unwrap();
    }
    let all = y.iter().chain(&gradient).chain(&dx).chain(network.state());
    all.copied().collect()
}

fn modes() -> [Mode; 2] {
    [Mode::train(6, 2), Mode::Eval]
}

/// The layers as they are, and as read from a file.
fn same_bits<T: Scalar>(layers: &dyn Layer<T>, json: &str) {
    let dynamic: Sequential<T> = serde_json::from_str(json).unwrap();
    // -0 is not 0, and an `f32` is exact as an `f64`.
    let bits = |values: Vec<T>| -> Vec<u64> { values.iter().map(|v| v.as_f64().to_bits()).collect() };
    for mode in modes() {
        for batch in [1, 5, 67] {
            let found = pass(&dynamic, mode, batch);
            assert!(found.iter().all(|value| value.is_finite()), "{mode:?}, batch of {batch}");
            assert_eq!(bits(found), bits(pass(layers, mode, batch)), "{mode:?}, batch of {batch}");
        }
    }
}

/// `f32` agrees with `f64` to 1e-5 in both modes.
fn precisions_agree<L: Layer<f32> + Layer<f64>>(layer: &L) {
    for mode in modes() {
        let (single, double) = (pass::<f32>(&layer, mode, 67), pass::<f64>(&layer, mode, 67));
        for (i, (single, double)) in single.into_iter().map(f64::from).zip(double).enumerate() {
            let error = (single - double).abs() / double.abs().max(1.0);
            assert!(error < 1e-5, "value {i} is {single}; expected {double}, {mode:?}");
        }
    }
}

/// 100 steps of training and 100 predictions.
fn allocates_nothing(layers: &dyn Layer<f64>) {
    let mut network = network(layers);
    let (x, mut workspace) = (matrix(70, INPUTS, 3), Workspace::new());
    let targets = matrix(70, network.out_dim(), 4);
    let mut gradient = vec![0.0; network.params().len()];
    let mut out = targets.clone();
    let mut steps = |steps: std::ops::Range<u64>| {
        for step in steps {
            let pass = network.forward_in(x.view(), &mut workspace, Mode::train(0, step)).unwrap();
            pass.backward(&HalfSquaredError::mean(), &*targets, None, &mut gradient).unwrap();
            network.update_state(&mut workspace).unwrap();
            network.predict_into(x.view(), &mut workspace, out.view_mut()).unwrap();
        }
    };
    steps(0..1);
    assert_eq!(measure(|| steps(1..101)).count_total, 0);
}

/// A network of one layer is read from its file as a tuple and as a `Sequential`, and nothing changes on the way.
fn through_a_file<L>(layers: (L,), json: &str)
where
    L: Layer<f64> + Serialize + DeserializeOwned,
{
    assert_eq!(serde_json::to_string(&layers).unwrap(), format!("[{json}]"));
    assert_eq!(serde_json::from_str::<LayerSpec>(json).ok(), layers.0.spec());
    let network = network(layers);
    let text = serde_json::to_string(&network).unwrap();
    let fixed: Network<f64, (L,)> = serde_json::from_str(&text).unwrap();
    let dynamic: Network<f64, Sequential<f64>> = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&fixed).unwrap(), text);
    assert_eq!(serde_json::to_string(&dynamic).unwrap(), text);
    assert_eq!((fixed.params(), fixed.state()), (network.params(), network.state()));
    assert_eq!((dynamic.params(), dynamic.state()), (network.params(), network.state()));
    let x = matrix(9, INPUTS, 5);
    let expected = network.predict(x.view()).unwrap();
    assert_eq!(fixed.predict(x.view()).unwrap(), expected);
    assert_eq!(dynamic.predict(x.view()).unwrap(), expected);
}

// Reference values of PyTorch in float64; `tests/fixtures/README.md` says what each file holds.

fn fixture<F: DeserializeOwned>(file: &str) -> F {
    let path = format!("{}/fixtures/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("the fixture is there"))
        .expect("it can be read")
}

/// Rows of equal length.
#[derive(Deserialize)]
#[serde(from = "Vec<Vec<f64>>")]
struct Matrix(Array2<f64>);

impl From<Vec<Vec<f64>>> for Matrix {
    fn from(rows: Vec<Vec<f64>>) -> Self {
        Self(Array2::from_shape_fn((rows.len(), rows[0].len()), |(n, j)| rows[n][j]))
    }
}

/// To a relative 1e-12.
fn close<'a>(found: impl IntoIterator<Item = &'a f64>, expected: impl IntoIterator<Item = &'a f64>) {
    let (found, expected) = (Vec::from_iter(found), Vec::from_iter(expected));
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.into_iter().zip(expected) {
        assert_relative_eq!(*found, *expected, max_relative = 1e-12, epsilon = 1e-15);
    }
}

/// A pass of a layer of given parameters and state; the state after it.
fn reference(
    network: &mut Network<f64, &dyn Layer<f64>>,
    mode: Mode,
    (x, y): (&Matrix, &Matrix),
    (dy, dx): (&Matrix, &Matrix),
    dparams: &[f64],
) {
    let (mut workspace, mut found) = (Workspace::new(), Array2::from_elem(x.0.dim(), f64::NAN));
    let mut gradient = vec![f64::NAN; network.params().len()];
    let pass = network.forward_in(x.0.view(), &mut workspace, mode).expect("it fits");
    assert_eq!(pass.output().dim(), y.0.dim());
    close(pass.output(), &y.0);
    pass.backward_from(dy.0.view(), &mut gradient, Some(found.view_mut())).expect("it fits");
    close(&found, &dx.0);
    close(&gradient, dparams);
    if mode != Mode::Eval {
        network.update_state(&mut workspace).expect("a training pass");
    }
}

/// An entry of layers.json.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    x: Matrix,
    y: Matrix,
    grad_output: Matrix,
    grad_input: Matrix,
    params: Params,
    grad_params: Params,
    running_after: Option<Running>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    weight: Tensor,
    bias: Vec<f64>,
}

/// Weights of a dense layer, or gains of a normalisation.
#[derive(Deserialize)]
#[serde(untagged)]
enum Tensor {
    Matrix(Matrix),
    Vector(Vec<f64>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Running {
    mean: Vec<f64>,
    var: Vec<f64>,
}

impl Params {
    /// In the order of the layer's slice.
    fn flat(&self) -> Vec<f64> {
        let weight = match &self.weight {
            Tensor::Matrix(weight) => weight.0.iter().copied().collect(),
            Tensor::Vector(gain) => gain.clone(),
        };
        [weight, self.bias.clone()].concat()
    }
}

#[test]
fn references() {
    let mut file: BTreeMap<String, serde_json::Value> = fixture("layers.json");
    file.remove("about");
    let entries = file.into_iter().map(|(name, entry)| match serde_json::from_value::<Entry>(entry) {
        Ok(entry) => (name, entry),
        Err(error) => panic!("{name}: {error}"),
    });
    let entries: BTreeMap<String, Entry> = entries.collect();
    let trained = entries["batch_norm_train(eps=1e-5,momentum=0.1)"].running_after.as_ref();
    let trained = trained.map(|after| [after.mean.clone(), after.var.clone()].concat());
    for (name, entry) in &entries {
        let train = Mode::train(0, 0);
        // In use a batch normalisation has the statistics that training left.
        let (layer, modes, state): (Box<dyn Layer<f64>>, &[Mode], _) = match name.as_str() {
            "linear" => (Box::new(Dense::linear(3)), &[train, Mode::Eval], None),
            "layer_norm(eps=1e-5)" => (Box::new(LayerNorm::new()), &[train, Mode::Eval], None),
            "batch_norm_train(eps=1e-5,momentum=0.1)" => (Box::new(BatchNorm::new()), &[train], None),
            "batch_norm_eval" => (Box::new(BatchNorm::new()), &[Mode::Eval], trained.clone()),
            unknown => panic!("layers.json has the entry {unknown}, which no layer is held to"),
        };
        for &mode in modes {
            let mut network =
                Network::from_params(entry.x.0.ncols(), &*layer, entry.params.flat()).expect("it fits");
            if let Some(state) = &state {
                network = network.with_state(state.clone()).expect("it fits");
            }
            let (values, gradients) = ((&entry.x, &entry.y), (&entry.grad_output, &entry.grad_input));
            reference(&mut network, mode, values, gradients, &entry.grad_params.flat());
            if let Some(after) = &entry.running_after {
                close(network.state(), after.mean.iter().chain(&after.var));
            }
        }
    }
    assert_eq!(entries.len(), 4);
}

/// softmax.json.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Softmaxes {
    #[serde(rename = "about")]
    _about: String,
    x: Matrix,
    grad_output: Matrix,
    softmax: Jacobian,
    log_softmax: Jacobian,
    softmax_extreme: Extreme,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Jacobian {
    y: Matrix,
    grad_input: Matrix,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Extreme {
    x: Matrix,
    y: Matrix,
    log_y: Matrix,
}

#[test]
fn softmax_references() {
    let file: Softmaxes = fixture("softmax.json");
    let extreme = &file.softmax_extreme;
    let cases: [(&dyn Layer<f64>, _, _); 2] =
        [(&Softmax, &file.softmax, &extreme.y), (&LogSoftmax, &file.log_softmax, &extreme.log_y)];
    for (layer, expected, extreme_y) in cases {
        let mut network = Network::new(file.x.0.ncols(), layer, 0).expect("it fits");
        let gradients = (&file.grad_output, &expected.grad_input);
        reference(&mut network, Mode::Eval, (&file.x, &expected.y), gradients, &[]);
        let network = Network::new(extreme.x.0.ncols(), layer, 0).expect("it fits");
        close(&network.predict(extreme.x.0.view()).expect("finite"), &extreme_y.0);
    }
}

// Constants of the data.

/// A model that is fitted to raw features is used on raw features.
#[test]
fn a_saved_model_takes_raw_features() {
    let x = array![[1000.0, 0.001], [3000.0, 0.003], [2000.0, 0.005]];
    let scaled = Normalize::fit(x.view()).expect("finite");
    let network = Network::<f64, _>::new(2, (scaled, Dense::linear(1)), 0).expect("it fits");
    let file = serde_json::to_string(&network).expect("finite");
    let again: Network<f64, Sequential<f64>> = serde_json::from_str(&file).expect("it was written");
    assert_eq!(again.predict(x.view()).expect("finite"), network.predict(x.view()).expect("finite"));
    assert!(again.predict(x.view()).expect("finite").iter().all(|y| y.abs() < 10.0));
}
