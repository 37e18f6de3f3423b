//! Optimizers by their names.

use std::ops::ControlFlow;

use nn_core::{Error, Layout};
use nn_train::{
    Adadelta, Adagrad, Adam, AdamW, Adamax, Lbfgs, Lion, NAdam, Needs, Objective, Optimizer, RAdam, RmsProp,
    Rprop, Sgd, StopReason,
};

use crate::Result;

/// An optimizer that is chosen at run time; its state is copied with it.
#[derive(Debug)]
pub(crate) struct AnyOptimizer(Box<dyn Copied>);

/// What can be copied behind a pointer.
trait Copied: Optimizer<f64> {
    fn copied(&self) -> Box<dyn Copied>;
}

impl<O: Optimizer<f64> + Clone + 'static> Copied for O {
    fn copied(&self) -> Box<dyn Copied> {
        Box::new(self.clone())
    }
}

impl Clone for AnyOptimizer {
    fn clone(&self) -> Self {
        Self((*self.0).copied())
    }
}

impl Optimizer<f64> for AnyOptimizer {
    fn start(&mut self, layout: &Layout) -> std::result::Result<(), Error> {
        self.0.start(layout)
    }

    fn step(&mut self, learning_rate: f64, params: &mut [f64], gradient: &[f64]) {
        self.0.step(learning_rate, params, gradient);
    }

    fn needs(&self) -> Needs {
        self.0.needs()
    }

    fn step_with(
        &mut self,
        learning_rate: f64,
        params: &mut [f64],
        objective: &mut dyn Objective<f64>,
    ) -> std::result::Result<ControlFlow<StopReason>, Error> {
        self.0.step_with(learning_rate, params, objective)
    }
}

/// All of them, the simplest first.
pub(crate) const NAMES: [&str; 14] = [
    "sgd", "momentum", "nesterov", "adam", "adamw", "nadam", "radam", "adamax", "rmsprop", "adagrad",
    "adadelta", "lion", "rprop", "lbfgs",
];

/// The optimizer of a name, with its default settings; momentum is 0.9.
pub(crate) fn of(name: &str) -> Result<AnyOptimizer> {
    Ok(AnyOptimizer(match name {
        "sgd" => Box::new(Sgd::new()),
        "momentum" => Box::new(Sgd::new().momentum(0.9)),
        "nesterov" => Box::new(Sgd::new().momentum(0.9).nesterov()),
        "adam" => Box::new(Adam::new()),
        "adamw" => Box::new(AdamW::new()),
        "nadam" => Box::new(NAdam::new()),
        "radam" => Box::new(RAdam::new()),
        "adamax" => Box::new(Adamax::new()),
        "rmsprop" => Box::new(RmsProp::new()),
        "adagrad" => Box::new(Adagrad::new()),
        "adadelta" => Box::new(Adadelta::new()),
        "lion" => Box::new(Lion::new()),
        "rprop" => Box::new(Rprop::new()),
        "lbfgs" => Box::new(Lbfgs::new()),
        _ => return Err(format!("optimizer: expected one of {}, found {name:?}", NAMES.join(", "))),
    }))
}
