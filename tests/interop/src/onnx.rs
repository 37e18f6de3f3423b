//! ONNX files of every layer and activation, read by `check_onnx.py`.

use std::error::Error;
use std::fs;
use std::path::Path;

use nn_core::Scalar;
use nn_data::write_npy;
use nn_model::export::{ExportError, Plan};

use crate::{networks, slug};

const ROWS: usize = 1000;

pub(crate) fn write(folder: &Path) -> Result<(), Box<dyn Error>> {
    write_all::<f32>(&folder.join("f32"))?;
    write_all::<f64>(&folder.join("f64"))
}

/// A folder a network: `model.onnx`, `x.npy` and `y.npy`.
fn write_all<T: Scalar>(folder: &Path) -> Result<(), Box<dyn Error>> {
    for (name, network) in networks::all::<T>() {
        let plan = Plan::new(&network)?.named(&name).note("for \"check_onnx.py\"");
        let model = match plan.to_onnx() {
            Err(ExportError::Unsupported { .. }) => continue,
            model => model?,
        };
        let folder = folder.join(slug(&name));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("model.onnx"), model)?;
        let x = networks::samples::<T>(network.in_dim(), ROWS);
        write_npy(folder.join("x.npy"), x.view())?;
        write_npy(folder.join("y.npy"), networks::predictions(&network, &x).view())?;
    }
    Ok(())
}
