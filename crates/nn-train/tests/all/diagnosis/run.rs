//! Ailments of a run.

use ndarray::Array2;
use nn_core::{
    Batch, Dense, HalfSquaredError, Init, MeanSquaredError, Network, Relu, SoftmaxCrossEntropy, Tanh, rng,
};
use nn_train::FindingKind as Kind;
use nn_train::Severity::{Error, Warning};
use nn_train::{
    Adam, Diagnosis, EarlyStopping, History, Place, Sgd, TrainError, Trainer, diagnose, diagnose_history,
};

use super::{close, features, found, labels, only, rows, values};

/// A history of such losses.
fn history(train: impl IntoIterator<Item = f64>, validation: Option<&[f64]>) -> History {
    let record = |(n, loss): (usize, f64)| {
        serde_json::json!({
            "epoch": n + 1,
            "train_loss": loss,
            "train_accuracy": null,
            "validation_loss": validation.map(|losses| losses[n]),
            "validation_accuracy": null,
        })
    };
    let records: Vec<_> = train.into_iter().enumerate().map(record).collect();
    serde_json::from_value(records.into()).expect("records")
}

fn of(train: impl IntoIterator<Item = f64>) -> Diagnosis {
    diagnose_history(&history(train, None))
}

#[test]
fn a_curve_that_levels_off_is_fine() {
    assert_eq!(of((0..50).map(|n| 0.1 + 0.8_f64.powi(n))).to_string(), "nothing found");
    assert_eq!(of([]).to_string(), "nothing found");
    assert_eq!(of([1.0, 0.9]).to_string(), "nothing found");
    // From 1 down to 1e-9 and a little up again.
    assert_eq!(
        of((0..100).map(|n| if n == 98 { 1e-8 } else { 0.8_f64.powi(n) })).to_string(),
        "nothing found"
    );
}

#[test]
fn an_explosion() {
    let finding = only(&of([1.0, 0.5, 0.4, 3.0, 4e33]), Kind::LearningRateTooHigh, Error, Place::Epoch(3));
    close(finding.figure / 1e34, 1.0, 1e-9);
    assert!(finding.seen.ends_with("was lowest, 0.400, and rose to 4.00e33 by the last one"), "{finding}");

    // A line through steep points: steps that are too long by a little.
    let x = features(50, 2);
    let y = values(&x);
    let data = Batch::new(x.view(), &*y).expect("valid");
    let mut network = Network::<f64, _>::new(2, Dense::linear(1), 0).expect("it fits");
    let loss = HalfSquaredError::mean();
    let report = Trainer::new(Sgd::new())
        .learning_rate(2.5)
        .full_batch()
        .epochs(60)
        .fit(&mut network, &loss, data, None)
        .expect("finite");
    let diagnosis = diagnose(&network, &loss, data, None, Some(&report)).expect("valid");
    found(&diagnosis, Kind::LearningRateTooHigh, Error, Place::Epoch(1));
    // No figure of 30 digits, neither here nor in the report.
    let longest = |text: &str| text.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
    assert!(longest(&format!("{diagnosis} {report}")) <= Some(8), "{diagnosis} {report}");

    // It ends as an error, which has the history.
    let Err(TrainError::NotFinite { history, .. }) = Trainer::new(Sgd::new())
        .learning_rate(1e6)
        .full_batch()
        .epochs(60)
        .fit(&mut network, &loss, data, None)
    else {
        panic!("it explodes");
    };
    found(&diagnose_history(&history), Kind::LearningRateTooHigh, Error, Place::Epoch(1));
}

#[test]
fn a_last_step_that_was_too_long() {
    let falling = (0..30).map(|n| 0.05 + 0.8_f64.powi(n));
    let finding = only(&of(falling.chain([0.35])), Kind::LearningRateTooHigh, Warning, Place::Epoch(30));
    close(finding.figure, 0.35 / (0.05 + 0.8_f64.powi(29)), 1e-12);
}

#[test]
fn ups_and_downs() {
    let finding = only(
        &of((0..20).map(|n| if n % 2 == 0 { 1.0 } else { 0.6 })),
        Kind::LearningRateTooHigh,
        Warning,
        Place::Run,
    );
    close(finding.figure, 0.4, 1e-12);
}

#[test]
fn steps_that_are_too_short() {
    let finding =
        only(&of((0..20).map(|n| 1.0 - 1e-3 * f64::from(n))), Kind::LearningRateTooLow, Error, Place::Run);
    close(finding.figure, 0.019, 1e-12);

    let x = features(60, 2);
    let y = labels(&x);
    let data = Batch::new(x.view(), &y[..]).expect("valid");
    let mut network = Network::<f64, _>::new(2, (Dense::new(8, Tanh), Dense::linear(2)), 0).expect("it fits");
    let loss = SoftmaxCrossEntropy::mean();
    let report = Trainer::new(Sgd::new())
        .learning_rate(1e-5)
        .epochs(20)
        .fit(&mut network, &loss, data, None)
        .expect("valid");
    let diagnosis = diagnose(&network, &loss, data, None, Some(&report)).expect("valid");
    found(&diagnosis, Kind::LearningRateTooLow, Error, Place::Run);
}

#[test]
fn too_few_epochs() {
    let finding =
        only(&of((0..21).map(|n| 1.0 - 0.04 * f64::from(n))), Kind::TooFewEpochs, Warning, Place::Epoch(21));
    close(finding.figure, 0.2, 1e-12);
    // The validation loss has had enough.
    let rising: Vec<f64> = (0..21).map(|n| 1.0 + 0.002 * f64::from(n)).collect();
    let diagnosis = diagnose_history(&history((0..21).map(|n| 1.0 - 0.04 * f64::from(n)), Some(&rising)));
    assert!(diagnosis.is_healthy(), "{diagnosis}");
}

#[test]
fn overfitting() {
    let train: Vec<f64> = (0..40).map(|n| 0.9_f64.powi(n)).collect();
    let validation: Vec<f64> = (0..40).map(|n: i32| 0.5 + 1e-3 * f64::from((n - 15) * (n - 15))).collect();
    let finding = only(
        &diagnose_history(&history(train.clone(), Some(&validation))),
        Kind::Overfitting,
        Warning,
        Place::Epoch(16),
    );
    close(finding.figure, validation[39] / validation[15], 0.1);

    // Pure noise to be learned by heart.
    let x = features(90, 8);
    let y: Vec<usize> = (0..90).map(|n| n * n % 7 % 2).collect();
    let (train, validation) = (
        Batch::new(rows(&x, ..40), &y[..40]).expect("valid"),
        Batch::new(rows(&x, 40..), &y[40..]).expect("valid"),
    );
    let run = |stopping: bool| {
        let mut network =
            Network::<f64, _>::new(8, (Dense::new(20, Tanh), Dense::linear(2)), 0).expect("it fits");
        let mut trainer = Trainer::new(Adam::new()).learning_rate(0.01).epochs(100);
        if stopping {
            trainer = trainer.callback(EarlyStopping::new(20));
        }
        let loss = SoftmaxCrossEntropy::mean();
        let report = trainer.fit(&mut network, &loss, train, Some(validation)).expect("valid");
        diagnose(&network, &loss, train, Some(validation), Some(&report)).expect("valid")
    };
    let finding = run(false).find(Kind::Overfitting).cloned().expect("it is");
    assert!(matches!(finding.place, Place::Epoch(1..=20)) && finding.figure > 1.5, "{finding}");
    let stopped = run(true);
    assert!(stopped.find(Kind::Overfitting).is_none(), "{stopped}");
}

#[test]
fn samples_learned_by_heart() {
    let x = features(90, 8);
    let y: Vec<usize> = (0..90).map(|n| n * n % 7 % 2).collect();
    let (train, validation) = (
        Batch::new(rows(&x, ..40), &y[..40]).expect("valid"),
        Batch::new(rows(&x, 40..), &y[40..]).expect("valid"),
    );
    let mut network =
        Network::<f64, _>::new(8, (Dense::new(20, Tanh), Dense::linear(2)), 0).expect("it fits");
    let loss = SoftmaxCrossEntropy::mean();
    Trainer::new(Adam::new())
        .learning_rate(0.01)
        .epochs(400)
        .fit(&mut network, &loss, train, None)
        .expect("valid");
    let diagnosis = diagnose(&network, &loss, train, Some(validation), None).expect("valid");
    let finding = only(&diagnosis, Kind::Overfitting, Error, Place::Validation);
    assert!(finding.figure > 1.0, "{finding}");
}

#[test]
fn a_noisy_validation_loss() {
    let train: Vec<f64> = (0..40).map(|n| 0.2 + 0.8_f64.powi(n)).collect();
    let validation: Vec<f64> = (0..40).map(|n| if n % 2 == 0 { 0.8 } else { 0.4 }).collect();
    let finding = only(
        &diagnose_history(&history(train, Some(&validation))),
        Kind::NoisyValidation,
        Warning,
        Place::Validation,
    );
    close(finding.figure, 0.4 / 0.6, 0.01);
}

#[test]
fn no_better_than_a_guess() {
    let x = features(80, 2);
    let y = values(&x).mapv(|y| 4.0 + y);
    let data = Batch::new(x.view(), &*y).expect("valid");
    // Always 0, where the mean is 4.
    let network = Network::<f64, _>::from_params(2, Dense::linear(1), vec![0.1, 0.1, 0.0]).expect("it fits");
    let loss = MeanSquaredError::mean();
    let diagnosis = diagnose(&network, &loss, data, None, None).expect("valid");
    let finding = only(&diagnosis, Kind::NoBetterThanGuess, Error, Place::Training);
    let mean = y.mean().expect("samples");
    let variance = y.mapv(|y| (y - mean) * (y - mean)).mean().expect("samples");
    let wrong = nn_train::evaluate(&network, &loss, data).expect("valid").loss;
    close(finding.figure, wrong / variance, 1e-9);
}

#[test]
fn a_plateau_at_the_guess() {
    let x = features(80, 2);
    // Nothing to do with the features: each appears with either class.
    let x = ndarray::concatenate![ndarray::Axis(0), x, x];
    let y: Vec<usize> = (0..160).map(|n| n / 80).collect();
    let data = Batch::new(x.view(), &y[..]).expect("valid");
    let mut network = Network::<f64, _>::new(2, (Dense::new(4, Tanh), Dense::linear(2)), 0).expect("it fits");
    let loss = SoftmaxCrossEntropy::mean();
    let report = Trainer::new(Adam::new())
        .full_batch()
        .epochs(300)
        .fit(&mut network, &loss, data, None)
        .expect("valid");
    let diagnosis = diagnose(&network, &loss, data, None, Some(&report)).expect("valid");
    let finding = diagnosis.find(Kind::Plateau).expect("a plateau");
    let Place::Epoch(epoch @ 1..150) = finding.place else { panic!("{finding}") };
    close(finding.figure, (301 - epoch) as f64 / 300.0, 1e-12);
    found(&diagnosis, Kind::ContradictoryRows, Warning, Place::Training);
}

#[test]
fn a_validation_set_that_is_too_easy() {
    let x = features(200, 2);
    let noise = features(200, 3);
    // The targets of the second half are exact.
    let y =
        Array2::from_shape_fn((200, 1), |(n, _)| x[[n, 0]] + if n < 100 { 0.5 * noise[[n, 2]] } else { 0.0 });
    let (a, b) = (rows(&y, ..100), rows(&y, 100..));
    let train = Batch::new(rows(&x, ..100), &*a).expect("valid");
    let validation = Batch::new(rows(&x, 100..), &*b).expect("valid");
    let network = Network::<f64, _>::from_params(2, Dense::linear(1), vec![1.0, 0.0, 0.05]).expect("it fits");
    let loss = MeanSquaredError::mean();
    let diagnosis = diagnose(&network, &loss, train, Some(validation), None).expect("valid");
    let finding = only(&diagnosis, Kind::ValidationBetterThanTraining, Warning, Place::Validation);
    let losses =
        [validation, train].map(|data| nn_train::evaluate(&network, &loss, data).expect("valid").loss);
    close(finding.figure, losses[0] / losses[1], 1e-12);
}

#[test]
fn a_class_that_is_never_predicted() {
    let x = features(200, 2);
    let y: Vec<usize> = x
        .rows()
        .into_iter()
        .map(|x| if x[0] > 0.8 && x[1] > 0.0 { 2 } else { usize::from(x[0] > x[1]) })
        .collect();
    let data = Batch::new(x.view(), &y[..]).expect("valid");
    // The right line for two classes, and the third far below.
    let params = vec![-4.0, 4.0, 4.0, -4.0, 0.0, 0.0, 0.0, 0.0, -9.0];
    let network = Network::<f64, _>::from_params(2, Dense::linear(3), params).expect("it fits");
    let diagnosis = diagnose(&network, &SoftmaxCrossEntropy::mean(), data, None, None).expect("valid");
    let finding = found(&diagnosis, Kind::IgnoredClasses, Warning, Place::Class(2));
    close(finding.figure, y.iter().filter(|y| **y == 2).count() as f64 / 200.0, 1e-12);
}

#[test]
fn large_targets_on_raw_features() {
    let x = features(120, 2).mapv(|x| 50.0 + 40.0 * x);
    let y = Array2::from_shape_fn((120, 1), |(n, _)| 1e6 + 5e4 * x[[n, 0]] - 3e4 * x[[n, 1]]);
    let data = Batch::new(x.view(), &*y).expect("valid");
    let mut network =
        Network::with_init(2, (Dense::new(16, Relu), Dense::linear(1)), Init::HeNormal, &mut rng(0))
            .expect("it fits");
    let loss = MeanSquaredError::mean();
    let report =
        Trainer::new(Adam::new()).epochs(30).fit(&mut network, &loss, data, None).expect("it goes \"well\"");
    let diagnosis = diagnose(&network, &loss, data, None, Some(&report)).expect("valid");
    found(&diagnosis, Kind::UnscaledTargets, Error, Place::Target(0));
    let features = diagnosis.find(Kind::UnscaledFeatures).expect("they are around 50");
    assert_eq!(features.severity, Warning);
    assert!(diagnosis.find(Kind::NoBetterThanGuess).is_some(), "{diagnosis}");
}
