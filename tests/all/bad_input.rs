//! Bad input to training: a clear error, nothing changed, no weight lost.

use std::ops::ControlFlow;

use ndarray::{Array2, array};
use smallnet::schedule::Cosine;
use smallnet::{
    Batch, BinaryCrossEntropy, Converged, CrossEntropy, Dense, EarlyStopping, End, Epoch, Every,
    HalfSquaredError, Network, NoisyXor, Optimizer, RotatedSpirals, Scalar, Sgd, SoftmaxCrossEntropy,
    StopReason, Tanh, TrainError, Trainer,
};

type Mlp = (Dense<Tanh>, Dense<smallnet::Identity>);

fn network() -> Network<f64, Mlp> {
    Network::new(2, (Dense::new(3, Tanh), Dense::linear(2)), 0).expect("it fits")
}

fn trainer<'c>() -> Trainer<'c, f64, Sgd> {
    Trainer::new(Sgd::new()).epochs(3)
}

/// The message of an error that must come before anything is changed.
fn refused(mut trainer: Trainer<'_, f64, Sgd>, x: &Array2<f64>, y: &[usize]) -> String {
    let mut network = network();
    let before = network.clone();
    let batch = match Batch::new(x.view(), y) {
        Ok(batch) => batch,
        Err(error) => return error.to_string(),
    };
    let error = trainer.fit(&mut network, &SoftmaxCrossEntropy::mean(), batch, None).unwrap_err();
    assert_eq!(network, before, "{error}");
    error.to_string()
}

#[test]
fn settings_out_of_their_range() {
    let (x, y) = (array![[0.0, 1.0], [1.0, 0.0]], [0, 1]);
    let message = |trainer| refused(trainer, &x, &y);
    for rate in [-0.1, 0.0, f64::NAN, f64::INFINITY] {
        let expected = format!("learning rate is {rate}; expected a finite number above 0");
        assert_eq!(message(trainer().learning_rate(rate)), expected);
    }
    for l2 in [-1e-3, f64::NAN, f64::INFINITY] {
        assert_eq!(message(trainer().l2(l2)), format!("l2 is {l2}; expected a finite number, at least 0"));
        assert_eq!(message(trainer().l1(l2)), format!("l1 is {l2}; expected a finite number, at least 0"));
    }
    for largest in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let expected = format!("clip norm is {largest}; expected a finite number above 0");
        assert_eq!(message(trainer().clip_norm(largest)), expected);
        let expected = format!("clip value is {largest}; expected a finite number above 0");
        assert_eq!(message(trainer().clip_value(largest)), expected);
    }
    let schedule = trainer().schedule(Cosine::new(0));
    assert_eq!(message(schedule), "steps is 0; expected at least 1");
    let optimizer = Trainer::new(Sgd::new().momentum(1.0));
    assert_eq!(message(optimizer), "momentum is 1; expected a number from 0 to below 1");
    assert_eq!(message(trainer().batch_size(0)), "batch size is 0; expected at least 1");
    assert_eq!(message(trainer().epochs(0)), "epochs is 0; expected at least 1");
    assert_eq!(message(trainer().record_every(0)), "record_every is 0; expected at least 1");
    let converged = trainer().callback(Converged::new(f64::NAN));
    assert_eq!(message(converged), "tolerance is NaN; expected a finite number, at least 0");
    let every = trainer().callback(Every(0, Converged::new(1e-5)));
    assert_eq!(message(every), "n of Every(n, ..) is 0; expected at least 1");
    let early = trainer().callback(EarlyStopping::new(3));
    assert_eq!(
        message(early),
        "EarlyStopping needs a validation set; give one to `fit`, or a validation_fraction to the trainer"
    );
}

#[test]
fn early_stopping_settings() {
    let (x, y) = (array![[0.0, 1.0], [1.0, 0.0]], [0, 1]);
    let data = Batch::new(x.view(), &y[..]).expect("valid data");
    let message = |callback| {
        let mut trainer = trainer().callback(callback);
        let outcome = trainer.fit(&mut network(), &SoftmaxCrossEntropy::mean(), data, Some(data));
        outcome.unwrap_err().to_string()
    };
    assert_eq!(message(EarlyStopping::new(0)), "patience is 0; expected at least 1");
    assert_eq!(
        message(EarlyStopping::new(1).min_delta(-1.0)),
        "min_delta is -1; expected a finite number, at least 0"
    );
    assert_eq!(message(EarlyStopping::new(1).start_epoch(0)), "start_epoch is 0; expected at least 1");
    assert_eq!(
        message(EarlyStopping::new(1).baseline(f64::NAN)),
        "baseline is NaN; expected a finite number"
    );
}

#[test]
fn data_that_do_not_fit() {
    let y = [0, 1];
    let message = |x: Array2<f64>, y: &[usize]| refused(trainer(), &x, y);
    assert_eq!(message(Array2::zeros((0, 2)), &[]), "expected at least one sample, found an empty batch");
    assert_eq!(message(Array2::zeros((3, 2)), &y), "expected 3 targets, found 2");
    assert_eq!(message(Array2::zeros((2, 3)), &y), "expected rows of 2 features, found 3");
    assert_eq!(
        message(Array2::zeros((2, 2)), &[0, 2]),
        "label 2 of sample 1 is out of range: expected a class from 0 to 1"
    );
    assert_eq!(
        message(array![[0.0, 1.0], [f64::NAN, 0.0]], &y),
        "features[1, 0] is NaN; expected a finite number"
    );
    let infinite = array![[0.0, f64::INFINITY], [1.0, 0.0]];
    assert_eq!(message(infinite, &y), "features[0, 1] is inf; expected a finite number");
}

#[test]
fn a_validation_set_is_checked_too() {
    let (x, y) = (array![[0.0, 1.0], [1.0, 0.0]], [0, 1]);
    let train = Batch::new(x.view(), &y[..]).expect("valid data");
    let wrong = [0, 7];
    let validation = Batch::new(x.view(), &wrong[..]).expect("not checked against the network yet");
    let error =
        trainer().fit(&mut network(), &SoftmaxCrossEntropy::mean(), train, Some(validation)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "validation data: label 7 of sample 1 is out of range: expected a class from 0 to 1"
    );
}

#[test]
fn targets_that_the_loss_is_not_defined_on() {
    let x = array![[0.0, 1.0], [1.0, 0.0]];
    let message = |loss: &dyn smallnet::Loss<f64, ndarray::ArrayRef2<f64>>, y: Array2<f64>| {
        let batch = Batch::new(x.view(), &*y).expect("as many targets");
        trainer().fit(&mut network(), loss, batch, None).unwrap_err().to_string()
    };
    let values = array![[0.5, 0.5], [0.5, 1.5]];
    assert_eq!(
        message(&BinaryCrossEntropy::mean(), values.clone()),
        "target[1, 1] is 1.5; BinaryCrossEntropy expects values from 0 to 1"
    );
    assert_eq!(
        message(&SoftmaxCrossEntropy::mean(), values.clone()),
        "the targets of sample 1 add up to 2; SoftmaxCrossEntropy expects rows of probabilities, which add up to 1"
    );
    assert_eq!(
        message(&CrossEntropy::mean(), array![[1.0, 0.0], [-0.5, 1.5]]),
        "target[1, 0] is -0.5; CrossEntropy expects probabilities, at least 0"
    );
    assert_eq!(
        message(&HalfSquaredError::mean(), array![[1.0], [2.0]]),
        "expected 2 target columns, found 1"
    );
}

/// Gradient descent whose step number `step`, from 1, sets parameter `param` to `value`.
#[derive(Debug)]
struct Breaks {
    step: usize,
    param: usize,
    value: f64,
    steps: usize,
}

impl<T: Scalar> Optimizer<T> for Breaks {
    fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]) {
        Sgd::new().step(learning_rate, params, gradient);
        self.steps += 1;
        if self.steps == self.step {
            params[self.param] = T::of(self.value);
        }
    }
}

#[test]
fn a_parameter_that_is_not_finite_ends_the_run_and_names_its_place() {
    let data = NoisyXor::default().generate::<f64>(0).expect("default settings");
    for (param, value, layer) in
        [(8, f64::INFINITY, "layers.0.bias (Dense 2->3)"), (10, f64::NAN, "layers.1.weight (Dense 3->2)")]
    {
        let mut network = network();
        let mut last_epoch = Vec::new();
        let keep = |epoch: &mut Epoch<'_, f64>| {
            last_epoch = epoch.params().to_vec();
            ControlFlow::Continue(())
        };
        // 400 samples in batches of 100: step 7 is batch 3 of epoch 2.
        let mut trainer =
            Trainer::new(Breaks { step: 7, param, value, steps: 0 }).batch_size(100).epochs(5).callback(keep);
        let error = trainer.fit(&mut network, &SoftmaxCrossEntropy::mean(), data.view(), None).unwrap_err();
        let expected = format!(
            "a parameter became {value} in epoch 2, batch 3, first in {layer}; the network keeps the \
             parameters that the epoch began with. A lower learning rate often helps"
        );
        assert_eq!(error.to_string(), expected);
        let TrainError::NotFinite { history, .. } = error else { panic!("the wrong error") };
        assert_eq!(history.records().len(), 1);
        drop(trainer);
        assert!(network.params().iter().all(|p| p.is_finite()));
        assert_eq!(network.params(), last_epoch);
        assert!(network.predict(data.x()).expect("valid data").iter().all(|y| y.is_finite()));
    }
}

#[test]
fn a_learning_rate_that_is_far_too_large_is_reported() {
    let spirals = RotatedSpirals::default().generate::<f32>(0).expect("default settings");
    let x = spirals.x().mapv(|x| 1e3 * x);
    let y = spirals.one_hot();
    let data = Batch::new(x.view(), &*y).expect("valid data");
    let mut network = Network::<f32, _>::new(2, (Dense::linear(15), Dense::linear(4)), 0).expect("it fits");
    let mut trainer = Trainer::new(Sgd::new()).learning_rate(10.0).epochs(100);
    let error = trainer.fit(&mut network, &HalfSquaredError::sum(), data, None).unwrap_err();
    assert!(matches!(error, TrainError::NotFinite { epoch: 1, .. }), "{error}");
    assert!(network.params().iter().all(|p| p.is_finite()));
}

const NEVER: usize = usize::MAX;

#[test]
fn a_loss_that_is_not_finite_names_the_layer_and_keeps_weights_that_gave_a_finite_one() {
    let (x, y) = (array![[1.0], [2.0]], array![[0.0], [1.0]]);
    let data = Batch::new(x.view(), &*y).expect("valid data");
    // Finite weights whose product is not: it overflows in the third layer.
    let layers = (Dense::linear(2), Dense::linear(2), Dense::linear(1));
    let mut params = vec![1.0; 4 + 6 + 3];
    params[10] = f64::MAX;
    let mut network = Network::from_params(1, layers, params.clone()).expect("thirteen parameters");
    let error = trainer().fit(&mut network, &HalfSquaredError::mean(), data, None).unwrap_err();
    assert!(error.to_string().starts_with("the loss became "), "{error}");
    assert!(error.to_string().contains(" in epoch 1, batch 1, first in layers.2 (Dense); "), "{error}");
    assert_eq!(network.params(), params);
    let dynamic =
        smallnet::Sequential::new().then(Dense::linear(2)).then(Dense::linear(2)).then(Dense::linear(1));
    let mut network = Network::from_params(1, dynamic, params).expect("thirteen parameters");
    let error = trainer().fit(&mut network, &HalfSquaredError::mean(), data, None).unwrap_err();
    assert!(error.to_string().contains("first in layers.2 (Dense); "), "{error}");

    // One giant step: the weights are finite after it, the loss is not, and no report may say that all is well.
    let mut network = Network::<f64, _>::new(1, Dense::linear(1), 0).expect("it fits");
    let before = network.params().to_vec();
    let mut trainer = Trainer::new(Sgd::new()).learning_rate(1e200).epochs(1);
    let error = trainer.fit(&mut network, &HalfSquaredError::mean(), data, None).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the training loss became inf in epoch 1, batch 1, after its last step")
    );
    assert_eq!(network.params(), before);
}

#[test]
fn a_learning_rate_that_rounds_to_0_is_refused() {
    let data = NoisyXor::default().generate::<f32>(0).expect("default settings");
    let mut network = Network::<f32, _>::new(2, (Dense::new(3, Tanh), Dense::linear(2)), 0).expect("it fits");
    let mut trainer = Trainer::new(Sgd::new()).learning_rate(1e-50);
    let error = trainer.fit(&mut network, &SoftmaxCrossEntropy::mean(), data.view(), None).unwrap_err();
    assert!(error.to_string().starts_with("learning rate is 1e-50; expected "), "{error}");
}

#[test]
fn a_link_that_is_applied_twice_is_refused() {
    let data = NoisyXor::default().generate::<f64>(0).expect("default settings");
    let message = |error: TrainError| error.to_string();
    let doubled = |ending| {
        format!(
            "the network ends in {ending}, and its loss applies that function itself: end it in `Dense::linear` \
             instead, or use a loss on probabilities"
        )
    };
    let softmax = (Dense::new(3, Tanh), (Dense::linear(2), smallnet::Softmax));
    let mut network = Network::new(2, softmax, 0).expect("it fits");
    let error = trainer().fit(&mut network, &SoftmaxCrossEntropy::mean(), data.view(), None).unwrap_err();
    assert_eq!(message(error), doubled("Softmax"));
    trainer().fit(&mut network, &CrossEntropy::mean(), data.view(), None).expect("its own loss");

    let mut network = Network::new(2, Dense::new(1, smallnet::Sigmoid), 0).expect("it fits");
    let error = trainer().fit(&mut network, &BinaryCrossEntropy::mean(), data.view(), None).unwrap_err();
    assert_eq!(message(error), doubled("Sigmoid"));
    let layers =
        smallnet::Sequential::new().then(Dense::linear(1)).then(smallnet::Activate(smallnet::Sigmoid));
    let mut network = Network::new(2, layers, 0).expect("it fits");
    let error = trainer().fit(&mut network, &BinaryCrossEntropy::mean(), data.view(), None).unwrap_err();
    assert_eq!(message(error), doubled("Sigmoid"));

    let mut network = Network::new(2, Dense::linear(1), 0).expect("it fits");
    trainer().fit(&mut network, &BinaryCrossEntropy::mean(), data.view(), None).expect("logits");
    let error = trainer().fit(&mut network, &SoftmaxCrossEntropy::mean(), data.view(), None).unwrap_err();
    assert_eq!(message(error), "expected 2 or more outputs for a softmax, found 1");
}

/// Records the ends it was told of: the reason, or none after an error.
struct Ended<'a>(&'a mut Vec<Option<StopReason>>);

impl smallnet::Callback<f64> for Ended<'_> {
    fn on_epoch(&mut self, _: &mut Epoch<'_, f64>) -> ControlFlow<StopReason> {
        ControlFlow::Continue(())
    }
    fn on_end(&mut self, end: &mut End<'_, f64>) {
        self.0.push(end.reason.cloned());
    }
}

#[test]
fn early_stopping_gives_the_best_weights_back_on_every_exit() {
    let data = RotatedSpirals { samples_per_arm: 12, noise: 0.5, ..Default::default() };
    let (train, validation) =
        (data.generate::<f64>(0).expect("valid"), data.generate::<f64>(1).expect("valid"));
    let layers = || (Dense::new(15, Tanh), Dense::linear(4));
    // Runs until `exit` and gives the validation losses of all epochs and that of the weights it leaves.
    let run = |patience: usize, epochs: usize, stop_at: usize, break_at: usize| {
        let mut network = Network::new(2, layers(), 0).expect("it fits");
        let (mut losses, mut ended) = (Vec::new(), Vec::new());
        let watch = |epoch: &mut Epoch<'_, f64>| {
            losses.push(epoch.validation().expect("there is a validation set").loss);
            if epoch.number() == stop_at {
                return ControlFlow::Break(StopReason::Callback("enough".into()));
            }
            ControlFlow::Continue(())
        };
        let optimizer = Breaks { step: break_at, param: 0, value: f64::NAN, steps: 0 };
        let mut trainer = Trainer::new(optimizer)
            .learning_rate(2.0)
            .full_batch()
            .epochs(epochs)
            .callback(EarlyStopping::new(patience))
            .callback(watch)
            .callback(Ended(&mut ended));
        let (train, validation) = (train.view(), validation.view());
        let outcome = trainer.fit(&mut network, &SoftmaxCrossEntropy::mean(), train, Some(validation));
        drop(trainer);
        let mut workspace = smallnet::Workspace::new();
        let left = network.forward(validation.x(), &mut workspace).expect("it fits");
        let left = left.loss(&SoftmaxCrossEntropy::mean(), validation.y(), None).expect("valid labels");
        let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(left, best, "the weights left behind are the best");
        assert_ne!(losses.last(), Some(&best), "the last epoch must not be the best, or nothing is shown");
        assert_eq!(ended.len(), 1, "told of the end once");
        (outcome, ended.remove(0), best)
    };
    let (outcome, ended, best) = run(25, 5000, NEVER, NEVER);
    let report = outcome.expect("it trains");
    let StopReason::EarlyStopping { best_epoch, best: best_loss, .. } = report.reason else {
        panic!("{}", report.reason)
    };
    assert_eq!((report.epochs, best_loss), (best_epoch + 25, best));
    assert_eq!(
        report.validation.map(|score| score.loss),
        Some(best),
        "the report speaks of the weights left behind"
    );
    assert_eq!(ended, Some(report.reason));

    let (outcome, ended, _) = run(NEVER, best_epoch + 10, NEVER, NEVER);
    assert_eq!((outcome.expect("it trains").reason, ended), (StopReason::Epochs, Some(StopReason::Epochs)));

    let (outcome, ended, _) = run(NEVER, 5000, best_epoch + 10, NEVER);
    let reason = StopReason::Callback("enough".into());
    assert_eq!((outcome.expect("it trains").reason, ended), (reason.clone(), Some(reason)));

    let (outcome, ended, _) = run(NEVER, 5000, NEVER, best_epoch + 10);
    assert!(matches!(outcome, Err(TrainError::NotFinite { .. })));
    assert_eq!(ended, None, "an error is no reason");
}
