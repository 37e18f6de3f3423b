//! `nn-train`'s schedules by name.

use std::sync::{Mutex, PoisonError};

use nn_train::schedule::{
    Constant, Cosine, CosineWarmRestarts, Cyclic, Exponential, InverseTime, Linear, MultiStep, Noam,
    OneCycle, Polynomial, ReduceOnPlateau, Schedule, Sequence, Step,
};
use pyo3::prelude::*;

use crate::settings::{Named, with_settings};
use crate::value_error;

/// The names of the schedules.
pub(crate) const SCHEDULES: &[&str] = &[
    "constant",
    "cosine",
    "cosine_warm_restarts",
    "cyclic",
    "exponential",
    "inverse_time",
    "linear",
    "multi_step",
    "noam",
    "one_cycle",
    "polynomial",
    "reduce_on_plateau",
    "sequence",
    "step",
];

/// Any of the schedules.
pub(crate) type Any = Box<dyn Schedule + Send>;

/// The schedule of that name, checked. What has to be told how long the run is takes `steps`, unless the settings say it.
pub(crate) fn of(schedule: &Bound<'_, PyAny>, steps: usize) -> PyResult<Any> {
    let mut named = Named::read("schedule", schedule)?;
    let schedule: Any = match &named.name[..] {
        "constant" => Box::new(Constant::new(named.required("factor")?)),
        "cosine" => Box::new(with_settings!(named, Cosine::new(named.get("steps")?.unwrap_or(steps)), [min])),
        "cosine_warm_restarts" => {
            Box::new(with_settings!(named, CosineWarmRestarts::new(named.required("first")?), [growth, min]))
        }
        "cyclic" => Box::new(with_settings!(named, cyclic(&mut named)?, [down])),
        "exponential" => Box::new(Exponential::new(named.required("gamma")?)),
        "inverse_time" => Box::new(InverseTime::new(named.required("rate")?)),
        "linear" => {
            let (start, end) = (named.required("start")?, named.required("end")?);
            Box::new(Linear::new(start, end, named.get("steps")?.unwrap_or(steps)))
        }
        "multi_step" => {
            let milestones: Vec<usize> = named.required("milestones")?;
            Box::new(MultiStep::new(milestones, named.required("gamma")?))
        }
        "noam" => Box::new(Noam::new(named.required("width")?, named.required("warmup")?)),
        "one_cycle" => Box::new(with_settings!(
            named,
            OneCycle::new(named.get("steps")?.unwrap_or(steps)),
            [pct_start, div_factor, final_div_factor]
        )),
        "polynomial" => {
            let power = named.required("power")?;
            Box::new(Polynomial::new(named.get("steps")?.unwrap_or(steps), power))
        }
        "reduce_on_plateau" => Box::new(with_settings!(
            named,
            ReduceOnPlateau::new(),
            [factor, patience, threshold, cooldown, min; absolute]
        )),
        "sequence" => {
            let at: usize = named.required("at")?;
            let first: Bound<'_, PyAny> = named.required("first")?;
            let second: Bound<'_, PyAny> = named.required("second")?;
            let (first, second) = (of(&first, at)?, of(&second, steps.saturating_sub(at).max(1))?);
            Box::new(Sequence::new(first, at, second))
        }
        "step" => Box::new(Step::new(named.required("size")?, named.required("gamma")?)),
        _ => return Err(named.unknown(SCHEDULES)),
    };
    named.finish()?;
    schedule.check().map_err(value_error)?;
    Ok(schedule)
}

fn cyclic(named: &mut Named<'_>) -> PyResult<Cyclic> {
    let (max, up) = (named.required("max")?, named.required("up")?);
    let form: Option<String> = named.get("form")?;
    match form.as_deref().unwrap_or("triangular") {
        "triangular" => Ok(Cyclic::triangular(max, up)),
        "triangular2" => Ok(Cyclic::triangular2(max, up)),
        "exp_range" => Ok(Cyclic::exp_range(max, up, named.required("gamma")?)),
        other => Err(value_error(format!(
            "form of cyclic is {other:?}; expected triangular, triangular2 or exp_range"
        ))),
    }
}

/// A schedule of `nn-train` by its name: the factor of the learning rate at each epoch of a run of `epochs`.
#[pyclass(name = "Schedule", module = "smallnet._smallnet")]
pub(crate) struct PySchedule(Mutex<Any>);

#[pymethods]
impl PySchedule {
    #[new]
    fn new(schedule: &Bound<'_, PyAny>, epochs: usize) -> PyResult<Self> {
        of(schedule, epochs).map(Mutex::new).map(Self)
    }

    /// The factor of the epoch, which counts from 0.
    fn factor(&self, epoch: usize) -> f64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).factor(epoch)
    }

    /// Shows it the loss of an epoch that has ended.
    fn on_epoch(&mut self, loss: f64) {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).on_epoch(&mut || loss);
    }
}
