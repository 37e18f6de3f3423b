//! Models for `check_torch.py` to read, and what PyTorch has written of the same layers.

use std::error::Error;
use std::fs;
use std::path::Path;

use ndarray::Ix2;
use nn_core::{Network, Scalar};
use nn_data::{read_npy, write_npy};
use nn_model::{Model, read_state_dict};

use crate::{difference, networks, slug};

const ROWS: usize = 200;

pub(crate) fn write(folder: &Path) -> Result<(), Box<dyn Error>> {
    write_all::<f32>(&folder.join("f32"))?;
    write_all::<f64>(&folder.join("f64"))
}

/// A folder a network with `model.safetensors`, `x.npy`, and the outputs without the link, `y.npy`.
fn write_all<T: Scalar>(folder: &Path) -> Result<(), Box<dyn Error>> {
    for (name, network) in networks::all::<T>() {
        let folder = folder.join(slug(&name));
        fs::create_dir_all(&folder)?;
        Model::new(&network)?.save(folder.join("model.safetensors"))?;
        let x = networks::samples::<T>(network.in_dim(), ROWS);
        write_npy(folder.join("x.npy"), x.view())?;
        write_npy(folder.join("y.npy"), network.predict(x.view())?.view())?;
    }
    Ok(())
}

/// Reads the `torch.safetensors` and `torch.npy` that PyTorch has written beside them.
pub(crate) fn read(folder: &Path) -> Result<(), Box<dyn Error>> {
    read_all::<f32>(&folder.join("f32"), 1e-6)?;
    read_all::<f64>(&folder.join("f64"), 1e-12)
}

fn read_all<T: Scalar>(folder: &Path, tolerance: f64) -> Result<(), Box<dyn Error>> {
    let (mut count, mut most) = (0, 0.0_f64);
    for (name, network) in networks::all::<T>() {
        let folder = folder.join(slug(&name));
        let weights = folder.join("torch.safetensors");
        if !weights.exists() {
            continue;
        }
        let mut network = Network::new(network.in_dim(), network.layers().clone(), 99)?;
        read_state_dict(weights, &mut network)?;
        let x = read_npy::<T>(folder.join("x.npy"))?.into_dimensionality::<Ix2>()?;
        let expected = read_npy::<T>(folder.join("torch.npy"))?.into_dimensionality::<Ix2>()?;
        let off = difference(&x, &network.predict(x.view())?, &expected);
        if off.is_nan() || off > tolerance {
            return Err(format!("{name}: off by {off:.1e} from PyTorch, more than {tolerance:.0e}").into());
        }
        (count, most) = (count + 1, most.max(off));
    }
    println!("{count} state dicts of PyTorch, off by {most:.1e} at most");
    Ok(())
}
