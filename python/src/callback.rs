//! Callbacks: `nn-train`'s by name, and functions of Python.

use std::ops::ControlFlow;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use nn_core::Scalar;
use nn_train::{Callback, Converged, EarlyStopping, Record, StopReason, TargetMetric, TimeLimit, Trainer};
use pyo3::prelude::*;

use crate::rule::Rule;
use crate::settings::{Named, with_settings};
use crate::threads::Tell;
use crate::value_error;

/// The names of the callbacks.
const CALLBACKS: &[&str] = &["converged", "early_stopping", "target_metric", "time_limit"];

/// An epoch as a function of Python sees it, after its last step.
#[pyclass(module = "smallnet")]
pub(crate) struct Epoch {
    /// Its number, from 1.
    #[pyo3(get)]
    number: usize,
    /// The number of the last epoch at most.
    #[pyo3(get)]
    epochs: usize,
    /// The mean loss of its mini-batches, each before its step, without the penalty.
    #[pyo3(get)]
    running_loss: f64,
    record: Record,
    /// What the function has measured.
    measured: Vec<(String, f64)>,
}

#[pymethods]
impl Epoch {
    /// The loss on the training set, with the penalty.
    #[getter]
    fn train_loss(&self) -> f64 {
        self.record.train_loss
    }

    /// The share of the training set that is classified right; None where there are no classes.
    #[getter]
    fn train_accuracy(&self) -> Option<f64> {
        self.record.train_accuracy
    }

    /// The loss on the validation set; None without one.
    #[getter]
    fn validation_loss(&self) -> Option<f64> {
        self.record.validation_loss
    }

    /// The share of the validation set that is classified right.
    #[getter]
    fn validation_accuracy(&self) -> Option<f64> {
        self.record.validation_accuracy
    }

    /// Puts a figure of one's own into the history, where callbacks after this find it by its name.
    fn set_metric(&mut self, name: String, value: f64) {
        self.measured.push((name, value));
    }

    fn __repr__(&self) -> String {
        let Self { number, epochs, record, .. } = self;
        let validation =
            record.validation_loss.map_or(String::new(), |loss| format!(", validation_loss={loss}"));
        format!("Epoch(number={number}, epochs={epochs}, train_loss={}{validation})", record.train_loss)
    }
}

/// What the thread that trains asks the one that has Python's lock.
pub(crate) struct Asked<T> {
    function: usize,
    epoch: Epoch,
    /// The network's now.
    pub(crate) params: Vec<T>,
    pub(crate) state: Vec<T>,
    answer: Sender<Answer>,
}

/// What a function of Python says of an epoch.
#[derive(Default)]
struct Answer {
    measured: Vec<(String, f64)>,
    stop: Option<String>,
}

impl<T> Asked<T> {
    /// Calls the function.
    ///
    /// # Errors
    /// What it raised: the run ends then.
    pub(crate) fn call(self, py: Python<'_>, functions: &[Py<PyAny>]) -> PyResult<()> {
        let function = functions[self.function].bind(py);
        let answer = Bound::new(py, self.epoch).and_then(|epoch| {
            let said = function.call1((&epoch,))?;
            let stop = match said.extract::<String>() {
                Ok(words) => Some(words),
                Err(_) if said.is_truthy()? => Some(format!("{} ended it", name_of(function))),
                Err(_) => None,
            };
            Ok(Answer { measured: std::mem::take(&mut epoch.borrow_mut().measured), stop })
        });
        let (answer, result) = match answer {
            Ok(answer) => (answer, Ok(())),
            Err(raised) => (
                Answer { stop: Some(format!("{} raised", name_of(function))), ..Answer::default() },
                Err(raised),
            ),
        };
        // The thread that trains waits for it.
        drop(self.answer.send(answer));
        result
    }
}

fn name_of(function: &Bound<'_, PyAny>) -> String {
    let name = function.getattr("__name__").and_then(|name| name.extract());
    name.unwrap_or_else(|_| "a callback".to_owned())
}

/// The callbacks of a run.
pub(crate) struct Callbacks<T: Scalar> {
    added: Vec<Added<T>>,
    /// Those of Python, in their order.
    pub(crate) functions: Vec<Py<PyAny>>,
}

enum Added<T: Scalar> {
    Library(Box<dyn Callback<T> + Send>),
    Function(usize),
}

impl<T: Scalar> Callbacks<T> {
    /// # Errors
    /// `ValueError` for what is neither a function nor one of the names.
    pub(crate) fn read(given: &[Bound<'_, PyAny>]) -> PyResult<Self> {
        let mut callbacks = Self { added: Vec::new(), functions: Vec::new() };
        for callback in given {
            let added = if callback.is_callable() {
                callbacks.functions.push(callback.clone().unbind());
                Added::Function(callbacks.functions.len() - 1)
            } else {
                Added::Library(named(Named::read("callback", callback)?)?)
            };
            callbacks.added.push(added);
        }
        Ok(callbacks)
    }

    /// Adds them to the trainer; functions are called by `ask`, after each epoch that is recorded, every n-th.
    pub(crate) fn add_to<'c>(
        self,
        trainer: Trainer<'c, T, Rule<T>>,
        every: usize,
        ask: &'c Tell<'c, Asked<T>>,
    ) -> Trainer<'c, T, Rule<T>> {
        self.added.into_iter().fold(trainer, |trainer, added| match added {
            Added::Library(callback) => trainer.callback(callback),
            Added::Function(function) => trainer.callback(move |epoch: &mut nn_train::Epoch<'_, T>| {
                let number = epoch.number();
                if number != epoch.epochs() && !(number - 1).is_multiple_of(every) {
                    return ControlFlow::Continue(());
                }
                let (answer, answered) = channel();
                let seen = Epoch {
                    number,
                    epochs: epoch.epochs(),
                    running_loss: epoch.running_loss(),
                    record: epoch.record(),
                    measured: Vec::new(),
                };
                let (params, state) = (epoch.params().to_vec(), epoch.state().to_vec());
                ask(Asked { function, epoch: seen, params, state, answer });
                let Answer { measured, stop } = answered.recv().unwrap_or_default();
                for (name, value) in &measured {
                    epoch.set_metric(name, *value);
                }
                stop.map_or(ControlFlow::Continue(()), |words| {
                    ControlFlow::Break(StopReason::Callback(words))
                })
            }),
        })
    }
}

fn named<T: Scalar>(mut named: Named<'_>) -> PyResult<Box<dyn Callback<T> + Send>> {
    let callback: Box<dyn Callback<T> + Send> = match &named.name[..] {
        "converged" => Box::new(Converged::new(named.required("tolerance")?)),
        "early_stopping" => Box::new(with_settings!(
            named,
            EarlyStopping::new(named.required("patience")?),
            [minimize: String, maximize: String, min_delta, start_epoch, baseline]
        )),
        "target_metric" => {
            let metric: String = named.required("metric")?;
            let bounds: [Option<f64>; 2] = [named.get("at_least")?, named.get("at_most")?];
            Box::new(match bounds {
                [Some(target), None] => TargetMetric::at_least(metric, target),
                [None, Some(target)] => TargetMetric::at_most(metric, target),
                _ => {
                    return Err(value_error(
                        "the callback target_metric needs at_least or at_most, one of the two",
                    ));
                }
            })
        }
        "time_limit" => {
            let seconds: f64 = named.required("seconds")?;
            Box::new(TimeLimit::new(Duration::try_from_secs_f64(seconds).map_err(|error| {
                value_error(format!("seconds of the callback time_limit is {seconds}: {error}"))
            })?))
        }
        _ => return Err(named.unknown(CALLBACKS)),
    };
    named.finish()?;
    Ok(callback)
}
