//! Activations and layers against PyTorch's values in float64, to a relative error of 1e-12.
//!
//! `tests/fixtures/README.md` says what each file holds.

use approx::assert_relative_eq;
use ndarray::{Array2, ArrayView2};
use nn::{
    Activation, BatchNorm, Dense, Identity, Layer, LayerNorm, LeakyRelu, Mode, Network, Relu, Scalar,
    Sigmoid, Softmax, Softplus, Tanh, Workspace,
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
