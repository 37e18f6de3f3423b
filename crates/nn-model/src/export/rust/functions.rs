//! The activations as Rust.

use nn_core::ActivationSpec;

use super::super::Precision;
use super::literal;

/// The body of f(z), and the functions that it calls.
pub(super) fn body(f: ActivationSpec, precision: Precision) -> Option<(String, &'static [&'static str])> {
    use ActivationSpec as A;
    let of = |value: f64| literal(value, precision);
    let at_least = |least: &str| format!("let z = if z < {least} {{ {least} }} else {{ z }};\n");
    Some(match f {
        A::Celu { alpha } => {
            let alpha = of(alpha);
            (format!("if z > 0.0 {{ z }} else {{ {alpha} * exp_m1(z / {alpha}) }}"), &["exp_m1"])
        }
        A::Elu { alpha } => (format!("if z > 0.0 {{ z }} else {{ {} * exp_m1(z) }}", of(alpha)), &["exp_m1"]),
        A::Gaussian => ("exp(-z * z)".into(), &["exp"]),
        A::Gelu => (at_least("-40.0") + "z * normal_cdf(z)", &["normal_cdf"]),
        A::GeluTanh => {
            let (root, cubic) = (of(1.5957691216057308), of(0.044715));
            let u = format!("let u = {root} * z * (1.0 + {cubic} * z * z);\n");
            (at_least("-40.0") + &u + "z * sigmoid(u)", &["sigmoid"])
        }
        A::HardSigmoid => ("(z + 3.0).clamp(0.0, 6.0) / 6.0".into(), &[]),
        A::HardSwish => {
            let low = "let low = if z <= -3.0 { 0.0 } else { z * (z + 3.0) / 6.0 };\n";
            (format!("{low}if z >= 3.0 {{ z }} else {{ low }}"), &[])
        }
        A::HardTanh => ("z.clamp(-1.0, 1.0)".into(), &[]),
        A::Identity => ("z".into(), &[]),
        A::LeakyRelu { slope } => (format!("if z > 0.0 {{ z }} else {{ {} * z }}", of(slope)), &[]),
        A::LogSigmoid => ("(if z < 0.0 { z } else { 0.0 }) - ln_1p(exp(-z.abs()))".into(), &["exp", "ln_1p"]),
        A::Mish => {
            let quotient = "let e = exp(-z.abs());\n\
                let (numerator, rest) = if z < 0.0 { (e * (e + 2.0), 2.0) } else { (1.0 + 2.0 * e, 2.0 * e * e) };\n\
                z * (numerator / (numerator + rest))";
            (at_least("-750.0") + quotient, &["exp"])
        }
        A::Relu => ("if z > 0.0 || z.is_nan() { z } else { 0.0 }".into(), &[]),
        A::Relu6 => ("z.clamp(0.0, 6.0)".into(), &[]),
        A::Selu => {
            let (lambda, alpha) =
                (of(1.0507009873554804934193349852946), of(1.6732632423543772848170429916717));
            (format!("{lambda} * if z > 0.0 {{ z }} else {{ {alpha} * exp_m1(z) }}"), &["exp_m1"])
        }
        A::Sigmoid => ("sigmoid(z)".into(), &["sigmoid"]),
        A::Silu => (at_least("-750.0") + "z * sigmoid(z)", &["sigmoid"]),
        A::Sine => ("sin(z)".into(), &["sin"]),
        A::Softplus => ("(if z < 0.0 { 0.0 } else { z }) + ln_1p(exp(-z.abs()))".into(), &["exp", "ln_1p"]),
        A::Softsign => ("let z = z.clamp(F::MIN, F::MAX);\nz / (1.0 + z.abs())".into(), &[]),
        A::Tanh => ("tanh(z)".into(), &["tanh"]),
        A::TanhShrink => {
            let near = "let square = z * z;\n\
                let w = [17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0].iter().fold(0.0, |w, k| square / (k + w));\n\
                if z.abs() < 1.0 { z * (w / (1.0 + w)) } else { z - tanh(z) }";
            (near.into(), &["tanh"])
        }
        _ => return None,
    })
}
