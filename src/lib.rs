#![doc = include_str!("../README.md")]
//!
//! # Where things are
//! | To | see |
//! |---|---|
//! | compose layers | [`Dense`], [`Activate`], [`Softmax`], [`LogSoftmax`], [`Residual`], [`Parallel`]; tuples, [`Chain`], [`Sequential`] |
//! | normalise features | [`Normalize`], [`BatchNorm`], [`LayerNorm`], [`RmsNorm`] |
//! | train with noise | [`Dropout`], [`AlphaDropout`], [`GaussianNoise`] |
//! | choose an activation | [`Identity`], [`Tanh`], [`Sigmoid`], [`Relu`], [`LeakyRelu`], [`Softplus`] |
//! | choose a loss | [`SoftmaxCrossEntropy`], [`CrossEntropy`], [`BinaryCrossEntropy`], [`HalfSquaredError`], [`MeanSquaredError`] |
//! | get data | [`NoisyXor`], [`RotatedSpirals`], [`Moons`], [`Blobs`], [`NoisySines`], `CsvOptions` (feature `csv`), [`Classification`], [`Regression`] |
//! | scale and encode it | [`StandardScaler`], [`MinMaxScaler`], [`RobustScaler`], [`LabelEncoder`], [`one_hot`] |
//! | train | [`Trainer`], [`Sgd`], [`Adam`], [`AdamW`], [`Lbfgs`], [`schedule`], [`LearningRateFinder`], [`Report`] |
//! | watch and end a run | [`EarlyStopping`], [`Converged`], [`TargetMetric`], [`TimeLimit`], [`StopHandle`], [`Metric`], [`Every`]; `CsvLog` (feature `csv`), `JsonLinesLog`, `Checkpoint` (feature `json`) |
//! | be told in plain words what is wrong | [`diagnose`], [`diagnose_data`], [`diagnose_history`] |
//! | search for hyper-parameters | [`search`] |
//! | measure predictions | [`evaluate`], [`accuracy_score`], [`f1_score`], [`ConfusionMatrix`], [`roc_auc_score`], [`log_loss`], [`r2_score`] |
//! | ask which features matter | [`permutation_importance`] |
//! | draw pictures of all that | the crate `nn-plot` |
//! | use and save a network | [`Network`], [`Predictor`], [`Workspace`], [`Link`] |
//! | write a layer, an activation, a loss | [`Layer`], [`Activation`], [`Loss`] |
//! | prove its gradient | [`gradcheck`] |
//!
//! # Swap the activation, choose the layers at run time
//! To swap the activation, write another for `Tanh`: `Identity`, `HardTanh`, `TanhShrink`, `Softsign`, `Sigmoid`, `HardSigmoid`,
//! `LogSigmoid`, `Relu`, `Relu6`, `LeakyRelu::default()`, `Elu::default()`, `Celu::default()`, `Selu`, `Softplus`, `Gelu`, `GeluTanh`,
//! `Silu`, `HardSwish`, `Mish`, `Sine` or `Gaussian`; `PRelu` is a layer, since its slope is learned. To choose the layers at run
//! time, read them from a configuration: a dynamic network gives the same bits as the static one.
//!
//! ```rust
//! use smallnet::{Network, Sequential};
//!
//! let json = r#"[{"dense": {"units": 15, "activation": "tanh"}}, {"dense": {"units": 4}}]"#;
//! let layers: Sequential<f32> = serde_json::from_str(json)?;
//! let network = Network::new(2, layers, 0)?;
//! println!("{}", network.summary());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Rare classes
//! When one class has most of the samples, a network may learn to name it always. Weights make all classes count alike, in the loss
//! and in the accuracy, which so becomes the balanced one:
//!
//! ```rust
//! use smallnet::{Adam, Blobs, Dense, Network, SoftmaxCrossEntropy, Tanh, Trainer, balanced_accuracy_score};
//!
//! // Two clouds that overlap, of 200 samples and of 10.
//! let clouds = Blobs { blobs: 2, samples_per_blob: 200, std: 4.0, ..Blobs::default() }.generate::<f64>(0)?;
//! let data = clouds.select(&(0..210).collect::<Vec<_>>())?;
//! let weights = data.balanced_sample_weights()?;
//! let train = data.view().with_weights(&weights)?;
//!
//! let mut network = Network::new(2, (Dense::new(8, Tanh), Dense::linear(2)), 0)?;
//! let report = Trainer::new(Adam::new()).epochs(50).fit(&mut network, &SoftmaxCrossEntropy::mean(), train, None)?;
//! let balanced = balanced_accuracy_score(data.y(), &network.predict_classes(data.x())?)?;
//! assert!((report.train.accuracy.unwrap() - balanced).abs() < 1e-12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `SoftmaxCrossEntropy::mean().class_weights(data.balanced_class_weights()?)` changes the loss alone.
//!
//! # Save and load
//! With the feature `serde`, a network is a value of the `serde` crate. Static and dynamic networks read each other's files.
//!
//! ```rust
//! use smallnet::{Dense, Network, Sequential, Tanh};
//!
//! let network = Network::<f64, _>::new(2, (Dense::new(15, Tanh), Dense::linear(4)), 0)?;
//! let json = serde_json::to_string(&network)?;
//! let again: Network<f64, Sequential<f64>> = serde_json::from_str(&json)?;
//! assert_eq!(again.params(), network.params());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Give `serde_json` its feature `float_roundtrip`: without it some `f64` weights come back a last bit off. With the feature `json`,
//! `save_json` writes a whole file or nothing, and the callback `Checkpoint` does so while a run goes on. A layer of your own
//! is written if it implements `Serialize`; only a tuple can read it back, since a `Sequential` knows the built-in ones.
//!
//! # Features
//! None is on by default.
//!
//! | feature | what it adds | crates |
//! |---|---|---|
//! | `csv` | data from CSV files, and logs into them | csv |
//! | `serde` | networks, optimizers, settings and results as `serde` values | serde |
//! | `json` | checkpoints and logs in JSON | serde, serde_json |
//! | `parallel` | large networks and large batches on all cores; the bits stay | rayon |
//! | `progress` | a progress bar | indicatif |
//! | `levenberg-marquardt` | the optimizer | |
//! | `files` | models and checkpoints as safetensors files, weights from PyTorch and scikit-learn | safetensors, csv, rawzip |
//! | `export` | a trained network as code that needs no library | |
//! | `onnx` | the same as an ONNX file | prost |
//! | `idx`, `npy` | MNIST's files, NumPy's files | flate2, rawzip |
//! | `blas` | large products by OpenBLAS, MKL or another BLAS that your program links, for the price of bits that are no longer the same everywhere: [how](nn_core#blas) | cblas-sys |

pub use nn_core::*;
pub use nn_data::*;
#[cfg(feature = "export")]
pub use nn_model::*;
pub use nn_train::*;

/// The examples of the pages in `docs` are tests, with the feature `files`.
#[cfg(all(doctest, feature = "files"))]
mod pages {
    #[doc = include_str!("../docs/exports.md")]
    struct Exports;
    #[doc = include_str!("../docs/files.md")]
    struct Files;
    #[doc = include_str!("../docs/pictures.md")]
    struct Pictures;
    #[doc = include_str!("../docs/tables.md")]
    struct Tables;
}

/// The snippets of the book are tests, those on tables and files with the feature `files`.
#[cfg(doctest)]
mod book {
    #[doc = include_str!("../book/src/01-one-neuron.md")]
    struct OneNeuron;
    #[doc = include_str!("../book/src/02-back-propagation.md")]
    struct BackPropagation;
    #[doc = include_str!("../book/src/03-checking-gradients.md")]
    struct CheckingGradients;
    #[doc = include_str!("../book/src/04-spirals.md")]
    struct Spirals;
    #[doc = include_str!("../book/src/05-your-own-layer.md")]
    struct YourOwnLayer;
    #[cfg(feature = "files")]
    #[doc = include_str!("../book/src/06-your-own-data.md")]
    struct YourOwnData;
    #[doc = include_str!("../book/src/07-when-training-fails.md")]
    struct WhenTrainingFails;
    #[doc = include_str!("../book/src/08-fast-and-the-same.md")]
    struct FastAndTheSame;
    #[cfg(feature = "files")]
    #[doc = include_str!("../book/src/09-microcontroller.md")]
    struct Microcontroller;
}
