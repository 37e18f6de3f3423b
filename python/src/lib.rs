//! `smallnet._smallnet`: the part of the Python package that computes.
//!
//! Python decides, in scikit-learn's words; here are the loops, an epoch a call, over `nn-core`'s networks.

mod engine;
mod export;
mod optimizer;
mod predictor;
mod signals;
mod task;
mod training;

use pyo3::prelude::*;

/// The extension module.
#[pymodule(name = "_smallnet")]
fn extension(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<engine::Engine32>()?;
    module.add_class::<engine::Engine64>()?;
    module.add_class::<predictor::Predictor32>()?;
    module.add_class::<predictor::Predictor64>()?;
    Ok(())
}

/// What the library refuses, as Python says it.
fn value_error(error: impl std::fmt::Display) -> PyErr {
    pyo3::exceptions::PyValueError::new_err(error.to_string())
}
