//! Losses that do not suit the outputs.

use ndarray::{Array2, ArrayRef2};
use nn_core::{
    BinaryCrossEntropy, BinaryCrossEntropyOfProbabilities, CrossEntropy, Dense, HalfSquaredError, Hinge,
    Huber, LogCosh, LogSoftmax, Loss, MeanAbsoluteError, MeanSquaredError, Network, Nll, Pinball, PoissonNll,
    Relu, Sigmoid, SmoothL1, Softmax, SoftmaxCrossEntropy, Tanh,
};
use nn_train::FindingKind as Kind;
use nn_train::Place;
use nn_train::Severity::{Error, Note, Warning};

use super::{features, found, labels, look, values};

#[test]
fn the_link_twice() {
    let x = features(60, 2);
    let y = labels(&x);
    let network =
        Network::<f64, _>::new(2, (Dense::new(6, Tanh), Dense::linear(2), Softmax), 0).expect("it fits");
    let finding = found(
        &look(&network, &SoftmaxCrossEntropy::mean(), &x, &y[..]),
        Kind::DoubleLink,
        Error,
        Place::Outputs,
    );
    assert_eq!(finding.figure, 2.0);
    assert!(look(&network, &CrossEntropy::mean(), &x, &y[..]).find(Kind::DoubleLink).is_none());
    let network = Network::<f64, _>::new(2, Dense::new(1, Sigmoid), 0).expect("it fits");
    found(&look(&network, &BinaryCrossEntropy::mean(), &x, &y[..]), Kind::DoubleLink, Error, Place::Outputs);
}

#[test]
fn targets_that_the_last_activation_cannot_reach() {
    let x = features(100, 2);
    let y = values(&x);
    let loss = MeanSquaredError::mean();
    let below = y.iter().filter(|y| **y < -1e-3).count() as f64 / 100.0;
    let relu = Network::<f64, _>::new(2, (Dense::new(6, Tanh), Dense::new(1, Relu)), 0).expect("it fits");
    let finding = found(&look(&relu, &loss, &x, &*y), Kind::TargetsOutOfRange, Error, Place::Target(0));
    assert_eq!(finding.figure, below);
    let tanh = Network::<f64, _>::new(2, Dense::new(1, Tanh), 0).expect("it fits");
    let beyond = y.mapv(|y| 2.0 * y);
    let outside = beyond.iter().filter(|y| y.abs() > 1.001).count() as f64 / 100.0;
    let finding = found(&look(&tanh, &loss, &x, &*beyond), Kind::TargetsOutOfRange, Error, Place::Target(0));
    assert_eq!(finding.figure, outside);
    let sigmoid = Network::<f64, _>::new(2, Dense::new(1, Sigmoid), 0).expect("it fits");
    let mut inside = y.mapv(|y| (y + 1.5) / 3.0);
    assert!(look(&sigmoid, &loss, &x, &*inside).find(Kind::TargetsOutOfRange).is_none());
    inside[[4, 0]] = 1.5;
    found(&look(&sigmoid, &loss, &x, &*inside), Kind::TargetsOutOfRange, Warning, Place::Target(0));
}

#[test]
fn probabilities_that_are_none() {
    let x = features(60, 2);
    let y = labels(&x);
    let linear = Network::<f64, _>::new(2, (Dense::new(6, Tanh), Dense::linear(2)), 0).expect("it fits");
    let softmax = Network::<f64, _>::new(2, (Dense::linear(2), Softmax), 0).expect("it fits");
    let log_softmax = Network::<f64, _>::new(2, (Dense::linear(2), LogSoftmax), 0).expect("it fits");
    let of_linear = look(&linear, &CrossEntropy::mean(), &x, &y[..]);
    assert_eq!(found(&of_linear, Kind::NotProbabilities, Error, Place::Outputs).figure, 1.0);
    found(&look(&linear, &Nll::mean(), &x, &y[..]), Kind::NotProbabilities, Error, Place::Outputs);
    found(&look(&softmax, &Nll::mean(), &x, &y[..]), Kind::NotProbabilities, Error, Place::Outputs);
    let targets = Array2::from_shape_fn((60, 1), |(n, _)| y[n] as f64);
    let single = Network::<f64, _>::new(2, Dense::linear(1), 0).expect("it fits");
    let binary = BinaryCrossEntropyOfProbabilities::mean();
    found(&look(&single, &binary, &x, &*targets), Kind::NotProbabilities, Error, Place::Outputs);

    let sigmoid = Network::<f64, _>::new(2, Dense::new(1, Sigmoid), 0).expect("it fits");
    for fine in [
        look(&softmax, &CrossEntropy::mean(), &x, &y[..]),
        look(&log_softmax, &Nll::mean(), &x, &y[..]),
        look(&linear, &SoftmaxCrossEntropy::mean(), &x, &y[..]),
        look(&sigmoid, &binary, &x, &*targets),
    ] {
        assert!(fine.find(Kind::NotProbabilities).is_none(), "{fine}");
    }
}

#[test]
fn classes_under_a_loss_of_values() {
    let x = features(60, 2);
    let y = labels(&x);
    let one_hot = Array2::from_shape_fn((60, 2), |(n, k)| f64::from(u8::from(y[n] == k)));
    // The right class gets 1: a healthy network but for its loss.
    let params = vec![-3.0, 3.0, 3.0, -3.0, 0.0, 0.0];
    let linear =
        Network::from_params(2, Dense::linear(2), params.iter().map(|w| w / 6.0).collect()).expect("it fits");
    let finding = found(
        &look(&linear, &MeanSquaredError::mean(), &x, &*one_hot),
        Kind::ClassesAsValues,
        Note,
        Place::Outputs,
    );
    assert_eq!(finding.figure, 2.0);
    let relu = Network::from_params(2, Dense::new(2, Relu), params).expect("it fits");
    found(
        &look(&relu, &HalfSquaredError::mean(), &x, &*one_hot),
        Kind::ClassesAsValues,
        Warning,
        Place::Outputs,
    );
    let diagnosis = look(&linear, &SoftmaxCrossEntropy::mean(), &x, &*one_hot);
    assert!(diagnosis.find(Kind::ClassesAsValues).is_none(), "{diagnosis}");
}

/// Whether a loss reads the values themselves is asked of the loss: targets of a million are a finding for those that do.
#[test]
fn what_a_loss_reads_is_found_out() {
    fn unscaled<P: Loss<f64, ArrayRef2<f64>>>(loss: &P, y: &Array2<f64>) -> bool {
        let x = features(60, 2);
        let network = Network::<f64, _>::new(2, Dense::linear(1), 0).expect("it fits");
        look(&network, loss, &x, &**y).find(Kind::UnscaledTargets).is_some()
    }
    let counts = Array2::from_shape_fn((60, 1), |(n, _)| 1000.0 + n as f64);
    assert!(unscaled(&MeanSquaredError::mean(), &counts) && unscaled(&HalfSquaredError::sum(), &counts));
    assert!(unscaled(&MeanAbsoluteError::mean(), &counts) && unscaled(&Huber::mean(), &counts));
    assert!(unscaled(&LogCosh::mean(), &counts) && unscaled(&SmoothL1::mean(), &counts));
    assert!(unscaled(&Pinball::mean(), &counts));
    assert!(!unscaled(&PoissonNll::mean(), &counts), "it reads logarithms");
    let signs = Array2::from_shape_fn((60, 1), |(n, _)| if n % 3 == 0 { -1.0 } else { 1.0 });
    assert!(!unscaled(&Hinge::mean(), &signs));
}
