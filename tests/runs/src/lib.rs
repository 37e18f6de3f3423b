//! Short training runs that between them use every kind of layer, loss and optimizer, and the fingerprints that they come
//! to: the same programs for the native test, for other CPUs, and for WebAssembly.

use ndarray::{Array2, ArrayRef2};
use smallnet::{
    Activate, Activation, Adadelta, Adagrad, Adam, AdamW, Adamax, AlphaDropout, Batch, BatchNorm,
    BinaryCrossEntropy, BinaryCrossEntropyOfProbabilities, Celu, CrossEntropy, Dense, Dropout, Elu, Ema,
    Fingerprint, Focal, Gaussian, GaussianNll, GaussianNoise, Gelu, GeluTanh, Group, Groups,
    HalfSquaredError, HardSigmoid, HardSwish, HardTanh, Hinge, Huber, Identity, Init, KlDivergence, Layer,
    LayerNorm, Lbfgs, LeakyRelu, LevenbergMarquardt, Lion, LogCosh, LogSigmoid, LogSoftmax, Loss, MaxNorm,
    MeanAbsoluteError, MeanSquaredError, Mish, NAdam, Network, Nll, NoisyXor, Normalize, Optimizer, PRelu,
    Parallel, ParamKind, Pinball, PoissonNll, RAdam, Relu, Relu6, Residual, RmsNorm, RmsProp, RotatedSpirals,
    Rprop, Scalar, Schedule, Selu, Sequential, Sgd, Sigmoid, Silu, Sine, SmoothL1, Softmax,
    SoftmaxCrossEntropy, Softplus, Softsign, SquaredHinge, Tanh, TanhShrink, Targets, Trainer, rng, schedule,
};

/// A run by its name.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// What it is of.
    pub name: &'static str,
    /// Trains, and gives a hash of settings, data, parameters and predictions.
    pub fingerprint: fn() -> u64,
}

/// All of them.
pub const RUNS: [Run; 22] = [
    Run { name: "spirals_f64", fingerprint: spirals::<f64> },
    Run { name: "spirals_f32", fingerprint: spirals::<f32> },
    Run { name: "xor_f64", fingerprint: xor::<f64> },
    Run { name: "xor_f32", fingerprint: xor::<f32> },
    Run { name: "activations_f64", fingerprint: activations::<f64> },
    Run { name: "activations_f32", fingerprint: activations::<f32> },
    Run { name: "optimizers_f64", fingerprint: optimizers::<f64> },
    Run { name: "optimizers_f32", fingerprint: optimizers::<f32> },
    Run { name: "schedules_f64", fingerprint: schedules::<f64> },
    Run { name: "schedules_f32", fingerprint: schedules::<f32> },
    Run { name: "settings_f64", fingerprint: settings::<f64> },
    Run { name: "settings_f32", fingerprint: settings::<f32> },
    Run { name: "layers_f64", fingerprint: layers::<f64> },
    Run { name: "layers_f32", fingerprint: layers::<f32> },
    Run { name: "losses_of_classes_f64", fingerprint: losses_of_classes::<f64> },
    Run { name: "losses_of_classes_f32", fingerprint: losses_of_classes::<f32> },
    Run { name: "losses_of_values_f64", fingerprint: losses_of_values::<f64> },
    Run { name: "losses_of_values_f32", fingerprint: losses_of_values::<f32> },
    Run { name: "initial_weights_f64", fingerprint: initial_weights::<f64> },
    Run { name: "initial_weights_f32", fingerprint: initial_weights::<f32> },
    Run { name: "batches_f64", fingerprint: batches::<f64> },
    Run { name: "batches_f32", fingerprint: batches::<f32> },
];

const VALID: &str = "valid settings and data";

/// Numbers from -1 to 1 without a function of the platform.
fn table<T: Scalar>(rows: usize, columns: usize) -> Array2<T> {
    Array2::from_shape_fn((rows, columns), |(n, j)| {
        T::of(((31 * n + 17 * j + n * j) % 255) as f64 / 127.5 - 1.0)
    })
}

/// A dynamic network, so that less is compiled.
macro_rules! chain {
    ($($layer:expr),+ $(,)?) => { Sequential::new()$(.then($layer))+ };
}

/// Trains, predicts, and hashes both.
fn train<T, L, P, Y, O>(layers: L, loss: &P, data: Batch<'_, T, Y>, trainer: Trainer<'_, T, O>) -> u64
where
    T: Scalar,
    L: Layer<T>,
    P: Loss<T, Y>,
    Y: Targets<T> + ?Sized,
    O: Optimizer<T>,
{
    let mut trainer = trainer.seed(7);
    let mut network = Network::new(data.x().ncols(), layers, 7).expect(VALID);
    let report = trainer.fit(&mut network, loss, data, None).expect(VALID);
    let mut hash = Fingerprint::new();
    hash.integer(report.fingerprint);
    hash.scalars(network.params());
    hash.scalars(network.state());
    hash.scalars(network.predict_proba(data.x()).expect(VALID).as_slice().expect("rows side by side"));
    hash.scalars(&[report.train.loss]);
    hash.finish()
}

fn all(hashes: impl IntoIterator<Item = u64>) -> u64 {
    let mut hash = Fingerprint::new();
    hashes.into_iter().for_each(|one| hash.integer(one));
    hash.finish()
}

fn classes() -> (Array2<f64>, Vec<usize>) {
    (table(70, 5), (0..70).map(|n| (n * n) % 3).collect())
}

fn spirals<T: Scalar>() -> u64 {
    let data = RotatedSpirals::default().generate::<T>(1).expect(VALID);
    let trainer = Trainer::new(Sgd::new()).learning_rate(1e-3).l2(1e-3).full_batch().epochs(200);
    let layers = (Dense::new(15, Tanh), Dense::linear(4));
    let fixed = train(layers, &SoftmaxCrossEntropy::sum(), data.view(), trainer);
    let trainer = Trainer::new(Sgd::new()).learning_rate(1e-3).l2(1e-3).full_batch().epochs(200);
    let layers = Sequential::new().then(layers.0).then(layers.1);
    let dynamic = train(layers, &SoftmaxCrossEntropy::sum(), data.view(), trainer);
    assert_eq!(fixed, dynamic, "static and dynamic networks agree");
    fixed
}

fn xor<T: Scalar>() -> u64 {
    let data = NoisyXor::default().generate::<T>(1).expect(VALID);
    let trainer = Trainer::new(Sgd::new().momentum(0.9)).learning_rate(0.1).batch_size(32).epochs(10);
    let layers = chain![Dense::new(7, Sigmoid), Dense::linear(2)];
    train(layers, &SoftmaxCrossEntropy::mean().label_smoothing(0.1), data.view(), trainer)
}

fn with_activation<T: Scalar>(activation: impl Activation + 'static) -> u64 {
    let (x, labels) = classes();
    let x = x.mapv(|x| T::of(2.0 * x));
    let trainer = Trainer::new(Adam::new()).batch_size(17).epochs(5);
    let data = Batch::new(x.view(), &labels[..]).expect(VALID);
    train(chain![Dense::new(9, activation), Dense::linear(3)], &SoftmaxCrossEntropy::mean(), data, trainer)
}

fn activations<T: Scalar>() -> u64 {
    all([
        with_activation::<T>(Tanh),
        with_activation::<T>(TanhShrink),
        with_activation::<T>(Sigmoid),
        with_activation::<T>(LogSigmoid),
        with_activation::<T>(Relu),
        with_activation::<T>(Elu::default()),
        with_activation::<T>(Celu::default()),
        with_activation::<T>(Selu),
        with_activation::<T>(Softplus),
        with_activation::<T>(Gelu),
        with_activation::<T>(GeluTanh),
        with_activation::<T>(Silu),
        with_activation::<T>(HardSwish),
        with_activation::<T>(Mish),
        with_activation::<T>(Sine),
        with_activation::<T>(Gaussian),
    ])
}

fn values<T: Scalar>() -> (Array2<T>, Array2<T>) {
    let x = table::<T>(70, 3);
    let y = Array2::from_shape_fn((70, 2), |(n, k)| x[[n, k]] * x[[n, k + 1]]);
    (x, y)
}

fn with_optimizer<T: Scalar, O: Optimizer<T>>(optimizer: O, batch: usize) -> u64 {
    let (x, y) = values::<T>();
    let y: &ArrayRef2<T> = &y;
    let trainer = Trainer::new(optimizer).batch_size(batch).epochs(6);
    let data = Batch::new(x.view(), y).expect(VALID);
    train(chain![Dense::new(6, Tanh), Dense::linear(2)], &MeanSquaredError::mean(), data, trainer)
}

fn optimizers<T: Scalar>() -> u64 {
    all([
        with_optimizer::<T, _>(Sgd::new().momentum(0.9).nesterov(), 16),
        with_optimizer::<T, _>(Adagrad::new(), 16),
        with_optimizer::<T, _>(Adadelta::new(), 16),
        with_optimizer::<T, _>(RmsProp::new(), 16),
        with_optimizer::<T, _>(Adam::new(), 16),
        with_optimizer::<T, _>(AdamW::new(), 16),
        with_optimizer::<T, _>(Adamax::new(), 16),
        with_optimizer::<T, _>(NAdam::new(), 16),
        with_optimizer::<T, _>(RAdam::new(), 16),
        with_optimizer::<T, _>(Lion::new(), 16),
        with_optimizer::<T, _>(Rprop::new(), 70),
        with_optimizer::<T, _>(Ema::new(Adam::new(), 0.9), 16),
        with_optimizer::<T, _>(MaxNorm::new(Sgd::new(), 1.0), 16),
        with_optimizer::<T, _>(Lbfgs::new(), 70),
        with_optimizer::<T, _>(LevenbergMarquardt::new(), 70),
    ])
}

fn with_schedule<T: Scalar>(schedule: impl Schedule + Send) -> u64 {
    let (x, y) = values::<T>();
    let y: &ArrayRef2<T> = &y;
    let trainer = Trainer::new(Sgd::new()).learning_rate(0.1).batch_size(16).epochs(8).schedule(schedule);
    let data = Batch::new(x.view(), y).expect(VALID);
    let layers = chain![Dense::new(6, Tanh), Dense::linear(2)];
    train(layers, &MeanSquaredError::mean(), data, trainer.clip_norm(0.5).l1(1e-4))
}

fn schedules<T: Scalar>() -> u64 {
    all([
        with_schedule::<T>(schedule::Cosine::new(8)),
        with_schedule::<T>(schedule::Polynomial::new(8, 0.9)),
        with_schedule::<T>(schedule::OneCycle::new(8)),
        with_schedule::<T>(schedule::Exponential::new(0.9)),
    ])
}

/// What a trainer, an optimizer, a loss and a data set can be told beside what they are, and the activations without a
/// transcendental function.
fn settings<T: Scalar>() -> u64 {
    let x = table::<T>(70, 5).mapv(|x| T::of(3.0) * x);
    let labels: Vec<usize> = (0..70).map(|n| n % 3).collect();
    let weights: Vec<T> = (0..70).map(|n| T::of(0.5 + f64::from(n % 5))).collect();
    let data = Batch::new(x.view(), &labels[..]).expect(VALID).with_weights(&weights).expect(VALID);
    let loss = SoftmaxCrossEntropy::mean().class_weights([1.0, 2.5, 0.3]).label_smoothing(0.1);
    let with = |loss: SoftmaxCrossEntropy, group: Group| {
        let layers = chain![
            Normalize::fit(x.view()).expect(VALID),
            Dense::new(5, Identity),
            Dense::new(5, HardTanh),
            Dense::new(5, HardSigmoid),
            Dense::new(5, Softsign),
            Dense::new(5, Relu6),
            Dense::new(5, LeakyRelu::default()),
            Dense::linear(3),
        ];
        let biases = Group::kind(ParamKind::Bias).learning_rate_factor(2.0);
        let decayed = Group::kind(ParamKind::Weight).weight_decay(0.01);
        let groups = Groups::new(Adam::new()).group(group).group(biases).group(decayed);
        let trainer =
            Trainer::new(groups).learning_rate(0.01).batch_size(9).gradient_accumulation(3).epochs(6);
        let trainer = trainer.l1(1e-3).clip_value(0.05).schedule_steps(schedule::Linear::new(1.0, 0.1, 15));
        train(layers, &loss, data, trainer)
    };
    all([
        with(loss.clone(), Group::named("layers.1.weight").frozen()),
        with(loss.ignore_class(2), Group::named("layers.2").learning_rate_factor(0.3)),
    ])
}

fn with_layers<T: Scalar>(layers: Sequential<T>) -> u64 {
    let (x, labels) = classes();
    let x = x.mapv(T::of);
    let data = Batch::new(x.view(), &labels[..]).expect(VALID);
    let trainer = Trainer::new(Adam::new()).batch_size(23).epochs(5);
    train(layers, &SoftmaxCrossEntropy::mean(), data, trainer)
}

fn layers<T: Scalar>() -> u64 {
    let out = || Dense::linear(3);
    all([
        with_layers::<T>(chain![Dense::linear(8), BatchNorm::new(), Activate(Tanh), out()]),
        with_layers::<T>(chain![Dense::linear(8), LayerNorm::new(), PRelu::new(), out()]),
        with_layers::<T>(chain![Dense::linear(8), RmsNorm::new(), Activate(Silu), out()]),
        with_layers::<T>(chain![
            Dense::new(8, Relu),
            Dropout::new(0.3),
            Dense::new(8, Selu),
            AlphaDropout::new(0.1),
            out(),
        ]),
        with_layers::<T>(chain![
            GaussianNoise::new(0.1),
            Residual((Dense::new(4, Tanh), Dense::linear(5))),
            out()
        ]),
        with_layers::<T>(chain![Parallel(((Dense::new(3, Tanh),), (Dense::new(4, Gelu),))), out()]),
    ])
}

fn losses_of_classes<T: Scalar>() -> u64 {
    let (x, labels) = classes();
    let x = x.mapv(T::of);
    let weights: Vec<T> = (0..70).map(|n| T::of(f64::from(n % 4))).collect();
    let data = Batch::new(x.view(), &labels[..]).expect(VALID).with_weights(&weights).expect(VALID);
    let trainer = || Trainer::new(Sgd::new()).learning_rate(0.1).batch_size(16).epochs(4);
    let hidden = Dense::new(6, Tanh);
    let yes: Vec<usize> = labels.iter().map(|label| label % 2).collect();
    let binary = Batch::new(x.view(), &yes[..]).expect(VALID);
    all([
        train(chain![hidden, Dense::linear(3), LogSoftmax], &Nll::mean(), data, trainer()),
        train(chain![hidden, Dense::linear(3), Softmax], &CrossEntropy::mean(), data, trainer()),
        train(chain![hidden, Dense::linear(1)], &BinaryCrossEntropy::mean(), binary, trainer()),
        train(chain![hidden, Dense::linear(1)], &Focal::mean(), binary, trainer()),
    ])
}

fn losses_of_values<T: Scalar>() -> u64 {
    fn run<T: Scalar>(
        layers: Sequential<T>,
        loss: &impl Loss<T, ArrayRef2<T>>,
        target: impl Fn(T) -> T,
    ) -> u64 {
        let (x, y) = values::<T>();
        let y = y.mapv(target);
        let y: &ArrayRef2<T> = &y;
        let trainer = Trainer::new(Sgd::new()).learning_rate(0.01).batch_size(16).epochs(4);
        train(layers, loss, Batch::new(x.view(), y).expect(VALID), trainer)
    }
    fn plain<T: Scalar>(loss: &impl Loss<T, ArrayRef2<T>>, target: impl Fn(T) -> T) -> u64 {
        run(chain![Dense::new(6, Tanh), Dense::linear(2)], loss, target)
    }
    let half = |y: T| (y + T::one()) / (T::one() + T::one());
    let sign = |y: T| if y < T::zero() { -T::one() } else { T::one() };
    let mean_and_variance = chain![Dense::new(6, Tanh), Dense::linear(4)];
    all([
        plain::<T>(&HalfSquaredError::mean(), |y| y),
        plain::<T>(&MeanAbsoluteError::mean(), |y| y),
        plain::<T>(&Huber::mean(), |y| y),
        plain::<T>(&SmoothL1::mean(), |y| y),
        plain::<T>(&LogCosh::mean(), |y| y),
        plain::<T>(&Pinball::mean(), |y| y),
        plain::<T>(&PoissonNll::mean().full(), |y| T::of(3.0) * half(y)),
        plain::<T>(&Hinge::mean(), sign),
        plain::<T>(&SquaredHinge::mean(), sign),
        plain::<T>(&BinaryCrossEntropy::mean(), half),
        run::<T>(
            chain![Dense::new(6, Tanh), Dense::new(2, Sigmoid)],
            &BinaryCrossEntropyOfProbabilities::mean(),
            half,
        ),
        run::<T>(mean_and_variance, &GaussianNll::mean().full(), |y| y),
        run::<T>(chain![Dense::new(6, Tanh), Dense::linear(2), LogSoftmax], &KlDivergence::mean(), |_| {
            T::of(0.5)
        }),
    ])
}

fn initial_weights<T: Scalar>() -> u64 {
    let sized = |inputs, outputs, init| {
        let dense = Dense::new(outputs, Tanh);
        let network = Network::<T, _>::with_init(inputs, dense, init, &mut rng(3)).expect(VALID);
        let mut hash = Fingerprint::new();
        hash.scalars(network.params());
        hash.finish()
    };
    let hash = |init| sized(6, 11, init);
    all([
        // So many that some come from the tail of the distribution.
        sized(100, 200, Init::LecunNormal),
        hash(Init::LecunNormal),
        hash(Init::GlorotUniform),
        hash(Init::HeTruncatedNormal),
        hash(Init::Orthogonal { gain: 1.0 }),
        hash(Init::Sparse { sparsity: 0.5, std: 1.0 }),
        hash(Init::NguyenWidrow),
        hash(Init::PyTorch),
        hash(Init::Keras),
    ])
}

/// Batches around the widths of vectors, on layers that are wide and narrow.
fn batches<T: Scalar>() -> u64 {
    let run = |batch: usize, width: usize| {
        let x = table::<T>(2 * batch, 20);
        let labels: Vec<usize> = (0..2 * batch).map(|n| n % 2).collect();
        let data = Batch::new(x.view(), &labels[..]).expect(VALID);
        let layers = chain![Dense::new(width, Relu), Dense::new(32, Tanh), Dense::linear(2)];
        let trainer = Trainer::new(Adam::new()).batch_size(batch).epochs(2);
        train(layers, &SoftmaxCrossEntropy::mean(), data, trainer)
    };
    let sizes = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 65, 600];
    all(sizes.into_iter().flat_map(|batch| [run(batch, 3), run(batch, 70)]))
}
