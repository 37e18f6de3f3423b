//! Whole runs of mini-batches against PyTorch's in float64: the loss after every epoch, and the weights at the end.
//!
//! `tests/fixtures/README.md` says what the file holds.

use std::collections::BTreeMap;

use ndarray::Array2;
use nn_core::{
    Activation, Batch, Dense, Gelu, Layer, Mode, Network, Relu, Scalar, Sequential, Shards,
    SoftmaxCrossEntropy, Tanh, Workspace,
};
use nn_train::{Adam, AdamW, Optimizer, Sgd};
use serde::Deserialize;

const BATCH: usize = 32;

#[derive(Deserialize)]
struct Reference {
    x: Vec<[f64; 2]>,
    y: Vec<usize>,
    runs: BTreeMap<String, Run>,
}

/// Parameters by PyTorch's names: weights are (outputs, inputs), as here.
#[derive(Deserialize)]
struct Run {
    init: BTreeMap<String, Tensor>,
    order: Vec<Vec<usize>>,
    loss_after_epoch: Vec<f64>,
    r#final: BTreeMap<String, Tensor>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Tensor {
    Weight(Vec<Vec<f64>>),
    Bias(Vec<f64>),
}

fn flat(state: &BTreeMap<String, Tensor>) -> Vec<f64> {
    let names = ["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"];
    assert_eq!(state.len(), names.len());
    let values = |name| match &state[name] {
        Tensor::Weight(rows) => rows.concat(),
        Tensor::Bias(bias) => bias.clone(),
    };
    names.into_iter().flat_map(values).collect()
}

/// The losses and the parameters of a run with these layers.
fn trained<T: Scalar, L: Layer<T>>(
    reference: &Reference,
    run: &Run,
    layers: L,
    mut optimizer: impl Optimizer<T>,
    learning_rate: f64,
) -> (Vec<T>, Vec<T>) {
    let x = Array2::from_shape_fn((reference.x.len(), 2), |(n, j)| T::of(reference.x[n][j]));
    let data = Batch::new(x.view(), &reference.y[..]).expect("valid data");
    let loss = SoftmaxCrossEntropy::mean();
    let init = flat(&run.init).into_iter().map(T::of).collect();
    let mut network = Network::from_params(2, layers, init).expect("sizes of the fixture");
    optimizer.start(&network.layout()).expect("valid settings");
    let (mut shards, mut workspace, mut step) = (Shards::new(), Workspace::new(), 0);
    let mut gradient = vec![T::zero(); network.params().len()];
    let mut losses = Vec::new();
    for order in &run.order {
        for rows in order.chunks(BATCH) {
            shards.gather(&network, &data, rows);
            network.loss_and_gradient(&loss, &mut shards, Mode::train(0, step), &mut gradient);
            optimizer.step(T::of(learning_rate), network.params_mut(), &gradient);
            step += 1;
        }
        let pass = network.forward(x.view(), &mut workspace).expect("valid data");
        losses.push(pass.loss(&loss, data.y(), None).expect("valid targets"));
    }
    (losses, network.params().to_vec())
}

/// Static and dynamic to the same bits, near the reference by `f64` and `f32`.
fn agrees<A: Activation + Copy + 'static, O: Optimizer<f64>, S: Optimizer<f32>>(
    name: &str,
    activation: A,
    learning_rate: f64,
    optimizer: impl Fn() -> O,
    single: S,
) {
    let path = format!("{}/fixtures/training.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    let reference: Reference = serde_json::from_str(&text).expect("it can be read");
    assert_eq!(reference.runs.len(), 3, "each is compared");
    let run = &reference.runs[name];
    assert_eq!((run.order.len(), run.loss_after_epoch.len()), (30, 30));

    let layers = || (Dense::new(12, activation), Dense::new(8, activation), Dense::linear(3));
    let (losses, params) = trained(&reference, run, layers(), optimizer(), learning_rate);
    let dynamic = Sequential::<f64>::new().then(Dense::new(12, activation));
    let dynamic = dynamic.then(Dense::new(8, activation)).then(Dense::linear(3));
    let from_dynamic = trained(&reference, run, dynamic, optimizer(), learning_rate);
    assert_eq!(from_dynamic, (losses.clone(), params.clone()));

    let end = flat(&run.r#final);
    let close = |what: &str, found: &[f64], expected: &[f64], tolerance: f64| {
        assert_eq!(found.len(), expected.len());
        let mut worst: f64 = 0.0;
        for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
            let error = (found - expected).abs() / expected.abs().max(1.0);
            worst = worst.max(error);
            assert!(error <= tolerance, "{name}, {what} {i}: {found}, not {expected}: {error:.1e}");
        }
        println!("{name}, {what}: {worst:.1e}");
    };
    close("loss", &losses, &run.loss_after_epoch, 1e-13);
    close("parameter", &params, &end, 1e-13);

    let (losses, params) = trained(&reference, run, layers(), single, learning_rate);
    let double = |values: Vec<f32>| values.into_iter().map(f64::from).collect::<Vec<_>>();
    close("loss in f32", &double(losses), &run.loss_after_epoch, 2e-6);
    close("parameter in f32", &double(params), &end, 1e-5);
}

#[test]
fn tanh_by_adam() {
    agrees("tanh_adam", Tanh, 0.01, Adam::new, Adam::new());
}

#[test]
fn relu_by_momentum() {
    let momentum = || Sgd::new().momentum(0.9);
    agrees("relu_momentum", Relu, 0.05, momentum, Sgd::new().momentum(0.9));
}

/// PyTorch's default: weight decay of 0.01, biases included.
#[test]
fn gelu_by_adamw() {
    agrees("gelu_adamw", Gelu, 0.01, || AdamW::new().decay_all(), AdamW::new().decay_all());
}
