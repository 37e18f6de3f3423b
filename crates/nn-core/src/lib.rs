//! Layers, activations, losses and networks for small feed-forward models on a CPU, with gradients that are proven.
//!
//! A network is a pure function of one flat parameter vector: *architecture* (plain values) + *parameters* (one slice)
//! + *workspace* (one reusable buffer).
//!
//! | To | see |
//! |---|---|
//! | compose layers | [`Dense`], [`Activate`], [`Softmax`], [`BatchNorm`], [`LayerNorm`], [`RmsNorm`], [`PRelu`], [`Residual`]; tuples, [`Chain`], [`Sequential`] |
//! | choose an activation | [`Identity`], [`Tanh`], [`HardTanh`], [`TanhShrink`], [`Softsign`], [`Sigmoid`], [`HardSigmoid`], [`LogSigmoid`], [`Relu`], [`Relu6`], [`LeakyRelu`], [`Elu`], [`Celu`], [`Selu`], [`Softplus`], [`Gelu`], [`GeluTanh`], [`Silu`], [`HardSwish`], [`Mish`], [`Sine`], [`Gaussian`]; with a learned slope the layer [`PRelu`] |
//! | choose a loss | [`SoftmaxCrossEntropy`], [`CrossEntropy`], [`BinaryCrossEntropy`], [`HalfSquaredError`], [`MeanSquaredError`] |
//! | choose initial weights | [`Init`] |
//! | build, run, save a network | [`Network`], [`Workspace`], [`Pass`], [`Link`] |
//! | feed it samples | [`Batch`], [`MiniBatches`], [`Targets`] |
//! | write a layer, an activation, a loss | [`Layer`], [`Activation`], [`Loss`] |
//! | prove its gradient | [`gradcheck`] |
//! | compute with another number type | [`Scalar`] |
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

mod activation;
mod batch;
mod chain;
mod error;
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
pub use init::{Init, rng, stream};
pub use layer::{
    Architecture, Backward, Forward, Layer, LayerInfo, Mode, Noise, ParamKind, ParamSpec, StateUpdate,
    visit_layers_of, visit_params_of, visit_state_of,
};
pub use layers::{
    Activate, BatchNorm, Dense, LayerNorm, LayerSpec, PRelu, Residual, RmsNorm, Sequential, Softmax,
};
pub use loss::{
    BinaryCrossEntropy, CrossEntropy, HalfSquaredError, Link, Loss, MeanSquaredError, Reduction, Scale,
    SoftmaxCrossEntropy, check_labels, check_values,
};
pub use network::{Layout, Network, Pass, Shards, Summary, Tensor, Workspace};
pub use scalar::Scalar;
