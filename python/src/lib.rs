//! `smallnet._smallnet`: the part of the Python package that computes.
//!
//! Python decides, in scikit-learn's words; here are the loops, an epoch a call, over `nn-core`'s networks.

mod callback;
mod engine;
mod export;
mod loss;
mod network;
mod optimizer;
mod predictor;
mod rule;
mod schedule;
mod settings;
mod signals;
mod task;
mod threads;
mod trainer;
mod training;

use pyo3::prelude::*;

/// The extension module.
#[pymodule(name = "_smallnet")]
fn extension(module: &Bound<'_, PyModule>) -> PyResult<()> {
    threads::one_by_default();
    module.add("OPTIMIZERS", rule::OPTIMIZERS)?;
    module.add("SCHEDULES", schedule::SCHEDULES)?;
    module.add("CLASS_LOSSES", loss::CLASS_LOSSES)?;
    module.add("VALUE_LOSSES", loss::VALUE_LOSSES)?;
    module.add_class::<engine::Engine32>()?;
    module.add_class::<engine::Engine64>()?;
    module.add_class::<predictor::Predictor32>()?;
    module.add_class::<predictor::Predictor64>()?;
    module.add_function(wrap_pyfunction!(network::load_network, module)?)?;
    module.add_function(wrap_pyfunction!(network::network_from_bytes, module)?)?;
    module.add_class::<network::Network32>()?;
    module.add_class::<network::Network64>()?;
    module.add_class::<callback::Epoch>()?;
    module.add_class::<rule::Optimizer32>()?;
    module.add_class::<rule::Optimizer64>()?;
    module.add_class::<schedule::PySchedule>()?;
    Ok(())
}

/// What the library refuses, as Python says it.
fn value_error(error: impl std::fmt::Display) -> PyErr {
    pyo3::exceptions::PyValueError::new_err(error.to_string())
}
