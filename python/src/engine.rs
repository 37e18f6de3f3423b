//! `Engine32` and `Engine64`: a network that Python trains, epoch by epoch.

use std::ops::Range;
use std::path::PathBuf;

use ndarray::ArrayView2;
use nn_core::{Batch, LayerSpec, Network, Scalar, Sequential, Targets, Workspace};
use nn_model::Model;
use numpy::{PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

use crate::export::export;
use crate::optimizer::Optimizer;
use crate::predictor::{Predictor32, Predictor64, Row};
use crate::rule::{Optimizer32, Optimizer64, Shared};
use crate::signals::Signals;
use crate::task::{Setting, Task};
use crate::threads::Threads;
use crate::training::{Rules, Training, weights_of};
use crate::value_error;

/// What both classes hold.
struct Core<T: Scalar> {
    network: Network<T, Sequential<T>>,
    task: Task<T>,
    exponential: bool,
    optimizer: Option<Optimizer<T>>,
    gradient: Vec<T>,
    weights: Vec<Range<usize>>,
    rules: Rules,
    steps: u64,
    threads: Threads,
}

impl<T: Scalar> Core<T> {
    fn new(
        in_dim: usize,
        layers: &str,
        params: Vec<T>,
        loss: &Bound<'_, PyAny>,
        (alpha, seed, threads): (f64, u64, usize),
    ) -> PyResult<Self> {
        let specs: Vec<LayerSpec> = serde_json::from_str(layers).map_err(value_error)?;
        let mut network =
            Network::from_params(in_dim, Sequential::from_specs(&specs), params).map_err(value_error)?;
        let Setting { task, link, exponential, averages } = Setting::named(loss)?;
        network.set_link(link);
        let [value_divisor, gradient_divisor] =
            averages.map(|averages| if averages { network.out_dim() as f64 } else { 1.0 });
        Ok(Self {
            gradient: vec![T::zero(); network.params().len()],
            weights: weights_of(&network),
            network,
            task,
            exponential,
            optimizer: None,
            rules: Rules { alpha, value_divisor, gradient_divisor, deviance: exponential, seed },
            steps: 0,
            threads: Threads::new(threads),
        })
    }

    /// Steps by an optimizer of `nn-train` from here on.
    fn set_optimizer(&mut self, optimizer: Shared<T>) -> PyResult<()> {
        use nn_train::{Needs, Optimizer as _};
        {
            let mut rule = optimizer.lock();
            if rule.needs() != Needs::Gradient {
                let expected = "expected an optimizer for mini-batches; lbfgs and levenberg_marquardt are for the full batch";
                return Err(value_error(format!("{expected}: take solver='lbfgs', or a Trainer")));
            }
            rule.start(&self.network.layout()).map_err(value_error)?;
        }
        self.optimizer = Some(Optimizer::Library(optimizer));
        Ok(())
    }

    fn check_len(&self, what: &str, found: usize) -> PyResult<()> {
        let expected = self.network.params().len();
        if found == expected {
            return Ok(());
        }
        Err(value_error(format!("expected {expected} {what}, one a parameter, found {found}")))
    }

    fn epoch(
        &mut self,
        x: ArrayView2<'_, T>,
        targets: Given<'_, T>,
        weights: Option<&[T]>,
        (order, batch_size): (&[usize], usize),
        learning_rate: f64,
    ) -> PyResult<f64> {
        if batch_size == 0 || order.is_empty() || order.iter().any(|&row| row >= x.nrows()) {
            let found = format!("batches of {batch_size}, {} of {} samples", order.len(), x.nrows());
            return Err(value_error(format!(
                "expected batches of 1 at least and rows of the samples, found {found}"
            )));
        }
        let worth = self.network.worth_sharing(batch_size.min(order.len()));
        let Self { network, task, optimizer, gradient, weights: penalised, rules, steps, threads, .. } = self;
        let Some(optimizer) = optimizer else {
            return Err(value_error("call `sgd`, `adam` or `set_optimizer` before `epoch`"));
        };
        let mut training = Training { network, gradient, weights: penalised, rules, steps };
        let (order, step) = ((order, batch_size), (optimizer, learning_rate));
        threads.run(worth, |signals: &mut Signals<'_>| match (task, targets) {
            (Task::Classes(learner), Given::Classes(y)) => {
                training.epoch(learner, &batch(x, y, weights)?, order, step, signals)
            }
            (Task::Values(learner), Given::Values(y)) => {
                training.epoch(learner, &batch(x, &*y, weights)?, order, step, signals)
            }
            _ => Err(other_targets()),
        })
    }

    fn load(&mut self, x: ArrayView2<'_, T>, targets: Given<'_, T>, weights: Option<&[T]>) -> PyResult<()> {
        let Self { network, task, gradient, weights: penalised, rules, steps, .. } = self;
        let training = Training { network, gradient, weights: penalised, rules, steps };
        let rows: Vec<usize> = (0..x.nrows()).collect();
        match (task, targets) {
            (Task::Classes(learner), Given::Classes(y)) => {
                let data = batch(x, y, weights)?;
                training.check(learner, &data)?;
                learner.shards.gather(training.network, &data, &rows);
            }
            (Task::Values(learner), Given::Values(y)) => {
                let data = batch(x, &*y, weights)?;
                training.check(learner, &data)?;
                learner.shards.gather(training.network, &data, &rows);
            }
            _ => return Err(other_targets()),
        }
        Ok(())
    }

    fn loss_and_gradient(&mut self, params: &[T]) -> PyResult<f64> {
        let Self { network, task, gradient, weights, rules, steps, threads, .. } = self;
        network.params_mut().copy_from_slice(params);
        let mut training = Training { network, gradient, weights, rules, steps };
        let samples: usize = match task {
            Task::Classes(learner) => learner.shards.batches().map(|batch| batch.samples()).sum(),
            Task::Values(learner) => learner.shards.batches().map(|batch| batch.samples()).sum(),
        };
        if samples == 0 {
            return Err(value_error("call `load` before `loss_and_gradient`"));
        }
        let worth = training.network.worth_sharing(samples);
        let loss = threads.run(worth, |_| {
            Ok(match task {
                Task::Classes(learner) => training.loss_and_gradient(learner),
                Task::Values(learner) => training.loss_and_gradient(learner),
            })
        })?;
        loss.ok_or_else(|| value_error("expected a sample whose weight is above 0, found none"))
    }

    fn predict(&self, x: ArrayView2<'_, T>) -> PyResult<ndarray::Array2<T>> {
        let mut out = ndarray::Array2::zeros((x.nrows(), self.network.out_dim()));
        self.threads.run(self.network.worth_sharing(x.nrows()), |_| {
            self.network.predict_proba_into(x, &mut Workspace::new(), out.view_mut()).map_err(value_error)
        })?;
        if self.exponential {
            out.mapv_inplace(T::kernel_exp);
        }
        Ok(out)
    }
}

/// Targets as a loop takes them.
#[derive(Clone, Copy)]
pub(crate) enum Given<'a, T> {
    Classes(&'a [usize]),
    Values(ArrayView2<'a, T>),
}

/// Targets as they came: indices of classes, in one dimension, or values in two.
#[derive(FromPyObject)]
pub(crate) enum TargetArray<'py, T: numpy::Element> {
    Classes(PyReadonlyArray1<'py, i64>),
    Values(PyReadonlyArray2<'py, T>),
}

impl<T: Scalar + numpy::Element> TargetArray<'_, T> {
    pub(crate) fn classes(&self) -> PyResult<Vec<usize>> {
        match self {
            Self::Classes(y) => indices("a class", y),
            Self::Values(_) => Ok(Vec::new()),
        }
    }

    pub(crate) fn given<'a>(&'a self, classes: &'a [usize]) -> Given<'a, T> {
        match self {
            Self::Classes(_) => Given::Classes(classes),
            Self::Values(y) => Given::Values(y.as_array()),
        }
    }
}

pub(crate) fn indices(what: &str, from: &PyReadonlyArray1<'_, i64>) -> PyResult<Vec<usize>> {
    let index = |&index: &i64| {
        usize::try_from(index).map_err(|_| value_error(format!("{what} is {index}; expected at least 0")))
    };
    from.as_array().iter().map(index).collect()
}

pub(crate) fn batch<'a, T: Scalar, Y: Targets<T> + ?Sized>(
    x: ArrayView2<'a, T>,
    y: &'a Y,
    weights: Option<&'a [T]>,
) -> PyResult<Batch<'a, T, Y>> {
    let data = Batch::new(x, y).map_err(value_error)?;
    weights.map_or(Ok(data), |weights| data.with_weights(weights).map_err(value_error))
}

fn other_targets() -> PyErr {
    value_error(
        "expected indices of classes in one dimension for softmax and values in two for any other loss",
    )
}

/// A class for each number type: classes of Python have no type parameters.
macro_rules! engine {
    ($name:ident, $predictor:ident, $optimizer:ident, $type:ty, $doc:literal) => {
        #[doc = $doc]
        ///
        /// `layers` is a list of layers in JSON, as `nn_core::LayerSpec` is written; `params` are its weights and biases,
        /// layer after layer, each weight a row a unit; `loss` is softmax, logistic, squared_error or poisson, which are
        /// scikit-learn's, or one of `nn-core`'s.
        #[pyclass(module = "smallnet._smallnet")]
        pub(crate) struct $name(Core<$type>);

        #[pymethods]
        impl $name {
            #[new]
            #[pyo3(signature = (in_dim, layers, params, loss, alpha = 0.0, seed = 0, threads = 1))]
            fn new(
                in_dim: usize,
                layers: &str,
                params: PyReadonlyArray1<'_, $type>,
                loss: &Bound<'_, PyAny>,
                alpha: f64,
                seed: u64,
                threads: usize,
            ) -> PyResult<Self> {
                let params = params.as_array().to_vec();
                Core::new(in_dim, layers, params, loss, (alpha, seed, threads)).map(Self)
            }

            /// A copy of the parameters.
            #[getter]
            fn params<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<$type>> {
                PyArray1::from_slice(py, self.0.network.params())
            }

            /// Steps by stochastic gradient descent from here on, going on from its velocity.
            fn sgd(
                &mut self,
                momentum: $type,
                nesterov: bool,
                velocity: PyReadonlyArray1<'_, $type>,
            ) -> PyResult<()> {
                let velocity = velocity.as_array().to_vec();
                self.0.check_len("velocities", velocity.len())?;
                self.0.optimizer = Some(Optimizer::Sgd { momentum, nesterov, velocity });
                Ok(())
            }

            /// Steps by Adam with (beta_1, beta_2, epsilon) from here on, going on from the means of its gradients and of their squares.
            fn adam(
                &mut self,
                settings: (f64, f64, f64),
                steps: i32,
                m: PyReadonlyArray1<'_, $type>,
                v: PyReadonlyArray1<'_, $type>,
            ) -> PyResult<()> {
                let (beta1, beta2, epsilon) = settings;
                let (m, v) = (m.as_array().to_vec(), v.as_array().to_vec());
                self.0.check_len("means", m.len())?;
                self.0.check_len("mean squares", v.len())?;
                self.0.optimizer = Some(Optimizer::Adam { beta1, beta2, epsilon, steps, m, v });
                Ok(())
            }

            /// Steps by this optimizer from here on, which keeps its state.
            fn set_optimizer(&mut self, optimizer: &$optimizer) -> PyResult<()> {
                self.0.set_optimizer(optimizer.0.clone())
            }

            /// Copies of what scikit-learn's optimizers go on from: steps, velocity or means, mean squares.
            fn optimizer_state<'py>(
                &self,
                py: Python<'py>,
            ) -> (i32, Bound<'py, PyArray1<$type>>, Bound<'py, PyArray1<$type>>) {
                let array = |values: &[$type]| PyArray1::from_slice(py, values);
                match &self.0.optimizer {
                    Some(Optimizer::Sgd { velocity, .. }) => (0, array(velocity), array(&[])),
                    Some(Optimizer::Adam { steps, m, v, .. }) => (*steps, array(m), array(v)),
                    Some(Optimizer::Library(_)) | None => (0, array(&[]), array(&[])),
                }
            }

            /// One pass over the samples in the given order, without Python's lock; the mean loss on the way.
            #[allow(clippy::too_many_arguments, reason = "what an epoch takes")]
            #[pyo3(signature = (x, y, weights, order, batch_size, learning_rate))]
            fn epoch(
                &mut self,
                py: Python<'_>,
                x: PyReadonlyArray2<'_, $type>,
                y: TargetArray<'_, $type>,
                weights: Option<PyReadonlyArray1<'_, $type>>,
                order: PyReadonlyArray1<'_, i64>,
                batch_size: usize,
                learning_rate: f64,
            ) -> PyResult<f64> {
                let (order, classes) = (indices("a row", &order)?, y.classes()?);
                let weights = weights.map(|weights| weights.as_array().to_vec());
                let (x, targets) = (x.as_array(), y.given(&classes));
                let core = &mut self.0;
                py.detach(|| core.epoch(x, targets, weights.as_deref(), (&order, batch_size), learning_rate))
            }

            /// Takes the samples that `loss_and_gradient` is of.
            #[pyo3(signature = (x, y, weights))]
            fn load(
                &mut self,
                x: PyReadonlyArray2<'_, $type>,
                y: TargetArray<'_, $type>,
                weights: Option<PyReadonlyArray1<'_, $type>>,
            ) -> PyResult<()> {
                let classes = y.classes()?;
                let weights = weights.map(|weights| weights.as_array().to_vec());
                self.0.load(x.as_array(), y.given(&classes), weights.as_deref())
            }

            /// The loss of the loaded samples at these parameters, and its gradient, without Python's lock.
            fn loss_and_gradient<'py>(
                &mut self,
                py: Python<'py>,
                params: PyReadonlyArray1<'_, $type>,
            ) -> PyResult<(f64, Bound<'py, PyArray1<$type>>)> {
                let params = params.as_array().to_vec();
                self.0.check_len("parameters", params.len())?;
                let core = &mut self.0;
                let loss = py.detach(|| core.loss_and_gradient(&params))?;
                Ok((loss, PyArray1::from_slice(py, &self.0.gradient)))
            }

            /// Predictions, without Python's lock: probabilities, or values.
            fn predict<'py>(
                &self,
                py: Python<'py>,
                x: PyReadonlyArray2<'_, $type>,
            ) -> PyResult<Bound<'py, PyArray2<$type>>> {
                let (core, x) = (&self.0, x.as_array());
                let out = py.detach(|| core.predict(x))?;
                Ok(PyArray2::from_owned_array(py, out))
            }

            /// The network as it is now, for one sample at a time; `pair` makes both classes of a single output.
            fn predictor(&self, pair: bool, labels: Vec<Py<PyAny>>) -> $predictor {
                let Core { network, exponential, .. } = &self.0;
                $predictor(Row { predictor: network.predictor(), exponential: *exponential, pair, labels })
            }

            /// Writes a file for another program, by the ending of the path: .h, .rs, .onnx or .safetensors.
            fn export(&self, path: PathBuf, classes: Vec<String>) -> PyResult<()> {
                if self.0.exponential {
                    return Err(value_error(
                        "a Poisson regressor's outputs are logarithms, which no exported file takes the exponential of",
                    ));
                }
                let mut model = Model::new(&self.0.network).map_err(value_error)?;
                if !classes.is_empty() {
                    model = model.class_names(classes).map_err(value_error)?;
                }
                export(&model, &path)
            }
        }
    };
}

engine!(
    Engine32,
    Predictor32,
    Optimizer32,
    f32,
    "A network in single precision, to be trained epoch by epoch."
);
engine!(
    Engine64,
    Predictor64,
    Optimizer64,
    f64,
    "A network in double precision, to be trained epoch by epoch."
);
