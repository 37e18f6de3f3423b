//! The network layer by layer: where each one's parameters lie, and what comes out of it.

use ndarray::Array2;
use nn_core::{ActivationSpec, Dense, Network};
use serde::Serialize;

use crate::{Result, Session, activation, words};

/// A dense layer: its parameters are `weights` of shape (units, inputs) from `start` on, then as many biases as units.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DenseLayer {
    /// Outputs.
    pub units: usize,
    /// Inputs.
    pub inputs: usize,
    /// The name of the activation.
    pub activation: String,
    /// Where the weights begin among all parameters.
    pub start: usize,
}

impl DenseLayer {
    /// Where the weight of an input to a unit lies.
    pub(crate) fn weight(&self, unit: usize, input: usize) -> usize {
        self.start + unit * self.inputs + input
    }

    /// Where the bias of a unit lies.
    pub(crate) fn bias(&self, unit: usize) -> usize {
        self.start + self.units * self.inputs + unit
    }

    /// This layer on its own, with another activation if one is given.
    pub(crate) fn alone(
        &self,
        params: &[f64],
        activation: ActivationSpec,
    ) -> Result<Network<f64, Dense<ActivationSpec>>> {
        let params = &params[self.start..self.bias(self.units)];
        Network::from_params(self.inputs, Dense::new(self.units, activation), params.to_vec()).map_err(words)
    }
}

impl Session {
    /// The dense layers, first to last; what is dropped between them has no parameters.
    pub fn layers(&self) -> Vec<DenseLayer> {
        let (mut inputs, mut start) = (self.network.in_dim(), 0);
        let hidden = self.settings.layers.iter().map(|layer| (layer.units, layer.activation.clone()));
        let output = (self.network.out_dim(), "identity".to_owned());
        let mut layers = Vec::new();
        for (units, activation) in hidden.chain([output]) {
            layers.push(DenseLayer { units, inputs, activation, start });
            start += units * (inputs + 1);
            inputs = units;
        }
        layers
    }

    /// What goes into the first dense layer, and what comes out of each, none left out, for inputs in rows.
    pub(crate) fn outputs(&self, x: Array2<f64>) -> Result<Vec<Array2<f64>>> {
        let x = match &self.data.normalize {
            Some(normalize) => {
                let alone = Network::<f64, _>::from_params(x.ncols(), normalize.clone(), Vec::new())
                    .map_err(words)?;
                alone.predict(x.view()).map_err(words)?
            }
            None => x,
        };
        let mut outputs = vec![x];
        for layer in self.layers() {
            let alone = layer.alone(self.network.params(), activation::of(&layer.activation)?)?;
            let x = &outputs[outputs.len() - 1];
            outputs.push(alone.predict(x.view()).map_err(words)?);
        }
        Ok(outputs)
    }
}
