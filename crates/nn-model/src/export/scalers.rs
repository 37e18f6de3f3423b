//! Scalers as operations of a plan.

use nn_core::Link;
use nn_data::Scaler;

use super::plan::check_finite;
use super::{ExportError, Op, Plan, Precision, Step};

impl Plan {
    /// The plan on raw features, which `scaler` then brings to those that the network was trained on.
    ///
    /// # Errors
    /// [`ExportError::Length`] when the scaler has another number of features.
    pub fn scale_inputs(mut self, scaler: &impl Scaler) -> Result<Self, ExportError> {
        let (offset, factor) =
            unscaling("features of the input scaler", scaler, self.inputs, self.precision)?;
        self.spread = offset
            .iter()
            .zip(&factor)
            .zip(&self.spread)
            .map(|((o, f), [middle, width])| [o + f * middle, f * width])
            .collect();
        let (layer, n) = ("the input scaler".to_owned(), self.inputs);
        let step = |op| Step { layer: layer.clone(), inputs: n, outputs: n, op };
        self.steps.splice(0..0, [step(Op::Subtract(offset)), step(Op::Divide(factor))]);
        Ok(self)
    }

    /// The plan with outputs in the units of the raw targets, which `scaler` had scaled for training.
    ///
    /// # Errors
    /// [`ExportError::Length`] when the scaler has another number of features, [`ExportError::Probabilities`] for a
    /// network whose link is not the identity.
    pub fn unscale_outputs(mut self, scaler: &impl Scaler) -> Result<Self, ExportError> {
        match self.link {
            Link::Softmax => return Err(ExportError::Probabilities { link: "Link::Softmax" }),
            Link::Logistic => return Err(ExportError::Probabilities { link: "Link::Logistic" }),
            _ => {}
        }
        let (offset, factor) =
            unscaling("features of the target scaler", scaler, self.outputs, self.precision)?;
        let (layer, n) = ("the target scaler".to_owned(), self.outputs);
        let step = |op| Step { layer: layer.clone(), inputs: n, outputs: n, op };
        self.steps.extend([step(Op::Multiply(factor)), step(Op::Add(offset))]);
        Ok(self)
    }
}

/// So far from 0 that an offset does not cost a factor digits.
const FAR: f64 = 1024.0 * 1024.0;

/// (offset, factor) such that `unscale(x) = factor x + offset`, which all scalers are.
fn unscaling(
    what: &'static str,
    scaler: &impl Scaler,
    expected: usize,
    precision: Precision,
) -> Result<(Vec<f64>, Vec<f64>), ExportError> {
    if scaler.features() != expected {
        return Err(ExportError::Length { what, expected, found: scaler.features() });
    }
    let offset: Vec<f64> = (0..expected).map(|j| precision.round(scaler.unscale(j, 0.0))).collect();
    // On both sides of 0, where the offset cancels.
    let slope = |j| (scaler.unscale(j, FAR) - scaler.unscale(j, -FAR)) / (2.0 * FAR);
    let factor: Vec<f64> = (0..expected).map(|j| precision.round(slope(j))).collect();
    check_finite(what, offset.iter().chain(&factor).copied())?;
    Ok((offset, factor))
}
