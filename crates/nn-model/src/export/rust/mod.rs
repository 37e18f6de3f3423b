//! A network as one file of Rust: no dependency, no allocation, no `unsafe`.

mod functions;
mod math;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use nn_core::{ActivationSpec, Link};

use super::parts::needed;
use super::text::{comment, indented, list};
use super::{ExportError, Op, Plan, Precision, Step, file};

/// Outputs of a dense layer that are worked on together: as many as the registers of a CPU with AVX2 have room for.
const TOGETHER: usize = 32;

impl Plan {
    /// The network as a Rust module.
    ///
    /// `pub fn predict(x: &[f32; N]) -> [f32; M]` computes what
    /// [`Network::predict_proba`](nn_core::Network::predict_proba) does, from raw features if the plan has a scaler.
    /// `pub fn self_test() -> bool` predicts 16 samples and compares. With [names of classes](Plan::classes) there is
    /// `pub fn class(x) -> usize`, too.
    ///
    /// # Where it runs
    /// In any crate of edition 2021 or later, `no_std` or not: put it beside `lib.rs` and say `mod network;`. It needs
    /// `core` alone. Only where the CPU is known to have a fused multiply-add (aarch64, or `-C target-feature=+fma`) and
    /// there is an operating system does it take that from `std`, since `core` has none.
    ///
    /// # Bits
    /// Compiled for a CPU with a fused multiply-add, the file gives the bits of the library on such a CPU. Without, its
    /// products are rounded twice. Two functions are not ported bit by bit, but are right to the last digit or two: sines,
    /// of angles up to a million, and ln(1 + x), in [`Softplus`](nn_core::Softplus) and
    /// [`LogSigmoid`](nn_core::LogSigmoid). A scaler computes in the network's number type.
    ///
    /// # Example
    /// ```
    /// use nn_core::{Dense, Network, Tanh};
    /// use nn_model::export::Plan;
    ///
    /// let network = Network::<f32, _>::new(2, (Dense::new(7, Tanh), Dense::linear(1)), 0)?;
    /// let text = Plan::new(&network)?.named("xor").note("accuracy 1.0").to_rust();
    /// assert!(text.starts_with("// xor\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_rust(&self) -> String {
        Writer::new(self).file()
    }

    /// Writes [`to_rust`](Plan::to_rust) to a file, whole or not at all.
    ///
    /// # Errors
    /// [`ExportError::Io`].
    pub fn write_rust(&self, path: impl AsRef<Path>) -> Result<(), ExportError> {
        file::write(path.as_ref(), self.to_rust().as_bytes())
    }
}

/// The number as Rust reads it back to the bit: the shortest decimal does.
#[allow(clippy::cast_possible_truncation, reason = "the number is one of that type")]
pub(super) fn literal(value: f64, precision: Precision) -> String {
    match precision {
        Precision::F32 => format!("{:?}", value as f32),
        Precision::F64 => format!("{value:?}"),
    }
}

struct Writer<'a> {
    plan: &'a Plan,
    wanted: BTreeSet<&'static str>,
    statics: String,
    functions: Vec<(ActivationSpec, String)>,
    body: String,
    names: usize,
}

impl<'a> Writer<'a> {
    fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            wanted: BTreeSet::new(),
            statics: String::new(),
            functions: Vec::new(),
            body: String::new(),
            names: 0,
        }
    }

    fn file(mut self) -> String {
        let plan = self.plan;
        let number = plan.precision.name();
        let result = self.steps(&plan.steps, "x", plan.inputs);
        let result = if result == "x" { "*x".to_owned() } else { result };
        let (inputs, outputs) = (plan.inputs, plan.outputs);
        let mut text = String::new();
        for line in plan.header() {
            text += format!("// {}", comment(&line)).trim_end();
            text += "\n";
        }
        let output = match plan.link {
            Link::Softmax => "The probabilities of the classes",
            Link::Logistic => "The probability of each output",
            _ => "The outputs",
        };
        let _ = write!(
            text,
            "\n/// Number of inputs.\n#[allow(dead_code)]\npub const INPUTS: usize = {inputs};\n\
             /// Number of outputs.\n#[allow(dead_code)]\npub const OUTPUTS: usize = {outputs};\n\n\
             /// {output} for a sample.\n\
             pub fn predict(x: &[{number}; {inputs}]) -> [{number}; {outputs}] {{\n{}    {result}\n}}\n",
            self.body
        );
        text += &self.class(number);
        text += &self.self_test(number);
        if !self.statics.is_empty() {
            text += "\n/// The constants; decimals that are read back to the bit.\n#[allow(clippy::all)]\nmod constants {\n";
            text += &self.statics;
            text += "}\n";
        }
        text + &self.math()
    }

    /// Appends the operations; gives the name of the variable with the outputs.
    fn steps(&mut self, steps: &[Step], from: &str, inputs: usize) -> String {
        let mut x = from.to_owned();
        // A variable of one's own may be changed in place.
        let mut own = false;
        for step in steps {
            let in_place = !matches!(step.op, Op::Dense { .. } | Op::Residual(_) | Op::Parallel(_));
            if in_place && !own {
                let copy = self.name();
                let value = if x == "x" { "*x" } else { &x };
                let _ = writeln!(self.body, "    let mut {copy} = {value};");
                x = copy;
            }
            x = self.step(step, x);
            own = true;
        }
        let _ = inputs;
        x
    }

    fn step(&mut self, step: &Step, x: String) -> String {
        let precision = self.plan.precision;
        match &step.op {
            Op::Dense { weight, bias } => return self.dense(step, weight, bias, &x),
            Op::Subtract(c) => self.with_constants("subtract", &x, c),
            Op::Divide(c) => self.with_constants("divide", &x, c),
            Op::Multiply(c) => self.with_constants("multiply", &x, c),
            Op::Add(c) => self.with_constants("add", &x, c),
            Op::PRelu(c) => self.with_constants("prelu", &x, c),
            Op::Activation(f) => {
                let name = self.function(*f);
                self.wanted.insert("each");
                let _ = writeln!(self.body, "    math::each(&mut {x}, math::{name});");
            }
            Op::LayerNorm { eps } => self.call("layer_norm", &x, &format!(", {}", literal(*eps, precision))),
            Op::RmsNorm { eps } => self.call("rms_norm", &x, &format!(", {}", literal(*eps, precision))),
            Op::Softmax => self.call("softmax", &x, ""),
            Op::LogSoftmax => self.call("log_softmax", &x, ""),
            Op::Residual(steps) => {
                let inner = self.steps(steps, &x, step.inputs);
                let sum = self.name();
                self.wanted.insert("add");
                let value = if x == "x" { "*x" } else { &x };
                let inner = if inner == "x" { inner } else { format!("&{inner}") };
                let _ =
                    writeln!(self.body, "    let mut {sum} = {value};\n    math::add(&mut {sum}, {inner});");
                return sum;
            }
            Op::Parallel(branches) => {
                let outputs: Vec<_> =
                    branches.iter().map(|steps| self.steps(steps, &x, step.inputs)).collect();
                let joined = self.name();
                let _ = writeln!(self.body, "    let mut {joined} = [0.0; {}];", step.outputs);
                let mut first = 0;
                for (branch, steps) in outputs.iter().zip(branches) {
                    let end = first + steps.last().map_or(step.inputs, |last| last.outputs);
                    let slice = if branch == "x" { "x".into() } else { format!("&{branch}") };
                    let _ = writeln!(self.body, "    {joined}[{first}..{end}].copy_from_slice({slice});");
                    first = end;
                }
                return joined;
            }
        }
        x
    }

    fn dense(&mut self, step: &Step, weight: &[f64], bias: &[f64], x: &str) -> String {
        self.wanted.insert("dense");
        let y = self.name();
        let (inputs, x) = (step.inputs, if x == "x" { "x".to_owned() } else { format!("&{x}") });
        let _ = writeln!(self.body, "    // {}", comment(&step.layer));
        let _ = writeln!(self.body, "    let mut {y} = [0.0; {}];", step.outputs);
        for first in (0..step.outputs).step_by(TOGETHER) {
            let end = (first + TOGETHER).min(step.outputs);
            let by_input = (0..inputs).flat_map(|k| (first..end).map(move |j| weight[j * inputs + k]));
            let w = self.matrix(by_input.collect(), end - first);
            let b = self.constants(&bias[first..end]);
            let _ = writeln!(
                self.body,
                "    math::dense(&constants::{w}, &constants::{b}, {x}, &mut {y}[{first}..{end}]);"
            );
        }
        y
    }

    fn with_constants(&mut self, function: &'static str, x: &str, values: &[f64]) {
        let c = self.constants(values);
        self.call(function, x, &format!(", &constants::{c}"));
    }

    fn call(&mut self, function: &'static str, x: &str, rest: &str) {
        self.wanted.insert(function);
        let _ = writeln!(self.body, "    math::{function}(&mut {x}{rest});");
    }

    /// A function of the module `math` for an activation: one that is there, or one made for its settings.
    fn function(&mut self, f: ActivationSpec) -> String {
        if let Some((_, name)) = self.functions.iter().find(|(known, _)| *known == f) {
            return name.clone();
        }
        let name = format!("activation_{}", self.functions.len());
        self.functions.push((f, name.clone()));
        name
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("h{}", self.names)
    }

    fn constants(&mut self, values: &[f64]) -> String {
        self.names += 1;
        let name = format!("C{}", self.names);
        let (number, precision) = (self.plan.precision.name(), self.plan.precision);
        let items = list(values.iter().map(|&value| literal(value, precision)), "        ");
        let _ =
            writeln!(self.statics, "    pub static {name}: [{number}; {}] = [\n{items}    ];", values.len());
        name
    }

    fn matrix(&mut self, values: Vec<f64>, columns: usize) -> String {
        self.names += 1;
        let name = format!("C{}", self.names);
        let (number, precision) = (self.plan.precision.name(), self.plan.precision);
        let rows = values.len() / columns;
        let _ = writeln!(self.statics, "    pub static {name}: [[{number}; {columns}]; {rows}] = [");
        for row in values.chunks(columns) {
            let items = list(row.iter().map(|&value| literal(value, precision)), "            ");
            let _ = writeln!(self.statics, "        [\n{items}        ],");
        }
        self.statics += "    ];\n";
        name
    }

    fn class(&self, number: &str) -> String {
        let classes = &self.plan.classes;
        if classes.is_empty() {
            return String::new();
        }
        let names = list(classes.iter().map(|name| format!("{name:?}")), "    ");
        let choose = if self.plan.outputs == 1 {
            "    usize::from(predict(x)[0] > 0.5)\n"
        } else {
            "    let y = predict(x);\n    let mut best = 0;\n    for k in 1..OUTPUTS {\n        \
             if y[k] > y[best] {\n            best = k;\n        }\n    }\n    best\n"
        };
        format!(
            "\n/// The names of the classes.\n#[allow(dead_code)]\npub const CLASSES: [&str; {}] = [\n{names}];\n\n\
             /// The index of the class in [`CLASSES`].\n#[allow(dead_code)]\npub fn class(x: &[{number}; {}]) -> usize {{\n{choose}}}\n",
            classes.len(),
            self.plan.inputs
        )
    }

    fn self_test(&self, number: &str) -> String {
        let (samples, precision) = (self.plan.samples(), self.plan.precision);
        let numbers =
            |values: &[f64]| list(values.iter().map(|&value| literal(value, precision)), "            ");
        let mut text = format!(
            "\n/// Whether {} samples are predicted as the library did, but for rounding.\n#[allow(dead_code)]\npub fn self_test() -> bool {{\n    \
             SAMPLES.iter().all(|(x, y)| predict(x).iter().zip(y).all(|(a, b)| (a - b).abs() <= {}))\n}}\n\n\
             #[rustfmt::skip]\n#[allow(dead_code, clippy::all)]\nstatic SAMPLES: [([{number}; {}], [{number}; {}]); {}] = [\n",
            samples.pairs.len(),
            literal(samples.tolerance, precision),
            self.plan.inputs,
            self.plan.outputs,
            samples.pairs.len()
        );
        for (x, y) in &samples.pairs {
            let _ = writeln!(
                text,
                "    (\n        [\n{}        ],\n        [\n{}        ],\n    ),",
                numbers(x),
                numbers(y)
            );
        }
        text + "];\n\n#[cfg(test)]\n#[test]\nfn predicts_as_the_library() {\n    assert!(self_test());\n}\n"
    }

    fn math(&mut self) -> String {
        let precision = self.plan.precision;
        let mut activations = String::new();
        for (f, name) in &self.functions {
            let (body, uses) = functions::body(*f, precision).expect("asked for when the plan was made");
            self.wanted.extend(uses);
            let line = format!("{f:?}").replace('\n', " ");
            let _ = write!(
                activations,
                "/// {line}\n#[inline(always)]\npub fn {name}(z: F) -> F {{\n{}}}\n",
                indented(&body)
            );
        }
        if self.wanted.is_empty() && activations.is_empty() {
            return String::new();
        }
        let module = |name: &str, number: &str, wanted: &BTreeSet<&'static str>, precision, last: &str| {
            let texts = needed(math::PARTS, wanted, precision).map(|part| part.text(precision));
            let text = format!("type F = {number};\n\n{}{last}", texts.collect::<Vec<_>>().join("\n"));
            let doc = "/// The library's functions, in its order of operations.\n#[allow(clippy::all)]\n";
            format!("\n{doc}mod {name} {{\n{}}}\n", indented(&text))
        };
        let mut text = module("math", self.plan.precision.name(), &self.wanted, precision, &activations);
        if precision == Precision::F32 {
            let double = math::IN_DOUBLE.iter().filter(|name| self.wanted.contains(*name));
            let double: BTreeSet<_> = double.copied().collect();
            if !double.is_empty() {
                text += &module("double", "f64", &double, Precision::F64, "");
            }
        }
        text
    }
}
