//! A neuron, opened: the numbers that flow through it for one sample, forward and back.

use ndarray::{Array2, Axis};
use nn_core::{Activation, ActivationSpec, Workspace};
use serde::Serialize;

use crate::loss::AnyLoss;
use crate::{Result, Session, activation, words};

/// What a neuron does with one sample. Names are the book's: what begins with d is a derivative of L.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// Which layer, from 0; the last one is the output.
    pub layer: usize,
    /// Which unit of it, from 0.
    pub unit: usize,
    /// Which training sample, from 0.
    pub sample: usize,
    /// Where it lies in the picture.
    pub place: [f64; 2],
    /// Its class or value in words.
    pub target: String,
    /// What comes in: x, w, dw and so on, one an input.
    pub inputs: Vec<Input>,
    /// The bias.
    pub b: f64,
    /// z = Σ x w + b
    pub z: f64,
    /// a = f(z)
    pub a: f64,
    /// The name of f.
    pub activation: String,
    /// f'(z)
    pub slope: f64,
    /// da = Σ dz w over the units that the activation goes to; of an output, what the loss says.
    pub da: f64,
    /// The parts of that sum; none for an output.
    pub uses: Vec<Use>,
    /// dz = da f'(z)
    pub dz: f64,
    /// db = dz, as backward computes it.
    pub db: f64,
    /// The same by a central difference.
    pub db_numeric: f64,
    /// L of this sample, with the name of the loss.
    pub loss: f64,
    /// The name of the loss.
    pub loss_name: String,
    /// What comes out of the network for it.
    pub outputs: Vec<f64>,
    /// What should come out.
    pub y: Vec<f64>,
}

/// An input of a neuron.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Input {
    /// Of the feature, or of the unit that it comes from.
    pub name: String,
    /// Its value.
    pub x: f64,
    /// Its weight.
    pub w: f64,
    /// dw = dz x, as backward computes it.
    pub dw: f64,
    /// (L(w + h) - L(w - h)) / 2h
    pub dw_numeric: f64,
}

/// A unit that uses a neuron's activation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Use {
    /// Of the unit.
    pub name: String,
    /// Its dz.
    pub dz: f64,
    /// Its weight of this activation.
    pub w: f64,
}

impl Session {
    /// Opens a neuron for a training sample.
    pub fn inspect(&self, layer: usize, unit: usize, sample: usize) -> Result<Inspection> {
        let layers = self.layers();
        let samples = self.data.train.places.len();
        if layer >= layers.len() || unit >= layers[layer].units || sample >= samples {
            return Err(format!(
                "expected a layer below {}, a unit of it and a sample below {samples}, found layer {layer}, unit {unit}, sample {sample}",
                layers.len()
            ));
        }
        let x = self.data.train.x.select(Axis(0), &[sample]);
        let y = self.data.train.y.select(Axis(0), &[sample]);
        let params = self.network.params();
        // Forward: z and a of every layer.
        let a = self.outputs(x.clone())?;
        let mut z = Vec::new();
        for (dense, x) in layers.iter().zip(&a) {
            z.push(dense.alone(params, ActivationSpec::Identity)?.predict(x.view()).map_err(words)?);
        }
        // Back: dz of every layer down to this one.
        let mut dy = Array2::zeros(y.dim());
        let loss: &AnyLoss = &*self.loss;
        let value = loss.reduced(a[layers.len()].view(), &y, None, Some(dy.view_mut()));
        let mut dz: Vec<f64> = dy.iter().copied().collect();
        let (mut da, mut uses) = (dz[unit.min(dz.len() - 1)], Vec::new());
        for below in (layer..layers.len() - 1).rev() {
            let above = &layers[below + 1];
            let f = activation::of(&layers[below].activation)?;
            let name = |k| self.unit_name(below + 1, k);
            let parts = |i: usize| {
                let part =
                    |(k, dz): (usize, &f64)| Use { name: name(k), dz: *dz, w: params[above.weight(k, i)] };
                dz.iter().enumerate().map(part).collect::<Vec<_>>()
            };
            let sum = |i| parts(i).iter().map(|part| part.dz * part.w).sum::<f64>();
            if below == layer {
                (da, uses) = (sum(unit), parts(unit));
            }
            let slope = |i: usize| f.derivative(z[below][[0, i]], a[below + 1][[0, i]]);
            let next = (0..layers[below].units).map(|i| sum(i) * slope(i)).collect();
            dz = next;
        }
        // What the library's own backward says, and what differences say.
        let mut gradient = vec![0.0; params.len()];
        let mut workspace = Workspace::new();
        let pass = self.network.forward(x.view(), &mut workspace).map_err(words)?;
        pass.backward(loss, &*y, None, &mut gradient).map_err(words)?;
        let numeric = |index: usize| self.difference(index, &x, &y);
        let dense = &layers[layer];
        let f = activation::of(&dense.activation)?;
        let input = |j: usize| {
            let index = dense.weight(unit, j);
            Ok(Input {
                name: if layer == 0 { self.data.inputs[j].clone() } else { self.unit_name(layer - 1, j) },
                x: a[layer][[0, j]],
                w: params[index],
                dw: gradient[index],
                dw_numeric: numeric(index)?,
            })
        };
        let (z, own) = (z[layer][[0, unit]], a[layer + 1][[0, unit]]);
        Ok(Inspection {
            layer,
            unit,
            sample,
            place: self.data.train.places[sample],
            target: self.target_name(sample),
            inputs: (0..dense.inputs).map(input).collect::<Result<_>>()?,
            b: params[dense.bias(unit)],
            z,
            a: own,
            activation: dense.activation.clone(),
            slope: f.derivative(z, own),
            da,
            uses,
            dz: dz[unit],
            db: gradient[dense.bias(unit)],
            db_numeric: numeric(dense.bias(unit))?,
            loss: value,
            loss_name: self.settings.loss.clone(),
            outputs: a[layers.len()].iter().copied().collect(),
            y: y.iter().copied().collect(),
        })
    }

    /// A unit in words.
    fn unit_name(&self, layer: usize, unit: usize) -> String {
        if layer == self.settings.layers.len() {
            return format!("output {}", unit + 1);
        }
        format!("layer {}, unit {}", layer + 1, unit + 1)
    }

    /// What a training sample is.
    fn target_name(&self, sample: usize) -> String {
        let target = self.data.train.targets[sample];
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small class")]
        match self.data.classes {
            0 => format!("{} {target:.4}", self.data.targets[0]),
            _ => self.data.targets[target as usize].clone(),
        }
    }

    /// The central difference of a sample's loss with respect to a parameter.
    fn difference(&self, index: usize, x: &Array2<f64>, y: &Array2<f64>) -> Result<f64> {
        let mut moved = self.network.clone();
        let step = libm::cbrt(f64::EPSILON) * self.network.params()[index].abs().max(1.0);
        let loss: &AnyLoss = &*self.loss;
        let mut at = |step: f64| {
            moved.params_mut()[index] = self.network.params()[index] + step;
            let output = moved.predict(x.view()).map_err(words)?;
            Ok::<_, String>(loss.reduced(output.view(), y, None, None))
        };
        Ok((at(step)? - at(-step)?) / (2.0 * step))
    }
}
