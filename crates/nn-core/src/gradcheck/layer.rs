use ndarray::{Array2, ArrayView2, ArrayViewMut2};

use super::loss::same;
use super::report::in_mode;
use super::subject::{Head, Subject, names};
use super::{ATTEMPTS, Dual, DualTargets, Failure, GradCheck, Report, normals};
use crate::{Batch, Init, Layer, Loss, Mode, Network, Sequential, Targets, rng};

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
struct LossHead<'a, 'b, P: ?Sized, Y: ?Sized> {
    loss: &'a P,
    batch: Batch<'b, f64, Y>,
    exact: Option<&'a ExactLoss<'a>>,
}

impl<Y: Targets<f64> + ?Sized, P: Loss<f64, Y> + ?Sized> Head for LossHead<'_, '_, P, Y> {
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
    /// from N(0, 1). State is the initial one, increased by |N(0, 0.3²)|, so that what is positive stays so.
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
        P: Loss<f64, Y> + Loss<Dual, Y::Dual> + ?Sized,
    {
        self.network_by_both(network, network.layers(), loss, batch)
    }

    /// As [`network`](GradCheck::network), for a network whose layers are a list made at run time, such as that of a model
    /// file: the same list is made of dual numbers.
    ///
    /// # Errors
    /// A [`Failure`] that names the worst derivative; [`Error::NoSpec`](crate::Error::NoSpec) in it for a layer that is not
    /// one of the crate's own.
    ///
    /// # Example
    /// ```
    /// use ndarray::array;
    /// use nn_core::{Batch, Dense, Network, Sequential, SoftmaxCrossEntropy, Tanh, gradcheck::GradCheck};
    ///
    /// let layers = Sequential::new().then(Dense::new(7, Tanh)).then(Dense::linear(2));
    /// let network = Network::<f64, _>::new(2, layers, 0)?;
    /// let x = array![[0.1, 0.9], [-0.4, 0.3]];
    /// let batch = Batch::new(x.view(), &[1_usize, 0][..])?;
    /// let report = GradCheck::default().sequential(&network, &SoftmaxCrossEntropy::mean(), batch)?;
    /// assert_eq!((report.numeric, report.exact), (2 * (37 + 4), 2 * (37 + 4)));
    /// assert_eq!(report.tensors[0].name, "layer 0 Dense 2->7, weight");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sequential<P, Y>(
        &self,
        network: &Network<f64, Sequential<f64>>,
        loss: &P,
        batch: Batch<'_, f64, Y>,
    ) -> Result<Report, Failure>
    where
        Y: DualTargets + ?Sized,
        P: Loss<f64, Y> + Loss<Dual, Y::Dual> + ?Sized,
    {
        let dual = Sequential::<Dual>::from_specs(&network.layers().specs()?);
        self.network_by_both(network, &dual, loss, batch)
    }

    fn network_by_both<L, P, Y>(
        &self,
        network: &Network<f64, L>,
        dual: &dyn Layer<Dual>,
        loss: &P,
        batch: Batch<'_, f64, Y>,
    ) -> Result<Report, Failure>
    where
        L: Layer<f64>,
        Y: DualTargets + ?Sized,
        P: Loss<f64, Y> + Loss<Dual, Y::Dual> + ?Sized,
    {
        let target = batch.y().to_dual();
        let weights: Option<Vec<_>> =
            batch.weights().map(|w| w.iter().copied().map(Dual::constant).collect());
        let exact = |y: ArrayView2<'_, Dual>| loss.reduced(y, &*target, weights.as_deref(), None);
        let head = LossHead { loss, batch, exact: Some(&exact) };
        self.network_anywhere(network, Some(dual), &head)
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
        P: Loss<f64, Y> + ?Sized,
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
            let state = &random_state(layer, in_dim, seed)[..];
            let subject = Subject { layer, dual, state, in_dim, out_dim, batch, mode, head: &head };
            subject.verify(&params, &x, self)
        })?;
        check_blocks(layer, in_dim, out_dim)?;
        Ok(report)
    }

    fn network_anywhere<L: Layer<f64>, P: Loss<f64, Y> + ?Sized, Y: Targets<f64> + ?Sized>(
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
            let state = network.state();
            let subject = Subject { layer, dual, state, in_dim, out_dim, batch, mode, head };
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

/// The parameters and the state that a layer shows are those it counts, and its initialisation writes them all.
fn check_params(layer: &dyn Layer<f64>, in_dim: usize) -> Result<(), Failure> {
    let name = layer.name();
    let (mut params, mut state) = (0, 0);
    layer.visit_params(in_dim, &mut |param| params += param.len());
    layer.visit_state(in_dim, &mut |tensor| state += tensor.len());
    for (what, how, shown, counted) in [
        ("parameters", "visit_params, but param_len", params, layer.param_len(in_dim)),
        ("scalars of state", "visit_state, but state_len", state, layer.state_len(in_dim)),
    ] {
        if shown != counted {
            return Err(Failure::Broken(format!("{name} shows {shown} {what} in {how} is {counted}")));
        }
    }
    let (mut params, mut state) = (vec![f64::NAN; params], vec![f64::NAN; state]);
    layer.init(in_dim, &mut params, Init::default(), &mut rng(0));
    layer.init_state(in_dim, &mut state);
    let what = if let Some(i) = params.iter().position(|p| p.is_nan()) {
        names(layer, in_dim, 1)(i)
    } else if let Some(i) = state.iter().position(|s| s.is_nan()) {
        format!("{name}, state[{i}]")
    } else {
        return Ok(());
    };
    Err(Failure::Unwritten { what: format!("the initial value of {what}"), context: String::new() })
}

/// A state that a layer may come to.
fn random_state(layer: &dyn Layer<f64>, in_dim: usize, seed: u64) -> Vec<f64> {
    let mut state = vec![f64::NAN; layer.state_len(in_dim)];
    layer.init_state(in_dim, &mut state);
    let moves = normals(state.len(), 0.3, seed.wrapping_add(4));
    state.iter().zip(moves).map(|(value, by)| value + by.abs()).collect()
}

/// Samples that fill the blocks of any loop along the batch, and leave a rest.
const BLOCKS: usize = 67;

/// In Eval mode a batch is its samples, one by one: the checks on a few samples hold for the blocks of a vectorised loop
/// too.
fn check_blocks(layer: &dyn Layer<f64>, in_dim: usize, out_dim: usize) -> Result<(), Failure> {
    let params = normals(layer.param_len(in_dim), 0.6, 11);
    let state = &random_state(layer, in_dim, 14)[..];
    let x = normals(BLOCKS * in_dim, 1.0, 12);
    let c = Array2::from_shape_vec((BLOCKS, out_dim), normals(BLOCKS * out_dim, 1.0, 13))
        .expect("as many values");
    let run = |rows: std::ops::Range<usize>| {
        let batch = rows.len();
        let head = Cotangent(c.slice_axis(ndarray::Axis(0), rows.clone().into()).to_owned());
        let (dual, mode, head) = (None, Mode::Eval, &head);
        let subject = Subject { layer, dual, state, in_dim, out_dim, batch, mode, head };
        let x: Vec<f64> = (0..in_dim).flat_map(|j| x[j * BLOCKS..][rows.clone()].to_vec()).collect();
        let mut forward = subject.forward(layer, &params, state, &x, subject.poisoned());
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
