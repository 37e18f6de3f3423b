//! A prediction of one sample, from slice to slice, by the network or its predictor, is that of the sample in a batch.

use allocation_counter::measure;
use ndarray::Array2;
use nn_core::{
    Activate, BatchNorm, Chain, Dense, Dropout, Error, Layer, LayerNorm, Link, Network, Parallel, Relu,
    Residual, Scalar, Sequential, Softplus, Tanh, Workspace,
};

fn samples<T: Scalar>(features: usize) -> Array2<T> {
    Array2::from_shape_fn((6, features), |(n, j)| T::of(((7 * n + 3 * j) % 11) as f64 / 11.0 - 0.4))
}

/// Holds each row's prediction to the batch's, and gives the rows' bits.
fn agrees<T: Scalar, L: Layer<T> + Clone>(features: usize, layers: L, link: Link) -> Vec<u64> {
    let mut network = Network::<T, L>::new(features, layers, 3).expect("it fits");
    for (n, state) in network.state_mut().iter_mut().enumerate() {
        *state += T::of((n % 5) as f64 / 10.0);
    }
    network.set_link(link);
    let x = samples::<T>(features);
    let (predictor, outputs) = (network.predictor(), network.predict(x.view()).expect("finite"));
    let copy = predictor.clone();
    assert_eq!((predictor.in_dim(), predictor.out_dim()), (features, outputs.ncols()));
    let batch = network.predict_proba(x.view()).expect("finite");
    let mut workspace = Workspace::new();
    let mut row = vec![T::nan(); network.out_dim()];
    let mut bits = Vec::new();
    let bits_of = |row: &[T]| row.iter().map(|y| y.as_f64().to_bits()).collect::<Vec<_>>();
    for ((x, expected), outputs) in x.rows().into_iter().zip(batch.rows()).zip(outputs.rows()) {
        let (x, expected) = (x.to_vec(), bits_of(&expected.to_vec()));
        row.fill(T::nan());
        network.predict_row(&x, &mut workspace, &mut row).expect("finite");
        assert_eq!(bits_of(&row), expected);
        for predictor in [&predictor, &copy] {
            row.fill(T::nan());
            predictor.predict_proba(&x, &mut row).expect("finite");
            assert_eq!(bits_of(&row), expected);
            row.fill(T::nan());
            predictor.predict(&x, &mut row).expect("finite");
            assert_eq!(bits_of(&row), bits_of(&outputs.to_vec()));
        }
        bits.extend(expected);
    }
    let x = x.row(0).to_vec();
    let allocations = measure(|| {
        for _ in 0..100 {
            network.predict_row(&x, &mut workspace, &mut row).expect("finite");
            predictor.predict_proba(&x, &mut row).expect("finite");
        }
    });
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
    wide: 3, Identity, Dense::new(300, Tanh), Dense::new(200, Relu), Dense::linear(130);
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

#[test]
fn a_predictor_refuses_what_the_network_does() {
    let mut network = Network::<f64, _>::new(2, Dense::linear(3), 0).expect("it fits");
    let mut out = [0.0; 3];
    assert!(matches!(network.predictor().predict_proba(&[1.0, 2.0], &mut out), Err(Error::NoLink)));
    network.set_link(Link::Identity);
    let predictor = network.predictor();
    let message = |x: &[f64], out: &mut [f64]| predictor.predict(x, out).expect_err("no fit").to_string();
    assert_eq!(message(&[1.0], &mut out), "expected rows of 2 features, found 1");
    assert_eq!(message(&[1.0, 2.0], &mut [0.0]), "expected 3 outputs, found 1");
    assert_eq!(message(&[1.0, f64::NAN], &mut out), "features[0, 1] is NaN; expected a finite number");
    assert_eq!(out, [0.0; 3]);
}

/// One serves many threads at once, each with memory of its own for a network that does not fit on the stack.
#[test]
fn threads_share_a_predictor() {
    let layers = (Dense::new(400, Tanh), Dense::new(300, Tanh), Dense::linear(2));
    let network = Network::<f32, _>::new(3, layers, 0).expect("it fits");
    let x = Array2::from_shape_fn((400, 3), |(n, j)| ((n * 7 + j * 3) % 31) as f32 / 31.0);
    let (predictor, expected) = (network.predictor(), network.predict(x.view()).expect("finite"));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut out = [0.0; 2];
                for (x, expected) in x.rows().into_iter().zip(expected.rows()) {
                    predictor.predict(&x.to_vec(), &mut out).expect("finite");
                    assert_eq!(out[..], expected.to_vec());
                }
            });
        }
    });
}
