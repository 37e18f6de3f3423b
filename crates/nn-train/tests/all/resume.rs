//! A run in several parts is the run in one, to the bit.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use ndarray::Array2;
use nn_core::{Batch, BatchNorm, Dense, Dropout, MeanSquaredError, Network, Sequential, Tanh};
use nn_train::schedule::{Exponential, ReduceOnPlateau, Schedule};
use nn_train::{
    Adam, Checkpointer, Converged, EarlyStopping, Epoch, Moment, Progress, Run, RunState, Trainer,
};

type Parts = (Network<f64, Sequential<f64>>, Adam<f64>, Progress);

fn data() -> (Array2<f64>, Array2<f64>) {
    let x = Array2::from_shape_fn((50, 2), |(n, j)| ((7 * n + 4 * j) % 19) as f64 / 19.0);
    let y = Array2::from_shape_fn((50, 1), |(n, _)| (n as f64).sin());
    (x, y)
}

/// With state, with noise, and with an order of samples.
fn network() -> Network<f64, Sequential<f64>> {
    let layers = Sequential::new()
        .then(BatchNorm::new())
        .then(Dense::new(6, Tanh))
        .then(Dropout::new(0.3))
        .then(Dense::linear(1));
    Network::new(2, layers, 4).expect("it fits")
}

fn trainer<'a>(optimizer: Adam<f64>, schedule: impl Schedule + Send + 'a) -> Trainer<'a, f64, Adam<f64>> {
    Trainer::new(optimizer).batch_size(8).seed(5).schedule(schedule)
}

#[test]
fn a_run_goes_on_after_a_warm_start_another_call_or_in_another_process() {
    let (x, y) = data();
    let data = Batch::new(x.view(), &*y).expect("valid data");
    let loss = MeanSquaredError::mean();
    for by_epochs in [true, false] {
        let trainer = |optimizer| {
            let trainer = trainer(optimizer, Exponential::new(0.9));
            if by_epochs { trainer } else { trainer.schedule_steps(Exponential::new(0.99)) }
        };
        let mut whole = network();
        let mut long = trainer(Adam::new()).epochs(9);
        let report = long.fit(&mut whole, &loss, data, None).expect("it trains");
        assert_eq!(long.progress(), Progress { epochs: 9, steps: 9 * 7 });

        let mut warm = network();
        let mut short = trainer(Adam::new()).epochs(3).warm_start(true);
        let mut epochs = Vec::new();
        for _ in 0..3 {
            let report = short.fit(&mut warm, &loss, data, None).expect("it trains");
            assert_eq!(report.epochs, 3);
            epochs.extend(report.history.records().to_vec());
        }
        assert_eq!((warm.params(), warm.state()), (whole.params(), whole.state()));
        assert_eq!(epochs, report.history.records());

        let mut parts = network();
        let mut partial = trainer(Adam::new());
        for _ in 0..9 {
            partial.partial_fit(&mut parts, &loss, data).expect("it trains");
        }
        assert_eq!((parts.params(), partial.progress()), (whole.params(), long.progress()));

        let mut first = trainer(Adam::new()).epochs(4);
        let mut half = network();
        first.fit(&mut half, &loss, data, None).expect("it trains");
        let file = serde_json::to_string(&(&half, first.optimizer(), first.progress())).expect("written");
        let (mut half, optimizer, progress): Parts = serde_json::from_str(&file).expect("read");
        let mut second = trainer(optimizer).epochs(5).resume(progress);
        second.fit(&mut half, &loss, data, None).expect("it trains");
        assert_eq!((half.params(), half.state()), (whole.params(), whole.state()));

        // Without a warm start the epochs are counted from 1 again.
        let report = short.warm_start(false).fit(&mut warm, &loss, data, None).expect("it trains");
        assert_eq!(report.history.records()[0].epoch, 1);
        assert_ne!(warm.params(), whole.params());
    }
}

#[test]
fn what_a_schedule_has_seen_is_kept_by_a_warm_start_alone() {
    let (x, y) = data();
    let data = Batch::new(x.view(), &*y).expect("valid data");
    // A loss that cannot be improved upon halves the rate after every epoch but the first.
    let rates = |warm: bool| {
        let plateau = ReduceOnPlateau::new().patience(0).factor(0.5).threshold(1e9).absolute();
        let mut trainer = trainer(Adam::new(), plateau).epochs(2).warm_start(warm);
        let mut network = network();
        for _ in 0..3 {
            trainer.fit(&mut network, &MeanSquaredError::mean(), data, None).expect("it trains");
        }
        network.params().to_vec()
    };
    let mut whole = network();
    let plateau = ReduceOnPlateau::new().patience(0).factor(0.5).threshold(1e9).absolute();
    let mut long = trainer(Adam::new(), plateau).epochs(6);
    long.fit(&mut whole, &MeanSquaredError::mean(), data, None).expect("it trains");
    assert_eq!(rates(true), whole.params());
    assert_ne!(rates(false), whole.params());
}

fn plateau() -> ReduceOnPlateau {
    ReduceOnPlateau::new().patience(0).factor(0.5).threshold(1e9).absolute()
}

#[test]
fn a_run_that_is_over_is_gone_on_with_by_its_state() {
    let (x, y) = data();
    let data = Batch::new(x.view(), &*y).expect("valid data");
    let loss = MeanSquaredError::mean();
    let mut whole = network();
    let report = trainer(Adam::new(), plateau()).epochs(40).fit(&mut whole, &loss, data, None);
    let mut half = network();
    let mut first = trainer(Adam::new(), plateau()).epochs(20);
    first.fit(&mut half, &loss, data, None).expect("it trains");

    let mut again = half.clone();
    let optimizer = || first.optimizer().clone();
    let mut second = trainer(optimizer(), plateau()).epochs(20).resume(first.run_state());
    let rest = second.fit(&mut half, &loss, data, None).expect("it trains");
    assert_eq!((half.params(), half.state()), (whole.params(), whole.state()));
    assert_eq!(rest.history.records(), &report.expect("it trains").history.records()[20..]);
    // Epoch by epoch, too.
    let mut parts = trainer(optimizer(), plateau()).resume(first.run_state());
    let seen = parts.partial_fit(&mut again, &loss, data).expect("it trains");
    assert!(seen.is_finite() && parts.progress().epochs == 21);

    // Where the state is not that of the schedule, nothing is changed.
    let before = half.clone();
    let mut refused = |trainer: Trainer<'_, f64, Adam<f64>>| {
        let mut trainer = trainer;
        for _ in 0..2 {
            let error = trainer.fit(&mut half, &loss, data, None).expect_err("other state").to_string();
            assert!(error.contains("expected that of the same schedule"), "{error}");
        }
        assert_eq!(half.params(), before.params());
    };
    refused(trainer(optimizer(), plateau()).resume(first.progress()));
    refused(trainer(optimizer(), Exponential::new(0.9)).resume(first.run_state()));
    refused(Trainer::new(optimizer()).resume(first.run_state()));
    refused(trainer(optimizer(), plateau().then(3, plateau())).resume(first.run_state()));
}

/// Keeps the last moment within an epoch.
#[derive(Clone, Default)]
struct Last(Arc<Mutex<Option<RunState>>>);

impl<O> Checkpointer<f64, O> for Last {
    fn is_due(&mut self, moment: Moment, _: Progress) -> bool {
        moment == Moment::Step
    }

    fn write(&mut self, run: &Run<'_, f64, O>) -> Result<(), String> {
        *self.0.lock().expect("no panic") = Some(run.state.clone());
        Err(format!("step {} is not written", run.state.progress().steps))
    }
}

#[test]
fn what_is_not_the_state_of_such_a_run_is_refused() {
    let (x, y) = data();
    let data = Batch::new(x.view(), &*y).expect("valid data");
    let loss = MeanSquaredError::mean();
    let trainer = || Trainer::new(Adam::new()).batch_size(20).epochs(2);
    let (last, mut network) = (Last::default(), network());
    let watched = trainer().checkpointer(last.clone()).callback(Converged::new(0.0));
    let mut watched = watched.callback(|_: &mut Epoch<'_, f64>| ControlFlow::Continue(()));
    let report = watched.fit(&mut network, &loss, data, None).expect("it trains");
    let warnings = [1, 2, 4, 5].map(|step| format!("step {step} is not written"));
    assert_eq!(report.warnings, warnings, "three steps an epoch, and the run goes on");

    let state = last.0.lock().expect("no panic").clone().expect("a moment");
    assert_eq!(state.progress(), Progress { epochs: 1, steps: 5 });
    let json = serde_json::to_value(&state).expect("it can be written");
    let refused = |trainer: Trainer<'_, f64, Adam<f64>>, state: &RunState, found: &str| {
        let error = trainer.resume(state.clone()).fit(&mut network.clone(), &loss, data, None);
        let error = error.expect_err("other state").to_string();
        assert!(error.contains(found), "{error}");
    };
    refused(trainer(), &state, "that of 1 callbacks that remember something, where the trainer has 0");
    let watched = || trainer().callback(Converged::new(0.0));
    refused(
        trainer().callback(EarlyStopping::new(3).minimize("train_loss")),
        &state,
        "without \"seen\" (it has \"last\")",
    );
    refused(watched().batch_size(32), &state, "after 2 mini-batches, where one has 2 in all");
    let error = watched().resume(state.clone()).partial_fit(&mut network.clone(), &loss, data);
    assert!(error.expect_err("within").to_string().contains("in the middle of an epoch"));
    // From a file, anything may come.
    let mut changed = json.clone();
    changed["before"] = 7.into();
    refused(watched(), &serde_json::from_value(changed).expect("numbers"), "that of no run");
    let mut changed = json.clone();
    changed["progress"]["steps"] = u64::MAX.into();
    refused(watched(), &serde_json::from_value(changed).expect("numbers"), "that of no run");
    let mut changed = json;
    changed["within"]["batches"] = usize::MAX.into();
    refused(watched(), &serde_json::from_value(changed).expect("numbers"), "where one has 3 in all");
}

#[test]
fn an_epoch_that_fails_is_not_counted() {
    let (x, y) = data();
    let data = Batch::new(x.view(), &*y).expect("valid data");
    let breaking = |t: usize| if t < 10 { 1.0 } else { f64::NAN };
    let mut trainer = trainer(Adam::new(), |_: usize| 1.0).schedule_steps(breaking).epochs(5);
    let error = trainer.fit(&mut network(), &MeanSquaredError::mean(), data, None).expect_err("NaN");
    assert!(error.to_string().starts_with("the learning rate became NaN in epoch 2, batch 4"), "{error}");
    assert_eq!(trainer.progress(), Progress { epochs: 1, steps: 7 });
    let error = trainer.partial_fit(&mut network(), &MeanSquaredError::mean(), data).expect_err("NaN");
    assert!(error.to_string().contains("in epoch 2, batch 4"), "{error}");
}
