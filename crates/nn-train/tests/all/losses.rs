//! Training with every loss: samples that weigh k count as k copies, and those that do not count are absent.

use ndarray::Array2;
use nn_core::{ActivationSpec, Batch, Dense, Loss, Network, Reduction, Targets};
use nn_train::{Sgd, Trainer};

use table::*;

// The losses are those of nn-core's own tests.
#[path = "../../../nn-core/tests/all/losses/table.rs"]
mod table;

/// A run of training from the same weights: losses, accuracies and parameters. The features are `reals(3)`, and the
/// outputs such as `p` is.
fn trained<Y: Targets<f64> + ?Sized>(
    loss: &dyn Loss<f64, Y>,
    p: &Array2<f64>,
    target: &Y,
    chosen: &[usize],
    weights: Option<&[f64]>,
) -> (Vec<f64>, Vec<Option<f64>>, Vec<f64>) {
    let all = |within: fn(f64) -> bool| p.iter().all(|&p| within(p));
    let domain = match () {
        () if all(|p| p < 0.0) => ActivationSpec::LogSigmoid,
        () if all(|p| 0.0 < p && p < 1.0) => ActivationSpec::Sigmoid,
        () if all(|p| 0.0 < p) => ActivationSpec::Softplus,
        () => ActivationSpec::Identity,
    };
    let (x, target) = (rows(&reals(3), chosen), select(target, chosen));
    let mut data = Batch::new(x.view(), Y::borrow(&target)).expect("valid data");
    if let Some(weights) = weights {
        data = data.with_weights(weights).expect("valid weights");
    }
    let mut network = Network::new(3, Dense::new(p.ncols(), domain), 0).expect("it fits");
    let rate = if loss.reduction() == Reduction::Mean { 2e-3 } else { 5e-6 };
    let mut trainer = Trainer::new(Sgd::new()).learning_rate(rate).l2(0.1).full_batch().epochs(10);
    let report = trainer.fit(&mut network, loss, data, Some(data)).expect("it trains");
    let records = report.history.records().iter();
    let (losses, accuracies): (Vec<_>, Vec<_>) = records
        .flat_map(|record| {
            let validation = record.validation_loss.expect("a validation set");
            [(record.train_loss, record.train_accuracy), (validation, record.validation_accuracy)]
        })
        .unzip();
    (losses, accuracies, network.params().to_vec())
}

/// Whole runs of training with these samples, each as often as its weight says, and with those copies.
fn training_agrees<Y: Targets<f64> + ?Sized>(
    loss: &dyn Loss<f64, Y>,
    p: &Array2<f64>,
    target: &Y,
    weights: Option<&[f64]>,
    copies: &[usize],
) {
    let all: Vec<usize> = (0..SAMPLES).collect();
    let (losses, accuracies, params) = trained(loss, p, target, &all, weights);
    let (expected_losses, expected_accuracies, expected_params) = trained(loss, p, target, copies, None);
    all_close(&losses, &expected_losses, 1e-12);
    all_close(&params, &expected_params, 1e-12);
    assert_eq!(accuracies.len(), 20);
    for (found, expected) in accuracies.into_iter().zip(expected_accuracies) {
        assert_eq!(found.is_some(), expected.is_some());
        found.zip(expected).into_iter().for_each(|(found, expected)| close(found, expected, 1e-12));
    }
}

/// Training on samples of weight k is training on k copies of each: loss, accuracy and parameters.
fn conforms<Y: Targets<f64> + ?Sized>(loss: &dyn Loss<f64, Y>, p: &Array2<f64>, target: &Y) {
    let counts: Vec<usize> = (0..SAMPLES).map(|n| (3 * n + 1) % 4).collect();
    let weights: Vec<f64> = counts.iter().map(|&count| count as f64).collect();
    let copies: Vec<usize> = (0..SAMPLES).flat_map(|n| vec![n; counts[n]]).collect();
    training_agrees(loss, p, target, Some(&weights), &copies);
}

#[test]
fn ignored_samples_are_absent() {
    let labels = labels_and_none(3);
    let others: Vec<usize> = (0..SAMPLES).filter(|&n| labels[n] != usize::MAX).collect();
    assert!(others.len() < SAMPLES - 50);
    for loss in [SoftmaxCrossEntropy::mean(), SoftmaxCrossEntropy::sum()] {
        let loss = loss.label_smoothing(0.1).ignore_class(usize::MAX);
        training_agrees(&loss, &reals(3), &labels[..], None, &others);
    }
    for loss in [Nll::mean(), Nll::sum()] {
        let loss = loss.class_weights([0.5, 1.0, 2.0]).ignore_class(usize::MAX);
        training_agrees(&loss, &logs(3), &labels[..], None, &others);
    }
}

/// Training on samples none of which counts is refused before anything is changed.
#[test]
fn training_on_ignored_samples_alone_is_an_error() {
    let mut network = Network::<f64, _>::new(3, Dense::linear(2), 0).expect("it fits");
    let before = network.params().to_vec();
    let (x, labels) = (reals(3), [1; SAMPLES]);
    let data = Batch::new(x.view(), &labels[..]).expect("valid data");
    for loss in [SoftmaxCrossEntropy::mean(), SoftmaxCrossEntropy::sum()] {
        let loss = loss.ignore_class(1);
        let error = Trainer::new(Sgd::new()).epochs(1).fit(&mut network, &loss, data, None);
        let error = error.expect_err("no sample counts").to_string();
        assert!(error.contains("the weight of all samples together is 0"), "{error}");
        assert_eq!(network.params(), before);
    }
}

macro_rules! conform {
    ($($name:ident: $loss:ident $(.$setting:ident($($value:expr)?))*, $prediction:expr, $target:expr;)*) => { $(
        #[test]
        fn $name() {
            for loss in [$loss::mean(), $loss::sum()] {
                conforms(&loss $(.$setting($($value)?))*, &$prediction, &*$target);
            }
        }
    )* };
}

for_every_loss!(conform);
