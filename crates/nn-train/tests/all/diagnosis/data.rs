//! Ailments of the data.

use ndarray::{Array2, Axis, array, concatenate};
use nn_core::{Batch, Dense, MeanSquaredError, Network, Normalize, SoftmaxCrossEntropy, Tanh};
use nn_train::FindingKind as Kind;
use nn_train::Severity::{Error, Note, Warning};
use nn_train::{Diagnosis, Place, diagnose, diagnose_data, diagnose_some};

use super::{close, features, found, labels, only, rows, values};

fn classes(x: &Array2<f64>, y: &[usize]) -> Diagnosis {
    diagnose_data(x.view(), y, None).expect("valid")
}

fn pair(x: &Array2<f64>, y: &[usize], others: &Array2<f64>, of_others: &[usize]) -> Diagnosis {
    diagnose_data(x.view(), y, Some((others.view(), of_others))).expect("valid")
}

#[test]
fn healthy_data_are_fine() {
    let x = features(100, 3);
    assert_eq!(classes(&x, &labels(&x)).to_string(), "nothing found");
    assert_eq!(diagnose_data(x.view(), &*values(&x), None).expect("valid").to_string(), "nothing found");
}

#[test]
fn features_of_another_size() {
    let x = features(100, 3);
    let y = labels(&x);
    let changed = |column: usize, f: fn(f64) -> f64| {
        let mut x = x.clone();
        x.column_mut(column).mapv_inplace(f);
        classes(&x, &y)
    };
    let huge = only(&changed(1, |x| 3e6 * x), Kind::UnscaledFeatures, Error, Place::Feature(1));
    close(huge.figure, 3e6 / 3.0_f64.sqrt(), 3e5);
    let large = only(&changed(2, |x| 100.0 * x), Kind::UnscaledFeatures, Warning, Place::Feature(2));
    close(large.figure, 100.0 / 3.0_f64.sqrt(), 10.0);
    let small = only(&changed(2, |x| 1e-6 * x), Kind::UnscaledFeatures, Warning, Place::Feature(2));
    close(small.figure, 2e-6, 1e-7);
    let far = only(&changed(0, |x| 20.0 + 0.1 * x), Kind::UnscaledFeatures, Warning, Place::Feature(0));
    close(far.figure, 100.0, 15.0);
    let uneven = changed(0, |x| 20.0 * x);
    assert!(uneven.is_healthy(), "{uneven}");
    let mut x = x.clone();
    x.column_mut(0).mapv_inplace(|x| 30.0 * x);
    x.column_mut(1).mapv_inplace(|x| 0.1 * x);
    let uneven = only(&classes(&x, &y), Kind::UnscaledFeatures, Warning, Place::Feature(0));
    close(uneven.figure, 300.0, 40.0);
}

#[test]
fn features_that_the_network_scales_need_no_scale() {
    let x = features(100, 2);
    let y = labels(&x);
    let raw = x.mapv(|x| 2e4 + 1e3 * x);
    let data = Batch::new(raw.view(), &y[..]).expect("valid");
    let normalize = Normalize::fit(raw.view()).expect("valid");
    let loss = SoftmaxCrossEntropy::mean();
    let network =
        Network::<f64, _>::new(2, (normalize, Dense::new(8, Tanh), Dense::linear(2)), 0).expect("it fits");
    let diagnosis = diagnose(&network, &loss, data, None, None).expect("valid");
    assert!(diagnosis.find(Kind::UnscaledFeatures).is_none(), "{diagnosis}");
    let network = Network::<f64, _>::new(2, (Dense::new(8, Tanh), Dense::linear(2)), 0).expect("it fits");
    let diagnosis = diagnose(&network, &loss, data, None, None).expect("valid");
    found(&diagnosis, Kind::UnscaledFeatures, Error, Place::Feature(1));
    found(&diagnosis, Kind::SaturatedUnits, Warning, Place::Layer("layers.0 (Dense)".into()));
}

#[test]
fn targets_of_another_size() {
    let x = features(100, 2);
    let changed = |f: fn(f64) -> f64| diagnose_data(x.view(), &*values(&x).mapv(f), None).expect("valid");
    let huge = only(&changed(|y| 1e6 + 5e4 * y), Kind::UnscaledTargets, Error, Place::Target(0));
    close(huge.figure, 1e6, 1e5);
    let small = only(&changed(|y| 1e-4 * y), Kind::UnscaledTargets, Warning, Place::Target(0));
    close(small.figure, 3e-4, 1e-4);
}

#[test]
fn numbers_that_are_none() {
    let mut x = features(100, 3);
    let y = labels(&x);
    for row in 10..15 {
        x[[row, 2]] = f64::NAN;
    }
    x[[3, 1]] = f64::INFINITY;
    let finding = only(&classes(&x, &y), Kind::NonFiniteValues, Error, Place::Feature(2));
    assert_eq!(finding.figure, 6.0);
    let x = features(30, 2);
    let mut y = values(&x);
    y[[7, 0]] = f64::NAN;
    let diagnosis = diagnose_data(x.view(), &*y, None).expect("valid");
    assert_eq!(only(&diagnosis, Kind::NonFiniteValues, Error, Place::Target(0)).figure, 1.0);
}

#[test]
fn columns_that_say_nothing() {
    let mut x = features(200, 4);
    let y = labels(&x);
    x.column_mut(2).fill(5.0);
    x.column_mut(3).fill(-1.0);
    assert_eq!(only(&classes(&x, &y), Kind::ConstantFeatures, Note, Place::Feature(2)).figure, 2.0);
    x.column_mut(2)[17] = 4.0;
    let diagnosis = classes(&x, &y);
    assert_eq!(found(&diagnosis, Kind::NearConstantFeatures, Note, Place::Feature(2)).figure, 1.0);
    assert_eq!(found(&diagnosis, Kind::ConstantFeatures, Note, Place::Feature(3)).figure, 1.0);
    let all = classes(&Array2::zeros((40, 2)), &[0, 1].repeat(20));
    assert_eq!(found(&all, Kind::ConstantFeatures, Error, Place::Feature(0)).figure, 2.0);
    let flat = diagnose_data(x.view(), &*Array2::from_elem((200, 1), 7.0), None).expect("valid");
    assert_eq!(found(&flat, Kind::ConstantTargets, Error, Place::Target(0)).figure, 7.0);
}

#[test]
fn a_column_that_is_there_twice() {
    let x = features(100, 4);
    let twice = concatenate![Axis(1), x, x.column(1).insert_axis(Axis(1))];
    assert_eq!(
        only(&classes(&twice, &labels(&x)), Kind::DuplicateFeatures, Warning, Place::Feature(4)).figure,
        1.0
    );
}

#[test]
fn a_column_that_is_the_target() {
    let x = features(100, 3);
    let y = labels(&x);
    let named = Array2::from_shape_fn((100, 1), |(n, _)| if y[n] == 1 { -3.0 } else { 2.5 });
    let leaking = concatenate![Axis(1), x, named];
    assert_eq!(only(&classes(&leaking, &y), Kind::LeakingFeature, Warning, Place::Feature(3)).figure, 1.0);
    // A fair clue is no leak.
    let mut clue = leaking.clone();
    clue[[5, 3]] = -0.5 - clue[[5, 3]];
    assert!(classes(&clue, &y).is_healthy());

    let y = values(&x);
    let leaking = concatenate![Axis(1), y.mapv(|y| 3.0 - 2.0 * y), x];
    let diagnosis = diagnose_data(leaking.view(), &*y, None).expect("valid");
    close(only(&diagnosis, Kind::LeakingFeature, Warning, Place::Feature(0)).figure, -1.0, 1e-12);
    // An autoencoder has its features for targets.
    assert!(diagnose_data(x.view(), &*x, None).expect("valid").is_healthy());
}

#[test]
fn rows_that_are_in_both_sets() {
    let x = features(130, 2);
    let y = labels(&x);
    let (train, validation) = (rows(&x, ..100).to_owned(), rows(&x, 90..).to_owned());
    let finding =
        only(&pair(&train, &y[..100], &validation, &y[90..]), Kind::SharedRows, Warning, Place::Validation);
    assert_eq!(finding.figure, 0.25);
    let all = pair(&train, &y[..100], &train, &y[..100]);
    assert_eq!(only(&all, Kind::SharedRows, Error, Place::Validation).figure, 1.0);
    // Where features have a few values, equal rows are natural.
    let grid = |x: &Array2<f64>| x.mapv(|x| (2.0 * x).round());
    let diagnosis =
        pair(&grid(&train), &labels(&grid(&train)), &grid(&validation), &labels(&grid(&validation)));
    assert!(diagnosis.is_healthy(), "{diagnosis}");
}

#[test]
fn rows_that_contradict_each_other() {
    let mut x = features(100, 2);
    for n in 0..10 {
        let row = x.row(n).to_owned();
        x.row_mut(n + 50).assign(&row);
    }
    let mut y = labels(&x);
    assert!(classes(&x, &y).findings().is_empty(), "twins that agree");
    for n in 0..10 {
        y[n + 50] = 1 - y[n];
    }
    let finding = only(&classes(&x, &y), Kind::ContradictoryRows, Warning, Place::Training);
    assert_eq!(finding.figure, 0.2);
    assert!(finding.seen.contains("no network can name the class of more than 90 %"), "{finding}");
    y[50] = y[0];
    let mut targets = values(&x);
    targets[[3, 0]] += 0.5;
    let diagnosis = diagnose_data(x.view(), &*targets, None).expect("valid");
    assert_eq!(only(&diagnosis, Kind::ContradictoryRows, Note, Place::Training).figure, 0.02);
}

#[test]
fn too_few_rows() {
    let x = features(130, 2);
    let y = labels(&x);
    let (few, of_few) = (rows(&x, 100..112), &y[100..112]);
    let diagnosis = diagnose_data(rows(&x, ..100), &y[..100], Some((few, of_few))).expect("valid");
    assert_eq!(only(&diagnosis, Kind::TooFewValidationSamples, Warning, Place::Validation).figure, 12.0);

    let network =
        Network::<f64, _>::new(2, (Dense::new(60, Tanh), Dense::new(60, Tanh), Dense::linear(1)), 0)
            .expect("it fits");
    let data = rows(&x, ..100).to_owned();
    let (few, values) = (rows(&data, ..40), rows(&values(&data), ..40).to_owned());
    let batch = Batch::new(few, &*values).expect("valid");
    let diagnosis = diagnose(&network, &MeanSquaredError::mean(), batch, None, None).expect("valid");
    let finding = found(&diagnosis, Kind::TooFewSamples, Warning, Place::Training);
    assert_eq!(finding.figure, network.params().len() as f64 / 40.0);
    // The same rows where they stand for more.
    let of = |rows| diagnose_some(&network, &MeanSquaredError::mean(), batch, None, None, rows);
    assert_eq!(of(40).expect("valid"), diagnosis);
    assert!(of(1_000_000).expect("valid").find(Kind::TooFewSamples).is_none());
    assert!(of(39).is_err());
}

#[test]
fn classes_that_are_rare_alone_or_missing() {
    let x = features(200, 2);
    let rare: Vec<usize> = (0..200).map(|n| usize::from(n % 20 == 3)).collect();
    assert_eq!(only(&classes(&x, &rare), Kind::ImbalancedClasses, Warning, Place::Class(1)).figure, 19.0);
    // Weights make up for it.
    let weights: Vec<f64> = rare.iter().map(|&class| if class == 1 { 19.0 } else { 1.0 }).collect();
    let data = Batch::new(x.view(), &rare[..]).and_then(|data| data.with_weights(&weights)).expect("valid");
    let network = Network::<f64, _>::new(2, Dense::linear(2), 0).expect("it fits");
    let diagnosis = diagnose(&network, &SoftmaxCrossEntropy::mean(), data, None, None).expect("valid");
    assert!(diagnosis.find(Kind::ImbalancedClasses).is_none(), "{diagnosis}");
    // So do those of the loss.
    let data = Batch::new(x.view(), &rare[..]).expect("valid");
    let loss = SoftmaxCrossEntropy::mean().class_weights(vec![1.0, 19.0]);
    let diagnosis = diagnose(&network, &loss, data, None, None).expect("valid");
    assert!(diagnosis.find(Kind::ImbalancedClasses).is_none(), "{diagnosis}");
    let diagnosis = diagnose(&network, &SoftmaxCrossEntropy::mean(), data, None, None).expect("valid");
    assert_eq!(found(&diagnosis, Kind::ImbalancedClasses, Warning, Place::Class(1)).figure, 19.0);

    assert_eq!(only(&classes(&x, &[2; 200]), Kind::SingleClass, Error, Place::Class(2)).figure, 200.0);

    let three = |n: usize| n % 3;
    let y: Vec<usize> = (0..200).map(three).collect();
    let other = features(60, 2).mapv(|x| -x);
    let lacking: Vec<usize> = (0..60).map(|n| n % 2).collect();
    let missing = found(&pair(&x, &y, &other, &lacking), Kind::MissingClasses, Warning, Place::Class(2));
    assert_eq!(missing.figure, 1.0);
    let more: Vec<usize> = (0..60).map(|n| if n % 12 == 5 { 4 } else { three(n) }).collect();
    assert_eq!(only(&pair(&x, &y, &other, &more), Kind::UnseenClasses, Error, Place::Class(4)).figure, 1.0);
}

#[test]
fn validation_data_of_another_distribution() {
    let x = features(200, 3);
    let y = labels(&x);
    let mut other = features(100, 3).mapv(|x| -0.99 * x);
    let of_other = labels(&other);
    assert!(pair(&x, &y, &other, &of_other).is_healthy());
    other.column_mut(1).mapv_inplace(|x| x + 1.0);
    let finding = only(&pair(&x, &y, &other, &of_other), Kind::DistributionShift, Warning, Place::Feature(1));
    close(finding.figure, 0.5, 0.1);
    let one_sided: Vec<usize> = (0..100).map(|n| usize::from(n % 10 == 0)).collect();
    let other = features(100, 3).mapv(|x| -0.99 * x);
    let finding = only(&pair(&x, &y, &other, &one_sided), Kind::DistributionShift, Warning, Place::Class(1));
    close(finding.figure, 0.9 - y.iter().filter(|y| **y == 0).count() as f64 / 200.0, 1e-12);
}

#[test]
fn what_does_not_belong_together_is_an_error() {
    let (x, none) = (features(5, 2), Array2::<f64>::zeros((0, 2)));
    let error = |result: Result<Diagnosis, nn_core::Error>| result.unwrap_err().to_string();
    assert_eq!(error(diagnose_data(x.view(), &[0, 1][..], None)), "expected 5 targets, found 2");
    assert_eq!(
        error(diagnose_data(none.view(), &[][..], None)),
        "expected at least one sample, found an empty batch"
    );
    let other = array![[1.0]];
    let found = error(diagnose_data(x.view(), &[0; 5][..], Some((other.view(), &[0][..]))));
    assert_eq!(found, "expected rows of 2 features, found 1");
}
