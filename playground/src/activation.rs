//! Activations by their names.

use nn_core::{ActivationSpec, Celu, Elu, LeakyRelu};

use crate::Result;

/// All of them, the usual ones first.
pub(crate) const NAMES: [&str; 22] = [
    "tanh",
    "relu",
    "sigmoid",
    "identity",
    "leaky_relu",
    "elu",
    "celu",
    "selu",
    "gelu",
    "gelu_tanh",
    "silu",
    "mish",
    "softplus",
    "softsign",
    "hard_tanh",
    "hard_sigmoid",
    "hard_swish",
    "relu6",
    "log_sigmoid",
    "tanh_shrink",
    "sine",
    "gaussian",
];

/// The activation of a name, with its default settings.
pub(crate) fn of(name: &str) -> Result<ActivationSpec> {
    Ok(match name {
        "tanh" => ActivationSpec::Tanh,
        "relu" => ActivationSpec::Relu,
        "sigmoid" => ActivationSpec::Sigmoid,
        "identity" => ActivationSpec::Identity,
        "leaky_relu" => LeakyRelu::default().into(),
        "elu" => Elu::default().into(),
        "celu" => Celu::default().into(),
        "selu" => ActivationSpec::Selu,
        "gelu" => ActivationSpec::Gelu,
        "gelu_tanh" => ActivationSpec::GeluTanh,
        "silu" => ActivationSpec::Silu,
        "mish" => ActivationSpec::Mish,
        "softplus" => ActivationSpec::Softplus,
        "softsign" => ActivationSpec::Softsign,
        "hard_tanh" => ActivationSpec::HardTanh,
        "hard_sigmoid" => ActivationSpec::HardSigmoid,
        "hard_swish" => ActivationSpec::HardSwish,
        "relu6" => ActivationSpec::Relu6,
        "log_sigmoid" => ActivationSpec::LogSigmoid,
        "tanh_shrink" => ActivationSpec::TanhShrink,
        "sine" => ActivationSpec::Sine,
        "gaussian" => ActivationSpec::Gaussian,
        _ => return Err(format!("activation: expected one of {}, found {name:?}", NAMES.join(", "))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_one_and_none_is_left_out() {
        for name in NAMES {
            let json = serde_json::to_value(of(name).unwrap()).unwrap();
            let key = json.as_str().or_else(|| json.as_object()?.keys().next().map(String::as_str));
            assert_eq!(key, Some(name));
        }
        // The message of serde lists what there is.
        let error = serde_json::from_str::<ActivationSpec>("\"tahn\"").unwrap_err().to_string();
        let listed: Vec<_> = error.split('`').skip(3).step_by(2).collect();
        assert_eq!(listed.len(), NAMES.len(), "{error}");
        assert!(listed.iter().all(|name| NAMES.contains(name)), "{error}");
        assert!(of("tahn").unwrap_err().starts_with("activation: expected one of tanh, relu"));
    }
}
