//! From layers to operations.

use nn_core::{Activation as _, ActivationSpec, LayerSpec, Scalar};

use super::{ExportError, Op, Step};

/// The names of the layers that [`Walk`] knows.
const KNOWN: &[&str] = &[
    "Dense",
    "Softmax",
    "LogSoftmax",
    "Normalize",
    "BatchNorm",
    "LayerNorm",
    "RmsNorm",
    "Dropout",
    "AlphaDropout",
    "GaussianNoise",
    "PRelu",
    "Residual",
    "Parallel",
    "Chain",
    "Celu",
    "Elu",
    "Gaussian",
    "Gelu",
    "GeluTanh",
    "HardSigmoid",
    "HardSwish",
    "HardTanh",
    "Identity",
    "LeakyRelu",
    "LogSigmoid",
    "Mish",
    "Relu",
    "Relu6",
    "Selu",
    "Sigmoid",
    "Silu",
    "Sine",
    "Softplus",
    "Softsign",
    "Tanh",
    "TanhShrink",
];

pub(super) fn is_known(layer: &str) -> bool {
    KNOWN.contains(&layer)
}

/// The parameters and the state that no layer has taken yet.
pub(super) struct Walk<'a, T> {
    pub(super) params: &'a [T],
    pub(super) state: &'a [T],
}

impl<T: Scalar> Walk<'_, T> {
    /// Appends the operations of layers one after the other; gives the number of outputs.
    pub(super) fn chain(
        &mut self,
        layers: &[LayerSpec],
        outer: &str,
        inputs: usize,
        steps: &mut Vec<Step>,
    ) -> Result<usize, ExportError> {
        layers.iter().enumerate().try_fold(inputs, |inputs, (index, spec)| {
            let layer = spec.build::<T>();
            let outputs = layer.out_dim(inputs).map_err(|error| error.at(index))?;
            let path = format!("{outer}layer {index} ({})", layer.name());
            self.layer(spec, path, inputs, outputs, steps)?;
            Ok(outputs)
        })
    }

    fn layer(
        &mut self,
        spec: &LayerSpec,
        layer: String,
        inputs: usize,
        outputs: usize,
        steps: &mut Vec<Step>,
    ) -> Result<(), ExportError> {
        let inner = format!("{layer} > ");
        let mut push = |op: Op| {
            let inputs = if matches!(op, Op::Dense { .. } | Op::Parallel(_)) { inputs } else { outputs };
            steps.push(Step { layer: layer.clone(), inputs, outputs, op });
        };
        match spec {
            LayerSpec::Dense { units, activation, bias, .. } => {
                let weight = self.take(units * inputs);
                let bias = if *bias { self.take(*units) } else { vec![0.0; *units] };
                push(Op::Dense { weight, bias });
                if let Some(activation) = activation {
                    function(activation, &layer)?.into_iter().for_each(&mut push);
                }
            }
            LayerSpec::Activation(activation) => function(activation, &layer)?.into_iter().for_each(push),
            LayerSpec::Softmax => push(Op::Softmax),
            LayerSpec::LogSoftmax => push(Op::LogSoftmax),
            LayerSpec::Normalize { mean, scale } => {
                push(Op::Subtract(rounded::<T>(mean)));
                push(Op::Divide(rounded::<T>(scale)));
            }
            LayerSpec::BatchNorm { eps, gain, bias, .. } => {
                let (statistics, rest) = self.state.split_at(2 * inputs);
                self.state = rest;
                let (mean, var) = statistics.split_at(inputs);
                let scale = var.iter().map(|&var| (var + T::of(*eps)).sqrt().recip().as_f64());
                push(Op::Subtract(mean.iter().map(|mean| mean.as_f64()).collect()));
                push(Op::Multiply(scale.collect()));
                self.affine(*gain, *bias, inputs, push);
            }
            LayerSpec::LayerNorm { eps, gain, bias } => {
                push(Op::LayerNorm { eps: T::of(*eps).as_f64() });
                self.affine(*gain, *bias, inputs, push);
            }
            LayerSpec::RmsNorm { eps, gain } => {
                push(Op::RmsNorm { eps: eps.map_or(T::epsilon(), T::of).as_f64() });
                self.affine(*gain, false, inputs, push);
            }
            LayerSpec::PRelu { shared, .. } => {
                let slopes = self.take(if *shared { 1 } else { inputs });
                push(Op::PRelu(slopes.into_iter().cycle().take(inputs).collect()));
            }
            LayerSpec::Dropout { .. } | LayerSpec::AlphaDropout { .. } | LayerSpec::GaussianNoise { .. } => {}
            LayerSpec::Chain(layers) => {
                self.chain(layers, &inner, inputs, steps)?;
            }
            LayerSpec::Residual(layers) => {
                let mut within = Vec::new();
                self.chain(layers, &inner, inputs, &mut within)?;
                push(Op::Residual(within));
            }
            LayerSpec::Parallel(branches) => {
                let branch = |(index, layers): (usize, &Vec<LayerSpec>)| {
                    let mut within = Vec::new();
                    self.chain(layers, &format!("{inner}branch {index} > "), inputs, &mut within)?;
                    Ok(within)
                };
                let branches =
                    branches.iter().enumerate().map(branch).collect::<Result<Vec<_>, ExportError>>()?;
                push(Op::Parallel(branches));
            }
            _ => return Err(ExportError::Unknown { layer }),
        }
        Ok(())
    }

    /// gain x + bias.
    fn affine(&mut self, gain: bool, bias: bool, inputs: usize, mut push: impl FnMut(Op)) {
        if gain {
            push(Op::Multiply(self.take(inputs)));
        }
        if bias {
            push(Op::Add(self.take(inputs)));
        }
    }

    fn take(&mut self, len: usize) -> Vec<f64> {
        let (taken, rest) = self.params.split_at(len);
        self.params = rest;
        taken.iter().map(|value| value.as_f64()).collect()
    }
}

/// The operation of an activation, if it does anything.
fn function(activation: &ActivationSpec, layer: &str) -> Result<Option<Op>, ExportError> {
    if !is_known(activation.name()) {
        return Err(ExportError::Unknown { layer: format!("{layer}: {}", activation.name()) });
    }
    Ok((*activation != ActivationSpec::Identity).then_some(Op::Activation(*activation)))
}

fn rounded<T: Scalar>(values: &[f64]) -> Vec<f64> {
    values.iter().map(|&value| T::of(value).as_f64()).collect()
}
