//! `nn-train`'s schedules by name.

use nn_core::Error;
use nn_train::StateDict;
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
pub(crate) struct Any(Box<dyn Schedule + Send + Sync>);

impl Any {
    fn new(schedule: impl Schedule + Send + Sync + 'static) -> Self {
        Self(Box::new(schedule))
    }

    /// The schedule of that name, checked. What has to be told how long the run is takes `steps`, unless the settings say it.
    pub(crate) fn named(schedule: &Bound<'_, PyAny>, steps: usize) -> PyResult<Self> {
        let mut named = Named::read("schedule", schedule)?;
        let schedule = match &named.name[..] {
            "constant" => Self::new(Constant::new(named.required("factor")?)),
            "cosine" => {
                Self::new(with_settings!(named, Cosine::new(named.get("steps")?.unwrap_or(steps)), [min]))
            }
            "cosine_warm_restarts" => Self::new(with_settings!(
                named,
                CosineWarmRestarts::new(named.required("first")?),
                [growth, min]
            )),
            "cyclic" => Self::new(with_settings!(named, cyclic(&mut named)?, [down])),
            "exponential" => Self::new(Exponential::new(named.required("gamma")?)),
            "inverse_time" => Self::new(InverseTime::new(named.required("rate")?)),
            "linear" => {
                let (start, end) = (named.required("start")?, named.required("end")?);
                Self::new(Linear::new(start, end, named.get("steps")?.unwrap_or(steps)))
            }
            "multi_step" => {
                let milestones: Vec<usize> = named.required("milestones")?;
                Self::new(MultiStep::new(milestones, named.required("gamma")?))
            }
            "noam" => Self::new(Noam::new(named.required("width")?, named.required("warmup")?)),
            "one_cycle" => Self::new(with_settings!(
                named,
                OneCycle::new(named.get("steps")?.unwrap_or(steps)),
                [pct_start, div_factor, final_div_factor]
            )),
            "polynomial" => {
                let power = named.required("power")?;
                Self::new(Polynomial::new(named.get("steps")?.unwrap_or(steps), power))
            }
            "reduce_on_plateau" => Self::new(with_settings!(
                named,
                ReduceOnPlateau::new(),
                [factor, patience, threshold, cooldown, min; absolute]
            )),
            "sequence" => {
                let at: usize = named.required("at")?;
                let first: Bound<'_, PyAny> = named.required("first")?;
                let second: Bound<'_, PyAny> = named.required("second")?;
                let (first, second) =
                    (Self::named(&first, at)?, Self::named(&second, steps.saturating_sub(at).max(1))?);
                Self::new(Sequence::new(first, at, second))
            }
            "step" => Self::new(Step::new(named.required("size")?, named.required("gamma")?)),
            _ => return Err(named.unknown(SCHEDULES)),
        };
        named.finish()?;
        schedule.check().map_err(value_error)?;
        Ok(schedule)
    }
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

impl Schedule for Any {
    fn check(&self) -> Result<(), Error> {
        self.0.check()
    }

    fn reset(&mut self) {
        self.0.reset();
    }

    fn factor(&self, t: usize) -> f64 {
        self.0.factor(t)
    }

    fn on_epoch(&mut self, loss: &mut dyn FnMut() -> f64) {
        self.0.on_epoch(loss);
    }

    fn state_dict(&self) -> Option<StateDict> {
        self.0.state_dict()
    }

    fn load_state_dict(&mut self, state: &StateDict) -> Result<(), Error> {
        self.0.load_state_dict(state)
    }
}

/// A schedule of `nn-train` by its name: the factor of the learning rate at each epoch of a run of `epochs`.
#[pyclass(name = "Schedule", module = "smallnet._smallnet")]
pub(crate) struct PySchedule(Any);

#[pymethods]
impl PySchedule {
    #[new]
    fn new(schedule: &Bound<'_, PyAny>, epochs: usize) -> PyResult<Self> {
        Any::named(schedule, epochs).map(Self)
    }

    /// The factor of the epoch, which counts from 0.
    fn factor(&self, epoch: usize) -> f64 {
        self.0.factor(epoch)
    }

    /// Shows it the loss of an epoch that has ended.
    fn on_epoch(&mut self, loss: f64) {
        self.0.on_epoch(&mut || loss);
    }
}
