use ndarray::{Array2, ArrayView2, ArrayViewMut2};

use super::compare::{Claim, Verdict};
use super::loss::same;
use super::report::in_mode;
use super::{ATTEMPTS, Dual, DualTargets, Failure, GradCheck, Report, normals};
use crate::layer::describe;
use crate::memory::{batch_view, batch_view_mut};
use crate::{Batch, Init, Layer, Loss, Mode, Network, Saved, Scalar, Targets, rng};

/// A function of a layer's outputs to one number, which makes the layer's Jacobian a gradient.
trait Head {
    fn value(&self, y: ArrayView2<'_, f64>) -> f64;
    fn gradient(&self, y: ArrayView2<'_, f64>, dy: ArrayViewMut2<'_, f64>);
    fn exact(&self, y: ArrayView2<'_, Dual>) -> Option<Dual>;
}

/// Σ c y with fixed random c.
struct Cotangent(Array2<f64>);

impl Head for Cotangent {
    fn value(&self, y: ArrayView2<'_, f64>) -> f64 {
        self.0.iter().zip(y).map(|(c, y)| c * y).sum()
    }
    fn gradient(&self, _y: ArrayView2<'_, f64>, mut dy: ArrayViewMut2<'_, f64>) {
        dy.assign(&self.0);
    }
    fn exact(&self, y: ArrayView2<'_, Dual>) -> Option<Dual> {
        let products = self.0.iter().zip(y).map(|(&c, &y)| Dual::constant(c) * y);
        Some(products.fold(Dual::constant(0.0), |sum, product| sum + product))
    }
}

/// The loss of outputs that are dual numbers.
type ExactLoss<'a> = dyn Fn(ArrayView2<'_, Dual>) -> Dual + 'a;

/// A loss on a batch; `exact` is the same on dual numbers.
struct LossHead<'a, 'b, P, Y: ?Sized> {
    loss: &'a P,
    batch: Batch<'b, f64, Y>,
    exact: Option<&'a ExactLoss<'a>>,
}

impl<Y: Targets<f64> + ?Sized, P: Loss<f64, Y>> Head for LossHead<'_, '_, P, Y> {
    fn value(&self, y: ArrayView2<'_, f64>) -> f64 {
        self.loss.reduced(y, self.batch.y(), self.batch.weights(), None)
    }
    fn gradient(&self, y: ArrayView2<'_, f64>, dy: ArrayViewMut2<'_, f64>) {
        self.loss.reduced(y, self.batch.y(), self.batch.weights(), Some(dy));
    }
    fn exact(&self, y: ArrayView2<'_, Dual>) -> Option<Dual> {
        self.exact.map(|exact| exact(y))
    }
}

impl GradCheck {
    /// Proves a layer, or a chain of layers, on `in_dim` inputs, with parameters from N(0, 0.6²) and inputs and dL/dy
    /// from N(0, 1).
    ///
    /// # Errors
    /// A [`Failure`] that names the worst derivative.
    pub fn layer<L: Layer<f64> + Layer<Dual>>(&self, layer: &L, in_dim: usize) -> Result<Report, Failure> {
        self.layer_anywhere(layer, Some(layer), in_dim)
    }

    /// As [`layer`](GradCheck::layer), by central differences alone, for a layer that exists for `f64` only, or a boxed
    /// one.
    ///
    /// # Errors
    /// A [`Failure`] that names the worst derivative.
    pub fn layer_numeric<L: Layer<f64>>(&self, layer: &L, in_dim: usize) -> Result<Report, Failure> {
        self.layer_anywhere(layer, None, in_dim)
    }

    /// Proves a network at its own parameters, with its loss and data. If that point has a kink, the parameters are
    /// moved by draws from N(0, 0.01²).
    ///
    /// # Errors
    /// A [`Failure`] that names the worst derivative.
    pub fn network<L, P, Y>(
        &self,
        network: &Network<f64, L>,
        loss: &P,
        batch: Batch<'_, f64, Y>,
    ) -> Result<Report, Failure>
    where
        L: Layer<f64> + Layer<Dual>,
        Y: DualTargets + ?Sized,
        P: Loss<f64, Y> + Loss<Dual, Y::Dual>,
    {
        let target = batch.y().to_dual();
        let weights: Option<Vec<_>> =
            batch.weights().map(|w| w.iter().copied().map(Dual::constant).collect());
        let exact = |y: ArrayView2<'_, Dual>| loss.reduced(y, &*target, weights.as_deref(), None);
        let head = LossHead { loss, batch, exact: Some(&exact) };
        self.network_anywhere(network, Some(network.layers()), &head)
    }

    /// As [`network`](GradCheck::network), by central differences alone.
    ///
    /// # Errors
    /// A [`Failure`] that names the worst derivative.
    pub fn network_numeric<L, P, Y>(
        &self,
        network: &Network<f64, L>,
        loss: &P,
        batch: Batch<'_, f64, Y>,
    ) -> Result<Report, Failure>
    where
        L: Layer<f64>,
        Y: Targets<f64> + ?Sized,
        P: Loss<f64, Y>,
    {
        self.network_anywhere(network, None, &LossHead { loss, batch, exact: None })
    }

    fn layer_anywhere(
        &self,
        layer: &dyn Layer<f64>,
        dual: Option<&dyn Layer<Dual>>,
        in_dim: usize,
    ) -> Result<Report, Failure> {
        self.check()?;
        if in_dim == 0 {
            return Err(crate::Error::hyperparameter("number of inputs", "at least 1", 0).into());
        }
        let out_dim = layer.out_dim(in_dim)?;
        check_params(layer, in_dim)?;
        let batch = self.batch;
        let report = every_mode(|mode, attempt| {
            let seed = self.seed.wrapping_mul(1000).wrapping_add(3 * attempt);
            let params = normals(layer.param_len(in_dim), 0.6, seed);
            let x = normals(batch * in_dim, 1.0, seed.wrapping_add(1));
            let c = normals(batch * out_dim, 1.0, seed.wrapping_add(2));
            let head = Cotangent(Array2::from_shape_vec((batch, out_dim), c).expect("as many values"));
            let subject = Subject { layer, dual, in_dim, out_dim, batch, mode, head: &head };
            subject.verify(&params, &x, self)
        })?;
        check_blocks(layer, in_dim, out_dim)?;
        Ok(report)
    }

    fn network_anywhere<L: Layer<f64>, P: Loss<f64, Y>, Y: Targets<f64> + ?Sized>(
        &self,
        network: &Network<f64, L>,
        dual: Option<&dyn Layer<Dual>>,
        head: &LossHead<'_, '_, P, Y>,
    ) -> Result<Report, Failure> {
        self.check()?;
        let (in_dim, out_dim) = (network.in_dim(), network.out_dim());
        let x = head.batch.x();
        if x.ncols() != in_dim {
            return Err(crate::Error::FeatureCount { expected: in_dim, found: x.ncols() }.into());
        }
        head.loss.check(out_dim, head.batch.y())?;
        check_params(network.layers(), in_dim)?;
        let by_feature: Vec<f64> = x.t().iter().copied().collect();
        every_mode(|mode, attempt| {
            let size = if attempt == 0 { 0.0 } else { 0.01 };
            let noise = normals(network.params().len(), size, self.seed.wrapping_add(attempt));
            let params: Vec<f64> = network.params().iter().zip(noise).map(|(p, noise)| p + noise).collect();
            let (layer, batch) = (network.layers(), x.nrows());
            let subject = Subject { layer, dual, in_dim, out_dim, batch, mode, head };
            subject.verify(&params, &by_feature, self)
        })
    }
}

/// Runs `check(mode, attempt)` in both modes, at another point when one stands on a kink.
fn every_mode(
    check: impl Fn(Mode, u64) -> Result<Result<Report, String>, Failure>,
) -> Result<Report, Failure> {
    let in_one_mode = |mode| {
        let mut kink = String::new();
        for moved in 0..ATTEMPTS {
            match check(mode, moved as u64)? {
                Ok(report) => return Ok(Report { moved, ..report }),
                Err(what) => kink = what,
            }
        }
        Err(Failure::Kink { what: kink, attempts: ATTEMPTS, context: in_mode(mode) })
    };
    // The seed and step are arbitrary.
    let [train, eval] = [Mode::train(5, 3), Mode::Eval].map(in_one_mode);
    Ok(train?.merge(eval?))
}

/// The parameters that a layer shows are those it counts, and its initialisation writes them all.
fn check_params(layer: &dyn Layer<f64>, in_dim: usize) -> Result<(), Failure> {
    let mut shown = 0;
    layer.visit_params(in_dim, &mut |param| shown += param.len());
    let counted = layer.param_len(in_dim);
    if shown != counted {
        let name = layer.name();
        let message = format!("{name} shows {shown} parameters in visit_params, but param_len is {counted}");
        return Err(Failure::Broken(message));
    }
    let mut params = vec![f64::NAN; counted];
    layer.init(in_dim, &mut params, Init::default(), &mut rng(0));
    match params.iter().position(|p| p.is_nan()) {
        Some(i) => {
            let what = format!("the initial value of {}", names(layer, in_dim, 1)(i));
            Err(Failure::Unwritten { what, context: String::new() })
        }
        None => Ok(()),
    }
}

/// Samples that fill the blocks of any loop along the batch, and leave a rest.
const BLOCKS: usize = 67;

/// In Eval mode a batch is its samples, one by one: the checks on a few samples hold for the blocks of a vectorised loop
/// too.
fn check_blocks(layer: &dyn Layer<f64>, in_dim: usize, out_dim: usize) -> Result<(), Failure> {
    let params = normals(layer.param_len(in_dim), 0.6, 11);
    let x = normals(BLOCKS * in_dim, 1.0, 12);
    let c = Array2::from_shape_vec((BLOCKS, out_dim), normals(BLOCKS * out_dim, 1.0, 13))
        .expect("as many values");
    let run = |rows: std::ops::Range<usize>| {
        let batch = rows.len();
        let head = Cotangent(c.slice_axis(ndarray::Axis(0), rows.clone().into()).to_owned());
        let subject = Subject { layer, dual: None, in_dim, out_dim, batch, mode: Mode::Eval, head: &head };
        let x: Vec<f64> = (0..in_dim).flat_map(|j| x[j * BLOCKS..][rows.clone()].to_vec()).collect();
        let mut forward = subject.forward(layer, &params, &x, subject.poisoned());
        let y = forward.y.clone();
        (y, subject.backward(&params, &x, &mut forward, true))
    };
    let (y, whole) = run(0..BLOCKS);
    let name = names(layer, in_dim, BLOCKS);
    let mut dparams = vec![0.0; params.len()];
    let (when, tolerance, context) =
        ("between a batch of 67 and its samples one by one", 1e-10, in_mode(Mode::Eval));
    for row in 0..BLOCKS {
        let (own_y, own) = run(row..row + 1);
        for (column, value) in own_y.iter().enumerate() {
            let what = format!("output[{row}, {column}]");
            same(&what, when, y[column * BLOCKS + row], *value, tolerance, &context)?;
        }
        for (column, value) in own.dx.iter().enumerate() {
            let i = column * BLOCKS + row;
            let what = format!("the gradient at {}", name(params.len() + i));
            same(&what, when, whole.dx[i], *value, tolerance, &context)?;
        }
        dparams.iter_mut().zip(own.dparams).for_each(|(sum, own)| *sum += own);
    }
    for (i, (whole, sum)) in whole.dparams.iter().zip(&dparams).enumerate() {
        same(&format!("the gradient at {}", name(i)), when, *whole, *sum, tolerance, &context)?;
    }
    Ok(())
}

/// `layer 1 Dense 15->4, weight[3, 0]` for each parameter, then `input[row, column]`.
fn names(layer: &dyn Layer<f64>, in_dim: usize, batch: usize) -> impl Fn(usize) -> String {
    let itself = describe(layer, in_dim);
    let mut params = Vec::new();
    layer.visit_params(in_dim, &mut |param| {
        let owner = if param.layer.is_empty() { &itself } else { param.layer };
        let (prefix, name) = match param.name.rsplit_once('.') {
            Some((path, name)) => (format!("layer {path} {owner}"), name),
            None => (owner.to_owned(), param.name),
        };
        for i in 0..param.len() {
            let mut rest = i;
            let mut index: Vec<String> = Vec::new();
            for &size in param.shape.iter().rev() {
                index.insert(0, (rest % size).to_string());
                rest /= size;
            }
            params.push(format!("{prefix}, {name}[{}]", index.join(", ")));
        }
    });
    move |i| match params.get(i) {
        Some(name) => name.clone(),
        None => format!("{itself}, input[{}, {}]", (i - params.len()) % batch, (i - params.len()) / batch),
    }
}

/// A layer in one mode, and what makes its outputs a number.
struct Subject<'a> {
    layer: &'a dyn Layer<f64>,
    dual: Option<&'a dyn Layer<Dual>>,
    in_dim: usize,
    out_dim: usize,
    batch: usize,
    mode: Mode,
    head: &'a dyn Head,
}

/// What forward leaves, feature by feature.
struct Forward<T> {
    y: Vec<T>,
    work: Vec<T>,
}

/// What backward gives.
struct Backward {
    dparams: Vec<f64>,
    dx: Vec<f64>,
}

impl Subject<'_> {
    /// The inner error names a coordinate that stands on a kink.
    fn verify(
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
        let agree = |a: &Backward, b: &Backward, tolerance, when| {
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
        let mut before = self.forward(self.layer, &other_params, &elsewhere, self.poisoned());
        self.backward(&other_params, &elsewhere, &mut before, true);
        let mut first = self.forward(self.layer, params, x, self.poisoned());
        written(&first.y, &|i| format!("output[{}, {}]", i % self.batch, i / self.batch))?;
        self.forward(self.layer, &other_params, &elsewhere, self.poisoned());
        let gradient = self.backward(params, x, &mut first, true);
        written(&gradient.dparams, &|i| format!("the gradient at {}", name(i)))?;
        written(&gradient.dx, &|i| format!("the gradient at {}", name(params.len() + i)))?;

        let y = first.y.clone();
        let mut again = self.forward(self.layer, params, x, first);
        for (i, (a, b)) in y.iter().zip(&again.y).enumerate() {
            let what = format!("output[{}, {}]", i % self.batch, i / self.batch);
            same(&what, "on a used workspace", *a, *b, 0.0, &context)?;
        }
        let repeated = self.backward(params, x, &mut again, true);
        agree(&gradient, &repeated, 0.0, "on a used workspace")?;
        let mut third = self.forward(self.layer, params, x, self.poisoned());
        let without_dx = self.backward(params, x, &mut third, false);
        let only_params = Backward { dparams: gradient.dparams.clone(), dx: Vec::new() };
        agree(&only_params, &without_dx, 0.0, "when dx is not asked for")?;
        let (by_sample_y, by_sample) = self.by_sample(params, x);
        for (i, (a, b)) in y.iter().zip(&by_sample_y).enumerate() {
            let what = format!("output[{}, {}]", i % self.batch, i / self.batch);
            same(&what, "between memory orders", *a, *b, 1e-10, &context)?;
        }
        agree(&gradient, &by_sample, 1e-10, "between memory orders")?;

        let split = params.len();
        let claim = Claim {
            function: &mut |point: &[f64]| {
                let (params, x) = point.split_at(split);
                let Forward { y, .. } = self.forward(self.layer, params, x, self.poisoned());
                self.head.value(batch_view(&y, self.batch, self.out_dim))
            },
            point: [params, x].concat(),
            gradient: [gradient.dparams, gradient.dx].concat(),
            exact: self.exact(params, x),
            name: &name,
            context: &context,
        };
        match claim.verify(options)? {
            Verdict::Proven(report) => Ok(Ok(report)),
            Verdict::Kink(i) => Ok(Err(name(i))),
        }
    }

    fn poisoned<T: Scalar>(&self) -> Forward<T> {
        let work_len = self.layer.work_len(self.batch, self.in_dim);
        Forward { y: vec![T::nan(); self.batch * self.out_dim], work: vec![T::nan(); work_len] }
    }

    /// Runs the layer on matrices that lie feature by feature, into the given buffers.
    fn forward<T: Scalar>(
        &self,
        layer: &dyn Layer<T>,
        params: &[T],
        x: &[T],
        buffers: Forward<T>,
    ) -> Forward<T> {
        let Forward { mut y, mut work } = buffers;
        let x = batch_view(x, self.batch, self.in_dim);
        let out = batch_view_mut(&mut y, self.batch, self.out_dim);
        layer.forward(params, x, out, &mut work, self.mode);
        Forward { y, work }
    }

    fn backward(&self, params: &[f64], x: &[f64], saved: &mut Forward<f64>, with_dx: bool) -> Backward {
        let Forward { y, work } = saved;
        let x = batch_view(x, self.batch, self.in_dim);
        let y = batch_view(y, self.batch, self.out_dim);
        let mut dy = vec![f64::NAN; y.len()];
        let mut dy = batch_view_mut(&mut dy, self.batch, self.out_dim);
        self.head.gradient(y, dy.view_mut());
        let mut dparams = vec![f64::NAN; params.len()];
        let mut dx = vec![f64::NAN; if with_dx { x.len() } else { 0 }];
        let view = with_dx.then(|| batch_view_mut(&mut dx, self.batch, self.in_dim));
        self.layer.backward(params, Saved { x, y, work, mode: self.mode }, dy, &mut dparams, view);
        Backward { dparams, dx }
    }

    /// Forward and backward on matrices that lie sample by sample.
    fn by_sample(&self, params: &[f64], x: &[f64]) -> (Vec<f64>, Backward) {
        let by_feature = batch_view(x, self.batch, self.in_dim);
        let mut x = Array2::zeros(by_feature.dim());
        x.assign(&by_feature);
        let Forward { mut work, .. } = self.poisoned();
        let mut y = Array2::from_elem((self.batch, self.out_dim), f64::NAN);
        self.layer.forward(params, x.view(), y.view_mut(), &mut work, self.mode);
        let mut dy = Array2::from_elem(y.dim(), f64::NAN);
        self.head.gradient(y.view(), dy.view_mut());
        let mut dparams = vec![f64::NAN; params.len()];
        let mut dx = Array2::from_elem(x.dim(), f64::NAN);
        let saved = Saved { x: x.view(), y: y.view(), work: &mut work, mode: self.mode };
        self.layer.backward(params, saved, dy.view_mut(), &mut dparams, Some(dx.view_mut()));
        let by_feature = |matrix: &Array2<f64>| matrix.t().iter().copied().collect();
        (by_feature(&y), Backward { dparams, dx: by_feature(&dx) })
    }

    /// The gradient by dual numbers: one forward pass a coordinate.
    fn exact(&self, params: &[f64], x: &[f64]) -> Option<Vec<f64>> {
        let layer = self.dual?;
        let mut point: Vec<Dual> = params.iter().chain(x).copied().map(Dual::constant).collect();
        let mut gradient = Vec::with_capacity(point.len());
        for i in 0..point.len() {
            point[i].slope = 1.0;
            let (params, x) = point.split_at(params.len());
            let Forward { y, .. } = self.forward(layer, params, x, self.poisoned());
            gradient.push(self.head.exact(batch_view(&y, self.batch, self.out_dim))?.slope);
            point[i].slope = 0.0;
        }
        Some(gradient)
    }
}
