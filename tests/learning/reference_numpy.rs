//! The reference, run in NumPy and float64, against ours: parameters, loss curve, stopping epoch, predictions.
//!
//! `fixtures/README.md` says what each file holds.

use ndarray::{Array2, Axis};
use serde::Deserialize;
use smallnet::{
    Activation, Batch, Converged, Dense, Every, Identity, Network, Record, Sgd, Sigmoid, SoftmaxCrossEntropy,
    StopReason, Tanh, Trainer,
};

#[derive(Deserialize)]
struct Reference {
    layers: [usize; 3],
    x: Vec<[f64; 2]>,
    y: Vec<usize>,
    init: Params,
    params_after: std::collections::BTreeMap<usize, Params>,
    losses: Vec<f64>,
    predictions: Vec<usize>,
}

/// W is (inputs, outputs) there, and (outputs, inputs) here.
#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
struct Params {
    w1: Vec<Vec<f64>>,
    b1: Vec<Vec<f64>>,
    w2: Vec<Vec<f64>>,
    b2: Vec<Vec<f64>>,
}

fn matrix(rows: &[Vec<f64>]) -> Array2<f64> {
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j])
}

impl Params {
    fn flat(&self) -> Vec<f64> {
        let layer =
            |w: &[Vec<f64>], b: &[Vec<f64>]| [matrix(w).t().iter().copied().collect(), b[0].clone()].concat();
        [layer(&self.w1, &self.b1), layer(&self.w2, &self.b2)].concat()
    }
}

type Mlp<A> = (Dense<A>, Dense<Identity>);

impl Reference {
    fn read(file: &str) -> Self {
        let path = format!("{}/fixtures/{file}", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).expect("the fixture is there"))
            .expect("it can be read")
    }

    fn x(&self) -> Array2<f64> {
        Array2::from_shape_fn((self.x.len(), 2), |(n, j)| self.x[n][j])
    }

    fn network<A: Activation>(&self, activation: A) -> Network<f64, Mlp<A>> {
        let [inputs, hidden, outputs] = self.layers;
        let layers = (Dense::new(hidden, activation), Dense::linear(outputs));
        Network::from_params(inputs, layers, self.init.flat()).expect("sizes of the fixture")
    }
}

fn relative(found: f64, expected: f64) -> f64 {
    (found - expected).abs() / expected.abs()
}

/// The settings of the reference: cross-entropy summed over the batch, learning rate and L2 1e-3.
fn trainer<'c>(epochs: usize) -> Trainer<'c, f64, Sgd> {
    Trainer::new(Sgd::new()).learning_rate(1e-3).l2(1e-3).full_batch().epochs(epochs).record_every(100)
}

fn agrees<A: Activation + Copy>(file: &str, activation: A) {
    let reference = Reference::read(file);
    let x = reference.x();
    let train = Batch::new(x.view(), &reference.y[..]).expect("valid data");
    let loss = SoftmaxCrossEntropy::sum();

    assert_eq!(reference.params_after.keys().copied().collect::<Vec<_>>(), [1, 10, 100, 1000]);
    for (&epochs, expected) in &reference.params_after {
        let mut network = reference.network(activation);
        trainer(epochs).fit(&mut network, &loss, train, None).expect("it trains");
        for (i, (&found, expected)) in network.params().iter().zip(expected.flat()).enumerate() {
            let error = relative(found, expected);
            assert!(
                error < 1e-12,
                "{file}, parameter {i} after {epochs} epochs: {found}, not {expected}: {error:.1e}"
            );
        }
    }

    let mut network = reference.network(activation);
    let mut trainer = trainer(20_000).callback(Every(100, Converged::new(1e-5)));
    let report = trainer.fit(&mut network, &loss, train, None).expect("it trains");
    // The reference looks right after the updates 1, 101, 201, ...
    let looks: Vec<&Record> =
        report.history.records().iter().filter(|record| record.epoch % 100 == 1).collect();
    assert_eq!(looks.len(), reference.losses.len(), "{file}: the number of looks");
    for (look, &expected) in looks.iter().zip(&reference.losses) {
        let error = relative(look.train_loss, expected);
        assert!(
            error < 1e-12,
            "{file}, epoch {}: {}, not {expected}: {error:.1e}",
            look.epoch,
            look.train_loss
        );
    }
    let stopped_early = reference.losses.len() < 200;
    assert_eq!(report.epochs, if stopped_early { 100 * reference.losses.len() - 99 } else { 20_000 });
    assert_eq!(matches!(report.reason, StopReason::Converged { .. }), stopped_early, "{:?}", report.reason);
    assert_eq!(network.predict_classes(x.view()).expect("valid data"), reference.predictions);
    let probabilities = network.predict_proba(x.view()).expect("a trained network knows its link");
    for row in probabilities.axis_iter(Axis(0)) {
        assert!((row.sum() - 1.0).abs() < 1e-14);
    }
}

#[test]
fn xor_with_tanh() {
    agrees("numpy_xor_tanh.json", Tanh);
}

#[test]
fn xor_with_sigmoid() {
    agrees("numpy_xor_sigmoid.json", Sigmoid);
}

#[test]
fn spirals_with_tanh() {
    agrees("numpy_spirals_tanh.json", Tanh);
}

#[test]
fn spirals_with_sigmoid() {
    agrees("numpy_spirals_sigmoid.json", Sigmoid);
}
