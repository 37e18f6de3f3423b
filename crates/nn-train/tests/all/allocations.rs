//! A warmed-up training step and a warmed-up prediction allocate nothing; that of each layer is in `layers.rs` of nn-core's tests.

use allocation_counter::measure;
use ndarray::Array2;
use nn_core::{
    Batch, BatchNorm, BinaryCrossEntropy, CrossEntropy, Dense, Layer, LayerNorm, LeakyRelu, Link, Loss, Mode,
    Network, PRelu, ParamKind, Relu, Residual, RmsNorm, Scalar, Sequential, Sigmoid, Softmax,
    SoftmaxCrossEntropy, Softplus, Tanh, Workspace,
};
use nn_train::schedule::{Cosine, ReduceOnPlateau, Schedule};
use nn_train::{
    Adam, Ema, Every, Group, Groups, Lbfgs, LevenbergMarquardt, MaxNorm, Optimizer, Sgd, Trainer,
};

use crate::threads::on;

const SAMPLES: usize = 70;
const FEATURES: usize = 3;

fn features<T: Scalar>() -> Array2<T> {
    Array2::from_shape_fn((SAMPLES, FEATURES), |(n, j)| T::of(((7 * n + 3 * j) % 11) as f64 / 11.0))
}

fn labels(classes: usize) -> Vec<usize> {
    (0..SAMPLES).map(|n| n % classes).collect()
}

/// 1000 steps of forward, loss, backward and optimizer, then 1000 predictions into a given buffer.
fn allocates_nothing<T: Scalar, L: Layer<T>>(layers: L, loss: &dyn Loss<T, [usize]>, classes: usize) {
    let mut network = Network::<T, L>::new(FEATURES, layers, 0).expect("it fits");
    network.set_link(Link::Softmax);
    let (x, labels) = (features::<T>(), labels(classes));
    let mut workspace = Workspace::new();
    let mut gradient = vec![T::zero(); network.params().len()];
    let mut optimizer = Sgd::new();
    let mut step = |network: &mut Network<T, L>, step: u64| {
        let pass = network.forward_in(x.view(), &mut workspace, Mode::train(0, step)).expect("it fits");
        pass.backward(loss, &labels[..], None, &mut gradient).expect("valid labels");
        network.update_state(&mut workspace).expect("a training pass");
        optimizer.step(T::of(1e-3), network.params_mut(), &gradient);
    };
    step(&mut network, 0);
    let steps = measure(|| (1..=1000).for_each(|n| step(&mut network, n)));
    assert_eq!(steps.count_total, 0, "1000 training steps");

    let mut out = Array2::zeros((SAMPLES, network.out_dim()));
    let mut predict = || {
        network.predict_into(x.view(), &mut workspace, out.view_mut()).expect("it fits");
        network.predict_proba_into(x.view(), &mut workspace, out.view_mut()).expect("it fits");
    };
    predict();
    let predictions = measure(|| (0..1000).for_each(|_| predict()));
    assert_eq!(predictions.count_total, 0, "1000 predictions");
}

#[test]
fn static_network() {
    allocates_nothing::<f64, _>((Dense::new(15, Tanh), Dense::linear(4)), &SoftmaxCrossEntropy::sum(), 4);
    allocates_nothing::<f32, _>((Dense::new(15, Tanh), Dense::linear(4)), &SoftmaxCrossEntropy::mean(), 4);
}

#[test]
fn every_activation() {
    let block = Residual((Dense::new(9, Softplus), Dense::new(8, LeakyRelu::default())));
    let layers =
        (Dense::new(8, Sigmoid), block, Dense::new(6, Relu).without_bias(), Dense::linear(4), Softmax);
    allocates_nothing::<f64, _>(layers, &CrossEntropy::mean(), 4);
    let layers = (
        BatchNorm::new(),
        Dense::linear(5),
        Residual(LayerNorm::new()),
        RmsNorm::new(),
        PRelu::new(),
        Dense::linear(4),
    );
    allocates_nothing::<f64, _>(layers, &SoftmaxCrossEntropy::mean(), 4);
    allocates_nothing::<f64, _>((Dense::new(5, Tanh), Dense::linear(1)), &BinaryCrossEntropy::mean(), 2);
}

#[test]
fn dynamic_network() {
    let layers =
        Sequential::new().then(Dense::new(15, Tanh)).then(Dense::new(8, Relu)).then(Dense::linear(4));
    allocates_nothing::<f64, _>(layers.clone(), &SoftmaxCrossEntropy::sum(), 4);
    let json = r#"[{"dense": {"units": 15, "activation": "softplus"}}, {"dense": {"units": 4}}, "softmax"]"#;
    let layers: Sequential<f32> = serde_json::from_str(json).expect("it can be read");
    allocates_nothing(layers, &CrossEntropy::sum(), 4);
}

/// The number of allocations of a whole run, all of which is on the thread whose allocations are counted.
fn allocations_of_fit(epochs: usize, batch_size: usize, weighted: bool) -> u64 {
    let (x, labels) = (features::<f64>(), labels(4));
    let weights: Vec<f64> = (0..SAMPLES).map(|n| 0.5 + (n % 3) as f64).collect();
    let mut data = Batch::new(x.view(), &labels[..]).expect("valid data");
    if weighted {
        data = data.with_weights(&weights).expect("valid weights");
    }
    let mut network = Network::new(FEATURES, (Dense::new(7, Tanh), Dense::linear(4)), 0).expect("it fits");
    let run = || {
        let groups = Groups::new(Adam::new()).group(Group::kind(ParamKind::Weight).weight_decay(1e-3));
        let mut trainer = Trainer::new(Ema::new(MaxNorm::new(groups, 3.0), 0.9))
            .epochs(epochs)
            .batch_size(batch_size)
            .schedule(ReduceOnPlateau::new().then(200, Cosine::new(100)))
            .l1(1e-3)
            .l2(1e-3)
            .clip_value(1.0)
            .clip_norm(1.0)
            .record_every(epochs)
            .callback(Every(10, nn_train::Converged::new(0.0)))
            .callback(nn_train::EarlyStopping::new(usize::MAX));
        trainer.fit(&mut network, &SoftmaxCrossEntropy::mean(), data, Some(data)).expect("it trains");
    };
    on(1, || measure(run).count_total)
}

#[test]
fn a_run_of_more_epochs_allocates_no_more() {
    for batch_size in [SAMPLES, 32, 1] {
        for weighted in [false, true] {
            let (short, long) =
                (allocations_of_fit(2, batch_size, weighted), allocations_of_fit(300, batch_size, weighted));
            assert_eq!(short, long, "batch size {batch_size}, weighted: {weighted}");
        }
    }
}

/// As [`allocations_of_fit`], by an optimizer that looks at the loss at points of its choice and does not end before.
fn allocations_of_second_order<O: Optimizer<f64>>(optimizer: O, epochs: usize) -> u64 {
    let (x, labels) = (features::<f64>(), labels(4));
    let data = Batch::new(x.view(), &labels[..]).expect("valid data");
    let mut network = Network::new(FEATURES, (Dense::new(7, Tanh), Dense::linear(4)), 0).expect("it fits");
    let mut trainer = Trainer::new(optimizer).full_batch().epochs(epochs).l2(1e-3).record_every(epochs);
    let mut ran = 0;
    let run = || {
        let report = trainer.fit(&mut network, &SoftmaxCrossEntropy::mean(), data, None).expect("it trains");
        ran = report.epochs;
    };
    let allocations = on(1, || measure(run).count_total);
    assert_eq!(ran, epochs);
    allocations
}

#[test]
fn second_order_steps_allocate_nothing() {
    let lbfgs = |epochs| allocations_of_second_order(Lbfgs::new(), epochs);
    assert_eq!(lbfgs(2), lbfgs(40));
    let marquardt = |epochs| allocations_of_second_order(LevenbergMarquardt::new(), epochs);
    assert_eq!(marquardt(2), marquardt(15));
}

#[test]
fn the_counter_counts() {
    assert_eq!(measure(|| drop(std::hint::black_box(vec![0_u8; 10]))).count_total, 1);
}
