//! Samples on their way through the layers, and gradients on their way back.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2, ShapeBuilder};
use nn_core::{Backward, Batch, Forward, Layer, LayerSpec, Loss, Mode, Network, ParamKind, Scalar, Targets};

use super::super::FindingKind::{ExplodingGradients, VanishingGradients};
use super::super::Severity::Warning;
use super::super::scores::Part;
use super::super::{Finding, Place};
use super::MAX_ROWS;
use crate::figure::Short;

/// The ratio of the gradients at the first and the last hidden layer from which the first learns next to nothing.
const VANISHING: f64 = 1e-3;

/// The same the other way round: steps that suit the last layer throw the first one about.
const EXPLODING: f64 = 1e3;

/// The layers of a network one by one, chains taken apart, with what they gave.
pub(in super::super) struct Trace<T> {
    pub(super) steps: Vec<Step<T>>,
}

/// One layer on its way.
pub(super) struct Step<T> {
    /// `layers.0 (Dense)`.
    pub(super) name: String,
    pub(super) spec: LayerSpec,
    pub(super) outputs: Array2<T>,
    /// Whether it has weights.
    learns: bool,
    /// The layers within, if it is a block.
    pub(super) within: Vec<Step<T>>,
    /// The root mean square of the loss's derivatives with respect to the outputs.
    gradient: f64,
    layer: Arc<dyn Layer<T>>,
    params: Vec<T>,
    state: Vec<T>,
    work: Vec<T>,
}

impl<T: Scalar> Trace<T> {
    /// `None` for a network with a layer that is not of the crates' own.
    pub(in super::super) fn of<L, P, Y>(
        network: &Network<T, L>,
        loss: &P,
        batch: &Batch<'_, T, Y>,
    ) -> Option<Self>
    where
        L: Layer<T>,
        P: Loss<T, Y> + ?Sized,
        Y: Targets<T> + ?Sized,
    {
        let part = Part::of(batch, MAX_ROWS);
        let spec = network.layers().spec()?;
        let mut steps = Vec::new();
        let mut rest = Rest { params: network.params(), state: network.state() };
        let outputs = forward(&spec, "layers", part.x.clone(), &mut rest, &mut steps)?;
        let mut dy = Array2::zeros(outputs.raw_dim().f());
        loss.check_batch(outputs.view(), part.y(), part.weights()).ok()?;
        loss.reduced(outputs.view(), part.y(), part.weights(), Some(dy.view_mut()));
        let mut trace = Self { steps };
        trace.backward(part.x.view(), dy);
        Some(trace)
    }

    fn backward(&mut self, x: ArrayView2<'_, T>, mut dy: Array2<T>) {
        for n in (0..self.steps.len()).rev() {
            let (before, step) = self.steps.split_at_mut(n);
            let x = before.last().map_or(x, |before| before.outputs.view());
            let step = &mut step[0];
            step.gradient = root_mean_square(dy.view());
            let mut dx = Array2::zeros(x.raw_dim().f());
            step.layer.backward(Backward {
                params: &step.params,
                state: &step.state,
                x,
                y: step.outputs.view(),
                work: &mut step.work,
                mode: Mode::Eval,
                dy: dy.view_mut(),
                dparams: &mut vec![T::zero(); step.params.len()],
                dx: Some(dx.view_mut()),
            });
            dy = dx;
        }
    }

    /// Gradients that vanish or explode on their way back through the hidden layers.
    pub(super) fn gradients(&self) -> Option<Finding> {
        let mut hidden: Vec<&Step<T>> = self.steps.iter().filter(|step| step.learns).collect();
        // The outputs' own gradient depends on the loss and the scale of the targets.
        hidden.pop();
        let (first, last) = (hidden.first()?, hidden.last()?);
        let ratio = first.gradient / last.gradient;
        let place = Place::Layer(first.name.clone());
        let compared = format!("{} times those at {}", Short(ratio), last.name);
        // Where a whole layer is dead no gradient comes through, which is a finding of its own.
        if ratio > 0.0 && ratio < VANISHING {
            let seen = format!("the gradients that come to it are {compared}: it hardly learns");
            let advice = "Use relu, gelu or tanh for sigmoid, batch or layer normalisation, residual blocks, or fewer layers";
            return Some(Finding::new((Warning, VanishingGradients), place, ratio, seen, advice));
        }
        if ratio > EXPLODING && ratio.is_finite() {
            let seen = format!("the gradients that come to it are {compared}: its steps are far too long");
            let advice =
                "Use smaller initial weights, batch or layer normalisation, or clip the gradient (clip_norm)";
            return Some(Finding::new((Warning, ExplodingGradients), place, ratio, seen, advice));
        }
        None
    }
}

/// Parameters and state that belong to the layers to come.
struct Rest<'a, T> {
    params: &'a [T],
    state: &'a [T],
}

impl<'a, T> Rest<'a, T> {
    fn take(&mut self, params: usize, state: usize) -> Option<(&'a [T], &'a [T])> {
        let (own_params, params) = self.params.split_at_checked(params)?;
        let (own_state, state) = self.state.split_at_checked(state)?;
        (self.params, self.state) = (params, state);
        Some((own_params, own_state))
    }
}

/// Runs the layers that `spec` describes, each on its own.
fn forward<T: Scalar>(
    spec: &LayerSpec,
    path: &str,
    x: Array2<T>,
    rest: &mut Rest<'_, T>,
    steps: &mut Vec<Step<T>>,
) -> Option<Array2<T>> {
    if let LayerSpec::Chain(layers) = spec {
        let mut layers = layers.iter().enumerate();
        return layers.try_fold(x, |x, (n, layer)| forward(layer, &format!("{path}.{n}"), x, rest, steps));
    }
    let layer = spec.build::<T>();
    let (batch, in_dim) = x.dim();
    let out_dim = layer.out_dim(in_dim).ok()?;
    let (params, state) = rest.take(layer.param_len(in_dim), layer.state_len(in_dim))?;
    let (mut outputs, mut work) =
        (Array2::zeros((batch, out_dim).f()), vec![T::zero(); layer.work_len(batch, in_dim)]);
    let y = outputs.view_mut();
    layer.forward(Forward { params, state, x: x.view(), y, work: &mut work, mode: Mode::Eval });
    let mut learns = false;
    layer.visit_params(in_dim, &mut |tensor| learns |= tensor.kind == ParamKind::Weight);
    let within = within(spec, path, x, &mut Rest { params, state }).unwrap_or_default();
    steps.push(Step {
        name: format!("{path} ({})", layer.name()),
        spec: spec.clone(),
        outputs: outputs.clone(),
        learns,
        within,
        gradient: 0.0,
        layer,
        params: params.to_vec(),
        state: state.to_vec(),
        work,
    });
    Some(outputs)
}

/// The layers of a block; none of a single layer.
fn within<T: Scalar>(
    spec: &LayerSpec,
    path: &str,
    x: Array2<T>,
    rest: &mut Rest<'_, T>,
) -> Option<Vec<Step<T>>> {
    let mut steps = Vec::new();
    match spec {
        LayerSpec::Residual(inner) => {
            forward(&LayerSpec::Chain(inner.clone()), &format!("{path}.inner"), x, rest, &mut steps)?;
        }
        LayerSpec::Parallel(branches) => {
            for (n, branch) in branches.iter().enumerate() {
                forward(
                    &LayerSpec::Chain(branch.clone()),
                    &format!("{path}.{n}"),
                    x.clone(),
                    rest,
                    &mut steps,
                )?;
            }
        }
        _ => {}
    }
    Some(steps)
}

fn root_mean_square<T: Scalar>(values: ArrayView2<'_, T>) -> f64 {
    // By the largest first: squares of small derivatives are 0.
    let largest = values.iter().map(|value| value.as_f64().abs()).fold(0.0, f64::max);
    if largest == 0.0 {
        return 0.0;
    }
    let sum: f64 = values.iter().map(|value| value.as_f64() / largest).map(|value| value * value).sum();
    largest * (sum / values.len() as f64).sqrt()
}
