//! One seed fixes every bit of a run: weights, history, predictions.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::process::Command;

use smallnet::{
    Dense, EarlyStopping, Layer, Network, Relu, RotatedSpirals, Scalar, Sequential, Sgd, SoftmaxCrossEntropy,
    Tanh, Trainer,
};

/// The bytes of weights, history and predictions of a short run, written out exactly.
fn run<T: Scalar, L: Layer<T>>(layers: L, seed: u64) -> String {
    let data = RotatedSpirals::default().generate::<T>(seed).expect("default settings");
    let (train, test) = data.stratified_split(0.25, seed).expect("a valid fraction");
    let mut network = Network::new(2, layers, seed).expect("it fits");
    let mut trainer = Trainer::new(Sgd::new())
        .learning_rate(0.05)
        .batch_size(32)
        .l2(1e-4)
        .epochs(30)
        .seed(seed)
        .callback(EarlyStopping::new(5));
    let (train, test_view) = (train.view(), test.view());
    let report =
        trainer.fit(&mut network, &SoftmaxCrossEntropy::mean(), train, Some(test_view)).expect("it trains");
    let predictions = network.predict_proba(test.x()).expect("a trained network");
    // `{:?}` writes the shortest digits that give the same bits back.
    format!("{:?}\n{:?}\n{:?}\n{:?}", network.params(), report.history, report.reason, predictions)
}

fn layers() -> (Dense<Tanh>, Dense<Relu>, Dense<smallnet::Identity>) {
    (Dense::new(15, Tanh), Dense::new(9, Relu), Dense::linear(4))
}

fn dynamic<T: Scalar>() -> Sequential<T> {
    let (first, second, third) = layers();
    Sequential::new().then(first).then(second).then(third)
}

#[test]
fn twice_in_a_process() {
    assert_eq!(run::<f64, _>(layers(), 3), run::<f64, _>(layers(), 3));
    assert_eq!(run::<f32, _>(layers(), 3), run::<f32, _>(layers(), 3));
}

#[test]
fn another_seed_is_another_run() {
    assert_ne!(run::<f64, _>(layers(), 3), run::<f64, _>(layers(), 4));
}

#[test]
fn static_and_dynamic() {
    assert_eq!(run::<f64, _>(layers(), 5), run::<f64, _>(dynamic(), 5));
    assert_eq!(run::<f32, _>(layers(), 5), run::<f32, _>(dynamic(), 5));
}

#[test]
fn on_several_threads_at_once() {
    let alone = run::<f64, _>(layers(), 6);
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| run::<f64, _>(layers(), 6))).collect();
        for run in runs {
            assert_eq!(run.join().expect("it trains"), alone);
        }
    });
}

/// Set for the processes that `in_two_processes` starts.
const CHILD: &str = "NN_DETERMINISM_CHILD";

#[test]
fn in_two_processes() {
    let mut hasher = DefaultHasher::new();
    (run::<f64, _>(layers(), 7), run::<f32, _>(dynamic(), 7)).hash(&mut hasher);
    let line = format!("fingerprint {:016x}", hasher.finish());
    println!("{line}");
    if std::env::var_os(CHILD).is_some() {
        return;
    }
    let this_test = std::env::current_exe().expect("a test is a program");
    for _ in 0..2 {
        let output = Command::new(&this_test)
            .args(["--exact", "determinism::in_two_processes", "--nocapture"])
            .env(CHILD, "1")
            .output()
            .expect("it runs");
        let output = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.contains(&line), "expected {line} in:\n{output}");
    }
}
