//! A prediction of one sample, from slice to slice, is that of the sample in a batch.

use allocation_counter::measure;
use ndarray::{Array2, Axis};
use nn_core::{
    Activate, BatchNorm, Chain, Dense, Dropout, Error, Layer, LayerNorm, Link, Network, Parallel, Relu,
    Residual, Scalar, Sequential, Softplus, Tanh, Workspace,
};

fn samples<T: Scalar>(features: usize) -> Array2<T> {
    Array2::from_shape_fn((6, features), |(n, j)| T::of(((7 * n + 3 * j) % 11) as f64 / 11.0 - 0.4))
}

/// Holds each row's prediction to the batch's, and gives the rows' bits.
fn agrees<T: Scalar, L: Layer<T>>(features: usize, layers: L, link: Link) -> Vec<u64> {
    let mut network = Network::<T, L>::new(features, layers, 3).expect("it fits");
    network.set_link(link);
    let x = samples::<T>(features);
    let batch = network.predict_proba(x.view()).expect("finite");
    let mut workspace = Workspace::new();
    let mut row = vec![T::nan(); network.out_dim()];
    let mut bits = Vec::new();
    for (x, expected) in x.axis_iter(Axis(0)).zip(batch.axis_iter(Axis(0))) {
        row.fill(T::nan());
        network.predict_row(x.as_slice().expect("a row"), &mut workspace, &mut row).expect("finite");
        for (&found, &expected) in row.iter().zip(expected) {
            assert_eq!(found.as_f64().to_bits(), expected.as_f64().to_bits(), "{found} against {expected}");
        }
        bits.extend(row.iter().map(|y| y.as_f64().to_bits()));
    }
    let x = x.row(0).to_vec();
    let allocations =
        measure(|| (0..100).for_each(|_| network.predict_row(&x, &mut workspace, &mut row).expect("finite")));
    assert_eq!(allocations.count_total, 0);
    bits
}

/// Static and dynamic, in both precisions, for rows shorter and longer than a vector.
macro_rules! forms {
    ($($name:ident: $features:literal, $link:ident, $($layer:expr),+;)+) => {$(
        #[test]
        fn $name() {
            let fixed = agrees::<f64, _>($features, ($($layer,)+), Link::$link);
            let dynamic = agrees::<f64, _>($features, Sequential::new()$(.then($layer))+, Link::$link);
            assert_eq!(fixed, dynamic);
            agrees::<f32, _>($features, ($($layer,)+), Link::$link);
        }
    )+};
}

forms! {
    short_rows: 2, Softmax, Dense::new(15, Tanh), Dense::linear(4);
    long_rows: 40, Softmax, Dense::new(33, Relu), Dense::new(17, Softplus), Dense::linear(5);
    one_logit: 9, Logistic, Dense::new(6, Tanh).without_bias(), Dense::linear(1);
    norms_and_noise: 5, Identity, BatchNorm::new(), Dense::linear(8), LayerNorm::new(), Activate(Tanh), Dropout::new(0.5);
    blocks: 4, Identity, Residual((Dense::new(3, Tanh), Dense::linear(4))), Chain(Dense::new(7, Relu), Dense::linear(3));
    branches: 3, Softmax, Parallel(((Dense::new(2, Tanh),), (Dense::linear(3),))), Dense::linear(2);
}

#[test]
fn what_does_not_fit_is_an_error() {
    let mut network = Network::<f64, _>::new(2, Dense::linear(3), 0).expect("it fits");
    let (mut workspace, mut out) = (Workspace::new(), [0.0; 3]);
    assert!(matches!(network.predict_row(&[1.0, 2.0], &mut workspace, &mut out), Err(Error::NoLink)));
    network.set_link(Link::Identity);
    let mut message = |x: &[f64], out: &mut [f64]| {
        network.predict_row(x, &mut workspace, out).expect_err("it does not fit").to_string()
    };
    assert_eq!(message(&[1.0], &mut out), "expected rows of 2 features, found 1");
    assert_eq!(message(&[1.0, 2.0], &mut [0.0]), "expected 3 outputs, found 1");
    assert_eq!(message(&[1.0, f64::NAN], &mut out), "features[0, 1] is NaN; expected a finite number");
    assert_eq!(out, [0.0; 3]);
}
