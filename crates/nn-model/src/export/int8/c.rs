//! A quantized network as one C99 header.

use std::fmt::{Display, Write as _};
use std::path::Path;

use super::super::c::{self, C, spelled};
use super::super::text::{comment, identifier, list};
use super::super::writer::{Syntax, Writer};
use super::super::{ExportError, Precision, file};
use super::Int8Plan;
use super::integers::{Layer, Sums};
use super::multiplier::Multiplier;

const FUNCTIONS: &str = include_str!("text/c.txt");

impl Int8Plan {
    /// The network as a C header, C99 or C++17, as [`Plan::to_c`](super::super::Plan::to_c) gives it.
    ///
    /// For a plan named `xor`, `void xor_predict(const float x[N], float y[M])` computes what
    /// [`predict`](Int8Plan::predict) does, and `xor_class` finds the class without floating point behind the inputs, if the
    /// link keeps the order of the logits. Beside them there are the two parts of a prediction,
    /// `void xor_quantize(const float x[N], int8_t q[N])` and `void xor_logits(const int8_t q[N], int32_t y[M])`, for a
    /// program that has integers to begin with. `xor_self_test` compares the logits of 16 samples, which are exact.
    pub fn to_c(&self) -> String {
        let plan = self.described();
        let (inputs, outputs) = (plan.inputs, plan.outputs);
        let mut constants = String::new();
        let logits = self.c_logits(&mut constants);
        let quantize = self.c_quantize(&mut constants);
        let mut writer = Writer::new(C(Precision::F32));
        let result = writer.steps(&self.tail, "h");
        let (double, functions) = c::functions(&mut writer, Precision::F32);
        let step = writer.syntax.literal(self.integers.step.into());
        let own = format!(
            "{FUNCTIONS}\n{functions}\n{constants}{}\n\
             /* The inputs as integers. */\nstatic inline void $quantize(const float x[{inputs}], int8_t q[{inputs}]) {{\n{quantize}}}\n\n\
             /* The logits, in units of {step}. */\nstatic inline void $logits(const int8_t x[{inputs}], int32_t y[{outputs}]) {{\n{logits}}}\n\n\
             /* {} for a sample. */\nstatic inline void $predict(const float x[{inputs}], float y[{outputs}]) {{\n    \
             int8_t q[{inputs}];\n    int32_t integers[{outputs}];\n    float h[{outputs}];\n    $quantize(x, q);\n    $logits(q, integers);\n    \
             for (size_t i = 0; i < {outputs}; i++) {{\n        h[i] = (float)integers[i] * {step};\n    }}\n{}    \
             for (size_t i = 0; i < {outputs}; i++) {{\n        y[i] = {result}[i];\n    }}\n}}\n",
            writer.constants,
            plan.meaning(),
            writer.body,
        ) + &self.c_class()
            + &self.c_self_test();
        let prefix = identifier(&plan.name) + "_";
        let double = spelled(&double, &format!("{prefix}double_"), Precision::F64);
        plan.c_file("_INT8", &(double + &spelled(&own, &prefix, Precision::F32)))
    }

    /// Writes [`to_c`](Int8Plan::to_c) to a file, whole or not at all.
    ///
    /// # Errors
    /// [`ExportError::Io`].
    pub fn write_c(&self, path: impl AsRef<Path>) -> Result<(), ExportError> {
        file::write(path.as_ref(), self.to_c().as_bytes())
    }

    fn c_quantize(&self, constants: &mut String) -> String {
        let (inputs, syntax) = (&self.integers.inputs, C(Precision::F32));
        let reals = |values: &[f32]| -> Vec<f64> { values.iter().map(|&value| value.into()).collect() };
        let (offset, factor) = (reals(&inputs.offset), reals(&inputs.factor));
        let (n, zero) = (offset.len(), inputs.zero);
        let [offset, factor] = if inputs.is_uniform() {
            [offset[0], factor[0]].map(|value| syntax.literal(value))
        } else {
            *constants += &(syntax.array("offset", &offset) + &syntax.array("factor", &factor));
            ["$offset[i]", "$factor[i]"].map(str::to_owned)
        };
        format!(
            "    for (size_t i = 0; i < {n}; i++) {{\n        q[i] = $round(x[i], {offset}, {factor}, {zero});\n    }}\n"
        )
    }

    fn c_logits(&self, constants: &mut String) -> String {
        let (mut body, mut x, mut len) = (String::new(), "x".to_owned(), self.plan.inputs);
        for (index, layer) in self.integers.layers.iter().enumerate() {
            match layer {
                Layer::Dense(sums) => {
                    dense(&mut body, constants, sums, index, &x);
                    len = sums.bias.len();
                }
                Layer::Table(values) => {
                    *constants += &array(&format!("F{index}"), "int8_t", values);
                    let _ = write!(
                        body,
                        "    int8_t h{index}[{len}];\n    memcpy(h{index}, {x}, sizeof h{index});\n    \
                         $look_up(h{index}, {len}, $F{index});\n"
                    );
                }
            }
            x = format!("h{index}");
        }
        body
    }

    fn c_class(&self) -> String {
        let compute = if self.keeps_order() {
            "    int8_t q[$inputs];\n    int32_t y[$outputs];\n    $quantize(x, q);\n    $logits(q, y);\n"
        } else {
            "    float y[$outputs];\n    $predict(x, y);\n"
        };
        self.plan.c_classes("float", compute, self.threshold())
    }

    fn c_self_test(&self) -> String {
        let (samples, syntax) = (self.plan.samples(), C(Precision::F32));
        let (count, inputs, outputs) = (samples.pairs.len(), self.plan.inputs, self.plan.outputs);
        let x = |(x, _): &(Vec<f64>, Vec<f64>)| {
            format!("        {{\n{}        }},\n", syntax.numbers(x, "            "))
        };
        let y = |(x, _): &(Vec<f64>, Vec<f64>)| {
            let y = self.integers.logits(&super::single(x));
            format!("        {{\n{}        }},\n", list(y.iter().map(i32::to_string), "            "))
        };
        let xs: String = samples.pairs.iter().map(x).collect();
        let ys: String = samples.pairs.iter().map(y).collect();
        format!(
            "\n/* 1 if the logits of {count} samples are the library's, else 0. */\n\
             static inline int $self_test(void) {{\n    static const float xs[{count}][{inputs}] = {{\n{xs}    }};\n    \
             static const int32_t ys[{count}][{outputs}] = {{\n{ys}    }};\n    \
             for (size_t k = 0; k < {count}; k++) {{\n        int8_t q[$inputs];\n        int32_t y[$outputs];\n        \
             $quantize(xs[k], q);\n        $logits(q, y);\n        \
             if (memcmp(y, ys[k], sizeof y) != 0) {{\n            return 0;\n        }}\n    }}\n    return 1;\n}}\n"
        )
    }
}

fn dense(body: &mut String, constants: &mut String, sums: &Sums, index: usize, x: &str) {
    let (n, m) = (sums.inputs, sums.bias.len());
    *constants += &array(&format!("W{index}"), "int8_t", &sums.weight);
    *constants += &array(&format!("B{index}"), "int32_t", &sums.bias);
    *constants += &multipliers(&index.to_string(), &sums.multipliers);
    // The last layer's are the logits.
    let y = if sums.ends.is_some() { format!("s{index}") } else { "y".to_owned() };
    let _ = writeln!(body, "    /* {} */", comment(&sums.layer));
    if sums.ends.is_some() {
        let _ = writeln!(body, "    int32_t {y}[{m}];\n    int8_t h{index}[{m}];");
    }
    let _ = writeln!(body, "    $dense({x}, {n}, $W{index}, $B{index}, {y}, {m});");
    if let Some(below_zero) = &sums.below_zero {
        *constants += &multipliers(&format!("{index}_below"), below_zero);
        let below = format!("$M{index}_below, $S{index}_below");
        let _ = writeln!(body, "    $multiply_by_sign({y}, {m}, $M{index}, $S{index}, {below});");
    } else {
        let _ = writeln!(body, "    $multiply_sums({y}, {m}, $M{index}, $S{index});");
    }
    if let Some(ends) = sums.ends {
        let _ = writeln!(body, "    $bound({y}, {m}, {}, {}, {}, h{index});", ends.zero, ends.low, ends.high);
    }
}

fn multipliers(name: &str, values: &[Multiplier]) -> String {
    let (factors, shifts): (Vec<i32>, Vec<u8>) =
        values.iter().map(|value| (value.factor, value.shift)).unzip();
    array(&format!("M{name}"), "int32_t", &factors) + &array(&format!("S{name}"), "uint8_t", &shifts)
}

fn array(name: &str, number: &str, values: &[impl Display]) -> String {
    let items = list(values.iter().map(ToString::to_string), "    ");
    format!("static const {number} ${name}[{}] = {{\n{items}}};\n", values.len())
}
