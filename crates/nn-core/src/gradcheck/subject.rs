use ndarray::{Array2, ArrayView2, ArrayViewMut2};

use super::compare::{Claim, Verdict};
use super::loss::same;
use super::report::in_mode;
use super::{Dual, Failure, GradCheck, Report};
use crate::layer::describe;
use crate::memory::{batch_view, batch_view_mut};
use crate::{Backward, Forward, Layer, Mode, Scalar, StateUpdate};

/// A function of a layer's outputs to one number, which makes the layer's Jacobian a gradient.
pub(super) trait Head {
    fn value(&self, y: ArrayView2<'_, f64>) -> f64;
    fn gradient(&self, y: ArrayView2<'_, f64>, dy: ArrayViewMut2<'_, f64>);
    fn exact(&self, y: ArrayView2<'_, Dual>) -> Option<Dual>;
}

/// A layer in one mode, and what makes its outputs a number.
pub(super) struct Subject<'a> {
    pub(super) layer: &'a dyn Layer<f64>,
    pub(super) dual: Option<&'a dyn Layer<Dual>>,
    pub(super) state: &'a [f64],
    pub(super) in_dim: usize,
    pub(super) out_dim: usize,
    pub(super) batch: usize,
    pub(super) mode: Mode,
    pub(super) head: &'a dyn Head,
}

/// What forward leaves, feature by feature.
pub(super) struct Saved<T> {
    pub(super) y: Vec<T>,
    work: Vec<T>,
}

/// What backward gives.
pub(super) struct Gradients {
    pub(super) dparams: Vec<f64>,
    pub(super) dx: Vec<f64>,
}

impl Subject<'_> {
    /// The inner error names a coordinate that stands on a kink.
    pub(super) fn verify(
        &self,
        params: &[f64],
        x: &[f64],
        options: &GradCheck,
    ) -> Result<Result<Report, String>, Failure> {
        let context = in_mode(self.mode);
        let name = names(self.layer, self.in_dim, self.batch);
        let written =
            |values: &[f64], what: &dyn Fn(usize) -> String| match values.iter().position(|v| v.is_nan()) {
                Some(i) => Err(Failure::Unwritten { what: what(i), context: context.clone() }),
                None => Ok(()),
            };
        let agree = |a: &Gradients, b: &Gradients, tolerance, when| {
            let pairs = a.dparams.iter().chain(&a.dx).zip(b.dparams.iter().chain(&b.dx));
            let mut pairs = pairs.enumerate();
            pairs.try_for_each(|(i, (&a, &b))| {
                same(&format!("the gradient at {}", name(i)), when, a, b, tolerance, &context)
            })
        };

        // A pass at another point before and another in between: what backward needs must come from `first`, not from
        // the layer's own memory.
        let elsewhere: Vec<f64> = x.iter().rev().map(|x| 0.5 * x + 0.1).collect();
        let other_params: Vec<f64> = params.iter().rev().map(|p| 0.5 * p + 0.1).collect();
        let mut before = self.forward(self.layer, &other_params, self.state, &elsewhere, self.poisoned());
        self.backward(&other_params, &elsewhere, &mut before, true);
        let mut first = self.forward(self.layer, params, self.state, x, self.poisoned());
        written(&first.y, &|i| format!("output[{}, {}]", i % self.batch, i / self.batch))?;
        self.forward(self.layer, &other_params, self.state, &elsewhere, self.poisoned());
        let state = self.updated(&first.work);
        written(&state, &|i| format!("state[{i}] after update_state"))?;
        let gradient = self.backward(params, x, &mut first, true);
        for (i, (a, b)) in state.iter().zip(self.updated(&first.work)).enumerate() {
            same(&format!("state[{i}]"), "when it is updated after backward", *a, b, 0.0, &context)?;
        }
        written(&gradient.dparams, &|i| format!("the gradient at {}", name(i)))?;
        written(&gradient.dx, &|i| format!("the gradient at {}", name(params.len() + i)))?;

        let y = first.y.clone();
        let mut again = self.forward(self.layer, params, self.state, x, first);
        for (i, (a, b)) in y.iter().zip(&again.y).enumerate() {
            let what = format!("output[{}, {}]", i % self.batch, i / self.batch);
            same(&what, "on a used workspace", *a, *b, 0.0, &context)?;
        }
        let repeated = self.backward(params, x, &mut again, true);
        agree(&gradient, &repeated, 0.0, "on a used workspace")?;
        let mut third = self.forward(self.layer, params, self.state, x, self.poisoned());
        let without_dx = self.backward(params, x, &mut third, false);
        let only_params = Gradients { dparams: gradient.dparams.clone(), dx: Vec::new() };
        agree(&only_params, &without_dx, 0.0, "when dx is not asked for")?;
        let (by_sample_y, by_sample) = self.by_sample(params, x);
        for (i, (a, b)) in y.iter().zip(&by_sample_y).enumerate() {
            let what = format!("output[{}, {}]", i % self.batch, i / self.batch);
            same(&what, "between memory orders", *a, *b, 1e-10, &context)?;
        }
        agree(&gradient, &by_sample, 1e-10, "between memory orders")?;

        let split = params.len();
        let mut tensors: Vec<(String, usize)> = tensors(self.layer, self.in_dim)
            .into_iter()
            .map(|(name, shape)| (name, shape.iter().product()))
            .collect();
        tensors.push((format!("{}, input", describe(self.layer, self.in_dim)), x.len()));
        let (mut first, mut chosen) = (0, Vec::new());
        for (_, len) in &mut tensors {
            let (all, some) = (*len, options.derivatives.min(*len));
            chosen.extend((0..some).map(|n| first + n * all / some));
            (first, *len) = (first + all, some);
        }
        let claim = Claim {
            function: &mut |point: &[f64]| {
                let (params, x) = point.split_at(split);
                let Saved { y, .. } = self.forward(self.layer, params, self.state, x, self.poisoned());
                self.head.value(batch_view(&y, self.batch, self.out_dim))
            },
            point: [params, x].concat(),
            gradient: [gradient.dparams, gradient.dx].concat(),
            exact: self.exact(params, x, &chosen),
            chosen,
            tensors,
            name: &name,
            context: &context,
        };
        match claim.verify(options)? {
            Verdict::Proven(report) => Ok(Ok(report)),
            Verdict::Kink(i) => Ok(Err(name(i))),
        }
    }

    pub(super) fn poisoned<T: Scalar>(&self) -> Saved<T> {
        let work_len = self.layer.work_len(self.batch, self.in_dim);
        Saved { y: vec![T::nan(); self.batch * self.out_dim], work: vec![T::nan(); work_len] }
    }

    /// Runs the layer on matrices that lie feature by feature, into the given buffers.
    pub(super) fn forward<T: Scalar>(
        &self,
        layer: &dyn Layer<T>,
        params: &[T],
        state: &[T],
        x: &[T],
        buffers: Saved<T>,
    ) -> Saved<T> {
        let Saved { mut y, mut work } = buffers;
        layer.forward(Forward {
            params,
            state,
            x: batch_view(x, self.batch, self.in_dim),
            y: batch_view_mut(&mut y, self.batch, self.out_dim),
            work: &mut work,
            mode: self.mode,
        });
        Saved { y, work }
    }

    pub(super) fn backward(
        &self,
        params: &[f64],
        x: &[f64],
        saved: &mut Saved<f64>,
        with_dx: bool,
    ) -> Gradients {
        let Saved { y, work } = saved;
        let x = batch_view(x, self.batch, self.in_dim);
        let y = batch_view(y, self.batch, self.out_dim);
        let mut dy = vec![f64::NAN; y.len()];
        let mut dy = batch_view_mut(&mut dy, self.batch, self.out_dim);
        self.head.gradient(y, dy.view_mut());
        let mut dparams = vec![f64::NAN; params.len()];
        let mut dx = vec![f64::NAN; if with_dx { x.len() } else { 0 }];
        let view = with_dx.then(|| batch_view_mut(&mut dx, self.batch, self.in_dim));
        let (state, mode) = (self.state, self.mode);
        self.layer.backward(Backward {
            params,
            state,
            x,
            y,
            work,
            mode,
            dy,
            dparams: &mut dparams,
            dx: view,
        });
        Gradients { dparams, dx }
    }

    /// The state after an update from `work`.
    fn updated(&self, work: &[f64]) -> Vec<f64> {
        let mut state = self.state.to_vec();
        let (batch, in_dim) = (self.batch, self.in_dim);
        self.layer.update_state(StateUpdate { batch, in_dim, work, state: &mut state });
        state
    }

    /// Forward and backward on matrices that lie sample by sample.
    fn by_sample(&self, params: &[f64], x: &[f64]) -> (Vec<f64>, Gradients) {
        let by_feature = batch_view(x, self.batch, self.in_dim);
        let mut x = Array2::zeros(by_feature.dim());
        x.assign(&by_feature);
        let Saved { mut work, .. } = self.poisoned();
        let (state, mode) = (self.state, self.mode);
        let mut y = Array2::from_elem((self.batch, self.out_dim), f64::NAN);
        let (inputs, outputs) = (x.view(), y.view_mut());
        self.layer.forward(Forward { params, state, x: inputs, y: outputs, work: &mut work, mode });
        let mut dy = Array2::from_elem(y.dim(), f64::NAN);
        self.head.gradient(y.view(), dy.view_mut());
        let mut dparams = vec![f64::NAN; params.len()];
        let mut dx = Array2::from_elem(x.dim(), f64::NAN);
        self.layer.backward(Backward {
            params,
            state,
            x: x.view(),
            y: y.view(),
            work: &mut work,
            mode,
            dy: dy.view_mut(),
            dparams: &mut dparams,
            dx: Some(dx.view_mut()),
        });
        let by_feature = |matrix: &Array2<f64>| matrix.t().iter().copied().collect();
        (by_feature(&y), Gradients { dparams, dx: by_feature(&dx) })
    }

    /// Derivatives by dual numbers: one forward pass a coordinate.
    fn exact(&self, params: &[f64], x: &[f64], chosen: &[usize]) -> Option<Vec<f64>> {
        let layer = self.dual?;
        let state: Vec<Dual> = self.state.iter().copied().map(Dual::constant).collect();
        let mut point: Vec<Dual> = params.iter().chain(x).copied().map(Dual::constant).collect();
        let mut gradient = Vec::with_capacity(chosen.len());
        for &i in chosen {
            point[i].slope = 1.0;
            let (params, x) = point.split_at(params.len());
            let Saved { y, .. } = self.forward(layer, params, &state, x, self.poisoned());
            gradient.push(self.head.exact(batch_view(&y, self.batch, self.out_dim))?.slope);
            point[i].slope = 0.0;
        }
        Some(gradient)
    }
}

/// `layer 1 Dense 15->4, weight` and its shape, for each tensor of parameters.
fn tensors(layer: &dyn Layer<f64>, in_dim: usize) -> Vec<(String, Vec<usize>)> {
    let itself = describe(layer, in_dim);
    let mut tensors = Vec::new();
    layer.visit_params(in_dim, &mut |param| {
        let owner = if param.layer.is_empty() { &itself } else { param.layer };
        let name = match param.name.rsplit_once('.') {
            Some((path, name)) => format!("layer {path} {owner}, {name}"),
            None => format!("{owner}, {}", param.name),
        };
        tensors.push((name, param.shape.to_vec()));
    });
    tensors
}

/// `layer 1 Dense 15->4, weight[3, 0]` for each parameter, then `input[row, column]`.
pub(super) fn names(layer: &dyn Layer<f64>, in_dim: usize, batch: usize) -> impl Fn(usize) -> String {
    let itself = describe(layer, in_dim);
    let mut params = Vec::new();
    for (name, shape) in tensors(layer, in_dim) {
        for i in 0..shape.iter().product() {
            let mut rest = i;
            let mut index: Vec<String> = Vec::new();
            for &size in shape.iter().rev() {
                index.insert(0, (rest % size).to_string());
                rest /= size;
            }
            params.push(format!("{name}[{}]", index.join(", ")));
        }
    }
    move |i| match params.get(i) {
        Some(name) => name.clone(),
        None => format!("{itself}, input[{}, {}]", (i - params.len()) % batch, (i - params.len()) / batch),
    }
}
