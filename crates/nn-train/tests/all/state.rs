//! State that is kept and not learned: what brings it up to date, and that it stays with the parameters it belongs to.

use std::ops::ControlFlow;
use std::sync::Mutex;

use ndarray::{Array2, array};
use nn_core::{
    Batch, BatchNorm, Dense, HalfSquaredError, Identity, Layer, Layout, Mode, Network, Residual, Sequential,
    Tanh, Workspace, rng,
};
use nn_train::{EarlyStopping, Epoch, Sgd, StopReason, TrainError, Trainer};
use rand_distr::{Distribution, StandardNormal};

type Layers = (Dense<Tanh>, BatchNorm, Dense<Identity>);

fn network() -> Network<f64, Layers> {
    Network::new(2, (Dense::new(4, Tanh), BatchNorm::new(), Dense::linear(1)), 1).expect("it fits")
}

fn data(seed: usize) -> (Array2<f64>, Array2<f64>) {
    let x = Array2::from_shape_fn((12, 2), |(n, j)| ((7 * n + 4 * j + seed) % 9) as f64 / 9.0);
    let y = Array2::from_shape_fn((12, 1), |(n, _)| ((n + seed) as f64).sin());
    (x, y)
}

const NO_PASS: &str = "the workspace holds no training pass of this network that has not been counted yet: call `forward_in` with `Mode::train` before each `update_state`";

#[test]
fn only_a_training_pass_counts_and_only_once() {
    let (mut network, (x, _), mut workspace) = (network(), data(0), Workspace::new());
    let initial = network.state().to_vec();
    let refused = |network: &mut Network<f64, Layers>, workspace: &mut Workspace<f64>| {
        let error = network.update_state(workspace).expect_err("no training pass");
        assert_eq!(error.to_string(), NO_PASS);
    };
    refused(&mut network, &mut workspace);
    network.forward(x.view(), &mut workspace).expect("it fits");
    refused(&mut network, &mut workspace);

    network.forward_in(x.view(), &mut workspace, Mode::train(0, 0)).expect("it fits");
    // Of networks of other sizes, one with as many features.
    let mut narrow = Network::<f64, _>::new(1, BatchNorm::new(), 0).expect("it fits");
    let mut small = Network::<f64, _>::new(2, BatchNorm::new(), 0).expect("it fits");
    assert_eq!(narrow.update_state(&mut workspace).expect_err("another").to_string(), NO_PASS);
    assert_eq!(network.state(), initial);
    network.update_state(&mut workspace).expect("a training pass");
    assert_ne!(network.state(), initial);
    let once = network.state().to_vec();
    refused(&mut network, &mut workspace);
    assert_eq!(network.state(), once);

    network.forward_in(x.view(), &mut workspace, Mode::train(0, 0)).expect("it fits");
    assert_eq!(small.update_state(&mut workspace).expect_err("another").to_string(), NO_PASS);
    assert_eq!(small.state(), [0.0, 0.0, 1.0, 1.0]);
}

#[test]
fn a_network_without_state_needs_no_pass() {
    let mut network = Network::<f64, _>::new(2, Dense::linear(1), 0).expect("it fits");
    assert!(network.state().is_empty() && network.state_layout().tensors().is_empty());
    network.update_state(&mut Workspace::new()).expect("nothing to do");
}

#[test]
fn the_summary_has_a_column_for_it() {
    let table = "\
layer     type       outputs  parameters  state
layers.0  Dense            4          12      0
layers.1  BatchNorm        4           8      8
layers.2  Dense            1           5      0
total                             25      8
";
    let lines = |table: &str| -> Vec<Vec<String>> {
        table.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
    };
    assert_eq!(lines(&network().summary().to_string()), lines(table));
}

#[test]
fn a_wrong_state_is_refused() {
    let error = network().with_state(vec![1.0; 7]).expect_err("too short");
    assert_eq!(error.to_string(), "expected 8 scalars of state, found 7");
    let error = network().with_state([[1.0; 7].to_vec(), vec![f64::NAN]].concat()).expect_err("not finite");
    assert_eq!(error.to_string(), "scalars of state[0, 7] is NaN; expected a finite number");

    let (mut network, (x, y)) = (network(), data(0));
    network.state_mut()[3] = f64::INFINITY;
    let mut trainer = Trainer::new(Sgd::new());
    let data = Batch::new(x.view(), &*y).expect("valid data");
    let error = trainer.fit(&mut network, &HalfSquaredError::mean(), data, None).expect_err("not finite");
    assert_eq!(error.to_string(), "scalars of state[0, 3] is inf; expected a finite number");
}

/// Training counts each mini-batch once, as a loop by hand does.
#[test]
fn training_counts_each_mini_batch_once() {
    let ((x, y), mut network) = (data(0), Network::new(2, BatchNorm::new(), 0).expect("it fits"));
    let y = ndarray::concatenate![ndarray::Axis(1), y, y];
    let data = Batch::new(x.view(), &*y).expect("valid data");
    let mut trainer = Trainer::new(Sgd::new()).full_batch().epochs(5);
    trainer.fit(&mut network, &HalfSquaredError::mean(), data, None).expect("it trains");
    // The layer is the first, so its statistics are those of the data at every step.
    for (j, column) in x.columns().into_iter().enumerate() {
        let (mean, var) = (column.mean().expect("12 rows"), column.var(1.0));
        let kept = 0.9_f64.powi(5);
        assert!((network.state()[j] - (1.0 - kept) * mean).abs() < 1e-14);
        assert!((network.state()[2 + j] - (kept + (1.0 - kept) * var)).abs() < 1e-14);
    }
}

/// Parameters and state after each epoch.
type Seen = Mutex<Vec<(Vec<f64>, Vec<f64>, Option<f64>)>>;

fn look(seen: &Seen) -> impl FnMut(&mut Epoch<'_, f64>) -> ControlFlow<StopReason> {
    |epoch| {
        let loss = epoch.validation().map(|score| score.loss);
        seen.lock().expect("no panic").push((epoch.params().to_vec(), epoch.state().to_vec(), loss));
        ControlFlow::Continue(())
    }
}

#[test]
fn early_stopping_gives_back_the_state_of_the_best_weights() {
    let ((x, y), (vx, vy), mut network) = (data(0), data(5), network());
    let (train, validation) = (Batch::new(x.view(), &*y), Batch::new(vx.view(), &*vy));
    let seen = Seen::default();
    let trainer = Trainer::new(Sgd::new()).learning_rate(0.3).epochs(60).batch_size(5);
    let mut trainer = trainer.callback(look(&seen)).callback(EarlyStopping::new(5));
    let validation = validation.expect("valid data");
    let report = trainer
        .fit(&mut network, &HalfSquaredError::mean(), train.expect("valid data"), Some(validation))
        .expect("it trains");
    let StopReason::EarlyStopping { best_epoch, best, .. } = report.reason else { panic!("{report}") };
    let seen = seen.lock().expect("no panic");
    let (params, state, loss) = &seen[best_epoch - 1];
    assert_eq!((network.params(), network.state(), *loss), (&params[..], &state[..], Some(best)));
    assert_ne!(network.state(), seen.last().expect("some epochs").1);
    assert_eq!(report.validation.map(|score| score.loss), Some(best), "the score is that of the state");
}

#[test]
fn a_run_that_diverges_keeps_the_state_of_its_weights() {
    let ((x, y), mut network) = (data(0), network());
    let data = Batch::new(x.view(), &*y).expect("valid data");
    let seen = Seen::default();
    let trainer = Trainer::new(Sgd::new()).learning_rate(1e4).epochs(1000).full_batch();
    let error = trainer
        .callback(look(&seen))
        .fit(&mut network, &HalfSquaredError::mean(), data, None)
        .expect_err("1e4");
    assert!(matches!(error, TrainError::NotFinite { .. }), "{error}");
    let seen = seen.lock().expect("no panic");
    let (_, state, _) =
        seen.iter().find(|(params, ..)| params == network.params()).expect("one of the epochs");
    assert_eq!(network.state(), state);
    assert_ne!(network.state(), seen.last().expect("some epochs").1);
}

#[test]
fn a_running_statistic_that_overflows_ends_the_run() {
    let (x, y) = (array![[1e25_f32], [-1e25], [0.0]], array![[1.0_f32], [2.0], [3.0]]);
    let data = Batch::new(x.view(), &*y).expect("valid data");
    let mut network = Network::new(1, (BatchNorm::new(), Dense::linear(1)), 0).expect("it fits");
    let mut trainer = Trainer::new(Sgd::new());
    let error = trainer.fit(&mut network, &HalfSquaredError::mean(), data, None).expect_err("1e50 in f32");
    let begins =
        "a scalar of state became inf in epoch 1, batch 1, first in layers.0.running_var (BatchNorm 1->1)";
    assert!(error.to_string().starts_with(begins), "{error}");
    assert_eq!(network.state(), [0.0, 1.0]);
}

// Static and dynamic networks.

fn normals(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    let mut rng = rng(seed);
    Array2::from_shape_simple_fn((rows, columns), || StandardNormal.sample(&mut rng))
}

/// Numbers as bits: -0 is not 0.
fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// A network with state in every form of chain.
fn with_state() -> (Network<f64, impl Layer<f64> + serde::Serialize>, Network<f64, Sequential<f64>>) {
    let norm = BatchNorm::new().momentum(0.25).eps(0.01);
    let layers =
        (Dense::new(3, Tanh), norm, Residual((norm.without_gain(), Dense::linear(3))), Dense::linear(2));
    let network = Network::<f64, _>::new(2, layers, 3).unwrap();
    let again = serde_json::from_str(&serde_json::to_string(&network).unwrap()).unwrap();
    (network, again)
}

/// Trains for a few steps; the parameters, the state, and predictions made with it.
fn trained<L: Layer<f64>>(mut network: Network<f64, L>) -> (Network<f64, L>, Vec<u64>) {
    let (x, y) = (normals(10, 2, 1), normals(10, 2, 2));
    let data = Batch::new(x.view(), &*y).unwrap();
    let mut trainer = Trainer::new(Sgd::new()).epochs(3).batch_size(4);
    trainer.fit(&mut network, &HalfSquaredError::mean(), data, None).unwrap();
    let predictions = network.predict(x.view()).unwrap();
    let all = [network.params(), network.state(), predictions.as_slice().unwrap()].concat();
    let all = bits(&all);
    (network, all)
}

#[test]
fn state_is_split_alike_and_saved() {
    let (tuple, sequential) = with_state();
    assert_eq!(tuple.state().len(), 2 * 3 + 2 * 3);
    assert_eq!(tuple.state(), [[0.0; 3], [1.0; 3], [0.0; 3], [1.0; 3]].concat());
    let initial = tuple.state().to_vec();
    let ((tuple, a), (sequential, b)) = (trained(tuple), trained(sequential));
    assert_eq!(a, b, "static and dynamic");
    assert!(
        tuple.state().iter().zip(&initial).all(|(after, before)| after != before),
        "all of it was updated"
    );
    let names = |network: &Layout| -> Vec<String> {
        network.tensors().iter().map(|tensor| tensor.name.clone()).collect()
    };
    let expected = ["1.running_mean", "1.running_var", "2.inner.0.running_mean", "2.inner.0.running_var"];
    assert_eq!(names(&tuple.state_layout()), expected.map(|name| format!("layers.{name}")));
    assert_eq!(names(&sequential.state_layout()), names(&tuple.state_layout()));

    let json = serde_json::to_string(&tuple).unwrap();
    assert_eq!(json, serde_json::to_string(&sequential).unwrap());
    let again: Network<f64, Sequential<f64>> = serde_json::from_str(&json).unwrap();
    assert_eq!(bits(again.state()), bits(tuple.state()));
    assert_eq!(bits(again.params()), bits(tuple.params()));
}
