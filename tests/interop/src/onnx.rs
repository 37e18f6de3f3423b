//! ONNX files of every layer and activation, read by `check_onnx.py`.

use std::error::Error;
use std::fs;
use std::path::Path;

use ndarray::Array2;
use nn_core::{Activate, Dense, Network, Scalar, Sequential, Tanh};
use nn_data::{Scaler, StandardScaler, write_npy};
use nn_model::export::Plan;

use crate::{networks, slug};

const ROWS: usize = 1000;

pub(crate) fn write(folder: &Path) -> Result<(), Box<dyn Error>> {
    write_all::<f32>(&folder.join("f32"))?;
    write_all::<f64>(&folder.join("f64"))
}

fn write_all<T: Scalar>(folder: &Path) -> Result<(), Box<dyn Error>> {
    for (name, network) in networks::all::<T>() {
        let x = networks::samples::<T>(network.in_dim(), ROWS);
        write_one(folder, &name, Plan::new(&network)?, &x, &networks::predictions(&network, &x))?;
    }
    for f in networks::activations() {
        let network = Network::<T, _>::new(1, Sequential::new().then(Activate(f)), 0)?;
        let (name, x) = (format!("alone {f:?}"), far_and_near());
        write_one(folder, &name, Plan::new(&network)?, &x, &networks::predictions(&network, &x))?;
    }
    scaled::<T>(folder)
}

/// From raw features to raw targets.
fn scaled<T: Scalar>(folder: &Path) -> Result<(), Box<dyn Error>> {
    let x = networks::samples::<T>(3, ROWS).mapv(|x| x + T::of(20.0));
    let targets = networks::samples::<T>(2, ROWS).mapv(|x| x * T::of(0.1) - T::of(7.0));
    let (scaler, target) = (StandardScaler::fit(x.view())?, StandardScaler::fit(targets.view())?);
    let network = Network::<T, _>::new(3, (Dense::new(4, Tanh), Dense::linear(2)), 0)?;
    let y = target.inverse_transform(network.predict(scaler.transform(x.view())?.view())?.view())?;
    let plan = Plan::new(&network)?.scale_inputs(&scaler)?.unscale_outputs(&target)?;
    write_one(folder, "scalers", plan.classes(&["low", "\"high\""])?, &x, &y)
}

/// A folder in `folder` with `model.onnx`, `x.npy` and `y.npy`.
fn write_one<T: Scalar>(
    folder: &Path,
    name: &str,
    plan: Plan,
    x: &Array2<T>,
    y: &Array2<T>,
) -> Result<(), Box<dyn Error>> {
    let folder = folder.join(slug(name));
    fs::create_dir_all(&folder)?;
    plan.named(name).note("for \"check_onnx.py\"").write_onnx(folder.join("model.onnx"))?;
    write_npy(folder.join("x.npy"), x.view())?;
    write_npy(folder.join("y.npy"), y.view())?;
    Ok(())
}

/// Numbers of either sign from 1e-6 to nearly the largest, one a row.
fn far_and_near<T: Scalar>() -> Array2<T> {
    let largest = T::max_value().as_f64().log10().floor();
    Array2::from_shape_fn((ROWS, 1), |(row, _)| {
        let size = 10.0_f64.powf((largest + 6.0) * (row / 2) as f64 / (ROWS / 2) as f64 - 6.0);
        T::of(if row % 2 == 0 { size } else { -size })
    })
}
