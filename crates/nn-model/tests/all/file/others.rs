//! Weights that PyTorch and scikit-learn have written, by `fixtures/make.py`; `tests/interop` asks those programs themselves.

use std::path::PathBuf;

use ndarray::{Array2, Ix2};
use nn_core::{
    ActivationSpec, BatchNorm, Dense, Dropout, LayerNorm, Link, Network, PRelu, Relu, RmsNorm, Scalar,
    Sequential, Tanh,
};
use nn_data::read_npz;
use nn_model::{read_sklearn, read_state_dict};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// Inputs and outputs.
fn arrays<T: Scalar>(name: &str) -> [Array2<T>; 2] {
    let mut arrays = read_npz::<T>(fixture(name)).expect("arrays");
    ["x", "y"].map(|name| arrays.remove(name).expect("an array").into_dimensionality::<Ix2>().expect("rows"))
}

fn agree<T: Scalar>(found: &Array2<T>, expected: &Array2<T>, tolerance: f64) {
    assert_eq!(found.dim(), expected.dim());
    // Of the largest output: sums are in another order there.
    let largest = expected.iter().map(|y| y.as_f64().abs()).fold(1.0, f64::max);
    let off = found.iter().zip(expected).map(|(a, b)| (a.as_f64() - b.as_f64()).abs()).fold(0.0, f64::max);
    assert!(off < tolerance * largest, "{off} of {largest}");
}

fn is_read<T: Scalar>(name: &str, tolerance: f64) {
    let layers = Sequential::new()
        .then(Dense::new(6, Tanh))
        .then(BatchNorm::new())
        .then(Dropout::new(0.5))
        .then(Dense::new(5, Relu))
        .then(LayerNorm::new())
        .then(Dense::linear(5).without_bias())
        .then(PRelu::new())
        .then(RmsNorm::new())
        .then(Dense::linear(3));
    let mut network = Network::<T, _>::new(4, layers, 1).expect("it fits");
    read_state_dict(fixture(&format!("torch/{name}.safetensors")), &mut network)
        .expect("weights of these layers");
    let [x, y] = arrays::<T>(&format!("torch/{name}.npz"));
    agree(&network.predict(x.view()).expect("finite"), &y, tolerance);
}

#[test]
fn a_state_dict_of_pytorch_gives_its_outputs() {
    is_read::<f32>("f32", 1e-6);
    is_read::<f64>("f64", 1e-12);
    // Single numbers in a network of double ones, which does not round as PyTorch did.
    is_read::<f64>("f32", 1e-5);
}

#[test]
fn a_network_of_scikit_learn_gives_its_probabilities() {
    let [x, y] = arrays::<f64>("sklearn/arrays.npz");
    let network = read_sklearn::<f64>(fixture("sklearn/mlp.npz"), ActivationSpec::Sigmoid, Link::Softmax);
    agree(&network.expect("weights").predict_proba(x.view()).expect("finite"), &y, 1e-12);
}
