//! What the parameters tell by themselves.

use nn_core::{Layer, Network, ParamKind, Scalar, Tensor};

use super::super::FindingKind::{ExplodedWeights, IdenticalUnits, NonFiniteParameters};
use super::super::Severity::{Error, Warning};
use super::super::{Finding, Place};
use crate::figure::{Percent, Short};

/// The largest weight that scaled features and targets ask for.
const EXPLODED: f64 = 1000.0;

/// The share of a layer's units that must be twins before it is no accident.
const TWINS: f64 = 0.5;

/// Whether all are finite.
pub(super) fn examine<T: Scalar, L: Layer<T>>(network: &Network<T, L>, findings: &mut Vec<Finding>) -> bool {
    let (params, layout) = (network.params(), network.layout());
    let count = |tensor: &&Tensor| params[tensor.range.clone()].iter().filter(|p| !p.is_finite()).count();
    let wrong: Vec<&Tensor> = layout.tensors().iter().filter(|tensor| count(tensor) > 0).collect();
    if let Some(first) = wrong.first() {
        let total: usize = wrong.iter().map(count).sum();
        let seen =
            format!("{total} parameters are NaN or infinite; {} is the first tensor with one", first.name);
        let advice = "Begin again from another seed, with a tenth of the learning rate";
        findings.push(Finding::new((Error, NonFiniteParameters), place(first), total as f64, seen, advice));
        return false;
    }
    let weights = layout.tensors().iter().filter(|tensor| tensor.kind == ParamKind::Weight);
    let largest =
        |tensor: &Tensor| params[tensor.range.clone()].iter().map(|w| w.as_f64().abs()).fold(0.0, f64::max);
    let exploded =
        weights.clone().map(|tensor| (tensor, largest(tensor))).max_by(|(_, a), (_, b)| a.total_cmp(b));
    if let Some((tensor, size)) = exploded.filter(|(_, size)| *size > EXPLODED) {
        let seen = format!("its largest weight is {}", Short(size));
        let advice = "Scale features and targets, lower the learning rate, or use a penalty (l2)";
        findings.push(Finding::new((Warning, ExplodedWeights), place(tensor), size, seen, advice));
    }
    let biases = |weight: &Tensor| {
        let name = format!("{}bias", weight.name.strip_suffix("weight")?);
        Some(&params[layout.tensor(&name)?.range.clone()])
    };
    let twins = weights.filter_map(|tensor| {
        let share = twins(&params[tensor.range.clone()], biases(tensor), *tensor.shape.first()?);
        (share > TWINS).then(|| identical(tensor, share))
    });
    findings.extend(twins.take(1));
    true
}

fn place(tensor: &Tensor) -> Place {
    let path = tensor.name.rsplit_once('.').map_or(&tensor.name[..], |(path, _)| path);
    Place::Layer(format!("{path} ({})", tensor.layer.split(' ').next().unwrap_or_default()))
}

/// The share of a layer's units that have the weights of another one.
fn twins<T: Scalar>(weight: &[T], bias: Option<&[T]>, units: usize) -> f64 {
    if units < 2 || weight.is_empty() {
        return 0.0;
    }
    let inputs = weight.len() / units;
    let unit = |k: usize| {
        let own = weight[k * inputs..(k + 1) * inputs].iter().chain(bias.map(|bias| &bias[k]));
        own.map(|w| w.as_f64().to_bits()).collect::<Vec<_>>()
    };
    let mut units_by_weights: Vec<Vec<u64>> = (0..units).map(unit).collect();
    units_by_weights.sort_unstable();
    let groups = units_by_weights.chunk_by(|a, b| a == b);
    let twins: usize = groups.map(<[_]>::len).filter(|&alike| alike > 1).sum();
    twins as f64 / units as f64
}

fn identical(tensor: &Tensor, share: f64) -> Finding {
    let seen = format!(
        "{} of its units have the very weights of another one, and so learn the same",
        Percent(share)
    );
    let advice = "Draw the weights at random: Network::new does, Init::Constant does not";
    Finding::new((Error, IdenticalUnits), place(tensor), share, seen, advice)
}
