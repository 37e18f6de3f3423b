//! Layers, activations, losses and networks for small feed-forward models on a CPU, with gradients that are proven.
//!
//! A network is a pure function of one flat parameter vector: *architecture* (plain values) + *parameters* (one slice)
//! + *workspace* (one reusable buffer).
//!
//! | To | see |
//! |---|---|
//! | compose layers | [`Dense`], [`Activate`], [`Softmax`], [`LogSoftmax`], [`Residual`], [`Parallel`]; tuples, [`Chain`], [`Sequential`] |
//! | normalise features | [`Normalize`], [`BatchNorm`], [`LayerNorm`], [`RmsNorm`] |
//! | train with noise | [`Dropout`], [`AlphaDropout`], [`GaussianNoise`] |
//! | choose an activation | [`Identity`], [`Tanh`], [`HardTanh`], [`TanhShrink`], [`Softsign`], [`Sigmoid`], [`HardSigmoid`], [`LogSigmoid`], [`Relu`], [`Relu6`], [`LeakyRelu`], [`Elu`], [`Celu`], [`Selu`], [`Softplus`], [`Gelu`], [`GeluTanh`], [`Silu`], [`HardSwish`], [`Mish`], [`Sine`], [`Gaussian`]; with a learned slope the layer [`PRelu`] |
//! | choose a loss | classes: [`SoftmaxCrossEntropy`], [`CrossEntropy`], [`Nll`], [`KlDivergence`]; yes or no: [`BinaryCrossEntropy`], [`BinaryCrossEntropyOfProbabilities`], [`Focal`], [`Hinge`], [`SquaredHinge`]; values: [`MeanSquaredError`], [`HalfSquaredError`], [`MeanAbsoluteError`], [`Huber`], [`SmoothL1`], [`LogCosh`], [`Pinball`]; counts and distributions: [`PoissonNll`], [`GaussianNll`] |
//! | choose initial weights | [`Init`] |
//! | build, run, save a network | [`Network`], [`Workspace`], [`Pass`], [`Link`] |
//! | feed it samples | [`Batch`], [`MiniBatches`], [`Targets`] |
//! | write a layer, an activation, a loss | [`Layer`], [`Activation`], [`Loss`] |
//! | prove its gradient | [`gradcheck`] |
//! | compute with another number type | [`Scalar`] |
//! | tell whether two runs were the same | [`Fingerprint`] |
//! | have a loop compiled for wide vectors | [`simd`] |
//! | read and write batches in the fast memory order | [`memory`] |
//!
//! # Example
//! ```
//! use nn_core::{Dense, Network, Tanh};
//!
//! let network = Network::<f64, _>::new(2, (Dense::new(7, Tanh), Dense::linear(2)), 0)?;
//! println!("{}", network.summary());
//! # Ok::<(), nn_core::Error>(())
//! ```
//!
//! # Features
//! - `parallel`: large networks and large batches on the threads of the `rayon` pool that the caller is on. The bits do
//!   not depend on their number. Off by default.

mod activation;
mod batch;
mod chain;
mod error;
mod fingerprint;
pub mod gradcheck;
mod init;
mod kernel;
mod layer;
mod layers;
mod loss;
pub mod memory;
mod network;
mod scalar;
pub mod simd;
mod split;

/// The crates whose types stand in this crate's interface, in the versions that fit.
pub mod deps {
    pub use {ndarray, rand};
}

pub use activation::{
    Activation, ActivationSpec, Celu, Elu, Gaussian, Gelu, GeluTanh, HardSigmoid, HardSwish, HardTanh,
    Identity, LeakyRelu, LogSigmoid, Mish, Relu, Relu6, Selu, Sigmoid, Silu, Sine, Softplus, Softsign, Tanh,
    TanhShrink,
};
pub use batch::{Batch, MiniBatches, Targets};
pub use chain::Chain;
pub use error::{Error, ShapeError};
pub use fingerprint::Fingerprint;
pub use init::{Init, rng, stream, stream_at};
pub use layer::{
    Architecture, Backward, Forward, ForwardRow, Layer, LayerInfo, Mode, Noise, ParamKind, ParamSpec,
    StateUpdate, visit_layers_of, visit_params_of, visit_state_of,
};
pub use layers::{
    Activate, AlphaDropout, BatchNorm, Branches, Dense, Dropout, GaussianNoise, LayerBranches, LayerNorm,
    LayerSpec, LogSoftmax, Normalize, PRelu, Parallel, Residual, RmsNorm, Sequential, Softmax,
};
pub use loss::{
    BinaryCrossEntropy, BinaryCrossEntropyOfProbabilities, CrossEntropy, Focal, GaussianNll,
    HalfSquaredError, Hinge, Huber, KlDivergence, Link, LogCosh, Loss, MeanAbsoluteError, MeanSquaredError,
    Nll, Pinball, PoissonNll, Reduction, Scale, SmoothL1, SoftmaxCrossEntropy, SquaredHinge, check_labels,
    check_values,
};
pub use network::{Layout, Network, Pass, Shards, Summary, Tensor, Workspace};
pub use scalar::Scalar;
pub use split::split_rows;
