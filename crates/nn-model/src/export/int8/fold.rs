//! A plan with fewer operations: those that shift and scale features become part of their neighbours.

use nn_core::ActivationSpec;

use super::super::{ExportError, Op, Plan, Step};

/// a x + b, feature by feature.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Affine {
    pub(super) a: Vec<f64>,
    pub(super) b: Vec<f64>,
}

/// What follows a dense layer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Function {
    Activation(ActivationSpec),
    PRelu(Vec<f64>),
}

/// A dense layer with what follows it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dense {
    pub(super) layer: String,
    pub(super) inputs: usize,
    pub(super) weight: Vec<f64>,
    pub(super) bias: Vec<f64>,
    pub(super) function: Option<Function>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stage {
    Dense(Dense),
    /// A function of what is not a dense layer's output.
    Function(ActivationSpec),
}

/// A plan in stages.
pub(super) struct Folded {
    /// What becomes of the inputs before all else.
    pub(super) input: Affine,
    /// The last is a dense layer without a function.
    pub(super) stages: Vec<Stage>,
    /// What follows, in floating point.
    pub(super) tail: Vec<Step>,
}

impl Folded {
    pub(super) fn new(plan: &Plan) -> Result<Self, ExportError> {
        let last = plan.steps.iter().rposition(|step| matches!(step.op, Op::Dense { .. }));
        let last = last.ok_or_else(|| refused("the network", "it has no dense layer of its own"))?;
        let (steps, tail) = plan.steps.split_at(last + 1);
        // What is not quantized is refused also where it follows: outputs of a residual block, say.
        if let Some(step) = tail.iter().find(|step| matches!(step.op, Op::Residual(_) | Op::Parallel(_))) {
            return Err(refused(&step.layer, "branches of a network are not quantized"));
        }
        let mut folding = Folding { affine: None, input: Affine::identity(plan.inputs), stages: Vec::new() };
        steps.iter().try_for_each(|step| folding.step(step))?;
        Ok(Self { input: folding.input, stages: folding.stages, tail: tail.to_vec() })
    }
}

struct Folding {
    /// What was not yet made part of another operation.
    affine: Option<Affine>,
    input: Affine,
    stages: Vec<Stage>,
}

impl Folding {
    fn step(&mut self, step: &Step) -> Result<(), ExportError> {
        let n = step.outputs;
        match &step.op {
            Op::Subtract(c) => self.affine(Affine { a: vec![1.0; n], b: c.iter().map(|c| -c).collect() }),
            Op::Add(c) => self.affine(Affine { a: vec![1.0; n], b: c.clone() }),
            Op::Multiply(c) => self.affine(Affine { a: c.clone(), b: vec![0.0; n] }),
            Op::Divide(c) => {
                self.affine(Affine { a: c.iter().map(|c| c.recip()).collect(), b: vec![0.0; n] });
            }
            Op::Dense { weight, bias } => self.dense(step, weight, bias),
            Op::Activation(f) => self.function(step, Function::Activation(*f))?,
            Op::PRelu(slopes) => self.function(step, Function::PRelu(slopes.clone()))?,
            Op::LayerNorm { .. } | Op::RmsNorm { .. } => {
                return Err(refused(&step.layer, "a norm over the features of a sample is not quantized"));
            }
            Op::Softmax | Op::LogSoftmax => {
                return Err(refused(&step.layer, "a softmax is quantized only behind the last dense layer"));
            }
            Op::Residual(_) | Op::Parallel(_) => {
                return Err(refused(&step.layer, "branches of a network are not quantized"));
            }
        }
        Ok(())
    }

    /// Makes it part of the dense layer before, or keeps it for the one behind.
    fn affine(&mut self, next: Affine) {
        match self.stages.last_mut() {
            Some(Stage::Dense(dense)) if dense.function.is_none() => {
                for (row, a) in dense.weight.chunks_exact_mut(dense.inputs).zip(&next.a) {
                    row.iter_mut().for_each(|w| *w *= a);
                }
                for ((bias, a), b) in dense.bias.iter_mut().zip(&next.a).zip(&next.b) {
                    *bias = a * *bias + b;
                }
            }
            _ => self.affine = Some(next.after(self.affine.take())),
        }
    }

    fn dense(&mut self, step: &Step, weight: &[f64], bias: &[f64]) {
        let (mut weight, mut bias) = (weight.to_vec(), bias.to_vec());
        match self.affine.take() {
            Some(affine) if self.stages.is_empty() => self.input = affine,
            Some(Affine { a, b }) => {
                for (row, bias) in weight.chunks_exact_mut(step.inputs).zip(&mut bias) {
                    *bias += row.iter().zip(&b).map(|(w, b)| w * b).sum::<f64>();
                    row.iter_mut().zip(&a).for_each(|(w, a)| *w *= a);
                }
            }
            None => {}
        }
        let (layer, inputs) = (step.layer.clone(), step.inputs);
        self.stages.push(Stage::Dense(Dense { layer, inputs, weight, bias, function: None }));
    }

    fn function(&mut self, step: &Step, function: Function) -> Result<(), ExportError> {
        if let Some(affine) = self.affine.take() {
            if !self.stages.is_empty() {
                return Err(refused(
                    &step.layer,
                    "between it and the dense layer before, features are shifted or scaled",
                ));
            }
            self.input = affine;
        }
        match (self.stages.last_mut(), function) {
            (Some(Stage::Dense(dense)), function) if dense.function.is_none() => {
                dense.function = Some(function);
            }
            (_, Function::Activation(f)) => self.stages.push(Stage::Function(f)),
            (_, Function::PRelu(_)) => {
                return Err(refused(&step.layer, "slopes are quantized only right behind a dense layer"));
            }
        }
        Ok(())
    }
}

impl Affine {
    fn identity(n: usize) -> Self {
        Self { a: vec![1.0; n], b: vec![0.0; n] }
    }

    /// This of the other.
    fn after(mut self, other: Option<Self>) -> Self {
        if let Some(other) = other {
            for (j, a) in self.a.iter_mut().enumerate() {
                self.b[j] += *a * other.b[j];
                *a *= other.a[j];
            }
        }
        self
    }
}

fn refused(layer: &str, why: &'static str) -> ExportError {
    ExportError::Quantize { layer: layer.to_owned(), why }
}
