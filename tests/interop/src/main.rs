//! Writes files for other people's programs to read, with inputs and what the library makes of them: a folder a format,
//! in the folder that is the argument. `run` beside it has the programs read them.

mod onnx;

// The networks of nn-model's own tests.
#[allow(dead_code, reason = "those tests ask for more")]
#[path = "../../../crates/nn-model/tests/all/export/networks.rs"]
mod networks;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).ok_or("expected a folder to write to")?;
    onnx::write(&emptied(&Path::new(&folder).join("onnx"))?)
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
