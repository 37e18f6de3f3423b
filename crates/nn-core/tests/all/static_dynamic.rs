//! One network in every form, tuple, `Chain`, `Sequential` and file: the same bits.

use std::fmt::Debug;

use ndarray::{Array2, ShapeBuilder};
use nn_core::{
    Activate, Architecture, BatchNorm, Chain, CrossEntropy, Dense, HalfSquaredError, Identity, Init, Layer,
    LayerNorm, LayerSpec, LeakyRelu, Link, Loss, Mode, Network, PRelu, Relu, Residual, RmsNorm, Scalar,
    Sequential, Sigmoid, Softmax, SoftmaxCrossEntropy, Softplus, Tanh, Targets, Workspace, rng,
};
use rand_distr::{Distribution, StandardNormal};
use serde::{Serialize, de::DeserializeOwned};

/// Features of every network here.
const INPUTS: usize = 3;

/// `Chain(a, Chain(b, c))`.
macro_rules! nested_right {
    ($last:expr) => { $last };
    ($first:expr, $($rest:expr),+) => { Chain($first, nested_right!($($rest),+)) };
}

/// `Chain(Chain(a, b), c)`.
macro_rules! nested_left {
    ($only:expr) => { $only };
    ($first:expr, $second:expr $(, $rest:expr)*) => { nested_left!(Chain($first, $second) $(, $rest)*) };
}

/// One line a layer: as a value, and as it is written in a file. All forms of the network are compared in `f32` and
/// `f64`.
macro_rules! same_in_every_form {
    ($($test:ident: [$($layer:expr => $json:literal),+ $(,)?];)+) => {$(
        mod $test {
            use super::*;

            const JSON: &[&str] = &[$($json),+];

            fn check<T: Float>() {
                let json = format!("[{}]", JSON.join(","));
                let specs: Vec<LayerSpec> = serde_json::from_str(&json).unwrap();
                let tuple = Network::<T, _>::new(INPUTS, ($($layer,)+), 7).unwrap();
                let built = Network::<T, _>::new(INPUTS, Sequential::new()$(.then($layer))+, 7).unwrap();
                let read = Network::new(INPUTS, Sequential::<T>::from_specs(&specs), 7).unwrap();
                let boxes: Vec<Box<dyn Layer<T>>> = vec![$(Box::new($layer)),+];
                let boxed = Network::new(INPUTS, Sequential::from(boxes), 7).unwrap();
                let right = Network::<T, _>::new(INPUTS, nested_right!($($layer),+), 7).unwrap();
                let left = Network::<T, _>::new(INPUTS, nested_left!($($layer),+), 7).unwrap();

                same(&tuple, &built, "Sequential");
                same(&tuple, &read, "Sequential from JSON");
                same(&tuple, &boxed, "Sequential from boxes");
                same(&tuple, &right, "Chain(a, Chain(b, ...))");
                same(&tuple, &left, "Chain(Chain(a, b), ...)");
                assert_eq!(tuple.param_names(), built.param_names());
                assert_eq!(tuple.summary(), built.summary());
                assert_eq!(tuple.layers().spec(), Some(LayerSpec::Chain(specs.clone())));
                assert_eq!(built.layers().specs().unwrap(), specs);
                assert_eq!(serde_json::to_string(built.layers()).unwrap(), json);

                through_files(tuple, built);
            }

            #[test]
            fn f32() {
                check::<f32>();
            }

            #[test]
            fn f64() {
                check::<f64>();
            }

            #[test]
            fn specs_are_read_as_they_are_written() {
                let specs = [$(Architecture::spec(&$layer).unwrap()),+];
                for (spec, &json) in specs.iter().zip(JSON) {
                    assert_eq!(serde_json::to_string(spec).unwrap(), json);
                    assert_eq!(&serde_json::from_str::<LayerSpec>(json).unwrap(), spec);
                }
            }
        }
    )+};
}

same_in_every_form! {
    depth_1: [
        Dense::new(4, Tanh) => r#"{"dense":{"units":4,"activation":"tanh"}}"#,
    ];
    depth_2: [
        Dense::new(5, Sigmoid).without_bias() => r#"{"dense":{"units":5,"activation":"sigmoid","bias":false}}"#,
        Dense::linear(4).init(Init::HeUniform) =>
            r#"{"dense":{"units":4,"activation":"identity","init":"he_uniform"}}"#,
    ];
    depth_12: [
        Dense::new(5, Tanh).inputs(3) => r#"{"dense":{"units":5,"activation":"tanh","inputs":3}}"#,
        Residual((Dense::new(7, Relu), Dense::linear(5))) =>
            r#"{"residual":[{"dense":{"units":7,"activation":"relu"}},{"dense":{"units":5,"activation":"identity"}}]}"#,
        Activate(Softplus) => r#"{"activation":"softplus"}"#,
        Dense::new(6, LeakyRelu { slope: 0.3 }) =>
            r#"{"dense":{"units":6,"activation":{"leaky_relu":{"slope":0.3}}}}"#,
        Softmax => r#""softmax""#,
        Dense::new(4, Softplus).init(Init::GlorotNormal) =>
            r#"{"dense":{"units":4,"activation":"softplus","init":"glorot_normal"}}"#,
        Activate(LeakyRelu { slope: -0.1 }) => r#"{"activation":{"leaky_relu":{"slope":-0.1}}}"#,
        Dense::new(8, Sigmoid) => r#"{"dense":{"units":8,"activation":"sigmoid"}}"#,
        Activate(Identity) => r#"{"activation":"identity"}"#,
        Dense::linear(3).without_bias() => r#"{"dense":{"units":3,"activation":"identity","bias":false}}"#,
        Residual((Activate(Tanh),)) => r#"{"residual":[{"activation":"tanh"}]}"#,
        Dense::linear(4) => r#"{"dense":{"units":4,"activation":"identity"}}"#,
    ];
    depth_16: [
        Dense::new(4, Tanh) => r#"{"dense":{"units":4,"activation":"tanh"}}"#,
        Activate(Softplus) => r#"{"activation":"softplus"}"#,
        Dense::new(4, Relu) => r#"{"dense":{"units":4,"activation":"relu"}}"#,
        Residual((Dense::new(4, Tanh),)) => r#"{"residual":[{"dense":{"units":4,"activation":"tanh"}}]}"#,
        Dense::linear(5) => r#"{"dense":{"units":5,"activation":"identity"}}"#,
        Activate(Sigmoid) => r#"{"activation":"sigmoid"}"#,
        Softmax => r#""softmax""#,
        Dense::new(6, Softplus).without_bias() => r#"{"dense":{"units":6,"activation":"softplus","bias":false}}"#,
        PRelu::new() => r#"{"prelu":{"slope":0.25}}"#,
        Dense::new(9, Tanh).init(Init::LecunUniform) =>
            r#"{"dense":{"units":9,"activation":"tanh","init":"lecun_uniform"}}"#,
        Residual((Residual((Activate(Softplus),)), Dense::new(9, Sigmoid))) =>
            r#"{"residual":[{"residual":[{"activation":"softplus"}]},{"dense":{"units":9,"activation":"sigmoid"}}]}"#,
        Dense::new(2, LeakyRelu::default()) =>
            r#"{"dense":{"units":2,"activation":{"leaky_relu":{"slope":0.01}}}}"#,
        Activate(Tanh) => r#"{"activation":"tanh"}"#,
        Dense::new(7, Sigmoid) => r#"{"dense":{"units":7,"activation":"sigmoid"}}"#,
        PRelu::new().slope(0.2).shared() => r#"{"prelu":{"slope":0.2,"shared":true}}"#,
        Dense::linear(4) => r#"{"dense":{"units":4,"activation":"identity"}}"#,
    ];
}

/// A number type that can be written to a file.
trait Float: Scalar + Serialize + DeserializeOwned {}

impl<T: Scalar + Serialize + DeserializeOwned> Float for T {}

fn matrix<T: Scalar>(rows: usize, columns: usize, seed: u64) -> Array2<T> {
    let mut rng = rng(seed);
    Array2::from_shape_simple_fn((rows, columns), || {
        let z: f64 = StandardNormal.sample(&mut rng);
        T::of(z)
    })
}

/// Numbers as bits: -0 is not 0, and NaN is NaN. `f32` numbers are exact as `f64`.
fn bits<'a, T: Scalar>(values: impl IntoIterator<Item = &'a T>) -> Vec<u64> {
    values.into_iter().map(|value| value.as_f64().to_bits()).collect()
}

/// Parameters, outputs and every gradient, to the bit, for batches of one and more blocks of lanes.
fn same<T: Scalar, A: Layer<T>, B: Layer<T>>(a: &Network<T, A>, b: &Network<T, B>, what: &str) {
    assert_eq!((a.in_dim(), a.out_dim()), (b.in_dim(), b.out_dim()), "{what}: sizes");
    assert_eq!(bits(a.params()), bits(b.params()), "{what}: parameters");
    assert!(a.params().iter().any(|p| *p != T::zero()), "{what}: all parameters are 0");
    for batch in [1, 5, 67] {
        let x = matrix::<T>(batch, INPUTS, 1);
        let labels: Vec<usize> = (0..batch).map(|n| n * n % a.out_dim()).collect();
        let values = matrix::<T>(batch, a.out_dim(), 2);
        let weights: Vec<T> = (0..batch).map(|n| T::of(0.5 + (n % 3) as f64)).collect();
        let predictions = (a.predict(x.view()).unwrap(), b.predict(x.view()).unwrap());
        assert_eq!(bits(&predictions.0), bits(&predictions.1), "{what}: outputs of a batch of {batch}");
        assert_eq!(
            backward(a, &x, &SoftmaxCrossEntropy::mean(), &labels[..], Some(&weights)),
            backward(b, &x, &SoftmaxCrossEntropy::mean(), &labels[..], Some(&weights)),
            "{what}: gradient of a batch of {batch}"
        );
        assert_eq!(
            backward(a, &x, &HalfSquaredError::sum(), &*values, None),
            backward(b, &x, &HalfSquaredError::sum(), &*values, None),
            "{what}: gradient of a batch of {batch}"
        );
        let from = (backward_from(a, &x, &values), backward_from(b, &x, &values));
        assert_eq!(from.0, from.1, "{what}: gradient with respect to the inputs of a batch of {batch}");
        assert!(from.0.iter().all(|bits| f64::from_bits(*bits).is_finite()), "{what}: not finite");
        assert!(from.0.iter().any(|bits| f64::from_bits(*bits) != 0.0), "{what}: all gradients are 0");
    }
}

/// The loss and its gradient.
fn backward<T, L, P, Y>(
    network: &Network<T, L>,
    x: &Array2<T>,
    loss: &P,
    targets: &Y,
    weights: Option<&[T]>,
) -> Vec<u64>
where
    T: Scalar,
    L: Layer<T>,
    P: Loss<T, Y>,
    Y: Targets<T> + ?Sized,
{
    let (mut workspace, mut gradient) = (Workspace::new(), vec![T::nan(); network.params().len()]);
    let pass = network.forward_in(x.view(), &mut workspace, Mode::train(1, 2)).unwrap();
    let value = pass.backward(loss, targets, weights, &mut gradient).unwrap();
    bits(gradient.iter().chain(&[value]))
}

/// The gradient with respect to parameters and inputs.
fn backward_from<T: Scalar, L: Layer<T>>(network: &Network<T, L>, x: &Array2<T>, dy: &Array2<T>) -> Vec<u64> {
    let (mut workspace, mut gradient) = (Workspace::new(), vec![T::nan(); network.params().len()]);
    let mut dx = Array2::from_elem(x.dim().f(), T::nan());
    let pass = network.forward(x.view(), &mut workspace).unwrap();
    pass.backward_from(dy.view(), &mut gradient, Some(dx.view_mut())).unwrap();
    bits(gradient.iter().chain(&dx))
}

/// Each form writes the same text, reads the other's, and nothing changes on the way.
fn through_files<T, L>(mut tuple: Network<T, L>, mut sequential: Network<T, Sequential<T>>)
where
    T: Float,
    L: Layer<T> + Serialize + DeserializeOwned,
{
    // Values whose digits are the hardest to keep.
    let special = [T::min_positive_value(), T::of(-0.0), T::of(0.1), T::epsilon(), T::of(1.0) / T::of(3.0)];
    for params in [tuple.params_mut(), sequential.params_mut()] {
        params[..special.len()].copy_from_slice(&special);
    }
    for link in [None, Some(Link::Identity), Some(Link::Softmax), Some(Link::Logistic)] {
        if let Some(link) = link {
            tuple.set_link(link);
            sequential.set_link(link);
        }
        let json = serde_json::to_string(&tuple).unwrap();
        assert_eq!(serde_json::to_string(&sequential).unwrap(), json);
        let dynamic: Network<T, Sequential<T>> = serde_json::from_str(&json).unwrap();
        let fixed: Network<T, L> = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_string(&dynamic).unwrap(), json);
        assert_eq!(serde_json::to_string(&fixed).unwrap(), json);
        assert_eq!((dynamic.link(), fixed.link()), (link, link));
        same(&tuple, &dynamic, "read as a Sequential");
        same(&tuple, &fixed, "read as a tuple");
        // By way of a value, and from a reader, where nothing can be borrowed.
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        same(&tuple, &serde_json::from_value::<Network<T, Sequential<T>>>(value).unwrap(), "from a value");
        same(&tuple, &serde_json::from_reader::<_, Network<T, L>>(json.as_bytes()).unwrap(), "from a reader");
        if link.is_some() {
            let x = matrix::<T>(9, INPUTS, 3);
            let (a, b) = (tuple.predict_proba(x.view()).unwrap(), dynamic.predict_proba(x.view()).unwrap());
            assert_eq!(bits(&a), bits(&b));
            assert_eq!(tuple.predict_classes(x.view()).unwrap(), dynamic.predict_classes(x.view()).unwrap());
        }
    }
}

#[test]
fn nested_chains_are_the_same_in_every_form() {
    let tuple = ((Dense::new(5, Tanh), Dense::new(4, Relu)), (Residual((Dense::linear(4),)), Softmax));
    let json = r#"[
        {"chain": [{"dense": {"units": 5, "activation": "tanh"}}, {"dense": {"units": 4, "activation": "relu"}}]},
        {"chain": [{"residual": [{"dense": {"units": 4}}]}, "softmax"]}
    ]"#;
    let specs: Vec<LayerSpec> = serde_json::from_str(json).unwrap();
    let nested = Network::<f64, _>::new(INPUTS, tuple, 3).unwrap();
    let read = Network::new(INPUTS, Sequential::<f64>::from_specs(&specs), 3).unwrap();
    same(&nested, &read, "nested");
    assert_eq!(nested.param_names(), read.param_names());
    assert_eq!(
        nested.param_names(),
        [
            "layers.0.0.weight",
            "layers.0.0.bias",
            "layers.0.1.weight",
            "layers.0.1.bias",
            "layers.1.0.inner.0.weight",
            "layers.1.0.inner.0.bias"
        ]
    );
    assert_eq!(nested.summary(), read.summary());
    let flat = (Dense::new(5, Tanh), Dense::new(4, Relu), Residual((Dense::linear(4),)), Softmax);
    same(&nested, &Network::new(INPUTS, flat, 3).unwrap(), "flat");
    // And read again from what it writes.
    let written = serde_json::to_string(&read).unwrap();
    let again: Network<f64, Sequential<f64>> = serde_json::from_str(&written).unwrap();
    same(&nested, &again, "nested, written and read");
}

#[test]
fn a_sequential_within_a_tuple_is_a_chain_like_any_other() {
    let inner = || Sequential::<f32>::new().then(Dense::new(4, Tanh)).then(Softmax);
    let mixed = Network::<f32, _>::new(INPUTS, (inner(), Dense::linear(2)), 3).unwrap();
    let tuple = (Dense::new(4, Tanh), Softmax, Dense::linear(2));
    same(&mixed, &Network::new(INPUTS, tuple, 3).unwrap(), "Sequential within a tuple");
    let dynamic = inner().then(inner()).then((Dense::linear(2), Softmax));
    let tuple = (Dense::new(4, Tanh), Softmax, (Dense::new(4, Tanh), Softmax), (Dense::linear(2), Softmax));
    let dynamic = Network::new(INPUTS, dynamic, 4).unwrap();
    same(&dynamic, &Network::new(INPUTS, tuple, 4).unwrap(), "tuple within a Sequential");
}

#[test]
fn the_seed_decides_the_initial_parameters() {
    let layers = (Dense::new(4, Tanh), Dense::linear(2));
    let network = |seed| Network::<f64, _>::new(INPUTS, layers, seed).unwrap();
    assert_eq!(network(1).params(), network(1).params());
    assert_ne!(network(1).params(), network(2).params());
    // In `f32` the rounded ones.
    let single = Network::<f32, _>::new(INPUTS, layers, 1).unwrap();
    assert_eq!(single.params(), network(1).params().iter().copied().map(f32::of).collect::<Vec<_>>());
}

#[test]
fn every_finite_parameter_survives_a_file() {
    fn check<T: Float>(params: Vec<T>) {
        let layers = Dense::linear(1).without_bias();
        let network = Network::from_params(params.len(), (layers,), params).unwrap();
        let json = serde_json::to_string(&network).unwrap();
        let again: Network<T, Sequential<T>> = serde_json::from_str(&json).unwrap();
        assert_eq!(bits(network.params()), bits(again.params()));
    }
    let mut rng = rng(11);
    let mut draw = || rand::Rng::next_u64(&mut rng);
    let doubles = (0..20_000).map(|_| f64::from_bits(draw())).filter(|p| p.is_finite());
    check::<f64>(doubles.chain([f64::MAX, f64::MIN_POSITIVE, 5e-324, -0.0]).collect());
    let singles = (0..20_000).map(|_| f32::from_bits((draw() >> 32) as u32)).filter(|p| p.is_finite());
    check::<f32>(singles.chain([f32::MAX, f32::MIN_POSITIVE, 1e-45, -0.0]).collect());
}

#[test]
fn what_a_specification_leaves_out_has_its_default() {
    let short: LayerSpec = serde_json::from_str(r#"{"dense": {"units": 3}}"#).unwrap();
    let network = Network::new(2, Sequential::<f64>::from_specs(&[short]), 0).unwrap();
    let dense = Network::<f64, _>::new(2, (Dense::linear(3),), 0).unwrap();
    assert_eq!(network.params(), dense.params());
    let json = r#"{"inputs": 2, "layers": [{"dense": {"units": 1}}], "params": [1, 2, 3]}"#;
    let network: Network<f64, (Dense<Identity>,)> = serde_json::from_str(json).unwrap();
    assert_eq!((network.params(), network.link()), (&[1.0, 2.0, 3.0][..], None));
    // `null` for an option is the option left out.
    let json = r#"{"dense": {"units": 3, "activation": null, "init": null, "inputs": null}}"#;
    let spec: LayerSpec = serde_json::from_str(json).unwrap();
    assert_eq!(spec, serde_json::from_str(r#"{"dense": {"units": 3}}"#).unwrap());
}

// Files that do not fit: the message says what is wrong.

type Fixed = (Dense<Tanh>, Dense<Identity>);

/// A network file with these layers and parameters.
fn file(layers: &str, params: &str) -> String {
    format!(r#"{{"inputs": 2, "layers": {layers}, "link": null, "params": {params}}}"#)
}

/// The error of reading a network of layers `L`.
fn error<L: Layer<f64> + DeserializeOwned + Debug>(json: &str) -> String {
    serde_json::from_str::<Network<f64, L>>(json).expect_err(json).to_string()
}

/// Both forms refuse the file, and say so in the same words.
fn both_say(json: &str, message: &str) {
    for found in [error::<Fixed>(json), error::<Sequential<f64>>(json)] {
        assert!(found.starts_with(message), "{json}: {found}");
    }
}

/// The tuple refuses a file that does not have its layers.
fn tuple_says(json: &str, message: &str) {
    let found = error::<Fixed>(json);
    assert!(found.starts_with(message), "{json}: {found}");
}

const LAYERS: &str = r#"[{"dense": {"units": 1, "activation": "tanh"}}, {"dense": {"units": 1}}]"#;

#[test]
fn the_file_that_the_others_are_made_from_is_right() {
    let json = file(LAYERS, "[1, 2, 3, 4, 5]");
    assert!(serde_json::from_str::<Network<f64, Fixed>>(&json).is_ok());
    assert!(serde_json::from_str::<Network<f64, Sequential<f64>>>(&json).is_ok());
}

#[test]
fn a_missing_layer_is_named() {
    let one = r#"[{"dense": {"units": 1, "activation": "tanh"}}]"#;
    tuple_says(&file(one, "[1, 2, 3]"), "invalid length 1, expected a tuple of size 2");
    tuple_says(&file("[]", "[]"), "invalid length 0, expected a tuple of size 2");
    let empty = error::<Sequential<f64>>(&file("[]", "[]"));
    assert!(empty.starts_with("expected at least one layer, found an empty list"), "{empty}");
    let within = file(r#"[{"residual": []}]"#, "[]");
    let found = error::<Sequential<f64>>(&within);
    assert_eq!(found, "layer 0 (Residual) > Sequential: expected at least 1 layer, found 0");
}

#[test]
fn a_layer_too_many_is_refused() {
    let three = r#"[{"dense": {"units": 1, "activation": "tanh"}}, {"dense": {"units": 1}}, "softmax"]"#;
    let found = error::<Fixed>(&file(three, "[1, 2, 3, 4, 5]"));
    assert!(found.contains("line 1 column"), "{found}");
}

#[test]
fn another_layer_than_the_type_says_is_named() {
    let softmax = r#"[{"dense": {"units": 1, "activation": "tanh"}}, "softmax"]"#;
    tuple_says(&file(softmax, "[1, 2, 3]"), "expected layer dense, found softmax");
    let relu = r#"[{"dense": {"units": 1, "activation": "relu"}}, {"dense": {"units": 1}}]"#;
    tuple_says(&file(relu, "[1, 2, 3, 4, 5]"), "expected activation Tanh, found Relu");
    let found = error::<(Softmax,)>(&file(LAYERS, "[1, 2, 3, 4, 5]"));
    assert!(found.starts_with("expected layer softmax, found dense"), "{found}");
    let found = error::<(Activate<Tanh>,)>(&file(r#"["softmax"]"#, "[]"));
    assert!(found.starts_with("expected layer activation, found softmax"), "{found}");
    let found = error::<(Activate<Tanh>,)>(&file(r#"[{"activation": {"leaky_relu": {"slope": 1}}}]"#, "[]"));
    assert!(found.starts_with("expected activation Tanh, found LeakyRelu"), "{found}");
    let found = error::<(Residual<(Softmax,)>,)>(&file(r#"["softmax"]"#, "[]"));
    assert!(found.contains("residual") || found.contains("Residual"), "{found}");
}

#[test]
fn a_wrong_number_of_parameters_is_counted() {
    both_say(&file(LAYERS, "[1, 2, 3, 4]"), "expected 5 parameters, found 4");
    both_say(&file(LAYERS, "[1, 2, 3, 4, 5, 6]"), "expected 5 parameters, found 6");
    both_say(&file(LAYERS, "[]"), "expected 5 parameters, found 0");
}

#[test]
fn a_parameter_that_is_no_finite_number_is_refused() {
    both_say(&file(LAYERS, "[1, 2, 3, null, 5]"), "invalid type: null, expected f64");
    both_say(&file(LAYERS, "[1, 2, 3, 1e999, 5]"), "number out of range");
    both_say(&file(LAYERS, r#"[1, 2, 3, "NaN", 5]"#), "invalid type: string \"NaN\", expected f64");
    both_say(&file(LAYERS, "[1, 2, 3, NaN, 5]"), "expected value");
    // Finite as an `f64`, not as an `f32`.
    let json = file(LAYERS, "[1, 2, 3, -1e39, 5]");
    let refused = serde_json::from_str::<Network<f32, Fixed>>(&json).unwrap_err().to_string();
    assert!(
        refused.contains("parameters[0, 3] is -inf; expected a finite number")
            || refused.starts_with("number out of range"),
        "{refused}"
    );
}

#[test]
fn a_network_whose_parameters_became_nan_cannot_be_read_back() {
    let mut network = Network::<f64, _>::new(2, (Dense::linear(1),), 0).unwrap();
    network.params_mut()[1] = f64::NAN;
    match serde_json::to_string(&network) {
        Ok(json) => {
            let refused = error::<(Dense<Identity>,)>(&json);
            assert!(refused.starts_with("invalid type: null, expected f64"), "{refused}");
        }
        Err(refused) => assert!(refused.to_string().contains("NaN"), "{refused}"),
    }
}

#[test]
fn unknown_names_are_quoted_and_the_known_ones_listed() {
    let danse = r#"[{"danse": {"units": 1, "activation": "tanh"}}, {"dense": {"units": 1}}]"#;
    let known = "unknown variant `danse`, expected one of `dense`, `activation`, `residual`, `chain`, `parallel`, `softmax`";
    both_say(&file(danse, "[1, 2, 3, 4, 5]"), known);
    let tahn = r#"[{"dense": {"units": 1, "activation": "tahn"}}, {"dense": {"units": 1}}]"#;
    let known = "unknown variant `tahn`, expected one of `celu`, `elu`, `gaussian`, `gelu`, `gelu_tanh`, `hard_sigmoid`";
    both_say(&file(tahn, "[1, 2, 3, 4, 5]"), known);
    let unit = r#"[{"dense": {"unit": 1, "activation": "tanh"}}, {"dense": {"units": 1}}]"#;
    let known =
        "unknown field `unit`, expected one of `units`, `activation`, `bias`, `init`, `bias_init`, `inputs`";
    both_say(&file(unit, "[1, 2, 3, 4, 5]"), known);
    let init = r#"[{"dense": {"units": 1, "activation": "tanh", "init": "he"}}, {"dense": {"units": 1}}]"#;
    both_say(&file(init, "[1, 2, 3, 4, 5]"), "unknown variant `he`, expected one of `lecun_normal`");
    let slope = r#"[{"activation": {"leaky_relu": {"slop": 1}}}]"#;
    let found = error::<Sequential<f64>>(&file(slope, "[]"));
    assert!(found.starts_with("unknown field `slop`, expected `slope`"), "{found}");
    let extra = format!(r#"{{"inputs": 2, "layers": {LAYERS}, "links": null, "params": [1, 2, 3, 4, 5]}}"#);
    both_say(&extra, "unknown field `links`, expected one of `format`, `inputs`, `layers`, `link`, `params`");
    let link = format!(r#"{{"inputs": 2, "layers": {LAYERS}, "link": "probit", "params": [1, 2, 3, 4, 5]}}"#);
    both_say(&link, "unknown variant `probit`, expected one of `identity`, `softmax`, `logistic`");
}

#[test]
fn missing_and_repeated_fields_are_named() {
    both_say(&format!(r#"{{"layers": {LAYERS}, "params": [1, 2, 3, 4, 5]}}"#), "missing field `inputs`");
    both_say(r#"{"inputs": 2, "params": []}"#, "missing field `layers`");
    both_say(&format!(r#"{{"inputs": 2, "layers": {LAYERS}}}"#), "missing field `params`");
    both_say(&format!(r#"{{"inputs": 2, "inputs": 2, "layers": {LAYERS}}}"#), "duplicate field `inputs`");
    let units = r#"[{"dense": {"activation": "tanh"}}, {"dense": {"units": 1}}]"#;
    both_say(&file(units, "[1, 2, 3, 4, 5]"), "missing field `units`");
}

#[test]
fn sizes_that_do_not_fit_are_named_by_their_layer() {
    let zero = r#"[{"dense": {"units": 1, "activation": "tanh"}}, {"dense": {"units": 0}}]"#;
    both_say(&file(zero, "[1, 2, 3]"), "layer 1 (Dense): expected at least 1 unit, found 0");
    let negative = r#"[{"dense": {"units": -1, "activation": "tanh"}}, {"dense": {"units": 1}}]"#;
    both_say(&file(negative, "[]"), "invalid value: integer `-1`, expected usize");
    let inputs = r#"[{"dense": {"units": 1, "activation": "tanh", "inputs": 3}}, {"dense": {"units": 1}}]"#;
    both_say(&file(inputs, "[1, 2, 3, 4, 5]"), "layer 0 (Dense): expected 3 inputs, found 2");
    let no_inputs = format!(r#"{{"inputs": 0, "layers": {LAYERS}, "params": [1, 2, 3]}}"#);
    both_say(&no_inputs, "number of input features is 0; expected at least 1");
    let narrow = r#"[{"dense": {"units": 4}}, {"residual": [{"dense": {"units": 3}}]}]"#;
    assert_eq!(
        error::<Sequential<f64>>(&file(narrow, "[]")),
        "layer 1 (Residual): expected an inner layer with 4 outputs, found 3"
    );
    let huge =
        r#"[{"dense": {"units": 18446744073709551615, "activation": "tanh"}}, {"dense": {"units": 1}}]"#;
    both_say(
        &file(huge, "[]"),
        "layer 0 (Dense): expected a size that fits in memory, found 18446744073709551615 units of 2 inputs",
    );
}

/// Reading never asks for memory that the file's own parameters do not fill, and the sum of the layers' parameters must
/// not wrap around: 2u + (u + 1) is 2^64.
#[test]
fn layers_whose_parameters_cannot_be_counted_are_refused() {
    let layers =
        r#"[{"dense": {"units": 6148914691236517205, "activation": "tanh"}}, {"dense": {"units": 1}}]"#;
    let json = format!(r#"{{"inputs": 1, "layers": {layers}, "params": []}}"#);
    for found in [error::<Fixed>(&json), error::<Sequential<f64>>(&json)] {
        assert!(found.contains("parameters") || found.contains("fits in memory"), "{found}");
    }
}

#[test]
fn files_that_are_no_network_are_refused() {
    both_say("", "EOF while parsing a value");
    both_say("[]", "invalid length 1, expected struct File with 6 elements");
    let future = format!(r#"{{"format": 2, "inputs": 2, "layers": {LAYERS}, "params": [1, 2, 3, 4, 5]}}"#);
    both_say(&future, "expected a network file of format 1, found 2");
    both_say(&file("3", "[]"), "invalid type: integer `3`, expected ");
    both_say(&file(LAYERS, "3"), "invalid type: integer `3`, expected a sequence");
    // Layers within layers without end do not exhaust the stack.
    let deep = format!("{}\"softmax\"{}", r#"{"chain": ["#.repeat(5000), "]}".repeat(5000));
    let found = error::<Sequential<f64>>(&file(&format!("[{deep}]"), "[]"));
    assert!(found.starts_with("recursion limit exceeded"), "{found}");
}

#[test]
fn layers_without_a_specification_are_named_when_written() {
    let layers = Sequential::<f64>::new().then(Softmax).then(Jitter);
    let message = "layer 1 (Jitter) has no `LayerSpec`: a dynamic network with it cannot be written";
    assert_eq!(layers.specs().unwrap_err().to_string(), message);
    assert_eq!(serde_json::to_string(&layers).unwrap_err().to_string(), message);
}

#[test]
fn a_file_on_disk_is_read_as_it_was_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("network.json");
    let network = Network::<f64, _>::new(2, (Dense::new(4, Tanh), Dense::linear(3), Softmax), 1).unwrap();
    serde_json::to_writer_pretty(std::fs::File::create(&path).unwrap(), &network).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let again: Network<f64, (Dense<Tanh>, Dense<Identity>, Softmax)> = serde_json::from_str(&text).unwrap();
    assert_eq!(network, again);
    let cross = CrossEntropy::mean();
    let x = matrix::<f64>(4, 2, 5);
    let losses = [&network, &again].map(|network| {
        let y = network.predict(x.view()).unwrap();
        cross.value(y.view(), &[0, 1, 2, 0][..], None).unwrap()
    });
    assert_eq!(losses[0].to_bits(), losses[1].to_bits());
}

/// Adds noise to every value while learning.
#[derive(Debug, Clone, Copy)]
struct Jitter;

impl nn_core::Architecture for Jitter {
    fn name(&self) -> &'static str {
        "Jitter"
    }
    fn out_dim(&self, in_dim: usize) -> Result<usize, nn_core::ShapeError> {
        Ok(in_dim)
    }
}

impl Layer<f64> for Jitter {
    fn forward(&self, pass: nn_core::Forward<'_, f64>) {
        let nn_core::Forward { x, mut y, mode, .. } = pass;
        y.assign(&x);
        if let Mode::Train(noise) = mode {
            let mut rng = noise.rng();
            y.mapv_inplace(|y| y + f64::from(rand::Rng::next_u32(&mut rng)));
        }
    }
    fn backward(&self, pass: nn_core::Backward<'_, f64>) {
        let nn_core::Backward { dy, dx, .. } = pass;
        if let Some(mut dx) = dx {
            dx.assign(&dy);
        }
    }
}

fn outputs<L: Layer<f64>>(layers: L, mode: Mode) -> ndarray::Array2<f64> {
    let network = Network::new(1, layers, 0).unwrap();
    let x = matrix::<f64>(4, 1, 0);
    let mut workspace = Workspace::new();
    network.forward_in(x.view(), &mut workspace, mode).unwrap().output().to_owned()
}

#[test]
fn noise_is_the_same_in_every_form_and_another_in_every_layer_and_step() {
    let mode = Mode::train(3, 8);
    let tuple = outputs((Jitter, Jitter, Jitter), mode);
    let sequential = Sequential::new().then(Jitter).then(Jitter).then(Jitter);
    assert_eq!(tuple, outputs(sequential, mode));
    assert_eq!(tuple, outputs(Chain(Jitter, Chain(Jitter, Jitter)), mode));
    assert_ne!(tuple, outputs((Jitter, Jitter, Jitter), Mode::train(3, 9)));
    assert_ne!(tuple, outputs((Jitter, Jitter, Jitter), Mode::train(4, 8)));
    let one = outputs((Jitter, SAME), mode);
    let other = outputs((SAME, Jitter), mode);
    assert_ne!(one, other, "two layers with the same noise");
    assert_eq!(outputs((Jitter, Jitter), Mode::Eval), matrix::<f64>(4, 1, 0));
}

/// A layer that does nothing.
const SAME: nn_core::Activate<Identity> = nn_core::Activate(Identity);

#[test]
fn a_file_with_a_wrong_state_is_refused() {
    let network = Network::<f64, _>::new(1, BatchNorm::new(), 0).unwrap();
    let json = serde_json::to_string(&network).unwrap();
    assert!(json.ends_with(r#","state":[0.0,1.0]}"#), "{json}");
    for (state, message) in [
        ("", "expected 2 scalars of state, found 0"),
        (r#","state":[0.0]"#, "expected 2 scalars of state, found 1"),
        (r#","state":[0.0,1.0,2.0]"#, "expected 2 scalars of state, found 3"),
    ] {
        let damaged = json.replace(r#","state":[0.0,1.0]"#, state);
        let error = serde_json::from_str::<Network<f64, BatchNorm>>(&damaged).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
    let plain = serde_json::to_string(&Network::<f64, _>::new(1, Dense::linear(1), 0).unwrap()).unwrap();
    assert!(!plain.contains("state"), "{plain}");
    let added = plain.replace(r#""params":"#, r#""state":[1.0],"params":"#);
    let error = serde_json::from_str::<Network<f64, Dense>>(&added).unwrap_err().to_string();
    assert!(error.starts_with("expected 0 scalars of state, found 1"), "{error}");

    let mut network = network;
    network.state_mut()[1] = f64::NAN;
    let error = serde_json::to_string(&network).unwrap_err().to_string();
    assert_eq!(error, "a scalar of state is NaN or infinite; such a network is not written");
}

#[test]
fn the_norms_are_written_as_short_as_they_can_be_read() {
    let json = r#"[{"batch_norm":{}},{"layer_norm":{"bias":false}},{"rms_norm":{}},{"rms_norm":{"eps":0.5,"gain":false}}]"#;
    let layers: Sequential<f64> = serde_json::from_str(json).unwrap();
    let tuple = (
        BatchNorm::new(),
        LayerNorm::new().without_bias(),
        RmsNorm::new(),
        RmsNorm::new().eps(0.5).without_gain(),
    );
    assert_eq!(serde_json::to_string(&layers).unwrap(), serde_json::to_string(&tuple).unwrap());
    let error = serde_json::from_str::<LayerNorm>(r#"{"rms_norm": {}}"#).unwrap_err().to_string();
    assert_eq!(error, "expected layer layer_norm, found rms_norm");
}
