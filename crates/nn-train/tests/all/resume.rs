//! A run in several parts is the run in one, to the bit.

use ndarray::Array2;
use nn_core::{Batch, BatchNorm, Dense, Dropout, MeanSquaredError, Network, Sequential, Tanh};
use nn_train::schedule::{Exponential, ReduceOnPlateau, Schedule};
use nn_train::{Adam, Progress, Trainer};

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
