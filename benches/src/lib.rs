//! The workloads that `smallnet` is made for, each as a step to be timed or counted.

use smallnet::deps::ndarray::{Array2, ArrayRef2};
use smallnet::{
    Adam, Batch, Classification, CsvOptions, Dense, Identity, Layer, Link, Loss, MeanSquaredError,
    MiniBatches, Mode, Network, NoisyXor, Optimizer, Relu, RotatedSpirals, Scalar, Sgd, Shards,
    SoftmaxCrossEntropy, Tanh, Targets, Workspace, rng,
};

/// Something to be run again and again.
pub type Work = Box<dyn FnMut() + Send>;

/// A workload by its name.
#[derive(Debug, Clone, Copy)]
pub struct Workload {
    /// Its name in the tables.
    pub name: &'static str,
    /// The samples that one run works on.
    pub samples: usize,
    /// Makes it ready, its memory warm.
    pub prepare: fn() -> Work,
}

/// All of them: epochs of training, steps on a few samples, predictions of many rows, and of single ones.
pub const WORKLOADS: [Workload; 21] = [
    Workload { name: "spirals_f64", samples: 400, prepare: || spirals::<f64>() },
    Workload { name: "spirals_f32", samples: 400, prepare: || spirals::<f32>() },
    Workload { name: "xor_f64", samples: 400, prepare: || xor::<f64>() },
    Workload { name: "xor_f32", samples: 400, prepare: || xor::<f32>() },
    Workload { name: "digits", samples: 1797, prepare: digits },
    Workload {
        name: "images",
        samples: 12_800,
        prepare: || images((Dense::new(128, Relu), output()), 12_800, 128),
    },
    Workload {
        name: "images_deep",
        samples: 5_120,
        prepare: || images((Dense::new(512, Relu), Dense::new(512, Relu), output()), 5_120, 512),
    },
    Workload { name: "regression", samples: 10_000, prepare: regression },
    Workload { name: "wide", samples: 1_000, prepare: wide },
    Workload { name: "tabular_1024", samples: 16_384, prepare: || tabular(1_024) },
    Workload { name: "tabular_8192", samples: 16_384, prepare: || tabular(8_192) },
    Workload { name: "batch_1", samples: 1, prepare: || step(1) },
    Workload { name: "batch_2", samples: 2, prepare: || step(2) },
    Workload { name: "batch_4", samples: 4, prepare: || step(4) },
    Workload { name: "batch_8", samples: 8, prepare: || step(8) },
    Workload { name: "batch_16", samples: 16, prepare: || step(16) },
    Workload { name: "rows_20_64_32_2", samples: 20_000, prepare: rows },
    Workload { name: "predict_20_64_32_2", samples: 1, prepare: || predict(of_table(), 20, Link::Softmax) },
    Workload {
        name: "predict_2_15_4",
        samples: 1,
        prepare: || predict((Dense::new(15, Tanh), Dense::linear(4)), 2, Link::Softmax),
    },
    Workload {
        name: "predict_6_64_8_4",
        samples: 1,
        prepare: || predict((Dense::new(64, Relu), Dense::new(8, Relu), Dense::linear(4)), 6, Link::Identity),
    },
    Workload {
        name: "predict_784_128_10",
        samples: 1,
        prepare: || predict((Dense::new(128, Relu), output()), 784, Link::Identity),
    },
];

fn output() -> Dense<Identity> {
    Dense::linear(10)
}

/// Numbers from 0 to 1, the same everywhere.
pub fn table<T: Scalar>(rows: usize, columns: usize) -> Array2<T> {
    Array2::from_shape_fn((rows, columns), |(n, j)| T::of(((31 * n + 17 * j + n * j) % 255) as f64 / 255.0))
}

/// The epochs of a run, of which each call is one: shuffle, and for each mini-batch gather, forward, loss, backward, L2
/// and step.
#[derive(Debug)]
pub struct Epochs<T: Scalar, L, P, O> {
    /// The network in training.
    pub network: Network<T, L>,
    /// What is minimised.
    pub loss: P,
    /// How.
    pub optimizer: O,
    /// The size of a step.
    pub learning_rate: f64,
    /// The factor of the penalty.
    pub l2: f64,
    /// Samples a step.
    pub batch: usize,
}

impl<T: Scalar, L: Layer<T>, P, O: Optimizer<T>> Epochs<T, L, P, O> {
    /// Makes the epochs ready.
    ///
    /// # Panics
    /// When data and network do not fit.
    pub fn prepare<Y>(self, data: Batch<'static, T, Y>) -> impl FnMut() + Send + use<T, L, P, O, Y>
    where
        Y: Targets<T> + ?Sized + 'static,
        P: Loss<T, Y> + Send,
    {
        let Self { mut network, loss, mut optimizer, learning_rate, l2, batch } = self;
        let mut batches = MiniBatches::new(data, batch).expect("a batch size above 0");
        let (mut shards, mut rng, mut gathered) = (Shards::new(), rng(0), false);
        let mut gradient = vec![T::zero(); network.params().len()];
        optimizer.start(&network.layout()).expect("default settings");
        let mut epoch = move || {
            batches.shuffle(&mut rng);
            let single = batches.count() == 1;
            while let Some(rows) = batches.next_rows() {
                if !gathered {
                    shards.gather(&network, &data, rows);
                    gathered = single;
                }
                network.loss_and_gradient(&loss, &mut shards, Mode::train(0, 0), &mut gradient);
                if l2 > 0.0 {
                    for (g, &p) in gradient.iter_mut().zip(network.params()) {
                        *g += T::of(l2) * p;
                    }
                }
                optimizer.step(T::of(learning_rate), network.params_mut(), &gradient);
            }
        };
        epoch();
        epoch
    }
}

/// Data that lives as long as the program, which a workload may borrow.
pub fn keep<V>(value: V) -> &'static V {
    Box::leak(Box::new(value))
}

fn full_batch<T: Scalar>(data: Classification<T>, layers: impl Layer<T> + 'static) -> Work {
    let data = keep(data);
    let network = Network::new(data.features(), layers, 0).expect("it fits");
    let (loss, optimizer, batch) = (SoftmaxCrossEntropy::sum(), Sgd::<T>::new(), data.samples());
    let epochs = Epochs { network, loss, optimizer, learning_rate: 1e-3, l2: 1e-3, batch };
    Box::new(epochs.prepare(data.view()))
}

fn spirals<T: Scalar>() -> Work {
    let data = RotatedSpirals::default().generate::<T>(0).expect("default settings");
    full_batch(data, (Dense::new(15, Tanh), Dense::linear(4)))
}

fn xor<T: Scalar>() -> Work {
    let data = NoisyXor::default().generate::<T>(0).expect("default settings");
    full_batch(data, (Dense::new(7, Tanh), Dense::linear(2)))
}

fn digits() -> Work {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/digits.csv");
    let digits = CsvOptions::default().read_classes::<f32>(file).expect("the file of the examples");
    let digits = keep(digits.map_features(|_, grey| grey / 16.0).expect("finite"));
    let network = Network::new(64, (Dense::new(32, Relu), output()), 0).expect("it fits");
    let (loss, optimizer) = (SoftmaxCrossEntropy::mean(), Adam::<f32>::new());
    let epochs = Epochs { network, loss, optimizer, learning_rate: 1e-3, l2: 0.0, batch: 32 };
    Box::new(epochs.prepare(digits.view()))
}

fn images(layers: impl Layer<f32> + 'static, samples: usize, batch: usize) -> Work {
    let (x, labels) =
        (keep(table::<f32>(samples, 784)), keep((0..samples).map(|n| n % 10).collect::<Vec<_>>()));
    let network = Network::new(784, layers, 0).expect("it fits");
    let (loss, optimizer) = (SoftmaxCrossEntropy::mean(), Sgd::<f32>::new());
    let epochs = Epochs { network, loss, optimizer, learning_rate: 0.01, l2: 0.0, batch };
    Box::new(epochs.prepare(Batch::new(x.view(), &labels[..]).expect("finite")))
}

fn regression() -> Work {
    let (x, y) = (keep(table::<f32>(10_000, 4)), keep(table::<f32>(10_000, 4)));
    let layers = (Dense::new(32, Tanh), Dense::new(16, Tanh), Dense::linear(4));
    let network = Network::new(4, layers, 0).expect("it fits");
    let (loss, optimizer) = (MeanSquaredError::mean(), Adam::<f32>::new());
    let epochs = Epochs { network, loss, optimizer, learning_rate: 1e-3, l2: 0.0, batch: 10_000 };
    let y: &'static ArrayRef2<f32> = y;
    Box::new(epochs.prepare(Batch::new(x.view(), y).expect("finite")))
}

/// Many hidden units, whose activations are far more than inputs and outputs.
fn wide() -> Work {
    let (x, labels) = (keep(table::<f64>(1_000, 2)), keep((0..1_000).map(|n| n % 2).collect::<Vec<_>>()));
    let data = Batch::new(x.view(), &labels[..]).expect("finite");
    let network = Network::new(2, (Dense::new(1_000, Tanh), Dense::linear(2)), 0).expect("it fits");
    let (loss, optimizer) = (SoftmaxCrossEntropy::mean(), Sgd::<f64>::new());
    Box::new(Epochs { network, loss, optimizer, learning_rate: 1e-3, l2: 0.0, batch: 1_000 }.prepare(data))
}

/// A table of 20 columns and two classes.
fn tabular(batch: usize) -> Work {
    epochs_on_table(16_384, batch)
}

/// A step on a few samples of it.
fn step(batch: usize) -> Work {
    epochs_on_table(batch, batch)
}

fn epochs_on_table(samples: usize, batch: usize) -> Work {
    let (x, labels) =
        (keep(table::<f32>(samples, 20)), keep((0..samples).map(|n| n % 2).collect::<Vec<_>>()));
    let network = Network::new(20, of_table(), 0).expect("it fits");
    let (loss, optimizer) = (SoftmaxCrossEntropy::mean(), Adam::<f32>::new());
    let epochs = Epochs { network, loss, optimizer, learning_rate: 1e-3, l2: 0.0, batch };
    Box::new(epochs.prepare(Batch::new(x.view(), &labels[..]).expect("finite")))
}

fn of_table() -> (Dense<Relu>, Dense<Relu>, Dense<Identity>) {
    (Dense::new(64, Relu), Dense::new(32, Relu), Dense::linear(2))
}

/// Predictions of many rows of it.
fn rows() -> Work {
    let network = Network::<f32, _>::new(20, of_table(), 0).expect("it fits");
    let (x, mut workspace, mut y) = (table::<f32>(20_000, 20), Workspace::new(), Array2::zeros((20_000, 2)));
    let mut predict = move || network.predict_into(x.view(), &mut workspace, y.view_mut()).expect("it fits");
    predict();
    Box::new(predict)
}

fn predict(layers: impl Layer<f32> + Clone + 'static, inputs: usize, link: Link) -> Work {
    let mut network = Network::<f32, _>::new(inputs, layers, 0).expect("it fits");
    network.set_link(link);
    let x = table::<f32>(1, inputs).into_raw_vec_and_offset().0;
    let (predictor, mut y) = (network.predictor(), vec![0.0; network.out_dim()]);
    let mut predict = move || predictor.predict_proba(std::hint::black_box(&x), &mut y).expect("it fits");
    predict();
    Box::new(predict)
}
