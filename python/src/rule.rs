//! `nn-train`'s optimizers by name.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nn_core::{Error, Layout, Scalar};
use nn_train::{
    Adadelta, Adagrad, Adam, AdamW, Adamax, Lbfgs, LevenbergMarquardt, Lion, NAdam, Needs, Objective,
    Optimizer, RAdam, RmsProp, Rprop, Sgd, StopReason,
};
use pyo3::prelude::*;
use serde::{Deserialize, Serialize};

use crate::settings::{Named, with_settings};
use crate::value_error;

/// Lists every optimizer once: its name, its type, its settings; its switches.
macro_rules! rules {
    ($($name:literal $rule:ident $([$($settings:tt)*])?),+ $(,)?) => {
        /// The names of the optimizers.
        pub(crate) const OPTIMIZERS: &[&str] = &[$($name),+];

        /// Any of the optimizers, with its state.
        #[derive(Clone, Serialize, Deserialize)]
        pub(crate) enum Rule<T> {
            $(#[serde(rename = $name)] $rule($rule<T>)),+
        }

        impl<T: Scalar> Rule<T> {
            pub(crate) fn named(mut named: Named<'_>) -> PyResult<Self> {
                let rule = match &named.name[..] {
                    $($name => Self::$rule(with_settings!(named, $rule::new() $(, [$($settings)*])?)),)+
                    _ => return Err(named.unknown(OPTIMIZERS)),
                };
                named.finish()?;
                Ok(rule)
            }
        }

        /// As the optimizer itself says it, so that the fingerprint of a run is that of a run in Rust.
        impl<T: fmt::Debug> fmt::Debug for Rule<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$rule(rule) => rule.fmt(f)),+
                }
            }
        }

        impl<T: Scalar> Optimizer<T> for Rule<T> {
            fn start(&mut self, layout: &Layout) -> Result<(), Error> {
                match self {
                    $(Self::$rule(rule) => rule.start(layout)),+
                }
            }

            fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]) {
                match self {
                    $(Self::$rule(rule) => rule.step(learning_rate, params, gradient)),+
                }
            }

            fn needs(&self) -> Needs {
                match self {
                    $(Self::$rule(rule) => Optimizer::<T>::needs(rule)),+
                }
            }

            fn step_with(
                &mut self,
                learning_rate: T,
                params: &mut [T],
                objective: &mut dyn Objective<T>,
            ) -> Result<ControlFlow<StopReason>, Error> {
                match self {
                    $(Self::$rule(rule) => rule.step_with(learning_rate, params, objective)),+
                }
            }
        }
    };
}

rules! {
    "adadelta" Adadelta [rho, epsilon],
    "adagrad" Adagrad [epsilon, initial_sum],
    "adam" Adam [beta1, beta2, epsilon; amsgrad],
    "adamax" Adamax [beta1, beta2, epsilon],
    "adamw" AdamW [beta1, beta2, epsilon, weight_decay; amsgrad, decay_all],
    "lbfgs" Lbfgs [history, c1, c2, gradient_tolerance, change_tolerance],
    "levenberg_marquardt" LevenbergMarquardt [damping, gradient_tolerance, change_tolerance],
    "lion" Lion [beta1, beta2, weight_decay; decay_all],
    "nadam" NAdam [beta1, beta2, epsilon, momentum_decay],
    "radam" RAdam [beta1, beta2, epsilon],
    "rmsprop" RmsProp [alpha, epsilon, momentum; centered],
    "rprop" Rprop [shrink, grow, min_step, max_step],
    "sgd" Sgd [momentum, dampening; nesterov],
}

/// An optimizer that Python keeps and an engine takes steps with.
#[derive(Clone)]
pub(crate) struct Shared<T>(Arc<Mutex<Rule<T>>>);

impl<T: Scalar> Shared<T> {
    fn new(rule: Rule<T>) -> Self {
        Self(Arc::new(Mutex::new(rule)))
    }

    pub(crate) fn named(optimizer: &Bound<'_, PyAny>) -> PyResult<Self> {
        Named::read("optimizer", optimizer).and_then(Rule::named).map(Self::new)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Rule<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A class for each number type.
macro_rules! optimizer {
    ($name:ident, $type:ty, $doc:literal) => {
        #[doc = $doc]
        #[pyclass(frozen, module = "smallnet._smallnet")]
        pub(crate) struct $name(pub(crate) Shared<$type>);

        #[pymethods]
        impl $name {
            #[new]
            fn new(optimizer: &Bound<'_, PyAny>) -> PyResult<Self> {
                Shared::named(optimizer).map(Self)
            }

            /// Whether a step needs no more than the gradient of a mini-batch.
            #[getter]
            fn first_order(&self) -> bool {
                self.0.lock().needs() == Needs::Gradient
            }

            #[staticmethod]
            fn _from_json(json: &str) -> PyResult<Self> {
                serde_json::from_str(json).map(|rule| Self(Shared::new(rule))).map_err(value_error)
            }

            fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
                let json = serde_json::to_string(&*slf.get().0.lock()).map_err(value_error)?;
                Ok((slf.getattr("_from_json")?, (json,)))
            }
        }
    };
}

optimizer!(Optimizer32, f32, "An optimizer of `nn-train` by its name, with its state, in single precision.");
optimizer!(Optimizer64, f64, "An optimizer of `nn-train` by its name, with its state, in double precision.");
