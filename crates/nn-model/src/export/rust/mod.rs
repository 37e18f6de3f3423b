//! A network as one file of Rust: no dependency, no allocation, no `unsafe`.

mod syntax;

use std::fmt::Write as _;
use std::path::Path;

use self::syntax::WORDS;
pub(super) use self::syntax::{Rust, value};
use super::math::{self, Language};
use super::text::{comment, indented, list};
use super::writer::{Syntax, Writer, activation_name};
use super::{ExportError, Plan, Precision, activations, file};

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
        self.rust_file()
    }

    /// Writes [`to_rust`](Plan::to_rust) to a file, whole or not at all.
    ///
    /// # Errors
    /// [`ExportError::Io`].
    pub fn write_rust(&self, path: impl AsRef<Path>) -> Result<(), ExportError> {
        file::write(path.as_ref(), self.to_rust().as_bytes())
    }
}

impl Plan {
    fn rust_file(&self) -> String {
        let (number, inputs, outputs) = (self.precision.name(), self.inputs, self.outputs);
        let mut writer = Writer::new(Rust(self.precision));
        let result = writer.steps(&self.steps, "x");
        let mut text = self.rust_head();
        let _ = write!(
            text,
            "/// {} for a sample.\n\
             pub fn predict(x: &[{number}; {inputs}]) -> [{number}; {outputs}] {{\n{}    {}\n}}\n",
            self.meaning(),
            writer.body,
            value(&result)
        );
        text += &self.rust_classes(number, "predict(x)", "0.5");
        text += &self.rust_self_test();
        if !writer.constants.is_empty() {
            text += "\n/// The constants; decimals that are read back to the bit.\n#[allow(clippy::all)]\nmod constants {\n";
            text += &writer.constants;
            text += "}\n";
        }
        text + &functions(&mut writer, self.precision)
    }

    /// The comment at the head, and the sizes.
    pub(super) fn rust_head(&self) -> String {
        let comments = self
            .header()
            .into_iter()
            .map(|line| format!("// {}", comment(&line)).trim_end().to_owned() + "\n");
        format!(
            "{}\n/// Number of inputs.\n#[allow(dead_code)]\npub const INPUTS: usize = {};\n\
             /// Number of outputs.\n#[allow(dead_code)]\npub const OUTPUTS: usize = {};\n\n",
            comments.collect::<String>(),
            self.inputs,
            self.outputs
        )
    }

    /// The names of the classes, and the function that gives one, if they have names: `compute` gives the outputs for `x`;
    /// the only one of a single output is compared with `threshold`.
    pub(super) fn rust_classes(&self, number: &str, compute: &str, threshold: &str) -> String {
        if self.classes.is_empty() {
            return String::new();
        }
        let names = list(self.classes.iter().map(|name| format!("{name:?}")), "    ");
        let choose = if self.outputs == 1 {
            format!("    usize::from({compute}[0] > {threshold})\n")
        } else {
            format!(
                "    let y = {compute};\n    let mut best = 0;\n    for k in 1..OUTPUTS {{\n        \
                 if y[k] > y[best] {{\n            best = k;\n        }}\n    }}\n    best\n"
            )
        };
        format!(
            "\n/// The names of the classes.\n#[allow(dead_code)]\npub const CLASSES: [&str; {}] = [\n{names}];\n\n\
             /// The index of the class in [`CLASSES`].\n#[allow(dead_code)]\n\
             pub fn class(x: &[{number}; {}]) -> usize {{\n{choose}}}\n",
            self.classes.len(),
            self.inputs
        )
    }

    fn rust_self_test(&self) -> String {
        let (samples, syntax) = (self.samples(), Rust(self.precision));
        let (number, count, inputs, outputs) =
            (self.precision.name(), samples.pairs.len(), self.inputs, self.outputs);
        let mut text = format!(
            "\n/// Whether {count} samples are predicted as the library did, but for rounding.\n#[allow(dead_code)]\n\
             pub fn self_test() -> bool {{\n    \
             SAMPLES.iter().all(|(x, y)| predict(x).iter().zip(y).all(|(a, b)| (a - b).abs() <= {}))\n}}\n\n\
             #[rustfmt::skip]\n#[allow(dead_code, clippy::all)]\n\
             static SAMPLES: [([{number}; {inputs}], [{number}; {outputs}]); {count}] = [\n",
            syntax.literal(samples.tolerance)
        );
        for (x, y) in &samples.pairs {
            let [x, y] = [x, y].map(|values| syntax.numbers(values, "            "));
            let _ = write!(text, "    (\n        [\n{x}        ],\n        [\n{y}        ],\n    ),\n");
        }
        text + "];\n\n#[cfg(test)]\n#[test]\nfn predicts_as_the_library() {\n    assert!(self_test());\n}\n"
    }
}

/// The module with the functions that the statements call.
pub(super) fn functions(writer: &mut Writer<Rust>, precision: Precision) -> String {
    let mut last = String::new();
    for (index, f) in writer.activations.iter().enumerate() {
        let (body, uses) =
            activations::body(*f, precision, &WORDS).expect("asked for when the plan was made");
        writer.wanted.extend(uses);
        let (line, name) = (comment(&format!("{f:?}")), activation_name(index));
        let _ = write!(
            last,
            "/// {line}\n#[inline(always)]\npub fn {name}(z: F) -> F {{\n{}}}\n",
            indented(&body)
        );
    }
    if writer.wanted.is_empty() {
        return String::new();
    }
    let module = |name: &str, number: &str, functions: &str, last: &str| {
        let text = format!("type F = {number};\n\n{functions}{last}");
        module(name, "The library's functions, in its order of operations.", "clippy::all", &text)
    };
    let functions = math::functions(Language::Rust, &writer.wanted, precision);
    let text = module("math", precision.name(), &functions.own, &last);
    match functions.in_double {
        Some(double) => text + &module("double", "f64", &double, ""),
        None => text,
    }
}

/// A module with what of the compiler's lints is allowed there.
pub(super) fn module(name: &str, doc: &str, allowed: &str, text: &str) -> String {
    format!("\n/// {doc}\n#[allow({allowed})]\nmod {name} {{\n{}}}\n", indented(text))
}
