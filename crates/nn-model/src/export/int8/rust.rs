//! A quantized network as one file of Rust.

use std::fmt::Display;
use std::fmt::Write as _;
use std::path::Path;

use super::super::rust::{Rust, functions, module, value};
use super::super::text::{comment, list};
use super::super::writer::{Syntax, Writer};
use super::super::{ExportError, Precision, file};
use super::Int8Plan;
use super::integers::{Layer, Sums};
use super::multiplier::Multiplier;

const FUNCTIONS: &str = include_str!("text/rust.txt");

impl Int8Plan {
    /// The network as a Rust module, `no_std`, as [`Plan::to_rust`](super::super::Plan::to_rust) gives it.
    ///
    /// `pub fn predict(x: &[f32; N]) -> [f32; M]` computes what [`predict`](Int8Plan::predict) does, and `class` finds the
    /// class without floating point behind the inputs, if the link keeps the order of the logits. Beside them there are
    /// the two parts of a prediction, `quantize(x: &[f32; N]) -> [i8; N]` and `logits(x: &[i8; N]) -> [i32; M]`, for a
    /// program that has integers to begin with. `self_test` compares the logits of 16 samples, which are exact.
    pub fn to_rust(&self) -> String {
        let plan = self.described();
        let (inputs, outputs) = (plan.inputs, plan.outputs);
        let mut constants = String::new();
        let logits = self.rust_logits(&mut constants);
        let quantize = self.rust_quantize(&mut constants);
        let mut writer = Writer::new(Rust(Precision::F32));
        let result = writer.steps(&self.tail, "y");
        let step = writer.syntax.literal(self.integers.step.into());
        let mut text = plan.rust_head();
        let _ = write!(
            text,
            "/// {} for a sample.\npub fn predict(x: &[f32; {inputs}]) -> [f32; {outputs}] {{\n    \
             let y = logits(&quantize(x)).map(|y| y as f32 * {step});\n{}    {}\n}}\n\n\
             /// The inputs as integers.\npub fn quantize(x: &[f32; {inputs}]) -> [i8; {inputs}] {{\n{quantize}}}\n\n\
             /// The logits, in units of {step}.\npub fn logits(x: &[i8; {inputs}]) -> [i32; {outputs}] {{\n{logits}}}\n",
            plan.meaning(),
            writer.body,
            value(&result),
        );
        text += &plan.rust_classes(
            "f32",
            if self.keeps_order() { "logits(&quantize(x))" } else { "predict(x)" },
            self.threshold(),
        );
        text += &self.rust_self_test();
        constants += &writer.constants;
        let _ = write!(text, "\n#[allow(clippy::all)]\nmod constants {{\n{constants}}}\n");
        text += &module("int8", "Arithmetic of integers.", "clippy::all, dead_code", FUNCTIONS);
        text + &functions(&mut writer, Precision::F32)
    }

    /// Writes [`to_rust`](Int8Plan::to_rust) to a file, whole or not at all.
    ///
    /// # Errors
    /// [`ExportError::Io`].
    pub fn write_rust(&self, path: impl AsRef<Path>) -> Result<(), ExportError> {
        file::write(path.as_ref(), self.to_rust().as_bytes())
    }

    fn rust_quantize(&self, constants: &mut String) -> String {
        let (inputs, syntax) = (&self.integers.inputs, Rust(Precision::F32));
        let reals = |values: &[f32]| -> Vec<f64> { values.iter().map(|&value| value.into()).collect() };
        let (offset, factor) = (reals(&inputs.offset), reals(&inputs.factor));
        if inputs.is_uniform() {
            let [offset, factor] = [offset[0], factor[0]].map(|value| syntax.literal(value));
            return format!("    x.map(|x| int8::quantize(x, {offset}, {factor}, {}))\n", inputs.zero);
        }
        *constants += &(syntax.array("OFFSET", &offset) + &syntax.array("FACTOR", &factor));
        format!(
            "    core::array::from_fn(|k| int8::quantize(x[k], constants::OFFSET[k], constants::FACTOR[k], {}))\n",
            inputs.zero
        )
    }

    fn rust_logits(&self, constants: &mut String) -> String {
        let (mut body, mut x) = (String::new(), "x".to_owned());
        for (index, layer) in self.integers.layers.iter().enumerate() {
            let y = format!("h{index}");
            match layer {
                Layer::Dense(sums) => dense(&mut body, constants, sums, index, &x),
                Layer::Table(values) => {
                    *constants += &array(&format!("F{index}"), "i8", values);
                    let _ = write!(
                        body,
                        "    let mut {y} = {};\n    int8::look_up(&mut {y}, &constants::F{index});\n",
                        value(&x)
                    );
                }
            }
            x = y;
        }
        body + &format!("    {x}\n")
    }

    fn rust_self_test(&self) -> String {
        let (samples, syntax) = (self.plan.samples(), Rust(Precision::F32));
        let (count, inputs, outputs) = (samples.pairs.len(), self.plan.inputs, self.plan.outputs);
        let mut text = format!(
            "\n/// Whether the logits of {count} samples are the library's.\n#[allow(dead_code)]\n\
             pub fn self_test() -> bool {{\n    SAMPLES.iter().all(|(x, y)| logits(&quantize(x)) == *y)\n}}\n\n\
             #[rustfmt::skip]\n#[allow(dead_code, clippy::all)]\n\
             static SAMPLES: [([f32; {inputs}], [i32; {outputs}]); {count}] = [\n"
        );
        for (x, _) in &samples.pairs {
            let y = self.integers.logits(&super::single(x));
            let [x, y] =
                [syntax.numbers(x, "            "), list(y.iter().map(i32::to_string), "            ")];
            let _ = write!(text, "    (\n        [\n{x}        ],\n        [\n{y}        ],\n    ),\n");
        }
        text + "];\n\n#[cfg(test)]\n#[test]\nfn predicts_as_the_library() {\n    assert!(self_test());\n}\n"
    }
}

fn dense(body: &mut String, constants: &mut String, sums: &Sums, index: usize, x: &str) {
    let (inputs, outputs) = (sums.inputs, sums.bias.len());
    let row = |row: &[i8]| {
        format!("        [\n{}        ],\n", list(row.iter().map(i8::to_string), "            "))
    };
    let rows: String = sums.weight.chunks(inputs).map(row).collect();
    let _ = write!(*constants, "    pub static W{index}: [[i8; {inputs}]; {outputs}] = [\n{rows}    ];\n");
    *constants += &array(&format!("B{index}"), "i32", &sums.bias);
    *constants += &multipliers(&format!("{index}"), &sums.multipliers);
    let x = if x == "x" { x.to_owned() } else { format!("&{x}") };
    let _ = write!(
        body,
        "    // {}\n    let mut h{index} = int8::dense({x}, &constants::W{index}, &constants::B{index});\n",
        comment(&sums.layer)
    );
    let pair = |name: &str| format!("&constants::M{name}, &constants::S{name}");
    let own = pair(&index.to_string());
    if let Some(below_zero) = &sums.below_zero {
        let below = format!("{index}_BELOW");
        *constants += &multipliers(&below, below_zero);
        let _ = writeln!(body, "    int8::multiply_by_sign(&mut h{index}, ({own}), ({}));", pair(&below));
    } else {
        let _ = writeln!(body, "    int8::multiply(&mut h{index}, {own});");
    }
    if let Some(ends) = sums.ends {
        let (zero, low, high) = (ends.zero, ends.low, ends.high);
        let _ = writeln!(body, "    let h{index} = int8::bounded(&h{index}, {zero}, {low}, {high});");
    }
}

fn multipliers(name: &str, values: &[Multiplier]) -> String {
    let (factors, shifts): (Vec<i32>, Vec<u8>) =
        values.iter().map(|value| (value.factor, value.shift)).unzip();
    array(&format!("M{name}"), "i32", &factors) + &array(&format!("S{name}"), "u8", &shifts)
}

fn array(name: &str, number: &str, values: &[impl Display]) -> String {
    let items = list(values.iter().map(ToString::to_string), "        ");
    format!("    pub static {name}: [{number}; {}] = [\n{items}    ];\n", values.len())
}
