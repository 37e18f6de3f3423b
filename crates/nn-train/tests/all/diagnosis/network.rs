//! Ailments of a network.

use ndarray::Array2;
use nn_core::{
    Activate, Dense, MeanSquaredError, Network, Relu, Residual, Scalar, Sequential, Sigmoid,
    SoftmaxCrossEntropy, Tanh,
};
use nn_train::FindingKind as Kind;
use nn_train::Place;
use nn_train::Severity::{Error, Note, Warning};

use super::{close, features, found, labels, look, only, values};

fn layer(name: &str) -> Place {
    Place::Layer(name.to_owned())
}

#[test]
fn dead_units() {
    let x = features(100, 2);
    let y = values(&x);
    // Two units that make x0 - x1/2 of x, and two that are never above 0.
    let layers = (Dense::new(4, Relu), Dense::linear(1));
    let weights = [[1.0, -0.5], [-1.0, 0.5], [1.0, 1.0], [1.0, -1.0]].concat();
    let params = [&weights[..], &[0.0, 0.0, -9.0, -9.0], &[1.0, -1.0, 1.0, 1.0], &[0.1]].concat();
    let network = Network::from_params(2, layers, params).expect("it fits");
    let diagnosis = look(&network, &MeanSquaredError::mean(), &x, &*y);
    assert_eq!(only(&diagnosis, Kind::DeadUnits, Warning, layer("layers.0 (Dense)")).figure, 0.5);
    // The third within a block, as a layer of its own.
    let inner = (Dense::linear(3), Activate(Relu), Dense::linear(2).without_bias());
    let mut network = Network::<f64, _>::new(2, (Residual(inner), Dense::linear(1)), 0).expect("it fits");
    let bias = network.layout().tensor("layers.0.inner.0.bias").expect("there").range.clone();
    network.params_mut()[bias.start] = -9.0;
    let diagnosis = look(&network, &MeanSquaredError::mean(), &x, &*y);
    close(
        found(&diagnosis, Kind::DeadUnits, Note, layer("layers.0.inner.1 (Relu)")).figure,
        1.0 / 3.0,
        1e-12,
    );
    network.params_mut()[bias].fill(-9.0);
    let diagnosis = look(&network, &MeanSquaredError::mean(), &x, &*y);
    assert_eq!(found(&diagnosis, Kind::DeadUnits, Error, layer("layers.0.inner.1 (Relu)")).figure, 1.0);
}

#[test]
fn saturated_units() {
    let x = features(100, 2);
    let y = labels(&x);
    let draw = |layers, scale: f64| {
        let mut network = Network::<f64, Sequential<f64>>::new(2, layers, 0).expect("it fits");
        let first = network.layout().tensors()[0].range.clone();
        network.params_mut()[first].iter_mut().for_each(|w| *w = w.signum() * scale);
        look(&network, &SoftmaxCrossEntropy::mean(), &x, &y[..])
    };
    let tanh = || Sequential::new().then(Dense::new(6, Tanh)).then(Dense::linear(2));
    let finding = found(&draw(tanh(), 200.0), Kind::SaturatedUnits, Warning, layer("layers.0 (Dense)"));
    assert!(finding.figure > 0.9);
    let sigmoid = || Sequential::new().then(Dense::linear(6)).then(Activate(Sigmoid)).then(Dense::linear(2));
    found(&draw(sigmoid(), 400.0), Kind::SaturatedUnits, Warning, layer("layers.1 (Sigmoid)"));
    for layers in [tanh(), sigmoid()] {
        assert!(draw(layers, 1.0).find(Kind::SaturatedUnits).is_none());
    }
}

#[test]
fn the_share_of_saturated_outputs() {
    let x = features(100, 1);
    let (y, weight) = (labels_of_signs(&x), 60.0);
    let network = Network::from_params(
        1,
        (Dense::new(1, Tanh), Dense::linear(2)),
        vec![weight, 0.0, -1.0, 1.0, 0.0, 0.0],
    );
    let diagnosis = look(&network.expect("it fits"), &SoftmaxCrossEntropy::mean(), &x, &y[..]);
    let flat = x.iter().filter(|x| (weight * **x).tanh().abs() > 0.99).count();
    let finding = found(&diagnosis, Kind::SaturatedUnits, Warning, layer("layers.0 (Dense)"));
    assert_eq!(finding.figure, flat as f64 / 100.0);
    assert!(flat < 100);
}

/// The class that a single feature names: its sign.
fn labels_of_signs(x: &Array2<f64>) -> Vec<usize> {
    x.iter().map(|x| usize::from(*x > 0.0)).collect()
}

#[test]
fn gradients_that_vanish_or_explode() {
    let x = features(100, 4);
    let y = labels(&x);
    let deep = |scale: f64, sigmoid: bool| {
        let mut layers = Sequential::new();
        for _ in 0..8 {
            layers =
                if sigmoid { layers.then(Dense::new(8, Sigmoid)) } else { layers.then(Dense::linear(8)) };
        }
        let mut network = Network::<f64, _>::new(4, layers.then(Dense::linear(2)), 3).expect("it fits");
        network.params_mut().iter_mut().for_each(|w| *w *= scale);
        look(&network, &SoftmaxCrossEntropy::mean(), &x, &y[..])
    };
    let finding = deep(1.0, true);
    let finding = found(&finding, Kind::VanishingGradients, Warning, layer("layers.0 (Dense)"));
    assert!(finding.figure < 1e-3 && finding.figure > 0.0);
    let finding = deep(5.0, false);
    let finding = found(&finding, Kind::ExplodingGradients, Warning, layer("layers.0 (Dense)"));
    assert!(finding.figure > 1e3);
    let fine = deep(1.0, false);
    assert!(fine.find(Kind::VanishingGradients).or(fine.find(Kind::ExplodingGradients)).is_none(), "{fine}");
}

/// Two linear layers: the gradient at the first one's outputs is that at the second's, times its weights.
#[test]
fn the_ratio_of_gradients_is_that_of_the_weights() {
    let x = features(50, 1);
    for (scale, kind) in [(1e-5, Kind::VanishingGradients), (1e5, Kind::ExplodingGradients)] {
        let layers = (Dense::linear(1), Dense::linear(1), Dense::linear(1));
        let network = Network::from_params(1, layers, vec![0.7, 0.0, scale, 0.3, 1.5, 0.0]).expect("it fits");
        let diagnosis = look(&network, &MeanSquaredError::mean(), &x, &*x.mapv(|x| 1.0 - x));
        let finding = found(&diagnosis, kind, Warning, layer("layers.0 (Dense)"));
        close(finding.figure / scale, 1.0, 1e-9);
    }
}

#[test]
fn weights_that_are_huge_equal_or_none() {
    let x = features(100, 2);
    let y = values(&x);
    let loss = MeanSquaredError::mean();
    let network = |params: Vec<f64>| Network::from_params(2, (Dense::linear(2), Dense::linear(1)), params);
    // x0 - x1/2 by way of a million.
    let fine = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, -0.5, 0.1];
    assert!(look(&network(fine.to_vec()).expect("it fits"), &loss, &x, &*y).is_healthy());
    let huge = [1e6, 0.0, 0.0, 1.0, 0.0, 0.0, 1e-6, -0.5, 0.1];
    let diagnosis = look(&network(huge.to_vec()).expect("it fits"), &loss, &x, &*y);
    assert_eq!(only(&diagnosis, Kind::ExplodedWeights, Warning, layer("layers.0 (Dense)")).figure, 1e6);
    let equal = [0.5, -0.25, 0.5, -0.25, 0.0, 0.0, 1.0, 1.0, 0.1];
    let diagnosis = look(&network(equal.to_vec()).expect("it fits"), &loss, &x, &*y);
    assert_eq!(only(&diagnosis, Kind::IdenticalUnits, Error, layer("layers.0 (Dense)")).figure, 1.0);
    // Biases tell them apart.
    let apart = [0.5, -0.25, 0.5, -0.25, 0.0, 0.2, 1.0, 1.0, 0.1];
    assert!(look(&network(apart.to_vec()).expect("it fits"), &loss, &x, &*y).is_healthy());
    let mut none = network(fine.to_vec()).expect("it fits");
    none.params_mut()[5] = f64::NAN;
    none.params_mut()[7] = f64::INFINITY;
    let diagnosis = look(&none, &loss, &x, &*y);
    assert_eq!(only(&diagnosis, Kind::NonFiniteParameters, Error, layer("layers.0 (Dense)")).figure, 2.0);
}

#[test]
fn outputs_that_are_all_the_same() {
    let x = features(100, 2);
    let y = values(&x);
    let network = Network::from_params(2, Dense::linear(1), vec![1e-6, 0.0, 0.3]).expect("it fits");
    let diagnosis = look(&network, &MeanSquaredError::mean(), &x, &*y);
    let finding = found(&diagnosis, Kind::CollapsedOutputs, Error, Place::Outputs);
    close(finding.figure, 1e-6 / 3.0_f64.sqrt(), 1e-7);
    found(&diagnosis, Kind::NoBetterThanGuess, Error, Place::Training);
}

/// What is seen of a network depends neither on the form of its chain nor on the number type.
#[test]
fn a_tuple_a_list_and_single_precision_look_alike() {
    let x = features(80, 2);
    let y = labels(&x);
    let network =
        Network::<f64, _>::new(2, (Dense::new(30, Sigmoid), (Dense::new(6, Relu), Dense::linear(2))), 0)
            .expect("it fits");
    let loss = SoftmaxCrossEntropy::mean();
    let diagnosis = look(&network, &loss, &x, &y[..]);
    assert!(!diagnosis.findings().is_empty());
    let list = network.to_sequential().expect("known layers");
    assert_eq!(look(&list, &loss, &x, &y[..]), diagnosis);
    let params = network.params().iter().map(|&p| Scalar::of(p)).collect();
    let single = Network::<f32, _>::from_params(2, network.layers(), params).expect("it fits");
    let x: Array2<f32> = x.mapv(Scalar::of);
    let data = nn_core::Batch::new(x.view(), &y[..]).expect("valid");
    let found = nn_train::diagnose(&single, &loss, data, None, None).expect("valid");
    let kinds = |diagnosis: &nn_train::Diagnosis| {
        diagnosis.iter().map(|f| (f.kind, f.place.clone())).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&found), kinds(&diagnosis));
}
