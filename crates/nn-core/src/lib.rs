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
//! | build, run, save a network | [`Network`], [`Predictor`], [`Workspace`], [`Pass`], [`Link`] |
//! | feed it samples | [`Batch`], [`MiniBatches`], [`RowOrder`], [`Targets`], [`Blocks`] |
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
//! Forward, loss and backward on two samples of classes 0 and 1; a step of gradient descent is then a loop over two slices.
//! `nn-train` has that loop ready:
//! ```
//! use ndarray::array;
//! use nn_core::{Dense, Network, SoftmaxCrossEntropy, Tanh, Workspace};
//!
//! let mut network = Network::<f64, _>::new(2, (Dense::new(7, Tanh), Dense::linear(2)), 0)?;
//! let (x, y, loss) = (array![[0.0, 1.0], [1.0, 1.0]], [0, 1], SoftmaxCrossEntropy::mean());
//! let (mut workspace, mut gradient) = (Workspace::new(), vec![0.0; network.params().len()]);
//! let before = network.forward(x.view(), &mut workspace)?.backward(&loss, &y[..], None, &mut gradient)?;
//! for (param, derivative) in network.params_mut().iter_mut().zip(&gradient) {
//!     *param -= 0.1 * derivative;
//! }
//! let after = network.forward(x.view(), &mut workspace)?.loss(&loss, &y[..], None)?;
//! assert!(after < before);
//! # Ok::<(), nn_core::Error>(())
//! ```
//!
//! # Features
//! - `serde`: networks, layers, losses and settings as values of the `serde` crate, for files and configurations. Off by
//!   default.
//! - `parallel`: large networks and large batches on the threads of the `rayon` pool that the caller is on. The bits do
//!   not depend on their number. Off by default.
//! - `blas`: large products of `f32` and `f64` by a BLAS, through ndarray, whose feature of that name it turns on. Off by
//!   default.
//!
//! # BLAS
//! With the feature `blas` the program must link a provider of CBLAS, as it must for ndarray, or it does not link: some
//! `cblas_` function is undefined. For the OpenBLAS that the system has installed (Debian: `libopenblas-dev` and
//! `pkg-config`):
//! ```toml
//! [dependencies]
//! nn-core = { version = "0.1", features = ["blas"] }
//! blas-src = { version = "0.14", features = ["openblas"] }
//! openblas-src = { version = "0.10", default-features = false, features = ["cblas", "system"] }
//! ```
//! and, once in the program, `extern crate blas_src;`. Other features of `blas-src` are other providers: Intel's MKL,
//! Accelerate, BLIS. The repository's `tests/blas` is such a program.
//!
//! What goes to BLAS are the three products of a [`Dense`] layer with 16 samples, inputs and outputs or more and 2¹⁸
//! multiplications or more. Smaller ones, and single samples, keep the built-in kernels. What it gives up:
//! - **The same bits everywhere.** BLAS adds up as it likes. Results agree with the built-in kernels up to rounding, but
//!   their bits may depend on the provider, its version, the CPU and the number of its threads. On one machine, with one
//!   provider and one thread, OpenBLAS gives the same bits run after run; that is its doing, not ours.
//! - **The count of threads.** BLAS has threads of its own, which the feature `parallel` knows nothing of: where both are
//!   on, shards that rayon shares may each ask for all of BLAS's. `OPENBLAS_NUM_THREADS=1` or `MKL_NUM_THREADS=1` keeps it
//!   to the thread that calls.
//! - **No allocation**, as far as Rust can see it stays so: the operands are handed over where they lie. But BLAS copies them
//!   into memory of its own, which it takes from the system, as a rule once.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

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
mod threads;

/// The crates whose types stand in this crate's interface, in the versions that fit.
pub mod deps {
    pub use {ndarray, rand};
}

pub use activation::{
    Activation, ActivationSpec, Celu, Elu, Gaussian, Gelu, GeluTanh, HardSigmoid, HardSwish, HardTanh,
    Identity, LeakyRelu, LogSigmoid, Mish, Relu, Relu6, Selu, Sigmoid, Silu, Sine, Softplus, Softsign, Tanh,
    TanhShrink,
};
pub use batch::{Batch, MiniBatches, RowOrder, Targets};
pub use chain::Chain;
pub use error::{Error, ShapeError};
pub use fingerprint::Fingerprint;
pub use init::{Init, rng, standard_normal, stream, stream_at};
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
#[cfg(feature = "serde")]
pub use network::Snapshot;
pub use network::{Blocks, Layout, Network, Pass, Predictor, Shards, Summary, Tensor, Workspace};
pub use scalar::Scalar;
pub use split::split_rows;

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
