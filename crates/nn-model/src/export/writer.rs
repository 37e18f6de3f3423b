//! The operations of a plan as statements of a language, with their constants.

use std::collections::BTreeSet;
use std::ops::Range;

use nn_core::ActivationSpec;

use super::text::comment;
use super::{Op, Step};

/// Outputs of a dense layer that are worked on together: as many as the registers of a CPU with AVX2 have room for.
const TOGETHER: usize = 32;

/// How a language writes statements; `x` names an array of the sample's numbers, and `"x"` the inputs themselves.
pub(super) trait Syntax {
    /// The number, read back to the bit.
    fn literal(&self, value: f64) -> String;
    /// A declaration of constants.
    fn array(&self, name: &str, values: &[f64]) -> String;
    /// A declaration of constants in rows.
    fn matrix(&self, name: &str, values: &[f64], columns: usize) -> String;
    /// Constants as an argument.
    fn constants(&self, name: &str) -> String;
    /// A new array `y` of `len` numbers, to be written.
    fn declare(&self, y: &str, len: usize) -> String;
    /// A new array `y`, equal to `x`.
    fn copy(&self, y: &str, x: &str, len: usize) -> String;
    /// y[range] = x.
    fn copy_into(&self, y: &str, range: Range<usize>, x: &str) -> String;
    /// Another array as an argument.
    fn argument(&self, x: &str) -> String;
    /// x = function(x, rest).
    fn call(&self, function: &str, x: &str, len: usize, rest: &str) -> String;
    /// x = f(x), number by number, for a function by [`activation_name`].
    fn each(&self, f: &str, x: &str, len: usize) -> String;
    /// y[range] = W x + b, for constants `w` and `b`.
    fn dense(&self, constants: [&str; 2], x: &str, inputs: usize, y: &str, range: Range<usize>) -> String;
}

/// What was written so far.
pub(super) struct Writer<S> {
    pub(super) syntax: S,
    /// The functions that statements call.
    pub(super) wanted: BTreeSet<&'static str>,
    /// The activations that statements apply; the place in the list is a name.
    pub(super) activations: Vec<ActivationSpec>,
    /// The numbers of outputs that dense layers work on together.
    pub(super) widths: BTreeSet<usize>,
    pub(super) constants: String,
    pub(super) body: String,
    names: usize,
}

pub(super) fn activation_name(index: usize) -> String {
    format!("activation_{index}")
}

impl<S: Syntax> Writer<S> {
    pub(super) fn new(syntax: S) -> Self {
        Self {
            syntax,
            wanted: BTreeSet::new(),
            activations: Vec::new(),
            widths: BTreeSet::new(),
            constants: String::new(),
            body: String::new(),
            names: 0,
        }
    }

    /// Appends the operations; gives the name of the array with the outputs.
    pub(super) fn steps(&mut self, steps: &[Step], from: &str) -> String {
        let mut x = from.to_owned();
        // An array of one's own may be changed in place.
        let mut own = false;
        for step in steps {
            let in_place = !matches!(step.op, Op::Dense { .. } | Op::Residual(_) | Op::Parallel(_));
            if in_place && !own {
                x = self.copied(&x, step.inputs);
            }
            x = self.step(step, x);
            own = true;
        }
        x
    }

    fn step(&mut self, step: &Step, x: String) -> String {
        match &step.op {
            Op::Dense { weight, bias } => return self.dense(step, weight, bias, &x),
            Op::Subtract(c) => self.with_constants("subtract", &x, c),
            Op::Divide(c) => self.with_constants("divide", &x, c),
            Op::Multiply(c) => self.with_constants("multiply", &x, c),
            Op::Add(c) => self.with_constants("add", &x, c),
            Op::PRelu(c) => self.with_constants("prelu", &x, c),
            Op::Activation(f) => {
                self.wanted.insert("each");
                let name = self.activation(*f);
                self.body += &self.syntax.each(&name, &x, step.outputs);
            }
            Op::LayerNorm { eps } => self.call("layer_norm", &x, step.outputs, &self.syntax.literal(*eps)),
            Op::RmsNorm { eps } => self.call("rms_norm", &x, step.outputs, &self.syntax.literal(*eps)),
            Op::Softmax => self.call("softmax", &x, step.outputs, ""),
            Op::LogSoftmax => self.call("log_softmax", &x, step.outputs, ""),
            Op::Residual(steps) => {
                let inner = self.steps(steps, &x);
                let sum = self.copied(&x, step.inputs);
                self.call("add", &sum, step.inputs, &self.syntax.argument(&inner));
                return sum;
            }
            Op::Parallel(branches) => return self.parallel(step, branches, &x),
        }
        x
    }

    fn dense(&mut self, step: &Step, weight: &[f64], bias: &[f64], x: &str) -> String {
        self.wanted.insert("dense");
        let (y, inputs) = (self.name("h"), step.inputs);
        self.body.extend(["    // ", &comment(&step.layer), "\n"]);
        self.body += &self.syntax.declare(&y, step.outputs);
        for first in (0..step.outputs).step_by(TOGETHER) {
            let end = (first + TOGETHER).min(step.outputs);
            self.widths.insert(end - first);
            let by_input = (0..inputs).flat_map(|k| (first..end).map(move |j| weight[j * inputs + k]));
            let (w, b) = (self.name("C"), self.name("C"));
            self.constants += &self.syntax.matrix(&w, &by_input.collect::<Vec<_>>(), end - first);
            self.constants += &self.syntax.array(&b, &bias[first..end]);
            self.body += &self.syntax.dense([&w, &b], x, inputs, &y, first..end);
        }
        y
    }

    fn parallel(&mut self, step: &Step, branches: &[Vec<Step>], x: &str) -> String {
        let outputs: Vec<_> = branches.iter().map(|steps| self.steps(steps, x)).collect();
        let joined = self.name("h");
        self.body += &self.syntax.declare(&joined, step.outputs);
        let mut first = 0;
        for (branch, steps) in outputs.iter().zip(branches) {
            let end = first + steps.last().map_or(step.inputs, |last| last.outputs);
            self.body += &self.syntax.copy_into(&joined, first..end, branch);
            first = end;
        }
        joined
    }

    fn copied(&mut self, x: &str, len: usize) -> String {
        let y = self.name("h");
        self.body += &self.syntax.copy(&y, x, len);
        y
    }

    fn with_constants(&mut self, function: &'static str, x: &str, values: &[f64]) {
        let c = self.name("C");
        self.constants += &self.syntax.array(&c, values);
        self.call(function, x, values.len(), &self.syntax.constants(&c));
    }

    fn call(&mut self, function: &'static str, x: &str, len: usize, rest: &str) {
        self.wanted.insert(function);
        self.body += &self.syntax.call(function, x, len, rest);
    }

    /// The name of the function for an activation with its settings.
    fn activation(&mut self, f: ActivationSpec) -> String {
        let known = self.activations.iter().position(|known| *known == f);
        activation_name(known.unwrap_or_else(|| {
            self.activations.push(f);
            self.activations.len() - 1
        }))
    }

    fn name(&mut self, kind: &str) -> String {
        self.names += 1;
        format!("{kind}{}", self.names)
    }
}
