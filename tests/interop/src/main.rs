//! `smallnet-interop write FOLDER` writes files for other people's programs to read, with inputs and what the library makes
//! of them: a folder a format. `smallnet-interop read FOLDER` reads what those programs have written there, with their
//! outputs. `run` beside it does both, and has the programs read and write in between.

mod model;
mod onnx;
mod sklearn;

// The networks of nn-model's own tests.
#[allow(dead_code, reason = "those tests ask for more")]
#[path = "../../../crates/nn-model/tests/all/export/networks.rs"]
mod networks;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use ndarray::{Array2, ArrayView1};
use nn_core::Scalar;

fn main() -> Result<(), Box<dyn Error>> {
    let usage = "expected `write FOLDER` or `read FOLDER`";
    let [what, folder] = &env::args().skip(1).collect::<Vec<_>>()[..] else { return Err(usage.into()) };
    let folder = Path::new(folder);
    match &**what {
        "write" => {
            onnx::write(&emptied(&folder.join("onnx"))?)?;
            model::write(&emptied(&folder.join("model"))?)
        }
        "read" => {
            model::read(&folder.join("model"))?;
            sklearn::read(&folder.join("sklearn"))
        }
        _ => Err(usage.into()),
    }
}

/// The largest difference, of a sample's largest number or absolute below 1.
fn difference<T: Scalar>(x: &Array2<T>, found: &Array2<T>, expected: &Array2<T>) -> f64 {
    let rows = x.rows().into_iter().zip(found.rows().into_iter().zip(expected.rows()));
    let largest =
        |row: ArrayView1<'_, T>| row.iter().fold(0.0_f64, |most, value| most.max(value.as_f64().abs()));
    let off = |(x, (found, expected)): (_, (ArrayView1<'_, T>, ArrayView1<'_, T>))| {
        largest((&found - &expected).view()) / largest(x).max(largest(expected)).max(1.0)
    };
    rows.map(off).fold(0.0, f64::max)
}

/// The folder, with nothing in it.
fn emptied(folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    Ok(folder.to_owned())
}

/// A name for a file: letters, digits and underscores.
fn slug(name: &str) -> String {
    name.chars().map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '_' }).collect()
}
