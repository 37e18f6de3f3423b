//! Schedules of the learning rate by their names; each has done what it does after a number of epochs.

use nn_train::Schedule;
use nn_train::schedule::{
    Constant, Cosine, CosineWarmRestarts, Cyclic, Exponential, InverseTime, Linear, OneCycle, Polynomial,
    ReduceOnPlateau, Step,
};

use crate::Result;

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
pub(crate) fn of(name: &str, period: usize) -> Result<Box<dyn Schedule + Send>> {
    let epochs = period as f64;
    Ok(match name {
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
    })
}
