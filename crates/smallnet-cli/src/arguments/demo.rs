use std::path::PathBuf;

use clap::{Args, ValueEnum};
use nn_core::ActivationSpec;

use super::parse::activation;

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "flags of a command")]
pub(crate) struct Demo {
    /// What is to be learned.
    #[arg(value_enum)]
    pub(crate) problem: Problem,
    /// Units of the hidden layers, with commas between them; some that suffice if it is not said.
    #[arg(long, value_delimiter = ',')]
    pub(crate) hidden: Option<Vec<usize>>,
    /// What the hidden layers apply: tanh, relu, sigmoid, gelu, silu, ..
    #[arg(long, default_value = "tanh", value_parser = activation)]
    pub(crate) activation: ActivationSpec,
    /// Passes over the data.
    #[arg(long, default_value_t = 300)]
    pub(crate) epochs: usize,
    /// The size of a step.
    #[arg(long, default_value_t = 0.02)]
    pub(crate) learning_rate: f64,
    /// The penalty on large weights.
    #[arg(long, default_value_t = 0.0)]
    pub(crate) l2: f64,
    /// Fixes samples, weights and order.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Also draw what it knows over the epochs: a picture that moves.
    #[arg(long)]
    pub(crate) animate: bool,
    /// The folder of the pictures; `demo-xor` and the like if it is not said.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    /// Overwrite the pictures of an earlier run.
    #[arg(long)]
    pub(crate) force: bool,
    /// Say nothing but errors.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Problem {
    /// Two classes in four clouds, across each other.
    Xor,
    /// Four arms that wind around each other.
    Spirals,
    /// Two half circles, one in the other.
    Moons,
    /// A ring around a cloud.
    Circles,
    /// A cloud for each class.
    Blobs,
    /// Black and white squares.
    Checkerboard,
    /// Rings of equally many samples.
    Quantiles,
    /// A curve of two sines, with noise.
    Sines,
}
