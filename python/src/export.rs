//! A trained network as a file for other programs.

use std::path::Path;

use nn_core::Scalar;
use nn_model::Model;
use pyo3::prelude::*;

use crate::value_error;

/// Writes what the ending of the path says: `.h`, a C header; `.rs`, a Rust file; `.onnx`; `.safetensors`, a model that the
/// command `smallnet` reads.
///
/// # Errors
/// Another ending; what `nn-model` says of a file that cannot be written.
pub(crate) fn export<T: Scalar>(model: &Model<T>, path: &Path) -> PyResult<()> {
    let plan = || model.plan().map_err(value_error);
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("h") => plan()?.write_c(path).map_err(value_error),
        Some("rs") => plan()?.write_rust(path).map_err(value_error),
        Some("onnx") => plan()?.write_onnx(path).map_err(value_error),
        Some("safetensors") => model.save(path).map_err(value_error),
        _ => Err(value_error(format!(
            "expected a path that ends in .h, .rs, .onnx or .safetensors, found {}",
            path.display()
        ))),
    }
}
