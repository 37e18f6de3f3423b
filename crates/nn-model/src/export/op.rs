//! What a plan is a list of.

use nn_core::ActivationSpec;

/// An operation on a sample; constants are one a feature.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Op {
    /// y = W x + b: every sum begins with its bias and takes the inputs in order, each product fused with the addition.
    Dense {
        /// W, (outputs, inputs), row by row.
        weight: Vec<f64>,
        /// b.
        bias: Vec<f64>,
    },
    /// y = x - c.
    Subtract(Vec<f64>),
    /// y = x / c.
    Divide(Vec<f64>),
    /// y = x c.
    Multiply(Vec<f64>),
    /// y = x + c.
    Add(Vec<f64>),
    /// y = f(x).
    Activation(ActivationSpec),
    /// y = x for x > 0, else x times the slope.
    PRelu(Vec<f64>),
    /// y = (x - mean) / √(variance + eps), over the features of the sample.
    LayerNorm {
        /// What is added to the variance.
        eps: f64,
    },
    /// y = x / √(mean of x² + eps), over the features of the sample.
    RmsNorm {
        /// What is added to the mean square.
        eps: f64,
    },
    /// y = softmax x.
    Softmax,
    /// y = ln softmax x.
    LogSoftmax,
    /// y = x + f(x).
    Residual(Vec<Step>),
    /// y = (f(x), g(x), ...).
    Parallel(Vec<Vec<Step>>),
}

/// An operation with its sizes.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The layer that it comes from, `layer 1 (BatchNorm)`.
    pub layer: String,
    /// Number of inputs.
    pub inputs: usize,
    /// Number of outputs.
    pub outputs: usize,
    /// What it does.
    pub op: Op,
}
