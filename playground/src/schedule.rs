//! Schedules of the learning rate by their names; each has done what it does after a number of epochs.

use nn_core::Error;
use nn_train::schedule::{
    Constant, Cosine, CosineWarmRestarts, Cyclic, Exponential, InverseTime, Linear, OneCycle, Polynomial,
    ReduceOnPlateau, Step,
};
use nn_train::{Schedule, StateDict};

use crate::Result;

/// A schedule that is chosen at run time.
pub(crate) struct AnySchedule(Box<dyn Schedule + Send>);

impl Schedule for AnySchedule {
    fn check(&self) -> std::result::Result<(), Error> {
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

    fn load_state_dict(&mut self, state: &StateDict) -> std::result::Result<(), Error> {
        self.0.load_state_dict(state)
    }
}

/// All of them.
pub(crate) const NAMES: [&str; 12] = [
    "constant",
    "step",
    "exponential",
    "inverse_time",
    "linear",
    "polynomial",
    "cosine",
    "cosine_warm_restarts",
    "one_cycle",
    "cyclic",
    "warm_up",
    "reduce_on_plateau",
];

/// The schedule of a name.
pub(crate) fn of(name: &str, period: usize) -> Result<AnySchedule> {
    let epochs = period as f64;
    Ok(AnySchedule(match name {
        "constant" => Box::new(Constant::new(1.0)),
        "step" => Box::new(Step::new(period, 0.5)),
        "exponential" => Box::new(Exponential::new(libm::exp2(-1.0 / epochs))),
        "inverse_time" => Box::new(InverseTime::new(1.0 / epochs)),
        "linear" => Box::new(Linear::new(1.0, 0.01, period)),
        "polynomial" => Box::new(Polynomial::new(period, 2.0)),
        "cosine" => Box::new(Cosine::new(period).min(0.01)),
        "cosine_warm_restarts" => Box::new(CosineWarmRestarts::new(period).min(0.01)),
        "one_cycle" => Box::new(OneCycle::new(period)),
        "cyclic" => Box::new(Cyclic::triangular(10.0, period)),
        "warm_up" => Box::new(Linear::new(0.01, 1.0, period)),
        "reduce_on_plateau" => Box::new(ReduceOnPlateau::new().factor(0.5).patience(period)),
        _ => return Err(format!("schedule: expected one of {}, found {name:?}", NAMES.join(", "))),
    }))
}
