//! Losses and layers against PyTorch's values in float64, to a relative error of 1e-12.
//!
//! `tests/fixtures/README.md` says what each file holds.

use approx::assert_relative_eq;
use ndarray::{Array2, ArrayView2};
use nn::{
    BatchNorm, BinaryCrossEntropy, Dense, HalfSquaredError, Layer, LayerNorm, Loss, MeanSquaredError, Mode,
    Network, Softmax, SoftmaxCrossEntropy, Targets, Workspace,
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

fn close(found: ArrayView2<'_, f64>, expected: &Array2<f64>) {
    assert_eq!(found.dim(), expected.dim());
    for (found, expected) in found.iter().zip(expected) {
        assert_relative_eq!(*found, *expected, max_relative = TOLERANCE, epsilon = 1e-15);
    }
}

#[test]
fn softmax() {
    let table = fixture("softmax.json");
    let network = Network::<f64, _>::new(5, Softmax, 0).expect("it fits");
    let (x, dy) = (matrix(&table["x"]), matrix(&table["grad_output"]));
    let (mut workspace, mut dx) = (Workspace::new(), Array2::zeros(x.dim()));
    let pass = network.forward(x.view(), &mut workspace).expect("it fits");
    close(pass.output(), &matrix(&table["softmax"]["y"]));
    pass.backward_from(dy.view(), &mut [], Some(dx.view_mut())).expect("it fits");
    close(dx.view(), &matrix(&table["softmax"]["grad_input"]));

    let extreme = &table["softmax_extreme"];
    let network = Network::<f64, _>::new(3, Softmax, 0).expect("it fits");
    close(network.predict(matrix(&extreme["x"]).view()).expect("finite").view(), &matrix(&extreme["y"]));
}

#[test]
fn linear_layer() {
    let table = &fixture("layers.json")["linear"];
    let (weight, bias) = (matrix(&table["params"]["weight"]), vector(&table["params"]["bias"]));
    let params = [weight.iter().copied().collect(), bias].concat();
    let network = Network::from_params(5, Dense::linear(3), params).expect("it fits");
    let (x, dy) = (matrix(&table["x"]), matrix(&table["grad_output"]));
    let (mut workspace, mut dx) = (Workspace::new(), Array2::zeros(x.dim()));
    let mut gradient = vec![0.0; network.params().len()];
    let pass = network.forward(x.view(), &mut workspace).expect("it fits");
    close(pass.output(), &matrix(&table["y"]));
    pass.backward_from(dy.view(), &mut gradient, Some(dx.view_mut())).expect("it fits");
    close(dx.view(), &matrix(&table["grad_input"]));
    let (dweight, dbias) = gradient.split_at(15);
    close(ArrayView2::from_shape((3, 5), dweight).expect("15"), &matrix(&table["grad_params"]["weight"]));
    let expected = Array2::from_shape_vec((1, 3), vector(&table["grad_params"]["bias"])).expect("3");
    close(ArrayView2::from_shape((1, 3), dbias).expect("3"), &expected);
}

/// Forward and backward of a normalisation with gain and bias, and the network after it.
fn normalisation<L: Layer<f64>>(
    table: &Value,
    layer: L,
    state: Option<Vec<f64>>,
    mode: Mode,
) -> Network<f64, L> {
    let params = [vector(&table["params"]["weight"]), vector(&table["params"]["bias"])].concat();
    let mut network = Network::from_params(5, layer, params).expect("it fits");
    if let Some(state) = state {
        network = network.with_state(state).expect("it fits");
    }
    let (x, dy) = (matrix(&table["x"]), matrix(&table["grad_output"]));
    let (mut workspace, mut dx) = (Workspace::new(), Array2::zeros(x.dim()));
    let mut gradient = vec![0.0; 10];
    let pass = network.forward_in(x.view(), &mut workspace, mode).expect("it fits");
    close(pass.output(), &matrix(&table["y"]));
    pass.backward_from(dy.view(), &mut gradient, Some(dx.view_mut())).expect("it fits");
    close(dx.view(), &matrix(&table["grad_input"]));
    let expected = [vector(&table["grad_params"]["weight"]), vector(&table["grad_params"]["bias"])].concat();
    row_close(&gradient, expected);
    if mode != Mode::Eval {
        network.update_state(&mut workspace).expect("a training pass");
    }
    network
}

fn row_close(found: &[f64], expected: Vec<f64>) {
    let expected = Array2::from_shape_vec((1, expected.len()), expected).expect("a row");
    close(ArrayView2::from_shape((1, found.len()), found).expect("a row"), &expected);
}

#[test]
fn normalisations() {
    let table = fixture("layers.json");
    let training = &table["batch_norm_train(eps=1e-5,momentum=0.1)"];
    let trained = normalisation(training, BatchNorm::new(), None, Mode::train(0, 0));
    let running = &training["running_after"];
    let state = [vector(&running["mean"]), vector(&running["var"])].concat();
    row_close(trained.state(), state.clone());
    // In use it has the statistics that training left.
    normalisation(&table["batch_norm_eval"], BatchNorm::new(), Some(state), Mode::Eval);
    for mode in [Mode::train(0, 0), Mode::Eval] {
        normalisation(&table["layer_norm(eps=1e-5)"], LayerNorm::new(), None, mode);
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
