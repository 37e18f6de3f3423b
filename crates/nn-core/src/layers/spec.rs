use std::sync::Arc;

use super::{Activate, Dense, Parallel, Residual, Sequential};
use crate::{ActivationSpec, Init, Layer, Scalar};

/// Lists every layer that has no type parameter once, with its key in files and its fields; a new one joins here.
macro_rules! layers {
    ($($key:literal $name:ident $({ $($(#[$attribute:meta])* $field:ident: $type:ty),+ })?),+ $(,)?) => {
        /// A layer as a value: what a configuration or model file says.
        ///
        /// | JSON | Layer |
        /// |---|---|
        /// | `{"dense": {"units": 15, "activation": "tanh"}}` | [`Dense`]; optional `"bias"` (true), `"init"`, `"bias_init"`, `"inputs"` |
        /// | `{"activation": "tanh"}` | [`Activate`] |
        /// | `"softmax"` | [`Softmax`](crate::Softmax) |
        /// | `"log_softmax"` | [`LogSoftmax`](crate::LogSoftmax) |
        /// | `{"normalize": {"mean": [2.5, 0], "scale": [10, 1]}}` | [`Normalize`](crate::Normalize) |
        /// | `{"batch_norm": {}}` | [`BatchNorm`](crate::BatchNorm); optional `"momentum"` (0.1), `"eps"` (1e-5), `"gain"` (true), `"bias"` (true) |
        /// | `{"layer_norm": {}}` | [`LayerNorm`](crate::LayerNorm); optional `"eps"` (1e-5), `"gain"` (true), `"bias"` (true) |
        /// | `{"rms_norm": {}}` | [`RmsNorm`](crate::RmsNorm); optional `"eps"`, `"gain"` (true) |
        /// | `{"dropout": {"rate": 0.5}}` | [`Dropout`](crate::Dropout) |
        /// | `{"alpha_dropout": {"rate": 0.1}}` | [`AlphaDropout`](crate::AlphaDropout) |
        /// | `{"gaussian_noise": {"stddev": 0.1}}` | [`GaussianNoise`](crate::GaussianNoise) |
        /// | `{"prelu": {}}` | [`PRelu`](crate::PRelu); optional `"slope"` (0.25), `"shared"` (false) |
        /// | `{"residual": [...]}` | [`Residual`] around a chain |
        /// | `{"parallel": [[...], [...]]}` | [`Parallel`] chains on the same inputs |
        /// | `{"chain": [...]}` | a chain within a chain |
        ///
        /// A tuple of layers is written in the same way, as a list, so a file written by one form can be read by the other. (A
        /// tuple within a tuple is a list within a list, which only tuples read; `{"chain": [...]}` is for [`Sequential`].)
        ///
        /// # Example
        /// ```
        /// use nn_core::{Architecture, LayerSpec, Sequential};
        ///
        /// let json = r#"[{"dense": {"units": 15, "activation": "tanh"}}, {"dense": {"units": 4}}]"#;
        /// let layers: Sequential<f64> = serde_json::from_str(json)?;
        /// assert_eq!(layers.out_dim(2)?, 4);
        ///
        /// let unknown = serde_json::from_str::<LayerSpec>(r#"{"danse": {"units": 15}}"#).unwrap_err();
        /// assert!(unknown.to_string().starts_with("unknown variant `danse`, expected one of `dense`"));
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Debug, Clone, PartialEq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case", deny_unknown_fields))]
        #[non_exhaustive]
        pub enum LayerSpec<A = ActivationSpec> {
            /// [`Dense`].
            Dense {
                /// Outputs.
                units: usize,
                /// Activation; identity if left out.
                #[cfg_attr(feature = "serde", serde(default = "Option::default", skip_serializing_if = "Option::is_none"))]
                activation: Option<A>,
                /// Whether a bias is added.
                #[cfg_attr(feature = "serde", serde(default = "missing::yes", skip_serializing_if = "Clone::clone"))]
                bias: bool,
                /// The layer's own initialisation; the network's if left out.
                #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
                init: Option<Init>,
                /// The layer's own initialisation of its biases; what goes with the weights' if left out.
                #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
                bias_init: Option<Init>,
                /// The number of inputs that the layer insists on; any if left out.
                #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
                inputs: Option<usize>,
            },
            /// [`Activate`].
            Activation(A),
            /// [`Residual`].
            Residual(Vec<LayerSpec>),
            /// Layers one after the other.
            Chain(Vec<LayerSpec>),
            /// [`Parallel`]: the chain of each branch.
            Parallel(Vec<Vec<LayerSpec>>),
            $(
                #[doc = concat!("[`", stringify!($name), "`](crate::", stringify!($name), ").")]
                #[cfg_attr(feature = "serde", serde(rename = $key))]
                $name $({
                    $(
                        $(#[$attribute])*
                        #[doc = concat!("As in [`", stringify!($name), "`](crate::", stringify!($name), ").")]
                        $field: $type
                    ),+
                })?,
            )+
        }

        impl<A> LayerSpec<A> {
            /// The layer's key in a file, for error messages.
            pub(super) fn key(&self) -> &'static str {
                match self {
                    Self::Dense { .. } => "dense",
                    Self::Activation(_) => "activation",
                    Self::Residual(_) => "residual",
                    Self::Chain(_) => "chain",
                    Self::Parallel(_) => "parallel",
                    $(Self::$name { .. } => $key,)+
                }
            }
        }

        impl LayerSpec {
            /// The layer that the value describes.
            pub fn build<T: Scalar>(&self) -> Arc<dyn Layer<T>> {
                match self.clone() {
                    Self::Dense { units, activation, bias, init, bias_init, inputs } => {
                        let activation = activation.unwrap_or(ActivationSpec::Identity);
                        Arc::new(Dense { units, activation, bias, init, bias_init, inputs })
                    }
                    Self::Activation(activation) => Arc::new(Activate(activation)),
                    Self::Residual(inner) => Arc::new(Residual(Sequential::from_specs(&inner))),
                    Self::Chain(layers) => Arc::new(Sequential::from_specs(&layers)),
                    Self::Parallel(branches) => {
                        let branches = branches.iter().map(|layers| Sequential::from_specs(layers));
                        Arc::new(Parallel(branches.collect::<Vec<_>>()))
                    }
                    $(Self::$name $({ $($field),+ })? => Arc::new(super::$name $({ $($field),+ })?),)+
                }
            }
        }

        $(
            impl From<super::$name> for LayerSpec {
                fn from(layer: super::$name) -> Self {
                    let super::$name $({ $($field),+ })? = layer;
                    Self::$name $({ $($field),+ })?
                }
            }

            impl TryFrom<LayerSpec> for super::$name {
                type Error = String;

                fn try_from(spec: LayerSpec) -> Result<Self, String> {
                    match spec {
                        LayerSpec::$name $({ $($field),+ })? => Ok(Self $({ $($field),+ })?),
                        other => Err(format!("expected layer {}, found {}", $key, other.key())),
                    }
                }
            }
        )+
    };
}

layers! {
    "softmax" Softmax,
    "log_softmax" LogSoftmax,
    "normalize" Normalize { mean: Vec<f64>, scale: Vec<f64> },
    "batch_norm" BatchNorm {
        #[cfg_attr(feature = "serde", serde(default = "missing::momentum"))]
        momentum: f64,
        #[cfg_attr(feature = "serde", serde(default = "missing::eps"))]
        eps: f64,
        #[cfg_attr(feature = "serde", serde(default = "missing::yes", skip_serializing_if = "Clone::clone"))]
        gain: bool,
        #[cfg_attr(feature = "serde", serde(default = "missing::yes", skip_serializing_if = "Clone::clone"))]
        bias: bool
    },
    "layer_norm" LayerNorm {
        #[cfg_attr(feature = "serde", serde(default = "missing::eps"))]
        eps: f64,
        #[cfg_attr(feature = "serde", serde(default = "missing::yes", skip_serializing_if = "Clone::clone"))]
        gain: bool,
        #[cfg_attr(feature = "serde", serde(default = "missing::yes", skip_serializing_if = "Clone::clone"))]
        bias: bool
    },
    "rms_norm" RmsNorm {
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        eps: Option<f64>,
        #[cfg_attr(feature = "serde", serde(default = "missing::yes", skip_serializing_if = "Clone::clone"))]
        gain: bool
    },
    "dropout" Dropout { rate: f64 },
    "alpha_dropout" AlphaDropout { rate: f64 },
    "gaussian_noise" GaussianNoise { stddev: f64 },
    "prelu" PRelu {
        #[cfg_attr(feature = "serde", serde(default = "missing::slope"))]
        slope: f64,
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "std::ops::Not::not"))]
        shared: bool
    },
}

/// What a file may leave out.
#[cfg(feature = "serde")]
mod missing {
    use crate::layers::{BatchNorm, LayerNorm, PRelu};

    pub(super) fn yes() -> bool {
        true
    }

    pub(super) fn momentum() -> f64 {
        BatchNorm::new().momentum
    }

    pub(super) fn slope() -> f64 {
        PRelu::new().slope
    }

    pub(super) fn eps() -> f64 {
        LayerNorm::new().eps
    }
}

impl LayerSpec {
    /// The layers of a chain; of another layer, that alone.
    pub(crate) fn into_chain(self) -> Vec<Self> {
        match self {
            Self::Chain(layers) => layers,
            layer => vec![layer],
        }
    }

    /// The last layer of a chain, however deep; the layer itself if it is none.
    pub(crate) fn ending(&self) -> Option<&Self> {
        match self {
            Self::Chain(layers) => layers.last()?.ending(),
            layer => Some(layer),
        }
    }
}
