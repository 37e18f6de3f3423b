//! The activations as nodes.
//!
//! In single precision an operator of ONNX where there is one, in double precision one that ONNX Runtime has for it, or a
//! formula of those.

use std::f64::consts::FRAC_1_SQRT_2;

use nn_core::{Activation as _, ActivationSpec};

use super::graph::{Graph, float};
use crate::export::ExportError;

// Those of nn-core's `Selu` and `GeluTanh`.
const LAMBDA: f64 = 1.0507009873554804934193349852946;
const ALPHA: f64 = 1.6732632423543772848170429916717;
const ROOT: f64 = 1.5957691216057308;
const CUBIC: f64 = 0.044715;
/// P and Q in 1 - Φ(a) = e^(-a²/2) P(a) / Q(a), to 15 digits after the point: Hart et al., "Computer Approximations", 1968,
/// no. 5666, as printed by West, "Better approximations to cumulative normal functions", Wilmott Magazine, 2005.
const TAIL: (&[f64], &[f64]) = (
    &[
        3.52624965998911e-2,
        0.700383064443688,
        6.37396220353165,
        33.912866078383,
        112.079291497871,
        221.213596169931,
        220.206867912376,
    ],
    &[
        8.83883476483184e-2,
        1.75566716318264,
        16.064177579207,
        86.7807322029461,
        296.564248779674,
        637.333633378831,
        793.826512519948,
        440.413735824752,
    ],
);

impl Graph {
    pub(super) fn activation(&mut self, f: ActivationSpec, x: &str) -> Result<String, ExportError> {
        use ActivationSpec as A;
        Ok(match f {
            // Not Celu, which not all programs compute as ONNX defines it.
            A::Celu { alpha } => {
                let scaled = self.with_number("Div", x, alpha);
                self.exponential_below(x, &scaled, alpha)
            }
            A::Elu { alpha } if self.is_double() => self.exponential_below(x, x, alpha),
            A::Elu { alpha } => self.with_setting("Elu", x, "alpha", alpha),
            A::Gaussian => {
                let square = self.node("Mul", &[x, x]);
                let negative = self.node("Neg", &[&square]);
                self.node("Exp", &[&negative])
            }
            A::Gelu => self.gelu(x),
            A::GeluTanh => self.gelu_tanh(x),
            A::HardSigmoid => self.hard_sigmoid(x),
            A::HardSwish if self.is_double() => {
                let factor = self.hard_sigmoid(x);
                self.node("Mul", &[x, &factor])
            }
            A::HardSwish => self.node("HardSwish", &[x]),
            A::HardTanh => self.clip(x, -1.0, 1.0),
            A::Identity => x.to_owned(),
            A::LeakyRelu { slope } if self.is_double() => {
                let slope = self.constant(&[slope], &[]);
                self.leaky(x, &slope)
            }
            A::LeakyRelu { slope } => self.with_setting("LeakyRelu", x, "alpha", slope),
            A::LogSigmoid => {
                let negative = self.node("Neg", &[x]);
                let softplus = self.softplus(&negative);
                self.node("Neg", &[&softplus])
            }
            A::Mish => self.mish(x),
            A::Relu => self.node("Relu", &[x]),
            A::Relu6 => self.clip(x, 0.0, 6.0),
            A::Selu if self.is_double() => {
                let elu = self.exponential_below(x, x, ALPHA);
                self.with_number("Mul", &elu, LAMBDA)
            }
            A::Selu => self.node_with("Selu", &[x], vec![float("alpha", ALPHA), float("gamma", LAMBDA)]),
            A::Sigmoid => self.node("Sigmoid", &[x]),
            A::Silu => {
                let factor = self.node("Sigmoid", &[x]);
                self.node("Mul", &[x, &factor])
            }
            A::Sine => self.node("Sin", &[x]),
            A::Softplus => self.softplus(x),
            A::Softsign if self.is_double() => {
                let size = self.node("Abs", &[x]);
                let divisor = self.with_number("Add", &size, 1.0);
                self.node("Div", &[x, &divisor])
            }
            A::Softsign => self.node("Softsign", &[x]),
            A::Tanh => self.node("Tanh", &[x]),
            A::TanhShrink => {
                let tanh = self.node("Tanh", &[x]);
                self.node("Sub", &[x, &tanh])
            }
            _ => return Err(ExportError::Unknown { layer: format!("{}: {}", self.layer, f.name()) }),
        })
    }

    /// max(x, 0) + α (e^min(z, 0) - 1).
    fn exponential_below(&mut self, x: &str, z: &str, alpha: f64) -> String {
        let z = self.with_number("Min", z, 0.0);
        let power = self.node("Exp", &[&z]);
        let low = self.with_number("Sub", &power, 1.0);
        let low = self.with_number("Mul", &low, alpha);
        self.with_positive(x, &low)
    }

    /// x (1 + erf(x / √2)) / 2.
    fn gelu(&mut self, x: &str) -> String {
        if self.is_double() {
            return self.gelu_without_erf(x);
        }
        let scaled = self.with_number("Mul", x, FRAC_1_SQRT_2);
        let erf = self.node("Erf", &[&scaled]);
        let sum = self.with_number("Add", &erf, 1.0);
        let product = self.node("Mul", &[x, &sum]);
        self.with_number("Mul", &product, 0.5)
    }

    /// max(x, 0) - a e^(-a²/2) P(a) / Q(a) of a = |x|. From 40 on the second term is 0.
    fn gelu_without_erf(&mut self, x: &str) -> String {
        let size = self.node("Abs", &[x]);
        let a = self.with_number("Min", &size, 40.0);
        let square = self.node("Mul", &[&a, &a]);
        let exponent = self.with_number("Mul", &square, -0.5);
        let power = self.node("Exp", &[&exponent]);
        let [numerator, denominator] = [TAIL.0, TAIL.1].map(|terms| self.polynomial(&a, terms));
        let quotient = self.node("Div", &[&numerator, &denominator]);
        let tail = self.node("Mul", &[&power, &quotient]);
        let low = self.node("Mul", &[&a, &tail]);
        let positive = self.node("Relu", &[x]);
        self.node("Sub", &[&positive, &low])
    }

    /// The polynomial with these coefficients, that of the highest power first.
    fn polynomial(&mut self, x: &str, coefficients: &[f64]) -> String {
        let highest = self.with_number("Mul", x, coefficients[0]);
        let sum = self.with_number("Add", &highest, coefficients[1]);
        coefficients[2..].iter().fold(sum, |sum, &coefficient| {
            let product = self.node("Mul", &[x, &sum]);
            self.with_number("Add", &product, coefficient)
        })
    }

    /// x σ(√(8/π) x (1 + 0.044715 x²)), which is that of tanh.
    fn gelu_tanh(&mut self, x: &str) -> String {
        let square = self.node("Mul", &[x, x]);
        let cubic = self.with_number("Mul", &square, CUBIC);
        let factor = self.with_number("Add", &cubic, 1.0);
        let root = self.with_number("Mul", x, ROOT);
        let u = self.node("Mul", &[&root, &factor]);
        let sigmoid = self.node("Sigmoid", &[&u]);
        self.node("Mul", &[x, &sigmoid])
    }

    /// min(max(x + 3, 0), 6) / 6.
    fn hard_sigmoid(&mut self, x: &str) -> String {
        if !self.is_double() {
            return self.node_with("HardSigmoid", &[x], vec![float("alpha", 1.0 / 6.0), float("beta", 0.5)]);
        }
        let sum = self.with_number("Add", x, 3.0);
        let clipped = self.clip(&sum, 0.0, 6.0);
        self.with_number("Div", &clipped, 6.0)
    }

    fn clip(&mut self, x: &str, low: f64, high: f64) -> String {
        let (low, high) = (self.constant(&[low], &[]), self.constant(&[high], &[]));
        self.node("Clip", &[x, &low, &high])
    }

    /// x tanh(ln(1 + e^x)) = x w / (w + 2) of w = e^x (e^x + 2). From x = 20 on the quotient is 1.
    fn mish(&mut self, x: &str) -> String {
        let least = self.with_number("Min", x, 20.0);
        let power = self.node("Exp", &[&least]);
        let sum = self.with_number("Add", &power, 2.0);
        let w = self.node("Mul", &[&power, &sum]);
        let divisor = self.with_number("Add", &w, 2.0);
        let quotient = self.node("Div", &[&w, &divisor]);
        self.node("Mul", &[x, &quotient])
    }

    /// max(x, 0) + ln(1 + e^-|x|).
    fn softplus(&mut self, x: &str) -> String {
        if !self.is_double() {
            return self.node("Softplus", &[x]);
        }
        let size = self.node("Abs", &[x]);
        let negative = self.node("Neg", &[&size]);
        let power = self.node("Exp", &[&negative]);
        let sum = self.with_number("Add", &power, 1.0);
        let low = self.node("Log", &[&sum]);
        self.with_positive(x, &low)
    }
}
