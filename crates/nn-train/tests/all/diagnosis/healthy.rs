//! No false alarm in runs that went well: neither warning nor error.

use nn_core::{
    Activate, ActivationSpec, Batch, BatchNorm, BinaryCrossEntropy, Dense, Dropout, Gelu, HalfSquaredError,
    Huber, Init, Loss, MeanSquaredError, Network, Relu, Residual, Sequential, SoftmaxCrossEntropy, Tanh,
    Targets, rng,
};
use nn_data::{
    Blobs, Checkerboard, Circles, Classification, CsvOptions, GaussianQuantiles, Moons, NoisyParity,
    NoisySines, NoisyXor, Regression, RotatedSpirals, StandardScaler,
};
use nn_train::{Adam, AdamW, EarlyStopping, Lbfgs, Optimizer, Report, RmsProp, Sgd, Trainer, diagnose};
use serde::Serialize;

/// One run: its network, and how it is trained.
#[derive(Debug, Clone, Copy)]
struct Run {
    hidden: &'static [usize],
    activation: ActivationSpec,
    epochs: usize,
    learning_rate: f64,
    seed: u64,
}

impl Run {
    fn layers(&self, outputs: usize) -> Sequential<f64> {
        let layer = |layers: Sequential<f64>, &units: &usize| layers.then(Dense::new(units, self.activation));
        self.hidden.iter().fold(Sequential::new(), layer).then(Dense::linear(outputs))
    }

    fn check<O, P, Y>(
        &self,
        name: &str,
        optimizer: O,
        loss: &P,
        outputs: usize,
        train: Batch<f64, Y>,
        validation: Option<Batch<f64, Y>>,
    ) where
        O: Optimizer<f64> + Serialize,
        P: Loss<f64, Y>,
        Y: Targets<f64> + ?Sized,
    {
        let layers = self.layers(outputs);
        let mut network = match self.activation {
            ActivationSpec::Relu => {
                Network::with_init(train.x().ncols(), layers, Init::HeNormal, &mut rng(self.seed))
            }
            _ => Network::new(train.x().ncols(), layers, self.seed),
        }
        .expect("it fits");
        let mut trainer =
            Trainer::new(optimizer).learning_rate(self.learning_rate).epochs(self.epochs).seed(self.seed);
        let report: Report = trainer.fit(&mut network, loss, train, validation).expect("it goes well");
        let diagnosis = diagnose(&network, loss, train, validation, Some(&report)).expect("valid");
        println!("{name} {report}\n{diagnosis}");
        assert!(diagnosis.is_healthy(), "{name} {self:?}: {report}\n{diagnosis}");
    }
}

const TANH: ActivationSpec = ActivationSpec::Tanh;
const RELU: ActivationSpec = ActivationSpec::Relu;

fn run(
    hidden: &'static [usize],
    activation: ActivationSpec,
    epochs: usize,
    learning_rate: f64,
    seed: u64,
) -> Run {
    Run { hidden, activation, epochs, learning_rate, seed }
}

fn classes(name: &str, run: Run, data: Classification<f64>) {
    let (train, validation) = data.stratified_split(0.25, run.seed).expect("enough");
    let outputs = data.y().iter().max().expect("samples") + 1;
    let loss = SoftmaxCrossEntropy::mean();
    let (train, validation) = (train.view(), Some(validation.view()));
    match run.seed % 4 {
        0 => run.check(name, Adam::new(), &loss, outputs, train, validation),
        1 => run.check(name, AdamW::new(), &loss, outputs, train, validation),
        2 => run.check(name, RmsProp::new(), &loss, outputs, train, validation),
        _ => run.check(name, Adam::new(), &loss, outputs, train, None),
    }
}

#[test]
fn blobs() {
    for (seed, blobs) in (0..).zip([2, 3, 4, 2, 3, 4]) {
        let data = Blobs { blobs, std: 1.5, ..Blobs::default() };
        classes("blobs", run(&[8], TANH, 40, 0.01, seed), data.generate(seed).expect("valid"));
    }
}

#[test]
fn moons_and_circles() {
    let activations = [TANH, RELU, ActivationSpec::Gelu, ActivationSpec::Elu { alpha: 1.0 }];
    for (seed, activation) in (0..).zip(activations) {
        classes(
            "moons",
            run(&[16, 8], activation, 60, 0.005, seed),
            Moons { noise: 0.2, samples_per_moon: 200 }.generate(seed).expect("valid"),
        );
        classes(
            "circles",
            run(&[16], activation, 100, 0.02, seed),
            Circles::default().generate(seed).expect("valid"),
        );
    }
}

#[test]
fn corners_and_boards() {
    for seed in 0..4 {
        classes("xor", run(&[7], TANH, 60, 0.02, seed), NoisyXor::default().generate(seed).expect("valid"));
        let parity = NoisyParity { samples_per_corner: 40, ..NoisyParity::default() };
        classes("parity", run(&[16], TANH, 120, 0.02, seed), parity.generate(seed).expect("valid"));
        classes(
            "quantiles",
            run(&[16], RELU, 100, 0.01, seed),
            GaussianQuantiles::default().generate(seed).expect("valid"),
        );
    }
    classes(
        "board",
        run(&[32, 32], TANH, 100, 0.01, 1),
        Checkerboard { fields: 3, samples_per_field: 50 }.generate(1).expect("valid"),
    );
}

#[test]
fn spirals() {
    for seed in 0..2 {
        classes(
            "spirals",
            run(&[32, 16], TANH, 120, 0.01, seed),
            RotatedSpirals { noise: 0.1, ..RotatedSpirals::default() }.generate(seed).expect("valid"),
        );
    }
}

#[test]
fn iris_wine_and_digits() {
    let read = |file: &str| {
        let file = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
        CsvOptions::default().read_classes::<f64>(file).expect("a file of the repository")
    };
    for seed in 0..4 {
        classes("iris", run(&[8], TANH, 60, 0.02, seed), read("fixtures/iris.csv"));
        let wine = read("fixtures/wine.csv");
        let scaler = StandardScaler::fit(wine.x()).expect("samples");
        classes("wine", run(&[8], RELU, 40, 0.01, seed), wine.scaled(&scaler).expect("the same columns"));
    }
    let digits =
        read("../../../examples/data/digits.csv").map_features(|_, grey| grey / 16.0).expect("finite");
    let some = digits.select(&(0..600).collect::<Vec<_>>()).expect("there are 1797");
    classes("digits", run(&[16], RELU, 20, 0.01, 0), some);
}

fn values<P: Loss<f64, ndarray::ArrayRef2<f64>>>(name: &str, run: Run, data: Regression<f64>, loss: &P) {
    let (train, validation) = data.split(0.25, run.seed).expect("enough");
    let outputs = data.y().ncols();
    let (train, validation) = (train.view(), Some(validation.view()));
    match run.seed % 2 {
        0 => run.check(name, Adam::new(), loss, outputs, train, validation),
        _ => run.check(name, Sgd::new().momentum(0.9), loss, outputs, train, validation),
    }
}

#[test]
fn curves_and_planes() {
    for seed in 0..4 {
        let run = run(&[16, 16], TANH, 100, 0.01, seed);
        values("sines", run, NoisySines::default().generate(seed).expect("valid"), &MeanSquaredError::mean());
        let plane = ndarray::Array2::from_shape_fn((150, 3), |(n, j)| {
            ((n * (7 + 4 * j) + 3 * j * j) % 151) as f64 / 75.0 - 1.0
        });
        let y = ndarray::Array2::from_shape_fn((150, 2), |(n, k)| {
            plane[[n, k]] - 0.5 * plane[[n, 2]] * plane[[n, 1]]
        });
        values(
            "plane",
            Run { epochs: 200, hidden: &[12], ..run },
            Regression::new(plane.clone(), y.clone()).expect("valid"),
            &HalfSquaredError::mean(),
        );
        values(
            "plane",
            Run { epochs: 200, hidden: &[12], ..run },
            Regression::new(plane.clone(), y).expect("valid"),
            &Huber::mean(),
        );
        let yes =
            plane.map_axis(ndarray::Axis(1), |x| f64::from(x[0] > x[1] * x[2])).insert_axis(ndarray::Axis(1));
        values(
            "yes",
            Run { epochs: 200, hidden: &[12], ..run },
            Regression::new(plane, yes).expect("valid"),
            &BinaryCrossEntropy::mean(),
        );
    }
}

/// Other layers, number types, and optimizers.
#[test]
fn blocks_single_precision_and_second_order() {
    let loss = SoftmaxCrossEntropy::mean();
    let moons = Moons { noise: 0.2, samples_per_moon: 200 };
    for seed in 20..22 {
        let (train, validation) =
            moons.generate::<f32>(seed).and_then(|data| data.stratified_split(0.25, seed)).expect("enough");
        let block = Residual((Dense::new(16, Relu), Dropout::new(0.1), Dense::linear(16)));
        let layers = (Dense::linear(16), BatchNorm::new(), Activate(Gelu), block, Dense::linear(2));
        let mut network = Network::<f32, _>::new(2, layers, seed).expect("it fits");
        let mut trainer = Trainer::new(Adam::new()).epochs(60).callback(EarlyStopping::new(20));
        let (train, validation) = (train.view(), Some(validation.view()));
        let report = trainer.fit(&mut network, &loss, train, validation).expect("it goes well");
        let diagnosis = diagnose(&network, &loss, train, validation, Some(&report)).expect("valid");
        assert!(diagnosis.is_healthy(), "{report}\n{diagnosis}");
    }
    for seed in 20..22 {
        let (train, validation) = NoisySines::default()
            .generate::<f64>(seed)
            .and_then(|data| data.split(0.25, seed))
            .expect("enough");
        let mut network =
            Network::<f64, _>::new(train.features(), (Dense::new(6, Tanh), Dense::linear(1)), seed)
                .expect("it fits");
        let mut trainer = Trainer::new(Lbfgs::new()).learning_rate(1.0).full_batch().epochs(40);
        let loss = MeanSquaredError::sum();
        let (train, validation) = (train.view(), Some(validation.view()));
        let report = trainer.fit(&mut network, &loss, train, validation).expect("it goes well");
        let diagnosis = diagnose(&network, &loss, train, validation, Some(&report)).expect("valid");
        assert!(diagnosis.is_healthy(), "{report}\n{diagnosis}");
    }
}
