//! L-BFGS and Levenberg-Marquardt in the trainer: SciPy's minimisers, exact solutions, and what is refused.

use ndarray::{Array2, ArrayRef2, Axis};
use nn_core::{
    Batch, BatchNorm, Dense, Dropout, HalfSquaredError, Identity, Layer, Loss, MeanAbsoluteError,
    MeanSquaredError, Network, Reduction, SoftmaxCrossEntropy, Tanh, Targets,
};
use nn_train::{
    Ema, Group, Groups, Lbfgs, LevenbergMarquardt, MaxNorm, Optimizer, Report, StopReason, TrainError,
    Trainer,
};
use serde_json::Value;

const SAMPLES: usize = 40;

type Mlp = (Dense<Tanh>, Dense<Identity>);

fn features() -> Array2<f64> {
    Array2::from_shape_fn((SAMPLES, 3), |(n, j)| match j {
        0 => (7 * n % 19) as f64 / 19.0 - 0.5,
        1 => ((5 * n + 3) % 17) as f64 / 17.0 - 0.5,
        _ => ((3 * n + 1) % 13) as f64 / 13.0 - 0.5,
    })
}

fn labels() -> Vec<usize> {
    (0..SAMPLES).map(|n| (n * n + n / 3) % 3).collect()
}

fn values(x: &Array2<f64>) -> Array2<f64> {
    Array2::from_shape_fn((SAMPLES, 2), |(n, k)| match k {
        0 => (3.0 * x[[n, 0]]).sin() + x[[n, 1]],
        _ => x[[n, 2]].powi(2) - x[[n, 0]],
    })
}

fn fixture(part: &str) -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/second_order.json");
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    let values: Value = serde_json::from_str(&text).expect("it is JSON");
    values[part].clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

#[track_caller]
fn close<'a>(found: impl IntoIterator<Item = &'a f64>, expected: &[f64], tolerance: f64) {
    let found: Vec<f64> = found.into_iter().copied().collect();
    assert_eq!(found.len(), expected.len());
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= tolerance, "{i}: found {a}, expected {b}");
    }
}

/// A run to the end, on which no recorded loss is above the one before.
fn minimised<L, O, P, Y>(
    network: &mut Network<f64, L>,
    optimizer: O,
    l2: f64,
    loss: &P,
    data: Batch<'_, f64, Y>,
) -> Report
where
    L: Layer<f64>,
    O: Optimizer<f64>,
    P: Loss<f64, Y>,
    Y: Targets<f64> + ?Sized,
{
    let mut trainer = Trainer::new(optimizer).full_batch().l2(l2).epochs(5000);
    let report = trainer.fit(network, loss, data, None).expect("it trains");
    for pair in report.history.records().windows(2) {
        let [before, after] = [pair[0].train_loss, pair[1].train_loss];
        assert!(after <= before * (1.0 + 1e-14), "epoch {}: from {before} to {after}", pair[1].epoch);
    }
    assert!(!matches!(report.reason, StopReason::Epochs), "{report}");
    report
}

fn tight() -> (Lbfgs, LevenbergMarquardt) {
    (
        Lbfgs::new().gradient_tolerance(1e-10).change_tolerance(0.0),
        LevenbergMarquardt::new().gradient_tolerance(1e-10).change_tolerance(0.0),
    )
}

#[test]
fn the_minimum_of_a_softmax_regression_is_scipys() {
    let (x, y, expected) = (features(), labels(), fixture("softmax_regression"));
    let (params, loss) = (numbers(&expected["params"]), expected["loss"].as_f64().expect("a number"));
    let data = Batch::new(x.view(), &y[..]).expect("valid data");
    let start = || Network::from_params(3, Dense::linear(3), vec![0.0; 12]).expect("twelve parameters");
    let (lbfgs, marquardt) = tight();
    let (mut first, mut second) = (start(), start());
    let cross_entropy = SoftmaxCrossEntropy::sum();
    let reports = [
        minimised(&mut first, lbfgs, 0.1, &cross_entropy, data),
        minimised(&mut second, marquardt, 0.1, &cross_entropy, data),
    ];
    for (network, report) in [first, second].iter().zip(&reports) {
        close(network.params(), &params, 1e-6);
        close([&report.train.loss], &[loss / SAMPLES as f64], 1e-12);
    }
    // Newton's method, nearly: the loss is convex, and its Gauss-Newton matrix the Hessian.
    assert!(reports[0].epochs < 60 && reports[1].epochs < 15, "{} and {}", reports[0], reports[1]);
}

#[test]
fn the_minimum_of_a_network_is_scipys() {
    let (x, expected) = (features(), fixture("network"));
    let (start, outputs) = (numbers(&expected["start"]), numbers(&expected["outputs"]));
    let loss = expected["loss"].as_f64().expect("a number") / SAMPLES as f64;
    let y = values(&x);
    let data = Batch::new(x.view(), &*y).expect("valid data");
    let network = || {
        let layers = (Dense::new(4, Tanh), Dense::linear(2));
        Network::from_params(3, layers, start.clone()).expect("26 parameters")
    };
    let (lbfgs, marquardt) = tight();
    let (mut first, mut second) = (network(), network());
    let reports = [
        minimised(&mut first, lbfgs, 0.01, &HalfSquaredError::sum(), data),
        minimised(&mut second, marquardt, 0.01, &HalfSquaredError::sum(), data),
    ];
    // Units can change places and signs, so the parameters may differ; what the network computes does not.
    for (network, report) in [first, second].iter().zip(&reports) {
        close([&report.train.loss], &[loss], 1e-11);
        close(&network.predict(x.view()).expect("valid data"), &outputs, 1e-5);
    }
}

/// On a linear network with a squared error, one step with next to no damping solves the normal equations
/// (Xᵀ S X + λ) w = Xᵀ S y, with the sample weights, the reduction's factor, and λ on weights.
#[test]
fn a_step_of_levenberg_and_marquardt_solves_the_normal_equations() {
    let x = features();
    let y = values(&x);
    let weights: Vec<f64> = (0..SAMPLES).map(|n| (n % 4) as f64).collect();
    let data = Batch::new(x.view(), &*y).expect("valid data");
    let losses: [&dyn Loss<f64, ArrayRef2<f64>>; 4] = [
        &HalfSquaredError::sum(),
        &HalfSquaredError::mean(),
        &MeanSquaredError::sum(),
        &MeanSquaredError::mean(),
    ];
    for (loss, curvature) in losses.into_iter().zip([1.0, 1.0, 2.0, 2.0]) {
        for weights in [None, Some(&weights[..])] {
            let data = weights.map_or(Ok(data), |weights| data.with_weights(weights)).expect("valid weights");
            let optimizer = LevenbergMarquardt::new().damping(1e-13);
            let mut trainer = Trainer::new(optimizer).full_batch().l2(0.05).epochs(1);
            let mut network = Network::<f64, _>::new(3, Dense::linear(2), 5).expect("it fits");
            trainer.fit(&mut network, loss, data, None).expect("it trains");
            let divisor = match loss.reduction() {
                Reduction::Mean => loss.divisor(2, &y, weights),
                _ => 1.0,
            };
            let error = network.predict(x.view()).expect("valid data") - &y;
            for k in 0..2 {
                let residual = |feature: &dyn Fn(usize) -> f64| -> f64 {
                    let weight = |n: usize| curvature * weights.map_or(1.0, |weights| weights[n]) / divisor;
                    (0..SAMPLES).map(|n| weight(n) * error[[n, k]] * feature(n)).sum()
                };
                let w = network.param("weight").or(network.param("layers.weight")).expect("a weight");
                for j in 0..3 {
                    let left = residual(&|n| x[[n, j]]) + 0.05 * w[[k, j]];
                    assert!(left.abs() < 1e-9, "weight [{k}, {j}]: {left}");
                }
                assert!(residual(&|_| 1.0).abs() < 1e-9, "bias {k}");
            }
        }
    }
}

/// 300 samples of 4 outputs are more rows than are multiplied at a time, with a rest; 45 parameters.
#[test]
fn the_gauss_newton_matrix_gives_newtons_step_where_it_is_the_hessian() {
    let x = Array2::from_shape_fn((300, 8), |(n, j)| ((n * (j + 3) + j * j) % 23) as f64 / 23.0 - 0.5);
    let labels: Vec<usize> = (0..300).map(|n| (n * n + n / 7) % 5).collect();
    let data = Batch::new(x.view(), &labels[..]).expect("valid data");
    let mut network = Network::<f64, _>::new(8, Dense::linear(5), 0).expect("it fits");
    let report = minimised(&mut network, tight().1.damping(1e-10), 0.5, &SoftmaxCrossEntropy::sum(), data);
    assert!(report.epochs <= 8, "{report}");
    assert!(matches!(report.reason, StopReason::Flat { .. }), "{report}");
}

fn mlp() -> Network<f64, Mlp> {
    Network::new(3, (Dense::new(4, Tanh), Dense::linear(2)), 1).expect("it fits")
}

#[test]
fn a_run_in_parts_is_the_run_in_one() {
    fn check<O: Optimizer<f64> + Clone + serde::Serialize + serde::de::DeserializeOwned>(optimizer: &O) {
        let x = features();
        let y = values(&x);
        let data = Batch::new(x.view(), &*y).expect("valid data");
        let run = |network: &mut Network<f64, Mlp>, optimizer: &O, epochs| -> O {
            let mut trainer = Trainer::new(optimizer.clone()).full_batch().epochs(epochs);
            trainer.fit(network, &MeanSquaredError::mean(), data, None).expect("it trains");
            let json = serde_json::to_string(trainer.optimizer()).expect("it can be written");
            serde_json::from_str(&json).expect("it can be read")
        };
        let (mut whole, mut parts) = (mlp(), mlp());
        let long = run(&mut whole, optimizer, 24);
        let first = run(&mut parts, optimizer, 11);
        let second = run(&mut parts, &first, 13);
        assert_eq!(parts.params(), whole.params());
        assert_eq!(format!("{second:?}"), format!("{long:?}"));
    }
    check(&Lbfgs::<f64>::new().history(4));
    check(&LevenbergMarquardt::<f64>::new());
    check(&Ema::<_, f64>::new(Lbfgs::<f64>::new(), 0.5));
}

#[test]
fn statistics_follow_the_parameters() {
    let x = features();
    let y = values(&x);
    let data = Batch::new(x.view(), &*y).expect("valid data");
    let layers = (BatchNorm::new(), Dense::new(4, Tanh), Dense::linear(2));
    let mut network = Network::<f64, _>::new(3, layers, 1).expect("it fits");
    let before = network.state().to_vec();
    let mut trainer = Trainer::new(Lbfgs::new()).full_batch().epochs(300);
    let report = trainer.fit(&mut network, &MeanSquaredError::mean(), data, None).expect("it trains");
    assert_ne!(network.state(), before);
    let means = x.mean_axis(Axis(0)).expect("samples");
    close(&network.state()[..3], means.as_slice().expect("in order"), 1e-6);
    assert!(report.train.loss < 1e-2, "{report}");
}

/// Why a run is refused, before anything is changed.
fn refusal<L, O, P>(mut trainer: Trainer<'_, f64, O>, layers: L, loss: &P) -> String
where
    L: Layer<f64>,
    O: Optimizer<f64>,
    P: Loss<f64, ArrayRef2<f64>> + ?Sized,
{
    let x = features();
    let y = values(&x);
    let data = Batch::new(x.view(), &*y).expect("valid data");
    let mut network = Network::new(3, layers, 1).expect("it fits");
    let (params, link) = (network.params().to_vec(), network.link());
    let error = trainer.fit(&mut network, loss, data, None).expect_err("it is refused");
    assert!(matches!(error, TrainError::Invalid(_)), "{error}");
    assert_eq!((network.params(), network.link()), (&params[..], link));
    error.to_string()
}

#[test]
fn what_does_not_go_together_is_refused() {
    let layers = || (Dense::new(4, Tanh), Dense::linear(2));
    let loss = &MeanSquaredError::mean();
    let lbfgs = || Trainer::new(Lbfgs::new());
    let marquardt = || Trainer::new(LevenbergMarquardt::new()).full_batch();
    assert_eq!(
        refusal(lbfgs(), layers(), loss),
        "batch size is 32; expected all samples, by `full_batch()`: a second-order optimizer needs the same loss at \
         every look"
    );
    let expected = "l1 is 0.1; expected 0: a second-order optimizer needs a loss without kinks; l2 has none";
    assert_eq!(refusal(lbfgs().full_batch().l1(0.1), layers(), loss), expected);
    let expected = "clip norm is 1; expected none: a second-order optimizer finds the length of its steps by the \
                    gradient as it is";
    assert_eq!(refusal(lbfgs().full_batch().clip_norm(1.0), layers(), loss), expected);
    let noisy = (Dense::new(4, Tanh), Dropout::new(0.1), Dense::linear(2));
    assert_eq!(
        refusal(lbfgs().full_batch(), noisy, loss),
        "the network is one whose outputs differ between two passes in training; expected one without noise such as \
         dropout: a second-order optimizer needs the same loss at every look"
    );
    assert_eq!(
        refusal(marquardt(), (BatchNorm::new(), Dense::linear(2)), loss),
        "the network is one with such a layer, as batch normalisation is; expected one without layers that mix \
         samples: a Gauss-Newton step needs the derivatives of each sample"
    );
    assert_eq!(
        refusal(marquardt(), layers(), &MeanAbsoluteError::mean()),
        "the loss is one without; expected one that gives `Loss::hessian`, a squared error or a cross-entropy of \
         logits, for a Gauss-Newton step"
    );
    for within in [
        refusal(Trainer::new(MaxNorm::new(Lbfgs::<f64>::new(), 1.0)), layers(), loss),
        refusal(
            Trainer::new(
                Groups::new(LevenbergMarquardt::<f64>::new()).group(Group::named("layers.0").frozen()),
            ),
            layers(),
            loss,
        ),
    ] {
        assert!(within.contains("expected one that needs the gradient alone, such as Adam"), "{within}");
    }
}

#[test]
fn a_loss_that_is_not_finite_keeps_the_network() {
    let x = features();
    let y = values(&x).mapv(|y| y * 1e300);
    let data = Batch::new(x.view(), &*y).expect("valid data");
    let mut network = mlp();
    let mut trainer = Trainer::new(Lbfgs::new()).full_batch();
    let error = trainer.fit(&mut network, &MeanSquaredError::mean(), data, None).expect_err("inf");
    assert!(matches!(error, TrainError::NotFinite { what: "the loss", epoch: 1, .. }), "{error}");
    assert_eq!(network, {
        let mut untouched = mlp();
        untouched.set_link(nn_core::Link::Identity);
        untouched
    });
}
