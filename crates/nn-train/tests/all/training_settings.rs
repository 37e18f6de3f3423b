//! What a trainer hands to its optimizer: the learning rate of the schedule, and a gradient within its limits.

use std::sync::Mutex;

use ndarray::{Array2, Axis, Slice};
use nn_core::{Batch, Dense, HalfSquaredError, Network, Tanh};
use nn_train::schedule::Schedule;
use nn_train::{Adam, Group, Groups, Optimizer, Sgd, TrainError, Trainer};

type Mlp = (Dense<Tanh>, Dense<nn_core::Identity>);

fn network() -> Network<f64, Mlp> {
    Network::new(2, (Dense::new(4, Tanh), Dense::linear(1)), 1).expect("it fits")
}

/// Ten samples.
fn data() -> (Array2<f64>, Array2<f64>) {
    let x = Array2::from_shape_fn((10, 2), |(n, j)| ((7 * n + 4 * j) % 9) as f64 / 9.0);
    (x, Array2::from_shape_fn((10, 1), |(n, _)| 100.0 * (n as f64).sin()))
}

/// Moves nothing, and remembers what it was given.
#[derive(Default, Debug)]
struct Witness {
    rates: Vec<f64>,
    gradients: Vec<Vec<f64>>,
}

impl Optimizer<f64> for Witness {
    fn step(&mut self, learning_rate: f64, _params: &mut [f64], gradient: &[f64]) {
        self.rates.push(learning_rate);
        self.gradients.push(gradient.to_vec());
    }
}

fn fit<O: Optimizer<f64>>(trainer: Trainer<'_, f64, O>) -> Trainer<'_, f64, O> {
    let (x, y) = data();
    let batch = Batch::new(x.view(), &*y).expect("valid data");
    let mut trainer = trainer.batch_size(4);
    trainer.fit(&mut network(), &HalfSquaredError::mean(), batch, None).expect("it trains");
    trainer
}

/// Two epochs of three steps each.
fn witnessed() -> Trainer<'static, f64, Witness> {
    Trainer::new(Witness::default()).learning_rate(0.5).epochs(2)
}

#[test]
fn a_schedule_counts_epochs_or_steps() {
    let halving = |t: usize| 0.5_f64.powi(i32::try_from(t).expect("a small number"));
    assert_eq!(fit(witnessed()).optimizer().rates, [0.5; 6]);
    let by_epoch = [0.5, 0.5, 0.5, 0.25, 0.25, 0.25];
    assert_eq!(fit(witnessed().schedule(halving)).optimizer().rates, by_epoch);
    let by_step = [0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625];
    assert_eq!(fit(witnessed().schedule_steps(halving)).optimizer().rates, by_step);
    // Each run begins at 0 again.
    let twice = fit(fit(witnessed().schedule(halving)));
    assert_eq!(twice.optimizer().rates, [by_epoch, by_epoch].concat());
}

/// Writes down the losses that it is shown.
struct Losses<'a>(&'a Mutex<Vec<f64>>);

impl Schedule for Losses<'_> {
    fn factor(&self, _t: usize) -> f64 {
        1.0
    }
    fn on_epoch(&mut self, loss: &mut dyn FnMut() -> f64) {
        self.0.lock().expect("no panic").push(loss());
    }
}

#[test]
fn a_schedule_sees_the_validation_loss_or_else_the_training_loss() {
    let (x, y) = data();
    let batch = Batch::new(x.view(), &*y).expect("valid data");
    let (x, y) = (x.slice_axis(Axis(0), Slice::from(..3)), y.slice_axis(Axis(0), Slice::from(..3)));
    let validation = Batch::new(x, &*y).expect("valid data");
    for validation in [None, Some(validation)] {
        let losses = Mutex::new(Vec::new());
        let mut trainer = Trainer::new(Adam::new()).epochs(3).schedule(Losses(&losses));
        let report =
            trainer.fit(&mut network(), &HalfSquaredError::mean(), batch, validation).expect("it trains");
        let records = report.history.records().iter();
        let expected: Vec<f64> = records.map(|r| r.validation_loss.unwrap_or(r.train_loss)).collect();
        let losses = losses.lock().expect("no panic");
        assert_eq!((losses.len(), &*losses), (3, &expected));
    }
}

#[test]
fn a_factor_that_is_none_ends_the_run() {
    let (x, y) = data();
    let batch = Batch::new(x.view(), &*y).expect("valid data");
    for (factor, rate) in [(-1.0, "-0.01"), (f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
        let mut network = network();
        let before = network.params().to_vec();
        let mut trainer = Trainer::new(Sgd::new()).schedule(move |_: usize| factor);
        let error = trainer.fit(&mut network, &HalfSquaredError::mean(), batch, None).unwrap_err();
        assert!(matches!(error, TrainError::NotFinite { .. }));
        let message = format!("the learning rate became {rate} in epoch 1, batch 1, as the schedule has it;");
        assert!(error.to_string().starts_with(&message), "{error}");
        assert!(
            error.to_string().ends_with("The factors of a schedule must be finite and at least 0"),
            "{error}"
        );
        assert_eq!(network.params(), before);
    }
}

#[test]
fn gradients_stay_within_their_limits() {
    let norm = |gradient: &Vec<f64>| gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
    let free = fit(witnessed().l1(0.1));
    let by_norm = fit(witnessed().l1(0.1).clip_norm(0.25));
    let by_value = fit(witnessed().l1(0.1).clip_value(0.25));
    for (n, free) in free.optimizer().gradients.iter().enumerate() {
        assert!(norm(free) > 1.0, "there is something to clip");
        let (scaled, cut) = (&by_norm.optimizer().gradients[n], &by_value.optimizer().gradients[n]);
        for ((&g, &scaled), &cut) in free.iter().zip(scaled).zip(cut) {
            assert_eq!(cut, g.clamp(-0.25, 0.25));
            assert!((scaled - g * 0.25 / norm(free)).abs() < 1e-15, "{scaled}");
        }
        assert!((norm(scaled) - 0.25).abs() < 1e-15);
    }
}

#[test]
fn frozen_parameters_do_not_move() {
    let (x, y) = data();
    let batch = Batch::new(x.view(), &*y).expect("valid data");
    let (mut network, before) = (network(), network());
    let groups = Groups::new(Adam::new()).group(Group::named("layers.0").frozen());
    let mut trainer = Trainer::new(groups).l2(0.1).epochs(20);
    trainer.fit(&mut network, &HalfSquaredError::mean(), batch, None).expect("it trains");
    assert_eq!(network.params()[..12], before.params()[..12]);
    assert!(network.params()[12..].iter().zip(&before.params()[12..]).all(|(a, b)| a != b));
}

/// The gradients of two mini-batches added up are that of one twice as large, for a mean of weighted samples and a sum.
#[test]
fn accumulated_gradients_are_those_of_the_larger_batch() {
    let (x, y) = data();
    let weights: Vec<f64> = (0..10).map(|n| f64::from(n % 4)).collect();
    let batch = Batch::new(x.view(), &*y).and_then(|b| b.with_weights(&weights)).expect("valid data");
    for loss in [HalfSquaredError::mean(), HalfSquaredError::sum()] {
        let witnessed = |size: usize, mini_batches: usize| {
            let trainer = Trainer::new(Witness::default()).l2(0.3).clip_value(5.0).epochs(3);
            let mut trainer = trainer.batch_size(size).gradient_accumulation(mini_batches);
            let report = trainer.fit(&mut network(), &loss, batch, None).expect("it trains");
            assert_eq!(trainer.progress().steps, 3 * 3);
            (trainer.optimizer().gradients.concat(), report)
        };
        let ((large, _), (small, _)) = (witnessed(4, 1), witnessed(2, 2));
        assert_eq!(large.len(), small.len());
        for (large, small) in large.iter().zip(small) {
            assert!((large - small).abs() <= 1e-13 * large.abs().max(1.0), "{large} against {small}");
        }
    }
    let mut trainer = Trainer::new(Sgd::new()).gradient_accumulation(0);
    let error = trainer.fit(&mut network(), &HalfSquaredError::mean(), batch, None).unwrap_err();
    assert_eq!(error.to_string(), "gradient_accumulation is 0; expected at least 1");
}

#[test]
fn a_share_of_the_samples_is_set_aside_with_the_classes_in_proportion() {
    let x = Array2::from_shape_fn((40, 2), |(n, j)| ((7 * n + 4 * j) % 9) as f64 / 9.0);
    let labels: Vec<usize> = (0..40).map(|n| usize::from(n % 4 == 0)).collect();
    // Samples that know their class by weight, so that the parts can be counted.
    let weights: Vec<f64> = labels.iter().map(|&label| 1.0 + label as f64).collect();
    let batch = Batch::new(x.view(), &labels[..]).and_then(|b| b.with_weights(&weights)).expect("valid");
    let loss = nn_core::SoftmaxCrossEntropy::mean();
    let fit = |seed: u64, fraction: f64| {
        let mut network = Network::<f64, _>::new(2, Dense::linear(2), 0).expect("it fits");
        let mut trainer = Trainer::new(Sgd::new()).seed(seed).validation_fraction(fraction).epochs(2);
        trainer.fit(&mut network, &loss, batch, None).map(|report| (report, network))
    };
    let (report, network) = fit(0, 0.2).expect("it trains");
    let (kept, held) = nn_core::split_rows(40, 8, Some(&labels), 0);
    assert_eq!(held.iter().filter(|&&row| labels[row] == 1).count(), 2);
    for (rows, score) in [(kept, report.train), (held, report.validation.expect("a part was set aside"))] {
        let (x, labels) = (x.select(Axis(0), &rows), rows.iter().map(|&n| labels[n]).collect::<Vec<_>>());
        let weights: Vec<f64> = rows.iter().map(|&row| weights[row]).collect();
        let outputs = network.predict(x.view()).expect("valid");
        let expected =
            nn_core::Loss::<f64, [usize]>::value(&loss, outputs.view(), &labels[..], Some(&weights));
        assert!((score.loss - expected.expect("valid")).abs() < 1e-14);
    }
    assert_eq!(fit(0, 0.2).expect("it trains").0.fingerprint, report.fingerprint);
    assert_ne!(fit(1, 0.2).expect("it trains").0.fingerprint, report.fingerprint);

    for fraction in [0.0, 1.0, -0.1, f64::NAN] {
        let message = format!("validation_fraction is {fraction}; expected a number above 0, below 1");
        assert_eq!(fit(0, fraction).unwrap_err().to_string(), message);
    }
    let message = fit(0, 0.01).unwrap_err().to_string();
    assert!(message.contains("at least one sample to train and one to validate"), "{message}");
    let mut network = Network::<f64, _>::new(2, Dense::linear(2), 0).expect("it fits");
    let both = Trainer::new(Sgd::new()).validation_fraction(0.2).fit(&mut network, &loss, batch, Some(batch));
    assert!(matches!(both, Err(TrainError::TwoValidationSets)));
}

/// Nothing moves, so only the noise can differ from step to step; a second run has the same.
#[test]
fn every_step_has_noise_of_its_own() {
    let (x, y) = data();
    let batch = Batch::new(x.view(), &*y).expect("valid data");
    let gradients = |seed: u64| {
        let layers = (Dense::new(4, Tanh), nn_core::Dropout::new(0.5), Dense::linear(1));
        let mut network = Network::<f64, _>::new(2, layers, 1).expect("it fits");
        let mut trainer = Trainer::new(Witness::default()).full_batch().epochs(3).seed(seed);
        trainer.fit(&mut network, &HalfSquaredError::mean(), batch, None).expect("it trains");
        trainer.optimizer().gradients.clone()
    };
    let first = gradients(0);
    assert!(first[0] != first[1] && first[1] != first[2] && first[0] != first[2]);
    assert_eq!(first, gradients(0));
    assert_ne!(first, gradients(1));
}
