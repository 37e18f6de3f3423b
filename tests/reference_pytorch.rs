//! Activations and losses against PyTorch's values in float64, to a relative error of 1e-12; layers are held to theirs in
//! `tests/layers.rs`.
//!
//! `tests/fixtures/README.md` says what each file holds.

use approx::assert_relative_eq;
use ndarray::{Array2, ArrayView2};
use nn::{
    Activation, BinaryCrossEntropy, HalfSquaredError, Identity, LeakyRelu, Loss, MeanSquaredError, Relu,
    Scalar, Sigmoid, SoftmaxCrossEntropy, Softplus, Tanh, Targets,
};
use serde_json::Value;

const TOLERANCE: f64 = 1e-12;

fn fixture(file: &str) -> Value {
    let path = format!("{}/tests/fixtures/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("the fixture is there"))
        .expect("it can be read")
}

fn vector(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|x| x.as_f64().expect("a number")).collect()
}

fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = value.as_array().expect("rows").iter().map(vector).collect();
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j])
}

fn labels(value: &Value) -> Vec<usize> {
    serde_json::from_value(value.clone()).expect("a list of classes")
}

/// Values to a relative 1e-12. Derivatives too, but those that are taken from the value, such as 1 - tanh², can be no
/// more exact than the value's own rounding: 2e-16 absolute.
fn activation<A: Activation>(table: &Value, key: &str, f: A, tolerance: f64) {
    let x = vector(&table["x"]);
    let entry = &table["activations"][key];
    let (y, dy) = (vector(&entry["y"]), vector(&entry["dy"]));
    assert_eq!((x.len(), x.len()), (y.len(), dy.len()), "{key}");
    for ((&x, &y), &dy) in x.iter().zip(&y).zip(&dy) {
        let a = f.apply(x);
        assert_relative_eq!(a, y, max_relative = tolerance, epsilon = 0.0);
        assert_relative_eq!(f.derivative(x, a), dy, max_relative = tolerance, epsilon = 4e-16);
        let single = f.apply(f32::of(x));
        assert_relative_eq!(
            single,
            f32::of(f.apply(f32::of(x).as_f64())),
            max_relative = 1e-5,
            epsilon = 1e-37
        );
    }
}

#[test]
fn activations() {
    let table = fixture("activations.json");
    activation(&table, "identity", Identity, TOLERANCE);
    activation(&table, "tanh", Tanh, TOLERANCE);
    activation(&table, "sigmoid", Sigmoid, TOLERANCE);
    activation(&table, "relu", Relu, TOLERANCE);
    activation(&table, "leaky_relu(0.01)", LeakyRelu::default(), TOLERANCE);
    // PyTorch leaves out ln(1 + e^-z) above z = 20, which is up to e^-20 = 2.1e-9.
    activation(&table, "softplus", Softplus, 2.1e-9);
}

fn close(found: ArrayView2<'_, f64>, expected: &Array2<f64>) {
    assert_eq!(found.dim(), expected.dim());
    for (found, expected) in found.iter().zip(expected) {
        assert_relative_eq!(*found, *expected, max_relative = TOLERANCE, epsilon = 1e-15);
    }
}

/// Value and gradient of a loss against one entry of the table.
fn loss<Y: Targets<f64> + ?Sized>(
    entry: &Value,
    loss: &dyn Loss<f64, Y>,
    prediction: &Array2<f64>,
    target: &Y,
    weights: Option<&[f64]>,
) {
    let value = loss.value(prediction.view(), target, weights).expect("valid targets");
    assert_relative_eq!(value, entry["value"].as_f64().expect("a number"), max_relative = TOLERANCE);
    let mut gradient = Array2::from_elem(prediction.dim(), f64::NAN);
    loss.reduced(prediction.view(), target, weights, Some(gradient.view_mut()));
    close(gradient.view(), &matrix(&entry["grad"]));
}

#[test]
fn losses() {
    let table = fixture("losses.json");
    let (inputs, losses) = (&table["inputs"], &table["losses"]);
    let logits = matrix(&inputs["logits"]);
    let (classes, weights) = (labels(&inputs["classes"]), vector(&inputs["sample_weights"]));
    let soft = matrix(&inputs["soft_targets"]);
    let (p, y) = (matrix(&inputs["prediction"]), matrix(&inputs["target"]));
    let (z, binary) = (matrix(&inputs["binary_logits"]), matrix(&inputs["binary_target"]));

    macro_rules! both_reductions {
        ($key:literal, $loss:ident, $prediction:expr, $target:expr, $weights:expr) => {
            loss(&losses[$key]["mean"], &$loss::mean(), $prediction, $target, $weights);
            loss(&losses[$key]["sum"], &$loss::sum(), $prediction, $target, $weights);
        };
    }
    both_reductions!("softmax_cross_entropy", SoftmaxCrossEntropy, &logits, &classes[..], None);
    let weights = Some(&weights[..]);
    both_reductions!(
        "softmax_cross_entropy(sample_weights)",
        SoftmaxCrossEntropy,
        &logits,
        &classes[..],
        weights
    );
    both_reductions!("softmax_cross_entropy(soft_targets)", SoftmaxCrossEntropy, &logits, &*soft, None);
    both_reductions!("half_squared_error", HalfSquaredError, &p, &*y, None);
    both_reductions!("mse", MeanSquaredError, &p, &*y, None);
    both_reductions!("binary_cross_entropy_with_logits", BinaryCrossEntropy, &z, &*binary, None);
}
