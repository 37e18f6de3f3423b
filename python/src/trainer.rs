//! A run of `nn-train`'s trainer, as Python describes it.

use std::sync::atomic::{AtomicBool, Ordering};

use ndarray::{ArrayRef2, ArrayView1, ArrayView2, ArrayViewMut2};
use nn_core::{Batch, Error, Link, Loss, Network, Reduction, Scalar, Scale, Sequential, Targets};
use nn_train::{Report, Trainer};
use pyo3::prelude::*;

use crate::callback::{Asked, Callbacks};
use crate::engine::{Given, batch};
use crate::loss::{AnyLoss, of_classes, of_values};
use crate::rule::Rule;
use crate::schedule;
use crate::settings::{Named, with_settings};
use crate::threads::Threads;
use crate::value_error;

/// What a run is given beside data: a `Trainer` of Python.
#[derive(FromPyObject)]
pub(crate) struct Settings<'py> {
    optimizer: Bound<'py, PyAny>,
    schedule: Option<Bound<'py, PyAny>>,
    schedule_steps: Option<Bound<'py, PyAny>>,
    callbacks: Vec<Bound<'py, PyAny>>,
    /// The others, by the names of the trainer's methods.
    #[pyo3(attribute("_settings"))]
    others: Bound<'py, PyAny>,
    #[pyo3(attribute("_threads"))]
    threads: usize,
}

/// A run that can begin.
pub(crate) struct Prepared<T: Scalar> {
    trainer: Trainer<'static, T, Rule<T>>,
    callbacks: Callbacks<T>,
    every: usize,
    threads: Threads,
}

impl<T: Scalar> Prepared<T> {
    /// # Errors
    /// `ValueError` for a setting that is none. Values out of their range are refused when the run begins.
    pub(crate) fn new(settings: Settings<'_>) -> PyResult<Self> {
        let Settings { optimizer, schedule, schedule_steps, callbacks, others, threads } = settings;
        let mut named = Named::read("trainer", &others)?;
        let epochs = named.required("epochs")?;
        let every: usize = named.required("record_every")?;
        let rule = Rule::named(Named::read("optimizer", &optimizer)?)?;
        let mut trainer = with_settings!(
            named,
            Trainer::<'static, T, _>::new(rule).epochs(epochs).record_every(every),
            [
                learning_rate,
                batch_size,
                gradient_accumulation,
                l1,
                l2,
                clip_value,
                clip_norm,
                seed,
                validation_fraction
            ]
        );
        named.finish()?;
        if schedule.is_some() && schedule_steps.is_some() {
            return Err(value_error("found both schedule and schedule_steps; give one of the two"));
        }
        if let Some(schedule) = schedule {
            trainer = if schedule.is_callable() {
                // All at once, since the run does not hold Python's lock.
                let factors: Vec<f64> =
                    (0..epochs).map(|epoch| schedule.call1((epoch,))?.extract()).collect::<PyResult<_>>()?;
                trainer.schedule(move |epoch: usize| factors.get(epoch).copied().unwrap_or(f64::NAN))
            } else {
                trainer.schedule(schedule::of(&schedule, epochs)?)
            };
        }
        if let Some(schedule) = schedule_steps {
            trainer = trainer.schedule_steps(schedule::of(&schedule, epochs)?);
        }
        Ok(Self {
            trainer,
            callbacks: Callbacks::read(&callbacks)?,
            every: every.max(1),
            threads: Threads::new(threads),
        })
    }
}

/// The data of a run.
#[derive(Clone, Copy)]
pub(crate) struct Data<'a, T> {
    pub(crate) x: ArrayView2<'a, T>,
    pub(crate) y: Given<'a, T>,
    pub(crate) weights: Option<&'a [T]>,
}

/// Shows Python the network as it is after an epoch.
type Show<'a, T> = dyn Fn(&Asked<T>, Link) -> PyResult<()> + Sync + 'a;

/// Trains the network. Whatever comes of it, the network has weights of the run: its last, or the best that a callback has kept.
///
/// # Errors
/// What the trainer refuses; what a function or the handler of a signal raised.
pub(crate) fn fit<T: Scalar>(
    py: Python<'_>,
    network: &mut Network<T, Sequential<T>>,
    loss: &Bound<'_, PyAny>,
    prepared: Prepared<T>,
    train: Data<'_, T>,
    validation: Option<Data<'_, T>>,
    show: &Show<'_, T>,
) -> PyResult<Report> {
    let named = Named::read("loss", loss)?;
    let of_validation = validation.as_ref().map(|data| (data.x, data.y, data.weights));
    match (train.y, of_validation) {
        (Given::Classes(y), validation) => {
            let validation = match validation {
                Some((x, Given::Classes(y), weights)) => Some(batch(x, y, weights)?),
                Some(_) => return Err(other_kind()),
                None => None,
            };
            let loss = of_classes(named, Reduction::Mean)?;
            run(py, network, &loss, prepared, batch(train.x, y, train.weights)?, validation, show)
        }
        (Given::Values(y), validation) => {
            let values = match validation {
                Some((x, Given::Values(y), weights)) => Some((x, y, weights)),
                Some(_) => return Err(other_kind()),
                None => None,
            };
            let validation = match &values {
                Some((x, y, weights)) => Some(batch(x.view(), &**y, *weights)?),
                None => None,
            };
            let loss: AnyLoss<T, ArrayRef2<T>> = of_values(named, Reduction::Mean)?;
            run(py, network, &loss, prepared, batch(train.x, &*y, train.weights)?, validation, show)
        }
    }
}

fn other_kind() -> PyErr {
    value_error("expected targets of validation of the kind of those of training: classes, or values")
}

fn run<T: Scalar, Y: Targets<T> + ?Sized>(
    py: Python<'_>,
    network: &mut Network<T, Sequential<T>>,
    loss: &AnyLoss<T, Y>,
    prepared: Prepared<T>,
    train: Batch<'_, T, Y>,
    validation: Option<Batch<'_, T, Y>>,
    show: &Show<'_, T>,
) -> PyResult<Report> {
    let Prepared { trainer, mut callbacks, every, threads } = prepared;
    let functions = std::mem::take(&mut callbacks.functions);
    let mut raised = None;
    let (report, interruption) = py.detach(|| {
        threads.apart(
            |interrupted, tell| {
                let loss = Interruptible { loss: &**loss, interrupted };
                callbacks.add_to(trainer, every, tell).fit(network, &loss, train, validation)
            },
            |asked| {
                Python::attach(|py| {
                    let shown = show(&asked, loss.link());
                    if let Err(error) = shown.and(asked.call(py, &functions)) {
                        raised.get_or_insert(error);
                    }
                });
            },
        )
    })?;
    interruption?;
    raised.map_or(Ok(()), Err)?;
    report.map_err(value_error)
}

/// A loss that is NaN once the run was interrupted: the trainer then ends it in the middle of an epoch, as one that diverges,
/// and with the same care for the weights.
struct Interruptible<'a, L: ?Sized> {
    loss: &'a L,
    interrupted: &'a AtomicBool,
}

impl<T: Scalar, Y: Targets<T> + ?Sized, L: Loss<T, Y> + ?Sized> Loss<T, Y> for Interruptible<'_, L> {
    fn reduction(&self) -> Reduction {
        self.loss.reduction()
    }

    fn link(&self) -> Link {
        self.loss.link()
    }

    fn counts(&self, target: &Y, n: usize) -> bool {
        self.loss.counts(target, n)
    }

    fn divisor(&self, outputs: usize, target: &Y, weights: Option<&[T]>) -> T {
        self.loss.divisor(outputs, target, weights)
    }

    fn check(&self, outputs: usize, target: &Y) -> Result<(), Error> {
        self.loss.check(outputs, target)
    }

    fn value_and_grad(
        &self,
        prediction: ArrayView2<'_, T>,
        target: &Y,
        scale: Scale<'_, T>,
        mut dprediction: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        if self.interrupted.load(Ordering::Relaxed) {
            if let Some(dprediction) = &mut dprediction {
                dprediction.fill(T::zero());
            }
            return T::nan();
        }
        self.loss.value_and_grad(prediction, target, scale, dprediction)
    }

    fn hessian(
        &self,
        prediction: ArrayView1<'_, T>,
        target: &Y,
        n: usize,
        scale: T,
        hessian: ArrayViewMut2<'_, T>,
    ) -> Option<()> {
        self.loss.hessian(prediction, target, n, scale, hessian)
    }
}
