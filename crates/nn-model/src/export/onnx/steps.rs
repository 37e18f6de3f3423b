//! The operations of a plan as nodes.

use super::graph::{Graph, float, int, ints};
use crate::export::{ExportError, Op, Step};

impl Graph {
    /// Adds the operations one after the other; gives the name of the last one's output.
    pub(super) fn steps(&mut self, steps: &[Step], x: &str) -> Result<String, ExportError> {
        steps.iter().try_fold(x.to_owned(), |x, step| {
            self.layer.clone_from(&step.layer);
            self.step(step, &x)
        })
    }

    fn step(&mut self, step: &Step, x: &str) -> Result<String, ExportError> {
        Ok(match &step.op {
            Op::Dense { weight, bias } => {
                let weight = self.constant(weight, &[step.outputs, step.inputs]);
                let bias = self.constant(bias, &[step.outputs]);
                self.node_with("Gemm", &[x, &weight, &bias], vec![int("transB", 1)])
            }
            Op::Subtract(c) => self.with_features("Sub", x, c),
            Op::Divide(c) => self.with_features("Div", x, c),
            Op::Multiply(c) => self.with_features("Mul", x, c),
            Op::Add(c) => self.with_features("Add", x, c),
            Op::Activation(f) => self.activation(*f, x)?,
            Op::PRelu(c) => {
                let slope = self.constant(c, &[c.len()]);
                self.leaky(x, &slope)
            }
            Op::LayerNorm { eps } => {
                let mean = self.mean(x);
                let centred = self.node("Sub", &[x, &mean]);
                self.by_root_mean_square(&centred, *eps)
            }
            Op::RmsNorm { eps } => self.by_root_mean_square(x, *eps),
            Op::Softmax => self.node_with("Softmax", &[x], vec![int("axis", 1)]),
            Op::LogSoftmax => self.node_with("LogSoftmax", &[x], vec![int("axis", 1)]),
            Op::Residual(steps) => {
                let inner = self.steps(steps, x)?;
                self.layer.clone_from(&step.layer);
                self.node("Add", &[x, &inner])
            }
            Op::Parallel(branches) => {
                let outputs = branches.iter().map(|steps| self.steps(steps, x));
                let outputs = outputs.collect::<Result<Vec<_>, _>>()?;
                self.layer.clone_from(&step.layer);
                let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
                self.node_with("Concat", &outputs, vec![int("axis", 1)])
            }
        })
    }

    fn with_features(&mut self, operator: &str, x: &str, constants: &[f64]) -> String {
        let constants = self.constant(constants, &[constants.len()]);
        self.node(operator, &[x, &constants])
    }

    /// x / √(mean of x² + eps).
    // Not LayerNormalization, whose eps has single precision.
    fn by_root_mean_square(&mut self, x: &str, eps: f64) -> String {
        let square = self.node("Mul", &[x, x]);
        let mean = self.mean(&square);
        let sum = self.with_number("Add", &mean, eps);
        let root = self.node("Sqrt", &[&sum]);
        self.node("Div", &[x, &root])
    }

    fn mean(&mut self, x: &str) -> String {
        self.node_with("ReduceMean", &[x], vec![ints("axes", vec![1]), int("keepdims", 1)])
    }

    /// x for x > 0, else x times the slope, which is a constant's name.
    pub(super) fn leaky(&mut self, x: &str, slope: &str) -> String {
        if !self.is_double() {
            return self.node("PRelu", &[x, slope]);
        }
        let low = self.with_number("Min", x, 0.0);
        let low = self.node("Mul", &[&low, slope]);
        self.with_positive(x, &low)
    }

    /// max(x, 0) + low.
    pub(super) fn with_positive(&mut self, x: &str, low: &str) -> String {
        let positive = self.node("Relu", &[x]);
        self.node("Add", &[&positive, low])
    }

    /// A node with one input and a setting.
    pub(super) fn with_setting(&mut self, operator: &str, x: &str, name: &str, value: f64) -> String {
        self.node_with(operator, &[x], vec![float(name, value)])
    }
}
