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
//! | get data | [`NoisyXor`], [`RotatedSpirals`], [`CsvOptions`], [`Classification`], [`Regression`] |
//! | train | [`Trainer`], [`Sgd`], [`Adam`], [`AdamW`], [`schedule`], [`EarlyStopping`], [`Converged`], [`Every`], [`Report`] |
//! | use and save a network | [`Network`], [`Workspace`], [`Link`] |
//! | write a layer, an activation, a loss | [`Layer`], [`Activation`], [`Loss`] |
//! | prove its gradient | [`gradcheck`] |

pub use nn_core::*;
pub use nn_data::*;
pub use nn_train::*;
