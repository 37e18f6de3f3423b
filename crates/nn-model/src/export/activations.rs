//! The activations as text that Rust and C have in common, but for a few words.

use nn_core::ActivationSpec;

use super::Precision;

/// What the languages write in words of their own.
pub(super) struct Words {
    /// `yes` under the condition, else `no`: (condition, yes, no).
    pub(super) choose: fn(&str, &str, &str) -> String,
    /// A statement that gives a name, or `z` anew, a value: (name, value).
    pub(super) define: fn(&str, &str) -> String,
    /// A statement that ends the function with a value.
    pub(super) result: fn(&str) -> String,
    /// The absolute value of z.
    pub(super) abs: &'static str,
    /// What stands before the name of a function.
    pub(super) prefix: &'static str,
}

/// The body of f(z), and the functions that it calls.
pub(super) fn body(
    f: ActivationSpec,
    precision: Precision,
    words: &Words,
) -> Option<(String, &'static [&'static str])> {
    use ActivationSpec as A;
    let of = |value: f64| precision.literal(value);
    let (choose, define, abs, p) = (words.choose, words.define, words.abs, words.prefix);
    let clamp = |low: &str, high: &str| {
        choose(&format!("z < {low}"), low, &choose(&format!("z > {high}"), high, "z"))
    };
    // Where f is 0 to all digits, so that -∞ is not multiplied by 0.
    let at_least = |least: &str| define("z", &choose(&format!("z < {least}"), least, "z"));
    let exp_of_minus_abs = format!("{p}exp(-{abs})");
    let mut before = String::new();
    let (value, uses): (String, &[&str]) = match f {
        A::Celu { alpha } => {
            let alpha = of(alpha);
            (choose("z > 0.0", "z", &format!("{alpha} * {p}exp_m1(z / {alpha})")), &["exp_m1"])
        }
        A::Elu { alpha } => (choose("z > 0.0", "z", &format!("{} * {p}exp_m1(z)", of(alpha))), &["exp_m1"]),
        A::Gaussian => (format!("{p}exp(-z * z)"), &["exp"]),
        A::Gelu => {
            before += &at_least("-40.0");
            (format!("z * {p}normal_cdf(z)"), &["normal_cdf"])
        }
        A::GeluTanh => {
            let (root, cubic) = (of(1.5957691216057308), of(0.044715));
            before += &at_least("-40.0");
            before += &define("u", &format!("{root} * z * (1.0 + {cubic} * z * z)"));
            (format!("z * {p}sigmoid(u)"), &["sigmoid"])
        }
        A::HardSigmoid => {
            before += &define("z", "z + 3.0");
            before += &define("z", &clamp("0.0", "6.0"));
            ("z / 6.0".into(), &[])
        }
        A::HardSwish => {
            before += &define("low", &choose("z <= -3.0", "0.0", "z * (z + 3.0) / 6.0"));
            (choose("z >= 3.0", "z", "low"), &[])
        }
        A::HardTanh => (clamp("-1.0", "1.0"), &[]),
        A::Identity => ("z".into(), &[]),
        A::LeakyRelu { slope } => (choose("z > 0.0", "z", &format!("{} * z", of(slope))), &[]),
        A::LogSigmoid => {
            let least = choose("z < 0.0", "z", "0.0");
            (format!("({least}) - {p}ln_1p({exp_of_minus_abs})"), &["exp", "ln_1p"])
        }
        A::Mish => {
            before += &at_least("-750.0");
            before += &define("e", &exp_of_minus_abs);
            before += &define("numerator", &choose("z < 0.0", "e * (e + 2.0)", "1.0 + 2.0 * e"));
            before += &define("rest", &choose("z < 0.0", "2.0", "2.0 * e * e"));
            ("z * (numerator / (numerator + rest))".into(), &["exp"])
        }
        // So that NaN stays.
        A::Relu => (choose("z <= 0.0", "0.0", "z"), &[]),
        A::Relu6 => (clamp("0.0", "6.0"), &[]),
        A::Selu => {
            let (lambda, alpha) =
                (of(1.0507009873554804934193349852946), of(1.6732632423543772848170429916717));
            let selu = choose("z > 0.0", "z", &format!("{alpha} * {p}exp_m1(z)"));
            (format!("{lambda} * ({selu})"), &["exp_m1"])
        }
        A::Sigmoid => (format!("{p}sigmoid(z)"), &["sigmoid"]),
        A::Silu => {
            before += &at_least("-750.0");
            (format!("z * {p}sigmoid(z)"), &["sigmoid"])
        }
        A::Sine => (format!("{p}sin(z)"), &["sin"]),
        A::Softplus => {
            let most = choose("z < 0.0", "0.0", "z");
            (format!("({most}) + {p}ln_1p({exp_of_minus_abs})"), &["exp", "ln_1p"])
        }
        A::Softsign => {
            let largest = match precision {
                Precision::F32 => f64::from(f32::MAX),
                Precision::F64 => f64::MAX,
            };
            before += &define("z", &clamp(&of(-largest), &of(largest)));
            (format!("z / (1.0 + {abs})"), &[])
        }
        A::Tanh => (format!("{p}tanh(z)"), &["tanh"]),
        A::TanhShrink => {
            let fraction = ["15.0", "13.0", "11.0", "9.0", "7.0", "5.0", "3.0"]
                .iter()
                .fold("square / 17.0".to_owned(), |w, k| format!("square / ({k} + {w})"));
            before += &define("square", "z * z");
            before += &define("w", &fraction);
            let near = format!("{abs} < 1.0");
            (choose(&near, "z * (w / (1.0 + w))", &format!("z - {p}tanh(z)")), &["tanh"])
        }
        _ => return None,
    };
    Some((before + &(words.result)(&value), uses))
}
