//! What hidden units do with all samples.

use nn_core::{ActivationSpec, LayerSpec, Scalar};

use super::super::FindingKind::{DeadUnits, SaturatedUnits};
use super::super::Severity::{Error, Note, Warning};
use super::super::{Finding, Place};
use super::trace::{Step, Trace};
use crate::figure::Percent;

/// The share of dead units that costs a layer: a relu has some after any run.
const MANY_DEAD: f64 = 0.5;

/// The share of dead units that is worth knowing.
const SOME_DEAD: f64 = 0.25;

/// How near to its end an activation is flat, as a share of its range: the derivative is some 2 % of the largest there.
const FLAT: f64 = 0.005;

/// The share of a layer's outputs that may be there. A trained network is sure of most samples; of all but a few it is so
/// only when features or steps were too large.
const SATURATED: f64 = 0.9;

pub(super) fn examine<T: Scalar>(trace: &Trace<T>, findings: &mut Vec<Finding>) {
    let Some((_, hidden)) = trace.steps.split_last() else { return };
    look_at(hidden, findings);
    trace.steps.iter().for_each(|step| look_at(&step.within, findings));
}

fn look_at<T: Scalar>(steps: &[Step<T>], findings: &mut Vec<Finding>) {
    for step in steps {
        let (LayerSpec::Dense { activation: Some(activation), .. } | LayerSpec::Activation(activation)) =
            step.spec
        else {
            continue;
        };
        match activation {
            ActivationSpec::Relu | ActivationSpec::Relu6 => findings.extend(dead(step)),
            ActivationSpec::Tanh | ActivationSpec::HardTanh => findings.extend(saturated(step, -1.0)),
            ActivationSpec::Sigmoid | ActivationSpec::HardSigmoid => findings.extend(saturated(step, 0.0)),
            _ => {}
        }
    }
}

fn dead<T: Scalar>(step: &Step<T>) -> Option<Finding> {
    let columns = step.outputs.columns();
    let units = columns.into_iter().filter(|unit| unit.iter().all(|y| *y == T::zero())).count();
    let share = units as f64 / step.outputs.ncols() as f64;
    let severity = match share {
        1.0 => Error,
        share if share >= MANY_DEAD => Warning,
        share if share >= SOME_DEAD => Note,
        _ => return None,
    };
    let seen = format!("{} of its units are 0 for every sample, and learn no more", Percent(share));
    let advice = "Lower the learning rate, scale the features, use He initialisation, or LeakyRelu, Elu or Gelu for relu";
    Some(Finding::new((severity, DeadUnits), Place::Layer(step.name.clone()), share, seen, advice))
}

fn saturated<T: Scalar>(step: &Step<T>, min: f64) -> Option<Finding> {
    let margin = FLAT * (1.0 - min);
    let is_flat = |y: f64| y < min + margin || y > 1.0 - margin;
    let count = step.outputs.iter().filter(|y| is_flat(y.as_f64())).count();
    let share = count as f64 / step.outputs.len() as f64;
    if share <= SATURATED {
        return None;
    }
    let seen = format!(
        "{} of its outputs are at an end of its activation, where it is flat and learns no more",
        Percent(share)
    );
    let advice =
        "Scale the features, lower the learning rate, use smaller initial weights, or a penalty (l2)";
    Some(Finding::new((Warning, SaturatedUnits), Place::Layer(step.name.clone()), share, seen, advice))
}
