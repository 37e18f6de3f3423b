//! A network as one C99 header: no dependency but the standard library's headers, no allocation.

mod syntax;

use std::fmt::Write as _;
use std::path::Path;

use nn_core::Fingerprint;

use self::syntax::WORDS;
pub(super) use self::syntax::{C, spelled};
use super::math::{self, Language};
use super::text::{comment, identifier, indented, list, string_of_c};
use super::writer::{Syntax, Writer, activation_name};
use super::{ExportError, Plan, Precision, activations, file};

impl Plan {
    /// The network as a C header, C99 or C++17.
    ///
    /// For a plan [named](Plan::named) `xor`, `void xor_predict(const float x[N], float y[M])` computes what
    /// [`Network::predict_proba`](nn_core::Network::predict_proba) does, from raw features if the plan has a scaler.
    /// `int xor_self_test(void)` predicts 16 samples and compares: 1 if they agree. With [names of
    /// classes](Plan::classes) there are `size_t xor_class(const float x[N])` and `xor_classes[]`, too. All functions are
    /// `static inline`, and all names begin with the plan's.
    ///
    /// # Where it runs
    /// On any CPU, microcontrollers without an operating system among them. It needs `<math.h>` for `fabs`, `copysign`, `sqrt` and
    /// `fma`, which compilers know, and `<string.h>` for `memcpy`. Compilers that may reorder sums (`-ffast-math`) and
    /// the x87 unit are refused by an `#error`.
    ///
    /// # Bits
    /// With `-ffp-contract=off`, or `-std=c99` for GCC, the bits are those of [`to_rust`](Plan::to_rust): the
    /// library's on a CPU with a fused multiply-add (`-mfma`, aarch64), sines and ln(1 + x) but for the last digit or two.
    /// With `-DSMALLNET_FMA` they are so on every CPU whose standard library has an exact `fma`, as glibc's is and
    /// newlib's is not, but slower.
    ///
    /// # Example
    /// ```
    /// use nn_core::{Dense, Network, Tanh};
    /// use nn_model::export::Plan;
    ///
    /// let network = Network::<f32, _>::new(2, (Dense::new(7, Tanh), Dense::linear(1)), 0)?;
    /// let text = Plan::new(&network)?.named("xor").to_c();
    /// assert!(text.contains("static inline void xor_predict(const float x[2], float y[1])"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_c(&self) -> String {
        let mut writer = Writer::new(C(self.precision));
        let result = writer.steps(&self.steps, "x");
        let (double, functions) = functions(&mut writer, self.precision);
        let predict = format!(
            "\n/* {} for a sample. */\nstatic inline void $predict(const $F x[{}], $F y[{}]) {{\n{}    \
             for (size_t i = 0; i < {}; i++) {{\n        y[i] = {result}[i];\n    }}\n}}\n",
            self.meaning(),
            self.inputs,
            self.outputs,
            writer.body,
            self.outputs,
        );
        let own = functions
            + "\n"
            + &writer.constants
            + &predict
            + &self.c_classes("$F", "    $F y[$outputs];\n    $predict(x, y);\n", "0.5")
            + &self.c_self_test();
        let prefix = identifier(&self.name) + "_";
        let double = spelled(&double, &format!("{prefix}double_"), Precision::F64);
        self.c_file("", &(double + &spelled(&own, &prefix, self.precision)))
    }

    /// Writes [`to_c`](Plan::to_c) to a file, whole or not at all.
    ///
    /// # Errors
    /// [`ExportError::Io`].
    pub fn write_c(&self, path: impl AsRef<Path>) -> Result<(), ExportError> {
        file::write(path.as_ref(), self.to_c().as_bytes())
    }

    /// The comment at the head, and what is included, around a text.
    pub(super) fn c_file(&self, kind: &str, text: &str) -> String {
        let mut head = "/*\n".to_owned();
        for line in self.header() {
            head += format!(" * {}", comment(&line)).trim_end();
            head += "\n";
        }
        let name = identifier(&self.name);
        // Another text of the same name is not skipped, be it a scaler alone: the compiler sees names twice.
        let mut fingerprint = Fingerprint::new();
        fingerprint.text(text);
        let guard = format!("{}{kind}_{:016X}_H", name.to_uppercase(), fingerprint.finish());
        format!(
            "{head} */\n#ifndef {guard}\n#define {guard}\n\n#include <float.h>\n#include <math.h>\n#include <stddef.h>\n\
             #include <stdint.h>\n#include <string.h>\n\n\
             #ifdef __FAST_MATH__\n#error \"sums must keep their order: compile without -ffast-math\"\n#endif\n\
             #if defined(FLT_EVAL_METHOD) && (FLT_EVAL_METHOD == 1 || FLT_EVAL_METHOD == 2)\n\
             #error \"numbers must be rounded to their type: compile with -msse2 -mfpmath=sse\"\n#endif\n\n\
             /* Number of inputs and outputs. */\nenum {{ {name}_inputs = {}, {name}_outputs = {} }};\n\n{text}\n#endif\n",
            self.inputs, self.outputs
        )
    }

    /// The names of the classes, and the function that gives one, if they have names: `compute` leaves the outputs in
    /// y[]; the only one of a single output is compared with `threshold`.
    pub(super) fn c_classes(&self, number: &str, compute: &str, threshold: &str) -> String {
        if self.classes.is_empty() {
            return String::new();
        }
        let names = list(self.classes.iter().map(|name| string_of_c(name)), "    ");
        let choose = if self.outputs == 1 {
            format!("    return y[0] > {threshold} ? 1 : 0;\n")
        } else {
            "    size_t best = 0;\n    for (size_t k = 1; k < $outputs; k++) {\n        \
             if (y[k] > y[best]) {\n            best = k;\n        }\n    }\n    return best;\n"
                .to_owned()
        };
        format!(
            "\n/* The names of the classes. */\nstatic const char *const $classes[{}] = {{\n{names}}};\n\n\
             /* The index of the class in $classes. */\n\
             static inline size_t $class(const {number} x[{}]) {{\n{compute}{choose}}}\n",
            self.classes.len(),
            self.inputs
        )
    }

    fn c_self_test(&self) -> String {
        let (samples, syntax) = (self.samples(), C(self.precision));
        let row = |row: &[f64]| format!("        {{\n{}        }},\n", syntax.numbers(row, "            "));
        let xs: String = samples.pairs.iter().map(|(x, _)| row(x)).collect();
        let ys: String = samples.pairs.iter().map(|(_, y)| row(y)).collect();
        let count = samples.pairs.len();
        format!(
            "\n/* 1 if {count} samples are predicted as the library did, but for rounding, else 0. */\n\
             static inline int $self_test(void) {{\n    static const $F xs[{count}][{}] = {{\n{xs}    }};\n    \
             static const $F ys[{count}][{}] = {{\n{ys}    }};\n    \
             for (size_t k = 0; k < {count}; k++) {{\n        $F y[$outputs];\n        $predict(xs[k], y);\n        \
             for (size_t i = 0; i < $outputs; i++) {{\n            \
             if (!(@fabs(y[i] - ys[k][i]) <= {})) {{\n                return 0;\n            }}\n        }}\n    }}\n    \
             return 1;\n}}\n",
            self.inputs,
            self.outputs,
            syntax.literal(samples.tolerance)
        )
    }
}

/// The functions that the statements call: those in double precision, and the network's own.
pub(super) fn functions(writer: &mut Writer<C>, precision: Precision) -> (String, String) {
    let mut last = String::new();
    for (index, f) in writer.activations.iter().enumerate() {
        let (body, uses) =
            activations::body(*f, precision, &WORDS).expect("asked for when the plan was made");
        writer.wanted.extend(uses);
        let (line, name) = (comment(&format!("{f:?}")), activation_name(index));
        let _ = write!(last, "\n/* {line} */\nstatic inline $F ${name}($F z) {{\n{}}}\n", indented(&body));
    }
    let bits = if writer.wanted.is_empty() { "" } else { "\n" };
    let functions = math::functions(Language::C, &writer.wanted, precision);
    let dense: String = writer.widths.iter().map(|&width| dense(width)).collect();
    (functions.in_double.map_or(String::new(), |text| text + "\n"), functions.own + &dense + &last + bits)
}

/// A dense layer's function: the compiler keeps the sums in registers.
fn dense(outputs: usize) -> String {
    format!(
        "\n/* y = W x + b for {outputs} outputs, whose weights for an input lie side by side. */\n\
         static inline void $dense_{outputs}(const $F (*w)[{outputs}], const $F *b, const $F *x, size_t n, $F *y) {{\n    \
         $F sums[{outputs}];\n    memcpy(sums, b, sizeof sums);\n    \
         for (size_t i = 0; i < n; i++) {{\n        for (size_t j = 0; j < {outputs}; j++) {{\n            \
         sums[j] = $mul_add(x[i], w[i][j], sums[j]);\n        }}\n    }}\n    \
         memcpy(y, sums, sizeof sums);\n}}\n"
    )
}
